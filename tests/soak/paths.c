#include "soak/world.h"

#include "parse/localpath.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void path_with(const struct soak_world *w, size_t entry, const char *suffix,
                      char path[SOAK_PATH])
{
    const char *dir = soak_dir(w->plan, entry);
    struct fv_slice part[3], rest = fv_slice_of(dir);
    struct fv_localpath lp;
    struct fv_writer out;

    for (size_t i = 0; i < 3; i++)
        (void)fv_slice_cut(rest, '/', &part[i], &rest);
    lp = (struct fv_localpath){part[0],
                               part[1],
                               part[2],
                               fv_slice_of(soak_name(w->plan, entry)),
                               fv_slice_of(suffix),
                               w->sim.storage.fat_names};
    fv_writer_init(&out, path, SOAK_PATH);
    if (fv_localpath_write(&lp, &out) != FV_OK)
        abort();
    (void)fv_writer_done(&out);
}

void soak_make_paths(struct soak_world *w)
{
    char path[SOAK_PATH];

    for (size_t i = 0; i < w->plan->entries; i++) {
        path_with(w, i, "", path);
        snprintf(w->base[i], sizeof w->base[i], "%.*s", SOAK_SHORT - 1, path);
    }
}

bool soak_same_path(const struct soak_world *w, const char *a, const char *b)
{
    for (; *a && *b; a++, b++) {
        char x = *a, y = *b;

        if (w->sim.storage.fat_names) {
            x = x >= 'A' && x <= 'Z' ? (char)(x + 32) : x;
            y = y >= 'A' && y <= 'Z' ? (char)(y + 32) : y;
        }
        if (x != y)
            return false;
    }
    return *a == *b;
}

/* The last segment of an entry's URL, as a suffix. */
static void last_segment(const struct soak_world *w, size_t entry, unsigned generation, char *text,
                         size_t room)
{
    size_t of = w->plan->entry[entry].same_as;
    const char *tail = soak_tail(w->plan, of);

    if (*tail == '/')
        snprintf(text, room, "%s", "");
    else
        snprintf(text, room, "f%zug%u%.*s", of, generation, (int)strcspn(tail, "?"), tail);
}

bool soak_may_be(const struct soak_world *w, size_t entry, const char *path)
{
    char other[SOAK_PATH], suffix[64], numbered[96];

    if (soak_same_path(w, path, w->base[entry]))
        return true;
    if (!strchr(strrchr(path, '/') ? strrchr(path, '/') : path, '~'))
        return false;
    for (unsigned g = 0; g < SOAK_GENERATIONS; g++) {
        last_segment(w, entry, g, suffix, sizeof suffix);
        for (unsigned n = *suffix ? 0 : 1; n < SOAK_ENTRIES; n++) {
            if (n < 1)
                snprintf(numbered, sizeof numbered, "%s", suffix);
            else
                snprintf(numbered, sizeof numbered, "%s~%u", suffix, n);
            path_with(w, entry, numbered, other);
            if (soak_same_path(w, path, other))
                return true;
        }
    }
    return false;
}
