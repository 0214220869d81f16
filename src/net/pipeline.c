/* SPDX-License-Identifier: MIT */
#include "net/pipeline.h"

#include "base/cap.h"

void fv_pipeline_init(struct fv_pipeline *p)
{
    *p = (struct fv_pipeline){.depth = p->depth > 0 ? p->depth : 1, .limit = FV_PIPELINE_START};
}

void fv_pipeline_connected(struct fv_pipeline *p)
{
    p->served = 0;
    p->full = p->out = p->replied = false;
    p->held = 0;
}

size_t fv_pipeline_most(const struct fv_pipeline *p)
{
    if (FV_CAP_PIPELINE == 1 || p->doubted) { /* if it is 1, most of this file is not compiled */
        return 1;
    }
    return p->depth < p->limit ? p->depth : p->limit;
}

/* Bytes in flight that keep the connection busy. */
static uint64_t window(const struct fv_pipeline *p)
{
    uint64_t rate = p->rate < UINT32_MAX ? p->rate : UINT32_MAX;
    uint64_t bytes = 2 * rate * p->round_trip_us / 1000000;
    if (bytes < FV_PIPELINE_WINDOW_MIN) {
        return FV_PIPELINE_WINDOW_MIN;
    }
    return bytes < FV_PIPELINE_WINDOW_MAX ? bytes : FV_PIPELINE_WINDOW_MAX;
}

bool fv_pipeline_may_send(struct fv_pipeline *p, size_t pending, uint64_t left_bytes)
{
    if (pending == 0) {
        return true;
    }
    if (FV_CAP_PIPELINE == 1 || pending >= fv_pipeline_most(p) ||
        fv_pipeline_is_spent(p, pending)) {
        return false;
    }
    if (!p->proven && p->out) {
        /* If the server has dropped a request, the response to this one would be taken for that
         * request's. */
        return false;
    }
    size_t reached = p->full ? fv_pipeline_most(p) : p->held;
    if (reached > 0 && pending > reached / 2 + 1) {
        /* requests sent together share a TLS record and a segment; meanwhile a response is being
         * read */
        return false;
    }
    p->full = false;
    uint64_t room = window(p);
    bool fits =
        pending < 2 || (left_bytes < room && p->typical < (room - left_bytes) / (pending - 1));
    p->held = fits ? 0 : (uint16_t)pending;
    return fits;
}

void fv_pipeline_sent(struct fv_pipeline *p, size_t pending)
{
    p->full = pending >= fv_pipeline_most(p);
}

void fv_pipeline_out(struct fv_pipeline *p)
{
    p->out = true;
}

void fv_pipeline_first_byte(struct fv_pipeline *p, int64_t took_us)
{
    uint32_t us = took_us < 1 ? 1 : took_us < UINT32_MAX ? (uint32_t)took_us : UINT32_MAX;
    if (p->round_trip_us == 0 || us < p->round_trip_us) {
        p->round_trip_us = us;
    }
}

/* A moving average: an eighth of the new value and the rest of the old one. */
static uint64_t average(uint64_t old, uint64_t value)
{
    return old == 0 ? value : old - old / 8 + value / 8;
}

void fv_pipeline_response(struct fv_pipeline *p, size_t pending, uint64_t size_bytes,
                          int64_t took_us)
{
    p->served++;
    if (FV_CAP_PIPELINE == 1) {
        return;
    }
    if (p->replied || pending > 0) { /* a listing is fetched alone and says nothing about files */
        p->typical = average(p->typical, size_bytes);
    }
    p->quota = p->served > p->quota ? 0 : p->quota;
    bool proof = !p->proven && p->replied && pending == 0;
    p->proven = p->proven || proof;
    p->shown = p->shown || (!p->replied && pending == 0);
    p->replied = pending > 0;
    p->out = p->out && pending > 0;
    if (took_us > 0 && size_bytes < UINT64_MAX / 1000000) {
        p->rate = average(p->rate, size_bytes * 1000000 / (uint64_t)took_us);
    }
    if (p->limit < p->depth && p->strikes < FV_PIPELINE_STRIKES) {
        p->limit = proof && p->shown && p->strikes == 0 ? p->depth : p->limit + 1;
    }
}

void fv_pipeline_followed(struct fv_pipeline *p, int64_t gap_us)
{
    p->gap_us = average(p->gap_us, gap_us > 0 ? (uint64_t)gap_us : 1);
}

size_t fv_pipeline_in_a_trip(const struct fv_pipeline *p)
{
    uint64_t count = p->gap_us > 0 ? p->round_trip_us / p->gap_us : 0;
    return count < 1 ? 1 : count < FV_CAP_PIPELINE ? (size_t)count : FV_CAP_PIPELINE;
}

void fv_pipeline_ended(struct fv_pipeline *p)
{
    if (FV_CAP_PIPELINE == 1) {
        return;
    }
    if (p->served == p->gave) { /* once may be chance, such as a restart of the server */
        p->quota = p->served;
        p->strikes = 0; /* earlier losses have the same cause */
    }
    p->gave = p->served;
}

void fv_pipeline_ended_early(struct fv_pipeline *p)
{
    if (FV_CAP_PIPELINE == 1) {
        return;
    }
    p->strikes = p->served >= FV_PIPELINE_PROVEN ? 0 : p->strikes + 1;
    if (p->strikes >= FV_PIPELINE_STRIKES || p->served == 0) {
        p->limit = 1;
    } else if (p->limit > p->served) {
        p->limit = p->served;
    }
}

void fv_pipeline_wasted(struct fv_pipeline *p, size_t pending)
{
    if (FV_CAP_PIPELINE > 1 && pending > 0) { /* it grows again with each response that is read */
        size_t most = fv_pipeline_most(p);
        size_t half = ((pending < most ? pending + 1 : most) + 1) / 2;
        p->limit = half < FV_PIPELINE_START ? half : FV_PIPELINE_START;
    }
}

void fv_pipeline_doubt(struct fv_pipeline *p)
{
    p->doubted = true;
}
