/* SPDX-License-Identifier: MIT */
/* Local names: tables; every small name can be decoded again; hashes of long ones (computed by
 * Python's hashlib). */
#include "parse/localpath.h"

#include "base/num.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define EURO "\xe2\x82\xac"
#define NINE_EUROS EURO EURO EURO EURO EURO EURO EURO EURO EURO

struct case_name {
    struct fv_slice text; /* may hold NUL */
    const char *suffix, *plain, *fat;
};

struct case_own {
    const char *text, *plain, *fat;
};

/* text: count times fill, then tail. out: out_count times out_fill, then out_tail. */
struct case_long {
    const char *fill;
    size_t count;
    const char *tail, *suffix, *out_fill;
    size_t out_count;
    const char *out_tail;
};

static const struct case_name names[] = {
    {FV_SLICE("f1"), "", "f1", "f1"},
    {FV_SLICE("\xc3\x89tude B6 2019"), "", "\xc3\x89tude B6 2019", "\xc3\x89tude B6 2019"},
    {FV_SLICE(""), "", "%", "%"},
    {FV_SLICE("%"), "", "%25", "%25"},
    {FV_SLICE("."), "", "%2E", "%2E"},
    {FV_SLICE(".."), "", "%2E%2E", "%2E%2E"},
    {FV_SLICE("..."), "", "...", "..%2E"},
    {FV_SLICE(".a"), "", ".a", ".a"},
    {FV_SLICE("..a"), "", "..a", "..a"},
    {FV_SLICE("a/b"), "", "a%2Fb", "a%2Fb"},
    {FV_SLICE("../../etc"), "", "..%2F..%2Fetc", "..%2F..%2Fetc"},
    {FV_SLICE("/"), "", "%2F", "%2F"},
    {FV_SLICE("a\0b"), "", "a%00b", "a%00b"},
    {FV_SLICE("\001\037 \177"), "", "%01%1F %7F", "%01%1F %7F"},
    {FV_SLICE("\xc2\x80\xc2\x9f\xc2\xa0"), "", "%C2%80%C2%9F\xc2\xa0", "%C2%80%C2%9F\xc2\xa0"},
    {FV_SLICE("\xff"), "", "%FF", "%FF"},
    {FV_SLICE("a\xc3"), "", "a%C3", "a%C3"},
    {FV_SLICE("\xc3(\xa9"), "", "%C3(%A9", "%C3(%A9"},
    {FV_SLICE("\xed\xa0\x80"), "", "%ED%A0%80", "%ED%A0%80"},
    {FV_SLICE("\xc0\xaf"), "", "%C0%AF", "%C0%AF"},
    {FV_SLICE("\xf0\x9f\x98\x80"), "", "\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"},
    {FV_SLICE("100%"), "", "100%", "100%"},
    {FV_SLICE("%2F"), "", "%252F", "%252F"},
    {FV_SLICE("%2f"), "", "%252f", "%252f"},
    {FV_SLICE("%2"), "", "%2", "%2"},
    {FV_SLICE("%g0"), "", "%g0", "%g0"},
    {FV_SLICE("%0g"), "", "%0g", "%0g"},
    {FV_SLICE("%%"), "", "%%", "%%"},
    {FV_SLICE("%%41"), "", "%%2541", "%%2541"},
    {FV_SLICE("%2525"), "", "%252525", "%252525"},
    {FV_SLICE("a\\b:c*d?e\"f<g>h|i"), "", "a\\b:c*d?e\"f<g>h|i",
     "a%5Cb%3Ac%2Ad%3Fe%22f%3Cg%3Eh%7Ci"},
    {FV_SLICE("a."), "", "a.", "a%2E"},
    {FV_SLICE("a.."), "", "a..", "a.%2E"},
    {FV_SLICE("a "), "", "a ", "a%20"},
    {FV_SLICE(" "), "", " ", "%20"},
    {FV_SLICE(" a.b c"), "", " a.b c", " a.b c"},
    {FV_SLICE("con"), "", "con", "%63on"},
    {FV_SLICE("PRN"), "", "PRN", "%50RN"},
    {FV_SLICE("aux.txt"), "", "aux.txt", "%61ux.txt"},
    {FV_SLICE("NUL.a.b"), "", "NUL.a.b", "%4EUL.a.b"},
    {FV_SLICE("nul."), "", "nul.", "%6Eul%2E"},
    {FV_SLICE("Com1"), "", "Com1", "%43om1"},
    {FV_SLICE("LPT9.x"), "", "LPT9.x", "%4CPT9.x"},
    {FV_SLICE("COM0"), "", "COM0", "%43OM0"},
    {FV_SLICE("lpt0.a.b"), "", "lpt0.a.b", "%6Cpt0.a.b"},
    {FV_SLICE("COM\xc2\xb9"), "", "COM\xc2\xb9", "%43OM\xc2\xb9"},
    {FV_SLICE("com\xc2\xb2.txt"), "", "com\xc2\xb2.txt", "%63om\xc2\xb2.txt"},
    {FV_SLICE("LPT\xc2\xb3 .x"), "", "LPT\xc2\xb3 .x", "%4CPT\xc2\xb3 .x"},
    {FV_SLICE("COM\xc2\xb4"), "", "COM\xc2\xb4", "COM\xc2\xb4"},
    {FV_SLICE("COM\xc3\xb9"), "", "COM\xc3\xb9", "COM\xc3\xb9"},
    {FV_SLICE("CON .txt"), "", "CON .txt", "%43ON .txt"},
    {FV_SLICE("aux   .a"), "", "aux   .a", "%61ux   .a"},
    {FV_SLICE(" CON.txt"), "", " CON.txt", " CON.txt"},
    {FV_SLICE("CON x.txt"), "", "CON x.txt", "CON x.txt"},
    {FV_SLICE("CONIN$"), "", "CONIN$", "%43ONIN$"},
    {FV_SLICE("conout$.log"), "", "conout$.log", "%63onout$.log"},
    {FV_SLICE("Clock$"), "", "Clock$", "%43lock$"},
    {FV_SLICE("CONERR$"), "", "CONERR$", "CONERR$"},
    {FV_SLICE(".txt"), "", ".txt", ".txt"},
    {FV_SLICE("COM:"), "", "COM:", "COM%3A"},
    {FV_SLICE("COMA"), "", "COMA", "COMA"},
    {FV_SLICE("FOO1"), "", "FOO1", "FOO1"},
    {FV_SLICE("COM10"), "", "COM10", "COM10"},
    {FV_SLICE("CONS"), "", "CONS", "CONS"},
    {FV_SLICE("CO"), "", "CO", "CO"},
    {FV_SLICE("x.con"), "", "x.con", "x.con"},
    {FV_SLICE("ONP"), "", "ONP", "ONP"},
    {FV_SLICE("FLUXVI~1"), "", "FLUXVI~1", "FLUXVI%7E1"},
    {FV_SLICE("a~b~"), "", "a~b~", "a~b~"},
    {FV_SLICE("aaaaaaaaaaaaaaaaaa~9"), "", "aaaaaaaaaaaaaaaaaa~9", "aaaaaaaaaaaaaaaaaa%7E9"},
    {FV_SLICE("aaaaaaaaaaaaaaaaaaa~9"), "", "aaaaaaaaaaaaaaaaaaa~9", "aaaaaaaaaaaaaaaaaaa~9"},
    {FV_SLICE("\xc3\xa9~1"), "", "\xc3\xa9~1", "\xc3\xa9%7E1"},

    {FV_SLICE("f1"), "file_1", "f1~file_1", "f1~file_1"},
    {FV_SLICE("f1"), "1", "f1~1", "f1%7E1"},
    {FV_SLICE("%"), "x", "%~x", "%~x"},
    {FV_SLICE("%2E"), "x", "%2E~x", "%2E~x"},
    {FV_SLICE("%2E%2E"), ".", "%2E%2E~.", "%2E%2E~%2E"},
    {FV_SLICE("%"), "25", "%~25", "%%7E25"},
    {FV_SLICE("%4"), "1", "%4~1", "%4%7E1"},
    {FV_SLICE("a"), "%41/%", "a~%2541%2F%", "a~%2541%2F%"},
    {FV_SLICE("a%20"), "b ", "a%20~b ", "a%20~b%20"},
    {FV_SLICE("%C3"), "\xa9", "%C3~%A9", "%C3~%A9"},
    {FV_SLICE("%63on"), "x", "%63on~x", "%63on~x"},
    {FV_SLICE("a%7E1"), "x", "a%7E1~x", "a%7E1~x"},
};

