#define _GNU_SOURCE
#include "port/posix/posix.h"

#if defined(__x86_64__) || defined(__i386__)

bool fv_posix_has_aes(void)
{
    return __builtin_cpu_supports("aes") && __builtin_cpu_supports("pclmul");
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
