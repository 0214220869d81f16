/* SPDX-License-Identifier: MIT */
/* Responses on one connection: complete, cut, pipelined, on connections that end in every way, in
 * pieces of every size. */
#include "net/exchange.h"

#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define OK200 "HTTP/1.1 200 OK\r\n"
#define ONE OK200 "Content-Length: 3\r\n\r\none"
#define TWO OK200 "Transfer-Encoding: chunked\r\n\r\n2\r\ntw\r\n1\r\no\r\n0\r\n\r\n"
#define CHUNKED OK200 "Transfer-Encoding: chunked\r\n\r\n"
#define LAST OK200 "Content-Length: 4\r\nConnection: close\r\n\r\nlast"
#define OLD "HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na"
#define CUT OK200 "Content-Length: 5\r\n\r\nfour"
#define TWICE OK200 "Content-Length: 3\r\nContent-Length: 4\r\n\r\n"
#define LATE "HTTP/1.1 408 Timeout\r\nContent-Length: 0\r\n\r\n"
#define STALL_MS 5000

static struct fv_exchange x;

/* What a client sees, as one line: "200:one" is a response, "200:on.." the beginning of one, "!12"
 * an error, "~15" an error that is not caused by the request. */
struct log {
    char text[512];
    size_t asked, done, again;
};

static void note(struct log *log, const char *format, ...)
{
    size_t n = strlen(log->text);
    va_list args;
    va_start(args, format);
    vsnprintf(log->text + n, sizeof(log->text) - n, format, args);
    va_end(args);
}

static enum fv_err wait_for_it(void)
{
    const struct fv_port_net *net = x.config->port->net;
    struct fv_port_event event;
    int64_t deadline_us;
    fv_exchange_event(&x, &event, &deadline_us);
    enum fv_err err = net->wait(net->ctx, &event, 1, deadline_us);
    return err == FV_OK ? FV_OK : fv_exchange_fail(&x, err);
}

/* Send, waiting for the connection. */
static enum fv_err wait_send(const struct fv_request *r)
{
    enum fv_err err;
    while ((err = fv_exchange_send(&x, r, 0)) == FV_AGAIN) {
        assert_true(fv_exchange_opening(&x));
        err = wait_for_it();
        if (err != FV_OK) {
            break;
        }
    }
    return err;
}

static enum fv_err wait_head(const struct fv_head **head, uint64_t *tag)
{
    enum fv_err err;
    while ((err = fv_exchange_head(&x, head, tag)) == FV_AGAIN) {
        err = wait_for_it();
        if (err != FV_OK) {
            break;
        }
    }
    return err;
}

static enum fv_err wait_read(struct fv_slice *content)
{
    enum fv_err err;
    while ((err = fv_exchange_read(&x, content)) == FV_AGAIN) {
        assert_int_equal(content->len, 0);
        err = wait_for_it();
        if (err != FV_OK) {
            break;
        }
    }
    return err;
}

static enum fv_err read_response(struct log *log)
{
    const struct fv_head *head;
    uint64_t tag;
    enum fv_err err = wait_head(&head, &tag);
    if (err != FV_OK) {
        return err;
    }
    assert_int_equal(tag, log->done);
    note(log, "%s%u:", log->text[0] != 0 ? " " : "", head->status);
    struct fv_slice content;
    while ((err = wait_read(&content)) == FV_PART) {
        assert_true(content.len > 0);
        note(log, "%.*s", (int)content.len, content.ptr);
    }
    assert_int_equal(content.len, 0);
    note(log, "%s", err == FV_OK ? "" : "..");
    return err;
}

static void get(const struct fv_url *url, size_t count, struct log *log)
{
    struct fv_request r = {.url = url};
    while (log->done < count) {
        enum fv_err err = FV_OK;
        while (log->asked < count && (err = fv_exchange_send(&x, &r, log->asked)) == FV_OK) {
            log->asked++;
        }
        err = err < FV_OK ? err : read_response(log);
        if (err == FV_OK) {
            log->done++;
            continue;
        }
        assert_int_equal(fv_exchange_pending(&x), 0);
        assert_int_equal(x.fault.err, err);
        assert_true(fv_slice_eq(x.fault.subject, FV_SLICE("h")));
        bool port = err == FV_E_RESET || err == FV_E_CONNECT || err == FV_E_NETWORK;
        assert_int_equal(x.fault.native, port ? 77 : 0);
        bool again = fv_exchange_blameless(&x);
        note(log, " %c%d", again ? '~' : '!', -err);
        if (!again) {
            return;
        }
        log->asked = log->done;
    }
}

struct case_get {
    size_t count, depth;
    struct peer peer;
    const char *want;
    size_t opened;
};

