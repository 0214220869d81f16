/* SPDX-License-Identifier: MIT */
/*
 * A DNS query for the IPv4 addresses of a name, and its response (RFC 1035 4.1): bytes in, bytes
 * out.
 *
 * The response is hostile input. It is accepted only if it has the id of the query and repeats its
 * question. The result is the addresses of the name, or of the last name in a chain of CNAME
 * records, all in that message. Refused: records that do not end where they say, names with a
 * compression pointer that does not point backwards, and names with more than 255 bytes or jumps.
 * The size of the message and a limit of eight links bound the work.
 */
#ifndef FV_PORT_LWIP_DNS_H
#define FV_PORT_LWIP_DNS_H

#include <stddef.h>
#include <stdint.h>

/* The largest message over UDP (RFC 1035 2.3.4). Servers send larger ones only to clients that ask
 * for them. */
#define FV_DNS_MESSAGE 512

/* bytes of a query in addition to the name */
#define FV_DNS_QUESTION 18

/* Write the query. Return its length; 0 if host is not a valid name or cap is too small. host is
 * NUL-terminated, with or without a dot at its end. */
size_t fv_dns_question(const char *host, uint16_t id, uint8_t *out, size_t cap);

enum fv_dns {
    FV_DNS_OTHER,  /* not a response to this query */
    FV_DNS_FOUND,  /* at least one address */
    FV_DNS_NONE,   /* the name does not exist or has no address */
    FV_DNS_FAILED, /* this server cannot resolve the name */
};

struct fv_dns_found {
    uint8_t (*out)[4]; /* room for cap addresses; may be changed even if nothing is found */
    size_t cap, count;
    uint8_t code; /* response code (RFC 1035 4.1.1) of the last response to the query */
};

/* Read a response: n bytes at p, and the query as fv_dns_question() wrote it. found->count is 1 to
 * cap after FV_DNS_FOUND, otherwise 0. */
enum fv_dns fv_dns_response(const uint8_t *p, size_t n, const uint8_t *question, size_t length,
                            struct fv_dns_found *found);

#endif
