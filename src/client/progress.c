/* SPDX-License-Identifier: MIT */
#include "client/progress.h"

#include "base/num.h"
#include "client/local.h"

uint64_t fv_progress_estimate(const struct fv_progress_so_far *s)
{
    uint64_t files = s->due;
    uint64_t bytes = 0;
    if (s->unseen > 0) {
        uint64_t fetched = s->files + s->due + 1;
        if (!fv_num_mul(s->unseen, fetched, &files) || s->seen == 0) {
            return UINT64_MAX;
        }
        files = files / s->seen + s->due;
    }
    bool known = s->current != UINT64_MAX;
    if (files == 0 && known) {
        return s->current;
    }
    if (s->files == 0 || !fv_num_mul(known ? files : files + 1, s->bytes / s->files, &bytes)) {
        return UINT64_MAX;
    }
    return !known || fv_num_add(bytes, s->current, &bytes) ? bytes : UINT64_MAX;
}

/* Return the lane whose file is shown: the first one that is receiving, so that it changes
 * rarely. */
static const struct fv_lane *shown(const struct fv_client *c)
{
    for (size_t i = 0; FV_CAP_JOBS > 1 && i < fv_client_lanes(c); i++) {
        const struct fv_lane *l = &c->lane[i];
        if (l->busy && l->transfer.state == FV_TRANSFER_BODY) {
            return l;
        }
    }
    return c->lane;
}

/* Return the connection of l that is being opened; NULL: none. */
static const struct fv_exchange *opening(const struct fv_lane *l)
{
    for (size_t i = 0; i < 1 + FV_CAP_ASIDE; i++) {
        if (fv_exchange_opening(&l->exchange[i])) {
            return &l->exchange[i];
        }
    }
    return NULL;
}

/* Set what l waits for. */
static void look_at_waits(const struct fv_client *c, const struct fv_lane *l, struct fv_progress *p)
{
    static const enum fv_wait waits[] = {[FV_CONN_NAME] = FV_WAIT_NAME,
                                         [FV_CONN_DIAL] = FV_WAIT_CONNECT,
                                         [FV_CONN_PROXY] = FV_WAIT_PROXY,
                                         [FV_CONN_TLS] = FV_WAIT_TLS};
    const struct fv_transfer *t = l->waiting;
    const struct fv_exchange *x = opening(l);
    if (t != NULL && t->state == FV_TRANSFER_PAUSE && t->backoff.spent > 0) {
        int64_t left_us = t->pause_us - c->port->clock->now(c->port->clock->ctx);
        p->wait = FV_WAIT_RETRY;
        p->attempt = t->backoff.spent + 1;
        p->attempts = t->backoff.budget + 1;
        p->delay_ms = left_us > 0 ? (uint32_t)(left_us / 1000) : 0;
        p->why = t->err;
    } else if (x != NULL && (t == NULL || t->state != FV_TRANSFER_BODY)) {
        bool through = x->conn.through && x->conn.stage != FV_CONN_TLS;
        p->wait = waits[x->conn.stage];
        p->host = through ? c->net.proxy_name : fv_slice_of(x->host);
    }
}

/* Return the estimate of the bytes still to come. */
static uint64_t left(const struct fv_client *c, const struct fv_lane *l,
                     const struct fv_progress *p, uint64_t due)
{
    bool known = p->file_size != UINT64_MAX && p->file_size >= p->file_done;
    uint64_t here = l->busy && p->file_done > l->resumed_from ? p->file_done - l->resumed_from : 0;
    const struct fv_progress_so_far s = {
        .files = c->files_done,
        .bytes = here < p->bytes ? p->bytes - here : 0,
        .due = due > 0 ? due - 1 : 0,
        .seen = c->files_seen,
        .unseen = c->files_total > c->files_seen ? c->files_total - c->files_seen : 0,
        .current = !l->busy ? 0
                   : known  ? p->file_size - p->file_done
                            : UINT64_MAX,
    };
    return fv_progress_estimate(&s);
}

/* Set all fields except those about the file being fetched. due: files whose requests were or
 * will be sent. */
static void look_around(const struct fv_client *c, const struct fv_lane *l, uint64_t due,
                        struct fv_progress *p)
{
    p->phase = (enum fv_phase)c->phase;
    p->bytes_left = UINT64_MAX;
    switch (p->phase) {
    case FV_PHASE_LISTING:
        p->entries = c->splitter.objects;
        p->listing_bytes = c->splitter.offset;
        look_at_waits(c, l, p);
        break;
    case FV_PHASE_FILES:
        p->bytes_left = left(c, l, p, due);
        look_at_waits(c, l, p);
        break;
    case FV_PHASE_VERIFY:
        p->files_done = c->summary.unchanged + c->summary.skipped + c->summary.failed;
        break;
    default:
        break;
    }
    if (c->hashing != NULL && p->wait == FV_WAIT_NONE) {
        p->hashing = true;
        p->path = c->hashing->path;
        p->file_done = c->hashing->size;
        p->file_size = UINT64_MAX;
    }
}

void fv_progress_tell(const struct fv_client *c)
{
    uint64_t due = 0;
    if (c->events->progress == NULL) {
        return;
    }
    const struct fv_lane *l = shown(c);
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        due += c->lane[i].count;
    }
    struct fv_progress p = {.file_size = UINT64_MAX,
                            .files_done = c->files_seen > due ? c->files_seen - due : 0,
                            .files_total = c->files_total,
                            .bytes = c->summary.bytes};
    if (l->busy) {
        p.path = fv_slice_of(l->path);
        p.file_done = l->partial.offset;
        p.file_size = l->total;
    }
    if (FV_CAP_PROGRESS) {
        look_around(c, l, due, &p);
    }
    c->events->progress(c->events->ctx, &p);
}
