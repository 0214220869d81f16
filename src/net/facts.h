/* SPDX-License-Identifier: MIT */
/*
 * What a handshake has found, for those who want to know more than that it was accepted: fv_net_config's facts. Filled by
 * net/tls_show.c, which renders -v's lines from the same; a board without a log leaves all zero.
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

/* A certificate. Its names are hostile: control bytes are "?", the rest is as it came. */
struct fv_net_facts_cert {
    char subject[FV_NET_FACTS_NAME], issuer[FV_NET_FACTS_NAME]; /* in quotes */
    int64_t from_us, until_us; /* microseconds since 1970; INT64_MIN: no date */
};

/* Reset it by assigning zero. What is known stays when the handshake fails later on. */
struct fv_net_facts {
    /* The path that was accepted: the server's certificate first, the trusted one last (they may be one). */
    size_t certs; /* 0: none was */
    struct fv_net_facts_cert cert[FV_CAP_PATH_CERTS];
    struct fv_slice
        bundle;    /* the name of the bundle that the trusted one is in; the configuration's */
    uint64_t line; /* of the bundle; 0: it is one certificate in DER */
    char pin[FV_NET_FACTS_PIN]; /* of the server's key; empty: not known */

    /* The handshake is complete, and the key a pinned one if there are pins. Constant texts that make a list, or NULL. */
    const char *version, *suite; /* "TLS 1.3, ", and IANA's name, or nearly that */
    const char *group;           /* of the key exchange: ", X25519"; may be "" */
    bool asked;                  /* the server asks for a client certificate */
};

/* When the program was made, microseconds since 1970: no clock that is right is behind it. */
extern const int64_t fv_net_facts_built_us;

#endif
