/* SPDX-License-Identifier: MIT */
/* SHA-256: FIPS 180-4's examples whole, split at each byte, byte by byte; contexts used again. */
#include "base/sha256.h"

#include "base/writer.h"
#include "support/exact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct case_digest {
    const char *text, *hex;
};

static const struct case_digest cases[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmn"
     "hijklmnoijklmnopjklmnopqklmnopqrlmnopqrsmnopqrstnopqrstu",
     "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
};

static const char million[] = "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

static void assert_digest(const uint8_t digest[FV_SHA256_SIZE], const char *hex)
{
    char text[2 * FV_SHA256_SIZE + 1];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof(text));
    fv_writer_hex(&w, digest, FV_SHA256_SIZE);
    assert_string_equal(text, hex);
}

static void test_vectors(void **state)
{
    (void)state;
    struct fv_sha256 h;
    uint8_t digest[FV_SHA256_SIZE];
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct fv_slice text = exact(cases[i].text);
        fv_sha256_of(text.ptr, text.len, digest);
        assert_digest(digest, cases[i].hex);
        for (size_t split = 0; split <= text.len; split++) {
            fv_sha256_init(&h);
            fv_sha256_push(&h, text.ptr, split);
            fv_sha256_push(&h, text.ptr + split, text.len - split);
            fv_sha256_finish(&h, digest);
            assert_digest(digest, cases[i].hex);
        }
        fv_sha256_init(&h);
        for (size_t at = 0; at < text.len; at++) {
            fv_sha256_push(&h, text.ptr + at, 1);
        }
        fv_sha256_finish(&h, digest);
        assert_digest(digest, cases[i].hex);
        exact_free(text);
    }
}

static void test_long(void **state)
{
    (void)state;
    char block[1000];
    uint8_t digest[FV_SHA256_SIZE];
    struct fv_sha256 h;
    memset(block, 'a', sizeof(block));
    fv_sha256_init(&h);
    fv_sha256_push(&h, "given up", 8);
    fv_sha256_init(&h);
    for (int i = 0; i < 1000; i++) {
        fv_sha256_push(&h, block, sizeof(block));
    }
    fv_sha256_finish(&h, digest);
    assert_digest(digest, million);
}

static void test_contexts_are_independent(void **state)
{
    (void)state;
    struct fv_sha256 a;
    struct fv_sha256 b;
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_init(&a);
    fv_sha256_push(&a, "ab", 2);
    b = a;
    fv_sha256_push(&b, "x", 1);
    fv_sha256_push(&a, "c", 1);
    fv_sha256_finish(&b, digest);
    fv_sha256_finish(&a, digest);
    assert_digest(digest, cases[1].hex);
}

static void test_key(void **state)
{
    (void)state;
    assert_true(fv_sha256_key("abc", 3) == UINT64_C(0xEACF018FBF1678BA));
    assert_true(fv_sha256_key("", 0) == UINT64_C(0x141CFC9842C4B0E3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_long),
        cmocka_unit_test(test_contexts_are_independent),
        cmocka_unit_test(test_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
