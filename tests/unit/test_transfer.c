/* SPDX-License-Identifier: MIT */
/* One GET: what its status codes mean, how it is resumed, when it is tried again. Each row is a
 * sequence on simulated servers. */
#include "play.h"

#define TAG "\"v\""
#define ETAG "ETag: " TAG "\r\n"
#define DATE "Sun, 06 Nov 1994 08:49:37 GMT"
#define DATED "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\nLast-Modified: " DATE "\r\n"
#define C4 "1\r\nc\r\n1\r\nc\r\n1\r\nc\r\n1\r\nc\r\n"
#define PART(range) "Content-Range: bytes " range "\r\n"

/* clang-format off */
static const struct play statuses[] = {
    {"a file", "a", {{"/a", 200, "aaa"}}, .sent = "p1/a", .got = "a=aaa", .fault = ""},
    {"an empty file", "a", {{"/a", 200}}, .got = "a="},
    {"404 is the file's", "ab", {{"/a", 404, "no"}, {"/b", 200, "bbb"}}, .pipeline = 1, .retries = 3, .sent = "p1/a p1/b", .got = "a!40P b=bbb", .fault = "https://p/a 404"},
    {"401 is the portal's", "a", {{"/a", 401, "no"}}, .retries = 3, .got = "a!30P"},
    {"403 is final", "a", {{"/a", 403, "no"}}, .retries = 3, .got = "a!31P"},
    {"204 has no content of a file", "a", {{"/a", 204}}, .retries = 3, .got = "a!40P"},
    {"304 was not asked for", "a", {{"/a", 304}}, .retries = 3, .got = "a!40P"},
    {"416 was not asked for", "a", {{"/a", 416}}, .retries = 3, .got = "a!40P"},
    {"a part was not asked for", "a", {{"/a", 206, "aaa", PART("0-2/3")}}, .retries = 3, .got = "a!45P", .fault = "https://p/a"},
    {"nor was the end", "a", {{"/a", 206, "aa", PART("1-2/3")}}, .got = "a!45P", .fault = "https://p/a"},
    {"a coding was not asked for", "a", {{"/a", 200, "zzz", "Content-Encoding: gzip\r\n"}}, .retries = 3, .got = "a!50P"},
    {"501 is final", "a", {{"/a", 501}}, .retries = 3, .got = "a!40P"},
    {"500 passes", "a", {{"/a", 500, "no"}, {"/a", 200, "aaa"}}, .retries = 1, .sent = "p1/a p1/a", .got = "~47 a=aaa"},
    {"500 does not pass", "a", {{"/a", 500}, {"/a", 500}, {"/a", 599}}, .retries = 2, .sent = "p1/a p1/a p1/a", .got = "~47 ~47 a!47P", .fault = "https://p/a 599"},
    {"no retries are left", "a", {{"/a", 500}}, .got = "a!47P"},
    {"a page instead of a listing", "a", {{"/a", 200, "<p>", "Content-Type: text/html\r\n"}}, .json = true, .retries = 3, .got = "a!70P", .fault = "HTML page from p"},
    {"a page that is a file", "a", {{"/a", 200, "<p>", "Content-Type: text/html\r\n"}}, .got = "a=<p>"},
    {"not HTTP", "a", {{"/a", 200, "", "a b: c\r\n"}}, .retries = 3, .got = "a!41P"},
};
/* clang-format on */

static void test_statuses(void **state)
{
    (void)state;
    play_all(statuses, COUNT(statuses));
}

