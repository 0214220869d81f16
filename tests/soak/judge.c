/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include <inttypes.h>
#include <string.h>

#define STALL_US INT64_C(30000000)
#define SECOND_US INT64_C(1000000)
#define AFTER_CANCEL 250 /* operations to close files and ledger with */
#define AFTER_NAMES 512  /* and to put 256 names that are in memory into their table */
#define LIMITED 12       /* requests that may come too early for a portal that says 429 */

/* --- Reasons --- */

static void explain_all(struct soak_world *w, uint32_t exits)
{
    for (int u = 0; u < SOAK_URLS; u++)
        soak_explain(w, u, exits);
    soak_explain(w, -1, exits);
}

/* What the run's own options and faults explain, beyond what the peers did. */
static void add_reasons(struct soak_world *w)
{
    const struct soak_run *r = w->options;

    if (w->dark || (r->storage_fault && w->sim.fired) || r->readonly || r->space || r->min_free ||
        w->lied)
        explain_all(w, SOAK_BIT(7));
    if (w->dark || (r->net_fault && w->sim.fired))
        explain_all(w, SOAK_BIT(3));
    if (w->dark || (r->cancel && w->sim.ops >= w->sim.cancel_at))
        explain_all(w, SOAK_BIT(130));
    if (r->max_time_ms && w->summary.elapsed_us >= r->max_time_ms * INT64_C(500))
        explain_all(w, SOAK_BIT(3)); /* a wait that would end too late is not begun */
    if (r->wait_us > 1000 && !w->calm)
        explain_all(w, SOAK_BIT(3)); /* a line that may be slower than --speed-limit */
    if (r->hook_fails || (w->dark && w->plan->hook))
        explain_all(w, SOAK_BIT(1));
    if (r->max_delete)
        w->explains |= SOAK_BIT(1);
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (w->listed[i] && w->plan->entry[i].odd != ODD_NONE) {
            w->explains |= SOAK_BIT(1) | SOAK_BIT(6) | SOAK_BIT(8);
        }
    }
}

/* --- Numbers --- */

static void judge_counts(struct soak_world *w)
{
    const struct fv_summary *s = &w->summary;
    const uint64_t told[] = {s->downloaded, s->resumed, s->unchanged, s->skipped,
                             s->removed,    s->failed,  s->adopted};
    uint64_t seen[7] = {0}, least = w->many.least, listed = 0;
    struct fv_slice scopes[SOAK_SCOPES];
    size_t count = soak_scopes(w->options, scopes);

    for (size_t i = 0; i < 7; i++)
        seen[i] = w->many.counts[i];
    for (size_t i = 0; i < w->events; i++) {
        seen[w->event[i].status]++;
        if (w->event[i].status == FV_DOWNLOADED && !w->event[i].planned && !w->lied) {
            size_t n = 0;

            least += fv_sim_get(&w->sim, w->event[i].path, &n) ? n : 0;
        }
    }
    for (size_t i = 0; i < 7; i++) {
        /* A listing that is read again begins to count its failures anew. */
        if (seen[i] != told[i] && (i != FV_FAILED || w->restarts <= 1))
            soak_wrong(w, RULE_EVENT, "the summary counts %u, %u events of kind %zu came",
                       (unsigned)told[i], (unsigned)seen[i], i);
    }
    if (s->bytes > w->bytes || s->bytes < least)
        soak_wrong(w, RULE_EVENT, "%u bytes were received, %u sent, %u stored", (unsigned)s->bytes,
                   (unsigned)w->bytes, (unsigned)least);
    for (size_t k = 0; k < count; k++) {
        listed += soak_has_many(scopes[k]) ? w->plan->many : 0;
        for (size_t i = 0; i < w->plan->entries; i++)
            listed += w->listed[i] && soak_is_below(w->plan, scopes[k], i);
    }
    if (w->err == FV_OK && s->listed != listed)
        soak_wrong(w, RULE_EVENT, "%u entries were listed, %u counted", (unsigned)listed,
                   (unsigned)s->listed);
    if (s->retries != w->retries)
        soak_wrong(w, RULE_EVENT, "%u retries were told, %u counted", w->retries, s->retries);
    if (s->elapsed_us < 0 || s->elapsed_us > w->sim.now_us - w->began_us)
        soak_wrong(w, RULE_EVENT, "it says that it took %" PRId64 " ms of %" PRId64,
                   s->elapsed_us / 1000, (w->sim.now_us - w->began_us) / 1000);
    if (s->requests < w->requests)
        soak_wrong(w, RULE_EVENT, "%u requests, of which %u arrived", s->requests, w->requests);
}

