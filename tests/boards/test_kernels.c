/* SPDX-License-Identifier: MIT */
/*
 * Tests the faster code behind mbedTLS's functions (boards/linux/kernels) with mbedTLS's own
 * vectors, and against mbedTLS's plain C, for every length and every split of input that is given
 * in pieces.
 */
#include "boards/portable.h"

#include "boards/linux/kernels/cpu.h"

#include <mbedtls/chacha20.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/poly1305.h>
#include <mbedtls/sha256.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define EVERY 300     /* lengths up to here are tried with every cut */
#define SOME 1100     /* and up to here in one piece: beyond what the code does in one step */
#define LONGEST 16401 /* a TLS record with its type and tag, and an odd byte */
#define ADD 64
#define GCM_MOST 0xfffffffe0 /* bytes of a message: SP 800-38D 5.2.1.1 */

/* boards/selftest.c */
int mbedtls_gcm_self_test(int verbose);
int mbedtls_chacha20_self_test(int verbose);
int mbedtls_poly1305_self_test(int verbose);
int mbedtls_chachapoly_self_test(int verbose);
int mbedtls_sha256_self_test(int verbose);

/* What the library that is compiled in needs, and nothing here uses. */
int mbedtls_psa_external_get_random(void *context, uint8_t *output, size_t size, size_t *length);
int mbedtls_psa_external_get_random(void *context, uint8_t *output, size_t size, size_t *length)
{
    (void)context, (void)output, (void)size, (void)length;
    return -1;
}

struct fixture {
    uint8_t key[32], iv[60], add[ADD];
    uint8_t in[LONGEST], out[LONGEST + 8], want[LONGEST];
    uint8_t tag[16], want_tag[16];
};
static struct fixture f;

/* Not random, but without a pattern that a block would hide. */
static void scatter(uint8_t *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (uint8_t)(seed >> 24);
    }
}

static int setup(void **state)
{
    (void)state;
    memset(&f, 0, sizeof(f));
    scatter(f.key, sizeof(f.key), 1);
    scatter(f.iv, sizeof(f.iv), 2);
    scatter(f.add, sizeof(f.add), 3);
    scatter(f.in, sizeof(f.in), 4);
    return 0;
}

static void test_vectors_of_mbedtls(void **state)
{
    (void)state;
    assert_int_equal(mbedtls_gcm_self_test(0), 0);
    assert_int_equal(mbedtls_chacha20_self_test(0), 0);
    assert_int_equal(mbedtls_poly1305_self_test(0), 0);
    assert_int_equal(mbedtls_chachapoly_self_test(0), 0);
    assert_int_equal(mbedtls_sha256_self_test(0), 0);
}

/* --- GCM --- */

static struct portable_aead aead(size_t key, size_t iv, size_t add)
{
    return (struct portable_aead){f.key, f.iv, f.add, key, iv, add};
}

static void set_gcm(mbedtls_gcm_context *gcm, size_t key)
{
    mbedtls_gcm_init(gcm);
    assert_int_equal(mbedtls_gcm_setkey(gcm, MBEDTLS_CIPHER_ID_AES, f.key, (unsigned)key * 8), 0);
}

static void want_gcm(const struct portable_aead *a, size_t n)
{
    portable_gcm(a, f.in, n, f.want, f.want_tag);
}

static int open_gcm(mbedtls_gcm_context *gcm, const struct portable_aead *a, size_t n,
                    const uint8_t *in)
{
    return mbedtls_gcm_auth_decrypt(gcm, n, f.iv, a->iv_size, f.add, a->add_size, f.tag, 16, in,
                                    f.out);
}

/* Encrypt to another buffer and in place; decrypt in place as TLS does, to another buffer, and
 * to one that overlaps; refuse the data with one bit changed. */
static void check_gcm(mbedtls_gcm_context *gcm, const struct portable_aead *a, size_t n)
{
    want_gcm(a, n);
    for (int in_place = 0; in_place < 2; in_place++) {
        memcpy(f.out, f.in, n);
        assert_int_equal(mbedtls_gcm_crypt_and_tag(gcm, MBEDTLS_GCM_ENCRYPT, n, f.iv, a->iv_size,
                                                   f.add, a->add_size, in_place ? f.out : f.in,
                                                   f.out, 16, f.tag),
                         0);
        assert_memory_equal(f.out, f.want, n);
        assert_memory_equal(f.tag, f.want_tag, 16);
    }
    assert_int_equal(open_gcm(gcm, a, n, f.out), 0);
    assert_memory_equal(f.out, f.in, n);
    memset(f.out, 0, n);
    assert_int_equal(open_gcm(gcm, a, n, f.want), 0);
    assert_memory_equal(f.out, f.in, n);
    memcpy(f.out + 8, f.want, n);
    assert_int_equal(open_gcm(gcm, a, n, f.out + 8), 0);
    assert_memory_equal(f.out, f.in, n);
    f.tag[n % 16] ^= (uint8_t)(1 << n % 8);
    assert_int_equal(open_gcm(gcm, a, n, f.want), MBEDTLS_ERR_GCM_AUTH_FAILED);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f.out[i], 0);
    }
}

