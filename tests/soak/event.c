/* SPDX-License-Identifier: MIT */
#include "soak/world.h"
#include "store/state.h"

#include <stdio.h>
#include <string.h>

static const char *const status_names[] = {"downloaded", "resumed", "unchanged", "skipped",
                                           "removed",    "failed",  "adopted"};

struct soak_done *soak_done_at(struct soak_world *w, const char *path)
{
    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (w->done[i].on && soak_same_path(w, w->done[i].path, path))
            return &w->done[i];
    }
    return NULL;
}

static void note_done(struct soak_world *w, const char *path, int url, unsigned date)
{
    struct soak_done *d = soak_done_at(w, path);

    for (size_t i = 0; !d && i < SOAK_DONE; i++) {
        if (!w->done[i].on)
            d = &w->done[i];
    }
    if (!d)
        return;
    if (!d->on || d->url != url || d->date != date)
        *d = (struct soak_done){.on = true, .url = url, .date = (uint8_t)date};
    snprintf(d->path, sizeof d->path, "%s", path);
}

bool soak_holds(struct soak_world *w, const char *path, int url, unsigned *versions)
{
    size_t n = 0;
    const uint8_t *bytes = fv_sim_get(&w->sim, path, &n);

    *versions = bytes ? soak_versions(w, url, bytes, n) : 0;
    return *versions != 0;
}

static int entry_of(const struct soak_world *w, int url, const char *path)
{
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (w->expected[i] && soak_url_now(w, i) == url && soak_may_be(w, i, path))
            return (int)i;
    }
    return -1;
}

/* A file is called complete: is it? */
static void judge_whole(struct soak_world *w, const struct fv_file *file, struct soak_event *e)
{
    int entry = entry_of(w, e->url, e->path);
    struct soak_done *known = soak_done_at(w, e->path);
    unsigned versions = 0;
    const uint8_t *bytes;
    size_t n = 0;
    uint8_t date;

    if (entry < 0) {
        soak_wrong(w, RULE_EVENT, "%s is %s as URL %d, which is no wanted entry's", e->path,
                   status_names[e->status], e->url);
        return;
    }
    date = w->now[w->plan->entry[entry].same_as].date;
    if (w->lied && e->status == FV_UNCHANGED)
        return;
    bytes = fv_sim_get(&w->sim, e->path, &n);
    if (e->status == FV_ADOPTED || e->status == FV_DOWNLOADED || e->status == FV_RESUMED ||
        w->options->checksum)
        soak_note_unsure(w, e->path, e->status == FV_ADOPTED);
    if ((e->status == FV_UNCHANGED || e->status == FV_ADOPTED) && soak_is_unsure(w, e->path) &&
        (!w->options->checksum || w->options->adopt))
        return;
    if (!soak_holds(w, e->path, e->url, &versions)) {
        soak_wrong(w, RULE_CONTENT, "%s is %s as URL %d, and holds %s (%zu bytes, %02x %02x)",
                   e->path, status_names[e->status], e->url, bytes ? "something else" : "nothing",
                   n, n > 0 ? bytes[0] : 0, n > 1 ? bytes[1] : 0);
        return;
    }
    if (versions >> (w->since[e->url][date] - 1) == 0)
        soak_wrong(w, RULE_CONTENT, "%s is %s, and holds a version from before its date", e->path,
                   status_names[e->status]);
    if (e->status != FV_UNCHANGED && w->asked[NODE_FILE][e->url] && !w->belied[e->url] &&
        !soak_is_shared(w, e->url) && versions >> w->began[e->url] == 0)
        soak_wrong(w, RULE_CONTENT, "%s is %s, and holds a version from before this run", e->path,
                   status_names[e->status]);
    if (e->status != FV_UNCHANGED && e->status != FV_ADOPTED && w->options->max_size &&
        w->asked[NODE_FILE][e->url] && n > w->options->max_size)
        soak_wrong(w, RULE_EVENT, "%s has %zu bytes, more than %u", e->path, n,
                   w->options->max_size);
    if (file->size != n)
        soak_wrong(w, RULE_EVENT, "%s has %zu bytes, not %u", e->path, n, (unsigned)file->size);
    if (file->modified_us != soak_date_us(w->plan, (size_t)entry, date))
        soak_wrong(w, RULE_EVENT, "%s has another date", e->path);
    for (unsigned v = 0; v < SOAK_VERSIONS; v++) {
        if (versions >> v & 1 &&
            !w->damaged && /* an older record may be the last that can be read */
            (!file->sha256 ||
             memcmp(file->sha256, soak_digest(w->plan, e->url, v), FV_SHA256_SIZE) != 0))
            soak_wrong(w, RULE_EVENT, "%s has another SHA-256", e->path);
    }
    w->ever[e->url] = true;
    if (e->status == FV_ADOPTED) { /* it has not arrived now: no hook runs */
        note_done(w, e->path, e->url, date);
        known = soak_done_at(w, e->path);
        if (known)
            known->hooked = true;
    }
    /* After storage has failed, what is visible may not be durable: only what was fetched since
     * then is promised. */
    if (e->status != FV_UNCHANGED || !w->doubtful)
        note_done(w, e->path, e->url, date);
    else if (known && (known->url != e->url || known->date != date))
        known->on = false;
}

