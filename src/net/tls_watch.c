/* SPDX-License-Identifier: MIT */
#include "net/tls_watch.h"

#include "net/tls_show.h"

/* Look at the message after a step. in_msg is the message that the step read; or, if the step
 * expected another one, the message that it left for the next step. */
static void look(const mbedtls_ssl_context *ssl, struct fv_tls_watch *w)
{
    const int state = ssl->MBEDTLS_PRIVATE(state);
    /* The certificate comes next; in TLS 1.3 it comes after the request for one. */
    bool certificate = state == MBEDTLS_SSL_SERVER_CERTIFICATE;
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

/* In TLS 1.3 the handshake is complete by then. Before that, the server cannot have read what the
 * client sent. */
bool fv_tls_watch_declined(const mbedtls_ssl_context *ssl, const struct fv_tls_watch *w)
{
    return w->asked && mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2 &&
           ssl->MBEDTLS_PRIVATE(state) > MBEDTLS_SSL_CLIENT_CERTIFICATE;
}
