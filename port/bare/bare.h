/*
 * The port for a machine without an operating system, as far as all of them are alike: start, wall clock, the pool that TLS allocates from,
 * panics, the stack. port/cortexm and port/riscv have the rest: the first instruction, the clock that counts, traps.
 *
 * What a board must give is at the end; a board is one folder that defines these functions, a network driver
 * (port/lwip/lwip.h) and its storage (src/fw/board.h).
 */
#ifndef FV_PORT_BARE_H
#define FV_PORT_BARE_H

#include "port/port.h"

#include <stddef.h>
#include <stdint.h>

/* --- Start --- */

/* Runs on the stack, before anything else in C: paints the stack, fills .data and .bss, calls fv_board_init() and main(), ends. */
_Noreturn void fv_bare_start(void);

/* --- Clock --- */

/* The table for the core; wall() is INT64_MIN until fv_bare_set_wall(). cancelled() is what fv_bare_cancel() set. */
extern const struct fv_port_clock fv_bare_clock;

/* From now on wall time is wall_us and goes on from there. INT64_MIN: it is not known. */
void fv_bare_set_wall(int64_t wall_us);
/* Ask the call that is under way, and all later ones, to end with FV_E_CANCELLED (on = 0: no more). May be called by an
 * interrupt. */
void fv_bare_cancel(int on);

/* --- Memory for TLS --- */

/* Zeroed memory from a pool of FV_HEAP_BYTES (board.mk), first fit; NULL if none is left. mbedTLS gets these through fv_mbedtls.h. */
void *fv_bare_calloc(size_t count, size_t size);
void fv_bare_free(void *p);

struct fv_bare_heap {
    size_t size;  /* bytes of the pool */
    size_t used;  /* now, the headers of the blocks included */
    size_t most;  /* at any time */
    size_t reach; /* the highest byte ever used: a pool of that size would have done */
    uint32_t failures;
};
/* Counters since the start, or since the last fv_bare_heap_forget(). */
const struct fv_bare_heap *fv_bare_heap(void);
void fv_bare_heap_forget(void);

/* Tells the core when an allocation failed, which TLS does not always report as that. */
extern const struct fv_port_memory fv_bare_memory;

/* --- Stack --- */

/* Bytes of it, and the most that were in use since the start. */
size_t fv_bare_stack_size(void);
size_t fv_bare_stack_most(void);

/* --- Panic --- */

/* Something that cannot be: say so, and end through fv_board_end(). */
_Noreturn void fv_bare_panic(const char *what);
/* A trap that ended the program, when sp was the stack's pointer: tell an overflow from others. Runs on a stack set up anew. */
_Noreturn void fv_bare_trapped(const uint32_t *sp);

/* --- What port/cortexm or port/riscv defines --- */

/* Microseconds since the start. Never jumps. */
int64_t fv_bare_now(void);
/* Wait for an interrupt; one comes once a millisecond at least. */
void fv_bare_idle(void);

/* --- What a board defines --- */

/* Clocks of the chip, the log's line; starts the machine's clock (fv_cortexm_clock_init()). */
void fv_board_init(void);
/* Write to the log's line; returns when all is written. Called by fv_bare_panic() too: no interrupts, no allocation. */
void fv_board_write(const char *text, size_t n);
/* Wall time from a clock that runs while the board is off: microseconds since 1970; INT64_MIN if there is none, or it is not set. */
int64_t fv_board_wall(void);
/* Fill p with n random bytes that nobody can predict: a hardware source with its health test. FV_OK, FV_E_NETWORK. */
enum fv_err fv_board_entropy(void *ctx, uint8_t *p, size_t n);
/* Nothing more to do for good: halt, reset, wait for a watchdog. status is that of the command line (0, 1 to 9; 70 after a panic). */
_Noreturn void fv_board_end(int status);

#endif
