/* SPDX-License-Identifier: MIT */
#include "parse/localpath.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/utf8.h"

#include <stdint.h>
#include <string.h>

#define HASH_BYTES 8
#define MARK_LEN (1 + 2 * HASH_BYTES) /* "~" and the hash */
#define LONGEST_CHAR 6                /* a C1 control, percent-encoded */
#define SHORT_STEM (6 * 3 + 1)        /* bytes of a short name up to its "~", as UTF-8 */

static_assert(FV_CAP_COMPONENT > 3 * MARK_LEN + LONGEST_CHAR,
              "a long name is longer than the mark, even encoded");

/* One component: text, or text "~" suffix, which is read as one string without a copy. */
struct component {
    struct fv_slice text, suffix;
    size_t len;
    size_t forced; /* characters at the start that are always encoded */
    bool fat;
};

/* Return the string from index i to the end of the part that holds i; empty at the end. No
 * character and no escape extends beyond a part, because "~" neither continues a UTF-8 character
 * nor is a hexadecimal digit. */
static struct fv_slice rest_at(const struct component *c, size_t i)
{
    if (i < c->text.len || i == c->len) {
        return fv_slice_from(c->text, i);
    }
    return i == c->text.len ? FV_SLICE("~") : fv_slice_from(c->suffix, i - c->text.len - 1);
}

