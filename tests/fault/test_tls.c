/* SPDX-License-Identifier: MIT */
/*
 * Tests TLS against another implementation, OpenSSL, which is the server in the same process, on
 * port/sim in virtual time: which servers a handshake accepts, when a session is resumed, what is
 * sent and received in which pieces, and how a connection ends.
 */
#include "net/exchange.h"
#include "port/sim/sim.h"

#include <mbedtls/x509.h>
#include <openssl/rsa.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

/* Rows name what they need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define DAY 86400L
#define ROOM (1u << 19)

/* --- Certificates, made anew for each run --- */

enum cert { GOOD, BY_RSA, OLD, EARLY, OTHER, STRANGE, PRINTABLE, UTF8, CERTS };

static struct {
    EVP_PKEY *ec, *rsa;
    X509 *certs[CERTS];
    char bundle[4096];
    size_t bundle_len;
} pki;

static void extend(X509 *cert, int nid, const char *value)
{
    X509V3_CTX ctx;
    X509V3_set_ctx(&ctx, cert, cert, NULL, NULL, 0);
    X509_EXTENSION *e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    assert_non_null(e);
    X509_add_ext(cert, e, -1);
    X509_EXTENSION_free(e);
}

/* A name, not a short one. type: of its strings. */
static void put_name(X509_NAME *name, const char *text, int type)
{
    static const unsigned char unit[] =
        "a unit whose name is as long as names may be, which is 64 bytes";
    X509_NAME_add_entry_by_txt(name, "O", type, unit, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "OU", type, unit, -1, -1, 0);
    X509_NAME_add_entry_by_txt(name, "CN", type, (const unsigned char *)text, -1, -1, 0);
}

/* names: subjectAltName; NULL: it is a CA. */
static X509 *issue(const char *subject, EVP_PKEY *key, const char *names, const char *issuer,
                   int type, long from_s)
{
    X509 *cert = X509_new();
    X509_set_version(cert, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(cert), 7);
    X509_gmtime_adj(X509_getm_notBefore(cert), from_s);
    X509_gmtime_adj(X509_getm_notAfter(cert), from_s + DAY + DAY / 2);
    put_name(X509_get_subject_name(cert), subject, type);
    put_name(X509_get_issuer_name(cert), issuer, type);
    X509_set_pubkey(cert, key);
    extend(cert, names ? NID_subject_alt_name : NID_basic_constraints,
           names ? names : "critical,CA:TRUE");
    assert_true(X509_sign(cert, pki.ec, EVP_sha256()) > 0);
    return cert;
}

static void add_root(const char *name, int type)
{
    BIO *bio = BIO_new(BIO_s_mem());
    X509 *root = issue(name, pki.ec, NULL, name, type, -DAY);
    PEM_write_bio_X509(bio, root);
    pki.bundle_len += (size_t)BIO_read(bio, pki.bundle + pki.bundle_len,
                                       (int)(sizeof pki.bundle - pki.bundle_len));
    X509_free(root);
    BIO_free(bio);
}

static int make_pki(void **state)
{
    static const char names[] = "DNS:p,IP:10.0.0.1,IP:0:0:0:0:0:0:0:1";
    const int utf8 = V_ASN1_UTF8STRING;
    const int printable = V_ASN1_PRINTABLESTRING;
    (void)state;
    pki.ec = EVP_EC_gen("P-256");
    pki.rsa = EVP_RSA_gen(2048);
    add_root("root", utf8);
    add_root("Second", printable);
    pki.certs[GOOD] = issue("p", pki.ec, names, "root", utf8, -DAY);
    pki.certs[BY_RSA] = issue("p", pki.rsa, names, "root", utf8, -DAY);
    pki.certs[OLD] = issue("p", pki.ec, names, "root", utf8, -2 * DAY);
    pki.certs[EARLY] = issue("p", pki.ec, names, "root", utf8, DAY);
    pki.certs[OTHER] = issue("q", pki.ec, "DNS:q,IP:10.0.0.2", "root", utf8, -DAY);
    pki.certs[STRANGE] = issue("p", pki.ec, names, "Rooz", utf8, -DAY);
    pki.certs[PRINTABLE] = issue("p", pki.ec, names, "ROOT", printable, -DAY);
    pki.certs[UTF8] = issue("p", pki.ec, names, "second", utf8, -DAY);
    return 0;
}

static int free_pki(void **state)
{
    (void)state;
    for (size_t i = 0; i < CERTS; i++) {
        X509_free(pki.certs[i]);
    }
    EVP_PKEY_free(pki.ec);
    EVP_PKEY_free(pki.rsa);
    return 0;
}

static enum fv_err read_bundle(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx;
    size_t left = offset < pki.bundle_len ? pki.bundle_len - (size_t)offset : 0;
    *got = left < n ? left : n;
    memcpy(p, pki.bundle + offset, *got);
    return FV_OK;
}

/* --- The server --- */

struct kind {
    enum cert cert;
    bool old;           /* TLS 1.2 alone */
    bool new;           /* TLS 1.3 alone */
    bool pss;           /* wants RSA-PSS first, by its own order */
    bool asks;          /* for the client's certificate, which it does not have */
    bool records;       /* sends a handshake in small records */
    size_t piece;       /* that arrives at once; 0: all */
    bool ticket;        /* one, instead of two */
    const char *suites; /* of TLS 1.2; NULL: any */
};

