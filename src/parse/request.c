/* SPDX-License-Identifier: MIT */
#include "parse/request.h"

static void put_field(const char *name, struct fv_slice value, struct fv_writer *w)
{
    if (value.len > 0) {
        fv_writer_text(w, name);
        fv_writer_text(w, ": ");
        fv_writer_slice(w, value);
        fv_writer_text(w, "\r\n");
    }
}

/* Write what follows the request target, up to the fields that depend on the method. */
static void put_common(const struct fv_url *url, bool with_port, struct fv_writer *w)
{
    fv_writer_text(w, " HTTP/1.1\r\nHost: ");
    fv_url_write_authority(url, with_port, w);
    fv_writer_text(w, "\r\nUser-Agent: fluxvision\r\n");
}

static void put_range(const struct fv_request *r, struct fv_writer *w)
{
    if (r->range_from > 0) {
        fv_writer_text(w, "Range: bytes=");
        fv_writer_u64(w, r->range_from);
        fv_writer_text(w, "-\r\n");
        put_field("If-Range", r->if_range, w);
    }
}

enum fv_err fv_request_get(const struct fv_request *r, struct fv_writer *w)
{
    /* A control byte could end the field and begin another one. */
    if (fv_slice_has_control(r->authorization) || fv_slice_has_control(r->accept) ||
        fv_slice_has_control(r->if_range)) {
        return FV_E_URL;
    }
    fv_writer_text(w, "GET ");
    fv_url_write_target(r->url, w);
    put_common(r->url, false, w);
    put_field("Authorization", r->authorization, w);
    put_field("Accept", r->accept, w);
    put_range(r, w);
    fv_writer_text(w, "\r\n");
    return fv_writer_check(w);
}

enum fv_err fv_request_connect(const struct fv_request *r, struct fv_writer *w)
{
    if (fv_slice_has_control(r->authorization)) {
        return FV_E_URL;
    }
    fv_writer_text(w, "CONNECT ");
    fv_url_write_authority(r->url, true, w);
    put_common(r->url, true, w);
    put_field("Proxy-Authorization", r->authorization, w);
    fv_writer_text(w, "\r\n");
    return fv_writer_check(w);
}
