/* SPDX-License-Identifier: MIT */
#include "net/tls_base64.h"

#include "base/wipe.h"

#include <mbedtls/base64.h>

#define GROUP 48 /* bytes encoded at once: a multiple of 3, so that only the last group is padded */

void fv_tls_base64_put(const uint8_t *p, size_t n, struct fv_writer *w)
{
    unsigned char text[GROUP / 3 * 4 + 1];
    for (size_t at = 0; at < n; at += GROUP) {
        size_t take = n - at < GROUP ? n - at : GROUP;
        size_t len = 0;
        (void)mbedtls_base64_encode(text, sizeof(text), &len, p + at, take);
        fv_writer_slice(w, (struct fv_slice){(const char *)text, len});
    }
    fv_wipe(text, sizeof(text));
}

enum fv_err fv_tls_base64_get(struct fv_slice text, uint8_t *out, size_t cap, size_t *n)
{
    if (text.len % 4 != 0) {
        return FV_E_USAGE;
    }
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] <= ' ') { /* mbedTLS would skip it */
            return FV_E_USAGE;
        }
    }
    size_t len = 0;
    if (mbedtls_base64_decode(out, cap, &len, (const unsigned char *)text.ptr, text.len) != 0) {
        return FV_E_USAGE;
    }
    *n = len;
    return FV_OK;
}
