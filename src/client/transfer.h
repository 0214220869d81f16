/*
 * One GET until it is done: the origin rule, redirects, the meaning of statuses, resuming and retries.
 *
 * What arrives goes to a sink, which knows how much it has; a listing, a file and a stream each have theirs. Every attempt begins
 * at the URL of the listing (RFC 9110 15.4.3, 15.4.8: the target URI stays the first one). Where a redirect leads is asked
 * over a connection of its own, while the portal's goes on.
 *
 * A request is known by its identity, and a head is taken only if it comes back with that identity (net/exchange.h). Nothing here
 * knows a client or a lane; the parts below are borrowed.
 *
 * No byte of one file's content comes under another's name, also where several redirects are followed at a time: a request to a
 * target takes its identity from the very response whose Location it follows, before that response is let go; a target's
 * responses are read in the order of its requests, each by the transfer of that identity alone. Of what goes ahead to a target only a
 * whole 200 counts. All else is asked for again, from the listing's URL, with nothing behind it. Both servers' dates are held
 * against the listing's (client/order.h).
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

/* Identity of a request that belongs to no file of a plan. */
#define FV_TRANSFER_ALONE UINT64_MAX

/* What all transfers of a client share. */
struct fv_transfer_shared {
    const struct fv_port *port;
    const struct fv_settings *settings;
    const struct fv_events *events;
    const struct fv_url *endpoint;
    struct fv_slice authorization; /* value of Authorization for the endpoint; empty: none */
    int64_t deadline_us;           /* of the whole command */
    struct fv_rate_limit limit;    /* --limit-rate, of all together */
    struct fv_pace pace;           /* of the portal, however many connections there are */
    /* The portal's; the last one: of its redirects' targets. */
    struct fv_order order[1 + FV_CAP_ASIDE];
    struct fv_summary *summary;
    struct fv_fault *fault; /* gets the error that is final, unless there is one */
};

/* The ways to the servers that one transfer at a time uses. */
struct fv_transfer_way {
    struct fv_transfer_shared *shared;
    struct fv_exchange *portal; /* to the endpoint; requests of other transfers may be in flight */
    struct fv_exchange *aside;  /* to where redirects lead; may be portal */
};

struct fv_sink {
    void *ctx;
    /* A response's head is fine, its body begins at offset `from`, which is what have() said or 0; total: size of the whole,
     * UINT64_MAX if unknown; validator: for a later If-Range, may be empty; where from is not 0, the one that have() said.
     * from == total: the server says that nothing is missing. FV_AGAIN: nothing is held any more, ask for the whole. */
    enum fv_err (*begin)(void *ctx, uint64_t from, uint64_t total, struct fv_slice validator);
    enum fv_err (*content)(void *ctx, struct fv_slice bytes);
    /* What the sink holds and can continue: bytes, and the validator that begin gave with them (empty: can't continue). */
    uint64_t (*have)(void *ctx, struct fv_slice *validator);
    /* Write the URL that fv_transfer_init() was given, in normal form. FV_OK, or an error of the storage it is read from. */
    enum fv_err (*address)(void *ctx, char url[FV_CAP_URL + 1]);
    /* The request is on its way over the portal's connection, or to another origin over the one aside: others may be sent behind it.
     * NULL: none are. */
    void (*asked)(void *ctx);
    /* Whether another file of that date, as listed, is due, and may have or have had a request in flight; NULL: none ever has. */
    bool (*other)(void *ctx, int64_t date_us);
    /* Whether what have() says is asked for without a validator too; NULL: never. */
    const bool *bare;
};

enum fv_transfer_state {
    FV_TRANSFER_ASK,
    FV_TRANSFER_HEAD,
    FV_TRANSFER_BODY,
    FV_TRANSFER_PAUSE /* before it asks again */
};

struct fv_transfer {
    bool json;           /* ask for application/json, expect a listing */
    int64_t listed_us;   /* the listing's date of the file; INT64_MIN: not known */
    enum fv_place place; /* after an error: where it happened; FV_PLACE_NAME: in the sink */
    /* After an error: others were led on with it. It has to be asked for again, alone; no fault is recorded. */
    bool among;

    /* Private. */
    const struct fv_transfer_way *way;
    struct fv_exchange *at; /* where its request is */
    uint64_t tag;           /* its identity */
    enum fv_transfer_state state;
    bool credentials;   /* go along to url */
    bool ready;         /* it stopped to let others have their turn, not to wait */
    bool crowded;       /* the server takes no second connection */
    bool refused;       /* a response did not fit: client/order.h */
    bool led_alone;     /* what led here from the listing's URL had the line to itself */
    bool whole;         /* no more ranges: the server refuses them */
    uint8_t hops;       /* redirects of this attempt */
    uint8_t restarts;   /* fresh starts */
    uint8_t closed;     /* connections that ended without blame */
    uint16_t status;    /* of the last response */
    enum fv_err err;    /* what ended the attempt */
    enum fv_err failed; /* waiting for it ended so; FV_OK: it did not */
    int64_t refused_us; /* that response's Last-Modified */
    int64_t pause_us;   /* instant at which FV_TRANSFER_PAUSE ends */
    uint64_t from;      /* first byte asked for, or that came */
    uint64_t left;      /* content of the response that is still to come; UINT64_MAX: not known */
    struct fv_backoff backoff;
    struct fv_rate_floor floor;

    /* Public. Long fields stand last, in all structures: shorter instructions reach the others. */
    char url[FV_CAP_URL + 1]; /* where to go next: admitted by the origin rule */
};

/* Admit url (raw, as a listing or a user gave it) to text, in normal form. FV_OK, FV_E_URL, FV_E_ORIGIN, FV_E_CAPACITY. */
enum fv_err fv_transfer_admit(const struct fv_url *endpoint, struct fv_slice url,
                              char text[FV_CAP_URL + 1]) FV_MUSTUSE;

/* Make t ready to fetch url. tag: its identity, unlike any other in flight on the same way, or FV_TRANSFER_ALONE. way is borrowed until
 * it is done. Errors as above: recorded in the shared fault. */
enum fv_err fv_transfer_init(struct fv_transfer *t, const struct fv_transfer_way *way,
                             struct fv_slice url, uint64_t tag) FV_MUSTUSE;

/* Put t's first request on the wire, behind others, for the whole of what it names. FV_OK; FV_AGAIN: not now; errors of the
 * connection, which the transfers that wait on it will find. */
enum fv_err fv_transfer_send_ahead(struct fv_transfer *t) FV_MUSTUSE;

/* t's request is on its way to another origin. If the portal's next response redirects another transfer there, put that one's request on
 * the wire behind t's, for the whole. Returns whether it was; if not, that response is still there to be read. */
bool fv_transfer_lead_on(struct fv_transfer *t);

/* Fetch t into sink with redirects and retries, as far as that goes without waiting (but for a name's addresses). FV_OK: done.
 * FV_AGAIN: wait as fv_transfer_wants() says, then call again. Errors: those of network, TLS, HTTP, and the sink's; t->place
 * says where. */
enum fv_err fv_transfer_step(struct fv_transfer *t, const struct fv_sink *sink) FV_MUSTUSE;

/* What t waits for after FV_AGAIN: nothing (return false); or until *deadline_us, and for *count events, FV_CAP_ADDRESSES at most; 0: for
 * that instant alone. */
bool fv_transfer_wants(const struct fv_transfer *t, struct fv_port_event *events, size_t *count,
                       int64_t *deadline_us);
/* Waiting for it has ended with err: the next step fails with it. */
void fv_transfer_fail(struct fv_transfer *t, enum fv_err err);

#endif
