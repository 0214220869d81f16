/*
 * One attempt of a transfer: ask, read the head, read the body. What the files of a transfer have for each other; others use
 * client/transfer.h.
 */
#ifndef FV_CLIENT_ATTEMPT_H
#define FV_CLIENT_ATTEMPT_H

#include "client/match.h"
#include "client/transfer.h"

/* What a step leads to. */
enum fv_next {
    FV_NEXT_GO,     /* the next state, which is set */
    FV_NEXT_WAIT,   /* wait for the network, or give others their turn */
    FV_NEXT_DONE,   /* nothing is missing */
    FV_NEXT_AFRESH, /* ask again, for the whole: nothing is to blame */
    FV_NEXT_FAIL    /* the attempt has failed: t->err, t->place */
};

/* Note why the attempt has failed: at a place, or at the server that was asked. Return FV_NEXT_FAIL. */
enum fv_next fv_attempt_fail_at(struct fv_transfer *t, enum fv_place place, enum fv_err err);
enum fv_next fv_attempt_fail(struct fv_transfer *t, enum fv_err err);

/* Return what the sink holds and can continue, which the next request asks to continue. */
struct fv_match fv_attempt_wanted(const struct fv_sink *sink);

/* Asking has failed with err: nothing is in flight of it. */
enum fv_next fv_attempt_unsent(struct fv_transfer *t, enum fv_err err);

/* Reading has failed with err. Bytes that may be another response's are forgotten. */
enum fv_next fv_attempt_break(struct fv_transfer *t, const struct fv_sink *sink, enum fv_err err);

/* Tell the sink that nothing of what it holds can be continued, and give up the response. */
enum fv_next fv_attempt_start_over(struct fv_transfer *t, const struct fv_sink *sink);

/* Note what a response, a proxy's for instance, asks for the next attempt. */
void fv_attempt_retry_after(struct fv_transfer *t, const struct fv_head *head);

/* The three states. */
enum fv_next fv_attempt_ask(struct fv_transfer *t, const struct fv_sink *sink);
enum fv_next fv_attempt_head(struct fv_transfer *t, const struct fv_sink *sink);
enum fv_next fv_attempt_body(struct fv_transfer *t, const struct fv_sink *sink);

#endif
