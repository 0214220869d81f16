/* SPDX-License-Identifier: MIT */
#include "client/download.h"

#include "client/adopt.h"
#include "client/batch.h"
#include "client/incoming.h"

/* while other lanes go on, a resting lane is stepped only once in so many rounds */
#define ROUNDS 16

/* The result of a lane's turn. */
enum turn {
    TURN_GO,   /* call again */
    TURN_WAIT, /* wait first */
    TURN_IDLE, /* there is no file for it */
    TURN_END   /* d->ending says why no other file can succeed */
};

/* --- What a failure ends --- */

/* Return whether less than FV_DOWNLOAD_FULL is free above min_free. */
static bool is_full(const struct fv_client *c)
{
    const struct fv_port_storage *io = c->port->storage;
    uint64_t left = UINT64_MAX;
    enum fv_err err = io->free_space(io->ctx, &left);
    uint64_t kept = c->settings->min_free;
    return err == FV_OK && (left < kept || left - kept < FV_DOWNLOAD_FULL);
}

bool fv_download_ends(struct fv_download *d, enum fv_place place, enum fv_err err)
{
    if (place == FV_PLACE_NAME && fv_store_fault_is_own(&d->c->store)) {
        place = FV_PLACE_DIR;
    }
    switch (fv_ends_of(place, err)) {
    case FV_ENDS_RUN:
    case FV_ENDS_ATTEMPT_RUN:
        return true;
    case FV_ENDS_FILE_OF_THREE:
        d->refused++;
        return d->refused >= FV_DOWNLOAD_REFUSED * fv_client_lanes(d->c) ||
               (err == FV_E_FULL && is_full(d->c)) || fv_client_out_of_time(d->c);
    default:
        return fv_client_out_of_time(d->c);
    }
}

/* Return the connection of o to the server of x, which is one of l. NULL: there is none. */
static const struct fv_exchange *like(const struct fv_lane *l, const struct fv_exchange *x,
                                      const struct fv_lane *o)
{
    if (x == l->way.portal) {
        return o->way.portal;
    }
    return fv_exchange_beside(o->way.aside, x) ? o->way.aside : NULL;
}

/* Return whether l failed because the server serves other lanes and refuses one more connection.
 * If the server has taken the request and is silent, the file is the reason. */
static bool is_one_too_many(const struct fv_client *c, const struct fv_lane *l, enum fv_err err)
{
    bool refused =
        fv_err_exit(err) == 3 || err == FV_E_TLS || err == FV_E_TLS_BROKEN || err == FV_E_TLS_LACKS;
    if (FV_CAP_JOBS == 1 || !refused || fv_client_out_of_time(c)) {
        return false;
    }
    const struct fv_exchange *x = l->transfer.at;
    bool late = err == FV_E_TIMEOUT;
    bool unreached = fv_exchange_unreached(x);
    bool fresh = !fv_exchange_responded(x);
    bool others = false;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        const struct fv_lane *o = &c->lane[i];
        const struct fv_exchange *y = o != l && !o->retired ? like(l, x, o) : NULL;
        if (y != NULL) {
            bool open = fv_exchange_is_open(y);
            bool lives = open || fv_exchange_responded(y) || (fv_exchange_opening(y) && !late);
            others = others || (fresh && lives) || (unreached && open);
        }
    }
    return others && (unreached || !late);
}

static void retire(struct fv_lane *l)
{
    l->retired = true;
    l->waiting = NULL;
    l->resting = false;
    fv_lane_drop(l);
}

/* --- What a lane holds --- */

/* Number of lanes that get files: all lanes; but once l has shown that its server handles
 * several requests, only those that are connected. */
static size_t dealt_to(const struct fv_client *c, const struct fv_lane *l)
{
    size_t count = 0;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        const struct fv_exchange *portal = c->lane[i].way.portal;
        count += fv_exchange_is_open(portal) || !fv_pipeline_is_proven(&l->way.portal->pipeline);
    }
    return count > 0 ? count : 1;
}

