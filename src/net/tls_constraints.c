/* SPDX-License-Identifier: MIT */
#include "net/tls_constraints.h"

#include "net/tls_cert.h"
#include "net/tls_dn.h"

#include <mbedtls/oid.h>
#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define FORM(n) (MBEDTLS_ASN1_CONTEXT_SPECIFIC | (n))
#define FORM_EMAIL FORM(MBEDTLS_X509_SAN_RFC822_NAME)
#define FORM_DNS FORM(MBEDTLS_X509_SAN_DNS_NAME)
#define FORM_IP FORM(MBEDTLS_X509_SAN_IP_ADDRESS)
/* constructed: Name is a CHOICE, so its tag is explicit */
#define FORM_DIRECTORY (FORM(MBEDTLS_X509_SAN_DIRECTORY_NAME) | MBEDTLS_ASN1_CONSTRUCTED)
#define PERMITTED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0)
#define EXCLUDED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 1)

static struct fv_slice text_of(const mbedtls_asn1_buf *b)
{
    return (struct fv_slice){(const char *)b->p, b->len};
}

/* --- DNS --- */

/* Return whether name is a host name: no empty label, no "*", and no byte that a host name cannot
 * have. */
static bool is_host(struct fv_slice name)
{
    char before = '.';
    for (size_t i = 0; i < name.len; i++) {
        unsigned char c = (unsigned char)name.ptr[i];
        if (c <= ' ' || c >= 0x7F || c == '*' || (c == '.' && before == '.')) {
            return false;
        }
        before = name.ptr[i];
    }
    return before != '.';
}

static bool ends_with(struct fv_slice name, struct fv_slice base)
{
    return name.len >= base.len &&
           fv_slice_eq_nocase(fv_slice_from(name, name.len - base.len), base);
}

/* Return whether name is base or below it. Every name is below an empty base. */
static bool is_within(struct fv_slice name, struct fv_slice base)
{
    return base.len == 0 || (ends_with(name, base) &&
                             (name.len == base.len || name.ptr[name.len - base.len - 1] == '.'));
}

/* Return whether base begins with a dot. RFC 5280 allows this only for URIs, but many CAs use it
 * for DNS names: the constraint is then for names below base, not for base itself. */
static bool has_dot(struct fv_slice base)
{
    return fv_slice_starts(base, FV_SLICE("."));
}

static bool dns_matches(struct fv_slice name, struct fv_slice base, bool excluded)
{
    bool wild = fv_slice_starts(name, FV_SLICE("*."));
    bool below = has_dot(base);
    struct fv_slice rest = fv_slice_from(name, wild ? 2 : 0);
    base = fv_slice_from(base, below ? 1 : 0);
    if (!is_host(rest)) {
        return excluded; /* not a host name: refused in either kind of list */
    }
    if (is_within(rest, base)) {
        return wild || !below || rest.len > base.len;
    }
    /* base is one of the names that the wildcard stands for: one label more. */
    return excluded && wild && !below && is_within(base, rest) &&
           fv_slice_find(base, '.') == base.len - rest.len - 1;
}

/* --- The others --- */

/* A base is a mailbox, a host, or (with a dot before it) all hosts below a domain. */
static bool email_matches(struct fv_slice name, struct fv_slice base, bool excluded)
{
    size_t at = fv_slice_find_last(name, '@');
    struct fv_slice host = fv_slice_from(name, at + 1);
    if (host.len == 0) {
        return excluded;
    }
    if (fv_slice_find(base, '@') < base.len) {
        return fv_slice_eq_nocase(name, base);
    }
    return has_dot(base) ? ends_with(host, base) : fv_slice_eq_nocase(host, base);
}

static bool ip_matches(const mbedtls_asn1_buf *name, const mbedtls_asn1_buf *base)
{
    unsigned differ = base->len != 2 * name->len; /* an address of the other IP version */
    for (size_t i = 0; differ == 0 && i < name->len; i++) {
        differ = (unsigned)(name->p[i] ^ base->p[i]) & base->p[name->len + i];
    }
    return differ == 0;
}

/* --- Lists --- */

/* Return whether tag is one of a GeneralName's. Other programs might read another tag as one of
 * these. */
static bool is_form(int tag)
{
    static const unsigned char forms[] = {0xA0, 0x81, 0x82, 0xA3, 0xA4, 0xA5, 0x86, 0x87, 0x88};
    return memchr(forms, tag, sizeof(forms)) != NULL;
}

