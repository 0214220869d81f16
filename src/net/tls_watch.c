/* SPDX-License-Identifier: MIT */
#include "net/tls_watch.h"

#include "net/tls_show.h"

/* A step has been taken, and in_msg is the message that it read, or the one that it met instead and left for the next. */
static void look(const mbedtls_ssl_context *ssl, struct fv_tls_watch *w)
{
    const int state = ssl->MBEDTLS_PRIVATE(state);
    bool certificate =
        state == MBEDTLS_SSL_SERVER_CERTIFICATE; /* is next; in TLS 1.3 behind the request */
    w->full = w->full || certificate;
    w->asked = w->asked || ((certificate || state == MBEDTLS_SSL_SERVER_HELLO_DONE) &&
                            ssl->MBEDTLS_PRIVATE(in_msg)[0] == MBEDTLS_SSL_HS_CERTIFICATE_REQUEST);
}

int fv_tls_watch_handshake(mbedtls_ssl_context *ssl, struct fv_tls_watch *w,
                           const struct fv_port_clock *clock)
{
    int ret = 0;
    while (ret == 0 && !mbedtls_ssl_is_handshake_over(ssl)) {
        ret = mbedtls_ssl_handshake_step(ssl);
        fv_port_idle(clock);
        if (ret == 0) {
            look(ssl, w);
            fv_tls_show_step(ssl, w);
        }
    }
    return ret;
}

/* TLS 1.3 has completed the handshake by then. Before that the server cannot have read what the client sent. */
bool fv_tls_watch_declined(const mbedtls_ssl_context *ssl, const struct fv_tls_watch *w)
{
    return w->asked && mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2 &&
           ssl->MBEDTLS_PRIVATE(state) > MBEDTLS_SSL_CLIENT_CERTIFICATE;
}
