/* SPDX-License-Identifier: MIT */
/* The SD driver with a card in software (tests/support/sd_card.h). */
#include "port/sd/sd.h"
#include "tests/support/sd_card.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(a) (sizeof(a) / sizeof((a)[0]))
#define REFUSES(n) (UINT64_C(1) << (n))
#define BYTES_MOST (UINT32_C(1) << 23)

static struct sd_card card;
static struct fv_sd sd;
static uint8_t there[SD_CARD_BLOCKS * FV_BLOCK_SIZE], here[8 * FV_BLOCK_SIZE];

static void fill(uint8_t *p, size_t n, uint32_t state)
{
    for (size_t i = 0; i < n; i++) {
        state = state * 1664525 + 1013904223;
        p[i] = (uint8_t)(state >> 24);
    }
}

/* A card with content that is known. */
static void insert(void)
{
    sd_card_init(&card);
    fill(card.bytes, sizeof card.bytes, 1);
    memcpy(there, card.bytes, sizeof there);
    sd = (struct fv_sd){.spi = &card.spi, .clock = &card.clock};
}

static const struct fv_block *start(void)
{
    const struct fv_block *b = fv_sd_start(&sd);

    assert_true(b->blocks > 0);
    return b;
}

static void holds(uint32_t first, uint32_t count)
{
    assert_memory_equal(card.bytes + first * FV_BLOCK_SIZE, here, count * FV_BLOCK_SIZE);
}

/* --- Kinds of cards --- */

static void write_and_read(void)
{
    const struct fv_block *b = start();

    for (uint32_t count = 1; count <= 5; count += 2) {
        uint8_t back[5 * FV_BLOCK_SIZE];

        fill(here, sizeof here, count);
        assert_int_equal(b->write(b->ctx, 7, here, count), FV_OK);
        holds(7, count);
        assert_int_equal(b->read(b->ctx, 7, back, count), FV_OK);
        assert_memory_equal(back, here, count * FV_BLOCK_SIZE);
        assert_int_equal(b->sync(b->ctx), FV_OK);
    }
    assert_int_equal(b->read(b->ctx, SD_CARD_BLOCKS - 2, here, 2), FV_OK);
    assert_int_equal(b->read(b->ctx, SD_CARD_BLOCKS, here, 1), FV_E_STORAGE);
    assert_int_equal(b->write(b->ctx, SD_CARD_BLOCKS, here, 1), FV_E_STORAGE);
    assert_int_equal(b->read(b->ctx, 0, here, 1), FV_OK);
}

static void test_kinds(void **state)
{
    static const struct {
        const char *name;
        bool first, wide;
        uint64_t refuses;
        bool checks;
    } cases[] = {
        {"SDHC", false, true, 0, true},
        {"SDSC, version 2", false, false, 0, true},
        {"SDSC, version 1", true, false, 0, true},
        {"no CMD59", false, true, REFUSES(59), false},
        {"no CMD9", false, true, REFUSES(9), true},
        {"no CMD9, SDSC", false, false, REFUSES(9), true},
        {"no CMD13", false, true, REFUSES(13), true},
        {"none of the three", false, true, REFUSES(9) | REFUSES(13) | REFUSES(59), false},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        insert();
        card.first = cases[i].first;
        card.wide = cases[i].wide;
        card.refuses = cases[i].refuses;
        write_and_read();
        assert_int_equal(card.checks, cases[i].checks);
    }
}

static void test_sizes(void **state)
{
    static const struct {
        const char *name;
        bool wide;
        uint8_t csd[11];
        uint32_t blocks;
    } cases[] = {
        {"2.0, 512 KiB", true, {0x40, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0}, 1024},
        {"2.0, 32 GiB", true, {0x40, 0, 0, 0, 0, 9, 0, 0, 0xFF, 0xFF, 0}, 1 << 26},
        {"2.0, 2 TiB less 512 KiB",
         true,
         {0x40, 0, 0, 0, 0, 9, 0, 0x3F, 0xFF, 0xFE, 0},
         0xFFFFFC00},
        {"2.0, 2 TiB", true, {0x40, 0, 0, 0, 0, 9, 0, 0x3F, 0xFF, 0xFF, 0}, UINT32_MAX},
        {"3.0, 128 TiB", true, {0x80, 0, 0, 0, 0, 9, 0x0F, 0xFF, 0xFF, 0xFF, 0}, UINT32_MAX},
        {"1.0, 1 MiB", false, {0, 0, 0, 0, 0, 9, 0, 0x7F, 0xC0, 0, 0}, 2048},
        {"1.0, 1 GiB", false, {0, 0, 0, 0, 0, 9, 3, 0xFF, 0xC0, 3, 0x80}, 1 << 21},
        {"1.0, 2 GiB", false, {0, 0, 0, 0, 0, 10, 3, 0xFF, 0xC0, 3, 0x80}, 1 << 22},
        {"1.0, 4 GiB", false, {0, 0, 0, 0, 0, 11, 3, 0xFF, 0xC0, 3, 0x80}, BYTES_MOST},
        {"1.0, blocks of 32 KiB", false, {0, 0, 0, 0, 0, 15, 3, 0xFF, 0xC0, 3, 0x80}, BYTES_MOST},
        {"1.0, one block of 32 KiB", false, {0, 0, 0, 0, 0, 15, 0, 0, 0, 0, 0}, BYTES_MOST},
        {"1.0, blocks of 1", false, {0, 0, 0, 0, 0, 0, 3, 0xFF, 0xC0, 3, 0x80}, BYTES_MOST},
        {"2.0 by bytes, 2 TiB", false, {0x40, 0, 0, 0, 0, 9, 0, 0x3F, 0xFF, 0xFF, 0}, BYTES_MOST},
        {"ones", true, {255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255}, UINT32_MAX},
        {"zeros", false, {0}, BYTES_MOST},
    };

    (void)state;
    for (size_t i = 0; i < LENGTH(cases); i++) {
        print_message("%s\n", cases[i].name);
        insert();
        card.wide = cases[i].wide;
        memcpy(card.csd, cases[i].csd, sizeof cases[i].csd);
        sd_card_csd(&card);
        assert_int_equal(start()->blocks, cases[i].blocks);
    }
    insert();
    card.csd[15] ^= 2;
    assert_int_equal(start()->blocks, UINT32_MAX);
}

