#include "net/tls_show.h"

void fv_tls_show_path(const struct fv_port *port, const mbedtls_x509_crt *const *path, size_t count,
                      const struct fv_tls_found *root)
{
    (void)port;
    (void)path;
    (void)count;
    (void)root;
}
