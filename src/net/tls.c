/* SPDX-License-Identifier: MIT */
#include "net/tls.h"

#include "net/tls_chain.h"
#include "net/tls_fault.h"
#include "net/tls_pin.h"
#include "net/tls_reason.h"
#include "net/tls_show.h"
#include "net/tls_sigs.h"
#include "net/tls_stream.h"
#include "net/tls_suites.h"
#include "net/tls_trust.h"
#include "net/tls_version.h"
#include "net/tls_watch.h"

#include <mbedtls/platform.h>
#include <mbedtls/ssl.h>
#include <string.h>

struct fv_tls_state {
    bool has_saved;
    bool offered;     /* this connection has offered the session (its own or the keeper's) */
    bool full;        /* the next connection offers none */
    bool no_pss;      /* signatures: net/tls_sigs.h */
    bool again;       /* see fv_tls_again() */
    bool established; /* the handshake is complete */
    bool content;     /* application data was received */
    bool writing;     /* mbedTLS has taken a part of the bytes being sent: see write_on() */
    struct fv_tls_watch watch; /* what was seen in the handshake */
    const struct fv_port *port;
    /* failed allocations, as the port counted them when the connection was opened */
    uint32_t failures;
    const char *protocols[2]; /* for ALPN, ended by NULL */
    uint8_t address[16];      /* the host, if it is an IP literal */
    struct fv_tls_trust trust;
    struct fv_tls_chain chain;
    struct fv_tls_reason reason; /* of this connection's end */
    mbedtls_ssl_context ssl;
    mbedtls_ssl_config conf;
    mbedtls_ssl_session saved; /* of the last connection; valid if has_saved */
    struct fv_tls_stream stream;
};

static int fill(void *ctx, unsigned char *p, size_t n)
{
    const struct fv_port_entropy *entropy = ctx;
    return entropy->fill(entropy->ctx, p, n) == FV_OK ? 0 : MBEDTLS_ERR_SSL_HW_ACCEL_FAILED;
}

/* --- Errors --- */

static uint32_t count_failures(const struct fv_port *port)
{
    const struct fv_port_memory *memory = port->memory;
    return memory != NULL ? memory->failures(memory->ctx) : 0;
}

static uint8_t last_alert(const struct fv_tls_state *st, int code)
{
    return code == MBEDTLS_ERR_SSL_FATAL_ALERT_MESSAGE &&
                   st->ssl.MBEDTLS_PRIVATE(in_msgtype) == MBEDTLS_SSL_MSG_ALERT
               ? st->ssl.MBEDTLS_PRIVATE(in_msg)[1]
               : 0;
}

/* Return the error, as far as it is known without the code, and its native code in *native. */
static enum fv_err judge(struct fv_tls_state *st, int code, int32_t *native)
{
    *native = code;
    if (st->stream.err != FV_OK) {
        *native = st->stream.native;
        return st->stream.err;
    }
    if (st->chain.err != FV_OK) {
        return st->chain.err;
    }
    if (count_failures(st->port) != st->failures) {
        /* If there was no memory to check a signature, mbedTLS says that the signature is wrong. */
        return FV_E_MEMORY;
    }
    if (code == MBEDTLS_ERR_X509_CERT_VERIFY_FAILED) {
        return fv_tls_reason_err(st->reason.why);
    }
    return FV_OK;
}

/* Return whether the server has asked for a certificate and knows that the client has none. */
static bool has_declined(const struct fv_tls_state *st)
{
    return st->established ? st->watch.asked : fv_tls_watch_declined(&st->ssl, &st->watch);
}