static void test_gcm_lengths(void **state)
{
    (void)state;
    static const size_t ivs[] = {12, 1, 8, 16, 60};
    for (size_t key = 16; key <= 32; key += 8) {
        mbedtls_gcm_context gcm;
        set_gcm(&gcm, key);
        for (size_t n = 0; n <= EVERY; n++) {
            struct portable_aead a = aead(key, ivs[n % 3 == 0 ? n / 3 % 5 : 0], n % (ADD + 1));
            check_gcm(&gcm, &a, n);
        }
        for (size_t add = 0; add <= ADD; add++) {
            struct portable_aead a = aead(key, 12, add);
            check_gcm(&gcm, &a, 64 + add);
        }
        for (size_t n = LONGEST - 17; n <= LONGEST; n += 17) {
            struct portable_aead a = aead(key, 12, 5);
            check_gcm(&gcm, &a, n);
        }
        mbedtls_gcm_free(&gcm);
    }
}

/* The counter of blocks has 32 bits. Pieces of 16 bytes are too little for the faster code. */
static void test_gcm_counter_wraps(void **state)
{
    (void)state;
    mbedtls_gcm_context gcm;
    set_gcm(&gcm, 16);
    for (size_t step = 320; step != 0; step = step == 320 ? 16 : 0) {
        uint8_t *out = step == 320 ? f.out : f.want;
        size_t n = 0;
        assert_int_equal(mbedtls_gcm_starts(&gcm, MBEDTLS_GCM_ENCRYPT, f.iv, 12), 0);
        memcpy(&gcm.MBEDTLS_PRIVATE(y)[12], "\xff\xff\xff\xf9", 4);
        for (size_t i = 0; i < 640; i += n) {
            assert_int_equal(mbedtls_gcm_update(&gcm, f.in + i, step, out + i, step, &n), 0);
        }
    }
    assert_memory_equal(f.out, f.want, 640);
    mbedtls_gcm_free(&gcm);
}

static void in_pieces(mbedtls_gcm_context *gcm, int mode, const uint8_t *in, size_t n, size_t cut,
                      size_t add)
{
    size_t got = 0, second = 0;
    assert_int_equal(mbedtls_gcm_starts(gcm, mode, f.iv, 12), 0);
    assert_int_equal(mbedtls_gcm_update_ad(gcm, f.add, add / 2), 0);
    assert_int_equal(mbedtls_gcm_update_ad(gcm, f.add + add / 2, add - add / 2), 0);
    assert_int_equal(mbedtls_gcm_update(gcm, in, cut, f.out, cut, &got), 0);
    assert_int_equal(got, cut);
    assert_int_equal(mbedtls_gcm_update(gcm, in + cut, n - cut, f.out + cut, n - cut, &second), 0);
    assert_int_equal(second, n - cut);
    assert_int_equal(mbedtls_gcm_finish(gcm, NULL, 0, &got, f.tag, 16), 0);
    assert_memory_equal(f.tag, f.want_tag, 16);
}

static void test_gcm_cuts(void **state)
{
    (void)state;
    mbedtls_gcm_context gcm;
    set_gcm(&gcm, 16);
    for (size_t n = 0; n <= EVERY; n++) {
        struct portable_aead a = aead(16, 12, n % 20);
        want_gcm(&a, n);
        for (size_t cut = 0; cut <= n; cut++) {
            in_pieces(&gcm, MBEDTLS_GCM_ENCRYPT, f.in, n, cut, a.add_size);
            assert_memory_equal(f.out, f.want, n);
            in_pieces(&gcm, MBEDTLS_GCM_DECRYPT, f.want, n, cut, a.add_size);
            assert_memory_equal(f.out, f.in, n);
        }
    }
    mbedtls_gcm_free(&gcm);
}

