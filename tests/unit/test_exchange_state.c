/* SPDX-License-Identifier: MIT */
/* The state of an exchange between its calls: no secret longer than needed, room for the next
 * requests, the time of silence, what is known of the server; and the assertions about its
 * caller. */
#include "net/exchange.h"

#include "peer.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define ONE "HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
#define LAST "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlast"
#define H_LAST "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 4\r\n\r\nlasH"
#define PART "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\npart"
#define SECRET "Basic c2VjcmV0"
#define STALL_MS 5000

static struct fv_exchange x;
static struct peer peer;
static struct fv_net_config config;
static bool proven; /* the server is known to swallow nothing: net/pipeline.h */
static const struct fv_url origin = {.host = {"h", 1}, .port = 80, .path = {"/", 1}};
static const struct fv_request request = {.url = &origin};

static void start(const struct peer *with, size_t depth)
{
    peer = *with;
    peer_init(&peer);
    config = (struct fv_net_config){.port = &peer.port,
                                    .stall_timeout_ms = STALL_MS,
                                    .deadline_us = INT64_MAX};
    fv_exchange_init(&x, &config);
    x.pipeline.depth = depth;
    proven = true;
}

static void send_some(size_t count)
{
    for (uint64_t i = 0; i < count; i++) {
        assert_int_equal(fv_exchange_send(&x, &request, i), FV_OK);
        x.pipeline.proven = x.pipeline.proven || proven;
    }
}

static void get_head(void)
{
    const struct fv_head *head;
    uint64_t tag;
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
}

static enum fv_err get_content(void)
{
    struct fv_slice content;
    enum fv_err err = fv_exchange_read(&x, &content);
    while (err == FV_PART) {
        err = fv_exchange_read(&x, &content);
    }
    return err;
}

static int64_t deadline(void)
{
    struct fv_port_event event;
    int64_t deadline_us = 0;
    fv_exchange_event(&x, &event, &deadline_us);
    return deadline_us;
}

static uint8_t wanted(void)
{
    struct fv_port_event event;
    int64_t deadline_us = 0;
    fv_exchange_event(&x, &event, &deadline_us);
    return event.want;
}

/* --- Secrets --- */

static bool holds_secret(void)
{
    size_t n = strlen(SECRET);
    for (size_t i = 0; i + n <= sizeof x.buffer; i++) {
        if (memcmp(x.buffer + i, SECRET, n) == 0) {
            return true;
        }
    }
    return false;
}

static char filler[FV_CAP_REQUEST];

static void test_no_secret_stays(void **state)
{
    static const struct {
        const char *title;
        const char *first, *next; /* what the connections send; NULL: connecting is refused */
        enum fv_err sent;
        size_t before;   /* requests without a secret that wait to be sent */
        size_t accept;   /* length of the request's last field, that fills it up */
        char then;       /* 'h' its response is read; 'd' dropped; 'c' closed; 0 nothing */
        bool kept_first; /* it has to be there in between */
    } rows[] = {
        {"answered", ONE, NULL, FV_OK, 0, 1, 'h', true},
        {"dropped before it went out", ONE, NULL, FV_OK, 0, 1, 'd', true},
        {"closed before it went out", ONE, NULL, FV_OK, 0, 1, 'c', true},
        {"no connection", NULL, NULL, FV_E_CONNECT, 0, 1, 0, false},
        {"no request at all", ONE, NULL, FV_E_CAPACITY, 0, FV_CAP_REQUEST, 0, false},
        {"no room behind others", ONE, NULL, FV_AGAIN, 1, FV_CAP_REQUEST - 120, 0, false},
    };
    (void)state;
    memset(filler, 'a', sizeof filler);
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct fv_request r = request;
        const struct fv_head *head;
        uint64_t tag;
        start(&(struct peer){.sends = {rows[i].first, rows[i].next}, .end = {PEER_SILENT}},
              FV_CAP_PIPELINE);
        send_some(rows[i].before);
        peer.pause_send = rows[i].before > 0;
        r.authorization = FV_SLICE(SECRET);
        r.accept = (struct fv_slice){filler, rows[i].accept};
        assert_int_equal(fv_exchange_send(&x, &r, 9), rows[i].sent);
        if (holds_secret() != rows[i].kept_first) {
            print_error("%s: sent\n", rows[i].title);
        }
        assert_int_equal(holds_secret(), rows[i].kept_first);
        assert_int_equal(fv_exchange_pending(&x), rows[i].before + (rows[i].sent == FV_OK ? 1 : 0));
        if (rows[i].then == 'h') {
            assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
        } else if (rows[i].then == 'd') {
            fv_exchange_drop(&x);
        } else if (rows[i].then == 'c') {
            fv_exchange_close(&x);
        }
        if (holds_secret()) {
            print_error("%s: afterwards\n", rows[i].title);
        }
        assert_false(holds_secret());
        fv_exchange_close(&x);
        assert_int_equal(fv_exchange_pending(&x), 0);
    }
}