static struct {
    struct fv_sim sim;
    struct fv_sim_peer peer;
    struct fv_net_config config;
    struct fv_net_fault fault;
    struct fv_conn conn, other;
    union fv_conn_room room, other_room;
    /* The server. */
    SSL_CTX *ctx;
    SSL *ssl; /* of the last connection */
    struct fv_sim_conn *line;
    unsigned begun;
    enum fv_sim_then first; /* how the first connection ends when the client has said something */
    bool told;              /* close_notify has come */
    char name[FV_CAP_HOST + 1], protocol[16];
    bool chatters; /* the server sends alerts that mean nothing, instead of a handshake */
    size_t wire;   /* bytes that the client has sent */
    size_t got_len;
    uint8_t got[ROOM];
} T;

static void flush(void)
{
    static uint8_t bytes[ROOM];
    BIO *out = SSL_get_wbio(T.ssl);
    int n = BIO_read(out, bytes, sizeof bytes);
    if (n > 0 && T.line != NULL) {
        fv_sim_send(T.line, bytes, (size_t)n);
    }
}

static void say(const void *p, size_t n)
{
    assert_int_equal(SSL_write(T.ssl, p, (int)n), n);
    flush();
}

static void accepted(void *arg, struct fv_sim_conn *c)
{
    (void)arg;
    SSL_free(T.ssl);
    T.ssl = SSL_new(T.ctx);
    SSL_set_bio(T.ssl, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
    SSL_set_accept_state(T.ssl);
    T.line = c;
    T.begun++;
    T.got_len = 0;
    T.told = false;
}

static void received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    (void)arg;
    T.wire += n;
    if (T.chatters) {
        for (size_t i = 0; i < 500; i++) {
            fv_sim_send(c, "\x15\x03\x03\x00\x02\x01\x5A", 7);
        }
        return;
    }
    if (T.first != FV_SIM_KEEP) {
        (T.first == FV_SIM_END ? fv_sim_end : fv_sim_reset)(c);
        T.first = FV_SIM_KEEP;
        return;
    }
    BIO_write(SSL_get_rbio(T.ssl), p, (int)n);
    if (!SSL_is_init_finished(T.ssl)) {
        (void)SSL_do_handshake(T.ssl);
        const char *name = SSL_get_servername(T.ssl, TLSEXT_NAMETYPE_host_name);
        snprintf(T.name, sizeof T.name, "%s", name ? name : "");
    }
    int got;
    while (SSL_is_init_finished(T.ssl) &&
           (got = SSL_read(T.ssl, T.got + T.got_len, (int)(sizeof T.got - T.got_len))) > 0) {
        T.got_len += (size_t)got;
    }
    T.told = (SSL_get_shutdown(T.ssl) & SSL_RECEIVED_SHUTDOWN) != 0;
    flush();
}

static void closed(void *arg, struct fv_sim_conn *c)
{
    (void)arg;
    T.line = T.line == c ? NULL : T.line;
}

static int choose(SSL *ssl, const unsigned char **out, unsigned char *len, const unsigned char *in,
                  unsigned n, void *arg)
{
    (void)ssl, (void)arg;
    snprintf(T.protocol, sizeof T.protocol, "%.*s", (int)n - 1, (const char *)in + 1);
    *out = in + 1;
    *len = in[0];
    return SSL_TLSEXT_ERR_OK;
}

/* Be another server from the next connection on. */
static void serve(const struct kind *kind)
{
    SSL_CTX_free(T.ctx);
    T.ctx = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(T.ctx, pki.certs[kind->cert]);
    SSL_CTX_use_PrivateKey(T.ctx, kind->cert == BY_RSA ? pki.rsa : pki.ec);
    SSL_CTX_set_alpn_select_cb(T.ctx, choose, NULL);
    SSL_CTX_set_max_proto_version(T.ctx, kind->old ? TLS1_2_VERSION : TLS1_3_VERSION);
    SSL_CTX_set_min_proto_version(T.ctx, kind->new ? TLS1_3_VERSION : TLS1_2_VERSION);
    if (kind->suites != NULL) {
        assert_int_equal(SSL_CTX_set_cipher_list(T.ctx, kind->suites), 1);
    }
    if (kind->asks) {
        SSL_CTX_set_verify(T.ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    }
    if (kind->records) {
        SSL_CTX_set_max_send_fragment(T.ctx, 512);
    }
    if (kind->ticket) {
        SSL_CTX_set_num_tickets(T.ctx, 1);
    }
    T.peer.piece = kind->piece;
    if (kind->pss) {
        SSL_CTX_set_options(T.ctx, SSL_OP_CIPHER_SERVER_PREFERENCE);
        SSL_CTX_set1_sigalgs_list(T.ctx, "RSA-PSS+SHA256:RSA+SHA256");
    }
}

static void begin(const struct kind *kind)
{
    static const char *const hosts[] = {"p", "p.", "10.0.0.1", "10.0.0.3", "::1"};
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    memset(&T, 0, sizeof T);
    fv_sim_init(&T.sim, FV_SIM_POSIX, 1);
    T.sim.wall_us = (int64_t)time(NULL) * 1000000; /* as those have it who make certificates here */
    T.peer = (struct fv_sim_peer){.accepted = accepted, .received = received, .closed = closed};
    fv_sim_listen(&T.sim, addr, &T.peer);
    for (size_t i = 0; i < COUNT(hosts); i++) {
        fv_sim_host(&T.sim, hosts[i], addr);
    }
    T.config = (struct fv_net_config){.port = &T.sim.port,
                                      .trust = {.read = read_bundle},
                                      .connect_timeout_ms = 10000,
                                      .deadline_us = INT64_MAX};
    fv_conn_init(&T.conn, &T.config, &T.fault, &T.room);
    fv_conn_init(&T.other, &T.config, &T.fault, &T.other_room);
    serve(kind);
}

static void end(void)
{
    fv_conn_end(&T.other);
    fv_conn_end(&T.conn);
    assert_null(T.conn.tls.state);
    assert_int_equal(fv_sim_handles(&T.sim), 0);
    SSL_free(T.ssl);
    SSL_CTX_free(T.ctx);
    fv_sim_free(&T.sim);
}

/* --- The client --- */

static enum fv_err dial(struct fv_conn *c, const char *host)
{
    struct fv_url url = {.https = true, .host = fv_slice_of(host), .port = 443};
    T.fault = (struct fv_net_fault){.err = FV_OK};
    enum fv_err err;
    while ((err = fv_conn_open(c, &url, host)) == FV_AGAIN) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        int64_t until_us = INT64_MAX;
        size_t count = fv_conn_event(c, events, &until_us);
        err = T.sim.net.wait(T.sim.net.ctx, events, count, until_us);
        if (err != FV_OK) {
            return fv_conn_fail(c, err);
        }
    }
    return err;
}

