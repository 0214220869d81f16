/* SPDX-License-Identifier: MIT */
/* A lane: its ring, and what is left of a fetch that the user stopped. */
#include "client/lane.h"
#include "play.h"

static struct fv_lane lane;

static void open_lane(const struct play *play)
{
    play_open(play);
    memset(&lane, 0, sizeof lane);
    fv_lane_init(&lane, &lane, &P.shared, &P.config);
}

static void close_lane(void)
{
    fv_lane_close(&lane);
    play_close();
}

static enum fv_err fetch(size_t i, const char *url)
{
    struct play_file *f = &P.files[i];
    struct fv_transfer_sink sink = {f,    play_begin, play_content, play_have, play_address,
                                    NULL, NULL};
    assert_int_equal(fv_transfer_init(&P.transfer, &lane.way, fv_slice_of(url), FV_TRANSFER_ALONE),
                     FV_OK);
    enum fv_err err = fv_lane_fetch(&lane, &P.transfer, &sink);
    assert_null(lane.waiting);
    return err;
}

/* clang-format off */
static const struct play stopped[] = {
    {"before a head", "ab", {{"/a", 200, "aaa", .wait_ms = 1000, .stops = true}, {"/b", 200, "bbb"}}, .sent = "p1/a p2/b"},
    {"in a body", "ab", {{"/a", 200, "aaa", .length = 99, .stops = true}, {"/b", 200, "bbb"}}, .sent = "p1/a p2/b"},
    {"in a body that is given up", "ab", {{"/a", 302, "aaa", "Location: /x\r\n", .length = 99, .stops = true}, {"/b", 200, "bbb"}}, .sent = "p1/a p2/b"},
    {"at a target", "ab", {{"/a", 302, "", "Location: https://s/x\r\n"}, {"/b", 302, "", "Location: https://s/y\r\n"}}, {{"/x", 200, "aaa", .wait_ms = 1000, .stops = true}, {"/y", 200, "bbb"}}, .sent = "p1/a s1/x- p1/b s2/y-"},
    {"in a pause", "ab", {{"/a", 503, .stops = true}, {"/b", 200, "bbb"}}, .retries = 1, .sent = "p1/a p1/b"},
};
/* clang-format on */

/* The next one has the same identity, and another URL. */
static void test_what_the_user_stopped_is_not_the_next_ones(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(stopped); i++) {
        open_lane(&stopped[i]);
        assert_int_equal(fetch(0, "https://p/a"), FV_E_CANCELLED);
        P.sim.cancelled = false;
        P.files[1].total = UINT64_MAX;
        assert_int_equal(fetch(1, "https://p/b"), FV_OK);
        assert_int_equal(P.files[1].len, 3);
        assert_memory_equal(P.files[1].held, "bbb", 3);
        wrong += play_is_wrong(&stopped[i]);
        close_lane();
    }
    assert_int_equal(wrong, 0);
}

/* One lane is silent, another always ready: the first one's time is over nevertheless. */
static void test_a_stall_beside_a_busy_lane(void **state)
{
    static const struct play play = {"stall", "a", {{"/a", 200, .silent = true}}};
    static struct fv_lane lanes[2];
    (void)state;
    play_open(&play);
    memset(lanes, 0, sizeof lanes);
    fv_lane_init(&lanes[0], &lanes[0], &P.shared, &P.config);
    struct play_file *f = &P.files[0];
    struct fv_transfer_sink sink = {f,    play_begin, play_content, play_have, play_address,
                                    NULL, NULL};
    struct fv_transfer busy = {.at = &P.exchange[0], .state = FV_TRANSFER_PAUSE, .ready = true};
    assert_int_equal(fv_transfer_init(&P.transfer, &lanes[0].way, FV_SLICE("https://p/a"), 0),
                     FV_OK);
    assert_int_equal(fv_lane_step(&lanes[0], &P.transfer, &sink), FV_AGAIN);
    lanes[1].waiting = &busy;
    assert_int_equal(fv_lane_wait(lanes, 2, INT64_MAX), FV_OK);
    assert_int_equal(fv_lane_step(&lanes[0], &P.transfer, &sink), FV_AGAIN);
    P.sim.now_us += 31000000;
    assert_int_equal(fv_lane_wait(lanes, 2, INT64_MAX), FV_OK);
    assert_int_equal(fv_lane_step(&lanes[0], &P.transfer, &sink), FV_E_TIMEOUT);
    fv_lane_close(&lanes[0]);
    play_close();
}