static const struct case_get cases[] = {
    {1, 1, {.sends = {ONE}}, "200:one", 1},
    {2, 2, {.sends = {ONE TWO}}, "200:one 200:two", 1},
    {3, 8, {.sends = {ONE TWO ONE}}, "200:one 200:two 200:one", 1},
    {2, 2, {.sends = {"HTTP/1.1 100 Continue\r\n\r\n" ONE TWO}}, "200:one 200:two", 1},
    /* Without content, they say: the connection is not used again. */
    {2, 2, {.sends = {"HTTP/1.1 304 Not Modified\r\n\r\n" ONE, TWO}}, "304: ~15 200:two", 2},
    {2, 2, {.sends = {"HTTP/1.1 204 No Content\r\n\r\n" ONE, TWO}}, "204: ~15 200:two", 2},
    /* The server closes: at once, between responses, after one that says so, and inside one. */
    {1, 1, {.sends = {""}}, " !15", 1},
    {1, 1, {.sends = {""}, .end = {PEER_RESET}}, " !12", 1},
    {2, 2, {.sends = {ONE, TWO}}, "200:one ~15 200:two", 2},
    {2, 2, {.sends = {ONE, TWO}, .end = {PEER_RESET}}, "200:one ~15 200:two", 2},
    {2, 2, {.sends = {LAST, TWO}, .end = {PEER_SILENT}}, "200:last ~15 200:two", 2},
    {3, 3, {.sends = {LAST ONE, LAST, ONE}}, "200:last ~15 200:last 200:one", 3},
    /* If other requests are in flight after it, a response that was cut is not caused by its
     * request. */
    {2, 2, {.sends = {CUT, LAST, TWO}}, "200:four.. ~16 200:last 200:two", 3},
    {2, 2, {.sends = {CUT, LAST, TWO}, .end = {PEER_RESET}}, "200:four.. ~12 200:last 200:two", 3},
    {2, 2, {.sends = {"", LAST, TWO}}, " ~15 200:last 200:two", 3},
    {1, 2, {.sends = {CUT, ONE}}, "200:four.. !16", 1},
    {2, 2, {.sends = {OLD, ONE}}, "200:a ~15 200:one", 2},
    {2, 1, {.sends = {LAST, ONE}, .end = {PEER_SILENT}}, "200:last 200:one", 2},
    {1, 1, {.sends = {"HTTP/1.1 200"}}, " !16", 1},
    {2, 2, {.sends = {ONE "HTTP"}}, "200:one !16", 1},
    {1, 1, {.sends = {CUT}}, "200:four.. !16", 1},
    {1, 1, {.sends = {CUT}, .end = {PEER_RESET}}, "200:four.. !12", 1},
    {1, 1, {.sends = {OK200 "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n"}}, "200:a.. !16", 1},
    {1, 1, {.sends = {OK200 "Content-Length: 5\r\n\r\nH"}}, "200:H.. !16", 1}, /* no next one's */
    {2,
     2,
     {.sends = {OK200 "Content-Length: 5\r\n\r\nH", LAST, TWO}},
     "200:.. ~16 200:last 200:two",
     3}, /* whose it is nobody knows */
    {2, 2, {.sends = {LAST, "", ONE}}, "200:last ~15 !15", 2},
    {2, 2, {.sends = {CUT, NULL}, .end = {PEER_RESET}}, "200:four.. ~12 !11", 1},
    {1, 1, {.sends = {OK200 "\r\nall"}}, "200:all", 1},
    {2, 2, {.sends = {OK200 "\r\nall", OK200 "\r\nall", ONE}}, " ~51 200:all 200:one", 3},
    /* Silence. */
    {1, 1, {.sends = {""}, .end = {PEER_SILENT}}, " !13", 1},
    {2, 2, {.sends = {ONE}, .end = {PEER_SILENT}}, "200:one !13", 1},
    /* What is no HTTP. */
    {1, 1, {.sends = {"220 smtp\r\n"}}, " !41", 1},
    {2, 2, {.sends = {"x\r\n", ONE}}, " !41", 1},
    /* Bytes after a complete response may be more of it: request it again, one at a time. */
    {2, 2, {.sends = {ONE "x\r\n", LAST, TWO}}, "200:one.. ~51 200:last 200:two", 3},
    {2, 2, {.sends = {ONE "x\r\n", "x\r\n"}}, "200:one.. ~51 !41", 2},
    {2, 2, {.sends = {ONE "HTTP/1.x\r\n", TWO}}, "200:one ~41 200:two", 2},
    /* It is shorter than it says, or has no content at all: the next one's is not its own. */
    {2,
     2,
     {.sends = {OK200 "Content-Length: 8\r\n\r\none" TWO, LAST, TWO}},
     "200:one.. ~51 200:last 200:two",
     3},
    {2,
     2,
     {.sends = {OK200 "Content-Length: 5\r\n\r\n" TWO, LAST, TWO}},
     "200:.. ~51 200:last 200:two",
     3},
    /* Nor is it where that one is cut short in its first bytes. */
    {2,
     2,
     {.sends = {OK200 "Content-Length: 4\r\n\r\noneH", LAST, TWO}},
     "200:one.. ~16 200:last 200:two",
     3},
    {2,
     2,
     {.sends = {OK200 "Content-Length: 9\r\n\r\noneHTTP/1", LAST, TWO}, .end = {PEER_RESET}},
     "200:one.. ~16 200:last 200:two",
     3},
    {2,
     2,
     {.sends = {OK200 "Content-Length: 6\r\n\r\noneHTT", LAST, TWO}, .end = {PEER_SILENT}},
     "200:one.. ~51 200:last 200:two",
     3},
    {2,
     2,
     {.sends = {OK200 "Connection: close\r\nContent-Length: 6\r\n\r\noneHTT", LAST, TWO}},
     "200:one.. ~16 200:last 200:two",
     3},
    {1,
     1,
     {.sends = {OK200 "Content-Length: 6\r\n\r\noneHTT"}},
     "200:oneHTT",
     1}, /* there is none */
    /* Its own, with the next one behind it. */
    {2, 2, {.sends = {OK200 "Content-Length: 4\r\n\r\noneH" TWO}}, "200:oneH 200:two", 1},
    {2,
     2,
     {.sends = {OK200 "Content-Length: 11\r\n\r\nHHTHTTP/1HT" TWO}},
     "200:HHTHTTP/1HT 200:two",
     1},
    {2,
     2,
     {.sends = {OK200
                "Transfer-Encoding: chunked\r\n\r\n1\r\nH\r\n1\r\nT\r\n2\r\nxH\r\n0\r\n\r\n" TWO}},
     "200:HTxH 200:two",
     1},
    {2, 2, {.sends = {ONE TWICE, TWO}}, "200:one ~44 200:two", 2},
    {2, 2, {.sends = {TWICE, TWO}}, " !44", 1},
    {1, 1, {.sends = {OK200 "Transfer-Encoding: chunked\r\n\r\nx\r\n"}}, "200:.. !41", 1},
    {2,
     2,
     {.sends = {OK200 "Transfer-Encoding: chunked\r\n\r\nx\r\n", LAST, TWO}},
     "200:.. ~41 200:last 200:two",
     3},
    /* Text that looks like a response is content if no other response is expected, or if it is not
     * complete. */
    {1, 1, {.sends = {OK200 "Content-Length: 10\r\n\r\naHTTP/1.1b"}}, "200:aHTTP/1.1b", 1},
    {2, 2, {.sends = {OK200 "Content-Length: 6\r\n\r\nTTP/1." ONE}}, "200:TTP/1. 200:one", 1},
    {3,
     3,
     {.sends = {OK200 "Content-Length: 1\r\n\r\nH" OK200 "Content-Length: 6\r\n\r\nTTP/1." ONE}},
     "200:H 200:TTP/1. 200:one",
     1},
    /* It takes no request, but had said something before: that is read. */
    {1, 1, {.sends = {LATE}, .deaf = true}, "408:", 1},
    {3,
     3,
     {.sends = {ONE TWO, ONE}, .end = {PEER_FIN, PEER_SILENT}, .takes = 2, .send_step = 1},
     "200:one 200:two ~15 200:one",
     2},
    {3,
     3,
     {.sends = {ONE TWO, ONE}, .end = {PEER_RESET, PEER_SILENT}, .takes = 2, .send_step = 1},
     "200:one 200:two ~15 200:one",
     2},
    /* But not as a response to what was never sent. */
    {2, 2, {.sends = {ONE ONE, TWO}, .takes = 1, .send_step = 1}, "200:one ~51 200:two", 2},
    {1, 1, {.sends = {ONE}, .deaf = true}, " ~51 !11", 1},
    {1, 1, {.sends = {""}, .deaf = true}, " !15", 1},
    {2,
     1,
     {.sends = {LATE, LATE}, .end = {PEER_SILENT, PEER_SILENT}, .deaf = true},
     "408: 408:",
     2},
    {1, 1, {.sends = {ONE}, .broken = true}, " !18", 1},
    {1, 1, {.sends = {""}, .end = {PEER_BROKEN}, .deaf = true}, " !18", 1},
    {1, 1, {.sends = {NULL}}, " !11", 0},
};