/* Send with x, waiting for the connection. */
static enum fv_err send_and_wait(struct fv_exchange *x, const struct fv_request *r)
{
    enum fv_err err;
    while ((err = fv_exchange_send(x, r, 7)) == FV_AGAIN) {
        struct fv_port_event events[FV_CAP_ADDRESSES];
        int64_t until_us = 0;
        size_t count = fv_exchange_event(x, events, &until_us);
        err = T.sim.net.wait(T.sim.net.ctx, events, count, until_us);
        if (err != FV_OK) {
            return fv_exchange_fail(x, err);
        }
    }
    return err;
}

static enum fv_err await(struct fv_conn *c)
{
    struct fv_port_event event;
    int64_t until_us = INT64_MAX;
    assert_int_equal(fv_conn_event(c, &event, &until_us), 1);
    assert_int_not_equal(event.want, 0);
    return T.sim.net.wait(T.sim.net.ctx, &event, 1, T.sim.now_us + 1000000);
}

/* Send all, each piece of it again where that is asked for. */
static enum fv_err tell(struct fv_conn *c, const void *p, size_t n)
{
    for (size_t at = 0; at < n;) {
        size_t sent = 0;
        struct fv_slice rest = {(const char *)p + at, n - at};
        enum fv_err err = fv_conn_send(c, rest, &sent);
        assert_true(sent <= n - at);
        at += sent;
        if (err == FV_AGAIN) {
            err = await(c);
        }
        if (err != FV_OK) {
            return err;
        }
    }
    return FV_OK;
}

/* Receive until the end ('$'), an error ("!15"), or nothing for a second. */
static const char *hear(struct fv_conn *c)
{
    static char text[ROOM];
    size_t len = 0;
    for (;;) {
        size_t got = 0;
        enum fv_err err = fv_conn_recv(c, (uint8_t *)text + len, sizeof text - len - 16, &got);
        len += got;
        if (err == FV_OK && got > 0) {
            continue;
        }
        if (err == FV_AGAIN && await(c) == FV_OK) {
            continue;
        }
        if (err < FV_OK) {
            snprintf(text + len, 16, "!%d", -err);
        } else {
            strcpy(text + len, err == FV_OK ? "$" : "");
        }
        return text;
    }
}

static bool reused(void)
{
    return SSL_session_reused(T.ssl) == 1;
}

/* --- Handshakes --- */

static const struct kind any = {GOOD}, tls12 = {GOOD, .old = true}, tls13 = {GOOD, .new = true};

/* clang-format off */
static const struct {
    const char *title;
    struct kind kind;
    const char *host;
    enum fv_err err;
    const char *name;   /* that the server was asked for */
    unsigned begun;     /* connections; 0: one */
    char pin;           /* that is set: 'y' the server's, 'n' another one; 'b' both */
    bool no_bundle;
    const char *detail; /* what the fault says; NULL: anything */
} shakes[] = {
    {"any version", {GOOD}, "p", FV_OK, "p"},
    {"TLS 1.3", {GOOD, .new = true}, "p", FV_OK, "p"},
    {"TLS 1.2", {GOOD, .old = true}, "p", FV_OK, "p"},
    {"RSA", {BY_RSA, .new = true}, "p", FV_OK, "p"},
    {"RSA, TLS 1.2", {BY_RSA, .old = true}, "p", FV_OK, "p"},
    {"RSA, TLS 1.2, a server that insists on PSS", {BY_RSA, .old = true, .pss = true}, "p", FV_OK, "p", 2},
    {"AES", {BY_RSA, .old = true, .suites = "ECDHE-RSA-AES128-GCM-SHA256"}, "p", FV_OK, "p"},
    {"ChaCha20", {BY_RSA, .old = true, .suites = "ECDHE-RSA-CHACHA20-POLY1305"}, "p", FV_OK, "p"},
    {"no forward secrecy", {BY_RSA, .old = true, .suites = "AES128-GCM-SHA256"}, "p", FV_E_TLS_LACKS, "p"},
    {"in small records", {BY_RSA, .new = true, .records = true}, "p", FV_OK, "p"},
    {"in small records, TLS 1.2", {BY_RSA, .old = true, .records = true}, "p", FV_OK, "p"},
    {"in small records in pieces", {BY_RSA, .new = true, .records = true, .piece = 600}, "p", FV_OK, "p"},
    {"in small records in pieces, TLS 1.2", {BY_RSA, .old = true, .records = true, .piece = 600}, "p", FV_OK, "p"},
    {"the root's dot", {GOOD}, "p.", FV_OK, "p"},
    {"an address", {GOOD}, "10.0.0.1", FV_OK, ""},
    {"an address of IPv6", {GOOD}, "::1", FV_OK, ""},
    {"another address", {GOOD}, "10.0.0.3", FV_E_TLS_NAME, "", .detail = " is for "},
    {"an address that no certificate has", {OTHER}, "10.0.0.1", FV_E_TLS_NAME, ""},
    {"another name", {OTHER}, "p", FV_E_TLS_NAME, "p", .detail = " is for "},
    {"another name, TLS 1.2", {OTHER, .old = true}, "p", FV_E_TLS_NAME, "p"},
    {"expired", {OLD}, "p", FV_E_TLS_TIME, "p", .detail = " expired at "},
    {"not valid yet", {EARLY}, "p", FV_E_TLS_TIME, "p", .detail = " is not valid before "},
    {"of nobody's", {STRANGE}, "p", FV_E_TLS_TRUST, "p", .detail = " was issued by "},
    {"of nobody's, TLS 1.2", {STRANGE, .old = true}, "p", FV_E_TLS_TRUST, "p"},
    {"its issuer's name in another type, and in capitals", {PRINTABLE}, "p", FV_OK, "p"},
    {"the same the other way round", {UTF8}, "p", FV_OK, "p"},
    {"no bundle", {GOOD}, "p", FV_E_TLS_CA, "p", .no_bundle = true},
    {"a pinned key", {GOOD}, "p", FV_OK, "p", .pin = 'y'},
    {"one of two pins", {GOOD}, "p", FV_OK, "p", .pin = 'b'},
    {"another key", {GOOD}, "p", FV_E_TLS_PIN, "p", .pin = 'n', .detail = "it is sha256//"},
    {"another key, TLS 1.2", {GOOD, .old = true}, "p", FV_E_TLS_PIN, "p", .pin = 'n'},
};
/* clang-format on */

