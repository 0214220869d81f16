/* SPDX-License-Identifier: MIT */
#include "net/show.h"

bool fv_show_begin(const struct fv_port *port, struct fv_writer *w, char *text, size_t size)
{
    fv_writer_init(w, text, size);
    return port->log != NULL && port->log->line != NULL;
}

void fv_show_end(const struct fv_port *port, const struct fv_writer *w)
{
    port->log->line(port->log->ctx, FV_PORT_INFO, w->buf);
}

static void put_port(struct fv_writer *w, uint16_t number)
{
    fv_writer_text(w, ", port ");
    fv_writer_u64(w, number);
}

void fv_show_address(const struct fv_port *port, struct fv_slice host,
                     const struct fv_port_addr *addr)
{
    char text[FV_CAP_HOST + 80];
    struct fv_writer w;
    if (!fv_show_begin(port, &w, text, sizeof(text))) {
        return;
    }
    fv_writer_text(&w, "connected to ");
    fv_writer_slice(&w, host);
    fv_writer_text(&w, " at ");
    fv_writer_address(&w, addr->bytes, addr->family == 6 ? 16 : 4);
    put_port(&w, addr->port);
    fv_show_end(port, &w);
}

void fv_show_listing(const struct fv_port *port, uint16_t status)
{
    char text[32];
    struct fv_writer w;
    if (fv_show_begin(port, &w, text, sizeof(text))) {
        fv_writer_text(&w, "listing: HTTP ");
        fv_writer_u64(&w, status);
        fv_show_end(port, &w);
    }
}

void fv_show_tunnel(const struct fv_port *port, struct fv_slice host, uint16_t number)
{
    char text[FV_CAP_HOST + 80];
    struct fv_writer w;
    if (fv_show_begin(port, &w, text, sizeof(text))) {
        fv_writer_text(&w, "through the proxy to ");
        fv_writer_slice(&w, host);
        put_port(&w, number);
        fv_show_end(port, &w);
    }
}
