/* SPDX-License-Identifier: MIT */
/*
 * A destination of bytes: standard output, standard error, or the file of get -o. The reader may be
 * slow, stop reading, or be gone. Waiting for it ends like all waits: by a signal or at a deadline
 * (port/posix).
 *
 * O_NONBLOCK is never set on an open file description that other processes share. A pipe or a
 * terminal is opened again through /proc/self/fd, which gives an open file description of our own.
 * If that is not possible, poll(2) is called before each write, which is then small enough to fit.
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
    bool lossy;       /* drop what cannot be written in time, and go on writing */
    /* Why it failed: FV_E_FULL, FV_E_STORAGE, FV_E_CANCELLED, FV_E_TIMEOUT. Later bytes are
     * dropped. */
    enum fv_err err;
    int error; /* errno of FV_E_FULL and FV_E_STORAGE */

    /* Private. */
    int own;     /* an open file description of our own; -1: none */
    size_t most; /* bytes of one write */
    bool socket, asks;
};

/* Use fd, which remains the caller's. Call before the process is confined. */
void fv_sink_init(struct fv_sink *s, int fd, const char *name);

/* Open path, a pipe or a device, as s->fd, and wait until a pipe has a reader. FV_OK; FV_E_STORAGE
 * with s->error, FV_E_CANCELLED, FV_E_TIMEOUT: s->fd is -1. */
enum fv_err fv_sink_open(struct fv_sink *s, const char *path, int64_t until_us) FV_MUSTUSE;
void fv_sink_close(struct fv_sink *s);

/* Write all n bytes. Return FV_OK or s->err. */
enum fv_err fv_sink_write(struct fv_sink *s, const char *p, size_t n);

/* Return whether it takes bytes now. A terminal that its user has stopped (Ctrl-S) does not. */
bool fv_sink_takes(const struct fv_sink *s);

/* Return whether it failed because there is no reader any more. */
bool fv_sink_closed(const struct fv_sink *s);

#endif
