/* SPDX-License-Identifier: MIT */
#include "client/ends.h"

#include <stddef.h>
#include <stdint.h>

/* File, run, attempt then file, attempt then run, file unless it is the third in a row. */
enum {
    F = FV_ENDS_FILE,
    R = FV_ENDS_RUN,
    A = FV_ENDS_ATTEMPT,
    AR = FV_ENDS_ATTEMPT_RUN,
    T = FV_ENDS_FILE_OF_THREE
};

/* Three bits for each place. */
#define ENDS(dial, portal, target, dir, name)                                                      \
    ((dial) | (portal) << 3 | (target) << 6 | (dir) << 9 | (name) << 12)

struct row {
    int8_t err;
    uint16_t ends;
};

/* clang-format off */
static const struct row table[] = {
    /*                          dial portal target dir name */
    {FV_E_USAGE,           ENDS(R,   F,     F,     F,  F)},
    {FV_E_MEMORY,          ENDS(R,   R,     F,     R,  R)},
    {FV_E_CANCELLED,       ENDS(R,   R,     R,     R,  R)},

    {FV_E_ADDRESS,         ENDS(AR,  AR,    A,     F,  F)},
    {FV_E_RESOLVE,         ENDS(AR,  AR,    A,     F,  F)},
    {FV_E_CONNECT,         ENDS(AR,  AR,    A,     F,  F)},
    {FV_E_RESET,           ENDS(AR,  A,     A,     F,  F)},
    {FV_E_TIMEOUT,         ENDS(AR,  A,     A,     F,  F)},
    {FV_E_SLOW,            ENDS(AR,  A,     A,     F,  F)},
    {FV_E_CLOSED,          ENDS(AR,  A,     A,     F,  F)},
    {FV_E_TRUNCATED,       ENDS(AR,  A,     A,     F,  F)},
    {FV_E_NETWORK,         ENDS(AR,  A,     A,     F,  F)},
    {FV_E_PROXY_DOWN,      ENDS(AR,  AR,    A,     F,  F)},
    {FV_E_PROXY,           ENDS(R,   R,     F,     F,  F)},
    {FV_E_PROXY_BUSY,      ENDS(AR,  AR,    A,     F,  F)},

    {FV_E_TLS,             ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_RECORD,      ENDS(R,   F,     F,     F,  F)},
    {FV_E_TLS_BROKEN,      ENDS(AR,  A,     A,     F,  F)},
    {FV_E_TLS_TRUST,       ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_NAME,        ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_TIME,        ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_PIN,         ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_CA,          ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_CHAIN,       ENDS(R,   R,     F,     F,  F)},
    {FV_E_TLS_LACKS,       ENDS(R,   R,     F,     F,  F)},

    {FV_E_AUTH,            ENDS(R,   R,     F,     F,  F)},
    {FV_E_HTTP_RETRY,      ENDS(A,   A,     A,     F,  F)},
    {FV_E_HTTP_MIXED,      ENDS(F,   A,     A,     F,  F)},

    {FV_E_STORAGE,         ENDS(F,   F,     F,     T,  T)},
    {FV_E_MEDIUM,          ENDS(R,   R,     R,     R,  R)},
    {FV_E_FULL,            ENDS(F,   F,     F,     T,  T)},
    {FV_E_DENIED,          ENDS(F,   F,     F,     R,  F)},
    {FV_E_READONLY,        ENDS(F,   F,     F,     R,  R)},
    {FV_E_NOT_FOUND,       ENDS(F,   F,     F,     R,  F)},
    {FV_E_EXISTS,          ENDS(F,   F,     F,     R,  F)},
};
/* clang-format on */

enum fv_ends fv_ends_of(enum fv_place place, enum fv_err err)
{
    for (size_t i = 0; i < sizeof table / sizeof table[0]; i++) {
        if (table[i].err == err) {
            return (enum fv_ends)(table[i].ends >> 3 * place & 7);
        }
    }
    return FV_ENDS_FILE;
}

bool fv_ends_transient(enum fv_place place, enum fv_err err)
{
    enum fv_ends ends = fv_ends_of(place, err);
    return ends == FV_ENDS_ATTEMPT || ends == FV_ENDS_ATTEMPT_RUN;
}