static const struct case_own owns[] = {
    {".fluxvision", "%2Efluxvision", "%2Efluxvision"},
    {".FluxVision", "%2EFluxVision", "%2EFluxVision"},
    {".fluxvision.", "%2Efluxvision.", "%2Efluxvision%2E"},
    {".fluxvision. .", "%2Efluxvision. .", "%2Efluxvision. %2E"},
    {".fluxvision ", "%2Efluxvision ", "%2Efluxvision%20"},
    {".fluxvision::$DATA", "%2Efluxvision::$DATA", "%2Efluxvision%3A%3A$DATA"},
    {".fluxvision\xe2\x80\x8b", "%2Efluxvision\xe2\x80\x8b", "%2Efluxvision\xe2\x80\x8b"},
    {".fluxvision2", ".fluxvision2", ".fluxvision2"},
    {".fluxvisions", ".fluxvisions", ".fluxvisions"},
    {".fluxvisio", ".fluxvisio", ".fluxvisio"},
    {"fluxvision", "fluxvision", "fluxvision"},
    {"%2Efluxvision", "%252Efluxvision", "%252Efluxvision"},
};

static const struct case_own paths[] = {
    {"o/s/d/f", NULL, NULL},
    {"o/s/d/.fluxvision", "own", NULL},
    {"o/.Fluxvision/d/ledger", "own", NULL},
    {".fluxvision./a", "own", NULL},
    {"o/.fluxvision2/d", NULL, NULL},
    {"o/%2Efluxvision/d", NULL, NULL},
    {"", NULL, NULL},
};

