/* SPDX-License-Identifier: MIT */
/*
 * Syncs from a small portal to a real file system, cut by a power failure at any write. The program
 * that uses it includes fault/plain_tls.h.
 */
#ifndef FV_TESTS_SUPPORT_POWER_H
#define FV_TESTS_SUPPORT_POWER_H

#include "port/port.h"

/* A medium with its file system. Whatever fails ends the test. */
struct power_card {
    void *ctx;
    const struct fv_port_storage *(*mount)(void *ctx, const struct fv_port_clock *clock);
    void (*unmount)(void *ctx); /* all files are closed, or the power is gone */
    void (*clear)(void *ctx);   /* to an empty volume */
    void (*keep)(void *ctx);    /* remember the content */
    void (*back)(void *ctx);    /* to what was remembered; writes are counted from here */
    uint64_t (*writes)(const void *ctx);
    void (*cut_at)(void *ctx, uint64_t write); /* the power goes with that write; 0: never */
    void (*power)(void *ctx, uint64_t seed);   /* and is back */
    /* Check that the volume is sound, after a cut and after a run that succeeded. whole: check
     * also that another implementation reads the file's content from it. */
    void (*check)(void *ctx, bool whole, const char *path, const uint8_t *bytes, size_t n);
};

enum power_scene {
    POWER_FILL,    /* files of all sizes onto an empty card */
    POWER_REPLACE, /* the third version of each; the ledger is rewritten; one is pruned */
    POWER_RESUME,  /* a connection broke within a file */
};

/* Run the scene with the power cut at `cuts` writes, spread over the run. After each, check that
 * a final name holds one whole version of its file, that the next run completes, and that the
 * one after that has nothing to do. */
void power_test(const struct power_card *card, enum power_scene scene, unsigned cuts);

#endif
