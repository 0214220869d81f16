/* SPDX-License-Identifier: MIT */
#include "store/log.h"

#include "base/num.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PATH "log"

static struct fv_sim sim;
static struct fv_log log_;
static int file;

static int setup(void **state)
{
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    assert_int_equal(sim.storage.open(&sim, PATH, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(fv_log_write_line(&sim.storage, file, 7), FV_OK);
    fv_log_init(&log_, &sim.storage, file, FV_LOG_HEADER);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    assert_int_equal(sim.storage.close(&sim, file), FV_OK);
    assert_int_equal(fv_sim_handles(&sim), 0);
    fv_sim_free(&sim);
    return 0;
}

static enum fv_err append(unsigned i, size_t url_len, struct fv_log_view *v)
{
    static char url[FV_CAP_URL];
    char path[32];
    snprintf(path, sizeof path, "dir/%u", i);
    memset(url, 'u', url_len);
    struct fv_ledger_record r = {.path = fv_slice_of(path),
                                 .url = {url, url_len},
                                 .modified_us = -(int64_t)i,
                                 .size = i,
                                 .marks = i % 2};
    memset(r.sha256, (int)i, sizeof r.sha256);
    return fv_log_append(&log_, FV_LOG_FILE, &r, v);
}

static void is_record(const struct fv_log_view *v, unsigned i, size_t url_len)
{
    char path[32];
    snprintf(path, sizeof path, "dir/%u", i);
    assert_int_equal(v->type, FV_LOG_FILE);
    assert_true(fv_slice_eq(v->record.path, fv_slice_of(path)));
    assert_int_equal(v->record.url.len, url_len);
    assert_true(url_len == 0 || v->record.url.ptr[url_len - 1] == 'u');
    assert_int_equal(v->record.size, i);
    assert_int_equal(v->record.modified_us, -(int64_t)i);
    assert_int_equal(v->record.marks, i % 2);
    assert_int_equal(v->record.sha256[31], i % 256);
}

/* Records of all sizes: what a scan finds lies at the place and has the length that append told. */
static void test_scan_finds_what_was_appended(void **state)
{
    static struct fv_log_view told[300];
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(append(i, i * 7 % FV_CAP_URL, &told[i]), FV_OK);
        assert_int_equal(told[i].type, FV_LOG_FILE);
    }
    for (int round = 0; round < 2; round++) {
        struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, log_.size);
        for (unsigned i = 0; i < 300; i++) {
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            assert_true(s.any);
            assert_int_equal(s.v.position, told[i].position);
            assert_int_equal(s.v.length, told[i].length);
            is_record(&s.v, i, i * 7 % FV_CAP_URL);
        }
        assert_int_equal(fv_log_next(&log_, &s), FV_OK);
        assert_false(s.any);
        assert_int_equal(s.gaps, 0);
        assert_int_equal(s.position, log_.size);
        uint64_t size = log_.size;
        fv_log_init(&log_, &sim.storage, file, size); /* the second time from the file alone */
    }
    for (unsigned i = 300; i-- > 0;) {
        struct fv_log_view v;
        assert_int_equal(fv_log_read(&log_, told[i].position, &v), FV_OK);
        is_record(&v, i, i * 7 % FV_CAP_URL);
    }
}

static void test_a_scan_reads_a_buffer_at_a_time(void **state)
{
    struct fv_log_view v;
    (void)state;
    for (unsigned i = 0; i < 1000; i++) {
        assert_int_equal(append(i, 30, &v), FV_OK);
    }
    uint64_t size = log_.size;
    fv_log_init(&log_, &sim.storage, file, size);
    uint64_t before = sim.ops;
    struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, size);
    do {
        assert_int_equal(fv_log_next(&log_, &s), FV_OK);
    } while (s.any);
    assert_true(sim.ops - before <= size / (FV_LOG_BUFFER - FV_LOG_RECORD / 8) + 2);
}

static void put_raw(uint64_t at, const void *p, size_t n)
{
    assert_int_equal(sim.storage.write(&sim, file, at, p, n), FV_OK);
    log_.size = at + n;
}