static void test_gcm_refusals(void **state)
{
    (void)state;
    mbedtls_gcm_context gcm;
    set_gcm(&gcm, 32);
    size_t n = 0;
    assert_int_equal(mbedtls_gcm_starts(&gcm, MBEDTLS_GCM_DECRYPT, f.iv, 12), 0);
    assert_int_equal(mbedtls_gcm_update(&gcm, f.in, 100, f.out, 99, &n),
                     MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL);
    assert_int_equal(mbedtls_gcm_update(&gcm, f.out, 100, f.out + 8, 100, &n),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    /* Whole steps alone, of which nothing would be left for mbedTLS's own code to refuse. */
    f.out[0] = f.out[127] = 0;
    assert_int_equal(mbedtls_gcm_update(&gcm, f.in, 128, f.out, 127, &n),
                     MBEDTLS_ERR_GCM_BUFFER_TOO_SMALL);
    assert_int_equal(mbedtls_gcm_update(&gcm, f.out, 128, f.out + 127, 128, &n),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    gcm.MBEDTLS_PRIVATE(len) = GCM_MOST - 112;
    assert_int_equal(mbedtls_gcm_update(&gcm, f.in, 128, f.out, 128, &n),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    assert_int_equal(f.out[0] | f.out[127], 0);
    gcm.MBEDTLS_PRIVATE(len) = GCM_MOST - 128;
    assert_int_equal(mbedtls_gcm_update(&gcm, f.in, 128, f.out, 128, &n), 0);
    assert_int_equal(mbedtls_gcm_update(&gcm, f.in, 64, f.out, 64, &n), MBEDTLS_ERR_GCM_BAD_INPUT);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&gcm, 100, f.iv, 12, f.add, 9, f.tag, 3, f.in, f.out),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&gcm, 100, f.iv, 0, f.add, 9, f.tag, 16, f.in, f.out),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    mbedtls_gcm_free(&gcm);
}

/* --- ChaCha20-Poly1305 --- */

static void check_chachapoly(mbedtls_chachapoly_context *c, size_t n, size_t add)
{
    struct portable_aead a = aead(32, 12, add);
    portable_chachapoly(&a, f.in, n, f.want, f.want_tag);
    for (int in_place = 0; in_place < 2; in_place++) {
        memcpy(f.out, f.in, n);
        assert_int_equal(mbedtls_chachapoly_encrypt_and_tag(c, n, f.iv, f.add, add,
                                                            in_place ? f.out : f.in, f.out, f.tag),
                         0);
        assert_memory_equal(f.out, f.want, n);
        assert_memory_equal(f.tag, f.want_tag, 16);
    }
    assert_int_equal(mbedtls_chachapoly_auth_decrypt(c, n, f.iv, f.add, add, f.tag, f.out, f.out),
                     0);
    assert_memory_equal(f.out, f.in, n);
    f.tag[n % 16] ^= (uint8_t)(1 << n % 8);
    assert_int_equal(mbedtls_chachapoly_auth_decrypt(c, n, f.iv, f.add, add, f.tag, f.want, f.out),
                     MBEDTLS_ERR_CHACHAPOLY_AUTH_FAILED);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f.out[i], 0);
    }
}

static void test_chachapoly_lengths(void **state)
{
    (void)state;
    mbedtls_chachapoly_context c;
    mbedtls_chachapoly_init(&c);
    for (uint32_t seed = 0; seed < 3; seed++) {
        scatter(f.key, sizeof(f.key), seed);
        assert_int_equal(mbedtls_chachapoly_setkey(&c, f.key), 0);
        for (size_t n = 0; n <= SOME; n++) {
            check_chachapoly(&c, n, n % (ADD + 1));
        }
    }
    for (size_t add = 0; add <= ADD; add++) {
        check_chachapoly(&c, 300 + add, add);
    }
    check_chachapoly(&c, LONGEST - 17, 5);
    check_chachapoly(&c, LONGEST, 5);
    mbedtls_chachapoly_free(&c);
}

static void test_chachapoly_cuts(void **state)
{
    (void)state;
    mbedtls_chachapoly_context c;
    mbedtls_chachapoly_init(&c);
    assert_int_equal(mbedtls_chachapoly_setkey(&c, f.key), 0);
    for (size_t n = 0; n <= 2 * EVERY; n += n < EVERY ? 1 : 50) {
        struct portable_aead a = aead(32, 12, n % 20);
        portable_chachapoly(&a, f.in, n, f.want, f.want_tag);
        for (size_t cut = 0; cut <= n; cut++) {
            assert_int_equal(mbedtls_chachapoly_starts(&c, f.iv, MBEDTLS_CHACHAPOLY_DECRYPT), 0);
            assert_int_equal(mbedtls_chachapoly_update_aad(&c, f.add, a.add_size), 0);
            assert_int_equal(mbedtls_chachapoly_update(&c, cut, f.want, f.out), 0);
            assert_int_equal(mbedtls_chachapoly_update(&c, n - cut, f.want + cut, f.out + cut), 0);
            assert_int_equal(mbedtls_chachapoly_finish(&c, f.tag), 0);
            assert_memory_equal(f.out, f.in, n);
            assert_memory_equal(f.tag, f.want_tag, 16);
        }
    }
    mbedtls_chachapoly_free(&c);
}

