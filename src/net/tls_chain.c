/* SPDX-License-Identifier: MIT */
#include "net/tls_chain.h"

#include "net/tls_cert.h"
#include "net/tls_constraints.h"
#include "net/tls_dn.h"
#include "net/tls_name.h"
#include "net/tls_policy.h"
#include "net/tls_show.h"
#include "parse/timestamp.h"

#include <mbedtls/error.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <string.h>

/* Certificates sent by the server for which it is recorded that they were on a path. No message
 * holds more. */
#define SENT_NUMBERED 128

/* Where the search stands at a certificate of the path. */
struct frame {
    size_t at;      /* offset in the certificates sent: where the search for the issuer goes on */
    uint8_t number; /* number of the certificate at that offset */
    bool tried;     /* a certificate with the issuer's name was found */
};

struct search {
    struct fv_tls_chain *c;
    mbedtls_x509_time now;
    uint32_t names; /* comparisons with name constraints that are left */
    bool over;      /* the search is over: no other path can give a better result */
    bool depends;   /* a certificate was refused because of the path it was on */
    bool thorough;  /* try each certificate again on each path */
    /* one bit for each certificate sent: it was on a path, and all that follows from it was
     * tried */
    uint8_t taken[(SENT_NUMBERED + 7) / 8];
    size_t depth; /* of path */
    mbedtls_x509_crt *path[FV_CAP_PATH_CERTS];
    struct frame frames[FV_CAP_PATH_CERTS];
    mbedtls_x509_crt trusted;
};

static struct fv_slice slice_of(const mbedtls_asn1_buf *b)
{
    return (struct fv_slice){(const char *)b->p, b->len};
}

static void tell(struct search *s, enum fv_tls_why why, const mbedtls_x509_crt *crt)
{
    fv_tls_reason_cert(s->c->reason, why, crt);
    struct fv_tls_trust *trust = s->c->trust;
    bool damaged = why == FV_TLS_ISSUER && trust->damaged;
    if ((crt == &s->trusted || damaged) && s->c->reason->why == why) {
        fv_tls_trust_place(trust);
    }
    s->over |= why == FV_TLS_WORK;
}

/* --- Rules --- */

static void read_clock(struct search *s)
{
    struct fv_civil t;
    if (fv_timestamp_civil(s->c->reason->now_us, &t)) {
        s->now = (mbedtls_x509_time){t.year, t.month, t.day, t.hour, t.minute, t.second};
    }
}

static enum fv_tls_why check_dates(const struct search *s, const mbedtls_x509_crt *crt)
{
    if (mbedtls_x509_time_cmp(&crt->valid_from, &s->now) > 0) {
        return FV_TLS_EARLY;
    }
    return mbedtls_x509_time_cmp(&crt->valid_to, &s->now) < 0 ? FV_TLS_EXPIRED : FV_TLS_FINE;
}

/* Return whether extendedKeyUsage, if present, has serverAuth. anyExtendedKeyUsage does not count,
 * as in OpenSSL (RFC 5280 4.2.1.12 leaves it open). */
static bool is_for_servers(const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_sequence *use = &crt->ext_key_usage;
    if ((crt->MBEDTLS_PRIVATE(ext_types) & MBEDTLS_X509_EXT_EXTENDED_KEY_USAGE) == 0) {
        return true;
    }
    while (use != NULL && MBEDTLS_OID_CMP(MBEDTLS_OID_SERVER_AUTH, &use->buf) != 0) {
        use = use->next;
    }
    return use != NULL;
}

/* Return whether keyUsage, if present, lacks a use. mbedTLS's own check is not used: it also looks
 * at encipherOnly and decipherOnly. */
static bool lacks_usage(const mbedtls_x509_crt *crt, unsigned use)
{
    return (crt->MBEDTLS_PRIVATE(ext_types) & MBEDTLS_X509_EXT_KEY_USAGE) != 0 &&
           (crt->MBEDTLS_PRIVATE(key_usage) & use) == 0;
}

