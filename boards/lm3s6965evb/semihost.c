/* SPDX-License-Identifier: MIT */
/*
 * Exit status, entropy and time, by semihosting from the machine that emulates the board. On a real
 * board the first call stops the core. boards/PORTING.md tells what replaces it.
 */
#include "port/bare/bare.h"

enum { SYS_OPEN = 1, SYS_READ = 6, SYS_TIME = 0x11, SYS_EXIT_EXTENDED = 0x20 };

static int call(int number, const void *arguments)
{
    register int r0 __asm("r0") = number;
    register const void *r1 __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

enum fv_err fv_board_entropy(void *ctx, uint8_t *p, size_t n)
{
    static int file = -1;
    static const char name[] = "/dev/urandom";
    (void)ctx;
    if (file < 0) {
        const uintptr_t open[3] = {(uintptr_t)name, 1 /* "rb" */, sizeof name - 1};
        file = call(SYS_OPEN, open);
    }
    const uintptr_t read[3] = {(uintptr_t)file, (uintptr_t)p, n};
    return file >= 0 && call(SYS_READ, read) == 0 ? FV_OK : FV_E_NETWORK;
}

int64_t fv_board_wall(void)
{
    return (int64_t)(uint32_t)call(SYS_TIME, NULL) * 1000000;
}

_Noreturn void fv_board_end(int status)
{
    const uintptr_t exit[2] = {0x20026 /* ADP_Stopped_ApplicationExit */, (uintptr_t)status};
    (void)call(SYS_EXIT_EXTENDED, exit);
    for (;;) {
    }
}
