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

/* Find the group in a ServerHello (RFC 8446 4.1.3), which mbedTLS has found well-formed; 0: it has none. */
static unsigned hello_group(const unsigned char *p, size_t n)
{
    size_t at = 4 + 2 + 32; /* message head, version, random */
    if (n < at + 1) {
        return 0;
    }
    at += 1U + p[at] + 2 + 1 + 2; /* session, suite, compression, length of what follows */
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

/* false: it is no date. */
static bool read_time(const mbedtls_x509_time *time, int64_t *us)
{
    char text[32];
    struct fv_writer t;
    fv_writer_init(&t, text, sizeof(text));
    fv_tls_tell_time(&t, time);
    return fv_timestamp_parse(fv_writer_done(&t), us) == FV_OK;
}

static void put_days(struct fv_writer *w, const struct fv_port *port, const mbedtls_x509_time *end)
{
    int64_t end_us = 0;
    if (!read_time(end, &end_us)) {
        return;
    }
    int64_t left_us = end_us - port->clock->wall(port->clock->ctx);
    fv_writer_text(w, left_us < 0 ? ", expired " : ", ");
    fv_writer_u64(w, (uint64_t)((left_us < 0 ? -left_us : left_us) / DAY_US));
    fv_writer_text(w, left_us < 0 ? " days ago" : " days left");
}

void fv_tls_show_path(const struct fv_port *port, const mbedtls_x509_crt *const *path, size_t count,
                      const struct fv_tls_found *root)
{
    char text[FV_CAP_DETAIL + 1];
    struct fv_writer w;
    for (size_t i = 0; i < count && fv_show_begin(port, &w, text, sizeof(text)); i++) {
        fv_tls_tell_word(&w, "certificate ");
        fv_tls_tell_subject(&w, path[i]);
        fv_tls_tell_word(&w, ", issued by ");
        fv_tls_tell_name(&w, &path[i]->issuer);
        put_days(&w, port, &path[i]->valid_to);
        if (i + 1 == count) {
            fv_tls_tell_word(&w, ", trusted: ");
            fv_tls_tell_place(&w, root->bundle, root->line);
        }
        fv_show_end(port, &w);
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
        return ""; /* TLS 1.2 and a session that was resumed */
    }
}

void fv_tls_show_done(const struct fv_port *port, const mbedtls_ssl_context *ssl,
                      const struct fv_tls_watch *watch, int64_t *end_us)
{
    char text[160];
    struct fv_writer w;
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(ssl);
    if (crt != NULL) {
        (void)read_time(&crt->valid_to, end_us);
    }
    if (!fv_show_begin(port, &w, text, sizeof(text))) {
        return;
    }
    bool v12 = mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_2;
    fv_writer_text(&w, v12 ? "TLS 1.2, " : "TLS 1.3, ");
    fv_writer_text(&w, mbedtls_ssl_get_ciphersuite(ssl));
    fv_writer_text(&w, group_name(watch->group));
    fv_writer_text(&w, watch->full ? ", new session" : ", session resumed");
    fv_writer_text(&w, watch->asked ? ", asked for a client certificate" : "");
    fv_show_end(port, &w);
}
