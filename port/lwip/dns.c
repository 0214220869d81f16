/* SPDX-License-Identifier: MIT */
#include "port/lwip/dns.h"

#include <stdbool.h>
#include <string.h>

#define HEADER 12u
#define NAME_MOST 255 /* RFC 1035 2.3.4 */
#define LABEL_MOST 63u
#define POINTER 0xC0u /* the two upper bits of a length: a compression pointer */
#define LINKS 8       /* of a chain of CNAME records */
#define TYPE_A 1u
#define TYPE_CNAME 5u
#define CLASS_IN 1u

/* Bits and numbers of the header's second word. */
#define RESPONSE 0x8000u
#define OPCODE 0x7800u
#define AUTHORITATIVE 0x0400u
#define TRUNCATED 0x0200u
#define RECURSIVE 0x0080u
#define ASK_RECURSION 0x0100u
#define NO_SUCH_NAME 3

size_t fv_dns_question(const char *host, uint16_t id, uint8_t *out, size_t cap)
{
    size_t n = strlen(host);
    n -= n > 0 && host[n - 1] == '.';
    if (n == 0 || n > NAME_MOST - 2 || n + FV_DNS_QUESTION > cap) {
        return 0;
    }
    const uint8_t head[HEADER] = {(uint8_t)(id >> 8), (uint8_t)id, ASK_RECURSION >> 8, 0, 0, 1};
    static const uint8_t tail[5] = {0, 0, TYPE_A, 0, CLASS_IN};
    memcpy(out, head, HEADER);
    memcpy(out + HEADER + 1, host, n);
    memcpy(out + HEADER + 1 + n, tail, sizeof tail);
    /* From the end to the start: the length of a label replaces the dot before the label. */
    size_t length = 0;
    for (size_t at = HEADER + n; at >= HEADER; at--) {
        if (at > HEADER && out[at] != '.') {
            length++;
            continue;
        }
        if (length == 0 || length > LABEL_MOST) {
            return 0;
        }
        out[at] = (uint8_t)length;
        length = 0;
    }
    return n + FV_DNS_QUESTION;
}

struct message {
    const uint8_t *p;
    size_t n;
};

static uint16_t word(const struct message *m, size_t at)
{
    return (uint16_t)(m->p[at] << 8 | m->p[at + 1]);
}

static uint8_t lower(uint8_t c)
{
    return c >= 'A' && c <= 'Z' ? (uint8_t)(c + 'a' - 'A') : c;
}

/* Return the offset behind the name at `at`; 0: the name does not end. */
static size_t behind(const struct message *m, size_t at)
{
    while (at < m->n && m->p[at] != 0 && m->p[at] < POINTER) {
        at += m->p[at] <= LABEL_MOST ? 1u + m->p[at] : m->n;
    }
    if (at >= m->n) {
        return 0;
    }
    at += m->p[at] == 0 ? 1 : 2;
    return at <= m->n ? at : 0;
}

/* A name that is read byte by byte, the lengths of its labels included. */
struct name {
    size_t at;
    size_t since; /* offset of the part that is being read; a pointer must lead to before it */
    unsigned label, steps;
};

/* Return the next byte; -1: the name is not legal. Must not be called after the label of length
 * 0, which ends the name. */
static int next(const struct message *m, struct name *a)
{
    while (a->label == 0 && a->at < m->n && m->p[a->at] >= POINTER) {
        if (a->at + 1 >= m->n || ++a->steps > NAME_MOST) {
            return -1;
        }
        size_t to = word(m, a->at) & 0x3FFFu;
        if (to >= a->since) {
            return -1;
        }
        a->at = a->since = to;
    }
    if (a->at >= m->n || ++a->steps > NAME_MOST) {
        return -1;
    }
    uint8_t c = m->p[a->at++];
    if (a->label > 0) {
        a->label--;
        return lower(c);
    }
    a->label = c;
    return c <= LABEL_MOST ? c : -1;
}

static bool same(const struct message *m, size_t one, size_t other)
{
    struct name a = {.at = one, .since = one};
    struct name b = {.at = other, .since = other};
    for (;;) {
        bool start = a.label == 0;
        int c = next(m, &a);
        if (c < 0 || c != next(m, &b)) {
            return false;
        }
        if (start && c == 0) {
            return true;
        }
    }
}

/* Read all records once: collect the addresses of the name, and set *alias if it has a CNAME
 * record. False: a record does not end. */
static bool scan(const struct message *m, size_t at, size_t name, struct fv_dns_found *f,
                 size_t *alias)
{
    for (unsigned left = word(m, 6); left > 0; left--) {
        size_t owner = at;
        at = behind(m, at);
        if (at == 0 || m->n - at < 10) {
            return false;
        }
        unsigned type = word(m, at), class = word(m, at + 2);
        size_t data = at + 10, length = word(m, at + 8);
        if (length > m->n - data) {
            return false;
        }
        at = data + length;
        if (class != CLASS_IN || !same(m, owner, name)) {
            continue;
        }
        if (type == TYPE_A && length == 4 && f->count < f->cap) {
            memcpy(f->out[f->count++], m->p + data, 4);
        } else if (type == TYPE_CNAME) {
            *alias = data;
        }
    }
    return true;
}

static enum fv_dns records(const struct message *m, size_t at, struct fv_dns_found *f)
{
    size_t name = HEADER;
    for (int link = 0; link <= LINKS; link++) {
        size_t alias = 0;
        bool whole = scan(m, at, name, f, &alias);
        if (f->count > 0 && (whole || (word(m, 2) & TRUNCATED) != 0)) {
            return FV_DNS_FOUND;
        }
        if (!whole) {
            f->count = 0;
            return FV_DNS_FAILED;
        }
        if (alias == 0) {
            break;
        }
        name = alias;
    }
    /* The server has no such name, unless it truncated the response or referred us to another
     * server. */
    bool known = (word(m, 2) & (RECURSIVE | AUTHORITATIVE)) != 0 && (word(m, 2) & TRUNCATED) == 0;
    return known ? FV_DNS_NONE : FV_DNS_FAILED;
}

static bool matches(const struct message *m, const uint8_t *question, size_t length)
{
    if (m->n < length || memcmp(m->p, question, 2) != 0 || word(m, 4) != 1 ||
        (word(m, 2) & (RESPONSE | OPCODE)) != RESPONSE) {
        return false;
    }
    /* lower() changes letters only: a length, the type and the class are never letters. */
    for (size_t i = HEADER; i < length; i++) {
        if (lower(m->p[i]) != lower(question[i])) {
            return false;
        }
    }
    return true;
}

enum fv_dns fv_dns_response(const uint8_t *p, size_t n, const uint8_t *question, size_t length,
                            struct fv_dns_found *found)
{
    const struct message m = {p, n};
    found->count = 0;
    if (!matches(&m, question, length)) {
        return FV_DNS_OTHER;
    }
    found->code = p[3] & 0xF;
    if (found->code != 0) {
        return found->code == NO_SUCH_NAME ? FV_DNS_NONE : FV_DNS_FAILED;
    }
    return records(&m, length, found);
}
