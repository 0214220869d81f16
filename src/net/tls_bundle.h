/* SPDX-License-Identifier: MIT */
/*
 * A bundle of certificates, read one after the other and only as far as needed.
 *
 * Reads PEM (RFC 7468) with the labels CERTIFICATE, X509 CERTIFICATE and TRUSTED CERTIFICATE
 * (OpenSSL's), or one certificate in DER. Other text and other blocks between the certificates are
 * skipped. A BEGIN line counts wherever it begins in the line. Inside a block only Base64 and white
 * space are allowed.
 */
#ifndef FV_NET_TLS_BUNDLE_H
#define FV_NET_TLS_BUNDLE_H

#include "net/config.h"

#define FV_TLS_BUNDLE_LABEL 24

/* Set all but source to zero before the first call. Large: do not put it on the stack. */
struct fv_tls_bundle {
    const struct fv_trust *source;
    enum fv_err err; /* of reading */
    uint64_t offset; /* in the bundle, of the first byte after buf */
    uint64_t line;   /* of buf[counted], the first is 0 */
    uint64_t begin;  /* line where this certificate begins, the first is 1; 0: DER */
    size_t counted;  /* line breaks are counted up to here in buf */
    size_t at, end;  /* bytes of buf that are not used yet */
    bool last;       /* the bundle ends with buf */
    bool der;        /* the bundle is one certificate in DER */
    bool padded;     /* the Base64 of this block has ended */
    bool settings;   /* OpenSSL's trust settings may follow the certificate in its block */
    bool wide;       /* the text is UTF-16 */
    unsigned spare;  /* bits of Base64 left over, the lower ones of `bits` */
    uint32_t bits;
    /* Label of the last PEM block that is not a certificate, cut to this size; or "". */
    char label[FV_TLS_BUNDLE_LABEL];
    size_t len; /* bytes in cert */
    uint8_t buf[FV_CAP_READ];
    uint8_t cert[FV_CAP_ROOT];
};

/* The result of reading a certificate. */
enum fv_tls_block {
    FV_TLS_BLOCK_MORE,  /* it may go on */
    FV_TLS_BLOCK_WHOLE, /* it is complete */
    FV_TLS_BLOCK_BAD,   /* it holds something other than Base64 */
    FV_TLS_BLOCK_CUT,   /* the bundle ends inside it */
    FV_TLS_BLOCK_LARGE  /* it is longer than FV_CAP_ROOT bytes */
};

/* Go to the next certificate. Return false if there is none, or if b->err is set. */
bool fv_tls_bundle_next(struct fv_tls_bundle *b);
/* Read on until b->len >= upto, or until the certificate ends. */
enum fv_tls_block fv_tls_bundle_read(struct fv_tls_bundle *b, size_t upto);

#endif
