/* SPDX-License-Identifier: MIT */
/*
 * Checks each step of a sync, and reports what it finds. It fetches only a listing and a byte or
 * two of a file, and leaves nothing on storage. Credentials are sent only where a sync would send
 * them.
 *
 * It reports facts. The front end finds the words for them, and the advice.
 */
#ifndef FV_CLIENT_DOCTOR_H
#define FV_CLIENT_DOCTOR_H

#include "fluxvision.h"
#include "net/facts.h"

/* The steps, in the order in which they are reported. */
enum fv_doctor_step {
    FV_DOCTOR_SETTINGS, /* done by the front end */
    FV_DOCTOR_CLOCK,
    FV_DOCTOR_NAME,
    FV_DOCTOR_ADDRESSES,
    FV_DOCTOR_PROXY,
    FV_DOCTOR_TLS,
    FV_DOCTOR_CREDENTIALS,
    FV_DOCTOR_DATE, /* the portal's clock; left out if it sends no Date */
    FV_DOCTOR_LISTING,
    FV_DOCTOR_RANGES,
    FV_DOCTOR_PIPELINING,
    FV_DOCTOR_DIR,
    FV_DOCTOR_CONFINEMENT /* done by the front end */
};

enum fv_doctor_result { FV_DOCTOR_OK, FV_DOCTOR_WARN, FV_DOCTOR_FAIL };

/* number of requests that FV_DOCTOR_PIPELINING sends together */
#define FV_DOCTOR_PIPELINED 3
/* seconds by which this machine's clock may differ from the portal's */
#define FV_DOCTOR_DRIFT_S 300
/* days left before a certificate expires, below which there is a warning */
#define FV_DOCTOR_DAYS 14

struct fv_doctor_address {
    struct fv_port_addr addr;
    enum fv_err err; /* result of connecting */
    int32_t native;
    int64_t took_us;
};

struct fv_doctor {
    /* Set by the caller. told is called for each step. After a failure, the steps that depend on
     * it are left out. */
    void *ctx;
    void (*told)(void *ctx, const struct fv_doctor *d);

    /* The step that is reported. */
    enum fv_doctor_step step;
    enum fv_doctor_result result;
    bool useless; /* LISTING failed because no entry can be used: exit status 8 */
    /* FV_DOCTOR_WARN: no operand says what to check. FV_DOCTOR_OK: there is nothing to check. */
    bool unchecked;
    /* FV_DOCTOR_FAIL: the error. FV_DOCTOR_WARN of LISTING: the first entry that cannot be used. */
    struct fv_fault fault;
    int64_t took_us; /* NAME, TLS, LISTING, PIPELINING: duration of the step */

    enum fv_err first; /* error of the first step that failed; FV_OK: none has */

    /* Facts that this step and those before it have found. Slices are valid as long as the
     * client. */
    int64_t wall_us;       /* CLOCK: the wall time of this machine; INT64_MIN: not known */
    bool proxied;          /* NAME and ADDRESSES are about the proxy */
    struct fv_slice host;  /* NAME: the host that is looked up */
    struct fv_slice proxy; /* HOST:PORT; empty: none is set */
    uint16_t port;
    size_t addresses;
    struct fv_doctor_address address[FV_CAP_ADDRESSES];
    struct fv_net_facts tls;
    uint16_t status;   /* CREDENTIALS: status of the portal's last response */
    int64_t ahead_us;  /* DATE: this machine's clock minus the portal's; negative: it is behind */
    uint64_t entries;  /* LISTING: entries that can be fetched */
    uint64_t unusable; /* LISTING: entries that cannot */
    uint64_t bytes;    /* LISTING: bytes of content */
    char file[FV_CAP_SUBJECT + 1]; /* RANGES: name of the first file, cut to this size */
    bool partial;                  /* RANGES: the server sends parts of it */
    bool redirected;               /* RANGES: it comes from the target of a redirect */
    /* RANGES: it has a strong ETag; it has that or a strong Last-Modified */
    bool etag, validator;
    uint64_t size; /* RANGES: bytes of that file; UINT64_MAX: not known */
    size_t sent,
        /* PIPELINING: requests sent together, and complete responses in the same order */
        responses;
    bool made;                    /* DIR: .fluxvision did not exist; it was created and removed */
    bool folds, fat, exact, lost; /* DIR: as in store/medium.h; folds: of case */
    uint8_t lacks;                /* enum fv_port_lack */
    uint64_t free_bytes;

    /* Private. */
    struct fv_client *c;
    char url[FV_CAP_URL + 1]; /* URL of the first file; empty: none */
};

/* Check the way to the portal; with scope, the listing of scope and its first file; with the
 * storage port, the directory. Without scope or storage, those steps are reported as not
 * checked. Writes all fields of d but ctx and told. Return d->first, or FV_E_CANCELLED. */
enum fv_err fv_doctor_run(struct fv_doctor *d, struct fv_client *c,
                          struct fv_slice scope) FV_MUSTUSE;

#endif
