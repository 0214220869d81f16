/* SPDX-License-Identifier: MIT */
/*
 * The way of a sync, step by step: what is found at each, and which is the first that fails. Nothing is fetched but a listing and
 * a byte or two of a file, and nothing stays on storage. Credentials go where a sync would send them.
 *
 * Facts only: the words for them, and what to do, are the front end's.
 */
#ifndef FV_CLIENT_DOCTOR_H
#define FV_CLIENT_DOCTOR_H

#include "fluxvision.h"
#include "net/facts.h"

/* In the order in which they are told. */
enum fv_doctor_step {
    FV_DOCTOR_SETTINGS, /* the front end's own */
    FV_DOCTOR_CLOCK,
    FV_DOCTOR_NAME,
    FV_DOCTOR_ADDRESSES,
    FV_DOCTOR_PROXY,
    FV_DOCTOR_TLS,
    FV_DOCTOR_CREDENTIALS,
    FV_DOCTOR_DATE, /* the portal's clock; left out where it tells no time */
    FV_DOCTOR_LISTING,
    FV_DOCTOR_RANGES,
    FV_DOCTOR_PIPELINING,
    FV_DOCTOR_DIR,
    FV_DOCTOR_CONFINEMENT /* the front end's own */
};

enum fv_doctor_result { FV_DOCTOR_OK, FV_DOCTOR_WARN, FV_DOCTOR_FAIL };

/* Pipelined requests of that step. */
#define FV_DOCTOR_PIPELINED 3
/* Seconds that this clock and the portal's may differ by. */
#define FV_DOCTOR_DRIFT_S 300
/* Days left of a certificate below which it is warned about. */
#define FV_DOCTOR_DAYS 14

struct fv_doctor_address {
    struct fv_port_addr addr;
    enum fv_err err; /* of connecting: FV_OK, or why not */
    int32_t native;
    int64_t took_us;
};

struct fv_doctor {
    /* The caller's. told is called for each step; steps behind one that failed are left out where they need it. */
    void *ctx;
    void (*told)(void *ctx, const struct fv_doctor *d);

    /* The step that is told. */
    enum fv_doctor_step step;
    enum fv_doctor_result result;
    bool useless;   /* LISTING failed since no entry can be used: exit status 8 */
    bool unchecked; /* nobody said what to ask for, or there is nothing to ask: FV_DOCTOR_WARN */
    struct fv_fault
        fault; /* of FV_DOCTOR_FAIL: why. LISTING's warning: the first entry that cannot be used */
    int64_t took_us; /* NAME, TLS, LISTING, PIPELINING: how long that took */

    enum fv_err first; /* of the first step that failed; FV_OK */

    /* Facts: what steps up to this one have found. Slices are valid as long as the client. */
    int64_t wall_us;       /* CLOCK: this machine's; INT64_MIN: not known */
    bool proxied;          /* NAME and ADDRESSES are about the proxy */
    struct fv_slice host;  /* that is looked up */
    struct fv_slice proxy; /* HOST:PORT; empty: none is set */
    uint16_t port;
    size_t addresses;
    struct fv_doctor_address address[FV_CAP_ADDRESSES];
    struct fv_net_facts tls;
    uint16_t status;   /* CREDENTIALS: of the portal's last response */
    int64_t ahead_us;  /* DATE: how far this clock is ahead of the portal's; negative: behind */
    uint64_t entries;  /* LISTING: of files that can be fetched */
    uint64_t unusable; /* and that can't */
    uint64_t bytes;    /* of the listing */
    char file[FV_CAP_SUBJECT + 1]; /* RANGES: the first file's name, cut there */
    bool partial;                  /* the server gives parts of it */
    bool redirected;               /* from another place than the portal */
    bool etag, validator;          /* it has a strong ETag; that, or a strong Last-Modified */
    uint64_t size;                 /* of that file; UINT64_MAX: not known */
    size_t sent,
        responses; /* PIPELINING: requests in one piece, and whole responses to them, in order */
    bool made;     /* DIR: .fluxvision was not there; it was made and removed */
    bool folds, fat, exact, lost; /* store/medium.h; folds: case */
    uint8_t lacks;                /* enum fv_port_lack */
    uint64_t free_bytes;

    /* Private. */
    struct fv_client *c;
    char url[FV_CAP_URL + 1]; /* of the first file; empty: none */
};

/* Go the way to the portal, and on to the listing of scope (empty: not asked for), and look at the port's storage (NULL: not asked for). All of d but
 * the caller's is written. Returns d->first, or FV_E_CANCELLED. */
enum fv_err fv_doctor_run(struct fv_doctor *d, struct fv_client *c,
                          struct fv_slice scope) FV_MUSTUSE;

#endif
