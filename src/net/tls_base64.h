/* SPDX-License-Identifier: MIT */
/*
 * Base64 (RFC 4648 4), by mbedTLS. It is used for secrets and keys, so it runs in constant time.
 */
#ifndef FV_NET_TLS_BASE64_H
#define FV_NET_TLS_BASE64_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

#include <stdint.h>

/* Append the Base64 of n bytes to w, padded, without line ends. w tells whether it did fit. */
void fv_tls_base64_put(const uint8_t *p, size_t n, struct fv_writer *w);

/* Decode padded text into out. FV_OK: *n bytes. FV_E_USAGE: not Base64, or more than cap bytes. */
enum fv_err fv_tls_base64_get(struct fv_slice text, uint8_t *out, size_t cap, size_t *n) FV_MUSTUSE;

#endif
