/* SPDX-License-Identifier: MIT */
/*
 * fluxvision: list, fetch and synchronise the files that the Flux Vision portal delivers. The
 * public header of the library.
 *
 * The conventions of base/err.h apply. The caller provides all memory. A client lives in a block of
 * fv_client_size() bytes and does not allocate; the TLS library under it uses the heap that it was
 * built with. A client is used by one thread. A call returns when its work is done, has failed, or
 * was cancelled through the port (FV_E_CANCELLED).
 *
 *     struct fv_client *client = NULL;
 *     enum fv_err err = fv_client_open(memory, size, &port, &settings, &events, &client);
 *     if (err == FV_OK) {
 *         err = fv_sync(client, FV_SLICE("HAUC"));
 *     }
 *     if (client != NULL) {
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

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

#define FV_ENDPOINT "https://download.flux-vision.orange-business.com"

/* An --include or --exclude pattern (parse/glob.h). */
struct fv_pattern {
    struct fv_slice glob;
    bool include;
};

/*
 * What to do and how. Call fv_settings_init() first. Slices, callbacks and their contexts are
 * borrowed until fv_client_close(). Zero means "no limit" for every time-out, rate and count,
 * unless a field says otherwise.
 */
struct fv_settings {
    struct fv_slice endpoint; /* of the portal: https://HOST[:PORT][/PREFIX] */
    struct fv_slice user;
    struct fv_slice password; /* Copied in encoded form; fv_client_close() wipes the copy. */

    /* Read the trusted root certificates: PEM with any number of them, or one certificate in DER.
     * Read at most n bytes at offset; *got is less than n only at the end. */
    void *ca_ctx;
    enum fv_err (*ca_read)(void *ctx, uint64_t offset, void *p, size_t n, size_t *got);
    struct fv_slice ca_name; /* what errors call them, for instance a path */
    struct fv_slice pins;    /* sha256//BASE64[;sha256//...]; empty: no pins */
    struct fv_slice proxy;   /* http://HOST:PORT; empty: none */
    struct fv_slice proxy_user, proxy_password;
    /* hosts to reach without the proxy, as in NO_PROXY (parse/noproxy.h) */
    struct fv_slice no_proxy;

    uint32_t connect_timeout_ms; /* for name, TCP, proxy and TLS together */
    uint32_t stall_timeout_ms;   /* without a byte of a head or of content */
    uint64_t max_time_ms;        /* for each call */
    uint32_t retries;            /* attempts after the first; 0: none */
    /* Bytes a second, as an average over speed_time_ms. A slower transfer has failed. */
    uint64_t speed_limit;
    uint32_t speed_time_ms;
    uint64_t rate_limit; /* most bytes a second */
    uint64_t max_size;   /* sync: leave files of more bytes alone */
    uint64_t min_free;   /* bytes of the file system that must stay free */
    uint32_t pipeline;   /* most requests in flight on a connection, 1 to FV_CAP_PIPELINE */
    uint32_t jobs;       /* connections over which files are fetched, 1 to FV_CAP_JOBS */

    size_t pattern_count;
    /* By date in the listing, both inclusive, in microseconds since 1970; INT64_MIN, INT64_MAX: no
     * limit. */
    int64_t since_us, until_us;
    uint64_t latest; /* only that many files, the most recent */

    bool dry_run;
    bool prune;
    bool limit_deletes;  /* max_delete applies */
    uint64_t max_delete; /* remove no file if more than that many would go */
    bool once;
    bool checksum; /* compare local files by content, not by size and time */
    /* Take over a local file that the ledger does not know, if it has the listing's time and the
     * server's size. */
    bool adopt;
    /* list: compute the local path of each entry; needs the scratch or the storage port. */
    bool local_paths;
    struct fv_pattern patterns[FV_CAP_GLOBS]; /* first match wins */
};

/* An entry for fv_list(). Its slices are valid during the callback. */
struct fv_listed {
    /* As the portal wrote them, decoded. */
    struct fv_slice org, study, delivery, name, url, modified;
    struct fv_slice org_name, study_name, delivery_name; /* ptr is NULL if absent or null */
    int64_t modified_us;
    struct fv_slice path; /* local path relative to DIR; empty without settings.local_paths */
};

enum fv_status {
    FV_DOWNLOADED,
    FV_RESUMED, /* downloaded; the first part in an earlier attempt or run */
    FV_UNCHANGED,
    FV_SKIPPED, /* larger than max_size; --once: fetched before, moved away since; verify: gone or edited, and sync lets it go */
    FV_REMOVED,
    FV_FAILED,
    FV_ADOPTED /* it was there already and was taken over */
};

/* Why a file was fetched, or would be, or was skipped. */
enum fv_reason {
    FV_REASON_NONE,
    FV_REASON_NEW,     /* the ledger does not know it, and there is no local file */
    FV_REASON_CHANGED, /* URL or date in the listing differ from the ledger */
    FV_REASON_MISSING, /* it was fetched, and the local file is gone */
    /* The local file is not the one in the ledger, or the ledger does not know it. */
    FV_REASON_EDITED,
    FV_REASON_LARGE /* skipped: it is larger than max_size */
};