/* It shows in one piece only. */
static const struct case_get at_once[] = {
    {2, 1, {.sends = {ONE, NULL}, .end = {PEER_RESET}}, "200:one !11", 1},
    {2, 1, {.sends = {ONE TWO}, .end = {PEER_SILENT}}, "200:one !11", 1}, /* unasked bytes */
    {2,
     2,
     {.sends = {OK200 "Content-Length: 41\r\n\r\n" TWO ONE, LAST, TWO}},
     "200:.. ~51 200:last 200:two",
     3},
    {2,
     2,
     {.sends = {OK200 "Content-Length: 9\r\n\r\nH" TWO ONE, LAST, TWO}},
     "200:.. ~51 200:last 200:two",
     3}, /* an H before it */
    {2,
     2,
     {.sends = {OK200 "Content-Length: 13\r\n\r\nHTTTTTP/1.HTP" ONE}},
     "200:HTTTTTP/1.HTP 200:one",
     1},
};

static const struct fv_url origin = {.host = {"h", 1}, .port = 80, .path = {"/", 1}};

static void run(const struct case_get *c, size_t step)
{
    struct peer peer = c->peer;
    struct log log = {{0}, 0, 0, 0};
    peer.step = step;
    peer.after_request = !peer.deaf && !peer.broken;
    peer_init(&peer);
    struct fv_net_config config = {.port = &peer.port,
                                   .stall_timeout_ms = STALL_MS,
                                   .deadline_us = INT64_MAX};
    fv_exchange_init(&x, &config);
    x.pipeline.depth = c->depth;
    get(&origin, c->count, &log);
    fv_exchange_close(&x);
    if (strcmp(log.text, c->want) != 0) {
        print_error("%s, step %zu: %s\n", c->want, step, log.text);
    }
    assert_string_equal(log.text, c->want);
    assert_int_equal(peer.opened, c->opened);
    assert_int_equal(peer.closed, c->opened);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        for (size_t step = 0; step < 80; step++) {
            run(&cases[i], step);
        }
    }
    for (size_t i = 0; i < COUNT(at_once); i++) {
        run(&at_once[i], 0);
    }
}

