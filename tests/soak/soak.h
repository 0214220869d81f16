/* SPDX-License-Identifier: MIT */
/*
 * The simulator: whole syncs, one after the other, against a portal in which anything may go wrong,
 * in virtual time and out of one number. TigerBeetle's VOPR and FoundationDB's simulation are the
 * models.
 *
 *     make soak SEEDS=100000            many; a failing one is shrunk and shown
 *     make soak SEED=4711               this one alone, with its trace
 *     build/soak/soak --help            the rest: --first, --start, --jobs, --no-shrink, --ignore,
 *                                       --without
 *
 * A seed makes a plan (plan.c; theme.c for those about one thing): data, nothing but. Entries of a
 * listing and how they change from run to run, the options of each run, what goes wrong in which
 * answer, on which connection, at which operation of storage, when the power goes, when the user
 * stops it. Everything that can be left out has a flag `on`, so a failing plan is shrunk (shrink.c)
 * by switching off one after the other and looking whether it still fails in the same way.
 *
 * A plan is played (play.c): each run is one fv_sync_scopes() with its own client on port/sim,
 * without TLS. portal.c, listing.c, content.c and answer.c are the peers. What the world knows of a
 * URL's versions is in tree.c: content is a function of URL and version, and begins with both, so a
 * file that holds another one's content is always seen. Runs with faults come first; then the
 * faults end, and two calm runs follow, and a verify.
 *
 * One plan in two hundred has a long listing besides, and connections that break in the middle of
 * what is in flight: many.c.
 *
 * Bytes that rot, and what happens to the ledger, are in spoil.c. What may be is said in a few
 * places: request.c judges what is asked for, event.c what the client tells when it tells it,
 * keep.c what must not be lost or fetched again, disk.c and verify.c what is on storage after each
 * run, judge.c how a run ended and what it cost. Nothing there knows how the client works; it knows
 * what is promised to users. Each rule has a name, and a failure that something explains is none:
 * soak_explain() is told of all that goes wrong, for a file or for the run.
 *
 * To teach it a feature: add its option to struct soak_run, draw it in plan.c, say what it promises
 * in one of those.
 */
#ifndef TESTS_SOAK_SOAK_H
#define TESTS_SOAK_SOAK_H

#include "fluxvision.h"
#include "port/sim/sim.h"

#define SOAK_ENTRIES 14 /* of the listing, at most */
#define SOAK_GENERATIONS 3
#define SOAK_URLS (SOAK_ENTRIES * SOAK_GENERATIONS)
#define SOAK_VERSIONS 6 /* of what is behind a URL */
#define SOAK_RUNS 4     /* with faults, at most */
#define SOAK_CALM 2
#define SOAK_FAULTS 72
#define SOAK_CHANGES 16
#define SOAK_SIZE 24576 /* bytes of a file, at most */
#define SOAK_EVENTS 64
#define SOAK_MANY 600 /* small files besides: many.c */
#define SOAK_BREAKS 12
#define SOAK_LINES 16 /* connections at once: as many as port/sim has */
#define SOAK_PATH (FV_CAP_PATH + 1)
#define SOAK_SHORT 160 /* a path of ours, with its NUL */
#define SOAK_DONE 48
#define SOAK_RECORDS 96
#define SOAK_SCOPES 5 /* of a run, at most */

#define SOAK_HOST "portal.example"
#define SOAK_STORE "store.example"
#define SOAK_PROXY "proxy.example"
#define SOAK_NAMELESS "nowhere.example" /* has no address */
#define SOAK_DEAD "dead.example"        /* refuses */

/* --- The plan --- */

/* What is the matter with an entry. */
enum soak_odd { ODD_NONE, ODD_NULL_NAME, ODD_NO_NAME, ODD_DATE, ODD_FOREIGN, ODD_KIND, ODD_COUNT };

/* Where the answer to an entry's URL comes from. */
enum soak_way { WAY_DIRECT, WAY_HERE, WAY_STORE, WAY_BOTH, WAY_COUNT };

