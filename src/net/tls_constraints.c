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
#define FORM_DIRECTORY                                                                             \
    (FORM(MBEDTLS_X509_SAN_DIRECTORY_NAME) | MBEDTLS_ASN1_CONSTRUCTED) /* explicit: a choice */
#define PERMITTED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 0)
#define EXCLUDED (MBEDTLS_ASN1_CONTEXT_SPECIFIC | MBEDTLS_ASN1_CONSTRUCTED | 1)

static struct fv_slice text_of(const mbedtls_asn1_buf *b)
{
    return (struct fv_slice){(const char *)b->p, b->len};
}

/* --- DNS --- */

/* Labels with something in them, nothing that is not in a host name; '*' as such is none of it. */
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

/* Say whether name is base or below it; everything is below the empty one. */
static bool is_within(struct fv_slice name, struct fv_slice base)
{
    return base.len == 0 || (ends_with(name, base) &&
                             (name.len == base.len || name.ptr[name.len - base.len - 1] == '.'));
}

/* A base with a dot before it, as many have it that RFC 5280 gives to URIs alone: what is below, not the name itself. */
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
        return excluded; /* no name at all: neither permitted nor left alone */
    }
    if (is_within(rest, base)) {
        return wild || !below || rest.len > base.len;
    }
    /* One of the names that the wildcard stands for: base is one label more. */
    return excluded && wild && !below && is_within(base, rest) &&
           fv_slice_find(base, '.') == base.len - rest.len - 1;
}

/* --- The others --- */

static bool ip_matches(const mbedtls_asn1_buf *name, const mbedtls_asn1_buf *base)
{
    if (base->len != 2 * name->len) {
        return false;
    }
    unsigned differ = 0;
    for (size_t i = 0; i < name->len; i++) {
        differ |= (unsigned)(name->p[i] ^ base->p[i]) & base->p[name->len + i];
    }
    return differ == 0;
}

/* The first parts of the name are base's. */
static bool directory_matches(mbedtls_asn1_buf name, mbedtls_asn1_buf base)
{
    return fv_tls_cert_next(&name, &name) && fv_tls_cert_next(&base, &base) &&
           fv_tls_dn_same(fv_slice_head(text_of(&name), base.len), text_of(&base));
}

static bool matches(const mbedtls_asn1_buf *name, const mbedtls_asn1_buf *base, bool excluded)
{
    switch (name->tag) {
    case FORM_DNS:
        return dns_matches(text_of(name), text_of(base), excluded);
    case FORM_IP:
        return ip_matches(name, base);
    case FORM_DIRECTORY:
        return directory_matches(*name, *base);
    default:
        return excluded; /* a form that is not compared */
    }
}

static bool is_well_formed(const mbedtls_asn1_buf *base)
{
    mbedtls_asn1_buf rest = *base;
    switch (base->tag) {
    case FORM_DNS:
        return base->len == 0 ||
               is_host(fv_slice_from(text_of(base), has_dot(text_of(base)) ? 1 : 0));
    case FORM_IP:
        return base->len == 8 || base->len == 32;
    case FORM_DIRECTORY:
        return fv_tls_cert_next(&rest, &rest) && rest.tag == SEQUENCE;
    default:
        return (base->tag & MBEDTLS_ASN1_TAG_CLASS_MASK) == MBEDTLS_ASN1_CONTEXT_SPECIFIC;
    }
}

/* --- Lists --- */

struct judgement {
    const mbedtls_asn1_buf *name;
    uint32_t *work;
    bool bound;     /* the name's form is among those permitted */
    bool permitted; /* and this name is too */
    bool excluded;
};

static enum fv_tls_why read_list(struct judgement *j, mbedtls_asn1_buf list)
{
    bool excluded = list.tag == EXCLUDED;
    if (list.len == 0 || (!excluded && list.tag != PERMITTED)) {
        return FV_TLS_FORM;
    }
    while (list.len > 0) {
        mbedtls_asn1_buf tree;
        mbedtls_asn1_buf base;
        if (*j->work == 0) {
            return FV_TLS_WORK;
        }
        --*j->work;
        if (!fv_tls_cert_next(&list, &tree) || tree.tag != SEQUENCE ||
            !fv_tls_cert_next(&tree, &base) || tree.len > 0 || !is_well_formed(&base)) {
            return FV_TLS_FORM;
        }
        if (base.tag == j->name->tag) {
            bool found = matches(j->name, &base, excluded);
            j->bound |= !excluded;
            j->permitted |= !excluded && found;
            j->excluded |= excluded && found;
        }
    }
    return FV_TLS_FINE;
}

static enum fv_tls_why judge(const mbedtls_asn1_buf *constraints, const mbedtls_asn1_buf *name,
                             uint32_t *work)
{
    struct judgement j = {.name = name, .work = work};
    mbedtls_asn1_buf rest = *constraints;
    mbedtls_asn1_buf lists;
    if (!fv_tls_cert_next(&rest, &lists) || lists.tag != SEQUENCE || rest.len > 0 ||
        lists.len == 0) {
        return FV_TLS_FORM;
    }
    while (lists.len > 0) {
        mbedtls_asn1_buf list;
        enum fv_tls_why why = fv_tls_cert_next(&lists, &list) ? read_list(&j, list) : FV_TLS_FORM;
        if (why != FV_TLS_FINE) {
            return why;
        }
    }
    return j.excluded || (j.bound && !j.permitted) ? FV_TLS_CONSTRAINT : FV_TLS_FINE;
}

static bool has_email(const mbedtls_x509_name *subject)
{
    while (subject != NULL && MBEDTLS_OID_CMP(MBEDTLS_OID_PKCS9_EMAIL, &subject->oid) != 0) {
        subject = subject->next;
    }
    return subject != NULL;
}

enum fv_tls_why fv_tls_constraints_check(const mbedtls_asn1_buf *constraints,
                                         const mbedtls_x509_crt *crt, uint32_t *work)
{
    mbedtls_asn1_buf subject = crt->subject_raw;
    /* An empty subject is no name; the constraints are read all the same. */
    subject.tag = crt->subject.oid.p != NULL ? FORM_DIRECTORY : 0;
    enum fv_tls_why why = judge(constraints, &subject, work);
    if (why == FV_TLS_FINE && has_email(&crt->subject)) {
        subject.tag = FORM_EMAIL;
        why = judge(constraints, &subject, work);
    }
    for (const mbedtls_x509_sequence *name = &crt->subject_alt_names;
         name != NULL && name->buf.p != NULL && why == FV_TLS_FINE; name = name->next) {
        why = judge(constraints, &name->buf, work);
    }
    return why;
}
