/* SPDX-License-Identifier: MIT */
#include "net/tls_name.h"

static bool is_host(struct fv_slice pattern, struct fv_slice host)
{
    if (fv_slice_starts(pattern, FV_SLICE("*."))) {
        pattern = fv_slice_from(pattern, 1);
        size_t label = fv_slice_find(host, '.');
        if (label == 0 || fv_slice_find_last(pattern, '.') == 0) {
            return false;
        }
        host = fv_slice_from(host, label);
    }
    return fv_slice_eq_nocase(pattern, host);
}

bool fv_tls_name_matches(const mbedtls_x509_crt *crt, struct fv_slice host, bool address)
{
    const int wanted = MBEDTLS_ASN1_CONTEXT_SPECIFIC |
                       (address ? MBEDTLS_X509_SAN_IP_ADDRESS : MBEDTLS_X509_SAN_DNS_NAME);
    for (const mbedtls_x509_sequence *name = &crt->subject_alt_names; name != NULL;
         name = name->next) {
        struct fv_slice text = {(const char *)name->buf.p, name->buf.len};
        if (name->buf.tag == wanted && (address ? fv_slice_eq(text, host) : is_host(text, host))) {
            return true;
        }
    }
    return false;
}