static void judge_removed(struct soak_world *w, const struct soak_event *e)
{
    struct soak_done *d = soak_done_at(w, e->path);
    struct fv_slice scopes[SOAK_SCOPES];

    size_t n = 0;
    const uint8_t *bytes = fv_sim_get(&w->sim, e->path, &n);

    if (!w->options->prune)
        soak_wrong(w, RULE_EVENT, "%s is removed without --prune", e->path);
    if (bytes && soak_is_edited(bytes, n))
        soak_wrong(w, RULE_EVENT, "%s is removed, and is the user's", e->path);
    if (e->url >= 0 && !soak_in_scope(w->plan, w->options, (size_t)e->url / SOAK_GENERATIONS))
        soak_wrong(w, RULE_EVENT, "%s is removed, and is out of scope", e->path);
    for (size_t i = 0; e->url >= 0 && i < soak_scopes(w->options, scopes); i++) {
        if (w->refused_scope[i] &&
            soak_is_below(w->plan, scopes[i], (size_t)e->url / SOAK_GENERATIONS))
            soak_wrong(w, RULE_EVENT, "%s is removed, and its scope's listing failed", e->path);
    }
    if (w->options->max_delete && ++w->removed >= w->options->max_delete)
        soak_wrong(w, RULE_EVENT, "more than %d files are removed", w->options->max_delete - 1);
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (!w->listed[i])
            continue;
        if (soak_unusable(w, i))
            soak_wrong(w, RULE_EVENT, "%s is removed although entry %zu can't be read", e->path, i);
        if (soak_url_now(w, i) == e->url && soak_may_be(w, i, e->path))
            soak_wrong(w, RULE_EVENT, "%s is removed and listed", e->path);
    }
    if (!e->planned)
        soak_keep_pruned(w, e->path);
    if (d && !e->planned)
        d->on = false;
}

static bool twice(const struct soak_world *w, const struct soak_event *e)
{
    for (size_t i = 0; i < w->events; i++) {
        const struct soak_event *o = &w->event[i];

        if (o != e && o->status != FV_FAILED && strcmp(o->path, e->path) == 0)
            return true;
    }
    return false;
}

static int url_of(const struct soak_world *w, const struct fv_file *file)
{
    static const char prefix[] = "https://" SOAK_HOST "/";
    size_t n = sizeof prefix - 1;
    bool ours = file->url.len > n && memcmp(file->url.ptr, prefix, n) == 0;

    return ours ? soak_url_of(w->plan, file->url.ptr + n - 1, file->url.len - n + 1) : -1;
}

