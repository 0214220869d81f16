/* SPDX-License-Identifier: MIT */
/*
 * The NOR driver against a strict chip in software: the command decides whether addresses have
 * three or four bytes, nothing changes without write enable, a page wraps at its end, programming
 * only clears bits.
 */
#include "port/littlefs/littlefs.h"
#include "port/nor/nor.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define BLOCK 4096u
#define PAGE 256u
#define BUSY 1u
#define ENABLED 2u

struct chip {
    struct fv_spi spi;
    struct fv_port_clock clock;
    struct fv_nor nor;
    int64_t now;
    uint8_t id[3];
    uint8_t *memory;
    size_t size;
    bool absent, selected, enabled, protected, asleep;
    int64_t awake;               /* when it is, after it was told */
    unsigned takes;              /* how often the status says busy after a change */
    unsigned busy, asked;        /* still; since the last change */
    uint32_t dead_from, dead_to; /* what can't be programmed */
    uint8_t out[8];
    size_t sent; /* bytes since the select */
    uint32_t at;
};

static size_t address_bytes(uint8_t command)
{
    return memchr("\x03\x02\x20", command, 3) != NULL   ? 3
           : memchr("\x13\x12\x21", command, 3) != NULL ? 4
                                                        : 0;
}

static bool changes(uint8_t command)
{
    return memchr("\x02\x12\x20\x21", command, 4) != NULL;
}

static void program(struct chip *c, uint8_t byte)
{
    assert_true(c->at < c->size);
    if (c->enabled && (c->at < c->dead_from || c->at >= c->dead_to)) {
        c->memory[c->at] &= byte;
    }
    c->at = c->at / PAGE * PAGE + (c->at + 1) % PAGE;
}

/* A byte behind command and address. */
static uint8_t data(struct chip *c, uint8_t byte)
{
    switch (c->out[0]) {
    case 0x9F:
        return c->sent <= 3 ? c->id[c->sent - 1] : 0;
    case 0x05:
        c->asked++;
        if (c->busy > 0) {
            c->busy -= c->busy != UINT32_MAX;
            return BUSY;
        }
        return c->enabled ? ENABLED : 0;
    case 0x03:
    case 0x13:
        assert_true(c->at < c->size);
        return c->memory[c->at++];
    case 0x02:
    case 0x12:
        program(c, byte);
        return 0xFF;
    default:
        return 0xFF;
    }
}

static uint8_t spi_swap(void *ctx, uint8_t byte)
{
    struct chip *c = ctx;
    assert_true(c->selected);
    if (c->absent) {
        return 0xFF;
    }
    if (c->asleep && byte == 0xAB) {
        c->asleep = false;
        c->awake = c->now + 40;
    }
    if (c->asleep || c->now < c->awake) {
        return 0;
    }
    size_t head = 1 + address_bytes(c->out[0]);
    if (c->sent == 0) {
        c->out[0] = byte;
        c->at = 0;
        if (c->busy > 0) {
            assert_true(byte == 0x05 || byte == 0xAB); /* a busy chip hears nothing else */
        }
    } else if (c->sent < head) {
        c->at = c->at << 8 | byte;
    } else {
        uint8_t answer = data(c, byte);
        c->sent++;
        return answer;
    }
    c->sent++;
    return 0xFF;
}

static void spi_select(void *ctx, bool on)
{
    struct chip *c = ctx;
    if (c->selected && !on && c->sent > 0 && !c->absent) {
        if (c->out[0] == 0x06) {
            c->enabled = !c->protected;
        } else if (changes(c->out[0])) {
            assert_true(c->sent >= 1 + address_bytes(c->out[0]));
            if (c->enabled && (c->out[0] == 0x20 || c->out[0] == 0x21)) {
                memset(c->memory + c->at / BLOCK * BLOCK, 0xFF, BLOCK);
            }
            c->enabled = false;
            c->busy = c->takes;
            c->asked = 0;
        }
    }
    c->selected = on;
    c->sent = 0;
    c->out[0] = 0;
}

static void spi_receive(void *ctx, uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        p[i] = spi_swap(ctx, 0xFF);
    }
}

static void spi_transmit(void *ctx, const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        (void)spi_swap(ctx, p[i]);
    }
}

static void spi_speed(void *ctx, bool fast)
{
    (void)ctx;
    assert_true(fast);
}