/* Number of files that l may hold: as many as its connection may have in flight, but no more
 * than its share of the files that are left; unless it is idle with fewer. */
static size_t most_due(const struct fv_client *c, const struct fv_lane *l)
{
    size_t most = fv_lane_most(l);
    size_t lanes = FV_CAP_JOBS > 1 ? dealt_to(c, l) : 1;
    size_t least = FV_CAP_JOBS > 1 ? fv_pipeline_in_a_trip(&l->way.portal->pipeline) : 1;
    uint64_t left = c->files_total - c->files_seen + l->count;
    uint64_t share = (left + lanes - 1) / lanes;
    share = share > least ? share : least;
    return share < most ? (size_t)share : most;
}

/* Move a file of a retired lane into l's ring. Only after the server has responded to l:
 * otherwise it would be refused as before. */
static bool inherit(struct fv_client *c, struct fv_lane *l)
{
    for (size_t i = 0; fv_exchange_responded(l->way.portal) && i < fv_client_lanes(c); i++) {
        struct fv_lane *o = &c->lane[i];
        if (o->retired && o->count > 0) {
            fv_lane_push(l, fv_lane_due(o, 0) | (fv_lane_is_alone(o, 0) ? FV_LANE_ALONE : 0));
            fv_lane_pop(o);
            return true;
        }
    }
    return false;
}

/* Put the next file to fetch into l's ring, if there is any: first the files of retired lanes,
 * then those of the plan. */
static enum fv_err take(struct fv_download *d, struct fv_lane *l)
{
    uint64_t position = 0;
    bool any = false;
    if (FV_CAP_JOBS > 1 && inherit(d->c, l)) {
        return FV_OK;
    }
    enum fv_err err = d->next(d->ctx, &position, &any);
    if (any) {
        fv_lane_push(l, position);
    }
    return err;
}

/* Return whether l has a file whose request was not sent, because the connection of its transfer
 * is not open. A connection to a target of redirects counts only after it was refused: the
 * request to the portal that led to it would be sent again. */
static bool is_outside(const struct fv_lane *l)
{
    const struct fv_transfer *t = &l->transfer;
    bool paused = t->state == FV_TRANSFER_PAUSE;
    if (l->count == 0 || l->retired || fv_exchange_is_open(t->at)) {
        return false;
    }
    if (t->at != l->way.portal) {
        return paused && (fv_exchange_unreached(t->at) || !fv_exchange_responded(t->at));
    }
    return (paused || t->state == FV_TRANSFER_ASK) &&
           (t->err == FV_OK || t->place == FV_PLACE_DIAL);
}

/* l is connected and has no file. Retire a lane that is not connected to the portal, or to a
 * target that has responded to l, if there is one: its file then does not wait for a connection
 * that may never open. */
static void relieve(struct fv_client *c, struct fv_lane *l)
{
    bool served = fv_exchange_is_open(l->way.portal) && fv_exchange_responded(l->way.portal);
    for (size_t i = 0; served && i < fv_client_lanes(c); i++) {
        struct fv_incoming in = {c, &c->lane[i], NULL};
        bool outside = in.lane->busy && is_outside(in.lane);
        const struct fv_exchange *y = outside ? like(in.lane, in.lane->transfer.at, l) : NULL;
        if (y != NULL && fv_exchange_responded(y)) {
            enum fv_err kept = fv_incoming_end(&in, FV_E_CANCELLED);
            (void)kept; /* no byte of it has arrived */
            retire(in.lane);
            (void)inherit(c, l);
            return;
        }
    }
}

/* --- Requests sent ahead --- */

/* Prepare t for a file that waits behind the first. Return false if its request cannot be sent ahead:
 * the file can be resumed or adopted, so the request depends on what is on storage when its turn
 * comes; or it is requested alone; or an error occurred, which is reported at its turn. */
