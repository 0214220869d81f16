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

/* Ask the proxy at sock for a stream to url's host and port. head is room for its answer. FV_OK: the stream is there.
 * FV_E_PROXY, FV_E_PROXY_BUSY, FV_E_TIMEOUT, FV_E_CANCELLED, FV_E_RESET, FV_E_NETWORK, FV_E_CAPACITY: recorded in fault. */
enum fv_err fv_proxy_connect(const struct fv_net_config *config, int sock, const struct fv_url *url,
                             int64_t deadline_us, struct fv_head *head,
                             struct fv_net_fault *fault) FV_MUSTUSE;

#endif
