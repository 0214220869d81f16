/* SPDX-License-Identifier: MIT */
/* URLs: the normal form is stable, holds nothing that could end a request line early, and where
 * credentials would go is the endpoint. The input is read as a URL and as the Location of a
 * redirect. */
#include "parse/origin.h"
#include "parse/url.h"

#include "base/cap.h"
#include "fuzz/check.h"

#define ROOM (4 * FV_CAP_URL)

static bool printable(struct fv_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= ' ' || s.ptr[i] == 0x7F) { /* char may be signed: above 0x7F is below too */
            return false;
        }
    }
    return true;
}

/* A normal form is its own. */
static void stable(struct fv_slice normal)
{
    static char again[ROOM];
    struct fv_url url;
    struct fv_writer w;
    enum fv_err err = fv_url_parse(normal, &url);
    CHECK(printable(normal));
    if (err == FV_E_CAPACITY) {
        return; /* encoding made it too long */
    }
    CHECK(err == FV_OK);
    fv_writer_init(&w, again, sizeof again);
    fv_url_write(&url, &w);
    CHECK(fv_writer_check(&w) == FV_OK && fv_slice_eq(fv_writer_done(&w), normal));
}

static void parts(const struct fv_url *url)
{
    static char text[ROOM];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_url_write_target(url, &w);
    CHECK(fv_writer_check(&w) == FV_OK);
    CHECK(text[0] == '/' && printable(fv_writer_done(&w)));
    for (int with_port = 0; with_port <= 1; with_port++) {
        fv_writer_init(&w, text, sizeof text);
        fv_url_write_authority(url, with_port, &w);
        CHECK(w.len > 0 && printable(fv_writer_done(&w)));
    }
    struct fv_slice last = fv_url_last_segment(url);
    CHECK(inside(last, url->path) && fv_slice_find(last, '/') == last.len);
    fv_writer_init(&w, text, sizeof text);
    fv_url_write_segment(last, &w);
    CHECK(fv_writer_check(&w) == FV_OK && printable(fv_writer_done(&w)));
}

static void origins(const struct fv_url *endpoint, struct fv_url url)
{
    struct fv_url admitted = url;
    struct fv_url target = url;
    bool credentials = false;
    enum fv_err err = fv_origin_admit(endpoint, &admitted);
    CHECK(err == FV_OK || err == FV_E_ORIGIN);
    CHECK((err == FV_OK) == fv_origin_same(endpoint, &admitted));
    CHECK(err != FV_OK || admitted.https);
    if (fv_origin_redirect(endpoint, &target, &credentials) == FV_OK) {
        CHECK(target.https && credentials == fv_origin_same(endpoint, &target));
        CHECK(credentials == (err == FV_OK));
    } else {
        CHECK(!url.https && err == FV_E_ORIGIN);
    }
}

static void redirect(struct fv_slice reference)
{
    static char text[ROOM];
    struct fv_url base;
    struct fv_writer w;
    CHECK(fv_url_parse(FV_SLICE("https://portal.example:8443/api/a/b?q"), &base) == FV_OK);
    fv_writer_init(&w, text, sizeof text);
    if (fv_url_resolve(&base, reference, &w) == FV_OK) {
        CHECK(fv_writer_check(&w) == FV_OK);
        stable(fv_writer_done(&w));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[ROOM];
    char *copy = exact_copy(data, size);
    struct fv_slice all = {copy, size};
    struct fv_url url;
    struct fv_url endpoint;
    struct fv_writer w;
    enum fv_err err = fv_url_parse(all, &url);
    CHECK(fv_url_parse(FV_SLICE("https://portal.example"), &endpoint) == FV_OK);
    if (err == FV_OK) {
        CHECK(url.host.len > 0 && url.host.len <= FV_CAP_HOST && url.port > 0);
        CHECK(inside(url.host, all) && inside(url.path, all) && inside(url.query, all));
        CHECK(url.path.len == 0 || url.path.ptr[0] == '/');
        fv_writer_init(&w, text, sizeof text);
        fv_url_write(&url, &w);
        CHECK(fv_writer_check(&w) == FV_OK);
        stable(fv_writer_done(&w));
        parts(&url);
        origins(&endpoint, url);
    } else {
        CHECK(err == FV_E_URL || err == FV_E_CAPACITY);
    }
    redirect(all);
    free(copy);
    return 0;
}