static bool prepare(const struct fv_download *d, const struct fv_lane *l, size_t i,
                    struct fv_transfer *t)
{
    struct fv_client *c = d->c;
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {path, url};
    struct fv_plan_record record;
    bool resumable = false;
    bool adoptable = false;
    uint64_t size = 0;
    if (fv_lane_is_alone(l, i)) {
        return false;
    }
    enum fv_err err = fv_plan_read_at(&c->plan, fv_lane_due(l, i), &record, &text);
    if (FV_CAP_COMPARE && err == FV_OK && c->settings->adopt) {
        err = fv_adopt_fits(c, &record, &size, &adoptable);
    }
    if (err == FV_OK && d->partials) {
        err = fv_partial_exists(&c->store, record.path, &resumable);
    }
    if (err != FV_OK || resumable || adoptable) {
        return false;
    }
    return fv_transfer_init(t, &l->way, record.url, record.position) == FV_OK;
}

/* Send requests of further files, in order, while the portal's connection takes them. Errors are
 * reported when the turn of the file comes. */
static void ask_ahead(struct fv_download *d, struct fv_lane *l)
{
    for (size_t i = fv_lane_unsent(l); fv_exchange_has_room(l->way.portal); i++) {
        struct fv_transfer t;
        if (i == l->count && l->count < most_due(d->c, l)) {
            d->ending = take(d, l);
        }
        if (i == l->count || !prepare(d, l, i, &t) || fv_transfer_send_ahead(&t) != FV_OK) {
            return;
        }
    }
}

/* Follow redirects of further files, in order, while the connection aside takes requests. Return
 * whether there was one. */
static bool lead_on(struct fv_lane *l)
{
    bool any = false;
    while (FV_CAP_ASIDE > 0 && !fv_lane_is_alone(l, 0) && fv_transfer_lead_on(&l->transfer)) {
        any = true;
    }
    return any;
}

static void send_ahead(void *ctx)
{
    const struct fv_incoming *in = ctx;
    struct fv_lane *l = in->lane;
    if (FV_CAP_PIPELINE == 1 || fv_lane_most(l) == 1 || l->transfer.from > 0) {
        /* while a file is resumed, nothing is sent behind it: a mixed-up response would cost its
         * bytes (FV_E_HTTP_MIXED) */
        return;
    }
    do {
        if (fv_exchange_is_open(l->way.portal)) {
            ask_ahead(in->d, l);
        }
    } while (lead_on(l));
    if (fv_exchange_opening(l->way.portal)) { /* no transfer waits for it */
        fv_exchange_drop(l->way.portal);
    }
}

/* --- One lane --- */

static enum turn end(struct fv_download *d, enum fv_err err)
{
    d->ending = err;
    return TURN_END;
}

/* The first file has ended with err: commit or keep it, and remove it from the ring. */
static enum turn end_file(struct fv_download *d, struct fv_incoming *in, enum fv_err err)
{
    struct fv_client *c = d->c;
    struct fv_lane *l = in->lane;
    bool among = FV_CAP_ASIDE > 0 && err < FV_OK && l->busy && l->transfer.among;
    unsigned refused = d->refused;
    err = fv_incoming_end(in, err);
    if (among) {
        fv_lane_put_back(l, FV_LANE_ALONE);
        return TURN_GO;
    }
    if (is_one_too_many(c, l, err)) {
        c->fault = (struct fv_fault){.err = FV_OK};
        retire(l);
        return TURN_GO;
    }
    bool over = false;
    if (err == FV_OK) { /* it may have failed as a batch of its own */
        d->refused = d->refused == refused ? 0 : d->refused;
    } else if (err != FV_E_CANCELLED) {
        over = fv_download_ends(d, l->transfer.place, err);
        fv_incoming_report(in, err, d->first);
    }
    fv_lane_pop(l);
    c->files_done++;
    if (over || err == FV_E_CANCELLED) {
        return end(d, err);
    }
    /* complete files get their names before there is no space for more */
    if (fv_err_exit(err) == 7) {
        d->ending = fv_batch_commit(d);
    }
    return d->ending == FV_OK ? TURN_GO : TURN_END;
}

