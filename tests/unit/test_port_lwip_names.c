/* SPDX-License-Identifier: MIT */
/*
 * Names and time with the lwIP port, from servers that tell the truth, lie, are late, or are
 * silent. They run in the same stack, at the interface's own address and at 127.0.0.1, and the
 * clock is fifty times too fast.
 */
#include "port/lwip/lwip.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <lwip/dns.h>
#include <lwip/timeouts.h>
#include <lwip/udp.h>
#include <cmocka.h>

#define SECOND 1000000
#define FASTER 50

static struct fv_lwip stack;
static const struct fv_port_net *net = &stack.net;

static int64_t now(void *ctx)
{
    struct timespec t;

    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return FASTER * ((int64_t)t.tv_sec % 1000000 * SECOND + t.tv_nsec / 1000);
}

static int cancelled(void *ctx)
{
    (void)ctx;
    return 0;
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

static bool poll_nothing(struct netif *netif)
{
    (void)netif;
    return false;
}

static const struct fv_lwip_link wire = {.init = link_init, .poll = poll_nothing};

static int64_t in(int64_t us)
{
    return now(NULL) + us;
}

/* --- What the stack holds --- */

struct left {
    size_t blocks, timers;
};

static struct left left(void)
{
    struct left n = {0};

    for (struct udp_pcb *pcb = udp_pcbs; pcb != NULL; pcb = pcb->next)
        n.blocks++;
    for (struct sys_timeo *t = *sys_timeouts_get_next_timeout(); t != NULL; t = t->next)
        n.timers++;
    return n;
}

static struct left begun;

static void nothing_is_left(void)
{
    struct left n = left();

    assert_int_equal(n.blocks, begun.blocks);
    assert_int_equal(n.timers, begun.timers);
}

/* --- Servers --- */

enum lie {
    HONEST,
    SILENT,
    OTHER_ID,
    OTHER_NAME,
    OTHER_TYPE,
    OTHER_ADDRESS, /* where the answer comes from */
    OTHER_PORT,
    A_FLOOD, /* of answers to somebody else */
    NO_NAME,
    FAILS,
    CUT_OFF,
    NO_RECORDS,
    SHORT,
    LOOPS,
    SLOW, /* an honest answer, but three seconds later, when the other one is asked */
};

static struct {
    struct udp_pcb *pcb, *another;
    enum lie lie[2]; /* of the first server, and the second */
    size_t asked[2];
    uint8_t first[300]; /* the first question that was not answered, and its port */
    u16_t first_length, first_port;
    bool late; /* answer that one before the next question */
} dns;

static void reply(struct udp_pcb *pcb, const uint8_t *bytes, size_t n, u16_t port,
                  const ip_addr_t *from)
{
    struct pbuf *p = pbuf_alloc(PBUF_TRANSPORT, (u16_t)n, PBUF_RAM);

    pbuf_take(p, bytes, (u16_t)n);
    assert_int_equal(udp_sendto_if_src(pcb, p, netif_ip_addr4(stack.stack.netif), port,
                                       stack.stack.netif, from),
                     ERR_OK);
    pbuf_free(p);
}

/* The addresses are 198.51.100.N and 198.51.100.N + 1, where N is the name's first byte. */
static size_t answer(uint8_t *bytes, size_t n)
{
    static const uint8_t record[] = {0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 60, 0, 4, 198, 51, 100, 0};

    bytes[2] = 0x81;
    bytes[3] = 0x80;
    bytes[7] = 2;
    for (uint8_t i = 0; i < 2; i++) {
        memcpy(bytes + n, record, sizeof record);
        bytes[n + 15] = (uint8_t)(bytes[13] + i);
        n += sizeof record;
    }
    return n;
}

static struct {
    uint8_t bytes[600];
    size_t n;
    u16_t port;
    ip_addr_t from;
} slow[8];
static size_t slow_count;

static void answer_slowly(void *arg)
{
    size_t i = (size_t)(uintptr_t)arg;

    reply(dns.pcb, slow[i].bytes, slow[i].n, slow[i].port, &slow[i].from);
}

static void dns_server(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                       u16_t port)
{
    static const ip_addr_t other = IPADDR4_INIT_BYTES(127, 0, 0, 9);
    const ip_addr_t self = *ip_current_dest_addr();
    bool second = ip4_addr1(ip_2_ip4(&self)) == 127;
    enum lie lie = dns.lie[second];
    uint8_t bytes[600];
    u16_t asked = pbuf_copy_partial(p, bytes, 300, 0);
    size_t n = asked;

    (void)arg;
    (void)from;
    pbuf_free(p);
    dns.asked[second]++;
    if (lie == SILENT) {
        if (dns.first_length == 0) {
            memcpy(dns.first, bytes, asked);
            dns.first_length = asked;
            dns.first_port = port;
        }
        return;
    }
    if (dns.late) {
        uint8_t old[600];
        size_t old_length;

        memcpy(old, dns.first, dns.first_length);
        old_length = answer(old, dns.first_length);
        reply(pcb, old, old_length, dns.first_port, &self);
        reply(pcb, old, old_length, port, &self);
        memcpy(old, bytes, 2); /* and once more, as if the numbers were the same */
        reply(pcb, old, old_length, port, &self);
    }
    n = answer(bytes, n);
    if (lie == SLOW) {
        size_t i = slow_count++;

        assert_true(i < 8);
        memcpy(slow[i].bytes, bytes, n);
        slow[i].n = n;
        slow[i].port = port;
        slow[i].from = self;
        sys_timeout(3000, answer_slowly, (void *)(uintptr_t)i);
        return;
    }
    bytes[0] ^= lie == OTHER_ID;
    bytes[asked - 3] ^= lie == OTHER_TYPE ? 0x1D : 0;
    bytes[14] ^= lie == OTHER_NAME ? 1 : 0;
    if (lie == NO_NAME || lie == FAILS || lie == NO_RECORDS || lie == CUT_OFF) {
        bytes[3] |= lie == NO_NAME ? 3 : lie == FAILS ? 2 : 0;
        bytes[2] |= lie == CUT_OFF ? 2 : 0;
        bytes[7] = 0;
        n = asked;
    }
    if (lie == SHORT)
        n = asked + 5u;
    if (lie == LOOPS) {
        memcpy(bytes + asked, "\xC0\x0C\0\5\0\1\0\0\0\x3C\0\2\xC0\x0C", 14);
        bytes[7] = 1;
        n = asked + 14u;
    }
    bytes[0] ^= lie == A_FLOOD;
    reply(lie == OTHER_PORT ? dns.another : pcb, bytes, n, port,
          lie == OTHER_ADDRESS ? &other : &self);
    if (lie == A_FLOOD) /* the next one, as soon as this one is there */
        for (int i = 0; i < 8; i++)
            reply(pcb, bytes, n, port, &self);
}

static void servers(enum lie first, enum lie second)
{
    dns.lie[0] = first;
    dns.lie[1] = second;
    dns.asked[0] = dns.asked[1] = 0;
    dns.first_length = 0;
    dns.late = false;
}

static enum fv_err ask(const char *host, struct fv_port_addr out[8], size_t *count, int64_t us)
{
    *count = 77;
    return net->resolve(net->ctx, host, 443, out, 8, count, in(us));
}

/* --- Names --- */

static void test_literal(void **state)
{
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    servers(HONEST, HONEST);
    assert_int_equal(ask("192.0.2.7", out, &count, -SECOND), FV_OK); /* needs no time */
    assert_int_equal(count, 1);
    assert_int_equal(out[0].family, 4);
    assert_memory_equal(out[0].bytes, "\xC0\0\2\7", 4);
    assert_int_equal(out[0].port, 443);
    assert_int_equal(dns.asked[0], 0);
}

static void test_all_addresses(void **state)
{
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    servers(HONEST, HONEST);
    assert_int_equal(ask("portal.test", out, &count, 5 * SECOND), FV_OK);
    assert_int_equal(count, 2);
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(out[i].family, 4);
        assert_int_equal(out[i].bytes[3], 'p' + i);
        assert_int_equal(out[i].port, 443);
    }
    assert_int_equal(net->resolve(net->ctx, "portal.test", 1, out, 1, &count, in(5 * SECOND)),
                     FV_OK);
    assert_int_equal(count, 1); /* no more than there is room for */
    nothing_is_left();
}

