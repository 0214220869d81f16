/* SPDX-License-Identifier: MIT */
/*
 * The port: all that the program requires of the machine that it runs on. A port fills in these
 * tables, and the core calls their functions.
 *
 * - The core is one thread. No function is called from an interrupt, or while another function of
 *   the same port is running.
 * - Only net->wait, net->resolve and clock->sleep may block, and only until their deadline. A
 *   firmware port runs its TCP/IP stack in them. A storage call takes as long as the medium takes.
 * - Each ctx belongs to the port and is passed back unchanged. Handles are small numbers that the
 *   port chooses, 0 or greater.
 * - A call that waits, and every read and write of storage, calls fv_port_idle() first and then at
 *   least once a second.
 * - Deadlines are instants of clock->now; INT64_MAX means none. If a deadline has passed, the call
 *   does not wait.
 * - A function returns only the errors named at it. In addition, a call that waits may return
 *   FV_E_CANCELLED after the user asked to stop. A port keeps the code of its last failure (errno,
 *   for instance) and returns it from `last_error`.
 */
#ifndef FV_PORT_H
#define FV_PORT_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* --- Network: byte streams over TCP --- */

struct fv_port_addr {
    uint8_t family;    /* 4 or 6 */
    uint8_t bytes[16]; /* network order; 4 or 16 used */
    uint32_t scope;    /* IPv6 zone index; 0 for none */
    uint16_t port;     /* host order */
};

#define FV_PORT_READ 1u  /* bytes, or the end of the stream, can be read */
#define FV_PORT_WRITE 2u /* bytes can be sent, or connecting has ended */

struct fv_port_event {
    int sock;
    uint8_t want;  /* FV_PORT_READ, FV_PORT_WRITE */
    uint8_t ready; /* written by wait; after an error it is all of `want` */
};

struct fv_port_net {
    void *ctx;

    /* Find the addresses of host (a name, or an IP literal without brackets; NUL-terminated), in
     * the order in which they should be tried. At most cap of them are written to out, and their
     * number to *count. FV_OK, FV_E_RESOLVE, FV_E_TIMEOUT, FV_E_CANCELLED; FV_E_ADDRESS: until the
     * deadline, this machine had no address of its own. */
    enum fv_err (*resolve)(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                           size_t cap, size_t *count, int64_t deadline_us);

    /* Begin to connect. Never waits. FV_OK: *sock is a handle that must be closed. FV_E_CONNECT,
     * FV_E_NETWORK: there is no handle. */
    enum fv_err (*open)(void *ctx, const struct fv_port_addr *addr, int *sock);

    /* Return the state of connecting. FV_OK: connected; FV_AGAIN: not yet; FV_E_CONNECT,
     * FV_E_NETWORK: failed (the handle must still be closed). */
    enum fv_err (*connected)(void *ctx, int sock);

    /* Wait until at least one event is ready. FV_OK: `ready` is set in each event. FV_E_TIMEOUT at
     * the deadline, FV_E_CANCELLED when the user asked to stop, FV_E_NETWORK. */
    enum fv_err (*wait)(void *ctx, struct fv_port_event *events, size_t count, int64_t deadline_us);

    /* Send what fits now. FV_OK: *sent bytes, at least one. FV_AGAIN: nothing fits. FV_E_RESET,
     * FV_E_NETWORK. */
    enum fv_err (*send)(void *ctx, int sock, const uint8_t *p, size_t n, size_t *sent);

    /* Receive what is there, at most n bytes. FV_OK: *got bytes; 0 is the orderly end of the
     * stream. FV_AGAIN: nothing is there. FV_E_RESET, FV_E_NETWORK. */
    enum fv_err (*recv)(void *ctx, int sock, uint8_t *p, size_t n, size_t *got);

    /* Close a handle. Bytes that were not sent yet may be lost. */
    void (*close)(void *ctx, int sock);

    /* Return the code of the last failure (errno, or the code of the TCP/IP stack); 0 if there is
     * none. */
    int32_t (*last_error)(void *ctx);
};

/* --- Storage: files below one root --- */

/* Paths are relative to the root of the port: UTF-8, '/' between components, no '.', '..', empty
 * component or leading slash; NUL-terminated, at most FV_CAP_PATH bytes. The port never leaves the
 * root and never follows a symbolic link below it: a component that is one is FV_E_DENIED. */

enum fv_port_mode {
    FV_PORT_OPEN_READ, /* the file must exist */
    /* Read and write; created if missing, otherwise unchanged. FV_E_EXISTS: the file has a second
     * name (a hard link), and writing would change that file too. */
    FV_PORT_OPEN_WRITE,
    /* Read and write; created, so it is empty. FV_E_EXISTS: something is there; FV_E_DENIED:
     * possibly a link. */
    FV_PORT_OPEN_NEW,
    /* Read and write; created or emptied. A file that cannot be emptied, or has a second name, is
     * replaced. */
    FV_PORT_OPEN_CREATE,
};

