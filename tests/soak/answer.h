/* SPDX-License-Identifier: MIT */
/*
 * One response before it is sent. The peer (content.c, listing.c) makes it, soak_bend() applies the
 * faults that any response may have, and then it is sent.
 */
#ifndef TESTS_SOAK_ANSWER_H
#define TESTS_SOAK_ANSWER_H

#include "soak/world.h"

#define SOAK_BODY 196608 /* room for a listing of SOAK_MANY */

struct answer {
    int status;
    int retry_after; /* -1: none */
    char fields[900];
    const char *type;
    size_t n; /* of body */
    enum soak_framing framing;
    int64_t before_us, body_us, drip_us;
    size_t drip;   /* bytes at once; 0: all */
    int cut;       /* permille; -1: whole */
    bool open;     /* and the connection goes on */
    bool reset;    /* where it is cut */
    bool unclean;  /* or the end comes without close_notify */
    int instead;   /* of everything; -1: it comes */
    bool left_out; /* and what is asked for behind it is answered */
    size_t torn;   /* bytes of a head that come */
    bool bare;     /* what it announces, as much as the last answer had, does not come at all */
    bool closes, says_so, lingers, surplus, whole_surplus, twice;
    bool bent_range;
    size_t ranged; /* the first byte of a range that was asked for; 0: none was */
    size_t more;   /* bytes that Content-Length tells and nobody sends */
    unsigned interim;
};

/* Its content. */
extern uint8_t soak_body[SOAK_BODY];

/* Make it a status without a file's content, n bytes of body. */
void soak_no_content(struct answer *a, int status, size_t n);
/* Whether another attempt is worth it after that status: src/INTERFACE.md, --retries. */
bool soak_may_pass(int status);
/* url -1: it is the listing's. */
void soak_bend(struct soak_world *w, struct answer *a, const struct soak_fault *f, int url);
void soak_send(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
               const struct answer *a);

#endif
