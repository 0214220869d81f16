/* SPDX-License-Identifier: MIT */
#include "base/err.h"

#include <stddef.h>
#include <string.h>

/* Code, exit status, text. The texts are one string: pointers to them would double the table. */
/* clang-format off */
#define ROWS(X) \
    X(FV_OK, 0, "no error") \
    \
    X(FV_E_USAGE, 2, "an option or setting is not valid") \
    X(FV_E_CAPACITY, 2, "a value is longer than this build can hold") \
    X(FV_E_MEMORY, 2, "the memory set aside for this run is used up") \
    \
    X(FV_E_ADDRESS, 3, "this device has no network address") \
    X(FV_E_RESOLVE, 3, "the host name could not be resolved") \
    X(FV_E_CONNECT, 3, "the host could not be reached or refused the connection") \
    X(FV_E_RESET, 3, "the connection was broken") \
    X(FV_E_TIMEOUT, 3, "no response came in time") \
    X(FV_E_SLOW, 3, "the transfer was slower than the speed limit for too long") \
    X(FV_E_CLOSED, 3, "the connection was closed before a response") \
    X(FV_E_TRUNCATED, 3, "the connection was closed inside a response") \
    X(FV_E_PROXY_DOWN, 3, "the proxy could not be reached") \
    X(FV_E_PROXY, 3, "the proxy refused to connect") \
    X(FV_E_PROXY_BUSY, 3, "the proxy cannot connect at the moment") \
    X(FV_E_NETWORK, 3, "the network failed") \
    \
    X(FV_E_TLS, 4, "the secure connection (TLS) failed") \
    X(FV_E_TLS_TRUST, 4, "the certificate is not signed by a trusted authority") \
    X(FV_E_TLS_NAME, 4, "the certificate is for another host name") \
    X(FV_E_TLS_TIME, 4, "the certificate is not valid at this time") \
    X(FV_E_TLS_PIN, 4, "the server's public key is not a pinned one") \
    X(FV_E_TLS_RECORD, 4, "the server sends longer TLS records than this build can hold") \
    X(FV_E_TLS_BROKEN, 4, "the secure connection (TLS) was broken off") \
    X(FV_E_TLS_CHAIN, 4, "the server's certificates are not acceptable") \
    X(FV_E_TLS_LACKS, 4, "the server asks for what this client cannot do") \
    X(FV_E_TLS_CA, 4, "the CA bundle is missing or holds no certificate") \
    \
    X(FV_E_AUTH, 5, "the user name or the password is not accepted") \
    X(FV_E_FORBIDDEN, 5, "this user has no access") \
    \
    X(FV_E_HTTP_STATUS, 6, "the server returned an error") \
    X(FV_E_HTTP_SYNTAX, 6, "the response is not valid HTTP") \
    X(FV_E_HTTP_LINE, 6, "a header line is too long") \
    X(FV_E_HTTP_HEAD, 6, "the header section is too long") \
    X(FV_E_HTTP_FRAMING, 6, "the response's length is not valid") \
    X(FV_E_HTTP_RANGE, 6, "the response holds another range than requested") \
    X(FV_E_HTTP_REDIRECT, 6, "the redirect cannot be followed") \
    X(FV_E_HTTP_RETRY, 6, "the server has a transient problem") \
    X(FV_E_HTTP_CODING, 6, "the response is compressed, which was not requested") \
    X(FV_E_HTTP_MIXED, 6, "the response is shorter than it says, and the next one is in it") \
    X(FV_E_URL, 6, "the URL is not one that can be fetched") \
    X(FV_E_ORIGIN, 6, "the URL belongs to another server than the endpoint") \
    \
    X(FV_E_STORAGE, 7, "reading or writing storage failed") \
    X(FV_E_FULL, 7, "there is not enough free space") \
    X(FV_E_LARGE, 7, "the file is larger than this file system can hold") \
    X(FV_E_DENIED, 7, "access is denied, or a part of the path is a symbolic link") \
    X(FV_E_READONLY, 7, "the file system is read-only") \
    X(FV_E_NOT_FOUND, 7, "there is no such file or directory") \
    X(FV_E_EXISTS, 7, "something else has that name") \
    X(FV_E_CORRUPT, 7, "a record on storage is damaged") \
    X(FV_E_MEDIUM, 7, "the medium was removed or changed") \
    X(FV_E_CHANGED, 1, "the local file is not what was downloaded") \
    \
    X(FV_E_JSON, 8, "the listing is not a JSON array of objects") \
    X(FV_E_ENTRY, 8, "a field of the listing is missing or of the wrong kind") \
    X(FV_E_ENTRY_TIME, 8, "a date in the listing is not valid") \
    X(FV_E_ENTRY_SIZE, 8, "an object in the listing is too large") \
    \
    X(FV_E_BUSY, 9, "another process is working in this directory") \
    X(FV_E_HOOK, 1, "the command given with --exec failed") \
    X(FV_E_CANCELLED, 130, "stopped on request") \
    X(FV_E_MISSED, 6, "the listing holds nothing under that name") \
    X(FV_E_MEANWHILE, 1, "it changed while it was read") \
    X(FV_E_MAX_DELETE, 1, "more than --max-delete allows; none was removed") \
    X(FV_E_DAMAGED, 1, "records cannot be read, or are missing") \
    X(FV_E_NO_SCOPE, 6, "unknown to the portal")
/* clang-format on */

#define CODE(err, exit, text) {err, exit},
#define TEXT(err, exit, text) text "\0"

static const struct {
    int8_t err;
    uint8_t exit;
} table[] = {ROWS(CODE)};

const char *fv_err_text(enum fv_err err)
{
    const char *text = ROWS(TEXT) "unknown error";
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]) && table[i].err != err; i++) {
        text += strlen(text) + 1;
    }
    return text;
}

int fv_err_exit(enum fv_err err)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].err == err) {
            return table[i].exit;
        }
    }
    return 1; /* no result of a command: a bug, which must not be reported as success */
}

static void keep(char *to, size_t size, struct fv_slice s)
{
    struct fv_slice kept = fv_slice_head(s, size - 1);
    if (kept.len > 0) {
        memcpy(to, kept.ptr, kept.len);
    }
    to[kept.len] = '\0';
}

enum fv_err fv_fault_slice(struct fv_fault *fault, enum fv_err err, int32_t native,
                           struct fv_slice subject)
{
    if (fault->err != FV_OK) {
        return err;
    }
    fault->err = err;
    fault->native = native;
    keep(fault->subject, sizeof(fault->subject), subject);
    return err;
}

void fv_fault_explain(struct fv_fault *fault, struct fv_slice detail)
{
    keep(fault->detail, sizeof(fault->detail), detail);
}

enum fv_err fv_fault_set(struct fv_fault *fault, enum fv_err err, int32_t native,
                         const char *subject)
{
    return fv_fault_slice(fault, err, native, fv_slice_of(subject));
}
