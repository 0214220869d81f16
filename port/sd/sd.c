/* SPDX-License-Identifier: MIT */
#include "port/sd/sd.h"

#define TRIES 3
#define BYTES_MOST (UINT32_C(1) << 23) /* blocks that an address in bytes reaches */

/* Commands. */
enum {
    GO_IDLE = 0,
    SEND_IF_COND = 8,
    SEND_CSD = 9,
    STOP = 12,
    SEND_STATUS = 13,
    SET_BLOCKLEN = 16,
    READ_ONE = 17,
    READ_MANY = 18,
    WRITE_ONE = 24,
    WRITE_MANY = 25,
    APP_OP_COND = 41,
    APP_CMD = 55,
    READ_OCR = 58,
    CRC_ON_OFF = 59
};

/* Replies and tokens. */
#define IDLE 0x01u
#define ILLEGAL 0x04u
#define TOKEN_ONE 0xFEu
#define TOKEN_MANY 0xFCu
#define TOKEN_STOP 0xFDu
#define ACCEPTED 0x05u
#define PROTECTED 0x20u /* in the second byte of R2 */
#define WIDE 0x40u      /* in the first byte of the OCR */

#define START_US 1000000
#define READ_US 200000
#define WRITE_US 1000000

/* --- Bytes --- */

static uint8_t swap(const struct fv_sd *sd, uint8_t out)
{
    return sd->spi->swap(sd->spi->ctx, out);
}

static void receive(const struct fv_sd *sd, uint8_t *p, size_t n)
{
    sd->spi->receive(sd->spi->ctx, p, n);
}

static int64_t now(const struct fv_sd *sd)
{
    return sd->clock->now(sd->clock->ctx);
}

static void select(const struct fv_sd *sd, bool on)
{
    sd->spi->select(sd->spi->ctx, on);
    if (!on) {
        (void)swap(sd, 0xFF); /* the card releases its line */
    }
}

/* Wait for a byte that is 0xFF (idle) or is not, and return the last one read. A call that fails
 * has several of these waits. */
static uint8_t wait_byte(const struct fv_sd *sd, bool idle, int64_t limit_us)
{
    int64_t until = now(sd) + limit_us;
    uint8_t byte;
    fv_port_idle(sd->clock);
    do {
        byte = swap(sd, 0xFF);
    } while ((byte == 0xFF) != idle && now(sd) < until);
    return byte;
}

static bool wait_idle(const struct fv_sd *sd)
{
    return wait_byte(sd, true, WRITE_US) == 0xFF;
}

/* --- Check sequences --- */

/* CRC7 of n bytes in the upper bits, and the end bit (4.5): x^7 + x^3 + 1. */
static uint8_t crc7(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        crc ^= p[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc << 1 ^ ((crc & 0x80) != 0 ? 0x112u : 0);
        }
    }
    return (uint8_t)(crc | 1);
}

/* CRC16 (4.5), a byte at a time: x^16 + x^12 + x^5 + 1. */
static uint32_t crc16(const uint8_t *p, size_t n)
{
    uint32_t crc = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t x = (crc >> 8 ^ p[i]) & 0xFF;
        x ^= x >> 4;
        crc = crc << 8 ^ x << 12 ^ x << 5 ^ x;
    }
    return crc & 0xFFFF;
}

/* --- Commands --- */

/* Send a command; the card stays selected. Return R1; 0xFF: no reply. */
static uint8_t command(const struct fv_sd *sd, uint8_t number, uint32_t argument)
{
    uint8_t frame[6] = {(uint8_t)(0x40u | number), (uint8_t)(argument >> 24),
                        (uint8_t)(argument >> 16), (uint8_t)(argument >> 8), (uint8_t)argument};
    uint8_t reply = 0xFF;
    frame[5] = crc7(frame, 5);
    if (number != GO_IDLE && number != STOP && !wait_idle(sd)) {
        return reply;
    }
    sd->spi->transmit(sd->spi->ctx, frame, sizeof frame);
    if (number == STOP) {
        (void)swap(sd, 0xFF); /* one byte of the block is still sent */
    }
    for (int i = 0; i < 10 && (reply & 0x80) != 0; i++) {
        reply = swap(sd, 0xFF);
    }
    return reply;
}

/* Send a command without data. The bytes after R1 go to sd->more, 0xFF if there are none: each
 * reply is read as if it had the greatest length. */
static uint8_t ask(struct fv_sd *sd, uint8_t number, uint32_t argument)
{
    select(sd, true);
    uint8_t reply = command(sd, number, argument);
    receive(sd, sd->more, sizeof sd->more);
    select(sd, false);
    return reply;
}

