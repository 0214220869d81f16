/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "store/state.h"

#include <stdio.h>
#include <string.h>

/* --- What is kept: partial downloads, and with --once the records of files that were moved away
 * --- */

/* Several entries have that URL: each has attempts of its own. */
bool soak_is_shared(const struct soak_world *w, int url)
{
    unsigned count = 0;

    for (size_t i = 0; i < w->plan->entries; i++)
        count += w->expected[i] && soak_url_now(w, i) == url;
    return count > 1;
}

/* No other entry may take its place. */
static bool is_alone(const struct soak_world *w, size_t entry)
{
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (i != entry && (w->plan->entry[i].same_as == w->plan->entry[entry].same_as ||
                           soak_same_path(w, w->base[i], w->base[entry])))
            return false;
    }
    return w->plan->entry[entry].same_as == entry;
}

static bool is_reliable(const struct soak_world *w)
{
    return !w->lied && !w->doubtful && w->sim.fired == 0;
}

void soak_keep_prepare(struct soak_world *w)
{
    memcpy(w->began, w->version, sizeof w->began);
    for (size_t i = 0; i < w->plan->entries; i++) {
        int url = soak_url_now(w, i);

        if (!w->listed[i])
            w->kept[url] = 0;
        if (!w->listed[i] && w->options->prune)
            w->moved[url] = 0;
    }
}

/* At the end of a run with the power on. */
void soak_keep_note(struct soak_world *w)
{
    char part[FV_PARTIAL_NAME], state[FV_PARTIAL_NAME];

    for (size_t i = 0; i < w->plan->entries && is_reliable(w); i++) {
        int url = soak_url_now(w, i);
        size_t n = 0;

        if (!w->expected[i] || !is_alone(w, i))
            continue;
        fv_state_names(fv_slice_of(w->base[i]), part, state);
        w->kept[url] = 0;
        if (fv_sim_get(&w->sim, state, &n) && fv_sim_get(&w->sim, part, &n) && n > 0 &&
            w->asked[NODE_FILE][url] > 0)
            w->kept[url] = (uint8_t)(w->now[i].date + 1);
    }
}

void soak_keep_moved(struct soak_world *w, const struct soak_done *d)
{
    if (!w->cut && is_reliable(w))
        w->moved[d->url] = (uint8_t)(d->date + 1);
}

void soak_judge_kept(struct soak_world *w, int url, bool ranged)
{
    size_t entry = (size_t)url / SOAK_GENERATIONS;
    unsigned date = w->now[entry].date + 1u;

    if (w->options->once && !w->options->checksum && w->moved[url] == date && !w->cut &&
        is_reliable(w) && is_alone(w, entry))
        soak_wrong(w, RULE_AGAIN, "URL %d is asked for with --once, and was fetched before", url);
    if (w->kept[url] == date && !ranged && is_reliable(w))
        soak_wrong(w, RULE_AGAIN, "URL %d is asked for from its first byte on, which was kept",
                   url);
    w->moved[url] = w->kept[url] = 0;
}

/* --- What was removed --- */

void soak_keep_pruned(struct soak_world *w, const char *path)
{
    for (size_t i = 0; i < SOAK_DONE; i++) {
        if (!w->pruned[i][0] || strcmp(w->pruned[i], path) == 0) {
            snprintf(w->pruned[i], sizeof w->pruned[i], "%s", path);
            return;
        }
    }
}

/* By any name that the medium takes for this one. */
static bool has_record(const struct soak_world *w, const struct soak_record *records, size_t count,
                       const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (soak_same_path(w, records[i].path, path))
            return true;
    }
    return false;
}

/* A power cut may bring the file back; then the ledger still has its record, and it is removed
 * once more. */
void soak_judge_pruned(struct soak_world *w, const struct soak_record *records, size_t count)
{
    for (size_t i = 0; i < SOAK_DONE; i++) {
        size_t n = 0;
        const uint8_t *bytes = w->pruned[i][0] ? fv_sim_get(&w->sim, w->pruned[i], &n) : NULL;

        if (!bytes)
            continue;
        if (!soak_is_edited(bytes, n) && !has_record(w, records, count, w->pruned[i]))
            soak_wrong(w, RULE_STRAY, "%s was removed, is back, and the ledger does not know it",
                       w->pruned[i]);
        w->pruned[i][0] = '\0';
    }
}

/* --- What did not fit --- */

/* Free space, without an operation. */
static uint64_t free_now(struct soak_world *w)
{
    struct fv_sim *s = &w->sim;
    struct fv_sim_fault fault = s->fault;
    uint64_t ops = s->ops, storage_ops = s->storage_ops, cut_at = s->cut_at, left = 0;

    s->fault.at = s->cut_at = 0;
    (void)s->storage.free_space(s, &left);
    s->fault = fault;
    s->ops = ops;
    s->storage_ops = storage_ops;
    s->cut_at = cut_at;
    return left;
}

#define OWN 6000 /* what the program's own files may have needed */

void soak_judge_full(struct soak_world *w, const struct soak_event *e)
{
    char part[FV_PARTIAL_NAME], state[FV_PARTIAL_NAME];
    uint64_t size = 0;
    size_t n = 0;

    if (e->url < 0 || w->options->jobs > 1 || w->huge[e->url] || w->sim.fired || w->lied)
        return;
    for (unsigned v = w->began[e->url]; v <= w->version[e->url]; v++) {
        if (soak_size(w->plan, e->url, v) > size)
            size = soak_size(w->plan, e->url, v);
    }
    fv_state_names(fv_slice_of(e->path), part, state);
    if (!fv_sim_get(&w->sim, part, &n))
        n = 0;
    if (free_now(w) + n >= size + w->options->min_free * 1024u + OWN)
        soak_wrong(w, RULE_HEALTHY, "%s does not fit, it says: %u bytes, %u are free, %u are there",
                   e->path, (unsigned)size, (unsigned)free_now(w), (unsigned)n);
}
