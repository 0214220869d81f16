/*
 * Every capacity of the program, in one place. A board overrides a value with -D in its board.mk.
 *
 * A value that does not fit is an error that names the value (FV_E_CAPACITY, FV_E_HTTP_LINE, FV_E_ENTRY_SIZE, ...), never
 * a truncation. Numbers are bytes unless said otherwise.
 */
#ifndef FV_BASE_CAP_H
#define FV_BASE_CAP_H

#include <assert.h>

/* A host name, RFC 1035 2.3.4: 253 characters in text form. Minimum 64. */
#ifndef FV_CAP_HOST
#define FV_CAP_HOST 253
#endif

/* A URL as the program keeps it, percent-encoded; a redirect's too. RFC 9110 4.1 recommends 8000 at least; one that is signed for
 * a session has 2,000 to 3,000. Minimum 256. */
#ifndef FV_CAP_URL
#define FV_CAP_URL 8192
#endif

/* What an error is about (host, file, field or URL), as it is shown; more is cut. Minimum 64. */
#ifndef FV_CAP_SUBJECT
#define FV_CAP_SUBJECT 159
#endif

/* What is known of an error beside that (a certificate's names and dates), as it is shown; more is cut. Minimum 64. */
#ifndef FV_CAP_DETAIL
#define FV_CAP_DETAIL 319
#endif

/* Certificates of a path, from the server's to the trusted one, both counted. Minimum 4. */
#ifndef FV_CAP_PATH_CERTS
#define FV_CAP_PATH_CERTS 16
#endif

/* Signatures of certificates that are checked in one handshake: those of the path, and of what looked like one. Minimum FV_CAP_PATH_CERTS. */
#ifndef FV_CAP_SIGNATURES
#define FV_CAP_SIGNATURES 64
#endif

/* One line of a response head that the program uses, line end not counted; longer ones are FV_E_HTTP_LINE. Minimum 256. */
#ifndef FV_CAP_LINE
#define FV_CAP_LINE (FV_CAP_URL + 16)
#endif

/* All lines of a response head, or of a trailer section; more is FV_E_HTTP_HEAD. Nothing is stored for it: what curl takes. */
#ifndef FV_CAP_HEAD
#define FV_CAP_HEAD 307200
#endif

/* A validator (ETag or Last-Modified) as received. A longer one is treated as none. Minimum 32. */
#ifndef FV_CAP_VALIDATOR
#define FV_CAP_VALIDATOR 128
#endif

/* The members of one listing object that the program uses, raw: room for a URL in which each character is escaped as "\/" is, and
 * for half as much again. Minimum 512. */
#ifndef FV_CAP_OBJECT
#define FV_CAP_OBJECT 24576
#endif

/* One component of a local path (NAME_MAX of POSIX). FAT's is 255 UTF-16 units. */
#ifndef FV_CAP_COMPONENT
#define FV_CAP_COMPONENT 255
#endif

/* A local path relative to DIR: four components and three slashes at most, or one of the program's own. Minimum 256. */
#ifndef FV_CAP_PATH
#define FV_CAP_PATH (4 * FV_CAP_COMPONENT + 3)
#endif

/* User name and password, each: a password of 1,000 characters fits in UTF-8. Minimum 32. */
#ifndef FV_CAP_SECRET
#define FV_CAP_SECRET 2048
#endif

/* Request head: request line and Host, which are a URL; Authorization, Base64 of user:password; If-Range, a validator; names, Range
 * and other fields of known length. */
#ifndef FV_CAP_REQUEST
#define FV_CAP_REQUEST (FV_CAP_URL + (2 * FV_CAP_SECRET + 3) / 3 * 4 + FV_CAP_VALIDATOR + 144)
#endif

/* What is read from a connection at once: one TLS record is best. Minimum 256. */
#ifndef FV_CAP_RECV
#define FV_CAP_RECV 16384
#endif

/* What is received from the system at once, before TLS takes it apart: part of the state of each connection. A few records
 * save calls of the system; where a call costs little (a TCP/IP stack in the program), as little as 64 does. Minimum 1. */
#ifndef FV_CAP_AHEAD
#define FV_CAP_AHEAD (2 * FV_CAP_RECV)
#endif

/* What is kept in memory of the plan, and of a table on storage: both are part of a client's state. Minimum 128, a multiple of 16. */
#ifndef FV_CAP_BLOCK
#define FV_CAP_BLOCK 4096
#endif

/* Names of a listing that are kept in memory, if the client is given room for them: 20 bytes each. Number, a power of two from 8 to
 * 32768; or 0, and all are in a table on storage. */
#ifndef FV_CAP_NAMES
#define FV_CAP_NAMES 4096
#endif

/* Slots for values of the ledger's index that wait to be written together, in the order of the file. 24 bytes each, in memory that a client needs
 * for a listing before. Number, a power of two from 8 on; or 0: each is written when the page of the next one is another. */
#ifndef FV_CAP_INDEX
#define FV_CAP_INDEX (FV_CAP_BLOCK < 4096 ? 0 : 512)
#endif

