#include "port/cortexm/cortexm.h"

#include <string.h>

/* From the linker script. The stack is at the bottom of the RAM: below it there is nothing that an overflow could spoil. */
extern uint32_t fv_stack_bottom[], fv_stack_top[];
extern uint8_t fv_data_load[], fv_data_start[], fv_data_end[], fv_bss_start[], fv_bss_end[];

#define PAINT 0x5AFE57ACu

int main(void);
_Noreturn void fv_cortexm_explain(const uint32_t *sp);

static size_t bytes(const void *from, const void *to)
{
    return (size_t)((uintptr_t)to - (uintptr_t)from);
}

_Noreturn void fv_cortexm_reset(void)
{
    uint32_t *here =
        (uint32_t *)__builtin_frame_address(0) - 16; /* below are this function's own */
    for (uint32_t *p = fv_stack_bottom; p < here; p++) {
        *p = PAINT;
    }
    memcpy(fv_data_start, fv_data_load, bytes(fv_data_start, fv_data_end));
    memset(fv_bss_start, 0, bytes(fv_bss_start, fv_bss_end));
    fv_board_init();
    fv_board_end(main());
}

size_t fv_cortexm_stack_size(void)
{
    return bytes(fv_stack_bottom, fv_stack_top);
}

size_t fv_cortexm_stack_most(void)
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

_Noreturn void fv_cortexm_panic(const char *what)
{
    say("\r\npanic: ");
    say(what);
    say("\r\n");
    fv_board_end(70);
}

/* Called by fv_cortexm_fault() on a new stack; sp is where the old one ended. */
__attribute__((used)) _Noreturn void fv_cortexm_explain(const uint32_t *sp)
{
    bool overflow = sp < fv_stack_bottom || fv_stack_bottom[0] != PAINT;
    fv_cortexm_panic(overflow ? "the stack overflowed" : "a fault");
}

__attribute__((naked)) void fv_cortexm_fault(void)
{
    __asm volatile("mov r0, sp\n"
                   "movw r1, #:lower16:fv_stack_top\n"
                   "movt r1, #:upper16:fv_stack_top\n"
                   "mov sp, r1\n"
                   "bl fv_cortexm_explain\n");
}

/* newlib's would bring stdio. */
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *text);
_Noreturn void __assert_func(const char *file, int line, const char *function, const char *text)
{
    (void)line;
    (void)function;
    say(file);
    fv_cortexm_panic(text);
}
