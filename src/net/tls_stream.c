/* SPDX-License-Identifier: MIT */
#include "net/tls_stream.h"

#include <limits.h>
#include <mbedtls/ssl.h>
#include <string.h>

/* Bytes that are received before other connections get their turn: two of the longest records.
 * Tickets, alerts and empty records may come without end, and while they are read the clock is not
 * checked. */
#define TURN (2 * (5 + 16384 + 256))

void fv_tls_stream_begin(struct fv_tls_stream *s, const struct fv_port_net *net, int sock)
{
    s->net = net;
    s->sock = sock;
    s->at = s->end = 0;
    s->err = FV_OK;
}

static int keep_error(struct fv_tls_stream *s, enum fv_err err)
{
    s->err = err;
    s->native = s->net->last_error(s->net->ctx);
    return MBEDTLS_ERR_SSL_INTERNAL_ERROR;
}

int fv_tls_stream_send(void *ctx, const unsigned char *p, size_t n)
{
    struct fv_tls_stream *s = ctx;
    size_t sent = 0;
    enum fv_err err = s->net->send(s->net->ctx, s->sock, p, n > INT_MAX ? INT_MAX : n, &sent);
    if (err == FV_AGAIN) {
        return MBEDTLS_ERR_SSL_WANT_WRITE;
    }
    return err == FV_OK ? (int)sent : keep_error(s, err);
}

/* mbedTLS asks for the five bytes of a record's header, and then for the rest. Because received
 * bytes are kept here, several records take one system call, instead of two calls for each
 * record. */
int fv_tls_stream_recv(void *ctx, unsigned char *p, size_t n)
{
    struct fv_tls_stream *s = ctx;
    if (s->at == s->end) {
        size_t got = 0;
        enum fv_err err = FV_AGAIN;
        if (s->turn < TURN) {
            err = s->net->recv(s->net->ctx, s->sock, s->ahead, sizeof(s->ahead), &got);
        }
        if (err == FV_AGAIN) {
            s->dry = true;
            return MBEDTLS_ERR_SSL_WANT_READ;
        }
        if (err != FV_OK) {
            return keep_error(s, err);
        }
        s->at = 0;
        s->end = got;
        s->turn += got;
    }
    size_t kept = s->end - s->at;
    size_t given = n < kept ? n : kept;
    memcpy(p, s->ahead + s->at, given);
    s->at += given;
    return (int)given;
}
