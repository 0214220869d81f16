/* SPDX-License-Identifier: MIT */
/*
 * A program that already runs lwIP passes it to the port: its own clock for lwIP, its own interface
 * and timers, its own name servers. If anything of own.c were needed, it would be defined twice,
 * and this program would not link.
 */
#include "port/lwip/lwip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

#include <lwip/dns.h>
#include <lwip/init.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <cmocka.h>

#define SECOND 1000000

/* --- The program --- */

static struct netif interface;
static size_t turns, rests, ticks;

static int64_t now(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * SECOND + t.tv_nsec / 1000;
}

u32_t sys_now(void)
{
    return (u32_t)(now(NULL) / 1000);
}

uint32_t fv_lwip_rand(void)
{
    return 4; /* chosen by a dice */
}

void dns_init(void)
{
}

void dns_tmr(void)
{
}

void dns_setserver(u8_t i, const ip_addr_t *address)
{
    (void)i;
    (void)address;
}

const ip_addr_t *dns_getserver(u8_t i)
{
    return i == 0 ? netif_ip_addr4(&interface) : IP_ADDR_ANY;
}

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

static err_t interface_init(struct netif *netif)
{
    netif->mtu = 1500;
    netif->output = to_nobody;
    netif->linkoutput = swallow;
    return ERR_OK;
}

static void tick(void *arg)
{
    ticks++;
    sys_timeout(5, tick, arg);
}

static bool turn(void *ctx)
{
    assert_ptr_equal(ctx, &interface);
    turns++;
    netif_poll_all();
    sys_check_timeouts();
    return false;
}

static void rest(void *ctx)
{
    assert_ptr_equal(ctx, &interface);
    rests++;
}

/* --- What it hands over --- */

static struct fv_lwip stack;

static int64_t wall(void *ctx)
{
    (void)ctx;
    return 12345;
}

static int cancelled(void *ctx)
{
    (void)ctx;
    return 0;
}

static enum fv_err fill(void *ctx, uint8_t *p, size_t n)
{
    static uint8_t next;

    (void)ctx;
    for (size_t i = 0; i < n; i++)
        p[i] = next++;
    return FV_OK;
}

static const struct fv_port_clock machine = {.now = now, .wall = wall, .cancelled = cancelled};
static const struct fv_port_entropy entropy = {.fill = fill};

static err_t accepted(void *arg, struct tcp_pcb *pcb, err_t err)
{
    (void)err;
    *(struct tcp_pcb **)arg = pcb;
    return ERR_OK;
}

static void test_a_connection(void **state)
{
    const struct fv_port_net *net = &stack.net;
    const struct fv_port_addr to = {.family = 4, .bytes = {192, 0, 2, 1}, .port = 4000};
    struct tcp_pcb *listener = tcp_new(), *peer = NULL;
    struct fv_port_event event = {.want = FV_PORT_WRITE};
    uint8_t byte = 0;
    size_t n = 0;

    (void)state;
    assert_int_equal(tcp_bind(listener, IP_ADDR_ANY, 4000), ERR_OK);
    listener = tcp_listen(listener);
    tcp_arg(listener, &peer);
    tcp_accept(listener, accepted);
    assert_int_equal(net->open(net->ctx, &to, &event.sock), FV_OK);
    assert_int_equal(net->wait(net->ctx, &event, 1, now(NULL) + 5 * SECOND), FV_OK);
    assert_int_equal(net->connected(net->ctx, event.sock), FV_OK);
    while (peer == NULL)
        assert_int_equal(fv_lwip_sleep(&stack, now(NULL) + 1000), FV_OK);
    assert_int_equal(tcp_write(peer, "x", 1, TCP_WRITE_FLAG_COPY), ERR_OK);
    tcp_output(peer);
    event.want = FV_PORT_READ;
    assert_int_equal(net->wait(net->ctx, &event, 1, now(NULL) + 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, event.sock, &byte, 1, &n), FV_OK);
    assert_int_equal(byte, 'x');
    net->close(net->ctx, event.sock);
    tcp_abort(peer);
    tcp_close(listener);
}

/* A pause of the core: the program's timers go on in it. */
static void test_a_pause(void **state)
{
    size_t turns_before = turns, ticks_before = ticks;

    (void)state;
    assert_int_equal(stack.clock.sleep(stack.clock.ctx, now(NULL) + 100000), FV_OK);
    assert_true(turns > turns_before && rests > 0 && ticks >= ticks_before + 3);
    assert_int_equal(stack.clock.wall(stack.clock.ctx), 12345);
    assert_true(stack.clock.now(stack.clock.ctx) <= now(NULL));
    assert_int_equal(stack.clock.cancelled(stack.clock.ctx), 0);
}

static size_t asked;

static void on_question(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t port)
{
    (void)arg;
    (void)pcb;
    (void)from;
    (void)port;
    asked++;
    pbuf_free(p);
}

/* By its name servers; its interface has no address for a while. */
static void test_a_name(void **state)
{
    const struct fv_port_net *net = &stack.net;
    const ip4_addr_t had = *netif_ip4_addr(&interface);
    ip4_addr_t none = {0};
    struct udp_pcb *server = udp_new();
    struct fv_port_addr out[2];
    size_t count;

    (void)state;
    assert_int_equal(udp_bind(server, IP_ADDR_ANY, 53), ERR_OK);
    udp_recv(server, on_question, NULL);
    assert_int_equal(net->resolve(net->ctx, "portal.test", 1, out, 2, &count, now(NULL) + 50000),
                     FV_E_TIMEOUT);
    assert_int_equal(asked, 1);
    netif_set_ipaddr(&interface, &none);
    assert_int_equal(net->resolve(net->ctx, "portal.test", 1, out, 2, &count, now(NULL) + 50000),
                     FV_E_ADDRESS);
    netif_set_ipaddr(&interface, &had);
    assert_int_equal(fv_lwip_up(&stack, now(NULL)), FV_OK);
    udp_remove(server);
}

static int setup(void **state)
{
    const struct fv_lwip_stack given = {.netif = &interface,
                                        .ctx = &interface,
                                        .turn = turn,
                                        .idle = rest};
    ip4_addr_t address, mask, gateway;

    (void)state;
    IP4_ADDR(&address, 192, 0, 2, 1);
    IP4_ADDR(&mask, 255, 255, 255, 0);
    IP4_ADDR(&gateway, 192, 0, 2, 254);
    lwip_init();
    netif_add(&interface, &address, &mask, &gateway, NULL, interface_init, netif_input);
    netif_set_default(&interface);
    netif_set_link_up(&interface);
    netif_set_up(&interface);
    sys_timeout(5, tick, NULL);
    fv_lwip_adopt(&stack, &given, &machine, &entropy);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_connection),
        cmocka_unit_test(test_a_pause),
        cmocka_unit_test(test_a_name),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
