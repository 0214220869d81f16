/*
 * The simulator: whole syncs, one after the other, against a portal in which anything may go wrong, in virtual time and out
 * of one number. TigerBeetle's VOPR and FoundationDB's simulation are the models.
 *
 *     make soak SEEDS=100000            many; a failing one is shrunk and shown
 *     make soak SEED=4711               this one alone, with its trace
 *     build/soak/soak --help            the rest (--first, --start, --jobs, --no-shrink, --plain)
 *
 * A seed makes a plan (plan.c): data, nothing but. Entries of a listing and how they change from run to run, the options of each
 * run, what goes wrong in which answer, on which connection, at which operation of storage, when the power goes, when the user
 * stops it. Everything that can be left out has a flag `on`, so a failing plan is shrunk (shrink.c) by switching off one after
 * the other and looking whether it still fails in the same way.
 *
 * A plan is played (play.c): each run is one fv_sync() with its own client on port/sim, without TLS. portal.c and answer.c are the
 * peers. What the world knows of a URL's versions is in tree.c: content is a function of URL and version, and begins with both,
 * so a file that holds another one's content is always seen. Runs with faults come first; then the faults end, and two calm runs
 * follow, and a verify.
 *
 * What may be is said in three places: event.c judges what the client tells when it tells it, disk.c what is on storage after
 * each run, judge.c how a run ended and what it cost. Nothing there knows how the client works; it knows what interface.md promises.
 *
 * To teach it a feature: add its option to struct soak_run, draw it in plan.c, say what it promises in one of the three.
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
#define SOAK_LINES 16 /* connections at once: as many as port/sim has */
#define SOAK_PATH (FV_CAP_PATH + 1)
#define SOAK_SHORT 160 /* a path of ours, with its NUL */
#define SOAK_DONE 48
#define SOAK_RECORDS 96

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
    CHANGE_KINDS
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
    KIND_STATUS,    /* a: which, b: Retry-After + 1 or 0, c: how its body comes */
    KIND_LATE,      /* a: ms before the head */
    KIND_BODY_LATE, /* a: ms between head and body */
    KIND_DRIP,      /* a: bytes at once, b: ms between */
    KIND_CUT,       /* a: permille of the body that comes, b: 0 orderly end, 1 reset */
    KIND_INSTEAD,   /* a: 0 end, 1 reset, 2 silence, 3 something that is not HTTP */
    KIND_CLOSE,     /* after the answer; a: it says so */
    KIND_FRAMING,   /* a: which */
    KIND_REDIRECT,  /* a: where to */
    KIND_RANGE,     /* a: what is wrong about the range */
    KIND_VALIDATOR, /* a: which validators come */
    KIND_RENEW,     /* a new version; a: before this answer or after it */
    KIND_SURPLUS,   /* bytes behind the answer */
    KIND_INTERIM,   /* 1xx before it */
    KIND_LISTING,   /* a: what is wrong about it */
    KIND_REFUSE,    /* of connections: a: 0 refused, 1 silent, 2 slow */
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

struct soak_run {
    bool on;
    uint8_t jobs, pipeline, retries;
    uint8_t scope, filter, latest;
    bool once, prune, dry_run, hook_fails, proxy;
    /* --checksum belongs here, and its promise into judge.c, once it exists. */
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
    uint8_t storage_err, net_err;
    bool storage_stays, readonly, lies;
};

struct soak_plan {
    uint64_t seed;
    enum fv_sim_medium medium;
    bool same_second, user, spaced, dead_address, hook;
    uint8_t expires_s; /* a signed URL; 0: never */
    size_t entries, changes, faults;
    struct soak_entry entry[SOAK_ENTRIES];
    struct soak_change change[SOAK_CHANGES];
    struct soak_fault fault[SOAK_FAULTS];
    struct soak_run run[SOAK_RUNS + SOAK_CALM];
};

void soak_plan(struct soak_plan *p, uint64_t seed);

/* --- The world --- */

