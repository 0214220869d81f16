/* SPDX-License-Identifier: MIT */
/* NO_PROXY: the first line is the authority of a URL, the rest the list. A list gives the same
 * result as its entries one by one, and an entry of no known form matches nothing. */
#include "parse/noproxy.h"

#include "fuzz/check.h"

static bool unknown_alone(struct fv_slice text)
{
    struct fv_slice rest = text;
    struct fv_slice entry;
    return fv_noproxy_unknown(&rest, &entry);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char text[FV_CAP_HOST + 64];
    struct fv_slice host;
    struct fv_slice list;
    struct fv_slice rest;
    struct fv_slice entry;
    struct fv_url url;
    struct fv_writer w;
    (void)fv_slice_cut((struct fv_slice){(const char *)data, size}, '\n', &host, &list);
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "https://");
    fv_writer_slice(&w, host);
    if (fv_writer_check(&w) != FV_OK || fv_url_parse(fv_writer_done(&w), &url) != FV_OK) {
        return 0;
    }
    bool excepted = false;
    for (size_t from = 0, at = 0; at <= list.len; at++) {
        if (at < list.len && list.ptr[at] != ',') {
            continue;
        }
        struct fv_slice part = fv_slice_head(fv_slice_from(list, from), at - from);
        excepted = excepted || fv_noproxy_excepts(part, &url);
        from = at + 1;
    }
    CHECK(excepted == fv_noproxy_excepts(list, &url));
    rest = list;
    while (fv_noproxy_unknown(&rest, &entry)) {
        CHECK(entry.len > 0 && entry.ptr >= list.ptr && rest.len < list.len);
        CHECK(unknown_alone(entry) && !fv_noproxy_excepts(entry, &url));
    }
    return 0;
}
