/* SPDX-License-Identifier: MIT */
/*
 * Shows what a handshake has found: version, suite, group, session, and certificates. It writes
 * lines of the port's log for -v, and struct fv_net_facts. One of two files is linked: tls_show.c,
 * or tls_show_none.c on boards without a log.
 */
#ifndef FV_NET_TLS_SHOW_H
#define FV_NET_TLS_SHOW_H

#include "base/slice.h"
#include "net/tls.h"
#include "net/tls_watch.h"
#include "port/port.h"

#include <mbedtls/x509_crt.h>

/* Where the trusted certificate of a path was found. */
struct fv_tls_found {
    struct fv_slice bundle; /* its name */
    uint64_t line;          /* the first line is 1; 0: the bundle is one certificate in DER */
};

/* A step of the handshake was done: keep the group of the key exchange if it is known now. */
void fv_tls_show_step(const mbedtls_ssl_context *ssl, struct fv_tls_watch *watch);

/* A path was accepted: path[0] is the server's certificate, path[count - 1] the trusted one (both
 * may be the same). facts may be NULL. */
void fv_tls_show_path(const struct fv_port *port, const mbedtls_x509_crt *const *path, size_t count,
                      const struct fv_tls_found *root, struct fv_net_facts *facts);

/* The handshake of t is complete and accepted. Set t->certificate_end_us, except if a session was
 * resumed, which shows no certificate. */
void fv_tls_show_done(struct fv_tls *t, const mbedtls_ssl_context *ssl,
                      const struct fv_tls_watch *watch);

#endif