static void pin(char which)
{
    uint8_t *der = NULL;
    int n = i2d_PUBKEY(pki.ec, &der);
    size_t count = 0;
    if (which == 'n' || which == 'b') {
        memset(T.config.pins[count++], 'x', 32);
    }
    if (which == 'y' || which == 'b') {
        SHA256(der, (size_t)n, T.config.pins[count++]);
    }
    T.config.pin_count = count;
    OPENSSL_free(der);
}

/* Whether the fault's detail, which ends in NUL, has these words; NULL: none are asked for. */
static bool says(const char *words)
{
    return words == NULL || (T.fault.detail.len > 0 && strstr(T.fault.detail.ptr, words) != NULL);
}

/* When a certificate ends, microseconds since 1970. */
static int64_t end_us(enum cert cert)
{
    struct tm tm;
    assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(pki.certs[cert]), &tm), 1);
    return (int64_t)timegm(&tm) * 1000000;
}

static void test_whom_a_handshake_accepts(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(shakes); i++) {
        begin(&shakes[i].kind);
        pin(shakes[i].pin);
        T.config.trust.read = shakes[i].no_bundle ? NULL : read_bundle;
        enum fv_err err = dial(&T.conn, shakes[i].host);
        bool asked = strcmp(T.name, shakes[i].name) == 0;
        asked = asked && (err == FV_E_TLS_LACKS || strcmp(T.protocol, "http/1.1") == 0);
        bool open = fv_conn_is_open(&T.conn);
        unsigned begun = shakes[i].begun > 0 ? shakes[i].begun : 1;
        if (err == FV_OK && tell(&T.conn, "hello", 5) == FV_OK && T.got_len != 5) {
            err = FV_E_NETWORK;
        }
        asked = asked && says(shakes[i].detail);
        int64_t until_us = shakes[i].err == FV_OK ? end_us(shakes[i].kind.cert) : 0;
        asked = asked && T.conn.tls.certificate_end_us == until_us;
        if (err != shakes[i].err || T.fault.err != err || open != (err == FV_OK) || !asked ||
            T.begun != begun) {
            print_error("%s: %d (%d, %d), asked for %s, %s, %u times\n", shakes[i].title, err,
                        T.fault.err, (int)T.fault.native, T.name, T.protocol, T.begun);
            wrong++;
        }
        end();
    }
    assert_int_equal(wrong, 0);
}

/* The longest name is asked for like any other. */
static void test_a_long_name(void **state)
{
    char host[FV_CAP_HOST + 1];
    (void)state;
    begin(&any);
    memset(host, 'h', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    fv_sim_host(&T.sim, host, fv_sim_addr4(10, 0, 0, 1, 443));
    assert_int_equal(dial(&T.conn, host), FV_E_TLS_NAME);
    assert_string_equal(T.name, host);
    end();
}

/* What goes wrong before the server has said anything. */
static void test_a_handshake_that_cannot_begin(void **state)
{
    (void)state;
    begin(&any);
    T.sim.wall_us = INT64_MIN;
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_TIME);
    assert_true(fv_slice_starts(T.fault.detail, FV_SLICE("this machine's clock says ")));
    assert_int_equal(T.fault.native, 0);
    end();
    for (enum fv_sim_then how = FV_SIM_END; how <= FV_SIM_RESET; how++) {
        begin(&any);
        T.first = how;
        assert_int_equal(dial(&T.conn, "p"), FV_E_RESET);
        assert_int_equal(T.begun, 1);
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        end();
    }
    begin(&any);
    T.peer.received = NULL; /* never a word */
    assert_int_equal(dial(&T.conn, "p"), FV_E_TIMEOUT);
    assert_int_equal(T.fault.native, 0);
    assert_in_range(T.sim.now_us, 10900000, 11100000);
    end();
}

