/* SPDX-License-Identifier: MIT */
/*
 * All capacities of the program, with their defaults. A build that has other values defines them in
 * a header, and names it with -DFV_CAP_FILE='"path/fv_cap.h"'; a firmware's is
 * boards/NAME/fv_cap.h.
 *
 * A value that does not fit is an error that names the value (FV_E_CAPACITY, FV_E_HTTP_LINE,
 * FV_E_ENTRY_SIZE, ...). It is never cut silently. Numbers are bytes unless a comment says
 * otherwise.
 */
#ifndef FV_BASE_CAP_H
#define FV_BASE_CAP_H

#include <assert.h>

#ifdef FV_CAP_FILE
#include FV_CAP_FILE
#endif

/* A host name, RFC 1035 2.3.4: 253 characters in text form. Minimum 64. */
#ifndef FV_CAP_HOST
#define FV_CAP_HOST 4
#endif

/* A URL as the program keeps it, percent-encoded; also the target of a redirect. RFC 9110 4.1
 * recommends at least 8000. A URL that is signed for a session has 2,000 to 3,000 bytes. Minimum
 * 256. */
#ifndef FV_CAP_URL
#define FV_CAP_URL 24
#endif

/* The subject of an error (host, file, field or URL) as it is shown; the rest is cut. Minimum
 * 64. */
#ifndef FV_CAP_SUBJECT
#define FV_CAP_SUBJECT 159
#endif

/* The details of an error (a certificate's names and dates, for instance) as they are shown; the
 * rest is cut. Minimum 64. */
#ifndef FV_CAP_DETAIL
#define FV_CAP_DETAIL 319
#endif

/* Certificates of a path, from the server's to the trusted one, both included. Number, minimum
 * 4. */
#ifndef FV_CAP_PATH_CERTS
#define FV_CAP_PATH_CERTS 16
#endif

/* Certificate signatures that are checked in one handshake: those of the path, and of other
 * certificates that could have been part of it. Number, minimum FV_CAP_PATH_CERTS. */
#ifndef FV_CAP_SIGNATURES
#define FV_CAP_SIGNATURES 64
#endif

/* One line of a response head that the program uses, without its line end. A longer one is
 * FV_E_HTTP_LINE. Minimum 256. */
#ifndef FV_CAP_LINE
#define FV_CAP_LINE (FV_CAP_URL + 16)
#endif

/* All lines of a response head, or of a trailer section. More is FV_E_HTTP_HEAD. No memory is used
 * for it; curl has the same limit. */
#ifndef FV_CAP_HEAD
#define FV_CAP_HEAD 307200
#endif

/* A validator (ETag or Last-Modified) as received. A longer one counts as absent. 32 to 128: a partial file's state has
 * room for that many (store/state.c). */
#ifndef FV_CAP_VALIDATOR
#define FV_CAP_VALIDATOR 8
#endif

/* The members of a listing object that the program uses, as raw JSON. There is room for a URL in
 * which every character is escaped ("\/"), and for half as much again. Minimum 512. */
#ifndef FV_CAP_OBJECT
#define FV_CAP_OBJECT 16
#endif

/* One component of a local path (NAME_MAX of POSIX). FAT's is 255 UTF-16 units. */
#ifndef FV_CAP_COMPONENT
#define FV_CAP_COMPONENT 64
#endif

/* A local path relative to DIR: at most four components and three slashes, or a path of the
 * program's own. Minimum 256. */
#ifndef FV_CAP_PATH
#define FV_CAP_PATH (4 * FV_CAP_COMPONENT + 3)
#endif

/* User name and password, each. A password of 1,000 characters in UTF-8 fits. Minimum 32. */
#ifndef FV_CAP_SECRET
#define FV_CAP_SECRET 32
#endif

/* A request head: a URL in request line and Host; Base64 of user:password in Authorization; a
 * validator in If-Range; names, Range and other fields of known length. */
#ifndef FV_CAP_REQUEST
#define FV_CAP_REQUEST (FV_CAP_URL + (2 * FV_CAP_SECRET + 3) / 3 * 4 + FV_CAP_VALIDATOR + 144)
#endif

/* Bytes read from a connection at once. One TLS record is best. Minimum 256. */
#ifndef FV_CAP_RECV
#define FV_CAP_RECV 16384
#endif

/* Bytes received from the system at once, before TLS processes them. Part of the state of each
 * connection. Several records save system calls. If a call is cheap (a TCP/IP stack in the
 * program), 64 is enough. Minimum 1. */
#ifndef FV_CAP_AHEAD
#define FV_CAP_AHEAD (2 * FV_CAP_RECV)
#endif

/* The part of the plan, and of a table on storage, that is kept in memory. Both are part of a
 * client's state. Minimum 128, a multiple of 16. */
#ifndef FV_CAP_BLOCK
#define FV_CAP_BLOCK 4096
#endif

/* Names of a listing that are kept in memory, if the client has memory for them: 20 bytes each.
 * Number, a power of two from 8 to 32768; 0: all are in a table on storage. */
#ifndef FV_CAP_NAMES
#define FV_CAP_NAMES 4096
#endif