/* What every certificate of a path must fulfil. */
static enum fv_tls_why check_any(const mbedtls_x509_crt *crt)
{
    enum fv_tls_why why = fv_tls_cert_key(crt);
    why = why == FV_TLS_FINE ? fv_tls_cert_form(crt) : why;
    return why == FV_TLS_FINE && !is_for_servers(crt) ? FV_TLS_PURPOSE : why;
}

/* Check the server's (end-entity) certificate, as far as the result is the same for every path. */
static enum fv_tls_why check_end_entity(const mbedtls_x509_crt *crt)
{
    mbedtls_asn1_buf constraints;
    if (!fv_tls_cert_is_ca(crt) &&
        fv_tls_cert_find(crt, FV_TLS_CERT_NAME_CONSTRAINTS, &constraints)) {
        return FV_TLS_FORM;
    }
    /* Netscape's certificate type, older than extendedKeyUsage. OpenSSL still checks it, only in
     * the server's certificate. */
    if ((crt->MBEDTLS_PRIVATE(ext_types) & MBEDTLS_X509_EXT_NS_CERT_TYPE) != 0 &&
        (crt->MBEDTLS_PRIVATE(ns_cert_type) & MBEDTLS_X509_NS_CERT_TYPE_SSL_SERVER) == 0) {
        return FV_TLS_PURPOSE;
    }
    return check_any(crt);
}

static enum fv_tls_why check_use(const struct search *s, const mbedtls_x509_crt *crt)
{
    enum fv_tls_why why = check_dates(s, crt);
    if (why != FV_TLS_FINE) {
        return why;
    }
    if (lacks_usage(crt, MBEDTLS_X509_KU_DIGITAL_SIGNATURE)) {
        return FV_TLS_USAGE;
    }
    return fv_tls_name_matches(crt, s->c->host, s->c->address) ? FV_TLS_FINE : FV_TLS_NAME;
}

/* Return the number of certificates between ca and the server's that count for
 * pathLenConstraint. */
static int count_between(const struct search *s)
{
    int count = 0;
    for (size_t i = 1; i < s->depth; i++) {
        count += fv_tls_cert_is_self_issued(s->path[i]) ? 0 : 1;
    }
    return count;
}

static enum fv_tls_why check_ca(const struct search *s, const mbedtls_x509_crt *ca, bool trusted)
{
    enum fv_tls_why why = check_any(ca);
    if (why != FV_TLS_FINE) {
        return why;
    }
    /* Old roots of version 1 have no extensions. */
    if (!trusted || ca->version != 1 || !fv_tls_cert_is_self_issued(ca)) {
        if (!fv_tls_cert_is_ca(ca)) {
            return FV_TLS_NOT_CA;
        }
        if (lacks_usage(ca, MBEDTLS_X509_KU_KEY_CERT_SIGN)) {
            return FV_TLS_CA_USAGE;
        }
    }
    /* pathLenConstraint plus one; 0: there is none */
    int length = ca->MBEDTLS_PRIVATE(max_pathlen);
    if (length > 0 && count_between(s) >= length) {
        return FV_TLS_PATH_LEN;
    }
    return check_dates(s, ca);
}

/* Check the names of all certificates below ca. *blame is the certificate that breaks a
 * constraint. */
static enum fv_tls_why check_names(struct search *s, const mbedtls_x509_crt *ca,
                                   const mbedtls_x509_crt **blame)
{
    mbedtls_asn1_buf constraints;
    enum fv_tls_why why = FV_TLS_FINE;
    if (!fv_tls_cert_find(ca, FV_TLS_CERT_NAME_CONSTRAINTS, &constraints)) {
        return why;
    }
    for (size_t i = 0; i < s->depth && why == FV_TLS_FINE; i++) {
        const mbedtls_x509_crt *crt = s->path[i];
        if (i == 0 || !fv_tls_cert_is_self_issued(crt)) {
            why = fv_tls_constraints_check(&constraints, crt, &s->names);
            *blame = why == FV_TLS_FORM ? ca : crt;
        }
    }
    return why;
}

/* --- Signatures --- */

/* Return whether crt names the key of ca as that of its issuer, or one of them names no key (RFC
 * 5280 4.2.1.1). This selects the right one of many CAs with one name. */
