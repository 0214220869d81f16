/*
 * Path building and validation (RFC 5280 6.1): from the server's certificate to a trusted one, over what the server sent in any order and with
 * anything else beside it. Takes the place of mbedTLS's verifier, which tries one issuer alone and passes over name constraints and the purposes of CAs; parsing
 * and signatures stay mbedTLS's. boards/verify_only.h has mbedTLS call the two functions below.
 *
 * Certificates that are not needed for the path are not parsed. At most FV_CAP_PATH_CERTS certificates a path, FV_CAP_SIGNATURES signatures
 * and FV_TLS_CHAIN_NAMES comparisons with name constraints a handshake. A trusted certificate that is the server's own is trust enough.
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
    struct fv_tls_reason *reason; /* its now_us is the time that certificates are compared with */
    struct fv_slice
        host; /* whom the certificate must be for: a name without the root's dot, or an address's bytes */
    bool address;
    mbedtls_asn1_buf sent; /* what was sent: a list of certificates as in a Certificate message */
    bool extensions;       /* each of them has extensions behind it (RFC 8446 4.4.2) */
    enum fv_err
        err; /* why the last search failed as such: of the trusted certificates, or FV_E_MEMORY; FV_OK */
    unsigned signatures; /* checked in the last search */
};

/*
 * Look for a path from crt, the first of those that were sent, and check all of it. True: it is accepted, and shown (net/tls_show.h). Else the
 * reason is told to c->reason, or c->err is set.
 */
bool fv_tls_chain_check(struct fv_tls_chain *c, mbedtls_x509_crt *crt) FV_MUSTUSE;

/* For mbedtls_x509_crt_parse_der(): the first certificate is parsed, with a copy. Others are not even looked at; the check reads them where they
 * lie in the message. */
int fv_tls_chain_parse(mbedtls_x509_crt *chain, const unsigned char *der, size_t len);

/* For mbedtls_x509_crt_verify_with_ca_cb(); ctx is a struct fv_tls_chain. 0; MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, with flags for a fitting alert;
 * MBEDTLS_ERR_X509_FATAL_ERROR. */
int fv_tls_chain_verify(const mbedtls_ssl_context *ssl, mbedtls_x509_crt *crt, void *ctx,
                        uint32_t *flags);

#endif
