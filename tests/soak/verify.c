/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "store/state.h"

#include <stdio.h>
#include <string.h>

struct verified {
    struct soak_world *w;
    struct soak_record records[SOAK_RECORDS];
    size_t count, seen, damaged;
};

/* The last complete listing does not have it: what the user does with it does not matter. */
static bool is_let_go(const struct soak_world *w, const char *path)
{
    bool listed = false;

    for (size_t i = 0; i < w->plan->entries; i++)
        listed = listed || (w->listed[i] && soak_may_be(w, i, path));
    return w->calm && w->err == FV_OK && !listed;
}

/* Whether that is what a record tells of. */
static bool is_fetched(const uint8_t *bytes, size_t n, const struct soak_record *r)
{
    uint8_t digest[FV_SHA256_SIZE];

    if (!bytes || n != r->size)
        return false;
    fv_sha256_of(bytes, n, digest);
    return memcmp(digest, r->sha256, sizeof digest) == 0;
}

static void verified(void *ctx, const struct fv_file *file)
{
    struct verified *v = ctx;
    char path[SOAK_SHORT];
    const struct soak_record *r;
    size_t n = 0;
    const uint8_t *bytes;
    bool same;

    snprintf(path, sizeof path, "%.*s", (int)file->path.len, file->path.ptr);
    if (file->fault && file->fault->err == FV_E_DAMAGED) {
        v->damaged++;
        return;
    }
    v->seen++;
    if (soak_many_path(v->w->plan, path) >= 0) {
        soak_many_verified(v->w, (size_t)soak_many_path(v->w->plan, path), file->status);
        return;
    }
    r = soak_record_of(v->records, v->count, path);
    if (!r && v->w->lied)
        return;
    if (!r) {
        soak_wrong(v->w, RULE_EVENT, "verify: no record of %s", path);
        return;
    }
    bytes = fv_sim_get(&v->w->sim, path, &n);
    same = is_fetched(bytes, n, r);
    if ((file->status == FV_SKIPPED && !r->loose) ||
        (file->status == FV_FAILED && r->loose && !bytes))
        soak_wrong(v->w, RULE_EVENT, "verify: %s is%s let go", path, r->loose ? "" : " not");
    if (file->status == FV_FAILED && is_let_go(v->w, path) &&
        (!bytes || soak_is_edited(bytes, n)) && !v->w->lied)
        soak_wrong(v->w, RULE_EVENT, "verify: %s is listed no longer, and is to blame", path);
    if (same != (file->status == FV_UNCHANGED) && !v->w->lied)
        soak_wrong(v->w, RULE_EVENT, "verify says of %s that it is %s", path,
                   same ? "not as it was" : "as it was");
}

/* A file that waits for its name after an interrupted commit is as it was fetched, whether there
 * is an old one or not. */
static size_t waiting(struct soak_world *w, const struct soak_record *records, size_t count)
{
    char part[FV_PARTIAL_NAME], state[FV_PARTIAL_NAME];
    size_t waits = 0, n = 0;

    for (size_t i = 0; i < count; i++) {
        const uint8_t *bytes;

        fv_state_names(fv_slice_of(records[i].path), part, state);
        bytes = fv_sim_get(&w->sim, part, &n);
        if (!is_fetched(bytes, n, &records[i]))
            continue;
        bytes = fv_sim_get(&w->sim, records[i].path, &n);
        waits += !is_fetched(bytes, n, &records[i]);
    }
    return waits;
}

void soak_judge_verify(struct soak_world *w)
{
    static struct verified v;
    struct fv_client *c = NULL;
    struct fv_settings s;
    struct fv_events e = {.ctx = &v, .file = verified};
    enum fv_err err;

    uint64_t before = soak_disk_sum(w);

    v.w = w;
    v.seen = v.damaged = 0;
    v.count = soak_ledger(w, v.records);
    err = soak_open(w, &s, &e, &c);
    if (err == FV_OK)
        err = fv_verify(c, false);
    if (c)
        fv_client_close(c);
    if (soak_disk_sum(w) != before)
        soak_wrong(w, RULE_EVENT, "verify has changed the disk");
    if (w->lied)
        return; /* what the index says may be anything */
    if (v.damaged && (!w->damaged || w->err == FV_OK))
        soak_wrong(w, RULE_EVENT, "verify: the ledger is damaged");
    if (v.count && !v.damaged &&
        v.seen + waiting(w, v.records, v.count) != v.count + soak_many_known(w))
        soak_wrong(w, RULE_EVENT, "verify looks at %zu of %zu files", v.seen, v.count);
    if (err != FV_OK && v.count && fv_err_exit(err) != 1 && fv_err_exit(err) != 7)
        soak_wrong(w, RULE_EXIT, "verify ends with %d", fv_err_exit(err));
}
