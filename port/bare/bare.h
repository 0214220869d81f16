/* SPDX-License-Identifier: MIT */
/*
 * The port for a machine without an operating system, as far as all such machines are alike: start,
 * wall clock, the pool that TLS allocates from, panics, the stack. port/cortexm and port/riscv have
 * the rest: the first instruction, the counting clock, traps.
 *
 * The functions that a board must define are at the end. A board is one folder with these
 * functions, a network driver (port/lwip/lwip.h) and its storage (src/fw/board.h).
 */
#ifndef FV_PORT_BARE_H
#define FV_PORT_BARE_H

#include "port/port.h"

#include <stddef.h>
#include <stdint.h>

/* --- Start --- */

/* The first C code that runs, on the stack: paints the stack, fills .data and .bss, calls
 * fv_board_init() and main(), and ends. */
_Noreturn void fv_bare_start(void);

/* --- Clock --- */

/* The table for the core. wall() returns INT64_MIN until fv_bare_set_wall(); cancelled() returns
 * what fv_bare_cancel() has set. */
extern const struct fv_port_clock fv_bare_clock;

/* Set the wall time, which then goes on. INT64_MIN: it is not known. */
void fv_bare_set_wall(int64_t wall_us);
/* Let the current call of the client, and all later ones, end with FV_E_CANCELLED; on = 0 withdraws
 * that. May be called from an interrupt. */
void fv_bare_cancel(int on);

/* --- Memory for TLS --- */

/* Allocate zeroed memory from a pool of FV_HEAP_BYTES (board.mk), first fit; NULL if there is not
 * enough. fv_mbedtls.h gives these functions to mbedTLS. */
void *fv_bare_calloc(size_t count, size_t size);
void fv_bare_free(void *p);

struct fv_bare_heap {
    size_t size;  /* bytes of the pool */
    size_t used;  /* now, with the headers of the blocks */
    size_t most;  /* largest value of used */
    size_t reach; /* the highest byte ever used: a pool of that size would have been enough */
    uint32_t failures;
};
/* Return the counters since the start, or since the last fv_bare_heap_forget(). */
const struct fv_bare_heap *fv_bare_heap(void);
void fv_bare_heap_forget(void);

/* Tells the core when an allocation has failed. TLS does not always report that error as such. */
extern const struct fv_port_memory fv_bare_memory;

/* --- Stack --- */

/* Return the size of the stack in bytes, and the largest part used since the start. */
size_t fv_bare_stack_size(void);
size_t fv_bare_stack_most(void);

/* --- Panic --- */

/* Something impossible has happened: write what, and end through fv_board_end(). */
_Noreturn void fv_bare_panic(const char *what);
/* A trap ended the program; sp was the stack pointer. Distinguish a stack overflow from other
 * traps. Runs on a new stack. */
_Noreturn void fv_bare_trapped(const uint32_t *sp);

/* --- What port/cortexm or port/riscv defines --- */

/* Return microseconds since the start. Never jumps. */
int64_t fv_bare_now(void);
/* Wait for an interrupt. There is at least one every millisecond. */
void fv_bare_idle(void);

/* --- What a board defines --- */

/* Set up the clocks of the chip and the log's output, and start the machine's clock
 * (fv_cortexm_clock_init() or fv_riscv_clock_init()). */
void fv_board_init(void);
/* Write to the log, and return when all is written. fv_bare_panic() calls it too: it must not need
 * interrupts or allocate. */
void fv_board_write(const char *text, size_t n);
/* Return the wall time from a clock that runs while the board is off, in microseconds since 1970;
 * INT64_MIN if there is none or it is not set. */
int64_t fv_board_wall(void);
/* Fill p with n unpredictable random bytes, from a hardware source with its health test. FV_OK,
 * FV_E_NETWORK. */
enum fv_err fv_board_entropy(void *ctx, uint8_t *p, size_t n);
/* The program has ended: halt, reset, or wait for a watchdog. status is the exit status of the
 * command line (0, 1 to 9), or 70 after a panic. */
_Noreturn void fv_board_end(int status);

#endif
