/* SPDX-License-Identifier: MIT */
/*
 * Cuts the power before each operation of storage, in each scene on each medium. What was not
 * synced is lost, torn or reordered as the medium does it (port/sim/sim.h), each time in another
 * way. After each cut, a final name holds one whole version, the next run completes and fetches
 * little again, and the hook has run for each completed file.
 */
#include "fault/plain_tls.h"
#include "fault/scenes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define PAIR_SEED 20240101u
#define PAIRS 40 /* of each scene on each medium */

static const char *const media[] = {"POSIX", "FAT", "littlefs", "vfat"};

static struct world ready, w;
static unsigned points, changes;

struct point {
    const struct scene *scene;
    enum fv_sim_medium medium;
    uint64_t first, second; /* operations; second 0: one cut */
};

static void complain(const struct point *p, const char *wrong)
{
    print_error("%s, %s, cut before operation %u (then %u): %s (run: %d %s)\n", media[p->medium],
                p->scene->name, (unsigned)p->first, (unsigned)p->second, wrong, (int)w.err,
                w.fault.subject);
    fail();
}

static void run(const struct point *p)
{
    if (p->scene->verify) {
        world_verify(&w);
    } else {
        world_sync(&w);
    }
}

/* A run that is cut before operation n, and the power's return. false: it ended before. */
static bool run_cut(const struct point *p, uint64_t n)
{
    w.sim.cut_at = w.sim.storage_ops + n;
    run(p);
    bool cut = fv_sim_dark(&w.sim);
    fv_sim_power_cut(&w.sim);
    const char *wrong = world_wrong(&w, false);
    if (wrong) {
        complain(p, wrong);
    }
    return cut;
}

static uint64_t content_bytes(void)
{
    return w.summary.bytes > w.listing_size ? w.summary.bytes - w.listing_size : 0;
}

/* Run to the end. before: content received until the cut. */
static void finish(const struct point *p, uint64_t before)
{
    unsigned gets[WORLD_FILES], done[WORLD_FILES];
    uint64_t whole = 0;
    uint64_t greatest = 0;
    for (size_t i = 0; i < w.count; i++) {
        const struct world_file *f = &w.files[i];
        gets[i] = f->gets;
        done[i] = f->done;
        whole += ready.files[i].gets ? f->size : 0;
        greatest = f->size > greatest ? f->size : greatest;
    }
    world_sync(&w);
    const char *wrong = world_wrong(&w, true);
    if (w.err != FV_OK || wrong) {
        complain(p, wrong ? wrong : "the run after the cut fails");
    }
    for (size_t i = 0; i < w.count; i++) {
        const struct world_file *f = &w.files[i];
        if (done[i] && f->gets > gets[i]) {
            complain(p, "fetched again");
        }
        if (scene_wants_hook(&w, i) && f->hooks == 0) {
            complain(p, "no hook");
        }
    }
    bool sized_only = p->medium == FV_SIM_LITTLEFS && p->scene->whole_lost;
    uint64_t cuts = p->second ? 2 : 1;
    uint64_t files = sized_only ? cuts : w.sim.vanished; /* that may be lost as a whole */
    uint64_t loss = files * greatest + cuts * WORLD_LOSS * w.settings.jobs; /* of each lane */
    if (before + content_bytes() > whole + loss) {
        print_error("%u and %u bytes\n", (unsigned)before, (unsigned)content_bytes());
        complain(p, "too much was fetched again");
    }
}

/* How many operations the run has. ready's counters tell afterwards what it fetches. */
static uint64_t count_operations(const struct point *p)
{
    world_copy(&w, &ready, 1);
    uint64_t begin = w.sim.storage_ops;
    run(p);
    uint64_t count = w.sim.storage_ops - begin;
    for (size_t i = 0; i < w.count; i++) {
        ready.files[i].gets = w.files[i].gets;
    }
    world_free(&w);
    return count;
}

static void cut_once(const struct point *p, uint64_t seed)
{
    world_copy(&w, &ready, seed);
    if (run_cut(p, p->first)) {
        points++;
    }
    finish(p, content_bytes());
    world_free(&w);
}

static void cut_everywhere(enum fv_sim_medium medium)
{
    points = 0;
    for (size_t s = 0; s < COUNT(scenes); s++) {
        struct point p = {&scenes[s], medium, 0, 0};
        world_init(&ready, medium, 1);
        scenes[s].prepare(&ready);
        uint64_t count = count_operations(&p);
        for (p.first = 1; p.first <= count; p.first++) {
            cut_once(&p, p.first * 31 + s);
        }
        world_free(&ready);
    }
    print_message("%s: %u cut points\n", media[medium], points);
    changes += points;
}

