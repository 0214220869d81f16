/* SPDX-License-Identifier: MIT */
#include "net/tls_version.h"

const char fv_tls_version_names[] = "TLS 1.2";

enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code)
{
    (void)entropy; /* mbedTLS's configuration has the source of random numbers */
    (void)code;
    return FV_OK;
}

/* mbedtls_ssl_conf_max_frag_len() would require a sending buffer of that size too: 3 KB that small
 * requests do not need. Only the size of received records matters; the buffer limits what is sent.
 * There is no ALPN: without it, a server speaks HTTP/1.1. */
int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols)
{
    (void)protocols;
    conf->MBEDTLS_PRIVATE(mfl_code) = MBEDTLS_SSL_MAX_FRAG_LEN_4096;
    return 0;
}
