/* SPDX-License-Identifier: MIT */
/*
 * Tests how many clusters a power cut loses: one operation on a FAT volume, cut at each of its
 * writes, and what fsck would reclaim then.
 */
#include "port/fat/fat.h"
#include "support/vfat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CLUSTER 512u
#define PIECE 16u     /* clusters */
#define LONG 600u     /* clusters of a long file: three blocks of a FAT16, five of a FAT32 */
#define ONE_MOMENT 1u /* of a rename, at which the file is nobody's */

struct card {
    struct ram_block disk, kept;
    struct fv_fat fat;
};

static const struct fv_port_storage *mount(struct card *c)
{
    assert_int_equal(fv_fat_open(&c->fat, &c->disk.port, NULL), FV_OK);
    c->fat.piece = PIECE * CLUSTER;
    return &c->fat.port;
}

static void put(const struct fv_port_storage *s, const char *path, uint64_t clusters)
{
    static uint8_t bytes[LONG * CLUSTER];
    int file;
    if (s->open(s->ctx, path, FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->write(s->ctx, file, 0, bytes, clusters * CLUSTER);
        (void)s->sync(s->ctx, file);
        (void)s->close(s->ctx, file);
    }
}

static void reserve(const struct fv_port_storage *s, const char *path, uint64_t clusters)
{
    int file;
    if (s->open(s->ctx, path, FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->reserve(s->ctx, file, clusters * CLUSTER);
        (void)s->write(s->ctx, file, 0, "x", 1);
        (void)s->sync(s->ctx, file); /* it is not closed, which would give back the rest */
    }
}

/* --- The operations --- */

static void op_reserve(const struct fv_port_storage *s)
{
    reserve(s, "new", LONG);
}

static void op_write_without_reserve(const struct fv_port_storage *s)
{
    put(s, "new", LONG);
}

static void op_close_gives_back(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "reserved", FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->write(s->ctx, file, 0, "xx", 2);
        (void)s->close(s->ctx, file);
    }
}

static void truncate_to(const struct fv_port_storage *s, const char *path, uint64_t size)
{
    int file;
    if (s->open(s->ctx, path, FV_PORT_OPEN_WRITE, &file) == FV_OK) {
        (void)s->truncate(s->ctx, file, size);
        (void)s->sync(s->ctx, file);
        (void)s->close(s->ctx, file);
    }
}

static void op_truncate(const struct fv_port_storage *s)
{
    truncate_to(s, "long", 5 * CLUSTER + 1);
}

static void op_truncate_same_size(const struct fv_port_storage *s)
{
    truncate_to(s, "reserved", 1);
}

static void op_empty(const struct fv_port_storage *s)
{
    truncate_to(s, "long", 0);
}

static void op_create_again(const struct fv_port_storage *s)
{
    int file;
    if (s->open(s->ctx, "long", FV_PORT_OPEN_CREATE, &file) == FV_OK) {
        (void)s->close(s->ctx, file);
    }
}

static void op_remove(const struct fv_port_storage *s)
{
    (void)s->remove(s->ctx, "long");
}

static void op_remove_reserved(const struct fv_port_storage *s)
{
    (void)s->remove(s->ctx, "reserved");
}

static void op_rename(const struct fv_port_storage *s)
{
    (void)s->rename(s->ctx, "long", "directory/a new name");
}

static void op_replace(const struct fv_port_storage *s)
{
    (void)s->rename(s->ctx, "reserved", "directory/old");
}

static void op_rename_in_one_block(const struct fv_port_storage *s)
{
    (void)s->rename(s->ctx, "long", "longer");
}

struct operation {
    const char *name;
    void (*run)(const struct fv_port_storage *s);
    unsigned moments; /* writes at which a cut may lose the whole file */
};

static const struct operation operations[] = {
    {"reserve", op_reserve, 0},
    {"write without reserve", op_write_without_reserve, 0},
    {"close gives back the reserve", op_close_gives_back, 0},
    {"truncate", op_truncate, 0},
    {"truncate to the size it has", op_truncate_same_size, 0},
    {"empty", op_empty, 0},
    {"create again", op_create_again, 0},
    {"remove", op_remove, 0},
    {"remove what is reserved", op_remove_reserved, 0},
    {"rename", op_rename, ONE_MOMENT},
    {"replace", op_replace, 2 * ONE_MOMENT}, /* both have a long chain */
    {"rename in one block", op_rename_in_one_block, 0},
};

static void prepare(struct card *c, const char *options)
{
    vfat_format(&c->disk, options);
    const struct fv_port_storage *s = mount(c);
    assert_int_equal(s->make_dir(s->ctx, "directory"), FV_OK);
    put(s, "long", LONG);
    put(s, "directory/old", LONG);
    reserve(s, "reserved", LONG);
    fv_fat_close(&c->fat);
    assert_int_equal(vfat_lost(&c->disk), 0);
    ram_block_copy(&c->kept, &c->disk);
}

/* Cut each `stride`-th write of the operation: the loss is bounded, apart from the moments that
 * are known. */
static void cut_operation(struct card *c, const struct operation *op, unsigned stride)
{
    unsigned most = 0, moments = 0;
    bool cut = true;
    uint64_t at = 1;
    for (; cut; at += stride) {
        ram_block_copy(&c->disk, &c->kept);
        const struct fv_port_storage *s = mount(c);
        c->disk.writes = 0;
        c->disk.cut_at = at;
        op->run(s);
        fv_fat_close(&c->fat);
        cut = c->disk.writes == at;
        ram_block_cut(&c->disk, at);
        assert_true(vfat_is_sound(&c->disk));
        unsigned lost = vfat_lost(&c->disk);
        if (lost >= LONG) {
            moments++;
        } else {
            most = lost > most ? lost : most;
        }
        assert_true(cut || lost == 0);
    }
    print_message("%s: %llu writes, lost %u clusters at most\n", op->name,
                  (unsigned long long)at - stride - 1, most);
    assert_true(most <= PIECE + 1);
    assert_true(moments <= op->moments);
}

static void cut_all(const char *options, uint32_t blocks, unsigned stride)
{
    struct card *c = calloc(1, sizeof *c);
    ram_block_init(&c->disk, blocks);
    ram_block_init(&c->kept, blocks);
    prepare(c, options);
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++) {
        cut_operation(c, &operations[i], stride);
    }
    ram_block_free(&c->disk);
    ram_block_free(&c->kept);
    free(c);
}

