/* SPDX-License-Identifier: MIT */
/*
 * The parts that depend on the TLS versions of a build. One file is linked: tls_v13.c (TLS 1.3 and
 * 1.2), tls_v13_system.c (the same, the system's mbedTLS) or tls_v12.c (TLS 1.2, records of 4 KiB).
 * mbedTLS must be configured for the same versions. Only net/tls.c uses this.
 */
#ifndef FV_NET_TLS_VERSION_H
#define FV_NET_TLS_VERSION_H

#include "base/err.h"
#include "port/port.h"

#include <mbedtls/ssl.h>

/* Start what TLS needs besides mbedTLS's structures. Called once for each connection; entropy is
 * borrowed for ever. FV_OK; FV_E_MEMORY or FV_E_TLS, with mbedTLS's code in *code. */
enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code) FV_MUSTUSE;

/* The versions that this build supports, as text for messages. */
extern const char fv_tls_version_names[];

/* Set what depends on the version in conf. protocols is the list for ALPN, ended by NULL; it is
 * borrowed as long as conf. Return mbedTLS's code. */
int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols) FV_MUSTUSE;

#endif