/* Do what is possible without waiting, for one file at most. */
static enum turn step(struct fv_download *d, struct fv_lane *l)
{
    struct fv_incoming in = {d->c, l, d};
    struct fv_transfer_sink sink = fv_incoming_sink(&in);
    enum fv_err err = FV_OK;
    sink.asked = send_ahead;
    if (FV_CAP_JOBS > 1 && l->retired) {
        return TURN_IDLE;
    }
    if (!l->busy) {
        err = l->count == 0 ? take(d, l) : FV_OK;
        if (err != FV_OK) {
            return end(d, err);
        }
        if (FV_CAP_JOBS > 1 && l->count == 0) {
            relieve(d->c, l);
        }
        if (l->count == 0) {
            return TURN_IDLE;
        }
        if (FV_CAP_ASIDE > 0) {
            fv_lane_put_back_lost(l);
        }
        err = fv_incoming_open(&in);
    }
    if (err == FV_OK) {
        err = fv_lane_step(l, &l->transfer, &sink);
    }
    /* send_ahead() has met an error that ends the run */
    if (FV_CAP_PIPELINE > 1 && d->ending != FV_OK) {
        return TURN_END;
    }
    return err == FV_AGAIN ? TURN_WAIT : end_file(d, &in, err);
}

/* --- All lanes --- */

static enum fv_err run(struct fv_download *d)
{
    struct fv_client *c = d->c;
    const struct fv_port_clock *clock = c->port->clock;
    for (unsigned round = 1;; round++) {
        size_t waiting = 0;
        size_t idle = 0;
        for (size_t i = 0; i < fv_client_lanes(c); i++) {
            bool rests = FV_CAP_JOBS > 1 && c->lane[i].resting && round % ROUNDS != 0;
            enum turn turn = rests ? TURN_WAIT : step(d, &c->lane[i]);
            enum fv_err err = turn == TURN_END ? d->ending : fv_batch_step(d);
            if (err != FV_OK) {
                return err;
            }
            waiting += turn == TURN_WAIT ? 1 : 0;
            idle += turn == TURN_IDLE ? 1 : 0;
            if (fv_port_cancelled(clock)) { /* a hook may have taken long */
                return FV_E_CANCELLED;
            }
        }
        if (idle == fv_client_lanes(c)) {
            return FV_OK;
        }
        bool wait = waiting + idle == fv_client_lanes(c);
        enum fv_err err =
            wait ? fv_lane_wait(c->lane, fv_client_lanes(c), fv_commit_until(&c->batch)) : FV_OK;
        if (err != FV_OK) {
            return err;
        }
    }
}

enum fv_err fv_download_all(struct fv_download *d)
{
    struct fv_client *c = d->c;
    d->refused = 0;
    d->ending = FV_OK;
    enum fv_err err = fv_partial_any(&c->store, &d->partials);
    if (err == FV_OK) {
        err = run(d);
    }
    c->summary.unattempted += err == FV_OK ? 0 : c->files_total - c->files_seen;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        struct fv_incoming in = {c, &c->lane[i], d};
        struct fv_lane *l = in.lane;
        c->summary.unattempted += l->count;
        l->waiting = NULL;
        l->resting = l->retired = false;
        l->count = 0;
        if (l->busy) {
            enum fv_err kept = fv_incoming_end(&in, err != FV_OK ? err : FV_E_CANCELLED);
            (void)kept; /* the first error counts */
        }
        fv_lane_drop(l);
    }
    d->ending = err;
    enum fv_err committed = fv_batch_commit(d);
    return err == FV_OK ? committed : err;
}
