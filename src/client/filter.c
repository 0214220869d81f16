/* SPDX-License-Identifier: MIT */
#include "client/filter.h"

#include "parse/glob.h"

const bool fv_filter_linked = true;

enum fv_err fv_filter_check(const struct fv_settings *settings, size_t *bad)
{
    for (size_t i = 0; i < settings->pattern_count; i++) {
        if (fv_glob_check(settings->patterns[i].glob) != FV_OK) {
            *bad = i;
            return FV_E_USAGE;
        }
    }
    return FV_OK;
}

static bool has_slash(struct fv_slice s)
{
    return fv_slice_find(s, '/') < s.len;
}

static bool patterns_pass(const struct fv_settings *settings, struct fv_slice name,
                          struct fv_slice path)
{
    bool any_include = false;
    for (size_t i = 0; i < settings->pattern_count; i++) {
        const struct fv_pattern *p = &settings->patterns[i];
        if (fv_glob_match(p->glob, has_slash(p->glob) ? path : name)) {
            return p->include;
        }
        any_include = any_include || p->include;
    }
    return !any_include;
}

bool fv_filter_passes(const struct fv_settings *settings, struct fv_slice name,
                      struct fv_slice path, int64_t modified_us)
{
    return !fv_filter_dated(settings, modified_us) && patterns_pass(settings, name, path);
}
