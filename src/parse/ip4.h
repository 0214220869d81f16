/*
 * IPv4 addresses in dotted decimal, as a URI's host has them (RFC 3986 3.2.2): four numbers of three digits at most.
 */
#ifndef FV_PARSE_IP4_H
#define FV_PARSE_IP4_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

/* Write the address that s is, in the network's order. false: it is none, and out is undefined. */
bool fv_ip4_parse(struct fv_slice s, uint8_t out[4]);

#endif
