/*
 * A handshake, step by step: keeps what mbedTLS knows during it and forgets at its end, or never tells.
 */
#ifndef FV_NET_TLS_WATCH_H
#define FV_NET_TLS_WATCH_H

#include <mbedtls/ssl.h>
#include <stdbool.h>
#include <stdint.h>

/* Reset it by assigning zero. */
struct fv_tls_watch {
    bool asked; /* the server has asked for a certificate of the client's */
    bool full;  /* it has shown its own: no session was resumed */
    uint16_t
        group; /* of the key exchange (RFC 8446 4.2.7); 0: not known yet, or not looked at (net/tls_show.h) */
};

/* mbedtls_ssl_handshake(). */
int fv_tls_watch_handshake(mbedtls_ssl_context *ssl, struct fv_tls_watch *w);

/* Whether the client has told a server that asked for its certificate that it has none; of a handshake that is not complete. */
bool fv_tls_watch_declined(const mbedtls_ssl_context *ssl, const struct fv_tls_watch *w);

/* What code means where the handshake stands; code itself if that is told by nothing else. Of what means one thing, one code:
 *  MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE  the server sent no certificate (not: an alert)
 *  MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE      it chose what was not offered
 *  MBEDTLS_ERR_SSL_BAD_INPUT_DATA         a message of its is longer than what can be held
 *  MBEDTLS_ERR_ECP_VERIFY_FAILED          its signature is not of its certificate's key
 *  MBEDTLS_ERR_SSL_DECODE_ERROR           a message is malformed */
int fv_tls_watch_code(const mbedtls_ssl_context *ssl, int code);

#endif
