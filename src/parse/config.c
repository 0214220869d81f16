#include "parse/config.h"

static bool is_control(char c)
{
    return (uint8_t)c < 0x20 || c == 0x7f;
}

static bool holds_control(struct fv_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        if (is_control(s.ptr[i])) {
            return true;
        }
    }
    return false;
}

/* Undo a quoted value in place: text is what stands behind its first quote. Nothing may follow the last one. */
static enum fv_err unquote(char *text, size_t len, size_t *out_len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '"') {
            *out_len = out;
            return i + 1 == len ? FV_OK : FV_E_USAGE;
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
        return FV_MORE;
    }
    struct fv_slice left, right;
    if (!fv_slice_cut(all, '=', &left, &right)) {
        return FV_E_USAGE;
    }
    left = fv_slice_trim(left);
    right = fv_slice_trim(right);
    if (left.len == 0 || holds_control(left) || holds_control(right)) {
        return FV_E_USAGE;
    }
    if (right.len > 0 && right.ptr[0] == '"') {
        char *text = line + (right.ptr - line) + 1;
        enum fv_err err = unquote(text, right.len - 1, &right.len);
        if (err != FV_OK) {
            return err;
        }
        right.ptr = text;
    }
    *name = left;
    *value = right;
    return FV_OK;
}
