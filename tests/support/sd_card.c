/* SPDX-License-Identifier: MIT */
#include "tests/support/sd_card.h"

#include <string.h>

/* Bit by bit, as section 4.5 draws them. */
static uint32_t crc(const uint8_t *p, size_t n, unsigned width, uint32_t polynomial)
{
    uint32_t r = 0;

    for (size_t i = 0; i < n * 8; i++) {
        uint32_t bit = p[i / 8] >> (7 - i % 8) & 1u;
        uint32_t top = r >> (width - 1) & 1u;

        r = (r << 1 ^ (top != bit ? polynomial : 0)) & ((1u << width) - 1);
    }
    return r;
}

static uint8_t crc7(const uint8_t *p, size_t n)
{
    return (uint8_t)(crc(p, n, 7, 0x09) << 1 | 1);
}

void sd_card_csd(struct sd_card *c)
{
    c->csd[15] = crc7(c->csd, 15);
}

static void push(struct sd_card *c, uint8_t byte)
{
    c->queue[c->queued++] = byte;
}

static void push_data(struct sd_card *c, const uint8_t *p, size_t n)
{
    uint32_t check = crc(p, n, 16, 0x1021);

    push(c, 0xFF);
    push(c, 0xFE);
    memcpy(c->queue + c->queued, p, n);
    c->queued += n;
    push(c, (uint8_t)(check >> 8));
    push(c, (uint8_t)check);
    c->sending = true;
}

static void send_block(struct sd_card *c)
{
    if (c->at >= SD_CARD_BLOCKS || c->read_errors > 0) {
        c->read_errors -= c->read_errors > 0;
        push(c, 0xFF);
        push(c, c->at >= SD_CARD_BLOCKS ? 0x08 : 0x04);
        c->reading = false;
        return;
    }
    push_data(c, c->bytes + c->at++ * FV_BLOCK_SIZE, FV_BLOCK_SIZE);
}

static bool locate(struct sd_card *c, uint32_t argument)
{
    c->at = c->wide ? argument : argument / FV_BLOCK_SIZE;
    return c->at < SD_CARD_BLOCKS && (c->wide || argument % FV_BLOCK_SIZE == 0);
}

static bool known(const struct sd_card *c, uint8_t number)
{
    static const uint8_t started[] = {9, 12, 13, 16, 17, 18, 24, 25};
    static const uint8_t always[] = {0, 8, 41, 55, 58, 59};

    if ((c->refuses >> number & 1) != 0 || (number == 8 && c->first) || (number == 41 && !c->app)) {
        return false;
    }
    return memchr(always, number, sizeof always) != NULL ||
           (!c->idle && memchr(started, number, sizeof started) != NULL);
}

static void execute(struct sd_card *c, uint8_t number, uint32_t argument)
{
    bool placed = number < 17 || number > 25 || locate(c, argument);
    bool app = c->app;

    c->queued = c->sent = 0;
    c->sending = c->reading = c->writing = c->inside = c->app = false;
    if (number == 12) {
        push(c, 0x00); /* not the reply: a byte of what was under way */
    }
    push(c, 0xFF);
    if (number == 0) {
        c->idle = true;
        c->checks = false;
        c->polled = 0;
    } else if (number == 41 && app) {
        c->idle = ++c->polled < c->polls || (c->wide && argument >> 30 == 0);
    }
    c->app = number == 55;
    push(c, (uint8_t)((placed ? 0 : 0x40) | (c->idle ? 1 : 0)));
    if (!placed) {
        return;
    }
    switch (number) {
    case 8:
        push(c, 0);
        push(c, 0);
        push(c, (uint8_t)(argument >> 8 & 15));
        push(c, (uint8_t)argument);
        break;
    case 9:
        push_data(c, c->csd, sizeof c->csd);
        break;
    case 12:
        c->busy = 3;
        break;
    case 13:
        push(c, c->status);
        c->status = 0;
        break;
    case 17:
    case 18:
        c->reading = number == 18;
        send_block(c);
        break;
    case 24:
    case 25:
        c->writing = true;
        c->many = number == 25;
        c->refused = false;
        break;
    case 58:
        push(c, (uint8_t)(0x80 | (c->wide ? 0x40 : 0)));
        push(c, 0xFF);
        push(c, 0x80);
        push(c, 0);
        break;
    case 59:
        c->checks = (argument & 1) != 0;
        break;
    default:
        break;
    }
}

static void take_command(struct sd_card *c)
{
    uint8_t number = c->frame[0] & 0x3F;
    uint32_t argument = (uint32_t)c->frame[1] << 24 | (uint32_t)c->frame[2] << 16 |
                        (uint32_t)c->frame[3] << 8 | c->frame[4];
    bool good = c->frame[5] == crc7(c->frame, 5);

    if ((!c->spi_mode && (number != 0 || !good)) || (c->sending && number != 0 && number != 12)) {
        return;
    }
    c->spi_mode = true;
    if ((c->checks || number == 0 || number == 8) && !good) {
        push(c, 0xFF);
        push(c, (uint8_t)(0x08 | (c->idle ? 1 : 0)));
    } else if (!known(c, number)) {
        c->app = false;
        push(c, 0xFF);
        push(c, (uint8_t)(0x04 | (c->idle ? 1 : 0)));
    } else {
        execute(c, number, argument);
    }
}

