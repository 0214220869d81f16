/* SPDX-License-Identifier: MIT */
/* Several addresses: which attempt wins, when each one starts, what is closed, and which error is
 * reported. */
#include "net/dial.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NEVER (-1)
#define BAD_OPEN (-2)  /* open() itself fails */
#define REFUSED (-100) /* minus the milliseconds after which it fails */

/* A network of addresses, each of which connects after its number of milliseconds. */
struct fake {
    struct fv_port_net net;
    struct fv_port_clock clock;
    const int *delay_ms;
    size_t count;
    int64_t now_us;
    int64_t start_us[FV_CAP_ADDRESSES];
    bool open[FV_CAP_ADDRESSES];
    char starts[128];
    bool cancel;
    bool hasty; /* the next wait ends after 100 ms, and says ready of what is not */
};

static enum fv_err fake_resolve(void *ctx, const char *host, uint16_t port,
                                struct fv_port_addr *out, size_t cap, size_t *count,
                                int64_t deadline_us)
{
    struct fake *f = ctx;
    (void)deadline_us;
    assert_string_equal(host, "h");
    if (f->count == 0) {
        return FV_E_RESOLVE;
    }
    *count = f->count < cap ? f->count : cap;
    for (size_t i = 0; i < *count; i++) {
        out[i] = (struct fv_port_addr){.family = 4, .bytes = {(uint8_t)i}, .port = port};
    }
    return FV_OK;
}

static enum fv_err fake_open(void *ctx, const struct fv_port_addr *addr, int *sock)
{
    struct fake *f = ctx;
    size_t i = addr->bytes[0];
    size_t n = strlen(f->starts);
    assert_int_equal(addr->port, 443);
    snprintf(f->starts + n, sizeof(f->starts) - n, "%zu@%d ", i, (int)(f->now_us / 1000));
    if (f->delay_ms[i] == BAD_OPEN) {
        return FV_E_NETWORK;
    }
    f->start_us[i] = f->now_us;
    f->open[i] = true;
    *sock = (int)i;
    return FV_OK;
}

static int64_t ready_at(const struct fake *f, int sock)
{
    int delay = f->delay_ms[sock];
    if (delay == NEVER) {
        return INT64_MAX;
    }
    return f->start_us[sock] + 1000 * (int64_t)(delay <= REFUSED ? -delay : delay);
}

static enum fv_err fake_connected(void *ctx, int sock)
{
    struct fake *f = ctx;
    assert_true(f->open[sock]);
    if (f->now_us < ready_at(f, sock)) {
        return FV_AGAIN;
    }
    return f->delay_ms[sock] <= REFUSED ? FV_E_CONNECT : FV_OK;
}

static enum fv_err fake_wait(void *ctx, struct fv_port_event *events, size_t count,
                             int64_t deadline_us)
{
    struct fake *f = ctx;
    int64_t first_us = INT64_MAX;
    if (f->cancel) {
        return FV_E_CANCELLED;
    }
    if (f->hasty) {
        f->hasty = false;
        f->now_us += 100000;
        events[0].ready = FV_PORT_WRITE;
        return FV_OK;
    }
    for (size_t i = 0; i < count; i++) {
        int64_t at_us = ready_at(f, events[i].sock);
        assert_int_equal(events[i].want, FV_PORT_WRITE);
        first_us = at_us < first_us ? at_us : first_us;
    }
    f->now_us = first_us < deadline_us ? first_us : deadline_us;
    assert_true(f->now_us < INT64_MAX);
    for (size_t i = 0; i < count; i++) {
        events[i].ready = ready_at(f, events[i].sock) <= f->now_us ? FV_PORT_WRITE : 0;
    }
    return first_us <= deadline_us ? FV_OK : FV_E_TIMEOUT;
}

static void fake_close(void *ctx, int sock)
{
    struct fake *f = ctx;
    assert_true(f->open[sock]);
    f->open[sock] = false;
}

static int32_t fake_last_error(void *ctx)
{
    (void)ctx;
    return 111;
}

static int64_t fake_now(void *ctx)
{
    return ((struct fake *)ctx)->now_us;
}

struct case_dial {
    size_t count;
    int delay_ms[10];
    enum fv_err want;
    int sock;
    int took_ms;
    const char *starts;
    int32_t native;
};

