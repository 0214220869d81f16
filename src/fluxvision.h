/*
 * fluxvision: list, fetch and synchronise what the Flux Vision portal delivers. The face of the library.
 *
 * The conventions of base/err.h hold. All memory is the caller's: a client lives in a block of fv_client_size() bytes and
 * allocates nothing; the TLS library under it uses the heap it was built with. One client is used by one thread; calls
 * return when the work is done, has failed, or was cancelled through the port (FV_E_CANCELLED).
 *
 *     struct fv_client *client;
 *     enum fv_err err = fv_client_open(memory, size, &port, &settings, &events, &client);
 *     if (err == FV_OK) {
 *         err = fv_sync(client, FV_SLICE("HAUC"));
 *         fv_client_close(client);
 *     }
 */
#ifndef FV_FLUXVISION_H
#define FV_FLUXVISION_H

#include "base/cap.h"
#include "base/err.h"
#include "base/sha256.h"
#include "base/slice.h"
#include "port/port.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FV_ENDPOINT "https://download.flux-vision.orange-business.com"

/* An --include or --exclude pattern (parse/glob.h). */
struct fv_pattern {
    struct fv_slice glob;
    bool include;
};

/*
 * What to do and how. Start from fv_settings_init(); slices and callbacks are borrowed until fv_client_close().
 * Zero means "no limit" for every time-out, rate and count, unless said otherwise.
 */
struct fv_settings {
    struct fv_slice endpoint; /* https://HOST[:PORT][/PREFIX] of the portal */
    struct fv_slice user;
    struct fv_slice password; /* copied in encoded form, wiped by fv_client_close() */

    /* Reader of the trusted roots: PEM, any number, or one DER certificate. *got is less than n only at the end. */
    void *ca_ctx;
    enum fv_err (*ca_read)(void *ctx, uint64_t offset, void *p, size_t n, size_t *got);
    struct fv_slice ca_name; /* what errors call them, a path for instance */
    struct fv_slice pins;    /* sha256//BASE64[;sha256//...]; empty: no pins */
    struct fv_slice proxy;   /* http://host:port; empty: direct */
    struct fv_slice proxy_user, proxy_password;
    struct fv_slice no_proxy; /* hosts to reach directly, as NO_PROXY has them (parse/noproxy.h) */

    uint32_t connect_timeout_ms; /* name, TCP and TLS together */
    uint32_t stall_timeout_ms;   /* nothing of a head or of content for that long */
    uint64_t max_time_ms;        /* of each call */
    uint32_t retries;            /* attempts after the first */
    uint64_t speed_limit; /* bytes a second, averaged over speed_time_ms; slower has failed */
    uint32_t speed_time_ms;
    uint64_t rate_limit; /* bytes a second at most */
    uint64_t min_free;   /* bytes of the file system to leave free */
    uint32_t pipeline;   /* requests in flight on a connection at most, 1 to FV_CAP_PIPELINE */
    uint32_t jobs;       /* connections that files are fetched over, 1 to FV_CAP_JOBS */

    size_t pattern_count;
    int64_t since_us,
        until_us;    /* by date of the listing, both inclusive; INT64_MIN, INT64_MAX: open */
    uint64_t latest; /* keep only so many, the most recent */

    bool dry_run;
    bool prune;
    bool limit_deletes;  /* max_delete is in force */
    uint64_t max_delete; /* remove none if there are more than that */
    bool once;
    bool checksum; /* compare what is there by content, not by size and time */
    bool adopt;    /* take over what is there and not known, of that time and the server's size */
    bool
        local_paths; /* list: compute the local path of each entry (needs the scratch or storage port) */
    struct fv_pattern patterns[FV_CAP_GLOBS]; /* first match wins */
};

/* One entry that list shows. Slices are valid during the callback. */
struct fv_listed {
    struct fv_slice org, study, delivery, name, url,
        modified;                                        /* as the portal wrote them, decoded */
    struct fv_slice org_name, study_name, delivery_name; /* ptr NULL: absent or null */
    int64_t modified_us;
    struct fv_slice path; /* local path relative to DIR; empty without settings.local_paths */
};

