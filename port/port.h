/*
 * The port: all that the program asks of the machine it runs on. A port fills in these tables; the core calls them.
 *
 * - The core is one thread. No function is called from an interrupt, and none is called while another one of the same
 *   port is running.
 * - Only net->wait, net->resolve and clock->sleep may block, and only until their deadline; a firmware port runs its
 *   TCP/IP stack there. Storage calls take as long as the medium takes.
 * - Each ctx is the port's own and is passed back as it was given. Handles are small numbers that the port chooses, zero
 *   or greater.
 * - A call that waits, and every read and write of storage, calls fv_port_idle() first and then at least once a second.
 * - Deadlines are instants of clock->now; INT64_MAX means none. A deadline that has passed means "do not wait".
 * - Errors are those named here; any port may also return FV_E_CANCELLED from a call that waits when the user asked to
 *   stop. `*native` style detail: the port keeps the code of its last failure and returns it from `last_error`.
 */
#ifndef FV_PORT_H
#define FV_PORT_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* --- Network: byte streams over TCP --- */

struct fv_port_addr {
    uint8_t family;    /* 4 or 6 */
    uint8_t bytes[16]; /* network order; 4 or 16 used */
    uint32_t scope;    /* IPv6 zone index; 0 for none */
    uint16_t port;     /* host order */
};

#define FV_PORT_READ 1u  /* bytes or an end may be read */
#define FV_PORT_WRITE 2u /* bytes may be sent, or connecting has ended */

struct fv_port_event {
    int sock;
    uint8_t want;  /* FV_PORT_READ, FV_PORT_WRITE */
    uint8_t ready; /* written by wait; an error counts as all that was wanted */
};

struct fv_port_net {
    void *ctx;

    /* Find the addresses of host (a name, or an IP literal without brackets; NUL-terminated), in the order in which they
     * should be tried; at most cap are written to out, the number to *count.
     * FV_E_RESOLVE, FV_E_TIMEOUT, FV_E_CANCELLED; FV_E_ADDRESS: this machine had none of its own until then. */
    enum fv_err (*resolve)(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                           size_t cap, size_t *count, int64_t deadline_us);

    /* Begin to connect; *sock is a handle that must be closed. Never waits.
     * FV_OK, or FV_E_CONNECT, FV_E_NETWORK (no handle then). */
    enum fv_err (*open)(void *ctx, const struct fv_port_addr *addr, int *sock);

    /* How did connecting end? FV_OK: connected; FV_AGAIN: still trying; FV_E_CONNECT, FV_E_NETWORK: failed (the handle
     * must still be closed). */
    enum fv_err (*connected)(void *ctx, int sock);

    /* Wait until at least one event is ready: FV_OK, and `ready` is set in each. FV_E_TIMEOUT at the deadline,
     * FV_E_CANCELLED when the user asked to stop, FV_E_NETWORK. */
    enum fv_err (*wait)(void *ctx, struct fv_port_event *events, size_t count, int64_t deadline_us);

    /* Send what fits now, at least one byte: FV_OK and *sent; FV_AGAIN if nothing fits; FV_E_RESET, FV_E_NETWORK. */
    enum fv_err (*send)(void *ctx, int sock, const uint8_t *p, size_t n, size_t *sent);

    /* Receive what is there, at most n bytes: FV_OK and *got, where 0 is the orderly end of the stream; FV_AGAIN;
     * FV_E_RESET, FV_E_NETWORK. */
    enum fv_err (*recv)(void *ctx, int sock, uint8_t *p, size_t n, size_t *got);

    /* Close a handle. Unsent bytes may be lost. */
    void (*close)(void *ctx, int sock);

    /* Code of the last failure (errno, or the stack's); 0 if there is none. */
    int32_t (*last_error)(void *ctx);
};

/* --- Storage: files below one root --- */

/* Paths are relative to the port's root, UTF-8, '/' between components, no '.', '..', empty component or leading slash;
 * NUL-terminated, at most FV_CAP_PATH bytes. The port never leaves the root and never follows a symbolic link below it:
 * a component that is one is FV_E_DENIED. */

enum fv_port_mode {
    FV_PORT_OPEN_READ, /* must exist */
    FV_PORT_OPEN_WRITE, /* read and write; created when missing, kept as it is otherwise. FV_E_EXISTS: it has another name
                            as well (a hard link), which would be written to */
    FV_PORT_OPEN_NEW, /* read and write; created, so it is empty. FV_E_EXISTS: something is there; FV_E_DENIED: perhaps a link */
    FV_PORT_OPEN_CREATE, /* read and write; created, or emptied; a file that can't be emptied, or has another name, is replaced */
};

