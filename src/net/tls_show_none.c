/* SPDX-License-Identifier: MIT */
/* A board without a log. */
#include "net/tls_show.h"

void fv_tls_show_step(const mbedtls_ssl_context *ssl, struct fv_tls_watch *watch)
{
    (void)ssl;
    (void)watch;
}

void fv_tls_show_path(const struct fv_port *port, const mbedtls_x509_crt *const *path, size_t count,
                      const struct fv_tls_found *root, struct fv_net_facts *facts)
{
    (void)port;
    (void)path;
    (void)count;
    (void)root;
    (void)facts;
}

void fv_tls_show_done(struct fv_tls *t, const mbedtls_ssl_context *ssl,
                      const struct fv_tls_watch *watch)
{
    (void)t;
    (void)ssl;
    (void)watch;
}
