/*
 * An SD card in SPI mode (SD Physical Layer Simplified Specification 6.00, chapter 7) behind SSI0, selected by PD0.
 *
 * SDSC cards are addressed in bytes, SDHC and SDXC cards in blocks of 512; which one it is, the card says in its OCR. Blocks that follow
 * each other go in one command. A write has ended when the card is no longer busy, so there is nothing left to synchronise.
 */
#include "sd.h"
#include "lm3s.h"
#include "port/bare/bare.h"

#define BLOCK 512u
#define TRIES 3

/* Replies and tokens. */
#define IDLE 0x01u
#define ILLEGAL 0x04u
#define TOKEN_ONE 0xFEu
#define TOKEN_MANY 0xFCu
#define TOKEN_STOP 0xFDu
#define ACCEPTED 0x05u

#define START_US 1000000
#define READ_US 200000
#define WRITE_US 1000000

static struct {
    bool ready, blocks; /* blocks: addressed in blocks */
    uint32_t count;
} card;

/* --- Bytes --- */

static uint8_t swap(uint8_t out)
{
    SSI_DR = out;
    while ((SSI_SR & 4u) == 0) {
    }
    return (uint8_t)SSI_DR;
}

/* Many at once: the FIFO holds eight. */
static void receive(uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t some = n < 8 ? n : 8;
        for (size_t i = 0; i < some; i++) {
            SSI_DR = 0xFF;
        }
        for (size_t i = 0; i < some; i++) {
            while ((SSI_SR & 4u) == 0) {
            }
            p[i] = (uint8_t)SSI_DR;
        }
        p += some;
        n -= some;
    }
}

static void transmit(const uint8_t *p, size_t n)
{
    while (n > 0) {
        size_t some = n < 8 ? n : 8;
        for (size_t i = 0; i < some; i++) {
            SSI_DR = p[i];
        }
        for (size_t i = 0; i < some; i++) {
            while ((SSI_SR & 4u) == 0) {
            }
            (void)SSI_DR;
        }
        p += some;
        n -= some;
    }
}

static void select(bool on)
{
    if (on) {
        GPIO_DATA(GPIO_D, 1) = 0;
    } else {
        GPIO_DATA(GPIO_D, 1) = 1;
        (void)swap(0xFF); /* the card lets go of its line */
    }
}

/* Wait for a byte that is (wanted) or is not 0xFF; the last one read. */
static uint8_t wait_byte(bool idle, int64_t limit_us)
{
    int64_t until = fv_bare_now() + limit_us;
    uint8_t byte;
    do {
        byte = swap(0xFF);
    } while ((byte == 0xFF) != idle && fv_bare_now() < until);
    return byte;
}

/* --- Commands --- */

/* Send one; the card stays selected. The reply is R1, 0xFF if there is none. */
static uint8_t command(uint8_t number, uint32_t argument)
{
    uint8_t frame[6] = {(uint8_t)(0x40u | number),
                        (uint8_t)(argument >> 24),
                        (uint8_t)(argument >> 16),
                        (uint8_t)(argument >> 8),
                        (uint8_t)argument,
                        number == 0 ? 0x95 : 0x87}; /* checked in these two only (8: 0x1AA) */
    uint8_t reply = 0xFF;
    (void)wait_byte(true, WRITE_US);
    transmit(frame, sizeof frame);
    if (number == 12) {
        (void)swap(0xFF); /* a byte of the block that was under way */
    }
    for (int i = 0; i < 10 && (reply & 0x80) != 0; i++) {
        reply = swap(0xFF);
    }
    return reply;
}

static uint8_t command_alone(uint8_t number, uint32_t argument, uint8_t *more, size_t n)
{
    select(true);
    uint8_t reply = command(number, argument);
    if (n > 0) {
        receive(more, n);
    }
    select(false);
    return reply;
}

static bool read_data(uint8_t *p, size_t n)
{
    uint8_t check[2];
    if (wait_byte(false, READ_US) != TOKEN_ONE) {
        return false;
    }
    receive(p, n);
    receive(check, sizeof check);
    return true;
}

/* --- Start --- */

static void slow(bool on)
{
    SSI_CR1 = 0;
    SSI_CPSR = on ? 126 : 4; /* 397 kHz, as long as the card is not identified; 12.5 MHz */
    SSI_CR0 = 7;             /* 8 bits, SPI mode 0 */
    SSI_CR1 = 2;
}

