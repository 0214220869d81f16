/* SPDX-License-Identifier: MIT */
/* DNS: the query that is written, and the responses that are accepted, refused, or not ours.
 * Each response is read again truncated at every byte. */
#include "port/lwip/dns.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAP 3
#define OK 0x8180 /* an answer to a question that wants recursion, which there is */

static uint8_t question[300];
static size_t length;

static void test_questions(void **state)
{
    static const struct {
        const char *host;
        size_t cap, want;
    } rows[] = {
        {"a", 300, 19},
        {"portal.test", 300, 29},
        {"portal.test.", 300, 29},
        {"portal.test", 29, 29},
        {"portal.test", 28, 0},
        {"", 300, 0},
        {".", 300, 0},
        {".test", 300, 0},
        {"portal..test", 300, 0},
        {"portal.test..", 300, 0},
    };
    char label[65], name[260];

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_int_equal(fv_dns_question(rows[i].host, 7, question, rows[i].cap), rows[i].want);
    length = fv_dns_question("portal.test", 0x1234, question, sizeof question);
    assert_memory_equal(question, "\x12\x34\x01\0\0\1\0\0\0\0\0\0\6portal\4test\0\0\1\0\1", 29);
    memset(label, 'x', 64);
    label[64] = 0;
    assert_int_equal(fv_dns_question(label, 7, question, sizeof question), 0);
    assert_int_equal(fv_dns_question(label + 1, 7, question, sizeof question), 63 + 18);
    for (size_t i = 0; i < sizeof name; i++)
        name[i] = i % 50 == 49 ? '.' : 'n';
    name[254] = 0; /* 254 characters */
    assert_int_equal(fv_dns_question(name, 7, question, sizeof question), 0);
    name[253] = 0;
    assert_int_equal(fv_dns_question(name, 7, question, sizeof question), 253 + 18);
}

#define N "\xC0\x0C" /* the question's name */
#define A(owner, d) owner "\0\1\0\1\0\0\0\x3C\0\4\xC6\x33\x64" d
#define BYTES(text) (text), sizeof(text) - 1

struct row {
    const char *what;
    unsigned flags, records;
    const char *bytes;
    size_t n;
    enum fv_dns want;
    size_t count;
    uint8_t last; /* byte of the last address */
};

