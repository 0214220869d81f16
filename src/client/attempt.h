/* SPDX-License-Identifier: MIT */
/*
 * One attempt of a transfer: send the request, read the head, read the body. Only the files of a
 * transfer use this header; others use client/transfer.h.
 */
#ifndef FV_CLIENT_ATTEMPT_H
#define FV_CLIENT_ATTEMPT_H

#include "client/match.h"
#include "client/transfer.h"

/* What to do after a step. */
enum fv_next {
    FV_NEXT_GO,     /* go on with t->state, which was set */
    FV_NEXT_WAIT,   /* wait for the network, or let other transfers go on */
    FV_NEXT_DONE,   /* the transfer is complete */
    FV_NEXT_AFRESH, /* send the request again, for the whole file; this does not count as a retry */
    FV_NEXT_FAIL    /* the attempt has failed; t->err and t->place say why and where */
};

/* Record why the attempt failed: at place, or at the server that the request was sent to. Return
 * FV_NEXT_FAIL. */
enum fv_next fv_attempt_fail_at(struct fv_transfer *t, enum fv_place place, enum fv_err err);
enum fv_next fv_attempt_fail(struct fv_transfer *t, enum fv_err err);

/* Return which bytes the sink has and can resume from; the next request asks for the rest. */
struct fv_match fv_attempt_wanted(const struct fv_transfer_sink *sink);

/* Sending the request failed with err; it is not in flight. */
enum fv_next fv_attempt_unsent(struct fv_transfer *t, enum fv_err err);

/* Reading failed with err. Bytes that may belong to another response are dropped. */
enum fv_next fv_attempt_break(struct fv_transfer *t, const struct fv_transfer_sink *sink,
                              enum fv_err err);

/* Tell the sink to begin again at 0, and skip the response. */
enum fv_next fv_attempt_start_over(struct fv_transfer *t, const struct fv_transfer_sink *sink);

/* Record the Retry-After of a response (of a proxy, for instance) for the next attempt. */
void fv_attempt_retry_after(struct fv_transfer *t, const struct fv_head *head);

/* The three states. */
enum fv_next fv_attempt_ask(struct fv_transfer *t, const struct fv_transfer_sink *sink);
enum fv_next fv_attempt_head(struct fv_transfer *t, const struct fv_transfer_sink *sink);
enum fv_next fv_attempt_body(struct fv_transfer *t, const struct fv_transfer_sink *sink);

#endif