/* Each operation of the network on the way to a connection fails once: the error is reported
 * with its code, and nothing stays open. */
static void test_an_operation_fails(void **state)
{
    (void)state;
    bool fired = true;
    for (uint64_t at = 1; fired; at++) {
        begin(&any);
        T.peer.piece = 600;
        T.sim.fault = (struct fv_sim_fault){.at = T.sim.ops + at, .net = FV_E_NETWORK};
        enum fv_err err = dial(&T.conn, "p");
        fired = T.sim.fired > 0;
        assert_int_equal(err, fired ? FV_E_NETWORK : FV_OK);
        assert_int_equal(T.fault.err, err);
        assert_int_equal(T.fault.native, err);
        assert_int_equal(fv_conn_is_open(&T.conn), !fired);
        T.sim.fault.at = 0;
        assert_int_equal(dial(&T.other, "p"), FV_OK);
        end();
    }
}

/* One that goes on saying nothing of use is waited for no longer than one that is silent. */
static void test_alerts_without_end(void **state)
{
    (void)state;
    begin(&any);
    T.chatters = true;
    T.peer.piece = 7;
    T.sim.wait_us = 100000;
    assert_int_equal(dial(&T.conn, "p"), FV_E_TIMEOUT);
    assert_int_equal(T.fault.err, FV_E_TIMEOUT);
    assert_in_range(T.sim.now_us, 10900000, 11300000);
    end();
}

/* One longer than any is refused before it is asked for. */
static void test_a_name_that_is_too_long(void **state)
{
    char host[FV_CAP_HOST + 2];
    (void)state;
    memset(host, 'h', sizeof host - 1);
    host[sizeof host - 1] = '\0';
    begin(&any);
    assert_int_equal(fv_tls_open(&T.conn.tls, host, 1, &T.fault), FV_E_TLS);
    host[sizeof host - 2] = '.';
    T.fault = (struct fv_net_fault){.err = FV_OK};
    assert_int_equal(fv_tls_open(&T.conn.tls, host, 1, &T.fault), FV_OK);
    end();
}

/* Why a handshake fails has nothing to do with how the one before did, or the connection. */
static void test_a_failure_after_another_one(void **state)
{
    static const struct kind none = {BY_RSA, .old = true, .suites = "AES128-GCM-SHA256"};
    (void)state;
    for (char before = 'a'; before <= 'd'; before++) {
        begin(&any);
        switch (before) {
        case 'a':
            T.config.trust.read = NULL;
            assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_CA);
            T.config.trust.read = read_bundle;
            break;
        case 'b':
            T.first = FV_SIM_RESET;
            assert_int_equal(dial(&T.conn, "p"), FV_E_RESET);
            break;
        case 'c': /* a connection that has said something */
            assert_int_equal(dial(&T.conn, "p"), FV_OK);
            assert_int_equal(tell(&T.conn, "x", 1), FV_OK);
            say("hi", 2);
            assert_string_equal(hear(&T.conn), "hi");
            fv_conn_close(&T.conn);
            fv_conn_forget(&T.conn);
            break;
        default:
            break;
        }
        serve(&none);
        assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_LACKS);
        serve(&any);
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        assert_int_equal(tell(&T.conn, "hello", 5), FV_OK);
        assert_int_equal(T.got_len, 5);
        end();
    }
}

/* That a server wants no PSS is known of it alone. */
static void test_signatures_of_another_server(void **state)
{
    static const struct kind pss = {BY_RSA, .old = true, .pss = true};
    (void)state;
    begin(&pss);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    assert_int_equal(T.begun, 2);
    fv_conn_close(&T.conn);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    assert_int_equal(T.begun, 3);
    fv_conn_close(&T.conn);
    fv_conn_forget(&T.conn);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    assert_int_equal(T.begun, 5);
    end();
}

static enum fv_err no_random(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx, (void)p, (void)n;
    return FV_E_NETWORK;
}

static void test_no_handshake_without_random_bytes(void **state)
{
    (void)state;
    begin(&any);
    T.sim.entropy.fill = no_random;
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS);
    end();
}

static uint32_t failures;

static uint32_t count_failures(void *ctx)
{
    (void)ctx;
    return failures++ > 0;
}

/* The memory pool of a board runs out during the handshake: that is reported, not the error that
 * mbedTLS derives from it. */
static void test_want_of_memory_is_told(void **state)
{
    static const struct kind strange = {STRANGE};
    const struct fv_port_memory memory = {.failures = count_failures};
    (void)state;
    begin(&strange);
    failures = 0;
    T.sim.port.memory = &memory;
    assert_int_equal(dial(&T.conn, "p"), FV_E_MEMORY);
    end();
}

/* --- Sessions --- */

/* Connect, send a word, and take what the server has to say, a ticket for instance. */
static bool visit(struct fv_conn *c, const char *host)
{
    assert_int_equal(dial(c, host), FV_OK);
    assert_int_equal(tell(c, "x", 1), FV_OK);
    assert_string_equal(hear(c), "");
    assert_int_equal(T.got_len, 1);
    bool again = reused();
    fv_conn_close(c);
    return again;
}

static void test_a_session_is_resumed(void **state)
{
    static const struct kind *const kinds[] = {&tls12, &tls13};
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        begin(kinds[i]);
        pin('y');
        assert_false(visit(&T.conn, "p"));
        assert_true(visit(&T.conn, "p"));
        assert_true(visit(&T.conn, "p"));
        assert_int_equal(T.conn.tls.certificate_end_us, end_us(GOOD));
        fv_conn_forget(&T.conn);
        assert_false(visit(&T.conn, "p"));
        assert_int_equal(T.begun, 4);
        end();
    }
}

