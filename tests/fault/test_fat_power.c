/* SPDX-License-Identifier: MIT */
/*
 * Cuts the power while a sync writes to a real FAT volume, on a device that loses and reorders what
 * was not synced.
 */
#include "fault/plain_tls.h"
#include "port/fat/fat.h"
#include "support/power.h"
#include "support/vfat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER 512u
#define PIECE                                                                                      \
    16u /* clusters that a cut may lose: much less than the reserve of the large file, 192 */

struct card {
    struct ram_block disk, empty, kept;
    struct fv_fat fat;
    unsigned lost;                /* clusters after the last cut */
    unsigned most, cuts, moments; /* of all cuts but those in the midst of a rename; these */
};

static const struct fv_port_storage *card_mount(void *ctx, const struct fv_port_clock *clock)
{
    struct card *c = ctx;
    assert_int_equal(fv_fat_open(&c->fat, &c->disk.port, clock), FV_OK);
    c->fat.piece = PIECE * CLUSTER;
    return &c->fat.port;
}

static void card_unmount(void *ctx)
{
    fv_fat_close(&((struct card *)ctx)->fat);
}

static void card_clear(void *ctx)
{
    struct card *c = ctx;
    ram_block_copy(&c->disk, &c->empty);
}

static void card_keep(void *ctx)
{
    struct card *c = ctx;
    ram_block_copy(&c->kept, &c->disk);
}

static void card_back(void *ctx)
{
    struct card *c = ctx;
    ram_block_copy(&c->disk, &c->kept);
    c->disk.writes = 0;
}

static uint64_t card_writes(const void *ctx)
{
    return ((const struct card *)ctx)->disk.writes;
}

static void card_cut_at(void *ctx, uint64_t write)
{
    ((struct card *)ctx)->disk.cut_at = write;
}

static void card_power(void *ctx, uint64_t seed)
{
    ram_block_cut(&((struct card *)ctx)->disk, seed);
}

static void card_check(void *ctx, bool whole, const char *path, const uint8_t *bytes, size_t n)
{
    struct card *c = ctx;
    size_t have = 0;
    unsigned lost = vfat_lost(&c->disk);
    if (!whole) {
        assert_true(vfat_is_sound(&c->disk));
        c->lost = lost;
        c->cuts++;
        if (lost > PIECE + 1) {
            c->moments++;
        } else if (lost > c->most) {
            c->most = lost;
        }
        return;
    }
    assert_true(lost <=
                c->lost); /* what hung off an entry has come back, and a run loses none itself */
    uint8_t *p = vfat_read(&c->disk, path, &have);
    assert_non_null(p);
    assert_int_equal(have, n);
    assert_memory_equal(p, bytes, n);
    free(p);
}

struct volume {
    const char *options; /* of mkfs.vfat */
    uint32_t blocks;
};

static const struct volume fat16 = {"-F 16 -s 1 -r 64", 4480};
static const struct volume fat32 = {"-F 32 -s 1", 69632};

/* Without a cut, fsck finds nothing at all in the end. */
static void test(const struct volume *v, enum power_scene scene, unsigned cuts)
{
    struct card *c = calloc(1, sizeof *c);
    const struct power_card card = {c,         card_mount,  card_unmount, card_clear, card_keep,
                                    card_back, card_writes, card_cut_at,  card_power, card_check};
    ram_block_init(&c->disk, v->blocks);
    ram_block_init(&c->empty, v->blocks);
    ram_block_init(&c->kept, v->blocks);
    vfat_format(&c->empty, v->options);
    power_test(&card, scene, cuts);
    print_message("a cut lost %u clusters at most; in the midst of a rename %u of %u\n", c->most,
                  c->moments, c->cuts);
    assert_true(c->moments <= c->cuts / 8);
    if (cuts == 0) {
        assert_true(vfat_is_clean(&c->disk));
    }
    ram_block_free(&c->disk);
    ram_block_free(&c->empty);
    ram_block_free(&c->kept);
    free(c);
}

static void test_no_cut(void **state)
{
    (void)state;
    for (enum power_scene scene = POWER_FILL; scene <= POWER_RESUME; scene++) {
        test(&fat16, scene, 0);
        test(&fat32, scene, 0);
    }
}

static void test_fill_fat16(void **state)
{
    (void)state;
    test(&fat16, POWER_FILL, 40);
}

static void test_replace_fat16(void **state)
{
    (void)state;
    test(&fat16, POWER_REPLACE, 56);
}

static void test_resume_fat16(void **state)
{
    (void)state;
    test(&fat16, POWER_RESUME, 24);
}

static void test_replace_fat32(void **state)
{
    (void)state;
    test(&fat32, POWER_REPLACE, 4);
}