static const struct case_dial cases[] = {
    {0, {0}, FV_E_RESOLVE, -1, 0, "", 111},
    {1, {30}, FV_OK, 0, 30, "0@0 ", 0},
    {1, {0}, FV_OK, 0, 0, "0@0 ", 0},
    {2, {30, 1}, FV_OK, 0, 30, "0@0 ", 0},
    {2, {NEVER, 30}, FV_OK, 1, 280, "0@0 1@250 ", 0},
    {3, {NEVER, NEVER, 30}, FV_OK, 2, 530, "0@0 1@250 2@500 ", 0},
    {3, {300, NEVER, 1}, FV_OK, 0, 300, "0@0 1@250 ", 0},
    {2, {REFUSED, 30}, FV_OK, 1, 130, "0@0 1@100 ", 0},
    {3, {NEVER, REFUSED, 30}, FV_OK, 2, 380, "0@0 1@250 2@350 ", 0},
    {2, {BAD_OPEN, 30}, FV_OK, 1, 30, "0@0 1@0 ", 0},
    {2, {BAD_OPEN, BAD_OPEN}, FV_E_NETWORK, -1, 0, "0@0 1@0 ", 111},
    {2, {REFUSED, REFUSED}, FV_E_CONNECT, -1, 200, "0@0 1@100 ", 111},
    {2, {REFUSED, BAD_OPEN}, FV_E_NETWORK, -1, 100, "0@0 1@100 ", 111},
    {2, {REFUSED, NEVER}, FV_E_TIMEOUT, -1, 10000, "0@0 1@100 ", 0},
    {1, {NEVER}, FV_E_TIMEOUT, -1, 10000, "0@0 ", 0},
    {10,
     {NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, NEVER, 1, 1},
     FV_E_TIMEOUT,
     -1,
     10000,
     "0@0 1@250 2@500 3@750 4@1000 5@1250 6@1500 7@1750 ",
     0},
};

static enum fv_err dial_to(struct fake *f, const struct fv_dial_to *to, struct fv_net_fault *fault,
                           int *sock)
{
    f->net = (struct fv_port_net){.ctx = f,
                                  .resolve = fake_resolve,
                                  .open = fake_open,
                                  .connected = fake_connected,
                                  .wait = fake_wait,
                                  .close = fake_close,
                                  .last_error = fake_last_error};
    f->clock = (struct fv_port_clock){.ctx = f, .now = fake_now};
    struct fv_port port = {.net = &f->net, .clock = &f->clock};
    struct fv_port_addr peer = {.family = 0};
    struct fv_dial d;
    enum fv_err err = fv_dial_begin(&d, &port, to, 10000000, fault);
    if (err != FV_OK) {
        return err;
    }
    while ((err = fv_dial_on(&d, fault, sock, &peer)) == FV_AGAIN) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        int64_t until_us = 10000000;
        size_t count = fv_dial_events(&d, events, &until_us);
        err = fake_wait(f, events, count, until_us);
        if (err == FV_E_CANCELLED || (err == FV_E_TIMEOUT && f->now_us >= 10000000)) {
            fv_dial_end(&d);
            return fv_net_fault_set(fault, err, 0);
        }
    }
    assert_int_equal(peer.bytes[0], err == FV_OK ? *sock : 0);
    return err;
}

static enum fv_err dial(struct fake *f, struct fv_net_fault *fault, int *sock)
{
    const struct fv_dial_to to = {"h", {"h", 1}, 443, NULL};
    return dial_to(f, &to, fault, sock);
}

static void test_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct case_dial *c = &cases[i];
        struct fake f = {.delay_ms = c->delay_ms, .count = c->count};
        struct fv_net_fault fault = {0};
        int sock = -1;
        enum fv_err err = dial(&f, &fault, &sock);
        assert_string_equal(f.starts, c->starts);
        assert_int_equal(err, c->want);
        assert_int_equal(sock, c->sock);
        assert_int_equal(f.now_us, c->took_ms * 1000);
        assert_int_equal(fault.err, err);
        assert_int_equal(fault.native, c->native);
        for (int s = 0; s < FV_CAP_ADDRESSES; s++) {
            assert_int_equal(f.open[s], s == sock);
        }
    }
}

/* Nothing has failed, so the next address is not due yet. */
static void test_a_port_that_is_hasty(void **state)
{
    (void)state;
    const int delay_ms[] = {NEVER, 30};
    struct fake f = {.delay_ms = delay_ms, .count = 2, .hasty = true};
    struct fv_net_fault fault = {0};
    int sock = -1;
    assert_int_equal(dial(&f, &fault, &sock), FV_OK);
    assert_int_equal(sock, 1);
    assert_string_equal(f.starts, "0@0 1@250 ");
    assert_false(f.open[0]);
}

/* Where another connection leads nobody is asked, and no other address is tried. */
static void test_an_address_that_is_known(void **state)
{
    (void)state;
    const int delay_ms[] = {1, REFUSED, 5};
    for (uint8_t i = 1; i < 3; i++) {
        const struct fv_port_addr known = {.family = 4, .bytes = {i}, .port = 443};
        const struct fv_dial_to to = {"not asked for", {"h", 1}, 443, &known};
        struct fake f = {.delay_ms = delay_ms, .count = 3};
        struct fv_net_fault fault = {0};
        int sock = -1;
        assert_int_equal(dial_to(&f, &to, &fault, &sock), i == 1 ? FV_E_CONNECT : FV_OK);
        assert_int_equal(sock, i == 1 ? -1 : 2);
        assert_string_equal(f.starts, i == 1 ? "1@0 " : "2@0 ");
    }
}

static void test_cancel(void **state)
{
    (void)state;
    const int delay_ms[] = {5};
    struct fake f = {.delay_ms = delay_ms, .count = 1, .cancel = true};
    struct fv_net_fault fault = {0};
    int sock = -1;
    assert_int_equal(dial(&f, &fault, &sock), FV_E_CANCELLED);
    assert_false(f.open[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_a_port_that_is_hasty),
        cmocka_unit_test(test_an_address_that_is_known),
        cmocka_unit_test(test_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
