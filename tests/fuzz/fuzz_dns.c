/* SPDX-License-Identifier: MIT */
/* DNS: the first line is a name, the rest an answer. The question is copied over that of the
 * answer, because no fuzzer guesses it. A result stays the same if the message is longer or there
 * is room for more addresses. */
#include "port/lwip/dns.h"

#include "fuzz/check.h"

#define MOST 8

static enum fv_dns answer(const uint8_t *p, size_t n, const uint8_t *question, size_t length,
                          struct fv_dns_found *found)
{
    char *copy = exact_copy(p, n);
    enum fv_dns got = fv_dns_response((const uint8_t *)copy, n, question, length, found);

    free(copy);
    CHECK(found->count <= found->cap && (found->count > 0) == (got == FV_DNS_FOUND));
    return got;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static uint8_t question[300], message[FV_DNS_MESSAGE];
    uint8_t few[1][4], many[MOST][4];
    struct fv_dns_found one = {.out = few, .cap = 1}, all = {.out = many, .cap = MOST};
    struct fv_slice host, rest;
    char name[300];
    size_t n, length;
    enum fv_dns got;

    (void)fv_slice_cut((struct fv_slice){(const char *)data, size}, '\n', &host, &rest);
    if (host.len >= sizeof name || memchr(host.ptr, 0, host.len) != NULL) {
        return 0;
    }
    memcpy(name, host.ptr, host.len);
    name[host.len] = '\0';
    length = fv_dns_question(name, 0x1234, question, sizeof question);
    CHECK(length == 0 || length == strlen(name) + FV_DNS_QUESTION - (name[host.len - 1] == '.'));
    CHECK(length == 0 || fv_dns_question(name, 0x1234, message, length - 1) == 0);
    n = rest.len < sizeof message ? rest.len : sizeof message;
    if (length == 0 || n < length) {
        return 0;
    }
    memcpy(message, rest.ptr, n);
    CHECK(answer(message, length - 1, question, length, &all) == FV_DNS_OTHER);
    memcpy(message, question, 2);
    memcpy(message + 12, question + 12, length - 12);
    got = answer(message, n, question, length, &all);
    CHECK(answer(message, n, question, length, &one) == got);
    CHECK(got != FV_DNS_FOUND || memcmp(few[0], many[0], 4) == 0);
    CHECK(got != FV_DNS_FOUND || n >= length + 16);
    return 0;
}
