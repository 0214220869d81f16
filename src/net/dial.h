/* SPDX-License-Identifier: MIT */
/*
 * From a host name to a connected TCP stream. All addresses of the name are tried (RFC 8305 5).
 *
 *     fv_dial_begin(), then fv_dial_on() until it no longer returns FV_AGAIN;
 *     between these calls, wait for fv_dial_events()
 *
 * A new attempt begins 250 ms after the last one, or at once when one fails. The first attempt that
 * connects wins, and the others are closed. Addresses are tried in the order of the port, at most
 * FV_CAP_ADDRESSES of them. Only the lookup of the name waits.
 */
#ifndef FV_NET_DIAL_H
#define FV_NET_DIAL_H

#include "net/fault.h"
#include "port/port.h"

struct fv_dial_to {
    const char *host;     /* NUL-terminated, IPv6 without brackets */
    struct fv_slice name; /* the same; borrowed until fv_dial_end() */
    uint16_t port;
    /* Address of an open connection to the same host; there is no lookup then. May be NULL. */
    const struct fv_port_addr *known;
};

/* Private. */
struct fv_dial {
    const struct fv_port *port;
    struct fv_slice name;
    struct fv_port_addr addr[FV_CAP_ADDRESSES];
    size_t count, next; /* number of addresses; the first one that was not tried yet */
    int sock[FV_CAP_ADDRESSES];
    const struct fv_port_addr *to[FV_CAP_ADDRESSES]; /* the address of each socket */
    size_t active;                                   /* sockets in use: attempts under way */
    int64_t start_us;                                /* instant of the next attempt */
    enum fv_err err;                                 /* of the last attempt that failed */
    int32_t native;
};

/* Look up the addresses. FV_OK; FV_E_RESOLVE, FV_E_TIMEOUT, FV_E_CANCELLED, FV_E_ADDRESS: recorded
 * in fault with the port's code. */
enum fv_err fv_dial_begin(struct fv_dial *d, const struct fv_port *port,
                          const struct fv_dial_to *to, int64_t deadline_us,
                          struct fv_net_fault *fault) FV_MUSTUSE;
/* Begin and check attempts. FV_OK: *sock is connected to *peer; the caller closes it through the
 * port, and all other sockets are closed. FV_AGAIN: wait for fv_dial_events(). FV_E_CONNECT,
 * FV_E_NETWORK: all attempts failed; FV_E_RESOLVE: there was no address. The last error is recorded
 * in fault with the port's code. */
enum fv_err fv_dial_on(struct fv_dial *d, struct fv_net_fault *fault, int *sock,
                       struct fv_port_addr *peer) FV_MUSTUSE;
/* Write the events to wait for after FV_AGAIN: one for each attempt, at most FV_CAP_ADDRESSES. If
 * the next attempt begins earlier, lower *until_us to it. Return the number of events. */
size_t fv_dial_events(const struct fv_dial *d, struct fv_port_event *events, int64_t *until_us);
/* Close all attempts. Does nothing after fv_dial_on() has ended. */
void fv_dial_end(struct fv_dial *d);

#endif