static bool names_key(const mbedtls_x509_crt *crt, const mbedtls_x509_crt *ca)
{
    struct fv_slice named = slice_of(&crt->authority_key_id.keyIdentifier);
    struct fv_slice own = slice_of(&ca->subject_key_id);
    return named.len == 0 || own.len == 0 || fv_slice_eq(named, own);
}

static enum fv_tls_why check_signature(const mbedtls_x509_crt *crt, mbedtls_x509_crt *ca)
{
    unsigned char hash[MBEDTLS_MD_MAX_SIZE];
    mbedtls_md_type_t md = crt->MBEDTLS_PRIVATE(sig_md);
    mbedtls_pk_type_t kind = crt->MBEDTLS_PRIVATE(sig_pk);
    if (md == MBEDTLS_MD_NONE ||
        (mbedtls_x509_crt_profile_default.allowed_mds & MBEDTLS_X509_ID_FLAG(md)) == 0) {
        return FV_TLS_HASH;
    }
    enum fv_tls_why why = fv_tls_cert_key(ca);
    if (why != FV_TLS_FINE) {
        return why;
    }
    const mbedtls_md_info_t *info = mbedtls_md_info_from_type(md);
    bool good = mbedtls_pk_can_do(&ca->pk, kind) &&
                mbedtls_md(info, crt->tbs.p, crt->tbs.len, hash) == 0 &&
                mbedtls_pk_verify_ext(kind, crt->MBEDTLS_PRIVATE(sig_opts), &ca->pk, md, hash,
                                      mbedtls_md_get_size(info), crt->MBEDTLS_PRIVATE(sig).p,
                                      crt->MBEDTLS_PRIVATE(sig).len) == 0;
    return good ? FV_TLS_FINE : FV_TLS_SIGNATURE;
}

/* --- The search --- */

/* The same name with the same key may occur only once on a path. */
static bool is_on_path(const struct search *s, const mbedtls_x509_crt *crt)
{
    for (size_t i = 0; i < s->depth; i++) {
        const mbedtls_x509_crt *other = s->path[i];
        if (fv_slice_eq(slice_of(&other->pk_raw), slice_of(&crt->pk_raw)) &&
            fv_tls_dn_same(slice_of(&other->subject_raw), slice_of(&crt->subject_raw))) {
            return true;
        }
    }
    return false;
}

/* Return whether ca, which has the issuer's name, has issued the path's last certificate and was
 * allowed to. */
static bool is_issuer(struct search *s, mbedtls_x509_crt *ca, bool trusted)
{
    const mbedtls_x509_crt *last = s->path[s->depth - 1];
    if (is_on_path(s, ca)) {
        return false;
    }
    s->frames[s->depth - 1].tried = true;
    enum fv_tls_why why = !names_key(last, ca)                    ? FV_TLS_SIGNATURE
                          : s->depth == FV_CAP_PATH_CERTS         ? FV_TLS_LONG
                          : s->c->signatures == FV_CAP_SIGNATURES ? FV_TLS_WORK
                                                                  : FV_TLS_FINE;
    const mbedtls_x509_crt *blame = last;
    if (why == FV_TLS_FINE) {
        s->c->signatures++;
        fv_port_idle(s->c->port->clock);
        why = check_signature(last, ca);
        blame = why == FV_TLS_FINE || why == FV_TLS_KEY ? ca : last;
    }
    if (why == FV_TLS_FINE) {
        why = check_ca(s, ca, trusted);
    }
    if (why == FV_TLS_FINE) {
        why = check_names(s, ca, &blame);
    }
    if (why == FV_TLS_FINE) {
        return true;
    }
    s->depends |= why == FV_TLS_LONG || why == FV_TLS_PATH_LEN || why == FV_TLS_CONSTRAINT;
    tell(s, why, blame);
    return false;
}

/* Take the next certificate that was sent, from offset *at on. */
static bool next_sent(const struct fv_tls_chain *c, size_t *at, mbedtls_asn1_buf *der)
{
    const unsigned char *p = c->sent.p + *at;
    size_t left = c->sent.len - *at;
    if (left < 3) {
        return false;
    }
    size_t len = (size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2];
    size_t whole = 3 + len;
    if (c->extensions && left >= whole + 2) {
        whole += 2 + ((size_t)p[whole] << 8 | p[whole + 1]);
    }
    if (left < whole) {
        return false;
    }
    *der = (mbedtls_asn1_buf){.p = c->sent.p + *at + 3, .len = len};
    *at += whole;
    return true;
}

