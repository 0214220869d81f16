/* SPDX-License-Identifier: MIT */
/* Claims for listings of many shapes, with memory for all, some or none of the names, against a
 * model that compares each entry with all before it. */
#include "store/names.h"

#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define MOST 3000
#define EACH 20 /* bytes of a claim in memory */

/* An entry, and what it is to get. */
struct entry {
    char path[32], url[32], own[80];
    char key[80]; /* own, folded as the medium does */
    bool again, contested;
};

struct shape {
    unsigned count;    /* entries */
    unsigned folders;  /* deliveries that they are in */
    unsigned pieces;   /* in which each delivery comes; 0: entry by entry, in turn */
    unsigned names;    /* that differ, of a delivery */
    unsigned urls;     /* that differ, of a name */
    bool folds, mixed; /* on a medium that folds case; names differ in case */
    bool shuffled;
    bool asks; /* others' folders are asked about in between */
};

static struct fv_sim sim;
static struct fv_names names;
static struct fv_table_page page;
static struct entry entries[MOST];
static uint64_t memory[MOST * 2 * EACH / 8];
static char out[FV_CAP_PATH + 1];
static uint32_t seed;

static uint32_t roll(uint32_t most)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % most;
}

/* Fill in path and URL of the i-th entry. */
static void make(const struct shape *s, unsigned i)
{
    unsigned piece = s->pieces > 0 ? s->count / (s->folders * s->pieces) : 1;
    unsigned folder = i / (piece > 0 ? piece : 1) % s->folders;
    unsigned name = roll(s->names);
    unsigned version = roll(s->urls);
    bool upper = s->mixed && roll(2) == 1;
    sprintf(entries[i].path, upper ? "O/S/D%u/N%u" : "O/S/d%u/n%u", folder, name);
    sprintf(entries[i].url, "http://p/%u/%u/v%u", folder, name, version);
}

static void make_all(const struct shape *s)
{
    for (unsigned i = 0; i < s->count; i++) {
        make(s, i);
    }
    for (unsigned i = s->count; s->shuffled && i > 1; i--) {
        struct entry one = entries[i - 1];
        unsigned other = roll(i);
        entries[i - 1] = entries[other];
        entries[other] = one;
    }
}

static void fold(const struct shape *s, struct entry *e)
{
    for (size_t i = 0; i <= strlen(e->own); i++) {
        bool upper = s->folds && e->own[i] >= 'A' && e->own[i] <= 'Z';
        e->key[i] = (char)(e->own[i] + (upper ? 'a' - 'A' : 0));
    }
}

/* The model: the first of its paths that no entry before with another URL has. */
static void judge(const struct shape *s, unsigned n)
{
    struct entry *e = &entries[n];
    e->contested = n > 0 && entries[n - 1].contested;
    e->again = false;
    for (unsigned choice = 0;; choice++) {
        unsigned i = 0;
        assert_true(choice < FV_NAMES_CHOICES);
        assert_int_equal(fv_names_write(&names, choice, fv_slice_of(e->path), fv_slice_of(e->url),
                                        out),
                         FV_OK);
        strcpy(e->own, out);
        fold(s, e);
        while (i < n && strcmp(entries[i].key, e->key) != 0) {
            i++;
        }
        e->again = i < n && strcmp(entries[i].url, e->url) == 0;
        if (i == n || e->again) {
            return;
        }
        e->contested = true;
    }
}

static void check_claim(const struct shape *s, const struct entry *e)
{
    bool found = false;
    strcpy(out, e->path);
    assert_int_equal(fv_names_claim(&names, fv_slice_of(e->path), fv_slice_of(e->url), out), FV_OK);
    assert_string_equal(names.choice > 0 ? out : e->path, e->own);
    assert_int_equal(names.again, e->again);
    assert_int_equal(names.contested, e->contested);
    if (e->again) {
        assert_int_equal(fv_names_note_date(&names, fv_slice_of(e->path), fv_slice_of(e->url),
                                            (int64_t)strlen(e->own)),
                         FV_OK);
    }
    if (roll(4) == 0) {
        assert_int_equal(fv_names_is_other(&names, fv_slice_of(e->own), fv_slice_of(e->url),
                                           &found),
                         FV_OK);
        assert_false(found);
    }
    if (s->asks && roll(4) == 0) { /* nobody's, and its folder is then known */
        sprintf(out, "O/S/e%u/n", roll(MOST));
        assert_int_equal(fv_names_has(&names, fv_slice_of(out), &found), FV_OK);
        assert_false(found);
    }
}

static void check_after(const struct entry *e)
{
    bool found = false;
    int64_t us = 0;
    assert_int_equal(fv_names_find(&names, fv_slice_of(e->path), fv_slice_of(e->url), out, &found),
                     FV_OK);
    assert_true(found);
    assert_string_equal(names.choice > 0 ? out : e->path, e->own);
    assert_int_equal(fv_names_has(&names, fv_slice_of(e->own), &found), FV_OK);
    assert_true(found);
    assert_int_equal(fv_names_raise_date(&names, fv_slice_of(e->path), fv_slice_of(e->url), &us),
                     FV_OK);
    assert_true(us == 0 || us == (int64_t)strlen(e->own));
    assert_true(us != 0 || !e->again);
}

