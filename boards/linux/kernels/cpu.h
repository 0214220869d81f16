/* SPDX-License-Identifier: MIT */
/* Detects which of the faster code the processor can run, and declares that code, which
 * boards/linux/kernels.mk extracts from OpenSSL. */
#ifndef FV_KERNELS_CPU_H
#define FV_KERNELS_CPU_H

#include <mbedtls/platform_util.h>
#include <stddef.h>
#include <stdint.h>

/* Process that many blocks of 64 bytes. */
void fv_kernel_sha256_blocks(uint32_t state[8], const void *p, size_t blocks);
/* Process n bytes, exactly one step; in may be the same as out. */
void fv_kernel_chacha20_blocks(void *out, const void *in, size_t n, const uint32_t key[8],
                               const uint32_t counter[4]);
/* Process n bytes: a multiple of 64, at least 128. `high` is the bit above each block. */
void fv_kernel_poly1305_blocks(void *state, const void *p, size_t n, uint32_t high);

/* This code, like BearSSL's, leaves keys on its stack. The function that called it must call
 * this to wipe the memory below its frame. */
__attribute__((noinline, unused)) static void fv_kernel_wipe_below(void)
{
    uint8_t below[512]; /* more than the largest of them uses */
    mbedtls_platform_zeroize(below, sizeof(below));
}

#if defined(__aarch64__)
#define FV_CHACHA20_STEP 320 /* four blocks in vector registers, one in general registers */
#else
#define FV_CHACHA20_STEP 256 /* three blocks in vector registers, one in general registers */
#endif

/* True if SHA-256 leaves words of its input on the stack. */
#if defined(__x86_64__)
#define FV_SHA256_LEAVES 0
#else
#define FV_SHA256_LEAVES 1
#endif

#if defined(__x86_64__)
#include <cpuid.h>

static inline int fv_kernel_has_sha256(void)
{
    static int known; /* CPUID takes microseconds in a virtual machine */
    unsigned a, b, c, d;
    if (known == 0) {
        known = -1;
        if (__get_cpuid(1, &a, &b, &c, &d) != 0 && (c & bit_SSSE3) != 0 && (c & bit_SSE4_1) != 0 &&
            __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & bit_SHA) != 0) {
            known = 1;
        }
    }
    return known > 0;
}
#elif defined(__aarch64__)
/* NEON is part of the architecture. */
static inline int fv_kernel_has_neon(void)
{
    return 1;
}
#else
#include <sys/auxv.h>

static inline int fv_kernel_has_neon(void)
{
    return (getauxval(AT_HWCAP) & 1 << 12) != 0; /* HWCAP_NEON */
}

static inline int fv_kernel_has_sha256(void)
{
    return fv_kernel_has_neon();
}
#endif

#endif
