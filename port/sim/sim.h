/*
 * The port for tests: a RAM disk that forgets at a power cut what was not synced, a clock that goes
 * only when told, a network of scripted peers, random bytes out of a seed. Everything is
 * repeatable: the same seed, the same run.
 *
 * Operations of storage and network (not close of a socket, unlock and last_error) are counted
 * together from 1, and the test says which one fails. To cut the power before the N-th operation of
 * storage: cut_at = N, run until the program gives up, then fv_sim_power_cut().
 */
#ifndef FV_PORT_SIM_H
#define FV_PORT_SIM_H

#include "port/port.h"

#define FV_SIM_SECTOR 512

/* What a power cut takes.
 * POSIX: each sector of a file is as it was after some of its writes since the last sync, each on
 *   its own; size and time too. A name's change is lost or not until its directory is synced. A
 *   rename between directories may be seen as lost altogether, done, or with `from` gone and `to`
 *   still old, until `to`'s directory is synced.
 * FAT: the same for sectors, but a file never grows without a sync. A new name is durable with its
 *   file's first sync, all other changes of names at once. Names as on FAT, times in steps of 2 s.
 * littlefs: a file is what it was at its last sync or close; changes of names are durable at once;
 *   no times.
 * VFAT: FAT below the POSIX port: it loses what POSIX loses, with the names and times of FAT. A renamed file's new entry has size 0, or
 *   what the replaced file's had, until the file is synced once more, as that port does within its rename: an operation of its own.
 * harsh: names and contents are lost in different ways in one cut. Of a sector that was being written, the bytes that were
 *   to change may be half old and half new, or garbage; the others are as they were. On VFAT an entry's size and start are
 *   written apart from its name: `from` may be seen as an empty file beside the new `to`.
 *
 * A sync of a file that fails is the only one that tells of it (fsync(2)): what it was to make durable is lost, harsh: or any part of it,
 * although it can be read until the power goes. Only what is written anew is durable with the next one. FV_E_CANCELLED loses nothing.
 * POSIX has a sync of all at once; one that fails does the same to all files. A test may take it away: storage.sync_all = NULL. */
enum fv_sim_medium { FV_SIM_POSIX, FV_SIM_FAT, FV_SIM_LITTLEFS, FV_SIM_VFAT };

/* What POSIX and VFAT do with the time of a file: keep it as it is; leave the one of the last write; bring it between 1980 and 2037; keep
 * it until the test adds to lost_us. */
enum fv_sim_times {
    FV_SIM_TIMES_KEPT,
    FV_SIM_TIMES_IGNORED,
    FV_SIM_TIMES_CLAMPED,
    FV_SIM_TIMES_LOST
};

struct fv_sim_fault {
    uint64_t at;         /* number of the operation that fails; 0: none */
    bool stays;          /* all later ones fail too */
    enum fv_err storage; /* what a storage operation fails with; FV_OK: it does not */
    enum fv_err net;     /* the same of network operations */
};

struct fv_sim {
    struct fv_port port; /* all there but scratch and log */

    /* For the test to set and read at any time. */
    struct fv_sim_fault fault;
    uint64_t ops;         /* operations begun */
    uint64_t fired;       /* of these, failed by fault */
    uint64_t cancel_at;   /* the user asks to stop when ops reaches it; 0: never */
    bool cancelled;       /* the user asked to stop */
    uint64_t storage_ops; /* storage operations begun */
    uint64_t cut_at;      /* the power goes before that one: all fails from then on; 0: never */
    uint64_t vanished;    /* files that power cuts took in the midst of a rename, see above */
    uint64_t
        cut_rename; /* that rename from now on, the first is 1, sets cut_at: so many operations behind it */
    uint64_t cut_behind;
    bool lies;     /* sync and sync_dir say that they have done what they have not */
    bool harsh;    /* power cuts do more than one thing at once, see below */
    bool hung;     /* a wait without a deadline could never have ended; it returned FV_E_NETWORK */
    bool readonly; /* the medium is read-only */
    bool folds;    /* the medium takes A and a for one, as FAT does */
    bool lazy;     /* rename on VFAT does without the sync */
    enum fv_sim_times times;
    int64_t lost_us;    /* how far times are off that were set when it was 0 */
    uint64_t space;     /* bytes that fit, all files together */
    int64_t now_us;     /* clock->now; 1 s at first */
    int64_t wall_us;    /* wall time when now_us is 0; INT64_MIN: not known */
    int64_t step_us;    /* how far each clock->now goes by itself; 0 at first */
    int64_t wait_us;    /* how long a wait takes that finds something ready; 0 at first */
    int64_t resolve_us; /* how long a look-up takes; 0 at first */

    /* The port's own. */
    enum fv_sim_medium medium;
    const struct fv_sim_model *model;
    uint64_t random;
    int32_t last;
    struct fv_port_net net;
    struct fv_port_storage storage;
    struct fv_port_clock clock;
    struct fv_port_idle idle;
    struct fv_port_entropy entropy;
    struct fv_sim_disk *disk;
    struct fv_sim_wire *wire;
};

/* Make an empty disk and a network without hosts. s must stay where it is. Ends the process when
 * there is no memory. */
