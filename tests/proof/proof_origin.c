/* SPDX-License-Identifier: MIT */
/*
 * PROOF admit; STATE 0-3; unwind 5; core; bound hosts of 0 to 3 bytes, any ports;
 *     what is admitted has the endpoint's host, and gets its origin
 * PROOF redirect; STATE 0-3; unwind 5; core; bound hosts of 0 to 3 bytes, any ports;
 *     credentials go to the endpoint's origin alone, and nothing goes to http
 * PROOF endpoint; STATE 0-5; unwind 7; bound texts of 0 to 5 bytes;
 *     an endpoint is https, without query, and its path does not end in a slash
 */
#include "base/slice.c"
#include "parse/origin.c"

#include "proof.h"

/* A URL whose path is in the text, as url.c promises. */
enum fv_err fv_url_parse(struct fv_slice text, struct fv_url *out)
{
    struct fv_url url = {.https = nondet_bool(), .has_query = nondet_bool()};
    if (nondet_bool()) {
        return FV_E_URL;
    }
    url.path = fv_slice_from(text, proof_length(text.len));
    proof_assume(url.path.len == 0 || url.path.ptr[0] == '/');
    *out = url;
    return FV_OK;
}

static struct fv_url any_url(const char *host, size_t most)
{
    return (struct fv_url){.https = nondet_bool(),
                           .port = nondet_uint16(),
                           .has_port = nondet_bool(),
                           .host = {host, proof_length(most)}};
}

/* Return whether a host is the same but for case and one dot at its end. */
static bool alike(struct fv_slice a, struct fv_slice b)
{
    size_t len = a.len < b.len ? a.len : b.len;
    if (len > 0 && a.len == len && a.ptr[len - 1] == '.' && b.len == len && b.ptr[len - 1] == '.') {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        if (fold(a.ptr[i]) != fold(b.ptr[i])) {
            return false;
        }
    }
    return (a.len <= len || (a.len == len + 1 && a.ptr[len] == '.')) &&
           (b.len <= len || (b.len == len + 1 && b.ptr[len] == '.'));
}

void prove_admit(void)
{
    char bytes[STATE + 1];
    char *ours = bytes + 1; /* so that it ends where they end */
    char theirs[3];
    struct fv_url endpoint = any_url(ours, STATE);
    struct fv_url url = any_url(theirs, sizeof theirs);
    struct fv_url before = url;
    endpoint.https = true;
    if (fv_origin_admit(&endpoint, &url) == FV_OK) {
        proof(alike(endpoint.host, before.host), "the host");
        proof(before.port == endpoint.port || (!before.https && before.port == 80), "the port");
        proof(fv_origin_same(&endpoint, &url) && url.https, "the origin");
        proof(url.host.ptr == endpoint.host.ptr && url.host.len == endpoint.host.len, "spelling");
    } else {
        proof(url.https == before.https && url.port == before.port, "unchanged");
        proof(url.host.ptr == before.host.ptr, "unchanged");
    }
    proof_reached();
}

void prove_redirect(void)
{
    char bytes[STATE + 1];
    char *ours = bytes + 1; /* so that it ends where they end */
    char theirs[3];
    struct fv_url endpoint = any_url(ours, STATE);
    struct fv_url target = any_url(theirs, sizeof theirs);
    struct fv_url before = target;
    bool credentials = nondet_bool();
    endpoint.https = true;
    enum fv_err err = fv_origin_redirect(&endpoint, &target, &credentials);
    proof(err == FV_OK || (err == FV_E_HTTP_REDIRECT && !before.https), "http is refused");
    if (err == FV_OK) {
        proof(target.https, "https alone");
        proof(!credentials ||
                  (fv_origin_same(&endpoint, &target) && alike(endpoint.host, before.host)),
              "credentials");
    }
    proof_reached();
}

void prove_endpoint(void)
{
    char bytes[STATE + 1];
    char *text = bytes + 1; /* so that it ends where they end */
    struct fv_slice all = {text, STATE};
    struct fv_url url = {.port = 1};
    if (fv_origin_endpoint(all, &url) == FV_OK) {
        proof(url.https && !url.has_query && fv_slice_find(all, '@') == STATE, "what is refused");
        proof(url.path.len == 0 || url.path.ptr[url.path.len - 1] != '/', "no slash at the end");
    } else {
        proof(url.port == 1, "nothing is written on failure");
    }
    proof_reached();
}