static void test_a_session_that_another_one_keeps(void **state)
{
    static const struct kind *const kinds[] = {&tls12, &tls13};
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        begin(kinds[i]);
        fv_tls_share(&T.other.tls, &T.conn.tls);
        assert_false(visit(&T.other, "p")); /* it has none yet */
        fv_conn_forget(&T.other);
        assert_false(visit(&T.conn, "p"));
        assert_true(visit(&T.other, "p"));
        fv_conn_forget(&T.conn);
        assert_true(visit(&T.other, "p")); /* its own */
        fv_tls_share(&T.other.tls, NULL);
        fv_conn_forget(&T.other);
        assert_false(visit(&T.other, "p"));
        end();
    }
}

/* Connections to the same host share sessions: that of the portal's first connection, and that
 * of the first connection aside. */
static void test_exchanges_share_sessions(void **state)
{
    static const struct {
        const char *first, *second; /* hosts that the keepers have visited; NULL: there is none */
        const char *host;
        bool reused;
    } rows[] = {
        {"p", NULL, "p", true},          {NULL, "p", "p", true},
        {"10.0.0.1", "p", "p", true},    {"p", "10.0.0.1", "p", true},
        {"10.0.0.1", "::1", "p", false}, {"p", "p.", "10.0.0.1", false},
        {NULL, NULL, "p", false},
    };
    static struct fv_exchange x[3];
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *const hosts[] = {rows[i].first, rows[i].second, rows[i].host};
        begin(&tls12);
        for (size_t k = 0; k < 3; k++) {
            fv_exchange_init(&x[k], &T.config);
        }
        fv_exchange_share(&x[2], hosts[0] != NULL ? &x[0] : NULL, hosts[1] != NULL ? &x[1] : NULL);
        for (size_t k = 0; k < 3; k++) {
            const struct fv_head *head;
            uint64_t tag;
            if (hosts[k] == NULL) {
                continue;
            }
            struct fv_url url = {.https = true,
                                 .host = fv_slice_of(hosts[k]),
                                 .port = 443,
                                 .path = {"/", 1}};
            const struct fv_request r = {.url = &url};
            assert_int_equal(send_and_wait(&x[k], &r), FV_OK);
            assert_int_equal(fv_exchange_head(&x[k], &head, &tag), FV_AGAIN);
            fv_exchange_drop(&x[k]);
        }
        assert_int_equal(reused(), rows[i].reused);
        for (size_t k = 0; k < 3; k++) {
            fv_exchange_close(&x[k]);
        }
        end();
    }
}

/* The next server of that name does not support the session's version: the client connects again
 * at once without the session. */
static void test_a_session_that_the_server_does_not_take(void **state)
{
    (void)state;
    begin(&tls13);
    fv_tls_share(&T.other.tls, &T.conn.tls);
    assert_false(visit(&T.conn, "p"));
    serve(&tls12);
    assert_false(visit(&T.other, "p"));
    assert_int_equal(T.begun, 3);
    assert_int_equal(T.fault.err, FV_OK);
    assert_false(visit(&T.conn, "p")); /* forgotten there, too */
    assert_int_equal(T.begun, 4);
    end();
}

static size_t bytes_of_refused(void)
{
    T.wire = 0;
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_NAME);
    return T.wire;
}

/* With which a handshake has failed is not offered again. */
static void test_a_session_of_a_failed_handshake(void **state)
{
    static const struct kind other = {OTHER, .new = true};
    (void)state;
    begin(&other);
    size_t without = bytes_of_refused();
    serve(&tls13);
    assert_false(visit(&T.conn, "p"));
    serve(&other);
    assert_true(bytes_of_refused() > without);
    assert_int_equal(bytes_of_refused(), without);
    end();
}

/* Some say so by a reset. Once only: a server that is down is not asked twice for that. */
static void test_a_session_that_a_reset_answers(void **state)
{
    (void)state;
    begin(&tls13);
    assert_false(visit(&T.conn, "p"));
    T.first = FV_SIM_RESET;
    assert_false(visit(&T.conn, "p"));
    assert_int_equal(T.begun, 3);
    assert_true(visit(&T.conn, "p"));
    T.peer.received = NULL;
    assert_int_equal(dial(&T.conn, "p"), FV_E_TIMEOUT);
    assert_int_equal(T.begun, 5);
    T.peer.received = received;
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    end();
}

/* A pinned key is checked for resumed sessions too, which show no certificate. A refused session
 * is not kept. */
static void test_a_session_of_a_refused_key(void **state)
{
    (void)state;
    begin(&tls12);
    pin('n');
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_PIN);
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_PIN);
    assert_int_equal(T.begun, 2);
    end();
}

/* --- Talking --- */

static uint8_t text[100000];

static void make_text(void)
{
    for (size_t i = 0; i < sizeof text; i++) {
        text[i] = (uint8_t)('a' + i * 31 % 23);
    }
}

static void test_bytes_in_both_directions(void **state)
{
    static const struct kind *const kinds[] = {&tls12, &tls13};
    static const size_t sizes[] = {0, 1, 300, 5000};
    (void)state;
    make_text();
    for (size_t i = 0; i < 2 * COUNT(sizes); i++) {
        begin(kinds[i % 2]);
        T.peer.piece = T.peer.window = sizes[i / 2];
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        assert_int_equal(tell(&T.conn, text, sizeof text), FV_OK);
        assert_int_equal(T.got_len, sizeof text);
        assert_memory_equal(T.got, text, sizeof text);
        for (size_t at = 0; at < sizeof text; at += 20000) {
            say(text + at, 20000);
        }
        const char *heard = hear(&T.conn);
        assert_int_equal(strlen(heard), sizeof text);
        assert_memory_equal(heard, text, sizeof text);
        fv_conn_close(&T.conn);
        assert_true(T.told || T.peer.window > 0); /* that is sent only if it need not wait */
        end();
    }
}

