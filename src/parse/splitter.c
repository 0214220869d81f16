/* SPDX-License-Identifier: MIT */
#include "parse/splitter.h"

#include <string.h>

#include "base/check.h"
#include "base/num.h"
#include "parse/splitter_state.h"

void fv_splitter_reset(struct fv_splitter *s, const struct fv_slice *wanted, size_t count)
{
    memset(s, 0, offsetof(struct fv_splitter, object));
    s->wanted = wanted;
    s->wanted_count = count;
    s->state = NEXT_MARK_OR_ARRAY;
}

/* ---- Copying */

/* Return how many bytes fit in the object's text, with room kept for its closing brace. */
static size_t room(const struct fv_splitter *s)
{
    return sizeof s->object - 1 - s->len;
}

/* Return whether n more bytes fit. If not, nothing of the object is kept. */
static bool fits(struct fv_splitter *s, size_t n)
{
    if (n <= room(s)) {
        return true;
    }
    s->keep = false;
    s->len = 0;
    return false;
}

/* Append c if the current member is wanted. */
static enum fv_err put(struct fv_splitter *s, char c)
{
    if (s->keep && fits(s, 1)) {
        s->object[s->len++] = c;
    }
    return FV_MORE;
}

static void put_key(struct fv_splitter *s, const void *p, size_t n)
{
    if (s->key_len == UINT8_MAX || n > sizeof s->key - s->key_len) {
        s->key_len = UINT8_MAX;
        return;
    }
    memcpy(s->key + s->key_len, p, n);
    s->key_len = (uint8_t)(s->key_len + n);
}

/* ---- Structure */

static enum fv_err open_bracket(struct fv_splitter *s, char c)
{
    uint64_t bit = s->depth < FV_SPLITTER_DEPTH ? UINT64_C(1) << s->depth : 0;
    s->kinds = c == '{' ? s->kinds | bit : s->kinds & ~bit;
    s->depth++;
    s->state = kind(s) == KIND_OBJECT ? NEXT_KEY_OR_END : NEXT_VALUE_OR_END;
    if (s->depth == LISTED) {
        s->object[0] = '{';
        s->len = 1;
    }
    return put(s, c);
}

/* Return an object without members. */
static enum fv_err give_empty(struct fv_splitter *s)
{
    memcpy(s->object, "{}", 2);
    s->len = 2;
    s->objects++;
    return FV_OK;
}

/* An element is not an object. It is reported only after the first object: an array without any
 * object is not a listing. */
static enum fv_err end_odd(struct fv_splitter *s)
{
    if (s->any) {
        return give_empty(s);
    }
    s->odd++;
    return FV_MORE;
}

/* FV_OK: this was the end of a listed object. */
static enum fv_err close_bracket(struct fv_splitter *s, char c)
{
    int k = kind(s);
    if (k != KIND_UNKNOWN && c != (k == KIND_OBJECT ? '}' : ']')) {
        return FV_E_JSON;
    }
    s->depth--;
    s->state = s->depth == 0 ? NEXT_NOTHING : NEXT_COMMA_OR_END;
    if (s->depth != LISTING) {
        return put(s, c);
    }
    s->keep = false;
    if (c == ']') {
        return end_odd(s);
    }
    if (s->len > 0) {
        s->object[s->len++] = '}';
    }
    s->objects++;
    return FV_OK;
}

static enum fv_err comma_or_end(struct fv_splitter *s, char c)
{
    if (c == '}' || c == ']') {
        return close_bracket(s, c);
    }
    int k = kind(s);
    if (c != ',' && (c != ':' || k != KIND_UNKNOWN)) {
        return FV_E_JSON;
    }
    s->state = k == KIND_OBJECT ? NEXT_KEY : NEXT_VALUE;
    if (s->depth == LISTED) {
        s->keep = false;
    }
    return put(s, c);
}

static enum fv_err colon(struct fv_splitter *s, char c)
{
    if (c != ':') {
        return FV_E_JSON;
    }
    s->state = NEXT_VALUE;
    /* The colon of a member of a listed object was written with its name. */
    return s->depth == LISTED ? FV_MORE : put(s, c);
}

static enum fv_err begin_string(struct fv_splitter *s, uint8_t role)
{
    s->role = role;
    s->key_len = 0;
    s->state = NEXT_CHARACTER;
    return role == ROLE_MEMBER ? FV_MORE : put(s, '"');
}

static enum fv_err begin_value(struct fv_splitter *s, char c)
{
    switch (c) {
    case '{':
    case '[':
        return open_bracket(s, c);
    case '"':
        return begin_string(s, ROLE_VALUE);
    case 't':
    case 'f':
    case 'n':
        s->literal = c == 't' ? "rue" : c == 'f' ? "alse" : "ull";
        s->state = NEXT_LITERAL;
        return put(s, c);
    case '-':
        s->state = NEXT_DIGIT;
        return put(s, c);
    case '0':
        s->state = NEXT_POINT;
        return put(s, c);
    default:
        s->state = NEXT_INTEGER;
        return c >= '1' && c <= '9' ? put(s, c) : FV_E_JSON;
    }
}

