/* SPDX-License-Identifier: MIT */
/*
 * Errors, and the conventions that every header of this project follows.
 *
 * - A function that can fail returns enum fv_err: negative: it failed; 0: it is done; positive: it
 *   is not done, and has not failed. A header names each positive code that a function returns.
 *   Results are written through pointers, and are unchanged after a failure unless a
 *   header says otherwise.
 * - No pointer may be NULL unless its description says so. Memory belongs to the caller. It is
 *   borrowed until the call returns, or until the context that keeps it is reset or closed.
 * - Threads must not share a context without a lock. Different contexts are independent.
 * - Text is a slice (base/slice.h); bytes are uint8_t. Sizes and offsets of files are uint64_t
 *   bytes, durations uint32_t milliseconds, instants int64_t microseconds.
 * - "Errors of the port" are those that port/port.h names.
 */
#ifndef FV_BASE_ERR_H
#define FV_BASE_ERR_H

#include "base/cap.h"
#include "base/slice.h"

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif
#pragma GCC visibility push(default)

/* FV_ONE_COPY marks a function whose call takes less code than its body. Compilers would otherwise
 * repeat the body when they optimise for size. FV_COLD marks a function that ordinary runs do not
 * call. The compiler may place it, and what only it calls, in pages that are not loaded until it is
 * called. */
#if defined(__GNUC__)
#define FV_MUSTUSE __attribute__((warn_unused_result))
#define FV_ONE_COPY __attribute__((noinline))
#define FV_COLD __attribute__((cold, noinline))
#else
#define FV_MUSTUSE
#define FV_ONE_COPY
#define FV_COLD
#endif

enum fv_err {
    /* Not errors. Each has one meaning everywhere. */
    FV_MORE = 1,    /* the input is valid so far and not complete: give more input */
    FV_AGAIN = 2,   /* cannot go on yet: wait for what the header names, then call again */
    FV_NOTHING = 3, /* the input is valid, and has no value in it (a comment, an empty line) */
    FV_PART = 4,    /* a part of the result was written: call again for the rest */
    FV_RESTART = 5, /* what was received before cannot be continued: start from the beginning */
    FV_OK = 0,

    /* The arguments and settings of the program (exit status 2). */
    FV_E_USAGE = -1,    /* an option, argument or setting is not valid */
    FV_E_CAPACITY = -2, /* a value is longer than this build's capacity (base/cap.h) */
    FV_E_MEMORY = -3,   /* the memory of the caller, or the pool of the TLS library, is used up */

    /* Network (exit status 3). */
    FV_E_ADDRESS = -8,     /* this device has no network address */
    FV_E_PROXY_DOWN = -9,  /* no connection to the proxy: name, refused, unreachable, too late */
    FV_E_RESOLVE = -10,    /* the name has no address, or no name server answered */
    FV_E_CONNECT = -11,    /* refused or unreachable */
    FV_E_RESET = -12,      /* the peer or the network broke an established connection */
    FV_E_TIMEOUT = -13,    /* a deadline passed: connect, stall or total */
    FV_E_SLOW = -14,       /* slower than the speed limit for too long */
    FV_E_CLOSED = -15,     /* the peer closed before a response began */
    FV_E_TRUNCATED = -16,  /* the peer closed inside a response */
    FV_E_PROXY = -17,      /* the proxy refused CONNECT */
    FV_E_NETWORK = -18,    /* any other failure of the network port */
    FV_E_PROXY_BUSY = -19, /* the proxy cannot do CONNECT at the moment */

    /* TLS (exit status 4). */
    FV_E_TLS = -20,        /* handshake or record protocol failed */
    FV_E_TLS_TRUST = -21,  /* the chain does not end at a trusted root */
    FV_E_TLS_NAME = -22,   /* the certificate is for another host name */
    FV_E_TLS_TIME = -23,   /* the certificate is expired or not yet valid */
    FV_E_TLS_PIN = -24,    /* the public key is not a pinned one */
    FV_E_TLS_CA = -25,     /* the CA bundle is missing or holds no certificate */
    FV_E_TLS_RECORD = -26, /* a record is longer than this build's buffer */
    /* After the handshake: an alert, a damaged record, or an unknown message. */
    FV_E_TLS_BROKEN = -27,
    /* A certificate breaks a rule of RFC 5280, or needs what this build does not support. */
    FV_E_TLS_CHAIN = -28,
    /* Server and client have no version, suite, group or protocol in common, or the server requires
     * a client certificate. */
    FV_E_TLS_LACKS = -29,

    /* Authentication (exit status 5). */
    FV_E_AUTH = -30,      /* 401 */
    FV_E_FORBIDDEN = -31, /* 403 */

