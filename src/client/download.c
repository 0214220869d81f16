#include "client/download.h"

#include "client/fetch.h"
#include "client/report.h"

/* --- The file under way --- */

static enum fv_err file_begin(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator)
{
    struct fv_lane *l = ctx;
    struct fv_partial *p = &l->partial;
    bool known = p->total != UINT64_MAX;
    if (from > 0 && (known ? total != p->total : from == total)) {
        /* Another file than the one that was begun; or one of which nobody has told where it ends. */
        enum fv_err err = fv_partial_restart(p);
        return err == FV_OK ? FV_AGAIN : err;
    }
    if (from == 0 && p->offset > 0) {
        enum fv_err err = fv_partial_restart(p);
        if (err != FV_OK) {
            return err;
        }
    }
    l->resumed_from = from;
    l->total = total;
    return fv_partial_expect(p, total, validator);
}

static void show_progress(const struct fv_lane *l)
{
    struct fv_client *c = l->c;
    if (c->events->progress != NULL) {
        const struct fv_progress p = {fv_slice_of(l->path), l->partial.offset, l->total,
                                      c->files_done,        c->files_total,    c->summary.bytes};
        c->events->progress(c->events->ctx, &p);
    }
}

static enum fv_err file_content(void *ctx, struct fv_slice bytes)
{
    struct fv_lane *l = ctx;
    enum fv_err err = fv_partial_push(&l->partial, bytes.ptr, bytes.len);
    if (err == FV_OK) {
        show_progress(l);
    }
    return err;
}

static uint64_t file_have(void *ctx, struct fv_slice *validator)
{
    const struct fv_lane *l = ctx;
    *validator = fv_slice_of(l->partial.validator);
    return l->partial.offset;
}

enum fv_err fv_download_hook(struct fv_client *c, const struct fv_file *file)
{
    if (c->events->hook == NULL) {
        return FV_OK;
    }
    enum fv_err err = c->events->hook(c->events->ctx, file);
    if (err != FV_OK) {
        return fv_client_fail(c, err, file->path);
    }
    return fv_ledger_hook_done(&c->ledger, file->path);
}

static FV_ONE_COPY struct fv_due *due_at(struct fv_lane *l, size_t i)
{
    return &l->ring[(l->head + i) % FV_CAP_PIPELINE];
}

/* Find the URL that the plan has for the file under way: the transfer's, unless that was sent elsewhere. text is room for it. */
static enum fv_err planned_url(struct fv_lane *l, char text[FV_CAP_URL + 1], struct fv_slice *url)
{
    struct fv_plan_record record;
    const struct fv_plan_text texts = {.url = text};
    *url = fv_slice_of(l->transfer.url);
    if (l->transfer.redirects == 0) {
        return FV_OK;
    }
    enum fv_err err = fv_plan_read_at(&l->c->plan, due_at(l, 0)->position, &record, &texts);
    if (err == FV_OK) {
        *url = record.url;
    }
    return err;
}

static enum fv_err commit(struct fv_lane *l, struct fv_slice url)
{
    struct fv_client *c = l->c;
    uint8_t sha256[FV_SHA256_SIZE];
    uint64_t size = l->partial.offset;
    bool hook = c->events->hook != NULL;
    enum fv_err err = fv_partial_commit(&l->partial, &c->ledger, url, hook, sha256);
    if (err != FV_OK) {
        return err;
    }
    const struct fv_file file = {.status = l->resumed_from > 0 ? FV_RESUMED : FV_DOWNLOADED,
                                 .path = fv_slice_of(l->path),
                                 .url = url,
                                 .modified_us = l->modified_us,
                                 .size = size,
                                 .sha256 = sha256};
    fv_report(c, &file);
    return fv_download_hook(c, &file);
}

/* Close the partial file of a download that has failed with err. */
static void keep(struct fv_lane *l, enum fv_err err)
{
    if (err == FV_E_FULL && l->partial.total == UINT64_MAX) {
        fv_partial_abort(&l->partial); /* it has filled what others may still fit into */
        return;
    }
    enum fv_err kept = fv_partial_keep(&l->partial);
    (void)
        kept; /* the download has failed already; that its beginning is lost as well changes nothing */
}

/* --- Requests sent ahead --- */

/* Make t ready for a file that waits behind the first. FV_AGAIN: it can be resumed, so its request depends on what is on storage
 * when its turn comes. */
static enum fv_err prepare(const struct fv_download *d, struct fv_transfer *t, uint64_t position)
{
    struct fv_client *c = d->c;
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {path, url};
    struct fv_plan_record record;
    bool resumable = false;
    enum fv_err err = fv_plan_read_at(&c->plan, position, &record, &text);
    if (err == FV_OK && d->partials) {
        err = fv_partial_exists(&c->store, record.path, &resumable);
    }
    if (err != FV_OK || resumable) {
        return err == FV_OK ? FV_AGAIN : err;
    }
    return fv_transfer_init(c, t, record.url);
}

