/* SPDX-License-Identifier: MIT */
/*
 * The port for tests: a RAM disk that loses at a power cut what was not synced, a clock that moves
 * only when told, a network of scripted peers, and random bytes from a seed. Everything is
 * repeatable: the same seed gives the same run.
 *
 * Operations of storage and network (except close of a socket, unlock and last_error) are counted
 * together from 1, and the test says which one fails. To cut the power before the N-th operation of
 * storage: set cut_at = N, run until the program gives up, then call fv_sim_power_cut().
 */
#ifndef FV_PORT_SIM_H
#define FV_PORT_SIM_H

#include "port/port.h"

#define FV_SIM_SECTOR 512

/* What a power cut takes away.
 * - POSIX: each sector of a file is as after some of its writes since the last sync, independently
 *   of other sectors; so are size and time. A change of a name is lost or not until its directory
 *   is synced. A rename between directories may be lost completely, done, or half done (`from` is
 *   gone and `to` is still old) until the directory of `to` is synced.
 * - FAT: the same for sectors, but a file never grows without a sync. A new name is durable with
 *   the first sync of its file, all other changes of names at once. Names as on FAT, times in steps
 *   of 2 s.
 * - littlefs: a file is as at its last sync or close. Changes of names are durable at once. No
 *   times.
 * - VFAT: FAT under the POSIX port. It loses what POSIX loses, with the names and times of FAT. The
 *   new entry of a renamed file has size 0, or the size of the replaced file, until the file is
 *   synced once more. That port does so in its rename, as an operation of its own.
 * - harsh: names and contents are lost in different ways in the same cut. In a sector that was
 *   being written, the bytes that were to change may be half old and half new, or garbage; the
 *   others are unchanged. On VFAT, size and start of an entry are written apart from its name:
 *   `from` may be an empty file beside the new `to`.
 *
 * When a sync of a file fails, no later sync reports that (fsync(2)). Its data is lost (harsh: any
 * part of it), although it can be read until the power cut. Only data that is written again becomes
 * durable with the next sync. FV_E_CANCELLED loses nothing. POSIX can sync everything at once; if
 * that fails, the same happens to all files. A test may remove it: storage.sync_all = NULL. */
enum fv_sim_medium { FV_SIM_POSIX, FV_SIM_FAT, FV_SIM_LITTLEFS, FV_SIM_VFAT };

/* What POSIX and VFAT do with the time of a file: keep it; ignore it, so that it has the time of
 * its last write; clamp it to 1980 to 2037; keep it until the test adds to lost_us. */
enum fv_sim_times {
    FV_SIM_TIMES_KEPT,
    FV_SIM_TIMES_IGNORED,
    FV_SIM_TIMES_CLAMPED,
    FV_SIM_TIMES_LOST
};

struct fv_sim_fault {
    uint64_t at;         /* number of the operation that fails; 0: none */
    bool stays;          /* all later operations fail too */
    enum fv_err storage; /* error of a storage operation; FV_OK: it does not fail */
    enum fv_err net;     /* error of a network operation; FV_OK: it does not fail */
};

struct fv_sim {
    struct fv_port port; /* complete except for scratch and log */

    /* For the test to set and to read at any time. */
    struct fv_sim_fault fault;
    uint64_t ops;         /* operations begun */
    uint64_t fired;       /* of these, operations that failed because of `fault` */
    uint64_t cancel_at;   /* the user asks to stop when ops reaches it; 0: never */
    bool cancelled;       /* the user asked to stop */
    uint64_t storage_ops; /* storage operations begun */
    /* the power fails before that operation, and all fail from then on; 0: never */
    uint64_t cut_at;
    uint64_t vanished; /* files that power cuts removed during a rename, see above */
    /* After that many renames (the first is 1), cut_at is set to cut_behind operations later. */
    uint64_t cut_rename;
    uint64_t cut_behind;
    bool lies;     /* sync and sync_dir succeed without making anything durable */
    bool harsh;    /* a power cut has several effects at once, see above */
    bool hung;     /* a wait without a deadline could never have ended; it returned FV_E_NETWORK */
    bool readonly; /* the medium is read-only */
    bool folds;    /* the medium treats A and a as the same name, as FAT does */
    bool lazy;     /* rename on VFAT does not sync */
    enum fv_sim_times times;
    int64_t lost_us;    /* added to times that were set while it was 0 */
    uint64_t space;     /* bytes that fit, all files together */
    int64_t now_us;     /* clock->now; 1 s at first */
    int64_t wall_us;    /* wall time when now_us is 0; INT64_MIN: not known */
    int64_t step_us;    /* how far each clock->now moves the clock; 0 at first */
    int64_t wait_us;    /* duration of a wait that finds something ready; 0 at first */
    int64_t resolve_us; /* duration of a lookup; 0 at first */

