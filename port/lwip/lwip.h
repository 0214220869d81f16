/* SPDX-License-Identifier: MIT */
/*
 * The network port over lwIP 2.2 (raw API): DHCP or a static address, DNS, SNTP, TCP over IPv4.
 *
 * The stack runs only inside calls of this port: those that wait, and recv. There is no thread, and
 * nothing runs in an interrupt; the interrupt of a driver may only end the core's sleep. There is
 * one structure of this kind, because lwIP's own state exists once in a program.
 *
 * fv_lwip_open() starts lwIP and an interface. A program that already runs lwIP passes it to
 * fv_lwip_adopt() and does not link own.c. Give the core both `net` and `clock` of this structure:
 * during a sleep with another clock the stack would not run, and a DHCP lease could expire.
 *
 * When a call has returned, no lookup, timer or query of it goes on.
 *
 * last_error is lwIP's err_t (negative). After a lookup that the server refused, it is the DNS
 * response code (positive).
 */
#ifndef FV_PORT_LWIP_H
#define FV_PORT_LWIP_H

#include "port/port.h"

#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

/* Connections at the same time. The core tries all addresses of a name in parallel, in addition to
 * the connections it has. */
#ifndef FV_LWIP_SOCKETS
#define FV_LWIP_SOCKETS (FV_CAP_ADDRESSES + FV_CAP_ASIDE)
#endif

/* A network interface. */
struct fv_lwip_link {
    /* Initialise as netif_add() requires: set hwaddr, hwaddr_len, mtu, name, flags, output
     * (etharp_output) and linkoutput. */
    netif_init_fn init;
    /* If a frame was received, pass it to netif->input and return true. Never waits. */
    bool (*poll)(struct netif *netif);
    /* Sleep until an interrupt, or for a short time. NULL: poll is called again at once. */
    void (*idle)(void);
};

/* Addresses in network order, as in ip4_addr. All zero: DHCP. */
struct fv_lwip_address {
    ip4_addr_t address, mask, gateway, dns;
};

/* A stack that the program already runs. */
struct fv_lwip_stack {
    struct netif *netif; /* the interface whose address is used */
    void *ctx;
    /* Do what is due: process some received frames, call sys_check_timeouts(). Return within
     * milliseconds; true: there is more to do at once. */
    bool (*turn)(void *ctx);
    /* Sleep until an interrupt, or for a short time (milliseconds). May be NULL. */
    void (*idle)(void *ctx);
};

struct fv_lwip_socket {
    struct tcp_pcb *pcb; /* NULL: not in use, or closed by lwIP */
    struct pbuf *received;
    bool used, connected, ended;
    err_t error; /* why the connection broke; ERR_OK: it did not */
};

struct fv_lwip {
    struct fv_port_net net;     /* the tables for the core */
    struct fv_port_clock clock; /* that of the machine, but the stack runs during its sleep */
    const struct fv_port_clock *machine;
    const struct fv_port_entropy *entropy;
    struct fv_lwip_stack stack;
    struct fv_lwip_socket sockets[FV_LWIP_SOCKETS];
    int32_t error;
};

/* Start lwIP and the interface. All arguments are borrowed for ever. address: all zero for DHCP.
 * FV_OK, FV_E_NETWORK. */
enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *entropy,
                         const struct fv_lwip_address *address) FV_MUSTUSE;

/* Use a stack that runs already. clock and entropy are borrowed for ever. Nothing in lwIP is
 * started or changed. boards/PORTING.md lists what the stack must have. */
void fv_lwip_adopt(struct fv_lwip *l, const struct fv_lwip_stack *stack,
                   const struct fv_port_clock *clock, const struct fv_port_entropy *entropy);

/* Wait until the interface has an address. FV_OK; FV_E_ADDRESS: none at the deadline;
 * FV_E_CANCELLED. */
enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

/* The result of an SNTP query. */
struct fv_lwip_time {
    int64_t wall_us;
    const char *why; /* why there is no time, in a few words; static text */
};

/* Query an SNTP server (a name or an address; port 0 means 123) for the time (RFC 4330 5). A
 * response is accepted only from the address and port that were queried, with our random bits in
 * it, and from a server that is synchronised. FV_OK: time->wall_us. Otherwise time->why, with
 * FV_E_TIMEOUT, FV_E_RESOLVE, FV_E_ADDRESS, FV_E_NETWORK (all servers refused) or
 * FV_E_CANCELLED. */
enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         struct fv_lwip_time *time) FV_MUSTUSE;

/* The same as clock->sleep, but the stack runs meanwhile: it renews leases and answers pings.
 * FV_OK, FV_E_CANCELLED. */
enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

#endif
