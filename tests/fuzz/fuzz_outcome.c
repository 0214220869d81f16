/* SPDX-License-Identifier: MIT */
/* The state of the last run on storage: what is read is text without control bytes, and what is
 * written of it is read as the same. */
#include "cli/outcome.h"

#include "fuzz/check.h"

static struct fv_out out;

static struct fv_slice text_of(const struct fv_outcome *o)
{
    out.len = 0;
    fv_outcome_write(&out, o, ",\n");
    fv_out_text(&out, "\n");
    return fv_out_waiting(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    char *copy = exact_copy(data, size);
    struct fv_outcome o;
    struct fv_outcome again;
    bool fine = fv_outcome_read((struct fv_slice){copy, size}, &o);
    free(copy);
    if (!fine) {
        return 0;
    }
    struct fv_slice error = {o.error, strnlen(o.error, sizeof o.error)};
    CHECK(error.len < sizeof o.error && !fv_slice_has_control(error));
    struct fv_slice text = text_of(&o);
    CHECK(text.len <= FV_OUTCOME_TEXT);
    bool plain = true; /* other bytes are written as an escape, or as another character */
    for (size_t i = 0; i < error.len; i++) {
        plain = plain && error.ptr[i] > 0;
    }
    CHECK(fv_outcome_read(text, &again) || !plain);
    CHECK(!plain || memcmp(&again, &o, sizeof o) == 0);
    return 0;
}