static enum fv_err fail(struct fv_tls_state *st, int code, struct fv_net_fault *fault)
{
    const struct fv_tls_moment moment = {
        .record = st->ssl.MBEDTLS_PRIVATE(in_hdr),
        .alert = last_alert(st, code),
        .state = st->ssl.MBEDTLS_PRIVATE(state),
        .type = st->ssl.MBEDTLS_PRIVATE(in_msgtype),
        .message = st->ssl.MBEDTLS_PRIVATE(in_hslen),
        .established = st->established,
        .content = st->content,
        .declined = has_declined(st),
    };
    int32_t native;
    enum fv_err err = judge(st, code, &native);
    err = fv_tls_reason_code(&st->reason, err, code, &moment);
    return fv_net_fault_explain(fault, err, native, fv_slice_of(st->reason.text));
}

/* --- Open and close --- */

void fv_tls_init(struct fv_tls *t, const struct fv_net_config *config)
{
    *t = (struct fv_tls){.config = config};
}

/* Forget the kept session; st may be NULL. */
static void forget_session(struct fv_tls_state *st)
{
    if (st != NULL && st->has_saved) {
        mbedtls_ssl_session_free(&st->saved);
        st->has_saved = false;
    }
}

void fv_tls_close(struct fv_tls *t)
{
    struct fv_tls_state *st = t->state;
    if (st == NULL) {
        return;
    }
    forget_session(st);
    mbedtls_ssl_free(&st->ssl);
    mbedtls_ssl_config_free(&st->conf);
    mbedtls_free(st);
    t->state = NULL;
}

void fv_tls_forget(struct fv_tls *t)
{
    forget_session(t->state);
    if (t->state != NULL) {
        t->state->full = t->state->no_pss = false;
    }
}

void fv_tls_share(struct fv_tls *t, const struct fv_tls *keeper)
{
    t->keeper = keeper;
}

bool fv_tls_again(struct fv_tls *t)
{
    bool again = t->state != NULL && t->state->again;
    if (again) {
        t->state->again = false;
    }
    return again;
}

/* mbedTLS requires this function and does not call it: net/tls_chain.h checks the chain. */
static int find_nothing(void *ctx, const mbedtls_x509_crt *child, mbedtls_x509_crt **found)
{
    (void)ctx;
    (void)child;
    (void)found;
    return MBEDTLS_ERR_X509_FATAL_ERROR;
}

/* Set what is the same for all connections. Return mbedTLS's code. */
static int configure(struct fv_tls_state *st, const struct fv_port *port)
{
    int ret = mbedtls_ssl_config_defaults(&st->conf, MBEDTLS_SSL_IS_CLIENT,
                                          MBEDTLS_SSL_TRANSPORT_STREAM, MBEDTLS_SSL_PRESET_DEFAULT);
    if (ret != 0) {
        return ret;
    }
    mbedtls_ssl_conf_min_tls_version(&st->conf, MBEDTLS_SSL_VERSION_TLS1_2);
    mbedtls_ssl_conf_authmode(&st->conf, MBEDTLS_SSL_VERIFY_REQUIRED);
    mbedtls_ssl_conf_ca_cb(&st->conf, find_nothing, &st->chain);
    void *source;
    memcpy(&source, &port->entropy, sizeof(source)); /* fill() gives it its const back */
    mbedtls_ssl_conf_rng(&st->conf, fill, source);
    mbedtls_ssl_conf_ciphersuites(&st->conf, fv_tls_suites(port->aes));
    st->protocols[0] = "http/1.1";
    ret = fv_tls_version_configure(&st->conf, st->protocols);
    return ret != 0 ? ret : mbedtls_ssl_setup(&st->ssl, &st->conf);
}

static enum fv_err create(struct fv_tls *t, struct fv_net_fault *fault)
{
    struct fv_tls_state *st = mbedtls_calloc(1, sizeof(*st));
    if (st == NULL) {
        return fv_net_fault_set(fault, FV_E_MEMORY, 0);
    }
    t->state = st;
    st->port = t->config->port;
    st->trust = (struct fv_tls_trust){.source = &t->config->trust, .reason = &st->reason};
    st->chain = (struct fv_tls_chain){.port = st->port, .trust = &st->trust, .reason = &st->reason};
    mbedtls_ssl_config_init(&st->conf);
    mbedtls_ssl_init(&st->ssl);
    int ret = configure(st, t->config->port);
    if (ret == 0) {
        return FV_OK;
    }
    enum fv_err err = fail(st, ret, fault);
    fault->detail = FV_SLICE_NONE; /* it is in the memory that is freed */
    fv_tls_close(t);
    return err;
}