    /* HTTP (exit status 6). */
    FV_E_HTTP_STATUS = -40,   /* a status that is neither a success nor one of the others */
    FV_E_HTTP_SYNTAX = -41,   /* the response is not HTTP/1.x as RFC 9112 has it */
    FV_E_HTTP_LINE = -42,     /* one line of the head is longer than FV_CAP_LINE */
    FV_E_HTTP_HEAD = -43,     /* the whole head is longer than FV_CAP_HEAD */
    FV_E_HTTP_FRAMING = -44,  /* Content-Length and Transfer-Encoding conflict, or are not valid */
    FV_E_HTTP_RANGE = -45,    /* Content-Range does not fit the request */
    FV_E_HTTP_REDIRECT = -46, /* a redirect without a usable Location, to plain HTTP, or too many */
    FV_E_HTTP_RETRY = -47,    /* 408, 425, 429 or 5xx: transient */
    FV_E_URL = -48,           /* not a URL that this program fetches */
    FV_E_ORIGIN = -49,        /* an origin that is not the endpoint's */
    FV_E_HTTP_CODING = -50,   /* a Content-Encoding, which the request did not allow */
    /* a response is shorter than its framing says and runs into the next one */
    FV_E_HTTP_MIXED = -51,

    /* Storage (exit status 7). */
    FV_E_STORAGE = -60,   /* read, write, sync or rename failed (EIO and the like) */
    FV_E_FULL = -61,      /* no space, over quota, or less than --min-free would stay free */
    FV_E_DENIED = -62,    /* permission, or a component is a symbolic link */
    FV_E_READONLY = -63,  /* the file system is read-only */
    FV_E_NOT_FOUND = -64, /* no such file or directory */
    FV_E_EXISTS = -65,    /* something else has that name */
    FV_E_CORRUPT = -66,   /* a record's checksum is wrong, or another version wrote the file */
    FV_E_CHANGED = -67,   /* a local file is not the one in the ledger */
    FV_E_LARGE = -69,     /* a file is larger than this file system allows */
    FV_E_MEDIUM = -68,    /* The medium was removed or replaced. Nothing more is read or written. */

    /* The listing (exit status 8). */
    FV_E_JSON = -70,       /* not JSON (RFC 8259), or not an array of objects */
    FV_E_ENTRY = -71,      /* a field is missing or of the wrong kind */
    FV_E_ENTRY_TIME = -72, /* file_last_modified_date is not RFC 3339 */
    FV_E_ENTRY_SIZE = -73, /* an object is larger than FV_CAP_OBJECT */

    FV_E_BUSY = -80,       /* another process holds the lock (exit status 9) */
    FV_E_HOOK = -81,       /* the --exec command ended with a status other than 0 (exit status 1) */
    FV_E_CANCELLED = -82,  /* the user asked to stop (exit status 130 or 143) */
    FV_E_MISSED = -83,     /* the listing has no such name (exit status 6) */
    FV_E_MEANWHILE = -84,  /* output that was already written cannot be withdrawn (exit status 1) */
    FV_E_MAX_DELETE = -85, /* --prune would remove more files than allowed (exit status 1) */
    FV_E_DAMAGED = -86,    /* ledger records are missing or cannot be read (exit status 1) */
    FV_E_NO_SCOPE = -87 /* the portal has no such organisation, study or delivery (exit status 6) */
};

/* Return the text of err: a fragment of a sentence in lower case without a full stop, such as "the
 * connection was closed inside a response". Static, never NULL; "unknown error" for a positive or
 * unknown code. */
const char *fv_err_text(enum fv_err err);

/* Return the exit status for err: 0 for FV_OK, otherwise 1 to 9; 1 for a positive or unknown code.
 * FV_E_CANCELLED gives 130; a front end that received TERM replaces it by 143. */
int fv_err_exit(enum fv_err err);

/*
 * The first error of a context, with details. Reset it by assigning zero.
 *
 * native:  errno, mbedTLS's code, or the HTTP status; 0 if there is none.
 * subject: host, file, field or URL that the error is about, NUL-terminated and cut to its size;
 *          may be empty.
 * detail:  what else is known (a certificate's names and dates), and what to do; in the same form.
 */
struct fv_fault {
    enum fv_err err;
    int32_t native;
    char subject[FV_CAP_SUBJECT + 1];
    char detail[FV_CAP_DETAIL + 1];
};

/* Record err in fault, unless an earlier error is there. subject may be NULL. Return err, for
 * `return fv_fault_set(...)`. */
enum fv_err fv_fault_set(struct fv_fault *fault, enum fv_err err, int32_t native,
                         const char *subject);
/* The same, with a subject that is not NUL-terminated. */
enum fv_err fv_fault_slice(struct fv_fault *fault, enum fv_err err, int32_t native,
                           struct fv_slice subject);
/* Set the details. What does not fit is cut. */
void fv_fault_explain(struct fv_fault *fault, struct fv_slice detail);

#pragma GCC visibility pop
#ifdef __cplusplus
}
#endif

#endif
