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

    /* Read the trusted root certificates: PEM with any number of them, or one certificate in
     * DER. Required by all calls that use the network. Reads at most n bytes at offset; *got is
     * less than n only at the end. FV_OK; any other code ends the handshake. */
    void *ca_ctx;
    enum fv_err (*ca_read)(void *ctx, uint64_t offset, void *p, size_t n, size_t *got);
    struct fv_slice ca_name; /* the name of their source in errors, for instance a path */
    struct fv_slice pins;    /* sha256//BASE64[;sha256//...]; empty: no pins */
    struct fv_slice proxy;   /* http://HOST:PORT; empty: none */
    struct fv_slice proxy_user, proxy_password;
    /* hosts to reach without the proxy, as in NO_PROXY (parse/noproxy.h) */
    struct fv_slice no_proxy;

    uint32_t connect_timeout_ms; /* for name lookup, TCP, proxy and TLS together */
    uint32_t stall_timeout_ms;   /* longest time without a byte of a response */
    uint64_t max_time_ms;        /* for each call */
    uint32_t retries;            /* attempts after the first; 0: none */
    /* Bytes a second, averaged over speed_time_ms. A slower transfer fails with FV_E_SLOW, which
     * is transient. */
    uint64_t speed_limit;
    uint32_t speed_time_ms;
    uint64_t rate_limit; /* upper limit in bytes a second, over all connections */
    uint64_t max_size;   /* sync: skip files of more bytes than this */
    uint64_t min_free;   /* bytes of the file system that must stay free */
    uint32_t pipeline;   /* requests in flight on a connection, 1 to FV_CAP_PIPELINE */
    uint32_t jobs;       /* connections over which files are fetched, 1 to FV_CAP_JOBS */

    size_t pattern_count;
    /* Range of dates in the listing, both ends included, in microseconds since 1970. INT64_MIN
     * and INT64_MAX mean no limit. */
    int64_t since_us, until_us;
    uint64_t latest; /* keep only so many files, those with the latest dates */

    bool dry_run;
    bool prune;
    bool limit_deletes;  /* max_delete applies */
    uint64_t max_delete; /* remove no file if more than this number would go */
    bool once;
    bool checksum; /* compare local files by content, not by size and time */
    /* Record a local file that the ledger does not know, without fetching it, if it has the date
     * of the listing and the size that the server tells. */
    bool adopt;
    /* list: compute the local path of each entry. Requires the scratch or the storage port. */
    bool local_paths;
    struct fv_pattern patterns[FV_CAP_GLOBS]; /* the first pattern that matches decides */
};

/* An entry for fv_list(). Its slices are valid during the callback. */
struct fv_listed {
    /* the portal's values, with JSON escapes decoded */
    struct fv_slice org, study, delivery, name, url, modified;
    /* ptr is NULL if the member is absent or null */
    struct fv_slice org_name, study_name, delivery_name;
    int64_t modified_us;
    struct fv_slice path; /* local path relative to DIR; empty unless settings.local_paths is set */
};

enum fv_status {
    FV_DOWNLOADED,
    FV_RESUMED, /* downloaded, the first part in an earlier attempt or run */
    FV_UNCHANGED,
    /* Not fetched: larger than max_size; or, with settings.once, moved away after it was
     * fetched. In verify: the file is gone or edited, and sync no longer checks it. */
    FV_SKIPPED,
    FV_REMOVED,
    FV_FAILED,
    FV_ADOPTED /* a local file that was there already was recorded in the ledger */
};

/* Why a file was or would be fetched, or was skipped. */
enum fv_reason {
    FV_REASON_NONE,
    FV_REASON_NEW,     /* not in the ledger, and no local file */
    FV_REASON_CHANGED, /* URL or date in the listing differ from the ledger */
    FV_REASON_MISSING, /* in the ledger, and the local file is gone */
    /* The local file differs from the one in the ledger; or there is one that the ledger does
     * not know. */
    FV_REASON_EDITED,
    FV_REASON_LARGE /* skipped: larger than max_size */
};