/* --- Room --- */

/* At the limit, all but half of the requests in flight are read before more are sent, so that
 * requests are sent together. At first all are read, because the server may have dropped some. */
static void test_requests_travel_together(void **state)
{
    static const bool room[2][4] = {{false, false, false, false}, {false, true, true, true}};
    (void)state;
    start(&(struct peer){.sends = {ONE ONE ONE ONE, ONE ONE ONE ONE},
                         .end = {[1] = PEER_SILENT},
                         .after_request = true},
          4);
    proven = false;
    for (size_t i = 0; i < 2 * COUNT(room[0]); i++) {
        if (i % COUNT(room[0]) == 0) {
            send_some(4);
        }
        assert_int_equal(fv_exchange_has_room(&x), room[i / 4][i % 4]);
        get_head();
        assert_int_equal(fv_exchange_has_room(&x), room[i / 4][i % 4]);
        assert_int_equal(get_content(), FV_OK);
    }
    fv_exchange_close(&x);
}

/* What is learnt of a server: the time to the first byte, and the rate from then on. */
static void test_times_of_a_server(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {ONE ONE}, .end = {PEER_SILENT}, .step = sizeof ONE - 4}, 2);
    peer.now_us = 7000000;
    assert_false(fv_exchange_responded(&x));
    send_some(2);
    peer.now_us += 30000;
    get_head();
    assert_true(fv_exchange_responded(&x));
    assert_int_equal(x.pipeline.round_trip_us, 30000);
    peer.now_us += 2000000;
    peer.pause_recv = false;
    assert_int_equal(get_content(), FV_OK);
    assert_int_equal(x.pipeline.served, 1);
    assert_int_equal(x.pipeline.typical, 3);
    assert_int_equal(x.pipeline.rate, 1); /* bytes in a second */
    fv_exchange_close(&x);
}

/* Only a request that had the line to itself says how far the server is. */
static void test_others_before_it_are_not_the_way(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {ONE ONE}, .end = {PEER_SILENT}, .step = sizeof ONE - 1}, 2);
    send_some(2);
    peer.now_us += 30000;
    get_head();
    assert_int_equal(get_content(), FV_AGAIN); /* the next one has not begun */
    peer.now_us += 10;
    peer.pause_recv = false;
    assert_int_equal(get_content(), FV_OK);
    get_head();
    assert_int_equal(x.pipeline.round_trip_us, 30000);
    fv_exchange_close(&x);
}

/* A server that is not known yet gets what goes out in one piece, and nothing behind it. */
static void test_one_piece_at_first(void **state)
{
    struct fv_request r = request;
    (void)state;
    memset(filler, 'a', sizeof filler);
    start(&(struct peer){.sends = {ONE ONE, ONE}, .end = {[1] = PEER_SILENT}}, 4);
    proven = false;
    send_some(2);
    r.accept = (struct fv_slice){filler, FV_CAP_REQUEST - 70};
    assert_int_equal(fv_exchange_send(&x, &r, 2), FV_AGAIN); /* no room beside those two */
    assert_int_equal(peer.sent_len, 0);
    get_head();
    assert_int_equal(fv_exchange_send(&x, &request, 2), FV_AGAIN);
    assert_int_equal(get_content(), FV_OK);
    assert_int_equal(fv_exchange_send(&x, &request, 2), FV_AGAIN);
    get_head();
    assert_int_equal(get_content(), FV_OK);
    assert_int_equal(fv_exchange_send(&x, &request, 2), FV_OK);
    fv_exchange_close(&x);
}