/* Slots for values of the ledger's index, which are collected and written in the order of the file.
 * 24 bytes each, in memory that a client needs for a listing earlier in the run. Number, a power of
 * two, at least 8; 0: a value is written when the next one belongs to another page. */
#ifndef FV_CAP_INDEX
#define FV_CAP_INDEX (FV_CAP_BLOCK < 4096 ? 0 : 512)
#endif

/* Content that is collected in memory and written with one call. It uses the part of a client's
 * memory that could hold names of a listing and is free: at most this many bytes. 0: each piece is
 * written as it arrives. */
#ifndef FV_CAP_GATHER
#define FV_CAP_GATHER (FV_CAP_RECV < 16384 ? 0 : 49152)
#endif

/* Files of a batch, which are made durable and renamed together: 17 bytes of a client's state each.
 * Number, minimum 1. */
#ifndef FV_CAP_BATCH
#define FV_CAP_BATCH 64
#endif

/* Bytes of the files of a batch. A larger file is a batch of its own, and gets a checkpoint each
 * time that many bytes have arrived. A power cut costs at most that many bytes of a file. */
#ifndef FV_CAP_BATCH_BYTES
#define FV_CAP_BATCH_BYTES (16 << 20)
#endif

/* How long the first file of a batch waits. Milliseconds. */
#ifndef FV_CAP_BATCH_MS
#define FV_CAP_BATCH_MS 2000
#endif

/* Whether the port may have sync_all: 1 or 0. */
#ifndef FV_CAP_SYNC_ALL
#define FV_CAP_SYNC_ALL FV_CAP_MEASURE
#endif

/* Bytes that verify and the search for a root read from storage at once, on the stack and in the
 * memory of TLS. Minimum 256. */
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

/* Connections for targets of redirects, for each of --jobs: 1; or 0 if there is memory for one
 * connection only, which then serves both in turn. */
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

/* Whether sync can compare the content of files (--checksum, --adopt), and can copy a ledger that
 * is damaged or must not be written to. 1 or 0. */
#ifndef FV_CAP_COMPARE
#define FV_CAP_COMPARE 1
#endif

/* Whether there are media that the port does not know, which must be measured (store/medium.h), and
 * whether the system may show data that it has failed to write to later readers. 1 or 0. */
#ifndef FV_CAP_MEASURE
#define FV_CAP_MEASURE 1
#endif

/* 1: struct fv_progress has all its values, and is reported while the client waits too. 0: it is
 * reported only when content arrives. */
#ifndef FV_CAP_PROGRESS
#define FV_CAP_PROGRESS FV_CAP_MEASURE
#endif

/* Public keys in --pinnedpubkey. Number. */
#ifndef FV_CAP_PINS
#define FV_CAP_PINS 8
#endif

/* One trusted root certificate in DER. A larger one is skipped. Minimum 1024: a root with an
 * RSA-2048 key. */
#ifndef FV_CAP_ROOT
#define FV_CAP_ROOT 6144
#endif

/* TLS sessions kept for the next connection to the same host: 1; or 0 on boards that need this
 * memory (some KiB) for a full handshake. */
#ifndef FV_CAP_SESSIONS
#define FV_CAP_SESSIONS 1
#endif

/* Scopes of one list or sync. Number, 1 to 255; where it is 1, no code for more is built. */
#ifndef FV_CAP_SCOPES
#define FV_CAP_SCOPES (FV_CAP_MEASURE ? 64 : 1)
#endif

/* Whether sync can leave large files alone (--max-size): 1 or 0. */
#ifndef FV_CAP_MAX_SIZE
#define FV_CAP_MAX_SIZE FV_CAP_MEASURE
#endif

/* --include and --exclude patterns together. Number. */
#ifndef FV_CAP_GLOBS
#define FV_CAP_GLOBS 32
#endif

/* The settings file of a firmware (src/fw). */
#ifndef FV_CAP_CONFIG
#define FV_CAP_CONFIG 1024
#endif

/* Redirects followed for one request. Number; RFC 9110 15.4 only requires that there is a limit. */
#ifndef FV_CAP_REDIRECTS
#define FV_CAP_REDIRECTS 5
#endif

static_assert(FV_CAP_LINE <= FV_CAP_HEAD, "a line is part of a head");
static_assert(FV_CAP_LINE >= FV_CAP_URL + sizeof "Location:", "a URL fits in a line of a head");
static_assert(FV_CAP_BLOCK >= 128, "some slots of a table fit");
static_assert(FV_CAP_BATCH >= 1 && FV_CAP_BATCH_BYTES >= 1, "a file is a batch");
static_assert(FV_CAP_READ >= 256, "a step of the search for a root fits");
static_assert(FV_CAP_SCOPES >= 1 && FV_CAP_SCOPES <= 255, "a scope's number is a byte");
static_assert(FV_CAP_PATH >= 256 && FV_CAP_PATH >= FV_CAP_COMPONENT, "a path holds a component");
static_assert(FV_CAP_AHEAD >= 1 && FV_CAP_AHEAD <= 1 << 30, "mbedTLS counts it in an int");
static_assert((FV_CAP_PIPELINE & (FV_CAP_PIPELINE - 1)) == 0, "a ring's size is a power of two");

#endif
