/* SPDX-License-Identifier: MIT */
/*
 * IPv4 addresses in dotted decimal, as in the host of a URI (RFC 3986 3.2.2): four numbers of at
 * most three digits.
 */
#ifndef FV_PARSE_IP4_H
#define FV_PARSE_IP4_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Write the address in s, in network order. Return false if s is not an address; out is then
 * undefined. */
bool fv_ip4_parse(struct fv_slice s, uint8_t out[4]);

#endif
