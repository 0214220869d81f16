/* SPDX-License-Identifier: MIT */
#include "parse/entry.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "parse/splitter.h"

#define COUNT(a) (sizeof(a) / sizeof(a)[0])
#define ORG "\"orga_code_ref\":\"O\","
#define STUDY "\"study_code_ref\":\"S\","
#define DELIVERY "\"delivery_code_ref\":\"D\","
#define NAME "\"file_name\":\"N\","
#define TIME "\"file_last_modified_date\":\"1970-01-01T00:00:01.5Z\","
#define CODES ORG STUDY DELIVERY
#define ALL_BUT_URL CODES NAME TIME
#define URL "\"url\":\"U\""
/* The six required ones, and what of them shows. */
#define ALL ALL_BUT_URL URL
#define SHOWN "O/S/D/N 1500000 U"

static void show(char **out, struct fv_slice s)
{
    if (s.ptr == NULL) {
        *out += sprintf(*out, " -");
        return;
    }
    *out += sprintf(*out, " ");
    for (size_t i = 0; i < s.len; i++) {
        *out += sprintf(*out, s.ptr[i] == '\0' ? "<0>" : "%c", s.ptr[i]);
    }
}

/* The entry as text "ORG/STUDY/DELIVERY/NAME us URL [org_name study_name delivery_name]", or the
 * error and its field. */
static void describe(char *out, const char *text, size_t len)
{
    char *object = malloc(len + (len == 0));
    size_t field = SIZE_MAX;
    struct fv_entry e;
    memset(&e, 0x5A, sizeof e);
    assert_non_null(object);
    memcpy(object, text, len);
    enum fv_err err = fv_entry_parse(object, len, &e, &field);
    if (err != FV_OK) {
        uint8_t first;
        memcpy(&first, &e, 1);
        assert_int_equal(first, 0x5A);
        assert_true((field == SIZE_MAX) == (err == FV_E_JSON));
        sprintf(out, "%s%s",
                err == FV_E_JSON         ? "JSON"
                : err == FV_E_ENTRY      ? "ENTRY "
                : err == FV_E_ENTRY_TIME ? "TIME "
                                         : "?",
                field != SIZE_MAX ? fv_entry_fields[field].ptr : "");
        free(object);
        return;
    }
    assert_true(field == SIZE_MAX);
    char *p = out;
    struct fv_slice parts[] = {e.org, e.study, e.delivery, e.name};
    for (size_t i = 0; i < COUNT(parts); i++) {
        char *from = p;
        show(&p, parts[i]);
        *from = '/';
    }
    p += sprintf(p, " %lld", (long long)e.modified_us);
    show(&p, e.url);
    assert_true(e.modified.len >= 20);
    if (e.org_name.ptr != NULL || e.study_name.ptr != NULL || e.delivery_name.ptr != NULL) {
        show(&p, e.org_name);
        show(&p, e.study_name);
        show(&p, e.delivery_name);
    }
    memmove(out, out + 1, strlen(out));
    free(object);
}

struct sample {
    const char *members; /* of the object, without its braces */
    const char *expected;
};

/* Each sample directly, and cut from a listing by the splitter, which must not change it. */
static void check_all(const struct sample *s, size_t count)
{
    static struct fv_splitter splitter;
    static char in[4096];
    static char out[4096];
    for (size_t i = 0; i < count; i++) {
        size_t n = (size_t)sprintf(in, "[{%s}]", s[i].members);
        describe(out, in + 1, n - 2);
        assert_string_equal(out, s[i].expected);
        size_t used;
        char *object = NULL;
        size_t len = 0;
        fv_splitter_reset(&splitter, fv_entry_fields, fv_entry_field_count);
        assert_int_equal(fv_splitter_push(&splitter, (const uint8_t *)in, n, &used, &object, &len),
                         FV_OK);
        assert_int_equal(len, n - 2);
        assert_memory_equal(object, in + 1, len);
    }
}