/* The result for one file. Its slices are valid during the callback. */
struct fv_file {
    enum fv_status status;
    struct fv_slice path; /* relative to DIR */
    struct fv_slice url;
    int64_t modified_us;
    uint64_t size;                /* bytes; 0 if not known */
    const uint8_t *sha256;        /* FV_SHA256_SIZE bytes, or NULL */
    const struct fv_fault *fault; /* why it failed; NULL: it did not */
    bool planned;                 /* dry run: this would be done */
    enum fv_reason reason;        /* of what was fetched or skipped */
    bool foreign;                 /* it replaced a local file that the ledger did not know */
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
    uint64_t file_done;               /* bytes of that file so far */
    uint64_t file_size;               /* bytes; UINT64_MAX: not known */
    uint64_t files_done, files_total; /* of this run; total 0 while it is not known */
    uint64_t bytes;                   /* of content received in this run */
    enum fv_phase phase;
    bool hashing; /* the file is on storage already, and is read */
    enum fv_wait wait;
    struct fv_slice host;       /* whom wait is about; empty with FV_WAIT_NONE and FV_WAIT_RETRY */
    uint32_t attempt, attempts; /* FV_WAIT_RETRY: the next one, and how many there may be */
    uint32_t delay_ms;          /* until then */
    enum fv_err why;            /* what ended the one before */
    uint64_t entries, listing_bytes; /* FV_PHASE_LISTING: read so far */
    uint64_t
        bytes_left; /* an estimate of what is still to come; UINT64_MAX: nothing is known yet */
};

struct fv_summary {
    /* numbers of files */
    uint64_t downloaded, resumed, unchanged, skipped, removed, failed, adopted;
    bool ended;           /* sync: no error ended the run early, even if files failed */
    uint32_t exec_failed; /* files that are there, and that events.hook has failed for */
    uint64_t unattempted; /* files that were left when the run ended early */
    uint64_t listed;      /* entries of the listing */
    /* of these, entries that are not valid or must not be fetched; also counted in failed */
    uint64_t unusable;
    uint64_t bytes;         /* of files' content received */
    uint64_t listing_bytes; /* of listings received */
    uint32_t requests;
    uint32_t retries;
    int64_t elapsed_us;
    int64_t date_us; /* The latest Date of the portal, in microseconds since 1970; 0: none. */
    /* When the portal's certificate ends, as microseconds since 1970; 0: no certificate was seen, or the board has no log. */
    int64_t certificate_end_us;
};

/* Callbacks. Each may be NULL, unless a call needs it. ctx is passed to all. */
struct fv_events {
    void *ctx;
    /* fv_list(), required: an entry. Any code but FV_OK ends the listing and is returned. */
    enum fv_err (*listed)(void *ctx, const struct fv_listed *entry);
    /* fv_sync(), fv_verify(): the result for a file. fv_list(), fv_sync(): also for an entry that
     * is not valid, whose path may be empty. */
    void (*file)(void *ctx, const struct fv_file *file);
    /* fv_get_stream(), required: the next n bytes of content. Any code but FV_OK ends the call and
     * is returned. */
    enum fv_err (*content)(void *ctx, const void *p, size_t n);
    /* sync --exec: a file is complete, and has been told of. FV_E_HOOK: it has failed, is counted in the summary's exec_failed and called
     * again in the next run. FV_E_CANCELLED. */
    enum fv_err (*hook)(void *ctx, const struct fv_file *file);
    /* Content of a file has come; where FV_CAP_PROGRESS is 1 also with idle, under the rules of that. */
    void (*progress)(void *ctx, const struct fv_progress *progress);
    /* sync: the user asked to stop, and so many bytes of a file are kept, for the next run to continue. Only where FV_CAP_PROGRESS is 1. */
    void (*kept)(void *ctx, struct fv_slice path, uint64_t bytes);
    /* fv_sync(): something is wrong, and the run goes on. */
    void (*warning)(void *ctx, const struct fv_fault *fault);
    /* An attempt has failed, and is repeated after delay_ms; `attempt` counts the retries since the
     * last progress. */
    void (*retry)(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms);
    /* Called at least once a second during a call, and often much more often, whatever the call
     * does: waiting for a name, a connection, a response or the next attempt, hashing, reading the
     * ledger. The place to feed a watchdog. It must be short, calls no function of this header, and
     * may ask the port to stop. It is not called during one write or sync of the storage, or during
     * one public-key operation, however long these take. */
    void (*idle)(void *ctx);
};

struct fv_client; /* opaque, in the caller's memory */

/* Set every field to its default: the real endpoint, no credentials, 10 s to connect, 30 s for a
 * stall, 5 retries. */
void fv_settings_init(struct fv_settings *settings);

/* Return the bytes of a client with that many settings.jobs. The block has the alignment of
 * max_align_t. More memory, 20 bytes for each of up to FV_CAP_NAMES files, lets the names of a
 * listing stay in memory instead of on storage. */
size_t fv_client_size(uint32_t jobs);

