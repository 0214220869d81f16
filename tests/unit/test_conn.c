/* SPDX-License-Identifier: MIT */
/* A connection: what ends a handshake, which error a time-out gives, and which events are waited
 * for. TLS is replaced by a script. */
#include "net/conn.h"

#include "peer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define TIMEOUT_MS 5000

/* --- In the place of net/tls.c --- */

static struct {
    unsigned rounds; /* of a handshake, that wait */
    uint8_t wants;   /* what they wait for */
    int64_t step_us; /* that each takes */
    enum fv_err ends, recv, send;
    bool cancel;    /* the user stops when it begins */
    unsigned again; /* times that another handshake is worth it */
    unsigned opened, late, ended;
} tls;

static struct peer peer;
static struct fv_net_config config;
static struct fv_net_fault fault;
static struct fv_conn conn;
static union fv_conn_room room;

void fv_tls_init(struct fv_tls *t, const struct fv_net_config *c)
{
    t->config = c;
}

void fv_tls_close(struct fv_tls *t)
{
    (void)t;
}

void fv_tls_forget(struct fv_tls *t)
{
    (void)t;
}

void fv_tls_share(struct fv_tls *t, const struct fv_tls *keeper)
{
    (void)t, (void)keeper;
}

enum fv_err fv_tls_open(struct fv_tls *t, const char *host, int sock, struct fv_net_fault *f)
{
    (void)t, (void)host, (void)sock, (void)f;
    tls.opened++;
    peer.cancel = tls.cancel;
    return FV_OK;
}

enum fv_err fv_tls_handshake(struct fv_tls *t, uint8_t *want, struct fv_net_fault *f)
{
    (void)t;
    peer.now_us += tls.step_us;
    if (tls.rounds > 0) {
        tls.rounds--;
        *want = tls.wants;
        return FV_AGAIN;
    }
    return tls.ends == FV_OK ? FV_OK : fv_net_fault_set(f, tls.ends, 5);
}

void fv_tls_late(struct fv_tls *t)
{
    (void)t;
    tls.late++;
}

bool fv_tls_again(struct fv_tls *t)
{
    (void)t;
    return tls.again > 0 && tls.again-- > 0;
}

static enum fv_err act(enum fv_err err, size_t *n, uint8_t *want, uint8_t direction)
{
    if (err == FV_AGAIN) {
        *want = direction;
    } else {
        *n = 1;
    }
    return err;
}

enum fv_err fv_tls_send(struct fv_tls *t, struct fv_slice bytes, size_t *sent, uint8_t *want,
                        struct fv_net_fault *f)
{
    (void)t, (void)bytes, (void)f;
    return act(tls.send, sent, want, FV_PORT_WRITE);
}

enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *f)
{
    (void)t, (void)p, (void)n, (void)f;
    return act(tls.recv, got, want, FV_PORT_READ);
}

void fv_tls_end(struct fv_tls *t)
{
    (void)t;
    tls.ended++;
}

/* --- The connection --- */

/* Open it, waiting where that is asked for. */
static enum fv_err open_and_wait(const struct fv_url *url)
{
    enum fv_err err;
    while ((err = fv_conn_open(&conn, url, "h")) == FV_AGAIN) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        int64_t until_us = INT64_MAX;
        assert_true(fv_conn_is_opening(&conn) && !fv_conn_is_open(&conn));
        size_t count = fv_conn_event(&conn, events, &until_us);
        err = peer.net.wait(&peer, events, count, until_us);
        if (err != FV_OK) {
            return fv_conn_fail(&conn, err);
        }
    }
    return err;
}

static enum fv_err open_conn(bool https)
{
    const struct fv_url url = {.https = https, .host = {"h", 1}, .port = 443};
    peer_init(&peer);
    config = (struct fv_net_config){.port = &peer.port,
                                    .connect_timeout_ms = TIMEOUT_MS,
                                    .deadline_us = INT64_MAX};
    fault = (struct fv_net_fault){.err = FV_OK};
    fv_conn_init(&conn, &config, &fault, &room);
    return open_and_wait(&url);
}

static void begin(enum peer_end end)
{
    memset(&tls, 0, sizeof tls);
    peer = (struct peer){.sends = {"", "", "", ""}, .end = {end, end, end, end}};
}

/* --- Handshakes --- */