static void test_lies(void **state)
{
    static const struct {
        const char *what;
        enum lie first, second;
        enum fv_err want;
        int32_t code;
    } rows[] = {
        {"another number", OTHER_ID, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"another name", OTHER_NAME, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"another type", OTHER_TYPE, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"from another address", OTHER_ADDRESS, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"from another port", OTHER_PORT, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"a flood of them", A_FLOOD, A_FLOOD, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"silence, and the second answers", SILENT, HONEST, FV_OK, 0},
        {"a lie, and the second answers", OTHER_ID, HONEST, FV_OK, 0},
        {"the first fails, the second answers", FAILS, HONEST, FV_OK, 0},
        {"the first fails, the second is silent", FAILS, SILENT, FV_E_TIMEOUT, ERR_TIMEOUT},
        {"both fail", FAILS, FAILS, FV_E_RESOLVE, 2},
        {"cut off, and the second answers", CUT_OFF, HONEST, FV_OK, 0},
        {"damaged, and the second answers", SHORT, HONEST, FV_OK, 0},
        {"no such name", NO_NAME, HONEST, FV_E_RESOLVE, 3},
        {"no address", NO_RECORDS, HONEST, FV_E_RESOLVE, ERR_VAL},
        {"its own other name", LOOPS, HONEST, FV_E_RESOLVE, ERR_VAL},
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_port_addr out[8];
        size_t count;
        enum fv_err err;

        servers(rows[i].first, rows[i].second);
        err = ask("portal.test", out, &count, 7 * SECOND);
        if (err != rows[i].want)
            fail_msg("%s: %d", rows[i].what, err);
        if (err == FV_OK)
            assert_int_equal(out[0].bytes[3], 'p');
        else
            assert_int_equal(net->last_error(net->ctx), rows[i].code);
        assert_int_equal(count, err == FV_OK ? 2 : 77);
        if (rows[i].first == FAILS) /* it is not asked again */
            assert_int_equal(dns.asked[0], 1);
        nothing_is_left();
    }
}

