/*
 * Where bytes go: standard output, standard error, what get's -o names. Whoever reads them may be slow, stop reading, or be
 * gone; a wait for them ends as all waits do, by a signal or at a deadline (port/posix).
 *
 * O_NONBLOCK is never set on a descriptor that other processes share. A pipe or a terminal is opened again through
 * /proc/self/fd, which gives a description of our own; where that cannot be, it is asked before each write, of as much as
 * fits for certain.
 */
#ifndef FV_CLI_SINK_H
#define FV_CLI_SINK_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fv_sink {
    const char *name; /* for messages; borrowed */
    int fd;           /* -1: none */
    int64_t until_us; /* of the port's clock: no wait is longer; INT64_MAX: no limit */
    bool lossy;       /* what cannot be written in time is dropped, and the next is tried */
    enum fv_err
        err; /* why it failed: FV_E_FULL, FV_E_STORAGE, FV_E_CANCELLED, FV_E_TIMEOUT; what follows is dropped */
    int error; /* errno of FV_E_FULL and FV_E_STORAGE */

    /* Private. */
    int own;     /* a description of our own; -1: none */
    size_t most; /* bytes of one write */
    bool socket, asks;
};

/* Use fd, which stays the caller's. Call before the process is confined. */
void fv_sink_init(struct fv_sink *s, int fd, const char *name);

/* Open path, a pipe or a device: s->fd. A pipe's reader is waited for. FV_OK; FV_E_STORAGE with s->error, FV_E_CANCELLED,
 * FV_E_TIMEOUT: s->fd is -1. */
enum fv_err fv_sink_open(struct fv_sink *s, const char *path, int64_t until_us) FV_MUSTUSE;
void fv_sink_close(struct fv_sink *s);

/* Write all, or fail: s->err is returned. */
enum fv_err fv_sink_write(struct fv_sink *s, const char *p, size_t n);

/* Whether it failed because nobody reads any more. */
bool fv_sink_closed(const struct fv_sink *s);

#endif
