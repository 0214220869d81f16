/* SPDX-License-Identifier: MIT */
/*
 * Facts of a certificate as text: names, dates, key. The certificate is hostile input: control
 * bytes become "?", and long names are cut.
 */
#ifndef FV_NET_TLS_TELL_H
#define FV_NET_TLS_TELL_H

#include "base/writer.h"

#include <mbedtls/x509_crt.h>

/* Append as much of s as fits. */
void fv_tls_tell_text(struct fv_writer *w, struct fv_slice s);

/* The same for NUL-terminated text. */
void fv_tls_tell_word(struct fv_writer *w, const char *text);

/* Append a name in quotes: its common name, or else its last value; at most 64 bytes of it. */
void fv_tls_tell_name(struct fv_writer *w, const mbedtls_x509_name *name);

/* Append the subject of a certificate in quotes; if it is empty, the first host that the
 * certificate is for. */
void fv_tls_tell_subject(struct fv_writer *w, const mbedtls_x509_crt *crt);

/* Append the path of a file, or the end of it, and the line if it is not 0: "ca.pem, line 12". */
void fv_tls_tell_place(struct fv_writer *w, struct fv_slice file, uint64_t line);

/* Append the hosts that a certificate is for: three of them and the number of others, or "no host
 * at all". */
void fv_tls_tell_hosts(struct fv_writer *w, const mbedtls_x509_crt *crt);

/* Append a time as 2024-04-01 00:00:00Z. */
void fv_tls_tell_time(struct fv_writer *w, const mbedtls_x509_time *t);
/* The same for an instant, in microseconds since 1970. */
void fv_tls_tell_instant(struct fv_writer *w, int64_t us);

/* Append the pin of a key as in --pinnedpubkey: sha256//BASE64. spki: its SubjectPublicKeyInfo in
 * DER. */
void fv_tls_tell_pin(struct fv_writer *w, struct fv_slice spki);

/* Append a key as "RSA, 1024 bits". */
void fv_tls_tell_key(struct fv_writer *w, const mbedtls_pk_context *key);

#endif
