/* SPDX-License-Identifier: MIT */
/*
 * The stream under TLS: a socket of the port, in the form that mbedTLS requires.
 */
#ifndef FV_NET_TLS_STREAM_H
#define FV_NET_TLS_STREAM_H

#include "base/cap.h"
#include "base/err.h"
#include "port/port.h"

struct fv_tls_stream {
    const struct fv_port_net *net;
    int sock;
    enum fv_err err; /* why send or recv of the port failed; FV_OK if they did not */
    int32_t native;
    bool dry; /* nothing more was there to receive; the caller resets it */
    /* bytes received in this turn; the caller resets it, so that other connections get theirs */
    size_t turn;
    size_t at, end; /* received bytes that mbedTLS has not taken yet: ahead[at] to ahead[end - 1] */
    uint8_t ahead[FV_CAP_AHEAD];
};

/* Begin with sock. */
void fv_tls_stream_begin(struct fv_tls_stream *s, const struct fv_port_net *net, int sock);

/* For mbedtls_ssl_set_bio(); ctx is a struct fv_tls_stream. */
int fv_tls_stream_send(void *ctx, const unsigned char *p, size_t n);
int fv_tls_stream_recv(void *ctx, unsigned char *p, size_t n);

#endif
