/* SPDX-License-Identifier: MIT */
/* How much is sent ahead: growth, servers that end early, bytes in flight. */
#include "net/pipeline.h"

#include "base/cap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define START FV_PIPELINE_START
#define PROVEN FV_PIPELINE_PROVEN
#define MIB (UINT64_C(1) << 20)

/* Requests that p allows to be in flight, sent one after the other. */
static size_t room(struct fv_pipeline *p, uint64_t left_bytes)
{
    size_t n = 0;
    while (fv_pipeline_may_send(p, n, left_bytes)) {
        n++;
        fv_pipeline_sent(p, n);
    }
    return n;
}

static struct fv_pipeline fresh(size_t depth)
{
    struct fv_pipeline p = {.depth = depth};
    fv_pipeline_init(&p);
    fv_pipeline_connected(&p);
    return p;
}

static void respond(struct fv_pipeline *p, size_t count, uint64_t bytes)
{
    for (size_t i = 0; i < count; i++) {
        fv_pipeline_response(p, i + 1 < count ? 1 : 0, bytes, 0);
    }
}

static void test_depth(void **state)
{
    static const struct {
        size_t depth, responses, room;
    } cases[] = {{0, 0, 1},      {1, 0, 1},          {1, 100, 1},   {4, 0, 4},
                 {64, 0, START}, {64, 8, START + 8}, {64, 100, 64}, {START, 5, START}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_pipeline p = fresh(cases[i].depth);
        respond(&p, cases[i].responses, 100);
        assert_int_equal(room(&p, 0), cases[i].room);
    }
}

/* Nothing is sent after requests that went out in one piece until each of them had a response,
 * on one connection. */
static void test_swallowed(void **state)
{
    struct fv_pipeline p = fresh(8);
    (void)state;
    fv_pipeline_out(&p);
    fv_pipeline_response(&p, 0, 100, 0); /* one alone proves nothing */
    assert_int_equal(room(&p, 0), 8);
    fv_pipeline_out(&p);
    assert_false(fv_pipeline_may_send(&p, 4, 0));
    fv_pipeline_response(&p, 3, 100, 0);
    assert_false(fv_pipeline_may_send(&p, 3, 0));
    fv_pipeline_response(&p, 1, 100, 0);
    assert_false(fv_pipeline_may_send(&p, 1, 0));
    fv_pipeline_connected(&p); /* the other was not answered */
    assert_true(fv_pipeline_may_send(&p, 1, 0));
    fv_pipeline_out(&p);
    fv_pipeline_response(&p, 1, 100, 0);
    assert_false(fv_pipeline_may_send(&p, 1, 0));
    fv_pipeline_response(&p, 0, 100, 0);
    for (size_t pending = 4; pending > 0; pending--) {
        fv_pipeline_out(&p);
        assert_true(fv_pipeline_may_send(&p, pending, 0));
        fv_pipeline_response(&p, pending, 100, 0);
        assert_true(fv_pipeline_may_send(&p, pending, 0));
    }
    fv_pipeline_connected(&p);
    fv_pipeline_out(&p);
    assert_true(fv_pipeline_may_send(&p, 2, 0));
    fv_pipeline_init(&p); /* another server */
    fv_pipeline_out(&p);
    assert_false(fv_pipeline_may_send(&p, 2, 0));
}

/* All requests that went out together had responses: on a connection that has carried a listing
 * as many are sent ahead as the user wants; on a new one, or on one to an origin that has ended
 * a connection early, a few more each time. */
static void test_once_it_is_proven(void **state)
{
    static const struct {
        bool listing;
        size_t early; /* responses of a connection that ended early; 0: none did */
        size_t room;
    } rows[] = {{true, 0, 200}, {false, 0, START + 4}, {true, 6, 6 + 4}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_pipeline p = fresh(200);
        if (rows[i].listing) {
            fv_pipeline_response(&p, 0, 100000, 1000);
        }
        if (rows[i].early > 0) {
            for (size_t k = 1; k < rows[i].early; k++) {
                fv_pipeline_response(&p, 1, 100, 1);
            }
            fv_pipeline_ended_early(&p);
            fv_pipeline_connected(&p);
        }
        fv_pipeline_out(&p);
        assert_false(fv_pipeline_is_proven(&p));
        for (size_t pending = 4; pending > 0; pending--) {
            fv_pipeline_response(&p, pending - 1, 100, 1);
        }
        assert_true(fv_pipeline_is_proven(&p));
        assert_int_equal(room(&p, 0), rows[i].room);
    }
}

