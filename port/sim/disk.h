/* SPDX-License-Identifier: MIT */
/*
 * The RAM disk behind the storage table: nodes (files, directories, links) and slots (names). Each
 * has two states: as the program sees it, and as a power cut would leave it (`kept`). Journals hold
 * the changes between the two.
 */
#ifndef FV_PORT_SIM_DISK_H
#define FV_PORT_SIM_DISK_H

#include "port/sim/inside.h"

#define FV_SIM_FILES 32
#define FV_SIM_BUCKETS 1024

/* The media that sim.h describes, as data. */
struct fv_sim_model {
    uint32_t step_us; /* resolution of times; 0: keeps no times */
    bool fat_names;
    bool locks; /* there may be other processes */
    /* after a power cut each sector that was not synced may be old or new, independently */
    bool by_sector;
    bool grows;         /* so may the size of a file that grew */
    bool names_at_once; /* changes of names are durable when they are made */
    bool new_with_sync; /* but the name of a new file with its first sync */
    bool close_syncs;
    bool late_entry; /* size and start of a renamed file are written with its next sync */
    bool syncs_all;  /* one call can sync everything */
    bool measured;   /* the port does not know what the medium does with names and times */
};

extern const struct fv_sim_model fv_sim_models[];

enum fv_sim_kind { FV_SIM_FILE, FV_SIM_DIR, FV_SIM_LINK };

struct fv_sim_content {
    uint8_t *bytes;
    size_t size;
    size_t room;
    int64_t time;
};

/* A write, or a truncation (bytes is NULL, and offset is the new size). */
struct fv_sim_change {
    uint64_t offset;
    size_t n;
    uint8_t *bytes;
};

struct fv_sim_node {
    struct fv_sim_node *next; /* of all */
    enum fv_sim_kind kind;
    uint64_t number;
    bool locked;
    bool named;                /* a file in a slot; its size counts as used */
    struct fv_sim_slot *place; /* the slot whose entry is still to be written; NULL: none */
    /* the file that this entry still describes; NULL: an empty file */
    struct fv_sim_node *replaced;
    uint64_t reserved;
    struct fv_sim_content now, kept;
    struct fv_sim_change *changes;
    size_t count, room;
};

struct fv_sim_slot {
    struct fv_sim_slot *next;   /* of all, in the order in which they were made */
    struct fv_sim_slot *bucket; /* of those with the same hash */
    struct fv_sim_node *dir;
    struct fv_sim_node *now, *kept; /* NULL: nothing is there */
    char name[FV_CAP_COMPONENT + 1];
};

/* A slot's change that a power cut may undo. */
struct fv_sim_naming {
    struct fv_sim_slot *slot;
    struct fv_sim_node *node;
    uint64_t op; /* the same for both halves of a rename */
};

struct fv_sim_handle {
    struct fv_sim_node *node; /* NULL: free */
    bool writable;
    bool lock;
};

struct fv_sim_disk {
    struct fv_sim_node *root;
    struct fv_sim_node *nodes;
    struct fv_sim_slot *slots, **last_slot;
    struct fv_sim_slot *buckets[FV_SIM_BUCKETS];
    struct fv_sim_naming *namings;
    size_t count, room;
    uint64_t numbered; /* nodes */
    uint64_t op;
    uint64_t used; /* bytes of all files, as the program sees them */
    struct fv_sim_handle handles[FV_SIM_FILES];
};

void fv_sim_disk_free(struct fv_sim *s);
void fv_sim_disk_cut(struct fv_sim *s);

struct fv_sim_node *fv_sim_node_new(struct fv_sim *s, enum fv_sim_kind kind);
/* Return the slot of a name. It is created if there is none. */
struct fv_sim_slot *fv_sim_slot_at(struct fv_sim *s, struct fv_sim_node *dir, const char *name);

/* Put node (NULL: nothing) into a slot. durable: at once, on every medium. */
void fv_sim_name(struct fv_sim *s, struct fv_sim_slot *slot, struct fv_sim_node *node,
                 bool durable);
void fv_sim_move(struct fv_sim *s, struct fv_sim_slot *from, struct fv_sim_slot *to);
void fv_sim_sync_names(struct fv_sim *s, const struct fv_sim_node *dir);

/* Change a file. There must be enough space. */
void fv_sim_write_node(struct fv_sim *s, struct fv_sim_node *node, uint64_t offset, const void *p,
                       size_t n);
void fv_sim_truncate_node(struct fv_sim *s, struct fv_sim_node *node, uint64_t size);
void fv_sim_sync_node(struct fv_sim *s, struct fv_sim_node *node);
/* A sync has failed: its data never becomes durable. */
void fv_sim_lose_node(struct fv_sim *s, struct fv_sim_node *node);

/* --- The storage table --- */

/* Keep err for last_error, and return it. */
enum fv_err fv_sim_fail(struct fv_sim *s, enum fv_err err);
/* Count an operation that changes the medium. Return FV_OK, or the error that it must fail with. */
enum fv_err fv_sim_begin_change(struct fv_sim *s);
/* Find the slot of a path, whose last component may be missing. make: create its directories,
 * durably and without counting. */
enum fv_err fv_sim_walk(struct fv_sim *s, const char *path, bool make, struct fv_sim_slot **out);
/* Return a time as the medium keeps it. */
int64_t fv_sim_rounded(const struct fv_sim *s, int64_t time);
/* Fill in the table entries for names. */
void fv_sim_names_init(struct fv_sim *s);

#endif
