/* SPDX-License-Identifier: MIT */
/*
 * Pinned public keys in curl's notation: "sha256//" and 44 characters of Base64; several are joined
 * by ";".
 *
 * A pin is the SHA-256 of a certificate's SubjectPublicKeyInfo in DER (RFC 7469 2.4). Spaces are
 * not skipped and an empty element is refused, so that a mistyped pin never means "no pin".
 */
#ifndef FV_NET_TLS_PIN_H
#define FV_NET_TLS_PIN_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* false: tls_pin_none.c is linked, which accepts no pin */
extern const bool fv_tls_pin_linked;

/* Read text into pins. FV_OK: *count pins, at least one. FV_E_USAGE: not in this notation.
 * FV_E_CAPACITY: more than FV_CAP_PINS. After an error some pins may have been written. */
enum fv_err fv_tls_pin_parse(struct fv_slice text, uint8_t pins[FV_CAP_PINS][32],
                             size_t *count) FV_MUSTUSE;

/* Return whether the SHA-256 of spki, in DER, is one of the first count pins. */
bool fv_tls_pin_match(const uint8_t pins[FV_CAP_PINS][32], size_t count, struct fv_slice spki);

#endif
