/*
 * NO_PROXY: hosts that are reached without the proxy.
 *
 * Reads a list, separated by commas and blanks, as curl does, and a little more. An entry is
 *   NAME or .NAME        the host of that name and all below it
 *   *.NAME               all below it
 *   ADDRESS              an IPv4 or IPv6 address, the latter with or without brackets
 *   ADDRESS/BITS         the addresses that begin with the same bits; a host that is a name is in none
 *   *                    every host
 * NAME and ADDRESS may be followed by ":PORT" (an IPv6 address in brackets then), and the entry is for that port alone. Names
 * compare without regard to ASCII case and to one trailing dot; an IPv4 address in IPv6 (::ffff:a.b.c.d) is the IPv4 address.
 * An entry of another form excepts nothing.
 */
#ifndef FV_PARSE_NOPROXY_H
#define FV_PARSE_NOPROXY_H

#include "parse/url.h"

/* Whether list excepts url's host and port. */
bool fv_noproxy_excepts(struct fv_slice list, const struct fv_url *url);

/* Find the next entry that is of no form above, and go on behind it: *list is what is left. False: there is none. */
bool fv_noproxy_unknown(struct fv_slice *list, struct fv_slice *entry);

#endif
