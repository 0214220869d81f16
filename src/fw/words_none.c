/* SPDX-License-Identifier: MIT */
#include "fw/words.h"

#include <string.h>

/* The same as in base/err.c in half the size. Errors that no firmware can have are left out:
 * proxies, hooks, other processes. */
/* clang-format off */
#define ROWS(X) \
    X(FV_E_USAGE, "not usable") \
    X(FV_E_CAPACITY, "too long for this build") \
    X(FV_E_MEMORY, "out of memory") \
    X(FV_E_RESOLVE, "host name not resolved") \
    X(FV_E_CONNECT, "no connection") \
    X(FV_E_RESET, "connection broken") \
    X(FV_E_TIMEOUT, "no response in time") \
    X(FV_E_SLOW, "too slow") \
    X(FV_E_CLOSED, "closed before a response") \
    X(FV_E_TRUNCATED, "closed inside a response") \
    X(FV_E_NETWORK, "network failed") \
    X(FV_E_ADDRESS, "no network address") \
    X(FV_E_TLS, "TLS failed") \
    X(FV_E_TLS_TRUST, "certificate: not trusted") \
    X(FV_E_TLS_NAME, "certificate: another host name") \
    X(FV_E_TLS_TIME, "certificate: not valid now") \
    X(FV_E_TLS_PIN, "public key: not pinned") \
    X(FV_E_TLS_RECORD, "TLS record too long") \
    X(FV_E_TLS_BROKEN, "TLS broken off") \
    X(FV_E_TLS_CHAIN, "certificates: not acceptable") \
    X(FV_E_TLS_LACKS, "TLS: asks for what this build lacks") \
    X(FV_E_TLS_CA, "no CA certificate") \
    X(FV_E_AUTH, "user or password not accepted") \
    X(FV_E_FORBIDDEN, "no access") \
    X(FV_E_HTTP_STATUS, "an error of the server") \
    X(FV_E_HTTP_SYNTAX, "not HTTP") \
    X(FV_E_HTTP_LINE, "line of a head too long") \
    X(FV_E_HTTP_HEAD, "head too long") \
    X(FV_E_HTTP_FRAMING, "length not usable") \
    X(FV_E_HTTP_RANGE, "another range") \
    X(FV_E_HTTP_REDIRECT, "redirect not followed") \
    X(FV_E_HTTP_RETRY, "server busy") \
    X(FV_E_HTTP_CODING, "encoded content") \
    X(FV_E_HTTP_MIXED, "response too short") \
    X(FV_E_URL, "URL not usable") \
    X(FV_E_ORIGIN, "URL of another server") \
    X(FV_E_STORAGE, "storage failed") \
    X(FV_E_FULL, "no free space") \
    X(FV_E_DENIED, "access denied") \
    X(FV_E_READONLY, "read-only") \
    X(FV_E_NOT_FOUND, "not found") \
    X(FV_E_EXISTS, "name taken") \
    X(FV_E_CORRUPT, "damaged record") \
    X(FV_E_MEDIUM, "removed or changed") \
    X(FV_E_LARGE, "too large for this file system") \
    X(FV_E_CHANGED, "not what was downloaded") \
    X(FV_E_JSON, "not a JSON array of objects") \
    X(FV_E_ENTRY, "field missing or wrong") \
    X(FV_E_ENTRY_TIME, "date not valid") \
    X(FV_E_ENTRY_SIZE, "object too large") \
    X(FV_E_CANCELLED, "stopped") \
    X(FV_E_MISSED, "not in the listing") \
    X(FV_E_MEANWHILE, "changed while read") \
    X(FV_E_DAMAGED, "records lost") \
    X(FV_E_NO_SCOPE, "no such scope")
/* clang-format on */

#define CODE(err, text) err,
#define TEXT(err, text) text "\0"

static const int8_t codes[] = {ROWS(CODE)};

const char *fv_words_of(enum fv_err err)
{
    const char *text = ROWS(TEXT) "error";
    for (size_t i = 0; i < sizeof codes && codes[i] != err; i++) {
        text += strlen(text) + 1;
    }
    return text;
}
