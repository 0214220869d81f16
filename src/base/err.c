#include "base/err.h"

#include <stddef.h>
#include <string.h>

struct row {
    int8_t err;
    uint8_t exit;
    const char *text;
};

static const struct row table[] = {
    {FV_MORE, 0, "more input is needed"},
    {FV_AGAIN, 0, "nothing can be done without waiting"},
    {FV_OK, 0, "no error"},

    {FV_E_USAGE, 2, "an option, argument or setting is not usable"},
    {FV_E_CAPACITY, 2, "a value is longer than this build can hold"},
    {FV_E_MEMORY, 2, "the memory set aside for this run is used up"},

    {FV_E_RESOLVE, 3, "the host name could not be resolved"},
    {FV_E_CONNECT, 3, "the host could not be reached or refused the connection"},
    {FV_E_RESET, 3, "the connection was broken"},
    {FV_E_TIMEOUT, 3, "no answer came in time"},
    {FV_E_SLOW, 3, "the transfer was slower than the speed limit for too long"},
    {FV_E_CLOSED, 3, "the peer closed the connection before answering"},
    {FV_E_TRUNCATED, 3, "the peer closed the connection inside an answer"},
    {FV_E_PROXY, 3, "the proxy refused to connect"},
    {FV_E_PROXY_BUSY, 3, "the proxy cannot connect at the moment"},
    {FV_E_NETWORK, 3, "the network failed"},

    {FV_E_TLS, 4, "the secure connection (TLS) failed"},
    {FV_E_TLS_TRUST, 4, "the certificate is not signed by a trusted authority"},
    {FV_E_TLS_NAME, 4, "the certificate is for another host name"},
    {FV_E_TLS_TIME, 4, "the certificate is expired or not yet valid"},
    {FV_E_TLS_PIN, 4, "the server's public key is not a pinned one"},
    {FV_E_TLS_RECORD, 4, "the server sends longer TLS records than this build can hold"},
    {FV_E_TLS_BROKEN, 4, "the secure connection (TLS) was broken off"},
    {FV_E_TLS_CA, 4, "the CA bundle is missing or holds no certificate"},

    {FV_E_AUTH, 5, "the user name or the password is not accepted"},
    {FV_E_FORBIDDEN, 5, "this user has no access"},

    {FV_E_HTTP_STATUS, 6, "the server answered with an error status"},
    {FV_E_HTTP_SYNTAX, 6, "the answer is not valid HTTP"},
    {FV_E_HTTP_LINE, 6, "a line of the answer's head is too long"},
    {FV_E_HTTP_HEAD, 6, "the answer's head is too long"},
    {FV_E_HTTP_FRAMING, 6, "the answer's length is not usable"},
    {FV_E_HTTP_RANGE, 6, "the answer holds another range than was asked for"},
    {FV_E_HTTP_REDIRECT, 6, "the redirect cannot be followed"},
    {FV_E_HTTP_RETRY, 6, "the server cannot answer at the moment"},
    {FV_E_HTTP_CODING, 6,
     "the response's content is compressed or otherwise encoded, which was not asked for"},
    {FV_E_URL, 6, "the URL is not one that can be fetched"},
    {FV_E_ORIGIN, 6, "the URL belongs to another server than the endpoint"},

    {FV_E_STORAGE, 7, "reading or writing storage failed"},
    {FV_E_FULL, 7, "there is not enough free space"},
    {FV_E_DENIED, 7, "access is denied, or a part of the path is a symbolic link"},
    {FV_E_READONLY, 7, "the file system is read-only"},
    {FV_E_NOT_FOUND, 7, "there is no such file or directory"},
    {FV_E_EXISTS, 7, "something of another kind has that name"},
    {FV_E_CORRUPT, 7, "a record on storage is damaged"},
    {FV_E_CHANGED, 1, "the local file is not what was downloaded"},

    {FV_E_JSON, 8, "the listing is not a JSON array of objects"},
    {FV_E_ENTRY, 8, "a field of the listing is missing or of the wrong kind"},
    {FV_E_ENTRY_TIME, 8, "a date in the listing is not valid"},
    {FV_E_ENTRY_SIZE, 8, "an object in the listing is too large"},

    {FV_E_BUSY, 9, "another process is working in this directory"},
    {FV_E_HOOK, 1, "the command given with --exec failed"},
    {FV_E_CANCELLED, 130, "stopped on request"},
    {FV_E_MISSED, 6, "the listing holds nothing under that name"},
    {FV_E_MEANWHILE, 1, "it changed while it was read"},
    {FV_E_MAX_DELETE, 1, "more than --max-delete allows, so none was removed"},
};

/* A code that is not in the table is a bug of ours; it must not read as success. */
static const struct row unknown = {0, 1, "unknown error"};

static const struct row *find(enum fv_err err)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].err == err) {
            return &table[i];
        }
    }
    return &unknown;
}

const char *fv_err_text(enum fv_err err)
{
    return find(err)->text;
}

int fv_err_exit(enum fv_err err)
{
    return find(err)->exit;
}

enum fv_err fv_fault_slice(struct fv_fault *fault, enum fv_err err, int32_t native,
                           struct fv_slice subject)
{
    if (fault->err != FV_OK) {
        return err;
    }
    struct fv_slice kept = fv_slice_head(subject, sizeof(fault->subject) - 1);
    fault->err = err;
    fault->native = native;
    if (kept.len > 0) {
        memcpy(fault->subject, kept.ptr, kept.len);
    }
    fault->subject[kept.len] = '\0';
    return err;
}

enum fv_err fv_fault_set(struct fv_fault *fault, enum fv_err err, int32_t native,
                         const char *subject)
{
    return fv_fault_slice(fault, err, native, fv_slice_of(subject));
}