/* Garbage of every length around that of the buffer, with and without bytes that look like the
 * start of a record. */
static void test_a_record_behind_garbage_is_found(void **state)
{
    static uint8_t garbage[3 * FV_LOG_BUFFER];
    static const uint8_t bytes[] = {0x00, 0xFF, 'F', 0xFE};
    (void)state;
    for (size_t b = 0; b < sizeof bytes; b++) {
        memset(garbage, bytes[b], sizeof garbage);
        for (size_t n = 1; n < sizeof garbage; n += n < 3 ? 1 : bytes[b] == 0xFF ? 1009 : 61) {
            struct fv_log_view first, second;
            struct fv_log_scan s;
            fv_log_init(&log_, &sim.storage, file, FV_LOG_HEADER);
            assert_int_equal(append(1, 20, &first), FV_OK);
            put_raw(log_.size, garbage, n);
            assert_int_equal(append(2, 20, &second), FV_OK);
            uint64_t size = log_.size;
            assert_int_equal(sim.storage.truncate(&sim, file, size), FV_OK);
            fv_log_init(&log_, &sim.storage, file, size);
            s = fv_log_scan(FV_LOG_HEADER, size);
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            assert_true(s.any);
            is_record(&s.v, 1, 20);
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            assert_true(s.any);
            is_record(&s.v, 2, 20);
            assert_int_equal(s.v.position, second.position);
            assert_int_equal(s.gaps, 1);
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            assert_false(s.any);
        }
    }
}