enum soak_validator { VALID_TAG, VALID_BOTH, VALID_DATE, VALID_WEAK, VALID_NONE, VALID_COUNT };
enum soak_framing { FRAMED_LENGTH, FRAMED_CHUNKED, FRAMED_CLOSE };

struct soak_entry {
    bool on;
    enum soak_odd odd;
    uint8_t dir, name, tail, same_as; /* same_as: the entry whose URL it has, itself mostly */
    uint8_t spelling;                 /* of the JSON */
    enum soak_way way;
    enum soak_validator validator;
    enum soak_framing framing;
    bool ranges; /* they are served */
    bool late;   /* it is in the listing from the second run on */
    uint16_t size[SOAK_VERSIONS];
};

enum soak_change_kind {
    CHANGE_VERSION,   /* a new one with a new date */
    CHANGE_SAME_DATE, /* a new one that the date does not tell */
    CHANGE_DATE,      /* the date alone */
    CHANGE_URL,       /* another URL, another content, the old date; often the old size */
    CHANGE_GONE,      /* it is listed no longer, or again */
    CHANGE_DELETED,   /* the user removes what is there */
    CHANGE_EDITED,    /* or writes it anew */
    CHANGE_KINDS,
    /* spoil.c: */
    CHANGE_ROTTED = CHANGE_KINDS, /* a byte of what is there changes, and the time does not */
    CHANGE_FLIPPED,               /* bits of the ledger, whatever the entry */
    CHANGE_CUT,                   /* the ledger's end */
    CHANGE_LOST                   /* the ledger, and perhaps its index */
};

/* What happens to an entry before a run. */
struct soak_change {
    bool on;
    uint8_t run, entry;
    enum soak_change_kind kind;
};

/* Who answers. */
enum soak_node {
    NODE_LISTING,
    NODE_FILE,  /* a URL of the listing */
    NODE_HERE,  /* where it redirects to on the same host */
    NODE_STORE, /* and on another */
    NODE_CONNECT,
    NODE_CONNECT_STORE,
    NODE_CONNECT_PROXY,
    NODE_PROXY, /* its answer to CONNECT */
    NODE_COUNT
};

enum soak_kind {
    KIND_STATUS,    /* a: which, b: Retry-After + 1 or 0, c: how its body comes, & 8: not at all */
    KIND_LATE,      /* a: ms before the head */
    KIND_BODY_LATE, /* a: ms between head and body */
    KIND_DRIP,      /* a: bytes at once, b: ms between */
    /* a: permille of the body that is sent, b: 0 orderly end, 1 reset, 2 end without
     * close_notify */
    KIND_CUT,
    KIND_SHORT, /* a: permille of the body that comes; the connection goes on */
    /* a: 0 end, 1 reset, 2 silence, 3 something that is not HTTP, 4 the first b bytes of a head;
     * c & 1: then the end */
    KIND_INSTEAD,
    /* the connection ends after the response; a & 1: the response says so, & 2: the connection
     * stays open, but nothing more is read */
    KIND_CLOSE,
    KIND_FRAMING,   /* a: which */
    KIND_REDIRECT,  /* a: where to */
    KIND_RANGE,     /* a: what is wrong about the range */
    KIND_VALIDATOR, /* a: which validators come */
    KIND_RENEW,     /* a new version; a: before this response or after it */
    /* bytes after the response; a & 1: a whole response, or the same one again, if the client
     * can tell that it is not the next one */
    KIND_SURPLUS,
    KIND_INTERIM, /* 1xx before the response */
    /* the response is left out and the connection stays open; not if the client could not tell */
    KIND_LEFT_OUT,
    KIND_LISTING, /* a: what is wrong about it */
    KIND_CODED,   /* a: which content coding is told; c: 1 not one that changes anything */
    KIND_HUGE,    /* it says that more comes than there is room for */
    KIND_REFUSE,  /* of connections: a: 0 refused, 1 silent, 2 slow */
    KIND_COUNT
};