/* The same where the other one is served again and again. */
static void test_a_stall_beside_one_that_is_served(void **state)
{
    static const struct play play = {
        "served", "ab", {{"/a", 200, .silent = true}, {"/b", 200, .size = 40, .drip_ms = 1000}}};
    static struct fv_lane lanes[2];
    static struct fv_transfer t[2];
    struct fv_transfer_sink sinks[2];
    enum fv_err err[2] = {FV_AGAIN, FV_AGAIN};
    (void)state;
    play_open(&play);
    memset(lanes, 0, sizeof lanes);
    for (size_t i = 0; i < 2; i++) {
        fv_lane_init(&lanes[i], &lanes[0], &P.shared, &P.config);
        P.files[i].total = UINT64_MAX;
        sinks[i] = (struct fv_transfer_sink){&P.files[i],  play_begin, play_content, play_have,
                                             play_address, NULL,       NULL};
        assert_int_equal(fv_transfer_init(&t[i], &lanes[i].way,
                                          fv_slice_of(i == 0 ? "https://p/a" : "https://p/b"), i),
                         FV_OK);
    }
    while (err[0] == FV_AGAIN) {
        for (size_t i = 0; i < 2; i++) {
            err[i] = err[i] == FV_AGAIN ? fv_lane_step(&lanes[i], &t[i], &sinks[i]) : err[i];
        }
        assert_int_equal(err[1], FV_AGAIN);
        assert_true(play_ms() <= 31000);
        assert_int_equal(err[0] == FV_AGAIN ? fv_lane_wait(lanes, 2, INT64_MAX) : FV_OK, FV_OK);
    }
    assert_int_equal(err[0], FV_E_TIMEOUT);
    assert_in_range(P.files[1].len, 29, 31);
    for (size_t i = 0; i < 2; i++) {
        fv_lane_close(&lanes[i]);
    }
    play_close();
}

/* Whoever waits is told at once; what is in flight is not to blame. */
static void test_the_user_stops_a_wait(void **state)
{
    static const struct play play = {"wait", "a", {{"/a", 200, .silent = true}}};
    (void)state;
    open_lane(&play);
    struct fv_transfer_sink sink = {&P.files[0],  play_begin, play_content, play_have,
                                    play_address, NULL,       NULL};
    assert_int_equal(fv_transfer_init(&P.transfer, &lane.way, FV_SLICE("https://p/a"), 0), FV_OK);
    assert_int_equal(fv_lane_step(&lane, &P.transfer, &sink), FV_AGAIN);
    P.sim.cancelled = true;
    assert_int_equal(fv_lane_wait(&lane, 1, INT64_MAX), FV_E_CANCELLED);
    assert_int_equal(fv_exchange_pending(lane.way.portal), 1);
    P.transfer.ready = true; /* nothing to wait for */
    assert_int_equal(fv_lane_wait(&lane, 1, INT64_MAX), FV_E_CANCELLED);
    close_lane();
}

/* Another lane was told to wait while this one connects: connecting goes on, and nothing is
 * requested before its time. */