/* Returns the operations of storage that the claims took. */
static uint64_t play(const struct shape *s, size_t room)
{
    fv_sim_init(&sim, s->folds ? FV_SIM_FAT : FV_SIM_POSIX, 1);
    memset(&names, 0, sizeof names);
    assert_int_equal(sim.storage.make_dir(sim.storage.ctx, ".fluxvision"), FV_OK);
    fv_claims_room(&names.claims, memory, room * EACH);
    uint64_t before = sim.ops;
    assert_int_equal(fv_names_begin(&names, &page, &sim.storage, s->folds), FV_OK);
    for (unsigned i = 0; i < s->count; i++) {
        check_claim(s, &entries[i]);
    }
    uint64_t ops = sim.ops - before;
    for (unsigned i = 0; i < s->count; i++) {
        check_after(&entries[roll(s->count)]);
    }
    fv_names_close(&names);
    size_t n = 0;
    assert_null(fv_sim_get(&sim, ".fluxvision/names", &n));
    assert_null(fv_sim_get(&sim, ".fluxvision/names.log", &n));
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return ops;
}

static void prepare(const struct shape *s)
{
    names.fat = s->folds;
    make_all(s);
    for (unsigned i = 0; i < s->count; i++) {
        judge(s, i);
    }
}

static void test_shapes(void **state)
{
    static const struct shape shapes[] = {
        {.count = 2000, .folders = 20, .pieces = 1, .names = 1000, .urls = 1},
        {.count = 2000, .folders = 20, .pieces = 1, .names = 50, .urls = 3},
        {.count = 2000, .folders = 20, .pieces = 2, .names = 80, .urls = 2},
        {.count = 2100, .folders = 7, .pieces = 3, .names = 200, .urls = 2},
        {.count = 2000, .folders = 5, .pieces = 40, .names = 300, .urls = 1},
        {.count = 2000, .folders = 20, .pieces = 1, .names = 90, .urls = 2, .asks = true},
        {.count = 900, .folders = 900, .pieces = 1, .names = 9, .urls = 1, .asks = true},
        {.count = 1500, .folders = 3, .pieces = 0, .names = 400, .urls = 1},
        {.count = 1500, .folders = 1500, .pieces = 0, .names = 3, .urls = 1},
        {.count = 1500, .folders = 1, .pieces = 1, .names = 900, .urls = 2},
        {.count = 900, .folders = 1, .pieces = 1, .names = 1, .urls = 900},
        {.count = 1500, .folders = 30, .pieces = 1, .names = 60, .urls = 2, .shuffled = true},
        {.count = 1500, .folders = 6, .pieces = 1, .names = 90, .urls = 2, .mixed = true},
        {.count = 1500,
         .folders = 6,
         .pieces = 1,
         .names = 90,
         .mixed = true,
         .folds = true,
         .urls = 2},
        {.count = 1500,
         .folders = 12,
         .pieces = 2,
         .names = 90,
         .mixed = true,
         .folds = true,
         .urls = 1},
    };
    static const size_t rooms[] = {0, 7, 8, 64, 256, 700, 2 * MOST};
    (void)state;
    for (size_t i = 0; i < COUNT(shapes); i++) {
        for (size_t r = 0; r < COUNT(rooms); r++) {
            seed = (uint32_t)i;
            prepare(&shapes[i]);
            (void)play(&shapes[i], rooms[r]);
        }
    }
}

/* If the entries of one name come one after the other, claims cost nothing with enough memory,
 * and almost nothing without. */
static void test_cost(void **state)
{
    static const struct shape s = {
        .count = 3000, .folders = 30, .pieces = 1, .names = 100000, .urls = 1};
    (void)state;
    prepare(&s);
    uint64_t in_table = play(&s, 0);
    uint64_t logged = play(&s, 512);
    uint64_t kept = play(&s, 2 * MOST);
    assert_int_equal(kept, 0);
    assert_true(logged < s.count / 8 && in_table > 10 * logged);
}

/* Each operation fails once; what is claimed again after that is right. */
static void test_faults(void **state)
{
    static const struct shape s = {
        .count = 1200, .folders = 12, .pieces = 2, .names = 60, .urls = 2};
    bool done = false;
    (void)state;
    prepare(&s);
    for (uint64_t at = 1; !done; at += 1 + at / 8) {
        enum fv_err err = FV_OK;
        fv_sim_init(&sim, FV_SIM_POSIX, 1);
        memset(&names, 0, sizeof names);
        assert_int_equal(sim.storage.make_dir(sim.storage.ctx, ".fluxvision"), FV_OK);
        fv_claims_room(&names.claims, memory, 256 * EACH);
        assert_int_equal(fv_names_begin(&names, &page, &sim.storage, false), FV_OK);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + at, .storage = FV_E_FULL};
        for (unsigned i = 0; i < s.count && err == FV_OK; i++) {
            const struct entry *e = &entries[i];
            err = fv_names_claim(&names, fv_slice_of(e->path), fv_slice_of(e->url), out);
            if (err == FV_OK) {
                assert_string_equal(names.choice > 0 ? out : e->path, e->own);
            } else {
                assert_int_equal(err, FV_E_FULL);
                err = fv_names_claim(&names, fv_slice_of(e->path), fv_slice_of(e->url), out);
                assert_true(err != FV_OK || strcmp(names.choice > 0 ? out : e->path, e->own) == 0);
            }
        }
        done = sim.fired == 0;
        fv_names_close(&names);
        assert_int_equal(fv_sim_handles(&sim), 0);
        fv_sim_free(&sim);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
