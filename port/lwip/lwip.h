/*
 * The network port over lwIP 2.2 without an operating system (NO_SYS, raw API): DHCP or a static address, DNS, SNTP, TCP.
 *
 * The stack runs inside of this port's own calls only, in wait, resolve and recv: no thread, no interrupt. A driver's interrupt may do no more
 * than end the core's sleep. One structure at a time, since lwIP's own state is one per program. IPv4.
 *
 * last_error is lwIP's err_t.
 */
#ifndef FV_PORT_LWIP_H
#define FV_PORT_LWIP_H

#include "port/port.h"

#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

/* Connections at a time; the core uses one, and one for each address that it tries next to another. */
#ifndef FV_LWIP_SOCKETS
#define FV_LWIP_SOCKETS 2
#endif

/* A network interface. */
struct fv_lwip_link {
    /* As lwIP wants it (netif_add): set hwaddr, hwaddr_len, mtu, name, flags, output (etharp_output) and linkoutput. */
    netif_init_fn init;
    /* If a frame has been received, give it to netif->input and return true. Never waits. */
    bool (*poll)(struct netif *netif);
    /* Sleep until an interrupt, or for a short while. May be NULL: it is asked again at once. */
    void (*idle)(void);
};

/* Zero: DHCP. Addresses in network order as ip4_addr has them. */
struct fv_lwip_address {
    ip4_addr_t address, mask, gateway, dns;
};

struct fv_lwip_socket {
    struct tcp_pcb *pcb; /* NULL: not in use, or ended by lwIP */
    struct pbuf *received;
    bool used, connected, ended;
    err_t error; /* why it broke; ERR_OK */
    struct fv_lwip *owner;
};

struct fv_lwip {
    struct fv_port_net net; /* the table for the core */
    const struct fv_lwip_link *link;
    const struct fv_port_clock *clock;
    struct netif netif;
    struct fv_lwip_socket sockets[FV_LWIP_SOCKETS];
    ip_addr_t found; /* by the look-up that is under way */
    uint8_t look_up; /* 0: none is awaited; else its number */
    uint8_t looked_up;
    bool done, good; /* it has ended, and well */
    int32_t error;
};

/* Start lwIP and the interface. All is borrowed for good. address is zero for DHCP. FV_OK, FV_E_NETWORK. */
enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *entropy,
                         const struct fv_lwip_address *address) FV_MUSTUSE;

/* Wait until there is an address. FV_OK, FV_E_TIMEOUT, FV_E_CANCELLED. */
enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

/* Ask an SNTP server (a name or an address; port 0 is 123) for the time. FV_OK: *wall_us. FV_E_TIMEOUT, FV_E_CANCELLED. */
enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         int64_t *wall_us) FV_MUSTUSE;

/* Like clock->sleep, but the stack runs on: leases are renewed, pings answered. FV_OK, FV_E_CANCELLED. */
enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

#endif