static int64_t clock_now(void *ctx)
{
    struct chip *c = ctx;
    return c->now += 10;
}

static void make(struct chip *c, uint8_t code)
{
    *c = (struct chip){.id = {0x9D, 0x70, code}, .takes = 3};
    c->size = (size_t)1 << code;
    c->memory = malloc(c->size);
    memset(c->memory, 0xFF, c->size);
    c->spi = (struct fv_spi){c, spi_speed, spi_select, spi_swap, spi_receive, spi_transmit};
    c->clock = (struct fv_port_clock){.ctx = c, .now = clock_now};
    c->nor = (struct fv_nor){.spi = &c->spi, .clock = &c->clock};
}

static void test_size_is_told_by_the_id(void **state)
{
    static const struct {
        uint8_t id[3];
        uint32_t given, skip, blocks;
    } cases[] = {
        {{0x9D, 0x70, 0x19}, 0, 0, 8192},    {{0xEF, 0x40, 0x14}, 0, 0, 256},
        {{0xC8, 0x40, 0x10}, 0, 0, 16},      {{0x9D, 0x70, 0x1A}, 0, 0, 16384},
        {{0xEF, 0x40, 0x20}, 0, 0, 16384},   {{0x20, 0xBA, 0x22}, 0, 0, 65536},
        {{0x00, 0x00, 0x00}, 0, 0, 0},       {{0xFF, 0xFF, 0xFF}, 0, 0, 0},
        {{0xFF, 0x40, 0x18}, 0, 0, 0},       {{0xBF, 0x26, 0x41}, 0, 0, 0},
        {{0x1F, 0x86, 0x01}, 0, 0, 0},       {{0x1F, 0x86, 0x01}, 2 << 20, 0, 512},
        {{0xFF, 0xFF, 0xFF}, 2 << 20, 0, 0}, {{0xEF, 0x40, 0x14}, 0, 56, 200},
        {{0xEF, 0x40, 0x14}, 0, 256, 0},     {{0xEF, 0x40, 0x14}, 0, UINT32_MAX, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chip c;
        make(&c, 0x10);
        memcpy(c.id, cases[i].id, 3);
        c.nor.size = cases[i].given;
        c.nor.skip = cases[i].skip;
        assert_int_equal(fv_nor_start(&c.nor)->blocks, cases[i].blocks);
        free(c.memory);
    }
}

static void test_no_chip(void **state)
{
    struct chip c;
    (void)state;
    make(&c, 0x10);
    c.absent = true;
    assert_int_equal(fv_nor_start(&c.nor)->blocks, 0);
    free(c.memory);
}

/* Chips of up to 16 MiB, and larger ones; the last blocks too; with a reserved part in front. */
static void test_reads_what_it_programmed(void **state)
{
    static const struct {
        uint8_t code;
        uint32_t skip;
    } cases[] = {{0x14, 0}, {0x18, 3}, {0x19, 0}, {0x1A, 7}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chip c;
        uint8_t in[BLOCK], out[BLOCK];
        make(&c, cases[i].code);
        c.nor.skip = cases[i].skip;
        const struct fv_flash *f = fv_nor_start(&c.nor);
        uint32_t places[] = {0, 1, f->blocks - 1};
        for (size_t k = 0; k < sizeof in; k++) {
            in[k] = (uint8_t)(k * 7 + k / 256);
        }
        for (size_t k = 0; k < 3; k++) {
            uint8_t *there = c.memory + (size_t)(places[k] + cases[i].skip) * BLOCK;
            memset(there, 0, BLOCK);
            assert_int_equal(f->erase(f->ctx, places[k]), FV_OK);
            assert_int_equal(there[0] & there[BLOCK - 1], 0xFF);
            assert_int_equal(f->program(f->ctx, places[k], 16, in + 16, 1024), FV_OK);
            assert_int_equal(f->read(f->ctx, places[k], 3, out, 1040), FV_OK);
            assert_memory_equal(out + 13, in + 16, 1024);
            assert_memory_equal(there + 16, in + 16, 1024);
            assert_int_equal(there[15] & there[1040], 0xFF);
        }
        assert_int_equal(f->sync(f->ctx), FV_OK);
        free(c.memory);
    }
}

static void test_waits_until_the_chip_is_ready(void **state)
{
    struct chip c;
    uint8_t page[PAGE] = {0};
    (void)state;
    make(&c, 0x14);
    c.busy = 20; /* a reset in the middle of an erase */
    const struct fv_flash *f = fv_nor_start(&c.nor);
    assert_int_equal(f->blocks, 256);
    c.takes = 100;
    assert_int_equal(f->program(f->ctx, 0, 0, page, sizeof page), FV_OK);
    assert_int_equal(c.asked, 101);
    assert_int_equal(f->erase(f->ctx, 0), FV_OK);
    assert_int_equal(c.asked, 101);
    free(c.memory);
}

/* A boot program left the chip in deep power-down: it accepts one command, and then nothing for
 * a while. */
static void test_a_chip_that_sleeps(void **state)
{
    struct chip c;
    (void)state;
    make(&c, 0x14);
    c.asleep = true;
    assert_int_equal(fv_nor_start(&c.nor)->blocks, 256);
    free(c.memory);
}

/* Each call ends with an error, and soon. */
static void test_a_chip_that_fails(void **state)
{
    static const struct {
        bool absent, protected;
        unsigned takes;
    } cases[] = {{true, false, 3}, {false, true, 3}, {false, false, UINT32_MAX}};
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct chip c;
        uint8_t page[PAGE] = {0};
        make(&c, 0x14);
        const struct fv_flash *f = fv_nor_start(&c.nor);
        c.absent = cases[i].absent;
        c.protected = cases[i].protected;
        c.takes = cases[i].takes;
        int64_t began = c.now;
        assert_int_equal(f->program(f->ctx, 0, 0, page, sizeof page), FV_E_STORAGE);
        assert_true(c.now - began < 100000);
        c.busy = 0;
        began = c.now;
        assert_int_equal(f->erase(f->ctx, 0), FV_E_STORAGE);
        assert_true(c.now - began < 5000000);
        free(c.memory);
    }
}

