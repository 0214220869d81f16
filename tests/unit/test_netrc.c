/* SPDX-License-Identifier: MIT */
/* ~/.netrc: who logs in with what. */
#include "parse/netrc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SIXTEEN "0123456789abcdef"
#define C_256                                                                                      \
    SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN        \
        SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN
#define LONGEST C_256 C_256 C_256 C_256 C_256 C_256 C_256 C_256

static_assert(sizeof(LONGEST) - 1 == FV_CAP_SECRET, "the longest secret that fits");

/* Each for the host "h". */
struct case_file {
    const char *text, *user;
    enum fv_err err;
    const char *login, *password; /* NULL: none */
};

static const struct case_file cases[] = {
    {"machine h login me password pw", "", FV_OK, "me", "pw"},
    {"machine h password pw login me", "", FV_OK, "me", "pw"},
    {"machine h login me password pw\r\n", "", FV_OK, "me", "pw"},
    {"machine\nh\nlogin\nme\npassword\npw\n", "", FV_OK, "me", "pw"},
    {"\tmachine  h\r\n\r\n  login\tme\r\n  password pw", "", FV_OK, "me", "pw"},
    {"machine H login me password pw", "", FV_OK, "me", "pw"},
    {"MACHINE h Login me PASSWORD pw", "", FV_OK, "me", "pw"},
    {"machine g login a password b machine h login c password d", "", FV_OK, "c", "d"},
    {"machine h login c password d machine g login a password b", "", FV_OK, "c", "d"},
    {"machine hh login a password b\nmachine h login c password d", "", FV_OK, "c", "d"},
    {"machine g.h login a password b", "", FV_OK, NULL, NULL},
    {"machine h login a password b\nmachine h login c password d", "", FV_OK, "a", "b"},
    {"", "", FV_OK, NULL, NULL},
    {"\n\n# nothing\n", "", FV_OK, NULL, NULL},

    {"machine h login a password b\nmachine h login c password d", "c", FV_OK, "c", "d"},
    {"machine h password b login a machine h password d login c", "c", FV_OK, "c", "d"},
    {"machine h login a password b account x login c password z", "c", FV_OK, NULL, NULL},
    {"machine h login c", "c", FV_OK, "c", NULL},
    {"machine h login cc password b", "c", FV_OK, NULL, NULL},
    {"machine h login c password b", "cc", FV_OK, NULL, NULL},
    {"machine h login C password b", "c", FV_OK, NULL, NULL},
    {"machine h password b", "c", FV_OK, NULL, "b"},
    {"machine h password b machine h login c password d", "c", FV_OK, NULL, "b"},
    {"machine h password b default login c password d", "c", FV_OK, NULL, "b"},
    {"machine h login a machine g password b", "", FV_OK, "a", NULL},

    /* An entry without a password hides none. */
    {"machine h login a\nmachine h login b password c", "", FV_OK, "b", "c"},
    {"machine h login a\ndefault login b password c", "", FV_OK, "b", "c"},
    {"machine h login a\nmachine g login x password y\ndefault login b password c", "", FV_OK, "b",
     "c"},
    {"machine h login a\nmachine h login a password c", "a", FV_OK, "a", "c"},
    {"machine h login a\nmachine h login b password c", "a", FV_OK, "a", NULL},
    {"machine h login a\nmachine h login b\ndefault login c", "", FV_OK, "a", NULL},
    {"machine h account x\ndefault login b password c", "", FV_OK, "b", "c"},
    {"default login a\nmachine h login b password c", "", FV_OK, "b", "c"},
    {"machine h login b password \"\"\ndefault login c password d", "", FV_OK, "b", ""},
    {"machine h machine h login c password d", "", FV_OK, "c", "d"},
    {"machine h", "", FV_OK, NULL, NULL},

    /* What begins the next entry on a later line is no value. */
    {"machine h login me password\nmachine g login a password b", "", FV_E_USAGE, NULL, NULL},
    {"machine h login\ndefault login a password b", "", FV_E_USAGE, NULL, NULL},
    {"machine g login a password\nmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"machine g login\ndefault login me password pw", "", FV_OK, "me", "pw"},
    {"machine g password\nmacdef x\ny\n\nmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"machine h login me account\nmachine g login a password b", "", FV_OK, "me", NULL},

    {"default login me password pw", "", FV_OK, "me", "pw"},
    {"machine g login a password b\ndefault login c password d", "", FV_OK, "c", "d"},
    {"machine h login a password b\ndefault login c password d", "", FV_OK, "a", "b"},
    {"machine h login a password b\ndefault login c password d", "c", FV_OK, "c", "d"},
    {"default login a password b\nmachine h login c password d", "", FV_OK, "a", "b"},
    {"default login a password b\nmachine h login c password d", "c", FV_OK, "c", "d"},

    {"machine h account x login me account \"y z\" password pw", "", FV_OK, "me", "pw"},
    {"machine h account", "", FV_OK, NULL, NULL},
    {"login a password b machine h login c password d", "", FV_OK, "c", "d"},

    {"macdef init\nmachine h login a password b\n\nmachine h login c password d", "", FV_OK, "c",
     "d"},
    {"macdef init\nmachine h\n\r\nmachine h login c password d", "", FV_OK, "c", "d"},
    {"macdef init machine h login a password b\nx\n\n", "", FV_OK, NULL, NULL},
    {"macdef\ninit\nx y z\n\nmachine h login c password d", "", FV_OK, "c", "d"},
    {"macdef init\nmachine h login a password b", "", FV_OK, NULL, NULL},
    {"machine h login a\nmacdef init\nbad \"\n\npassword b", "", FV_OK, "a", "b"},

    {"machine \"h\" \"login\" \"m e\" password \"p\\\"\\\\w\"", "", FV_OK, "m e", "p\"\\w"},
    {"machine h login me password \"\\n\\r\\t\\x\"", "", FV_OK, "me", "\n\r\tx"},
    {"machine h login \"\" password \"\"", "", FV_OK, "", ""},
    {"machine h login a\\b password p\"w\"", "", FV_OK, "a\\b", "p\"w\""},
    {"machine h login \"a\"password \"b\"", "", FV_OK, "a", "b"},
    {"machine \"\" login a password b", "", FV_OK, NULL, NULL},
    {"machine h login \"me password pw", "", FV_E_USAGE, NULL, NULL},
    {"machine h login \"me\\\" password pw", "", FV_E_USAGE, NULL, NULL},
    {"machine h login me password \"", "", FV_E_USAGE, NULL, NULL},
    {"machine h login me password \"\\", "", FV_E_USAGE, NULL, NULL},

    {"# machine h login a password b\nmachine h login c password d", "", FV_OK, "c", "d"},
    {"machine h # a \" word\nlogin c #x\npassword d", "", FV_OK, "c", "d"},
    {"machine h login #c password #d", "", FV_OK, "#c", "#d"},
    {"machine h login \"#c\" password \"#d\"", "", FV_OK, "#c", "#d"},
    {"machine h login c#d password e#f", "", FV_OK, "c#d", "e#f"},

    {"machine h login me password pw nonsense \"", "", FV_OK, "me", "pw"},
    {"machine h login me port 22 password pw", "", FV_OK, "me", "pw"},
    {"machine h port 22 protocol https login me password pw", "", FV_OK, "me", "pw"},
    {"machine g port 22 login a password b\nmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"port 21 machine h login me password pw", "", FV_OK, "me", "pw"},
    {"{\"machine\": 1}", "", FV_OK, NULL, NULL},
    {"mach", "", FV_OK, NULL, NULL},
    {"machines h login a password b", "", FV_OK, NULL, NULL},

    {"\xEF\xBB\xBFmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"\xEF\xBB\xBF\r\nmachine h login me password pw\r\n", "", FV_OK, "me", "pw"},
    {"machine h login \xEF\xBB\xBFme password pw", "", FV_OK, "\xEF\xBB\xBFme", "pw"},

    /* Another host's entry may be as wrong as it likes. */
    {"machine g login \"a password b\nmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"machine g login \"a\\\nmachine h login me password pw", "", FV_OK, "me", "pw"},
    {"machine \"g\nlogin a password b machine h login c password d", "", FV_OK, "c", "d"},
    {"machine h login x password \"b\nmachine h login me password pw", "me", FV_OK, "me", "pw"},
    {"machine g login a password", "", FV_OK, NULL, NULL},
    {"machine h login me password", "", FV_E_USAGE, NULL, NULL},
    {"machine h\nlogin\n", "", FV_E_USAGE, NULL, NULL},
    {"# c\n\nmachine h login \"me password pw\n\n", "", FV_E_USAGE, NULL, NULL},
    {"machine h password pw\nmachine g", "", FV_OK, NULL, "pw"},

    {"machine h login " LONGEST " password " LONGEST, "", FV_OK, LONGEST, LONGEST},
    {"machine h login " LONGEST "x password pw", "", FV_E_CAPACITY, NULL, NULL},
    {"machine h login " LONGEST "x password a machine h login me password pw", "me", FV_OK, "me",
     "pw"},
    {"machine h login me password " LONGEST "x", "", FV_E_CAPACITY, NULL, NULL},
    {"machine g login " LONGEST "x password " LONGEST "x", "", FV_OK, NULL, NULL},
    {"machine " LONGEST LONGEST " machine h login c password d", "", FV_OK, "c", "d"},
};

/* Give the file in pieces of n bytes, each in a copy that ends where it does. */
static enum fv_err read_file(struct fv_netrc *n, struct fv_slice text, size_t piece)
{
    enum fv_err err = FV_MORE;
    while (err == FV_MORE && text.len > 0) {
        struct fv_slice part = fv_slice_head(text, piece);
        text = fv_slice_from(text, part.len);
        char *copy = malloc(part.len);
        assert_non_null(copy);
        memcpy(copy, part.ptr, part.len);
        err = fv_netrc_push(n, copy, part.len);
        free(copy);
    }
    return err == FV_MORE ? fv_netrc_finish(n) : err;
}

static bool is_value(bool has, const char *got, const char *expected)
{
    return has ? expected != NULL && strcmp(got, expected) == 0 : expected == NULL;
}

static void check(const struct case_file *c, size_t piece)
{
    struct fv_netrc n;
    fv_netrc_init(&n, FV_SLICE("h"), fv_slice_of(c->user), true);
    enum fv_err err = read_file(&n, fv_slice_of(c->text), piece);
    bool right = err == c->err;
    if (right && err == FV_OK) {
        right = n.found == (c->login != NULL || c->password != NULL) &&
                is_value(n.has_login, n.login, c->login) &&
                is_value(n.has_password, n.password, c->password);
    }
    if (!right) {
        fail_msg("\"%s\" for \"%s\" by %zu: error %d, found %d, login \"%s\", password "
                 "\"%s\"",
                 c->text, c->user, piece, (int)err, n.found, n.login, n.password);
    }
    fv_netrc_reset(&n);
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        size_t len = strlen(cases[i].text);
        check(&cases[i], len > 0 ? len : 1);
        check(&cases[i], 1);
        check(&cases[i], 2);
        check(&cases[i], 7);
    }
}

/* Which line is named: that of the password, or of what is wrong. */
static void test_line(void **state)
{
    static const struct {
        const char *text;
        uint64_t line;
    } lines[] = {
        {"machine h login a password b", 1},
        {"\n\nmachine h\r\nlogin a\r\npassword b\r\n\r\n", 5},
        {"machine h password b\n\nmachine g", 1},
        {"# c\n\nmachine h login \"a password b\n\n", 3},
        {"machine h\nlogin a password", 2},
        {"macdef m\nx\n\nmachine h login " LONGEST "x", 4},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        struct fv_netrc n;
        fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
        (void)read_file(&n, fv_slice_of(lines[i].text), 5);
        assert_int_equal(n.line, lines[i].line);
        fv_netrc_reset(&n);
    }
}

/* Where the password is known already, the first login of the host is what is looked for. */
static void test_login_only(void **state)
{
    static const struct {
        const char *text, *login;
    } logins[] = {
        {"machine h login a\ndefault login b password c", "a"},
        {"machine h password x\nmachine h login b password c", "b"},
        {"machine g login a\ndefault login b password c", "b"},
        {"machine g login a", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(logins) / sizeof(logins[0]); i++) {
        struct fv_netrc n;
        fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, false);
        assert_int_equal(read_file(&n, fv_slice_of(logins[i].text), 3), FV_OK);
        assert_true(is_value(n.has_login, n.login, logins[i].login));
        fv_netrc_reset(&n);
    }
}

/* A file of any size: what is wanted stands behind a mebibyte of others. */
static void test_large(void **state)
{
    struct fv_netrc n;
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    for (int i = 0; i < 20000; i++) {
        assert_int_equal(fv_netrc_push(&n,
                                       "machine other.example login somebody password something\n",
                                       56),
                         FV_MORE);
    }
    assert_int_equal(fv_netrc_push(&n, "machine h login me password pw\n", 31), FV_OK);
    assert_int_equal(n.line, 20001);
    assert_string_equal(n.password, "pw");
}

/* Once found, more text changes nothing. */
static void test_found_stays(void **state)
{
    struct fv_netrc n;
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    assert_int_equal(read_file(&n, FV_SLICE("machine h login a password b "), 29), FV_OK);
    assert_int_equal(read_file(&n, FV_SLICE("machine h login c password d "), 29), FV_OK);
    assert_int_equal(fv_netrc_finish(&n), FV_OK);
    assert_true(n.found);
    assert_string_equal(n.login, "a");
    assert_string_equal(n.password, "b");
}

/* A NUL would end the copy early, and another password would be sent. */
static void test_nul(void **state)
{
    struct fv_netrc n;
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    assert_int_equal(read_file(&n, FV_SLICE("machine h login a password b\0c\n"), 4), FV_E_USAGE);
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    assert_int_equal(read_file(&n, FV_SLICE("machine h login \"a\0\""), 4), FV_E_USAGE);
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    assert_int_equal(read_file(&n, FV_SLICE("machine g password b\0c default login a password b "),
                               4),
                     FV_OK);
}

static void test_wiped(void **state)
{
    struct fv_netrc n;
    struct fv_slice text = FV_SLICE("machine h password secret login me ");
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE("other"), true);
    assert_int_equal(fv_netrc_push(&n, text.ptr, text.len), FV_MORE);
    assert_int_equal(n.password[0], '\0');
    assert_int_equal(n.password[5], '\0');
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE, true);
    assert_int_equal(fv_netrc_push(&n, text.ptr, text.len), FV_OK);
    fv_netrc_reset(&n);
    for (size_t i = 0; i < sizeof(n); i++) {
        uint8_t byte;
        memcpy(&byte, (const char *)&n + i, 1);
        assert_int_equal(byte, 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_files),       cmocka_unit_test(test_login_only),
        cmocka_unit_test(test_large),       cmocka_unit_test(test_line),
        cmocka_unit_test(test_found_stays), cmocka_unit_test(test_nul),
        cmocka_unit_test(test_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
