/* SPDX-License-Identifier: MIT */
/*
 * The lwIP port on this machine: sockets and waits, the same cases as test_port_net.c;
 * test_port_lwip_names.c has names and time. The peer is lwIP as well, behind the loop of its own
 * interface, and is driven by the port's calls like everything else.
 */
#include "port/lwip/lwip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <lwip/priv/tcp_priv.h>
#include <lwip/timeouts.h>
#include <cmocka.h>

#define SECOND 1000000

static struct fv_lwip stack;
static const struct fv_port_net *net = &stack.net;
static int64_t cancel_at = INT64_MAX;

/* --- A machine: time that runs, an interface that nothing comes from --- */

static int64_t now(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

static int cancelled(void *ctx)
{
    return now(ctx) >= cancel_at;
}

static enum fv_err fill(void *ctx, uint8_t *p, size_t n)
{
    static uint32_t state = 1;

    (void)ctx;
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        p[i] = (uint8_t)(state >> 24);
    }
    return FV_OK;
}

static const struct fv_port_clock timer = {.now = now, .cancelled = cancelled};
static const struct fv_port_entropy entropy = {.fill = fill};

static err_t swallow(struct netif *netif, struct pbuf *p)
{
    (void)netif;
    (void)p;
    return ERR_OK;
}

static err_t to_nobody(struct netif *netif, struct pbuf *p, const ip4_addr_t *to)
{
    (void)to;
    return swallow(netif, p);
}

static err_t link_init(struct netif *netif)
{
    netif->hwaddr_len = 6;
    netif->mtu = 1500;
    netif->output = to_nobody;
    netif->linkoutput = swallow;
    return ERR_OK;
}

static bool flood; /* there is always another frame */
static size_t slept;

static bool poll_wire(struct netif *netif)
{
    (void)netif;
    return flood;
}

static void sleep_a_little(void)
{
    slept++;
}

static const struct fv_lwip_link wire = {.init = link_init,
                                         .poll = poll_wire,
                                         .idle = sleep_a_little};

static int64_t in(int64_t us)
{
    return now(NULL) + us;
}

/* --- A server, in the same stack --- */

static struct {
    struct tcp_pcb *listener, *pcb;
    char got[64];
    size_t length;
    size_t total;
    bool hold; /* takes nothing: its window fills */
    struct pbuf *held;
    bool ended;
} peer;

static err_t peer_received(void *arg, struct tcp_pcb *pcb, struct pbuf *p, err_t err)
{
    (void)arg;
    (void)err;
    if (p == NULL) {
        peer.ended = true;
        return ERR_OK;
    }
    if (peer.hold) {
        return ERR_MEM; /* refused: lwIP offers it again */
    }
    if (peer.length + p->tot_len <= sizeof peer.got) {
        pbuf_copy_partial(p, peer.got + peer.length, p->tot_len, 0);
        peer.length += p->tot_len;
    }
    peer.total += p->tot_len;
    tcp_recved(pcb, p->tot_len);
    pbuf_free(p);
    return ERR_OK;
}

static void peer_lost(void *arg, err_t err)
{
    (void)arg;
    (void)err;
    peer.pcb = NULL;
}

static err_t peer_accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    peer.pcb = pcb;
    tcp_recv(pcb, peer_received);
    tcp_err(pcb, peer_lost);
    return ERR_OK;
}

static struct fv_port_addr serve(void)
{
    static uint16_t port = 4000;
    struct tcp_pcb *pcb = tcp_new();

    memset(&peer, 0, sizeof peer);
    port++;
    assert_int_equal(tcp_bind(pcb, netif_ip_addr4(stack.stack.netif), port), ERR_OK);
    peer.listener = tcp_listen(pcb);
    assert_non_null(peer.listener);
    tcp_accept(peer.listener, peer_accepted);
    return (struct fv_port_addr){.family = 4, .bytes = {192, 0, 2, 1}, .port = port};
}

static void stop_serving(void)
{
    if (peer.pcb != NULL) {
        tcp_abort(peer.pcb);
    }
    tcp_close(peer.listener);
}

