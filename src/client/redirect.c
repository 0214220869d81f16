/* SPDX-License-Identifier: MIT */
#include "client/redirect.h"

enum fv_err fv_redirect(const struct fv_url *endpoint, struct fv_slice location,
                        char url[FV_CAP_URL + 1], bool *credentials)
{
    struct fv_url base;
    struct fv_url target;
    char text[FV_CAP_URL + 1];
    struct fv_writer w;
    if (location.len == 0 || fv_url_parse(fv_slice_of(url), &base) != FV_OK) {
        return FV_E_HTTP_REDIRECT;
    }
    fv_writer_init(&w, text, sizeof text);
    if (fv_url_resolve(&base, location, &w) != FV_OK ||
        fv_url_parse(fv_writer_done(&w), &target) != FV_OK ||
        fv_origin_redirect(endpoint, &target, credentials) != FV_OK) {
        return FV_E_HTTP_REDIRECT;
    }
    fv_writer_init(&w, url, FV_CAP_URL + 1); /* target borrows from text, no longer from url */
    fv_url_write(&target, &w);
    return fv_writer_check(&w) == FV_OK ? FV_OK : FV_E_HTTP_REDIRECT;
}
