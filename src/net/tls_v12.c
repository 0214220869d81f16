/* SPDX-License-Identifier: MIT */
#include "net/tls_version.h"

const char fv_tls_version_names[] = "TLS 1.2";

enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code)
{
    (void)entropy; /* the configuration has it */
    (void)code;
    return FV_OK;
}

/* mbedtls_ssl_conf_max_frag_len() asks for a sending buffer of that size too, 3 KB that a client of small requests has no use for. What
 * is received is what matters; what is sent is bounded by the buffer all the same. ALPN is left out: a server that is not asked speaks HTTP/1.1. */
int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols)
{
    (void)protocols;
    conf->MBEDTLS_PRIVATE(mfl_code) = MBEDTLS_SSL_MAX_FRAG_LEN_4096;
    return 0;
}