/* A record whose check fits, but which no append would write. */
static void test_a_record_that_can_not_be(void **state)
{
    static const struct {
        const char *label;
        size_t offset; /* in the body */
        uint8_t byte;
        bool found;
    } cases[] = {
        {"as it is", 0, FV_LOG_FILE, true},
        {"a tombstone", 0, FV_LOG_REMOVED, true},
        {"type 0", 0, 0, false},
        {"type 3", 0, 3, false},
        {"no path", 2, 0, false},
        {"a shorter path", 2, 4, false},
        {"a longer path", 2, 6, false},
        {"a path of 256 more", 3, 1, false},
        {"a shorter URL", 4, 19, false},
        {"a longer URL", 4, 21, false},
        {"a URL of 256 more", 5, 1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t bytes[200];
        uint8_t digest[FV_SHA256_SIZE];
        struct fv_log_view v;
        size_t got = 0;
        print_message("%s\n", cases[i].label);
        fv_log_init(&log_, &sim.storage, file, FV_LOG_HEADER);
        assert_int_equal(append(1, 20, &v), FV_OK);
        assert_int_equal(sim.storage.read(&sim, file, v.position, bytes, v.length, &got), FV_OK);
        bytes[16 + cases[i].offset] = cases[i].byte;
        fv_sha256_of(bytes + 16, v.length - 16, digest);
        memcpy(bytes + 8, digest, 8);
        put_raw(v.position, bytes, v.length);
        uint64_t size = log_.size;
        fv_log_init(&log_, &sim.storage, file, size);
        enum fv_err err = fv_log_read(&log_, v.position, &v);
        assert_int_equal(err, cases[i].found ? FV_OK : FV_E_CORRUPT);
    }
}

/* A record that says it is longer than the log: by its own length, and by the file's end. */
static void test_a_record_that_is_cut(void **state)
{
    struct fv_log_view v, found;
    (void)state;
    assert_int_equal(append(1, 20, &v), FV_OK);
    uint64_t size = log_.size;
    for (uint64_t n = v.position; n < size; n++) {
        fv_log_init(&log_, &sim.storage, file, n);
        assert_int_equal(fv_log_read(&log_, v.position, &found), FV_E_CORRUPT);
    }
    assert_int_equal(sim.storage.truncate(&sim, file, size - 1), FV_OK);
    fv_log_init(&log_, &sim.storage, file, size); /* the file is shorter than it said */
    assert_int_equal(fv_log_read(&log_, v.position, &found), FV_E_CORRUPT);
    uint64_t before = sim.ops;
    assert_int_equal(fv_log_read(&log_, size, &found), FV_E_CORRUPT);
    assert_int_equal(fv_log_read(&log_, size - 1, &found), FV_E_CORRUPT);
    assert_int_equal(fv_log_read(&log_, size + 1, &found), FV_E_CORRUPT);
    assert_int_equal(sim.ops, before); /* nothing is read for it */
    assert_int_equal(fv_log_read(&log_, UINT64_MAX, &found), FV_E_CORRUPT);
}

/* A whole record behind the log's end does not count. */
static void test_a_record_behind_the_end(void **state)
{
    struct fv_log_view v, found;
    (void)state;
    assert_int_equal(append(1, 20, &v), FV_OK);
    assert_int_equal(append(2, 20, &v), FV_OK);
    for (uint64_t n = 0; n <= v.position; n++) {
        fv_log_init(&log_, &sim.storage, file, n);
        assert_int_equal(fv_log_read(&log_, v.position, &found), FV_E_CORRUPT);
    }
}

/* A path or URL that is longer than any, with a check that fits. */
static void test_a_record_that_is_too_long(void **state)
{
    static uint8_t bytes[FV_LOG_RECORD + 2];
    static const struct {
        const char *label;
        size_t path, url;
        enum fv_err err;
    } cases[] = {
        {"the longest", FV_CAP_PATH, FV_CAP_URL, FV_OK},
        {"a path too long", FV_CAP_PATH + 1, 0, FV_E_CORRUPT},
        {"a URL too long", 1, FV_CAP_URL + 1, FV_E_CORRUPT},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t digest[FV_SHA256_SIZE];
        struct fv_log_view v;
        size_t body = FV_LOG_FIXED - 16 + cases[i].path + cases[i].url;
        print_message("%s\n", cases[i].label);
        memset(bytes, 'x', sizeof bytes);
        memcpy(bytes,
               "\xFF"
               "FV\x01",
               4);
        fv_num_put32(bytes + 4, (uint32_t)body);
        bytes[16] = FV_LOG_FILE;
        bytes[17] = 0;
        bytes[18] = (uint8_t)(cases[i].path % 256);
        bytes[19] = (uint8_t)(cases[i].path / 256);
        bytes[20] = (uint8_t)(cases[i].url % 256);
        bytes[21] = (uint8_t)(cases[i].url / 256);
        fv_sha256_of(bytes + 16, body, digest);
        memcpy(bytes + 8, digest, 8);
        put_raw(FV_LOG_HEADER, bytes, 16 + body);
        uint64_t size = log_.size;
        fv_log_init(&log_, &sim.storage, file, size);
        assert_int_equal(fv_log_read(&log_, FV_LOG_HEADER, &v), cases[i].err);
    }
}

/* A read that fails may have spoilt the buffer. */
static enum fv_err (*true_read)(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got);

static enum fv_err spoil_and_fail(void *ctx, int from, uint64_t offset, void *p, size_t n,
                                  size_t *got)
{
    (void)ctx, (void)from, (void)offset, (void)got;
    memset(p, 0, n);
    return FV_E_STORAGE;
}

static void test_a_read_that_fails_leaves_nothing_in_the_buffer(void **state)
{
    static struct fv_log_view told[300];
    struct fv_log_view found;
    (void)state;
    for (unsigned i = 0; i < 300; i++) {
        assert_int_equal(append(i, 20, &told[i]), FV_OK);
    }
    assert_int_equal(fv_log_read(&log_, told[0].position, &found), FV_OK);
    true_read = sim.storage.read;
    sim.storage.read = spoil_and_fail;
    assert_int_equal(fv_log_read(&log_, told[299].position, &found), FV_E_STORAGE);
    sim.storage.read = true_read;
    assert_int_equal(fv_log_read(&log_, told[0].position, &found), FV_OK);
    is_record(&found, 0, 20);
}

/* A log that is shorter than was said ends a scan with an error instead of never. */
static void test_a_scan_of_a_file_that_was_cut(void **state)
{
    struct fv_log_scan s;
    (void)state;
    put_raw(FV_LOG_HEADER, "x", 1);
    log_.size += 100;
    s = fv_log_scan(FV_LOG_HEADER, log_.size);
    assert_int_equal(fv_log_next(&log_, &s), FV_E_STORAGE);
}

/* Each write of an append fails, the only one (0) or those of a record that was read, whether
 * its rest can be cut off or not: the next record is at the right offset. */
static void test_an_append_that_fails(void **state)
{
    (void)state;
    for (unsigned truncates = 0; truncates < 2; truncates++) {
        for (uint64_t n = 0; n <= 3; n++) {
            struct fv_log_view first, second, read, v;
            struct fv_log_scan s;
            fv_log_init(&log_, &sim.storage, file, FV_LOG_HEADER);
            assert_int_equal(append(1, 20, &first), FV_OK);
            assert_int_equal(fv_log_read(&log_, first.position, &read), FV_OK);
            sim.fault = (struct fv_sim_fault){.at = sim.ops + (n > 0 ? n : 1),
                                              .storage = FV_E_FULL,
                                              .stays = truncates == 0};
            uint64_t size = log_.size;
            assert_int_equal(n == 0 ? append(2, FV_CAP_URL, &v)
                                    : fv_log_append(&log_, FV_LOG_FILE, &read.record, &v),
                             FV_E_FULL);
            assert_int_equal(log_.size, size);
            if (truncates == 0) { /* it is tried again before anything is written */
                assert_true(log_.torn);
                assert_int_equal(append(2, 20, &v), FV_E_FULL);
                sim.fault = (struct fv_sim_fault){.at = sim.ops + 1, .storage = FV_E_STORAGE};
                assert_int_equal(append(2, 20, &v), FV_E_STORAGE);
                assert_int_equal(log_.size, size);
            }
            sim.fault = (struct fv_sim_fault){.at = 0};
            assert_int_equal(append(3, 1, &second), FV_OK);
            assert_false(log_.torn);
            assert_int_equal(second.position, size);
            assert_int_equal(second.length, log_.size - size);
            uint64_t there = 0;
            assert_int_equal(sim.storage.size(&sim, file, &there), FV_OK);
            assert_int_equal(there, log_.size);
            s = fv_log_scan(FV_LOG_HEADER, log_.size);
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            is_record(&s.v, 1, 20);
            assert_int_equal(fv_log_next(&log_, &s), FV_OK);
            assert_true(s.any);
            is_record(&s.v, 3, 1);
        }
    }
}

/* The same where the buffer begins behind the end. */
static void test_the_buffer_behind_the_end(void **state)
{
    struct fv_log_view v[3], found;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(append(i, 20, &v[i]), FV_OK);
    }
    assert_int_equal(fv_log_read(&log_, v[2].position, &found), FV_OK);
    log_.size = v[1].position;
    assert_int_equal(append(4, 20, &found), FV_OK);
    assert_int_equal(append(5, 20, &found), FV_OK);
    assert_int_equal(found.position, v[2].position);
    assert_int_equal(fv_log_read(&log_, found.position, &found), FV_OK);
    is_record(&found, 5, 20);
}

