/* SPDX-License-Identifier: MIT */
#include "net/tls_policy.h"

#include "net/tls_cert.h"

#include <mbedtls/oid.h>
#include <string.h>

#define SEQUENCE (MBEDTLS_ASN1_CONSTRUCTED | MBEDTLS_ASN1_SEQUENCE)
#define REQUIRE_EXPLICIT (MBEDTLS_ASN1_CONTEXT_SPECIFIC | 0)

/* Return whether a certificate has a policy, or anyPolicy. NULL: only anyPolicy. */
static bool has(const mbedtls_x509_crt *crt, const mbedtls_asn1_buf *policy)
{
    const mbedtls_x509_sequence *p = &crt->certificate_policies;
    while (p != NULL && MBEDTLS_OID_CMP(MBEDTLS_OID_ANY_POLICY, &p->buf) != 0 &&
           (policy == NULL || p->buf.len != policy->len ||
            memcmp(p->buf.p, policy->p, policy->len) != 0)) {
        p = p->next;
    }
    return p != NULL;
}

/* Return whether count certificates have a policy in common. It is looked for among those of the
 * first certificate without anyPolicy. */
static bool have_common(const mbedtls_x509_crt *const *path, size_t count)
{
    size_t first = 0;
    while (first < count && has(path[first], NULL)) {
        first++;
    }
    if (first == count) {
        return true;
    }
    for (const mbedtls_x509_sequence *p = &path[first]->certificate_policies;
         p != NULL && p->buf.p != NULL; p = p->next) {
        size_t i = first + 1;
        while (i < count && has(path[i], &p->buf)) {
            i++;
        }
        if (i == count) {
            return true;
        }
    }
    return false;
}

/* Read how many certificates may be below crt before a policy is required; 255: any number. Return
 * false if the extension is malformed. */
static bool read_skip(const mbedtls_x509_crt *crt, unsigned *skip)
{
    mbedtls_asn1_buf rest;
    mbedtls_asn1_buf number;
    *skip = 255;
    if (!fv_tls_cert_find(crt, FV_TLS_CERT_POLICY_CONSTRAINTS, &rest)) {
        return true;
    }
    if (!fv_tls_cert_next(&rest, &rest) || rest.tag != SEQUENCE ||
        !fv_tls_cert_next(&rest, &number)) {
        return false;
    }
    if (number.tag == REQUIRE_EXPLICIT) {
        /* A value above 127 or a malformed one counts as 0. */
        *skip = number.len == 1 && number.p[0] < 128 ? number.p[0] : 0;
    }
    return true;
}

enum fv_tls_why fv_tls_policy_check(const mbedtls_x509_crt *const *path, size_t count)
{
    unsigned below = 0; /* certificates so far, without self-issued ones */
    bool required = false;
    bool mapped = false;
    mbedtls_asn1_buf mappings;
    for (size_t i = 0; i + 1 < count; i++) {
        unsigned skip;
        if (!read_skip(path[i], &skip)) {
            return FV_TLS_FORM;
        }
        required |= skip <= below;
        mapped |= fv_tls_cert_find(path[i], FV_TLS_CERT_POLICY_MAPPINGS, &mappings);
        below += i == 0 || !fv_tls_cert_is_self_issued(path[i]) ? 1 : 0;
    }
    return required && !mapped && !have_common(path, count - 1) ? FV_TLS_POLICY : FV_TLS_FINE;
}