/* What a medium cannot do. */
enum fv_port_lack {
    FV_PORT_NO_FILE_SYNC = 1, /* make the content of a file durable */
    FV_PORT_NO_DIR_SYNC = 2   /* make names durable */
};

enum fv_port_kind { FV_PORT_NONE, FV_PORT_FILE, FV_PORT_DIR, FV_PORT_OTHER };

struct fv_port_stat {
    enum fv_port_kind kind; /* FV_PORT_NONE: nothing is there; the call still returns FV_OK */
    uint64_t size;          /* bytes, if it is a file */
    /* Microseconds since 1970-01-01T00:00:00Z; INT64_MIN if the medium keeps no time, or not this
     * one. */
    int64_t modified_us;
};

struct fv_port_storage {
    void *ctx;

    /* Resolution of the times that the medium keeps, in microseconds (POSIX: 1, FAT: 2,000,000). 0:
     * it keeps no times. */
    uint32_t time_step_us;
    /* Largest size of a file in bytes; 0: no limit in practice. */
    uint64_t max_file;
    /* reserve tells whether there is enough space, and free_space is slow: it is called only if
     * some space must stay free. */
    bool reserves;
    /* Names must not hold what FAT forbids. */
    bool fat_names;
    /* Bits of enum fv_port_lack, set when a sync was not possible on this medium. That sync has
     * returned FV_OK. */
    uint8_t lacks;

    /* Return a key for a name (one component, UTF-8): equal for all names that the medium treats as
     * the same, different for all others. NULL: names are compared byte by byte; or the port does
     * not know the medium, see identity. */
    uint64_t (*name_key)(void *ctx, struct fv_slice name);
    /* Identify the file at path. Its identity differs from that of a copy, and from that of the
     * file at this path after another medium was mounted here. NULL: the port knows its medium;
     * otherwise store/medium.h measures what the medium does with names and times. FV_OK and *id,
     * or the errors below. */
    enum fv_err (*identity)(void *ctx, const char *path, uint64_t *id);

    /* All functions below return FV_OK, FV_E_STORAGE, FV_E_FULL, FV_E_LARGE, FV_E_DENIED,
     * FV_E_READONLY, FV_E_NOT_FOUND or FV_E_EXISTS; or FV_E_MEDIUM: the medium was removed or
     * replaced. FV_E_MEDIUM ends the run, and every later call returns it until the port is opened
     * again. */

    enum fv_err (*open)(void *ctx, const char *path, enum fv_port_mode mode, int *file);
    /* Read at most n bytes at offset. *got is less than n only at the end of the file. */
    enum fv_err (*read)(void *ctx, int file, uint64_t offset, void *p, size_t n, size_t *got);
    /* Write all n bytes at offset, which is at most the size of the file. FV_E_LARGE also if the
     * file would be larger than max_file. */
    enum fv_err (*write)(void *ctx, int file, uint64_t offset, const void *p, size_t n);
    enum fv_err (*size)(void *ctx, int file, uint64_t *size);
    /* Cut the file to size, which is at most its size; a port may refuse a larger size with
     * FV_E_FULL or FV_E_LARGE. Space that was reserved after size is released, even if the file has
     * that size already. */
    enum fv_err (*truncate)(void *ctx, int file, uint64_t size);
    /* Tell that the file will grow to size, so that the port can reserve the space. FV_E_FULL if
     * there is not enough space; FV_E_LARGE if no file can have that size, even on an empty medium.
     * A port that cannot reserve returns FV_OK. The size that is read does not change. */
    enum fv_err (*reserve)(void *ctx, int file, uint64_t size);
    /* Make content, size and time durable: they survive a power cut. If the medium cannot do that,
     * FV_OK is returned as well. */
    enum fv_err (*sync)(void *ctx, int file);
    /* Set the time of an open file that stat reports, rounded down to time_step_us. FV_OK also if
     * the medium refuses; stat then shows what the time is. */
    enum fv_err (*set_time)(void *ctx, int file, int64_t modified_us);
    /* Close a handle. If it fails, what was synced is still there. */
    enum fv_err (*close)(void *ctx, int file);

