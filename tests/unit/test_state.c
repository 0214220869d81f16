/* SPDX-License-Identifier: MIT */
#include "store/state.h"

#include "base/num.h"
#include "port/sim/sim.h"
#include "store/ledger.h"
#include "store/partial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define NAME ".fluxvision/0123456789abcdef.state"
#define SLOT 512u
#define PATH_AT 1024u

static struct fv_sim sim;
static struct fv_store store;
static struct fv_ledger ledger;
static struct fv_table_page page;
static const struct fv_slice path = {"org/study/delivery/name", 23};

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(fv_store_open(&store, &sim.storage, &sim.clock), FV_OK);
    assert_int_equal(fv_ledger_open(&ledger, &page, &store), FV_OK);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(fv_ledger_close(&ledger), FV_OK);
    fv_store_close(&store);
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

static struct fv_state state_of(uint32_t sequence)
{
    struct fv_state s = {.sequence = sequence, .total = 1000, .durable = 100 + sequence};
    memset(s.digest, (int)sequence, sizeof s.digest);
    memset(s.content, (int)sequence + 1, sizeof s.content);
    memset(s.validator, 'v', sizeof s.validator - 1);
    return s;
}

static void write_state(uint32_t sequence, bool anew)
{
    const struct fv_state s = state_of(sequence);
    assert_int_equal(fv_state_write(&store, NAME, &s, path, anew), FV_OK);
}

/* 0: nothing that counts is there. */
static void expect(uint32_t sequence)
{
    const struct fv_state wanted = state_of(sequence);
    struct fv_state s = {.sequence = 77};
    enum fv_err err = fv_state_read(&store, NAME, UINT32_MAX, &s);
    if (sequence == 0) {
        assert_int_equal(err, FV_E_CORRUPT);
        return;
    }
    assert_int_equal(err, FV_OK);
    assert_int_equal(s.sequence, wanted.sequence);
    assert_true(s.total == wanted.total && s.durable == wanted.durable);
    assert_memory_equal(s.digest, wanted.digest, sizeof s.digest);
    assert_memory_equal(s.content, wanted.content, sizeof s.content);
    assert_string_equal(s.validator, wanted.validator);
}

static void spoil(size_t offset)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, NAME, &n);
    assert_true(offset < n);
    fv_sim_spoil(&sim, NAME, offset, p[offset] ^ 0x40);
}

/* Cut the file to n bytes, durably. */
static void cut(size_t n)
{
    static uint8_t copy[4096];
    size_t size = 0;
    const uint8_t *p = fv_sim_get(&sim, NAME, &size);
    assert_true(n <= size && size <= sizeof copy);
    memcpy(copy, p, n);
    fv_sim_put(&sim, NAME, copy, n, 0);
}

static void test_the_newer_slot_counts(void **state)
{
    (void)state;
    write_state(1, true);
    expect(1);
    for (uint32_t i = 2; i < 6; i++) {
        write_state(i, false);
        expect(i);
    }
}

static void test_a_damaged_slot_leaves_the_other_one(void **state)
{
    static const size_t offsets[] = {
        0, 3, 4, 8, 39, 40, 48, 56, 63, 64, 64 + FV_CAP_VALIDATOR, 64 + FV_CAP_VALIDATOR + 32};
    (void)state;
    for (size_t i = 0; i < sizeof offsets / sizeof offsets[0]; i++) {
        print_message("byte %u\n", (unsigned)offsets[i]);
        write_state(1, true);
        write_state(2, false);
        spoil(offsets[i]); /* slot 0 has the even numbers */
        expect(1);
        spoil(SLOT + offsets[i]);
        expect(0);
    }
}

