/* SPDX-License-Identifier: MIT */
#include "net/tls_cert.h"

#include "net/tls_dn.h"

#include <mbedtls/ecp.h>
#include <mbedtls/oid.h>
#include <mbedtls/platform.h>
#include <mbedtls/rsa.h>
#include <string.h>

/* Extensions of a certificate at most: each is compared with all others. Real ones have about
 * ten. */
#define MANY 32

#define BASIC_CONSTRAINTS 19
#define SET (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SET)
#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)

struct extension {
    mbedtls_asn1_buf oid;
    mbedtls_asn1_buf value;
    bool critical;
};

/* --- Parsing --- */

/* Accept all extensions that mbedTLS does not know. fv_tls_cert_form() checks whether they may be
 * critical; the message can then name the certificate. */
static int take(void *ctx, mbedtls_x509_crt const *crt, mbedtls_x509_buf const *oid, int critical,
                const unsigned char *p, const unsigned char *end)
{
    (void)ctx;
    (void)crt;
    (void)oid;
    (void)critical;
    (void)p;
    (void)end;
    return 0;
}

int fv_tls_cert_parse(mbedtls_x509_crt *crt, const uint8_t *der, size_t len)
{
    return mbedtls_x509_crt_parse_der_with_ext_cb(crt, der, len, 0, take, NULL);
}

int fv_tls_cert_parse_copy(mbedtls_x509_crt *crt, const uint8_t *der, size_t len)
{
    return mbedtls_x509_crt_parse_der_with_ext_cb(crt, der, len, 1, take, NULL);
}