static enum fv_err wait_for(int sock, uint8_t want, int64_t us)
{
    struct fv_port_event event = {.sock = sock, .want = want};
    enum fv_err err = net->wait(net->ctx, &event, 1, in(us));

    if (err == FV_OK)
        assert_int_equal(event.ready & want, want);
    return err;
}

static enum fv_err finish_connecting(int sock)
{
    enum fv_err err;

    while ((err = net->connected(net->ctx, sock)) == FV_AGAIN)
        assert_int_equal(wait_for(sock, FV_PORT_WRITE, 5 * SECOND), FV_OK);
    return err;
}

static int connect_pair(void)
{
    struct fv_port_addr addr = serve();
    int sock = -1;

    assert_int_equal(net->open(net->ctx, &addr, &sock), FV_OK);
    assert_int_equal(net->connected(net->ctx, sock), FV_AGAIN);
    assert_int_equal(finish_connecting(sock), FV_OK);
    while (peer.pcb == NULL)
        assert_int_equal(fv_lwip_sleep(&stack, in(1000)), FV_OK);
    return sock;
}

/* --- Connections --- */

static void test_exchange(void **state)
{
    uint8_t bytes[8];
    size_t n = 0;
    int sock = connect_pair();

    (void)state;
    assert_int_equal(net->recv(net->ctx, sock, bytes, sizeof bytes, &n), FV_AGAIN);
    assert_int_equal(net->send(net->ctx, sock, (const uint8_t *)"ping", 4, &n), FV_OK);
    assert_int_equal(n, 4);
    while (peer.length < 4)
        assert_int_equal(fv_lwip_sleep(&stack, in(1000)), FV_OK);
    assert_memory_equal(peer.got, "ping", 4);
    assert_int_equal(tcp_write(peer.pcb, "answer", 6, TCP_WRITE_FLAG_COPY), ERR_OK);
    tcp_output(peer.pcb);
    assert_int_equal(wait_for(sock, FV_PORT_READ, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, sock, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 4);
    assert_memory_equal(bytes, "answ", 4);
    assert_int_equal(net->recv(net->ctx, sock, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(bytes, "er", 2);
    assert_int_equal(net->connected(net->ctx, sock), FV_OK);
    tcp_close(peer.pcb);
    peer.pcb = NULL;
    assert_int_equal(wait_for(sock, FV_PORT_READ, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, sock, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 0);
    net->close(net->ctx, sock);
    stop_serving();
}

static void test_refused(void **state)
{
    struct fv_port_addr addr = {.family = 4, .bytes = {192, 0, 2, 1}, .port = 9};
    int sock = -1;

    (void)state;
    assert_int_equal(net->open(net->ctx, &addr, &sock), FV_OK);
    assert_int_equal(finish_connecting(sock), FV_E_CONNECT);
    assert_int_equal(net->connected(net->ctx, sock), FV_E_CONNECT);
    assert_int_equal(net->last_error(net->ctx), ERR_RST);
    net->close(net->ctx, sock);
    addr.family = 6;
    assert_int_equal(net->open(net->ctx, &addr, &sock), FV_E_NETWORK);
}

/* Bytes that came before the break are read first. */
static void test_reset(void **state)
{
    uint8_t bytes[4];
    size_t n = 99;
    int sock = connect_pair();

    (void)state;
    assert_int_equal(tcp_write(peer.pcb, "ab", 2, TCP_WRITE_FLAG_COPY), ERR_OK);
    tcp_output(peer.pcb);
    assert_int_equal(wait_for(sock, FV_PORT_READ, 5 * SECOND), FV_OK);
    tcp_abort(peer.pcb);
    peer.pcb = NULL;
    assert_int_equal(fv_lwip_sleep(&stack, in(5000)), FV_OK);
    assert_int_equal(wait_for(sock, FV_PORT_READ | FV_PORT_WRITE, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, sock, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 2);
    n = 99;
    assert_int_equal(net->recv(net->ctx, sock, bytes, 4, &n), FV_E_RESET);
    assert_int_equal(net->last_error(net->ctx), ERR_RST);
    assert_int_equal(net->send(net->ctx, sock, bytes, 1, &n), FV_E_RESET);
    assert_int_equal(n, 99);
    net->close(net->ctx, sock);
    stop_serving();
}

static void test_full_window(void **state)
{
    static uint8_t bytes[65536];
    size_t n, total = 0;
    int sock = connect_pair();
    enum fv_err err;

    (void)state;
    peer.hold = true;
    while ((err = net->send(net->ctx, sock, bytes, sizeof bytes, &n)) == FV_OK) {
        total += n;
        assert_int_equal(fv_lwip_sleep(&stack, in(2000)), FV_OK);
        assert_true(total < sizeof bytes);
    }
    assert_int_equal(err, FV_AGAIN);
    assert_true(total > 0);
    assert_int_equal(wait_for(sock, FV_PORT_WRITE, 20000), FV_E_TIMEOUT);
    peer.hold = false;
    assert_int_equal(wait_for(sock, FV_PORT_WRITE, 20 * SECOND), FV_OK);
    assert_int_equal(net->send(net->ctx, sock, bytes, 1, &n), FV_OK);
    while (peer.total < total + 1)
        assert_int_equal(fv_lwip_sleep(&stack, in(1000)), FV_OK);
    net->close(net->ctx, sock);
    stop_serving();
}

/* More than the window at once: it is given in pieces, none is lost. */
static void test_large_answer(void **state)
{
    static uint8_t sent[20000], got[20000];
    size_t put = 0, taken = 0;
    int sock = connect_pair();

    (void)state;
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 7 + i / 256);
    while (taken < sizeof got) {
        size_t n = tcp_sndbuf(peer.pcb);

        n = n < sizeof sent - put ? n : sizeof sent - put;
        if (n > 0 && tcp_write(peer.pcb, sent + put, (u16_t)n, TCP_WRITE_FLAG_COPY) == ERR_OK) {
            put += n;
            tcp_output(peer.pcb);
        }
        if (net->recv(net->ctx, sock, got + taken, 700, &n) == FV_OK) {
            assert_true(n > 0);
            taken += n;
        } else {
            (void)wait_for(sock, FV_PORT_READ, 10000);
        }
    }
    assert_memory_equal(sent, got, sizeof got);
    net->close(net->ctx, sock);
    stop_serving();
}

static void test_bad_socket(void **state)
{
    uint8_t byte = 0;
    size_t n;

    (void)state;
    assert_int_equal(net->recv(net->ctx, 9999, &byte, 1, &n), FV_E_NETWORK);
    assert_int_equal(net->send(net->ctx, -1, &byte, 1, &n), FV_E_NETWORK);
    assert_int_equal(net->last_error(net->ctx), ERR_ARG);
    net->close(net->ctx, 0);
}

static void test_all_sockets_in_use(void **state)
{
    struct fv_port_addr addr = serve();
    int sock[FV_LWIP_SOCKETS], more;

    (void)state;
    for (size_t i = 0; i < FV_LWIP_SOCKETS; i++)
        assert_int_equal(net->open(net->ctx, &addr, &sock[i]), FV_OK);
    assert_int_equal(net->open(net->ctx, &addr, &more), FV_E_NETWORK);
    assert_int_equal(net->last_error(net->ctx), ERR_MEM);
    for (size_t i = 0; i < FV_LWIP_SOCKETS; i++)
        net->close(net->ctx, sock[i]);
    assert_int_equal(net->open(net->ctx, &addr, &more), FV_OK);
    net->close(net->ctx, more);
    stop_serving();
}

static struct tcp_pcb *accepted[16];
static size_t accepted_count;

static err_t accept_another(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)arg;
    (void)err;
    accepted[accepted_count++] = pcb;
    tcp_recv(pcb, peer_received);
    tcp_err(pcb, peer_lost);
    return ERR_OK;
}

/* Connections that were closed on this side only take no place: there are more of them than lwIP
 * has control blocks. */
static void test_peers_that_do_not_close(void **state)
{
    struct fv_port_addr addr = serve();
    int sock = -1;

    (void)state;
    tcp_accept(peer.listener, accept_another);
    for (size_t i = 0; i < MEMP_NUM_TCP_PCB / 2 + 2; i++) {
        assert_int_equal(net->open(net->ctx, &addr, &sock), FV_OK);
        assert_int_equal(finish_connecting(sock), FV_OK);
        while (accepted_count <= i)
            assert_int_equal(fv_lwip_sleep(&stack, in(1000)), FV_OK);
        net->close(net->ctx, sock);
        assert_int_equal(fv_lwip_sleep(&stack, in(1000)), FV_OK);
    }
    for (struct tcp_pcb *pcb = tcp_active_pcbs, *next; pcb != NULL; pcb = next) {
        next = pcb->next;
        tcp_abort(pcb);
    }
    stop_serving();
}

/* --- Waiting --- */

static void test_deadlines(void **state)
{
    int sock = connect_pair();
    int64_t begun = in(0);

    (void)state;
    assert_int_equal(wait_for(sock, FV_PORT_READ, 30000), FV_E_TIMEOUT);
    assert_true(in(0) - begun >= 30000);
    begun = in(0);
    assert_int_equal(wait_for(sock, FV_PORT_READ, -SECOND), FV_E_TIMEOUT);
    assert_int_equal(net->wait(net->ctx, NULL, 0, 0), FV_E_TIMEOUT);
    assert_true(in(0) - begun < SECOND);
    assert_int_equal(wait_for(sock, FV_PORT_WRITE, -SECOND), FV_OK);
    net->close(net->ctx, sock);
    stop_serving();
}

static void test_cancel(void **state)
{
    int sock = connect_pair();
    int64_t begun = in(0);

    (void)state;
    cancel_at = in(30000);
    assert_int_equal(wait_for(sock, FV_PORT_READ, 10 * SECOND), FV_E_CANCELLED);
    assert_true(in(0) - begun < 5 * SECOND);
    assert_int_equal(wait_for(sock, FV_PORT_WRITE, SECOND), FV_E_CANCELLED);
    assert_int_equal(fv_lwip_sleep(&stack, in(10 * SECOND)), FV_E_CANCELLED);
    cancel_at = INT64_MAX;
    net->close(net->ctx, sock);
    stop_serving();
}

static void count_up(void *arg)
{
    (*(size_t *)arg)++;
    sys_timeout(5, count_up, arg);
}

/* Deadlines are kept, timers run, whoever asks to stop is heard; but there is no time to sleep. */
static void test_frames_without_end(void **state)
{
    size_t ticks = 0;
    int sock = connect_pair();
    int64_t begun = in(0);

    (void)state;
    sys_timeout(5, count_up, &ticks);
    flood = true;
    slept = 0;
    assert_int_equal(wait_for(sock, FV_PORT_READ, 50000), FV_E_TIMEOUT);
    assert_int_equal(fv_lwip_sleep(&stack, in(50000)), FV_OK);
    assert_true(ticks >= 4);
    cancel_at = in(30000);
    assert_int_equal(wait_for(sock, FV_PORT_READ, 10 * SECOND), FV_E_CANCELLED);
    cancel_at = INT64_MAX;
    assert_int_equal(slept, 0);
    flood = false;
    assert_int_equal(wait_for(sock, FV_PORT_READ, 1000), FV_E_TIMEOUT);
    assert_true(slept > 0 && in(0) - begun < 5 * SECOND);
    sys_untimeout(count_up, &ticks);
    net->close(net->ctx, sock);
    stop_serving();
}

static int setup(void **state)
{
    struct fv_lwip_address address;

    (void)state;
    IP4_ADDR(&address.address, 192, 0, 2, 1);
    IP4_ADDR(&address.mask, 255, 255, 255, 0);
    IP4_ADDR(&address.gateway, 192, 0, 2, 254);
    IP4_ADDR(&address.dns, 192, 0, 2, 1);
    if (fv_lwip_open(&stack, &wire, &timer, &entropy, &address) != FV_OK) {
        return -1;
    }
    return fv_lwip_up(&stack, in(SECOND)) == FV_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_exchange),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_reset),
        cmocka_unit_test(test_full_window),
        cmocka_unit_test(test_large_answer),
        cmocka_unit_test(test_bad_socket),
        cmocka_unit_test(test_all_sockets_in_use),
        cmocka_unit_test(test_peers_that_do_not_close),
        cmocka_unit_test(test_deadlines),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_frames_without_end),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