static struct fv_net_config start(struct peer *peer)
{
    peer_init(peer);
    struct fv_net_config config = {.port = &peer->port,
                                   .stall_timeout_ms = STALL_MS,
                                   .deadline_us = INT64_MAX};
    return config;
}

static void test_depth_and_origins(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE ONE, TWO}, .end = {PEER_SILENT}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_url other = origin;
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 0, 0};
    other.port = 8080;
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 2;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_int_equal(fv_exchange_send(&x, &r, 1), FV_OK);
    assert_int_equal(fv_exchange_send(&x, &r, 2), FV_AGAIN);
    assert_int_equal(fv_exchange_pending(&x), 2);
    assert_int_equal(read_response(&log), FV_OK);
    log.done = 1;
    r.url = &other;
    assert_int_equal(fv_exchange_send(&x, &r, 2), FV_AGAIN);
    assert_int_equal(read_response(&log), FV_OK);
    assert_int_equal(peer.opened, 1);
    assert_int_equal(fv_exchange_send(&x, &r, 2), FV_OK);
    assert_int_equal(peer.opened, 2);
    assert_int_equal(peer.closed, 1);
    log.done = 2;
    assert_int_equal(read_response(&log), FV_OK);
    assert_string_equal(log.text, "200:one 200:one 200:two");
    fv_exchange_close(&x);
}

/* Requests are collected, and sending goes on while responses are read. */
static void test_slow_sending(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE TWO}, .step = 5, .send_step = 5, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 0, 0};
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 4;
    const struct fv_head *head;
    uint64_t tag;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    x.pipeline.proven = true;
    assert_int_equal(peer.sent_len, 0);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    assert_int_equal(peer.sent_len, 5);
    assert_int_equal(fv_exchange_send(&x, &r, 1), FV_OK);
    assert_int_equal(read_response(&log), FV_OK);
    log.done = 1;
    assert_int_equal(read_response(&log), FV_OK);
    assert_string_equal(log.text, "200:one 200:two");
    size_t half = peer.sent_len / 2;
    assert_memory_equal(peer.sent, peer.sent + half, half);
    fv_exchange_close(&x);
}

/* Each byte that is sent ends the silence, too. */
static void test_slow_sending_is_no_stall(void **state)
{
    (void)state;
    struct peer peer = {.sends = {""}, .end = {PEER_SILENT}, .send_step = 5};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct fv_port_event event;
    int64_t deadline_us = 0;
    const struct fv_head *head;
    uint64_t tag;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        assert_int_equal(peer.sent_len, 5 * (i + 1));
        fv_exchange_event(&x, &event, &deadline_us);
        assert_int_equal(deadline_us, peer.now_us + STALL_MS * 1000);
        peer.pause_send = false;
        peer.now_us += (STALL_MS - 1) * 1000;
    }
    fv_exchange_close(&x);
}

/* A head has its time from its first byte on, however often another one comes. */
static void test_slow_head(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE}, .step = 1};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct fv_port_event event;
    int64_t deadline_us = 0;
    const struct fv_head *head;
    uint64_t tag;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    peer.now_us = 1000000;
    for (unsigned i = 0; i < 4; i++) {
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        fv_exchange_event(&x, &event, &deadline_us);
        assert_int_equal(deadline_us, 1000000 + STALL_MS * 1000);
        peer.pause_recv = false;
        peer.now_us += 1000000;
    }
    fv_exchange_close(&x);
}

/* A chunk extension and a trailer section have no content: bytes of them do not end the silence. */
static void test_slow_framing(void **state)
{
    static const struct {
        const char *before, *after;
    } slow[] = {{"", "3;a=bcdefghijkl"}, {"3\r\none\r\n", "0\r\nX: trailers\r\n"}};
    (void)state;
    for (size_t i = 0; i < COUNT(slow); i++) {
        char text[128];
        struct peer peer = {.sends = {text}, .end = {PEER_SILENT}, .after_request = true};
        struct fv_net_config config = start(&peer);
        struct fv_request r = {.url = &origin};
        struct fv_port_event event;
        struct fv_slice content;
        int64_t deadline_us = 0;
        const struct fv_head *head;
        uint64_t tag;
        snprintf(text, sizeof text, CHUNKED "%s%s", slow[i].before, slow[i].after);
        peer.step = strlen(text) - strlen(slow[i].after);
        fv_exchange_init(&x, &config);
        assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
        peer.step = 1;
        while (fv_exchange_read(&x, &content) == FV_PART) {
        }
        for (unsigned n = 0; n < 4; n++) {
            fv_exchange_event(&x, &event, &deadline_us);
            assert_int_equal(deadline_us, STALL_MS * 1000);
            peer.pause_recv = false;
            peer.now_us += (STALL_MS / 4) * 1000;
            assert_int_equal(fv_exchange_read(&x, &content), n < 3 ? FV_AGAIN : FV_E_TIMEOUT);
        }
        fv_exchange_close(&x);
    }
}

static void test_errors_of_the_request(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin, .accept = FV_SLICE("a\r\nb")};
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_E_URL);
    assert_int_equal(x.fault.native, 0);
    assert_int_equal(peer.opened, 0);
    r.accept = FV_SLICE_NONE;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    fv_exchange_close(&x);
}