enum fv_status {
    FV_DOWNLOADED,
    FV_RESUMED, /* downloaded, the first part in an earlier attempt or run */
    FV_UNCHANGED,
    FV_SKIPPED, /* --once: fetched before, moved away since; verify: gone or edited, and sync lets it go */
    FV_REMOVED,
    FV_FAILED,
    FV_ADOPTED /* it was there already, and is taken over */
};

/* Why a file was fetched, or would be. */
enum fv_reason {
    FV_REASON_NONE,
    FV_REASON_NEW,     /* the ledger does not know it, and nothing is there */
    FV_REASON_CHANGED, /* the portal has another URL or date than the ledger */
    FV_REASON_MISSING, /* it was fetched, and is there no longer */
    FV_REASON_EDITED   /* something else is there than what the ledger knows, or it knows nothing */
};

/* What became of one file. Slices are valid during the callback. */
struct fv_file {
    enum fv_status status;
    struct fv_slice path; /* relative to DIR */
    struct fv_slice url;
    int64_t modified_us;
    uint64_t size;                /* bytes; 0 if not known */
    const uint8_t *sha256;        /* FV_SHA256_SIZE bytes, or NULL */
    const struct fv_fault *fault; /* why it failed, or NULL */
    bool planned;                 /* a dry run: this would be done */
    enum fv_reason reason;        /* of what was fetched */
    bool foreign;                 /* it took the place of a file that the ledger did not know */
};

/* What a call does. */
enum fv_phase {
    FV_PHASE_BEGIN,   /* the storage is opened */
    FV_PHASE_LISTING, /* a listing is asked for and read */
    FV_PHASE_FILES,   /* files are compared and fetched */
    FV_PHASE_PRUNE,   /* what is no longer listed is removed */
    FV_PHASE_VERIFY   /* files are read and compared */
};

/* What it waits for, beside the response of the server. */
enum fv_wait {
    FV_WAIT_NONE,
    FV_WAIT_NAME,    /* the addresses of a host */
    FV_WAIT_CONNECT, /* a TCP connection to it */
    FV_WAIT_PROXY,   /* the proxy's way to it */
    FV_WAIT_TLS,     /* its handshake */
    FV_WAIT_RETRY    /* the next attempt */
};

/* How far a call is. Slices are valid during the callback. The fields behind bytes are zero where FV_CAP_PROGRESS is 0. */
struct fv_progress {
    struct fv_slice path;             /* file under way; empty: none */
    uint64_t file_done;               /* bytes of it */
    uint64_t file_size;               /* UINT64_MAX: not known */
    uint64_t files_done, files_total; /* of this run; total 0 while it is not known */
    uint64_t bytes;                   /* received in this run */
    enum fv_phase phase;
    bool hashing; /* the file is on storage already, and is read */
    enum fv_wait wait;
    struct fv_slice host;       /* whom wait is about; empty with FV_WAIT_NONE and FV_WAIT_RETRY */
    uint32_t attempt, attempts; /* FV_WAIT_RETRY: the next one, and how many there may be */
    uint32_t delay_ms;          /* until then */
    enum fv_err why;            /* what ended the one before */
    uint64_t entries, listing_bytes; /* FV_PHASE_LISTING: read so far */
    uint64_t content;                /* FV_PHASE_FILES: bytes of files received in this run */
    uint64_t
        bytes_left; /* an estimate of what is still to come; UINT64_MAX: nothing is known yet */
};

struct fv_summary {
    uint64_t downloaded, resumed, unchanged, skipped, removed, failed, adopted; /* files */
    bool ended;           /* sync: no error ended the run early, whatever became of its files */
    uint64_t unattempted; /* files left when the run ended early */
    uint64_t listed;      /* entries of the listing */
    uint64_t unusable;    /* of these, counted in failed since they can't be read or fetched */
    uint64_t bytes;       /* of content received */
    uint32_t requests;
    uint32_t retries;
    int64_t elapsed_us;
    int64_t date_us; /* the latest time that the portal said, as microseconds since 1970; 0: none */
};

