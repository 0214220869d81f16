/* SPDX-License-Identifier: MIT */
#include "client/match.h"

enum fv_err fv_match_status(uint16_t status)
{
    if (status == 401) {
        return FV_E_AUTH;
    }
    if (status == 403) {
        return FV_E_FORBIDDEN;
    }
    return fv_head_transient(status) ? FV_E_HTTP_RETRY : FV_E_HTTP_STATUS;
}

/* Return whether a 206 is of the version that If-Range named. A 206 repeats the ETag (RFC 9110
 * 15.3.7), and may omit Last-Modified. */
static bool same_validator(const struct fv_match *m, const struct fv_head *head)
{
    if (m->validator.len > 0 && m->validator.ptr[0] == '"') {
        return fv_slice_eq(fv_slice_of(head->etag), m->validator);
    }
    return head->last_modified[0] == '\0' ||
           fv_slice_eq(fv_slice_of(head->last_modified), m->validator);
}

/* Return whether Content-Range is the rest of the file, from the offset that was requested. */
static bool is_rest(const struct fv_match *m, const struct fv_head *head)
{
    const struct fv_content_range *r = &head->content_range;
    if (m->from == 0 || !head->has_content_range || !r->has_range || !r->has_total) {
        return false;
    }
    if (r->first != m->from || r->last != r->total - 1) {
        return false;
    }
    return head->framing != FV_FRAMING_LENGTH || head->length == r->last - r->first + 1;
}

enum fv_err fv_match_content(const struct fv_match *m, const struct fv_head *head, uint64_t *from,
                             uint64_t *total)
{
    if (head->encoded) {
        return FV_E_HTTP_CODING;
    }
    if (head->multipart) {
        return FV_E_HTTP_RANGE;
    }
    if (head->status != 206) {
        *from = 0;
        *total = head->framing == FV_FRAMING_LENGTH ? head->length : UINT64_MAX;
        return FV_OK;
    }
    if (!is_rest(m, head) || !same_validator(m, head)) {
        return FV_E_HTTP_RANGE;
    }
    *from = m->from;
    *total = head->content_range.total;
    return FV_OK;
}

bool fv_match_at_end(const struct fv_match *m, const struct fv_head *head)
{
    const struct fv_content_range *r = &head->content_range;
    return head->has_content_range && !r->has_range && r->has_total && r->total == m->from &&
           (m->validator.len == 0 || head->etag[0] == '\0' || same_validator(m, head));
}