static void take_block(struct sd_card *c)
{
    uint32_t check = (uint32_t)c->block[FV_BLOCK_SIZE] << 8 | c->block[FV_BLOCK_SIZE + 1];

    c->inside = false;
    c->writing = c->many;
    if (c->checks && check != crc(c->block, FV_BLOCK_SIZE, 16, 0x1021)) {
        c->refused = true;
        push(c, 0xEB);
        return;
    }
    if (c->protected || c->at >= SD_CARD_BLOCKS) {
        c->refused = true;
        c->status |= c->protected ? 0x20 : 0x80;
        push(c, 0xED);
        return;
    }
    push(c, 0xE5);
    c->busy = c->busy_for_good ? UINT32_MAX : 20;
    if (c->drops > 0) {
        c->drops--;
        c->status |= 0x04;
    } else if (!c->refused) {
        memcpy(c->bytes + c->at * FV_BLOCK_SIZE, c->block, FV_BLOCK_SIZE);
        c->writes++;
    }
    c->at++;
}

/* A byte to the card. */
static void take(struct sd_card *c, uint8_t byte)
{
    if (c->inside) {
        c->block[c->filled++] = byte;
        if (c->filled == sizeof c->block) {
            take_block(c);
        }
    } else if (c->framed > 0 || (byte & 0xC0) == 0x40) {
        c->frame[c->framed++] = byte;
        if (c->framed == sizeof c->frame) {
            c->framed = 0;
            take_command(c);
        }
    } else if (c->writing && byte == (c->many ? 0xFC : 0xFE)) {
        c->inside = true;
        c->filled = 0;
    } else if (c->writing && c->many && byte == 0xFD) {
        c->writing = false;
        c->busy = c->busy_for_good ? UINT32_MAX : 20;
    }
}

/* A byte from the card. */
static uint8_t give(struct sd_card *c)
{
    if (c->sent < c->queued) {
        return c->queue[c->sent++];
    }
    c->queued = c->sent = 0;
    c->sending = false;
    if (c->busy > 0) {
        c->busy -= c->busy < UINT32_MAX;
        return 0x00;
    }
    if (c->reading) {
        send_block(c);
    }
    return 0xFF;
}

static uint8_t turned(uint64_t bits, uint64_t bit, uint8_t byte)
{
    return bit > bits && bit <= bits + 8 ? (uint8_t)(byte ^ 0x80u >> (bit - bits - 1)) : byte;
}

void sd_card_power_cycle(struct sd_card *c)
{
    c->spi_mode = c->checks = c->app = c->sending = c->reading = c->writing = c->inside = false;
    c->idle = true;
    c->polled = c->busy = 0;
    c->status = 0;
    c->framed = c->queued = c->sent = 0;
}

static uint8_t bus_swap(void *ctx, uint8_t out)
{
    struct sd_card *c = ctx;
    uint8_t in = 0xFF;

    c->now_us += 10;
    if (c->cut_at != 0 && c->bits >= c->cut_at) {
        c->cut_at = 0;
        sd_card_power_cycle(c);
    }
    if (c->selected && !c->out) {
        in = turned(c->bits, c->flip_from, give(c));
        take(c, turned(c->bits, c->flip_to, out));
    }
    c->bits += 8;
    return in;
}

static void bus_select(void *ctx, bool on)
{
    struct sd_card *c = ctx;

    c->selected = on;
    c->framed = 0;
}

static void bus_receive(void *ctx, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = bus_swap(ctx, 0xFF);
    }
}

static void bus_transmit(void *ctx, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)bus_swap(ctx, p[i]);
    }
}

static void bus_speed(void *ctx, bool fast)
{
    (void)ctx;
    (void)fast;
}

static int64_t clock_now(void *ctx)
{
    return ((struct sd_card *)ctx)->now_us;
}

void sd_card_init(struct sd_card *c)
{
    static const uint8_t csd[16] = {0x40, 0x0E, 0x00, 0x32, 0x5B, 0x59, 0x00, 0x00,
                                    0x00, 0x00, 0x7F, 0x80, 0x0A, 0x40, 0x00, 0x00};

    memset(c, 0, sizeof *c);
    c->spi = (struct fv_spi){c, bus_speed, bus_select, bus_swap, bus_receive, bus_transmit};
    c->clock = (struct fv_port_clock){.ctx = c, .now = clock_now};
    c->wide = true;
    c->polls = 3;
    memcpy(c->csd, csd, sizeof csd);
    sd_card_csd(c);
    sd_card_power_cycle(c);
}
