/*
 * Base64 (RFC 4648 4) by mbedTLS, in constant time: what it is used for are secrets and keys.
 */
#ifndef FV_NET_TLS_BASE64_H
#define FV_NET_TLS_BASE64_H

#include "base/err.h"
#include "base/slice.h"
#include "base/writer.h"

#include <stdint.h>

/* Append the encoding of n bytes to w, padded, without line ends. What does not fit is noticed by w. */
void fv_tls_base64_put(const uint8_t *p, size_t n, struct fv_writer *w);

/* Decode text, padded, into out: FV_OK and *n bytes; FV_E_USAGE if it is not Base64 or decodes to more than cap. */
enum fv_err fv_tls_base64_get(struct fv_slice text, uint8_t *out, size_t cap, size_t *n) FV_MUSTUSE;

/* Overwrite a secret so that the compiler does not leave it out. */
void fv_tls_wipe(void *p, size_t n);

#endif