/* A file that is said to be too large: was the portal to give more than --max-size? */
static void judge_large(struct soak_world *w, const struct soak_event *e)
{
    bool large = e->url < 0 || w->huge[e->url] || w->belied[e->url];

    for (unsigned v = e->url < 0 ? 0 : w->began[e->url]; !large && v <= w->version[e->url]; v++)
        large = soak_size(w->plan, e->url, v) > w->options->max_size;
    if (!large || !w->options->max_size)
        soak_wrong(w, RULE_EVENT, "%s is skipped as too large, and is not", e->path);
    w->skipped++;
    if (e->url >= 0)
        w->large[e->url] = true;
}

/* A listing that failed. */
static void note_scope(struct soak_world *w, const struct fv_file *file, enum fv_err err)
{
    static const char prefix[] = "https://" SOAK_HOST;
    struct fv_slice scopes[SOAK_SCOPES];
    size_t count = soak_scopes(w->options, scopes);

    for (size_t i = 0; i < count; i++) {
        char text[64];

        soak_scope_text(scopes[i], text);
        if (!fv_slice_eq(fv_slice_from(file->url, sizeof prefix - 1), fv_slice_of(text)))
            continue;
        if (w->refused_scope[i])
            soak_wrong(w, RULE_EVENT, "%s is said to have failed twice", text);
        if (!(w->explains & SOAK_BIT(fv_err_exit(err))))
            soak_wrong(w, RULE_HEALTHY, "%s failed (%s), for which there is no reason", text,
                       fv_err_text(err));
        w->refused_scope[i] = true;
        soak_narrow(w);
    }
}

static void told(void *ctx, const struct fv_file *file)
{
    static struct soak_event spare;
    struct soak_world *w = ctx;
    char path[SOAK_SHORT];
    struct soak_event *e;

    snprintf(path, sizeof path, "%.*s", (int)file->path.len, file->path.ptr);
    if (soak_many_path(w->plan, path) >= 0) {
        soak_many_told(w, (size_t)soak_many_path(w->plan, path), file);
        return;
    }
    e = w->events < SOAK_EVENTS ? &w->event[w->events++] : &spare;
    e->status = file->status;
    e->planned = file->planned;
    e->err = file->fault ? file->fault->err : FV_OK;
    e->url = url_of(w, file);
    memcpy(e->path, path, sizeof e->path);
    soak_say(w, "  event: %s%s %s URL %d%s%s", e->planned ? "would be " : "",
             status_names[e->status], e->path, e->url, e->err ? ": " : "",
             e->err ? fv_err_text(e->err) : "");
    if (e == &spare)
        soak_wrong(w, RULE_EVENT, "more than %d events", SOAK_EVENTS);
    if (e->status == FV_FAILED) {
        if (e->err == FV_E_FULL)
            soak_judge_full(w, e);
        if (e->err >= FV_OK)
            soak_wrong(w, RULE_EVENT, "%s failed without an error", e->path);
        if (file->path.len == 0)
            note_scope(w, file, e->err);
        return;
    }
    if (e->err != FV_OK ||
        e->planned != (w->options->dry_run && e->status != FV_UNCHANGED && e->status != FV_SKIPPED))
        soak_wrong(w, RULE_EVENT, "%s: an event that contradicts itself", e->path);
    if (twice(w, e))
        soak_wrong(w, RULE_EVENT, "%s is mentioned twice", e->path);
    if (e->status == FV_ADOPTED && !w->options->adopt)
        soak_wrong(w, RULE_EVENT, "%s is adopted without --adopt", e->path);
    if (file->reason == FV_REASON_LARGE) {
        judge_large(w, e);
        return;
    }
    if (e->status == FV_SKIPPED && !w->options->once)
        soak_wrong(w, RULE_EVENT, "%s is skipped without --once", e->path);
    if (e->status == FV_SKIPPED && e->url >= 0 && !w->ever[e->url] && !w->lied &&
        !(w->cut && w->options->dry_run)) /* a reader ends no doubt about a record */
        soak_wrong(w, RULE_EVENT, "%s is skipped, and was never complete", e->path);
    if (e->status == FV_REMOVED)
        judge_removed(w, e);
    else if (e->status != FV_SKIPPED && !e->planned)
        judge_whole(w, file, e);
}