static void test_posix(void **state)
{
    (void)state;
    cut_everywhere(FV_SIM_POSIX);
}

static void test_fat(void **state)
{
    (void)state;
    cut_everywhere(FV_SIM_FAT);
}

static void test_littlefs(void **state)
{
    (void)state;
    cut_everywhere(FV_SIM_LITTLEFS);
}

static void test_vfat(void **state)
{
    (void)state;
    cut_everywhere(FV_SIM_VFAT);
}

static void test_enough_points(void **state)
{
    (void)state;
    print_message("%u cut points\n", changes);
    assert_true(changes > 5000);
}

static void cut_twice(struct point p, struct fv_sim *dice, uint64_t count)
{
    world_copy(&w, &ready, fv_sim_pick(dice, UINT64_MAX));
    p.first = 1 + fv_sim_pick(dice, count);
    p.second = 1 + fv_sim_pick(dice, count);
    (void)run_cut(&p, p.first);
    uint64_t before = content_bytes();
    w.summary.bytes = 0;
    (void)run_cut(&p, p.second);
    finish(&p, before + content_bytes());
    world_free(&w);
}

static void test_two_cuts(void **state)
{
    struct fv_sim dice;
    (void)state;
    fv_sim_init(&dice, FV_SIM_POSIX, PAIR_SEED);
    print_message("pairs of cuts: seed %u\n", PAIR_SEED);
    for (size_t m = 0; m < COUNT(media); m++) {
        for (size_t s = 0; s < COUNT(scenes); s++) {
            struct point p = {&scenes[s], (enum fv_sim_medium)m, 0, 0};
            world_init(&ready, p.medium, 1);
            scenes[s].prepare(&ready);
            uint64_t count = count_operations(&p);
            for (unsigned i = 0; i < PAIRS; i++) {
                cut_twice(p, &dice, count);
            }
            world_free(&ready);
        }
    }
    fv_sim_free(&dice);
}

/* --checksum finds another content under a file's size and time, and fetches a version that has
 * both too. After a power cut at any point and a later sync, which does not compare contents,
 * the file is the one that the user wrote, or the one in the ledger. */
static void cut_edited(enum fv_sim_medium medium, bool sync_all)
{
    const struct scene scene = {.name = "edited and renewed"};
    struct point p = {&scene, medium, 0, 0};
    size_t n = 0;
    for (bool cut = true; cut;) {
        world_init(&w, medium, ++p.first);
        w.sim.storage.sync_all = sync_all ? w.sim.storage.sync_all : NULL;
        (void)world_add(&w, "o/s/d", 40);
        scene_run(&w);
        const char *path = world_path(&w, 0);
        fv_sim_spoil(&w.sim, path, 39, 'x');
        w.files[0].same_date = true;
        world_renew(&w, 0, 40);
        w.settings.checksum = true;
        w.sim.cut_at = w.sim.storage_ops + p.first;
        world_sync(&w);
        cut = fv_sim_dark(&w.sim);
        fv_sim_power_cut(&w.sim);
        w.settings.checksum = false;
        world_sync(&w);
        bool ended = w.err == FV_OK;
        world_verify(&w);
        const uint8_t *bytes = fv_sim_get(&w.sim, path, &n);
        bool edited = cut && bytes != NULL && n == 40 && bytes[39] == 'x';
        if (!ended || (!edited && (w.err != FV_OK || !world_has(&w, 0, 0)))) {
            complain(&p, "what is there is not what the ledger says");
        }
        world_free(&w);
    }
}

static void test_a_file_that_was_found_edited(void **state)
{
    (void)state;
    cut_edited(FV_SIM_POSIX, true);
    cut_edited(FV_SIM_POSIX, false);
    cut_edited(FV_SIM_FAT, false);
    cut_edited(FV_SIM_VFAT, false);
    cut_edited(FV_SIM_LITTLEFS, false);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posix),
        cmocka_unit_test(test_fat),
        cmocka_unit_test(test_littlefs),
        cmocka_unit_test(test_vfat),
        cmocka_unit_test(test_enough_points),
        cmocka_unit_test(test_two_cuts),
        cmocka_unit_test(test_a_file_that_was_found_edited),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
