/*
 * From a host name to a connected TCP stream: all addresses, tried next to each other (RFC 8305 5).
 *
 * A new attempt starts 250 ms after the last one, or at once when one fails; the first that connects wins and the others
 * are closed. Addresses are tried in the port's order, at most FV_CAP_ADDRESSES of them.
 */
#ifndef FV_NET_DIAL_H
#define FV_NET_DIAL_H

#include "net/fault.h"
#include "port/port.h"

/* Connect to host (NUL-terminated, IPv6 without brackets). FV_OK: *sock is connected and must be closed through the port.
 * FV_E_RESOLVE, FV_E_CONNECT, FV_E_NETWORK, FV_E_TIMEOUT, FV_E_CANCELLED: recorded in fault, with the port's code; of
 * several failed attempts the last one counts. */
enum fv_err fv_dial(const struct fv_port *port, const char *host, uint16_t number,
                    int64_t deadline_us, struct fv_net_fault *fault, int *sock) FV_MUSTUSE;

#endif
