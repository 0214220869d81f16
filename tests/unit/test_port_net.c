/* SPDX-License-Identifier: MIT */
/*
 * Sockets, look-ups, waits, clocks, random bytes and signals of the POSIX port, over the loopback
 * interface.
 */
#include "port/posix/inside.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#define SECOND 1000000

static struct fv_posix posix;
static const struct fv_port_net *net = &posix.net;
static const struct fv_port_clock *timer = &posix.clock;

static int setup(void **state)
{
    (void)state;
    fv_posix_init(&posix);
    return fv_posix_signals_install() == FV_OK ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    fv_posix_signals_restore();
    return 0;
}

static int64_t in(int64_t us)
{
    return timer->now(timer->ctx) + us;
}

/* --- A server --- */

/* Listen on a free port of 127.0.0.1. */
static int serve(struct fv_port_addr *addr)
{
    struct sockaddr_in sin = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof sin;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&sin, sizeof sin), 0);
    assert_int_equal(listen(fd, 4), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&sin, &length), 0);
    *addr =
        (struct fv_port_addr){.family = 4, .bytes = {127, 0, 0, 1}, .port = ntohs(sin.sin_port)};
    return fd;
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

/* Both ends of a connection. */
static void connect_pair(int *client, int *server)
{
    struct fv_port_addr addr;
    int listener = serve(&addr);

    assert_int_equal(net->open(net->ctx, &addr, client), FV_OK);
    assert_int_equal(finish_connecting(*client), FV_OK);
    *server = accept(listener, NULL, NULL);
    assert_true(*server >= 0);
    close(listener);
}

static void reset_and_close(int fd)
{
    struct linger linger = {1, 0};

    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    close(fd);
}

/* --- Connections --- */

