/* SPDX-License-Identifier: MIT */
/*
 * Building and validation of the certification path (RFC 5280 6.1), from the server's certificate
 * (the end-entity certificate) to a trusted one (the trust anchor). The server may send
 * certificates in any order, with others among them.
 *
 * This replaces the verifier of mbedTLS, which tries only one issuer and does not check name
 * constraints and the purposes of CAs. Parsing and signatures are still mbedTLS's.
 * boards/verify_only.h makes mbedTLS call the last two functions below.
 *
 * Certificates that the path does not need are not parsed. Limits: FV_CAP_PATH_CERTS certificates a
 * path; FV_CAP_SIGNATURES signatures and FV_TLS_CHAIN_NAMES comparisons with name constraints a
 * handshake. The server's own certificate is accepted if it is itself in the bundle.
 */
#ifndef FV_NET_TLS_CHAIN_H
#define FV_NET_TLS_CHAIN_H

#include "net/tls_reason.h"
#include "net/tls_trust.h"
#include "port/port.h"

#include <mbedtls/ssl.h>

#define FV_TLS_CHAIN_NAMES (1U << 20)

struct fv_tls_chain {
    const struct fv_port *port;
    struct fv_net_facts *facts; /* gets the path that is accepted; may be NULL */
    struct fv_tls_trust *trust;
    struct fv_tls_reason *reason; /* its now_us is the time that validity is checked for */
    /* The host that the certificate must be for: a name without a trailing dot, or the bytes of an
     * address. */
    struct fv_slice host;
    bool address;
    /* what the server sent: a list of certificates as in a Certificate message */
    mbedtls_asn1_buf sent;
    bool extensions; /* each certificate is followed by extensions (RFC 8446 4.4.2) */
    /* Why the last search could not be done: an error of the trusted roots, or FV_E_MEMORY.
     * Otherwise FV_OK. */
    enum fv_err err;
    unsigned signatures; /* signatures checked in the last search */
};

/*
 * Look for a path from crt, the first certificate that was sent, and check it. Return true if it is
 * accepted; it has then been logged (net/tls_show.h). Otherwise the reason is in c->reason, or
 * c->err is set.
 */
bool fv_tls_chain_check(struct fv_tls_chain *c, mbedtls_x509_crt *crt) FV_MUSTUSE;

/* For mbedtls_x509_crt_parse_der(): parses the first certificate, with a copy. The others are not
 * parsed here; the check reads them in the message. */
int fv_tls_chain_parse(mbedtls_x509_crt *chain, const unsigned char *der, size_t len);

/* For mbedtls_x509_crt_verify_with_ca_cb(); ctx is a struct fv_tls_chain. Return 0;
 * MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, with flags that select the alert; or
 * MBEDTLS_ERR_X509_FATAL_ERROR. */
int fv_tls_chain_verify(const mbedtls_ssl_context *ssl, mbedtls_x509_crt *crt, void *ctx,
                        uint32_t *flags);

#endif
