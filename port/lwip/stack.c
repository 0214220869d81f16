#include "port/lwip/inside.h"

#include <lwip/dhcp.h>
#include <lwip/dns.h>
#include <lwip/init.h>
#include <lwip/sys.h>
#include <lwip/timeouts.h>
#include <netif/ethernet.h>

/* lwIP's own hooks carry no context: the clock and the entropy of the one structure that is open. */
static const struct fv_port_clock *clock_used;
static const struct fv_port_entropy *entropy_used;

u32_t sys_now(void)
{
    return (u32_t)(clock_used->now(clock_used->ctx) / 1000);
}

/* Ports, sequence numbers, DNS and SNTP identifiers. Without entropy TLS would not start, so this may repeat itself then. */
uint32_t fv_lwip_rand(void)
{
    uint8_t bytes[4] = {0};
    (void)entropy_used->fill(entropy_used->ctx, bytes, sizeof bytes);
    return (uint32_t)bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 |
           (uint32_t)bytes[3] << 24;
}

void fv_lwip_run(struct fv_lwip *l)
{
    while (l->link->poll(&l->netif)) {
    }
#if LWIP_NETIF_LOOPBACK
    netif_poll_all();
#endif
    sys_check_timeouts();
}

enum fv_err fv_lwip_turn(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                         int64_t deadline_us)
{
    fv_lwip_run(l);
    if (fv_port_cancelled(l->clock)) {
        return FV_E_CANCELLED;
    }
    if (ready(arg)) {
        return FV_OK;
    }
    if (l->clock->now(l->clock->ctx) >= deadline_us) {
        return FV_E_TIMEOUT;
    }
    if (l->link->idle != NULL) {
        l->link->idle();
    }
    return FV_AGAIN;
}

enum fv_err fv_lwip_until(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                          int64_t deadline_us)
{
    enum fv_err err;
    do {
        err = fv_lwip_turn(l, ready, arg, deadline_us);
    } while (err == FV_AGAIN);
    return err;
}

enum fv_err fv_lwip_fail(struct fv_lwip *l, enum fv_err err, err_t code)
{
    l->error = code;
    return err;
}

static int32_t last_error(void *ctx)
{
    const struct fv_lwip *l = ctx;
    return l->error;
}

enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *entropy,
                         const struct fv_lwip_address *address)
{
    static bool started;
    clock_used = clock;
    entropy_used = entropy;
    *l = (struct fv_lwip){.link = link, .clock = clock};
    l->net.ctx = l;
    l->net.last_error = last_error;
    fv_lwip_tcp_init(l);
    fv_lwip_resolve_init(l);
    if (!started) {
        lwip_init();
        started = true;
    }
    bool fixed = !ip4_addr_isany_val(address->address);
    if (netif_add(&l->netif, &address->address, &address->mask, &address->gateway, l, link->init,
                  ethernet_input) == NULL) {
        return fv_lwip_fail(l, FV_E_NETWORK, ERR_IF);
    }
    netif_set_default(&l->netif);
    netif_set_link_up(&l->netif);
    netif_set_up(&l->netif);
    if (!fixed) {
        err_t code = dhcp_start(&l->netif);
        return code == ERR_OK ? FV_OK : fv_lwip_fail(l, FV_E_NETWORK, code);
    }
    ip_addr_t dns;
    ip_addr_copy_from_ip4(dns, address->dns);
    dns_setserver(0, &dns);
    return FV_OK;
}

static bool has_address(const void *arg)
{
    const struct fv_lwip *l = arg;
    return !ip4_addr_isany_val(*netif_ip4_addr(&l->netif));
}

enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us)
{
    return fv_lwip_until(l, has_address, l, deadline_us);
}

static bool never(const void *arg)
{
    (void)arg;
    return false;
}

enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us)
{
    enum fv_err err = fv_lwip_until(l, never, NULL, deadline_us);
    return err == FV_E_TIMEOUT ? FV_OK : err;
}
