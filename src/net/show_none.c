/* SPDX-License-Identifier: MIT */
/* A board without a log. */
#include "net/show.h"

bool fv_show_begin(const struct fv_port *port, struct fv_writer *w, char *text, size_t size)
{
    (void)port;
    (void)w;
    (void)text;
    (void)size;
    return false;
}

void fv_show_end(const struct fv_port *port, const struct fv_writer *w)
{
    (void)port;
    (void)w;
}

void fv_show_address(const struct fv_port *port, struct fv_slice host,
                     const struct fv_port_addr *addr)
{
    (void)port;
    (void)host;
    (void)addr;
}

void fv_show_tunnel(const struct fv_port *port, struct fv_slice host, uint16_t number)
{
    (void)port;
    (void)host;
    (void)number;
}

void fv_show_listing(const struct fv_port *port, uint16_t status)
{
    (void)port;
    (void)status;
}
