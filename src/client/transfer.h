/* SPDX-License-Identifier: MIT */
/*
 * One GET until it succeeds or fails: the origin rule, redirects, the meaning of statuses, resuming
 * and retries.
 *
 * Content goes to a sink, which knows how much it has. A listing, a file and a stream have
 * different sinks. Every attempt begins at the URL of the listing (RFC 9110 15.4.3, 15.4.8: the
 * target URI stays the first one). The target of a redirect is requested over a connection of its
 * own, while the portal's connection goes on.
 *
 * A request has an identity, and a response is accepted only if it comes back with the same
 * identity (net/exchange.h). Nothing here knows a client or a lane; the parts below are borrowed.
 *
 * No byte of one file is ever stored under the name of another, also when several redirects are
 * followed at a time. A request to a target gets its identity from the response whose Location it
 * follows, before that response is released. Responses of a target are read in the order of its
 * requests, each only by the transfer of that identity. Of the requests that are sent ahead to a
 * target, only a complete 200 counts. Everything else is requested again, from the URL of the
 * listing, with no request behind it. The dates of both servers are compared with the listing's
 * (client/order.h).
 */
#ifndef FV_CLIENT_TRANSFER_H
#define FV_CLIENT_TRANSFER_H

#include "client/backoff.h"
#include "client/ends.h"
#include "client/order.h"
#include "client/pace.h"
#include "client/rate.h"
#include "fluxvision.h"
#include "net/exchange.h"

/* Identity of a request that does not belong to a file of a plan. */
#define FV_TRANSFER_ALONE UINT64_MAX

/* Shared by all transfers of a client. */
struct fv_transfer_shared {
    const struct fv_port *port;
    const struct fv_settings *settings;
    const struct fv_events *events;
    const struct fv_url *endpoint;
    struct fv_slice authorization; /* value of Authorization for the endpoint; empty: none */
    int64_t deadline_us;           /* end of the whole command, an instant */
    struct fv_rate_limit limit;    /* --limit-rate, for all transfers together */
    struct fv_pace pace;           /* for the portal, over all connections */
    /* One for the portal; the last one for the targets of redirects. */
    struct fv_order order[1 + FV_CAP_ASIDE];
    struct fv_summary *summary;
    struct fv_fault *fault; /* gets the final error, unless it has one */
};

/* The connections that a transfer uses. */
struct fv_transfer_way {
    struct fv_transfer_shared *shared;
    /* to the endpoint; may have requests of other transfers in flight */
    struct fv_exchange *portal;
    struct fv_exchange *aside; /* to targets of redirects; may be the same as portal */
};

struct fv_transfer_sink {
    void *ctx;
    /* The head of a response was accepted. Its content begins at offset `from`: the offset of
     * have(), or 0. total: size of the whole file; UINT64_MAX: not known. validator: for a later
     * If-Range, may be empty; if from is not 0, the one of have(). from == total: nothing is
     * missing. FV_OK. FV_RESTART: the sink has dropped its bytes; request the whole file. Any
     * other code ends the transfer. */
    enum fv_err (*begin)(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator);
    enum fv_err (*content)(void *ctx, struct fv_slice bytes);
    /* Return how many bytes the sink has, and the validator that begin gave with them. An empty
     * validator: these cannot be resumed. */
    uint64_t (*have)(void *ctx, struct fv_slice *validator);
    /* Write the URL that was given to fv_transfer_init(), in normal form. FV_OK, or an error of
     * the storage. */
    enum fv_err (*address)(void *ctx, char url[FV_CAP_URL + 1]);
    /* The request was sent over the portal's connection, or to another origin over the other one.
     * Other requests may now be sent behind it. NULL: none are. */
    void (*asked)(void *ctx);
    /* Return whether another file with that date in the listing is due, and has, had or may have a
     * request in flight. NULL: none ever has. */
    bool (*other)(void *ctx, int64_t date_us);
    /* true: resume even without a validator. NULL: never. */
    const bool *bare;
};

enum fv_transfer_state {
    FV_TRANSFER_ASK,
    FV_TRANSFER_HEAD,
    FV_TRANSFER_BODY,
    FV_TRANSFER_PAUSE /* before the next attempt */
};

