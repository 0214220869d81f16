/* SPDX-License-Identifier: MIT */
#include "parse/entry.h"

#include <assert.h>
#include <string.h>

#include "base/num.h"
#include "base/utf8.h"
#include "parse/timestamp.h"

#define JSMN_STATIC
#define JSMN_STRICT
#define JSMN_PARENT_LINKS /* otherwise each comma searches all tokens before it */
#include "jsmn.h"

/* Indexes in fv_entry_fields. The required fields come first. */
enum { MODIFIED = 4, URL = FV_ENTRY_URL, REQUIRED = 6, FIELDS = 9 };

/* clang-format off */
#define NAME(literal) {literal, sizeof(literal) - 1}
/* clang-format on */

const struct fv_slice fv_entry_fields[] = {
    NAME("orga_code_ref"),
    NAME("study_code_ref"),
    NAME("delivery_code_ref"),
    NAME("file_name"),
    NAME("file_last_modified_date"),
    NAME("url"),
    NAME("orga_name"),
    NAME("study_name"),
    NAME("delivery_name"),
};
const size_t fv_entry_field_count = FIELDS;
const size_t fv_entry_required_count = REQUIRED;

static_assert(sizeof fv_entry_fields / sizeof fv_entry_fields[0] == FIELDS, "the enum's places");

/* The tokens of the object itself, of a name and a value for each field, and of one more member. If
 * an object has more tokens, those that fit already show why it is refused: a field is there twice,
 * or an array or object stands in place of a string. */
#define TOKENS (1 + 2 * (FIELDS + 1))

static uint32_t hex4(const char *p)
{
    uint32_t code = 0;
    for (int i = 0; i < 4; i++) {
        code = code << 4 | (uint32_t)fv_num_hexdigit(p[i]);
    }
    return code;
}

/* Decode the escape at in, a backslash that jsmn has checked, and return its length. The character
 * is written to out, which may be equal to in: no character is longer than its escape. */
static size_t unescape(const char *in, const char *end, char *out, size_t *written)
{
    static const char names[] = "bfnrt";
    static const char means[] = "\b\f\n\r\t";
    if (in[1] != 'u') {
        const char *name = memchr(names, in[1], sizeof names - 1);
        *out = name != NULL ? means[name - names] : in[1];
        *written = 1;
        return 2;
    }
    uint32_t code = hex4(in + 2);
    size_t used = 6;
    if (code >= 0xD800 && code < 0xDC00 && end - in >= 12 && in[6] == '\\' && in[7] == 'u') {
        uint32_t low = hex4(in + 8);
        if (low >= 0xDC00 && low < 0xE000) {
            code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
            used = 12;
        }
    }
    *written = fv_utf8_encode(code, out);
    return used;
}

/* Decode a string in place. */
static struct fv_slice decode(char *text, size_t len)
{
    const char *in = memchr(text, '\\', len);
    const char *end = text + len;
    if (in == NULL) {
        return (struct fv_slice){text, len};
    }
    char *out = text + (in - text);
    while (in < end) {
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        size_t written;
        in += unescape(in, end, out, &written);
        out += written;
    }
    return (struct fv_slice){text, (size_t)(out - text)};
}

static struct fv_slice token_text(const char *object, const jsmntok_t *t)
{
    return (struct fv_slice){object + t->start, (size_t)(t->end - t->start)};
}

/* Return the index of a name among the fields, most likely `guess`; FIELDS if it is not one. */
static size_t place_of(struct fv_slice name, size_t guess)
{
    size_t i = 0;
    if (guess < FIELDS && fv_slice_eq(name, fv_entry_fields[guess])) {
        return guess;
    }
    while (i < FIELDS && !fv_slice_eq(name, fv_entry_fields[i])) {
        i++;
    }
    return i;
}

/* Read the members after the object's token into values. Stop at an array or object in place of a
 * string, so that its own tokens are not read as members. */
static enum fv_err read_members(char *object, const jsmntok_t *t, int count,
                                struct fv_slice values[FIELDS], size_t *field)
{
    bool seen[FIELDS] = {false};
    size_t place = FIELDS;
    for (int i = 1; i < count; i += 2) {
        /* jsmn accepts names without a value and values without a name. */
        if (t[i].type != JSMN_STRING || t[i].size != 1) {
            return FV_E_JSON;
        }
        place = place_of(token_text(object, &t[i]), place == FIELDS ? 0 : place + 1);
        if (place == FIELDS) {
            return FV_E_JSON;
        }
        const jsmntok_t *v = &t[i + 1];
        bool null = v->type == JSMN_PRIMITIVE && place >= REQUIRED &&
                    fv_slice_eq(token_text(object, v), FV_SLICE("null"));
        if (seen[place] || (v->type != JSMN_STRING && !null)) {
            *field = place;
            return FV_E_ENTRY;
        }
        seen[place] = true;
        if (!null) {
            values[place] = decode(object + v->start, (size_t)(v->end - v->start));
        }
    }
    return FV_OK;
}

/* Make the checks that need all members. */
static enum fv_err check_values(const struct fv_slice values[FIELDS], int64_t *modified_us,
                                size_t *field)
{
    for (size_t i = 0; i < REQUIRED; i++) {
        if (values[i].ptr == NULL) {
            *field = i;
            return FV_E_ENTRY;
        }
    }
    if (fv_slice_find(values[URL], '\0') < values[URL].len) {
        *field = URL;
        return FV_E_ENTRY;
    }
    enum fv_err err = fv_timestamp_parse(values[MODIFIED], modified_us);
    if (err != FV_OK) {
        *field = MODIFIED;
    }
    return err;
}

enum fv_err fv_entry_parse(char *object, size_t len, struct fv_entry *out, size_t *field)
{
    struct fv_slice values[FIELDS] = {FV_SLICE_NONE};
    jsmntok_t tokens[TOKENS];
    jsmn_parser parser;
    int64_t modified_us = 0;
    jsmn_init(&parser);
    int count = jsmn_parse(&parser, object, len, tokens, TOKENS);
    if (count == JSMN_ERROR_NOMEM) {
        count = TOKENS;
    }
    if (count < 1 || tokens[0].type != JSMN_OBJECT) {
        return FV_E_JSON;
    }
    enum fv_err err = read_members(object, tokens, count, values, field);
    if (err == FV_OK) {
        err = check_values(values, &modified_us, field);
    }
    if (err != FV_OK) {
        return err;
    }
    *out = (struct fv_entry){
        .org = values[0],
        .study = values[1],
        .delivery = values[2],
        .name = values[3],
        .url = values[URL],
        .modified = values[MODIFIED],
        .modified_us = modified_us,
        .org_name = values[6],
        .study_name = values[7],
        .delivery_name = values[8],
    };
    return FV_OK;
}
