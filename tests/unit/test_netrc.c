/* ~/.netrc: who logs in with what. */
#include "parse/netrc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define SECRET_256 FIFTY FIFTY FIFTY FIFTY FIFTY "012345"

static_assert(sizeof(SECRET_256) - 1 == FV_CAP_SECRET, "the longest secret that fits");

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
    {"MACHINE h login me password pw", "", FV_E_USAGE, NULL, NULL},
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
    {"machine h machine h login c password d", "", FV_OK, "c", "d"},
    {"machine h", "", FV_OK, NULL, NULL},

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
    {"machine h login me port 22 password pw", "", FV_E_USAGE, NULL, NULL},
    {"{\"machine\": 1}", "", FV_E_USAGE, NULL, NULL},
    {"mach", "", FV_E_USAGE, NULL, NULL},
    {"machines h", "", FV_E_USAGE, NULL, NULL},

    {"machine h login " SECRET_256 " password " SECRET_256, "", FV_OK, SECRET_256, SECRET_256},
    {"machine h login " SECRET_256 "x password pw", "", FV_E_CAPACITY, NULL, NULL},
    {"machine h login me password " SECRET_256 "x", "", FV_E_CAPACITY, NULL, NULL},
    {"machine g login " SECRET_256 "x password " SECRET_256 "x", "", FV_OK, NULL, NULL},
    {"machine " SECRET_256 SECRET_256 " machine h login c password d", "", FV_OK, "c", "d"},
};

/* Give the file line by line, each in a copy that ends where the line does. */
static enum fv_err read_file(struct fv_netrc *n, struct fv_slice text)
{
    enum fv_err err = FV_MORE;
    while (err == FV_MORE && text.len > 0) {
        struct fv_slice line;
        (void)fv_slice_cut(text, '\n', &line, &text);
        char *copy = malloc(line.len + (line.len == 0));
        assert_non_null(copy);
        memcpy(copy, line.ptr, line.len);
        err = fv_netrc_line(n, (struct fv_slice){copy, line.len});
        free(copy);
    }
    return err == FV_MORE ? fv_netrc_finish(n) : err;
}

static bool is_value(bool has, const char *got, const char *expected)
{
    return has ? expected != NULL && strcmp(got, expected) == 0 : expected == NULL;
}

static void test_files(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct case_file *c = &cases[i];
        struct fv_netrc n;
        fv_netrc_init(&n, FV_SLICE("h"), fv_slice_of(c->user));
        enum fv_err err = read_file(&n, fv_slice_of(c->text));
        bool right = err == c->err;
        if (right && err == FV_OK) {
            right = n.found == (c->login != NULL || c->password != NULL) &&
                    is_value(n.has_login, n.login, c->login) &&
                    is_value(n.has_password, n.password, c->password);
        }
        if (!right) {
            fail_msg("\"%s\" for \"%s\": error %d, found %d, login \"%s\", password \"%s\"",
                     c->text, c->user, (int)err, n.found, n.login, n.password);
        }
        fv_netrc_reset(&n);
    }
}

/* Once found, more lines change nothing. */
static void test_found_stays(void **state)
{
    struct fv_netrc n;
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h login a")), FV_MORE);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("password b")), FV_OK);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h login c password d")), FV_OK);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("")), FV_OK);
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
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h login a password b\0c")), FV_E_USAGE);
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h login \"a\0\"")), FV_E_USAGE);
}

static void test_wiped(void **state)
{
    struct fv_netrc n;
    (void)state;
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE("other"));
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h password secret login me")), FV_MORE);
    assert_int_equal(n.password[0], '\0');
    assert_int_equal(n.password[5], '\0');
    fv_netrc_init(&n, FV_SLICE("h"), FV_SLICE_NONE);
    assert_int_equal(fv_netrc_line(&n, FV_SLICE("machine h password secret login me")), FV_OK);
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
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_found_stays),
        cmocka_unit_test(test_nul),
        cmocka_unit_test(test_wiped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