static enum fv_err hook(void *ctx, const struct fv_file *file)
{
    struct soak_world *w = ctx;
    struct soak_done *d;
    char path[SOAK_SHORT];
    unsigned versions;

    snprintf(path, sizeof path, "%.*s", (int)file->path.len, file->path.ptr);
    d = soak_done_at(w, path);
    soak_say(w, "  hook: %s", path);
    if (fv_sim_dark(&w->sim))
        return FV_E_HOOK; /* nothing runs without power */
    if (!w->lied && !soak_is_unsure(w, path) &&
        (url_of(w, file) < 0 || !soak_holds(w, path, url_of(w, file), &versions)))
        soak_wrong(w, RULE_EVENT, "the hook runs for %s, which is not complete", path);
    if (w->options->hook_fails)
        return FV_E_HOOK;
    if (d && (d->noted || (d->hooked && !w->cut)) && !w->lied && !w->doubtful)
        soak_wrong(w, RULE_EVENT, "the hook runs once more for %s", path);
    if (d) {
        d->hooked = true;
        d->hooked_in = w->run;
    }
    return FV_OK;
}

static void progress(void *ctx, const struct fv_progress *p)
{
    struct soak_world *w = ctx;

    if (p->files_total > 0 && p->files_done > p->files_total)
        soak_wrong(w, RULE_EVENT, "progress: file %u of %u", (unsigned)p->files_done,
                   (unsigned)p->files_total);
    if (p->file_done > p->file_size)
        soak_wrong(w, RULE_EVENT, "progress: byte %u of %u", (unsigned)p->file_done,
                   (unsigned)p->file_size);
    if (p->bytes < w->bytes_told)
        soak_wrong(w, RULE_EVENT, "progress: %u bytes after %u", (unsigned)p->bytes,
                   (unsigned)w->bytes_told);
    w->bytes_told = p->bytes;
    if (p->phase < w->phase_told)
        soak_wrong(w, RULE_EVENT, "progress: phase %u after %u", p->phase, w->phase_told);
    w->phase_told = p->phase;
    if (p->wait == FV_WAIT_RETRY && (p->attempt < 2 || p->attempt > p->attempts ||
                                     p->attempts != (uint32_t)w->options->retries + 1))
        soak_wrong(w, RULE_EVENT, "progress: attempt %u of %u", p->attempt, p->attempts);
}

/* What is said to be kept is there. */
static void kept(void *ctx, struct fv_slice path, uint64_t bytes)
{
    struct soak_world *w = ctx;
    char part[FV_PARTIAL_NAME], state[FV_PARTIAL_NAME];
    size_t size = 0;

    fv_state_names(path, part, state);
    if (fv_sim_dark(&w->sim) || w->lied)
        return;
    if (!fv_sim_get(&w->sim, part, &size) || size < bytes)
        soak_wrong(w, RULE_EVENT, "%.*s: %u bytes are not kept", (int)path.len, path.ptr,
                   (unsigned)bytes);
}

static void retried(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms)
{
    struct soak_world *w = ctx;

    w->retries++;
    if (fault->err == FV_E_SLOW && w->options->wait_us > 0)
        w->met++; /* each piece takes its time: the line itself is the trouble */
    soak_say(w, "  retry %u after %u ms: %s", attempt, delay_ms, fv_err_text(fault->err));
    if (attempt > w->options->retries || attempt == 0)
        soak_wrong(w, RULE_STORM, "retry %u of %u", attempt, w->options->retries);
}

void soak_hear(struct soak_world *w, struct fv_events *events)
{
    *events = (struct fv_events){
        .ctx = w, .file = told, .progress = progress, .kept = kept, .retry = retried};
    if (w->plan->hook)
        events->hook = hook;
}