/* A server that ends connections with requests in flight is remembered; one that ends idle
 * connections is not. */
static void test_a_server_that_ends_its_connections(void **state)
{
    static const struct {
        size_t in_flight, strikes;
    } rows[] = {{1, 0}, {2, 1}};
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fv_head *head;
        uint64_t tag;
        start(&(struct peer){.sends = {"HTTP/1.1 200 OK\r\nConnection: close\r\n"
                                       "Content-Length: 3\r\n\r\none"}},
              2);
        send_some(rows[i].in_flight);
        get_head();
        assert_int_equal(get_content(), FV_OK);
        if (rows[i].in_flight > 1) {
            assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_E_CLOSED);
        } else {
            assert_int_equal(fv_exchange_send(&x, &request, 0), FV_E_CONNECT);
        }
        assert_int_equal(x.pipeline.strikes, rows[i].strikes);
        fv_exchange_close(&x);
    }
}

/* Read a response of a peer that makes a pause behind each. */
static enum fv_err get_slowly(void)
{
    const struct fv_head *head;
    uint64_t tag;
    enum fv_err err;
    while ((err = fv_exchange_head(&x, &head, &tag)) == FV_AGAIN) {
        peer.pause_recv = false;
    }
    while (err == FV_OK && (err = get_content()) == FV_AGAIN) {
        peer.pause_recv = false;
        err = FV_OK;
    }
    return err;
}

/* Requests behind the last response of each connection, of a server that ends its connections. */
static void test_as_many_as_a_connection_gives(void **state)
{
    static const struct {
        const char *title;
        const char *response[PEER_CONNECTIONS];
        size_t count, behind[PEER_CONNECTIONS], quota;
    } rows[] = {
        {"told", {ONE ONE LAST, ONE ONE LAST, ONE ONE LAST, ONE ONE LAST}, 12, {5, 4, 0, 0}, 3},
        {"not told", {ONE ONE ONE, ONE ONE ONE, ONE ONE ONE, ONE ONE ONE}, 12, {5, 4, 0, 0}, 3},
        {"each a last one", {LAST, LAST, LAST, LAST}, 4, {7, 0, 0, 0}, 1},
        {"once may be chance", {ONE ONE LAST, ONE LAST, ONE ONE LAST}, 8, {5, 3, 3}, 0},
        {"it gives more", {ONE LAST, ONE LAST, ONE ONE ONE ONE ONE LAST}, 10, {6, 2, 4}, 0},
        {"it gives less", {ONE ONE LAST, ONE ONE LAST, ONE LAST, ONE LAST}, 10, {5, 4, 1, 1}, 2},
        {"less once", {ONE ONE LAST, ONE ONE LAST, ONE LAST, ONE ONE LAST}, 11, {5, 4, 1, 0}, 3},
        {"its last bytes", {ONE ONE H_LAST, ONE ONE H_LAST, ONE LAST}, 6, {6, 2, 2}, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        size_t behind[PEER_CONNECTIONS] = {0};
        struct peer with = {.after_request = true, .step = sizeof ONE - 1};
        memcpy(with.sends, rows[i].response, sizeof with.sends);
        start(&with, FV_PIPELINE_START);
        for (size_t done = 0; done < rows[i].count;) {
            while (fv_exchange_send(&x, &request, 0) == FV_OK) {
                x.pipeline.proven = true;
            }
            enum fv_err err = get_slowly();
            behind[peer.opened - 1] =
                err == FV_OK ? fv_exchange_pending(&x) : behind[peer.opened - 1];
            assert_true(err == FV_OK || fv_exchange_blameless(&x));
            done += err == FV_OK;
        }
        if (x.pipeline.quota != rows[i].quota || memcmp(behind, rows[i].behind, sizeof behind)) {
            print_error("%s: %zu; %zu %zu %zu %zu\n", rows[i].title, x.pipeline.quota, behind[0],
                        behind[1], behind[2], behind[3]);
        }
        assert_int_equal(x.pipeline.quota, rows[i].quota);
        assert_memory_equal(behind, rows[i].behind, sizeof behind);
        assert_false(x.pipeline.doubted);
        fv_exchange_close(&x);
    }
}

/* After a response that came before its request was sent completely, nothing can be sent: it is not
 * clear where the next response begins. */
static void test_response_before_the_whole_request(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {ONE}, .end = {PEER_SILENT}, .send_step = 5}, 1);
    send_some(1);
    get_head();
    assert_int_equal(get_content(), FV_OK);
    assert_int_equal(peer.closed, 1);
    fv_exchange_close(&x);
}

