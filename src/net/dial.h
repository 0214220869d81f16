/*
 * From a host name to a connected TCP stream: all addresses, tried next to each other (RFC 8305 5).
 *
 *     fv_dial_begin(), then fv_dial_on() until it does not say FV_AGAIN; between these, wait for fv_dial_events()
 *
 * A new attempt starts 250 ms after the last one, or at once when one fails; the first that connects wins and the others
 * are closed. Addresses are tried in the port's order, at most FV_CAP_ADDRESSES of them. Only the name's resolution waits.
 */
#ifndef FV_NET_DIAL_H
#define FV_NET_DIAL_H

#include "net/fault.h"
#include "port/port.h"

struct fv_dial_to {
    const char *host;     /* NUL-terminated, IPv6 without brackets */
    struct fv_slice name; /* the same; borrowed until the end */
    uint16_t port;
    const struct fv_port_addr
        *known; /* where another connection to it leads: not looked up then; may be NULL */
};

/* Private. */
struct fv_dial {
    const struct fv_port *port;
    struct fv_slice name;
    struct fv_port_addr addr[FV_CAP_ADDRESSES];
    size_t count, next; /* addresses; the first one that is not tried yet */
    int sock[FV_CAP_ADDRESSES];
    const struct fv_port_addr *to[FV_CAP_ADDRESSES]; /* where each of these leads */
    size_t active;    /* sockets in use: one for each attempt under way */
    int64_t start_us; /* when the next one is due */
    enum fv_err err;  /* of the last one that failed */
    int32_t native;
};

/* Find the addresses of to. FV_OK; FV_E_RESOLVE, FV_E_TIMEOUT, FV_E_CANCELLED, FV_E_ADDRESS: recorded in fault, with the port's code. */
enum fv_err fv_dial_begin(struct fv_dial *d, const struct fv_port *port,
                          const struct fv_dial_to *to, int64_t deadline_us,
                          struct fv_net_fault *fault) FV_MUSTUSE;
/* Begin and look after attempts. FV_OK: *sock is connected to *peer and must be closed through the port, all others are closed. FV_AGAIN: wait.
 * FV_E_CONNECT, FV_E_NETWORK: all have failed; recorded in fault, with the port's code; the last one counts. */
enum fv_err fv_dial_on(struct fv_dial *d, struct fv_net_fault *fault, int *sock,
                       struct fv_port_addr *peer) FV_MUSTUSE;
/* Write what to wait for after FV_AGAIN: one event for each attempt, FV_CAP_ADDRESSES at most; *until_us, if the next attempt is
 * due before it. Return their number. */
size_t fv_dial_events(const struct fv_dial *d, struct fv_port_event *events, int64_t *until_us);
/* Close what is under way; no harm after fv_dial_on() has ended. */
void fv_dial_end(struct fv_dial *d);

#endif
