/* SPDX-License-Identifier: MIT */
/*
 * The results of a handshake, for `doctor`: struct fv_net_config has a pointer to them.
 * net/tls_show.c writes them, and the lines of -v from the same values. On a board without a log
 * (net/tls_show_none.c) they stay zero.
 */
#ifndef FV_NET_FACTS_H
#define FV_NET_FACTS_H

#include "base/cap.h"
#include "base/slice.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Room for a name: quotes, 64 bytes of it, three dots if there is more, NUL. */
#define FV_NET_FACTS_NAME 72
/* Room for "sha256//", 44 characters of Base64, NUL. */
#define FV_NET_FACTS_PIN 53

/* A certificate. Its names come from the server: control bytes are replaced by "?", other bytes are
 * unchanged. */
struct fv_net_facts_cert {
    char subject[FV_NET_FACTS_NAME], issuer[FV_NET_FACTS_NAME]; /* in quotes */
    int64_t from_us, until_us; /* microseconds since 1970; INT64_MIN: no date */
};

/* Reset it by assigning zero. If the handshake fails later on, the values found before remain. */
struct fv_net_facts {
    /* The certification path that was accepted: the server's certificate first, the trusted one
     * last. Both may be the same certificate. */
    size_t certs; /* number of cert; 0: no path was accepted */
    struct fv_net_facts_cert cert[FV_CAP_PATH_CERTS];
    struct fv_slice bundle; /* name of the bundle with the trusted one; borrows from the settings */
    uint64_t line;          /* where it begins in the bundle; 0: the bundle is in DER */
    char pin[FV_NET_FACTS_PIN]; /* of the server's key; empty: not known */

    /* Set when the handshake is complete and, if there are pins, the key is a pinned one. The texts
     * are constant, and are made to be joined; NULL: not set. */
    const char *version, *suite; /* "TLS 1.3, "; the suite as mbedTLS names it */
    const char *group;           /* of the key exchange: ", X25519"; may be "" */
    bool asked;                  /* the server asks for a client certificate */
};

/* When the program was built, in microseconds since 1970. A clock that shows an earlier time is
 * wrong. */
extern const int64_t fv_net_facts_built_us;

#endif