enum soak_redirect {
    TO_SELF,
    TO_HTTP,
    TO_NOTHING,  /* no Location */
    TO_BAD,      /* not a URL */
    TO_NAMELESS, /* a host without address */
    TO_DEAD,
    TO_DENIED, /* the storage: 401 */
    TO_MISSING,
    TO_STORE_OK, /* where the content is, though not from here as a rule */
    TO_COUNT
};

struct soak_fault {
    bool on;
    uint8_t run;
    enum soak_node node;
    uint8_t entry; /* of a file */
    uint8_t nth;   /* request for it in that run, from 0; SOAK_EACH: each one */
    enum soak_kind kind;
    uint16_t a, b, c;
};
#define SOAK_EACH 255

/* A connection to the portal breaks in the answers to many. */
struct soak_break {
    bool on;
    uint8_t run, line; /* which connection of that run, from 0 */
    uint8_t how;       /* 0 orderly end, 1 reset, 2 end without close_notify */
    uint32_t at;       /* bytes of those answers */
};

struct soak_run {
    bool on;
    uint8_t jobs, pipeline, retries;
    uint8_t scope, filter, latest;
    uint8_t others;    /* scopes besides, bit by bit: tree.c */
    uint16_t max_size; /* 0: none */
    bool once, prune, dry_run, hook_fails, proxy, checksum, adopt;
    uint8_t direct;     /* with a proxy: 1: not to the portal, 2: not to the storage */
    uint8_t max_delete; /* + 1; 0: no limit */
    uint8_t order;      /* of the listing */
    uint16_t piece, window;
    uint16_t min_free, space; /* KiB; 0: none, no limit */
    uint32_t max_time_ms, rate;
    int8_t wall_jump; /* days */
    uint8_t unknown_wall;
    uint32_t wait_us;
    /* Of the operations of the run; 0: none */
    uint32_t storage_fault, net_fault, cancel, power;
    uint8_t power_rename, power_behind; /* or the power goes so many operations behind a rename */
    uint8_t storage_err, net_err;
    bool storage_stays, readonly, lies, harsh;
};

struct soak_plan {
    uint64_t seed;
    enum fv_sim_medium medium;
    bool folds;              /* the medium takes A and a for one */
    enum fv_sim_times times; /* and what it does with times */
    bool same_second, user, spaced, dead_address, hook;
    /* of requests that arrive in one piece the portal responds to the first only */
    bool swallows;
    bool store_swallows; /* and so does the storage */
    /* the storage serves one connection at a time. Other connections 1: are refused, 2: get
     * nothing, 3: are reset; 0: all are served */
    uint8_t store_full;
    bool dated;   /* each file has a date of its own, so responses may come in a wrong order */
    bool crowded; /* it lets in the first connection, and is odd to others: a run has no excuse */
    bool mixed;   /* some entries have Last-Modified, others don't */
    uint8_t expires_s; /* a signed URL; 0: never */
    /* the portal serves one file in that time, and sends 429 to earlier requests; 0: no limit */
    uint16_t limit_ms;
    uint16_t many;        /* small files besides the entries, in a directory of their own */
    uint8_t many_renewed; /* of a hundred of them there is a new version from run 1 on */
    bool many_tags;       /* they have an ETag */
    /* the portal ends a connection after so many responses, of which the last belongs to one of
     * these files; 0: never */
    uint8_t per_line;
    uint8_t per_line_more; /* and behind so many more on each further one */
    bool per_line_told;    /* and says so in the last one */
    uint8_t busy;          /* of a thousand of them are answered with 503 first */
    size_t entries, changes, faults, breaks;
    struct soak_break cut[SOAK_BREAKS];
    struct soak_entry entry[SOAK_ENTRIES];
    struct soak_change change[SOAK_CHANGES];
    struct soak_fault fault[SOAK_FAULTS];
    struct soak_run run[SOAK_RUNS + SOAK_CALM];
};

void soak_plan(struct soak_plan *p, uint64_t seed);
/* Parts of plans that can be left out, one bit each by their index in soak_parts: to see what is
 * behind a known failure. */
extern const char *const soak_parts[];
extern unsigned soak_without;

#endif
