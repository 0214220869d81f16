/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "base/num.h"
#include "base/sha256.h"

#include <stdlib.h>
#include <string.h>

#define BUDGET 3000000 /* operations of a run */

static void set_faults(struct soak_world *w)
{
    static const enum fv_err storage[] = {FV_E_STORAGE, FV_E_FULL, FV_E_DENIED, FV_E_READONLY};
    static const enum fv_err net[] = {FV_E_NETWORK, FV_E_RESET, FV_E_NETWORK};
    const struct soak_run *r = w->options;
    struct fv_sim *s = &w->sim;
    uint64_t left = 0;

    s->space = UINT64_MAX;
    if (r->space && s->storage.free_space(s, &left) == FV_OK)
        s->space = UINT64_MAX - left + r->space * 1024u;
    if (r->storage_fault)
        s->fault = (struct fv_sim_fault){.at = s->ops + r->storage_fault,
                                         .stays = r->storage_stays,
                                         .storage = storage[r->storage_err]};
    else if (r->net_fault)
        s->fault = (struct fv_sim_fault){.at = s->ops + r->net_fault, .net = net[r->net_err]};
    w->budget = s->ops + BUDGET;
    s->cancel_at = r->cancel ? s->ops + r->cancel : w->budget;
    s->cut_at = r->power ? s->storage_ops + r->power : 0;
    s->cut_rename = r->power_rename;
    s->cut_behind = r->power_behind;
    s->readonly = r->readonly;
    s->lies = r->lies;
    s->harsh = r->harsh;
    w->lied = w->lied || r->lies;
    s->wait_us = r->wait_us;
    s->wall_us = r->unknown_wall ? INT64_MIN
                                 : INT64_C(1704067200000000) + r->wall_jump * INT64_C(86400000000);
}

static void begin_run(struct soak_world *w, size_t run)
{
    w->run = run;
    w->calm = run >= SOAK_RUNS;
    w->options = &w->plan->run[run];
    w->began_us = w->sim.now_us;
    soak_say(w, "--- run %zu%s", run, w->calm ? ", calm" : "");
    soak_begin_peers(w);
    memset(w->asked, 0, sizeof w->asked);
    memset(w->explained, 0, sizeof w->explained);
    memset(w->issued, 0, sizeof w->issued);
    memset(w->strikes, 0, sizeof w->strikes);
    memset(w->fatal, 0, sizeof w->fatal);
    memset(w->belied, 0, sizeof w->belied);
    memset(w->huge, 0, sizeof w->huge);
    memset(w->refused_scope, 0, sizeof w->refused_scope);
    memset(w->large, 0, sizeof w->large);
    memset(w->spent, 0, sizeof w->spent);
    memset(w->sent, 0, sizeof w->sent);
    memset(w->relabelled, 0, sizeof w->relabelled);
    w->limited = 0;
    w->free_us = w->proxy_us = 0;
    w->proxy_strikes = 0;
    w->proxy_ends = false;
    memset(w->not_before_us, 0, sizeof w->not_before_us);
    w->warned = w->requests = w->tunnels = w->redirected = w->removed = w->skipped = w->retries =
        w->refused = w->met = w->ends = w->restarts = 0;
    w->bytes = w->bytes_told = 0;
    w->phase_told = 0;
    w->waits_us = 0;
    w->explains = 0;
    w->wide = false;
    w->again = -1;
    w->events = 0;
    w->sim.fired = 0;
    if (w->plan->times == FV_SIM_TIMES_LOST &&
        w->run <= SOAK_RUNS) /* the last one is on the same mount */
        w->sim.lost_us += INT64_C(3600000000);
    soak_many_begin(w);
    soak_prepare(w);
    soak_keep_prepare(w);
    w->before = w->options->dry_run ? soak_disk_sum(w) : 0;
    set_faults(w);
}

/* What is known of the medium is in the lock file, which is written in place: a power cut may
 * tear it, and then the medium is measured anew. src/INTERFACE.md does not promise that nothing is
 * fetched twice then: that the medium has lost times before is forgotten. */
static bool has_torn_lock(struct soak_world *w)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&w->sim, ".fluxvision/lock", &n);

    return p && n >= 40 && fv_num_get64(p + 32) != fv_sha256_key(p, 32);
}

static void end_run(struct soak_world *w)
{
    struct fv_sim *s = &w->sim;

    w->dark = fv_sim_dark(s);
    w->cut = w->cut || w->dark;
    soak_say(w, "the run ends with %d (%s: %s)%s", fv_err_exit(w->err), fv_err_text(w->err),
             w->fault.subject, w->dark ? ", the power is gone" : "");
    soak_judge_run(w);
    soak_judge_untold(w);
    w->doubtful = w->doubtful || w->options->space || w->options->readonly ||
                  (w->sim.fired && w->options->storage_fault);
    if (w->dark) {
        fv_sim_power_cut(s);
        w->forgets = w->forgets || has_torn_lock(w);
    } else {
        soak_keep_note(w);
    }
    memset(&s->fault, 0, sizeof s->fault);
    s->cancel_at = s->cut_at = s->cut_rename = 0;
    s->readonly = s->lies = false;
    s->space = UINT64_MAX;
    for (size_t i = 0; i < SOAK_DONE && !w->dark; i++)
        w->done[i].noted =
            w->done[i].noted || (w->done[i].hooked && w->done[i].hooked_in == w->run);
    soak_judge_disk(w);
}

