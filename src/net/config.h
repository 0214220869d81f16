/*
 * What the network layer is told: the port, whom to trust, how to get out, and how long to wait.
 *
 * One structure serves every connection of a command. It is borrowed by what is opened with it and must not change
 * while anything is open. It holds a secret (proxy_authorization borrows it): whoever fills it in wipes it.
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
 * Trusted roots: PEM, any number of them, other text between the blocks allowed; or one certificate in DER. Read again
 * for each certificate chain, so that memory does not grow with the bundle.
 */
struct fv_trust {
    void *ctx;
    struct fv_slice name; /* what it is called, a path for instance; borrowed like the rest */
    /* Read at most n bytes at offset; *got is less than n only at the end. Any error becomes FV_E_TLS_CA. */
    enum fv_err (*read)(void *ctx, uint64_t offset, void *p, size_t n, size_t *got);
};

struct fv_net_config {
    const struct fv_port *port;
    struct fv_trust trust;               /* read may be NULL: no bundle, https is FV_E_TLS_CA */
    size_t pin_count;                    /* 0: any key */
    bool proxy;                          /* go through proxy_url with CONNECT */
    struct fv_url proxy_url;             /* http only */
    struct fv_slice proxy_name;          /* what faults call it: host and port as given */
    struct fv_slice no_proxy;            /* hosts that are reached directly (parse/noproxy.h) */
    struct fv_slice proxy_authorization; /* value of Proxy-Authorization; empty: none */
    uint32_t connect_timeout_ms;         /* name, TCP, proxy and TLS together; 0: none */
    uint32_t stall_timeout_ms;           /* no byte sent, of a head, of content; 0: none */
    struct fv_net_facts *facts;          /* gets what handshakes find; NULL: nobody wants it */
    int64_t deadline_us; /* of the whole command, an instant of clock->now; INT64_MAX: none */
    uint8_t pins[FV_CAP_PINS]
                [32]; /* SHA-256 of SubjectPublicKeyInfo; the server's must be one of them */
};

#endif