/* What media can't do. */
enum fv_port_lack {
    FV_PORT_NO_FILE_SYNC = 1, /* make a file's content durable */
    FV_PORT_NO_DIR_SYNC = 2   /* make names durable */
};

enum fv_port_kind { FV_PORT_NONE, FV_PORT_FILE, FV_PORT_DIR, FV_PORT_OTHER };

struct fv_port_stat {
    enum fv_port_kind kind; /* FV_PORT_NONE: nothing is there; the call still returns FV_OK */
    uint64_t size;          /* bytes, of a file */
    int64_t
        modified_us; /* microseconds since 1970-01-01T00:00:00Z; INT64_MIN where the medium keeps no time, or not this one */
};

struct fv_port_storage {
    void *ctx;

    /* The step of the times that the medium keeps, in microseconds (POSIX: 1, FAT: 2,000,000; 0: keeps none). */
    uint32_t time_step_us;
    /* Bytes that a file can have at most; 0: no limit that counts. */
    uint64_t max_file;
    /* reserve tells whether the space is there, and free_space is slow: it is asked only where something else is to be left free. */
    bool reserves;
    /* The medium forbids what FAT forbids in names. */
    bool fat_names;
    /* Bits of enum fv_port_lack: what the medium was asked for and does not do. Such a call has returned FV_OK. */
    uint8_t lacks;

    /* Return what stands for a name (one component, UTF-8): the same for all names that the medium takes for one, another one for all
     * others. NULL: names are told apart byte by byte; or the port does not know, see identity. */
    uint64_t (*name_key)(void *ctx, struct fv_slice name);
    /* Tell the file at path from any other: from its copies, and from what is there once another medium is mounted in the place of this
     * one. NULL: the port knows its medium; otherwise store/medium.h measures what it does with names and times.
     * FV_OK and *id, or the errors below. */
    enum fv_err (*identity)(void *ctx, const char *path, uint64_t *id);

    /* All below: FV_OK, or FV_E_STORAGE, FV_E_FULL, FV_E_LARGE, FV_E_DENIED, FV_E_READONLY, FV_E_NOT_FOUND, FV_E_EXISTS; or FV_E_MEDIUM: the
     * medium was removed or is another one. It ends the run, and a port that has said so says so until it is opened anew. */

    enum fv_err (*open)(void *ctx, const char *path, enum fv_port_mode mode, int *file);
    /* Read at most n bytes at offset; *got is less than n only at the end of the file. */
    enum fv_err (*read)(void *ctx, int file, uint64_t offset, void *p, size_t n, size_t *got);
    /* Write all n bytes at offset; offset is at most the file's size. FV_E_LARGE too: more than max_file. */
    enum fv_err (*write)(void *ctx, int file, uint64_t offset, const void *p, size_t n);
    enum fv_err (*size)(void *ctx, int file, uint64_t *size);
    /* Cut the file to size, which is at most its size; a port may refuse a larger one with FV_E_FULL or FV_E_LARGE. What was reserved behind size is
     * given back, also where that is the size already. */
    enum fv_err (*truncate)(void *ctx, int file, uint64_t size);
    /* Tell that the file will grow to size, so that its space can be reserved. FV_E_FULL if it can't be; FV_E_LARGE if no file can be of that size, on
     * an empty medium neither; a port that
     * cannot reserve returns FV_OK. The size as read does not change. */
    enum fv_err (*reserve)(void *ctx, int file, uint64_t size);
    /* Make content, size and time durable: they are there after a power cut, unless the medium can't do that: FV_OK then too. */
    enum fv_err (*sync)(void *ctx, int file);
    /* Set the time that stat reports, on an open file; rounded down to the step. FV_OK too where the medium refuses: what stat
     * reports tells what became of it. */
    enum fv_err (*set_time)(void *ctx, int file, int64_t modified_us);
    /* Close a handle. Where it fails, what was synced is still there. */
    enum fv_err (*close)(void *ctx, int file);

