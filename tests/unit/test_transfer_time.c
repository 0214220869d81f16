/* SPDX-License-Identifier: MIT */
/* When requests are sent: pauses, pace, speed, deadlines, and how long a response that is given
 * up may take. In virtual time. */
#include "play.h"

#define TAG "\"v\""
#define ETAG "ETag: " TAG "\r\n"
#define PART(range) "Content-Range: bytes " range "\r\n"
#define TO(url) "Location: " url "\r\n"
#define AFTER(when) "Retry-After: " when "\r\n"
#define OK(path)                                                                                   \
    {                                                                                              \
        path, 200, "1"                                                                             \
    }
#define FIVE "1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n1\r\na\r\n"
#define NINE                                                                                       \
    OK("/b"), OK("/c"), OK("/d"), OK("/e"), OK("/f"), OK("/g"), OK("/h"), OK("/i"), OK("/j")

/* clang-format off */
static const struct play pauses[] = {
    {"Retry-After in seconds", "a", {{"/a", 503, "", AFTER("7")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "7000", .times = true, .sent = "p1/a (7000) p1/a", .got = "~47 a=aaa"},
    {"Retry-After of 429", "a", {{"/a", 429, "", AFTER("1")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "1000", .got = "~47 a=aaa"},
    {"Retry-After at once", "a", {{"/a", 503, "", AFTER("0")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "0", .got = "~47 a=aaa"},
    {"Retry-After as a date", "a", {{"/a", 503, "", "Date: Mon, 01 Jan 2024 00:00:00 GMT\r\n" AFTER("Mon, 01 Jan 2024 00:00:09 GMT")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "9000", .got = "~47 a=aaa"},
    {"Retry-After as a date, by the clock", "a", {{"/a", 503, "", AFTER("Mon, 01 Jan 2024 00:00:11 GMT")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "11000", .got = "~47 a=aaa"},
    {"Retry-After as both", "a", {{"/a", 503, "", AFTER("0") AFTER("Mon, 01 Jan 2024 00:00:11 GMT")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "0", .got = "~47 a=aaa"},
    {"Retry-After of a day", "a", {{"/a", 503, "", AFTER("86400")}, {"/a", 200, "aaa"}}, .retries = 1, .pauses = "300000", .got = "~47 a=aaa"},
    {"each response has its own", "a", {{"/a", 503, "", AFTER("4")}, {"/a", 500, "", AFTER("2")}, {"/a", 200, "aaa"}}, .retries = 2, .pauses = "4000 2000", .got = "~47 ~47 a=aaa"},
    {"a target's", "a", {{"/a", 302, "", TO("https://s/x"), .for_ever = true}}, {{"/x", 503, "", AFTER("5")}, {"/x", 200, "aaa"}}, .retries = 1, .pauses = "5000", .times = true, .sent = "p1/a s1/x- (5000) p1/a s1/x-", .got = "~47 a=aaa"},
    {"a proxy's", "a", {{"p:443", 503, "no", AFTER("3"), .then = FV_SIM_END}, {"p:443", .status = 0}, {"/a", 200, "aaa"}}, .proxy = true, .retries = 1, .pauses = "3000", .times = true, .sent = "p1p:443 (3000) p2p:443 p2/a", .got = "~19 a=aaa"},
    {"a proxy that has no more to say", "a", {{"p:443", 407, "no"}}, .proxy = true, .retries = 3, .got = "a!17D", .fault = "p 407"},
    {"none behind a broken connection", "a", {{"/a", 200, "a", AFTER("9"), .length = 3, .then = FV_SIM_END}, {"/a", 200, "aaa"}}, .retries = 1, .max_ms = 5000, .got = "~16 a=aaa"},
    {"a pause beyond the end is not begun", "a", {{"/a", 503, "", AFTER("7")}}, .retries = 1, .max_ms = 6000, .pauses = "", .got = "a!47P", .took_ms = 0},
    {"silence", "a", {{"/a", .silent = true}}, .got = "a!13P", .took_ms = 30000, .fault = "p"},
    {"too slow, and all is here", "a", {{"/a", 200, "aaaaaaaaaa", .drip_ms = 1000}}, .speed_limit = 100, .speed_time_ms = 10000, .got = "a=aaaaaaaaaa", .took_ms = 10000},
    {"too slow, and a byte is missing", "a", {{"/a", 200, "aaaaaaaaaaa", .drip_ms = 1000}}, .speed_limit = 100, .speed_time_ms = 10000, .got = "a!14P", .took_ms = 10000},
    {"silence in a body", "a", {{"/a", 200, "a", .length = 2}}, .got = "a!13P", .took_ms = 30000},
    {"a head that never ends", "a", {{"/a", 200, "", "x: y\r\n", .wait_ms = 29000, .late_ms = 99000}}, .got = "a=", .took_ms = 29000},
    {"silence until the end of all", "a", {{"/a", .silent = true}}, .retries = 3, .max_ms = 9000, .got = "a!13P", .took_ms = 9000},
    {"the end of all, and there is always more", "a", {{"/a", 200, FIVE FIVE FIVE FIVE "0\r\n\r\n", .chunked = true}}, .max_ms = 9000, .slow_ms = 1000, .got = "a!13P", .took_ms = 16000},
    {"the user stops it", "a", {{"/a", .silent = true, .stops = true}}, .retries = 3, .got = "a!82"},
    {"the user stops a pause", "a", {{"/a", 503, "", AFTER("9"), .stops = true}}, .retries = 3, .got = "~47 a!82"},
};

/* After 429 or 503 with Retry-After: one request at a time. The files after the first are
 * requested in their turn only. */
static const struct play paces[] = {
    {"what comes next keeps its distance", "abc", {{"/a", 429, "", AFTER("1")}, OK("/a"), OK("/b"), OK("/c")}, .pipeline = 1, .retries = 1, .times = true, .sent = "p1/a (1020) p1/a (2040) p1/b (3060) p1/c", .got = "~47 a=1 b=1 c=1"},
    {"a 429 that does not say", "ab", {{"/a", 429}, OK("/a"), OK("/b")}, .pipeline = 1, .retries = 1, .times = true, .pauses = NULL, .got = "~47 a=1 b=1"},
    {"when no attempt is left", "abc", {{"/a", 503, "", AFTER("1")}, OK("/b"), OK("/c")}, .pipeline = 1, .times = true, .sent = "p1/a (1020) p1/b (2040) p1/c", .got = "a!47P b=1 c=1"},
    {"two seconds at most", "ab", {{"/a", 503, "", AFTER("10")}, OK("/a"), OK("/b")}, .pipeline = 1, .retries = 1, .times = true, .sent = "p1/a (10000) p1/a (12020) p1/b", .got = "~47 a=1 b=1"},
    {"half of it after eight", "abcdefghij", {{"/a", 429, "", AFTER("2")}, OK("/a"), NINE}, .pipeline = 1, .retries = 1, .times = true, .sent = "p1/a (2020) p1/a (4040) p1/b (6060) p1/c (8080) p1/d (10100) p1/e (12120) p1/f (14140) p1/g (16160) p1/h (18180) p1/i (19200) p1/j", .got = "~47 a=1 b=1 c=1 d=1 e=1 f=1 g=1 h=1 i=1 j=1"},
    {"not for a target's refusal", "ab", {{"/a", 302, "", TO("https://s/x")}, OK("/b")}, {{"/x", 503, "", AFTER("1")}}, .pipeline = 1, .times = true, .sent = "p1/a s1/x- p1/b", .got = "a!47T b=1"},
    {"nor for asking a target", "a", {{"/a", 429, "", AFTER("1")}, {"/a", 302, "", TO("https://s/x")}}, {{"/x", 200, "aaa"}}, .retries = 1, .times = true, .sent = "p1/a (1020) p1/a s1/x-", .got = "~47 a=aaa"},
    {"the end comes first", "ab", {{"/a", 503, "", AFTER("2")}}, .pipeline = 1, .retries = 0, .max_ms = 500, .got = "a!47P b!13P", .took_ms = 500},
};

static const struct play speeds[] = {
    {"a crawl", "a", {{"/a", 200, "0123456789", .drip_ms = 500}}, .speed_limit = 1000, .speed_time_ms = 2000, .got = "a!14P", .took_ms = 2000},
    {"a crawl over several attempts", "a", {{"/a", 200, "01", ETAG, .length = 9, .drip_ms = 500, .then = FV_SIM_END}, {"/a", 206, "23", ETAG PART("2-8/9"), .length = 7, .drip_ms = 500, .then = FV_SIM_END}}, .speed_limit = 1000, .speed_time_ms = 2000, .retries = 1, .got = "~16 a!14P"},
    {"pauses are no crawl", "a", {{"/a", 503, "", AFTER("60")}, {"/a", 200, "0123456789"}}, .speed_limit = 1, .speed_time_ms = 2000, .retries = 1, .got = "~47 a=0123456789"},
    {"a slow head is no crawl", "a", {{"/a", 200, "0123456789", .wait_ms = 20000}}, .speed_limit = 1000, .speed_time_ms = 2000, .got = "a=0123456789"},
    {"the way to the next attempt is no crawl", "a", {{"/a", 200, "0123", ETAG, .length = 9, .then = FV_SIM_END}, {"/a", 206, "45678", ETAG PART("4-8/9"), .wait_ms = 20000}}, .speed_limit = 1, .speed_time_ms = 2000, .retries = 1, .got = "~16 a=012345678"},
    {"nor is it byte by byte", "a", {{"/a", 200, "0123", ETAG, .length = 9, .then = FV_SIM_END}, {"/a", 206, "45678", ETAG PART("4-8/9"), .wait_ms = 20000, .drip_ms = 1}}, .speed_limit = 1, .speed_time_ms = 2000, .retries = 1, .got = "~16 a=012345678"},
    {"a crawl that is begun again", "a", {{"/a", 200, "0123456789", ETAG, .length = 12, .drip_ms = 500}, {"/a", 206, "ABCDEFGH", ETAG PART("4-11/12")}}, .speed_limit = 1000, .speed_time_ms = 2000, .retries = 1, .sent = "p1/a p2/a@4" TAG, .got = "~14 a=0123ABCDEFGH"},
    {"fast enough", "a", {{"/a", 200, "0123456789", .drip_ms = 500}}, .speed_limit = 2, .speed_time_ms = 2000, .got = "a=0123456789"},
};

/* a is given up; what may its body cost? */
static const struct play skips[] = {
    {"short", "ab", {{"/a", 404, "no"}, {"/b", 200, "bbb"}}, .pipeline = 1, .sent = "p1/a p1/b", .got = "a!40P b=bbb"},
    {"64 KiB", "ab", {{"/a", 404, .size = 65536}, {"/b", 200, "bbb"}}, .pipeline = 1, .sent = "p1/a p1/b", .got = "a!40P b=bbb"},
    {"longer", "ab", {{"/a", 404, .size = 65537}, {"/b", 200, "bbb"}}, .pipeline = 1, .sent = "p1/a p2/b", .got = "a!40P b=bbb"},
    {"longer, and late", "ab", {{"/a", 404, .size = 65537, .late_ms = 1000}, {"/b", 200, "bbb"}}, .pipeline = 1, .times = true, .sent = "p1/a p2/b", .got = "a!40P b=bbb"},
    {"longer, which is not told", "ab", {{"/a", 404, "11000\r\n", .chunked = true, .late_ms = 1}, {"/b", 200, "bbb"}}, .pipeline = 1, .got = "a!40P b=bbb", .took_ms = 5000},
    {"late, and nobody waits for long", "ab", {{"/a", 404, "no", .late_ms = 6000}, {"/b", 200, "bbb"}}, .pipeline = 1, .times = true, .sent = "p1/a (5000) p2/b", .got = "a!40P b=bbb"},
    {"late, just in time", "ab", {{"/a", 404, "no", .late_ms = 4999}, {"/b", 200, "bbb"}}, .pipeline = 1, .times = true, .sent = "p1/a (4999) p1/b", .got = "a!40P b=bbb"},
    {"longer, and what was behind it is asked for more carefully", "abcdef", {{"/a", 404, .size = 65537}, {"/b", 200, "1", .for_ever = true, .wait_ms = 1000}, {"/c", 200, "1", .for_ever = true}, {"/d", 200, "1", .for_ever = true}, {"/e", 200, "1", .for_ever = true}, {"/f", 200, "1", .for_ever = true}}, .pipeline = 6, .times = true, .sent = "p1/a p1/b p1/c p1/d p1/e p1/f p2/b p2/c p2/d (1000) p2/e p2/f"},
    {"never", "ab", {{"/a", 404, "no", .length = 9}, {"/b", 200, "bbb"}}, .pipeline = 1, .times = true, .sent = "p1/a (5000) p2/b", .got = "a!40P b=bbb"},
    {"what follows is its end, and then no head", "ab", {{"/a", 404, "no", .length = 9}, {"/b", 200, "zzz"}, {"/b", 200, "bbb"}}, .sent = "p1/a p1/b p2/b", .got = "a!40P b=bbb"},
    {"too late, with a request behind it", "ab", {{"/a", 404, "no", .late_ms = 6000}, {"/b", 200, "zzz"}, {"/b", 200, "bbb"}}, .times = true, .sent = "p1/a p1/b (5000) p2/b", .got = "a!40P b=bbb"},
    {"a drop each second", "ab", {{"/a", 404, "0123456789", .drip_ms = 1000}, {"/b", 200, "bbb"}}, .pipeline = 1, .times = true, .sent = "p1/a (5000) p2/b", .got = "a!40P b=bbb"},
    {"a redirect's that never ends", "a", {{"/a", 302, "no", TO("/x"), .length = 9}, {"/x", 200, "aaa"}}, .times = true, .sent = "p1/a (5000) p2/x", .got = "a=aaa"},
    {"a redirect's, when it leads elsewhere", "a", {{"/a", 302, "no", TO("https://s/x"), .length = 9}}, {{"/x", 200, "aaa"}}, .times = true, .sent = "p1/a s1/x-", .got = "a=aaa"},
    {"one that was left alone has its time again", "ab", {{"/a", 302, "no", TO("https://s/x"), .late_ms = 42000}, {"/b", 200, "bbb"}}, {{"/x", 200, "aaa", .wait_ms = 25000, .late_ms = 15000}}, .sent = "p1/a p1/b s1/x-", .got = "a=aaa b=bbb", .took_ms = 42000},
    {"a busy server's", "a", {{"/a", 503, "no", AFTER("1"), .length = 9}, {"/a", 200, "aaa"}}, .retries = 1, .times = true, .sent = "p1/a (5000) p2/a", .got = "~47 a=aaa"},
};
/* clang-format on */

static void test_pauses(void **state)
{
    (void)state;
    play_all(pauses, COUNT(pauses));
}

static void test_paces(void **state)
{
    (void)state;
    play_all(paces, COUNT(paces));
}

static void test_speeds(void **state)
{
    (void)state;
    play_all(speeds, COUNT(speeds));
}

static void test_skips(void **state)
{
    (void)state;
    play_all(skips, COUNT(skips));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pauses),
        cmocka_unit_test(test_paces),
        cmocka_unit_test(test_speeds),
        cmocka_unit_test(test_skips),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
