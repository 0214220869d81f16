/*
 * A DNS question for the IPv4 addresses of a name, and its answer (RFC 1035 4.1): bytes in, bytes out.
 *
 * The answer is a stranger's: it is taken if it has the question's number and the question itself; then the addresses of the name, or of the
 * last one of a chain of CNAME records, all in that one message. Refused: what does not end where it says, names with a pointer that does not
 * lead back, or over 255 bytes or jumps. Work is bounded by the message's size and eight links.
 */
#ifndef FV_PORT_LWIP_DNS_H
#define FV_PORT_LWIP_DNS_H

#include <stddef.h>
#include <stdint.h>

/* A message over UDP (RFC 1035 2.3.4): no server sends more to who does not ask for it. */
#define FV_DNS_MESSAGE 512

/* What a question takes beside the name. */
#define FV_DNS_QUESTION 18

/* Write the question. How long it is; 0: that is no name, or cap is too small. Host is NUL-terminated, with or without a dot at its end. */
size_t fv_dns_question(const char *host, uint16_t id, uint8_t *out, size_t cap);

enum fv_dns {
    FV_DNS_OTHER,  /* no answer to this question */
    FV_DNS_FOUND,  /* at least one address */
    FV_DNS_NONE,   /* the name has no address, or there is no such name */
    FV_DNS_FAILED, /* this server can't say */
};

struct fv_dns_found {
    uint8_t (*out)[4]; /* cap of them; may be changed too where nothing is found */
    size_t cap, count;
    uint8_t code; /* the response code (RFC 1035 4.1.1) of the last answer to the question */
};

/* Read an answer: at most n bytes of p, and the question as fv_dns_question() wrote it. found->count is 1 to cap after FV_DNS_FOUND,
 * otherwise 0. */
enum fv_dns fv_dns_answer(const uint8_t *p, size_t n, const uint8_t *question, size_t length,
                          struct fv_dns_found *found);

#endif