/* A request that is not taken spoils nothing of the response that is being read. */
static void test_no_room_in_mid_response(void **state)
{
    struct fv_request r = request;
    const struct fv_head *head = NULL;
    uint64_t tag;
    (void)state;
    memset(filler, 'a', sizeof filler);
    start(&(struct peer){.sends = {ONE ONE}, .end = {PEER_SILENT}}, 4);
    send_some(1);
    get_head();
    peer.pause_send = true;
    send_some(1);
    r.accept = (struct fv_slice){filler, FV_CAP_REQUEST - 70};
    assert_int_equal(fv_exchange_send(&x, &r, 9), FV_AGAIN);
    struct fv_slice content;
    assert_int_equal(fv_exchange_read(&x, &content), FV_PART);
    assert_true(fv_slice_eq(content, FV_SLICE("one")));
    assert_int_equal(fv_exchange_read(&x, &content), FV_OK);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
    assert_int_equal(head->status, 200);
    fv_exchange_close(&x);
}

/* What is for another origin waits for what is in flight. */
static void test_another_origin_waits(void **state)
{
    static const struct fv_url other = {.host = {"i", 1}, .port = 80, .path = {"/", 1}};
    const struct fv_request r = {.url = &other};
    (void)state;
    start(&(struct peer){.sends = {ONE, ONE}, .end = {PEER_SILENT}}, FV_CAP_PIPELINE);
    for (size_t n = 1; n < 3; n++) {
        send_some(1);
        assert_int_equal(fv_exchange_send(&x, &r, 9), FV_AGAIN);
        assert_int_equal(fv_exchange_pending(&x), n);
        assert_string_equal(peer.asked, "h");
    }
    fv_exchange_drop(&x);
    assert_int_equal(fv_exchange_send(&x, &r, 9), FV_OK);
    assert_string_equal(peer.asked, "i");
    fv_exchange_close(&x);
}

/* How much may be in flight behind another: what is known to come, to the byte. */
static void test_room_to_the_byte(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {ONE}, .end = {PEER_SILENT}}, FV_CAP_PIPELINE);
    send_some(2);
    x.pipeline.typical = FV_PIPELINE_WINDOW_MIN - 1;
    assert_true(fv_exchange_has_room(&x));
    x.pipeline.typical = FV_PIPELINE_WINDOW_MIN;
    assert_false(fv_exchange_has_room(&x));
    get_head(); /* three bytes are still to come */
    x.pipeline.typical = FV_PIPELINE_WINDOW_MIN - 4;
    assert_true(fv_exchange_has_room(&x));
    x.pipeline.typical = FV_PIPELINE_WINDOW_MIN - 3;
    assert_false(fv_exchange_has_room(&x));
    fv_exchange_close(&x);
}

