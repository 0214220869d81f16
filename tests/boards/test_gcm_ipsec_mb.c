/* The GCM of libipsec-mb behind mbedTLS's functions: mbedTLS's vectors, and mbedTLS's own code beside it. */
#include "boards/linux/gcm_stock.h"

#include <mbedtls/gcm.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define LONGEST 16401 /* a TLS record with its type and tag, and an odd byte */

int mbedtls_gcm_self_test(
    int verbose); /* in a build without MBEDTLS_SELF_TEST the header does not say so */

/* What the library that is compiled in needs, and nothing here uses. */
int mbedtls_psa_external_get_random(void *context, uint8_t *output, size_t size, size_t *length);
int mbedtls_psa_external_get_random(void *context, uint8_t *output, size_t size, size_t *length)
{
    (void)context, (void)output, (void)size, (void)length;
    return -1;
}

struct fixture {
    mbedtls_gcm_context gcm;
    union {
        uint64_t align;
        uint8_t bytes[FV_GCM_STOCK_SIZE];
    } own;
    uint8_t key[32], iv[12], add[64];
    uint8_t in[LONGEST], out[LONGEST], want[LONGEST];
};
static struct fixture f;

static struct fv_gcm_stock *own(void)
{
    return (struct fv_gcm_stock *)f.own.bytes;
}

/* Not random, but without a pattern that a block would hide. */
static void scatter(uint8_t *p, size_t n, uint32_t seed)
{
    for (size_t i = 0; i < n; i++) {
        seed = seed * 1664525 + 1013904223;
        p[i] = (uint8_t)(seed >> 24);
    }
}

static void set_key(unsigned bits)
{
    scatter(f.key, sizeof(f.key), bits);
    scatter(f.iv, sizeof(f.iv), bits + 1);
    scatter(f.add, sizeof(f.add), bits + 2);
    scatter(f.in, sizeof(f.in), bits + 3);
    mbedtls_gcm_init(&f.gcm);
    assert_int_equal(mbedtls_gcm_setkey(&f.gcm, MBEDTLS_CIPHER_ID_AES, f.key, bits), 0);
    fv_gcm_stock_init(own());
    assert_int_equal(fv_gcm_stock_setkey(own(), MBEDTLS_CIPHER_ID_AES, f.key, bits), 0);
    __builtin_cpu_init();
    assert_int_equal(f.gcm.fast != NULL,
                     __builtin_cpu_supports("aes") != 0 && __builtin_cpu_supports("pclmul") != 0);
}

static void free_key(void)
{
    mbedtls_gcm_free(&f.gcm);
    fv_gcm_stock_free(own());
}

static void test_vectors_of_mbedtls(void **state)
{
    (void)state;
    assert_int_equal(mbedtls_gcm_self_test(0), 0);
}

/* One length: encrypt apart, decrypt in its place, as TLS does, and refuse it with one bit changed. */
static void check(size_t n, size_t add, size_t tag_size)
{
    uint8_t tag[16], want_tag[16];
    assert_int_equal(fv_gcm_stock_crypt_and_tag(own(), MBEDTLS_GCM_ENCRYPT, n, f.iv, sizeof(f.iv),
                                                f.add, add, f.in, f.want, tag_size, want_tag),
                     0);
    assert_int_equal(mbedtls_gcm_crypt_and_tag(&f.gcm, MBEDTLS_GCM_ENCRYPT, n, f.iv, sizeof(f.iv),
                                               f.add, add, f.in, f.out, tag_size, tag),
                     0);
    assert_memory_equal(f.out, f.want, n);
    assert_memory_equal(tag, want_tag, tag_size);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&f.gcm, n, f.iv, sizeof(f.iv), f.add, add, tag,
                                              tag_size, f.out, f.out),
                     0);
    assert_memory_equal(f.out, f.in, n);
    tag[tag_size - 1] ^= 1;
    memcpy(f.out, f.want, n);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&f.gcm, n, f.iv, sizeof(f.iv), f.add, add, tag,
                                              tag_size, f.out, f.out),
                     MBEDTLS_ERR_GCM_AUTH_FAILED);
    for (size_t i = 0; i < n; i++) {
        assert_int_equal(f.out[i], 0);
    }
}

static void test_same_as_mbedtls(void **state)
{
    (void)state;
    for (unsigned bits = 128; bits <= 256; bits += 64) {
        set_key(bits);
        for (size_t n = 0; n <= 600; n++) {
            check(n, n % 30, 16);
        }
        for (size_t n = LONGEST - 40; n <= LONGEST; n++) {
            check(n, 5, 16);
        }
        for (size_t tag_size = 4; tag_size <= 16; tag_size++) {
            check(100, 13, tag_size);
        }
        free_key();
    }
}

/* What libipsec-mb is not asked: an IV of another length, a move within one buffer, a wrong tag length. */
static void test_other_messages(void **state)
{
    (void)state;
    uint8_t tag[16], want_tag[16];
    set_key(128);
    assert_int_equal(fv_gcm_stock_crypt_and_tag(own(), MBEDTLS_GCM_ENCRYPT, 100, f.add, 60, f.add,
                                                9, f.in, f.want, 16, want_tag),
                     0);
    assert_int_equal(mbedtls_gcm_crypt_and_tag(&f.gcm, MBEDTLS_GCM_ENCRYPT, 100, f.add, 60, f.add,
                                               9, f.in, f.out, 16, tag),
                     0);
    assert_memory_equal(f.out, f.want, 100);
    assert_memory_equal(tag, want_tag, 16);
    memcpy(f.out + 8, f.want, 100);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&f.gcm, 100, f.add, 60, f.add, 9, tag, 16, f.out + 8,
                                              f.out),
                     0);
    assert_memory_equal(f.out, f.in, 100);
    assert_int_equal(mbedtls_gcm_auth_decrypt(&f.gcm, 100, f.iv, 12, f.add, 9, tag, 3, f.in, f.out),
                     MBEDTLS_ERR_GCM_BAD_INPUT);
    free_key();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors_of_mbedtls),
        cmocka_unit_test(test_same_as_mbedtls),
        cmocka_unit_test(test_other_messages),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