static void test_a_validator_without_an_end_is_damage(void **state)
{
    static uint8_t slot[SLOT];
    const size_t used = 64 + FV_CAP_VALIDATOR + 1 + FV_SHA256_SIZE;
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    size_t n = 0;
    (void)state;
    write_state(2, true);
    const uint8_t *p = fv_sim_get(&sim, NAME, &n);
    memcpy(slot, p, used);
    slot[64 + FV_CAP_VALIDATOR] = 'v'; /* with a check that fits */
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, slot, 56);
    fv_sha256_push(&sha, slot + 64, used - 64);
    fv_sha256_finish(&sha, digest);
    memcpy(slot + 56, digest, 8);
    for (size_t i = 0; i < used; i++) {
        fv_sim_spoil(&sim, NAME, i, slot[i]);
    }
    expect(0);
}

static void test_a_short_file(void **state)
{
    static const struct {
        size_t size;
        uint32_t left;
    } cases[] = {{0, 0}, {SLOT - 300, 0}, {SLOT, 2}, {SLOT + 100, 2}, {2 * SLOT, 3}};
    struct fv_state s;
    (void)state;
    assert_int_equal(fv_state_read(&store, NAME, UINT32_MAX, &s), FV_E_NOT_FOUND);
    fv_sim_put(&sim, NAME "/below", "x", 1, 0); /* a directory is no state */
    assert_int_equal(fv_state_read(&store, NAME, UINT32_MAX, &s), FV_E_NOT_FOUND);
    fv_sim_drop(&sim, NAME "/below");
    fv_sim_drop(&sim, NAME);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        write_state(2, true);
        write_state(3, false);
        cut(cases[i].size);
        expect(cases[i].left);
    }
}

/* A new state does not leave the slots of an older one. */
static void test_a_new_file_begins_empty(void **state)
{
    (void)state;
    write_state(4, true);
    write_state(5, false);
    write_state(1, true);
    expect(1);
}

static void test_path(void **state)
{
    static const struct {
        const char *label;
        size_t spoiled, size; /* 0: not */
        enum fv_err err;
    } cases[] = {
        {"whole", 0, 0, FV_OK},
        {"its length", PATH_AT, 0, FV_E_CORRUPT},
        {"a length of more than any path", PATH_AT + 6, 0, FV_E_CORRUPT},
        {"its check", PATH_AT + 9, 0, FV_E_CORRUPT},
        {"a byte of it", PATH_AT + 18, 0, FV_E_CORRUPT},
        {"cut in it", 0, PATH_AT + 30, FV_E_CORRUPT},
        {"cut before it", 0, PATH_AT + 16, FV_E_CORRUPT},
        {"cut in its head", 0, PATH_AT + 15, FV_E_CORRUPT},
        {"no head", 0, PATH_AT, FV_E_CORRUPT},
    };
    char found[FV_CAP_PATH + 1];
    size_t len = 0;
    (void)state;
    assert_int_equal(fv_state_path(&store, NAME, found, &len), FV_E_NOT_FOUND);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].label);
        write_state(1, true);
        if (cases[i].spoiled != 0) {
            spoil(cases[i].spoiled);
        }
        if (cases[i].size != 0) {
            cut(cases[i].size);
        }
        memcpy(found, path.ptr, path.len); /* what a cut file lacks is not taken from here */
        len = 999;
        assert_int_equal(fv_state_path(&store, NAME, found, &len), cases[i].err);
        assert_int_equal(len, cases[i].err == FV_OK ? path.len : 999);
    }
    write_state(1, true);
    assert_int_equal(fv_state_path(&store, NAME, found, &len), FV_OK);
    assert_string_equal(found, path.ptr);
}

static void test_the_longest_path(void **state)
{
    static char text[FV_CAP_PATH + 1];
    char found[FV_CAP_PATH + 1];
    struct fv_slice longest = {text, FV_CAP_PATH};
    const struct fv_state s = state_of(1);
    size_t len = 0;
    (void)state;
    memset(text, 'p', FV_CAP_PATH);
    assert_int_equal(fv_state_write(&store, NAME, &s, longest, true), FV_OK);
    assert_int_equal(fv_state_path(&store, NAME, found, &len), FV_OK);
    assert_int_equal(len, FV_CAP_PATH);
    assert_string_equal(found, text);
}

