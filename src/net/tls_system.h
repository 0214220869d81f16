/* SPDX-License-Identifier: MIT */
/*
 * For a build with the system's mbedTLS (`make MBEDTLS=system`). A distribution's library has no
 * MBEDTLS_X509_TRUSTED_CERTIFICATE_CALLBACK, and boards/verify_only.h was not there when it was
 * compiled. So its own verifier runs first, with an empty list of trusted certificates: it refuses
 * every certificate. Then its verification callback has the last word, and that is
 * net/tls_chain.h, as in all other builds: same rules, same reasons, one trusted certificate in
 * memory at a time. If mbedTLS does not call it, the certificate stays refused.
 *
 * The compiler includes this header before net/tls.c and net/tls_watch.c, whose calls of three
 * functions of mbedTLS come here.
 */
#ifndef FV_NET_TLS_SYSTEM_H
#define FV_NET_TLS_SYSTEM_H

#include <mbedtls/ssl.h>

/* Remember chain, a struct fv_tls_chain, which is borrowed as long as conf. */
void fv_tls_system_trust(mbedtls_ssl_config *conf,
                         int (*find)(void *, mbedtls_x509_crt const *, mbedtls_x509_crt **),
                         void *chain);
/* The same as mbedtls_ssl_setup(), and check certificates with the chain of conf. */
int fv_tls_system_setup(mbedtls_ssl_context *ssl, const mbedtls_ssl_config *conf);
/* The same as mbedtls_ssl_handshake_step(), and refuse a ServerHello of both versions. */
int fv_tls_system_step(mbedtls_ssl_context *ssl);

#define mbedtls_ssl_conf_ca_cb fv_tls_system_trust
#define mbedtls_ssl_setup fv_tls_system_setup
#define mbedtls_ssl_handshake_step fv_tls_system_step

#endif
