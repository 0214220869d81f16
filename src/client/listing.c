/* SPDX-License-Identifier: MIT */
#include "client/listing.h"

#include "client/filter.h"
#include "client/report.h"
#include "parse/localpath.h"

#include <string.h>

#define STOP_EVERY 64 /* entries between two checks of the clock */

struct reading {
    struct fv_client *c;
    const struct fv_listing_visitor *visitor;
    uint64_t seen;  /* entries of this attempt so far */
    uint64_t given; /* entries that were passed to the visitor */
    uint64_t fold;  /* hash of the entries of this attempt, to detect a changed listing */
    uint64_t given_fold;
};

static bool fat_names(const struct fv_client *c)
{
    return c->store.medium.fat || (c->port->storage != NULL && c->port->storage->fat_names);
}

static enum fv_err scope_part(struct fv_client *c, struct fv_slice part, bool first,
                              struct fv_writer *url, struct fv_writer *path)
{
    if (part.len == 0 || fv_slice_eq(part, FV_SLICE(".")) || fv_slice_eq(part, FV_SLICE("..")) ||
        fv_slice_has_control(part)) {
        return FV_E_USAGE;
    }
    if (!first) {
        fv_writer_char(path, '/');
    }
    fv_url_write_segment(part, url);
    fv_writer_char(url, '/');
    return fv_localpath_component(part, FV_SLICE_NONE, fat_names(c), path);
}

