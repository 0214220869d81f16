/*
 * IPv6 addresses (RFC 4291 2.2), an IPv4 address at the end included; without zones. A firmware, whose network is IPv4, links ip6_none.c.
 */
#ifndef FV_PARSE_IP6_H
#define FV_PARSE_IP6_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* false: ip6_none.c, for which nothing is an address. */
extern const bool fv_ip6_linked;

/* Write the address that s is, in the network's order. false: it is none, and out is undefined. */
bool fv_ip6_parse(struct fv_slice s, uint8_t out[16]);

#endif
