/* SPDX-License-Identifier: MIT */
/*
 * The world in which a plan is played: portal, storage node, proxy, disk, and what is known of each
 * file. soak.h tells what each source file does.
 */
#ifndef TESTS_SOAK_WORLD_H
#define TESTS_SOAK_WORLD_H

#include "soak/soak.h"

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
    RULE_CALM,    /* nothing goes wrong, and the run does not end with 0 */
    RULE_SETTLED, /* all is there, and files are asked for */
    RULE_CRASH,
    RULE_COUNT
};

/* An exit status as a bit, for those that something explains. */
#define SOAK_BIT(status) (1u << ((status) > 9 ? 10 : (status)))

struct soak_now {
    bool listed;
    uint8_t generation, date;
};

/* What is known of the many. */
struct soak_many {
    uint8_t done[SOAK_MANY];    /* version + 1 that was called complete */
    uint8_t known[SOAK_MANY];   /* and that the ledger has */
    uint16_t length[SOAK_MANY]; /* of its record */
    size_t live;                /* these, all together */
    /* Of this run. */
    uint8_t told[SOAK_MANY];         /* status + 1 */
    uint8_t strikes[SOAK_MANY];      /* answers that may have cost an attempt */
    unsigned counts[FV_ADOPTED + 1]; /* events, by status */
    unsigned lines;                  /* connections to the portal */
    unsigned asked;
    uint64_t least; /* bytes of those that were fetched whole */
    int again;      /* one that was asked for although it was done; -1: none */
    unsigned alike; /* connections in a row that were ended behind as many answers, and told so */
};

struct soak_line {
    const struct fv_sim_conn *conn; /* NULL: free */
    enum soak_node node;            /* NODE_CONNECT..: who is at its other end */
    bool dead;                      /* the peer has said its last word */
    bool no_tunnel;                 /* the proxy's answer was none that begins one */
    bool serves;                    /* it has the one connection that the storage serves */
    bool said_close;                /* and told so */
    bool dirty;                     /* or more than was asked for */
    bool lacking;                   /* or less than it said */
    unsigned number;                /* of the portal's connections in this run */
    unsigned answered;              /* requests it has had */
    bool foreseen;                  /* the client knows how many it will have */
    size_t sent;                    /* bytes of these answers */
    size_t last;                    /* bytes of the last answer that was whole, its head included */
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
    size_t hooked_in; /* the run */
    bool noted;       /* that its hook ran, by a run that ended with the power on */
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
    bool ever[SOAK_URLS];       /* a file was complete */
    bool changed[SOAK_CHANGES]; /* of the plan's changes, those that have been made */
    struct soak_done done[SOAK_DONE];
    char pruned[SOAK_DONE][SOAK_SHORT]; /* paths that --prune has removed */
    uint8_t moved[SOAK_URLS]; /* complete, and then moved away by the user: the date + 1 */
    uint8_t kept[SOAK_URLS];  /* its beginning is there, durably: the date + 1 */
    bool cut;                 /* the power has been cut: what is on storage may be torn */
    bool doubtful;            /* storage has failed before */
    bool forgets;             /* a cut has torn what was noted of the medium */
    bool rotted;              /* bytes of files have */
    bool damaged;             /* the ledger was, or lost */
    bool untold;              /* its end was cut off, and no run has said so yet */
    char unsure[SOAK_DONE]
               [SOAK_SHORT]; /* paths of files that were adopted, and not compared since */
    bool lied;               /* there were syncs that lied: a cut may have taken anything */

    struct soak_many many;