/* The records begin at offset 29. */
static const struct row rows[] = {
    {"one", OK, 1, BYTES(A(N, "\7")), FV_DNS_FOUND, 1, 7},
    {"the name spelt out, in capitals", OK, 1, BYTES(A("\6PORTAL\4Test\0", "\7")), FV_DNS_FOUND, 1,
     7},
    {"two", OK, 2, BYTES(A(N, "\7") A(N, "\x8")), FV_DNS_FOUND, 2, 8},
    {"more than are wanted", OK, 4, BYTES(A(N, "\1") A(N, "\2") A(N, "\3") A(N, "\4")),
     FV_DNS_FOUND, 3, 3},
    {"another owner", OK, 1, BYTES(A("\5other\xC0\x13", "\7")), FV_DNS_NONE, 0, 0},
    {"a longer owner", OK, 1, BYTES(A("\1a\xC0\x0C", "\7")), FV_DNS_NONE, 0, 0},
    {"a shorter owner", OK, 1, BYTES(A("\xC0\x13", "\7")), FV_DNS_NONE, 0, 0},
    {"another class", OK, 1, BYTES(N "\0\1\0\3\0\0\0\x3C\0\4\1\2\3\4"), FV_DNS_NONE, 0, 0},
    {"an IPv6 address", OK, 1,
     BYTES(N "\0\x1C\0\1\0\0\0\x3C\0\x10"
             "0123456789abcdef"),
     FV_DNS_NONE, 0, 0},
    {"an address of five bytes", OK, 1, BYTES(N "\0\1\0\1\0\0\0\x3C\0\5\1\2\3\4\5"), FV_DNS_NONE, 0,
     0},
    {"a text between", OK, 2, BYTES(N "\0\x10\0\1\0\0\0\x3C\0\2\1x" A(N, "\7")), FV_DNS_FOUND, 1,
     7},
    /* CNAME: www.test for portal.test; "test" is at 19. */
    {"another name", OK, 2, BYTES(N "\0\5\0\1\0\0\0\x3C\0\6\3www\xC0\x13" A("\3www\xC0\x13", "\7")),
     FV_DNS_FOUND, 1, 7},
    {"another name, after its address", OK, 2,
     BYTES(A("\3www\xC0\x13", "\7") N "\0\5\0\1\0\0\0\x3C\0\6\3www\xC0\x13"), FV_DNS_FOUND, 1, 7},
    {"another name without an address", OK, 1, BYTES(N "\0\5\0\1\0\0\0\x3C\0\6\3www\xC0\x13"),
     FV_DNS_NONE, 0, 0},
    {"a name that is its own other name", OK, 1, BYTES(N "\0\5\0\1\0\0\0\x3C\0\2\xC0\x0C"),
     FV_DNS_NONE, 0, 0},
    {"a label with a zero byte, and another one", OK, 2,
     BYTES(N "\0\5\0\1\0\0\0\x3C\0\6\3w\0w\xC0\x13" A("\3w\0x\xC0\x13", "\7")), FV_DNS_NONE, 0, 0},
    {"an address of the name in between", OK, 2,
     BYTES(N "\0\5\0\1\0\0\0\x3C\0\6\3www\xC0\x13" A(N, "\7")), FV_DNS_FOUND, 1, 7},
    /* Codes and flags. */
    {"no such name", 0x8183, 0, BYTES(""), FV_DNS_NONE, 0, 0},
    {"no address", OK, 0, BYTES(""), FV_DNS_NONE, 0, 0},
    {"a server that fails", 0x8182, 0, BYTES(""), FV_DNS_FAILED, 0, 0},
    {"a server that refuses", 0x8185, 1, BYTES(A(N, "\7")), FV_DNS_FAILED, 0, 0},
    {"a server that does not recurse", 0x8100, 0, BYTES(""), FV_DNS_FAILED, 0, 0},
    {"no recursion, but it knows", 0x8500, 0, BYTES(""), FV_DNS_NONE, 0, 0},
    {"truncated, with an address", 0x8380, 2, BYTES(A(N, "\7")), FV_DNS_FOUND, 1, 7},
    {"truncated, without", 0x8380, 0, BYTES(""), FV_DNS_FAILED, 0, 0},
    {"a question", 0x0100, 1, BYTES(A(N, "\7")), FV_DNS_OTHER, 0, 0},
    {"the answer to a notification", 0xA180, 1, BYTES(A(N, "\7")), FV_DNS_OTHER, 0, 0},
    /* Damaged. */
    {"fewer records than told", OK, 2, BYTES(A(N, "\7")), FV_DNS_FAILED, 0, 0},
    {"65,535 of them told", OK, 65535, BYTES(A(N, "\7")), FV_DNS_FAILED, 0, 0},
    {"a record longer than the message", OK, 1, BYTES(N "\0\1\0\1\0\0\0\x3C\xFF\xFF\1\2\3\4"),
     FV_DNS_FAILED, 0, 0},
    {"a pointer to itself", OK, 1, BYTES(A("\xC0\x1D", "\7")), FV_DNS_NONE, 0, 0},
    {"a pointer forward", OK, 1, BYTES(A("\xC0\x21", "\7")), FV_DNS_NONE, 0, 0},
    {"a pointer out of the message", OK, 1, BYTES(A("\xFF\xFF", "\7")), FV_DNS_NONE, 0, 0},
    {"a loop of two", OK, 2, BYTES(A("\1a\xC0\x1D", "\7") A("\xC0\x1F", "\7")), FV_DNS_NONE, 0, 0},
    {"a label of 64", OK, 1,
     BYTES(A("\x40"
             "a\0",
             "\7")),
     FV_DNS_FAILED, 0, 0},
};