static void test_chacha20_counter_wraps(void **state)
{
    (void)state;
    for (uint32_t before = 0; before < 20; before++) {
        portable_chacha20(f.key, f.iv, 0 - before, f.in, SOME, f.want);
        assert_int_equal(mbedtls_chacha20_crypt(f.key, f.iv, 0 - before, SOME, f.in, f.out), 0);
        assert_memory_equal(f.out, f.want, SOME);
    }
}

/* Where carries go furthest: keys, pads and content of ones and of zeros. */
static void test_poly1305_carries(void **state)
{
    (void)state;
    for (unsigned which = 0; which < 8; which++) {
        memset(f.key, which & 1 ? 0xff : 0, 16);
        memset(f.key + 16, which & 2 ? 0xff : 0, 16);
        memset(f.in, which & 4 ? 0xff : 0, SOME);
        f.key[0] |= 4;
        for (size_t n = 0; n <= SOME; n++) {
            portable_poly1305(f.key, f.in, n, f.want_tag);
            assert_int_equal(mbedtls_poly1305_mac(f.key, f.in, n, f.tag), 0);
            assert_memory_equal(f.tag, f.want_tag, 16);
        }
    }
}

static void test_poly1305_cuts(void **state)
{
    (void)state;
    mbedtls_poly1305_context c;
    mbedtls_poly1305_init(&c);
    for (size_t n = 0; n <= EVERY; n++) {
        portable_poly1305(f.key, f.in, n, f.want_tag);
        for (size_t cut = 0; cut <= n; cut++) {
            assert_int_equal(mbedtls_poly1305_starts(&c, f.key), 0);
            assert_int_equal(mbedtls_poly1305_update(&c, f.in, cut), 0);
            assert_int_equal(mbedtls_poly1305_update(&c, f.in + cut, n - cut), 0);
            assert_int_equal(mbedtls_poly1305_finish(&c, f.tag), 0);
            assert_memory_equal(f.tag, f.want_tag, 16);
        }
    }
    mbedtls_poly1305_free(&c);
}

/* --- SHA-256 --- */

static void check_sha256(size_t n, size_t cut, size_t cut2)
{
    mbedtls_sha256_context c;
    mbedtls_sha256_init(&c);
    assert_int_equal(mbedtls_sha256_starts(&c, 0), 0);
    assert_int_equal(mbedtls_sha256_update(&c, f.in, cut), 0);
    assert_int_equal(mbedtls_sha256_update(&c, f.in + cut, cut2 - cut), 0);
    assert_int_equal(mbedtls_sha256_update(&c, f.in + cut2, n - cut2), 0);
    assert_int_equal(mbedtls_sha256_finish(&c, f.out), 0);
    assert_memory_equal(f.out, f.want, 32);
    mbedtls_sha256_free(&c);
}

static void test_sha256(void **state)
{
    (void)state;
    for (size_t n = 0; n <= EVERY; n++) {
        portable_sha256(f.in, n, f.want);
        for (size_t cut = 0; cut <= n; cut++) {
            check_sha256(n, cut, cut + (n - cut) * 2 / 3);
        }
    }
    portable_sha256(f.in, LONGEST, f.want);
    check_sha256(LONGEST, 0, LONGEST);
    check_sha256(LONGEST, 1, LONGEST - 1);
}

/* The length is counted in two words. */
static void test_sha256_long(void **state)
{
    (void)state;
    mbedtls_sha256_context one, other;
    mbedtls_sha256_init(&one);
    assert_int_equal(mbedtls_sha256_starts(&one, 0), 0);
    one.MBEDTLS_PRIVATE(total)[0] = 0xffffff80;
    one.MBEDTLS_PRIVATE(total)[1] = 2;
    other = one;
    assert_int_equal(mbedtls_sha256_update(&one, f.in, 1000), 0);
    for (size_t i = 0; i < 1000; i += 50) { /* too little for the faster code */
        assert_int_equal(mbedtls_sha256_update(&other, f.in + i, 50), 0);
    }
    assert_int_equal(one.MBEDTLS_PRIVATE(total)[1], 3);
    assert_int_equal(mbedtls_sha256_finish(&one, f.out), 0);
    assert_int_equal(mbedtls_sha256_finish(&other, f.want), 0);
    assert_memory_equal(f.out, f.want, 32);
}