/* --- How it ended --- */

static bool has_event(const struct soak_world *w, int url, bool *failed)
{
    bool any = false;

    for (size_t i = 0; i < w->events; i++) {
        any = any || w->event[i].url == url;
        *failed = *failed || (w->event[i].url == url && w->event[i].status == FV_FAILED);
    }
    return any;
}

/* The silence of some attempts makes the next one slow, too: the floor counts over attempts. */
static bool may_be_slow(const struct soak_world *w, const struct soak_event *e)
{
    return e->err == FV_E_SLOW && w->strikes[e->url] > 0 &&
           w->sim.now_us - w->began_us > 2 * STALL_US;
}

static void judge_failures(struct soak_world *w, uint32_t *reasons)
{
    for (size_t i = 0; i < w->events; i++) {
        const struct soak_event *e = &w->event[i];
        uint32_t bit = SOAK_BIT(fv_err_exit(e->err));

        if (e->status != FV_FAILED)
            continue;
        if (e->url >= 0 && !(w->explained[e->url] & bit))
            soak_wrong(w, RULE_HEALTHY, "%s failed (%s), for which there is no reason", e->path,
                       fv_err_text(e->err));
        if (e->url >= 0 && !w->wide && !w->options->max_time_ms && !w->fatal[e->url] &&
            w->strikes[e->url] <= w->options->retries && !may_be_slow(w, e))
            soak_wrong(w, RULE_HEALTHY,
                       "%s failed (%s) after %u answers that may pass, of %d retries", e->path,
                       fv_err_text(e->err), w->strikes[e->url], w->options->retries);
        if (e->url >= 0)
            *reasons |= w->explained[e->url];
        if (w->err == FV_OK)
            soak_wrong(w, RULE_EXIT, "%s failed, and the run ended with 0", e->path);
    }
}

static void judge_mentions(struct soak_world *w)
{
    bool failed = false;

    if (w->wide && w->err != FV_OK)
        return;
    for (size_t i = 0; i < w->plan->entries; i++) {
        if (w->expected[i] && !w->optional[i] && !has_event(w, soak_url_now(w, i), &failed))
            soak_wrong(w, RULE_UNNAMED,
                       "the run ended with %d (%s), and %s, URL %d, was not mentioned",
                       fv_err_exit(w->err), fv_err_text(w->err), soak_name(w->plan, i),
                       soak_url_now(w, i));
    }
}

static void judge_end(struct soak_world *w)
{
    uint32_t reasons = w->explains;
    unsigned odd = 0;
    /* If the medium was full when its loss of times should have been recorded, or if the record
     * was torn, the client does not know of the loss. */
    bool forgets = (w->doubtful || w->forgets) && w->plan->times == FV_SIM_TIMES_LOST;

    judge_failures(w, &reasons);
    judge_mentions(w);
    soak_many_judge(w, &reasons);
    for (size_t i = 0; i < w->plan->entries; i++)
        odd += soak_unusable(w, i);
    if (odd > 0 && w->err == FV_OK)
        soak_wrong(w, RULE_EXIT, "%u entries can't be used, and the run ended with 0", odd);
    if (w->err < FV_OK && !(reasons & SOAK_BIT(fv_err_exit(w->err))))
        soak_wrong(w, RULE_EXIT, "the run ended with %d (%s), for which there is no reason",
                   fv_err_exit(w->err), fv_err_text(w->err));
    if (w->again >= 0 && w->sim.fired == 0 && !w->dark && !w->lied && !forgets)
        soak_wrong(w, RULE_AGAIN, "URL %d is asked for, and was there already", w->again);
    if (w->many.again >= 0 && w->sim.fired == 0 && !w->dark && !w->lied && !forgets)
        soak_wrong(w, RULE_AGAIN, "m%d is asked for, and was there already", w->many.again);
    if (w->options->dry_run && soak_disk_sum(w) != w->before)
        soak_wrong(w, RULE_EVENT, "a dry run has changed the disk");
}

