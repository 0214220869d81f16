/* SPDX-License-Identifier: MIT */
#include "parse/origin.h"

/* "example.org." and "example.org" are one host: the dot only says that the name is complete. */
static struct fv_slice without_dot(struct fv_slice host)
{
    size_t dot = fv_slice_find_last(host, '.');
    return dot + 1 == host.len ? fv_slice_head(host, dot) : host;
}

static bool same_host(const struct fv_url *a, const struct fv_url *b)
{
    return fv_slice_eq_nocase(without_dot(a->host), without_dot(b->host));
}

enum fv_err fv_origin_endpoint(struct fv_slice text, struct fv_url *endpoint)
{
    struct fv_url url;
    enum fv_err err = fv_url_parse(text, &url);
    if (err != FV_OK) {
        return err;
    }
    if (!url.https || url.has_query || fv_slice_find(text, '#') < text.len ||
        fv_slice_find(text, '@') < text.len) {
        return FV_E_URL;
    }
    while (fv_slice_find_last(url.path, '/') + 1 == url.path.len) {
        url.path.len--;
    }
    *endpoint = url;
    return FV_OK;
}

bool fv_origin_same(const struct fv_url *a, const struct fv_url *b)
{
    return a->https == b->https && a->port == b->port && same_host(a, b);
}

/* Return whether url is an http URL of the endpoint. The portal writes such URLs. */
static bool upgradable(const struct fv_url *endpoint, const struct fv_url *url)
{
    return !url->https && (url->port == 80 || url->port == endpoint->port) &&
           same_host(endpoint, url);
}

enum fv_err fv_origin_admit(const struct fv_url *endpoint, struct fv_url *url)
{
    if (!fv_origin_same(endpoint, url) && !upgradable(endpoint, url)) {
        return FV_E_ORIGIN;
    }
    url->https = endpoint->https;
    /* Use the endpoint's spelling, so that Host and the name to verify are always the same. */
    url->host = endpoint->host;
    url->port = endpoint->port;
    url->has_port = endpoint->has_port;
    return FV_OK;
}

enum fv_err fv_origin_redirect(const struct fv_url *endpoint, struct fv_url *target,
                               bool *credentials)
{
    bool admitted = fv_origin_admit(endpoint, target) == FV_OK;
    if (!admitted && !target->https) {
        return FV_E_HTTP_REDIRECT;
    }
    *credentials = admitted;
    return FV_OK;
}