/* Buffers come back: this is more than there are. */
static void test_many_look_ups(void **state)
{
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    for (int i = 0; i < 300; i++) {
        servers(i % 2 == 0 ? HONEST : NO_NAME, HONEST);
        assert_int_equal(ask("portal.test", out, &count, 20 * SECOND),
                         i % 2 == 0 ? FV_OK : FV_E_RESOLVE);
    }
    nothing_is_left();
}

static void test_no_name_server(void **state)
{
    const ip_addr_t had[2] = {*dns_getserver(0), *dns_getserver(1)};
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    servers(HONEST, HONEST);
    dns_setserver(0, IP_ADDR_ANY);
    assert_int_equal(ask("portal.test", out, &count, 5 * SECOND), FV_OK);
    assert_int_equal(dns.asked[0], 0);
    dns_setserver(1, IP_ADDR_ANY);
    dns_setserver(2, &had[0]); /* there is no third one */
    assert_int_equal(ask("portal.test", out, &count, 5 * SECOND), FV_E_RESOLVE);
    assert_int_equal(net->last_error(net->ctx), ERR_RTE);
    dns_setserver(0, &had[0]);
    dns_setserver(1, &had[1]);
}

/* A line on which an answer takes longer than the next server is waited for with. */
static void test_slow_line(void **state)
{
    static const enum lie second[] = {SILENT, FAILS, OTHER_ID, SLOW};

    (void)state;
    for (size_t i = 0; i < sizeof second / sizeof second[0]; i++) {
        struct fv_port_addr out[8];
        size_t count;

        servers(SLOW, second[i]);
        slow_count = 0;
        assert_int_equal(ask("portal.test", out, &count, 20 * SECOND), FV_OK);
        assert_int_equal(count, 2);
        assert_int_equal(out[0].bytes[3], 'p');
        assert_true(dns.asked[1] > 0);
        assert_int_equal(fv_lwip_sleep(&stack, in(6 * SECOND)), FV_OK); /* what is under way */
        nothing_is_left();
    }
}

/* An answer that comes when another name is asked for is nobody's. */
static void test_late_answer(void **state)
{
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    servers(SILENT, SILENT);
    assert_int_equal(ask("late.test", out, &count, SECOND), FV_E_TIMEOUT);
    assert_true(dns.first_length > 0);
    nothing_is_left();
    dns.lie[0] = HONEST;
    dns.late = true;
    assert_int_equal(ask("portal.test", out, &count, 7 * SECOND), FV_OK);
    assert_int_equal(count, 2);
    assert_int_equal(out[0].bytes[3], 'p');
    nothing_is_left();
}

