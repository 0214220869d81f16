/* SPDX-License-Identifier: MIT */
/* A bundle of certificates. The result does not depend on how the bundle is cut into reads, each
 * certificate found has the name that was looked for, and line numbers are those of the file. */
#include "net/tls_dn.h"
#include "net/tls_trust.h"

#include "fuzz/check.h"

#include <string.h>

/* CN=Root A, the roots of the corpus. */
#define NAME "\x30\x11\x31\x0F\x30\x0D\x06\x03\x55\x04\x03\x0C\x06Root A"

struct shifted {
    const uint8_t *data;
    size_t size;
    size_t shift; /* line breaks before it */
};

static enum fv_err read_shifted(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    const struct shifted *s = ctx;
    char *to = p;
    CHECK(offset <= s->shift + s->size);
    for (*got = 0; *got < n && offset < s->shift + s->size; (*got)++, offset++) {
        to[*got] = offset < s->shift ? '\n' : (char)s->data[offset - s->shift];
    }
    return FV_OK;
}

struct found {
    size_t count;
    uint64_t lines; /* their sum */
    enum fv_err err;
};

static struct found search(struct shifted *bytes, struct fv_slice name, uint64_t last_line)
{
    const struct fv_trust source = {.ctx = bytes, .name = FV_SLICE("f"), .read = read_shifted};
    struct fv_tls_reason reason = {.why = FV_TLS_FINE};
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    struct found found = {.count = 0};
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    found.err = fv_tls_trust_begin(&trust, name, FV_SLICE_NONE);
    while (found.err == FV_OK) {
        found.err = fv_tls_trust_next(&trust, &crt);
        if (found.err == FV_OK) {
            const struct fv_slice subject = {(const char *)crt.subject_raw.p, crt.subject_raw.len};
            CHECK(fv_tls_dn_same(subject, name));
            CHECK(trust.found.line <= last_line);
            found.count++;
            found.lines += trust.found.line;
            mbedtls_x509_crt_free(&crt);
            mbedtls_x509_crt_init(&crt);
        }
    }
    CHECK(crt.raw.p == NULL);
    CHECK(found.err == FV_E_NOT_FOUND || (found.err == FV_E_TLS_CA && found.count == 0));
    CHECK(found.err != FV_E_TLS_CA || reason.text[0] != 0);
    fv_tls_trust_end(&trust);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct fv_slice name = {NAME, sizeof NAME - 1};
    struct shifted bytes = {data, size, 0};
    uint64_t lines = 1;
    for (size_t i = 0; i < size; i++) {
        lines += data[i] == '\n';
    }
    struct found plain = search(&bytes, name, lines);
    if (size > 0 && data[0] == 0x30) {
        return 0; /* one in DER begins at the first byte */
    }
    for (size_t i = 0; i < 4; i++) {
        bytes.shift = i == 0 ? 1 : FV_CAP_READ - some_cut(data, size) % FV_CAP_READ - i;
        struct found shifted = search(&bytes, name, bytes.shift + lines);
        CHECK(shifted.err == plain.err && shifted.count == plain.count);
        CHECK(shifted.lines == plain.lines + plain.count * bytes.shift);
    }
    return 0;
}
