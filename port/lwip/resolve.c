#include "port/lwip/inside.h"

#include <lwip/dns.h>
#include <string.h>

static void found(const char *name, const ip_addr_t *address, void *arg)
{
    /* A look-up that was given up cannot be ended in lwIP: what it finds later is of no interest. */
    struct fv_lwip *l = arg;
    (void)name;
    if (l->look_up == 0 || l->looked_up != l->look_up) {
        return;
    }
    l->done = true;
    l->good = address != NULL;
    if (l->good) {
        l->found = *address;
    }
}

static bool done(const void *arg)
{
    const struct fv_lwip *l = arg;
    return l->done;
}

static void put(const ip_addr_t *address, uint16_t port, struct fv_port_addr *out, size_t *count)
{
    uint32_t v = lwip_ntohl(ip_2_ip4(address)->addr);
    *out = (struct fv_port_addr){
        .family = 4,
        .bytes = {(uint8_t)(v >> 24), (uint8_t)(v >> 16), (uint8_t)(v >> 8), (uint8_t)v},
        .port = port,
    };
    *count = 1;
}

/* lwIP gives one address of a name. */
static enum fv_err resolve(void *ctx, const char *host, uint16_t port, struct fv_port_addr *out,
                           size_t cap, size_t *count, int64_t deadline_us)
{
    struct fv_lwip *l = ctx;
    ip_addr_t address;
    if (cap == 0 || strlen(host) >= DNS_MAX_NAME_LENGTH) {
        return fv_lwip_fail(l, FV_E_RESOLVE, ERR_ARG);
    }
    if (ip4addr_aton(host, ip_2_ip4(&address))) { /* a literal needs no time */
        put(&address, port, out, count);
        return FV_OK;
    }
    enum fv_err err = FV_AGAIN;
    l->done = l->good = false;
    l->look_up = l->looked_up = (uint8_t)(l->looked_up % 255 + 1);
    err_t code = dns_gethostbyname(host, &address, found, l);
    /* The one look-up that lwIP has room for is another one's, given up but not ended: wait for that. */
    while (code == ERR_MEM && err == FV_AGAIN) {
        err = fv_lwip_turn(l, done, l, deadline_us);
        code = dns_gethostbyname(host, &address, found, l);
    }
    if (code == ERR_INPROGRESS) {
        err = fv_lwip_until(l, done, l, deadline_us);
        if (err == FV_OK) {
            code = l->good ? ERR_OK : ERR_VAL;
            address = l->found;
        }
    } else if (code == ERR_OK) {
        err = FV_OK;
    }
    l->look_up = 0;
    if (err == FV_E_TIMEOUT || err == FV_E_CANCELLED) {
        return fv_lwip_fail(l, err, ERR_TIMEOUT);
    }
    if (code != ERR_OK) {
        return fv_lwip_fail(l, FV_E_RESOLVE, code);
    }
    put(&address, port, out, count);
    return FV_OK;
}

void fv_lwip_resolve_init(struct fv_lwip *l)
{
    l->net.resolve = resolve;
}