static void test_names_that_cannot_be_asked_for(void **state)
{
    struct fv_port_addr out[8];
    char name[FV_CAP_HOST + 8];
    size_t count;

    (void)state;
    servers(HONEST, HONEST);
    memset(name, 'a', sizeof name - 1);
    name[sizeof name - 1] = 0;
    assert_int_equal(ask(name, out, &count, SECOND), FV_E_RESOLVE);
    assert_int_equal(ask("", out, &count, SECOND), FV_E_RESOLVE);
    assert_int_equal(ask("a..b", out, &count, SECOND), FV_E_RESOLVE);
    assert_int_equal(net->last_error(net->ctx), ERR_ARG);
    assert_int_equal(dns.asked[0] + dns.asked[1], 0);
}

/* The lease has ended: the call waits for an address, and reports its absence as another error
 * than a name without an address. */
static void test_no_address(void **state)
{
    const ip4_addr_t had = *netif_ip4_addr(stack.stack.netif);
    ip4_addr_t none = {0};
    struct fv_lwip_time time = {.why = ""};
    struct fv_port_addr out[8];
    size_t count;

    (void)state;
    servers(HONEST, HONEST);
    netif_set_ipaddr(stack.stack.netif, &none);
    assert_int_equal(ask("portal.test", out, &count, SECOND), FV_E_ADDRESS);
    assert_int_equal(ask("192.0.2.7", out, &count, SECOND), FV_E_ADDRESS);
    assert_int_equal(fv_lwip_up(&stack, in(SECOND)), FV_E_ADDRESS);
    assert_int_equal(fv_lwip_time(&stack, "192.0.2.1", 0, in(SECOND), &time), FV_E_ADDRESS);
    assert_string_equal(time.why, fv_err_text(FV_E_ADDRESS));
    netif_set_ipaddr(stack.stack.netif, &had);
    assert_int_equal(fv_lwip_up(&stack, in(SECOND)), FV_OK);
    assert_int_equal(ask("portal.test", out, &count, 5 * SECOND), FV_OK);
}

/* --- Time --- */

static uint8_t said[48]; /* the answer; bytes 24 to 31 are the question's */
static uint8_t echo;     /* flips bits of the first of these */
static bool elsewhere;   /* from another port */
static size_t questions;

static void sntp_server(void *arg, struct udp_pcb *pcb, struct pbuf *p, const ip_addr_t *from,
                        u16_t port)
{
    uint8_t asked[48];

    (void)arg;
    (void)from;
    assert_int_equal(pbuf_copy_partial(p, asked, 48, 0), 48);
    assert_int_equal(asked[0], 4 << 3 | 3);
    pbuf_free(p);
    questions++;
    memcpy(said + 24, asked + 40, 8);
    said[24] ^= echo;
    reply(elsewhere ? dns.another : pcb, said, sizeof said, port,
          netif_ip_addr4(stack.stack.netif));
}