static int set_host(struct fv_tls_state *st, const char *host)
{
    char name[FV_CAP_HOST + 1];
    size_t n = strlen(host);
    if (n > 0 && host[n - 1] == '.') {
        n--; /* neither server names nor certificates have the trailing dot */
    }
    if (n >= sizeof(name)) {
        return MBEDTLS_ERR_SSL_BUFFER_TOO_SMALL;
    }
    memcpy(name, host, n);
    name[n] = 0;
    size_t address = mbedtls_x509_crt_parse_cn_inet_pton(name, st->address);
    /* An address is not sent as server name (RFC 6066 3). */
    int ret = mbedtls_ssl_set_hostname(&st->ssl, address > 0 ? NULL : name);
    st->chain.address = address > 0;
    st->chain.host = address > 0 ? (struct fv_slice){(const char *)st->address, address}
                                 : fv_slice_of(st->ssl.MBEDTLS_PRIVATE(hostname));
    return ret;
}

/* Return whether the port knows the time. If not, the reason shows the time of this machine,
 * usually 1970. */
static bool begin_reason(struct fv_tls_state *st)
{
    const struct fv_port_clock *clock = st->port->clock;
    int64_t wall_us = clock->wall(clock->ctx);
    bool known = wall_us != INT64_MIN;
    fv_tls_reason_begin(&st->reason, known ? wall_us : (int64_t)mbedtls_time(NULL) * 1000000);
    if (!known) {
        fv_tls_reason_cert(&st->reason, FV_TLS_CLOCK, NULL);
    }
    return known;
}

enum fv_err fv_tls_open(struct fv_tls *t, const char *host, int sock, struct fv_net_fault *fault)
{
    const struct fv_port *port = t->config->port;
    uint8_t byte;
    enum fv_err err = port->entropy->fill(port->entropy->ctx, &byte, 1);
    if (err != FV_OK) { /* mbedTLS would not tell which error this was */
        err = err == FV_E_NETWORK ? FV_E_TLS : err;
        return fv_net_fault_blame(fault, err, 0, FV_SLICE("random numbers of this machine"));
    }
    int32_t code = 0;
    err = fv_tls_version_start(port->entropy, &code);
    if (err != FV_OK) {
        return fv_net_fault_set(fault, err, code);
    }
    if (t->state == NULL) {
        err = create(t, fault);
        if (err != FV_OK) {
            return err;
        }
    }
    struct fv_tls_state *st = t->state;
    fv_tls_stream_begin(&st->stream, port->net, sock);
    st->failures = count_failures(port);
    st->chain.err = FV_OK;
    st->chain.facts = t->config->facts;
    st->established = st->content = st->writing = false;
    st->watch = (struct fv_tls_watch){.group = 0};
    if (!begin_reason(st)) {
        return fv_net_fault_explain(fault, FV_E_TLS_TIME, 0, fv_slice_of(st->reason.text));
    }
    mbedtls_ssl_conf_sig_algs(&st->conf, fv_tls_sigs(!st->no_pss));
    int ret = mbedtls_ssl_session_reset(&st->ssl);
    ret = ret != 0 ? ret : set_host(st, host);
    if (ret != 0) {
        return fail(st, ret, fault);
    }
    mbedtls_ssl_set_bio(&st->ssl, &st->stream, fv_tls_stream_send, fv_tls_stream_recv, NULL);
    /* If a session cannot be offered (because it is too old, for instance), there is a full
     * handshake. */
    const struct fv_tls_state *kept = st->has_saved || t->keeper == NULL ? st : t->keeper->state;
    st->offered = !st->full && kept != NULL && kept->has_saved &&
                  mbedtls_ssl_set_session(&st->ssl, &kept->saved) == 0;
    st->full = false;
    return FV_OK;
}

