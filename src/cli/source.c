/* SPDX-License-Identifier: MIT */
#include "cli/source.h"

#include "base/writer.h"
#include "cli/message.h"
#include "port/posix/posix.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum telling { NEVER, VERBOSE, ALWAYS };

static const struct {
    bool may_be_missing;
    uint8_t exposed;
    char name[sizeof "settings file"];
} rules[] = {
    [FV_SOURCE_CONFIG] = {false, ALWAYS, "settings file"},
    [FV_SOURCE_CONFIG_DEFAULT] = {true, ALWAYS, "settings file"},
    [FV_SOURCE_PASSWORD_FILE] = {false, VERBOSE, "password file"},
    [FV_SOURCE_CREDENTIALS] = {true, NEVER, "password file"},
    [FV_SOURCE_NETRC] = {true, VERBOSE, "password file"},
    [FV_SOURCE_CACERT] = {false, NEVER, "CA bundle"},
};

enum fv_err fv_source_unreadable(const struct fv_source *s, int error)
{
    char what[160];
    struct fv_writer w;
    fv_writer_init(&w, what, sizeof what);
    fv_writer_text(&w, "this ");
    fv_writer_text(&w, rules[s->kind].name);
    fv_writer_text(&w, " cannot be read (");
    fv_writer_text(&w, strerror(error));
    fv_writer_text(&w, ")");
    return fv_source_refuse(s, 0, what, FV_SLICE_NONE);
}

enum fv_err fv_source_open(struct fv_source *s)
{
    struct stat st;
    /* O_NONBLOCK: fv_source_read() waits for the writer of a FIFO. */
    s->fd = open(s->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOCTTY);
    if (s->fd < 0) {
        bool missing = errno == ENOENT || errno == ENOTDIR;
        return missing && rules[s->kind].may_be_missing ? FV_E_NOT_FOUND
                                                        : fv_source_unreadable(s, errno);
    }
    bool known = fstat(s->fd, &st) == 0;
    s->waits = !known || !S_ISREG(st.st_mode);
    s->exposed = known && S_ISREG(st.st_mode) && (st.st_mode & S_IROTH) != 0;
    return FV_OK;
}

enum fv_err fv_source_read(const struct fv_source *s, char *out, size_t size, size_t *got)
{
    bool wait = s->waits;
    for (;;) {
        enum fv_err err = wait ? fv_posix_await(s->fd, false, s->until_us) : FV_OK;
        if (err == FV_E_TIMEOUT) {
            (void)fv_source_refuse(s, 0, "nothing came within --max-time", FV_SLICE_NONE);
        }
        if (err != FV_OK) {
            return err;
        }
        ssize_t n = read(s->fd, out, size);
        if (n >= 0) {
            *got = (size_t)n;
            return FV_OK;
        }
        wait = s->waits || errno == EAGAIN;
        if (errno != EINTR && errno != EAGAIN) {
            return fv_source_unreadable(s, errno);
        }
    }
}

void fv_source_close(struct fv_source *s)
{
    (void)close(s->fd);
    s->fd = -1;
}

void fv_source_warn(const struct fv_source *s, bool quiet, bool verbose)
{
    const uint8_t telling = rules[s->kind].exposed;
    if (s->exposed && telling == ALWAYS && !quiet) {
        (void)fv_source_refuse(s, 0,
                               "warning: it holds a password, and all may read it (chmod o-r)",
                               FV_SLICE_NONE);
    } else if (s->exposed && telling == VERBOSE && verbose) {
        fv_out_text(s->err, "password: all users may read ");
        fv_out_visible(s->err, fv_slice_of(s->path));
        fv_out_text(s->err, "\n");
    }
}

enum fv_err fv_source_refuse(const struct fv_source *s, uint64_t line, const char *what,
                             struct fv_slice subject)
{
    fv_message_about(s->err, s->path[0] != '\0' ? s->path : "''", line, what, subject);
    return FV_E_USAGE;
}