/* The rules that can be broken. */
enum soak_rule {
    RULE_NONE,
    RULE_CONTENT, /* a final name that holds something else than a version of its URL, whole */
    RULE_LEDGER,  /* the ledger does not agree */
    RULE_LOST,    /* what was reported as done is there no longer */
    RULE_AGAIN,   /* and was fetched again */
    RULE_EVENT,   /* an event that is not true */
    RULE_EXIT,    /* an end that nothing explains */
    RULE_HEALTHY, /* a file failed of which nothing is known that could be the reason */
    RULE_UNNAMED, /* a file that nothing was wrong with was not mentioned */
    RULE_MISSING, /* the end is 0, and something is not there */
    RULE_STRAY,   /* something is left over */
    RULE_SECRET,  /* credentials for somebody else */
    RULE_REQUEST, /* a request that nobody can want */
    RULE_STORM,   /* too many requests, or too long */
    RULE_HUNG,    /* no end */
    RULE_SETTLED, /* a calm run does not end as it should */
    RULE_CRASH,
    RULE_COUNT
};

/* An exit status as a bit, for those that something explains. */
#define SOAK_BIT(status) (1u << ((status) > 9 ? 10 : (status)))

struct soak_now {
    bool listed;
    uint8_t generation, date;
};

struct soak_line {
    const struct fv_sim_conn *conn; /* NULL: free */
    enum soak_node node;            /* NODE_CONNECT..: who is at its other end */
    bool dead;                      /* the peer has said its last word */
    size_t len;
    char text[2304];
};

struct soak_event {
    enum fv_status status;
    bool planned;
    int url; /* number; -1: none of ours */
    enum fv_err err;
    char path[SOAK_SHORT];
};

/* A file that the client has called complete. */
struct soak_done {
    bool on, hooked;
    int url;
    uint8_t date;
    char path[SOAK_SHORT];
};

struct soak_world {
    const struct soak_plan *plan;
    bool tracing;
    struct fv_sim sim, scratch;
    size_t run;
    const struct soak_run *options;
    bool calm;
    struct soak_now now[SOAK_ENTRIES];
    uint8_t version[SOAK_URLS];
    char base[SOAK_ENTRIES][SOAK_SHORT];        /* local path of an entry that nobody is before */
    uint8_t since[SOAK_URLS][SOAK_CHANGES + 1]; /* version when that date was first listed, + 1 */
    uint8_t given[SOAK_URLS];   /* versions, bit by bit, that the portal has sent any of */
    bool changed[SOAK_CHANGES]; /* of the plan's changes, those that have been made */
    struct soak_done done[SOAK_DONE];
    bool cut;  /* the power has been cut: what is on storage may be torn */
    bool lied; /* there were syncs that lied: a cut may have taken anything */

    /* Of this run. */
    struct soak_line lines[SOAK_LINES];
    unsigned asked[NODE_COUNT][SOAK_URLS];
    unsigned requests, tunnels, redirected, met,
        ends;          /* ends: answers that were a connection's last */
    uint64_t bytes;    /* of content sent */
    int64_t waits_us;  /* that the peers let it wait */
    uint32_t explains; /* exits, as bits, that something explains for the run as a whole */
    uint32_t explained[SOAK_URLS]; /* and for a file */
    bool wide;                     /* something happened that may end the run */
    int again;                     /* URL that was asked for although it was done; -1: none */
    int64_t issued_us[SOAK_URLS];
    bool issued[SOAK_URLS];
    bool wanted[SOAK_URLS];
    bool settled[SOAK_URLS]; /* all that is wanted of it is there already */
    int64_t began_us;
    uint64_t budget; /* operation at which it has taken too long */
    uint64_t before; /* what the disk looks like before a dry run */
    uint64_t bytes_told;
    bool listed[SOAK_ENTRIES];   /* in the listing of this run */
    bool passing[SOAK_ENTRIES];  /* and usable, and not hidden */
    bool expected[SOAK_ENTRIES]; /* and wanted */
    bool optional[SOAK_ENTRIES]; /* or not: --latest may choose */
    unsigned restarts;           /* listings that were sent */
    struct soak_event event[SOAK_EVENTS];
    size_t events;
    enum fv_err err;
    struct fv_fault fault;
    struct fv_summary summary;
    bool dark;

    enum soak_rule rule;
    char wrong[320];
};

/* Play the plan to its end or to the first broken rule; *w is what is left then. */
void soak_play(struct soak_world *w, const struct soak_plan *p, bool tracing);
/* Rules, bit by bit, that are not looked at: to see what is behind a known failure. */
extern unsigned soak_ignored;