/* The driver does not read again what it programmed: littlefs does, and takes another block. */
static void test_littlefs_goes_round_blocks_that_do_not_take(void **state)
{
    static _Alignas(8) uint8_t room[FV_LITTLEFS_ROOM(256, 32)];
    const struct fv_littlefs_room rooms = {room, 256, 32};
    static uint8_t in[20000], out[20000];
    struct chip c;
    struct fv_littlefs l;
    size_t got = 0;
    int file = -1;
    (void)state;
    make(&c, 0x14);
    const struct fv_flash *f = fv_nor_start(&c.nor);
    memset(in, 0x5A, sizeof in);
    assert_int_equal(fv_littlefs_format(&l, f, &rooms), FV_OK);
    c.dead_from = 20 * BLOCK;
    c.dead_to = 120 * BLOCK;
    assert_int_equal(fv_littlefs_open(&l, f, &rooms, NULL), FV_OK);
    for (int i = 0; i < 20; i++) {
        const char name[] = {'f', (char)('a' + i), '\0'};
        assert_int_equal(l.port.open(&l, name, FV_PORT_OPEN_CREATE, &file), FV_OK);
        assert_int_equal(l.port.write(&l, file, 0, in, sizeof in), FV_OK);
        assert_int_equal(l.port.close(&l, file), FV_OK);
    }
    fv_littlefs_close(&l);
    assert_int_equal(fv_littlefs_open(&l, f, &rooms, NULL), FV_OK);
    for (int i = 0; i < 20; i++) {
        const char name[] = {'f', (char)('a' + i), '\0'};
        assert_int_equal(l.port.open(&l, name, FV_PORT_OPEN_READ, &file), FV_OK);
        assert_int_equal(l.port.read(&l, file, 0, out, sizeof out, &got), FV_OK);
        assert_int_equal(got, sizeof out);
        assert_memory_equal(in, out, sizeof out);
        assert_int_equal(l.port.close(&l, file), FV_OK);
    }
    fv_littlefs_close(&l);
    free(c.memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_size_is_told_by_the_id),
        cmocka_unit_test(test_no_chip),
        cmocka_unit_test(test_reads_what_it_programmed),
        cmocka_unit_test(test_waits_until_the_chip_is_ready),
        cmocka_unit_test(test_a_chip_that_sleeps),
        cmocka_unit_test(test_a_chip_that_fails),
        cmocka_unit_test(test_littlefs_goes_round_blocks_that_do_not_take),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
