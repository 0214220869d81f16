/* SPDX-License-Identifier: MIT */
/* Short values: instants and quantities as text (what is read and written again is the same
 * instant), and globs, compared with a plain table of all positions. The first line is the pattern,
 * or the instant; the rest is the text to match. */
#include "parse/glob.h"
#include "parse/quantity.h"
#include "parse/timestamp.h"

#include "fuzz/check.h"

static void instants(struct fv_slice text)
{
    char out[64];
    struct fv_writer w;
    int64_t us = 1;
    int64_t again = 2;
    if (fv_timestamp_parse_date(text, &us) == FV_OK) {
        CHECK(us % 1000000 == 0);
    }
    if (fv_timestamp_parse_http(text, FV_TIMESTAMP_NONE, &us) == FV_OK) {
        CHECK(us % 1000000 == 0);
    }
    if (fv_timestamp_parse_http(text, INT64_C(1700000000000000), &us) == FV_OK) {
        CHECK(us % 1000000 == 0);
    }
    if (fv_timestamp_parse(text, &us) != FV_OK) {
        return;
    }
    fv_writer_init(&w, out, sizeof out);
    fv_timestamp_write(us, &w);
    if (!w.full) { /* an offset may lead out of the years 0000 to 9999 */
        CHECK(fv_timestamp_parse(fv_writer_done(&w), &again) == FV_OK && again == us);
    }
    fv_writer_init(&w, out, sizeof out);
    fv_timestamp_write_table(us, &w);
}

static void quantities(struct fv_slice text)
{
    uint64_t bytes = 0;
    uint32_t ms = 0;
    int64_t us = 0;
    int64_t when = 0;
    int64_t end = 0;
    enum fv_err err[] = {
        fv_quantity_size(text, &bytes),
        fv_quantity_seconds(text, &ms),
        fv_quantity_span(text, &us),
        fv_quantity_when(text, INT64_C(1700000000000000), false, &when),
        fv_quantity_when(text, INT64_C(1700000000000000), true, &end),
    };
    for (int i = 0; i < 5; i++) {
        CHECK(err[i] == FV_OK || err[i] == FV_E_USAGE);
    }
    CHECK(err[2] != FV_OK || us >= 0);
    CHECK(err[3] == err[4] && (end == when || end == when + INT64_C(86399999999)));
}

#define CELLS 48

/* Fill the table of "pattern from i on matches text from j on", without sets and quotes, ASCII
 * only. */
static bool reference(struct fv_slice pattern, struct fv_slice text)
{
    static bool m[CELLS + 1][CELLS + 1];
    enum { STAR = 256, DEEP, SEGMENTS, ANY };
    int tokens[CELLS];
    size_t count = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        bool begins = i == 0 || pattern.ptr[i - 1] == '/';
        size_t stars = 0;
        while (i + stars < pattern.len && pattern.ptr[i + stars] == '*') {
            stars++;
        }
        size_t behind = i + stars;
        if (stars == 0) {
            tokens[count++] = pattern.ptr[i] == '?' ? ANY : pattern.ptr[i];
        } else if (stars > 1 && begins && behind < pattern.len && pattern.ptr[behind] == '/') {
            tokens[count++] = SEGMENTS; /* and the slash */
            i = behind;
        } else {
            tokens[count++] = stars > 1 ? DEEP : STAR;
            i = behind - 1;
        }
    }
    for (size_t i = count + 1; i-- > 0;) {
        for (size_t j = text.len + 1; j-- > 0;) {
            bool left = j < text.len;
            bool slash = left && text.ptr[j] == '/';
            if (i == count) {
                m[i][j] = !left;
            } else if (tokens[i] == SEGMENTS) {
                m[i][j] = m[i + 1][j];
                for (size_t k = j; k < text.len; k++) {
                    m[i][j] = m[i][j] || (text.ptr[k] == '/' && m[i + 1][k + 1]);
                }
            } else if (tokens[i] == STAR || tokens[i] == DEEP) {
                m[i][j] = m[i + 1][j] || (left && (tokens[i] == DEEP || !slash) && m[i][j + 1]);
            } else {
                bool one = left && (tokens[i] == ANY ? !slash : tokens[i] == text.ptr[j]);
                m[i][j] = one && m[i + 1][j + 1];
            }
        }
    }
    return m[0][0];
}

static bool plain(struct fv_slice s, const char *without)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] <= 0 || strchr(without, s.ptr[i]) != NULL) {
            return false;
        }
    }
    return s.len <= CELLS;
}

/* text with each special character quoted matches text. */
static void quoted(struct fv_slice text)
{
    char *pattern = malloc(2 * text.len + 1);
    size_t n = 0;
    CHECK(pattern != NULL);
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] == '\0' || strchr("*?[]\\", text.ptr[i]) != NULL) {
            pattern[n++] = '\\';
        }
        pattern[n++] = text.ptr[i];
    }
    struct fv_slice p = {pattern, n};
    CHECK(text.len == 0 || fv_glob_check(p) == FV_OK);
    CHECK(fv_glob_match(p, text));
    free(pattern);
}

static void globs(struct fv_slice pattern, struct fv_slice text)
{
    CHECK(fv_glob_match(FV_SLICE("**"), text));
    CHECK(fv_glob_match(FV_SLICE("*"), text) == (fv_slice_find(text, '/') == text.len));
    quoted(text);
    enum fv_err err = fv_glob_check(pattern);
    CHECK(err == FV_OK || err == FV_E_USAGE);
    if (err != FV_OK) {
        return;
    }
    bool matches = fv_glob_match(pattern, text);
    if (plain(pattern, "[\\") && plain(text, "")) {
        CHECK(matches == reference(pattern, text));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fv_slice all = {(const char *)data, size};
    struct fv_slice first;
    struct fv_slice rest;
    (void)fv_slice_cut(all, '\n', &first, &rest);
    char *a = exact_copy(first.ptr, first.len);
    char *b = exact_copy(rest.ptr, rest.len);
    first.ptr = a;
    rest.ptr = b;
    instants(first);
    quantities(first);
    globs(first, rest);
    free(a);
    free(b);
    return 0;
}