/* Send requests of files that wait behind the first, in order, while the connection takes them. */
static enum fv_err send_ahead(const struct fv_download *d, struct fv_lane *l)
{
    for (size_t i = 1; FV_CAP_PIPELINE > 1 && i < l->count; i++) {
        struct fv_due *due = due_at(l, i);
        struct fv_transfer t;
        if (due->sent) {
            continue;
        }
        if (!fv_exchange_has_room(&l->exchange)) {
            return FV_OK;
        }
        enum fv_err err = prepare(d, &t, due->position);
        if (err != FV_OK) {
            return err == FV_AGAIN ? FV_OK : err;
        }
        err = fv_fetch_send(l, &t, NULL);
        if (err != FV_OK) {
            return FV_OK; /* its own turn will say what is wrong */
        }
        due->sent = true;
    }
    return FV_OK;
}

static void note_lost(struct fv_lane *l)
{
    size_t sent = 0;
    for (size_t i = 0; i < l->count; i++) {
        sent += due_at(l, i)->sent ? 1 : 0;
    }
    if (sent != fv_exchange_pending(&l->exchange)) { /* the connection took them with it */
        for (size_t i = 0; i < l->count; i++) {
            due_at(l, i)->sent = false;
        }
        fv_fetch_drop(l);
    }
}

/* --- One lane --- */

/* Files that l may hold: what its connection bears, but no more than its share of what is left. */
static size_t most_due(const struct fv_client *c, const struct fv_lane *l)
{
    size_t most = fv_pipeline_most(&l->exchange.pipeline);
    uint64_t left = c->files_total - c->files_seen + l->count;
    uint64_t share = (left + fv_client_lanes(c) - 1) / fv_client_lanes(c);
    return share >= most ? most : share > 0 ? (size_t)share : 1;
}

/* Give the next file that is to be fetched: what retired lanes have left, then the plan's. */
static enum fv_err take(struct fv_download *d, uint64_t *position, bool *any)
{
    struct fv_client *c = d->c;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        struct fv_lane *l = &c->lane[i];
        if (l->retired && l->count > 0) {
            *position = due_at(l, 0)->position;
            *any = true;
            l->head = (l->head + 1) % FV_CAP_PIPELINE;
            l->count--;
            return FV_OK;
        }
    }
    return d->next(d->ctx, position, any);
}

static enum fv_err fill_ring(struct fv_download *d, struct fv_lane *l)
{
    size_t most = most_due(d->c, l);
    while (l->count < most) {
        uint64_t position = 0;
        bool any = false;
        enum fv_err err = take(d, &position, &any);
        if (err != FV_OK || !any) {
            return err;
        }
        *due_at(l, l->count) = (struct fv_due){position, false};
        l->count++;
    }
    return FV_OK;
}

/* Take what the plan says of a file, and open its partial file. */
static enum fv_err open_file(struct fv_lane *l, uint64_t position)
{
    struct fv_client *c = l->c;
    struct fv_plan_record record;
    char url[FV_CAP_URL + 1];
    const struct fv_plan_text text = {l->path, url};
    l->path[0] = l->transfer.url[0] = '\0';
    l->transfer.redirects = 0;
    enum fv_err err = fv_plan_read_at(&c->plan, position, &record, &text);
    if (err != FV_OK) {
        return err;
    }
    l->modified_us = record.modified_us;
    l->resumed_from = 0;
    l->total = UINT64_MAX;
    err = fv_transfer_init(c, &l->transfer, record.url);
    l->transfer.subject = l->path;
    if (err != FV_OK) {
        return err;
    }
    struct fv_partial_id id = {record.path, record.url, l->modified_us};
    err = fv_partial_begin(&l->partial, &c->store, &id);
    l->busy = err == FV_OK;
    return err;
}

/* Begin with the first file that is due, and send requests of those behind it. */
static enum fv_err begin(const struct fv_download *d, struct fv_lane *l, const struct fv_sink *sink)
{
    struct fv_due *due = due_at(l, 0);
    enum fv_err err = open_file(l, due->position);
    if (err != FV_OK) {
        return err;
    }
    l->transfer.sent = l->transfer.ahead = due->sent;
    due->sent = false;
    if (!l->transfer.sent && l->count > 1 && fv_fetch_send(l, &l->transfer, sink) != FV_OK) {
        l->transfer.sent = false; /* fv_fetch_step() tries again, and says what is wrong */
    }
    return send_ahead(d, l);
}

static bool out_of_time(const struct fv_client *c)
{
    return c->port->clock->now(c->port->clock->ctx) >= c->net.deadline_us;
}

