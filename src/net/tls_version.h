/*
 * What depends on the versions of TLS that a build speaks. One of two files is linked: tls_v13.c (TLS 1.3 and 1.2) or tls_v12.c (TLS 1.2
 * alone, records of 4 KiB asked for), with an mbedTLS configured for the same. For net/tls.c alone.
 */
#ifndef FV_NET_TLS_VERSION_H
#define FV_NET_TLS_VERSION_H

#include "base/err.h"
#include "port/port.h"

#include <mbedtls/ssl.h>

/* Start what TLS needs besides mbedTLS's own structures, once a connection; entropy is borrowed for good. FV_OK, or FV_E_MEMORY,
 * FV_E_TLS with *code. */
enum fv_err fv_tls_version_start(const struct fv_port_entropy *entropy, int32_t *code) FV_MUSTUSE;

/* The versions that this build speaks, for people. */
extern const char fv_tls_version_names[];

/* Set in conf what is a matter of versions. protocols: for ALPN, ended by NULL, borrowed as conf is. Returns mbedTLS's code. */
int fv_tls_version_configure(mbedtls_ssl_config *conf, const char **protocols) FV_MUSTUSE;

#endif