static void test_stall_and_cancel(void **state)
{
    (void)state;
    struct peer peer = {.sends = {"", "", ""}, .end = {PEER_SILENT, PEER_SILENT, PEER_SILENT}};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct fv_port_event event;
    int64_t deadline_us = 0;
    const struct fv_head *head;
    uint64_t tag;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_int_equal(wait_head(&head, &tag), FV_E_TIMEOUT);
    assert_int_equal(peer.now_us, STALL_MS * 1000);
    assert_false(fv_exchange_blameless(&x));
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    peer.pause_send = true; /* the next connection's silence is its own, though it takes nothing */
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    fv_exchange_event(&x, &event, &deadline_us);
    assert_int_equal(deadline_us, 2 * STALL_MS * 1000);
    assert_int_equal(wait_head(&head, &tag), FV_E_TIMEOUT);
    config.deadline_us = peer.now_us + 1;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_int_equal(wait_head(&head, &tag), FV_E_TIMEOUT);
    assert_int_equal(peer.now_us, config.deadline_us);
    peer.cancel = true;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_E_CONNECT);
    fv_exchange_close(&x);
}

/* A server that responds to the first of several requests and drops the others gets one request at
 * a time on its next connection. */
static void test_requests_sent_ahead_are_swallowed(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE, ONE},
                        .end = {PEER_SILENT, PEER_SILENT},
                        .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 0, 0};
    const struct fv_head *head;
    uint64_t tag;
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 4;
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_true(fv_exchange_has_room(&x));
    assert_int_equal(fv_exchange_send(&x, &r, 1), FV_OK);
    assert_int_equal(read_response(&log), FV_OK);
    assert_string_equal(log.text, "200:one");
    assert_int_equal(wait_head(&head, &tag), FV_E_TIMEOUT);
    assert_false(fv_exchange_blameless(&x));
    assert_int_equal(fv_exchange_send(&x, &r, 1), FV_OK);
    assert_false(fv_exchange_has_room(&x));
    fv_exchange_close(&x);
}

/* The number in flight grows with responses. An error of waiting ends all that is in flight. */
static void test_room_and_fail(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE ONE, TWO}, .end = {PEER_SILENT}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 0, 0};
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 4;
    for (uint64_t i = 0; i < 4; i++) {
        assert_true(fv_exchange_has_room(&x));
        assert_true(fv_exchange_has_room(&x)); /* asking changes nothing */
        assert_int_equal(fv_exchange_send(&x, &r, i), FV_OK);
    }
    assert_false(fv_exchange_has_room(&x));
    assert_int_equal(read_response(&log), FV_OK);
    assert_int_equal(fv_exchange_pending(&x), 3);
    assert_int_equal(fv_exchange_fail(&x, FV_E_TIMEOUT), FV_E_TIMEOUT);
    assert_int_equal(x.fault.err, FV_E_TIMEOUT);
    assert_true(fv_slice_eq(x.fault.subject, FV_SLICE("h")));
    assert_int_equal(fv_exchange_pending(&x), 0);
    assert_int_equal(peer.closed, 1);
    assert_false(fv_exchange_blameless(&x));
    assert_true(fv_exchange_has_room(&x));
    assert_int_equal(fv_exchange_send(&x, &r, 1), FV_OK);
    log.done = 1;
    assert_int_equal(read_response(&log), FV_OK);
    assert_string_equal(log.text, "200:one 200:two");
    assert_int_equal(peer.opened, 2);
    fv_exchange_close(&x);
}

struct case_skip {
    const char *response;
    const char *want; /* of the request behind it */
};

static const struct case_skip skips[] = {
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nabc" ONE, "200:one"},
    {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n" ONE,
     "200:one"},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 99999\r\n\r\n" ONE, " ~15 200:two"},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 9999\r\n\r\n" ONE, " ~15 200:two"}, /* cut */
    {"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n" ONE, " ~15 200:two"},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 1\r\nConnection: close\r\n\r\na" ONE,
     " ~15 200:two"},
    {"HTTP/1.1 404 Not Found\r\n\r\na" ONE, " ~15 200:two"},
};

static void test_skip(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(skips); i++) {
        struct peer peer = {.sends = {skips[i].response, TWO}, .after_request = true};
        struct fv_net_config config = start(&peer);
        struct fv_request r = {.url = &origin};
        struct log log = {{0}, 0, 0, 0};
        const struct fv_head *head;
        uint64_t tag;
        fv_exchange_init(&x, &config);
        x.pipeline.depth = 2;
        assert_int_equal(fv_exchange_send(&x, &r, 9), FV_OK);
        assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
        log.asked = 1;
        assert_int_equal(wait_head(&head, &tag), FV_OK);
        assert_int_equal(tag, 9);
        fv_exchange_skip(&x);
        get(&origin, 1, &log);
        assert_string_equal(log.text, skips[i].want);
        fv_exchange_close(&x);
    }
}

/* What is in flight is known by identity, in the order of its requests. */
static void identities(bool next, uint64_t first, bool last, uint64_t newest, bool alone)
{
    uint64_t tag = 77;
    assert_int_equal(fv_exchange_next(&x, &tag), next);
    assert_int_equal(tag, next ? first : 77);
    tag = 77;
    assert_int_equal(fv_exchange_last(&x, &tag), last);
    assert_int_equal(tag, last ? newest : 77);
    assert_int_equal(fv_exchange_alone(&x), alone);
}