/* --- A run --- */

/* NO_PROXY, in other spellings of the hosts. */
static struct fv_slice past_proxy(unsigned direct)
{
    switch (direct) {
    case 1:
        return FV_SLICE("10.0.0.0/8, other.example " SOAK_HOST ".");
    case 2:
        return FV_SLICE("." SOAK_STORE ":443," SOAK_HOST ":80");
    case 3:
        return FV_SLICE(SOAK_STORE "," SOAK_HOST);
    default:
        return FV_SLICE("10.0.0.0/8");
    }
}

static void set_settings(const struct soak_world *w, struct fv_settings *s)
{
    const struct soak_run *r = w->options;

    fv_settings_init(s);
    s->endpoint = FV_SLICE("https://" SOAK_HOST);
    if (w->plan->user) {
        s->user = FV_SLICE("user");
        s->password = FV_SLICE("secret");
    }
    if (r->proxy) {
        s->proxy = FV_SLICE("http://" SOAK_PROXY ":3128");
        s->no_proxy = past_proxy(r->direct);
        s->proxy_user = FV_SLICE("gate");
        s->proxy_password = FV_SLICE("keeper");
    }
    s->jobs = r->jobs;
    s->pipeline = r->pipeline;
    s->retries = r->retries;
    s->once = r->once;
    s->checksum = r->checksum;
    s->adopt = r->adopt;
    s->prune = r->prune;
    s->dry_run = r->dry_run;
    s->latest = r->latest;
    s->max_size = r->max_size;
    s->limit_deletes = r->max_delete > 0;
    s->max_delete = r->max_delete ? r->max_delete - 1u : 0;
    s->min_free = r->min_free * 1024u;
    s->max_time_ms = r->max_time_ms;
    s->rate_limit = r->rate;
    soak_set_filter(r, s);
}

enum fv_err soak_open(struct soak_world *w, struct fv_settings *s, struct fv_events *e,
                      struct fv_client **c)
{
    static const size_t rooms[] = {
        0, 8, 16,
        1024}; /* for names, in memory; others go to storage. What they leave is content's */
    static void *memory;
    size_t most = fv_client_size(4) + 1024 * 20;
    size_t size;

    if (!memory && (memory = malloc(most)) == NULL)
        abort();
    set_settings(w, s);
    size = fv_client_size(s->jobs) + rooms[(w->plan->seed + w->run) % 4] * 20;
    w->sim.port.scratch = w->options->dry_run ? &w->scratch.storage : &w->sim.storage;
    return fv_client_open(memory, size, &w->sim.port, s, e, c);
}

static void play_run(struct soak_world *w)
{
    struct fv_client *c = NULL;
    struct fv_settings s;
    struct fv_events e;
    struct fv_slice scopes[SOAK_SCOPES];

    if (w->options->dry_run)
        fv_sim_init(&w->scratch, FV_SIM_POSIX, 1);
    soak_hear(w, &e);
    soak_hear_warnings(&e);
    w->err = soak_open(w, &s, &e, &c);
    if (w->err == FV_OK)
        w->err = fv_sync_scopes(c, scopes, soak_scopes(w->options, scopes));
    if (c) {
        w->fault = *fv_client_fault(c);
        w->summary = *fv_client_summary(c);
        fv_client_close(c);
    }
    if (w->options->dry_run)
        fv_sim_free(&w->scratch);
}

void soak_play(struct soak_world *w, const struct soak_plan *p, bool tracing)
{
    memset(w, 0, sizeof *w);
    w->plan = p;
    w->tracing = tracing;
    for (size_t i = 0; i < SOAK_ENTRIES; i++)
        w->now[i].listed = true;
    fv_sim_init(&w->sim, p->medium, p->seed);
    if (p->seed % 3 == 0)
        w->sim.storage.sync_all = NULL;
    w->sim.folds = p->folds;
    w->sim.times = p->times;
    soak_make_paths(w);
    soak_listen(w);
    for (size_t r = 0; r < SOAK_RUNS + SOAK_CALM && w->rule == RULE_NONE; r++) {
        if (!p->run[r].on)
            continue;
        begin_run(w, r);
        play_run(w);
        end_run(w);
    }
    if (w->rule == RULE_NONE)
        soak_judge_verify(w);
    fv_sim_free(&w->sim);
}
