/* SPDX-License-Identifier: MIT */
/* port/bare/libc.c under other names, against this machine's C library and its division. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* The names are the linker's alone: the file itself is what firmware links. */
#define memcpy own_memcpy
#define memmove own_memmove
#define memset own_memset
#define memcmp own_memcmp
#define memchr own_memchr
#define strlen own_strlen
#define strcmp own_strcmp
#undef strchr
#define strchr own_strchr
#define strcspn own_strcspn
#define __udivmoddi4 own_udivmoddi4
void *memcpy(void *restrict to, const void *restrict from, size_t n);
void *memmove(void *to, const void *from, size_t n);
void *memset(void *to, int byte, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *text, int byte, size_t n);
size_t strlen(const char *text);
int strcmp(const char *a, const char *b);
char *strchr(const char *text, int byte);
size_t strcspn(const char *text, const char *of);
#include "port/bare/libc.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strcmp
#undef strchr
#undef strcspn
#undef __udivmoddi4

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define ROOM 96
#define ROUNDS 200000

static uint32_t seed = 1;

static uint32_t draw(uint32_t below)
{
    seed = seed * 1664525u + 1013904223u;
    return (uint32_t)((uint64_t)seed * below >> 32);
}

static int sign(int v)
{
    return (v > 0) - (v < 0);
}

static void fill(uint8_t *p, uint32_t kinds)
{
    for (size_t i = 0; i < ROOM; i++) {
        p[i] = (uint8_t)(draw(kinds) * 85);
    }
}

/* All alignments, lengths from 0 on, overlaps of both kinds; what lies around is compared too. */
static void test_blocks(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        _Alignas(8) uint8_t ours[ROOM], theirs[ROOM], other[ROOM];
        size_t n = draw(ROOM / 2), from = draw(ROOM / 2), to = draw(ROOM / 2);
        int byte = (int)draw(1024) - 512;
        fill(ours, 4);
        memcpy(theirs, ours, ROOM);
        fill(other, 4);
        assert_ptr_equal(own_memmove(ours + to, ours + from, n), ours + to);
        memmove(theirs + to, theirs + from, n);
        assert_memory_equal(ours, theirs, ROOM);
        assert_ptr_equal(own_memcpy(ours + to, other + from, n), ours + to);
        memcpy(theirs + to, other + from, n);
        assert_memory_equal(ours, theirs, ROOM);
        assert_ptr_equal(own_memset(ours + from, byte, n), ours + from);
        memset(theirs + from, byte, n);
        assert_memory_equal(ours, theirs, ROOM);
    }
}

static void test_looking(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint8_t a[ROOM], b[ROOM];
        size_t n = draw(ROOM);
        int byte = (int)draw(4) * 85 - (int)draw(2) * 256;
        fill(a, i % 2 == 0 ? 2 : 4);
        memcpy(b, a, ROOM);
        b[draw(ROOM)] ^= (uint8_t)draw(2);
        assert_int_equal(sign(own_memcmp(a, b, n)), sign(memcmp(a, b, n)));
        assert_ptr_equal(own_memchr(a, byte, n), memchr(a, byte, n));
        a[n] = b[n] = '\0';
        const char *text = (const char *)a, *more = (const char *)b;
        assert_int_equal(own_strlen(text), strlen(text));
        assert_int_equal(sign(own_strcmp(text, more)), sign(strcmp(text, more)));
        assert_ptr_equal(own_strchr(text, byte), strchr(text, byte));
        b[draw(4)] = '\0';
        assert_int_equal(own_strcspn(text, more), strcspn(text, more));
    }
}

/* Numbers of all lengths, and those beside powers of two. */
static void test_divisions(void **state)
{
    (void)state;
    for (int i = 0; i < ROUNDS; i++) {
        uint64_t v[2], rest = 0;
        for (int k = 0; k < 2; k++) {
            v[k] = ((uint64_t)draw(UINT32_MAX) << 32 | draw(UINT32_MAX)) >> draw(64);
            v[k] = draw(3) == 0 ? (UINT64_C(1) << draw(64)) - draw(2) : v[k];
        }
        v[1] += v[1] == 0;
        assert_int_equal(own_udivmoddi4(v[0], v[1], &rest), v[0] / v[1]);
        assert_int_equal(rest, v[0] % v[1]);
        assert_int_equal(own_udivmoddi4(v[0], v[1], NULL), v[0] / v[1]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blocks),
        cmocka_unit_test(test_looking),
        cmocka_unit_test(test_divisions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
