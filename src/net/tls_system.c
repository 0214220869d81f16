/* SPDX-License-Identifier: MIT */
#include "net/tls_system.h"

#include "net/tls_chain.h"

#include <string.h>

#undef mbedtls_ssl_setup

/* For mbedtls_ssl_set_verify(); called for each certificate that mbedTLS has put in a row, last for
 * the server's own (depth 0). What mbedTLS has found wrong is in *flags. */
static int verify(void *ctx, mbedtls_x509_crt *crt, int depth, uint32_t *flags)
{
    const mbedtls_ssl_context *ssl = ctx;
    if (depth > 0) {
        *flags = 0;
        return 0;
    }
    void *chain = ssl->MBEDTLS_PRIVATE(conf)->MBEDTLS_PRIVATE(p_vrfy);
    int ret = fv_tls_chain_verify(ssl, crt, chain, flags);
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