static void test_identities(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE ONE ONE, TWO}, .end = {PEER_SILENT}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 5, 0};
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 4;
    identities(false, 0, false, 0, false);
    assert_int_equal(fv_exchange_send(&x, &r, 5), FV_OK);
    identities(true, 5, true, 5, true);
    assert_int_equal(fv_exchange_send(&x, &r, 9), FV_OK);
    assert_int_equal(fv_exchange_send(&x, &r, 6), FV_OK);
    identities(true, 5, true, 6, false);
    assert_int_equal(read_response(&log), FV_OK);
    identities(true, 9, true, 6, false);
    log.done = 9;
    assert_int_equal(read_response(&log), FV_OK);
    identities(true, 6, true, 6, false); /* it had others before it */
    log.done = 6;
    assert_int_equal(read_response(&log), FV_OK);
    identities(false, 0, false, 0, false);
    assert_int_equal(fv_exchange_send(&x, &r, 4), FV_OK);
    identities(true, 4, true, 4, true);
    fv_exchange_drop(&x);
    identities(false, 0, false, 0, false);
    fv_exchange_close(&x);
}

/* The address of another exchange's connection is used without a lookup; if that fails, the name is
 * looked up. */
static void test_an_address_that_is_dead(void **state)
{
    static struct fv_exchange keeper;
    struct peer peer = {.sends = {ONE, NULL}, .end = {PEER_SILENT}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    (void)state;
    fv_exchange_init(&keeper, &config);
    keeper.pipeline.depth = 1;
    assert_int_equal(fv_exchange_send(&keeper, &r, 0), FV_OK);
    assert_string_equal(peer.asked, "h");
    fv_exchange_init(&x, &config);
    x.pipeline.depth = 1;
    fv_exchange_share(&x, &keeper, NULL);
    for (unsigned i = 0; i < 3; i++) {
        peer.asked[0] = 0;
        peer.sends[1] = i < 2 ? NULL : ONE;
        assert_int_equal(wait_send(&r), i < 2 ? FV_E_CONNECT : FV_OK);
        assert_int_equal(fv_exchange_unreached(&x), i < 2);
        assert_string_equal(peer.asked, i == 0 ? "" : "h");
    }
    fv_exchange_drop(&x); /* it was reached: the other one's address again */
    peer.asked[0] = 0;
    peer.sends[2] = ONE;
    assert_int_equal(wait_send(&r), FV_OK);
    assert_string_equal(peer.asked, "");
    fv_exchange_close(&x);
    fv_exchange_close(&keeper);
}

#define PART "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\npart"

/* A response that is skipped is not returned as the next one, and nothing is sent after it. An
 * error while waiting for it is reported only if the user stops the command. */
static void test_skipping(void **state)
{
    static const struct {
        enum fv_err ends, want;
    } rows[] = {
        {FV_E_TIMEOUT, FV_OK},
        {FV_E_NETWORK, FV_OK},
        {FV_E_CANCELLED, FV_E_CANCELLED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer peer = {.sends = {PART, TWO}, .end = {PEER_SILENT}, .after_request = true};
        struct fv_net_config config = start(&peer);
        struct fv_request r = {.url = &origin};
        const struct fv_head *head;
        struct fv_port_event event;
        int64_t deadline_us = 0;
        uint64_t tag = 0;
        fv_exchange_init(&x, &config);
        x.pipeline.depth = 4;
        assert_int_equal(fv_exchange_send(&x, &r, 5), FV_OK);
        x.pipeline.proven = true;
        assert_int_equal(fv_exchange_send(&x, &r, 6), FV_OK);
        assert_int_equal(wait_head(&head, &tag), FV_OK);
        identities(true, 5, true, 6, false);
        assert_true(fv_exchange_has_room(&x));
        fv_exchange_skip(&x);
        identities(true, 6, true, 6, false);
        assert_false(fv_exchange_has_room(&x));
        assert_int_equal(fv_exchange_send(&x, &r, 7), FV_AGAIN);
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        fv_exchange_event(&x, &event, &deadline_us);
        assert_int_equal(deadline_us, peer.now_us + FV_EXCHANGE_SKIP_MS * 1000);
        assert_int_equal(fv_exchange_fail(&x, rows[i].ends), rows[i].want);
        identities(false, 0, false, 0, false);
        assert_int_equal(peer.closed, 1);
        assert_false(fv_exchange_blameless(&x));
        fv_exchange_close(&x);
    }
}

/* Its time may be over before anybody has waited for it. */
static void test_skipping_for_too_long(void **state)
{
    (void)state;
    struct peer peer = {.sends = {PART, TWO}, .end = {PEER_SILENT}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    struct log log = {{0}, 0, 7, 0};
    const struct fv_head *head;
    uint64_t tag = 0;
    config.stall_timeout_ms = 0;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 5), FV_OK);
    assert_int_equal(wait_head(&head, &tag), FV_OK);
    fv_exchange_skip(&x);
    peer.now_us += FV_EXCHANGE_SKIP_MS * 1000 - 1;
    assert_int_equal(fv_exchange_send(&x, &r, 7), FV_AGAIN);
    peer.now_us++;
    assert_int_equal(fv_exchange_send(&x, &r, 7), FV_OK);
    assert_int_equal(read_response(&log), FV_OK);
    assert_string_equal(log.text, "200:two");
    assert_int_equal(peer.opened, 2);
    fv_exchange_close(&x);
}

/* Silence counts from where reading begins, not from the request. */
static void test_watch(void **state)
{
    (void)state;
    struct peer peer = {.sends = {""}, .end = {PEER_SILENT}};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    const struct fv_head *head;
    struct fv_port_event event;
    int64_t deadline_us = 0;
    uint64_t tag = 0;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 5), FV_OK);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    fv_exchange_event(&x, &event, &deadline_us);
    assert_int_equal(deadline_us, STALL_MS * 1000);
    peer.now_us = 4000000;
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    fv_exchange_event(&x, &event, &deadline_us);
    assert_int_equal(deadline_us, STALL_MS * 1000);
    fv_exchange_watch(&x);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    fv_exchange_event(&x, &event, &deadline_us);
    assert_int_equal(deadline_us, 4000000 + STALL_MS * 1000);
    fv_exchange_close(&x);
}

