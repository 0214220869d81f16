/*
 * The stream below TLS: a socket of the port, as mbedTLS wants to see it.
 */
#ifndef FV_NET_TLS_STREAM_H
#define FV_NET_TLS_STREAM_H

#include "base/cap.h"
#include "base/err.h"
#include "port/port.h"

struct fv_tls_stream {
    const struct fv_port_net *net;
    int sock;
    enum fv_err err; /* why the port's send or recv failed; FV_OK if it did not */
    int32_t native;
    bool dry;       /* there was nothing more to receive; reset by the caller */
    size_t turn;    /* bytes received; reset by the caller, or others have their turn */
    size_t at, end; /* what was received and not yet asked for: ahead[at..end[ */
    uint8_t ahead[FV_CAP_AHEAD];
};

/* Begin with sock. */
void fv_tls_stream_begin(struct fv_tls_stream *s, const struct fv_port_net *net, int sock);

/* For mbedtls_ssl_set_bio(); ctx is a struct fv_tls_stream. */
int fv_tls_stream_send(void *ctx, const unsigned char *p, size_t n);
int fv_tls_stream_recv(void *ctx, unsigned char *p, size_t n);

#endif