/* --- What it cost --- */

/* Some files have the listing's date as Last-Modified, others do not: a right response may then
 * be taken for a wrong one, and requested again (client/order.h). */
static bool has_odd_dates(const struct soak_world *w)
{
    bool own = false, other = false, wrong = false;

    for (size_t i = 0; i < w->plan->entries; i++) {
        size_t of = w->plan->entry[i].same_as;
        enum soak_validator v = w->plan->entry[of].validator;
        bool dated = v == VALID_DATE || v == VALID_BOTH;
        bool same = dated && w->version[soak_url_now(w, i)] == w->now[of].date;

        own = own || (w->expected[i] && same);
        other = other || (w->expected[i] && !same);
        wrong =
            wrong || (w->expected[i] && ((dated && !same) || w->relabelled[soak_url_now(w, i)]));
    }
    return wrong || (own && other);
}

/* Each attempt starts at the URL in the listing: a target is requested once for each redirect to
 * it, and again only if its connection ended. */
static void judge_targets(struct soak_world *w)
{
    for (int u = 0; u < SOAK_URLS; u++) {
        unsigned asked = w->asked[NODE_HERE][u] + w->asked[NODE_STORE][u];

        if (asked > w->issued[u] + w->ends + w->sim.fired)
            soak_wrong(w, RULE_REQUEST,
                       "the target of URL %d is asked for %u times, after %u redirects", u, asked,
                       w->issued[u]);
    }
}

static void judge_cost(struct soak_world *w)
{
    unsigned files = w->plan->many, troubles = w->met + (unsigned)w->sim.fired + (w->wide ? 1 : 0);
    unsigned flight, most;
    int64_t time, longest;

    for (size_t i = 0; i < w->plan->entries; i++)
        files += w->expected[i];
    flight = (unsigned)w->options->jobs * w->options->pipeline;
    flight = flight < files ? flight : files;
    most = w->restarts + files + w->redirected + w->refused + w->limited + w->ends * flight +
           (troubles + w->skipped) * (2 * flight + 2);
    if (has_odd_dates(w))
        most += 4 * (flight + 1);
    if (w->requests > most)
        soak_wrong(w, RULE_STORM, "%u requests for %u files, %u redirects and %u faults",
                   w->requests, files, w->redirected, troubles);
    time = w->sim.now_us - w->began_us;
    longest = 30 * SECOND_US + w->waits_us + troubles * (2 * STALL_US + 20 * SECOND_US);
    if (w->plan->crowded) /* the one connection does it all meanwhile */
        longest = 5 * SECOND_US;
    if (w->options->rate)
        longest += (int64_t)w->bytes * SECOND_US / w->options->rate;
    longest += w->options->wait_us * (int64_t)(200 + w->sim.ops);
    if (time > longest)
        soak_wrong(w, RULE_STORM,
                   "it took %" PRId64 " s, with %u faults and %" PRId64 " s of waiting",
                   time / SECOND_US, troubles, w->waits_us / SECOND_US);
    if (w->options->max_time_ms && time > w->options->max_time_ms * INT64_C(1000) + SECOND_US / 2 +
                                              60 * (int64_t)w->options->wait_us)
        soak_wrong(w, RULE_STORM, "it took %" PRId64 " ms of the %u that it may", time / 1000,
                   w->options->max_time_ms);
}

/* Checks --retries, of which new content gives back some (client/attempt.c). Not counted as
 * attempts: one range that does not continue what was begun, and a response on a kept connection
 * that the network lost. */
static void judge_attempts(struct soak_world *w)
{
    for (int u = 0; u < SOAK_URLS; u++) {
        unsigned spent = w->spent[u] - (w->spent[u] && w->relabelled[u]);

        spent -= spent && w->sim.fired;
        if (spent > (w->options->retries + 1u) * (1 + w->sent[u] / 4096) && !soak_is_shared(w, u))
            soak_wrong(w, RULE_STORM, "%u attempts of URL %d have failed, of %u retries",
                       w->spent[u], u, w->options->retries);
    }
    if (w->plan->limit_ms && w->options->jobs == 1 && w->met == 0 && w->limited > LIMITED)
        soak_wrong(w, RULE_STORM, "%u requests came too early", w->limited);
}