/* The first file is there up to a point. */
/* clang-format off */
static const struct play resumed[] = {
    {"the rest", "a", {{"/a", 206, "bb", ETAG PART("3-4/5")}}, .held = "aaa", .validator = TAG, .total = 5, .sent = "p1/a@3" TAG, .got = "a=aaabb"},
    {"the rest, its length not known before", "a", {{"/a", 206, "bb", ETAG PART("3-4/5")}}, .held = "aaa", .validator = TAG, .got = "a=aaabb"},
    {"nothing to name the version by", "a", {{"/a", 200, "ccccc"}}, .held = "aaa", .sent = "p1/a", .got = "a=ccccc"},
    {"the whole instead", "a", {{"/a", 200, "ccccc", ETAG}}, .held = "aaa", .validator = TAG, .total = 5, .sent = "p1/a@3" TAG, .got = "a=ccccc"},
    {"another version's rest", "a", {{"/a", 206, "bb", "ETag: \"w\"\r\n" PART("3-4/5")}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=ccccc"},
    {"another start", "a", {{"/a", 206, "bbb", ETAG PART("2-4/5")}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=ccccc"},
    {"another total", "a", {{"/a", 206, "bb", ETAG PART("3-4/5")}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .total = 6, .sent = "p1/a@3" TAG " p1/a", .got = "a=ccccc"},
    {"less than the rest", "a", {{"/a", 206, "b", ETAG PART("3-3/5")}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=ccccc"},
    {"a coded rest", "a", {{"/a", 206, "bb", ETAG PART("3-4/5") "Content-Encoding: br\r\n"}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .got = "a=ccccc"},
    {"more comes than was told", "a", {{"/a", 206, "3\r\nbbb\r\n0\r\n\r\n", ETAG PART("3-4/5"), .chunked = true}, {"/a", 200, "ccccc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=ccccc"},
    {"less comes than was told", "a", {{"/a", 206, "1\r\nb\r\n0\r\n\r\n", ETAG PART("3-4/5"), .chunked = true}, {"/a", 206, "B", ETAG PART("4-4/5")}}, .held = "aaa", .validator = TAG, .retries = 1, .sent = "p1/a@3" TAG " p1/a@4" TAG, .got = "~16 a=aaabB"},
    {"416 where it ends", "a", {{"/a", 416, "", ETAG PART("*/3")}}, .held = "aaa", .validator = TAG, .total = 3, .sent = "p1/a@3" TAG, .got = "a=aaa"},
    {"416 where it does not end", "a", {{"/a", 416, "", ETAG PART("*/2")}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"416 where another total was told", "a", {{"/a", 416, "", ETAG PART("*/3")}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .total = 5, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"412 to a range", "a", {{"/a", 412}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"400 to a range: a firewall's", "a", {{"/a", 400}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"403 to a range: a firewall's", "a", {{"/a", 403}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"501 to a range: a firewall's", "a", {{"/a", 501}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a=cc"},
    {"403 to the whole as well", "a", {{"/a", 403}, {"/a", 403}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p1/a", .got = "a!31P"},
    {"304 to a range", "a", {{"/a", 304}, {"/a", 200, "cc"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " p2/a", .got = "a=cc"},
    {"404 to a range", "a", {{"/a", 404}}, .held = "aaa", .validator = TAG, .got = "a!40P"},
    {"cut, and continued", "a", {{"/a", 200, "aaa", ETAG, .length = 5, .then = FV_SIM_END}, {"/a", 206, "bb", ETAG PART("3-4/5")}}, .retries = 1, .sent = "p1/a p2/a@3" TAG, .got = "~16 a=aaabb"},
    {"reset, and continued twice", "a", {{"/a", 200, "aaa", ETAG, .length = 5, .then = FV_SIM_RESET}, {"/a", 206, "b", ETAG PART("3-4/5"), .length = 2, .then = FV_SIM_RESET}, {"/a", 206, "B", ETAG PART("4-4/5")}}, .retries = 2, .sent = "p1/a p2/a@3" TAG " p3/a@4" TAG, .got = "~12 ~12 a=aaabB"},
    {"a part may leave the date out", "a", {{"/a", 200, "aaa", DATED, .length = 5, .then = FV_SIM_END}, {"/a", 206, "b", PART("3-4/5"), .length = 2, .then = FV_SIM_END}, {"/a", 206, "B", PART("4-4/5")}}, .retries = 2, .sent = "p1/a p2/a@3" DATE " p3/a@4" DATE, .got = "~16 ~16 a=aaabB"},
    {"a weak validator can't continue", "a", {{"/a", 200, "aaa", "ETag: W/" TAG "\r\n", .length = 5, .then = FV_SIM_END}, {"/a", 200, "ccccc"}}, .retries = 1, .sent = "p1/a p2/a", .got = "~16 a=ccccc"},
    {"a fresh start forgets the old version", "a", {{"/a", 200, "ccc", "ETag: \"w\"\r\n", .length = 5, .then = FV_SIM_END}, {"/a", 206, "dd", "ETag: \"w\"\r\n" PART("3-4/5")}}, .held = "aaa", .validator = TAG, .retries = 1, .sent = "p1/a@3" TAG " p2/a@3\"w\"", .got = "~16 a=cccdd"},
};
/* clang-format on */

static void test_resumed(void **state)
{
    (void)state;
    play_all(resumed, COUNT(resumed));
}

/* clang-format off */
static const struct play sinks[] = {
    {"no room for its content", "ab", {{"/a", 200, "aaa"}, {"/b", 200, "bbb"}}, .pipeline = 1, .retries = 3, .content = FV_E_FULL, .sent = "p1/a p1/b", .got = "a!61N b!61N", .fault = ""},
    {"it can't begin", "a", {{"/a", 200, "aaa"}}, .retries = 3, .begin = FV_E_DENIED, .got = "a!62N", .fault = ""},
    {"a storage's error is not the server's", "a", {{"/a", 200, "aaa"}}, .retries = 3, .content = FV_E_STORAGE, .got = "a!60N"},
    {"it can't start over", "a", {{"/a", 412}}, .held = "aaa", .validator = TAG, .begin = FV_E_FULL, .got = "a!61N"},
    {"nothing ever fits", "a", {{"/a", 200, "aaa", .for_ever = true}}, .begin = FV_RESTART, .retries = 3, .got = "a!45P", .requests = 11},
};
/* clang-format on */

static void test_sinks(void **state)
{
    (void)state;
    play_all(sinks, COUNT(sinks));
}

/* What is counted as an attempt, and what as progress. */
/* clang-format off */
static const struct play attempts[] = {
    {"closed without a byte", "a", {{"/a", .silent = true, .then = FV_SIM_END}, {"/a", 200, "aaa"}}, .retries = 1, .sent = "p1/a p2/a", .got = "~15 a=aaa", .fault = ""},
    {"closed for good", "a", {{"/a", .silent = true, .then = FV_SIM_END, .for_ever = true}}, .retries = 2, .sent = "p1/a p2/a p3/a", .got = "~15 ~15 a!15P", .fault = "p"},
    {"an idle connection that ends is nobody's fault", "ab", {{"/a", 200, "aaa"}, {"/b", .silent = true, .then = FV_SIM_END}, {"/b", 200, "bbb"}}, .pipeline = 1, .sent = "p1/a p1/b p2/b", .got = "a=aaa b=bbb"},
    {"a connection that is reset under many requests neither", "ab", {{"/a", .silent = true, .then = FV_SIM_RESET}, {"/b", .silent = true}, {"/a", 200, "aaa"}, {"/b", 200, "bbb"}}, .sent = "p1/a p1/b p2/a p2/b", .got = "a=aaa b=bbb"},
    {"but not for ever", "a", {{"/a", 302, "", "Location: /x\r\n", .for_ever = true}, {"/x", .silent = true, .then = FV_SIM_END, .for_ever = true}}, .retries = 10, .got = "~15 ~15 ~15 ~15 ~15 ~15 ~15 ~15 ~15 ~15 a!15T", .requests = 27},
    {"a few bytes an attempt are no progress", "a", {{"/a", 200, "a", ETAG, .length = 9, .then = FV_SIM_END}, {"/a", 206, "b", ETAG PART("1-8/9"), .length = 8, .then = FV_SIM_END}, {"/a", 206, "c", ETAG PART("2-8/9"), .length = 7, .then = FV_SIM_END}}, .retries = 2, .sent = "p1/a p2/a@1" TAG " p3/a@2" TAG, .got = "~16 ~16 a!16P"},
    {"many bytes an attempt are", "a", {{"/a", 200, .fields = ETAG, .size = 6000, .length = 18001, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("6000-18000/18001"), .size = 6000, .length = 12001, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("12000-18000/18001"), .size = 6001}}, .retries = 1, .got = "~16 ~16 a=18001"},
    {"one byte less is none", "a", {{"/a", 200, .fields = ETAG, .size = 6000, .length = 18001, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("6000-18000/18001"), .size = 5999, .length = 12001, .then = FV_SIM_END}}, .retries = 1, .got = "~16 a!16P"},
    {"many bytes, but another version each time", "a", {{"/a", 200, .fields = ETAG, .size = 6000, .length = 30001, .then = FV_SIM_END}, {"/a", 200, .fields = "ETag: \"2\"\r\n", .size = 12000, .length = 30001, .then = FV_SIM_END}, {"/a", 200, .fields = "ETag: \"3\"\r\n", .size = 18000, .length = 30001, .then = FV_SIM_END}}, .retries = 2, .got = "~16 ~16 a!16P"},
    {"at least 4 KiB, however slow it may be", "a", {{"/a", 200, .fields = ETAG, .size = 4094, .length = 9000, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("4094-8999/9000"), .size = 1, .length = 4906, .then = FV_SIM_END}}, .speed_limit = 1, .speed_time_ms = 1000, .retries = 1, .got = "~16 a!16P"},
    {"4 KiB in two attempts", "a", {{"/a", 200, .fields = ETAG, .size = 4095, .length = 9000, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("4095-8999/9000"), .size = 1, .length = 4905, .then = FV_SIM_END}, {"/a", 206, .fields = ETAG PART("4096-8999/9000"), .size = 4904}}, .speed_limit = 1, .speed_time_ms = 1000, .retries = 1, .got = "~16 ~16 a=9000"},
};
/* clang-format on */

static void test_attempts(void **state)
{
    (void)state;
    play_all(attempts, COUNT(attempts));
}

static void test_counters(void **state)
{
    static const struct play play = {
        "counters",
        "a",
        {{"/a", 503}, {"/a", 503}, {"/a", 302, "see", "Location: /x\r\n"}, {"/x", 200, "aaa"}},
        .retries = 2,
        .requests = 4};
    (void)state;
    play_open(&play);
    play_file(0);
    assert_false(play_is_wrong(&play));
    assert_int_equal(P.summary.bytes, 3); /* of content, not of what was given up */
    assert_int_equal(P.summary.retries, 2);
    assert_int_equal(P.attempt, 2);
    play_close();
}

/* What has all come at once is taken in turns, with those of other lanes between them. */
static void test_turns(void **state)
{
    static const struct play play = {"turns",
                                     "a",
                                     {{"/a", 200, C4 C4 C4 C4 C4 "0\r\n\r\n", .chunked = true}}};
    struct fv_port_event event;
    size_t count = 0;
    int64_t until_us = 0;
    (void)state;
    play_open(&play);
    struct play_file *f = &P.files[0];
    struct fv_transfer_sink sink = {f,    play_begin, play_content, play_have, play_address,
                                    NULL, NULL};
    assert_int_equal(fv_transfer_init(&P.transfer, &P.way, FV_SLICE("https://p/a"), 0), FV_OK);
    do { /* it is connected first */
        assert_int_equal(fv_transfer_step(&P.transfer, &sink), FV_AGAIN);
    } while (P.transfer.state == FV_TRANSFER_ASK && play_wait(&P.transfer) == FV_OK);
    assert_false(fv_transfer_wants(&P.transfer, &event, &count, &until_us));
    assert_in_range(f->len, 1, 19);
    assert_int_equal(fv_transfer_step(&P.transfer, &sink), FV_OK);
    assert_int_equal(f->len, 20);
    play_close();
}

/* What an attempt must transfer to restore the budget of retries: what a transfer at
 * --speed-limit brings in --speed-time. */
static void test_progress(void **state)
{
    static const struct {
        uint64_t limit;
        uint32_t time_ms;
        uint64_t step;
    } rows[] = {
        {100, 60000, 6000},           {0, 60000, 4096},         {1000, 4000, 4096},
        {1000, 5000, 5000},           {1000000, 1048, 1048000}, {1000000, 1049, 1 << 20},
        {UINT64_MAX, 60000, 1 << 20},
    };
    static const struct play play = {"progress", "a"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        play_open(&play);
        P.settings.speed_limit = rows[i].limit;
        P.settings.speed_time_ms = rows[i].time_ms;
        assert_int_equal(fv_transfer_init(&P.transfer, &P.way, FV_SLICE("https://p/a"), 0), FV_OK);
        assert_int_equal(P.transfer.backoff.step, rows[i].step);
        play_close();
    }
}

/* What --limit-rate asks for. */
static void test_limit(void **state)
{
    static const struct play play = {"limit", "a", {{"/a", 200, .size = 100000}}};
    (void)state;
    play_open(&play);
    P.shared.limit.bytes_per_s = 10000;
    play_file(0);
    assert_in_range(play_ms(), 9500, 10500);
    play_close();
}

/* What may be framing, or another response, is no beginning to go on with. */
static void test_spoilt(void **state)
{
    static const struct play plays[] = {
        {"a chunk that is shorter than it says",
         "a",
         {{"/a", 200, "3\r\nab\r\n3\r\ncde\r\n0\r\n\r\n", ETAG, .chunked = true}},
         .got = "a!41P"},
        {"a chunk size that is none",
         "a",
         {{"/a", 200, "3\r\nabc\r\nx\r\n", ETAG, .chunked = true}},
         .got = "a!41P"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(plays); i++) {
        play_open(&plays[i]);
        play_file(0);
        assert_false(play_is_wrong(&plays[i]));
        assert_int_equal(P.files[0].len, 0);
        play_close();
    }
}

/* While a name is looked up nobody receives anything: that is no file's slowness. */
static void test_looking_up_is_not_slow(void **state)
{
    static const struct play play = {"looking up", "a", {{"/a", 200}}};
    (void)state;
    play_open(&play);
    P.sim.resolve_us = 3000000;
    play_file(0);
    assert_int_equal(P.shared.limit.waited_us, 3000000);
    play_close();
}

static void test_admit(void **state)
{
    static const struct {
        const char *url, *want;
        enum fv_err err;
    } rows[] = {
        {"https://p/a", "https://p/a", FV_OK},
        {"http://P/a b", "https://p/a%20b", FV_OK},
        {"https://s/a", NULL, FV_E_ORIGIN},
        {"ftp://p/a", NULL, FV_E_URL},
    };
    static const struct play play = {"admit", "a"};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        play_open(&play);
        assert_int_equal(fv_transfer_init(&P.transfer, &P.way, fv_slice_of(rows[i].url), 0),
                         rows[i].err);
        assert_int_equal(P.fault.err, rows[i].err);
        assert_int_equal(P.fault.native, 0);
        assert_string_equal(rows[i].want ? P.transfer.url : P.fault.subject,
                            rows[i].want ? rows[i].want : rows[i].url);
        play_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_statuses),
        cmocka_unit_test(test_resumed),
        cmocka_unit_test(test_sinks),
        cmocka_unit_test(test_attempts),
        cmocka_unit_test(test_counters),
        cmocka_unit_test(test_turns),
        cmocka_unit_test(test_progress),
        cmocka_unit_test(test_limit),
        cmocka_unit_test(test_looking_up_is_not_slow),
        cmocka_unit_test(test_spoilt),
        cmocka_unit_test(test_admit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
