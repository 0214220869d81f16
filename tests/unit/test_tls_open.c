/* SPDX-License-Identifier: MIT */
/* TLS's memory: it ends at any allocation that a connection begins with, which is told and
 * leaves nothing behind. */
#include "net/tls.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct fv_sim sim;
static bool short_of_memory;
static size_t allowed; /* allocations, if it is */

/* In the place of libc's, for mbedTLS. */
void *calloc(size_t n, size_t size)
{
    if (short_of_memory && allowed == 0) {
        return NULL;
    }
    allowed -= short_of_memory ? 1 : 0;
    void *volatile p = malloc(n * size);
    if (p != NULL) {
        memset(p, 0, n * size);
    }
    return p;
}

static enum fv_err open_with(struct fv_tls *t, size_t allocations, struct fv_net_fault *fault)
{
    *fault = (struct fv_net_fault){.err = FV_OK};
    allowed = allocations;
    short_of_memory = true;
    enum fv_err err = fv_tls_open(t, "h", 0, fault);
    short_of_memory = false;
    return err;
}

static void test_memory_ends(void **state)
{
    struct fv_net_config config = {.port = &sim.port};
    struct fv_net_fault fault;
    struct fv_tls t;
    enum fv_err err = FV_E_MEMORY;
    size_t at = 0;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    fv_tls_init(&t, &config);
    assert_int_equal(open_with(&t, 0, &fault), FV_E_MEMORY);
    fault.err = FV_OK;
    assert_int_equal(fv_tls_open(&t, "h", 0, &fault), FV_OK); /* what all connections share */
    fv_tls_close(&t);
    for (; err != FV_OK; at++) {
        err = open_with(&t, at, &fault);
        assert_int_equal(fault.err, err);
        assert_true(err == FV_OK || err == FV_E_MEMORY);
        if (at < 2) { /* its own state is what comes first and stays */
            assert_int_equal(err, FV_E_MEMORY);
            assert_null(t.state);
        }
    }
    assert_non_null(t.state);
    assert_true(at > 2);
    assert_int_equal(open_with(&t, 0, &fault), FV_E_MEMORY); /* the next one's */
    assert_non_null(t.state);
    assert_int_equal(open_with(&t, SIZE_MAX, &fault), FV_OK);
    fv_tls_close(&t);
    assert_null(t.state);
    fv_tls_close(&t);
    fv_sim_free(&sim);
}

/* --- Who goes on saying nothing of use --- */

static size_t received;

static enum fv_err send_all(void *ctx, int sock, const uint8_t *p, size_t n, size_t *sent)
{
    (void)ctx, (void)sock, (void)p;
    *sent = n;
    return FV_OK;
}

/* Alerts that are only a warning, byte by byte. */
static enum fv_err recv_alerts(void *ctx, int sock, uint8_t *p, size_t n, size_t *got)
{
    static const uint8_t alert[] = {0x15, 3, 3, 0, 2, 1, 90};
    (void)ctx, (void)sock, (void)n;
    *p = alert[received++ % sizeof alert];
    *got = 1;
    return FV_OK;
}

/* Two records of the longest, and others have their turn; the next call goes on. */
static void test_alerts_without_end(void **state)
{
    const size_t turn = 2 * (5 + 16384 + 256);
    struct fv_port_net net;
    struct fv_net_config config = {.port = &sim.port};
    struct fv_net_fault fault = {.err = FV_OK};
    struct fv_tls t;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    net = sim.net;
    net.send = send_all;
    net.recv = recv_alerts;
    sim.port.net = &net;
    fv_tls_init(&t, &config);
    assert_int_equal(fv_tls_open(&t, "h", 0, &fault), FV_OK);
    for (size_t i = 1; i < 4; i++) {
        uint8_t want = 0;
        assert_int_equal(fv_tls_handshake(&t, &want, &fault), FV_AGAIN);
        assert_int_equal(want, FV_PORT_READ);
        assert_int_equal(received, i * turn);
    }
    fv_tls_close(&t);
    fv_sim_free(&sim);
}

/* The longest host, with the root's dot and without. */
static void test_hosts_up_to_the_longest(void **state)
{
    static char host[FV_CAP_HOST + 3];
    struct fv_net_config config = {.port = &sim.port};
    struct fv_tls t;
    (void)state;
    fv_sim_init(&sim, FV_SIM_POSIX, 1);
    fv_tls_init(&t, &config);
    memset(host, 'h', sizeof host - 1);
    for (unsigned dot = 0; dot < 2; dot++) {
        for (size_t n = FV_CAP_HOST - 1; n <= FV_CAP_HOST + 1; n++) {
            struct fv_net_fault fault = {.err = FV_OK};
            host[n] = dot == 1 ? '.' : '\0';
            host[n + 1] = '\0';
            enum fv_err err = fv_tls_open(&t, host, 0, &fault);
            assert_int_equal(err != FV_OK, n > FV_CAP_HOST);
            host[n] = host[n + 1] = 'h';
        }
    }
    struct fv_net_fault fault = {.err = FV_OK};
    char *none = calloc(1, 1); /* a sanitiser knows where it begins */
    assert_int_equal(fv_tls_open(&t, none, 0, &fault), FV_OK);
    free(none);
    fv_tls_close(&t);
    fv_sim_free(&sim);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_ends),
        cmocka_unit_test(test_alerts_without_end),
        cmocka_unit_test(test_hosts_up_to_the_longest),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
