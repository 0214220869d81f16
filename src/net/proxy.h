/*
 * A way through an HTTP proxy: CONNECT (RFC 9110 9.3.6) on a connected stream.
 *
 * Refuses (FV_E_PROXY): any status but 2xx, whose code is the fault's native one (407: credentials are wrong or missing);
 * an answer that is not HTTP; bytes behind the answer, which nobody asked for. Statuses that may pass (fv_head_transient())
 * are FV_E_PROXY_BUSY, and head says until when: its retry_after_s or retry_at_us.
 */
#ifndef FV_NET_PROXY_H
#define FV_NET_PROXY_H

#include "net/config.h"
#include "parse/head.h"

struct fv_proxy_way {
    const struct fv_net_config *config;
    int sock;
    const struct fv_url *url; /* whose host and port are wanted */
    struct fv_head *head;     /* room for the proxy's answer */
    uint16_t *told;           /* bytes of the request that were sent */
};

/* Begin: set *head and *told. */
void fv_proxy_begin(const struct fv_net_config *config, struct fv_head *head, uint16_t *told);
/* Ask the proxy at sock for a stream, and read its answer. FV_OK: the stream is there. FV_AGAIN: wait for *want, FV_PORT_READ or
 * FV_PORT_WRITE, then call again. FV_E_PROXY, FV_E_PROXY_BUSY, FV_E_RESET, FV_E_NETWORK, FV_E_CAPACITY: recorded in fault. */
enum fv_err fv_proxy_connect(const struct fv_proxy_way *way, uint8_t *want,
                             struct fv_net_fault *fault) FV_MUSTUSE;

#endif