/* What is wrong with a request is forgotten when the connection fails. */
static void test_the_fault_is_that_of_the_last_call(void **state)
{
    static const char *const responses[] = {"", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\none"};
    struct fv_request bad = request;
    (void)state;
    bad.accept = FV_SLICE("a\r\nb");
    for (size_t i = 0; i < COUNT(responses); i++) {
        const struct fv_head *head;
        uint64_t tag;
        start(&(struct peer){.sends = {responses[i]}, .end = {PEER_RESET}}, 4);
        send_some(1);
        if (i == 1) {
            get_head();
        }
        assert_int_equal(fv_exchange_send(&x, &bad, 1), FV_E_URL);
        assert_int_equal(x.fault.err, FV_E_URL);
        assert_int_equal(i == 0 ? fv_exchange_head(&x, &head, &tag) : get_content(), FV_E_RESET);
        assert_int_equal(x.fault.err, FV_E_RESET);
        assert_int_equal(x.fault.native, 77);
        fv_exchange_close(&x);
    }
    /* The end of a response that was skipped is no fault of the next connection. */
    start(&(struct peer){.sends = {PART, NULL}, .end = {PEER_RESET}, .step = sizeof PART - 1}, 1);
    send_some(1);
    get_head();
    fv_exchange_skip(&x);
    assert_int_equal(fv_exchange_pending(&x), 1);
    peer.pause_recv = false;
    assert_int_equal(fv_exchange_send(&x, &request, 1), FV_E_CONNECT);
    assert_int_equal(x.fault.native, 77);
    fv_exchange_close(&x);
}

/* A port that can't send ends all that is in flight, also where a request is only to make room. */
static void test_sending_fails(void **state)
{
    struct fv_request r = request;
    (void)state;
    memset(filler, 'a', sizeof filler);
    start(&(struct peer){.sends = {ONE}, .end = {PEER_SILENT}, .broken = true}, 4);
    send_some(1);
    r.accept = (struct fv_slice){filler, FV_CAP_REQUEST - 70};
    assert_int_equal(fv_exchange_send(&x, &r, 9), FV_E_NETWORK);
    assert_int_equal(x.fault.native, 77);
    assert_int_equal(fv_exchange_pending(&x), 0);
    assert_int_equal(peer.closed, 1);
    fv_exchange_close(&x);
}

/* What is no response behind a whole one may be more of that one, however long it is. */
static void test_too_long_behind_a_response(void **state)
{
    static char text[2 * FV_CAP_HEAD];
    static const struct {
        const char *begin;
        const char *lines; /* so often that it is too long */
        enum fv_err err;
    } rows[] = {
        {"HTTP/1.1 200 OK", "a", FV_E_HTTP_LINE},
        {"HTTP/1.1 200 OK\r\n", "X: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n", FV_E_HTTP_HEAD},
        {"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "",
         FV_E_HTTP_FRAMING},
    };
    (void)state;
    for (size_t i = 0; i < 2 * COUNT(rows); i++) {
        const struct fv_head *head;
        uint64_t tag;
        bool behind = i >= COUNT(rows);
        size_t row = i % COUNT(rows);
        size_t n = (size_t)snprintf(text, sizeof text, "%s%s", behind ? ONE : "", rows[row].begin);
        while (rows[row].lines[0] != 0 && n + 64 < sizeof text) {
            n += (size_t)snprintf(text + n, sizeof text - n, "%s", rows[row].lines);
        }
        start(&(struct peer){.sends = {text}, .end = {PEER_SILENT}}, 2);
        send_some(2);
        if (behind) {
            get_head();
            assert_int_equal(get_content(), FV_OK);
        }
        assert_int_equal(fv_exchange_head(&x, &head, &tag), rows[row].err);
        assert_int_equal(fv_exchange_blameless(&x), behind);
        fv_exchange_close(&x);
    }
}

/* Content that ended as a response begins, before any other one was asked for, says nothing. */
static void test_asked_behind_what_looks_like_a_response(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nHTTP/1."}}, 2);
    struct fv_slice content;
    send_some(1);
    get_head();
    assert_int_equal(fv_exchange_read(&x, &content), FV_PART);
    assert_int_equal(fv_exchange_send(&x, &request, 1), FV_OK);
    assert_int_equal(fv_exchange_read(&x, &content), FV_E_TRUNCATED);
    fv_exchange_close(&x);
}

/* --- Giving up --- */

/* So much is read on in a response that is given up; with more to come its connection is. */
static void test_how_much_is_skipped(void **state)
{
    static char text[4 * FV_EXCHANGE_SKIP];
    static const struct {
        size_t length; /* of the content */
        size_t first;  /* of it, that is read before */
        size_t chunk;  /* it comes in chunks of that size; 0: by Content-Length */
        unsigned connections;
    } rows[] = {
        {FV_EXCHANGE_SKIP, 0, 0, 1},
        {FV_EXCHANGE_SKIP + 1, 0, 0, 2},
        {FV_EXCHANGE_SKIP + 1, 1, 0, 1},
        {FV_EXCHANGE_SKIP + 1000, 999, 0, 2},
        {FV_EXCHANGE_SKIP + 1000, 1000, 0, 1},
        {FV_EXCHANGE_SKIP / 2, 0, 1024, 1},
        {2 * FV_EXCHANGE_SKIP, 0, 1024, 2},
        {FV_EXCHANGE_SKIP / FV_EXCHANGE_CHUNK - 8, 0, 1, 1}, /* the least a chunk counts for */
        {FV_EXCHANGE_SKIP / FV_EXCHANGE_CHUNK + 8, 0, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        char framing[40] = "Transfer-Encoding: chunked";
        if (rows[i].chunk == 0) {
            snprintf(framing, sizeof framing, "Content-Length: %zu", rows[i].length);
        }
        size_t n = (size_t)snprintf(text, sizeof text, "HTTP/1.1 404 No\r\n%s\r\n\r\n", framing);
        size_t head_len = n;
        size_t chunk = rows[i].chunk > 0 ? rows[i].chunk : rows[i].length;
        for (size_t at = 0; at < rows[i].length; at += chunk) {
            n += rows[i].chunk == 0 ? 0 : (size_t)snprintf(text + n, 16, "%zx\r\n", chunk);
            memset(text + n, 'x', chunk);
            n += chunk;
            n += rows[i].chunk == 0 ? 0 : (size_t)snprintf(text + n, 3, "\r\n");
        }
        snprintf(text + n, 8, "%s", rows[i].chunk == 0 ? "" : "0\r\n\r\n");
        start(&(struct peer){.sends = {text, ONE}, .end = {PEER_SILENT}, .after_request = true}, 1);
        send_some(1);
        peer.step = head_len + rows[i].first; /* what is there of it when it is given up */
        get_head();
        while (x.body.received < rows[i].first) {
            struct fv_slice content;
            assert_int_equal(fv_exchange_read(&x, &content), FV_PART);
        }
        peer.step = 0;
        peer.pause_recv = false;
        fv_exchange_skip(&x);
        assert_int_equal(fv_exchange_send(&x, &request, 1), FV_OK);
        if (peer.opened != rows[i].connections) {
            print_error("row %zu: %zu connections\n", i, peer.opened);
        }
        assert_int_equal(peer.opened, rows[i].connections);
        fv_exchange_close(&x);
    }
}

/* --- Waiting --- */

static void test_what_is_waited_for(void **state)
{
    (void)state;
    start(&(struct peer){.sends = {""}, .end = {PEER_SILENT}, .send_step = 30}, 1);
    const struct fv_head *head;
    uint64_t tag;
    send_some(1);
    assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    assert_int_equal(wanted(), FV_PORT_READ | FV_PORT_WRITE);
    while (x.out_end > 0) {
        peer.pause_send = false;
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
    }
    assert_int_equal(wanted(), FV_PORT_READ); /* it has been sent */
    fv_exchange_close(&x);
}

/* Silence, a response that is skipped and the command's end: what comes first. */
static void test_until_when(void **state)
{
    static const struct {
        uint32_t stall_ms;
        int64_t end_us;
        bool skips;
        int64_t want_us;
    } rows[] = {
        {STALL_MS, INT64_MAX, false, STALL_MS * 1000},
        {0, INT64_MAX, false, INT64_MAX}, /* no limit */
        {1, INT64_MAX, false, 1000},
        {STALL_MS, STALL_MS * 1000 - 1, false, STALL_MS * 1000 - 1},
        {STALL_MS, STALL_MS * 1000 + 1, false, STALL_MS * 1000},
        {0, INT64_MAX, true, FV_EXCHANGE_SKIP_MS * 1000},
        {0, FV_EXCHANGE_SKIP_MS * 1000 - 1, true, FV_EXCHANGE_SKIP_MS * 1000 - 1},
        {0, FV_EXCHANGE_SKIP_MS * 1000 + 1, true, FV_EXCHANGE_SKIP_MS * 1000},
        {FV_EXCHANGE_SKIP_MS - 1, INT64_MAX, true, FV_EXCHANGE_SKIP_MS * 1000 - 1000},
        {FV_EXCHANGE_SKIP_MS + 1, INT64_MAX, true, FV_EXCHANGE_SKIP_MS * 1000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fv_head *head;
        uint64_t tag;
        start(&(struct peer){.sends = {rows[i].skips ? PART : ""}, .end = {PEER_SILENT}}, 1);
        config.stall_timeout_ms = rows[i].stall_ms;
        config.deadline_us = rows[i].end_us;
        send_some(1);
        if (rows[i].skips) {
            get_head();
            fv_exchange_skip(&x);
        }
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        assert_int_equal(deadline(), rows[i].want_us);
        fv_exchange_close(&x);
    }
}

/* A head that has begun ends in time, or with the command. */
static void test_until_when_a_head_may_take(void **state)
{
    static const struct {
        uint32_t stall_ms;
        int64_t end_us, want_us;
    } rows[] = {
        {1, INT64_MAX, 3000},
        {2, 5000, 4000},
        {3, 4000, 4000},
        {0, 5000, 5000},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct fv_head *head;
        uint64_t tag;
        start(&(struct peer){.sends = {ONE}, .end = {PEER_SILENT}, .step = 1}, 1);
        config.stall_timeout_ms = rows[i].stall_ms;
        config.deadline_us = rows[i].end_us;
        send_some(1);
        peer.now_us = 2000;
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        assert_int_equal(deadline(), rows[i].want_us);
        fv_exchange_close(&x);
    }
}

/* Silence after a complete response belongs to the next one: the complete one is reported, and the
 * next one may still arrive. */
static void test_the_next_one_is_late(void **state)
{
    (void)state;
    for (int how = 0; how < 2; how++) {
        start(&(struct peer){.sends = {ONE ONE}, .end = {PEER_SILENT}, .step = sizeof ONE - 1}, 2);
        send_some(2);
        get_head();
        assert_int_equal(get_content(), FV_AGAIN);
        assert_int_equal(deadline(), STALL_MS * 1000);
        if (how == 0) {
            peer.now_us = STALL_MS * 1000; /* somebody else has waited */
        } else {
            assert_int_equal(fv_exchange_fail(&x, FV_E_TIMEOUT), FV_OK);
        }
        assert_int_equal(get_content(), FV_OK);
        assert_int_equal(fv_exchange_pending(&x), 1);
        peer.pause_recv = false;
        get_head();
        assert_int_equal(get_content(), FV_OK);
        assert_int_equal(peer.opened, 1);
        assert_int_equal(peer.closed, 0);
        fv_exchange_close(&x);
    }
}

/* Another end of waiting is that of all that is in flight. */
static void test_what_waiting_ends_with(void **state)
{
    static const struct {
        bool whole; /* the first response is there, and the next one is waited for */
        enum fv_err err, want;
    } rows[] = {
        {true, FV_E_TIMEOUT, FV_OK},
        {true, FV_E_NETWORK, FV_E_NETWORK},
        {true, FV_E_CANCELLED, FV_E_CANCELLED},
        {false, FV_E_TIMEOUT, FV_E_TIMEOUT},
        {false, FV_E_NETWORK, FV_E_NETWORK},
        {false, FV_E_CANCELLED, FV_E_CANCELLED},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&(struct peer){.sends = {rows[i].whole ? ONE : ONE " HTTP"},
                             .end = {PEER_SILENT},
                             .step = sizeof ONE - (rows[i].whole ? 1 : 2)},
              2);
        send_some(2);
        get_head();
        assert_int_equal(get_content(), FV_AGAIN);
        assert_int_equal(fv_exchange_fail(&x, rows[i].err), rows[i].want);
        assert_int_equal(x.fault.err, rows[i].want);
        assert_int_equal(fv_exchange_pending(&x), rows[i].want == FV_OK ? 2 : 0);
        assert_int_equal(peer.closed, rows[i].want == FV_OK ? 0 : 1);
        fv_exchange_close(&x);
    }
}

/* A response that is skipped is searched too: one that announces content which does not come would
 * take the bytes of the next one. */
static void test_the_next_one_in_what_is_skipped(void **state)
{
    static const struct {
        const char *title, *response;
        size_t asked, left; /* requests, and those still in flight behind it */
    } rows[] = {
        {"as long as the next one", "HTTP/1.1 404 N\r\nContent-Length: 41\r\n\r\n" ONE ONE, 3, 0},
        {"longer", "HTTP/1.1 404 N\r\nContent-Length: 60\r\n\r\n" ONE ONE, 3, 0},
        {"its own", "HTTP/1.1 404 N\r\nContent-Length: 4\r\n\r\nnone" ONE ONE, 3, 2},
        {"its own, and nothing else", "HTTP/1.1 404 N\r\nContent-Length: 9\r\n\r\nHTTP/1.1.", 1, 0},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        start(&(struct peer){.sends = {rows[i].response}, .end = {PEER_SILENT}}, 3);
        send_some(rows[i].asked);
        get_head();
        fv_exchange_skip(&x);
        if (fv_exchange_pending(&x) != rows[i].left) {
            print_error("%s: %zu in flight\n", rows[i].title, fv_exchange_pending(&x));
        }
        assert_int_equal(fv_exchange_pending(&x), rows[i].left);
        assert_int_equal(peer.closed, rows[i].left > 0 || rows[i].asked == 1 ? 0 : 1);
        fv_exchange_close(&x);
    }
}

/* --- What the caller has to keep to --- */

static void misuse(int how)
{
    const struct fv_head *head;
    struct fv_slice content;
    uint64_t tag;
    enum fv_err err = FV_OK;
    switch (how) {
    case 0:
        x.pipeline.depth = 0;
        err = fv_exchange_send(&x, &request, 0);
        break;
    case 1:
        x.pipeline.depth = FV_CAP_PIPELINE + 1;
        err = fv_exchange_send(&x, &request, 0);
        break;
    case 2: /* no head was read */
        err = fv_exchange_read(&x, &content);
        break;
    case 3:
        fv_exchange_skip(&x);
        break;
    case 4: /* it was given up */
        get_head();
        fv_exchange_skip(&x);
        err = fv_exchange_read(&x, &content);
        break;
    default: /* the content was read in part */
        get_head();
        err = fv_exchange_read(&x, &content);
        err = fv_exchange_head(&x, &head, &tag);
        break;
    }
    (void)err;
}

static void test_misuse_ends_the_program(void **state)
{
    (void)state;
    for (int how = 0; how < 6; how++) {
        start(&(struct peer){.sends = {PART}, .end = {PEER_SILENT}}, 1);
        send_some(1);
        pid_t child = fork();
        if (child == 0) {
            signal(SIGABRT, SIG_DFL); /* cmocka's */
            close(STDERR_FILENO);
            misuse(how);
            _exit(0);
        }
        int status = 0;
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
        fv_exchange_close(&x);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_secret_stays),
        cmocka_unit_test(test_requests_travel_together),
        cmocka_unit_test(test_one_piece_at_first),
        cmocka_unit_test(test_times_of_a_server),
        cmocka_unit_test(test_others_before_it_are_not_the_way),
        cmocka_unit_test(test_a_server_that_ends_its_connections),
        cmocka_unit_test(test_as_many_as_a_connection_gives),
        cmocka_unit_test(test_response_before_the_whole_request),
        cmocka_unit_test(test_no_room_in_mid_response),
        cmocka_unit_test(test_another_origin_waits),
        cmocka_unit_test(test_room_to_the_byte),
        cmocka_unit_test(test_the_fault_is_that_of_the_last_call),
        cmocka_unit_test(test_sending_fails),
        cmocka_unit_test(test_too_long_behind_a_response),
        cmocka_unit_test(test_asked_behind_what_looks_like_a_response),
        cmocka_unit_test(test_how_much_is_skipped),
        cmocka_unit_test(test_what_is_waited_for),
        cmocka_unit_test(test_until_when),
        cmocka_unit_test(test_until_when_a_head_may_take),
        cmocka_unit_test(test_the_next_one_is_late),
        cmocka_unit_test(test_what_waiting_ends_with),
        cmocka_unit_test(test_the_next_one_in_what_is_skipped),
        cmocka_unit_test(test_misuse_ends_the_program),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
