#include "cli/environment.h"

#include "base/writer.h"
#include "cli/options.h"

#include <string.h>
#include <unistd.h>

#define PREFIX "FLUXVISION_"
#define LONGEST 31 /* characters of a name that is compared */
#define NEAR 2     /* characters left out, added, changed or swapped */

/* What is not an option: a password, and what hooks see (cli/hook). */
static const char *const others[] = {
    "password",  "path",    "url",      "sha256",        "modified", "size",    "org",
    "study",     "reason",  "delivery", "time",          "exit",     "error",   "downloaded",
    "unchanged", "failed",  "bytes",    "listing_bytes", "seconds",  "resumed", "adopted",
    "skipped",   "removed", "planned",  "unattempted",   "unusable", "listed",  "status",
};

const char *fv_environment_name(const char *option, char *buf, size_t size)
{
    struct fv_writer w;
    fv_writer_init(&w, buf, size);
    fv_writer_text(&w, PREFIX);
    for (; *option != '\0'; option++) {
        char c = *option;
        fv_writer_char(&w, c == '-' ? '_' : (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
    return buf;
}

/* The character at i, with those made equal that are often mistaken. */
static char plain(struct fv_slice s, size_t i)
{
    char c = s.ptr[i];
    return c == '_' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static unsigned least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

/* How many characters have to be left out, added, changed or swapped with the next to make b of a. */
static unsigned distance(struct fv_slice a, struct fv_slice b)
{
    unsigned rows[3][LONGEST + 1] = {{0}};
    if (a.len > LONGEST || b.len > LONGEST) {
        return LONGEST;
    }
    for (size_t j = 0; j <= b.len; j++) {
        rows[0][j] = (unsigned)j;
    }
    for (size_t i = 1; i <= a.len; i++) {
        unsigned *now = rows[i % 3];
        const unsigned *before = rows[(i + 2) % 3];
        const unsigned *earlier = rows[(i + 1) % 3];
        now[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            bool same = plain(a, i - 1) == plain(b, j - 1);
            now[j] = least(before[j - 1] + !same, least(before[j], now[j - 1]) + 1);
            if (i > 1 && j > 1 && plain(a, i - 1) == plain(b, j - 2) &&
                plain(a, i - 2) == plain(b, j - 1)) {
                now[j] = least(now[j], earlier[j - 2] + 1);
            }
        }
    }
    return rows[a.len % 3][b.len];
}

const char *fv_environment_near(struct fv_slice name)
{
    const char *best = NULL;
    unsigned nearest = least(NEAR, (unsigned)name.len / 3) + 1;
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        unsigned d = distance(name, fv_slice_of(fv_options[i].name));
        if (d < nearest) {
            nearest = d;
            best = fv_options[i].name;
        }
    }
    return distance(name, FV_SLICE("password")) < nearest ? "password" : best;
}

static bool is_known(struct fv_slice name)
{
    char buf[64];
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        const char *known = fv_environment_name(fv_options[i].name, buf, sizeof buf);
        if (fv_slice_eq(name, fv_slice_of(known))) {
            return true;
        }
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (fv_slice_eq(name, fv_slice_of(fv_environment_name(others[i], buf, sizeof buf)))) {
            return true;
        }
    }
    return false;
}

void fv_environment_warn(struct fv_out *err)
{
    char buf[64];
    for (char *const *variable = environ; variable != NULL && *variable != NULL; variable++) {
        struct fv_slice name;
        struct fv_slice value;
        if (!fv_slice_cut(fv_slice_of(*variable), '=', &name, &value) ||
            !fv_slice_starts(name, FV_SLICE(PREFIX)) || is_known(name)) {
            continue;
        }
        const char *near = fv_environment_near(fv_slice_from(name, sizeof PREFIX - 1));
        fv_out_text(err, "fluxvision: warning: nothing reads the variable ");
        fv_out_visible(err, fv_slice_head(name, 64));
        if (near != NULL) {
            fv_out_text(err, "; did you mean ");
            fv_out_text(err, fv_environment_name(near, buf, sizeof buf));
            fv_out_text(err, "?");
        }
        fv_out_text(err, "\n");
        (void)fv_out_flush(err);
    }
}