static void drop(mbedtls_x509_crt *crt)
{
    mbedtls_x509_crt_free(crt);
    mbedtls_free(crt);
}

/* Parse a certificate that was sent. Return it if it continues the path. NULL: it was refused, or
 * there is no memory (s->c->err). */
static mbedtls_x509_crt *parse_sent(struct search *s, const mbedtls_asn1_buf *der)
{
    mbedtls_x509_crt *crt = mbedtls_calloc(1, sizeof(*crt));
    if (crt == NULL) {
        s->c->err = FV_E_MEMORY;
        return NULL;
    }
    int ret = fv_tls_cert_parse(crt, der->p, der->len);
    if (ret == 0 && crt->raw.len != der->len) {
        ret = MBEDTLS_ERR_X509_INVALID_FORMAT;
    }
    if (ret == 0 && is_issuer(s, crt, false)) {
        return crt;
    }
    if (ret != 0) {
        tell(s, fv_tls_cert_why(ret), NULL);
    }
    drop(crt);
    return NULL;
}

/* Extend the path by one of the certificates sent. Return false if none is left. */
static bool climb(struct search *s)
{
    const mbedtls_x509_crt *last = s->path[s->depth - 1];
    struct frame *frame = &s->frames[s->depth - 1];
    mbedtls_asn1_buf der;
    struct fv_slice subject;
    while (!s->over && s->c->err == FV_OK && next_sent(s->c, &frame->at, &der)) {
        unsigned number = frame->number++ % SENT_NUMBERED;
        uint8_t bit = (uint8_t)(1U << number % 8);
        if ((s->taken[number / 8] & bit) != 0 && !s->thorough) {
            continue;
        }
        if (!fv_tls_cert_subject(&der, &subject) ||
            !fv_tls_dn_same(subject, slice_of(&last->issuer_raw))) {
            continue;
        }
        mbedtls_x509_crt *ca = parse_sent(s, &der);
        if (ca != NULL) {
            s->taken[number / 8] |= bit;
            s->path[s->depth] = ca;
            s->frames[s->depth++] = (struct frame){.at = 0};
            return true;
        }
    }
    return false;
}

/* The path has reached a trusted certificate, the last of count. Check it as a whole. */
static bool accept(struct search *s, size_t count)
{
    const mbedtls_x509_crt *const *path = (const mbedtls_x509_crt *const *)s->path;
    enum fv_tls_why why = fv_tls_policy_check(path, count);
    if (why == FV_TLS_FINE) {
        /* Refusals on other paths no longer matter. For the server's certificate, no other path is
         * better. */
        fv_tls_reason_begin(s->c->reason, s->c->reason->now_us);
        s->over = true;
        why = check_use(s, path[0]);
    }
    if (why == FV_TLS_FINE) {
        fv_tls_show_path(s->c->port, path, count, &s->c->trust->found, s->c->facts);
        return true;
    }
    tell(s, why, path[0]);
    return false;
}

/* Return whether the path ends at a trusted certificate, which has issued the path's last
 * certificate or is the same. */
static bool ends_at(struct search *s, mbedtls_x509_crt *trusted)
{
    if (fv_slice_eq(slice_of(&trusted->raw), slice_of(&s->path[s->depth - 1]->raw))) {
        return accept(s, s->depth);
    }
    if (!is_issuer(s, trusted, true)) {
        return false;
    }
    s->path[s->depth] = trusted;
    return accept(s, s->depth + 1);
}