/* Whether an error came before a connection was there. */
static void test_unreached(void **state)
{
    (void)state;
    struct peer peer = {.sends = {"", NULL}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    const struct fv_head *head;
    uint64_t tag = 0;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_int_equal(wait_head(&head, &tag), FV_E_CLOSED);
    assert_false(fv_exchange_unreached(&x));
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_E_CONNECT);
    assert_true(fv_exchange_unreached(&x));
    r.accept = FV_SLICE("a\r\nb");
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_E_URL);
    assert_false(fv_exchange_unreached(&x));
    fv_exchange_close(&x);
}

/* An idle connection that has ended meanwhile is opened again without an error. */
static void test_stale(void **state)
{
    (void)state;
    struct peer peer = {.sends = {ONE, TWO}, .after_request = true};
    struct fv_net_config config = start(&peer);
    struct log log = {{0}, 0, 0, 0};
    fv_exchange_init(&x, &config);
    get(&origin, 2, &log);
    assert_string_equal(log.text, "200:one 200:two");
    assert_int_equal(peer.opened, 2);
    fv_exchange_close(&x);
}

/* A head is read by the clock's year. */
static void test_years_of_two_digits(void **state)
{
    (void)state;
    struct peer peer = {
        .sends = {"HTTP/1.1 304 x\r\nDate: Tuesday, 15-Nov-94 08:12:31 GMT\r\n\r\n"},
        .after_request = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    const struct fv_head *head = NULL;
    uint64_t tag = 0;
    fv_exchange_init(&x, &config);
    assert_int_equal(fv_exchange_send(&x, &r, 0), FV_OK);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
    assert_true(head->date_us == INT64_C(3940647151000000));
    fv_exchange_close(&x);
}

#define BEGIN "HTTP/1.1 200 Connection established\r\n"

struct case_proxy {
    const char *response;
    enum fv_err want;
    int32_t native;
    int64_t retry_after_s; /* of FV_E_PROXY_BUSY; 0: none */
};

static const struct case_proxy proxies[] = {
    {BEGIN "\r\n", FV_OK, 0, 0},
    {"HTTP/1.0 200 OK\r\nContent-Length: 3\r\n\r\n", FV_OK, 0, 0}, /* RFC 9110 9.3.6: it has none */
    {"HTTP/1.1 100 Continue\r\n\r\n" BEGIN "\r\n", FV_OK, 0, 0},
    {BEGIN "Via: 1.1 a,\r\n 1.1 b\r\n\r\n", FV_OK, 0, 0},
    {"HTTP/1.2 299\r\n\r\n", FV_OK, 0, 0},
    {BEGIN "Content-Length: 3\r\nContent-Length: 4\r\n\r\n", FV_OK, 0, 0}, /* as above */
    {BEGIN " Via: 1.1 a\r\n\r\n", FV_E_PROXY, 0, 0},
    {BEGIN "\r\nearly", FV_E_PROXY, 0, 0},
    {"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 2\r\n\r\nno", FV_E_PROXY, 407,
     0},
    {"HTTP/1.1 302 Found\r\nLocation: /\r\n\r\n", FV_E_PROXY, 302, 0},
    {"HTTP/1.1 300 Choose\r\nContent-Length: 2\r\n\r\nno", FV_E_PROXY, 300, 0},
    {"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n", FV_E_PROXY_BUSY, 503, 0},
    {"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 2\r\n\r\nno", FV_E_PROXY_BUSY, 503, 3},
    {"HTTP/1.1 429 Slow\r\nRetry-After: 7\r\n\r\n", FV_E_PROXY_BUSY, 429, 7},
    {"HTTP/1.1 507 Full\r\n\r\n", FV_E_PROXY_BUSY, 507, 0},
    {"HTTP/1.1 529 Overloaded\r\n\r\n", FV_E_PROXY_BUSY, 529, 0},
    {"HTTP/1.1 501 Not Implemented\r\n\r\n", FV_E_PROXY, 501, 0},
    {"HTTP/1.1 511 Log in\r\n\r\n", FV_E_PROXY, 511, 0},
    {"SSH-2.0\r\n", FV_E_PROXY, 0, 0},
    {BEGIN, FV_E_RESET, 77, 0},
};

static void test_proxy(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(proxies); i++) {
        for (size_t step = 0; step < 60; step++) {
            struct peer peer = {.sends = {proxies[i].response},
                                .step = step,
                                .send_step = step,
                                .after_request = true};
            struct fv_net_config config = start(&peer);
            struct fv_request r = {.url = &origin};
            config.proxy = true;
            config.proxy_url = (struct fv_url){.host = {"proxy", 5}, .port = 3128};
            config.proxy_name = FV_SLICE("proxy");
            config.proxy_authorization = FV_SLICE("Basic dTpw");
            if (proxies[i].want == FV_E_PROXY && proxies[i].native == 0 && step > 0) {
                continue; /* what comes too early is seen only if it comes along */
            }
            fv_exchange_init(&x, &config);
            assert_int_equal(wait_send(&r), proxies[i].want);
            assert_string_equal(peer.asked, "proxy");
            assert_int_equal(strncmp(peer.sent, "CONNECT h:80 HTTP/1.1\r\n", 23), 0);
            assert_non_null(strstr(peer.sent, "\r\nProxy-Authorization: Basic dTpw\r\n"));
            assert_ptr_equal(strstr(peer.sent, "\r\n\r\n"), peer.sent + peer.sent_len - 4);
            if (proxies[i].want != FV_OK) {
                assert_int_equal(x.fault.native, proxies[i].native);
                assert_true(fv_slice_eq(x.fault.subject, FV_SLICE("proxy")));
                assert_int_equal(peer.closed, 1);
            }
            if (proxies[i].want == FV_E_PROXY_BUSY) {
                int64_t after_s = proxies[i].retry_after_s;
                assert_int_equal(x.head.retry_after_s, after_s > 0 ? after_s : -1);
            }
            fv_exchange_close(&x);
        }
    }
}

