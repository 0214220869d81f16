/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <stdio.h>
#include <string.h>

#define EDITED "edited by the user "

bool soak_is_edited(const uint8_t *bytes, size_t n)
{
    return n >= sizeof EDITED - 1 && memcmp(bytes, EDITED, sizeof EDITED - 1) == 0;
}

/* The size is no version's: where the medium keeps no times nothing else tells. */
void soak_edit(struct soak_world *w, const char *path)
{
    char text[96];
    size_t n = sizeof EDITED - 1;
    bool same = true;

    memset(text, '!', sizeof text);
    memcpy(text, EDITED, n);
    while (same) {
        same = false;
        n++;
        for (size_t i = 0; i < w->plan->entries; i++) {
            for (size_t v = 0; v < SOAK_VERSIONS; v++)
                same = same || w->plan->entry[i].size[v] == n;
        }
    }
    fv_sim_put(&w->sim, path, text, n, INT64_C(1500000000000000));
}

/* --- What is on storage --- */

struct looking {
    struct soak_world *w;
    uint64_t sum;
};

static void add_to_sum(void *arg, const char *path)
{
    struct looking *l = arg;
    size_t n = 0;
    const uint8_t *bytes = fv_sim_get(&l->w->sim, path, &n);

    for (const char *c = path; *c; c++)
        l->sum = (l->sum ^ (uint8_t)*c) * 0x100000001b3u;
    for (size_t i = 0; i < n; i++)
        l->sum = (l->sum ^ bytes[i]) * 0x100000001b3u;
}

uint64_t soak_disk_sum(struct soak_world *w)
{
    struct looking l = {w, 0};

    fv_sim_each(&w->sim, add_to_sum, &l);
    return l.sum;
}

static void judge_own(struct soak_world *w, const char *name)
{
    static const char *const kept[] = {"lock", "ledger", "ledger.index", "ledger.bad",
                                       "ledger.probe"};

    for (size_t i = 0; i < sizeof kept / sizeof kept[0]; i++) {
        if (strcmp(name, kept[i]) == 0)
            return;
    }
    /* If case is folded, a partial download under one spelling may lose its name to another
     * entry: it is not resumed. */
    if ((w->sim.storage.fat_names || w->sim.folds) &&
        (strstr(name, ".part") || strstr(name, ".state")))
        return;
    /* The file with which the medium's handling of names is measured, left by an interrupted
     * run: the next new name removes it. */
    if (strncmp(name, "names.d/", 8) == 0)
        return;
    /* What a filter or --once hides may have been begun, and is still wanted. */
    if (w->err == FV_OK && !w->dark && !w->options->dry_run && w->options->scope == 0 &&
        w->options->filter == 0 && w->options->latest == 0 && w->options->max_size == 0 &&
        !w->options->once && w->sim.fired == 0)
        soak_wrong(w, RULE_STRAY, "%s is left over", name);
}

static void judge_file(void *arg, const char *path)
{
    struct looking *l = arg;
    struct soak_world *w = l->w;
    bool known = false;
    size_t n = 0;
    const uint8_t *bytes = fv_sim_get(&w->sim, path, &n);

    if (strncmp(path, ".fluxvision/", 12) == 0) {
        judge_own(w, path + 12);
        return;
    }
    if (w->lied || soak_many_path(w->plan, path) >= 0 || soak_is_edited(bytes, n) ||
        soak_is_rotten(w, bytes, n))
        return;
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (!soak_may_be(w, i, path))
            continue;
        known = true;
        for (int g = 0; g < SOAK_GENERATIONS; g++) {
            if (soak_versions(w, w->plan->entry[i].same_as * SOAK_GENERATIONS + g, bytes, n))
                return;
        }
    }
    /* A cut between a rename on VFAT and the sync after it; what was reported as complete is not
     * affected. */
    if (known && n == 0 && w->cut && w->plan->medium == FV_SIM_VFAT)
        return;
    soak_wrong(w, RULE_CONTENT,
               known ? "%s is no version of its file: %zu bytes, %02x %02x"
                     : "nobody knows %s: %zu bytes, %02x %02x",
               path, n, n > 0 ? bytes[0] : 0, n > 1 ? bytes[1] : 0);
}

