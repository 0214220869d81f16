/* SPDX-License-Identifier: MIT */
/*
 * IPv6 addresses (RFC 4291 2.2), also with an IPv4 address at the end; without zones. A firmware
 * has an IPv4 network only and links ip6_none.c.
 */
#ifndef FV_PARSE_IP6_H
#define FV_PARSE_IP6_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* false: ip6_none.c is linked, which accepts no address */
extern const bool fv_ip6_linked;

/* Write the address in s, in network order. Return false if s is not an address; out is then
 * undefined. */
bool fv_ip6_parse(struct fv_slice s, uint8_t out[16]);

#endif
