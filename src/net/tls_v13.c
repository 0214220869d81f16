/* SPDX-License-Identifier: MIT */
#include "net/tls_version.h"

#include <mbedtls/ecp.h>
#include <mbedtls/md.h>
#include <psa/crypto.h>

psa_status_t mbedtls_to_psa_error(int ret);

const char fv_tls_version_names[] = "TLS 1.3 or 1.2";

/*
 * The entropy of the port that was used last. PSA asks for random numbers without a context, and
 * has one state for the whole program. So this is the only variable under src/ that is not in the
 * caller's memory. A program has one port.
 */
static const struct fv_port_entropy *psa_entropy;

psa_status_t mbedtls_psa_external_get_random(mbedtls_psa_external_random_context_t *context,
                                             uint8_t *output, size_t size, size_t *length)
{
    (void)context;
    if (psa_entropy == NULL || psa_entropy->fill(psa_entropy->ctx, output, size) != FV_OK) {
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    }
    *length = size;
    return PSA_SUCCESS;
}

/* Replaces mbedTLS's own (boards/verify_only.h), which has sixty cases. Of all errors of hashes,
 * key exchange and key schedule, TLS distinguishes only these. */
psa_status_t mbedtls_to_psa_error(int ret)
{
    switch (ret) {
    case 0:
        return PSA_SUCCESS;
    case MBEDTLS_ERR_MPI_ALLOC_FAILED:
    case MBEDTLS_ERR_ECP_ALLOC_FAILED:
    case MBEDTLS_ERR_MD_ALLOC_FAILED:
        return PSA_ERROR_INSUFFICIENT_MEMORY;
    case MBEDTLS_ERR_ECP_RANDOM_FAILED:
        return PSA_ERROR_INSUFFICIENT_ENTROPY;
    default:
        return PSA_ERROR_INVALID_ARGUMENT;
    }
}

enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code)
{
    psa_entropy = entropy;
    psa_status_t status = psa_crypto_init();
    if (status == PSA_SUCCESS) {
        return FV_OK;
    }
    *code = status;
    return status == PSA_ERROR_INSUFFICIENT_MEMORY ? FV_E_MEMORY : FV_E_TLS;
}

int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols)
{
    mbedtls_ssl_conf_tls13_enable_signal_new_session_tickets(
        conf, MBEDTLS_SSL_TLS1_3_SIGNAL_NEW_SESSION_TICKETS_ENABLED);
    return mbedtls_ssl_conf_alpn_protocols(conf, protocols);
}