/* An entry that is listed may take the place of one that is no longer. */
static bool may_take(const struct soak_world *w, size_t entry, size_t of, const char *path)
{
    return entry != of && w->listed[entry] && !w->listed[of] && soak_may_be(w, entry, path);
}

/* A new file that looks like the old one (same size and date, or same size on a medium without
 * dates) is renamed before its record is written. In between, the old record describes another
 * content. It is fetched again, because URL or date differ (store/commit.h). The reverse order,
 * an old file with the new record, would be taken for the new file for ever. */
static bool in_between(struct soak_world *w, const struct soak_record *r)
{
    int end = r->url - r->url % SOAK_GENERATIONS + SOAK_GENERATIONS;
    size_t of = (size_t)r->url / SOAK_GENERATIONS;
    bool current = w->listed[of] && r->url == soak_url_now(w, of) &&
                   r->modified_us == soak_date_us(w->plan, of, w->now[of].date);
    unsigned versions;

    for (int url = r->url; (w->cut || w->doubtful) && !current && url < end; url++) {
        if (soak_holds(w, r->path, url, &versions))
            return true;
    }
    for (size_t i = 0; (w->cut || w->doubtful) && i < w->plan->entries; i++) {
        if (may_take(w, i, of, r->path) && soak_holds(w, r->path, soak_url_now(w, i), &versions))
            return true;
    }
    return false;
}

/* What the ledger says of a file that looks like it is so. */
static void judge_record(struct soak_world *w, const struct soak_record *r)
{
    const struct fv_port_storage *io = &w->sim.storage;
    struct fv_port_stat st;
    size_t n = 0;
    unsigned versions;
    const uint8_t *bytes = fv_sim_get(&w->sim, r->path, &n);
    int64_t step = io->time_step_us;

    if (r->url < 0)
        soak_wrong(w, RULE_LEDGER, "the ledger has %s with a URL of nobody's", r->path);
    if (r->url < 0 || r->edited || !bytes || n != r->size ||
        io->stat(io->ctx, r->path, &st) != FV_OK)
        return;
    if (step && w->plan->times != FV_SIM_TIMES_LOST &&
        st.modified_us != r->modified_us - (r->modified_us % step + step) % step &&
        !(r->altered && st.modified_us == r->kept_us))
        return;
    if (soak_is_edited(bytes, n) || in_between(w, r) || soak_is_unsure(w, r->path))
        return;
    versions = soak_versions(w, r->url, bytes, n);
    if (!versions)
        soak_wrong(w, RULE_LEDGER, "%s is URL %d's in the ledger, and not that", r->path, r->url);
    for (unsigned v = 0; v < SOAK_VERSIONS; v++) {
        if (versions >> v & 1 && !w->damaged &&
            memcmp(soak_digest(w->plan, r->url, v), r->sha256, sizeof r->sha256))
            soak_wrong(w, RULE_LEDGER, "%s is what the ledger says but for its SHA-256", r->path);
    }
}

/* The listing has another URL, date or entry by now: a newer file may have been in progress,
 * with its record in doubt. */
static bool is_outdated(const struct soak_world *w, const struct soak_done *d)
{
    size_t of = (size_t)d->url / SOAK_GENERATIONS;

    for (size_t i = 0; i < w->plan->entries; i++) {
        if (may_take(w, i, of, d->path))
            return true;
    }
    return soak_url_now(w, of) != d->url || w->now[of].date != d->date;
}

static bool is_wanted(const struct soak_world *w, const struct soak_done *d)
{
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (w->expected[i] && soak_url_now(w, i) == d->url && soak_may_be(w, i, d->path))
            return true;
    }
    return false;
}