/* Look for the end of the path among the trusted certificates. */
static bool arrive(struct search *s)
{
    const mbedtls_x509_crt *last = s->path[s->depth - 1];
    struct fv_tls_trust *trust = s->c->trust;
    enum fv_err err = fv_tls_trust_begin(trust, slice_of(&last->issuer_raw), slice_of(&last->raw));
    bool done = false;
    while (err == FV_OK && !done && !s->over) {
        err = fv_tls_trust_next(trust, &s->trusted);
        done = err == FV_OK && ends_at(s, &s->trusted);
        mbedtls_x509_crt_free(&s->trusted);
    }
    fv_tls_trust_end(trust);
    if (err != FV_OK && err != FV_E_NOT_FOUND) {
        s->c->err = err;
    } else if (!s->frames[s->depth - 1].tried && !s->over) {
        tell(s, FV_TLS_ISSUER, last);
    }
    return done;
}

/* Search depth first: a certificate that leads nowhere is removed again. path[0] belongs to
 * mbedTLS. */
static bool find_path(struct search *s, mbedtls_x509_crt *crt)
{
    bool done = false;
    s->depth = 1;
    s->path[0] = crt;
    s->frames[0] = (struct frame){.at = 0};
    while (s->depth > 0) {
        if (!done && climb(s)) {
            continue;
        }
        if (!done && !s->over && s->c->err == FV_OK) {
            done = arrive(s);
        }
        if (--s->depth > 0) {
            drop(s->path[s->depth]);
        }
    }
    return done;
}

bool fv_tls_chain_check(struct fv_tls_chain *c, mbedtls_x509_crt *crt)
{
    enum fv_tls_why why = check_end_entity(crt);
    c->err = FV_OK;
    c->signatures = 0;
    if (why != FV_TLS_FINE) {
        fv_tls_reason_cert(c->reason, why, crt);
        return false;
    }
    struct search *s = mbedtls_calloc(1, sizeof(*s)); /* the stack is deepest here */
    if (s == NULL) {
        c->err = FV_E_MEMORY;
        return false;
    }
    s->c = c;
    s->names = FV_TLS_CHAIN_NAMES;
    read_clock(s);
    /* A certificate that led nowhere on one path is not tried on another: the number of signatures
     * would grow without limit. The exception is a certificate that was refused because of its
     * path. */
    bool done = find_path(s, crt);
    if (!done && s->depends && !s->over && c->err == FV_OK) {
        s->thorough = true;
        done = find_path(s, crt);
    }
    mbedtls_free(s);
    return done;
}

/* --- What mbedTLS calls --- */

int fv_tls_chain_parse(mbedtls_x509_crt *chain, const unsigned char *der, size_t len)
{
    if (chain->version != 0) {
        return 0;
    }
    int ret = fv_tls_cert_parse_copy(chain, der, len);
    if (ret == 0 && chain->raw.len != len) {
        mbedtls_x509_crt_free(chain); /* bytes follow the certificate */
        return MBEDTLS_ERR_X509_INVALID_FORMAT;
    }
    return ret;
}

int fv_tls_chain_verify(const mbedtls_ssl_context *ssl, mbedtls_x509_crt *crt, void *ctx,
                        uint32_t *flags)
{
    struct fv_tls_chain *c = ctx;
    /* in_msg is still the Certificate message, and mbedTLS has checked its lengths. The list
     * follows the message header; in TLS 1.3, an empty certificate_request_context and a length are
     * between. */
    c->extensions = mbedtls_ssl_get_version_number(ssl) == MBEDTLS_SSL_VERSION_TLS1_3;
    size_t at = c->extensions ? 4 + 1 + 3 : 4 + 3;
    c->sent = (mbedtls_asn1_buf){.p = ssl->MBEDTLS_PRIVATE(in_msg) + at,
                                 .len = ssl->MBEDTLS_PRIVATE(in_hslen) - at};
    *flags = 0;
    if (fv_tls_chain_check(c, crt)) {
        return 0;
    }
    if (c->err != FV_OK) {
        return MBEDTLS_ERR_X509_FATAL_ERROR;
    }
    enum fv_err err = fv_tls_reason_err(c->reason->why);
    *flags = err == FV_E_TLS_TRUST  ? MBEDTLS_X509_BADCERT_NOT_TRUSTED
             : err == FV_E_TLS_TIME ? MBEDTLS_X509_BADCERT_EXPIRED
                                    : MBEDTLS_X509_BADCERT_CN_MISMATCH; /* bad_certificate */
    return MBEDTLS_ERR_X509_CERT_VERIFY_FAILED;
}
