/*
 * A bundle of certificates, read one after the other and no further than asked for.
 *
 * Reads PEM (RFC 7468) with the labels CERTIFICATE, X509 CERTIFICATE and TRUSTED CERTIFICATE (OpenSSL's), other text and other blocks allowed
 * around them, or one certificate in DER. A BEGIN counts wherever it stands in a line. Inside a block only Base64 and white space are allowed.
 */
#ifndef FV_NET_TLS_BUNDLE_H
#define FV_NET_TLS_BUNDLE_H

#include "net/config.h"

#define FV_TLS_BUNDLE_LABEL 24

/* All zero but source before the first call. Large: not for the stack. */
struct fv_tls_bundle {
    const struct fv_trust *source;
    enum fv_err err; /* of reading */
    uint64_t offset; /* behind buf */
    uint64_t line;   /* of buf[counted], from 0 */
    uint64_t begin;  /* the line where this certificate begins, from 1; 0: DER */
    size_t counted;  /* of buf: line breaks are counted up to here */
    size_t at, end;  /* of buf: what is not taken yet */
    bool last;       /* nothing is behind buf */
    bool der;        /* one certificate, without PEM */
    bool padded;     /* this block's Base64 is over */
    bool settings;   /* OpenSSL's trust settings may follow this certificate in its block */
    bool wide;       /* a text in UTF-16 */
    unsigned spare;  /* bits of Base64 that are left over: the lower ones of `bits` */
    uint32_t bits;
    char label
        [FV_TLS_BUNDLE_LABEL]; /* of the last PEM block that is no certificate, cut to this; or "" */
    size_t len;                /* of cert */
    uint8_t buf[FV_CAP_READ];
    uint8_t cert[FV_CAP_ROOT];
};

/* What reading a certificate came to. */
enum fv_tls_block {
    FV_TLS_BLOCK_MORE,  /* there may be more of it */
    FV_TLS_BLOCK_WHOLE, /* all of it is there */
    FV_TLS_BLOCK_BAD,   /* something else than Base64 in it */
    FV_TLS_BLOCK_CUT,   /* the bundle ends in it */
    FV_TLS_BLOCK_LARGE  /* it has more than FV_CAP_ROOT bytes */
};

/* Go to the next certificate; false: there is no further one, or b->err. */
bool fv_tls_bundle_next(struct fv_tls_bundle *b);
/* Read on, until b->len >= upto or to the certificate's end. */
enum fv_tls_block fv_tls_bundle_read(struct fv_tls_bundle *b, size_t upto);

#endif
