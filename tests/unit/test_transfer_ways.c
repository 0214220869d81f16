/* SPDX-License-Identifier: MIT */
/* On which connection a request is sent: redirects, requests in flight, servers that take one
 * connection only. */
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
    {"a page from elsewhere instead of a listing", "a", {{"/a", 302, "", TO("https://s/x")}}, {{"/x", 200, "<p>", "Content-Type: text/html\r\n"}}, .json = true, .got = "a!70T", .fault = "HTML page from s"},
};
/* clang-format on */

static void test_redirects(void **state)
{
    (void)state;
    play_all(redirects, COUNT(redirects));
}

/* Whatever the target does: a fails, and b gets its response on the portal's connection, where
 * its request was in flight all the time. */
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
    {"it forbids", "ab", BOTH, {{"/x?key=1", 403}}, .retries = 1, .got = "a!31T b=bbb", .fault = "https://s/x 403"},
    {"it has nothing", "ab", BOTH, {{"/x?key=1", 404}}, .retries = 1, .got = "a!40T b=bbb", .fault = "https://s/x 404"},
    {"it is busy", "ab", BOTH, {{"/x?key=1", 503, .for_ever = true}}, .retries = 1, .sent = "p1/a p1/b s1/x?key=1- p2/a s2/x?key=1-", .got = "~47 a!47T b=bbb", .fault = "https://s/x 503"},
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
    {"which is seen once", "abcd", {{"/a", 302, "", TO("/w")}, {"/b", 302, "", TO("/x")}, {"/c", 302, "", TO("/y")}, {"/d", 302, "", TO("/z")}, {"/w", 200, "aaa"}, {"/b", 302, "", TO("/x")}, {"/x", 200, "bbb"}, {"/c", 302, "", TO("/y")}, {"/y", 200, "ccc"}, {"/d", 302, "", TO("/z")}, {"/z", 200, "ddd"}}, .most = 1, .sent = "p1/a p1/b p1/c p1/d p2/w p2/b p2/x p2/c p2/y p2/d p2/z", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"redirects within the portal", "abc", {{"/a", 302, "", TO("/x")}, {"/b", 302, "", TO("/y")}, {"/c", 302, "", TO("/z")}, {"/x", 200, "xxx"}, {"/y", 200, "yyy"}, {"/z", 200, "zzz"}}, .sent = "p1/a p1/b p1/c p2/x p2/y p1/z", .got = "a=xxx b=yyy c=zzz"},
    {"one connection to each origin", "abc", {{"/a", 302, "", TO("https://s/x")}, {"/b", 302, "", TO("https://s/y")}, {"/c", 302, "", TO("https://s/z")}}, {{"/x", 200, "xxx"}, {"/y", 200, "yyy"}, {"/z", 200, "zzz"}}, .sent = "p1/a p1/b p1/c s1/x- s1/y- s1/z-", .got = "a=xxx b=yyy c=zzz"},
    {"a cut loses what was in flight behind it", "abc", {{"/a", 200, "a", ETAG, .length = 3, .then = FV_SIM_RESET}, {"/b", 200, "zzz"}, {"/c", 200, "zzz"}, {"/a", 206, "aa", ETAG PART("1-2/3")}, {"/b", 200, "bbb"}, {"/c", 200, "ccc"}}, .sent = "p1/a p1/b p1/c p2/a@1" TAG " p2/b p2/c", .got = "a=aaa b=bbb c=ccc"},
};
/* Several redirects are followed at a time, to one origin that has responded on this connection;
 * each response that is not a whole 200 is requested again alone. */