static bool wake(bool second)
{
    int64_t until = fv_bare_now() + START_US;
    uint8_t reply;
    do {
        (void)command_alone(55, 0, NULL, 0);
        reply = command_alone(41, second ? 1u << 30 : 0, NULL, 0);
    } while (reply == IDLE && fv_bare_now() < until);
    return reply == 0;
}

/* C_SIZE of CSD version 1.0 (5.3.2) or 2.0 (5.3.3). */
static uint32_t blocks_of(const uint8_t csd[16])
{
    if (csd[0] >> 6 != 0) {
        uint32_t size = (uint32_t)(csd[7] & 0x3F) << 16 | (uint32_t)csd[8] << 8 | csd[9];
        return (size + 1) << 10;
    }
    uint32_t size = (uint32_t)(csd[6] & 3) << 10 | (uint32_t)csd[7] << 2 | csd[8] >> 6;
    uint32_t multiplier = (uint32_t)(csd[9] & 3) << 1 | csd[10] >> 7;
    uint32_t length = csd[5] & 15u;
    return (size + 1) << (multiplier + 2 + length) >> 9;
}

static bool start(void)
{
    uint8_t more[4], csd[16];
    GPIO_DIR(GPIO_D) |= 1;
    GPIO_DEN(GPIO_D) |= 1;
    slow(true);
    select(false);
    for (int i = 0; i < 10; i++) {
        (void)swap(0xFF); /* at least 74 clocks before the first command */
    }
    if (command_alone(0, 0, NULL, 0) != IDLE) {
        return false;
    }
    bool second = (command_alone(8, 0x1AA, more, 4) & ILLEGAL) == 0;
    if ((second && more[3] != 0xAA) || !wake(second)) {
        return false;
    }
    if ((command_alone(58, 0, more, 4) & ~IDLE) != 0) { /* QEMU's still says idle */
        return false;
    }
    card.blocks = second && (more[0] & 0x40) != 0;
    slow(false);
    if (!card.blocks && command_alone(16, BLOCK, NULL, 0) != 0) {
        return false;
    }
    select(true);
    bool good = command(9, 0) == 0 && read_data(csd, sizeof csd);
    select(false);
    card.count = good ? blocks_of(csd) : 0;
    return card.count > 0;
}

static bool ready(void)
{
    for (int i = 0; i < TRIES && !card.ready; i++) {
        card.ready = start();
    }
    return card.ready;
}

uint32_t sd_blocks(void)
{
    return ready() ? card.count : 0;
}

/* --- Blocks --- */

static uint32_t place(uint32_t block)
{
    return card.blocks ? block : block * BLOCK;
}

static bool read_once(uint32_t block, uint8_t *p, uint32_t count)
{
    select(true);
    bool good = command(count > 1 ? 18 : 17, place(block)) == 0;
    for (uint32_t i = 0; good && i < count; i++) {
        good = read_data(p + i * BLOCK, BLOCK);
    }
    if (count > 1) {
        good = (command(12, 0) & 0x7F) == 0 && good;
        (void)wait_byte(true, READ_US);
    }
    select(false);
    return good;
}

static bool write_data(const uint8_t *p, uint8_t token)
{
    (void)swap(0xFF);
    (void)swap(token);
    transmit(p, BLOCK);
    (void)swap(0xFF);
    (void)swap(0xFF); /* a check sequence, which is not looked at */
    bool good = (swap(0xFF) & 0x1F) == ACCEPTED;
    return wait_byte(true, WRITE_US) == 0xFF && good;
}

static bool write_once(uint32_t block, const uint8_t *p, uint32_t count)
{
    select(true);
    bool good = command(count > 1 ? 25 : 24, place(block)) == 0;
    for (uint32_t i = 0; good && i < count; i++) {
        good = write_data(p + i * BLOCK, count > 1 ? TOKEN_MANY : TOKEN_ONE);
    }
    if (count > 1) {
        (void)swap(TOKEN_STOP);
        (void)swap(0xFF);
        good = wait_byte(true, WRITE_US) == 0xFF && good;
    }
    select(false);
    return good;
}

/* A card that was pulled out and put in again must be started anew: so must one that failed. */
bool sd_read(uint32_t block, void *p, uint32_t count)
{
    for (int i = 0; i < TRIES && ready(); i++) {
        if (read_once(block, p, count)) {
            return true;
        }
        card.ready = false;
    }
    return false;
}

bool sd_write(uint32_t block, const void *p, uint32_t count)
{
    for (int i = 0; i < TRIES && ready(); i++) {
        if (write_once(block, p, count)) {
            return true;
        }
        card.ready = false;
    }
    return false;
}
