/* SPDX-License-Identifier: MIT */
/*
 * What lwIP asks of compiler and platform, besides what its own arch.h finds out.
 */
#ifndef FV_LWIP_ARCH_CC_H
#define FV_LWIP_ARCH_CC_H

#include <stdint.h>

uint32_t fv_lwip_rand(void);

#define LWIP_RAND() fv_lwip_rand()
#define LWIP_NO_CTYPE_H 1 /* its table of 256 bytes, for the digits of an address */
#define LWIP_PLATFORM_DIAG(x)                                                                      \
    do {                                                                                           \
    } while (0)
/* A broken promise inside the stack: no way to go on. Not worth the room of its sentences. */
#define LWIP_PLATFORM_ASSERT(x) __builtin_trap()

#endif