static bool read_data(const struct fv_sd *sd, uint8_t *p, size_t n)
{
    uint8_t check[2];
    if (wait_byte(sd, false, READ_US) != TOKEN_ONE) {
        return false;
    }
    receive(sd, p, n);
    receive(sd, check, sizeof check);
    return !sd->checked || crc16(p, n) == ((uint32_t)check[0] << 8 | check[1]);
}

/* Return whether the card accepts the command, in three attempts. */
static bool takes(struct fv_sd *sd, uint8_t number, uint32_t argument)
{
    for (int i = 0; i < TRIES; i++) {
        if (ask(sd, number, argument) == 0) {
            return true;
        }
    }
    return false;
}

/* --- Start --- */

static bool wake(struct fv_sd *sd, bool second)
{
    int64_t until = now(sd) + START_US;
    uint8_t reply;
    do {
        (void)ask(sd, APP_CMD, 0);
        reply = ask(sd, APP_OP_COND, second ? UINT32_C(1) << 30 : 0);
    } while (reply == IDLE && now(sd) < until);
    return reply == 0;
}

/* Return in *wide whether the card is addressed in blocks. R1 may be idle, as with QEMU's card. */
static bool read_wide(struct fv_sd *sd, bool *wide)
{
    bool good = (ask(sd, READ_OCR, 0) & ~IDLE) == 0;
    *wide = (sd->more[0] & WIDE) != 0;
    return good;
}

/* Return the number of blocks by C_SIZE of CSD version 1.0 (5.3.2), 2.0 or 3.0 (5.3.3, 5.3.4).
 * UINT32_MAX: too large, or not a valid CSD. */
static uint32_t blocks_of(const uint8_t csd[16])
{
    uint32_t size =
        ((uint32_t)csd[6] << 24 | (uint32_t)csd[7] << 16 | (uint32_t)csd[8] << 8 | csd[9]) &
        0x0FFFFFFF;
    uint32_t shift = 10;
    if (csd[0] >> 6 == 0) {
        shift = (csd[5] & 15u) - 9; /* READ_BL_LEN, which is 9 to 11 */
        if (shift > 2) {
            return UINT32_MAX;
        }
        shift += 2 + ((uint32_t)(csd[9] & 3) << 1 | csd[10] >> 7);
        size = size >> 14 & 0xFFF;
    }
    return size < UINT32_MAX >> shift ? (size + 1) << shift : UINT32_MAX;
}

/* Read the size. The CSD is read before CMD59, because some cards send a wrong CRC with data
 * that is not a block. It has a CRC7 of its own. */
static uint32_t size_of(const struct fv_sd *sd)
{
    uint8_t csd[16];
    uint32_t blocks = UINT32_MAX;
    for (int i = 0; i < TRIES && blocks == UINT32_MAX; i++) {
        select(sd, true);
        if (command(sd, SEND_CSD, 0) == 0 && read_data(sd, csd, sizeof csd) &&
            csd[15] == crc7(csd, 15)) {
            blocks = blocks_of(csd);
        }
        select(sd, false);
    }
    return !sd->wide && blocks > BYTES_MOST ? BYTES_MOST : blocks;
}

static void clocks(const struct fv_sd *sd, uint32_t bytes)
{
    for (; bytes > 0; bytes--) {
        (void)swap(sd, 0xFF);
    }
}

/* End a block that a reset of this machine has interrupted: the card takes the next bytes for
 * its rest. */
static void flush(const struct fv_sd *sd)
{
    select(sd, true);
    clocks(sd, FV_BLOCK_SIZE + 8);
    (void)swap(sd, TOKEN_STOP);
    clocks(sd, 8);
    (void)wait_idle(sd);
    select(sd, false);
}

static bool start(struct fv_sd *sd)
{
    bool wide = false;
    sd->checked = false;
    sd->spi->speed(sd->spi->ctx, false);
    select(sd, false);
    clocks(sd, 10); /* at least 74 before the first command */
    if (ask(sd, GO_IDLE, 0) != IDLE) {
        flush(sd);
        return false;
    }
    bool second = (ask(sd, SEND_IF_COND, 0x1AA) & ILLEGAL) == 0;
    if ((second && sd->more[3] != 0xAA) || !wake(sd, second)) {
        return false;
    }
    /* Read twice, because this reply has no CRC and all addresses depend on it. */
    if (!read_wide(sd, &sd->wide) || !read_wide(sd, &wide) || wide != sd->wide) {
        return false;
    }
    sd->spi->speed(sd->spi->ctx, true);
    sd->block.blocks = size_of(sd);
    sd->checked = takes(sd, CRC_ON_OFF, 1);
    sd->told = takes(sd, SEND_STATUS, 0);
    return takes(sd, SET_BLOCKLEN, FV_BLOCK_SIZE);
}

