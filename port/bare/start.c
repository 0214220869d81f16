/* SPDX-License-Identifier: MIT */
#include "port/bare/bare.h"

#include <string.h>

/* From the linker script. The stack is at the bottom of the RAM, so an overflow cannot overwrite
 * anything. */
extern uint32_t fv_stack_bottom[], fv_stack_top[];
extern uint8_t fv_data_load[], fv_data_start[], fv_data_end[], fv_bss_start[], fv_bss_end[];

#define PAINT 0x5AFE57ACu

int main(void);

static size_t bytes(const void *from, const void *to)
{
    return (size_t)((uintptr_t)to - (uintptr_t)from);
}

__attribute__((used)) _Noreturn void fv_bare_start(void)
{
    /* this function uses the words below */
    uint32_t *here = (uint32_t *)__builtin_frame_address(0) - 16;
    for (uint32_t *p = fv_stack_bottom; p < here; p++) {
        *p = PAINT;
    }
    memcpy(fv_data_start, fv_data_load, bytes(fv_data_start, fv_data_end));
    memset(fv_bss_start, 0, bytes(fv_bss_start, fv_bss_end));
    fv_board_init();
    fv_board_end(main());
}

size_t fv_bare_stack_size(void)
{
    return bytes(fv_stack_bottom, fv_stack_top);
}

size_t fv_bare_stack_most(void)
{
    const uint32_t *p = fv_stack_bottom;
    while (p < fv_stack_top && *p == PAINT) {
        p++;
    }
    return bytes(p, fv_stack_top);
}

static void say(const char *text)
{
    fv_board_write(text, strlen(text));
}

_Noreturn void fv_bare_panic(const char *what)
{
    say("\r\npanic: ");
    say(what);
    say("\r\n");
    fv_board_end(70);
}

__attribute__((used)) _Noreturn void fv_bare_trapped(const uint32_t *sp)
{
    bool overflow = sp < fv_stack_bottom || fv_stack_bottom[0] != PAINT;
    fv_bare_panic(overflow ? "the stack overflowed" : "a fault");
}

/* the C library's own would link stdio */
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *text);
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *text)
{
    (void)line;
    (void)function;
    say(file);
    fv_bare_panic(text);
}