/* --- One operation, cut at each of its writes --- */

#define STEP_FILE 20000
#define STEP_CUTS 3 /* ways of losing what was not synced */

static void step_write(const struct fv_port_storage *s, int file, uint64_t from, uint64_t to)
{
    static uint8_t bytes[STEP_FILE];
    memset(bytes, 'x', sizeof bytes);
    (void)s->write(s->ctx, file, from, bytes, (size_t)(to - from));
}

static void step_make(const struct fv_port_storage *s, const char *path, uint64_t size)
{
    int file;
    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    step_write(s, file, 0, size);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

static void step_prepare(const struct fv_port_storage *s)
{
    assert_int_equal(s->make_dir(s->ctx, "a directory"), FV_OK);
    step_make(s, "a directory/a file with a long name", STEP_FILE);
    step_make(s, "a directory/another file", STEP_FILE / 2);
}

static void step_truncate(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "a directory/another file", FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->truncate(s->ctx, file, 1500);
        (void)s->close(s->ctx, file);
    }
}

static void step_empty(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "a directory/another file", FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->truncate(s->ctx, file, 0);
        (void)s->close(s->ctx, file);
    }
}

static void step_create_again(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "a directory/another file", FV_PORT_OPEN_CREATE, &file) == FV_OK) {
        step_write(s, file, 0, 700);
        (void)s->sync(s->ctx, file);
        (void)s->close(s->ctx, file);
    }
}

static void step_reserve(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "a new file", FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->reserve(s->ctx, file, 100000);
        (void)s->sync(s->ctx, file);
        (void)s->close(s->ctx, file);
    }
}

static void step_rename(const struct fv_port_storage *s)
{
    (void)s->rename(s->ctx, "a directory/another file", "a new name that is long, too");
}

static void step_replace(const struct fv_port_storage *s)
{
    (void)s->rename(s->ctx, "a directory/another file", "a directory/a file with a long name");
}

static void step_remove(const struct fv_port_storage *s)
{
    (void)s->remove(s->ctx, "a directory/a file with a long name");
}

static void step_make_dir(const struct fv_port_storage *s)
{
    (void)s->make_dir(s->ctx, "a directory/a directory in it");
}

/* Whatever is there afterwards is a file of a size that was meant, with its content. */
static void step_check(const struct fv_port_storage *s, const char *path, bool may_be_empty)
{
    static uint8_t have[STEP_FILE];
    struct fv_port_stat st;
    size_t got = 0;
    int file;
    assert_int_equal(s->stat(s->ctx, path, &st), FV_OK);
    if (st.kind == FV_PORT_NONE || (may_be_empty && st.size == 0)) {
        return;
    }
    assert_true(st.size == STEP_FILE || st.size == STEP_FILE / 2 || st.size == 1500 ||
                st.size == 700);
    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_READ, &file), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, st.size);
    for (size_t i = 0; i < got; i++) {
        assert_int_equal(have[i], 'x');
    }
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

static void test_each_write(void **state)
{
    static void (*const steps[])(
        const struct fv_port_storage *) = {step_truncate, step_empty,   step_create_again,
                                           step_reserve,  step_rename,  step_replace,
                                           step_remove,   step_make_dir};
    struct card *c = calloc(1, sizeof *c);
    (void)state;
    ram_block_init(&c->disk, fat16.blocks);
    ram_block_init(&c->kept, fat16.blocks);
    vfat_format(&c->disk, fat16.options);
    step_prepare(card_mount(c, NULL));
    card_unmount(c);
    card_keep(c);
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        bool cut = true;
        for (uint64_t at = 1; cut; at++) {
            for (uint64_t seed = 0; cut && seed < STEP_CUTS; seed++) {
                card_back(c);
                const struct fv_port_storage *s = card_mount(c, NULL);
                card_cut_at(c, at);
                steps[i](s);
                card_unmount(c);
                cut = card_writes(c) == at;
                card_power(c, seed < 2 ? seed : at);
                assert_true(vfat_is_sound(&c->disk));
                s = card_mount(c, NULL);
                step_check(s, "a directory/a file with a long name", steps[i] == step_remove);
                step_check(s, "a new name that is long, too", false);
                step_check(s, "a directory/another file", true);
                card_unmount(c);
            }
        }
        assert_true(vfat_is_clean(&c->disk));
    }
    ram_block_free(&c->disk);
    ram_block_free(&c->kept);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_write),   cmocka_unit_test(test_no_cut),
        cmocka_unit_test(test_fill_fat16),   cmocka_unit_test(test_replace_fat16),
        cmocka_unit_test(test_resume_fat16), cmocka_unit_test(test_replace_fat32),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