static void test_responses_of_a_round_trip(void **state)
{
    struct fv_pipeline p = fresh(64);
    (void)state;
    fv_pipeline_first_byte(&p, 50000);
    assert_int_equal(fv_pipeline_in_a_trip(&p), 1);
    fv_pipeline_followed(&p, 100000);
    assert_int_equal(fv_pipeline_in_a_trip(&p), 1);
    p.gap_us = 0;
    fv_pipeline_followed(&p, 10000);
    assert_int_equal(fv_pipeline_in_a_trip(&p), 5);
    fv_pipeline_followed(&p, 90000); /* an eighth of it */
    assert_int_equal(fv_pipeline_in_a_trip(&p), 2);
    p.gap_us = 0;
    fv_pipeline_followed(&p, 0);
    assert_int_equal(fv_pipeline_in_a_trip(&p), FV_CAP_PIPELINE);
}

/* Requests after a response that was given up are sent again: half as many each time. */
static void test_wasted(void **state)
{
    struct fv_pipeline p = fresh(64);
    (void)state;
    fv_pipeline_wasted(&p, 0);
    assert_int_equal(room(&p, 0), START);
    for (size_t most = START / 2; most > 0; most /= 2) {
        fv_pipeline_wasted(&p, 2 * most - 1);
        assert_int_equal(room(&p, 0), most);
    }
    fv_pipeline_wasted(&p, 1);
    respond(&p, 3, 100);
    assert_int_equal(room(&p, 0), 4);
    respond(&p, 60, 100);
    fv_pipeline_wasted(&p, 9); /* that few were in flight */
    assert_int_equal(room(&p, 0), 5);
    respond(&p, 60, 100);
    fv_pipeline_wasted(&p, 60); /* the half would be lost again, and its half */
    assert_int_equal(room(&p, 0), START);
}

/* At the limit, half of the requests are answered before more are sent, so that requests are sent
 * together. */
static void test_batches(void **state)
{
    struct fv_pipeline p = fresh(8);
    (void)state;
    assert_int_equal(room(&p, 0), 8);
    assert_false(fv_pipeline_may_send(&p, 7, 0));
    assert_false(fv_pipeline_may_send(&p, 6, 0));
    assert_true(fv_pipeline_may_send(&p, 5, 0));
    assert_true(fv_pipeline_may_send(&p, 7, 0));
    assert_false(fv_pipeline_may_send(&p, 8, 0));
    fv_pipeline_sent(&p, 8);
    fv_pipeline_connected(&p);
    assert_true(fv_pipeline_may_send(&p, 7, 0));
}

/* The same where bytes are what bounds them. */
static void test_batches_of_bytes(void **state)
{
    struct fv_pipeline p = fresh(256);
    (void)state;
    respond(&p, 300, FV_PIPELINE_WINDOW_MIN / 64);
    assert_int_equal(room(&p, 0), 65);
    assert_false(fv_pipeline_may_send(&p, 64, 0));
    assert_false(fv_pipeline_may_send(&p, 34, 0));
    assert_true(fv_pipeline_may_send(&p, 33, 0));
    assert_true(fv_pipeline_may_send(&p, 64, 0));
    assert_false(fv_pipeline_may_send(&p, 65, 0));
    fv_pipeline_connected(&p);
    assert_true(fv_pipeline_may_send(&p, 64, 0));
}