/* --- A bit turned on the wire --- */

static void turn(bool writes, bool from, uint32_t count)
{
    const struct fv_block *b = start();
    uint64_t began = card.bits;
    uint64_t end = began + 1;

    fill(here, sizeof here, 9);
    for (uint64_t bit = began; bit < end; bit++) {
        uint64_t before = card.bits;
        uint64_t *flip = from ? &card.flip_from : &card.flip_to;

        memcpy(card.bytes, there, sizeof there);
        *flip = bit == began ? 0 : before + (bit - began);
        assert_int_equal(writes ? b->write(b->ctx, 5, here, count)
                                : b->read(b->ctx, 5, here, count),
                         FV_OK);
        holds(5, count);
        assert_memory_equal(card.bytes, there, 5 * FV_BLOCK_SIZE);
        assert_memory_equal(card.bytes + (5 + count) * FV_BLOCK_SIZE,
                            there + (5 + count) * FV_BLOCK_SIZE,
                            (SD_CARD_BLOCKS - 5 - count) * FV_BLOCK_SIZE);
        end = bit == began ? began + 1 + (card.bits - before) : end;
    }
}

static void test_each_bit_of_a_read(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 2; count++) {
        insert();
        turn(false, true, count);
        turn(false, false, count);
    }
}

static void test_each_bit_of_a_write(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 2; count++) {
        insert();
        turn(true, true, count);
        turn(true, false, count);
    }
}

/* Which addresses the card takes is never got wrong by it: what is read is what is there. */
static void test_each_bit_of_the_start(void **state)
{
    (void)state;
    for (int way = 0; way < 4; way++) {
        insert();
        card.wide = way < 2;
        (void)start();
        uint64_t bits = card.bits;

        for (uint64_t bit = 1; bit <= bits; bit++) {
            insert();
            card.wide = way < 2;
            *(way % 2 == 0 ? &card.flip_from : &card.flip_to) = bit;
            const struct fv_block *b = start();

            assert_int_equal(b->read(b->ctx, 3, here, 1), FV_OK);
            holds(3, 1);
        }
    }
}

/* --- Cards that fail --- */

static void test_a_block_that_is_not_programmed(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 3; count += 2) {
        for (uint32_t drops = 1; drops <= 3 * count; drops++) {
            insert();
            const struct fv_block *b = start();

            fill(here, sizeof here, drops);
            card.drops = drops;
            enum fv_err err = b->write(b->ctx, 9, here, count);

            assert_int_equal(err, drops <= 2 * count ? FV_OK : FV_E_STORAGE);
            if (err == FV_OK) {
                holds(9, count);
            }
            assert_int_equal(b->read(b->ctx, 9, here, count), FV_OK);
        }
    }
}

static void test_a_block_that_is_not_read(void **state)
{
    (void)state;
    for (uint32_t errors = 1; errors <= 3; errors++) {
        insert();
        const struct fv_block *b = start();

        card.read_errors = errors;
        assert_int_equal(b->read(b->ctx, 9, here, 2), errors < 3 ? FV_OK : FV_E_STORAGE);
        assert_int_equal(b->read(b->ctx, 9, here, 2), FV_OK);
        holds(9, 2);
    }
}

static void test_a_protected_card(void **state)
{
    (void)state;
    for (uint32_t count = 1; count <= 2; count++) {
        insert();
        const struct fv_block *b = start();

        card.protected = true;
        assert_int_equal(b->write(b->ctx, 9, here, count), FV_E_READONLY);
        assert_int_equal(card.writes, 0);
        assert_int_equal(b->read(b->ctx, 9, here, count), FV_OK);
    }
}