static enum fv_err write_scope(struct fv_client *c, size_t scope, struct fv_writer *url,
                               struct fv_writer *path)
{
    struct fv_slice rest = c->scopes[scope];
    bool more = true;
    if (rest.len > 1 && rest.ptr[rest.len - 1] == '/') {
        rest.len--;
    }
    for (size_t i = 0; more; i++) {
        struct fv_slice part;
        more = fv_slice_cut(rest, '/', &part, &rest);
        enum fv_err err = i < 3 ? scope_part(c, part, i == 0, url, path) : FV_E_USAGE;
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

/* Return in *in whether path is in the local folder of a scope. */
static enum fv_err is_in(struct fv_client *c, size_t scope, struct fv_slice path, bool *in)
{
    char nothing[1];
    char text[FV_CAP_PATH + 1];
    struct fv_writer url;
    struct fv_writer folder;
    fv_writer_init(&url, nothing, sizeof nothing);
    fv_writer_init(&folder, text, sizeof text);
    enum fv_err err = write_scope(c, scope, &url, &folder);
    *in = path.len > folder.len && fv_slice_starts(path, fv_writer_done(&folder)) &&
          path.ptr[folder.len] == '/';
    return err;
}

enum fv_err fv_listing_lacks(struct fv_client *c, struct fv_slice path, bool *gone)
{
    bool covered = false;
    bool listed = false;
    enum fv_err err = FV_OK;
    for (size_t i = 0; err == FV_OK && i < fv_client_scopes(c); i++) {
        bool in = false;
        err = is_in(c, i, path, &in);
        if (FV_CAP_SCOPES > 1 && in && c->scope_failed[i]) {
            return err;
        }
        covered = covered || in;
    }
    if (err == FV_OK && covered) {
        err = fv_names_has(&c->plan.names, path, &listed);
    }
    *gone = err == FV_OK && covered && !listed;
    return err;
}

/* Write the URL of the listing of c->scope. */
static enum fv_err write_address(struct fv_client *c, char text[FV_CAP_URL + 1])
{
    char folder[FV_CAP_PATH + 1]; /* checks that the local folder fits */
    struct fv_writer url;
    struct fv_writer path;
    fv_writer_init(&url, text, FV_CAP_URL + 1);
    fv_writer_init(&path, folder, sizeof folder);
    fv_url_write(&c->endpoint, &url);
    fv_writer_text(&url, c->endpoint.path.len > 0 ? "/api_file/v1/" : "api_file/v1/");
    enum fv_err err = write_scope(c, c->scope, &url, &path);
    return err == FV_OK ? fv_writer_check(&url) : err;
}

enum fv_err fv_listing_scopes(struct fv_client *c, const struct fv_slice *scopes, size_t count)
{
    char text[FV_CAP_URL + 1];
    if (FV_CAP_SCOPES > 1 && (count == 0 || count > FV_CAP_SCOPES)) {
        return fv_client_fail(c, FV_E_USAGE, FV_SLICE("number of scopes"));
    }
    c->scopes = scopes;
    c->scope_count = (uint8_t)count;
    for (size_t i = 0; i < fv_client_scopes(c); i++) {
        c->scope = (uint8_t)i;
        enum fv_err err = write_address(c, text);
        if (err != FV_OK) {
            return fv_client_fail(c, err, scopes[i]);
        }
    }
    return FV_OK;
}

/* Write the path of the entry's name to c->lane->path; unless the visitor wants that, the path
 * that the entry gets. */
static enum fv_err own_path(struct reading *r, const struct fv_entry *e, struct fv_slice url)
{
    struct fv_client *c = r->c;
    char path[FV_CAP_PATH + 1];
    struct fv_localpath p = {e->org, e->study, e->delivery, e->name, fat_names(c)};
    struct fv_writer w;
    fv_writer_init(&w, c->lane->path, sizeof c->lane->path);
    enum fv_err err = fv_localpath_write(&p, &w);
    if (err == FV_OK) {
        err = fv_names_claim(&c->plan.names, fv_writer_done(&w), url, path);
    }
    if (err == FV_OK && c->plan.names.choice > 0 && !r->visitor->unsettled) {
        memcpy(c->lane->path, path, sizeof path);
    }
    return err;
}

/* Filters compare the names of the portal, not the local ones. */
bool fv_listing_passes(const struct fv_client *c, const struct fv_entry *e, int64_t modified_us)
{
    char text[FV_CAP_PATH + 1];
    struct fv_writer w;
    if (!fv_filter_linked) {
        return true;
    }
    if (c->settings->pattern_count == 0) {
        return !fv_filter_dated(c->settings, modified_us);
    }
    const struct fv_slice parts[] = {e->org, e->study, e->delivery, e->name};
    fv_writer_init(&w, text, sizeof text);
    for (size_t i = 0; i < 4; i++) {
        if (i > 0) {
            fv_writer_char(&w, '/');
        }
        fv_writer_slice(&w, parts[i]);
    }
    return fv_filter_passes(c->settings, e->name, fv_writer_done(&w), modified_us);
}

static enum fv_err give(struct reading *r, const struct fv_entry *e, bool is_new)
{
    char text[FV_CAP_URL + 1];
    struct fv_client *c = r->c;
    enum fv_err refused = fv_transfer_admit(&c->endpoint, e->url, text);
    if (refused == FV_E_CAPACITY) {
        refused = FV_E_ENTRY_SIZE; /* caused by the portal, not by the user */
    }
    struct fv_slice url = refused == FV_OK ? fv_slice_of(text) : FV_SLICE_NONE;
    if (r->visitor->paths) {
        enum fv_err err = own_path(r, e, refused == FV_OK ? url : e->url);
        if (err != FV_OK) {
            return fv_client_fail(c, err, e->name);
        }
        is_new = is_new && (r->visitor->repeats || !c->plan.names.again);
    }
    if (!is_new) {
        return FV_OK;
    }
    bool passes = fv_listing_passes(c, e, e->modified_us);
    return r->visitor->entry(r->visitor->ctx, e, url, passes, refused);
}

/* Count an entry. *is_new: it was not passed to the visitor in an earlier attempt. FV_OK;
 * FV_E_MEANWHILE: the listing has changed. */
static enum fv_err note_entry(struct reading *r, uint64_t mark, bool *is_new)
{
    r->seen++;
    r->fold = (r->fold ^ mark) * 0x100000001b3u;
    *is_new = r->seen > r->given;
    if (*is_new) {
        r->given = r->seen;
        r->given_fold = r->fold;
    } else if (r->seen == r->given && r->fold != r->given_fold) {
        return fv_client_fail(r->c, FV_E_MEANWHILE, FV_SLICE("the listing"));
    }
    return FV_OK;
}

static enum fv_err take_entry(struct reading *r, char *object, size_t len)
{
    const struct fv_listing_visitor *v = r->visitor;
    struct fv_entry e = {.modified_us = 0};
    size_t field = len > 0 ? fv_entry_field_count : r->c->splitter.member;
    enum fv_err bad = len > 0 ? fv_entry_parse(object, len, &e, &field) : FV_E_ENTRY_SIZE;
    bool is_new = false;
    uint64_t mark = v->restart == NULL ? fv_slice_hash(fv_slice_hash(0, e.url), e.name) : 0;
    enum fv_err err = note_entry(r, mark ^ (uint64_t)e.modified_us, &is_new);
    if (err != FV_OK || bad == FV_OK) {
        return err == FV_OK ? give(r, &e, is_new) : err;
    }
    return is_new && v->bad != NULL ? v->bad(v->ctx, bad, (uint8_t)field) : FV_OK;
}

void fv_listing_blame(struct fv_client *c, const struct fv_plan_record *record)
{
    char text[96];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    if (record->field < fv_entry_field_count) {
        fv_writer_slice(&w, fv_entry_fields[record->field]);
        fv_writer_text(&w, " of ");
    }
    fv_writer_text(&w, "entry ");
    fv_writer_u64(&w, record->number);
    if (fv_client_scopes(c) > 1) {
        fv_writer_text(&w, " of ");
        fv_writer_slice(&w, fv_slice_head(c->scopes[record->scope], sizeof text / 2));
    }
    (void)fv_client_fail(c, record->err, fv_writer_done(&w));
    c->summary.unusable++;
}

static enum fv_err listing_begin(void *ctx, uint64_t from, uint64_t total,
                                 struct fv_slice validator)
{
    struct reading *r = ctx;
    (void)from;
    (void)total;
    (void)validator;
    fv_splitter_reset(&r->c->splitter, fv_entry_fields,
                      r->visitor->names ? fv_entry_field_count : fv_entry_required_count);
    r->seen = 0;
    r->fold = 0;
    enum fv_err err = FV_OK;
    if (r->visitor->restart != NULL) {
        r->given = 0;
        err = r->visitor->restart(r->visitor->ctx);
    }
    if (err == FV_OK && r->visitor->plan) {
        err = fv_plan_begin(&r->c->plan, &r->c->page, r->c->plan_io, fat_names(r->c));
    }
    return err;
}

/* Record at which byte and entry the listing is wrong or ends. */
static enum fv_err bad_listing(struct fv_client *c, enum fv_err err, const char *place)
{
    char text[FV_CAP_HOST + 96];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "listing from ");
    fv_writer_slice(&w, c->endpoint.host);
    fv_writer_text(&w, place);
    fv_writer_u64(&w, c->splitter.offset);
    fv_writer_text(&w, ", entry ");
    fv_writer_u64(&w, c->splitter.objects + 1);
    return fv_client_fail(c, err, fv_writer_done(&w));
}

static enum fv_err listing_content(void *ctx, struct fv_slice bytes)
{
    struct reading *r = ctx;
    struct fv_splitter *s = &r->c->splitter;
    while (bytes.len > 0) {
        enum fv_err stopped = r->seen % STOP_EVERY == 0 ? fv_client_stopped(r->c) : FV_OK;
        if (stopped != FV_OK) {
            return stopped;
        }
        size_t used = 0;
        char *object = NULL;
        size_t len = 0;
        enum fv_err err =
            fv_splitter_push(s, (const uint8_t *)bytes.ptr, bytes.len, &used, &object, &len);
        if (err < FV_OK) {
            return bad_listing(r->c, err, ", byte ");
        }
        bytes = fv_slice_from(bytes, used);
        if (err == FV_OK) {
            err = take_entry(r, object, len);
            if (err != FV_OK) {
                return err;
            }
        }
    }
    return FV_OK;
}

static uint64_t listing_have(void *ctx, struct fv_slice *validator)
{
    (void)ctx;
    *validator = FV_SLICE_NONE;
    return 0; /* a listing is not resumed */
}

static enum fv_err listing_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct reading *r = ctx;
    return write_address(r->c, url);
}

