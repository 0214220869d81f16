/*
 * A connection to the portal, one more for where redirects lead, and the files that are due over them. A client has one lane, or
 * as many as settings.jobs asks for; a listing is read over the first.
 *
 * What of the ring is in flight is not kept here: the exchange knows it, by identity, which is a file's position in the plan.
 * Responses are due in the order of the ring: first those of the connection aside, then those of the portal's; files that have not been
 * asked for come last. So files go from one connection to the other in order, and what is lost on the way goes to the end. This
 * order says only who reads next; whose a response is the exchange says.
 *
 * Nothing here has a thread. Whoever uses several lanes steps each as far as it goes without waiting, and then waits for all
 * of them together.
 */
#ifndef FV_CLIENT_LANE_H
#define FV_CLIENT_LANE_H

#include "client/transfer.h"
#include "store/partial.h"

/* Added to the position of a file that is asked for alone: nothing of it goes ahead, and nothing is sent behind it to where it is
 * redirected. */
#define FV_LANE_ALONE (UINT64_C(1) << 63)

struct fv_lane {
    struct fv_transfer *waiting; /* what fv_lane_wait() waits for; NULL: nothing */
    bool resting;                /* and it has not come yet: a step would lead to nothing */

    /* Files due, in the order of their requests, by position in the plan; the one under way is the first. */
    size_t head, count;
    bool single; /* the server has not let in a second connection: fv_lane_prepare() does nothing */
    bool retired; /* the server does not take so many connections: what is due is for other lanes */

    /* The file under way: client/incoming.h. */
    bool busy;             /* partial is open */
    uint64_t resumed_from; /* byte at which the last response began */
    uint64_t total;        /* bytes of the file; UINT64_MAX: not known */
    bool adopting;         /* the server is asked whether it has as many bytes as what is there */
    uint64_t adopt_size;   /* these */
    struct fv_partial partial;
    struct fv_transfer_way way;
    char path[FV_CAP_PATH + 1];
    uint64_t ring[FV_CAP_PIPELINE];                /* FV_LANE_ALONE may be added to each */
    struct fv_transfer transfer;                   /* of the file under way */
    struct fv_exchange exchange[1 + FV_CAP_ASIDE]; /* the portal's; the last one for redirects */
};

/* Prepare a lane, whose memory is zero; opens nothing. first: the client's first lane, whose TLS sessions are shared. */
void fv_lane_init(struct fv_lane *l, struct fv_lane *first, struct fv_transfer_shared *shared,
                  const struct fv_net_config *net);
/* Close its connections. */
void fv_lane_close(struct fv_lane *l);

/* The i-th file that is due; i is less than count. */
uint64_t fv_lane_due(const struct fv_lane *l, size_t i);
/* Whether it is asked for alone. */
bool fv_lane_is_alone(const struct fv_lane *l, size_t i);
/* Add one at the end of the ring; there must be room. */
void fv_lane_push(struct fv_lane *l, uint64_t position);
/* Take the first one off. A request of it that was sent ahead, and that nobody came to ask for, is given up with its connection. */
void fv_lane_pop(struct fv_lane *l);
/* Put the first one behind the others; mark is added to it, FV_LANE_ALONE or 0. */
void fv_lane_put_back(struct fv_lane *l, uint64_t mark);
/* Put back the first ones as long as they are not in flight and another one is: they have been lost with the connection aside, while
 * the portal's goes on. */
void fv_lane_put_back_lost(struct fv_lane *l);
/* Index in the ring of the first file behind the one under way, and behind all that are in flight; count if there is none. */
size_t fv_lane_unsent(const struct fv_lane *l);
/* Files that the ring may hold: as many requests as may be in flight at the moment. */
size_t fv_lane_most(const struct fv_lane *l);
/* The portal's connection will soon have given what it gives: begin to open the next one, unless the one aside is in use. Nothing is sent on it
 * before this one has ended. */
void fv_lane_prepare(struct fv_lane *l);
/* The first file is about to be begun: if the portal's connection has ended, and the next one is there, that takes its place. */
void fv_lane_succeed(struct fv_lane *l);
/* Give up each connection that anything is in flight on. */
void fv_lane_drop(struct fv_lane *l);

/* Fetch t over l as far as that goes without waiting: fv_transfer_step(). */
enum fv_err fv_lane_step(struct fv_lane *l, struct fv_transfer *t,
                         const struct fv_sink *sink) FV_MUSTUSE;

/* Wait until one of count lanes whose step said FV_AGAIN can go on, all of them at once, but no longer than until_us: these rest no
 * longer. FV_OK; FV_E_CANCELLED. What goes wrong for a lane is found by its next step. */
enum fv_err fv_lane_wait(struct fv_lane *lanes, size_t count, int64_t until_us) FV_MUSTUSE;

/* Fetch t over l until it is done, while other lanes rest. Errors of fv_transfer_step(), and FV_E_CANCELLED. */
enum fv_err fv_lane_fetch(struct fv_lane *l, struct fv_transfer *t,
                          const struct fv_sink *sink) FV_MUSTUSE;

#endif