/* Note that a rule is broken; the first one counts. */
void soak_wrong(struct soak_world *w, enum soak_rule rule, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void soak_say(const struct soak_world *w, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
const char *soak_rule_name(enum soak_rule rule);
/* Say what the plan has in it. */
void soak_show(const struct soak_plan *p);

/* --- tree.c: names, dates, contents --- */

int soak_url_now(const struct soak_world *w, size_t entry);
void soak_url_text(const struct soak_plan *p, int url, char *text, size_t room);
/* Number of the URL, or of the end of a request's target; -1. */
int soak_url_of(const struct soak_plan *p, const char *text, size_t n);
const char *soak_dir(const struct soak_plan *p, size_t entry);
const char *soak_name(const struct soak_plan *p, size_t entry);
int64_t soak_date_us(const struct soak_plan *p, size_t entry, unsigned date);
size_t soak_size(const struct soak_plan *p, int url, unsigned version);
void soak_fill(const struct soak_plan *p, int url, unsigned version, uint8_t *bytes);
/* Whether bytes are that version. */
bool soak_is(const struct soak_plan *p, int url, unsigned version, const uint8_t *bytes, size_t n);
const uint8_t *soak_digest(const struct soak_plan *p, int url, unsigned version);
/* The versions, bit by bit, of url that bytes are. */
unsigned soak_versions(const struct soak_world *w, int url, const uint8_t *bytes, size_t n);
/* Whether an entry's file may have that path. */
bool soak_may_be(const struct soak_world *w, size_t entry, const char *path);
void soak_make_paths(struct soak_world *w);
const char *soak_scope(const struct soak_run *r);
bool soak_in_scope(const struct soak_plan *p, const struct soak_run *r, size_t entry);
bool soak_passes(const struct soak_plan *p, const struct soak_run *r, size_t entry);
void soak_set_filter(const struct soak_run *r, struct fv_settings *s);

/* --- portal.c, answer.c, listing.c: the other side --- */

void soak_listen(struct soak_world *w);
void soak_begin_peers(struct soak_world *w);
/* The fault that is due, or NULL; counts nothing. from: look behind that one. */
const struct soak_fault *soak_fault_at(const struct soak_world *w, enum soak_node node,
                                       size_t entry, unsigned nth, const struct soak_fault *from);
/* Something happened that may end a file, or with url -1 the run, with one of these exits. */
void soak_explain(struct soak_world *w, int url, uint32_t exits);
void soak_answer_file(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                      enum soak_node node, int url);
void soak_answer_listing(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                         const char *scope);
size_t soak_write_listing(struct soak_world *w, const char *scope, unsigned wrong, char *text,
                          size_t room);
void soak_http_date(int64_t us, char text[40]);

/* --- event.c, disk.c, judge.c: what may be --- */

void soak_hear(struct soak_world *w, struct fv_events *events);
/* What a path holds: some version of url that the portal gave, whole. */
bool soak_holds(struct soak_world *w, const char *path, int url, unsigned *versions);
struct soak_done *soak_done_at(struct soak_world *w, const char *path);
bool soak_same_path(const struct soak_world *w, const char *a, const char *b);
/* Is it what the user wrote? */
bool soak_is_edited(const uint8_t *bytes, size_t n);
void soak_edit(struct soak_world *w, const char *path);
uint64_t soak_disk_sum(struct soak_world *w);
void soak_judge_disk(struct soak_world *w);
void soak_judge_run(struct soak_world *w);
/* The last part: verify, which reads everything, finds what is so and nothing else. */
void soak_judge_verify(struct soak_world *w);
/* What the client is given, and its memory. */
enum fv_err soak_open(struct soak_world *w, struct fv_settings *s, struct fv_events *e,
                      struct fv_client **c);

struct soak_record {
    char path[SOAK_SHORT];
    int url;
    int64_t modified_us;
    uint64_t size;
    uint8_t sha256[FV_SHA256_SIZE];
    bool pending;
};
/* Read the ledger as it lies on storage: the last record of each path. Returns how many. */
size_t soak_ledger(struct soak_world *w, struct soak_record records[SOAK_RECORDS]);

/* --- shrink.c --- */

/* Make p as small as it gets while it still fails in the way of rule. */
void soak_shrink(struct soak_plan *p, enum soak_rule rule, double seconds);
/* Play p in a process of its own; the rule that it breaks. */
enum soak_rule soak_try(const struct soak_plan *p);

#endif