/* With a check that fits. */
static void test_a_path_that_is_too_long(void **state)
{
    static uint8_t bytes[PATH_AT + 16 + FV_CAP_PATH + 1];
    char found[FV_CAP_PATH + 64];
    size_t len = 0;
    (void)state;
    memset(bytes, 'p', sizeof bytes);
    fv_num_put64(bytes + PATH_AT, FV_CAP_PATH + 1);
    fv_num_put64(bytes + PATH_AT + 8, fv_sha256_key(bytes + PATH_AT + 16, FV_CAP_PATH + 1));
    fv_sim_put(&sim, NAME, bytes, sizeof bytes, 0);
    assert_int_equal(fv_state_path(&store, NAME, found, &len), FV_E_CORRUPT);
}

static void test_each_operation_of_writing_fails(void **state)
{
    bool done = false;
    (void)state;
    write_state(2, true);
    for (uint64_t n = 1; !done; n++) {
        const struct fv_state s = state_of(3);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_FULL};
        enum fv_err err = fv_state_write(&store, NAME, &s, path, false);
        done = sim.ops < sim.fault.at;
        assert_int_equal(err, done ? FV_OK : FV_E_FULL);
        sim.fault.at = sim.ops + n;
        struct fv_state found;
        err = fv_state_read(&store, NAME, UINT32_MAX, &found);
        assert_true(err == FV_OK || err == FV_E_FULL);
        assert_true(n < 20);
    }
    done = false;
    for (uint64_t n = 1; !done; n++) {
        const struct fv_state s = state_of(1);
        sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_FULL};
        enum fv_err err = fv_state_write(&store, NAME, &s, path, true);
        done = sim.ops < sim.fault.at;
        assert_int_equal(err, done ? FV_OK : FV_E_FULL);
        assert_true(n < 20);
    }
    sim.fault = (struct fv_sim_fault){.at = 0};
    expect(1);
}

/* --- Cleaning --- */

struct asked {
    unsigned count;
    bool wanted;
};

static enum fv_err keep(void *arg, struct fv_slice of, bool *wanted)
{
    struct asked *asked = arg;
    assert_true(fv_slice_eq(of, path));
    asked->count++;
    *wanted = asked->wanted;
    return FV_OK;
}