int fv_tls_cert_read_name(unsigned char **p, const unsigned char *end, mbedtls_x509_name *name)
{
    mbedtls_asn1_buf rest = {.p = *p, .len = (size_t)(end - *p)};
    mbedtls_asn1_buf set = {.len = 0};
    do {
        mbedtls_asn1_buf one;
        if ((set.len == 0 && (!fv_tls_cert_next(&rest, &set) || set.tag != SET)) ||
            !fv_tls_cert_next(&set, &one) || one.tag != SEQUENCE) {
            return MBEDTLS_ERR_X509_INVALID_NAME;
        }
        if (name->oid.p != NULL) {
            name->next = mbedtls_calloc(1, sizeof(*name));
            name = name->next;
        }
        if (name == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        if (!fv_tls_cert_next(&one, &name->oid) || name->oid.tag != MBEDTLS_ASN1_OID ||
            !fv_tls_cert_next(&one, &name->val) || one.len > 0) {
            return MBEDTLS_ERR_X509_INVALID_NAME;
        }
        name->MBEDTLS_PRIVATE(next_merged) = set.len > 0;
    } while (set.len > 0 || rest.len > 0);
    *p = rest.p;
    return 0;
}

int fv_tls_cert_read_alternatives(unsigned char **p, const unsigned char *end,
                                  mbedtls_x509_sequence *list)
{
    mbedtls_asn1_buf rest = {.p = *p, .len = (size_t)(end - *p)};
    mbedtls_asn1_buf names;
    if (!fv_tls_cert_next(&rest, &names) || names.tag != SEQUENCE || rest.len > 0) {
        return MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
    }
    while (names.len > 0) {
        if (list->buf.p != NULL) {
            list->next = mbedtls_calloc(1, sizeof(*list));
            list = list->next;
        }
        if (list == NULL) {
            return MBEDTLS_ERR_X509_ALLOC_FAILED;
        }
        if (!fv_tls_cert_next(&names, &list->buf) ||
            (list->buf.tag & MBEDTLS_ASN1_TAG_CLASS_MASK) != MBEDTLS_ASN1_CONTEXT_SPECIFIC) {
            return MBEDTLS_ERR_X509_INVALID_EXTENSIONS;
        }
    }
    *p = rest.p;
    return 0;
}

int fv_tls_cert_signed(int code, mbedtls_md_type_t *hash, mbedtls_pk_type_t *kind)
{
    if (code == 0 || code == MBEDTLS_ERR_X509_ALLOC_FAILED) {
        return code;
    }
    *hash = MBEDTLS_MD_NONE;
    *kind = MBEDTLS_PK_NONE;
    return 0;
}

enum fv_tls_why fv_tls_cert_why(int code)
{
    int high = -code & 0xFF80; /* the module that failed, without the code of the module below */
    /* PK, RSA and ECP, in this order. */
    return high >= -MBEDTLS_ERR_PK_BUFFER_TOO_SMALL ? FV_TLS_KEY : FV_TLS_UNREADABLE;
}

/* --- DER --- */

bool fv_tls_cert_next(mbedtls_asn1_buf *rest, mbedtls_asn1_buf *out)
{
    if (rest->len == 0) {
        return false;
    }
    unsigned char *p = rest->p;
    const unsigned char *end = p + rest->len;
    int tag = *p;
    size_t len = 0;
    if (mbedtls_asn1_get_tag(&p, end, &len, tag) != 0) {
        return false;
    }
    *rest = (mbedtls_asn1_buf){rest->tag, (size_t)(end - p) - len, p + len};
    *out = (mbedtls_asn1_buf){tag, len, p};
    return true;
}

/* Enter a SEQUENCE. Its end may be missing. */
static bool enter(mbedtls_asn1_buf *b)
{
    if (b->len < 2 || b->p[0] != (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)) {
        return false;
    }
    size_t head = 2 + (b->p[1] < 0x80 ? 0 : b->p[1] & 0x7FU);
    if (b->len < head) {
        return false;
    }
    b->p += head;
    b->len -= head;
    return true;
}

bool fv_tls_cert_subject(const mbedtls_asn1_buf *der, struct fv_slice *out)
{
    mbedtls_asn1_buf rest = *der;
    mbedtls_asn1_buf part;
    /* Enter the certificate and its tbsCertificate. Before the subject come serialNumber,
     * signature, issuer and validity, and before these, except in v1, the version. */
    if (!enter(&rest) || !enter(&rest) || !fv_tls_cert_next(&rest, &part)) {
        return false;
    }
    unsigned skip = part.tag == MBEDTLS_ASN1_INTEGER ? 3 : 4;
    while (skip-- > 0) {
        if (!fv_tls_cert_next(&rest, &part)) {
            return false;
        }
    }
    const unsigned char *start = rest.p;
    if (!fv_tls_cert_next(&rest, &part) ||
        part.tag != (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)) {
        return false;
    }
    *out = (struct fv_slice){(const char *)start, (size_t)(rest.p - start)};
    return true;
}

bool fv_tls_cert_is_self_issued(const mbedtls_x509_crt *crt)
{
    return fv_tls_dn_same((struct fv_slice){(const char *)crt->subject_raw.p, crt->subject_raw.len},
                          (struct fv_slice){(const char *)crt->issuer_raw.p, crt->issuer_raw.len});
}

/* --- Extensions --- */

/* Return all extensions of a certificate, for next_extension(). */
static mbedtls_asn1_buf extensions(const mbedtls_x509_crt *crt)
{
    mbedtls_asn1_buf rest = crt->v3_ext;
    if (!fv_tls_cert_next(&rest, &rest)) {
        rest.len = 0;
    }
    return rest;
}

/* mbedTLS has read the extensions before, so their ends are correct. */
static bool next_extension(mbedtls_asn1_buf *rest, struct extension *out)
{
    mbedtls_asn1_buf e;
    if (!fv_tls_cert_next(rest, &e) || !fv_tls_cert_next(&e, &out->oid) ||
        !fv_tls_cert_next(&e, &out->value)) {
        return false;
    }
    out->critical = false;
    if (out->value.tag == MBEDTLS_ASN1_BOOLEAN) {
        out->critical = out->value.len > 0 && out->value.p[0] != 0;
        return fv_tls_cert_next(&e, &out->value);
    }
    return true;
}

/* Return the last byte of an identifier under id-ce; 0: it is another one. */
static uint8_t id_ce(const mbedtls_asn1_buf *oid)
{
    return oid->len == 3 && memcmp(oid->p, MBEDTLS_OID_ID_CE, 2) == 0 ? oid->p[2] : 0;
}

bool fv_tls_cert_find(const mbedtls_x509_crt *crt, uint8_t id, mbedtls_asn1_buf *out)
{
    mbedtls_asn1_buf rest = extensions(crt);
    struct extension e;
    while (next_extension(&rest, &e)) {
        if (id_ce(&e.oid) == id) {
            *out = e.value;
            return true;
        }
    }
    return false;
}

bool fv_tls_cert_is_ca(const mbedtls_x509_crt *crt)
{
    mbedtls_asn1_buf rest;
    mbedtls_asn1_buf list;
    return fv_tls_cert_find(crt, BASIC_CONSTRAINTS, &rest) && fv_tls_cert_next(&rest, &list) &&
           list.tag == SEQUENCE && rest.len == 0 && fv_tls_cert_next(&list, &rest) &&
           rest.tag == MBEDTLS_ASN1_BOOLEAN && rest.len == 1 && rest.p[0] != 0;
}

static bool is_repeated(mbedtls_asn1_buf rest, const mbedtls_asn1_buf *oid)
{
    struct extension e;
    while (next_extension(&rest, &e)) {
        if (e.oid.len == oid->len && memcmp(e.oid.p, oid->p, oid->len) == 0) {
            return true;
        }
    }
    return false;
}

/* Return whether serial number and dates are in DER, which mbedTLS does not check. */
static bool is_der(const mbedtls_x509_crt *crt)
{
    const mbedtls_asn1_buf *serial = &crt->serial;
    mbedtls_asn1_buf rest = {.p = crt->issuer_raw.p + crt->issuer_raw.len,
                             .len = (size_t)(crt->subject_raw.p - crt->issuer_raw.p) -
                                    crt->issuer_raw.len};
    mbedtls_asn1_buf date;
    bool good = serial->tag == MBEDTLS_ASN1_INTEGER && serial->len > 0 &&
                (serial->len == 1 || serial->p[0] != 0 || serial->p[1] >= 0x80) &&
                fv_tls_cert_next(&rest, &rest);
    while (good && fv_tls_cert_next(&rest, &date)) {
        good = date.len > 0 && date.p[date.len - 1] == 'Z';
    }
    return good;
}

enum fv_tls_why fv_tls_cert_form(const mbedtls_x509_crt *crt)
{
    if (!is_der(crt)) {
        return FV_TLS_UNREADABLE;
    }
    /* The extensions that may be critical: keyUsage, subjectAltName, basicConstraints,
     * nameConstraints, cRLDistributionPoints (no CRL is fetched), certificatePolicies,
     * policyMappings, policyConstraints, extKeyUsage, inhibitAnyPolicy. */
    static const char known[] = {15, 17, 19, 30, 31, 32, 33, 36, 37, 54};
    mbedtls_asn1_buf rest = extensions(crt);
    struct extension e;
    for (unsigned count = 0; next_extension(&rest, &e); count++) {
        uint8_t id = id_ce(&e.oid);
        if (e.critical && memchr(known, id, sizeof(known)) == NULL) {
            return id != 0 ? FV_TLS_FORM : FV_TLS_CRITICAL;
        }
        if (count == MANY || is_repeated(rest, &e.oid)) {
            return FV_TLS_FORM;
        }
    }
    return FV_TLS_FINE;
}

/* --- Keys --- */

enum fv_tls_why fv_tls_cert_key(const mbedtls_x509_crt *crt)
{
    const mbedtls_x509_crt_profile *profile = &mbedtls_x509_crt_profile_default;
    const mbedtls_pk_context *pk = &crt->pk;
    bool fine;
    if (mbedtls_pk_can_do(pk, MBEDTLS_PK_RSA)) {
        /* An exponent as long as the modulus is legal, but makes a verification a thousand times
         * slower. */
        const mbedtls_rsa_context *rsa = mbedtls_pk_rsa(*pk);
        size_t bits = mbedtls_pk_get_bitlen(pk);
        fine = bits >= profile->rsa_min_bitlen && bits <= MBEDTLS_MPI_MAX_BITS &&
               mbedtls_mpi_bitlen(&rsa->MBEDTLS_PRIVATE(E)) <= 64;
    } else {
        const mbedtls_ecp_keypair *ec = mbedtls_pk_ec(*pk);
        fine = ec != NULL &&
               (profile->allowed_curves & MBEDTLS_X509_ID_FLAG(ec->MBEDTLS_PRIVATE(grp).id)) != 0;
    }
    return fine ? FV_TLS_FINE : FV_TLS_KEY;
}
