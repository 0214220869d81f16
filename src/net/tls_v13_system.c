/* SPDX-License-Identifier: MIT */
#include "net/tls_version.h"

#include <mbedtls/ssl.h>
#include <psa/crypto.h>

const char fv_tls_version_names[] = "TLS 1.3 or 1.2";

/* mbedTLS's PSA has random numbers of its own, from the kernel. */
enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code)
{
    (void)entropy;
    psa_status_t status = psa_crypto_init();
    if (status == PSA_SUCCESS) {
        return FV_OK;
    }
    *code = status;
    return status == PSA_ERROR_INSUFFICIENT_MEMORY ? FV_E_MEMORY : FV_E_TLS;
}

/* Offer what boards/linux/fv_mbedtls.h leaves in: a distribution's library can do more. */
int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols)
{
    static const uint16_t groups[] = {
        MBEDTLS_SSL_IANA_TLS_GROUP_X25519,    MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1,
        MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1, MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1,
        MBEDTLS_SSL_IANA_TLS_GROUP_NONE,
    };
    mbedtls_ssl_conf_groups(conf, groups);
    mbedtls_ssl_conf_tls13_key_exchange_modes(
        conf, MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_EPHEMERAL |
                  MBEDTLS_SSL_TLS1_3_KEY_EXCHANGE_MODE_PSK_EPHEMERAL);
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    return mbedtls_ssl_conf_alpn_protocols(conf, protocols);
}