/* A 404 of the portal means that it has no such scope; a 404 of a target of redirects does not. */
static enum fv_err unknown(struct fv_client *c, const struct fv_transfer *t)
{
    if (t->status != 404 || t->hops > 0) {
        return FV_E_HTTP_STATUS;
    }
    struct fv_slice scope = c->scopes[c->scope];
    bool slash = scope.len > 0 && scope.ptr[scope.len - 1] == '/';
    c->fault.err = FV_OK;
    return fv_fault_slice(&c->fault, FV_E_NO_SCOPE, t->status,
                          fv_slice_head(scope, scope.len - slash));
}

enum fv_err fv_listing_open(struct fv_client *c, struct fv_transfer *t)
{
    char text[FV_CAP_URL + 1];
    enum fv_err err = write_address(c, text);
    if (err == FV_OK) {
        err = fv_transfer_init(t, &c->lane->way, fv_slice_of(text), FV_TRANSFER_ALONE);
        t->json = true;
    }
    return err;
}

/* Read the listing of c->scope. FV_OK only if it was complete and well-formed. */
static enum fv_err read_scope(struct fv_client *c, struct fv_transfer *t,
                              const struct fv_listing_visitor *visitor)
{
    struct reading r = {.c = c, .visitor = visitor};
    const struct fv_transfer_sink sink = {.ctx = &r,
                                          .begin = listing_begin,
                                          .content = listing_content,
                                          .have = listing_have,
                                          .address = listing_address};
    if (FV_CAP_PROGRESS) { /* the ledger uses the same memory */
        c->splitter.objects = c->splitter.offset = 0;
    }
    enum fv_err err = fv_listing_open(c, t);
    if (err == FV_OK) {
        err = fv_lane_fetch(c->lane, t, &sink);
    }
    if (err == FV_OK) {
        err = fv_splitter_finish(&c->splitter);
        if (err != FV_OK) {
            return bad_listing(c, err, " ends at byte ");
        }
        if (r.seen < r.given) { /* some entries of an earlier attempt are no longer listed */
            err = fv_client_fail(c, FV_E_MEANWHILE, FV_SLICE("the listing"));
        }
    }
    c->summary.listed += r.given;
    return err == FV_E_HTTP_STATUS ? unknown(c, t) : err;
}