/* The result for one file. Its slices are valid during the callback. */
struct fv_file {
    enum fv_status status;
    struct fv_slice path; /* relative to DIR */
    struct fv_slice url;
    int64_t modified_us;
    uint64_t size;                /* bytes; 0: not known */
    const uint8_t *sha256;        /* FV_SHA256_SIZE bytes, or NULL */
    const struct fv_fault *fault; /* why it failed; NULL: it has not failed */
    bool planned;                 /* dry run: a run would do this; nothing was done */
    enum fv_reason reason;        /* for files that were fetched or skipped */
    bool foreign;                 /* it has replaced a local file that the ledger did not know */
};

/* What a call is doing. */
enum fv_phase {
    FV_PHASE_BEGIN,   /* opening the storage */
    FV_PHASE_LISTING, /* requesting and reading listings */
    FV_PHASE_FILES,   /* comparing and fetching files */
    FV_PHASE_PRUNE,   /* removing files that are no longer listed */
    FV_PHASE_VERIFY   /* reading local files and comparing them with the ledger */
};

/* What the call waits for, apart from the response of a server. */
enum fv_wait {
    FV_WAIT_NONE,
    FV_WAIT_NAME,    /* the lookup of host's addresses */
    FV_WAIT_CONNECT, /* a TCP connection to host */
    FV_WAIT_PROXY,   /* the proxy's response to CONNECT */
    FV_WAIT_TLS,     /* the TLS handshake with host */
    FV_WAIT_RETRY    /* the pause before the next attempt */
};

/* The progress of a call. Slices are valid during the callback. If FV_CAP_PROGRESS is 0, all
 * fields after `bytes` are zero. */
struct fv_progress {
    struct fv_slice path;             /* the file being fetched or read; empty: none */
    uint64_t file_done;               /* bytes of that file so far */
    uint64_t file_size;               /* bytes; UINT64_MAX: not known */
    uint64_t files_done, files_total; /* of this run; files_total is 0 until it is known */
    uint64_t bytes;                   /* bytes of content received in this run */
    enum fv_phase phase;
    bool hashing; /* the file is on storage already and is being hashed */
    enum fv_wait wait;
    /* the host that `wait` is about; empty for FV_WAIT_NONE and FV_WAIT_RETRY */
    struct fv_slice host;
    /* FV_WAIT_RETRY: number of the next attempt, and of all attempts that are allowed */
    uint32_t attempt, attempts;
    uint32_t delay_ms;               /* FV_WAIT_RETRY: milliseconds until that attempt */
    enum fv_err why;                 /* FV_WAIT_RETRY: the error that ended the last attempt */
    uint64_t entries, listing_bytes; /* FV_PHASE_LISTING: entries and bytes read so far */
    /* estimate of the bytes of content still to come; UINT64_MAX: not known */
    uint64_t bytes_left;
};

struct fv_summary {
    /* numbers of files */
    uint64_t downloaded, resumed, unchanged, skipped, removed, failed, adopted;
    bool ended;           /* sync: the run has reached its end; files may have failed */
    uint32_t exec_failed; /* complete files for which events.hook has failed */
    uint64_t unattempted; /* files not yet attempted when the run ended early */
    uint64_t listed;      /* entries of the listing */
    /* of `listed`: entries that are not valid or must not be fetched; also counted in failed */
    uint64_t unusable;
    uint64_t bytes;         /* content of files received, in bytes */
    uint64_t listing_bytes; /* content of listings received, in bytes */
    uint32_t requests;
    uint32_t retries;
    int64_t elapsed_us;
    int64_t date_us; /* Latest Date field of the portal, in microseconds since 1970; 0: none. */
    /* Instant at which the portal's certificate expires, in microseconds since 1970. 0: no
     * certificate was seen, or the port has no log. */
    int64_t certificate_end_us;
};