static void test_ends_early(void **state)
{
    static const struct {
        size_t served[4], connections, room;
    } cases[] = {
        {{0}, 1, 1},
        {{3}, 1, 3},
        {{1}, 1, 1},
        {{100}, 1, 64},
        {{3, 3}, 2, 3},
        {{3, 3, 3}, 3, 1},
        {{3, 3, PROVEN}, 3, 64},
        {{3, 3, PROVEN, 3}, 4, 3},
        {{3, PROVEN, 3, 3}, 4, 3},
        {{1, 1, 1, 70}, 4, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_pipeline p = fresh(64);
        for (size_t k = 0; k < cases[i].connections; k++) {
            fv_pipeline_connected(&p);
            respond(&p, cases[i].served[k], 100);
            fv_pipeline_ended_early(&p);
        }
        assert_int_equal(room(&p, 0), cases[i].room);
    }
}

/* A connection gets as many requests as the last two gave responses, if these gave the same number.
 * One more is sent alone, and shows whether there are more. */
static void test_as_many_as_a_connection_gives(void **state)
{
    static const struct {
        size_t gave[4], connections, served, room;
    } cases[] = {
        {{20}, 1, 0, 28},
        {{20, 20}, 2, 0, 20},
        {{20, 20}, 2, 15, 5},
        {{20, 20}, 2, 19, 1},
        {{20, 20}, 2, 20, 1},
        {{20, 20}, 2, 21, 64},
        {{20, 21}, 2, 0, 49},
        {{20, 21, 20}, 3, 0, 64},
        {{1, 1}, 2, 0, 1},
        {{20, 20, 30}, 3, 0, 64},
        {{20, 20, 30, 30}, 4, 0, 30},
        {{20, 20, 10}, 3, 0, 20},
        {{20, 20, 10, 10}, 4, 0, 10},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_pipeline p = fresh(64);
        for (size_t k = 0; k < cases[i].connections; k++) {
            respond(&p, cases[i].gave[k], 100);
            fv_pipeline_ended(&p);
            fv_pipeline_connected(&p);
        }
        respond(&p, cases[i].served, 100);
        assert_int_equal(room(&p, 0), cases[i].room);
        assert_int_equal(fv_pipeline_is_spent(&p, 30), p.quota > 0 && p.served + 30 >= p.quota);
        fv_pipeline_init(&p); /* another server */
        assert_false(fv_pipeline_is_spent(&p, 1000));
    }
}

/* What has been lost since it was not known is no strike any more. */
static void test_strikes_that_have_a_reason(void **state)
{
    struct fv_pipeline p = fresh(64);
    (void)state;
    for (size_t k = 0; k < 20; k++) {
        fv_pipeline_connected(&p);
        respond(&p, 10, 100);
        fv_pipeline_ended(&p);
        if (k < 2) {
            fv_pipeline_ended_early(&p);
        }
    }
    assert_int_equal(p.strikes, 0);
    fv_pipeline_connected(&p);
    assert_int_equal(room(&p, 0), 10);
}

/* It closes before it has said anything: one thing at a time is still asked. */
static void test_nothing_was_served(void **state)
{
    struct fv_pipeline p = fresh(64);
    (void)state;
    fv_pipeline_connected(&p);
    fv_pipeline_ended_early(&p);
    assert_int_equal(fv_pipeline_most(&p), 1);
}

/* A server that was given up stays so; a new one starts anew. */
static void test_remembered(void **state)
{
    struct fv_pipeline p = fresh(64);
    (void)state;
    for (size_t i = 0; i < FV_PIPELINE_STRIKES; i++) {
        fv_pipeline_connected(&p);
        fv_pipeline_ended_early(&p);
    }
    respond(&p, 1000, 100);
    assert_int_equal(room(&p, 0), 1);
    fv_pipeline_init(&p);
    assert_int_equal(p.depth, 64);
    assert_int_equal(room(&p, 0), START);
}

static void test_bytes(void **state)
{
    static const struct {
        uint64_t typical, left;
        int64_t round_trip_us, took_us; /* of a response */
        size_t room;
    } cases[] = {
        {100, 0, 1000, 10, 64},           {4096, 0, 100, 10, 64},
        {300000, 0, 100, 10000, 2},    /* beyond the least window */
        {100000, 0, 100, 100, 4},      /* 256 KiB */
        {100000, 200000, 100, 100, 2}, /* the response that is being read takes most of it */
        {100, 100 * MIB, 100, 100, 2}, /* one goes ahead of a large file */
        {100000, 0, 50000, 10000, 11}, /* 10 MB/s, 50 ms: twice 500 KB */
        {100000, 0, 50000, 1000, 43},  /* 100 MB/s: the largest window */
        {UINT64_MAX / 2, 0, 50000, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct fv_pipeline p = fresh(64);
        fv_pipeline_first_byte(&p, cases[i].round_trip_us + 7);
        fv_pipeline_first_byte(&p, cases[i].round_trip_us);
        fv_pipeline_first_byte(&p, INT64_MAX);
        for (size_t k = 0; k < 100; k++) {
            fv_pipeline_response(&p, 1, cases[i].typical, cases[i].took_us);
        }
        assert_int_equal(room(&p, cases[i].left), cases[i].room);
    }
}

/* Times and sizes at their bounds. */
static void test_measures(void **state)
{
    static const struct {
        uint64_t bytes;
        int64_t took_us;
        uint64_t rate;
    } rows[] = {
        {10, 1, 10000000},
        {10, 0, 0},
        {10, -1, 0},
        {UINT64_MAX / 1000000 - 1, 1000000, UINT64_MAX / 1000000 - 1},
        {UINT64_MAX / 1000000, 1000000, 0},
        {UINT64_MAX, 1000000, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_pipeline p = fresh(4);
        fv_pipeline_response(&p, 0, rows[i].bytes, rows[i].took_us);
        assert_int_equal(p.rate, rows[i].rate);
    }
    static const struct {
        int64_t took_us;
        uint32_t round_trip_us;
    } trips[] = {
        {-5, 1}, {0, 1}, {1, 1}, {2, 2}, {UINT32_MAX, UINT32_MAX}, {INT64_MAX, UINT32_MAX}};
    for (size_t i = 0; i < sizeof trips / sizeof trips[0]; i++) {
        struct fv_pipeline p = fresh(4);
        fv_pipeline_first_byte(&p, trips[i].took_us);
        assert_int_equal(p.round_trip_us, trips[i].round_trip_us);
    }
}

/* Only a response with other requests in flight after it, which were answered as well, shows that a
 * server drops none. */
static void test_what_proves_a_server(void **state)
{
    (void)state;
    struct fv_pipeline p = fresh(4);
    for (unsigned i = 0; i < 3; i++) {
        fv_pipeline_response(&p, 0, 100, 10);
        assert_false(p.proven);
    }
    fv_pipeline_response(&p, 1, 100, 10);
    assert_false(p.proven);
    fv_pipeline_response(&p, 0, 100, 10);
    assert_true(p.proven);
}

static void test_doubt(void **state)
{
    (void)state;
    struct fv_pipeline p = fresh(64);
    respond(&p, 20, 100);
    fv_pipeline_doubt(&p);
    assert_int_equal(fv_pipeline_most(&p), 1);
    fv_pipeline_connected(&p);
    respond(&p, 100, 100);
    assert_int_equal(fv_pipeline_most(&p), 1);
    assert_int_equal(room(&p, 0), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_swallowed),
        cmocka_unit_test(test_once_it_is_proven),
        cmocka_unit_test(test_responses_of_a_round_trip),
        cmocka_unit_test(test_wasted),
        cmocka_unit_test(test_batches),
        cmocka_unit_test(test_batches_of_bytes),
        cmocka_unit_test(test_ends_early),
        cmocka_unit_test(test_as_many_as_a_connection_gives),
        cmocka_unit_test(test_strikes_that_have_a_reason),
        cmocka_unit_test(test_nothing_was_served),
        cmocka_unit_test(test_remembered),
        cmocka_unit_test(test_bytes),
        cmocka_unit_test(test_measures),
        cmocka_unit_test(test_doubt),
        cmocka_unit_test(test_what_proves_a_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