/* --- Use --- */

static void save_session(struct fv_tls *t)
{
    struct fv_tls_state *st = t->state;
    forget_session(st);
    if (FV_CAP_SESSIONS == 0) {
        return;
    }
    mbedtls_ssl_session_init(&st->saved);
    st->has_saved = mbedtls_ssl_get_session(&st->ssl, &st->saved) == 0;
    if (!st->has_saved) {
        mbedtls_ssl_session_free(&st->saved);
    }
}

static bool key_is_pinned(struct fv_tls *t)
{
    const struct fv_net_config *config = t->config;
    if (config->pin_count == 0) {
        return true;
    }
    if (!fv_tls_pin_linked) {
        return false;
    }
    const mbedtls_x509_crt *crt = mbedtls_ssl_get_peer_cert(&t->state->ssl);
    if (crt == NULL) {
        /* A resumed session has no certificate. It was kept only after its key had matched a
         * pin. */
        return t->state->offered;
    }
    struct fv_slice spki = {(const char *)crt->pk_raw.p, crt->pk_raw.len};
    bool pinned = fv_tls_pin_match(config->pins, config->pin_count, spki);
    if (!pinned) {
        fv_tls_reason_pin(&t->state->reason, spki);
    }
    return pinned;
}

/*
 * The handshake failed with err, perhaps because the server does not accept the session. So a full
 * handshake is made at once. mbedTLS offers only the version of the session, which another server
 * of the same name may not support; most servers then send an alert, some reset the connection.
 * After an alert the keeper's session is forgotten too, because all connections that share it would
 * fail.
 */
static void forget_offered(struct fv_tls *t, enum fv_err err)
{
    struct fv_tls_state *st = t->state;
    forget_session(st);
    if (!st->offered || (err != FV_E_TLS && err != FV_E_TLS_LACKS && err != FV_E_RESET)) {
        return;
    }
    st->full = st->again = true;
    if (err != FV_E_RESET) {
        forget_session(t->keeper != NULL ? t->keeper->state : NULL);
    }
}

void fv_tls_late(struct fv_tls *t)
{
    forget_session(t->state);
    t->state->full = t->state->offered;
}

enum fv_err fv_tls_handshake(struct fv_tls *t, uint8_t *want, struct fv_net_fault *fault)
{
    struct fv_tls_state *st = t->state;
    int ret;
    st->stream.turn = 0;
    do {
        st->stream.dry = false;
        ret = fv_tls_watch_handshake(&st->ssl, &st->watch, st->port->clock);
    } while (ret == MBEDTLS_ERR_SSL_WANT_READ && !st->stream.dry);
    if (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE) {
        *want = ret == MBEDTLS_ERR_SSL_WANT_READ ? FV_PORT_READ : FV_PORT_WRITE;
        return FV_AGAIN;
    }
    if (ret == 0 && mbedtls_ssl_get_verify_result(&st->ssl) != 0) {
        /* to be safe: the handshake should have failed */
        ret = MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
    }
    if (ret == MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER && !st->no_pss &&
        mbedtls_ssl_get_version_number(&st->ssl) == MBEDTLS_SSL_VERSION_TLS1_2) {
        st->no_pss = st->again = true;
    }
    if (ret != 0) {
        enum fv_err err = fail(st, ret, fault);
        forget_offered(t, err);
        return err;
    }
    st->established = true;
    if (!key_is_pinned(t)) {
        return fv_net_fault_explain(fault, FV_E_TLS_PIN, 0, fv_slice_of(st->reason.text));
    }
    fv_tls_show_done(t, &st->ssl, &st->watch);
    if (mbedtls_ssl_get_version_number(&st->ssl) == MBEDTLS_SSL_VERSION_TLS1_2) {
        save_session(t); /* with TLS 1.3 there is a session to save when a ticket arrives */
    }
    return FV_OK;
}

