/* SPDX-License-Identifier: MIT */
#include "client/filter.h"

const bool fv_filter_linked = false;

/* Patterns are refused before by fv_features_check(). */
enum fv_err fv_filter_check(const struct fv_settings *settings, size_t *bad)
{
    *bad = 0;
    return settings->pattern_count == 0 ? FV_OK : FV_E_USAGE;
}

bool fv_filter_passes(const struct fv_settings *settings, struct fv_slice name,
                      struct fv_slice path, int64_t modified_us)
{
    (void)settings;
    (void)name;
    (void)path;
    (void)modified_us;
    return true;
}