    enum fv_err (*stat)(void *ctx, const char *path, struct fv_port_stat *out);
    /* Replace `to`, which may exist, by the file `from`. At every moment, and after a power cut,
     * `to` is the old file or the new one, complete. Durable only after sync_dir of both
     * directories. Until then a power cut may leave `from` unchanged, gone, or (on FAT, where two
     * names cannot share a file) empty. */
    enum fv_err (*rename)(void *ctx, const char *from, const char *to);
    /* Remove a file. FV_E_NOT_FOUND if there is none. A power cut may leave the file empty, with
     * its time (a long file on FAT). */
    enum fv_err (*remove)(void *ctx, const char *path);
    /* Create one directory. FV_OK also if it exists. */
    enum fv_err (*make_dir)(void *ctx, const char *path);
    /* Remove an empty directory; FV_E_EXISTS if it is not empty. */
    enum fv_err (*remove_dir)(void *ctx, const char *path);
    /* Make the names in a directory durable; "" is the root. */
    enum fv_err (*sync_dir)(void *ctx, const char *path);
    /* Do what sync and sync_dir do, for all files and directories, open or closed, at the cost of
     * one. NULL: the medium has no such operation that makes everything durable and reports every
     * failure. It also waits for data that other programs have written there. After an error it is
     * not known which of the data that was not durable before is durable now. */
    enum fv_err (*sync_all)(void *ctx);
    /* Call visit for each name in a directory (without "." and ".."), until it returns a code other
     * than FV_OK, which is then returned. The name is NUL-terminated and valid during the call of
     * visit. During that call no storage function is called, except remove of the visited name. */
    enum fv_err (*list_dir)(void *ctx, const char *path,
                            enum fv_err (*visit)(void *arg, const char *name), void *arg);
    /* Get the number of bytes that this user can still write. */
    enum fv_err (*free_space)(void *ctx, uint64_t *bytes);

    /* Create and lock a file, against every other process, until unlock or the end of this process.
     * The holder may remove the file. FV_E_BUSY: it is locked. A port with only one process returns
     * FV_OK and handle 0. */
    enum fv_err (*lock)(void *ctx, const char *path, int *lock);
    void (*unlock)(void *ctx, int lock);

    int32_t (*last_error)(void *ctx);
};

/* --- Clock, entropy, log, memory --- */

/* A function that is called during waits and long work. call may be NULL. It must not call the
 * port. */
struct fv_port_idle_call {
    void (*call)(void *ctx);
    void *ctx;
};

struct fv_port_clock {
    void *ctx;
    /* Return microseconds of a clock that never jumps, not after the machine slept either. The
     * start is arbitrary, 0 or later. */
    int64_t (*now)(void *ctx);
    /* Return the wall time in microseconds since 1970-01-01T00:00:00Z; INT64_MIN if it is not
     * known. */
    int64_t (*wall)(void *ctx);
    /* Wait until the deadline. FV_OK, or FV_E_CANCELLED. */
    enum fv_err (*sleep)(void *ctx, int64_t deadline_us);
    /* Return nonzero after the user asked to stop. Never waits. */
    int (*cancelled)(void *ctx);
    /* Belongs to the port; empty at first. A client with events.idle fills it in during each of its
     * calls. NULL: nothing is called. */
    struct fv_port_idle_call *idle;
};

/* Return whether there is a function to call. Only then must a wait be cut into pieces. */
static inline bool fv_port_has_idle(const struct fv_port_clock *clock)
{
    return clock->idle != NULL && clock->idle->call != NULL;
}

/* Call the idle function, if there is one. */
static inline void fv_port_idle(const struct fv_port_clock *clock)
{
    if (fv_port_has_idle(clock)) {
        clock->idle->call(clock->idle->ctx);
    }
}

/* The same; then return clock->cancelled. For loops. */
static inline int fv_port_cancelled(const struct fv_port_clock *clock)
{
    fv_port_idle(clock);
    return clock->cancelled(clock->ctx);
}

struct fv_port_entropy {
    void *ctx;
    /* Fill p with n random bytes that are fit for keys, or fail with FV_E_NETWORK. It may wait for
     * the source when the machine starts, and then also return FV_E_TIMEOUT or FV_E_CANCELLED. */
    enum fv_err (*fill)(void *ctx, uint8_t *p, size_t n);
};

enum fv_port_level { FV_PORT_ERROR, FV_PORT_WARN, FV_PORT_INFO, FV_PORT_DEBUG };

struct fv_port_log {
    void *ctx;
    /* Write one line: NUL-terminated, without a line end and without secrets. NULL: nothing is
     * logged. */
    void (*line)(void *ctx, enum fv_port_level level, const char *text);
};

/* For a port whose TLS allocates from a pool of fixed size. */
struct fv_port_memory {
    void *ctx;
    /* Return how many allocations have failed so far. The core only checks whether the number
     * changes. */
    uint32_t (*failures)(void *ctx);
};

struct fv_port {
    const struct fv_port_net *net;
    const struct fv_port_storage *storage; /* may be NULL if only listings are read */
    /* for files that need not be durable; NULL: storage is used */
    const struct fv_port_storage *scratch;
    const struct fv_port_clock *clock;
    const struct fv_port_entropy *entropy;
    const struct fv_port_log *log;       /* may be NULL */
    const struct fv_port_memory *memory; /* may be NULL */
    /* The processor has instructions for AES and GCM. They are then offered before ChaCha20. */
    bool aes;
};

#ifdef __cplusplus
}
#endif

#endif
