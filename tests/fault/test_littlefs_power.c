/* SPDX-License-Identifier: MIT */
/*
 * Cuts the power while a sync writes to a real littlefs volume, in the middle of a program or an
 * erase operation.
 */
#include "fault/plain_tls.h"
#include "port/littlefs/littlefs.h"
#include "support/power.h"
#include "support/ram_flash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct card {
    struct ram_flash flash, kept;
    struct fv_littlefs fs;
    struct fv_littlefs_room room;
};

static const struct fv_port_storage *card_mount(void *ctx, const struct fv_port_clock *clock)
{
    struct card *c = ctx;
    assert_int_equal(fv_littlefs_open(&c->fs, &c->flash.port, &c->room, clock), FV_OK);
    return &c->fs.port;
}

static void card_unmount(void *ctx)
{
    fv_littlefs_close(&((struct card *)ctx)->fs);
}

static void card_clear(void *ctx)
{
    struct card *c = ctx;
    assert_int_equal(fv_littlefs_format(&c->fs, &c->flash.port, &c->room), FV_OK);
}

static void card_keep(void *ctx)
{
    struct card *c = ctx;
    ram_flash_copy(&c->kept, &c->flash);
}

static void card_back(void *ctx)
{
    struct card *c = ctx;
    ram_flash_copy(&c->flash, &c->kept);
    c->flash.writes = 0;
}

static uint64_t card_writes(const void *ctx)
{
    return ((const struct card *)ctx)->flash.writes;
}

static void card_cut_at(void *ctx, uint64_t write)
{
    ((struct card *)ctx)->flash.cut_at = write;
}

static void card_power(void *ctx, uint64_t seed)
{
    (void)seed;
    ram_flash_cut(&((struct card *)ctx)->flash);
}

/* There is no other implementation of littlefs here: the volume is sound if a walk over all its
 * blocks succeeds. */
static void card_check(void *ctx, bool whole, const char *path, const uint8_t *bytes, size_t n)
{
    const struct fv_port_storage *s = card_mount(ctx, NULL);
    uint64_t space = 0;
    (void)whole, (void)path, (void)bytes, (void)n;
    assert_int_equal(s->free_space(s->ctx, &space), FV_OK);
    assert_true(space > 0);
    card_unmount(ctx);
}

static void test(enum power_scene scene, unsigned cuts)
{
    struct card *c = calloc(1, sizeof *c);
    const struct power_card card = {c,         card_mount,  card_unmount, card_clear, card_keep,
                                    card_back, card_writes, card_cut_at,  card_power, card_check};
    c->room = (struct fv_littlefs_room){NULL, 256, 16};
    c->room.buffer = malloc(FV_LITTLEFS_ROOM(256, 16));
    ram_flash_init(&c->flash, 4096, 128, 64);
    ram_flash_init(&c->kept, 4096, 128, 64);
    power_test(&card, scene, cuts);
    ram_flash_free(&c->flash);
    ram_flash_free(&c->kept);
    free(c->room.buffer);
    free(c);
}

static void test_fill(void **state)
{
    (void)state;
    test(POWER_FILL, 60);
}

static void test_replace(void **state)
{
    (void)state;
    test(POWER_REPLACE, 60);
}

static void test_resume(void **state)
{
    (void)state;
    test(POWER_RESUME, 60);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_replace),
        cmocka_unit_test(test_resume),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