struct fv_transfer {
    bool json;           /* request application/json, and expect a listing */
    int64_t listed_us;   /* date of the file in the listing; INT64_MIN: not known */
    enum fv_place place; /* after an error: where it happened; FV_PLACE_NAME: in the sink */
    /* After an error: other requests were sent behind this one to the same target. This file must
     * be requested again, alone; no fault is recorded. */
    bool among;

    /* Private. */
    const struct fv_transfer_way *way;
    struct fv_exchange *at; /* the exchange that carries its request */
    uint64_t tag;           /* its identity */
    enum fv_transfer_state state;
    bool credentials;   /* credentials are sent to url */
    bool ready;         /* it has returned only to let other transfers go on */
    bool crowded;       /* the server refuses a second connection */
    bool refused;       /* a response did not fit: client/order.h */
    bool led_alone;     /* no other request was in flight when the redirect arrived */
    bool whole;         /* no ranges any more, because the server refuses them */
    uint8_t hops;       /* redirects of this attempt */
    uint8_t restarts;   /* times that it began again at 0 */
    uint8_t closed;     /* connections that ended without an error of the request */
    uint16_t status;    /* of the last response */
    enum fv_err err;    /* the error that ended the attempt */
    enum fv_err failed; /* the error that ended waiting; FV_OK: none */
    int64_t refused_us; /* Last-Modified of the refused response */
    int64_t pause_us;   /* instant at which FV_TRANSFER_PAUSE ends */
    uint64_t from;      /* offset of the first byte that was requested or received */
    uint64_t left;      /* bytes of content still to come; UINT64_MAX: not known */
    struct fv_backoff backoff;
    struct fv_rate_floor floor;

    /* Public. Long fields are last in all structures, so that shorter instructions reach the
     * others. */
    char url[FV_CAP_URL + 1]; /* next URL to request; checked by the origin rule */
};

/* Check url (raw, from a listing or a user) by the origin rule, and write it to text in normal
 * form. FV_OK, FV_E_URL, FV_E_ORIGIN, FV_E_CAPACITY. */
enum fv_err fv_transfer_admit(const struct fv_url *endpoint, struct fv_slice url,
                              char text[FV_CAP_URL + 1]) FV_MUSTUSE;

/* Prepare t to fetch url. tag: its identity, different from all others in flight on the same way;
 * or FV_TRANSFER_ALONE. way is borrowed until the transfer is done. Errors as above, recorded in
 * the shared fault. */
enum fv_err fv_transfer_init(struct fv_transfer *t, const struct fv_transfer_way *way,
                             struct fv_slice url, uint64_t tag) FV_MUSTUSE;

/* Send t's first request behind others, for the whole file. FV_OK; FV_AGAIN: not possible now;
 * errors of the connection, which the transfers that wait for it will find. */
enum fv_err fv_transfer_send_ahead(struct fv_transfer *t) FV_MUSTUSE;

/* t's request was sent to another origin. If the portal's next response redirects another transfer
 * to that origin, send the request of that transfer behind t's, for the whole file. Return whether
 * it was sent; if not, that response is still to be read. */
bool fv_transfer_lead_on(struct fv_transfer *t);

/* Fetch t into sink, with redirects and retries, as far as possible without waiting (except for the
 * addresses of a name). FV_OK: done. FV_AGAIN: wait as fv_transfer_wants() says, then call again.
 * Otherwise an error of network, TLS, HTTP or the sink; t->place says where. */
enum fv_err fv_transfer_step(struct fv_transfer *t, const struct fv_transfer_sink *sink) FV_MUSTUSE;

/* After FV_AGAIN: return false if t has nothing to wait for. Otherwise write *count events to wait
 * for, at most FV_CAP_ADDRESSES, and *deadline_us; with *count 0, wait only for that instant. */
bool fv_transfer_wants(const struct fv_transfer *t, struct fv_port_event *events, size_t *count,
                       int64_t *deadline_us);
/* Waiting has ended with err: the next step fails with it. */
void fv_transfer_fail(struct fv_transfer *t, enum fv_err err);

#endif