/* --- What is left behind --- */

#define BELOW 2048 /* of the stack, below the test */

/* Whether these 16 bytes are there; NULL: wipe it. */
__attribute__((noinline)) static bool is_below(const uint8_t *what)
{
    uint8_t below[BELOW];
    uint8_t *p = below;
    __asm__ volatile("" : "+r"(p) : : "memory"); /* the compiler takes it for written */
    if (what == NULL) {
        memset(p, 0, BELOW);
        __asm__ volatile("" : : "r"(p) : "memory");
        return false;
    }
    for (size_t i = 0; i + 16 <= BELOW; i++) {
        size_t same = 0;
        while (same < 16 && p[i + same] == what[same]) {
            same++;
        }
        if (same == 16) {
            return true;
        }
    }
    return false;
}

static void test_no_secret_stays_on_the_stack(void **state)
{
    (void)state;
    mbedtls_gcm_context gcm;
    size_t got = 0;
    set_gcm(&gcm, 16);
    assert_int_equal(mbedtls_gcm_starts(&gcm, MBEDTLS_GCM_ENCRYPT, f.iv, 12), 0);
    (void)is_below(NULL);
    (void)mbedtls_gcm_update(&gcm, f.in, 1024, f.out, 1024, &got);
    assert_false(is_below(f.key));
    assert_int_equal(got, 1024);
    mbedtls_gcm_free(&gcm);

    mbedtls_chacha20_context c;
    mbedtls_chacha20_init(&c);
    assert_int_equal(mbedtls_chacha20_setkey(&c, f.key), 0);
    assert_int_equal(mbedtls_chacha20_starts(&c, f.iv, 0), 0);
    (void)is_below(NULL);
    (void)mbedtls_chacha20_update(&c, 960, f.in, f.out);
    assert_false(is_below(f.key));
    mbedtls_chacha20_free(&c);

    /* A block of HMAC is a key. Its words are there with the first constants added. */
    static const uint32_t k[] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5};
    uint32_t words[4];
    for (size_t i = 0; i < 4; i++) {
        const uint8_t *p = f.in + 4 * i;
        words[i] =
            k[i] + ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]);
    }
    mbedtls_sha256_context s;
    mbedtls_sha256_init(&s);
    assert_int_equal(mbedtls_sha256_starts(&s, 0), 0);
    (void)is_below(NULL);
    (void)mbedtls_sha256_update(&s, f.in, 64);
    assert_false(is_below((const uint8_t *)words));
    mbedtls_sha256_free(&s);
}

/* The processor's features are detected correctly; argv[1] lists them: gcm, sha256, neon, or
 * "-". */
static void test_processor(void **state)
{
    const char *has = *state;
    if (has == NULL) {
        return;
    }
#if defined(__x86_64__)
    mbedtls_gcm_context gcm;
    set_gcm(&gcm, 16);
    assert_int_equal(gcm.MBEDTLS_PRIVATE(acceleration) != 0, strstr(has, "gcm") != NULL);
    mbedtls_gcm_free(&gcm);
    assert_int_equal(fv_kernel_has_sha256(), strstr(has, "sha256") != NULL);
#else
    assert_int_equal(fv_kernel_has_neon(), strstr(has, "neon") != NULL);
#endif
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_prestate(test_processor, argc > 1 ? argv[1] : NULL),
        cmocka_unit_test_setup(test_vectors_of_mbedtls, setup),
        cmocka_unit_test_setup(test_gcm_lengths, setup),
        cmocka_unit_test_setup(test_gcm_counter_wraps, setup),
        cmocka_unit_test_setup(test_gcm_cuts, setup),
        cmocka_unit_test_setup(test_gcm_refusals, setup),
        cmocka_unit_test_setup(test_chachapoly_lengths, setup),
        cmocka_unit_test_setup(test_chachapoly_cuts, setup),
        cmocka_unit_test_setup(test_chacha20_counter_wraps, setup),
        cmocka_unit_test_setup(test_poly1305_carries, setup),
        cmocka_unit_test_setup(test_poly1305_cuts, setup),
        cmocka_unit_test_setup(test_sha256, setup),
        cmocka_unit_test_setup(test_sha256_long, setup),
        cmocka_unit_test_setup(test_no_secret_stays_on_the_stack, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
