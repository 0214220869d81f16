/* SPDX-License-Identifier: MIT */
/*
 * The port for Linux and other POSIX systems: sockets, files below a directory, clocks, random
 * bytes, signals.
 *
 * All state is in the structures below, except the flag and the pipe that signal handlers write to,
 * and clock.idle, which is one for all. A structure must not move between init (or open) and close:
 * the tables point into it.
 *
 * Names are looked up in child processes, because getaddrinfo() cannot be limited in time or
 * stopped. The children are killed at the deadline, or when the user asks to stop. IP literals are
 * read without a child. A child shares the parent's pages and releases what the resolver needed, so
 * the parent's peak of memory is lower than with a lookup of its own. One child asks for both
 * address families. If it fails or takes long, two more children ask for one family each; what the
 * first of them finds is used after a short wait for the other.
 *
 * The header is public. A program that uses the library on Linux calls fv_posix_init(), opens a
 * storage, and gives the tables to fv_client_open(); what is below "Pipes, terminals and sockets" and
 * the reader is for its own waits and files, under the same rules. boards/examples has such programs.
 *
 * last_error of the network is an errno, or after a lookup a negative EAI_ code (gai_strerror).
 */
#ifndef FV_PORT_POSIX_H
#define FV_PORT_POSIX_H

#include "port/port.h"

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* Events of one net->wait, at most. With more it returns FV_E_NETWORK. */
#define FV_POSIX_EVENTS (FV_CAP_JOBS * FV_CAP_ADDRESSES)

/* --- Network, clock, entropy --- */

struct fv_posix {
    struct fv_port_net net;
    struct fv_port_clock clock;
    struct fv_port_entropy entropy;
    int32_t net_error; /* what net.last_error returns */
    /* How long entropy.fill waits while the system has no random numbers yet, after it was started:
     * until this instant, and at most that many milliseconds (0: no limit). */
    int64_t entropy_until_us;
    uint32_t entropy_ms;
};

/* Fill in the three tables. A descriptor 0, 1 or 2 that is closed is opened as /dev/null, so that
 * output never goes to a file or socket of the program. Nothing has to be closed. */
void fv_posix_init(struct fv_posix *p);

/* Return whether this processor has instructions for AES and for the multiplication of GCM (aes of
 * struct fv_port). */
bool fv_posix_has_aes(void);

/* --- Signals --- */

/* From now on SIGINT, SIGTERM and SIGHUP are recorded and end each wait of this port with
 * FV_E_CANCELLED, even if the parent process had blocked them. SIGHUP only if the parent did not
 * ignore it (nohup). SIGPIPE and SIGXFSZ are ignored: the calls fail instead (EPIPE, EFBIG). FV_OK,
 * or FV_E_USAGE if no pipe can be created. */
enum fv_err fv_posix_signals_install(void) FV_MUSTUSE;
/* Return the first SIGINT, SIGTERM or SIGHUP that was received; 0: none was. */
int fv_posix_signal(void);
/* Return a descriptor that becomes readable when such a signal is received; -1: signals are not
 * installed. */
int fv_posix_signal_fd(void);
/* Act as if that signal had arrived, unless one has: each wait ends. */
void fv_posix_stop(int number);
/* The same as fork(2), after signals were installed. Each process records the signals that it
 * receives; the child also has those received before. A child that has no free descriptors ends
 * with status 126. */
pid_t fv_posix_fork(void);
/* Make *fd readable when a child process has ended. It does not block; the caller reads it until it
 * is empty and calls waitpid(). The descriptor belongs to this port. FV_OK, or FV_E_USAGE with
 * errno. */
enum fv_err fv_posix_children_watch(int *fd) FV_MUSTUSE;
/* Restore the default actions of these signals, and forget those received. To be called before
 * another program is executed. */
void fv_posix_signals_restore(void);

/* --- Pipes, terminals and sockets of the front end --- */

/* Return microseconds of the clock of deadlines, which is clock.now's. */
int64_t fv_posix_now(void);
/* Wait until fd (-1: nothing) can be written or read. FV_OK: it can, or the call will report
 * what is wrong; also after a request to stop, as long as it can at once. FV_E_TIMEOUT;
 * FV_E_CANCELLED. */