/* What was read from behind the end, where an append failed, is not used for what is written
 * there later. */
static void test_the_buffer_forgets_what_was_behind_the_end(void **state)
{
    struct fv_log_view v, found;
    (void)state;
    for (unsigned before = 0; before < 2; before++) {
        fv_log_init(&log_, &sim.storage, file, FV_LOG_HEADER);
        assert_int_equal(append(1, 20, &v), FV_OK);
        uint64_t first = v.position;
        uint64_t end = log_.size;
        assert_int_equal(append(2, 20, &v), FV_OK);
        assert_int_equal(fv_log_read(&log_, before == 0 ? first : end, &found), FV_OK);
        log_.size = end; /* the second one does not count any more */
        assert_int_equal(append(4, 30, &v), FV_OK);
        assert_int_equal(v.position, end);
        assert_int_equal(fv_log_read(&log_, end, &found), FV_OK);
        is_record(&found, 4, 30);
        assert_int_equal(fv_log_read(&log_, first, &found), FV_OK);
        is_record(&found, 1, 20);
    }
}

static void test_first_line(void **state)
{
    static const struct {
        const char *line;
        enum fv_err err;
        bool intact;
        uint64_t generation;
    } cases[] = {
        {"fluxvision ledger 1 0000000000000007\n", FV_OK, true, 7},
        {"fluxvision ledger 1 fedcba9876543210\n", FV_OK, true, UINT64_C(0xFEDCBA9876543210)},
        {"fluxvision ledger 1 000000000000000g\n", FV_OK, false, 0},
        {"fluxvision ledger 1 0000000000000007 ", FV_OK, false, 0},
        {"Fluxvision ledger 1 0000000000000007\n", FV_OK, false, 0},
        {"fluxvision ledger 2 0000000000000007\n", FV_E_CORRUPT, false, 0},
        {"fluxvision ledger 10 000000000000007\n", FV_E_CORRUPT, false, 0},
        {"fluxvision ledger ? 0000000000000007\n", FV_OK, false, 0}, /* torn */
        {"fluxvision ledger 1?0000000000000007\n", FV_OK, false, 0},
        {"fluxvision ledger  1 000000000000007\n", FV_OK, false, 0},
        {"fluxvision ledger 1 00000000", FV_E_CORRUPT, false, 0},
        {"", FV_E_CORRUPT, false, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint64_t generation = 0;
        bool intact = false;
        size_t n = strlen(cases[i].line);
        print_message("%s\n", cases[i].line);
        assert_int_equal(sim.storage.truncate(&sim, file, 0), FV_OK);
        put_raw(0, cases[i].line, n);
        fv_log_init(&log_, &sim.storage, file, n);
        assert_int_equal(fv_log_read_line(&log_, &generation, &intact), cases[i].err);
        assert_int_equal(intact, cases[i].intact);
        assert_true(!intact || generation == cases[i].generation);
    }
    assert_int_equal(fv_log_write_line(&sim.storage, file, UINT64_C(0xFEDCBA9876543210)), FV_OK);
    size_t n = 0;
    const uint8_t *p = fv_sim_get(&sim, PATH, &n);
    assert_int_equal(n, FV_LOG_HEADER);
    assert_memory_equal(p, cases[1].line, n);
}

static void test_copy(void **state)
{
    struct fv_log_view v, at[3];
    int other = -1;
    (void)state;
    for (unsigned i = 0; i < 3; i++) {
        assert_int_equal(append(i, 100 * i, &at[i]), FV_OK);
    }
    assert_int_equal(sim.storage.open(&sim, "other", FV_PORT_OPEN_CREATE, &other), FV_OK);
    assert_int_equal(fv_log_read(&log_, at[0].position, &v), FV_OK);
    assert_int_equal(fv_log_read(&log_, at[2].position, &v), FV_OK);
    assert_int_equal(fv_log_copy(&log_, &v, other, 0), FV_OK);
    size_t n = 0, m = 0;
    const uint8_t *p = fv_sim_get(&sim, "other", &n);
    const uint8_t *q = fv_sim_get(&sim, PATH, &m);
    assert_int_equal(n, at[2].length);
    assert_memory_equal(p, q + at[2].position, n);
    assert_int_equal(sim.storage.close(&sim, other), FV_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_scan_finds_what_was_appended, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_scan_reads_a_buffer_at_a_time, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_behind_garbage_is_found, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_that_can_not_be, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_that_is_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_scan_of_a_file_that_was_cut, setup, teardown),
        cmocka_unit_test_setup_teardown(test_an_append_that_fails, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_buffer_forgets_what_was_behind_the_end, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_record_behind_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_record_that_is_too_long, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_read_that_fails_leaves_nothing_in_the_buffer, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_buffer_behind_the_end, setup, teardown),
        cmocka_unit_test_setup_teardown(test_first_line, setup, teardown),
        cmocka_unit_test_setup_teardown(test_copy, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