static size_t message(const struct row *r, uint8_t *out)
{
    memcpy(out, question, length);
    out[2] = (uint8_t)(r->flags >> 8);
    out[3] = (uint8_t)r->flags;
    out[6] = (uint8_t)(r->records >> 8);
    out[7] = (uint8_t)r->records;
    memcpy(out + length, r->bytes, r->n);
    return length + r->n;
}

/* From a block of that size alone. */
static enum fv_dns read(const uint8_t *p, size_t n, struct fv_dns_found *found)
{
    uint8_t *copy = malloc(n + (n == 0));
    enum fv_dns got;

    memcpy(copy, p, n);
    got = fv_dns_response(copy, n, question, length, found);
    free(copy);
    assert_true((found->count > 0) == (got == FV_DNS_FOUND) && found->count <= CAP);
    return got;
}

static void test_answers(void **state)
{
    (void)state;
    length = fv_dns_question("portal.test", 0x1234, question, sizeof question);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *r = &rows[i];
        uint8_t bytes[FV_DNS_MESSAGE], out[CAP][4];
        struct fv_dns_found found = {.out = out, .cap = CAP, .count = 9};
        size_t n = message(r, bytes);
        enum fv_dns got = read(bytes, n, &found);

        if (got != r->want || found.count != r->count)
            fail_msg("%s: %d, %zu addresses", r->what, (int)got, found.count);
        if (r->count > 0)
            assert_int_equal(out[r->count - 1][3], r->last);
        if (got != FV_DNS_OTHER)
            assert_int_equal(found.code, r->flags & 15);
        while (n-- > 0) {
            got = read(bytes, n, &found);
            if (n < length)
                assert_int_equal(got, FV_DNS_OTHER);
            else if (r->records > 0 && (r->flags & 0x20F) == 0)
                assert_true(got == FV_DNS_FAILED || got == FV_DNS_OTHER);
        }
    }
}

/* Of each byte of an answer's head and question, another one. */
static void test_not_ours(void **state)
{
    uint8_t bytes[FV_DNS_MESSAGE], out[CAP][4];
    struct fv_dns_found found = {.out = out, .cap = CAP};
    size_t n;

    (void)state;
    length = fv_dns_question("portal.test", 0x1234, question, sizeof question);
    n = message(&rows[0], bytes);
    for (size_t i = 0; i < length; i++) {
        bool matters = i < 2 || i == 4 || i == 5 || i >= 12;

        bytes[i] ^= 0x81;
        assert_true(!matters || read(bytes, n, &found) == FV_DNS_OTHER);
        bytes[i] ^= 0x81;
    }
    assert_int_equal(read(bytes, n, &found), FV_DNS_FOUND);
}

/* The most work that a message can cause: names of compression pointers only, repeatedly. It
 * ends, and soon. */
static void test_chains_of_pointers(void **state)
{
    uint8_t bytes[FV_DNS_MESSAGE] = {0}, out[CAP][4];
    struct fv_dns_found found = {.out = out, .cap = CAP};
    size_t at;

    (void)state;
    length = fv_dns_question("portal.test", 0x1234, question, sizeof question);
    memcpy(bytes, question, length);
    bytes[2] = 0x81;
    bytes[3] = 0x80;
    bytes[7] = 30;
    for (at = length; at + 14 <= sizeof bytes;
         at += 14) { /* CNAME to the record before, by pointer */
        size_t to = at == length ? 12 : at - 14;
        const uint8_t record[14] = {0xC0, (uint8_t)to, 0, 5, 0, 1,    0,
                                    0,    0,           0, 0, 2, 0xC0, (uint8_t)at};

        memcpy(bytes + at, record, sizeof record);
        bytes[at] |= (uint8_t)(to >> 8);
        bytes[at + 12] |= (uint8_t)(at >> 8);
    }
    assert_int_not_equal(read(bytes, sizeof bytes, &found), FV_DNS_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_questions),
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_not_ours),
        cmocka_unit_test(test_chains_of_pointers),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
