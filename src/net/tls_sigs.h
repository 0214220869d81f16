/* SPDX-License-Identifier: MIT */
/*
 * The signature algorithms that TLS offers (RFC 8446 4.2.3).
 */
#ifndef FV_NET_TLS_SIGS_H
#define FV_NET_TLS_SIGS_H

#include <stdbool.h>
#include <stdint.h>

/* Return a list for mbedtls_ssl_conf_sig_algs(), in order of preference, with its end marker. pss:
 * include RSA-PSS. */
const uint16_t *fv_tls_sigs(bool pss);

#endif
