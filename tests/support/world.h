/* SPDX-License-Identifier: MIT */
/*
 * A portal and a client on a simulated port, without TLS (fault/plain_tls.h), and checks of what
 * must always be true of the client's storage: a final name holds one whole version of its file.
 *
 * A file's content is made from its number and version. The portal knows the current version only;
 * it honours Range with If-Range, keeps connections open, and counts requests.
 */
#ifndef FV_TESTS_SUPPORT_WORLD_H
#define FV_TESTS_SUPPORT_WORLD_H

#include "fluxvision.h"
#include "port/sim/sim.h"

#define WORLD_FILES 160
#define WORLD_SIZE 196608            /* bytes of a file, at most */
#define WORLD_PIECE 4096             /* bytes that arrive at once */
#define WORLD_WAIT_US 1250000        /* between two pieces: a checkpoint is due after four */
#define WORLD_LOSS (5 * WORLD_PIECE) /* bytes that one cut may cost: 5 s and a piece */

struct world_file {
    const char *dir;  /* ORG/STUDY/DELIVERY */
    size_t size;      /* of the current version */
    unsigned version; /* from 1 on; an older one may be on storage */
    size_t sizes[8];  /* of each version */
    bool listed;
    bool gone;      /* 404 when it is asked for */
    size_t cut;     /* the connection breaks at that byte; 0: it does not */
    bool away;      /* moved away, and has to stay away */
    bool same_date; /* the date does not tell the version */
    /* Counted since the last world_forget(). */
    unsigned gets; /* of these, answered with content */
    unsigned done; /* reported as downloaded or resumed */
    unsigned unchanged, skipped, removed, failed, planned;
    unsigned hooks;
    enum fv_err error; /* of the last failure */
};

struct world {
    struct fv_sim sim;
    struct fv_settings settings;
    struct fv_events events;
    struct world_file files[WORLD_FILES];
    size_t count;
    bool hook;             /* --exec is given */
    enum fv_err hook_ends; /* how it ends */
    const char *scope;
    const char *listing; /* sent instead of the true one */
    size_t listing_size; /* bytes of the last one */
    bool cut_listing;    /* it ends in its middle */
    unsigned unread; /* entries reported as failed without a path, since the last world_forget() */
    bool lengthless; /* files come without Content-Length: up to the connection's end */

    /* Of the last run. */
    enum fv_err err;
    struct fv_fault fault;
    struct fv_summary summary;

    /* Private. */
    struct fv_sim_peer peer;
    char request[4096];
    size_t request_len;
};

/* A world without files, and an empty disk. */
void world_init(struct world *w, enum fv_sim_medium medium, uint64_t seed);
void world_free(struct world *w);
/* The same portal and disk again, with counters at 0 and another seed. */
void world_copy(struct world *to, struct world *from, uint64_t seed);

/* Add a file, version 1, and return its number. */
size_t world_add(struct world *w, const char *dir, size_t size);
/* The portal has a new version of it. */
void world_renew(struct world *w, size_t i, size_t size);
/* Path of a file below DIR; valid until the next call. */
const char *world_path(const struct world *w, size_t i);

/* Run sync (or verify) once; the result is in w. */
void world_sync(struct world *w);
void world_verify(struct world *w);
/* Set all counters to 0. */
void world_forget(struct world *w);

/* Whether the file is there as that version; 0: as any one. */
bool world_has(struct world *w, size_t i, unsigned version);
/* Return what is wrong on storage, or NULL: a final name that holds no whole version, a file
 * that is in no listing. strict: the listed files must be there, as they are now, and nothing
 * else but lock, ledger and index. */
const char *world_wrong(struct world *w, bool strict);

#endif