static const struct case_long longs[] = {
    {"a", 255, "", "", "a", 255, ""},
    {"a", 256, "", "", "a", 238, "~02d7160d77e18c64"},
    {"a", 8000, "", "", "a", 238, "~e3aee1725476321f"},
    {"a", 253, "", "x", "a", 253, "~x"},
    {"a", 254, "", "x", "a", 238, "~709b01341276629c"},
    {"a", 254, "", "y", "a", 238, "~2f29d5bccaa78bb7"},
    {"a", 300, "", "y", "a", 238, "~bd65e18b35c16451"},
    {"\303\251", 127, "a", "", "\303\251", 127, "a"},
    {"\303\251", 128, "", "", "\303\251", 119, "~e42dd264fd5cf1bc"},
    {"\342\202\254", 86, "", "", "\342\202\254", 79, "~f843d729140a5ebd"},
    {"\360\237\230\200", 64, "", "", "\360\237\230\200", 59, "~ddcaf348bb60ef25"},
    {"a", 236, NINE_EUROS, "", "a", 236, "~3cc33acccd16bc00"},
    {"a", 235, NINE_EUROS, "", "a", 235, "\342\202\254~8e6d48a679633dff"},
    {"\001", 85, "", "", "%01", 85, ""},
    {"\001", 86, "", "", "%01", 79, "~dfceb0fe3f638aed"},
    {"a", 237, "\001\001\001\001\001\001\001\001\001", "", "a", 237, "~e1a3a188bdd1dd19"},
    {"\302\200", 43, "", "", "%C2%80", 39, "~42eb13e4855f60ad"},
    {"\377", 86, "", "", "%FF", 79, "~22e23c5becd81be5"},
    {"a", 238, "~02d7160d77e18c64", "", "a", 238, "~cd95b8d78a6f8fb0"},
    {"a", 232, "~02d7160d77e18c64", "", "a", 232, "~02d7160d77e18c64"},
    {"a", 233, "~02d7160d77e18c64", "", "a", 233, "~02d7~37c1d816d113bfb8"},
    {"a", 239, "~02d7160d77e18c6", "", "a", 239, "~02d7160d77e18c6"},
    {"a", 238, "~02d7160d77e18c6g", "", "a", 238, "~02d7160d77e18c6g"},
    {"a", 238, "~02d7160d77e18c6A", "", "a", 238, "~02d7160d77e18c6A"},
    {"a", 238, "", "02d7160d77e18c64", "a", 238, "~cd95b8d78a6f8fb0"},
};

