/* SPDX-License-Identifier: MIT */
/*
 * What the tests of bundles share: two roots, a bundle in memory, and a search that counts.
 */
#ifndef UNIT_ROOTS_H
#define UNIT_ROOTS_H

#include "net/tls_base64.h"
#include "net/tls_trust.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mbedtls/platform.h>
#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define BEGIN "-----BEGIN CERTIFICATE-----\n"
#define END "-----END CERTIFICATE-----\n"

/* Two self-signed roots, CN=Root A and CN=Root B. */
#define BASE64_A                                                                                   \
    "MIIBeTCCAR+gAwIBAgIUGUcvikf/2exRn160n+iYbtbCxIYwCgYIKoZIzj0EAwIw\n"                           \
    "ETEPMA0GA1UEAwwGUm9vdCBBMCAXDTI2MTEyNDAzMjEzNVoYDzIwODEwODI3MDMy\n"                           \
    "MTM1WjARMQ8wDQYDVQQDDAZSb290IEEwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"                           \
    "AARpsbGNv5+faD3ZEu3hRKL7MQh3Lnr/PUBPcqd8UCB9u1K9mcq6VJI2ZllQhNh7\n"                           \
    "PzkgaXhude8nXn/X43dDZkwIo1MwUTAdBgNVHQ4EFgQUlsJgXwvc+b02atVVShre\n"                           \
    "U7h1O6QwHwYDVR0jBBgwFoAUlsJgXwvc+b02atVVShreU7h1O6QwDwYDVR0TAQH/\n"                           \
    "BAUwAwEB/zAKBggqhkjOPQQDAgNIADBFAiB6ZI56sMxD+oaPQJjBABCXDa9X79H0\n"                           \
    "UpIfkknT8hpMzwIhAJgRqrybHJf8dBiLzKrUIZae7YPROMrqlfH03p7fZSUd\n"
#define BASE64_B                                                                                   \
    "MIIBejCCAR+gAwIBAgIUMSTpRJxb5pl3CV6nQC4hBQD0cPowCgYIKoZIzj0EAwIw\n"                           \
    "ETEPMA0GA1UEAwwGUm9vdCBCMCAXDTI2MTEyNDAzMjEzNVoYDzIwODEwODI3MDMy\n"                           \
    "MTM1WjARMQ8wDQYDVQQDDAZSb290IEIwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNC\n"                           \
    "AASxJlOUs816sFStX/HFQJWxmDqWoDul+xfWn5flas2NOnmxiQdTkGUzCBDuONlW\n"                           \
    "boctpGyaLxZilpfHgNtZgkaEo1MwUTAdBgNVHQ4EFgQUzUAvkai8fvPzefi2EsOg\n"                           \
    "KCZz1x4wHwYDVR0jBBgwFoAUzUAvkai8fvPzefi2EsOgKCZz1x4wDwYDVR0TAQH/\n"                           \
    "BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEA5ZI0dcE27lMOZNck+jrbog3aG1Yx\n"                           \
    "sz2E/G/6393ycr8CIQDYvKz36G2tYveQDBzjv/rPukwCXRwBMJRqwXhdIAt87Q==\n"
#define PEM_A BEGIN BASE64_A END
#define PEM_B BEGIN BASE64_B END
#define PEM_A8 PEM_A PEM_A PEM_A PEM_A PEM_A PEM_A PEM_A PEM_A

/* A bundle in memory. */
struct memory {
    const char *text;
    size_t len;
    enum fv_err fail; /* of each read behind offset 0 */
    size_t reads;
};

static inline enum fv_err memory_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    struct memory *m = ctx;
    m->reads++;
    if (offset > 0 && m->fail != FV_OK) {
        return m->fail;
    }
    size_t left = offset < m->len ? m->len - (size_t)offset : 0;
    *got = left < n ? left : n;
    if (*got > 0) {
        memcpy(p, m->text + offset, *got);
    }
    return FV_OK;
}

#define BUNDLE(memory)                                                                             \
    {                                                                                              \
        .ctx = &(memory), .name = FV_SLICE("roots.pem"), .read = memory_read                       \
    }

/* What was told last of a root, or of a bundle without any. */
static struct fv_tls_reason reason;
static uint64_t found_line; /* of the last one that was given */

/* The line of a root that can't be used; 0: it is DER, or nothing was told. */
static inline uint64_t told_line(void)
{
    const char *line = strstr(reason.text, "roots.pem, line ");
    return line != NULL ? strtoul(line + strlen("roots.pem, line "), NULL, 10) : 0;
}

static inline void parse(const char *pem, mbedtls_x509_crt *crt)
{
    mbedtls_x509_crt_init(crt);
    assert_int_equal(mbedtls_x509_crt_parse(crt, (const unsigned char *)pem, strlen(pem) + 1), 0);
}

static inline struct fv_slice issuer_of(const mbedtls_x509_crt *crt)
{
    return (struct fv_slice){(const char *)crt->issuer_raw.p, crt->issuer_raw.len};
}

/* Return how many roots have that name (all must have those bytes); -1 if the search itself fails,
 * and *err says why. */
static inline int count_roots(struct fv_tls_trust *trust, struct fv_slice name,
                              const mbedtls_x509_buf *der, enum fv_err *err)
{
    mbedtls_x509_crt crt;
    int count = 0;
    fv_tls_reason_begin(&reason, INT64_C(2000000000) * 1000000);
    *err = fv_tls_trust_begin(trust, name, FV_SLICE_NONE);
    while (*err == FV_OK) {
        mbedtls_x509_crt_init(&crt);
        *err = fv_tls_trust_next(trust, &crt);
        if (*err != FV_OK) {
            assert_null(crt.raw.p);
            break;
        }
        if (der != NULL) {
            assert_int_equal(crt.raw.len, der->len);
            assert_memory_equal(crt.raw.p, der->p, der->len);
        }
        mbedtls_x509_crt_free(&crt);
        found_line = trust->found.line;
        assert_true(fv_slice_eq(trust->found.bundle, trust->source->name));
        count++;
    }
    fv_tls_trust_end(trust);
    assert_null(trust->scan);
    *err = *err == FV_E_NOT_FOUND ? FV_OK : *err;
    assert_int_equal(*err, trust->err);
    return *err == FV_OK ? count : -1;
}

/* The same of Root A. */
static inline int find(const struct fv_trust *source, enum fv_err *err)
{
    struct fv_tls_trust trust = {.source = source, .reason = &reason};
    mbedtls_x509_crt child;
    parse(PEM_A, &child);
    int count = count_roots(&trust, issuer_of(&child), &child.raw, err);
    mbedtls_x509_crt_free(&child);
    return count;
}

#endif
