/* SPDX-License-Identifier: MIT */
/*
 * Lines of the port's log, for -v. Without a log nothing happens. One of two files is linked:
 * show.c, or show_none.c on boards without a log.
 */
#ifndef FV_NET_SHOW_H
#define FV_NET_SHOW_H

#include "base/writer.h"
#include "port/port.h"

/* Begin a line. Return whether there is a log; w then writes the line into text, which is borrowed
 * until fv_show_end(). */
bool fv_show_begin(const struct fv_port *port, struct fv_writer *w, char *text, size_t size);
void fv_show_end(const struct fv_port *port, const struct fv_writer *w);

/* Show the status of the response to a listing's request: listing: HTTP 200. */
void fv_show_listing(const struct fv_port *port, uint16_t status);

/* Log that a connection to host was opened (a name; possibly a proxy's). */
void fv_show_address(const struct fv_port *port, struct fv_slice host,
                     const struct fv_port_addr *addr);
/* Log that the proxy has opened a tunnel to host. */
void fv_show_tunnel(const struct fv_port *port, struct fv_slice host, uint16_t number);

#endif
