/* SPDX-License-Identifier: MIT */
/*
 * Base64 (RFC 4648 4) by mbedTLS, in constant time, because it is used for secrets and keys.
 */
#ifndef FV_NET_TLS_BASE64_H
#define FV_NET_TLS_BASE64_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

#include <stdint.h>

/* Append n bytes to w in Base64, padded, without line ends. w tells whether the text did fit. */
void fv_tls_base64_put(const uint8_t *p, size_t n, struct fv_writer *w);

/* Decode padded text into out. FV_OK: *n bytes. FV_E_USAGE: not Base64, or more than cap bytes. */
enum fv_err fv_tls_base64_get(struct fv_slice text, uint8_t *out, size_t cap, size_t *n) FV_MUSTUSE;

/* Overwrite a secret, in a way that the compiler does not optimise away. */
void fv_tls_wipe(void *p, size_t n);

#endif
