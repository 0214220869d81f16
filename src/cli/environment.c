/* SPDX-License-Identifier: MIT */
#include "cli/environment.h"

#include "base/writer.h"
#include "cli/message.h"

#include <unistd.h>

#define PREFIX "FLUXVISION_"
#define LONGEST 31 /* characters of a name that are compared */

/* Variables that are not options: the password, and what hooks get (cli/hook). */
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

/* Write the name of the option that a variable looks like. Return whether the variable has
 * exactly that name. */
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

static void warn(struct fv_out *err, struct fv_slice name, const char *meant)
{
    char buf[FV_ENVIRONMENT_NAME];
    struct fv_message m = {.file = "warning", .value = fv_slice_head(name, sizeof buf)};
    fv_message_unknown(err, &m, "there is no setting",
                       meant != NULL ? fv_environment_name(meant, buf, sizeof buf) : NULL);
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
            warn(err, name, fv_options_near(fv_writer_done(&option), "password"));
        }
    }
}
