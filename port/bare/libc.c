/* SPDX-License-Identifier: MIT */
/*
 * The functions of the C library that compiler and libraries call, in a tenth of newlib's size,
 * which is unrolled for speed. Most calls here are for a few bytes. Blocks are copied and filled by
 * words.
 *
 * firmware.mk compiles this file so that the compiler does not link it as a whole with the rest,
 * whose calls it creates late, and does not turn these loops into calls of themselves.
 */
#include <stdint.h>
#include <string.h>

uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest);

void *memcpy(void *restrict to, const void *restrict from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((((uintptr_t)t | (uintptr_t)f) & 3) == 0) {
        for (; n >= 4; n -= 4) {
            *(uint32_t *)(void *)t = *(const uint32_t *)(const void *)f;
            t += 4;
            f += 4;
        }
    }
    while (n-- > 0) {
        *t++ = *f++;
    }
    return to;
}

void *memmove(void *to, const void *from, size_t n)
{
    uint8_t *t = to;
    const uint8_t *f = from;
    if ((uintptr_t)t - (uintptr_t)f >= n) {
        return memcpy(to, from, n); /* forwards, which is correct if `to` is not within `from` */
    }
    while (n-- > 0) {
        t[n] = f[n];
    }
    return to;
}

void *memset(void *to, int byte, size_t n)
{
    uint8_t *t = to;
    uint32_t four = (uint8_t)byte * 0x01010101u;
    while (n > 0 && ((uintptr_t)t & 3) != 0) {
        *t++ = (uint8_t)byte;
        n--;
    }
    for (; n >= 4; n -= 4) {
        *(uint32_t *)(void *)t = four;
        t += 4;
    }
    while (n-- > 0) {
        *t++ = (uint8_t)byte;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    for (; n > 0; n--, x++, y++) {
        if (*x != *y) {
            return *x - *y;
        }
    }
    return 0;
}

void *memchr(const void *text, int byte, size_t n)
{
    union {
        const void *given;
        uint8_t *p;
    } at = {text};
    for (; n > 0; n--, at.p++) {
        if (*at.p == (uint8_t)byte) {
            return at.p;
        }
    }
    return NULL;
}

size_t strlen(const char *text)
{
    size_t n = 0;
    while (text[n] != '\0') {
        n++;
    }
    return n;
}

int strcmp(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (uint8_t)*a - (uint8_t)*b;
}

char *strchr(const char *text, int byte)
{
    return memchr(text, byte, strlen(text) + 1);
}

size_t strcspn(const char *text, const char *of)
{
    size_t n = 0;
    while (text[n] != '\0' && strchr(of, text[n]) == NULL) {
        n++;
    }
    return n;
}

/* The base of libgcc's 64-bit divisions without a divide instruction: bit by bit. d is not 0. */
uint64_t __udivmoddi4(uint64_t n, uint64_t d, uint64_t *rest)
{
    uint64_t r = 0;
    for (unsigned i = 0; i < 64; i++) {
        uint64_t over = r >> 63;
        r = r << 1 | n >> 63;
        n <<= 1;
        if (over != 0 || r >= d) {
            r -= d;
            n |= 1;
        }
    }
    if (rest != NULL) {
        *rest = r;
    }
    return n;
}