static void test_a_pause_while_a_connection_is_made(void **state)
{
    static const struct {
        const char *title;
        enum fv_sim_manner manner;
        unsigned connect_ms, pause_ms, open_ms, end_ms, connections;
        enum fv_err err;
    } rows[] = {
        {"there before the pause ends", FV_SIM_ACCEPT, 5000, 40000, 5000, 40000, 1, FV_OK},
        {"there after the pause", FV_SIM_ACCEPT, 5000, 2000, 5000, 5000, 1, FV_OK},
        {"refused: another one is made", FV_SIM_REFUSE, 5000, 40000, 45000, 45000, 2, FV_OK},
        {"silent", FV_SIM_SILENT, 5000, 40000, 0, 10000, 1, FV_E_TIMEOUT},
        {"silent for longer", FV_SIM_SILENT, 5000, 2000, 0, 10000, 1, FV_E_TIMEOUT},
    };
    static const struct play play = {"pause", "a", {{"/a", 200, "aaa"}}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned open_ms = 0;
        open_lane(&play);
        P.portal.peer.manner = rows[i].manner;
        P.portal.peer.connect_us = rows[i].connect_ms * INT64_C(1000);
        struct fv_transfer_sink sink = {&P.files[0],  play_begin, play_content, play_have,
                                        play_address, NULL,       NULL};
        assert_int_equal(fv_transfer_init(&P.transfer, &lane.way, FV_SLICE("https://p/a"), 0),
                         FV_OK);
        enum fv_err err = fv_lane_step(&lane, &P.transfer, &sink);
        P.shared.pace.next_us = P.sim.now_us + rows[i].pause_ms * INT64_C(1000);
        while (err == FV_AGAIN) {
            err = fv_lane_step(&lane, &P.transfer, &sink);
            bool open = fv_exchange_is_open(lane.way.portal);
            open_ms = open_ms == 0 && open ? play_ms() : open_ms;
            if (rows[i].manner == FV_SIM_REFUSE && play_ms() >= 5000) {
                P.portal.peer.manner = FV_SIM_ACCEPT;
            }
            assert_int_equal(err == FV_AGAIN ? fv_lane_wait(&lane, 1, INT64_MAX) : FV_OK, FV_OK);
        }
        assert_int_equal(err, rows[i].err);
        assert_int_equal(open_ms, rows[i].open_ms);
        assert_int_equal(play_ms(), rows[i].end_ms);
        assert_int_equal(fv_sim_connections(&P.sim), rows[i].connections);
        close_lane();
    }
}

/* The ring goes round, and only what the exchange knows counts as sent. */
static void test_ring(void **state)
{
    static const struct play play = {"ring", "a", {{0}}, .pipeline = 8};
    static const struct fv_url url = {.https = true,
                                      .host = {"p", 1},
                                      .port = 443,
                                      .path = {"/", 1}};
    const struct fv_request r = {.url = &url};
    (void)state;
    open_lane(&play);
    assert_int_equal(fv_lane_unsent(&lane), 0);
    for (uint64_t i = 0; i < FV_CAP_PIPELINE - 2; i++) {
        fv_lane_push(&lane, i);
        fv_lane_pop(&lane);
    }
    for (uint64_t i = 100; i < 105; i++) {
        fv_lane_push(&lane, i);
        assert_int_equal(fv_lane_due(&lane, i - 100), i);
    }
    assert_int_equal(fv_lane_unsent(&lane), 1); /* the one under way asks for itself */
    for (uint64_t i = 100; i < 103; i++) {
        assert_int_equal(fv_exchange_send(lane.way.portal, &r, i), FV_OK);
        assert_int_equal(fv_lane_unsent(&lane), i - 99);
    }
    fv_lane_pop(&lane); /* with its request, which all others are in flight behind */
    assert_int_equal(fv_lane_unsent(&lane), 1);
    for (uint64_t i = 102; i < 104; i++) {
        assert_int_equal(fv_exchange_send(lane.way.portal, &r, i), FV_OK);
    }
    fv_lane_pop(&lane); /* has none */
    assert_int_equal(fv_lane_unsent(&lane), 2);
    fv_lane_drop(&lane);
    assert_int_equal(fv_lane_unsent(&lane), 1);
    assert_int_equal(fv_exchange_send(lane.way.portal, &r, 999), FV_OK); /* nobody's in the ring */
    assert_int_equal(fv_lane_unsent(&lane), 1);
    close_lane();
}

/* Files whose redirects led aside come first, then the portal's; those that were lost in between
 * come last. */
