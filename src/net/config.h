/* SPDX-License-Identifier: MIT */
/*
 * Settings of the network layer: the port, the trusted roots, the proxy, and the time-outs.
 *
 * One structure serves every connection of a command. It is borrowed by all that is opened with it,
 * and must not change while anything is open. proxy_authorization borrows a secret, which the owner
 * of that secret wipes.
 */
#ifndef FV_NET_CONFIG_H
#define FV_NET_CONFIG_H

#include "base/cap.h"
#include "base/err.h"
#include "base/slice.h"
#include "net/facts.h"
#include "net/fault.h"
#include "parse/url.h"
#include "port/port.h"

/*
 * The trusted root certificates: PEM with any number of them and with other text between them, or
 * one certificate in DER. They are read again for each certificate chain, so that memory does not
 * grow with the bundle.
 */
struct fv_trust {
    void *ctx;
    /* what messages call the bundle, for instance its path; borrowed like the rest */
    struct fv_slice name;
    /* Read at most n bytes at offset. *got is less than n only at the end. Any error becomes
     * FV_E_TLS_CA. */
    enum fv_err (*read)(void *ctx, uint64_t offset, void *p, size_t n, size_t *got);
};

struct fv_net_config {
    const struct fv_port *port;
    /* read may be NULL: there is no bundle, and https fails with FV_E_TLS_CA */
    struct fv_trust trust;
    size_t pin_count;                    /* 0: any key is accepted */
    bool proxy;                          /* connect through proxy_url with CONNECT */
    struct fv_url proxy_url;             /* http only */
    struct fv_slice proxy_name;          /* what faults call the proxy: host and port as given */
    struct fv_slice no_proxy;            /* hosts that are reached directly (parse/noproxy.h) */
    struct fv_slice proxy_authorization; /* value of Proxy-Authorization; empty: none */
    uint32_t connect_timeout_ms;         /* for name, TCP, proxy and TLS together; 0: no limit */
    /* without sending a byte, or receiving one of a head or of content; 0: no limit */
    uint32_t stall_timeout_ms;
    struct fv_net_facts *facts; /* gets the results of handshakes; NULL: they are not recorded */
    int64_t deadline_us; /* end of the whole command, an instant of clock->now; INT64_MAX: none */
    /* SHA-256 of SubjectPublicKeyInfo; the server's key must have one of them */
    uint8_t pins[FV_CAP_PINS][32];
};

#endif
