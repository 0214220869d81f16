/* SPDX-License-Identifier: MIT */
/*
 * Which entries of a listing pass: --include and --exclude, --since and --until.
 */
#ifndef FV_CLIENT_FILTER_H
#define FV_CLIENT_FILTER_H

#include "fluxvision.h"

/* false: filter_none.c is linked, and every entry passes */
extern const bool fv_filter_linked;

/* Check every pattern. FV_OK; FV_E_USAGE: *bad is the index of the pattern that is not valid. */
enum fv_err fv_filter_check(const struct fv_settings *settings, size_t *bad) FV_MUSTUSE;

/* Return whether an entry passes. name is file_name, path is ORG/STUDY/DELIVERY/NAME. */
bool fv_filter_passes(const struct fv_settings *settings, struct fv_slice name,
                      struct fv_slice path, int64_t modified_us);

/* Return whether --since or --until excludes an entry with that date. */
static inline bool fv_filter_dated(const struct fv_settings *settings, int64_t modified_us)
{
    return fv_filter_linked &&
           (modified_us < settings->since_us || modified_us > settings->until_us);
}

#endif
