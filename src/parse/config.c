/* SPDX-License-Identifier: MIT */
#include "parse/config.h"

static bool is_space(char c)
{
    return c == ' ' || c == '\t';
}

/* Return s without its comment. A comment begins with a `#` after a space or tab. */
static struct fv_slice uncomment(struct fv_slice s)
{
    for (size_t i = 1; i < s.len; i++) {
        if (s.ptr[i] == '#' && is_space(s.ptr[i - 1])) {
            return fv_slice_head(s, i);
        }
    }
    return s;
}

/* Decode a quoted value in place. text begins after the opening quote. Only blanks and a comment
 * may follow the closing quote. */
static enum fv_err unquote(char *text, size_t len, size_t *out_len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') {
            struct fv_slice rest = uncomment((struct fv_slice){text + i + 1, len - i - 1});
            *out_len = out;
            return fv_slice_trim(rest).len == 0 ? FV_OK : FV_E_USAGE;
        }
        if (c == '\\') {
            i++;
            if (i == len || (text[i] != '"' && text[i] != '\\')) {
                return FV_E_USAGE;
            }
            c = text[i];
        }
        text[out++] = c;
    }
    return FV_E_USAGE;
}

enum fv_err fv_config_line(char *line, size_t len, struct fv_slice *name, struct fv_slice *value)
{
    if (len > 0 && line[len - 1] == '\r') {
        len--;
    }
    struct fv_slice all = fv_slice_trim((struct fv_slice){line, len});
    if (all.len == 0 || all.ptr[0] == '#') {
        return FV_NOTHING;
    }
    struct fv_slice left, right;
    if (!fv_slice_cut(all, '=', &left, &right)) {
        return FV_E_USAGE;
    }
    left = fv_slice_trim(left);
    struct fv_slice trimmed = fv_slice_trim(right);
    if (trimmed.len > 0 && trimmed.ptr[0] == '"') {
        char *text = line + (trimmed.ptr - line) + 1;
        right.ptr = text;
        enum fv_err err = unquote(text, trimmed.len - 1, &right.len);
        if (err != FV_OK) {
            return err;
        }
    } else {
        right = fv_slice_trim(uncomment(right));
    }
    if (left.len == 0 || fv_slice_has_control(left) || fv_slice_has_control(right)) {
        return FV_E_USAGE;
    }
    *name = left;
    *value = right;
    return FV_OK;
}
