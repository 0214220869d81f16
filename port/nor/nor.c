/* SPDX-License-Identifier: MIT */
#include "port/nor/nor.h"

#define BLOCK 4096u
#define PAGE 256u
#define UNIT 16u /* bytes programmed at a time, as chips with error correction require */
#define NARROW (UINT32_C(1) << 24) /* bytes that an address of three bytes reaches */

enum { READ_ID = 0x9F, READ_STATUS = 0x05, WRITE_ENABLE = 0x06, WAKE = 0xAB };
/* With addresses of three bytes, of four. */
static const uint8_t command_read[] = {0x03, 0x13}, command_program[] = {0x02, 0x12},
                     command_erase[] = {0x20, 0x21};

/* Bits of the status. */
#define BUSY 0x01u
#define ENABLED 0x02u

#define PROGRAM_US 20000
#define ERASE_US 2000000
#define WAKE_US 100

/* --- Commands --- */

static void select(const struct fv_nor *nor, bool on)
{
    nor->spi->select(nor->spi->ctx, on);
}

/* Send a command and receive n bytes, which may be 0. */
static void command(const struct fv_nor *nor, uint8_t number, uint8_t *reply, size_t n)
{
    select(nor, true);
    (void)nor->spi->swap(nor->spi->ctx, number);
    nor->spi->receive(nor->spi->ctx, reply, n);
    select(nor, false);
}

/* Begin a command with an address; the chip stays selected. */
static void send_head(const struct fv_nor *nor, const uint8_t *numbers, uint32_t block,
                      uint32_t offset)
{
    uint32_t at = (nor->skip + block) * BLOCK + offset;
    uint8_t bytes[5] = {numbers[nor->wide]};
    size_t n = 1;
    if (nor->wide) {
        bytes[n++] = (uint8_t)(at >> 24);
    }
    bytes[n++] = (uint8_t)(at >> 16);
    bytes[n++] = (uint8_t)(at >> 8);
    bytes[n++] = (uint8_t)at;
    select(nor, true);
    nor->spi->transmit(nor->spi->ctx, bytes, n);
}

static uint8_t status(const struct fv_nor *nor)
{
    uint8_t byte = 0xFF;
    command(nor, READ_STATUS, &byte, 1);
    return byte;
}

static int64_t now(const struct fv_nor *nor)
{
    return nor->clock->now(nor->clock->ctx);
}

/* Wait until the chip is not busy. A missing chip reads as 0xFF, which is always busy. */
static enum fv_err wait(const struct fv_nor *nor, int64_t limit_us)
{
    int64_t until = now(nor) + limit_us;
    while ((status(nor) & BUSY) != 0) {
        if (now(nor) >= until) {
            return FV_E_STORAGE;
        }
    }
    return FV_OK;
}

/* Enable writes for the next command. Return false if the chip does not confirm that: it is
 * missing. */
static bool enable(const struct fv_nor *nor)
{
    command(nor, WRITE_ENABLE, NULL, 0);
    return (status(nor) & (ENABLED | BUSY)) == ENABLED;
}

/* --- The table --- */

static enum fv_err nor_read(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n)
{
    const struct fv_nor *nor = ctx;
    send_head(nor, command_read, block, offset);
    nor->spi->receive(nor->spi->ctx, p, n);
    select(nor, false);
    return FV_OK;
}

/* Program a page at a time: at its end, a chip continues at its start. */
static enum fv_err nor_program(void *ctx, uint32_t block, uint32_t offset, const void *p,
                               uint32_t n)
{
    const struct fv_nor *nor = ctx;
    const uint8_t *from = p;
    enum fv_err err = FV_OK;
    while (n > 0 && err == FV_OK) {
        uint32_t some = PAGE - offset % PAGE;
        if (some > n) {
            some = n;
        }
        if (!enable(nor)) {
            return FV_E_STORAGE;
        }
        send_head(nor, command_program, block, offset);
        nor->spi->transmit(nor->spi->ctx, from, some);
        select(nor, false);
        err = wait(nor, PROGRAM_US);
        from += some;
        offset += some;
        n -= some;
    }
    return err;
}

static enum fv_err nor_erase(void *ctx, uint32_t block)
{
    const struct fv_nor *nor = ctx;
    if (!enable(nor)) {
        return FV_E_STORAGE;
    }
    send_head(nor, command_erase, block, 0);
    select(nor, false);
    return wait(nor, ERASE_US);
}

/* Programmed data is durable when the chip is no longer busy. */
static enum fv_err nor_sync(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

/* Return the size in bytes by the third byte of the id; 0: not known. After 32 MiB, some makers
 * go on with 0x1A, others with 0x20. */
static uint32_t size_of(const uint8_t *id)
{
    if (id[0] == 0 || id[0] == 0xFF || id[2] < 0x10 || id[2] > 0x22) {
        return 0;
    }
    return UINT32_C(1) << (id[2] < 0x20 ? id[2] : id[2] - 6u);
}

const struct fv_flash *fv_nor_start(struct fv_nor *nor)
{
    uint8_t id[3] = {0};
    nor->spi->speed(nor->spi->ctx, true);
    select(nor, false);
    command(nor, WAKE, NULL, 0);
    for (int64_t until = now(nor) + WAKE_US; now(nor) < until;) {
    }
    if (wait(nor, ERASE_US) == FV_OK) { /* it may be busy if a reset interrupted a write */
        command(nor, READ_ID, id, sizeof id);
    }
    uint32_t size = size_of(id);
    if (nor->size != 0 && id[0] != 0 && id[0] != 0xFF) {
        size = nor->size;
    }
    nor->wide = size > NARROW;
    nor->flash = (struct fv_flash){
        .ctx = nor,
        .block_size = BLOCK,
        .blocks = size / BLOCK > nor->skip ? size / BLOCK - nor->skip : 0,
        .read_size = 1,
        .prog_size = UNIT,
        .read = nor_read,
        .program = nor_program,
        .erase = nor_erase,
        .sync = nor_sync,
    };
    return &nor->flash;
}
