/* SPDX-License-Identifier: MIT */
/*
 * The state of one run of the program: options, ports, the client, and how results are shown.
 */
#ifndef FV_CLI_SESSION_H
#define FV_CLI_SESSION_H

#include "cli/gather.h"
#include "cli/meter.h"
#include "cli/options.h"
#include "cli/outcome.h"
#include "cli/parent.h"
#include "cli/secret.h"
#include "cli/settings.h"
#include "fluxvision.h"
#include "port/posix/confine.h"

/* Bytes of memory for a client with all connections of --jobs and all names that it can keep in
 * memory. Unused pages take no memory. The memory is mapped, because as a variable it would make
 * 64-bit ARM use two instructions for most addresses. */
#define FV_CLI_MEMORY ((64 + 112 * FV_CAP_JOBS) * 1024 + 20 * FV_CAP_NAMES)

/* bytes of a command of --exec or --exec-end, with its NUL */
#define FV_CLI_COMMAND 4096

struct fv_session {
    bool json, quiet, verbose;
    bool told_stopped; /* the last line after a stop was printed */
    bool storage_open, scratch_open;
    bool end_failed;  /* --exec-end has failed */
    uint64_t shown;   /* entries that list has shown */
    int ask;          /* in a worker: see cli/ask.h; -1: this process is not a worker */
    const char *dir;  /* directory of sync and verify */
    int64_t until_us; /* end of --max-time, on the port's clock */
    struct fv_client *client;
    int64_t began_us;           /* of this run, wall time; INT64_MIN: not known */
    struct fv_outcome *outcome; /* of this run, after its end; shared by a worker and its parent */
    struct fv_writer said;      /* the last message about an error */
    struct fv_port port;
    struct fv_meter meter;
    struct fv_sink stream;   /* get -o: a pipe or a device; fd -1: a file, or standard output */
    struct fv_parent parent; /* state of the parent, for --every, --exec and --exec-end */
    struct fv_posix posix;
    struct fv_posix_reader ca;
    struct fv_posix_confined confined; /* how far fv_session_open() could confine the process */
    struct fv_port_log log;            /* of port, with -v */
    struct fv_events events;
    struct fv_fault failure; /* the first file that failed; zero: none failed */
    int64_t retry_us;        /* instant before which no line reports retries, unless -v */
    uint64_t kept_files,
        kept_bytes; /* of an interrupted run: files and bytes that the next run resumes */
    char kept_path[FV_CAP_PATH + 1]; /* path of the last of these files */
    struct fv_settings settings;
    struct fv_given given;
    struct fv_given arguments; /* from the command line alone */
    struct fv_out out, err;
    struct fv_posix_storage storage, scratch;
    struct fv_out lines; /* of a worker with parent.lines: the input of --exec-end */
    /* memory for the operands of `arguments` and `given` */
    struct fv_slice operand[FV_CLI_OPERANDS];
    struct fv_secret secret;
    struct fv_secret kept; /* kept for every run: FLUXVISION_PASSWORD, what the user typed */
    char said_text[FV_OUTCOME_ERROR];
    struct fv_cli_config config;
    /* Long and mostly empty, so they are last: unused pages take no memory. Empty: not given. */
    char exec[FV_CLI_COMMAND], exec_end[FV_CLI_COMMAND];
    char metrics[4096];
};

/* Print what is wrong, with the path of a file (NULL: none). */
void fv_session_complain(struct fv_session *s, const struct fv_slice *path,
                         const struct fv_fault *fault);

/* Get user and password, with a prompt if needed, for a command that needs them. Return 0 or an
 * exit status. */
int fv_session_credentials(struct fv_session *s);
/* Refuse a pipe in place of a file that each run of --every reads. Return 0 or an exit status. */
int fv_session_need_files(struct fv_session *s);

/* Fill in s->events, and s->log with -v. */
void fv_session_events(struct fv_session *s);

/* Print what failed. Return its exit status. */
int fv_session_fail(struct fv_session *s, enum fv_err err, int32_t native, const char *subject);
/* Confine the process: everything that it needs is open. */
void fv_session_confine(struct fv_session *s);

/* Open what the command needs: trusted roots, scratch, the storage root (NULL: none), and the
 * client. Then confine the process to it. Return 0; or an exit status, after printing what is
 * wrong. */
int fv_session_open(struct fv_session *s, const char *root, bool create);
void fv_session_close(struct fv_session *s);
/* Wipe secrets, and the text of the settings file, into which settings point. */
void fv_session_forget(struct fv_session *s);

/* Return the exit status of a command that ended because writing to `to` failed, after printing
 * the reason; 0 if `to` is standard output without a reader. */
int fv_session_unwritten(struct fv_session *s, const struct fv_sink *to);
/* Return the exit status for err, whose message was printed already. */
int fv_session_ended(enum fv_err err);
/* Return the exit status of a command that ended with err. */
int fv_session_exit(struct fv_session *s, enum fv_err err);

#endif
