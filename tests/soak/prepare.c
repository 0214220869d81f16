/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <stdio.h>
#include <string.h>

/* The user has seen a file that the client could not report as complete: a sync after its rename
 * failed, or the power did. */
static void note_complete(struct soak_world *w, const char *path)
{
    unsigned versions;

    for (int url = 0; url < (int)w->plan->entries * SOAK_GENERATIONS; url++)
        w->ever[url] = w->ever[url] || soak_holds(w, path, url, &versions);
}

static void find_file(const struct soak_world *w, size_t entry, char path[SOAK_SHORT])
{
    snprintf(path, SOAK_SHORT, "%s", w->base[entry]);
    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (w->done[i].on && w->done[i].url / SOAK_GENERATIONS == w->plan->entry[entry].same_as)
            snprintf(path, SOAK_SHORT, "%s", w->done[i].path);
    }
}

static void touch_file(struct soak_world *w, size_t entry, bool remove)
{
    char path[SOAK_SHORT];
    size_t n = 0;

    find_file(w, entry, path);
    if (remove && !fv_sim_get(&w->sim, path, &n))
        return;
    for (size_t i = 0; remove && i < SOAK_DONE; i++) {
        if (w->done[i].on && strcmp(w->done[i].path, path) == 0)
            soak_keep_moved(w, &w->done[i]);
    }
    note_complete(w, path);
    if (remove)
        fv_sim_drop(&w->sim, path);
    else
        soak_edit(w, path);
    for (size_t i = 0; i < SOAK_DONE; i++) {
        /* On FAT the same file may have been called by another name. */
        if (w->done[i].on && fv_sim_get(&w->sim, w->done[i].path, &n) == NULL)
            w->done[i].on = false;
        else if (w->done[i].on && soak_is_edited(fv_sim_get(&w->sim, w->done[i].path, &n), n))
            w->done[i].on = false;
    }
}

static void make_change(struct soak_world *w, const struct soak_change *c)
{
    size_t of = w->plan->entry[c->entry].same_as;
    struct soak_now *now = &w->now[of];
    int url = soak_url_now(w, of);
    char path[SOAK_SHORT];

    soak_say(w, "f%zu: %s", of, soak_change_name(c->kind));
    switch (c->kind) {
    case CHANGE_VERSION:
        now->date++;
        w->version[url] += w->version[url] + 1 < SOAK_VERSIONS;
        break;
    case CHANGE_SAME_DATE:
        w->version[url] += w->version[url] + 1 < SOAK_VERSIONS;
        break;
    case CHANGE_DATE:
        now->date++;
        break;
    case CHANGE_URL:
        now->generation += now->generation + 1 < SOAK_GENERATIONS;
        break;
    case CHANGE_GONE:
        w->now[c->entry].listed = !w->now[c->entry].listed;
        break;
    case CHANGE_ROTTED:
        find_file(w, c->entry, path);
        soak_rot(w, path);
        break;
    case CHANGE_FLIPPED:
    case CHANGE_CUT:
    case CHANGE_LOST:
        soak_spoil_ledger(w, c->kind, c->entry + c->run * 5u);
        break;
    case CHANGE_DELETED:
    default:
        touch_file(w, c->entry, c->kind == CHANGE_DELETED);
        break;
    }
}

static void make_changes(struct soak_world *w)
{
    for (size_t i = 0; i < w->plan->changes; i++) {
        const struct soak_change *c = &w->plan->change[i];

        if (c->on && !w->changed[i] && (w->calm || c->run <= w->run)) {
            w->changed[i] = true;
            make_change(w, c);
        }
    }
}

bool soak_unusable(const struct soak_world *w, size_t entry)
{
    enum soak_odd odd = w->plan->entry[entry].odd;

    if (!w->listed[entry] || odd == ODD_NONE)
        return false;
    return odd != ODD_FOREIGN ||
           (soak_passes(w->plan, w->options, entry) && w->options->latest == 0);
}