/* Compare a name with a base of the same form. *found: base stands for the name. */
static enum fv_tls_why compare(const mbedtls_asn1_buf *name, const mbedtls_asn1_buf *base,
                               bool excluded, bool *found)
{
    struct fv_slice text = text_of(base);
    switch (name->tag) {
    case FORM_DNS:
        *found = dns_matches(text_of(name), text, excluded);
        text = fv_slice_from(text, has_dot(text) ? 1 : 0);
        return base->len == 0 || is_host(text) ? FV_TLS_FINE : FV_TLS_FORM;
    case FORM_IP:
        if (name->len != 4 && name->len != 16) {
            return FV_TLS_CONSTRAINT;
        }
        *found = ip_matches(name, base);
        return base->len == 8 || base->len == 32 ? FV_TLS_FINE : FV_TLS_FORM;
    case FORM_EMAIL:
        *found = email_matches(text_of(name), text, excluded);
        return FV_TLS_FINE;
    case FORM_DIRECTORY:
        *found = fv_tls_dn_begins(text_of(name), text, excluded);
        return FV_TLS_FINE;
    default:
        return FV_TLS_CONSTRAINT; /* a form that is not compared */
    }
}

/* Return whether there is no minimum and no maximum, except the default minimum, 0. */
static bool ends_plain(const mbedtls_asn1_buf *rest)
{
    return rest->len == 0 || (rest->len == 3 && memcmp(rest->p, "\x80\x01", 3) == 0);
}

static enum fv_tls_why read_list(mbedtls_asn1_buf list, const mbedtls_asn1_buf *name,
                                 uint32_t *work)
{
    bool excluded = list.tag == EXCLUDED;
    bool bound = false; /* the list has a base of the name's form */
    bool found = false;
    if (list.len == 0 || (!excluded && list.tag != PERMITTED)) {
        return FV_TLS_FORM;
    }
    while (list.len > 0 && !found) {
        mbedtls_asn1_buf tree;
        mbedtls_asn1_buf base;
        if ((*work)-- == 0) {
            *work = 0;
            return FV_TLS_WORK;
        }
        if (!fv_tls_cert_next(&list, &tree) || tree.tag != SEQUENCE ||
            !fv_tls_cert_next(&tree, &base) || !ends_plain(&tree) || !is_form(base.tag)) {
            return FV_TLS_FORM;
        }
        if (base.tag == name->tag) {
            bound = true;
            enum fv_tls_why why = compare(name, &base, excluded, &found);
            if (why != FV_TLS_FINE) {
                return why;
            }
        }
    }
    return bound && found == excluded ? FV_TLS_CONSTRAINT : FV_TLS_FINE;
}

static enum fv_tls_why judge(mbedtls_asn1_buf rest, const mbedtls_asn1_buf *name, uint32_t *work)
{
    mbedtls_asn1_buf lists;
    mbedtls_asn1_buf list;
    enum fv_tls_why why = FV_TLS_FORM; /* if there is no list */
    if (!fv_tls_cert_next(&rest, &lists) || lists.tag != SEQUENCE || rest.len > 0) {
        return why;
    }
    while (fv_tls_cert_next(&lists, &list)) {
        why = read_list(list, name, work);
        if (why != FV_TLS_FINE) {
            return why;
        }
    }
    return lists.len == 0 ? why : FV_TLS_FORM;
}

enum fv_tls_why fv_tls_constraints_check(const mbedtls_asn1_buf *constraints,
                                         const mbedtls_x509_crt *crt, uint32_t *work)
{
    mbedtls_asn1_buf subject = crt->subject_raw;
    /* An empty subject is not a name; but the constraints are checked. */
    subject.tag = crt->subject.oid.p != NULL ? FORM_DIRECTORY : 0;
    enum fv_tls_why why = judge(*constraints, &subject, work);
    for (const mbedtls_x509_name *part = &crt->subject; part != NULL && why == FV_TLS_FINE;
         part = part->next) {
        if (MBEDTLS_OID_CMP(MBEDTLS_OID_PKCS9_EMAIL, &part->oid) == 0) {
            subject = part->val;
            subject.tag = FORM_EMAIL;
            why = judge(*constraints, &subject, work);
        }
    }
    for (const mbedtls_x509_sequence *name = &crt->subject_alt_names;
         name != NULL && name->buf.p != NULL && why == FV_TLS_FINE; name = name->next) {
        why = is_form(name->buf.tag) ? judge(*constraints, &name->buf, work) : FV_TLS_CONSTRAINT;
    }
    return why;
}