static void test_exchange(void **state)
{
    uint8_t bytes[8];
    size_t n = 0;
    int client, server;

    (void)state;
    connect_pair(&client, &server);
    assert_int_equal(net->recv(net->ctx, client, bytes, sizeof bytes, &n), FV_AGAIN);
    assert_int_equal(net->send(net->ctx, client, (const uint8_t *)"ping", 4, &n), FV_OK);
    assert_int_equal(n, 4);
    assert_int_equal(read(server, bytes, sizeof bytes), 4);
    assert_int_equal(write(server, "answer", 6), 6);
    assert_int_equal(wait_for(client, FV_PORT_READ, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, client, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 4);
    assert_int_equal(net->recv(net->ctx, client, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 2);
    assert_int_equal(net->connected(net->ctx, client), FV_OK);
    close(server);
    assert_int_equal(wait_for(client, FV_PORT_READ, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, client, bytes, 4, &n), FV_OK);
    assert_int_equal(n, 0);
    net->close(net->ctx, client);
}

static void test_refused(void **state)
{
    struct fv_port_addr addr;
    int sock;
    int listener = serve(&addr);
    enum fv_err err;

    (void)state;
    close(listener);
    err = net->open(net->ctx, &addr, &sock);
    if (err == FV_OK) {
        err = finish_connecting(sock);
        if (ECONNREFUSED != 111 && net->last_error(net->ctx) == 111) {
            net->close(net->ctx, sock);
            print_message("SKIPPED: the emulator gives SO_ERROR in the host's numbers\n");
            skip();
        }
        /* Asked again, the answer does not turn. */
        assert_int_equal(net->connected(net->ctx, sock), FV_E_CONNECT);
        net->close(net->ctx, sock);
    }
    assert_int_equal(err, FV_E_CONNECT);
}

static void test_reset(void **state)
{
    uint8_t byte = 0;
    size_t n = 99;
    int client, server;

    (void)state;
    connect_pair(&client, &server);
    reset_and_close(server);
    assert_int_equal(wait_for(client, FV_PORT_READ | FV_PORT_WRITE, 5 * SECOND), FV_OK);
    assert_int_equal(net->recv(net->ctx, client, &byte, 1, &n), FV_E_RESET);
    assert_int_equal(net->last_error(net->ctx), ECONNRESET);
    assert_int_equal(net->send(net->ctx, client, &byte, 1, &n), FV_E_RESET);
    assert_int_equal(n, 99);
    net->close(net->ctx, client);
}

/* SIGPIPE would end the program here. */
static void test_broken_pipe(void **state)
{
    uint8_t byte = 0;
    size_t n;
    int client, server;
    enum fv_err err = FV_OK;

    (void)state;
    fv_posix_signals_restore();
    connect_pair(&client, &server);
    close(server);
    for (int i = 0; i < 100 && err == FV_OK; i++) {
        err = net->send(net->ctx, client, &byte, 1, &n);
        timer->sleep(timer->ctx, in(1000));
    }
    assert_int_equal(err, FV_E_RESET);
    net->close(net->ctx, client);
}

static void test_full_window(void **state)
{
    static uint8_t bytes[65536];
    size_t n, total = 0, taken = 0;
    int client, server;
    enum fv_err err;

    (void)state;
    connect_pair(&client, &server);
    while ((err = net->send(net->ctx, client, bytes, sizeof bytes, &n)) == FV_OK)
        total += n;
    assert_int_equal(err, FV_AGAIN);
    while (taken < total) {
        ssize_t got = read(server, bytes, sizeof bytes);

        assert_true(got > 0);
        taken += (size_t)got;
    }
    assert_int_equal(wait_for(client, FV_PORT_WRITE, 5 * SECOND), FV_OK);
    assert_int_equal(net->send(net->ctx, client, bytes, 1, &n), FV_OK);
    close(server);
    net->close(net->ctx, client);
}

static void test_bad_socket(void **state)
{
    uint8_t byte = 0;
    size_t n;

    (void)state;
    assert_int_equal(net->recv(net->ctx, 9999, &byte, 1, &n), FV_E_NETWORK);
    assert_int_equal(net->last_error(net->ctx), EBADF);
    assert_int_equal(net->send(net->ctx, 9999, &byte, 1, &n), FV_E_NETWORK);
}

/* --- Waiting --- */

static void test_deadlines(void **state)
{
    int64_t begun;
    int client, server;

    (void)state;
    connect_pair(&client, &server);
    begun = in(0);
    assert_int_equal(wait_for(client, FV_PORT_READ, 30000), FV_E_TIMEOUT);
    assert_true(in(0) - begun >= 30000);
    begun = in(0);
    assert_int_equal(wait_for(client, FV_PORT_READ, -SECOND), FV_E_TIMEOUT);
    assert_int_equal(net->wait(net->ctx, NULL, 0, 0), FV_E_TIMEOUT);
    assert_true(in(0) - begun < SECOND);
    assert_int_equal(wait_for(client, FV_PORT_WRITE, -SECOND), FV_OK);
    assert_int_equal(timer->sleep(timer->ctx, in(20000)), FV_OK);
    assert_true(in(0) - begun >= 20000);
    close(server);
    net->close(net->ctx, client);
}

static void test_which_is_ready(void **state)
{
    struct fv_port_event events[FV_POSIX_EVENTS + 1] = {{0}};
    int client[2], server[2];

    (void)state;
    connect_pair(&client[0], &server[0]);
    connect_pair(&client[1], &server[1]);
    assert_int_equal(write(server[1], "x", 1), 1);
    for (int i = 0; i < 2; i++)
        events[i] = (struct fv_port_event){client[i], FV_PORT_READ, FV_PORT_READ};
    assert_int_equal(net->wait(net->ctx, events, 2, in(5 * SECOND)), FV_OK);
    assert_int_equal(events[0].ready, 0);
    assert_int_equal(events[1].ready, FV_PORT_READ);
    assert_int_equal(net->wait(net->ctx, events, FV_POSIX_EVENTS + 1, in(0)), FV_E_NETWORK);
    for (int i = 0; i < 2; i++) {
        close(server[i]);
        net->close(net->ctx, client[i]);
    }
}

/* Send ourselves a signal in 30 ms, from outside. */
static pid_t signal_soon(int number)
{
    pid_t parent = getpid();
    pid_t child = fork();

    if (child == 0) {
        usleep(30000);
        kill(parent, number);
        _exit(0);
    }
    return child;
}

static void test_cancel(void **state)
{
    static const int signals[] = {SIGINT, SIGTERM};
    int client, server;
    int64_t begun;
    pid_t child;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        connect_pair(&client, &server);
        assert_int_equal(timer->cancelled(timer->ctx), 0);
        begun = in(0);
        child = signal_soon(signals[i]);
        assert_int_equal(wait_for(client, FV_PORT_READ, 10 * SECOND), FV_E_CANCELLED);
        assert_true(in(0) - begun < 5 * SECOND);
        waitpid(child, NULL, 0);
        assert_int_equal(fv_posix_signal(), signals[i]);
        raise(SIGINT); /* the first one is the one that counts */
        assert_int_equal(fv_posix_signal(), signals[i]);
        assert_true(timer->cancelled(timer->ctx));
        assert_int_equal(wait_for(client, FV_PORT_WRITE, SECOND), FV_E_CANCELLED);
        assert_int_equal(timer->sleep(timer->ctx, in(10 * SECOND)), FV_E_CANCELLED);
        close(server);
        net->close(net->ctx, client);
        fv_posix_signals_restore();
        assert_int_equal(fv_posix_signals_install(), FV_OK);
    }
}

/* --- Look-ups --- */

static void test_literals(void **state)
{
    static const struct {
        const char *host;
        uint8_t family;
        uint8_t first, last;
    } cases[] = {
        {"127.0.0.1", 4, 127, 1},
        {"192.0.2.7", 4, 192, 7},
        {"::1", 6, 0, 1},
        {"2001:db8::9", 6, 0x20, 9},
    };
    struct fv_port_addr out[2];
    size_t count;

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        size_t length = cases[i].family == 4 ? 4 : 16;

        /* A literal needs no time. */
        assert_int_equal(net->resolve(net->ctx, cases[i].host, 443, out, 2, &count, 0), FV_OK);
        assert_int_equal(count, 1);
        assert_int_equal(out[0].family, cases[i].family);
        assert_int_equal(out[0].bytes[0], cases[i].first);
        assert_int_equal(out[0].bytes[length - 1], cases[i].last);
        assert_int_equal(out[0].port, 443);
        assert_int_equal(out[0].scope, 0);
    }
}