/* clang-format off */
static const struct {
    const char *title;
    bool old;
    char act;          /* what the server does when it has been told something */
    const char *heard;
} ends[] = {
    {"close_notify", false, 'n', "hi$"},
    {"close_notify, TLS 1.2", true, 'n', "hi$"},
    {"closed without a word", false, 'e', "hi!15"},
    {"closed without a word, TLS 1.2", true, 'e', "hi!15"},
    {"reset", false, 'r', "hi!12"},
    {"reset, TLS 1.2", true, 'r', "hi!12"},
    {"other keys", false, 'k', "hi!27"},
    {"a damaged record", false, 'd', "hi!27"},
    {"a damaged record, TLS 1.2", true, 'd', "hi!27"},
    {"an alert", true, 'a', "hi!27"},
    {"a wish to begin anew that may not be refused", true, 'h', "hi!27"},
};
/* clang-format on */

static void act(char what)
{
    static const uint8_t damaged[] = "\x17\x03\x03\x00\x18xxxxxxxxxxxxxxxxxxxxxxxx";
    switch (what) {
    case 'n':
        SSL_shutdown(T.ssl);
        break;
    case 'k':
        SSL_key_update(T.ssl, SSL_KEY_UPDATE_NOT_REQUESTED);
        say("there", 5);
        break;
    case 'd':
        fv_sim_send(T.line, damaged, sizeof damaged - 1);
        break;
    case 'h':
        SSL_renegotiate(T.ssl);
        (void)SSL_do_handshake(T.ssl);
        break;
    case 'a':
        BIO_write(SSL_get_rbio(T.ssl), damaged, sizeof damaged - 1);
        (void)SSL_read(T.ssl, T.got, 1);
        break;
    case 'e':
        fv_sim_end(T.line);
        break;
    default:
        fv_sim_reset(T.line);
        break;
    }
    flush();
}

static void test_how_a_connection_ends(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(ends); i++) {
        begin(ends[i].old ? &tls12 : &tls13);
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        assert_int_equal(tell(&T.conn, "hello", 5), FV_OK);
        say("hi", 2);
        act(ends[i].act);
        const char *heard = hear(&T.conn);
        if (strcmp(heard, ends[i].heard) != 0) {
            print_error("%s: %s, not %s (%d)\n", ends[i].title, heard, ends[i].heard,
                        (int)T.fault.native);
            wrong++;
        }
        fv_conn_close(&T.conn);
        assert_int_equal(dial(&T.conn, "p"), FV_OK); /* nothing of it stays */
        end();
    }
    assert_int_equal(wrong, 0);
}

/* TLS 1.3: the client's handshake is complete before the server has checked it; the server's
 * verdict would be the same again. */
static void test_a_certificate_that_the_client_does_not_have(void **state)
{
    static const struct kind kinds[] = {{GOOD, .new = true, .asks = true},
                                        {GOOD, .old = true, .asks = true}};
    (void)state;
    begin(&kinds[0]);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    assert_string_equal(hear(&T.conn), "!29");
    end();
    begin(&kinds[1]);
    assert_int_equal(dial(&T.conn, "p"), FV_E_TLS_LACKS);
    end();
}

/* A connection that takes no more may still hold a response. */
static void test_what_came_before_a_reset_is_still_read(void **state)
{
    static const struct kind *const kinds[] = {&tls12, &tls13};
    (void)state;
    for (size_t i = 0; i < COUNT(kinds); i++) {
        size_t sent = 0;
        begin(kinds[i]);
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        say("hi", 2);
        T.sim.fault = (struct fv_sim_fault){.at = T.sim.ops + 1, .net = FV_E_RESET};
        assert_int_equal(fv_conn_send(&T.conn, FV_SLICE("x"), &sent), FV_E_RESET);
        assert_int_equal(T.fault.err, FV_E_RESET);
        assert_int_equal(T.fault.native, FV_E_RESET);
        assert_int_equal(sent, 0);
        assert_string_equal(hear(&T.conn), "hi");
        end();
    }
}

/* A ticket arrives while the client is sending: nothing is sent twice, nothing is lost, and the
 * session is resumed. */
static void test_a_ticket_in_mid_send(void **state)
{
    static const struct kind one_ticket = {GOOD, .new = true, .ticket = true};
    (void)state;
    make_text();
    for (unsigned how = 0; how < 6; how++) {
        uint8_t nothing[16];
        size_t size = how < 3 ? 9000 : 5;
        size_t n = 0;
        begin(&one_ticket);
        assert_int_equal(dial(&T.conn, "p"), FV_OK);
        fv_sim_stall(T.line, true);
        assert_int_equal(fv_conn_send(&T.conn, (struct fv_slice){(char *)text, size}, &n),
                         FV_AGAIN);
        if (how % 3 > 0) { /* it is read when there is room again, or when there is none, or not */
            fv_sim_stall(T.line, how % 3 == 1);
            assert_int_equal(fv_conn_recv(&T.conn, nothing, sizeof nothing, &n), FV_AGAIN);
        }
        fv_sim_stall(T.line, false);
        assert_int_equal(tell(&T.conn, text, size), FV_OK);
        assert_int_equal(T.got_len, size);
        assert_memory_equal(T.got, text, size);
        say("hi", 2);
        assert_string_equal(hear(&T.conn), "hi");
        fv_conn_close(&T.conn);
        assert_true(visit(&T.conn, "p"));
        end();
    }
}