enum fv_err fv_posix_await(int fd, bool writing, int64_t deadline_us) FV_MUSTUSE;

/* --- Storage --- */

/* Directories that are kept open. Number, at least 2: a rename needs two at once. */
#define FV_POSIX_DIRS 4

/* A directory that is kept open, because a path in it is likely to be followed by others. */
struct fv_posix_dir {
    int fd;        /* -1: none */
    unsigned used; /* when it was last used, as a count of all uses */
    char path[FV_CAP_PATH + 1];
};

/* Files of a scratch storage in memory. Their number: the plan, the log of the names, the names
 * and the ledger's index, each with a copy after it has grown, and one more while that copy
 * grows again. */
#define FV_POSIX_FILES 7

struct fv_posix_file {
    int fd;        /* -1: none */
    char name[32]; /* empty: not in use */
};

struct fv_posix_storage {
    struct fv_port_storage port;
    int root;       /* descriptor of the root */
    bool flushes;   /* sync_all must be followed by a sync of the root */
    unsigned uses;  /* uses of dirs so far; the directory that was used longest ago makes room */
    int32_t error;  /* what port.last_error returns: an errno */
    size_t part;    /* length of the part of the path at which fv_posix_storage_open() failed */
    uint64_t large; /* one bit for each descriptor below 64 for which much space was reserved */
    struct fv_posix_file files[FV_POSIX_FILES];
    char temporary[128]; /* path of the directory to remove at close; empty: none */
    struct fv_posix_dir dirs[FV_POSIX_DIRS];
};

/* Open the directory root; its path may contain links. If create is set and nothing is there, it
 * is created with its parents; each new name is synced. On a FAT file system, its forbidden
 * names and the resolution of its times are set in the table. FV_OK, or the errors of struct
 * fv_port_storage; s->error and s->part are set then, and nothing has to be closed. What was
 * created stays. */
enum fv_err fv_posix_storage_open(struct fv_posix_storage *s, const char *root,
                                  bool create) FV_MUSTUSE;
/* The same with a descriptor of a directory. The storage owns it from now on, also after an
 * error. */
enum fv_err fv_posix_storage_over(struct fv_posix_storage *s, int dir_fd) FV_MUSTUSE;
/* The same in a new private directory below $TMPDIR or /tmp; close removes it with all its content.
 * If that is not possible, in memory (Linux 3.17): a few files, no locks. */
enum fv_err fv_posix_scratch_open(struct fv_posix_storage *s) FV_MUSTUSE;
/* Close the directories that were kept open, because another process may have moved or removed
 * them. */
void fv_posix_forget(struct fv_posix_storage *s);
/* Return whether another process holds the lock at path; false if there is no lock file or it
 * cannot be read. Writes nothing. */
bool fv_posix_is_locked(struct fv_posix_storage *s, const char *path);
/* Close the root. Open files and locks stay open. */
void fv_posix_storage_close(struct fv_posix_storage *s);

/* --- Files that the user named: settings, CA bundles --- */

struct fv_posix_reader {
    int fd;            /* -1: closed */
    uint64_t position; /* bytes read so far, if the file has no position of its own (a pipe) */
    int32_t error;     /* errno of the last failure */
    int64_t until_us;  /* how long to wait for a pipe; INT64_MAX (after open): no limit */
};

/* Open path, wherever it leads. FV_E_NOT_FOUND, FV_E_DENIED, FV_E_EXISTS (a directory),
 * FV_E_STORAGE: r->error is set, and nothing has to be closed. */
enum fv_err fv_posix_reader_open(struct fv_posix_reader *r, const char *path) FV_MUSTUSE;
/* Read at most n bytes at offset; *got is less than n only at the end. ctx is the reader. A pipe
 * can only be read in order; any other offset is FV_E_STORAGE. A wait for it may also end with
 * FV_E_CANCELLED or FV_E_TIMEOUT. */
enum fv_err fv_posix_reader_read(void *ctx, uint64_t offset, void *p, size_t n,
                                 size_t *got) FV_MUSTUSE;
void fv_posix_reader_close(struct fv_posix_reader *r);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
