/* SPDX-License-Identifier: MIT */
/*
 * Exit status, entropy and the blocks of the card, by semihosting from the machine that emulates
 * the board. The command line names the file that is the card.
 */
#include "boards/bare/storage.h"
#include "port/bare/bare.h"

enum {
    SYS_OPEN = 1,
    SYS_CLOSE = 2,
    SYS_WRITE = 5,
    SYS_READ = 6,
    SYS_SEEK = 0x0A,
    SYS_FLEN = 0x0C,
    SYS_GET_CMDLINE = 0x15,
    SYS_EXIT_EXTENDED = 0x20
};

static int call(int number, const void *arguments)
{
    register int r0 __asm("r0") = number;
    register const void *r1 __asm("r1") = arguments;
    __asm volatile("bkpt 0xAB" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
}

static int open_file(const char *name, size_t length, uintptr_t mode)
{
    const uintptr_t open[3] = {(uintptr_t)name, mode, length};
    return call(SYS_OPEN, open);
}

enum fv_err fv_board_entropy(void *ctx, uint8_t *p, size_t n)
{
    static int file = -1;
    static const char name[] = "/dev/urandom";
    (void)ctx;
    if (file < 0) {
        file = open_file(name, sizeof name - 1, 1 /* "rb" */);
    }
    const uintptr_t read[3] = {(uintptr_t)file, (uintptr_t)p, n};
    return file >= 0 && call(SYS_READ, read) == 0 ? FV_OK : FV_E_NETWORK;
}

int64_t fv_board_wall(void)
{
    return INT64_MIN;
}

_Noreturn void fv_board_end(int status)
{
    const uintptr_t exit[2] = {0x20026 /* ADP_Stopped_ApplicationExit */, (uintptr_t)status};
    (void)call(SYS_EXIT_EXTENDED, exit);
    for (;;) {
    }
}

/* --- The card --- */

static int disk = -1;
static struct fv_block card;

static uint32_t size(void)
{
    const uintptr_t file[1] = {(uintptr_t)disk};
    return disk >= 0 ? (uint32_t)call(SYS_FLEN, file) / FV_BLOCK_SIZE : 0;
}

/* A file whose size has changed is another medium: it must be opened anew. */
static enum fv_err seek(uint32_t block)
{
    const uintptr_t seek[2] = {(uintptr_t)disk, block * FV_BLOCK_SIZE};
    if (size() != card.blocks) {
        return FV_E_MEDIUM;
    }
    return call(SYS_SEEK, seek) == 0 ? FV_OK : FV_E_STORAGE;
}

static enum fv_err block_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    const uintptr_t read[3] = {(uintptr_t)disk, (uintptr_t)p, count * FV_BLOCK_SIZE};
    (void)ctx;
    enum fv_err err = seek(first);
    return err != FV_OK || call(SYS_READ, read) == 0 ? err : FV_E_STORAGE;
}

static enum fv_err block_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    const uintptr_t write[3] = {(uintptr_t)disk, (uintptr_t)p, count * FV_BLOCK_SIZE};
    (void)ctx;
    enum fv_err err = seek(first);
    return err != FV_OK || call(SYS_WRITE, write) == 0 ? err : FV_E_STORAGE;
}

static enum fv_err block_sync(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

/* Opened anew for each session: the name may be that of another file by now. */
const struct fv_block *fv_board_card(void)
{
    static char name[256];
    const uintptr_t line[2] = {(uintptr_t)name, sizeof name};
    const uintptr_t old[1] = {(uintptr_t)disk};
    if (disk >= 0) {
        (void)call(SYS_CLOSE, old);
        disk = -1;
    }
    if (call(SYS_GET_CMDLINE, line) == 0) {
        size_t length = 0;
        while (length < sizeof name && name[length] != 0) {
            length++;
        }
        disk = open_file(name, length, 3 /* "r+b" */);
    }
    card = (struct fv_block){.blocks = size(),
                             .read = block_read,
                             .write = block_write,
                             .sync = block_sync};
    return &card;
}