    enum fv_err (*stat)(void *ctx, const char *path, struct fv_port_stat *out);
    /* Put the file `from` in the place of `to`, which may exist: at every moment, and after a power cut, `to` is the old
     * file or the new one, whole. Durable only after sync_dir of both directories: until then a power cut may leave `from` as it
     * was, gone, or (FAT, where two names can't share a file for a moment) empty. */
    enum fv_err (*rename)(void *ctx, const char *from, const char *to);
    /* Remove a file. FV_E_NOT_FOUND if there is none. A power cut may leave it empty, with its time (FAT, a long one). */
    enum fv_err (*remove)(void *ctx, const char *path);
    /* Create one directory; FV_OK too if it is there already. */
    enum fv_err (*make_dir)(void *ctx, const char *path);
    /* Remove an empty directory; FV_E_EXISTS if it is not empty. */
    enum fv_err (*remove_dir)(void *ctx, const char *path);
    /* Make the names in a directory durable; "" is the root. */
    enum fv_err (*sync_dir)(void *ctx, const char *path);
    /* Do what sync and sync_dir do for all files and directories, open or closed, at the price of one. NULL: the medium has nothing of
     * that kind that makes durable and tells of every failure. What others write there is waited for as well. After an error nobody
     * knows what of all that was not durable before has become so. */
    enum fv_err (*sync_all)(void *ctx);
    /* Call visit for each name in a directory ("." and ".." left out) until it returns something else than FV_OK, which is
     * then returned. The name is NUL-terminated and valid during the call, in which no storage function is called except
     * remove of the visited name. */
    enum fv_err (*list_dir)(void *ctx, const char *path,
                            enum fv_err (*visit)(void *arg, const char *name), void *arg);
    /* Bytes that this user can still write. */
    enum fv_err (*free_space)(void *ctx, uint64_t *bytes);

    /* Lock a file, which is created, against every other process until unlock or the end of this process; who holds it may remove
     * the file. FV_E_BUSY if it is locked. A port with one process returns FV_OK and handle 0. */
    enum fv_err (*lock)(void *ctx, const char *path, int *lock);
    void (*unlock)(void *ctx, int lock);

    int32_t (*last_error)(void *ctx);
};

/* --- Clock, entropy, log, memory --- */

/* Whom to call from within waits and long work; call may be NULL. It calls nothing of the port. */
struct fv_port_idle {
    void (*call)(void *ctx);
    void *ctx;
};

struct fv_port_clock {
    void *ctx;
    /* Microseconds of a clock that never jumps (not in sleep either way), from an arbitrary start at 0 or later. */
    int64_t (*now)(void *ctx);
    /* Wall time, microseconds since 1970-01-01T00:00:00Z; INT64_MIN while it is not known. */
    int64_t (*wall)(void *ctx);
    /* Wait until the deadline: FV_OK, or FV_E_CANCELLED. */
    enum fv_err (*sleep)(void *ctx, int64_t deadline_us);
    /* Nonzero once the user asked to stop; never waits. */
    int (*cancelled)(void *ctx);
    /* The port's own, empty at first; a client fills it in for as long as one of its calls goes on, if it has events.idle. NULL: nobody
     * is called. */
    struct fv_port_idle *idle;
};

/* Whether anybody is to be called: only then has a wait to be cut into pieces. */
static inline bool fv_port_has_idle(const struct fv_port_clock *clock)
{
    return clock->idle != NULL && clock->idle->call != NULL;
}

/* Tell whoever wants to know that the program is alive. */
static inline void fv_port_idle(const struct fv_port_clock *clock)
{
    if (fv_port_has_idle(clock)) {
        clock->idle->call(clock->idle->ctx);
    }
}

/* The same, then clock->cancelled. For loops. */
static inline int fv_port_cancelled(const struct fv_port_clock *clock)
{
    fv_port_idle(clock);
    return clock->cancelled(clock->ctx);
}

struct fv_port_entropy {
    void *ctx;
    /* Fill p with n bytes fit for keys, or fail with FV_E_NETWORK; may wait for the source at start-up, then also
     * FV_E_TIMEOUT, FV_E_CANCELLED. */
    enum fv_err (*fill)(void *ctx, uint8_t *p, size_t n);
};

enum fv_port_level { FV_PORT_ERROR, FV_PORT_WARN, FV_PORT_INFO, FV_PORT_DEBUG };

struct fv_port_log {
    void *ctx;
    /* One line, no line end, NUL-terminated, no secret in it. May be NULL: nothing is logged. */
    void (*line)(void *ctx, enum fv_port_level level, const char *text);
};

/* For a port whose TLS allocates from a pool of limited size. */
struct fv_port_memory {
    void *ctx;
    /* How many allocations have failed so far. Only changes of it are looked at. */
    uint32_t (*failures)(void *ctx);
};

struct fv_port {
    const struct fv_port_net *net;
    const struct fv_port_storage *storage; /* may be NULL where only listings are asked for */
    const struct fv_port_storage *scratch; /* for what need not survive; NULL: storage is used */
    const struct fv_port_clock *clock;
    const struct fv_port_entropy *entropy;
    const struct fv_port_log *log;       /* may be NULL */
    const struct fv_port_memory *memory; /* may be NULL */
    bool aes; /* the processor has instructions for AES and GCM: they are offered before ChaCha20 */
};

#endif