void fv_sim_init(struct fv_sim *s, enum fv_sim_medium medium, uint64_t seed);
void fv_sim_free(struct fv_sim *s);

/* Whether the power has gone at cut_at, and fv_sim_power_cut() is due. */
bool fv_sim_dark(const struct fv_sim *s);

/* A pseudo-random number below limit, which is not 0. */
uint64_t fv_sim_pick(struct fv_sim *s, uint64_t limit);

/* Number of files, sockets and locks that are open. */
unsigned fv_sim_handles(const struct fv_sim *s);

/* --- The disk --- */

/* Cut the power and come back: handles and locks are gone, the disk is what the medium and the seed
 * left, the fault and the wish to stop are taken away, connections are broken without a word. */
void fv_sim_power_cut(struct fv_sim *s);

/* The following count no operation, fail never by fault, and are durable at once. A path's
 * directories are made. */
void fv_sim_put(struct fv_sim *s, const char *path, const void *p, size_t n, int64_t modified_us);
void fv_sim_put_link(struct fv_sim *s, const char *path);
/* Return the content of a file as a program sees it, *n its size; NULL if there is none. Valid
 * until it is written. */
const uint8_t *fv_sim_get(struct fv_sim *s, const char *path, size_t *n);
/* Copy the whole disk as a program sees it to a new sim of the same medium. */
void fv_sim_copy(struct fv_sim *to, struct fv_sim *from);
/* Call visit for each file. path is valid during the call. */
void fv_sim_each(struct fv_sim *s, void (*visit)(void *arg, const char *path), void *arg);
/* Overwrite a byte of a file that has it. */
void fv_sim_spoil(struct fv_sim *s, const char *path, size_t offset, uint8_t byte);
/* Remove a file, if there is one. */
void fv_sim_drop(struct fv_sim *s, const char *path);

/* --- The network --- */

#define FV_SIM_CONNECTIONS 16

struct fv_sim_conn;

enum fv_sim_manner {
    FV_SIM_ACCEPT,
    FV_SIM_REFUSE, /* FV_E_CONNECT after connect_us */
    FV_SIM_SILENT, /* connecting never ends */
};

/* A server. All may be zero: it takes what comes and says nothing. Callbacks may call
 * fv_sim_answer() and the like. */
struct fv_sim_peer {
    enum fv_sim_manner manner;
    int64_t connect_us; /* how long connecting takes */
    size_t piece;       /* bytes received between two waits, at most; 0: no limit */
    size_t window;      /* bytes sent between two waits, at most; 0: no limit */
    void *arg;
    /* A connection begins: manner and connect_us may be changed for it alone. */
    void (*met)(void *arg, enum fv_sim_manner *manner, int64_t *connect_us);
    void (*accepted)(void *arg, struct fv_sim_conn *c);
    /* The client has sent n bytes; any number of times for a request. */
    void (*received)(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n);
    void (*closed)(void *arg, struct fv_sim_conn *c); /* by the client; c is not valid afterwards */
};

/* Return an IPv4 address. */
struct fv_port_addr fv_sim_addr4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
/* Give a host one more address (its port does not matter). host is kept by pointer. */
void fv_sim_host(struct fv_sim *s, const char *host, struct fv_port_addr addr);
/* Put a peer, kept by pointer, at an address; the port counts. Elsewhere connections are
 * refused. */
void fv_sim_listen(struct fv_sim *s, struct fv_port_addr addr, const struct fv_sim_peer *peer);
/* Number of connections begun so far. */
unsigned fv_sim_connections(const struct fv_sim *s);
/* What tells c from other open ones: 0 to FV_SIM_CONNECTIONS - 1. */
unsigned fv_sim_conn_number(const struct fv_sim_conn *c);

/* Queue what the client receives, in order: bytes (copied), a silence, the orderly end, a reset. */
void fv_sim_answer(struct fv_sim_conn *c, const void *p, size_t n);
void fv_sim_answer_text(struct fv_sim_conn *c, const char *text);
void fv_sim_pause(struct fv_sim_conn *c, int64_t us);
void fv_sim_end(struct fv_sim_conn *c);
void fv_sim_reset(struct fv_sim_conn *c);
/* Take nothing more from the client, as a full window does; false: go on. */
void fv_sim_stall(struct fv_sim_conn *c, bool stalled);

/* --- A peer that answers one request head after the other --- */

enum fv_sim_then { FV_SIM_KEEP, FV_SIM_END, FV_SIM_RESET };

struct fv_sim_step {
    const char *expect; /* how the request begins; NULL: in any way */
    const char *answer;
    size_t answer_size; /* 0: answer is text */
    enum fv_sim_then then;
};

struct fv_sim_script {
    struct fv_sim_peer peer; /* to listen with; piece and the like may be set after init */
    const struct fv_sim_step *steps;
    size_t count;
    size_t next;       /* step that the next request is for, whichever connection it comes on */
    unsigned failures; /* requests that were not as expected, or one too many: these get a reset */
    size_t length;
    char request[4096]; /* the last one, NUL-terminated */
};

/* steps are kept by pointer. A request ends with an empty line. For one connection at a time. */
void fv_sim_script_init(struct fv_sim_script *script, const struct fv_sim_step *steps,
                        size_t count);

#endif
