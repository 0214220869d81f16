/* SPDX-License-Identifier: MIT */
/*
 * A tunnel through an HTTP proxy: CONNECT (RFC 9110 9.3.6) on a connected stream.
 *
 * FV_E_PROXY: any status but 2xx, which is the native code of the fault (407: credentials are wrong
 * or missing); a response that is not HTTP; bytes after the response. A transient status
 * (fv_head_transient()) is FV_E_PROXY_BUSY; retry_after_s or retry_at_us of head then say when to
 * retry.
 */
#ifndef FV_NET_PROXY_H
#define FV_NET_PROXY_H

#include "net/config.h"
#include "parse/head.h"

struct fv_proxy_way {
    const struct fv_net_config *config;
    int sock;
    const struct fv_url *url; /* its host and port are the destination */
    struct fv_head *head;     /* memory for the proxy's response */
    uint16_t *told;           /* bytes of the request that were sent */
};

/* Begin: initialise *head and *told. */
void fv_proxy_begin(const struct fv_net_config *config, struct fv_head *head, uint16_t *told);
/* Send CONNECT to the proxy at sock, and read its response. FV_OK: the tunnel is open. FV_AGAIN:
 * wait for *want, FV_PORT_READ or FV_PORT_WRITE, then call again. FV_E_PROXY, FV_E_PROXY_BUSY,
 * FV_E_RESET, FV_E_NETWORK, FV_E_CAPACITY: recorded in fault. */
enum fv_err fv_proxy_connect(const struct fv_proxy_way *way, uint8_t *want,
                             struct fv_net_fault *fault) FV_MUSTUSE;

#endif