static enum fv_err value(struct fv_splitter *s, char c)
{
    bool scalar = s->depth == LISTING && c != '{' && c != '[';
    s->any = s->any || (s->depth == LISTING && c == '{');
    enum fv_err err = begin_value(s, c);
    return scalar && err == FV_MORE ? end_odd(s) : err;
}

/* Take a byte outside of strings, literals and numbers. */
static enum fv_err structure(struct fv_splitter *s, char c)
{
    if (c == ' ' || c == '\n' || c == '\r' || c == '\t') {
        return FV_MORE;
    }
    switch (s->state) {
    case NEXT_ARRAY:
        return c == '[' ? open_bracket(s, c) : FV_E_JSON;
    case NEXT_VALUE_OR_END:
        return c == ']' || c == '}' ? close_bracket(s, c) : value(s, c);
    case NEXT_VALUE:
        return value(s, c);
    case NEXT_KEY_OR_END:
        if (c == '}') {
            return close_bracket(s, c);
        }
        /* fall through */
    case NEXT_KEY:
        if (c != '"') {
            return FV_E_JSON;
        }
        return begin_string(s, s->depth == LISTED ? ROLE_MEMBER : ROLE_KEY);
    case NEXT_COLON:
        return colon(s, c);
    case NEXT_COMMA_OR_END:
        return comma_or_end(s, c);
    default: /* after the array */
        return FV_E_JSON;
    }
}

/* ---- Strings */

/* The name of a member of a listed object is complete. If it is wanted, begin to copy the
 * member. */
static enum fv_err end_member_name(struct fv_splitter *s)
{
    size_t i = s->member;
    for (size_t left = s->wanted_count; left > 0 && s->len > 0; left--) {
        i = i + 1 < s->wanted_count ? i + 1 : 0; /* the order is the same in all objects */
        const struct fv_slice *w = &s->wanted[i];
        if (s->key_len != w->len || memcmp(s->key, w->ptr, w->len) != 0) {
            continue;
        }
        s->member = i;
        if (!fits(s, w->len + sizeof ",\"\":" - 1)) {
            break;
        }
        char *out = s->object + s->len;
        if (s->len > 1) {
            *out++ = ',';
        }
        *out++ = '"';
        memcpy(out, w->ptr, w->len);
        out += w->len;
        *out++ = '"';
        *out++ = ':';
        s->len = (size_t)(out - s->object);
        s->keep = true;
        break;
    }
    s->state = NEXT_COLON;
    return FV_MORE;
}

/* Take the characters at the start of p[0..n), up to a quote, an escape or a control byte, at once.
 * Return how many. It is the same as to take each of them alone. */
static size_t plain_run(struct fv_splitter *s, const uint8_t *p, size_t n)
{
    size_t len = fv_slice_bare((struct fv_slice){(const char *)p, n}, false);
    if (s->role == ROLE_MEMBER) {
        put_key(s, p, len);
    } else if (s->keep && fits(s, len)) {
        memcpy(s->object + s->len, p, len);
        s->len += len;
    }
    return len;
}

static enum fv_err character(struct fv_splitter *s, char c)
{
    if (c == '"') {
        if (s->role == ROLE_MEMBER) {
            return end_member_name(s);
        }
        s->state = s->role == ROLE_KEY ? NEXT_COLON : NEXT_COMMA_OR_END;
    } else if (c == '\\') {
        s->state = NEXT_ESCAPED;
        if (s->role == ROLE_MEMBER) {
            return FV_MORE;
        }
    } else {
        return FV_E_JSON; /* a control byte */
    }
    return put(s, c);
}

static enum fv_err escaped(struct fv_splitter *s, char c)
{
    static const char names[] = "\"\\/bfnrt";
    static const char means[] = "\"\\/\b\f\n\r\t";
    if (c == 'u') {
        s->code = 0;
        s->digits = 0;
        s->state = NEXT_HEX;
        return s->role == ROLE_MEMBER ? FV_MORE : put(s, c);
    }
    const char *name = memchr(names, c, sizeof names - 1);
    if (name == NULL) {
        return FV_E_JSON;
    }
    s->state = NEXT_CHARACTER;
    if (s->role == ROLE_MEMBER) {
        put_key(s, &means[name - names], 1);
        return FV_MORE;
    }
    return put(s, c);
}

static enum fv_err hex(struct fv_splitter *s, char c)
{
    int digit = fv_num_hexdigit(c);
    if (digit < 0) {
        return FV_E_JSON;
    }
    s->code = (uint16_t)(s->code << 4 | digit);
    s->digits++;
    if (s->digits == 4) {
        s->state = NEXT_CHARACTER;
    }
    if (s->role != ROLE_MEMBER) {
        return put(s, c);
    }
    if (s->digits == 4) {
        /* Wanted names are ASCII: any other character counts as a name that is too long. */
        char ascii = (char)s->code;
        put_key(s, &ascii, s->code < 0x80 ? 1 : sizeof s->key + 1);
    }
    return FV_MORE;
}