static void test_a_cut_loses_a_piece_at_most_fat16(void **state)
{
    (void)state;
    cut_all("-F 16 -s 1 -r 64", 4480, 1);
}

static void test_a_cut_loses_a_piece_at_most_fat32(void **state)
{
    (void)state;
    cut_all("-F 32 -s 1", 69632, 37);
}

/* Cut again and again while space is reserved for the same file: the next run continues with
 * what the last one had, and in the end at most one cluster for each cut is missing. */
static void test_the_next_run_takes_back_the_reserve(void **state)
{
    struct card *c = calloc(1, sizeof *c);
    uint64_t before, after;
    unsigned cuts = 0;
    (void)state;
    ram_block_init(&c->disk, 4480);
    ram_block_init(&c->kept, 4480);
    vfat_format(&c->disk, "-F 16 -s 1 -r 64");
    const struct fv_port_storage *s = mount(c);
    assert_int_equal(s->free_space(s->ctx, &before), FV_OK);
    for (uint64_t at = 1; at < 60; at += 3, cuts++) {
        s = mount(c);
        c->disk.writes = 0;
        c->disk.cut_at = at;
        reserve(s, "part", 3000); /* two do not fit */
        ram_block_cut(&c->disk, at);
    }
    unsigned lost = vfat_lost(&c->disk);
    print_message("%u cuts: %u clusters lost\n", cuts, lost);
    assert_true(lost <= cuts);
    s = mount(c);
    put(s, "part", 10);
    assert_int_equal(s->free_space(s->ctx, &after), FV_OK);
    assert_int_equal(before - after, (10 + lost) * CLUSTER);
    fv_fat_close(&c->fat);
    ram_block_free(&c->disk);
    ram_block_free(&c->kept);
    free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_cut_loses_a_piece_at_most_fat16),
        cmocka_unit_test(test_a_cut_loses_a_piece_at_most_fat32),
        cmocka_unit_test(test_the_next_run_takes_back_the_reserve),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
