/* SPDX-License-Identifier: MIT */
#include "parse/head.h"

#include <string.h>

#include "parse/timestamp.h"

/* More than the years 0000 to 9999 have: the difference of two dates is less. */
#define AGES_S INT64_C(400000000000)
#define AGES_US (AGES_S * 1000000)

static bool text_holds(const char *text, size_t cap)
{
    return memchr(text, '\0', cap + 1) != NULL;
}

/* Return whether the texts of the union end inside their arrays. Before the final response there
 * are none. */
static bool texts_hold(const struct fv_head *h)
{
    if (h->status < 200) {
        return h->etag[0] == '\0' && h->last_modified[0] == '\0';
    }
    if (fv_head_redirects(h)) {
        return text_holds(h->location, FV_CAP_URL);
    }
    return text_holds(h->etag, FV_CAP_VALIDATOR) && text_holds(h->last_modified, FV_CAP_VALIDATOR);
}

static bool date_holds(int64_t us)
{
    return us == FV_TIMESTAMP_NONE || (us > -AGES_US && us < AGES_US);
}

static bool dates_hold(const struct fv_head *h)
{
    return date_holds(h->date_us) && date_holds(h->last_modified_us) &&
           date_holds(h->retry_at_us) && h->retry_after_s >= -1 && h->retry_after_s < 2 * AGES_S;
}

static bool framing_holds(const struct fv_head *h)
{
    bool none = !h->have_length && !h->chunked && !h->bad_framing;
    return (h->status != 0 || none) && (h->have_length || h->length == 0);
}

static bool line_holds(const struct fv_head *h)
{
    bool begun = h->status != 0 && h->line_len > 0;
    return h->line_len <= FV_CAP_LINE && (begun || !h->cut) &&
           (begun || h->state == FV_HEAD_TEXT || h->state == FV_HEAD_LF);
}

bool fv_head_holds(const struct fv_head *h)
{
    bool code = h->status == 0 || (h->status >= 100 && h->status <= 999);
    if (!code || h->minor > 1 || h->total > FV_CAP_HEAD || !dates_hold(h) || !texts_hold(h) ||
        (h->has_content_range && !fv_range_holds(&h->content_range))) {
        return false;
    }
    if (h->state == FV_HEAD_BODY) {
        return h->status >= 200 && (h->framing == FV_FRAMING_LENGTH || h->length == 0);
    }
    return h->state < FV_HEAD_BODY && framing_holds(h) && line_holds(h);
}