static struct fv_slice copy_of(struct fv_slice text)
{
    char *p = malloc(text.len + (text.len == 0));
    assert_non_null(p);
    if (text.len > 0) {
        memcpy(p, text.ptr, text.len);
    }
    return (struct fv_slice){p, text.len};
}

static void release(struct fv_slice s)
{
    char *p;
    memcpy(&p, &s.ptr, sizeof(p));
    free(p);
}

/* Write a component into out. text and suffix are copied so that each ends where its memory
 * ends. */
static void component(struct fv_slice text, struct fv_slice suffix, bool fat,
                      char out[FV_CAP_PATH + 1])
{
    struct fv_slice text_copy = copy_of(text), suffix_copy = copy_of(suffix);
    struct fv_writer w;
    fv_writer_init(&w, out, FV_CAP_PATH + 1);
    assert_int_equal(fv_localpath_component(text_copy, suffix_copy, fat, &w), FV_OK);
    release(text_copy);
    release(suffix_copy);
}

static void test_names(void **state)
{
    char out[FV_CAP_PATH + 1];
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const struct case_name *c = &names[i];
        component(c->text, fv_slice_of(c->suffix), false, out);
        assert_string_equal(out, c->plain);
        component(c->text, fv_slice_of(c->suffix), true, out);
        assert_string_equal(out, c->fat);
    }
}

static void test_own(void **state)
{
    char out[FV_CAP_PATH + 1];
    (void)state;
    for (size_t i = 0; i < sizeof(owns) / sizeof(owns[0]); i++) {
        component(fv_slice_of(owns[i].text), FV_SLICE_NONE, false, out);
        assert_string_equal(out, owns[i].plain);
        component(fv_slice_of(owns[i].text), FV_SLICE_NONE, true, out);
        assert_string_equal(out, owns[i].fat);
    }
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct fv_slice path = copy_of(fv_slice_of(paths[i].text));
        assert_int_equal(fv_localpath_is_own(path), paths[i].plain != NULL);
        release(path);
    }
}

static void repeat(struct fv_writer *w, const char *fill, size_t count, const char *tail)
{
    for (size_t i = 0; i < count; i++) {
        fv_writer_text(w, fill);
    }
    fv_writer_text(w, tail);
    assert_int_equal(fv_writer_check(w), FV_OK);
}

static void test_long(void **state)
{
    static char text[10000];
    (void)state;
    for (size_t i = 0; i < sizeof(longs) / sizeof(longs[0]); i++) {
        const struct case_long *c = &longs[i];
        char expected[FV_CAP_PATH + 1], out[FV_CAP_PATH + 1];
        struct fv_writer w, e;
        fv_writer_init(&w, text, sizeof(text));
        repeat(&w, c->fill, c->count, c->tail);
        fv_writer_init(&e, expected, sizeof(expected));
        repeat(&e, c->out_fill, c->out_count, c->out_tail);
        for (unsigned fat = 0; fat < 2; fat++) {
            component(fv_writer_done(&w), fv_slice_of(c->suffix), fat != 0, out);
            assert_string_equal(out, expected);
            assert_true(strlen(out) <= FV_CAP_COMPONENT);
        }
    }
}