/* Callbacks; each may be NULL except where a command needs it. ctx is passed to all. */
struct fv_events {
    void *ctx;
    /* list, required: an entry. An error stops the listing and is returned. */
    enum fv_err (*listed)(void *ctx, const struct fv_listed *entry);
    /* sync, verify: what became of a file. list, sync: an entry of the listing can't be used (path may be empty). */
    void (*file)(void *ctx, const struct fv_file *file);
    /* get: the next bytes of content, for fv_get_stream(). An error stops and is returned. */
    enum fv_err (*content)(void *ctx, const void *p, size_t n);
    /* sync --exec: a file is complete. An error other than FV_OK is FV_E_HOOK; it is called again in the next run. */
    enum fv_err (*hook)(void *ctx, const struct fv_file *file);
    /* Content of a file has come; where FV_CAP_PROGRESS is 1 also with idle, under the rules of that. */
    void (*progress)(void *ctx, const struct fv_progress *progress);
    /* sync: the user asked to stop, and so many bytes of a file are kept, for the next run to continue. Only where FV_CAP_PROGRESS is 1. */
    void (*kept)(void *ctx, struct fv_slice path, uint64_t bytes);
    /* sync: something is not as it should be, and the run goes on. */
    void (*warning)(void *ctx, const struct fv_fault *fault);
    /* An attempt failed and is made again after delay_ms. */
    void (*retry)(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms);
    /* Called at least once a second while a call goes on, and often much more often, from whatever it does: waiting for a name, a
     * connection, a response or the next attempt, hashing, reading the ledger. The place to feed a watchdog. It has to be short, calls
     * nothing of this header, and may ask the port to stop. One write or sync of the storage, and one operation of a public key, go on
     * for as long as they take. */
    void (*idle)(void *ctx);
};

struct fv_client; /* opaque, in the caller's memory */

/* Set every field to its default: the real endpoint, no credentials, 10 s to connect, 30 s stall, 5 retries. */
void fv_settings_init(struct fv_settings *settings);

/* Bytes of a client with settings.jobs connections, and the alignment is that of max_align_t. What it is given beyond that, 20 bytes for each
 * of up to FV_CAP_NAMES files, keeps a listing's names off storage. */
size_t fv_client_size(uint32_t jobs);

/*
 * Make a client in memory, which is borrowed until fv_client_close(), as are port, settings and events.
 * FV_OK; FV_E_MEMORY (size too small), FV_E_USAGE and FV_E_CAPACITY (a setting; fv_client_fault() is not available then, so
 * *client is set all the same when memory suffices and must be closed).
 */
enum fv_err fv_client_open(void *memory, size_t size, const struct fv_port *port,
                           const struct fv_settings *settings, const struct fv_events *events,
                           struct fv_client **client) FV_MUSTUSE;

/* Close connections and files, wipe secrets. */
void fv_client_close(struct fv_client *client);

/* scope: ORG[/STUDY[/DELIVERY]], UTF-8, a trailing slash is ignored. Errors of all kinds of base/err.h. */
enum fv_err fv_list(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;

/* Bring the storage port's root in line with the listing of scope. FV_OK: everything is done. Otherwise the first error; the
 * summary says how many files failed, and each was reported. */
enum fv_err fv_sync(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;

/* Fetch one file: a URL, or ORG/STUDY/DELIVERY/FILE_NAME. To events.content: */
enum fv_err fv_get_stream(struct fv_client *client, struct fv_slice what) FV_MUSTUSE;
/* ... or to a file of the storage port, whole or not at all; name empty: the local name that sync would use. */
enum fv_err fv_get_file(struct fv_client *client, struct fv_slice what,
                        struct fv_slice name) FV_MUSTUSE;

/* Re-read every file of the ledger; reports each: FV_UNCHANGED; FV_SKIPPED; or FV_FAILED with FV_E_NOT_FOUND or FV_E_CHANGED, and
 * last one with FV_E_DAMAGED if there are records that can't be read. With list_only nothing is read: each record is reported as
 * FV_UNCHANGED, but those that would be FV_SKIPPED. */
enum fv_err fv_verify(struct fv_client *client, bool list_only) FV_MUSTUSE;

/* The exit status of a program whose last call returned err: 0; 1 if some files are done and others failed, or failed for several
 * reasons; 130 for FV_E_CANCELLED; otherwise the one reason's (fv_err_exit()). */
int fv_client_exit(const struct fv_client *client, enum fv_err err);

/* The first error of the last call, with what it is about. Valid until the next call. */
const struct fv_fault *fv_client_fault(const struct fv_client *client);
const struct fv_summary *fv_client_summary(const struct fv_client *client);

#endif
