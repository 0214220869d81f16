/*
 * When to try again: exponential back-off with full jitter, Retry-After, and a budget that progress restores.
 *
 * The n-th wait is a random time of 0 to min(30 s, 0.5 s * 2^n); an answer's Retry-After, capped at 300 s, replaces it.
 */
#ifndef FV_CLIENT_BACKOFF_H
#define FV_CLIENT_BACKOFF_H

#include "base/err.h"
#include "port/port.h"

#define FV_BACKOFF_FIRST_MS 500u
#define FV_BACKOFF_CAP_MS 30000u
#define FV_RETRY_AFTER_CAP_S 300

struct fv_backoff {
    uint32_t budget;       /* attempts after the first */
    uint32_t spent;        /* of them, since the last progress */
    int64_t retry_after_s; /* what the last answer asked for; -1: nothing */
};

void fv_backoff_init(struct fv_backoff *b, uint32_t budget);
/* Something new arrived since the last attempt: the budget is whole again. */
void fv_backoff_progress(struct fv_backoff *b);
/* After err: FV_OK and *delay_ms if another attempt may be made (it is counted), err itself otherwise. */
enum fv_err fv_backoff_next(struct fv_backoff *b, enum fv_err err,
                            const struct fv_port_entropy *entropy, uint32_t *delay_ms) FV_MUSTUSE;

#endif
