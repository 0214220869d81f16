/*
 * When to try again: exponential back-off with full jitter, Retry-After, and a budget that progress restores.
 *
 * The n-th wait is a random time of 0 to min(30 s, 0.5 s * 2^n); a response's Retry-After, capped at 300 s, replaces it.
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
    uint64_t step;         /* bytes that are progress, 1 or more: fewer could go on for ever */
    uint64_t reached;      /* greatest offset that counted as progress */
    int64_t retry_after_s; /* what the last response asked for; -1: nothing */
};

void fv_backoff_init(struct fv_backoff *b, uint32_t budget, uint64_t step);
/* An attempt has ended with so many bytes of the whole there. If they are a step more than before, and it went on with what was there,
 * the budget is whole again: one that began anew may have thrown away as much. */
void fv_backoff_progress(struct fv_backoff *b, uint64_t offset, bool resumed);
/* After a transient error: true and *delay_ms if another attempt may be made, which is counted. */
bool fv_backoff_next(struct fv_backoff *b, const struct fv_port_entropy *entropy,
                     uint32_t *delay_ms);

#endif
