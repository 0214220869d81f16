/*
 * One GET until it is done: the origin rule, redirects, the meaning of statuses, resuming and retries.
 *
 * What arrives goes to a sink, which knows how much it has; a listing, a file and a stream each have theirs.
 */
#ifndef FV_CLIENT_FETCH_H
#define FV_CLIENT_FETCH_H

#include "client/client.h"

struct fv_sink {
    void *ctx;
    /* An answer's head is fine, its body begins at offset `from`, which is what have() said or 0; total: size of the whole,
     * UINT64_MAX if unknown; validator: for a later If-Range, may be empty; where from is not 0, the one that have() said.
     * from == total: the server says that nothing is missing. FV_AGAIN: nothing is held any more, ask for the whole. */
    enum fv_err (*begin)(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator);
    enum fv_err (*content)(void *ctx, struct fv_slice bytes);
    /* What the sink holds and can continue: bytes, and the validator that begin gave with them (empty: can't continue). */
    uint64_t (*have)(void *ctx, struct fv_slice *validator);
};

/* Admit url (raw, as a listing or a user gave it) and make t ready to fetch it. FV_OK, FV_E_URL, FV_E_ORIGIN,
 * FV_E_CAPACITY. */
enum fv_err fv_transfer_init(struct fv_client *c, struct fv_transfer *t,
                             struct fv_slice url) FV_MUSTUSE;

/* Put t's request on the wire; sink may be NULL: nothing is there to be continued. FV_AGAIN: not now, too many are in flight. */
enum fv_err fv_fetch_send(struct fv_lane *l, struct fv_transfer *t,
                          const struct fv_sink *sink) FV_MUSTUSE;

/* Give up the connection if anything is in flight on it. */
void fv_fetch_drop(struct fv_lane *l);

/* Fetch t into sink with redirects and retries, as far as that goes without waiting (but for a new connection). t may have been
 * sent ahead. FV_OK: done. FV_AGAIN: call fv_lane_wait(), then this again. Errors: those of network, TLS, HTTP, and the
 * sink's. */
enum fv_err fv_fetch_step(struct fv_lane *l, struct fv_transfer *t,
                          const struct fv_sink *sink) FV_MUSTUSE;

/* The same until it is done, while other lanes rest. Errors as there, and FV_E_CANCELLED. */
enum fv_err fv_fetch(struct fv_lane *l, struct fv_transfer *t,
                     const struct fv_sink *sink) FV_MUSTUSE;

#endif
