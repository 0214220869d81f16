/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "parse/localpath.h"

#include <stdlib.h>
#include <string.h>

/* The local path of an entry that is alone with its name. */
static void write_path(struct soak_world *w, size_t entry)
{
    char path[SOAK_PATH];
    struct fv_slice part[3], rest = fv_slice_of(soak_dir(w->plan, entry));
    struct fv_localpath lp = {.fat = w->sim.storage.fat_names};
    struct fv_writer out;

    for (size_t i = 0; i < 3; i++)
        (void)fv_slice_cut(rest, '/', &part[i], &rest);
    lp.org = part[0];
    lp.study = part[1];
    lp.delivery = part[2];
    lp.name = fv_slice_of(soak_name(w->plan, entry));
    fv_writer_init(&out, path, sizeof path);
    if (fv_localpath_write(&lp, &out) != FV_OK || out.len >= SOAK_SHORT)
        abort();
    memcpy(w->base[entry], path, out.len);
    w->base[entry][out.len] = '\0';
}

void soak_make_paths(struct soak_world *w)
{
    for (size_t i = 0; i < w->plan->entries; i++)
        write_path(w, i);
}

static char folded(const struct soak_world *w, char c)
{
    return (w->sim.storage.fat_names || w->sim.folds) && c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

/* How many characters are the same. */
static size_t common(const struct soak_world *w, const char *a, const char *b)
{
    size_t n = 0;

    while (a[n] && b[n] && folded(w, a[n]) == folded(w, b[n]))
        n++;
    return n;
}

bool soak_same_path(const struct soak_world *w, const char *a, const char *b)
{
    size_t n = common(w, a, b);

    return !a[n] && !b[n];
}

/* What follows the "~" that distinguishes entries of one name is an agreement between the client
 * and the ledger, which says whose it is. */
bool soak_may_be(const struct soak_world *w, size_t entry, const char *path)
{
    const char *base = w->base[entry];
    size_t n = common(w, path, base);

    return !base[n] && (!path[n] || path[n] == '~');
}
