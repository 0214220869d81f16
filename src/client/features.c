/* SPDX-License-Identifier: MIT */
#include "client/features.h"

/* The first feature that is needed and not linked; NULL: none. */
static const char *find_lacking(const struct fv_settings *s)
{
    if (!fv_prune_linked && (s->prune || s->limit_deletes)) {
        return "prune, max-delete" FV_FEATURES_LACKING;
    }
    if (!fv_filter_linked && (s->pattern_count > 0 || s->latest > 0 || s->since_us != INT64_MIN ||
                              s->until_us != INT64_MAX)) {
        return "include, exclude, since, until, latest" FV_FEATURES_LACKING;
    }
    if (!fv_tls_pin_linked && s->pins.len > 0) {
        return "pinnedpubkey" FV_FEATURES_LACKING;
    }
    if (!fv_rate_limit_linked && s->rate_limit > 0) {
        return "limit-rate" FV_FEATURES_LACKING;
    }
    if (!FV_CAP_MAX_SIZE && s->max_size > 0) {
        return "max-size" FV_FEATURES_LACKING;
    }
    if (!FV_CAP_COMPARE && (s->checksum || s->adopt)) {
        return "checksum, adopt" FV_FEATURES_LACKING;
    }
    return NULL;
}

enum fv_err fv_features_check(const struct fv_settings *s, struct fv_fault *fault)
{
    const char *lacking = find_lacking(s);
    return lacking == NULL ? FV_OK : fv_fault_set(fault, FV_E_USAGE, 0, lacking);
}