static const struct {
    const char *title;
    unsigned rounds;
    uint8_t wants;
    int64_t step_us;
    enum fv_err ends;
    bool cancel, silent;
    enum fv_err err;
    int32_t native;
    unsigned late, waits;
} handshakes[] = {
    {"at once", .err = FV_OK},
    {"after two waits", 2, FV_PORT_READ, .err = FV_OK, .waits = 2},
    {"refused", 1, FV_PORT_READ, .ends = FV_E_TLS_TRUST, .err = FV_E_TLS_TRUST, .native = 5,
     .waits = 1},
    {"the user stops", 9, FV_PORT_READ, .cancel = true, .err = FV_E_CANCELLED, .native = 77,
     .waits = 1},
    {"silence", 9, FV_PORT_READ, .silent = true, .err = FV_E_TIMEOUT, .late = 1, .waits = 1},
    {"alerts without end", 9, FV_PORT_READ, 1000000, .err = FV_E_TIMEOUT, .late = 1, .waits = 4},
    {"alerts that end in time", 4, FV_PORT_READ, 1000000, .err = FV_OK, .waits = 4},
    {"it takes what is sent", 2, FV_PORT_WRITE, .silent = true, .err = FV_OK, .waits = 2},
};

static void test_how_a_handshake_ends(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof handshakes / sizeof handshakes[0]; i++) {
        begin(handshakes[i].silent ? PEER_SILENT : PEER_FIN);
        tls.rounds = handshakes[i].rounds;
        tls.wants = handshakes[i].wants;
        tls.step_us = handshakes[i].step_us;
        tls.ends = handshakes[i].ends;
        tls.cancel = handshakes[i].cancel;
        enum fv_err err = open_conn(true);
        if (err != handshakes[i].err || tls.late != handshakes[i].late ||
            peer.waits != handshakes[i].waits || fault.native != handshakes[i].native) {
            print_error("%s: %d, native %d, %u late, %zu waits\n", handshakes[i].title, err,
                        (int)fault.native, tls.late, peer.waits);
            fail();
        }
        assert_int_equal(fault.err, err);
        assert_int_equal(fv_conn_is_open(&conn), err == FV_OK);
        assert_int_equal(peer.closed, err != FV_OK);
        assert_int_equal(tls.ended, err != FV_OK);
        fv_conn_end(&conn);
        assert_int_equal(peer.closed, 1);
    }
}

/* As often as TLS says that another one is worth it, in the time that there is for all of them. */
static void test_another_handshake(void **state)
{
    (void)state;
    begin(PEER_FIN);
    tls.ends = FV_E_TLS;
    tls.again = 2;
    assert_int_equal(open_conn(true), FV_E_TLS);
    assert_int_equal(fault.native, 5);
    assert_int_equal(tls.opened, 3);
    assert_int_equal(peer.opened, 3);
    assert_int_equal(peer.closed, 3);
    begin(PEER_FIN);
    tls.again = 1; /* of one that has worked nobody asks */
    assert_int_equal(open_conn(true), FV_OK);
    assert_int_equal(tls.opened, 1);
    fv_conn_end(&conn);
}

/* --- What is waited for --- */

static struct fv_port_event event(void)
{
    struct fv_port_event e;
    int64_t until_us = INT64_MAX;
    assert_int_equal(fv_conn_event(&conn, &e, &until_us), 1);
    return e;
}

static uint8_t wanted(void)
{
    return event().want;
}

static void test_what_is_waited_for(void **state)
{
    uint8_t byte;
    size_t n = 0;
    (void)state;
    for (unsigned https = 0; https < 2; https++) {
        begin(PEER_SILENT);
        tls.send = tls.recv = FV_AGAIN;
        assert_int_equal(open_conn(https == 1), FV_OK);
        peer.pause_send = true;
        assert_int_equal(wanted(), 0);
        assert_int_equal(event().sock, 0);
        assert_int_equal(fv_conn_recv(&conn, &byte, 1, &n), FV_AGAIN);
        assert_int_equal(wanted(), FV_PORT_READ);
        assert_int_equal(fv_conn_send(&conn, FV_SLICE("x"), &n), FV_AGAIN);
        assert_int_equal(wanted(), FV_PORT_READ | FV_PORT_WRITE);
        fv_conn_hold(&conn);
        assert_int_equal(wanted(), FV_PORT_WRITE);
        peer.pause_send = false;
        tls.send = FV_OK;
        assert_int_equal(fv_conn_send(&conn, FV_SLICE("x"), &n), FV_OK);
        assert_int_equal(n, 1);
        assert_int_equal(wanted(), 0);
        assert_int_equal(fv_conn_recv(&conn, &byte, 1, &n), FV_AGAIN);
        peer.sends[0] = "y";
        tls.recv = FV_OK;
        assert_int_equal(fv_conn_recv(&conn, &byte, 1, &n), FV_OK);
        assert_int_equal(wanted(), 0);
        /* Of one that was closed nothing is left. */
        peer.pause_send = true;
        tls.send = tls.recv = FV_AGAIN;
        assert_int_equal(fv_conn_recv(&conn, &byte, 1, &n), FV_AGAIN);
        assert_int_equal(fv_conn_send(&conn, FV_SLICE("x"), &n), FV_AGAIN);
        fv_conn_close(&conn);
        fv_conn_close(&conn);
        assert_int_equal(wanted(), 0);
        assert_int_equal(peer.closed, 1);
        assert_int_equal(tls.ended, https);
        assert_int_equal(event().sock, -1);
        fv_conn_end(&conn);
    }
}

