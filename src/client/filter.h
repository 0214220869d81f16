/*
 * Which entries of a listing are wanted: --include and --exclude, --since and --until.
 */
#ifndef FV_CLIENT_FILTER_H
#define FV_CLIENT_FILTER_H

#include "fluxvision.h"

/* false: filter_none.c, where no entry is left out. */
extern const bool fv_filter_linked;

/* Check every pattern: FV_OK or FV_E_USAGE (*bad is then the pattern's index). */
enum fv_err fv_filter_check(const struct fv_settings *settings, size_t *bad) FV_MUSTUSE;

/* Whether an entry passes. name: file_name; path: ORG/STUDY/DELIVERY/NAME. */
bool fv_filter_passes(const struct fv_settings *settings, struct fv_slice name,
                      struct fv_slice path, int64_t modified_us);

/* Whether --since or --until leaves an entry of that date out. */
static inline bool fv_filter_dated(const struct fv_settings *settings, int64_t modified_us)
{
    return fv_filter_linked &&
           (modified_us < settings->since_us || modified_us > settings->until_us);
}

#endif