static void test_ring_of_both_connections(void **state)
{
    static const struct play play = {"aside", "a", {{0}}, .pipeline = 8};
    static const struct fv_url portal = {.https = true, .host = {"p", 1}, .port = 443};
    static const struct fv_url storage = {.https = true, .host = {"s", 1}, .port = 443};
    const struct fv_request asked = {.url = &portal}, led = {.url = &storage};
    (void)state;
    open_lane(&play);
    lane.way.aside->pipeline.depth = 8;
    for (uint64_t i = 0; i < 6; i++) {
        fv_lane_push(&lane, i);
    }
    fv_lane_put_back_lost(&lane); /* nothing is in flight */
    assert_int_equal(fv_lane_due(&lane, 0), 0);
    for (uint64_t i = 0; i < 3; i++) {
        while (fv_exchange_send(lane.way.aside, &led, i) != FV_OK) {
            P.sim.now_us += 1000;
        }
    }
    assert_int_equal(fv_lane_unsent(&lane), 3);
    for (uint64_t i = 3; i < 5; i++) {
        while (fv_exchange_send(lane.way.portal, &asked, i) != FV_OK) {
            P.sim.now_us += 1000;
        }
        assert_int_equal(fv_lane_unsent(&lane), i + 1);
    }
    fv_lane_put_back_lost(&lane); /* nothing is lost */
    assert_int_equal(fv_lane_due(&lane, 0), 0);
    fv_lane_put_back(&lane,
                     FV_LANE_ALONE); /* with its request, which the others are in flight behind */
    assert_int_equal(fv_exchange_pending(lane.way.aside), 0);
    assert_int_equal(fv_lane_due(&lane, 5), 0);
    assert_true(fv_lane_is_alone(&lane, 5) && !fv_lane_is_alone(&lane, 4));
    fv_lane_put_back_lost(&lane); /* 1, 2 */
    assert_int_equal(fv_lane_due(&lane, 0), 3);
    assert_int_equal(fv_lane_unsent(&lane), 2);
    fv_lane_pop(&lane); /* with both requests */
    for (size_t i = 0; i < 5; i++) {
        static const uint64_t left[] = {4, 5, 0, 1, 2};
        assert_int_equal(fv_lane_due(&lane, i), left[i]);
        assert_int_equal(fv_lane_is_alone(&lane, i), left[i] == 0);
    }
    close_lane();
}

/* Files that it may hold. */
static void test_most(void **state)
{
    static const struct play play = {"most", "a", {{0}}, .pipeline = 8};
    (void)state;
    open_lane(&play);
    assert_int_equal(fv_lane_most(&lane), 8);
    fv_pace_refused(&lane.way.shared->pace, 429, 1, 0);
    assert_int_equal(fv_lane_most(&lane), 1);
    lane.way.shared->pace = (struct fv_pace){0};
    P.shared.order[0].doubted = true;
    assert_int_equal(fv_lane_most(&lane), 1);
    close_lane();
}

/* How many requests may be in flight: none would be too few. */
static void test_depth(void **state)
{
    static const struct play play = {"depth", "a", {{0}}};
    static const struct {
        uint32_t pipeline;
        size_t depth;
    } rows[] = {{0, 1},
                {1, 1},
                {2, 2},
                {FV_CAP_PIPELINE - 1, FV_CAP_PIPELINE - 1},
                {FV_CAP_PIPELINE, FV_CAP_PIPELINE},
                {FV_CAP_PIPELINE + 1, FV_CAP_PIPELINE}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        play_open(&play);
        memset(&lane, 0, sizeof lane);
        P.settings.pipeline = rows[i].pipeline;
        fv_lane_init(&lane, &lane, &P.shared, &P.config);
        assert_int_equal(lane.way.portal->pipeline.depth, rows[i].depth);
        close_lane();
    }
}

/* A session of TLS that one connection has is all other's. */
static void test_sessions_are_shared(void **state)
{
    static const struct play play = {"sessions", "a", {{0}}, .pipeline = FV_CAP_PIPELINE + 1};
    static struct fv_lane two[2];
    (void)state;
    play_open(&play);
    memset(two, 0, sizeof two);
    for (size_t i = 0; i < 2; i++) {
        fv_lane_init(&two[i], &two[0], &P.shared, &P.config);
        assert_int_equal(two[i].way.portal->pipeline.depth, FV_CAP_PIPELINE);
    }
    const struct fv_exchange *portal = two[0].way.portal;
    const struct fv_exchange *aside = two[0].way.aside;
    assert_true(portal != aside);
    assert_true(portal->keepers[0] == NULL && portal->keepers[1] == NULL);
    assert_true(aside->keepers[0] == portal && aside->keepers[1] == NULL);
    assert_true(two[1].way.portal->keepers[0] == portal);
    assert_null(two[1].way.portal->keepers[1]);
    assert_true(two[1].way.aside->keepers[0] == portal);
    assert_true(two[1].way.aside->keepers[1] == aside);
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_the_user_stopped_is_not_the_next_ones),
        cmocka_unit_test(test_a_stall_beside_a_busy_lane),
        cmocka_unit_test(test_a_stall_beside_one_that_is_served),
        cmocka_unit_test(test_the_user_stops_a_wait),
        cmocka_unit_test(test_a_pause_while_a_connection_is_made),
        cmocka_unit_test(test_ring),
        cmocka_unit_test(test_ring_of_both_connections),
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_depth),
        cmocka_unit_test(test_sessions_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
