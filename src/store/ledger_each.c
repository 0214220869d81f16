/* SPDX-License-Identifier: MIT */
#include "store/ledger_each.h"

#include "store/ledger_index.h"

#include <string.h>

#define ROOM (FV_CAP_BLOCK / 8u)

/* Without an index, the records are processed in groups. For each group, all later records are
 * read to find which records of the group still count. */
struct window {
    /* Keys of their paths, 8 bytes each; 0: the record does not count. In the block of the page,
     * which a visitor overwrites when it uses a table. */
    uint8_t *keys;
    size_t count;
    uint8_t live[(ROOM + 7) / 8]; /* one bit for each record: it counts */
};

static uint64_t key_at(const struct window *w, size_t i)
{
    uint64_t key = 0;
    memcpy(&key, w->keys + 8 * i, 8);
    return key;
}

static void set_key(struct window *w, size_t i, uint64_t key)
{
    memcpy(w->keys + 8 * i, &key, 8);
}

/* A later record is about the path with that key: the earlier ones do not count. */
static void strike(struct window *w, uint64_t key)
{
    for (size_t i = 0; i < w->count; i++) {
        if (key_at(w, i) == key) {
            set_key(w, i, 0);
        }
    }
}

/* Read the next records, as many as fit. */
static enum fv_err fill(struct fv_ledger *l, struct window *w, struct fv_log_scan *s)
{
    w->count = 0;
    while (w->count < ROOM) {
        enum fv_err err = fv_log_next(&l->log, s);
        if (err != FV_OK || !s->any) {
            return err;
        }
        uint64_t key = fv_ledger_key(s->v.record.path);
        strike(w, key);
        set_key(w, w->count++, s->v.type == FV_LOG_FILE ? key : 0);
    }
    return FV_OK;
}

static enum fv_err strike_later(struct fv_ledger *l, struct window *w, uint64_t from)
{
    struct fv_log_scan s = fv_log_scan(from, l->log.size);
    for (;;) {
        enum fv_err err = fv_log_next(&l->log, &s);
        if (err != FV_OK || !s.any) {
            return err;
        }
        strike(w, fv_ledger_key(s.v.record.path));
    }
}

static void note_live(struct window *w)
{
    memset(w->live, 0, sizeof w->live);
    for (size_t i = 0; i < w->count; i++) {
        if (key_at(w, i) != 0) {
            w->live[i / 8] = (uint8_t)(w->live[i / 8] | 1u << i % 8);
        }
    }
}

static enum fv_err visit_window(struct fv_ledger *l, const struct window *w, uint64_t from,
                                const struct fv_ledger_visitor *visitor)
{
    struct fv_log_scan s = fv_log_scan(from, l->log.size);
    enum fv_err err = FV_OK;
    for (size_t i = 0; i < w->count && err == FV_OK; i++) {
        err = fv_log_next(&l->log, &s);
        if (err == FV_OK && s.any && (w->live[i / 8] >> i % 8 & 1) != 0) {
            err = visitor->visit(visitor->arg, &s.v.record);
        }
    }
    return err;
}

enum fv_err fv_ledger_each_unindexed(struct fv_ledger *l, const struct fv_ledger_visitor *visitor,
                                     struct fv_log_scan *s)
{
    struct window w = {.keys = l->page->block};
    enum fv_err err = FV_OK;
    do {
        uint64_t from = s->position;
        err = fv_table_release(l->page);
        if (err == FV_OK) {
            err = fill(l, &w, s);
        }
        if (err == FV_OK && w.count > 0) {
            err = strike_later(l, &w, s->position);
        }
        if (err == FV_OK) {
            note_live(&w);
            err = visit_window(l, &w, from, visitor);
        }
    } while (err == FV_OK && w.count == ROOM);
    return err;
}