static void test_names(void **state)
{
    struct fv_port_addr out[FV_CAP_ADDRESSES];
    size_t count = 77;

    (void)state;
    assert_int_equal(net->resolve(net->ctx, "localhost", 80, out, FV_CAP_ADDRESSES, &count,
                                  in(20 * SECOND)),
                     FV_OK);
    assert_true(count >= 1 && count <= FV_CAP_ADDRESSES);
    assert_true(out[0].family == 6 || out[0].bytes[0] == 127);
    assert_int_equal(out[0].port, 80);
    count = 77;
    assert_int_equal(net->resolve(net->ctx, "not a name", 80, out, 1, &count, in(20 * SECOND)),
                     FV_E_RESOLVE);
    assert_true(net->last_error(net->ctx) != 0);
    assert_int_equal(count, 77);
    /* The children are gone and waited for. */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void test_name_deadline(void **state)
{
    struct fv_port_addr out[1];
    size_t count;
    int64_t begun = in(0);

    (void)state;
    assert_int_equal(net->resolve(net->ctx, "localhost", 80, out, 1, &count, begun - 1),
                     FV_E_TIMEOUT);
    assert_true(in(0) - begun < 5 * SECOND);
    raise(SIGTERM);
    assert_int_equal(net->resolve(net->ctx, "localhost", 80, out, 1, &count, INT64_MAX),
                     FV_E_CANCELLED);
}

/* The order of what a name server says. */
static void test_interleave(void **state)
{
    static const struct {
        const char *families; /* as the resolver gives them; 0: another family */
        const char *expect;
    } cases[] = {
        {"", ""},
        {"4", "4"},
        {"6", "6"},
        {"0", ""},
        {"0604", "64"},
        {"4466", "4646"},
        {"6644", "6464"},
        {"66664", "64666"},
        {"644446", "646444"},
        {"444444444466", "46464444"}, /* the second family has its place before what does not fit */
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct sockaddr_in v4[16] = {{0}};
        struct sockaddr_in6 v6[16] = {{0}};
        struct addrinfo list[16] = {{0}};
        struct fv_port_addr out[8];
        uint8_t last[2] = {0, 0};
        size_t n = strlen(cases[i].families);
        size_t count;

        for (size_t k = 0; k < n; k++) {
            bool four = cases[i].families[k] == '4';

            ((uint8_t *)&v4[k].sin_addr)[0] = (uint8_t)(k + 1);
            v6[k].sin6_addr.s6_addr[0] = (uint8_t)(k + 1);
            list[k].ai_family = four ? AF_INET : cases[i].families[k] == '6' ? AF_INET6 : AF_UNIX;
            list[k].ai_addr = four ? (struct sockaddr *)&v4[k] : (struct sockaddr *)&v6[k];
            list[k].ai_next = k + 1 < n ? &list[k + 1] : NULL;
        }
        count = fv_posix_interleave(n ? list : NULL, 443, out, 8);
        assert_int_equal(count, strlen(cases[i].expect));
        for (size_t k = 0; k < count; k++) {
            assert_int_equal(out[k].family, cases[i].expect[k] - '0');
            assert_true(out[k].bytes[0] > last[out[k].family == 6]);
            last[out[k].family == 6] = out[k].bytes[0];
        }
    }
}

/* --- The rest --- */

static void test_clock(void **state)
{
    int64_t before = timer->now(timer->ctx);

    (void)state;
    assert_true(before >= 0);
    assert_true(timer->now(timer->ctx) >= before);
    assert_true(timer->wall(timer->ctx) == INT64_MIN ||
                timer->wall(timer->ctx) > INT64_C(1577836800000000));
}

static void test_entropy(void **state)
{
    uint8_t a[600] = {0}, b[600] = {0};
    unsigned zeros = 0;

    (void)state;
    assert_int_equal(posix.entropy.fill(posix.entropy.ctx, a, sizeof a), FV_OK);
    assert_int_equal(posix.entropy.fill(posix.entropy.ctx, b, sizeof b), FV_OK);
    assert_memory_not_equal(a, b, sizeof a);
    for (size_t i = 0; i < sizeof a; i++)
        zeros += a[i] == 0;
    assert_true(zeros < 60);
}

/* What is printed never lands in a socket. */
static void test_closed_stdin(void **state)
{
    int status;
    pid_t child = fork();

    (void)state;
    if (child == 0) {
        struct fv_posix other;
        struct fv_port_addr addr = {.family = 4, .bytes = {127, 0, 0, 1}, .port = 9};
        int sock = -1;

        close(0);
        close(2);
        fv_posix_init(&other);
        (void)!other.net.open(other.net.ctx, &addr, &sock);
        _exit(sock == 0 || sock == 2);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_int_equal(status, 0);
}

#define CASE(test)                                                                                 \
    {                                                                                              \
#test, test, setup, teardown, NULL                                                         \
    }

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_exchange),     CASE(test_refused),        CASE(test_reset),
        CASE(test_broken_pipe),  CASE(test_full_window),    CASE(test_bad_socket),
        CASE(test_deadlines),    CASE(test_which_is_ready), CASE(test_cancel),
        CASE(test_literals),     CASE(test_names),          CASE(test_name_deadline),
        CASE(test_interleave),   CASE(test_clock),          CASE(test_entropy),
        CASE(test_closed_stdin),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