static void fields(void **state)
{
    static const struct sample samples[] = {
        {ALL, SHOWN},
        {URL "," TIME NAME DELIVERY STUDY "\"orga_code_ref\":\"O\"", SHOWN},
        {ALL ",\"orga_name\":null,\"study_name\":null,\"delivery_name\":null", SHOWN},
        {ALL ",\"orga_name\":\"o\",\"study_name\":\"s t\",\"delivery_name\":\"\"", SHOWN " o s t "},
        {ALL ",\"study_name\":\"\xC3\x89tude B6\"", SHOWN " - \xC3\x89tude B6 -"},
        {ALL_BUT_URL "\"url\":\"\"", "O/S/D/N 1500000 "},
        {CODES TIME URL ",\"file_name\":\"\"", "O/S/D/ 1500000 U"},
        {STUDY DELIVERY NAME TIME URL, "ENTRY orga_code_ref"},
        {ORG DELIVERY NAME TIME URL, "ENTRY study_code_ref"},
        {ORG STUDY NAME TIME URL, "ENTRY delivery_code_ref"},
        {CODES TIME URL, "ENTRY file_name"},
        {CODES NAME URL, "ENTRY file_last_modified_date"},
        {CODES NAME "\"file_last_modified_date\":\"1970-01-01T00:00:01.5Z\"", "ENTRY url"},
        {"", "ENTRY orga_code_ref"},
        {"\"delivery_name\":null", "ENTRY orga_code_ref"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void kinds(void **state)
{
    static const struct sample samples[] = {
        {ALL_BUT_URL "\"url\":null", "ENTRY url"},
        {ALL_BUT_URL "\"url\":1", "ENTRY url"},
        {ALL_BUT_URL "\"url\":true", "ENTRY url"},
        {ALL_BUT_URL "\"url\":{}", "ENTRY url"},
        {ALL_BUT_URL "\"url\":[]", "ENTRY url"},
        {ALL_BUT_URL "\"url\":{\"url\":\"U\"}", "ENTRY url"},
        {"\"url\":{\"file_name\":\"N\"}," ALL, "ENTRY url"},
        {"\"url\":[\"orga_code_ref\",\"O\"]," ALL, "ENTRY url"},
        {"\"url\":[0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22]", "ENTRY url"},
        {ALL_BUT_URL "\"url\":[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]", "ENTRY url"},
        {ALL ",\"orga_name\":1", "ENTRY orga_name"},
        {ALL ",\"study_name\":[null]", "ENTRY study_name"},
        {ALL ",\"delivery_name\":false", "ENTRY delivery_name"},
        {ALL ",\"delivery_name\":{}", "ENTRY delivery_name"},
        {ALL "," URL, "ENTRY url"},
        {ALL ",\"url\":\"V\"", "ENTRY url"},
        {ALL ",\"orga_name\":null,\"orga_name\":null", "ENTRY orga_name"},
        {ALL ",\"orga_name\":\"o\",\"orga_name\":null", "ENTRY orga_name"},
        {URL "," URL "," URL "," URL "," URL "," URL "," URL "," URL "," URL "," URL "," URL
             "," URL,
         "ENTRY url"},
        {ALL ",\"orga_name\":\"\",\"study_name\":\"\",\"delivery_name\":\"\"," URL "," URL,
         "ENTRY url"},
        {CODES NAME URL ",\"file_last_modified_date\":\"\"", "TIME file_last_modified_date"},
        {CODES NAME URL ",\"file_last_modified_date\":\"2021-02-30T00:00:00Z\"",
         "TIME file_last_modified_date"},
        {CODES NAME URL ",\"file_last_modified_date\":\"1970-01-01\\u005400:00:00Z\"",
         "O/S/D/N 0 U"},
        {CODES NAME URL ",\"file_last_modified_date\":0", "ENTRY file_last_modified_date"},
    };
    (void)state;
    check_all(samples, COUNT(samples));
}

static void escapes(void **state)
{
    static const struct {
        const char *text, *decoded;
    } cases[] = {
        {"a b/c", "a b/c"},
        {"\\\"\\\\\\/", "\"\\/"},
        {"\\b\\f\\n\\r\\t", "\b\f\n\r\t"},
        {"x\\u0041y", "xAy"},
        {"\\u00e9\\u00E9", "\xC3\xA9\xC3\xA9"},
        {"\\u20AC", "\xE2\x82\xAC"},
        {"\\ud83d\\uDE00!", "\xF0\x9F\x98\x80!"},
        {"\\uDBFF\\uDFFF", "\xF4\x8F\xBF\xBF"},
        {"\\uD800\\uDC00", "\xF0\x90\x80\x80"},
        {"\\ud83d", "\xED\xA0\xBD"},
        {"\\ude00", "\xED\xB8\x80"},
        {"\\ude00\\ud83d", "\xED\xB8\x80\xED\xA0\xBD"},
        {"\\ud83d\\ud83d\\ude00", "\xED\xA0\xBD\xF0\x9F\x98\x80"},
        {"\\ud83d\\u0041", "\xED\xA0\xBD"
                           "A"},
        {"\\ud83d\\ue000", "\xED\xA0\xBD\xEE\x80\x80"},
        {"\\ud83d\\n\\n\\n\\n", "\xED\xA0\xBD\n\n\n\n"},
        {"\\ud83dude00..", "\xED\xA0\xBDude00.."},
        {"\\ud83d\\\\uabcd", "\xED\xA0\xBD\\uabcd"},
        {"\\u0000", "<0>"},
        {"\\uFFFF", "\xEF\xBF\xBF"},
        {"\xC3\xA9\xFF\xED\xA0\x80\x7F", "\xC3\xA9\xFF\xED\xA0\x80\x7F"},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        char members[1024];
        char expected[1024];
        sprintf(members, CODES TIME URL ",\"file_name\":\"%s\"", cases[i].text);
        sprintf(expected, "O/S/D/%s 1500000 U", cases[i].decoded);
        struct sample s = {members, expected};
        check_all(&s, 1);
    }
    static const struct sample urls[] = {
        {ALL_BUT_URL "\"url\":\"http:\\/\\/h\\/a b\\u00e9\"",
         "O/S/D/N 1500000 http://h/a b\xC3\xA9"},
        {ALL_BUT_URL "\"url\":\"a\\u0000b\"", "ENTRY url"},
    };
    check_all(urls, COUNT(urls));
}

/* What the splitter never lets through, but a damaged caller might. */
static void not_cut(void **state)
{
    static const char *const objects[] = {
        "",
        "{",
        "[]",
        "null ",
        "\"url\"",
        "{\"url\"}",
        "{\"url\":}",
        "{\"url\" \"U\"}",
        "{\"url\":\"U\" \"V\"}",
        "{1:2}",
        "{\"url\":\"U\"",
        "{\"url\":\"\\x\"}",
        "{\"url\":\"\\u12\"}",
        "{\"url\":\"\\",
        "{\"other\":1}",
        "{\"\\u0075rl\":\"U\"}",
        "{} {}",
        "{[]}",
        "{\"url\":\"U\",{}}",
        "{\"url\":\"U\",\"file_name\"}",
    };
    char out[256];
    (void)state;
    for (size_t i = 0; i < COUNT(objects); i++) {
        describe(out, objects[i], strlen(objects[i]));
        if (strcmp(out, "JSON") != 0) {
            print_message("object: %s\n", objects[i]);
        }
        assert_string_equal(out, "JSON");
    }
}

/* From the specification and from the real portal, through the splitter. */
static void portal(void **state)
{
    static const char in[] =
        "[ { \"orga_code_ref\" : \"HAUC\", \"study_code_ref\": \"HAUC-3\", \"size\": [1, {}],\n"
        "\"delivery_code_ref\": \"HAUC-3-2\", \"file_name\": \"f1\",\n\"study_name\":"
        "\"\\u00c9tude B6 2019\", \"file_last_modified_date\":\"2021-04-02T15:44:37.293849+02:00\","
        "\"\\u0075rl\":\"http://download.flux-vision.orange-business.com/api_file/v1/a b\" } ]";
    static struct fv_splitter s;
    char out[512];
    size_t used;
    char *object = NULL;
    size_t len = 0;
    (void)state;
    fv_splitter_reset(&s, fv_entry_fields, fv_entry_field_count);
    assert_int_equal(fv_splitter_push(&s, (const uint8_t *)in, sizeof in - 1, &used, &object, &len),
                     FV_OK);
    describe(out, object, len);
    assert_string_equal(out, "HAUC/HAUC-3/HAUC-3-2/f1 1617371077293849 "
                             "http://download.flux-vision.orange-business.com/api_file/v1/a b"
                             " - \xC3\x89tude B6 2019 -");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields),  cmocka_unit_test(kinds),  cmocka_unit_test(escapes),
        cmocka_unit_test(not_cut), cmocka_unit_test(portal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
