/*
 * The network port over lwIP 2.2 (raw API): DHCP or a static address, DNS, SNTP, TCP over IPv4.
 *
 * The stack runs inside of this port's own calls only, in all that wait and in recv: no thread, no interrupt. A driver's interrupt may do no
 * more than end the core's sleep. One structure at a time, since lwIP's own state is one per program.
 *
 * fv_lwip_open() starts lwIP and an interface; a program that runs lwIP already gives its own to fv_lwip_adopt() and leaves out own.c. Give
 * the core `net` and `clock` of the structure: a pause that sleeps by another clock would leave the stack alone, and a lease would end in it.
 *
 * When a call has returned, nothing of it goes on: no look-up, no timer, no question that waits for its answer.
 *
 * last_error is lwIP's err_t; of a look-up that was refused, the DNS server's response code, which is positive.
 */
#ifndef FV_PORT_LWIP_H
#define FV_PORT_LWIP_H

#include "port/port.h"

#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/tcp.h>

/* Connections at a time: the core tries all addresses of a name next to each other, beside the connections that it has. */
#ifndef FV_LWIP_SOCKETS
#define FV_LWIP_SOCKETS (FV_CAP_ADDRESSES + FV_CAP_ASIDE)
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

/* A stack that runs. */
struct fv_lwip_stack {
    struct netif *netif; /* its address is the one that is waited for */
    void *ctx;
    /* Do what is due: some received frames, sys_check_timeouts(). Returns soon, in milliseconds; true: there is more to do at once. */
    bool (*turn)(void *ctx);
    /* Sleep until an interrupt, or for a short while (milliseconds). May be NULL. */
    void (*idle)(void *ctx);
};

struct fv_lwip_socket {
    struct tcp_pcb *pcb; /* NULL: not in use, or ended by lwIP */
    struct pbuf *received;
    bool used, connected, ended;
    err_t error; /* why it broke; ERR_OK */
};

struct fv_lwip {
    struct fv_port_net net;     /* the tables for the core */
    struct fv_port_clock clock; /* the machine's, but that its sleep runs the stack */
    const struct fv_port_clock *machine;
    const struct fv_port_entropy *entropy;
    struct fv_lwip_stack stack;
    struct fv_lwip_socket sockets[FV_LWIP_SOCKETS];
    int32_t error;
};

/* Start lwIP and the interface. All is borrowed for good. address is zero for DHCP. FV_OK, FV_E_NETWORK. */
enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *entropy,
                         const struct fv_lwip_address *address) FV_MUSTUSE;

/* Use a stack that runs already; clock and entropy are borrowed for good. Nothing in lwIP is started or changed. What it must have: see
 * boards/PORTING.md. */
void fv_lwip_adopt(struct fv_lwip *l, const struct fv_lwip_stack *stack,
                   const struct fv_port_clock *clock, const struct fv_port_entropy *entropy);

/* Wait until there is an address. FV_OK, FV_E_ADDRESS at the deadline, FV_E_CANCELLED. */
enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

/* What an SNTP server said. */
struct fv_lwip_time {
    int64_t wall_us;
    const char *why; /* in a few words, why there is no time; a text that stays */
};

/* Ask an SNTP server (a name or an address; port 0 is 123) for the time (RFC 4330 5). An answer is taken only from the address and port that were
 * asked, with our random bits in it, from a server that is synchronised. FV_OK and time->wall_us; otherwise time->why with FV_E_TIMEOUT,
 * FV_E_RESOLVE, FV_E_ADDRESS, FV_E_NETWORK (all refused), FV_E_CANCELLED. */
enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         struct fv_lwip_time *time) FV_MUSTUSE;

/* Like clock->sleep, but the stack runs on: leases are renewed, pings answered. FV_OK, FV_E_CANCELLED. */
enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us) FV_MUSTUSE;

#endif
