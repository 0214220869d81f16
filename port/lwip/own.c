/* SPDX-License-Identifier: MIT */
/*
 * Starts lwIP with one interface, and defines what lwIP needs from its environment. A program that
 * already runs lwIP has all of this and does not link this file.
 */
#include "port/lwip/inside.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

/* The most frames that are processed in one turn, so that a flood of frames cannot hold up
 * timers, deadlines and the user's cancellation. */
#define FRAMES 16

/* The hooks of lwIP have no context argument. */
static struct netif netif_own;
static const struct fv_lwip_link *link_used;
static const struct fv_port_clock *clock_used;
static const struct fv_port_entropy *entropy_used;

u32_t sys_now(void)
{
    return (u32_t)(clock_used->now(clock_used->ctx) / 1000);
}

uint32_t fv_lwip_rand(void)
{
    return fv_lwip_random(entropy_used);
}

/* --- Replaces lwIP's dns.c: keeps the name servers of DHCP. The lookups are in resolve.c --- */

static ip_addr_t servers[DNS_MAX_SERVERS];

void dns_init(void)
{
}

void dns_tmr(void)
{
}

void dns_setserver(u8_t i, const ip_addr_t *address)
{
    if (i < DNS_MAX_SERVERS) {
        servers[i] = *address;
    }
}

const ip_addr_t *dns_getserver(u8_t i)
{
    return i < DNS_MAX_SERVERS ? &servers[i] : IP_ADDR_ANY;
}

/* --- The stack --- */

static bool turn(void *ctx)
{
    int frames = 0;
    (void)ctx;
    while (frames < FRAMES && link_used->poll(&netif_own)) {
        frames++;
    }
#if LWIP_NETIF_LOOPBACK
    netif_poll_all();
#endif
    sys_check_timeouts();
    return frames == FRAMES;
}

static void rest(void *ctx)
{
    (void)ctx;
    if (link_used->idle != NULL) {
        link_used->idle();
    }
}

enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *entropy,
                         const struct fv_lwip_address *address)
{
    static bool started;
    const struct fv_lwip_stack stack = {.netif = &netif_own, .turn = turn, .idle = rest};
    link_used = link;
    clock_used = clock;
    entropy_used = entropy;
    fv_lwip_adopt(l, &stack, clock, entropy);
    if (!started) {
        lwip_init();
        started = true;
    }
    if (netif_add(&netif_own, &address->address, &address->mask, &address->gateway, l, link->init,
                  ethernet_input) == NULL) {
        return fv_lwip_fail(l, FV_E_NETWORK, ERR_IF);
    }
    netif_set_default(&netif_own);
    netif_set_link_up(&netif_own);
    netif_set_up(&netif_own);
    if (ip4_addr_isany_val(address->address)) {
        err_t code = dhcp_start(&netif_own);
        return code == ERR_OK ? FV_OK : fv_lwip_fail(l, FV_E_NETWORK, code);
    }
    ip_addr_t dns;
    ip_addr_copy_from_ip4(dns, address->dns);
    dns_setserver(0, &dns);
    return FV_OK;
}
