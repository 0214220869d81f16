/* SPDX-License-Identifier: MIT */
/*
 * A lane: a connection to the portal, one for targets of redirects, and the files that are due on
 * them. A client has settings.jobs lanes. A listing is read over the first one.
 *
 * The lane does not know which files of its ring are in flight. The exchange knows that, by
 * identity, which is the position of the file in the plan. Files are due in the order of the ring:
 * first those with a request on the other connection, then those on the portal's, and last those
 * without a request. So files move from one connection to the other in order, and a file whose
 * request was lost moves to the end. This order only says who reads next; the exchange says to
 * which file a response belongs.
 *
 * There are no threads. The user of several lanes steps each of them as far as possible without
 * waiting, and then waits for all of them together.
 */
#ifndef FV_CLIENT_LANE_H
#define FV_CLIENT_LANE_H

#include "client/transfer.h"
#include "store/partial.h"

/* Added to the position of a file that must be requested alone: no request of it is sent ahead, and
 * none is sent behind it to the target of a redirect. */
#define FV_LANE_ALONE (UINT64_C(1) << 63)

struct fv_lane {
    struct fv_transfer *waiting; /* the transfer that fv_lane_wait() waits for; NULL: none */
    bool resting;                /* that has not happened yet: a step would do nothing */

    /* Files that are due, by position in the plan, in the order of their requests. The file under
     * way is the first. */
    size_t head, count;
    /* The server refuses this connection. The files of the ring are for other lanes. */
    bool retired;

    /* The file under way: client/incoming.h. */
    bool oversize;         /* it is larger than settings.max_size: its bytes are removed */
    bool busy;             /* there is one: partial is open, or get writes it */
    uint64_t resumed_from; /* offset at which the last response began */
    uint64_t total;        /* bytes of the file; UINT64_MAX: not known */
    bool adopting; /* --adopt: the server is asked whether the file has the size of the local one */
    uint64_t adopt_size; /* size of the local file */
    struct fv_partial partial;
    struct fv_transfer_way way;
    char path[FV_CAP_PATH + 1];
    uint64_t ring[FV_CAP_PIPELINE]; /* FV_LANE_ALONE may be added to each */
    struct fv_transfer transfer;    /* of the file under way */
    /* to the portal; the last one to targets of redirects */
    struct fv_exchange exchange[1 + FV_CAP_ASIDE];
};

/* Prepare a lane, whose memory is zero; open nothing. first: the first lane of the client, whose
 * TLS sessions are shared. */
void fv_lane_init(struct fv_lane *l, struct fv_lane *first, struct fv_transfer_shared *shared,
                  const struct fv_net_config *net);
/* Close its connections. */
void fv_lane_close(struct fv_lane *l);

/* Return the position of the i-th file that is due; i is less than count. */
uint64_t fv_lane_due(const struct fv_lane *l, size_t i);
/* Return whether the i-th file must be requested alone. */
bool fv_lane_is_alone(const struct fv_lane *l, size_t i);
/* Add a file at the end of the ring, which must have room. */
void fv_lane_push(struct fv_lane *l, uint64_t position);
/* Remove the first file. If a request of it was sent ahead and no transfer took it over, its
 * connection is given up. */
void fv_lane_pop(struct fv_lane *l);
/* Move the first file to the end. mark, FV_LANE_ALONE or 0, is added to it. */
void fv_lane_put_back(struct fv_lane *l, uint64_t mark);
/* While the first file is not in flight and another one is, move it to the end. Such files were
 * lost with the other connection, while the portal's goes on. */
void fv_lane_put_back_lost(struct fv_lane *l);
/* Return the index of the first file after the one under way and after all that are in flight;
 * count if there is none. */
size_t fv_lane_unsent(const struct fv_lane *l);
/* Return how many files the ring may hold: the number of requests that may be in flight now. */
size_t fv_lane_most(const struct fv_lane *l);
/* Give up every connection that has requests in flight. */
void fv_lane_drop(struct fv_lane *l);

/* Step t over l as far as possible without waiting: see fv_transfer_step(). */
enum fv_err fv_lane_step(struct fv_lane *l, struct fv_transfer *t,
                         const struct fv_transfer_sink *sink) FV_MUSTUSE;

/* Wait until one of count lanes whose step returned FV_AGAIN can go on, but not after until_us.
 * Lanes that can go on stop resting. FV_OK; FV_E_CANCELLED. An error of a lane is found by its next
 * step. */
enum fv_err fv_lane_wait(struct fv_lane *lanes, size_t count, int64_t until_us) FV_MUSTUSE;

/* Fetch t over l until it is done, while other lanes rest. Errors of fv_transfer_step(), and
 * FV_E_CANCELLED. */
enum fv_err fv_lane_fetch(struct fv_lane *l, struct fv_transfer *t,
                          const struct fv_transfer_sink *sink) FV_MUSTUSE;

#endif