/* It has as long as connecting may take. */
static void test_proxy_that_says_nothing(void **state)
{
    static const struct {
        const char *response;
        uint32_t timeout_ms; /* 0: none */
        int64_t end_us, want_us;
    } rows[] = {
        {"", 1000, INT64_MAX, 1000000},
        {BEGIN, 1000, INT64_MAX, 1000000},
        {"", 0, 7000000, 7000000},
        {"", 8000, 7000000, 7000000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct peer peer = {.sends = {rows[i].response}, .end = {PEER_SILENT}};
        struct fv_net_config config = start(&peer);
        struct fv_request r = {.url = &origin};
        config.connect_timeout_ms = rows[i].timeout_ms;
        config.deadline_us = rows[i].end_us;
        config.proxy = true;
        config.proxy_url = (struct fv_url){.host = {"proxy", 5}, .port = 3128};
        config.proxy_name = FV_SLICE("proxy");
        fv_exchange_init(&x, &config);
        assert_int_equal(wait_send(&r), FV_E_TIMEOUT);
        assert_int_equal(x.fault.native, 0);
        assert_true(fv_slice_eq(x.fault.subject, FV_SLICE("proxy")));
        assert_int_equal(peer.now_us, rows[i].want_us);
        fv_exchange_close(&x);
    }
}

/* Nor is it asked what it has to say then. */
static void test_proxy_that_takes_nothing(void **state)
{
    (void)state;
    struct peer peer = {.sends = {BEGIN "\r\n"}, .deaf = true};
    struct fv_net_config config = start(&peer);
    struct fv_request r = {.url = &origin};
    config.proxy = true;
    config.proxy_url = (struct fv_url){.host = {"proxy", 5}, .port = 3128};
    config.proxy_name = FV_SLICE("proxy");
    fv_exchange_init(&x, &config);
    assert_int_equal(wait_send(&r), FV_E_RESET);
    assert_int_equal(x.fault.native, 77);
    fv_exchange_close(&x);
}

/* The longest names that there are. */
static void test_long_hosts(void **state)
{
    char host[FV_CAP_HOST + 1];
    (void)state;
    memset(host, 'h', FV_CAP_HOST);
    host[FV_CAP_HOST] = '\0';
    for (size_t i = 0; i < 2; i++) {
        struct peer peer = {.sends = {i == 0 ? ONE : OK200 "\r\n" ONE}, .after_request = true};
        struct fv_net_config config = start(&peer);
        struct fv_url url = {.host = {host, FV_CAP_HOST}, .port = 80, .path = {"/", 1}};
        struct fv_request r = {.url = &url};
        config.proxy = i == 1;
        config.proxy_url = url;
        fv_exchange_init(&x, &config);
        assert_int_equal(wait_send(&r), i == 0 ? FV_OK : FV_E_PROXY);
        assert_string_equal(peer.asked, host);
        fv_exchange_close(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_depth_and_origins),
        cmocka_unit_test(test_slow_sending),
        cmocka_unit_test(test_slow_head),
        cmocka_unit_test(test_slow_framing),
        cmocka_unit_test(test_slow_sending_is_no_stall),
        cmocka_unit_test(test_errors_of_the_request),
        cmocka_unit_test(test_stall_and_cancel),
        cmocka_unit_test(test_proxy_that_takes_nothing),
        cmocka_unit_test(test_proxy_that_says_nothing),
        cmocka_unit_test(test_long_hosts),
        cmocka_unit_test(test_requests_sent_ahead_are_swallowed),
        cmocka_unit_test(test_room_and_fail),
        cmocka_unit_test(test_skip),
        cmocka_unit_test(test_identities),
        cmocka_unit_test(test_an_address_that_is_dead),
        cmocka_unit_test(test_skipping),
        cmocka_unit_test(test_skipping_for_too_long),
        cmocka_unit_test(test_watch),
        cmocka_unit_test(test_unreached),
        cmocka_unit_test(test_stale),
        cmocka_unit_test(test_years_of_two_digits),
        cmocka_unit_test(test_proxy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
