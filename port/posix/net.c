/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static enum fv_err fail(struct fv_posix *p, enum fv_err err, int code)
{
    p->net_error = code;
    return err;
}

/* After an error of the connection, the next address is worth an attempt. Other errors are about
 * this machine. */
static enum fv_err connect_err(int code)
{
    switch (code) {
    case ECONNREFUSED:
    case ECONNRESET:
    case ECONNABORTED:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ENETDOWN:
    case EHOSTDOWN:
    case EADDRNOTAVAIL:
    case EAFNOSUPPORT:
    case ETIMEDOUT:
    case ENOTCONN:
    case EACCES:
    case EPERM:
        return FV_E_CONNECT;
    default:
        return FV_E_NETWORK;
    }
}

static enum fv_err stream_err(int code)
{
    switch (code) {
    case ECONNRESET:
    case ECONNABORTED:
    case EPIPE:
    case ENETRESET:
    case ENETUNREACH:
    case EHOSTUNREACH:
    case ETIMEDOUT:
    case ENOTCONN:
        return FV_E_RESET;
    default:
        return FV_E_NETWORK;
    }
}

static socklen_t to_system(const struct fv_port_addr *addr, union address *out)
{
    memset(out, 0, sizeof *out);
    if (addr->family == 4) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(addr->port);
        memcpy(&out->v4.sin_addr, addr->bytes, 4);
        return sizeof out->v4;
    }
    out->v6.sin6_family = AF_INET6;
    out->v6.sin6_port = htons(addr->port);
    out->v6.sin6_scope_id = addr->scope;
    memcpy(&out->v6.sin6_addr, addr->bytes, 16);
    return sizeof out->v6;
}

static enum fv_err net_open(void *ctx, const struct fv_port_addr *addr, int *sock)
{
    struct fv_posix *p = ctx;
    union address to;
    socklen_t length = to_system(addr, &to);
    int code, one = 1;
    int fd = socket(to.any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd < 0)
        return fail(p, connect_err(errno), errno);
    /* Requests are whole when they are sent, and pipelined ones must not wait for each other's
     * acknowledgement. */
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    /* after EINTR, connecting goes on in the background */
    if (connect(fd, &to.any, length) < 0 && errno != EINPROGRESS && errno != EINTR) {
        code = errno;
        close(fd);
        return fail(p, connect_err(code), code);
    }
    *sock = fd;
    return FV_OK;
}

static enum fv_err net_connected(void *ctx, int sock)
{
    struct fv_posix *p = ctx;
    struct pollfd fd = {.fd = sock, .events = POLLOUT};
    union address peer;
    socklen_t length = sizeof peer;
    int code = 0;
    socklen_t code_length = sizeof code;
    int ready = poll(&fd, 1, 0);

    if (ready == 0 || (ready < 0 && errno == EINTR))
        return FV_AGAIN;
    if (ready < 0 || getsockopt(sock, SOL_SOCKET, SO_ERROR, &code, &code_length) < 0)
        return fail(p, FV_E_NETWORK, errno);
    /* SO_ERROR reports a failure only once; a missing peer is always reported. */
    if (code == 0 && getpeername(sock, &peer.any, &length) < 0)
        code = errno;
    return code == 0 ? FV_OK : fail(p, connect_err(code), code);
}

static enum fv_err net_wait(void *ctx, struct fv_port_event *events, size_t count,
                            int64_t deadline_us)
{
    struct fv_posix *p = ctx;
    struct pollfd fds[FV_POSIX_EVENTS + 1];
    enum fv_err err;
    size_t i;

    if (count > FV_POSIX_EVENTS)
        return fail(p, FV_E_NETWORK, EINVAL);
    for (i = 0; i < count; i++) {
        bool in = (events[i].want & FV_PORT_READ) != 0;
        bool out = (events[i].want & FV_PORT_WRITE) != 0;

        fds[i + 1].fd = events[i].sock;
        fds[i + 1].events = (short)((in ? POLLIN : 0) | (out ? POLLOUT : 0));
        fds[i + 1].revents = 0;
    }
    err = fv_posix_poll(fds, count + 1, deadline_us);
    if (err == FV_E_NETWORK)
        p->net_error = errno;
    if (err != FV_OK)
        return err;

    for (i = 0; i < count; i++) {
        short got = fds[i + 1].revents;

        events[i].ready =
            (uint8_t)((got & POLLIN ? FV_PORT_READ : 0) | (got & POLLOUT ? FV_PORT_WRITE : 0));
        if (got & (POLLERR | POLLHUP | POLLNVAL))
            events[i].ready = events[i].want;
    }
    return FV_OK;
}

static enum fv_err net_send(void *ctx, int sock, const uint8_t *bytes, size_t n, size_t *sent)
{
    for (;;) {
        ssize_t done = send(sock, bytes, n, MSG_NOSIGNAL);

        if (done >= 0) {
            *sent = (size_t)done;
            return FV_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return FV_AGAIN;
        if (errno != EINTR)
            return fail(ctx, stream_err(errno), errno);
    }
}

static enum fv_err net_recv(void *ctx, int sock, uint8_t *bytes, size_t n, size_t *got)
{
    for (;;) {
        ssize_t done = recv(sock, bytes, n, 0);

        if (done >= 0) {
            *got = (size_t)done;
            return FV_OK;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return FV_AGAIN;
        if (errno != EINTR)
            return fail(ctx, stream_err(errno), errno);
    }
}

static void net_close(void *ctx, int sock)
{
    (void)ctx;
    close(sock);
}

static int32_t net_last_error(void *ctx)
{
    const struct fv_posix *p = ctx;

    return p->net_error;
}

void fv_posix_net_init(struct fv_posix *p)
{
    p->net_error = 0;
    p->net = (struct fv_port_net){
        .ctx = p,
        .resolve = fv_posix_resolve,
        .open = net_open,
        .connected = net_connected,
        .wait = net_wait,
        .send = net_send,
        .recv = net_recv,
        .close = net_close,
        .last_error = net_last_error,
    };
}

void fv_posix_init(struct fv_posix *p)
{
    int fd;

    do
        fd = open("/dev/null", O_RDWR);
    while (fd >= 0 && fd <= 2);
    if (fd > 2)
        close(fd);

    fv_posix_net_init(p);
    fv_posix_clock_init(p);
    fv_posix_entropy_init(p);
}