/* What comes in one piece with a ticket is there at once, though nothing was there before. */
static void test_a_ticket_and_content(void **state)
{
    uint8_t got[16];
    size_t n = 0;
    (void)state;
    begin(&tls13);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    assert_string_equal(hear(&T.conn), "");
    assert_int_equal(fv_conn_recv(&T.conn, got, sizeof got, &n), FV_AGAIN);
    assert_int_equal(SSL_new_session_ticket(T.ssl), 1);
    say("hi", 2);
    assert_int_equal(fv_conn_recv(&T.conn, got, sizeof got, &n), FV_OK);
    assert_int_equal(n, 2);
    assert_memory_equal(got, "hi", 2);
    end();
}

/* What is sent at once is one record. */
static void test_records(void **state)
{
    (void)state;
    begin(&tls13);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    for (size_t i = 0; i < 3; i++) {
        T.wire = 0;
        assert_int_equal(tell(&T.conn, "hello", 5), FV_OK);
        /* its head; the text and its type, which mbedTLS fills up; its check */
        assert_int_equal(T.wire, 5 + 16 + 16);
    }
    end();
}

/* A refusal of renegotiation that could not be sent at once is sent before the next data, and
 * does not count as data. */
static void test_a_refusal_that_could_not_be_sent(void **state)
{
    size_t sent = 0;
    uint8_t nothing[16];
    (void)state;
    begin(&tls12);
    assert_int_equal(dial(&T.conn, "p"), FV_OK);
    T.wire = 0;
    assert_int_equal(tell(&T.conn, "hello", 5), FV_OK);
    size_t hello = T.wire;
    SSL_renegotiate(T.ssl);
    (void)SSL_do_handshake(T.ssl);
    flush();
    fv_sim_stall(T.line, true);
    assert_int_equal(fv_conn_recv(&T.conn, nothing, sizeof nothing, &sent), FV_AGAIN);
    T.wire = 0;
    assert_int_equal(fv_conn_send(&T.conn, FV_SLICE("hello"), &sent), FV_AGAIN);
    assert_int_equal(T.wire, 0);
    fv_sim_stall(T.line, false);
    assert_int_equal(tell(&T.conn, "hello", 5), FV_OK);
    assert_int_equal(T.wire, hello + hello - 3); /* an alert has two bytes */
    end();
}

/* If the end of the connection ends the response, only close_notify counts as that end. */
static void test_a_response_up_to_the_end(void **state)
{
    static const struct fv_url url = {.https = true,
                                      .host = {"p", 1},
                                      .port = 443,
                                      .path = {"/", 1}};
    static struct fv_exchange x;
    const struct fv_request r = {.url = &url};
    (void)state;
    for (unsigned how = 0; how < 4; how++) {
        const struct fv_head *head = NULL;
        struct fv_slice content = FV_SLICE_NONE;
        uint64_t tag = 0;
        begin(how < 2 ? &tls13 : &tls12);
        fv_exchange_init(&x, &T.config);
        assert_int_equal(send_and_wait(&x, &r), FV_OK);
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_AGAIN);
        say("HTTP/1.1 200 OK\r\n\r\nall", 22);
        act(how % 2 == 0 ? 'n' : 'e');
        assert_int_equal(fv_exchange_head(&x, &head, &tag), FV_OK);
        assert_int_equal(tag, 7);
        assert_int_equal(fv_exchange_read(&x, &content), FV_PART);
        assert_true(fv_slice_eq(content, FV_SLICE("all")));
        assert_int_equal(fv_exchange_read(&x, &content), how % 2 == 0 ? FV_OK : FV_E_TRUNCATED);
        fv_exchange_close(&x);
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_whom_a_handshake_accepts),
        cmocka_unit_test(test_a_long_name),
        cmocka_unit_test(test_a_handshake_that_cannot_begin),
        cmocka_unit_test(test_no_handshake_without_random_bytes),
        cmocka_unit_test(test_want_of_memory_is_told),
        cmocka_unit_test(test_an_operation_fails),
        cmocka_unit_test(test_alerts_without_end),
        cmocka_unit_test(test_a_name_that_is_too_long),
        cmocka_unit_test(test_a_failure_after_another_one),
        cmocka_unit_test(test_signatures_of_another_server),
        cmocka_unit_test(test_exchanges_share_sessions),
        cmocka_unit_test(test_a_ticket_and_content),
        cmocka_unit_test(test_records),
        cmocka_unit_test(test_a_refusal_that_could_not_be_sent),
        cmocka_unit_test(test_a_session_is_resumed),
        cmocka_unit_test(test_a_session_that_another_one_keeps),
        cmocka_unit_test(test_a_session_that_the_server_does_not_take),
        cmocka_unit_test(test_a_session_that_a_reset_answers),
        cmocka_unit_test(test_a_session_of_a_failed_handshake),
        cmocka_unit_test(test_a_session_of_a_refused_key),
        cmocka_unit_test(test_bytes_in_both_directions),
        cmocka_unit_test(test_how_a_connection_ends),
        cmocka_unit_test(test_a_certificate_that_the_client_does_not_have),
        cmocka_unit_test(test_what_came_before_a_reset_is_still_read),
        cmocka_unit_test(test_a_ticket_in_mid_send),
        cmocka_unit_test(test_a_response_up_to_the_end),
    };
    return cmocka_run_group_tests(tests, make_pki, free_pki);
}
