/*
 * One run of the program: what was asked, the ports and the client that do it, and how results reach the screen.
 */
#ifndef FV_CLI_SESSION_H
#define FV_CLI_SESSION_H

#include "cli/gather.h"
#include "cli/options.h"
#include "cli/parent.h"
#include "cli/progress.h"
#include "cli/secret.h"
#include "cli/settings.h"
#include "fluxvision.h"
#include "port/posix/posix.h"

/* Bytes of a client's memory, with every connection of --jobs and all names that it can keep: what is not used is never touched, and so
 * takes no memory. It is mapped: with it in the program, code for 64-bit ARM would need two instructions for most addresses. */
#define FV_CLI_MEMORY ((64 + 112 * FV_CAP_JOBS) * 1024 + 20 * FV_CAP_NAMES)

struct fv_session {
    bool json, quiet, verbose;
    bool told_stopped; /* the last line of what was stopped is out */
    bool storage_open, scratch_open;
    int ask;          /* of a worker: cli/ask.h; -1: this process is none */
    const char *dir;  /* of sync and verify */
    int64_t until_us; /* of --max-time, on the port's clock */
    struct fv_client *client;
    struct fv_port port;
    struct fv_meter meter;
    struct fv_sink stream;   /* get -o: a pipe or a device; fd -1: a file, or standard output */
    struct fv_parent parent; /* of workers, for --every and --exec */
    struct fv_posix posix;
    struct fv_posix_reader ca;
    struct fv_port_log log; /* of port, with -v */
    struct fv_events events;
    struct fv_fault failure; /* of the first file that failed; zero: none did */
    int64_t retry_us;        /* instant before which no line tells of retries, but with -v */
    uint64_t kept_files,
        kept_bytes; /* of a run that was interrupted: for the next one to continue */
    char kept_path[FV_CAP_PATH + 1]; /* the last one's */
    struct fv_settings settings;
    struct fv_given given;
    struct fv_given arguments; /* of the command line alone */
    struct fv_out out, err;
    struct fv_posix_storage storage, scratch;
    char exec[4096]; /* --exec; empty: none */
    struct fv_secret secret;
    struct fv_secret kept; /* what every run has: FLUXVISION_PASSWORD, what was typed in */
    struct fv_cli_config config;
};

/* Say what is wrong, with the file of that path (NULL: none), over the progress line. */
void fv_session_complain(struct fv_session *s, const struct fv_slice *path,
                         const struct fv_fault *fault);

/* Find user and password, on a terminal if need be, for a command that needs them. Returns 0 or an exit status. */
int fv_session_credentials(struct fv_session *s);
/* Refuse a pipe in the place of a file that each run of --every reads. Returns 0 or an exit status. */
int fv_session_need_files(struct fv_session *s);

/* Fill in s->events, and s->log with -v. */
void fv_session_events(struct fv_session *s);

/* Open what the command needs: trust, scratch, the storage root (NULL: none), and the client; then confine the process to it.
 * Returns 0 or an exit status, after saying what is wrong. */
int fv_session_open(struct fv_session *s, const char *root, bool create);
void fv_session_close(struct fv_session *s);
/* Wipe secrets and the text of the settings file, into which settings point. */
void fv_session_forget(struct fv_session *s);

/* The exit status of a command that ended because to failed, after saying why; 0 if it is standard output, and nobody
 * reads it any more. */
int fv_session_unwritten(struct fv_session *s, const struct fv_sink *to);
/* The exit status of what ended with err, in words that were said already. */
int fv_session_ended(enum fv_err err);
/* The exit status of a command that ended with err (interface.md, Exit status). */
int fv_session_exit(struct fv_session *s, enum fv_err err);

#endif
