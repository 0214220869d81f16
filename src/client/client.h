/* SPDX-License-Identifier: MIT */
/*
 * The state of a client, shared by list, get, sync and verify. Front ends use fluxvision.h instead.
 */
#ifndef FV_CLIENT_CLIENT_H
#define FV_CLIENT_CLIENT_H

#include "client/lane.h"
#include "fluxvision.h"
#include "net/auth.h"
#include "net/config.h"
#include "parse/entry.h"
#include "parse/splitter.h"
#include "store/commit.h"
#include "store/ledger.h"
#include "store/plan.h"
#include "store/store.h"

struct fv_local_file;

struct fv_client {
    const struct fv_port *port;
    const struct fv_settings *settings;
    const struct fv_events *events;
    struct fv_port_idle_call idle; /* during a call: the idle function that the port had before */
    uint8_t failed_exit; /* exit status of the failed files; 1 if they differ, 0 if none failed */
    uint8_t phase;       /* enum fv_phase, if FV_CAP_PROGRESS is 1 */
    uint16_t lane_count; /* at least 1; use fv_client_lanes() */
    int64_t started_us;
    uint64_t files_done, files_total; /* of the plan that is being executed */
    uint64_t files_seen;              /* of these files, those that were compared with the ledger */

    /* the scopes of the call; the caller's, borrowed until the call ends */
    const struct fv_slice *scopes;
    uint8_t scope_count; /* 0: a call without scopes */
    /* index of the scope whose listing is being read, or was read last */
    uint8_t scope;
    bool scope_failed[FV_CAP_SCOPES]; /* the listing of this scope could not be read */
    bool broken;                      /* the call was ended by an error that is not of its files */
    const struct fv_port_storage *plan_io; /* where the plan is stored: the root, or scratch */
    /* if FV_CAP_PROGRESS is 1: the file being hashed; NULL: none */
    const struct fv_local_file *hashing;

    struct fv_summary summary;
    struct fv_fault fault;  /* of the last call */
    struct fv_url endpoint; /* of the settings; its path is the prefix, without a "/" at the end */
    struct fv_transfer_shared shared; /* shared by all lanes */
    struct fv_net_config net;
    struct fv_store store;
    struct fv_plan plan;
    struct fv_table_page page;             /* used by plan and ledger */
    struct fv_auth auth[1 + FV_CAP_PROXY]; /* for the portal; the last one for a proxy */
    /* The listing has been read to its end before the ledger is opened, so both share memory. */
    union {
        struct fv_splitter splitter;
        struct fv_ledger ledger;
    };

    struct fv_commit batch; /* complete files that wait for their names */

    struct fv_lane lane[]; /* in the same block of memory */
};

/* Return the number of lanes of c. */
static inline size_t fv_client_lanes(const struct fv_client *c)
{
    return FV_CAP_JOBS == 1 ? 1 : c->lane_count;
}

/* Return the number of scopes, in a call that has any. */
static inline size_t fv_client_scopes(const struct fv_client *c)
{
    return FV_CAP_SCOPES == 1 ? 1 : c->scope_count;
}

/* Set the phase of the call. */
static inline void fv_client_enter(struct fv_client *c, enum fv_phase phase)
{
    if (FV_CAP_PROGRESS) {
        c->phase = (uint8_t)phase;
    }
}

/* If err is FV_E_STORAGE, which can have many causes, return the last error code of the storage;
 * otherwise 0. */
int32_t fv_client_native(const struct fv_client *c, enum fv_err err);
/* Record the first error of a call with its subject. Return err. */
enum fv_err fv_client_fail(struct fv_client *c, enum fv_err err, struct fv_slice subject);

/* Begin a call: forget the error and the counters of the last one. */
void fv_client_begin(struct fv_client *c);
/* Return whether --max-time is over. */
bool fv_client_out_of_time(const struct fv_client *c);
/* Return FV_OK, or FV_E_CANCELLED or FV_E_TIMEOUT if the call must end. For loops that do not wait
 * for anything. */
enum fv_err fv_client_stopped(const struct fv_client *c) FV_MUSTUSE;
/* End a call: record how long it took. Return err. */
enum fv_err fv_client_end(struct fv_client *c, enum fv_err err) FV_MUSTUSE;

/* Copy a fault of network or storage to the client, unless it has one already. */
void fv_client_adopt(struct fv_client *c, const struct fv_fault *fault);

#endif