    /* Of this run. */
    struct soak_line lines[SOAK_LINES];
    unsigned asked[NODE_COUNT][SOAK_URLS];
    unsigned requests, tunnels, redirected, met;
    unsigned removed;
    unsigned skipped; /* files that were said to be too large */
    bool large[SOAK_URLS];
    unsigned warned;   /* warnings that were told */
    unsigned retries;  /* that were told */
    unsigned refused;  /* ranges that nothing is left of, or that need not fit */
    unsigned ends;     /* answers that were a connection's last */
    uint64_t bytes;    /* of content sent */
    int64_t waits_us;  /* that the peers let it wait */
    uint32_t explains; /* exits, as bits, that something explains for the run as a whole */
    uint32_t explained[SOAK_URLS];    /* and for a file */
    unsigned strikes[SOAK_URLS];      /* answers that may have cost an attempt */
    bool fatal[SOAK_URLS];            /* one that no other attempt makes good */
    int64_t not_before_us[SOAK_URLS]; /* Retry-After */
    uint8_t began[SOAK_URLS];         /* version when the run began */
    unsigned spent[SOAK_URLS];        /* attempts that have failed for certain */
    uint64_t sent[SOAK_URLS];         /* bytes of content */
    bool relabelled[SOAK_URLS]; /* a response had another validator or coding than the others */
    unsigned limited;           /* answers that came too early for limit_ms */
    unsigned proxy_strikes;     /* the proxy's refusals */
    bool proxy_ends;            /* one of them does not pass */
    int64_t proxy_us;           /* before that instant the proxy does not want to be asked */
    int64_t free_us;            /* when the next one does not */
    bool huge[SOAK_URLS];       /* more was told to come than there is room for */
    bool belied[SOAK_URLS];     /* the peer called something else whole */
    uint64_t fired;             /* sim.fired, when that was noted */
    bool wide;                  /* something happened that may end the run */
    int again;                  /* URL that was asked for although it was done; -1: none */
    int64_t issued_us[SOAK_URLS];
    unsigned issued[SOAK_URLS]; /* redirects to a target */
    bool wanted[SOAK_URLS];
    bool settled[SOAK_URLS]; /* all that is wanted of it is there already */
    int64_t began_us;
    uint64_t budget; /* operation at which it has taken too long */
    uint64_t before; /* what the disk looks like before a dry run */
    uint64_t bytes_told;
    unsigned phase_told;
    bool listed[SOAK_ENTRIES];       /* in the listing of this run */
    bool passing[SOAK_ENTRIES];      /* and usable, and not hidden */
    bool expected[SOAK_ENTRIES];     /* and wanted */
    bool optional[SOAK_ENTRIES];     /* or not: --latest may choose */
    bool refused_scope[SOAK_SCOPES]; /* it was told to have failed */
    unsigned restarts;               /* listings that were sent */
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
const char *soak_change_name(enum soak_change_kind kind);
/* Say what the plan has in it. */
void soak_show(const struct soak_plan *p);

/* Before a run: make the plan's changes, and find what is listed, wanted and there already. */
void soak_prepare(struct soak_world *w);
/* A scope's listing has failed: find what is wanted and there already once more. */
void soak_narrow(struct soak_world *w);
/* Return whether an entry is a failure, which prevents pruning. One that is hidden and has only
 * a foreign URL need not be one. */
bool soak_unusable(const struct soak_world *w, size_t entry);

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
/* Write the scopes of a run; returns how many. */
size_t soak_scopes(const struct soak_run *r, struct fv_slice scopes[SOAK_SCOPES]);
/* Whether the portal knows a scope; and whether it holds an entry. */
bool soak_is_scope(struct fv_slice scope);
/* Write the target of its listing. */
void soak_scope_text(struct fv_slice scope, char text[64]);
bool soak_is_below(const struct soak_plan *p, struct fv_slice scope, size_t entry);
bool soak_in_scope(const struct soak_plan *p, const struct soak_run *r, size_t entry);
bool soak_passes(const struct soak_plan *p, const struct soak_run *r, size_t entry);
void soak_set_filter(const struct soak_run *r, struct fv_settings *s);

/* --- portal.c, answer.c, listing.c: the other side --- */

/* Of each connection: its end comes without close_notify. plain.c */
extern bool soak_unclean[SOAK_LINES];
void soak_listen(struct soak_world *w);
void soak_begin_peers(struct soak_world *w);
/* The fault that is due, or NULL; counts nothing. from: look behind that one. */
const struct soak_fault *soak_fault_at(const struct soak_world *w, enum soak_node node,
                                       size_t entry, unsigned nth, const struct soak_fault *from);
/* Something happened that may end a file, or with url -1 the run, with one of these exits. */
void soak_explain(struct soak_world *w, int url, uint32_t exits);
/* It does so whatever is tried again. */
void soak_explain_fatal(struct soak_world *w, int url, uint32_t exits);
void soak_answer_file(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                      enum soak_node node, int url);
void soak_answer_listing(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                         struct fv_slice scope);
size_t soak_write_listing(struct soak_world *w, struct fv_slice scope, unsigned wrong, char *text,
                          size_t room);
void soak_http_date(int64_t us, char text[40]);

/* --- event.c, disk.c, judge.c: what may be --- */

/* request.c: who may see which credentials, what may be asked for. */
void soak_judge_secrets(struct soak_world *w, const struct soak_line *l);
void soak_judge_range(struct soak_world *w, const struct soak_line *l, int url);
void soak_judge_url(struct soak_world *w, enum soak_node node, int url);
void soak_hear(struct soak_world *w, struct fv_events *events);
/* What a path holds: some version of url that the portal gave, whole. */
/* Judge a request for a file: what is kept is not fetched again. ranged: the request is for the
 * rest. keep.c */
void soak_judge_kept(struct soak_world *w, int url, bool ranged);
/* Before a run, behind it, when the user moves a file away, when it is removed. */
void soak_keep_prepare(struct soak_world *w);
void soak_keep_note(struct soak_world *w);
void soak_keep_moved(struct soak_world *w, const struct soak_done *d);
void soak_keep_pruned(struct soak_world *w, const char *path);
/* A file did not fit: is that so? */
void soak_judge_full(struct soak_world *w, const struct soak_event *e);
bool soak_is_shared(const struct soak_world *w, int url);
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
/* spoil.c: let a file rot, spoil the ledger; and what may be afterwards. */
void soak_rot(struct soak_world *w, const char *path);
void soak_spoil_ledger(struct soak_world *w, enum soak_change_kind kind, unsigned how);
bool soak_is_rotten(const struct soak_world *w, const uint8_t *bytes, size_t n);
void soak_note_unsure(struct soak_world *w, const char *path, bool unsure);
bool soak_is_unsure(const struct soak_world *w, const char *path);
void soak_hear_warnings(struct fv_events *events);
void soak_judge_untold(struct soak_world *w);
/* What the client is given, and its memory. */
enum fv_err soak_open(struct soak_world *w, struct fv_settings *s, struct fv_events *e,
                      struct fv_client **c);

struct soak_record {
    char path[SOAK_SHORT];
    int url;
    int64_t modified_us;
    uint64_t size;
    uint8_t sha256[FV_SHA256_SIZE];
    bool pending, loose;
    bool edited;  /* --checksum has found another content: the file is to be fetched again */
    bool altered; /* the medium gave it another time: */
    int64_t kept_us;
    size_t length; /* of the record */
};
/* Read the ledger as it lies on storage: the last record of each path. Returns how many. */
size_t soak_ledger(struct soak_world *w, struct soak_record records[SOAK_RECORDS]);
/* keep.c */
void soak_judge_pruned(struct soak_world *w, const struct soak_record *records, size_t count);
const struct soak_record *soak_record_of(const struct soak_record *records, size_t count,
                                         const char *path);

/* --- many.c --- */

/* Number of the file behind a request's target, or of a path; -1. */
int soak_many_target(const struct soak_plan *p, const char *target);
int soak_many_path(const struct soak_plan *p, const char *path);
/* Write its entry of the listing; returns the length. */
/* Whether they are in a scope. */
bool soak_has_many(struct fv_slice scope);
size_t soak_many_list(const struct soak_world *w, size_t i, char *text, size_t room);
void soak_many_begin(struct soak_world *w);
/* Whether a client with one connection knows how many answers the next one will give. */
bool soak_many_foresees(const struct soak_world *w);
void soak_many_answer(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c, size_t i);
void soak_many_told(struct soak_world *w, size_t i, const struct fv_file *file);
/* Behind a run: what it said; what is on storage, once soak_ledger() has read the ledger. */
void soak_many_judge(struct soak_world *w, uint32_t *reasons);
void soak_many_record(struct soak_world *w, size_t i, const struct soak_record *r, bool removed);
void soak_many_disk(struct soak_world *w);
void soak_many_verified(struct soak_world *w, size_t i, enum fv_status status);
/* How many the ledger has. */
size_t soak_many_known(const struct soak_world *w);

/* --- shrink.c --- */

/* Make p as small as it gets while it still fails in the way of rule. */
void soak_shrink(struct soak_plan *p, enum soak_rule rule, double seconds);
/* Play p in a process of its own; the rule that it breaks. */
enum soak_rule soak_try(const struct soak_plan *p);

#endif