/* What was reported as done stays done, whatever came after. */
static void judge_done(struct soak_world *w, const struct soak_record *records, size_t count)
{
    for (size_t i = 0; i < SOAK_DONE; i++) {
        const struct soak_done *d = &w->done[i];
        const struct soak_record *r;
        unsigned versions;

        if (!d->on || ((w->cut || w->doubtful) && is_outdated(w, d)))
            continue;
        r = soak_record_of(records, count, d->path);
        if (!r || r->url != d->url) {
            /* Something else may be about to take its place. */
            bool another = r && (w->cut || w->doubtful) &&
                           r->url == soak_url_now(w, (size_t)r->url / SOAK_GENERATIONS);

            if (!another && (!r || !(w->dark || w->err != FV_OK)))
                soak_wrong(w, RULE_LOST, "%s was done, and the ledger %s", d->path,
                           r ? "has another URL" : "does not know it");
        } else if (!soak_holds(w, d->path, d->url, &versions) && !in_between(w, r)) {
            soak_wrong(w, RULE_LOST, "%s was done, and is not there any more", d->path);
        } else if (w->calm && w->plan->hook && !w->rotted && !d->hooked && is_wanted(w, d) &&
                   w->err == FV_OK) {
            soak_wrong(w, RULE_EVENT, "no hook ran for %s", d->path);
        }
    }
}

static void judge_entry(struct soak_world *w, size_t entry, const struct soak_record *records,
                        size_t count)
{
    int url = soak_url_now(w, entry);
    uint8_t date = w->now[w->plan->entry[entry].same_as].date;
    unsigned versions;

    for (size_t i = 0; i < count; i++) {
        const struct soak_record *r = &records[i];

        if (r->url == url && soak_may_be(w, entry, r->path) && soak_is_unsure(w, r->path) &&
            (!w->options->checksum || w->options->adopt))
            return;
        if (r->url == url && soak_may_be(w, entry, r->path) &&
            soak_holds(w, r->path, url, &versions) && versions >> (w->since[url][date] - 1) != 0 &&
            r->modified_us == soak_date_us(w->plan, entry, date))
            return;
    }
    soak_wrong(w, RULE_MISSING, "the run ended with 0, and %s, URL %d, is not there",
               soak_name(w->plan, entry), url);
}

/* It is written anew when more than half of it is of no use. */
static void judge_ledger_size(struct soak_world *w, const struct soak_record *records, size_t count)
{
    size_t n = 0, live = 64 + w->many.live; /* its first line */

    (void)fv_sim_get(&w->sim, ".fluxvision/ledger", &n);
    for (size_t i = 0; i < count; i++)
        live += records[i].length;
    if (w->err == FV_OK && !w->dark && w->calm && !w->cut && !w->doubtful && n > 2 * live)
        soak_wrong(w, RULE_STRAY, "the ledger has %zu bytes, of which %zu count", n, live);
}

void soak_judge_disk(struct soak_world *w)
{
    static struct soak_record records[SOAK_RECORDS];
    struct looking l = {w, 0};
    size_t count = soak_ledger(w, records);

    for (size_t i = 0; i < count; i++)
        soak_say(w, "  ledger: %s, URL %d, %u bytes, date %lld", records[i].path, records[i].url,
                 (unsigned)records[i].size, (long long)records[i].modified_us / 1000000);
    fv_sim_each(&w->sim, judge_file, &l);
    if (w->lied)
        return;
    soak_many_disk(w);
    for (size_t i = 0; i < count; i++)
        judge_record(w, &records[i]);
    judge_done(w, records, count);
    soak_judge_pruned(w, records, count);
    judge_ledger_size(w, records, count);
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (w->expected[i] && !w->optional[i] && !w->large[soak_url_now(w, i)] && w->err == FV_OK &&
            !w->dark && !w->options->dry_run && !w->options->once)
            judge_entry(w, i, records, count);
    }
}
