/*
 * One connection's work: what is on the line, and the file that is fetched over it. A client has one lane, or as many as
 * settings.jobs asks for; a listing is read over the first.
 *
 * Nothing here has a thread. Whoever uses several lanes steps each as far as it goes without waiting, and then waits for all
 * of them together.
 */
#ifndef FV_CLIENT_LANE_H
#define FV_CLIENT_LANE_H

#include "client/backoff.h"
#include "client/rate.h"
#include "net/exchange.h"
#include "store/partial.h"

/* What a transfer does next. */
enum fv_transfer_state {
    FV_TRANSFER_ASK,
    FV_TRANSFER_HEAD,
    FV_TRANSFER_BODY,
    FV_TRANSFER_PAUSE /* before it asks again */
};

/* One request on its way: fv_transfer_init() (client/fetch.h). */
struct fv_transfer {
    char url[FV_CAP_URL + 1]; /* where to go next: admitted by the origin rule */
    const char *subject;      /* what is named when storage fails; not owned */
    bool credentials;         /* go along to url */
    bool json;                /* ask for application/json, expect a listing */
    uint8_t redirects;
    bool sent;          /* the request is on the wire and not yet answered */
    bool ahead;         /* it was sent behind others */
    bool doubted;       /* an answer was refused: client/order.h */
    int64_t doubted_us; /* its Last-Modified */
    uint64_t from;      /* first byte asked for */
    uint64_t left;      /* content of the answer that is still to come; UINT64_MAX: not known */
    uint64_t reached;   /* greatest offset that any attempt reached: what counts as progress */
    uint16_t status;    /* of the last answer */

    /* Private to client/fetch.c. */
    enum fv_transfer_state state;
    bool ready;         /* it stopped to let others have their turn, not to wait */
    enum fv_err failed; /* waiting for it ended so; FV_OK: it did not */
    int64_t pause_us;   /* instant at which FV_TRANSFER_PAUSE ends */
    unsigned closed;    /* connections that ended without blame */
    unsigned restarts;  /* redirects and fresh starts */
    struct fv_backoff backoff;
};

/* A download that is due. */
struct fv_due {
    uint64_t position; /* in the plan */
    bool sent;         /* its request is on the wire */
};

struct fv_lane {
    struct fv_client *c;
    struct fv_exchange exchange;
    struct fv_rate_floor floor;  /* of the transfer under way */
    struct fv_transfer transfer; /* of the file under way */
    struct fv_transfer *waiting; /* what fv_lane_wait() waits for; NULL: nothing */

    char path[FV_CAP_PATH + 1]; /* local path of the entry or file under way */
    int64_t modified_us;        /* its date */
    uint64_t resumed_from;      /* byte at which the last answer began */
    uint64_t total;             /* bytes of the file; UINT64_MAX: not known */
    bool busy;                  /* a file is under way, partial is open */

    struct fv_due ring
        [FV_CAP_PIPELINE]; /* files due, in the order of their requests; the one under way is the first */
    size_t head, count;
    bool
        retired; /* the server does not take so many connections: what is due is for other lanes to fetch */

    struct fv_partial partial; /* of the file under way */
};

/* Prepare a lane of c, whose memory is zero; opens nothing. */
void fv_lane_init(struct fv_lane *l, struct fv_client *c);

/* Wait until one of the lanes whose fv_fetch_step() said FV_AGAIN can go on, all of them at once. FV_OK; FV_E_CANCELLED. What goes
 * wrong for a lane is found by its next step. */
enum fv_err fv_lane_wait(struct fv_client *c) FV_MUSTUSE;

#endif