/* Parts and states that are nobody's, or whose file is asked for. */
static void test_clean(void **state)
{
    static const struct {
        const char *label;
        const char *part; /* NULL: none */
        bool state, damaged;
        int waits; /* size of the record that does; -1: none */
        bool wanted;
        unsigned asked;
        bool stays, known; /* known: by the ledger, in the end */
    } cases[] = {
        {"wanted", "12345", true, false, -1, true, 1, true, false},
        {"not wanted", "12345", true, false, -1, false, 1, false, false},
        {"no byte in it", "", true, false, -1, true, 0, false, false},
        {"no part", NULL, true, false, -1, true, 0, false, false},
        {"a state that can't be read", "12345", true, true, -1, true, 0, false, false},
        {"no state", "12345", false, false, -1, true, 0, false, false},
        {"a record waits for it", "12345", false, false, 5, true, 1, true, true},
        {"a record waits for no byte", "", false, false, 0, true, 1, true, true},
        {"a record waits, the state is damaged", "12345", true, true, 5, true, 1, true, true},
        {"a record waits for another size", "1234", false, false, 5, true, 0, false, true},
        {"a record waits for what nobody wants", "12345", false, false, 5, false, 1, false, false},
        {"that has a state too", "12345", true, false, 5, false, 1, false, false},
        {"the record is of another size", "1234", true, false, 5, false, 1, false, true},
    };
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    (void)state;
    fv_state_names(path, part, name);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        const struct fv_state s = state_of(1);
        struct asked asked = {0, cases[i].wanted};
        struct fv_ledger_record record = {.path = path, .size = (uint64_t)cases[i].waits};
        struct fv_port_stat st;
        size_t n = 0;
        bool known = false;
        print_message("%s\n", cases[i].label);
        assert_int_equal(fv_ledger_remove(&ledger, path), FV_OK);
        if (cases[i].waits >= 0) {
            assert_int_equal(fv_ledger_put(&ledger, &record), FV_OK);
        }
        if (cases[i].part != NULL) {
            fv_sim_put(&sim, part, cases[i].part, strlen(cases[i].part), 0);
        }
        if (cases[i].state) {
            assert_int_equal(fv_state_write(&store, name, &s, path, true), FV_OK);
        }
        if (cases[i].damaged) {
            fv_sim_spoil(&sim, name, PATH_AT + 9, 0);
        }
        assert_int_equal(fv_partial_clean(&store, &ledger, keep, &asked), FV_OK);
        assert_int_equal(asked.count, cases[i].asked);
        assert_int_equal(fv_sim_get(&sim, part, &n) != NULL, cases[i].stays);
        assert_int_equal(fv_sim_get(&sim, name, &n) != NULL, cases[i].stays && cases[i].state);
        assert_int_equal(fv_ledger_find(&ledger, path, &record, &known), FV_OK);
        assert_int_equal(known, cases[i].known);
        assert_int_equal(sim.storage.stat(&sim, part, &st), FV_OK);
        fv_sim_drop(&sim, part);
        fv_sim_drop(&sim, name);
    }
}

/* A part without a state, whose file has come by another way. */
static void test_clean_where_the_file_is_there(void **state)
{
    const struct fv_ledger_record record = {.path = path, .size = 5};
    struct asked asked = {0, true};
    char part[FV_PARTIAL_NAME];
    char name[FV_PARTIAL_NAME];
    size_t n = 0;
    (void)state;
    fv_state_names(path, part, name);
    assert_int_equal(fv_ledger_put(&ledger, &record), FV_OK);
    fv_sim_put(&sim, "org/study/delivery/name", "12345", 5, 0);
    fv_sim_put(&sim, part, "12345", 5, 0);
    assert_int_equal(fv_partial_clean(&store, &ledger, keep, &asked), FV_OK);
    assert_int_equal(asked.count, 0);
    assert_null(fv_sim_get(&sim, part, &n));
}

/* Whoever's name is a little like one of ours. */
static void test_clean_leaves_what_is_not_its_own(void **state)
{
    static const struct {
        const char *name;
        bool stays;
    } cases[] = {
        {".fluxvision/0123456789abcdef.part", false},
        {".fluxvision/0123456789abcdeg.part", true},
        {".fluxvision/0123456789abcde.part", true},
        {".fluxvision/0123456789abcdef0.part", true},
        {".fluxvision/0123456789abcdef.parts", true},
        {".fluxvision/ledger.new", false},
        {".fluxvision/.new", true},
        {".fluxvision/a.new", false},
        {".fluxvision/new", true},
        {".fluxvision/ledger.news", true},
        {".fluxvision/notes.txt", true},
        {".fluxvision/a name that is longer than all of our own.new", true},
    };
    struct asked asked = {0};
    bool any = true;
    size_t n = 0;
    (void)state;
    assert_int_equal(fv_partial_any(&store, &any), FV_OK);
    assert_false(any);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        fv_sim_put(&sim, cases[i].name, "x", 1, 0);
    }
    assert_int_equal(fv_partial_any(&store, &any), FV_OK);
    assert_true(any);
    assert_int_equal(fv_partial_clean(&store, &ledger, keep, &asked), FV_OK);
    assert_int_equal(asked.count, 0);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        print_message("%s\n", cases[i].name);
        assert_int_equal(fv_sim_get(&sim, cases[i].name, &n) != NULL, cases[i].stays);
    }
    assert_int_equal(fv_partial_any(&store, &any), FV_OK);
    assert_false(any);
}