/* Files that wait to be made durable and named together: 17 bytes of a client's state each. Number, minimum 1. */
#ifndef FV_CAP_BATCH
#define FV_CAP_BATCH 64
#endif

/* Bytes of such files; a larger one is a batch of its own, and has a checkpoint after as many. What a power cut may cost. */
#ifndef FV_CAP_BATCH_BYTES
#define FV_CAP_BATCH_BYTES (16 << 20)
#endif

/* How long the first of them waits. Milliseconds. */
#ifndef FV_CAP_BATCH_MS
#define FV_CAP_BATCH_MS 2000
#endif

/* Whether the port may have sync_all: 1 or 0. */
#ifndef FV_CAP_SYNC_ALL
#define FV_CAP_SYNC_ALL FV_CAP_MEASURE
#endif

/* What verify and the search for a root read from storage at once, on the stack and in TLS's memory. Minimum 256. */
#ifndef FV_CAP_READ
#define FV_CAP_READ 4096
#endif

/* Addresses of one host that are tried. Number. */
#ifndef FV_CAP_ADDRESSES
#define FV_CAP_ADDRESSES 8
#endif

/* Requests in flight on one connection. Number, a power of two. */
#ifndef FV_CAP_PIPELINE
#define FV_CAP_PIPELINE 256
#endif

/* Connections besides the portal's, for where redirects lead, of each of --jobs: 1, or 0 where memory is for one, which then serves
 * both in turn. */
#ifndef FV_CAP_ASIDE
#define FV_CAP_ASIDE (FV_CAP_PIPELINE > 1)
#endif

/* Connections of --jobs. Number. */
#ifndef FV_CAP_JOBS
#define FV_CAP_JOBS 16
#endif

/* Whether connections may go through a proxy: 1 or 0. */
#ifndef FV_CAP_PROXY
#define FV_CAP_PROXY 1
#endif

/* Whether sync can look at what files hold (--checksum and --adopt), and copies a ledger that is damaged or not its own to write to.
 * 1 or 0. */
#ifndef FV_CAP_COMPARE
#define FV_CAP_COMPARE 1
#endif

/* Whether the medium may be one that its port does not know, which has to be measured (store/medium.h), behind a system that shows what it has
 * failed to write to who reads: 1 or 0. */
#ifndef FV_CAP_MEASURE
#define FV_CAP_MEASURE 1
#endif

/* Whether struct fv_progress tells all, and is told while the client waits: 1; or 0, and it is told of content alone. */
#ifndef FV_CAP_PROGRESS
#define FV_CAP_PROGRESS FV_CAP_MEASURE
#endif

/* Public keys in --pinnedpubkey. Number. */
#ifndef FV_CAP_PINS
#define FV_CAP_PINS 8
#endif

/* One certificate of the trusted roots, in DER; larger ones are skipped. Minimum 1024: a root with a key of RSA-2048. */
#ifndef FV_CAP_ROOT
#define FV_CAP_ROOT 6144
#endif

/* TLS sessions kept for the next connection to the same host: 1, or 0 where the memory for it, some KiB of the TLS library's, is to be
 * had for a full handshake at any moment. */
#ifndef FV_CAP_SESSIONS
#define FV_CAP_SESSIONS 1
#endif

/* --include and --exclude patterns together. Number. */
#ifndef FV_CAP_GLOBS
#define FV_CAP_GLOBS 32
#endif

/* The settings file of a firmware (src/fw). */
#ifndef FV_CAP_CONFIG
#define FV_CAP_CONFIG 1024
#endif

/* Redirects followed for one request. Number; RFC 9110 15.4 asks only that there is a limit. */
#ifndef FV_CAP_REDIRECTS
#define FV_CAP_REDIRECTS 5
#endif

static_assert(FV_CAP_HOST >= 64 && FV_CAP_URL >= 256, "a host and a URL must fit");
static_assert(FV_CAP_LINE >= 256 && FV_CAP_LINE <= FV_CAP_HEAD, "a line is part of a head");
static_assert(FV_CAP_LINE >= FV_CAP_URL + sizeof "Location:", "a URL fits in a line of a head");
static_assert(FV_CAP_BLOCK >= 128, "some slots of a table fit");
static_assert(FV_CAP_BATCH >= 1 && FV_CAP_BATCH_BYTES >= 1, "a file is a batch");
static_assert(FV_CAP_READ >= 256, "a step of the search for a root fits");
static_assert(FV_CAP_OBJECT >= 512, "nine fields must fit");
static_assert(FV_CAP_OBJECT >= 2 * FV_CAP_URL,
              "a URL fits in an object with each character escaped");
static_assert(FV_CAP_PATH >= 256 && FV_CAP_PATH >= FV_CAP_COMPONENT, "a path holds a component");
static_assert(FV_CAP_AHEAD >= 1 && FV_CAP_AHEAD <= 1 << 30, "mbedTLS counts it in an int");
static_assert((FV_CAP_PIPELINE & (FV_CAP_PIPELINE - 1)) == 0, "a ring's size is a power of two");

#endif
