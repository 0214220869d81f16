/* SPDX-License-Identifier: MIT */
/* Lines of a settings file. */
#include "parse/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_line {
    struct fv_slice line; /* may hold NUL */
    enum fv_err err;
    const char *name, *value;
};

static const struct case_line cases[] = {
    {FV_SLICE("user = me"), FV_OK, "user", "me"},
    {FV_SLICE("user=me"), FV_OK, "user", "me"},
    {FV_SLICE(" \tuser\t =\t me \t"), FV_OK, "user", "me"},
    {FV_SLICE("user = me\r"), FV_OK, "user", "me"},
    {FV_SLICE("user = me \r"), FV_OK, "user", "me"},
    {FV_SLICE("user ="), FV_OK, "user", ""},
    {FV_SLICE("user = \"\""), FV_OK, "user", ""},
    {FV_SLICE("user = \"\"\r"), FV_OK, "user", ""},
    {FV_SLICE("password = a#b = c"), FV_OK, "password", "a#b = c"},
    {FV_SLICE("password = #a"), FV_OK, "password", ""},
    {FV_SLICE("password =#a"), FV_OK, "password", "#a"},
    {FV_SLICE("password=a#"), FV_OK, "password", "a#"},
    {FV_SLICE("user = hauc # comment"), FV_OK, "user", "hauc"},
    {FV_SLICE("user = hauc #comment # more"), FV_OK, "user", "hauc"},
    {FV_SLICE("user = hauc\t# comment"), FV_OK, "user", "hauc"},
    {FV_SLICE("user = hauc  #"), FV_OK, "user", "hauc"},
    {FV_SLICE("user = hauc # tab\tand \001\r"), FV_OK, "user", "hauc"},
    {FV_SLICE("user = two words # = c"), FV_OK, "user", "two words"},
    {FV_SLICE("user = # nobody"), FV_OK, "user", ""},
    {FV_SLICE("user =\t# nobody"), FV_OK, "user", ""},
    {FV_SLICE("password = \"a #b\""), FV_OK, "password", "a #b"},
    {FV_SLICE("password = \"a #b\" # c \"d\""), FV_OK, "password", "a #b"},
    {FV_SLICE("password = \"#\"\t#"), FV_OK, "password", "#"},
    {FV_SLICE("password = \"a\"# c"), FV_E_USAGE, "", ""},
    {FV_SLICE("password = \"a\" b # c"), FV_E_USAGE, "", ""},
    {FV_SLICE("password = \" a \""), FV_OK, "password", " a "},
    {FV_SLICE("password = \"a\\\"b\\\\c\""), FV_OK, "password", "a\"b\\c"},
    {FV_SLICE("password = \"\\\\\\\\\""), FV_OK, "password", "\\\\"},
    {FV_SLICE("password = a\"b\\n"), FV_OK, "password", "a\"b\\n"},
    {FV_SLICE("password = a\""), FV_OK, "password", "a\""},
    {FV_SLICE("include = **/\xc3\xa9*.csv"), FV_OK, "include", "**/\xc3\xa9*.csv"},
    {FV_SLICE("a = b = \"c\""), FV_OK, "a", "b = \"c\""},
    {FV_SLICE(""), FV_NOTHING, "", ""},
    {FV_SLICE("\r"), FV_NOTHING, "", ""},
    {FV_SLICE(" \t "), FV_NOTHING, "", ""},
    {FV_SLICE("# user = me"), FV_NOTHING, "", ""},
    {FV_SLICE("  # user = me"), FV_NOTHING, "", ""},
    {FV_SLICE("#"), FV_NOTHING, "", ""},
    {FV_SLICE("user"), FV_E_USAGE, "", ""},
    {FV_SLICE("user me"), FV_E_USAGE, "", ""},
    {FV_SLICE("= me"), FV_E_USAGE, "", ""},
    {FV_SLICE("="), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \""), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"me"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"me\\\""), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"me\\"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"me\" x"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"me\"\""), FV_E_USAGE, "", ""},
    {FV_SLICE("user = \"m\\e\""), FV_E_USAGE, "", ""},
    {FV_SLICE("user = m\te"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = m\001e"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = m\177e"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = m\037"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = m\0e"), FV_E_USAGE, "", ""},
    {FV_SLICE("user = me\r\r"), FV_E_USAGE, "", ""},
    {FV_SLICE("us\ner = me"), FV_E_USAGE, "", ""},
    {FV_SLICE("\001= me"), FV_E_USAGE, "", ""},
};

static bool slice_is(struct fv_slice got, const char *expected)
{
    return fv_slice_eq(got, fv_slice_of(expected));
}

static void test_lines(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct case_line *c = &cases[i];
        char *line = malloc(c->line.len + (c->line.len == 0));
        assert_non_null(line);
        memcpy(line, c->line.ptr, c->line.len);
        struct fv_slice name = FV_SLICE("untouched"), value = FV_SLICE("untouched");
        enum fv_err err = fv_config_line(line, c->line.len, &name, &value);
        bool right = err == FV_OK ? slice_is(name, c->name) && slice_is(value, c->value)
                                  : slice_is(name, "untouched") && slice_is(value, "untouched");
        if (err != c->err || !right) {
            fail_msg("\"%s\": error %d", c->line.ptr, (int)err);
        }
        free(line);
    }
}

/* Every way to cut a line short gives an answer, and reads nothing behind the cut. */
static void test_cut_short(void **state)
{
    static const char text[] = "password = \"a\\\"b\\\\c\"\r";
    (void)state;
    for (size_t len = 0; len < sizeof(text); len++) {
        char *line = malloc(len + (len == 0));
        assert_non_null(line);
        memcpy(line, text, len);
        struct fv_slice name, value;
        enum fv_err err = fv_config_line(line, len, &name, &value);
        bool whole = len == 10 || len == 11 || len + 2 >= sizeof(text);
        assert_int_equal(err, len == 0 ? FV_NOTHING : whole ? FV_OK : FV_E_USAGE);
        free(line);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_cut_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
