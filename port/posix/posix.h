/*
 * The port for Linux and other POSIX systems: sockets, files below a directory, clocks, random
 * bytes, signals.
 *
 * Nothing here is kept outside the structures below, but the flag and the pipe that signal handlers
 * write to, and clock.idle, which is one for all. A context must stay where it is between init (or open) and close: the tables point into
 * it.
 *
 * Names are looked up in child processes, because getaddrinfo() cannot be bounded or ended otherwise: at the deadline, or when the
 * user asks to stop, they are killed. Literals are read without it. A child shares the parent's pages and gives back what the
 * resolver needed, so the parent's peak is smaller than with a look-up of its own. One child asks for both families; when that fails,
 * or takes long, two more ask for one each, and what the first of them finds is used after a short wait for the other.
 *
 * last_error of the network is an errno, or a negative EAI_ code (gai_strerror) after a look-up.
 */
#ifndef FV_PORT_POSIX_H
#define FV_PORT_POSIX_H

#include "port/port.h"

#include <sys/types.h>

/* Events of one net->wait, at most; more are FV_E_NETWORK. */
#define FV_POSIX_EVENTS (FV_CAP_JOBS * FV_CAP_ADDRESSES)

/* --- Network, clock, entropy --- */

struct fv_posix {
    struct fv_port_net net;
    struct fv_port_clock clock;
    struct fv_port_entropy entropy;
    int32_t net_error; /* what net.last_error returns */
    /* How long entropy.fill waits for a system that has just begun to have random numbers: until then, and that many milliseconds
     * (0: any) at most. */
    int64_t entropy_until_us;
    uint32_t entropy_ms;
};

/* Fill in the three tables. Opens /dev/null in the place of a closed descriptor 0, 1 or 2, so that
 * what is printed can never land in a file or a socket of the program. Nothing to close. */
void fv_posix_init(struct fv_posix *p);

/* Whether this processor has instructions for AES and for GCM's multiplication: struct fv_port's aes. */
bool fv_posix_has_aes(void);

/* --- Signals --- */

/* From now on SIGINT, SIGTERM and SIGHUP are remembered and end each wait of this port with
 * FV_E_CANCELLED, also where the parent process had blocked them; SIGHUP only where the parent did
 * not ignore it (nohup). SIGPIPE and SIGXFSZ are ignored: the calls fail instead (EPIPE, EFBIG).
 * FV_OK, or FV_E_USAGE if no pipe can be had. */
enum fv_err fv_posix_signals_install(void) FV_MUSTUSE;
/* Return the first SIGINT, SIGTERM or SIGHUP that came, 0 if none did. */
int fv_posix_signal(void);
/* Return the descriptor that is readable from then on; -1 if signals are not installed. */
int fv_posix_signal_fd(void);
/* Go on as if that signal had come, unless one has: each wait ends. */
void fv_posix_stop(int number);
/* As fork(2), once signals are installed: both processes remember what comes to them, each by
 * itself, and the child what had come before. A child without descriptors left ends with status 126. */
pid_t fv_posix_fork(void);
/* Make *fd readable, and not blocking, when a child process has ended; the caller reads it empty and calls
 * waitpid(). The descriptor stays this port's. FV_OK, or FV_E_USAGE with errno. */
enum fv_err fv_posix_children_watch(int *fd) FV_MUSTUSE;
/* Set these signals to their default actions again, and forget what came. What is to run another
 * program calls it first. */
void fv_posix_signals_restore(void);

/* --- Pipes, terminals and sockets of the front end --- */

/* Return microseconds of the clock that deadlines are on: clock.now's. */
int64_t fv_posix_now(void);
/* Wait until fd (-1: nothing) can be written to, or read from. FV_OK: it can, or the call will tell what is wrong;
 * also after a wish to stop, as long as it can at once. FV_E_TIMEOUT; FV_E_CANCELLED. */
enum fv_err fv_posix_await(int fd, bool writing, int64_t deadline_us) FV_MUSTUSE;

/* --- Storage --- */

/* Directories that are kept open. Number, 2 or more: a rename needs two at once. */
#define FV_POSIX_DIRS 4

/* A directory that is kept open, because one path in it is likely to be followed by others. */
struct fv_posix_dir {
    int fd;        /* -1: none */
    unsigned used; /* when, in uses of all */
    char path[FV_CAP_PATH + 1];
};

/* Files of a scratch storage without a directory. Number: the plan, the names' log, the names and the ledger's index, each with a copy that has
 * grown, and one more while that grows again. */
#define FV_POSIX_FILES 7

struct fv_posix_file {
    int fd;        /* -1: none */
    char name[32]; /* empty: nobody's */
};

struct fv_posix_storage {
    struct fv_port_storage port;
    int root;       /* descriptor of the root */
    bool flushes;   /* sync_all is only that with a sync of the root behind it */
    unsigned uses;  /* of dirs, counted: the one used longest ago makes room */
    int32_t error;  /* what port.last_error returns: an errno */
    uint64_t large; /* a bit for each descriptor below 64 for which much was reserved */
    struct fv_posix_file files[FV_POSIX_FILES];
    char temporary[128]; /* path of the directory to remove at close; empty: none */
    struct fv_posix_dir dirs[FV_POSIX_DIRS];
};

/* Open the directory root, whose path may hold links. If create is set and nothing is there, its
 * last component is made. What FAT forbids and the step of its times are taken over where root is
 * on a FAT file system. FV_OK, or the errors of struct fv_port_storage; s->error is set then,
 * and nothing has to be closed. */
enum fv_err fv_posix_storage_open(struct fv_posix_storage *s, const char *root,
                                  bool create) FV_MUSTUSE;
/* The same over a descriptor of a directory, which is the storage's from now on, also on
 * failure. */
enum fv_err fv_posix_storage_over(struct fv_posix_storage *s, int dir_fd) FV_MUSTUSE;
/* The same in a new private directory below $TMPDIR, or /tmp; close removes it with all that is
 * in it. Where none can be made there, in memory (Linux 3.17): a few files, no locks. */
enum fv_err fv_posix_scratch_open(struct fv_posix_storage *s) FV_MUSTUSE;
/* Close the directories that stayed open: somebody else may have moved or removed them meanwhile. */
void fv_posix_forget(struct fv_posix_storage *s);
/* Close the root. Files and locks that are still open stay so. */
void fv_posix_storage_close(struct fv_posix_storage *s);

/* --- Files that the user named: settings, CA bundles --- */

struct fv_posix_reader {
    int fd;            /* -1: closed */
    uint64_t position; /* of a file that has none of its own (a pipe): what was read of it */
    int32_t error;     /* errno of the last failure */
    int64_t until_us;  /* how long a pipe is waited for; INT64_MAX: no limit, as after open */
};

/* Open path wherever it leads. FV_E_NOT_FOUND, FV_E_DENIED, FV_E_EXISTS (a directory),
 * FV_E_STORAGE: r->error is set, and nothing has to be closed. */
enum fv_err fv_posix_reader_open(struct fv_posix_reader *r, const char *path) FV_MUSTUSE;
/* Read at most n bytes at offset; *got is less than n only at the end. ctx is the reader. A pipe
 * can only be read from front to back: any other offset is FV_E_STORAGE. A wait for it may also end
 * with FV_E_CANCELLED or FV_E_TIMEOUT. */
enum fv_err fv_posix_reader_read(void *ctx, uint64_t offset, void *p, size_t n,
                                 size_t *got) FV_MUSTUSE;
void fv_posix_reader_close(struct fv_posix_reader *r);

#endif
