/* Over which connection a request goes: redirects, requests in flight, servers that take one connection only. */
#include "play.h"

#define TAG "\"v\""
#define ETAG "ETag: " TAG "\r\n"
#define PART(range) "Content-Range: bytes " range "\r\n"
#define TO(url) "Location: " url "\r\n"

/* clang-format off */
static const struct play redirects[] = {
    {"within the portal", "a", {{"/a", 302, "see", TO("/x")}, {"/x", 200, "aaa"}}, .sent = "p1/a p1/x", .got = "a=aaa"},
    {"relative", "a", {{"/a", 307, "", TO("x?k=1")}, {"/x?k=1", 200, "aaa"}}, .sent = "p1/a p1/x?k=1", .got = "a=aaa"},
    {"to the portal by http", "a", {{"/a", 301, "", TO("http://p/x")}, {"/x", 200, "aaa"}}, .sent = "p1/a p1/x", .got = "a=aaa"},
    {"elsewhere without credentials", "a", {{"/a", 302, "", TO("https://s/x")}}, {{"/x", 200, "aaa"}}, .sent = "p1/a s1/x-", .got = "a=aaa"},
    {"elsewhere, relative there", "a", {{"/a", 302, "", TO("https://s/d/x")}}, {{"/d/x", 308, "", TO("y")}, {"/d/y", 200, "aaa"}}, .sent = "p1/a s1/d/x- s1/d/y-", .got = "a=aaa"},
    {"and back with them", "a", {{"/a", 302, "", TO("https://s/x")}, {"/y", 200, "aaa"}}, {{"/x", 302, "", TO("https://p/y")}}, .sent = "p1/a s1/x- p1/y", .got = "a=aaa"},
    {"another port is another origin", "a", {{"/a", 302, "", TO("https://p:1/x")}}, .got = "a!11T"},
    {"to plain HTTP", "a", {{"/a", 302, "", TO("http://s/x?key=1")}}, .retries = 3, .sent = "p1/a", .got = "a!46P", .fault = "http://s/x"},
    {"from elsewhere to plain HTTP", "a", {{"/a", 302, "", TO("https://s/x")}}, {{"/x", 302, "", TO("http://s/y?key=1")}}, .retries = 3, .got = "a!46T", .fault = "http://s/y"},
    {"to nowhere", "a", {{"/a", 302}}, .retries = 3, .got = "a!46P", .fault = ""},
    {"a loop", "a", {{"/a", 302, "", TO("/a?k=1")}, {"/a?k=1", 302, "", TO("/a?k=1"), .for_ever = true}}, .retries = 3, .got = "a!46T", .fault = "/a", .requests = 6},
    {"five in a row", "a", {{"/a", 302, "", TO("/1")}, {"/1", 302, "", TO("/2")}, {"/2", 302, "", TO("/3")}, {"/3", 302, "", TO("/4")}, {"/4", 302, "", TO("/5")}, {"/5", 200, "aaa"}}, .got = "a=aaa", .requests = 6},
    {"a resumed file asks there for the rest", "a", {{"/a", 302, "", TO("https://s/x")}}, {{"/x", 206, "bb", ETAG PART("3-4/5")}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " s1/x-@3" TAG, .got = "a=aaabb"},
    {"a fresh start begins at the portal", "a", {{"/a", 302, "", TO("https://s/x")}, {"/a", 302, "", TO("https://s/y")}}, {{"/x", 206, "bb", ETAG PART("2-3/4")}, {"/y", 200, "aaa"}}, .held = "aaa", .validator = TAG, .sent = "p1/a@3" TAG " s1/x-@3" TAG " p1/a s1/y-", .got = "a=aaa"},
    {"each attempt begins at the portal", "a", {{"/a", 302, "", TO("https://s/x?key=1")}, {"/a", 302, "", TO("https://s/x?key=2")}}, {{"/x?key=1", 503}, {"/x?key=2", 200, "aaa"}}, .retries = 1, .sent = "p1/a s1/x?key=1- p1/a s1/x?key=2-", .got = "~47 a=aaa"},
    {"a cut is continued by way of the portal", "a", {{"/a", 302, "", TO("https://s/x")}, {"/a", 302, "", TO("https://s/y")}}, {{"/x", 200, "aaa", ETAG, .length = 5, .then = FV_SIM_RESET}, {"/y", 206, "bb", ETAG PART("3-4/5")}}, .retries = 1, .sent = "p1/a s1/x- p1/a@3" TAG " s2/y-@3" TAG, .got = "~12 a=aaabb"},
    {"the portal's URL can't be read any more", "a", {{"/a", 302, "", TO("/x")}, {"/x", 503}}, .address = FV_E_STORAGE, .retries = 3, .got = "~47 a!60N"},
    {"a page from elsewhere instead of a listing", "a", {{"/a", 302, "", TO("https://s/x")}}, {{"/x", 200, "<p>", "Content-Type: text/html\r\n"}}, .json = true, .got = "a!70T", .fault = "HTML page from p"},
};
/* clang-format on */

static void test_redirects(void **state)
{
    (void)state;
    play_all(redirects, COUNT(redirects));
}

/* Whatever the target does: a fails, and b is answered over the portal's connection, on which its request was all the while. */
#define AWAY                                                                                       \
    {                                                                                              \
        "/a", 302, "", TO("https://s/x?key=1"), .for_ever = true                                   \
    }
#define BOTH                                                                                       \
    {                                                                                              \
        AWAY,                                                                                      \
        {                                                                                          \
            "/b", 200, "bbb"                                                                       \
        }                                                                                          \
    }

/* clang-format off */
static const struct play targets[] = {
    {"it wants credentials", "ab", BOTH, {{"/x?key=1", 401}}, .retries = 1, .sent = "p1/a p1/b s1/x?key=1-", .got = "a!30T b=bbb"},
    {"it forbids", "ab", BOTH, {{"/x?key=1", 403}}, .retries = 1, .got = "a!31T b=bbb", .fault = "https://s/x"},
    {"it has nothing", "ab", BOTH, {{"/x?key=1", 404}}, .retries = 1, .got = "a!40T b=bbb", .fault = "https://s/x"},
    {"it is busy", "ab", BOTH, {{"/x?key=1", 503, .for_ever = true}}, .retries = 1, .sent = "p1/a p1/b s1/x?key=1- p2/a s2/x?key=1-", .got = "~47 a!47T b=bbb", .fault = "https://s/x"},
    {"it resets", "ab", BOTH, {{"/x?key=1", .silent = true, .then = FV_SIM_RESET}}, .got = "a!12T b=bbb", .fault = "s"},
    {"it closes", "ab", BOTH, {{"/x?key=1", .silent = true, .then = FV_SIM_END}}, .got = "a!15T b=bbb", .fault = "s"},
    {"it is cut", "ab", BOTH, {{"/x?key=1", 200, "a", .length = 9, .then = FV_SIM_END}}, .got = "a!16T b=bbb"},
    {"it is silent", "ab", BOTH, {{"/x?key=1", .silent = true}}, .got = "a!13T b=bbb", .took_ms = 30000},
    {"it refuses", "ab", BOTH, .refuses = true, .got = "a!11T b=bbb", .fault = "s"},
    {"it refuses again", "ab", BOTH, .refuses = true, .retries = 1, .sent = "p1/a p1/b p2/a", .got = "~11 a!11T b=bbb"},
    {"it has no address", "ab", {{"/a", 302, "", TO("https://t/x")}, {"/b", 200, "bbb"}}, .got = "a!10T b=bbb", .fault = "t"},
    {"it is no HTTP", "ab", BOTH, {{"/x?key=1", 200, "", "a b: c\r\n"}}, .got = "a!41T b=bbb"},
};

static const struct play flight[] = {
    {"requests go ahead", "abcde", {{"/a", 200, "aaa"}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}, {"/d", 200, "ddd"}, {"/e", 200, "eee"}}, .sent = "p1/a p1/b p1/c p1/d p1/e", .got = "a=aaa b=bbb c=ccc d=ddd e=eee"},
    {"a late 404 is not the next one's", "abc", {{"/a", 404, "0123456789", .late_ms = 400}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}}, .pipeline = 2, .times = true, .sent = "p1/a p1/b (400) p1/c", .got = "a!40P b=bbb c=ccc"},
    {"a late 404 of a file that is asked again alone", "abc", {{"/a", 200, "a", .length = 9, .then = FV_SIM_RESET}, {"/b", 200, "zzz"}, {"/a", 404, "0123456789", .late_ms = 400}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}}, .pipeline = 2, .retries = 5, .got = "a!40P b=bbb c=ccc"},
    {"a late 404 behind a 503", "abc", {{"/a", 503, "no"}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}, {"/a", 404, "0123456789", .late_ms = 400}}, .pipeline = 3, .retries = 5, .sent = "p1/a p1/b p1/c p2/a", .got = "~47 a!40P b=bbb c=ccc"},
    {"a retry leaves the others alone", "abc", {{"/a", 503}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}, {"/a", 200, "aaa"}}, .retries = 1, .sent = "p1/a p1/b p1/c p2/a", .got = "~47 a=aaa b=bbb c=ccc"},
    {"a retry with nothing in flight", "a", {{"/a", 503}, {"/a", 200, "aaa"}}, .retries = 1, .sent = "p1/a p1/a", .got = "~47 a=aaa"},
    {"a server that takes one connection only", "abc", {{"/a", 503}, {"/b", 200, "xxx"}, {"/c", 200, "yyy"}, {"/a", 200, "aaa"}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}}, .most = 1, .retries = 1, .sent = "p1/a p1/b p1/c p2/a p2/b p2/c", .got = "~47 a=aaa b=bbb c=ccc"},
    {"the same behind a redirect within it", "ab", {{"/a", 302, "", TO("/x")}, {"/b", 200, "yyy"}, {"/x", 200, "aaa"}, {"/b", 200, "bbb"}}, .most = 1, .sent = "p1/a p1/b p2/x p2/b", .got = "a=aaa b=bbb"},
    {"redirects within the portal", "abc", {{"/a", 302, "", TO("/x")}, {"/b", 302, "", TO("/y")}, {"/c", 302, "", TO("/z")}, {"/x", 200, "xxx"}, {"/y", 200, "yyy"}, {"/z", 200, "zzz"}}, .sent = "p1/a p1/b p1/c p2/x p2/y p1/z", .got = "a=xxx b=yyy c=zzz"},
    {"one connection to each origin", "abc", {{"/a", 302, "", TO("https://s/x")}, {"/b", 302, "", TO("https://s/y")}, {"/c", 302, "", TO("https://s/z")}}, {{"/x", 200, "xxx"}, {"/y", 200, "yyy"}, {"/z", 200, "zzz"}}, .sent = "p1/a p1/b p1/c s1/x- s1/y- s1/z-", .got = "a=xxx b=yyy c=zzz"},
    {"a cut loses what was in flight behind it", "abc", {{"/a", 200, "a", ETAG, .length = 3, .then = FV_SIM_RESET}, {"/b", 200, "zzz"}, {"/c", 200, "zzz"}, {"/a", 206, "aa", ETAG PART("1-2/3")}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}}, .sent = "p1/a p1/b p1/c p2/a@1" TAG " p2/b p2/c", .got = "a=aaa b=bbb c=ccc"},
};
/* clang-format on */

static void test_targets(void **state)
{
    (void)state;
    play_all(targets, COUNT(targets));
}

static void test_flight(void **state)
{
    (void)state;
    play_all(flight, COUNT(flight));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_flight),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