#define AT(name, text) {"/" name, 200, text}
#define GO(name) {"/" name, 302, "", TO("https://s/" name)}
#define FIVE GO("a"), GO("b"), GO("c"), GO("d"), GO("e")
#define SLOW(name, text) {"/" name, 200, text, .wait_ms = 100}
#define ASKED "p1/a p1/b p1/c p1/d p1/e s1/a- s1/b- s1/c- s1/d- s1/e-"
static const struct play elsewhere[] = {
    {"the first alone, then the others", "abcde", {FIVE}, {SLOW("a", "aaa"), SLOW("b", "bbb"), SLOW("c", "ccc"), SLOW("d", "ddd"), SLOW("e", "eee")}, .pipeline = 8, .times = true, .sent = "p1/a p1/b p1/c p1/d p1/e s1/a- (100) s1/b- s1/c- s1/d- s1/e-", .got = "a=aaa b=bbb c=ccc d=ddd e=eee", .requests = 10},
    {"one after the other where that is wanted", "abc", {GO("a"), GO("b"), GO("c")}, {SLOW("a", "aaa"), SLOW("b", "bbb"), SLOW("c", "ccc")}, .pipeline = 1, .times = true, .sent = "p1/a s1/a- (100) p1/b s1/b- (200) p1/c s1/c-", .got = "a=aaa b=bbb c=ccc"},
    {"by the portal's scheme", "abc", {GO("a"), GO("b"), {"/c", 302, "see", TO("//s/c")}}, {SLOW("a", "aaa"), SLOW("b", "bbb"), AT("c", "ccc")}, .times = true, .sent = "p1/a p1/b p1/c s1/a- (100) s1/b- s1/c-", .got = "a=aaa b=bbb c=ccc"},
    {"one is missing", "abcde", {FIVE, GO("c")}, {AT("a", "aaa"), AT("b", "bbb"), {"/c", 404, "no", .for_ever = true}, AT("d", "ddd"), AT("e", "eee")}, .pipeline = 8, .sent = ASKED " p1/c s1/c-", .got = "a=aaa b=bbb c? d=ddd e=eee c!40T", .fault = "https://s/c 404"},
    {"one is busy", "abcde", {FIVE, GO("c"), GO("c")}, {AT("a", "aaa"), AT("b", "bbb"), {"/c", 503}, {"/c", 503}, {"/c", 200, "ccc"}, AT("d", "ddd"), AT("e", "eee")}, .pipeline = 8, .retries = 1, .sent = ASKED " p1/c s1/c- p1/c s1/c-", .got = "a=aaa b=bbb c? d=ddd e=eee ~47 c=ccc"},
    {"one is led on from there", "abcd", {GO("a"), GO("b"), GO("c"), GO("d"), GO("c")}, {AT("a", "aaa"), AT("b", "bbb"), {"/c", 302, "", TO("z"), .for_ever = true}, {"/z", 200, "ccc"}, AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- s1/c- s1/d- p1/c s1/c- s1/z-", .got = "a=aaa b=bbb c? d=ddd c=ccc"},
    {"one is coded", "abc", {GO("a"), GO("b"), GO("c"), GO("b")}, {AT("a", "aaa"), {"/b", 200, "zip", "Content-Encoding: gzip\r\n", .for_ever = true}, AT("c", "ccc")}, .got = "a=aaa b? c=ccc b!50T", .fault = "https://s/b"},
    {"one wants credentials, the last", "abc", {GO("a"), GO("b"), GO("c"), GO("c")}, {AT("a", "aaa"), AT("b", "bbb"), {"/c", 401, .for_ever = true}}, .sent = "p1/a p1/b p1/c s1/a- s1/b- s1/c- p1/c s1/c-", .got = "a=aaa b=bbb c? c!30T"},
    {"nothing is led on behind one that failed", "abcd", {GO("a"), GO("b"), GO("c"), GO("d")}, {{"/a", 404}, {"/b", 404, "", .wait_ms = 100}, SLOW("c", "ccc"), AT("d", "ddd")}, .times = true, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- (100) s1/c- (200) s1/d-", .got = "a!40T b!40T c=ccc d=ddd"},
    {"one stays at the portal", "abcd", {GO("a"), GO("b"), AT("c", "ccc"), GO("d")}, {AT("a", "aaa"), AT("b", "bbb"), AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- s1/d-", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"one is led on within the portal", "abcd", {GO("a"), GO("b"), {"/c", 302, "", TO("x")}, GO("d"), AT("x", "ccc")}, {AT("a", "aaa"), AT("b", "bbb"), AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- p2/x s2/d-", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"one is led to plain HTTP", "abcd", {GO("a"), GO("b"), {"/c", 302, "", TO("http://s/c")}, GO("d")}, {AT("a", "aaa"), AT("b", "bbb"), AT("d", "ddd")}, .got = "a=aaa b=bbb c!46P d=ddd"},
    {"one is led to another port", "abcd", {GO("a"), GO("b"), {"/c", 302, "", TO("https://s:1/c")}, GO("d")}, {AT("a", "aaa"), AT("b", "bbb"), AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- s2/d-", .got = "a=aaa b=bbb c!11T d=ddd"},
    {"one has moved nowhere", "abcd", {GO("a"), GO("b"), {"/c", 302}, GO("d")}, {AT("a", "aaa"), AT("b", "bbb"), AT("d", "ddd")}, .got = "a=aaa b=bbb c!46P d=ddd"},
    {"it ends in one", "abcd", {GO("a"), GO("b"), GO("c"), GO("d"), GO("c"), GO("d"), GO("b")}, {AT("a", "aaa"), {"/b", 200, "b", ETAG, .length = 3, .then = FV_SIM_RESET}, {"/c", 200, "xxx"}, {"/d", 200, "xxx"}, {"/b", 206, "bb", ETAG PART("1-2/3")}, AT("c", "ccc"), AT("d", "ddd")}, .got = "a=aaa b? c=ccc d=ddd b=bbb"},
    {"it ends after each", "abcd", {GO("a"), GO("b"), GO("c"), GO("d")}, {{"/a", 200, "aaa", "Connection: close\r\n", .then = FV_SIM_END}, {"/b", 200, "bbb", "Connection: close\r\n", .then = FV_SIM_END}, {"/c", 200, "ccc", "Connection: close\r\n", .then = FV_SIM_END}, AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s2/b- s3/c- s4/d-", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"the portal ends meanwhile", "abcd", {GO("a"), GO("b"), {"/c", 302, "", TO("https://s/c"), .then = FV_SIM_RESET}, {"/d", 200, "xxx"}, GO("d")}, {AT("a", "aaa"), AT("b", "bbb"), AT("c", "ccc"), AT("d", "ddd")}, .sent = "p1/a p1/b p1/c p1/d s1/a- s1/b- s1/c- p2/d s1/d-", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"a body that never ends, of a redirect", "abc", {GO("a"), {"/b", 302, "no", TO("https://s/b"), .length = 9}, GO("c"), GO("c")}, {AT("a", "aaa"), AT("b", "bbb"), AT("c", "ccc")}, .got = "a=aaa b=bbb c=ccc"},
};
/* At this portal Last-Modified is the listing's date. A response ahead of its turn with another
 * date may be another file's. */
#define DATED(path, second, text) {path, 200, text, "Last-Modified: Mon, 01 Jan 2024 00:00:0" second " GMT\r\n"}
static const struct play dates[] = {
    {"all in order", "abc", {DATED("/a", "1", "aaa"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, .dates = "123", .sent = "p1/a p1/b p1/c", .got = "a=aaa b=bbb c=ccc"},
    {"another file's", "abc", {DATED("/a", "1", "aaa"), DATED("/b", "3", "ccc"), DATED("/c", "3", "ccc"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, .dates = "123", .sent = "p1/a p1/b p1/c p2/b p2/c", .got = "a=aaa b=bbb c=ccc"},
    {"another file's comes first", "abc", {DATED("/a", "2", "bbb"), DATED("/b", "1", "aaa"), DATED("/c", "3", "ccc"), DATED("/a", "1", "aaa"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, .dates = "123", .sent = "p1/a p1/b p1/c p2/a p2/b p2/c", .got = "a=aaa b=bbb c=ccc"},
    {"the listing's date was wrong", "abcd", {DATED("/a", "1", "aaa"), DATED("/b", "9", "bbb"), DATED("/c", "3", "zzz"), DATED("/d", "4", "zzz"), DATED("/b", "9", "bbb"), DATED("/c", "3", "ccc"), DATED("/d", "4", "ddd")}, .dates = "1234", .sent = "p1/a p1/b p1/c p1/d p2/b p2/c p2/d", .got = "a=aaa b=bbb c=ccc d=ddd"},
    {"dates that are none of the listing's", "ab", {DATED("/a", "7", "aaa"), DATED("/b", "8", "bbb")}, .dates = "12", .sent = "p1/a p1/b", .got = "a=aaa b=bbb"},
    {"a target's date teaches nothing", "abc", {{"/a", 302, "", TO("https://s/x")}, DATED("/b", "3", "ccc"), DATED("/c", "3", "zzz"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, {DATED("/x", "9", "aaa")}, .dates = "123", .sent = "p1/a p1/b p1/c s1/x- p2/b p2/c", .got = "a=aaa b=bbb c=ccc"},
    {"a target's date is the listing's, and then another file's", "abc", {GO("a"), GO("b"), GO("c"), GO("b"), GO("c")}, {DATED("/a", "1", "aaa"), DATED("/b", "3", "ccc"), DATED("/c", "3", "ccc"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, .dates = "123", .sent = "p1/a p1/b p1/c s1/a- s1/b- s1/c- p2/b s2/b- p2/c s2/c-", .got = "a=aaa b=bbb c=ccc"},
    {"the portal leads to another file's place", "abc", {GO("a"), {"/b", 302, "", TO("https://s/c")}, {"/c", 302, "", TO("https://s/b")}, GO("b"), GO("c")}, {DATED("/a", "1", "aaa"), DATED("/c", "3", "ccc"), DATED("/b", "2", "bbb"), DATED("/b", "2", "bbb"), DATED("/c", "3", "ccc")}, .dates = "123", .got = "a=aaa b=bbb c=ccc"},
    {"and does so at once", "ab", {{"/a", 302, "", TO("https://s/b")}, {"/b", 302, "", TO("https://s/a")}, GO("a"), GO("b")}, {DATED("/b", "2", "bbb"), DATED("/a", "1", "aaa"), DATED("/b", "2", "bbb")}, .dates = "12", .got = "a=aaa b=bbb"},
    {"a target's date says nothing", "abc", {DATED("/a", "1", "aaa"), {"/b", 302, "", TO("https://s/x")}, DATED("/c", "3", "ccc")}, {DATED("/x", "9", "bbb")}, .dates = "123", .sent = "p1/a p1/b p1/c s1/x-", .got = "a=aaa b=bbb c=ccc"},
};
/* clang-format on */

static void test_dates(void **state)
{
    (void)state;
    play_all(dates, COUNT(dates));
}

static void test_elsewhere(void **state)
{
    (void)state;
    play_all(elsewhere, COUNT(elsewhere));
}

static void test_targets(void **state)
{
    (void)state;
    play_all(targets, COUNT(targets));
}

/* The same over one connection for all, as a small board has it: another way, and the same end. */
static void test_one_connection(void **state)
{
    static struct play plays[COUNT(redirects) + COUNT(targets)];
    (void)state;
    memcpy(plays, redirects, sizeof redirects);
    memcpy(plays + COUNT(redirects), targets, sizeof targets);
    for (size_t i = 0; i < COUNT(plays); i++) {
        plays[i].one = true;
        plays[i].pipeline = 1;
        plays[i].sent = NULL;
    }
    play_all(plays, COUNT(plays));
}

static void test_flight(void **state)
{
    (void)state;
    play_all(flight, COUNT(flight));
}

/* a waits for its head when, behind its back, its connection has come to answer another request. */
static void test_a_head_of_another_request_is_refused(void **state)
{
    static const struct play play = {"another identity",
                                     "a",
                                     {{"/a", 200, "zzz", .wait_ms = 1000},
                                      {"/o", 200, "ooo"},
                                      {"/a", 200, "aaa"}},
                                     .sent = "p1/a p2/o- p3/a"};
    static const struct fv_url other = {.https = true,
                                        .host = {"p", 1},
                                        .port = 443,
                                        .path = {"/o", 2}};
    const struct fv_request r = {.url = &other};
    (void)state;
    play_open(&play);
    struct play_file *f = &P.files[0];
    struct fv_transfer_sink sink = {f,    play_begin, play_content, play_have, play_address,
                                    NULL, NULL};
    assert_int_equal(fv_transfer_init(&P.transfer, &P.way, FV_SLICE("https://p/a"), 7), FV_OK);
    assert_int_equal(fv_transfer_step(&P.transfer, &sink), FV_AGAIN);
    fv_exchange_drop(P.way.portal);
    assert_int_equal(fv_exchange_send(P.way.portal, &r, 8), FV_OK);
    assert_int_equal(fv_transfer_step(&P.transfer, &sink), FV_OK);
    assert_int_equal(f->len, 3);
    assert_memory_equal(f->held, "aaa", 3);
    assert_false(play_is_wrong(&play));
    play_close();
}

/* The identity of one file in flight is never taken for another's: b's request is in flight when
 * it is the turn of a, whose is not. */
static void test_a_request_of_another_file_is_left_alone(void **state)
{
    static const struct play play = {"another file's request",
                                     "ab",
                                     {{"/b", 200, "bbb"}, {"/a", 200, "aaa"}},
                                     .sent = "p2/a p1/b",
                                     .got = "a=aaa b=bbb"};
    (void)state;
    play_open(&play);
    assert_int_equal(fv_transfer_init(&P.transfer, &P.way, FV_SLICE("https://p/b"), 1), FV_OK);
    assert_int_equal(fv_transfer_send_ahead(&P.transfer), FV_OK);
    play_file(0);
    assert_string_equal(P.sent, "p2/a"); /* b's is gathered until somebody reads */
    play_file(1);
    assert_false(play_is_wrong(&play));
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redirects),
        cmocka_unit_test(test_targets),
        cmocka_unit_test(test_one_connection),
        cmocka_unit_test(test_flight),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_dates),
        cmocka_unit_test(test_a_head_of_another_request_is_refused),
        cmocka_unit_test(test_a_request_of_another_file_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