/* Each wait ends: in seconds of the card's time. */
static void test_a_card_that_is_never_ready(void **state)
{
    (void)state;
    insert();
    card.polls = UINT32_MAX;
    assert_int_equal(fv_sd_start(&sd)->blocks, 0);
    assert_true(card.now_us < 5 * 1000000);

    insert();
    card.out = true;
    assert_int_equal(fv_sd_start(&sd)->blocks, 0);
    assert_true(card.now_us < 5 * 1000000);

    insert();
    const struct fv_block *b = start();
    int64_t began = card.now_us;

    card.busy_for_good = true;
    assert_int_equal(b->write(b->ctx, 1, here, 2), FV_E_MEDIUM);
    assert_true(card.now_us - began < 10 * 1000000);
}

/* --- Cards that go --- */

/* It cannot be known whether it is another card, or the same with other content: it is not
 * written until it is mounted anew. */
static void test_a_card_that_was_without_power(void **state)
{
    (void)state;
    for (int away = 0; away < 3; away++) {
        insert();
        const struct fv_block *b = start();

        sd_card_power_cycle(&card);
        card.out = away == 0;
        memcpy(there, card.bytes, sizeof there);
        if (away == 2) {
            assert_int_equal(b->read(b->ctx, 1, here, 1), FV_E_MEDIUM);
        }
        assert_int_equal(b->write(b->ctx, 1, here, 1), FV_E_MEDIUM);
        card.out = false;
        assert_int_equal(b->read(b->ctx, 1, here, 3), FV_E_MEDIUM);
        assert_int_equal(b->write(b->ctx, 1, here, 3), FV_E_MEDIUM);
        assert_int_equal(b->sync(b->ctx), FV_E_MEDIUM);
        assert_memory_equal(card.bytes, there, sizeof there);
        write_and_read();
    }
}

static int64_t idle_us, longest_us;

static void on_idle(void *ctx)
{
    const struct sd_card *c = ctx;
    int64_t gap = c->now_us - idle_us;

    longest_us = gap > longest_us ? gap : longest_us;
    idle_us = c->now_us;
}

/* A card that stays busy, or a line that is stuck: the caller that feeds a watchdog is called
 * each second, until the call fails. */
static void test_a_watchdog_lives_while_a_card_does_not_answer(void **state)
{
    (void)state;
    for (int again = 0; again < 2; again++) {
        struct fv_port_idle_call idle = {on_idle, &card};

        insert();
        card.clock.idle = &idle;
        const struct fv_block *b = start();

        idle_us = card.now_us;
        longest_us = 0;
        card.busy_for_good = true;
        if (again) {
            card.busy = UINT32_MAX;
            assert_int_equal(fv_sd_start(&sd)->blocks, 0);
        } else {
            assert_int_equal(b->write(b->ctx, 3, here, 1), FV_E_MEDIUM);
            assert_int_equal(b->write(b->ctx, 3, here, 1), FV_E_MEDIUM);
        }
        on_idle(&card);
        assert_in_range(longest_us, 900000, 1200000);
    }
}

/* At each byte of a write it loses its power: nothing of what follows arrives. */
static void test_without_power_at_each_byte(void **state)
{
    uint64_t bytes = 1;

    (void)state;
    for (uint64_t at = 0; at < bytes; at += 7) {
        insert();
        const struct fv_block *b = start();
        uint64_t before = card.bits;

        card.cut_at = at == 0 ? 0 : before + at * 8;
        fill(here, sizeof here, 3);
        enum fv_err err = b->write(b->ctx, 4, here, 2);

        if (at == 0) {
            assert_int_equal(err, FV_OK);
            bytes = (card.bits - before) / 8;
        } else if (err == FV_OK) {
            holds(4, 2);
        } else {
            assert_int_equal(err, FV_E_MEDIUM);
        }
        assert_true(card.writes <= 2);
    }
}

/* The machine was reset in the middle of a block, the card was not: the card is started, and the
 * block is the old one. */
static void test_a_reset_in_the_middle_of_a_block(void **state)
{
    static const uint8_t token[] = {24, 0xFE, 25, 0xFC};

    (void)state;
    for (size_t i = 0; i < LENGTH(token); i += 2) {
        for (size_t n = 0; n <= FV_BLOCK_SIZE; n += 32) {
            insert();
            (void)start();
            card.writing = card.inside = true;
            card.many = token[i] == 25;
            card.at = 4;
            card.filled = n;
            write_and_read();
            assert_memory_equal(card.bytes + 4 * FV_BLOCK_SIZE, there + 4 * FV_BLOCK_SIZE,
                                FV_BLOCK_SIZE);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_each_bit_of_a_read),
        cmocka_unit_test(test_each_bit_of_a_write),
        cmocka_unit_test(test_each_bit_of_the_start),
        cmocka_unit_test(test_a_block_that_is_not_programmed),
        cmocka_unit_test(test_a_block_that_is_not_read),
        cmocka_unit_test(test_a_protected_card),
        cmocka_unit_test(test_a_card_that_is_never_ready),
        cmocka_unit_test(test_a_card_that_was_without_power),
        cmocka_unit_test(test_a_watchdog_lives_while_a_card_does_not_answer),
        cmocka_unit_test(test_without_power_at_each_byte),
        cmocka_unit_test(test_a_reset_in_the_middle_of_a_block),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