    /* The port's own. */
    enum fv_sim_medium medium;
    const struct fv_sim_model *model;
    uint64_t random;
    int32_t last;
    struct fv_port_net net;
    struct fv_port_storage storage;
    struct fv_port_clock clock;
    struct fv_port_idle_call idle;
    struct fv_port_entropy entropy;
    struct fv_sim_disk *disk;
    struct fv_sim_wire *wire;
};

/* Create an empty disk and a network without hosts. s must not move. Without memory the process
 * ends. */
void fv_sim_init(struct fv_sim *s, enum fv_sim_medium medium, uint64_t seed);
void fv_sim_free(struct fv_sim *s);

/* Return whether the power has failed at cut_at, so that fv_sim_power_cut() is due. */
bool fv_sim_dark(const struct fv_sim *s);

/* Return a pseudo-random number below limit, which must not be 0. */
uint64_t fv_sim_pick(struct fv_sim *s, uint64_t limit);

/* Return the number of open files, sockets and locks. */
unsigned fv_sim_handles(const struct fv_sim *s);

/* --- The disk --- */

/* Cut the power and start again: handles and locks are gone, the disk is as medium and seed decide,
 * `fault` and the request to stop are reset, and connections are broken without notice. */
void fv_sim_power_cut(struct fv_sim *s);

/* These count no operation, never fail because of `fault`, and are durable at once. The directories
 * of a path are created. */
void fv_sim_put(struct fv_sim *s, const char *path, const void *p, size_t n, int64_t modified_us);
void fv_sim_put_link(struct fv_sim *s, const char *path);
/* Return the content of a file as a program sees it, and its size in *n; NULL if there is none.
 * Valid until the file is written. */
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

/* A server. If all is zero, it reads everything and sends nothing. Callbacks may call
 * fv_sim_send() and the like. */
struct fv_sim_peer {
    enum fv_sim_manner manner;
    int64_t connect_us; /* duration of connecting */
    size_t piece;       /* bytes that the client receives between two waits, at most; 0: no limit */
    size_t window;      /* bytes that the client sends between two waits, at most; 0: no limit */
    void *arg;
    /* A connection begins. manner and connect_us may be changed for this connection. */
    void (*met)(void *arg, enum fv_sim_manner *manner, int64_t *connect_us);
    void (*accepted)(void *arg, struct fv_sim_conn *c);
    /* The client has sent n bytes. May be called several times for one request. */
    void (*received)(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n);
    /* closed by the client; c is not valid afterwards */
    void (*closed)(void *arg, struct fv_sim_conn *c);
};

/* Return an IPv4 address. */
struct fv_port_addr fv_sim_addr4(uint8_t a, uint8_t b, uint8_t c, uint8_t d, uint16_t port);
/* Give a host one more address; its port is ignored. The pointer host is kept. */
void fv_sim_host(struct fv_sim *s, const char *host, struct fv_port_addr addr);
/* Put a peer at an address, with its port. The pointer peer is kept. Connections to all other
 * addresses are refused. */
void fv_sim_listen(struct fv_sim *s, struct fv_port_addr addr, const struct fv_sim_peer *peer);
/* Return the number of connections begun so far. */
unsigned fv_sim_connections(const struct fv_sim *s);
/* Return a number that differs from those of other open connections: 0 to FV_SIM_CONNECTIONS -
 * 1. */
unsigned fv_sim_conn_number(const struct fv_sim_conn *c);

/* Queue what the client receives next: bytes (copied), a pause, the orderly end, a reset. */
void fv_sim_send(struct fv_sim_conn *c, const void *p, size_t n);
void fv_sim_send_text(struct fv_sim_conn *c, const char *text);
void fv_sim_pause(struct fv_sim_conn *c, int64_t us);
void fv_sim_end(struct fv_sim_conn *c);
void fv_sim_reset(struct fv_sim_conn *c);
/* Accept no more bytes from the client, as with a full window; false: go on. */
void fv_sim_stall(struct fv_sim_conn *c, bool stalled);

/* --- A peer that responds to one request head after the other --- */

enum fv_sim_then { FV_SIM_KEEP, FV_SIM_END, FV_SIM_RESET };

struct fv_sim_step {
    const char *expect; /* start of the request; NULL: any request */
    const char *response;
    size_t response_size; /* 0: response is text */
    enum fv_sim_then then;
};

struct fv_sim_script {
    struct fv_sim_peer peer; /* to listen with; piece and other fields may be set after init */
    const struct fv_sim_step *steps;
    size_t count;
    size_t next;       /* step of the next request, on whichever connection it arrives */
    unsigned failures; /* requests that were not as expected, or one too many; they get a reset */
    size_t length;
    char request[4096]; /* the last request, NUL-terminated */
};

/* The pointer steps is kept. A request ends with an empty line. For one connection at a time. */
void fv_sim_script_init(struct fv_sim_script *script, const struct fv_sim_step *steps,
                        size_t count);

#endif
