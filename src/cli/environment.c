#include "cli/environment.h"

#include "base/writer.h"
#include "cli/options.h"

#include <unistd.h>

#define PREFIX "FLUXVISION_"
#define LONGEST 31 /* characters of a name that is compared */

/* What is no option: the password, and what hooks see (cli/hook). */
static const char others[] =
    "password path url sha256 modified size org study delivery reason time exit error downloaded "
    "resumed adopted unchanged skipped removed planned failed listed unusable unattempted bytes "
    "listing-bytes seconds status exec-failed requests dir ";

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

/* Write the option that a variable is called after, more or less. Returns whether it is called so to the letter. */
static bool option_name(struct fv_slice name, struct fv_writer *w)
{
    bool exact = name.len <= LONGEST;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        exact = exact && (c < 'a' || c > 'z') && c != '-';
        fv_writer_char(w, c == '_' ? '-' : (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c));
    }
    return exact;
}

static bool is_known(struct fv_slice option)
{
    struct fv_slice rest = fv_slice_of(others);
    struct fv_slice other;
    while (fv_slice_cut(rest, ' ', &other, &rest)) {
        if (fv_slice_eq(option, other)) {
            return true;
        }
    }
    return fv_options_find(option) != FV_OPT_COUNT;
}

/* Whether b is a with one character left out, added or changed, or two swapped. */
static bool is_near(struct fv_slice a, struct fv_slice b)
{
    while (a.len > 0 && b.len > 0 && a.ptr[0] == b.ptr[0]) {
        a = fv_slice_from(a, 1);
        b = fv_slice_from(b, 1);
    }
    while (a.len > 0 && b.len > 0 && a.ptr[a.len - 1] == b.ptr[b.len - 1]) {
        a.len--;
        b.len--;
    }
    bool swapped = a.len == 2 && b.len == 2 && a.ptr[0] == b.ptr[1] && a.ptr[1] == b.ptr[0];
    return swapped || (a.len <= 1 && b.len <= 1);
}

static const char *nearest(struct fv_slice option)
{
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (is_near(option, fv_slice_of(fv_options[i].name))) {
            return fv_options[i].name;
        }
    }
    return is_near(option, FV_SLICE("password")) ? "password" : NULL;
}

static void warn(struct fv_out *err, struct fv_slice name, const char *meant)
{
    char buf[64];
    fv_out_text(err, "fluxvision: warning: nothing reads ");
    fv_out_visible(err, fv_slice_head(name, sizeof buf));
    if (meant != NULL) {
        fv_out_text(err, ", did you mean ");
        fv_out_text(err, fv_environment_name(meant, buf, sizeof buf));
        fv_out_text(err, "?");
    }
    fv_out_text(err, "\n");
    (void)fv_out_flush(err);
}

void fv_environment_warn(struct fv_out *err)
{
    for (char *const *variable = environ; *variable != NULL; variable++) {
        char buf[LONGEST + 1];
        struct fv_slice name;
        struct fv_slice value;
        struct fv_writer option;
        (void)fv_slice_cut(fv_slice_of(*variable), '=', &name, &value);
        if (!fv_slice_starts(name, FV_SLICE(PREFIX))) {
            continue;
        }
        fv_writer_init(&option, buf, sizeof buf);
        bool exact = option_name(fv_slice_from(name, sizeof PREFIX - 1), &option);
        if (!exact || !is_known(fv_writer_done(&option))) {
            warn(err, name, nearest(fv_writer_done(&option)));
        }
    }
}