/* What a proxy says may pass as it may when a server says it. */
static void judge_proxy(struct soak_world *w)
{
    bool busy = w->err == FV_E_PROXY || w->err == FV_E_PROXY_BUSY;

    for (size_t i = 0; i < w->events; i++)
        busy = busy && w->event[i].status != FV_FAILED; /* where it was sent to, perhaps */
    if (busy && !w->proxy_ends && w->met == w->proxy_strikes &&
        w->proxy_strikes + w->sim.fired <= w->options->retries && !w->options->max_time_ms)
        soak_wrong(w, RULE_EXIT, "the proxy refused %u times, of %u retries, and the run ended",
                   w->proxy_strikes, w->options->retries);
}

/* Three in a row that do not fit, for each connection: DIR is full. */
static void judge_refusals(struct soak_world *w)
{
    unsigned row = 0;

    for (size_t i = 0; i < w->events; i++) {
        const struct soak_event *e = &w->event[i];

        if (e->status == FV_DOWNLOADED || e->status == FV_RESUMED)
            row = 0;
        row += e->status == FV_FAILED && e->err == FV_E_FULL;
        if (row > 3 * (unsigned)w->options->jobs)
            soak_wrong(w, RULE_STORM, "%u files in a row did not fit", row);
    }
}

static void judge_space(struct soak_world *w)
{
    uint64_t left = 0;
    /* The allowance for the program's own files; and small files that arrive at the same time do
     * not count each other. */
    uint64_t room = 16384 + (w->options->jobs - 1u) * SOAK_SIZE;

    w->sim.fault.at = 0;
    if (w->dark || !w->options->min_free || w->sim.storage.free_space(&w->sim, &left) != FV_OK)
        return;
    if (w->options->space && w->options->space < w->options->min_free)
        return; /* there was less before */
    if (left + room < w->options->min_free * 1024u)
        soak_wrong(w, RULE_EVENT, "%u bytes are left free, of %u KiB", (unsigned)left,
                   w->options->min_free);
}

static void judge_calm(struct soak_world *w)
{
    bool odd = false;
    unsigned asked = 0;

    for (size_t i = 0; i < w->plan->entries; i++)
        odd = odd || (w->listed[i] && w->plan->entry[i].odd != ODD_NONE);
    if (w->err != FV_OK && !odd)
        soak_wrong(w, RULE_CALM, "nothing goes wrong, and the run ends with %d (%s: %s)",
                   fv_err_exit(w->err), fv_err_text(w->err), w->fault.subject);
    if (w->run < SOAK_RUNS + 1 || !w->plan->run[SOAK_RUNS].on || odd || w->lied)
        return;
    if (w->options->checksum && w->options->adopt)
        return; /* what one run has adopted the next one compares */
    for (int u = 0; u < SOAK_URLS; u++)
        asked += w->asked[NODE_FILE][u];
    if (asked > 0)
        soak_wrong(w, RULE_SETTLED, "all is there, and %u files are asked for", asked);
}

void soak_judge_run(struct soak_world *w)
{
    if (w->sim.hung)
        soak_wrong(w, RULE_HUNG, "it would have waited for ever");
    if (w->sim.ops >= w->budget)
        soak_wrong(w, RULE_HUNG, "it went on and on");
    if (w->options->cancel && !w->dark &&
        w->sim.ops > w->sim.cancel_at + AFTER_CANCEL + (w->plan->many ? AFTER_NAMES : 0))
        soak_wrong(w, RULE_HUNG, "%u operations after the user asked to stop",
                   (unsigned)(w->sim.ops - w->sim.cancel_at));
    if (fv_sim_handles(&w->sim) != 0)
        soak_wrong(w, RULE_STRAY, "%u handles are open", fv_sim_handles(&w->sim));
    add_reasons(w);
    judge_counts(w);
    judge_end(w);
    judge_targets(w);
    judge_cost(w);
    judge_space(w);
    judge_attempts(w);
    judge_proxy(w);
    judge_refusals(w);
    if (w->calm)
        judge_calm(w);
}