static void test_time(void **state)
{
    static const struct {
        const char *what;
        uint8_t flags, stratum;
        const char *transmit;
        uint8_t echo;
        bool elsewhere;
        enum fv_err want;
        const char *why; /* a part of it */
        int64_t wall_s;
    } rows[] = {
        {"a time", 0x24, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_OK, "",
         INT64_C(0xE8000000) - INT64_C(2208988800)},
        {"version 3", 0x1C, 15, "\xE8\0\0\0\x80\0\0", 0, false, FV_OK, "",
         INT64_C(0xE8000000) - INT64_C(2208988800)},
        {"the last second of the era", 0x24, 1, "\xFF\xFF\xFF\xFF\x80\0\0", 0, false, FV_OK, "",
         INT64_C(2085978495)},
        {"the first one of the next", 0x24, 1, "\0\0\0\0\x80\0\0", 0, false, FV_OK, "",
         INT64_C(2085978496)},
        {"a leap second announced", 0x64, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_OK, "",
         INT64_C(0xE8000000) - INT64_C(2208988800)},
        {"not synchronised", 0xE4, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_NETWORK,
         "not synchronised", 0},
        {"stratum 16", 0x24, 16, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_NETWORK, "not synchronised",
         0},
        {"kiss of death", 0x24, 0, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_NETWORK, "refuses", 0},
        {"no time", 0x24, 1, "\0\0\0\0\0\0\0", 0, false, FV_E_NETWORK, "sent no time", 0},
        {"a client", 0x23, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_TIMEOUT, "not an SNTP response",
         0},
        {"a broadcast", 0x25, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_TIMEOUT,
         "not an SNTP response", 0},
        {"version 1", 0x0C, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_TIMEOUT, "not an SNTP response",
         0},
        {"version 5", 0x2C, 1, "\xE8\0\0\0\x80\0\0", 0, false, FV_E_TIMEOUT, "not an SNTP response",
         0},
        {"who did not see the question", 0x24, 1, "\xE8\0\0\0\x80\0\0", 1, false, FV_E_TIMEOUT,
         "to another request", 0},
        {"another port", 0x24, 1, "\xE8\0\0\0\x80\0\0", 0, true, FV_E_TIMEOUT, "sent no response",
         0},
    };
    struct udp_pcb *server = udp_new();

    (void)state;
    begun.blocks++;
    assert_int_equal(udp_bind(server, netif_ip_addr4(stack.stack.netif), 1123), ERR_OK);
    udp_recv(server, sntp_server, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct fv_lwip_time time = {.wall_us = 5, .why = ""};
        enum fv_err err;

        said[0] = rows[i].flags;
        said[1] = rows[i].stratum;
        memcpy(said + 40, rows[i].transmit, 8);
        echo = rows[i].echo;
        elsewhere = rows[i].elsewhere;
        questions = 0;
        err = fv_lwip_time(&stack, "192.0.2.1", 1123, in(5 * SECOND), &time);
        if (err != rows[i].want || strstr(time.why, rows[i].why) == NULL)
            fail_msg("%s: %d, %s", rows[i].what, err, time.why);
        assert_int_equal(time.wall_us, err == FV_OK ? rows[i].wall_s * SECOND + SECOND / 2 : 5);
        assert_true(err == FV_E_TIMEOUT ? questions > 1 : questions == 1);
        nothing_is_left();
    }
    udp_remove(server);
    server = udp_new();
    assert_int_equal(udp_bind(server, netif_ip_addr4(stack.stack.netif), 123), ERR_OK);
    udp_recv(server, sntp_server, NULL);
    {
        struct fv_lwip_time time = {.why = ""};

        said[0] = 0x24;
        elsewhere = false;
        assert_int_equal(fv_lwip_time(&stack, "192.0.2.1", 0, in(5 * SECOND), &time), FV_OK);
    }
    udp_remove(server);
    begun.blocks--;
}

/* Fifty runs: each asks, none is told, and none leaves anything behind. */
static void test_nobody_answers(void **state)
{
    (void)state;
    servers(SILENT, SILENT);
    for (int i = 0; i < 50; i++) {
        struct fv_lwip_time time = {.why = ""};

        assert_int_equal(fv_lwip_time(&stack, "ntp.test", 0, in(3 * SECOND), &time), FV_E_TIMEOUT);
        assert_non_null(strstr(time.why, "name"));
        nothing_is_left();
    }
    servers(HONEST, HONEST);
    for (int i = 0; i < 5; i++) {
        struct fv_lwip_time time = {.why = ""};

        assert_int_equal(fv_lwip_time(&stack, "192.0.2.1", 1124, in(3 * SECOND), &time),
                         FV_E_TIMEOUT);
        assert_non_null(strstr(time.why, "sent no response"));
        nothing_is_left();
    }
}

static int setup(void **state)
{
    static const ip_addr_t loop = IPADDR4_INIT_BYTES(127, 0, 0, 1);
    struct fv_lwip_address address;

    (void)state;
    IP4_ADDR(&address.address, 192, 0, 2, 1);
    IP4_ADDR(&address.mask, 255, 255, 255, 0);
    IP4_ADDR(&address.gateway, 192, 0, 2, 254);
    IP4_ADDR(&address.dns, 192, 0, 2, 1);
    if (fv_lwip_open(&stack, &wire, &timer, &entropy, &address) != FV_OK) {
        return -1;
    }
    dns_setserver(1, &loop);
    dns.pcb = udp_new();
    dns.another = udp_new();
    if (udp_bind(dns.pcb, IP_ADDR_ANY, 53) != ERR_OK ||
        udp_bind(dns.another, IP_ADDR_ANY, 54) != ERR_OK) {
        return -1;
    }
    udp_recv(dns.pcb, dns_server, NULL);
    begun = left();
    return fv_lwip_up(&stack, in(SECOND)) == FV_OK ? 0 : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_literal),
        cmocka_unit_test(test_all_addresses),
        cmocka_unit_test(test_lies),
        cmocka_unit_test(test_many_look_ups),
        cmocka_unit_test(test_no_name_server),
        cmocka_unit_test(test_slow_line),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_names_that_cannot_be_asked_for),
        cmocka_unit_test(test_no_address),
        cmocka_unit_test(test_time),
        cmocka_unit_test(test_nobody_answers),
    };

    return cmocka_run_group_tests(tests, setup, NULL);
}