/* Undo the encoding of a component that was not cut; returns the length. */
static size_t decode(const char *out, char *back)
{
    size_t len = 0;
    if (strcmp(out, "%") == 0) {
        return 0;
    }
    for (size_t i = 0; out[i] != '\0'; i++) {
        int high = out[i] == '%' ? fv_num_hexdigit(out[i + 1]) : -1;
        int low = high >= 0 ? fv_num_hexdigit(out[i + 2]) : -1;
        if (low >= 0) {
            back[len++] = (char)(16 * high + low);
            i += 2;
        } else {
            back[len++] = out[i];
        }
    }
    return len;
}

static void check_way_back(struct fv_slice text, bool fat)
{
    char out[FV_CAP_PATH + 1], back[FV_CAP_PATH + 1];
    struct fv_writer w;
    fv_writer_init(&w, out, sizeof(out));
    assert_int_equal(fv_localpath_component(text, FV_SLICE_NONE, fat, &w), FV_OK);
    size_t len = decode(out, back);
    if (len != text.len || memcmp(back, text.ptr, len) != 0) {
        fail_msg("\"%.*s\" became \"%s\"", (int)text.len, text.ptr, out);
    }
    assert_true(out[0] != '\0' && strchr(out, '/') == NULL);
    assert_true(strcmp(out, ".") != 0 && strcmp(out, "..") != 0);
}

/* A component that can be decoded belongs to one name only. */
static void test_no_two_are_one(void **state)
{
    static const char letters[] = "%25E./~\xc3";
    enum { LETTERS = sizeof(letters) - 1, LONGEST = 5 };
    char text[LONGEST];
    (void)state;
    for (size_t len = 0, count = 1; len <= LONGEST; len++, count *= LETTERS) {
        for (size_t n = 0; n < count; n++) {
            for (size_t i = 0, rest = n; i < len; i++, rest /= LETTERS) {
                text[i] = letters[rest % LETTERS];
            }
            check_way_back((struct fv_slice){text, len}, false);
            check_way_back((struct fv_slice){text, len}, true);
        }
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        check_way_back(names[i].text, false);
        check_way_back(names[i].text, true);
    }
}

static void test_path(void **state)
{
    char out[FV_CAP_PATH + 1], exact[11];
    struct fv_writer w;
    struct fv_localpath p = {FV_SLICE(".Fluxvision"), FV_SLICE(".."), FV_SLICE(""),
                             FV_SLICE("f1:a"), false};
    (void)state;
    fv_writer_init(&w, out, sizeof(out));
    assert_int_equal(fv_localpath_write(&p, &w), FV_OK);
    assert_string_equal(out, "%2EFluxvision/%2E%2E/%/f1:a");
    p.fat = true;
    fv_writer_init(&w, out, sizeof(out));
    assert_int_equal(fv_localpath_write(&p, &w), FV_OK);
    assert_string_equal(out, "%2EFluxvision/%2E%2E/%/f1%3Aa");
    p = (struct fv_localpath){FV_SLICE("or"), FV_SLICE("s"), FV_SLICE("d"), FV_SLICE("f~1"), false};
    for (size_t cap = 1; cap <= sizeof(exact); cap++) {
        fv_writer_init(&w, exact, cap);
        assert_int_equal(fv_localpath_write(&p, &w), cap < 11 ? FV_E_CAPACITY : FV_OK);
    }
}

/* Four components at their longest fill a path exactly. */
static void test_longest_path(void **state)
{
    static char text[1000];
    char out[FV_CAP_PATH + 1];
    struct fv_writer w;
    (void)state;
    memset(text, 'a', sizeof(text));
    struct fv_slice all = {text, sizeof(text)};
    struct fv_localpath p = {all, all, all, all, true};
    fv_writer_init(&w, out, sizeof(out));
    assert_int_equal(fv_localpath_write(&p, &w), FV_OK);
    assert_int_equal(strlen(out), FV_CAP_PATH);
    fv_writer_init(&w, out, sizeof(out) - 1);
    assert_int_equal(fv_localpath_write(&p, &w), FV_E_CAPACITY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names), cmocka_unit_test(test_own),
        cmocka_unit_test(test_long),  cmocka_unit_test(test_no_two_are_one),
        cmocka_unit_test(test_path),  cmocka_unit_test(test_longest_path),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
