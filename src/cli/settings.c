/* SPDX-License-Identifier: MIT */
#include "cli/settings.h"

#include "base/num.h"
#include "cli/message.h"
#include "parse/glob.h"
#include "parse/origin.h"
#include "parse/quantity.h"
#include "port/posix/posix.h"

#include <stdlib.h>

int64_t fv_settings_until(const struct fv_given *g)
{
    uint32_t ms = 0;
    struct fv_slice value = g->value[FV_OPT_MAX_TIME];
    if (value.ptr == NULL || fv_quantity_seconds(value, &ms) != FV_OK || ms == 0) {
        return INT64_MAX;
    }
    return fv_posix_now() + (int64_t)ms * 1000;
}

/* --- Applying --- */

struct applying {
    const struct fv_given *g;
    struct fv_out *err;
    int64_t wall_us;
    bool failed;
    bool clockless; /* an age was given, but the wall time is not known */
};

static bool given(const struct applying *a, enum fv_option option)
{
    return a->g->value[option].ptr != NULL;
}

static void wrong(struct applying *a, enum fv_option option)
{
    if (!a->failed) {
        (void)fv_message_value(a->err, a->g, option, a->g->from[option], a->g->value[option],
                               FV_E_USAGE);
        a->failed = true;
    }
}

static void number(struct applying *a, enum fv_option option, uint64_t max, uint64_t *out)
{
    if (given(a, option) && !fv_num_decimal(a->g->value[option], max, out)) {
        wrong(a, option);
    }
}

static void size(struct applying *a, enum fv_option option, uint64_t *out)
{
    if (given(a, option) && fv_quantity_size(a->g->value[option], out) != FV_OK) {
        wrong(a, option);
    }
}

static void seconds(struct applying *a, enum fv_option option, uint32_t *out)
{
    if (given(a, option) && fv_quantity_seconds(a->g->value[option], out) != FV_OK) {
        wrong(a, option);
    }
}

static void when(struct applying *a, enum fv_option option, int64_t *out)
{
    struct fv_slice value = a->g->value[option];
    int64_t span_us = 0;
    if (given(a, option) &&
        fv_quantity_when(value, a->wall_us, option == FV_OPT_UNTIL, out) != FV_OK) {
        bool age = fv_quantity_span(value, &span_us) == FV_OK;
        a->clockless = a->clockless || (age && a->wall_us == INT64_MIN);
        if (!a->clockless) {
            wrong(a, option);
        }
    }
}

static void apply_network(struct applying *a, struct fv_settings *s)
{
    uint64_t retries = s->retries;
    uint64_t pipeline = s->pipeline;
    uint64_t jobs = s->jobs;
    uint32_t max_time_ms = 0;
    if (given(a, FV_OPT_ENDPOINT)) {
        s->endpoint = a->g->value[FV_OPT_ENDPOINT];
        struct fv_url url;
        if (fv_origin_endpoint(s->endpoint, &url) != FV_OK) {
            wrong(a, FV_OPT_ENDPOINT);
        }
    }
    s->pins = a->g->value[FV_OPT_PINNEDPUBKEY];
    if (given(a, FV_OPT_PINNEDPUBKEY) && s->pins.len == 0) {
        wrong(a, FV_OPT_PINNEDPUBKEY); /* an empty variable must not switch pinning off */
    }
    seconds(a, FV_OPT_CONNECT_TIMEOUT, &s->connect_timeout_ms);
    seconds(a, FV_OPT_STALL_TIMEOUT, &s->stall_timeout_ms);
    seconds(a, FV_OPT_MAX_TIME, &max_time_ms);
    s->max_time_ms = max_time_ms;
    number(a, FV_OPT_RETRIES, 1000000, &retries);
    s->retries = (uint32_t)retries;
    number(a, FV_OPT_PIPELINE, FV_CAP_PIPELINE, &pipeline);
    if (pipeline == 0) {
        wrong(a, FV_OPT_PIPELINE);
    }
    s->pipeline = (uint32_t)pipeline;
    number(a, FV_OPT_JOBS, FV_CAP_JOBS, &jobs);
    if (jobs == 0) {
        wrong(a, FV_OPT_JOBS);
    }
    s->jobs = (uint32_t)jobs;
    size(a, FV_OPT_SPEED_LIMIT, &s->speed_limit);
    seconds(a, FV_OPT_SPEED_TIME, &s->speed_time_ms);
    size(a, FV_OPT_LIMIT_RATE, &s->rate_limit);
}

enum fv_err fv_settings_apply(const struct fv_given *g, int64_t wall_us, struct fv_settings *s,
                              struct fv_out *err)
{
    struct applying a = {g, err, wall_us, false, false};
    apply_network(&a, s);
    size(&a, FV_OPT_MIN_FREE, &s->min_free);
    size(&a, FV_OPT_MAX_SIZE, &s->max_size);
    when(&a, FV_OPT_SINCE, &s->since_us);
    when(&a, FV_OPT_UNTIL, &s->until_us);
    number(&a, FV_OPT_LATEST, UINT64_MAX, &s->latest);
    number(&a, FV_OPT_MAX_DELETE, UINT64_MAX, &s->max_delete);
    s->limit_deletes = given(&a, FV_OPT_MAX_DELETE);
    s->dry_run = fv_options_flag(g, FV_OPT_DRY_RUN);
    s->prune = fv_options_flag(g, FV_OPT_PRUNE);
    s->once = fv_options_flag(g, FV_OPT_ONCE);
    s->checksum = fv_options_flag(g, FV_OPT_CHECKSUM);
    s->adopt = fv_options_flag(g, FV_OPT_ADOPT);
    s->local_paths = fv_options_flag(g, FV_OPT_JSON);
    for (size_t i = 0; i < g->patterns; i++) {
        s->patterns[i].glob = g->pattern[i];
        s->patterns[i].include = g->pattern_include[i];
        if (!a.failed && fv_glob_check(g->pattern[i]) != FV_OK) {
            a.failed = true;
            (void)fv_message_value(err, g, g->pattern_include[i] ? FV_OPT_INCLUDE : FV_OPT_EXCLUDE,
                                   g->pattern_from[i], g->pattern[i], FV_E_USAGE);
        }
    }
    s->pattern_count = g->patterns;
    if (a.clockless && !a.failed) {
        const struct fv_message m = {
            .what = "this machine's clock is not set, and an age such as 7d needs it",
            .todo = "set the clock, or give --since and --until a date"};
        fv_message_say(err, &m);
        return FV_E_TLS_TIME;
    }
    return a.failed ? FV_E_USAGE : FV_OK;
}
