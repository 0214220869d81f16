/* SPDX-License-Identifier: MIT */
/*
 * A batch of one file, for tests of the store.
 */
#ifndef FV_TESTS_SUPPORT_COMMIT_ONE_H
#define FV_TESTS_SUPPORT_COMMIT_ONE_H

#include "store/commit.h"

#include <string.h>

/* What became of it. */
struct committed {
    enum fv_err err;
    bool known, same, there;
    uint8_t sha256[FV_SHA256_SIZE];
};

static inline void commit_told(void *arg, const struct fv_commit_file *file)
{
    struct committed *c = arg;
    c->err = file->err;
    c->known = file->known;
    c->same = file->same;
    c->there = file->there;
    if (file->err == FV_OK) {
        memcpy(c->sha256, file->record->sha256, sizeof c->sha256);
    }
}

/* Commit p's file, which is whole; url is its own. The error that its fate is, and *c. */
static inline enum fv_err commit_one(struct fv_partial *p, struct fv_ledger *ledger,
                                     struct fv_slice url, struct committed *c)
{
    static struct fv_commit batch;
    struct fv_ledger_record record;
    const struct fv_commit_visitor visitor = {commit_told, c};
    *c = (struct committed){.err = FV_OK};
    batch = (struct fv_commit){.count = 0};
    struct fv_commit_how how = {.resumed = false};
    enum fv_err err = fv_commit_end_file(p, url, false, &record, &how.alone);
    if (err == FV_OK) {
        err = fv_commit_add(&batch, ledger, p, &record, &how);
    }
    if (err == FV_OK) {
        err = fv_commit_all(&batch, p->store, ledger, &visitor);
    }
    return err == FV_OK ? c->err : err;
}

#endif
