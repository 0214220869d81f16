/* SPDX-License-Identifier: MIT */
/*
 * NO_PROXY: hosts that are reached without the proxy.
 *
 * Reads a list separated by commas and spaces, as curl does, with a few more forms. An entry is one
 * of:
 *   NAME or .NAME        that host and all hosts below it
 *   *.NAME               all hosts below it
 *   ADDRESS              an IPv4 or IPv6 address; IPv6 with or without brackets
 *   ADDRESS/BITS         the addresses that begin with the same bits; never matches a name
 *   *                    every host
 * ":PORT" after NAME or ADDRESS limits the entry to that port; an IPv6 address then needs brackets.
 * Names are compared without regard to ASCII case and to one trailing dot. An IPv4 address in IPv6
 * (::ffff:a.b.c.d) is the IPv4 address. An entry of any other form matches nothing.
 */
#ifndef FV_PARSE_NOPROXY_H
#define FV_PARSE_NOPROXY_H

#include "parse/url.h"

/* Return whether an entry of list matches the host and port of url. */
bool fv_noproxy_excepts(struct fv_slice list, const struct fv_url *url);

/* Find the next entry that has none of the forms above. *list becomes the part after it. Return
 * false if there is none. */
bool fv_noproxy_unknown(struct fv_slice *list, struct fv_slice *entry);

#endif