/* Each count around the size of a batch, keys in any order. */
static void test_clean_takes_all_batches(void **state)
{
    (void)state;
    for (unsigned count = 0; count <= 50; count++) {
        struct asked asked = {0};
        char name[64];
        bool any = true;
        for (unsigned i = 0; i < count; i++) {
            unsigned key = i * 7919u % 65536u;
            snprintf(name, sizeof name, ".fluxvision/%04x%012x.part", key, i);
            fv_sim_put(&sim, name, "x", 1, 0);
            snprintf(name, sizeof name, ".fluxvision/%04x%012x.state", key, i);
            fv_sim_put(&sim, name, "x", 1, 0);
        }
        assert_int_equal(fv_partial_clean(&store, &ledger, keep, &asked), FV_OK);
        assert_int_equal(fv_partial_any(&store, &any), FV_OK);
        assert_false(any);
    }
}

/* A call that succeeds has done everything; one that fails reports why, and removes nothing that
 * is needed. */
static void test_clean_where_an_operation_fails(void **state)
{
    (void)state;
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        bool done = false;
        for (uint64_t n = 1; !done; n++) {
            struct asked asked = {0, wanted == 1};
            const struct fv_state s = state_of(1);
            char part[FV_PARTIAL_NAME];
            char name[FV_PARTIAL_NAME];
            size_t size = 0;
            fv_state_names(path, part, name);
            fv_sim_put(&sim, part, "12345", 5, 0);
            assert_int_equal(fv_state_write(&store, name, &s, path, true), FV_OK);
            fv_sim_put(&sim, ".fluxvision/ledger.new", "x", 1, 0);
            store.fault.err = FV_OK;
            sim.fault = (struct fv_sim_fault){.at = sim.ops + n, .storage = FV_E_DENIED};
            enum fv_err err = fv_partial_clean(&store, &ledger, keep, &asked);
            done = sim.ops < sim.fault.at;
            sim.fault = (struct fv_sim_fault){.at = 0};
            bool there = fv_sim_get(&sim, part, &size) != NULL;
            if (err == FV_OK) { /* closing what was only read may fail unseen */
                assert_int_equal(asked.count, 1);
                assert_int_equal(there, wanted);
                assert_int_equal(fv_sim_get(&sim, name, &size) != NULL, wanted);
                assert_null(fv_sim_get(&sim, ".fluxvision/ledger.new", &size));
            } else {
                assert_false(done);
                assert_int_equal(err, FV_E_DENIED);
                assert_int_equal(store.fault.err, FV_E_DENIED);
                assert_true(store.fault.subject[0] != '\0');
                assert_true(there);
            }
            assert_true(n < 60);
        }
    }
    store.fault.err = FV_OK;
}

static void test_any_where_listing_fails(void **state)
{
    bool any = false;
    (void)state;
    sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_DENIED};
    assert_int_equal(fv_partial_any(&store, &any), FV_E_DENIED);
    sim.fault.at = sim.ops + 1;
    sim.fault.storage = FV_E_NOT_FOUND; /* nothing was ever fetched here */
    assert_int_equal(fv_partial_any(&store, &any), FV_OK);
    assert_false(any);
    store.fault.err = FV_OK;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_the_newer_slot_counts, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_damaged_slot_leaves_the_other_one, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_validator_without_an_end_is_damage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_short_file, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_new_file_begins_empty, setup, teardown),
        cmocka_unit_test_setup_teardown(test_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_longest_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_each_operation_of_writing_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_path_that_is_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean_where_the_file_is_there, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_where_listing_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean_leaves_what_is_not_its_own, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean_takes_all_batches, setup, teardown),
        cmocka_unit_test_setup_teardown(test_clean_where_an_operation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
