/*
 * Pinned public keys in curl's notation: "sha256//" and 44 characters of Base64, several joined by ";".
 *
 * A pin is the SHA-256 of a certificate's SubjectPublicKeyInfo in DER (RFC 7469 2.4). Spaces are not skipped, and an empty
 * element is refused, so that a mistyped pin never means "no pin".
 */
#ifndef FV_NET_TLS_PIN_H
#define FV_NET_TLS_PIN_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* false: tls_pin_none.c, which takes no pin. */
extern const bool fv_tls_pin_linked;

/* Read text into pins. FV_OK: *count of them, at least one. FV_E_USAGE; FV_E_CAPACITY if there are more than FV_CAP_PINS;
 * pins may be partly written then. */
enum fv_err fv_tls_pin_parse(struct fv_slice text, uint8_t pins[FV_CAP_PINS][32],
                             size_t *count) FV_MUSTUSE;

/* Whether the digest of spki, in DER, is one of the first count pins. */
bool fv_tls_pin_match(const uint8_t pins[FV_CAP_PINS][32], size_t count, struct fv_slice spki);

#endif