/* Callbacks. Each may be NULL, unless a call needs it. ctx is passed to all. */
struct fv_events {
    void *ctx;
    /* fv_list(), required: an entry. Any code but FV_OK ends the call, which returns that code. */
    enum fv_err (*listed)(void *ctx, const struct fv_listed *entry);
    /* fv_sync(), fv_verify(): the result for a file. fv_list(), fv_sync(): also for an entry that
     * is not valid, whose path may be empty. */
    void (*file)(void *ctx, const struct fv_file *file);
    /* fv_get_stream(), required: the next n bytes of content. Any code but FV_OK ends the call,
     * which returns that code. */
    enum fv_err (*content)(void *ctx, const void *p, size_t n);
    /* fv_sync(): a file is complete and was reported. FV_OK. FV_E_HOOK: the hook has failed; it
     * is counted in summary.exec_failed, and called again for this file in the next run.
     * FV_E_CANCELLED ends the call. */
    enum fv_err (*hook)(void *ctx, const struct fv_file *file);
    /* Content of a file has arrived. If FV_CAP_PROGRESS is 1, it is also called whenever `idle`
     * is, under the same rules. */
    void (*progress)(void *ctx, const struct fv_progress *progress);
    /* fv_sync(): the user asked to stop, and so many bytes of a file are kept, from which the
     * next run resumes. Called only if FV_CAP_PROGRESS is 1. */
    void (*kept)(void *ctx, struct fv_slice path, uint64_t bytes);
    /* fv_sync(): something is wrong, but the run goes on. */
    void (*warning)(void *ctx, const struct fv_fault *fault);
    /* An attempt has failed and will be repeated after delay_ms. `attempt` counts the retries
     * since the last progress. */
    void (*retry)(void *ctx, const struct fv_fault *fault, uint32_t attempt, uint32_t delay_ms);
    /* Called at least once a second during a call, and often much more often, whatever the call
     * does: waiting for a name, a connection, a response or the next attempt, hashing, reading the
     * ledger. The place to feed a watchdog. It must be short, calls no function of this header, and
     * may ask the port to stop. It is not called during one write or sync of the storage, or during
     * one public-key operation, however long these take. */
    void (*idle)(void *ctx);
};

struct fv_client; /* opaque, in the caller's memory */

/* Set every field to its default: the portal's endpoint, no credentials, 10 s to connect, 30 s
 * without a byte, 5 retries, at least 100 bytes a second over 60 s, one connection,
 * FV_CAP_PIPELINE requests in flight, all dates. */
void fv_settings_init(struct fv_settings *settings);

/* Return the size in bytes of a client with so many settings.jobs. The block must have the
 * alignment of max_align_t. With a larger block, 20 bytes for each of up to FV_CAP_NAMES files,
 * the names of a listing stay in memory instead of on storage. */
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

/* Close the connections, and wipe the credentials in client's memory. */
void fv_client_close(struct fv_client *client);

/* List a scope: ORG[/STUDY[/DELIVERY]] in UTF-8; a slash at its end is ignored. Each entry goes
 * to events.listed. FV_OK; FV_E_USAGE: not a scope; the code that events.listed returned;
 * FV_E_MEANWHILE: the listing has changed between two attempts, and entries of the first were
 * passed on; any other code of base/err.h except those of files. */