/* One that was secure and is opened without TLS has none. */
static void test_plain_after_tls(void **state)
{
    const struct fv_url url = {.host = {"h", 1}, .port = 80};
    size_t sent = 0;
    (void)state;
    begin(PEER_SILENT);
    assert_int_equal(open_conn(true), FV_OK);
    fv_conn_close(&conn);
    assert_int_equal(open_and_wait(&url), FV_OK);
    assert_int_equal(fv_conn_send(&conn, FV_SLICE("plain"), &sent), FV_OK);
    assert_int_equal(peer.sent_len, 5);
    fv_conn_close(&conn);
    assert_int_equal(tls.ended, 1);
    fv_conn_end(&conn);
}

/* --- The way through a proxy --- */

static enum fv_err (*resolve_with)(void *, const char *, uint16_t, struct fv_port_addr *, size_t,
                                   size_t *, int64_t);
static enum fv_err resolve_err;
static int64_t resolve_us;

static enum fv_err resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                           size_t cap, size_t *count, int64_t deadline_us)
{
    if (resolve_err == FV_OK) {
        return resolve_with(ctx, host, port, out, cap, count, deadline_us);
    }
    peer.now_us = resolve_us > 0 ? resolve_us : peer.now_us;
    return resolve_err;
}

/* A failure before the tunnel is open is attributed to the proxy, except one of this machine and
 * the end of the command's time. */
static void test_a_proxy_that_is_not_there(void **state)
{
    static const struct {
        const char *no_proxy;
        enum fv_err fails;
        int64_t at_us, deadline_us;
        enum fv_err err;
        const char *subject, *asked;
    } rows[] = {
        {"", FV_E_RESOLVE, 0, INT64_MAX, FV_E_PROXY_DOWN, "q:3128", ""},
        {"", FV_E_TIMEOUT, 5000000, INT64_MAX, FV_E_PROXY_DOWN, "q:3128", ""},
        {"", FV_E_TIMEOUT, 5000000, 5000000, FV_E_TIMEOUT, "q:3128", ""},
        {"", FV_E_NETWORK, 0, INT64_MAX, FV_E_NETWORK, "q:3128", ""},
        {"", FV_E_CANCELLED, 0, INT64_MAX, FV_E_CANCELLED, "q:3128", ""},
        {"", FV_OK, 0, INT64_MAX, FV_E_PROXY_DOWN, "q:3128", "q"},
        {"i", FV_OK, 0, INT64_MAX, FV_E_PROXY_DOWN, "q:3128", "q"},
        {"h:80", FV_OK, 0, INT64_MAX, FV_E_PROXY_DOWN, "q:3128", "q"},
        /* the host itself */
        {"h", FV_OK, 0, INT64_MAX, FV_E_CONNECT, "", "h"},
        {"i,h:443", FV_OK, 0, INT64_MAX, FV_E_CONNECT, "", "h"},
        {"*", FV_E_RESOLVE, 0, INT64_MAX, FV_E_RESOLVE, "", ""},
    };
    const struct fv_url url = {.https = true, .host = {"h", 1}, .port = 443};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        begin(PEER_FIN);
        peer.sends[0] = NULL; /* connecting is refused */
        peer_init(&peer);
        resolve_with = peer.net.resolve;
        resolve_err = rows[i].fails;
        resolve_us = rows[i].at_us;
        peer.net.resolve = resolve;
        config = (struct fv_net_config){.port = &peer.port,
                                        .connect_timeout_ms = TIMEOUT_MS,
                                        .deadline_us = rows[i].deadline_us,
                                        .proxy = true,
                                        .proxy_url = {.host = {"q", 1}, .port = 3128},
                                        .proxy_name = FV_SLICE("q:3128"),
                                        .no_proxy = fv_slice_of(rows[i].no_proxy)};
        fault = (struct fv_net_fault){.err = FV_OK};
        fv_conn_init(&conn, &config, &fault, &room);
        enum fv_err err = open_and_wait(&url);
        if (err != rows[i].err || fault.err != err ||
            !fv_slice_eq(fault.subject, fv_slice_of(rows[i].subject)) ||
            strcmp(peer.asked, rows[i].asked) != 0) {
            print_error("%zu: %d, fault %d, asked '%s'\n", i, err, fault.err, peer.asked);
            fail();
        }
        fv_conn_end(&conn);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_how_a_handshake_ends),      cmocka_unit_test(test_another_handshake),
        cmocka_unit_test(test_what_is_waited_for),        cmocka_unit_test(test_plain_after_tls),
        cmocka_unit_test(test_a_proxy_that_is_not_there),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