/* --- Blocks --- */

/* After a failure, find out whether the card still accepts a command that it accepts only after
 * its start. A card that was without power does not. The rest of a block that it may be sending
 * is read first. */
static enum fv_err failed(struct fv_sd *sd, enum fv_err err)
{
    select(sd, true);
    clocks(sd, FV_BLOCK_SIZE + 8);
    select(sd, false);
    sd->ready = takes(sd, SET_BLOCKLEN, FV_BLOCK_SIZE);
    return sd->ready ? err : FV_E_MEDIUM;
}

static uint32_t place(const struct fv_sd *sd, uint32_t block)
{
    return sd->wide ? block : block * FV_BLOCK_SIZE;
}

static bool read_once(const struct fv_sd *sd, uint32_t first, uint8_t *p, uint32_t count)
{
    select(sd, true);
    bool good = command(sd, count > 1 ? READ_MANY : READ_ONE, place(sd, first)) == 0;
    for (uint32_t i = 0; good && i < count; i++) {
        good = read_data(sd, p + i * FV_BLOCK_SIZE, FV_BLOCK_SIZE);
    }
    if (count > 1) {
        good = (command(sd, STOP, 0) & (0x80u | ILLEGAL | IDLE)) == 0 && good;
        (void)wait_idle(sd);
    }
    select(sd, false);
    return good;
}

static bool write_data(const struct fv_sd *sd, const uint8_t *p, uint8_t token)
{
    uint32_t check = crc16(p, FV_BLOCK_SIZE);
    (void)swap(sd, 0xFF);
    (void)swap(sd, token);
    sd->spi->transmit(sd->spi->ctx, p, FV_BLOCK_SIZE);
    (void)swap(sd, (uint8_t)(check >> 8));
    (void)swap(sd, (uint8_t)check);
    bool good = (swap(sd, 0xFF) & 0x1F) == ACCEPTED;
    return wait_idle(sd) && good;
}

/* Write blocks, then read the status of the card: R2, two zero bytes if all is well. */
static enum fv_err write_once(struct fv_sd *sd, uint32_t first, const uint8_t *p, uint32_t count)
{
    select(sd, true);
    bool begun = command(sd, count > 1 ? WRITE_MANY : WRITE_ONE, place(sd, first)) == 0;
    bool good = begun;
    for (uint32_t i = 0; good && i < count; i++) {
        good = write_data(sd, p + i * FV_BLOCK_SIZE, count > 1 ? TOKEN_MANY : TOKEN_ONE);
    }
    if (begun && count > 1) {
        (void)swap(sd, TOKEN_STOP);
        (void)swap(sd, 0xFF);
        good = wait_idle(sd) && good;
    }
    select(sd, false);
    if (!sd->told) {
        return good && ask(sd, SET_BLOCKLEN, FV_BLOCK_SIZE) == 0 ? FV_OK : failed(sd, FV_E_STORAGE);
    }
    uint8_t reply = ask(sd, SEND_STATUS, 0);
    if (good && reply == 0 && sd->more[0] == 0) {
        return FV_OK;
    }
    return failed(sd, reply == 0 && (sd->more[0] & PROTECTED) != 0 ? FV_E_READONLY : FV_E_STORAGE);
}

static enum fv_err block_read(void *ctx, uint32_t first, void *p, uint32_t count)
{
    struct fv_sd *sd = ctx;
    enum fv_err err = sd->ready ? FV_E_STORAGE : FV_E_MEDIUM;
    for (int i = 0; i < TRIES && sd->ready && err != FV_OK; i++) {
        err = read_once(sd, first, p, count) ? FV_OK : failed(sd, FV_E_STORAGE);
    }
    return err;
}

static enum fv_err block_write(void *ctx, uint32_t first, const void *p, uint32_t count)
{
    struct fv_sd *sd = ctx;
    enum fv_err err = sd->ready ? FV_E_STORAGE : FV_E_MEDIUM;
    for (int i = 0; i < TRIES && sd->ready && err != FV_OK; i++) {
        err = write_once(sd, first, p, count);
    }
    return err;
}

/* the status after each write says that it is complete */
static enum fv_err block_sync(void *ctx)
{
    const struct fv_sd *sd = ctx;
    return sd->ready ? FV_OK : FV_E_MEDIUM;
}

const struct fv_block *fv_sd_start(struct fv_sd *sd)
{
    sd->block =
        (struct fv_block){.ctx = sd, .read = block_read, .write = block_write, .sync = block_sync};
    sd->ready = false;
    for (int i = 0; i < TRIES && !sd->ready; i++) {
        sd->ready = start(sd);
    }
    if (!sd->ready) {
        sd->block.blocks = 0;
    }
    return &sd->block;
}
