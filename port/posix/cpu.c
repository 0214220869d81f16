/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE
#include "port/posix/posix.h"

#if defined(__x86_64__) || defined(__i386__)

#include <cpuid.h>

/* __builtin_cpu_supports adds 4.5 KB of code that knows all processors. */
bool fv_posix_has_aes(void)
{
    const unsigned both = bit_AES | bit_PCLMUL;
    unsigned a;
    unsigned b;
    unsigned c;
    unsigned d;

    return __get_cpuid(1, &a, &b, &c, &d) != 0 && (c & both) == both;
}

#elif defined(__aarch64__)

#include <asm/hwcap.h>
#include <sys/auxv.h>

bool fv_posix_has_aes(void)
{
    const unsigned long both = HWCAP_AES | HWCAP_PMULL;

    return (getauxval(AT_HWCAP) & both) == both;
}

#else

bool fv_posix_has_aes(void)
{
    return false;
}

#endif