/* Return whether only this scope has failed: the server has sent a response with an error
 * status, and no entry was passed on. */
static bool fails_alone(const struct fv_client *c, enum fv_err err, uint64_t listed)
{
    bool of_status = err == FV_E_NO_SCOPE || err == FV_E_HTTP_STATUS || err == FV_E_HTTP_RETRY ||
                     err == FV_E_FORBIDDEN;
    return fv_client_scopes(c) > 1 && of_status && c->summary.listed == listed;
}

static void report_scope(struct fv_client *c, enum fv_err err, struct fv_fault *first)
{
    char url[FV_CAP_URL + 1];
    bool known = write_address(c, url) == FV_OK;
    const struct fv_plan_record record = {.modified_us = INT64_MIN,
                                          .url = known ? fv_slice_of(url) : FV_SLICE_NONE};
    fv_report_failure(c, &record, err, first);
    c->scope_failed[c->scope] = true;
}

static enum fv_err read_scopes(struct fv_client *c, struct fv_transfer *t,
                               const struct fv_listing_visitor *visitor, struct fv_fault *first)
{
    struct fv_listing_visitor v = *visitor;
    bool any = false;
    if (FV_CAP_SCOPES == 1) {
        return read_scope(c, t, visitor);
    }
    for (size_t i = 0; i < fv_client_scopes(c); i++) {
        uint64_t listed = c->summary.listed;
        if (c->scope_failed[i]) {
            continue;
        }
        c->scope = (uint8_t)i;
        enum fv_err err = read_scope(c, t, &v);
        if (err == FV_OK) {
            any = true;
            v.plan = false;
            v.restart = NULL;
        } else if (fails_alone(c, err, listed)) {
            report_scope(c, err, first);
        } else {
            c->broken = true;
            return err;
        }
    }
    return any ? FV_OK : first->err;
}

enum fv_err fv_listing_read(struct fv_client *c, struct fv_transfer *t,
                            const struct fv_listing_visitor *visitor, struct fv_fault *first)
{
    fv_client_enter(c, FV_PHASE_LISTING);
    enum fv_err err = read_scopes(c, t, visitor, first);
    fv_client_enter(c, FV_PHASE_FILES);
    return err;
}
