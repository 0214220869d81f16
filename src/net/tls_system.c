/* SPDX-License-Identifier: MIT */
#include "net/tls_system.h"

#include "net/tls_chain.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#undef mbedtls_ssl_setup
#undef mbedtls_ssl_handshake_step

/* Without this member (MBEDTLS_SSL_KEEP_PEER_CERTIFICATE), there is no certificate to compare pins
 * with, and net/tls.c would take each full handshake for a resumption. */
static_assert(offsetof(mbedtls_ssl_session, MBEDTLS_PRIVATE(peer_cert)) > 0, "has a certificate");

/*
 * libmbedtls calls this function, which libmbedx509 has too, for each certificate that a server
 * sends. The dynamic linker takes a program's function first. So only the server's own certificate
 * is parsed, and an extension that mbedTLS does not know is for net/tls_cert.h to judge. In a
 * library (libfluxvision) this function is not seen from outside, and mbedTLS's own is called: it
 * accepts fewer certificates.
 */
__attribute__((visibility("default"))) int
mbedtls_x509_crt_parse_der(mbedtls_x509_crt *chain, const unsigned char *der, size_t len)
{
    return fv_tls_chain_parse(chain, der, len);
}

/* Return whether crt is the first certificate that was sent, and nothing follows it in its place. */
static bool is_first(const struct fv_tls_chain *c, const mbedtls_x509_crt *crt)
{
    const uint8_t *p = c->sent.p;
    return c->sent.len >= 3 + crt->raw.len &&
           ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]) == crt->raw.len &&
           memcmp(p + 3, crt->raw.p, crt->raw.len) == 0;
}

/* For mbedtls_ssl_set_verify(); called for each certificate that mbedTLS has put in a row, last for
 * the server's own (depth 0). What mbedTLS has found wrong is in *flags. */
static int verify(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    const mbedtls_ssl_context *ssl = ctx;
    if (depth > 0) {
        *flags = 0;
        return 0;
    }
    struct fv_tls_chain *chain = ssl->MBEDTLS_PRIVATE(conf)->MBEDTLS_PRIVATE(p_vrfy);
    int ret = fv_tls_chain_verify(ssl, crt, chain, flags);
    if (ret == 0 && !is_first(chain, crt)) {
        return MBEDTLS_ERR_X509_INVALID_FORMAT;
    }
    return ret == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED ? 0 : ret; /* *flags says so */
}

void fv_tls_system_trust(mbedtls_ssl_config *conf,
                         int (*find)(void *, mbedtls_x509_crt const *, mbedtls_x509_crt **),
                         void *chain)
{
    static const mbedtls_x509_crt nothing;
    mbedtls_x509_crt *trusted;
    const mbedtls_x509_crt *p = &nothing;
    memcpy(&trusted, &p, sizeof(trusted)); /* mbedTLS only reads it */
    (void)find;
    mbedtls_ssl_conf_ca_chain(conf, trusted, NULL);
    mbedtls_ssl_conf_verify(conf, NULL, chain); /* kept for verify() */
}

int fv_tls_system_setup(mbedtls_ssl_context *ssl, const mbedtls_ssl_config *conf)
{
    mbedtls_ssl_set_verify(ssl, verify, ssl);
    return mbedtls_ssl_setup(ssl, conf);
}

/* mbedTLS up to 3.6.7 takes the version of TLS 1.3 from a ServerHello that it reads by the rules of
 * TLS 1.2, and goes on with a handshake that has no keys (CVE-2026-115490). */
int fv_tls_system_step(mbedtls_ssl_context *ssl)
{
    const bool lower = ssl->MBEDTLS_PRIVATE(state) == MBEDTLS_SSL_SERVER_HELLO &&
                       mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
    int ret = mbedtls_ssl_handshake_step(ssl);
    if (ret == 0 && lower && mbedtls_ssl_get_version_number(ssl) != MBEDTLS_SSL_VERSION_TLS1_2) {
        mbedtls_ssl_send_alert_message(ssl, MBEDTLS_SSL_ALERT_LEVEL_FATAL,
                                       MBEDTLS_SSL_ALERT_MSG_PROTOCOL_VERSION);
        ret = MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION;
    }
    return ret;
}