/*
 * Create a client in memory, which is borrowed until fv_client_close(), as are port, settings and
 * events. FV_OK. FV_E_MEMORY: memory is too small or not aligned; *client is unchanged. FV_E_USAGE,
 * FV_E_CAPACITY: a setting is not valid; *client is set and must be closed, and fv_client_fault()
 * has the error.
 */
enum fv_err fv_client_open(void *memory, size_t size, const struct fv_port *port,
                           const struct fv_settings *settings, const struct fv_events *events,
                           struct fv_client **client) FV_MUSTUSE;

/* Close connections and files, and wipe secrets. */
void fv_client_close(struct fv_client *client);

/* List a scope: ORG[/STUDY[/DELIVERY]] in UTF-8; a slash at its end is ignored. Each entry goes to
 * events.listed. Any code of base/err.h. */
enum fv_err fv_list(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;
/* The same for several scopes, 1 to FV_CAP_SCOPES, borrowed until it returns. The filters see them all together. An entry of two scopes is shown
 * once; needs the scratch port. A scope whose listing is refused (404, 403, 5xx) is reported as a failed file without a
 * path, and the others are listed; all else that goes wrong with a listing ends the call. */
enum fv_err fv_list_scopes(struct fv_client *client, const struct fv_slice *scopes,
                           size_t count) FV_MUSTUSE;

/* Synchronise the root of the storage port with the listing of scope. FV_OK: everything is done.
 * Otherwise the first error; the summary has the number of failed files, and each was reported to
 * events.file. */
enum fv_err fv_sync(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;
/* The same for several scopes, as fv_list_scopes() has them, in one run: a file of two scopes is fetched once. Nothing is done before all listings
 * have been read. Files below a scope whose listing was refused are left as they are. */
enum fv_err fv_sync_scopes(struct fv_client *client, const struct fv_slice *scopes,
                           size_t count) FV_MUSTUSE;

/* Fetch one file: a URL, or ORG/STUDY/DELIVERY/FILE_NAME. Its content goes to events.content. */
enum fv_err fv_get_stream(struct fv_client *client, struct fv_slice what) FV_MUSTUSE;
/* The same, to a file of the storage port: complete or not at all. name: where; empty: the local
 * name that fv_sync() would use. */
enum fv_err fv_get_file(struct fv_client *client, struct fv_slice what,
                        struct fv_slice name) FV_MUSTUSE;

/* Read every file of the ledger again, and report each: FV_UNCHANGED, FV_SKIPPED, or FV_FAILED with
 * FV_E_NOT_FOUND or FV_E_CHANGED. If ledger records cannot be read, a last report is FV_FAILED with
 * FV_E_DAMAGED. With list_only no file is read, and every record is reported as FV_UNCHANGED or
 * FV_SKIPPED. */
enum fv_err fv_verify(struct fv_client *client, bool list_only) FV_MUSTUSE;

/* --- What others may ask about a directory that sync works on. No client is needed. --- */

/* Below the root: the state of the last run, and what is locked while a process works there. */
#define FV_LAST_NAME ".fluxvision/last.json"
#define FV_LOCK_NAME ".fluxvision/lock"

/* Read the state of the last run, whatever a program has written there: at most size bytes, *len of them. FV_OK; FV_E_NOT_FOUND; errors of
 * the port. */
enum fv_err fv_last_read(const struct fv_port_storage *storage, char *text, size_t size,
                         size_t *len) FV_MUSTUSE;

/* Put text in its place, once a sync has ended. It is written to another file, which is synced and renamed, under the lock: whenever the process
 * is killed or the power goes, it is the old one or the new one, whole (but Linux's vfat, where a cut within the rename may leave it
 * empty). Which of the two does not matter, so the directory is not synced. FV_OK; FV_E_BUSY: another process is at work, and writes its own;
 * errors of the port: the old one is still there. */
enum fv_err fv_last_write(const struct fv_port_storage *storage, struct fv_slice text) FV_MUSTUSE;

#define FV_PARTIALS 64 /* files that fv_partials() tells of */

/* A file that is partly there. */
struct fv_partial_file {
    struct fv_slice path; /* ptr NULL: not known, it is small; valid during the callback */
    uint64_t bytes; /* that a further run goes on from; of a small file, those that are there */
    uint64_t size;  /* of the whole; UINT64_MAX: not known */
};

/* Call visit for each file under way, FV_PARTIALS at most; *more: how many others there are. Takes no lock and writes nothing. FV_OK;
 * FV_E_NOT_FOUND: no sync has been there; errors of the port. */
enum fv_err fv_partials(const struct fv_port_storage *storage,
                        void (*visit)(void *ctx, const struct fv_partial_file *file), void *ctx,
                        uint64_t *more) FV_MUSTUSE;

/* Return the exit status for a program whose last call returned err: 0; 1 if some files are done
 * and others failed, or if files failed for different reasons; 130 for FV_E_CANCELLED; otherwise
 * that of the one reason (fv_err_exit()). */
int fv_client_exit(const struct fv_client *client, enum fv_err err);

/* Return the first error of the last call, with its subject and details. Valid until the next
 * call. */
const struct fv_fault *fv_client_fault(const struct fv_client *client);
const struct fv_summary *fv_client_summary(const struct fv_client *client);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