/* The same file is listed before. */
static bool is_repeated(const struct soak_world *w, size_t entry)
{
    for (size_t i = 0; i < entry; i++) {
        if (w->passing[i] && soak_url_now(w, i) == soak_url_now(w, entry) &&
            soak_same_path(w, w->base[i], w->base[entry]))
            return true;
    }
    return false;
}

/* --latest leaves out the entries that are older than the N-th of those that pass the filters;
 * among those as old as that one it may choose. */
static void apply_latest(struct soak_world *w)
{
    unsigned odd = 0; /* they may count among the N */

    for (size_t i = 0; i < w->plan->entries; i++)
        odd += w->listed[i] && w->plan->entry[i].odd != ODD_NONE;
    for (size_t i = 0; i < w->plan->entries; i++) {
        unsigned newer = 0, as_new = 0;
        const struct soak_plan *p = w->plan;
        int64_t date = soak_date_us(p, i, w->now[p->entry[i].same_as].date);

        for (size_t k = 0; k < p->entries; k++) {
            int64_t other = soak_date_us(p, k, w->now[p->entry[k].same_as].date);

            if (!w->passing[k] || is_repeated(w, k))
                continue;
            newer += other > date;
            as_new += other == date;
        }
        w->optional[i] = newer < w->options->latest && newer + as_new + odd > w->options->latest;
        w->expected[i] = w->passing[i] && newer < w->options->latest;
    }
}

static bool is_done(const struct soak_world *w, size_t entry)
{
    for (size_t i = 0; i < SOAK_DONE; i++) {
        const struct soak_done *d = &w->done[i];

        if (d->on && d->url == soak_url_now(w, entry) &&
            !(w->options->checksum && soak_is_unsure(w, d->path)) &&
            d->date == w->now[w->plan->entry[entry].same_as].date && soak_may_be(w, entry, d->path))
            return true;
    }
    return false;
}

static void note_settled(struct soak_world *w)
{
    memset(w->wanted, 0, sizeof w->wanted);
    memset(w->settled, 0, sizeof w->settled);
    for (size_t i = 0; i < w->plan->entries; i++) {
        int url = soak_url_now(w, i);

        if (!w->expected[i])
            continue;
        w->settled[url] = is_done(w, i) && (!w->wanted[url] || w->settled[url]);
        w->wanted[url] = true;
    }
}

/* Whether one of the scopes that it lies in is read. */
static bool is_read(const struct soak_world *w, size_t entry)
{
    struct fv_slice scopes[SOAK_SCOPES];
    size_t count = soak_scopes(w->options, scopes);
    bool read = false;

    for (size_t i = 0; i < count; i++)
        read = read || (!w->refused_scope[i] && soak_is_below(w->plan, scopes[i], entry));
    return read;
}

void soak_narrow(struct soak_world *w)
{
    memset(w->optional, 0, sizeof w->optional);
    for (size_t i = 0; i < w->plan->entries; i++) {
        w->passing[i] = w->passing[i] && is_read(w, i);
        w->expected[i] = w->passing[i];
    }
    if (w->options->latest)
        apply_latest(w);
    note_settled(w);
}

void soak_prepare(struct soak_world *w)
{
    const struct soak_plan *p = w->plan;

    make_changes(w);
    for (size_t i = 0; i < p->entries; i++) {
        const struct soak_entry *e = &p->entry[i];
        uint8_t *since = &w->since[soak_url_now(w, i)][w->now[e->same_as].date];

        w->listed[i] = e->on && w->now[i].listed && !(e->late && w->run == 0) &&
                       soak_in_scope(p, w->options, i);
        w->passing[i] = w->listed[i] && e->odd == ODD_NONE && soak_passes(p, w->options, i);
        if (w->listed[i] && *since == 0)
            *since = (uint8_t)(w->version[soak_url_now(w, i)] + 1);
    }
    soak_narrow(w);
}