enum fv_err fv_list(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;
/* The same for several scopes, 1 to FV_CAP_SCOPES, borrowed until it returns. The filters apply
 * to all of them together. An entry in two scopes is passed on once. With more than one scope,
 * the scratch port is required. A scope whose listing the server refuses (404, 403, 5xx) is
 * reported as a failed file without a path, and the other scopes are listed. Any other failure
 * of a listing ends the call. */
enum fv_err fv_list_scopes(struct fv_client *client, const struct fv_slice *scopes,
                           size_t count) FV_MUSTUSE;

/* Synchronise the root of the storage port with the listing of scope. FV_OK: everything is done.
 * FV_E_BUSY: another process works there. FV_E_CORRUPT: another version wrote the ledger.
 * Otherwise the first error; the summary has the number of failed files, and each was reported to
 * events.file. */
enum fv_err fv_sync(struct fv_client *client, struct fv_slice scope) FV_MUSTUSE;
/* The same for several scopes in one run, under the rules of fv_list_scopes(). A file in two
 * scopes is fetched once. All listings are read before the first file is fetched. Files below a
 * scope whose listing was refused are left as they are. */
enum fv_err fv_sync_scopes(struct fv_client *client, const struct fv_slice *scopes,
                           size_t count) FV_MUSTUSE;

/* Fetch one file: a URL; or ORG/STUDY/DELIVERY/FILE_NAME, which requires the scratch port. Its
 * content goes to events.content. FV_OK; FV_E_USAGE: neither of the two forms, or several files
 * have this name; FV_E_URL, FV_E_ORIGIN: not a URL of the portal; FV_E_MISSED: not in the
 * listing; FV_E_MEANWHILE: the file has changed after a part of it was passed on; errors of
 * network, TLS and HTTP; the code that events.content returned. */
enum fv_err fv_get_stream(struct fv_client *client, struct fv_slice what) FV_MUSTUSE;
/* The same, to a file in the root of the storage port, which appears when it is complete. name:
 * its name; empty: the local name that fv_sync() would use. FV_E_BUSY: another process fetches
 * to that name; errors of the port. */
enum fv_err fv_get_file(struct fv_client *client, struct fv_slice what,
                        struct fv_slice name) FV_MUSTUSE;

/* Read every file of the ledger again, and report each: FV_UNCHANGED; FV_SKIPPED; or FV_FAILED
 * with FV_E_NOT_FOUND, FV_E_CHANGED or an error of the port. If parts of the ledger cannot be
 * read, the last report is FV_FAILED with FV_E_DAMAGED. list_only: no file is read, and every
 * record is reported as FV_UNCHANGED; left out are files that sync no longer checks and that are
 * edited or gone. FV_OK: all are unchanged or skipped; FV_E_NOT_FOUND: there is no ledger;
 * FV_E_CORRUPT: another version wrote the ledger; FV_E_BUSY: another process works there;
 * FV_E_CANCELLED, FV_E_TIMEOUT, FV_E_MEDIUM; otherwise the first error of a file. */
enum fv_err fv_verify(struct fv_client *client, bool list_only) FV_MUSTUSE;

/* --- The state of a directory that sync works on. No client is needed. --- */

/* Paths below the root: the state of the last run, and the file that is locked during a run. */
#define FV_LAST_NAME ".fluxvision/last.json"
#define FV_LOCK_NAME ".fluxvision/lock"

/* Read the state of the last run as it is on storage, at most size bytes; *len is their number.
 * The text may be damaged. FV_OK; FV_E_NOT_FOUND: there is none; errors of the port. */
enum fv_err fv_last_read(const struct fv_port_storage *storage, char *text, size_t size,
                         size_t *len) FV_MUSTUSE;

/* Replace the state of the last run by text, after a sync has ended. The new file is written,
 * synced and renamed under the lock. Whenever the process is killed or the power fails, the old
 * file or the new one is there, complete; only Linux's vfat may leave it empty if the power
 * fails during the rename. The directory is not synced, because either file is correct. FV_OK;
 * FV_E_BUSY: another process is running a sync and writes its own state; errors of the port: the
 * old file is unchanged. */
enum fv_err fv_last_write(const struct fv_port_storage *storage, struct fv_slice text) FV_MUSTUSE;

#define FV_PARTIALS 64 /* most files that fv_partials() reports */

/* A partial file. */
struct fv_partial_file {
    /* ptr is NULL: not known, because small files have no state. Valid during the callback. */
    struct fv_slice path;
    /* bytes from which the next run resumes; without a state, the bytes that are there */
    uint64_t bytes;
    uint64_t size; /* of the whole file; UINT64_MAX: not known */
};

/* Call visit for each partial file, at most FV_PARTIALS of them; *more is the number of all
 * others. Takes no lock and writes nothing. FV_OK; FV_E_NOT_FOUND: no sync has run there; errors
 * of the port. */
enum fv_err fv_partials(const struct fv_port_storage *storage,
                        void (*visit)(void *ctx, const struct fv_partial_file *file), void *ctx,
                        uint64_t *more) FV_MUSTUSE;

/* Return the exit status for a program whose last call returned err: 0; 130 for FV_E_CANCELLED;
 * that of err (fv_err_exit()) if a listing has ended the call; 1 if some files are done and others
 * failed, or if files failed for different reasons; otherwise the status of the one reason. */
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