static char byte_at(const struct component *c, size_t i)
{
    struct fv_slice rest = rest_at(c, i);
    return rest.len > 0 ? rest.ptr[0] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Return how many bytes at the end of stem are the number of a device: a digit, or a superscript 1,
 * 2 or 3, which Windows treats as a digit. */
static size_t port_number(struct fv_slice stem)
{
    const char *end = stem.ptr + stem.len;
    if (stem.len == 4 && is_digit(end[-1])) {
        return 1;
    }
    bool superscript = stem.len == 5 && end[-2] == '\xC2' &&
                       (end[-1] == '\xB9' || end[-1] == '\xB2' || end[-1] == '\xB3');
    return superscript ? 2 : 0;
}

/* Return whether text is the name of a device of Windows or DOS, with any extension. Spaces before
 * the dot are ignored (Microsoft, "Naming Files, Paths, and Namespaces"). */
static bool is_device(struct fv_slice text)
{
    struct fv_slice stem = fv_slice_head(text, fv_slice_find(text, '.'));
    while (stem.len > 0 && stem.ptr[stem.len - 1] == ' ') {
        stem.len--;
    }
    size_t number = port_number(stem);
    const char *name = number > 0 ? "COM\0LPT\0" : "CON\0PRN\0AUX\0NUL\0CLOCK$\0CONIN$\0CONOUT$\0";
    stem.len -= number;
    while (*name != '\0' && !fv_slice_eq_nocase(stem, fv_slice_of(name))) {
        name += strlen(name) + 1;
    }
    return *name != '\0';
}

/* Return whether no rule changes the name. Nearly every name is so; this saves reading it a
 * character at a time. */
static bool is_plain(const struct component *c)
{
    return c->suffix.len == 0 && c->forced == 0 && c->len > 0 &&
           c->len <= FV_CAP_COMPONENT - LONGEST_CHAR && c->text.ptr[c->len - 1] != '.' &&
           fv_slice_unreserved(c->text) == c->len && fv_slice_find(c->text, '~') == c->len;
}

/* Return whether a file system may treat text as the program's own directory: see the header. */
static bool is_own(struct fv_slice text)
{
    const struct fv_slice own = FV_SLICE(".fluxvision");
    if (!fv_slice_starts_nocase(text, own)) {
        return false;
    }
    char next = text.len > own.len ? text.ptr[own.len] : '\0';
    return !is_digit(next) && !is_letter(next);
}

bool fv_localpath_is_own(struct fv_slice path)
{
    struct fv_slice part;
    bool more = true;
    while (more) {
        more = fv_slice_cut(path, '/', &part, &path);
        if (is_own(part)) {
            return true;
        }
    }
    return false;
}

static size_t count_forced(const struct component *c)
{
    if (fv_slice_eq(c->text, FV_SLICE(".."))) {
        return 2;
    }
    if (fv_slice_eq(c->text, FV_SLICE(".")) || is_own(c->text)) {
        return 1;
    }
    return c->fat && is_device(c->text) ? 1 : 0;
}

/* Return whether FAT does not allow the character at i, or gives it a meaning. A "~" with a digit
 * after at most six characters may be the short name that the driver made for another file. */
static bool fat_refuses(const struct component *c, size_t i, uint32_t code)
{
    if (code == '.' || code == ' ') {
        return i + 1 == c->len;
    }
    if (code == '~') {
        return i < SHORT_STEM && is_digit(byte_at(c, i + 1));
    }
    return code < 0x80 && fv_slice_find(FV_SLICE("\"*:<>?\\|"), (char)code) < 8;
}

/* Return the length in bytes of the character at i, and whether it is encoded. */
static size_t unit_at(const struct component *c, size_t i, bool *encode)
{
    uint32_t code;
    size_t n = fv_utf8_next(rest_at(c, i), &code);
    if (n == 0) {
        *encode = true;
        return 1;
    }
    if (c->suffix.len > 0 && i < c->text.len) {
        *encode = false; /* already a local name */
        return n;
    }
    *encode = i < c->forced || code < 0x20 || (code >= 0x7f && code < 0xa0) || code == '/' ||
              (c->fat && fat_refuses(c, i, code));
    if (code == '%') {
        /* The name "%" would be equal to that of an empty component. */
        *encode = c->len == 1 || (fv_num_hexdigit(byte_at(c, i + 1)) >= 0 &&
                                  fv_num_hexdigit(byte_at(c, i + 2)) >= 0);
    }
    return n;
}

/* Return whether a long name has the form of a cut one. It is then cut as well, so that the two
 * differ. */
static bool looks_cut(const struct component *c)
{
    if (byte_at(c, c->len - MARK_LEN) != '~') {
        return false;
    }
    for (size_t i = c->len - MARK_LEN + 1; i < c->len; i++) {
        char b = byte_at(c, i);
        if (!is_digit(b) && (b < 'a' || b > 'f')) {
            return false;
        }
    }
    return true;
}

/* Bytes read, what they are written as, and how many of them are kept if there is a cut. */
struct count {
    size_t read, written, keep;
};

static void count_unit(const struct component *c, struct count *n)
{
    bool encode;
    size_t len = unit_at(c, n->read, &encode);
    n->written += encode ? 3 * len : len;
    n->read += len;
    if (n->written <= FV_CAP_COMPONENT - MARK_LEN) {
        n->keep = n->read;
    }
}

/* Return how many bytes of the component are written before a cut, or c->len if no cut is
 * needed. */
static size_t measure(const struct component *c)
{
    struct count n = {0};
    while (n.read < c->len && n.written <= FV_CAP_COMPONENT) {
        count_unit(c, &n);
    }
    bool fits = n.written <= FV_CAP_COMPONENT - LONGEST_CHAR ||
                (n.written <= FV_CAP_COMPONENT && !looks_cut(c));
    return fits ? c->len : n.keep;
}

/* Write the character at i. Return the index of the next one. */
static size_t write_unit(const struct component *c, size_t i, struct fv_writer *w)
{
    bool encode;
    size_t end = i + unit_at(c, i, &encode);
    for (; i < end; i++) {
        if (encode) {
            fv_writer_percent(w, (uint8_t)byte_at(c, i));
        } else {
            fv_writer_char(w, byte_at(c, i));
        }
    }
    return end;
}

static void write_mark(const struct component *c, struct fv_writer *w)
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, c->text.ptr, c->text.len);
    if (c->suffix.len > 0) {
        fv_sha256_push(&sha, "~", 1);
        fv_sha256_push(&sha, c->suffix.ptr, c->suffix.len);
    }
    fv_sha256_finish(&sha, digest);
    fv_writer_char(w, '~');
    fv_writer_hex(w, digest, HASH_BYTES);
}

enum fv_err fv_localpath_component(struct fv_slice text, struct fv_slice suffix, bool fat,
                                   struct fv_writer *w)
{
    struct component c = {.text = text, .suffix = suffix, .fat = fat};
    c.len = text.len + (suffix.len > 0 ? 1 + suffix.len : 0);
    c.forced = count_forced(&c);
    if (is_plain(&c)) {
        fv_writer_slice(w, text);
        return fv_writer_check(w);
    }
    if (c.len == 0) {
        fv_writer_char(w, '%');
    }
    size_t end = measure(&c);
    for (size_t i = 0; i < end;) {
        i = write_unit(&c, i, w);
    }
    if (end < c.len) {
        write_mark(&c, w);
    }
    return fv_writer_check(w);
}

enum fv_err fv_localpath_write(const struct fv_localpath *p, struct fv_writer *w)
{
    const struct fv_slice parts[] = {p->org, p->study, p->delivery};
    for (size_t i = 0; i < 3; i++) {
        enum fv_err err = fv_localpath_component(parts[i], FV_SLICE_NONE, p->fat, w);
        if (err != FV_OK) {
            return err;
        }
        fv_writer_char(w, '/');
    }
    return fv_localpath_component(p->name, FV_SLICE_NONE, p->fat, w);
}