/* ---- Literals and numbers */

static enum fv_err literal(struct fv_splitter *s, char c)
{
    if (c != *s->literal) {
        return FV_E_JSON;
    }
    s->literal++;
    if (*s->literal == '\0') {
        s->state = NEXT_COMMA_OR_END;
    }
    return put(s, c);
}

/* Return the state after c in number = [ "-" ] int [ frac ] [ exp ]; NEXT_COMMA_OR_END if c is not
 * part of the number. */
static uint8_t behind_digit(uint8_t state, char c)
{
    bool digit = c >= '0' && c <= '9';
    switch (state) {
    case NEXT_DIGIT:
        return !digit ? REFUSED : c == '0' ? NEXT_POINT : NEXT_INTEGER;
    case NEXT_FRACTION_DIGIT:
        return digit ? NEXT_FRACTION : REFUSED;
    case NEXT_EXPONENT_SIGN:
        return c == '+' || c == '-' ? NEXT_EXPONENT_DIGIT : digit ? NEXT_EXPONENT : REFUSED;
    case NEXT_EXPONENT_DIGIT:
        return digit ? NEXT_EXPONENT : REFUSED;
    default:
        break;
    }
    if (digit && state != NEXT_POINT) {
        return state;
    }
    if (c == '.' && (state == NEXT_POINT || state == NEXT_INTEGER)) {
        return NEXT_FRACTION_DIGIT;
    }
    if ((c == 'e' || c == 'E') && state != NEXT_EXPONENT) {
        return NEXT_EXPONENT_SIGN;
    }
    return NEXT_COMMA_OR_END;
}

static enum fv_err number(struct fv_splitter *s, char c)
{
    s->state = behind_digit(s->state, c);
    if (s->state == REFUSED) {
        return FV_E_JSON;
    }
    return s->state == NEXT_COMMA_OR_END ? structure(s, c) : put(s, c);
}

static enum fv_err mark(struct fv_splitter *s, uint8_t c)
{
    static const uint8_t bytes[] = {0xEF, 0xBB, 0xBF};
    if (c == bytes[s->state - NEXT_MARK_OR_ARRAY]) {
        s->state = s->state == NEXT_MARK_BF ? NEXT_ARRAY : (uint8_t)(s->state + 1);
        return FV_MORE;
    }
    bool begun = s->state != NEXT_MARK_OR_ARRAY;
    s->state = NEXT_ARRAY;
    return begun ? FV_E_JSON : structure(s, (char)c);
}

/* ---- Bytes */

/* Return whether an element that is not an object is reported before the object that c begins. */
static bool odd_is_due(const struct fv_splitter *s, uint8_t c)
{
    return s->odd > 0 && s->depth == LISTING && c == '{' && s->state <= NEXT_VALUE_OR_END;
}

/* Take the byte c. FV_OK: a listed object is complete. */
static enum fv_err step(struct fv_splitter *s, uint8_t c)
{
    if (s->state <= NEXT_NOTHING) {
        return structure(s, (char)c);
    }
    switch (s->state) {
    case NEXT_MARK_OR_ARRAY:
    case NEXT_MARK_BB:
    case NEXT_MARK_BF:
        return mark(s, c);
    case NEXT_CHARACTER:
        return character(s, (char)c);
    case NEXT_ESCAPED:
        return escaped(s, (char)c);
    case NEXT_HEX:
        return hex(s, (char)c);
    case NEXT_LITERAL:
        return literal(s, (char)c);
    default:
        return number(s, (char)c);
    }
}

enum fv_err fv_splitter_push(struct fv_splitter *s, const uint8_t *p, size_t n, size_t *used,
                             char **object, size_t *len)
{
    enum fv_err err = FV_MORE;
    size_t i = 0;
    if (s->state == REFUSED) {
        return FV_E_JSON;
    }
    while (i < n && err == FV_MORE) {
        if (s->state == NEXT_CHARACTER) {
            i += plain_run(s, p + i, n - i);
            if (i == n) {
                break;
            }
        }
        if (odd_is_due(s, p[i])) {
            s->odd--;
            err = give_empty(s);
            break;
        }
        err = step(s, p[i]);
        if (err < FV_OK) {
            s->offset += i;
            s->state = REFUSED;
            return err;
        }
        i++;
    }
    s->offset += i;
    *used = i;
    if (err == FV_OK) {
        *object = s->object;
        *len = s->len;
    }
    FV_CHECK(fv_splitter_holds(s));
    return err;
}

enum fv_err fv_splitter_finish(const struct fv_splitter *s)
{
    return s->state == NEXT_NOTHING && s->odd == 0 ? FV_OK : FV_E_JSON;
}
