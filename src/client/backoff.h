/* SPDX-License-Identifier: MIT */
/*
 * When to retry: exponential back-off with full jitter, Retry-After (RFC 9110 10.2.3), and a number
 * of retries that progress restores.
 *
 * The n-th pause is a random time from 0 to min(30 s, 0.5 s * 2^n). A Retry-After, limited to 300
 * s, replaces it.
 */
#ifndef FV_CLIENT_BACKOFF_H
#define FV_CLIENT_BACKOFF_H

#include "base/err.h"
#include "port/port.h"

#define FV_BACKOFF_FIRST_MS 500u
#define FV_BACKOFF_CAP_MS 30000u
#define FV_RETRY_AFTER_CAP_S 300

struct fv_backoff {
    uint32_t budget; /* attempts after the first */
    uint32_t spent;  /* retries since the last progress */
    /* Bytes that count as progress, at least 1. Smaller steps could go on for ever. */
    uint64_t step;
    uint64_t reached;      /* largest offset that counted as progress */
    int64_t retry_after_s; /* Retry-After of the last response; -1: none */
};

void fv_backoff_init(struct fv_backoff *b, uint32_t budget, uint64_t step);
/* An attempt ended with offset bytes of the whole file. If these are at least a step more than
 * before, and the attempt had resumed, all retries are available again. An attempt that had started
 * again at 0 does not count: it may have thrown away as much. */
void fv_backoff_progress(struct fv_backoff *b, uint64_t offset, bool resumed);
/* After a transient error: if another attempt is allowed, count it, write *delay_ms and return
 * true. */
bool fv_backoff_next(struct fv_backoff *b, const struct fv_port_entropy *entropy,
                     uint32_t *delay_ms);

#endif