/*
 * The same as mbedtls_ssl_write(), for a connection that is read at the same time. mbedTLS requires
 * that bytes it could not send at once are passed again. But it also goes on sending them when it
 * is asked to read and receives a ticket (TLS 1.3) or a HelloRequest (TLS 1.2). Bytes that it has
 * sent completely by then would be sent twice. It would also mistake a message that it sends by
 * itself, in response to a HelloRequest, for the bytes that are passed.
 */
static int write_on(struct fv_tls_state *st, struct fv_slice bytes)
{
    const size_t *left = &st->ssl.MBEDTLS_PRIVATE(out_left);
    const unsigned char *p = (const unsigned char *)bytes.ptr;
    int ret = 0;
    if (st->ssl.MBEDTLS_PRIVATE(state) != MBEDTLS_SSL_HANDSHAKE_OVER) {
        ret = mbedtls_ssl_handshake(&st->ssl); /* a ticket is being processed */
    }
    if (ret == 0 && !st->writing && *left > 0) {
        ret = mbedtls_ssl_write(&st->ssl, p, 0);
    }
    if (ret != 0) {
        return ret;
    }
    if (st->writing && *left == 0) {
        ret = mbedtls_ssl_get_max_out_record_payload(&st->ssl);
        ret = ret > 0 && (size_t)ret > bytes.len ? (int)bytes.len : ret;
    } else {
        ret = mbedtls_ssl_write(&st->ssl, p, bytes.len);
    }
    st->writing = ret == MBEDTLS_ERR_SSL_WANT_WRITE;
    return ret;
}

enum fv_err fv_tls_send(struct fv_tls *t, struct fv_slice bytes, size_t *sent, uint8_t *want,
                        struct fv_net_fault *fault)
{
    int ret;
    t->state->stream.turn = 0;
    while ((ret = write_on(t->state, bytes)) == MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET) {
        save_session(t);
    }
    if (ret == MBEDTLS_ERR_SSL_WANT_READ || ret == MBEDTLS_ERR_SSL_WANT_WRITE) {
        *want = ret == MBEDTLS_ERR_SSL_WANT_READ ? FV_PORT_READ : FV_PORT_WRITE;
        return FV_AGAIN;
    }
    if (ret < 0) {
        enum fv_err err = fail(t->state, ret, fault);
        t->state->stream.err = FV_OK; /* what was received before may still be read */
        return err;
    }
    *sent = (size_t)ret;
    return FV_OK;
}

enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *fault)
{
    t->state->stream.turn = 0;
    for (;;) {
        t->state->stream.dry = false;
        int ret = mbedtls_ssl_read(&t->state->ssl, p, n);
        if (ret > 0) {
            t->state->content = true;
            *got = (size_t)ret;
            return FV_OK;
        }
        switch (ret) {
        case 0:
            return FV_E_CLOSED;
        case MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY:
            *got = 0;
            return FV_OK;
        case MBEDTLS_ERR_SSL_RECEIVED_NEW_SESSION_TICKET:
            save_session(t);
            break;
        case MBEDTLS_ERR_SSL_WANT_READ:
            if (!t->state->stream.dry) {
                /* mbedTLS has received a ticket. The response may be here already, and nothing else
                 * would arrive. */
                break;
            }
            *want = FV_PORT_READ;
            return FV_AGAIN;
        case MBEDTLS_ERR_SSL_WANT_WRITE:
            *want = FV_PORT_WRITE;
            return FV_AGAIN;
        default:
            return fail(t->state, ret, fault);
        }
    }
}

void fv_tls_end(struct fv_tls *t)
{
    if (t->state->stream.err == FV_OK && mbedtls_ssl_is_handshake_over(&t->state->ssl)) {
        (void)mbedtls_ssl_close_notify(&t->state->ssl);
    }
    t->state->stream.sock = -1;
}