bool fv_download_ends(const struct fv_client *c, enum fv_err err)
{
    switch (err) {
    case FV_E_CANCELLED:
    case FV_E_RESOLVE:
    case FV_E_CONNECT:
    case FV_E_PROXY:
    case FV_E_PROXY_BUSY:
    case FV_E_TLS:
    case FV_E_TLS_TRUST:
    case FV_E_TLS_NAME:
    case FV_E_TLS_TIME:
    case FV_E_TLS_PIN:
    case FV_E_TLS_CA:
    case FV_E_AUTH:
    case FV_E_READONLY:
    case FV_E_MEMORY:
        return true;
    default:
        return out_of_time(c);
    }
}

/* Whether l has failed since the server serves other lanes and does not take one more. */
static bool is_one_too_many(const struct fv_lane *l, enum fv_err err)
{
    const struct fv_client *c = l->c;
    bool others = false;
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        const struct fv_lane *o = &c->lane[i];
        others = others || (o != l && !o->retired && fv_exchange_answered(&o->exchange));
    }
    bool refused = err < FV_OK && (fv_err_exit(err) == 3 || err == FV_E_TLS);
    return others && refused && !fv_exchange_answered(&l->exchange) && !out_of_time(c);
}

/* The first file has ended with err: commit or keep it, take it off the ring. FV_OK: go on, whatever became of it. */
static enum fv_err end_file(struct fv_download *d, struct fv_lane *l, enum fv_err err)
{
    struct fv_client *c = l->c;
    char text[FV_CAP_URL + 1];
    struct fv_slice url;
    enum fv_err known = planned_url(l, text, &url);
    if (err == FV_OK) {
        err = known;
    }
    if (err == FV_OK) {
        err = commit(l, url);
    } else if (l->busy) {
        keep(l, err);
    }
    l->busy = false;
    if (is_one_too_many(l, err)) {
        l->retired = true;
        c->fault = (struct fv_fault){.err = FV_OK};
        return FV_OK;
    }
    l->head = (l->head + 1) % FV_CAP_PIPELINE;
    l->count--;
    c->files_done++;
    note_lost(l);
    if (err == FV_OK || err == FV_E_CANCELLED) {
        return err;
    }
    const struct fv_plan_record record = {.path = fv_slice_of(l->path),
                                          .url = url,
                                          .modified_us = l->modified_us};
    fv_report_failure(c, &record, err, d->first);
    return fv_download_ends(c, err) ? err : FV_OK;
}

/* Do what can be done without waiting, a file at most. FV_OK: call again; FV_AGAIN: wait first; FV_MORE: nothing is left. */
static enum fv_err step(struct fv_download *d, struct fv_lane *l)
{
    const struct fv_sink sink = {l, file_begin, file_content, file_have};
    enum fv_err err = FV_OK;
    if (l->retired) {
        return FV_MORE;
    }
    if (!l->busy) {
        err = fill_ring(d, l);
        if (err != FV_OK) {
            return err;
        }
        if (l->count == 0) {
            return FV_MORE;
        }
        err = begin(d, l, &sink);
    }
    if (err == FV_OK) {
        err = fv_fetch_step(l, &l->transfer, &sink);
    }
    return err == FV_AGAIN ? FV_AGAIN : end_file(d, l, err);
}

/* --- All lanes --- */

static enum fv_err run(struct fv_download *d)
{
    struct fv_client *c = d->c;
    const struct fv_port_clock *clock = c->port->clock;
    for (;;) {
        size_t waiting = 0;
        size_t idle = 0;
        for (size_t i = 0; i < fv_client_lanes(c); i++) {
            enum fv_err err = step(d, &c->lane[i]);
            if (err < FV_OK) {
                return err;
            }
            waiting += err == FV_AGAIN ? 1 : 0;
            idle += err == FV_MORE ? 1 : 0;
            if (clock->cancelled(clock->ctx)) { /* a hook may have taken its time, for instance */
                return FV_E_CANCELLED;
            }
        }
        if (idle == fv_client_lanes(c)) {
            return FV_OK;
        }
        enum fv_err err = waiting + idle == fv_client_lanes(c) ? fv_lane_wait(c) : FV_OK;
        if (err != FV_OK) {
            return err;
        }
    }
}

enum fv_err fv_download_all(struct fv_download *d)
{
    struct fv_client *c = d->c;
    enum fv_err err = fv_partial_any(&c->store, &d->partials);
    if (err == FV_OK) {
        err = run(d);
    }
    for (size_t i = 0; i < fv_client_lanes(c); i++) {
        struct fv_lane *l = &c->lane[i];
        l->waiting = NULL;
        l->retired = false;
        l->count = 0;
        if (l->busy) {
            keep(l, err);
            l->busy = false;
        }
        fv_fetch_drop(l);
    }
    return err;
}
