/* SPDX-License-Identifier: MIT */
#include "net/tls_show.h"

#include "net/show.h"
#include "net/tls_tell.h"
#include "parse/timestamp.h"

#include <mbedtls/ssl.h>

#define KEY_SHARE 51
#define DAY_US (INT64_C(86400) * 1000000)

static unsigned get_16(const unsigned char *p)
{
    return (unsigned)p[0] << 8 | p[1];
}

/* Return the group in a ServerHello (RFC 8446 4.1.3), which mbedTLS has found well-formed; 0: it
 * has none. */
static unsigned hello_group(const unsigned char *p, size_t n)
{
    size_t at = 4 + 2 + 32; /* message header, version, random */
    if (n < at + 1) {
        return 0;
    }
    at += 1U + p[at] + 2 + 1 + 2; /* session, suite, compression, length of the extensions */
    while (at + 6 <= n) {
        if (get_16(p + at) == KEY_SHARE) {
            return get_16(p + at + 4);
        }
        at += 4 + get_16(p + at + 2);
    }
    return 0;
}

void fv_tls_show_step(const mbedtls_ssl_context *ssl, struct fv_tls_watch *watch)
{
    const int state = ssl->MBEDTLS_PRIVATE(state);
    const unsigned char *message = ssl->MBEDTLS_PRIVATE(in_msg);
    size_t n = ssl->MBEDTLS_PRIVATE(in_hslen);
    if (state == MBEDTLS_SSL_ENCRYPTED_EXTENSIONS && n > 0 &&
        message[0] == MBEDTLS_SSL_HS_SERVER_HELLO) {
        watch->group = (uint16_t)hello_group(message, n);
    } else if (state == MBEDTLS_SSL_CERTIFICATE_REQUEST && n >= 7 &&
               message[0] == MBEDTLS_SSL_HS_SERVER_KEY_EXCHANGE) {
        watch->group = (uint16_t)get_16(message + 5); /* RFC 8422 5.4 */
    }
}

/* Return an instant, or INT64_MIN if it is not a date. */
static int64_t read_time(const mbedtls_x509_time *time)
{
    char text[32];
    struct fv_writer t;
    int64_t us = INT64_MIN;
    fv_writer_init(&t, text, sizeof(text));
    fv_tls_tell_time(&t, time);
    return fv_timestamp_parse(fv_writer_done(&t), &us) == FV_OK ? us : INT64_MIN;
}

static void read_cert(struct fv_net_facts_cert *out, const mbedtls_x509_crt *crt)
{
    struct fv_writer w;
    fv_writer_init(&w, out->subject, sizeof(out->subject));
    fv_tls_tell_subject(&w, crt);
    fv_writer_init(&w, out->issuer, sizeof(out->issuer));
    fv_tls_tell_name(&w, &crt->issuer);
    out->from_us = read_time(&crt->valid_from);
    out->until_us = read_time(&crt->valid_to);
}

static void show_cert(const struct fv_port *port, const struct fv_net_facts_cert *cert,
                      const struct fv_tls_found *root)
{
    char text[FV_CAP_DETAIL + 1];
    struct fv_writer w;
    if (!fv_show_begin(port, &w, text, sizeof(text))) {
        return;
    }
    fv_tls_tell_word(&w, "certificate ");
    fv_tls_tell_word(&w, cert->subject);
    fv_tls_tell_word(&w, ", issued by ");
    fv_tls_tell_word(&w, cert->issuer);
    if (cert->until_us != INT64_MIN) {
        int64_t left_us = cert->until_us - port->clock->wall(port->clock->ctx);
        fv_writer_text(&w, left_us < 0 ? ", expired " : ", ");
        fv_writer_u64(&w, (uint64_t)((left_us < 0 ? -left_us : left_us) / DAY_US));
        fv_writer_text(&w, left_us < 0 ? " days ago" : " days left");
    }
    if (root != NULL) {
        fv_tls_tell_word(&w, ", trusted: ");
        fv_tls_tell_place(&w, root->bundle, root->line);
    }
    fv_show_end(port, &w);
}

static void keep_root(struct fv_net_facts *facts, const mbedtls_x509_crt *server,
                      const struct fv_tls_found *root)
{
    struct fv_writer w;
    facts->bundle = root->bundle;
    facts->line = root->line;
    fv_writer_init(&w, facts->pin, sizeof(facts->pin));
    fv_tls_tell_pin(&w, (struct fv_slice){(const char *)server->pk_raw.p, server->pk_raw.len});
}

void fv_tls_show_path(const struct fv_port *port, const mbedtls_x509_crt *const *path, size_t count,
                      const struct fv_tls_found *root, struct fv_net_facts *facts)
{
    for (size_t i = 0; i < count; i++) {
        struct fv_net_facts_cert cert;
        read_cert(&cert, path[i]);
        show_cert(port, &cert, i + 1 == count ? root : NULL);
        if (facts != NULL) {
            facts->cert[i] = cert;
        }
    }
    if (facts != NULL) {
        facts->certs = count;
        keep_root(facts, path[0], root);
    }
}

static const char *group_name(unsigned group)
{
    switch (group) {
    case MBEDTLS_SSL_IANA_TLS_GROUP_SECP256R1:
        return ", P-256";
    case MBEDTLS_SSL_IANA_TLS_GROUP_SECP384R1:
        return ", P-384";
    case MBEDTLS_SSL_IANA_TLS_GROUP_SECP521R1:
        return ", P-521";
    case MBEDTLS_SSL_IANA_TLS_GROUP_X25519:
        return ", X25519";
    default:
        return ""; /* a session of TLS 1.2 that was resumed */
    }
}

void fv_tls_show_done(struct fv_tls *t, const mbedtls_ssl_context *ssl,
                      const struct fv_tls_watch *watch)
{
    char text[160];
    struct fv_writer w;
    const struct fv_port *port = t->config->port;
    struct fv_net_facts *facts = t->config->facts;
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(ssl);
    int64_t end_us = crt != NULL ? read_time(&crt->valid_to) : INT64_MIN;
    t->certificate_end_us = end_us != INT64_MIN ? end_us : t->certificate_end_us;
    bool v12 = mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
    const char *version = v12 ? "TLS 1.2, " : "TLS 1.3, ";
    if (facts != NULL) {
        facts->version = version;
        facts->suite = mbedtls_ssl_get_ciphersuite(ssl);
        facts->group = group_name(watch->group);
        facts->asked = watch->asked;
    }
    if (!fv_show_begin(port, &w, text, sizeof(text))) {
        return;
    }
    fv_writer_text(&w, version);
    fv_writer_text(&w, mbedtls_ssl_get_ciphersuite(ssl));
    fv_writer_text(&w, group_name(watch->group));
    fv_writer_text(&w, watch->full ? ", new session" : ", session resumed");
    fv_writer_text(&w, watch->asked ? ", asked for a client certificate" : "");
    fv_show_end(port, &w);
}
