/* SPDX-License-Identifier: MIT */
/*
 * Storage on FAT16 and FAT32 images: the contract, what is special to FAT, and what dosfstools and
 * mtools find in them.
 */
#include "port/fat/fat.h"
#include "support/storage_suite.h"
#include "support/vfat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define YEAR_1980_US INT64_C(315532800000000)

struct medium {
    struct storage_medium suite; /* the first: what the cases see */
    struct ram_block disk;
    struct fv_fat fat;
};

static struct ram_block fat16, fat32; /* empty volumes */

static int make_images(void **state)
{
    (void)state;
    ram_block_init(&fat16, 8192); /* 4 MiB; one block a cluster, so directories grow soon */
    vfat_format(&fat16, "-F 16 -s 1 -r 512");
    ram_block_init(&fat32, 69632);
    vfat_format(&fat32, "-F 32 -s 1");
    return 0;
}

static int free_images(void **state)
{
    (void)state;
    ram_block_free(&fat16);
    ram_block_free(&fat32);
    return 0;
}

static int setup(void **state, const struct ram_block *image)
{
    struct medium *m = calloc(1, sizeof *m);
    ram_block_init(&m->disk, image->port.blocks);
    ram_block_copy(&m->disk, image);
    assert_int_equal(fv_fat_open(&m->fat, &m->disk.port, NULL), FV_OK);
    m->suite = (struct storage_medium){&m->fat.port, YEAR_1980_US, true, NULL};
    *state = m;
    return 0;
}

static int setup_fat16(void **state)
{
    return setup(state, &fat16);
}

static int setup_fat32(void **state)
{
    return setup(state, &fat32);
}

/* Whatever a case did, fsck finds nothing afterwards. */
static int teardown(void **state)
{
    struct medium *m = *state;
    for (int i = 0; i < FV_FAT_FILES; i++) {
        assert_false(m->fat.files[i].used);
    }
    fv_fat_close(&m->fat);
    bool clean = vfat_is_clean(&m->disk);
    ram_block_free(&m->disk);
    free(m);
    return clean ? 0 : -1;
}

#define teardown_fat16 teardown
#define teardown_fat32 teardown

static void see_with_mtools(struct medium *m, const char *path, const void *bytes, size_t n)
{
    size_t have = 0;
    uint8_t *p = vfat_read(&m->disk, path, &have);
    assert_non_null(p);
    assert_int_equal(have, n);
    assert_memory_equal(p, bytes, n);
    free(p);
}

static void test_long_names(void **state)
{
    static const char *const names[] = {"Étude B6 2019 – équipement & mobilité.csv",
                                        "日本語のファイル名.zip", "Ａ lower and UPPER.Txt",
                                        "😀 beyond the basic plane.pdf"};
    struct medium *m = *state;
    char path[128];
    assert_int_equal(m->suite.port->make_dir(m->suite.port->ctx, "Été"), FV_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "Été/%s", names[i]);
        storage_put(&m->suite, path, names[i]);
    }
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(path, sizeof path, "Été/%s", names[i]);
        storage_check(&m->suite, path, names[i]);
        if (strstr(path, "basic plane") == NULL) { /* which mtools does not leave */
            see_with_mtools(m, path, names[i], strlen(names[i]));
        }
    }
    storage_check(&m->suite, "éTÉ/ÉTUDE b6 2019 – équipement & mobilité.CSV", names[0]);
}

static void test_forbidden_names(void **state)
{
    static const char *const names[] = {"a:b", "a\\b",  "a*",  "a?", "a|b", "a<",  "a>",
                                        "a\"", "a\x7F", "a\n", "a.", "a ",  "d./f"};
    struct medium *m = *state;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        assert_int_equal(storage_try_open(&m->suite, names[i], FV_PORT_OPEN_CREATE), FV_E_STORAGE);
    }
}

/* Content of any size in pieces of any size, across clusters; reserved, cut, overwritten. */
static void test_content(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static uint8_t bytes[200000], back[200000];
    uint64_t before, after;
    size_t got;
    int file;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(s->free_space(s->ctx, &before), FV_OK);
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, sizeof bytes + 5000), FV_OK);
    for (size_t at = 0, n = 1; at < sizeof bytes; at += n, n = n * 3 % 4001 + 1) {
        size_t left = sizeof bytes - at;
        assert_int_equal(s->write(s->ctx, file, at, bytes + at, n < left ? n : left), FV_OK);
    }
    memset(bytes + 1000, 'x', 3000);
    assert_int_equal(s->write(s->ctx, file, 1000, bytes + 1000, 3000), FV_OK);
    assert_int_equal(s->sync(s->ctx, file), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    see_with_mtools(m, "f", bytes, sizeof bytes);
    assert_int_equal(s->free_space(s->ctx, &after), FV_OK); /* what was reserved too much is free */
    assert_int_equal(before - after, (sizeof bytes + 511) / 512 * 512);
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_WRITE, &file), FV_OK);
    assert_int_equal(s->truncate(s->ctx, file, 70000), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, back, sizeof back, &got), FV_OK);
    assert_int_equal(got, 70000);
    assert_memory_equal(back, bytes, 70000);
    assert_int_equal(s->truncate(s->ctx, file, 0), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, bytes, 600), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    see_with_mtools(m, "f", bytes, 600);
    assert_int_equal(s->remove(s->ctx, "f"), FV_OK);
    assert_int_equal(s->free_space(s->ctx, &after), FV_OK);
    assert_int_equal(before, after);
}

static void test_full(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static const uint8_t bytes[65536];
    uint64_t space, offset = 0, size;
    enum fv_err err = FV_OK;
    int file;
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    storage_put(&m->suite, "from", "content");
    assert_int_equal(s->free_space(s->ctx, &space), FV_OK);
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, space + 1), FV_E_FULL);
    assert_int_equal(s->free_space(s->ctx, &size), FV_OK);
    assert_int_equal(size, space); /* what it took is given back */
    while (err == FV_OK) {
        err = s->write(s->ctx, file, offset, bytes, sizeof bytes);
        offset += err == FV_OK ? sizeof bytes : 0;
    }
    assert_int_equal(err, FV_E_FULL);
    assert_int_equal(s->size(s->ctx, file, &size), FV_OK);
    assert_int_equal(size, space);
    assert_int_equal(s->truncate(s->ctx, file, offset), FV_OK);
    assert_int_equal(s->write(s->ctx, file, offset, bytes, space - offset), FV_OK);
    assert_int_equal(s->sync(s->ctx, file), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    assert_int_equal(s->make_dir(s->ctx, "e"), FV_E_FULL);
    /* There is no cluster for the directory to grow: the file stays what it was. */
    for (char name[] = "d/a long enough name 0"; err != FV_OK; name[strlen(name) - 1]++) {
        err = storage_try_open(&m->suite, name, FV_PORT_OPEN_CREATE);
        if (err == FV_E_FULL) {
            assert_int_equal(s->rename(s->ctx, "from", name), FV_E_FULL);
            break;
        }
        assert_int_equal(err, FV_OK);
        err = FV_E_FULL;
    }
    storage_check(&m->suite, "from", "content");
    assert_int_equal(s->remove(s->ctx, "f"), FV_OK);
}

/* A replaced file's clusters are free again, and its time is the new one's. */
static void test_replace(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    struct fv_port_stat st;
    uint64_t before, after;
    char path[64];
    int file;
    assert_int_equal(s->free_space(s->ctx, &before), FV_OK);
    assert_int_equal(s->make_dir(s->ctx, "directory"), FV_OK);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(s->open(s->ctx, "under way.part", FV_PORT_OPEN_CREATE, &file), FV_OK);
        snprintf(path, sizeof path, "content %d", i);
        assert_int_equal(s->write(s->ctx, file, 0, path, strlen(path)), FV_OK);
        assert_int_equal(s->write(s->ctx, file, strlen(path), m->disk.bytes, 3000), FV_OK);
        assert_int_equal(s->truncate(s->ctx, file, strlen(path)), FV_OK);
        assert_int_equal(s->set_time(s->ctx, file, 1704067200123456), FV_OK);
        assert_int_equal(s->sync(s->ctx, file), FV_OK);
        assert_int_equal(s->close(s->ctx, file), FV_OK);
        snprintf(path, sizeof path, "directory/a rather long final name %d", i % 20);
        assert_int_equal(s->rename(s->ctx, "under way.part", path), FV_OK);
        assert_int_equal(s->stat(s->ctx, path, &st), FV_OK);
        assert_int_equal(st.modified_us, 1704067200000000);
        assert_int_equal(storage_kind(&m->suite, "under way.part"), FV_PORT_NONE);
        snprintf(path + 40, sizeof path - 40, "content %d", i);
        storage_check(&m->suite, path, path + 40);
    }
    assert_true(vfat_is_clean(&m->disk));
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "directory/a rather long final name %d", i);
        assert_int_equal(s->remove(s->ctx, path), FV_OK);
    }
    assert_int_equal(s->remove_dir(s->ctx, "directory"), FV_OK);
    assert_int_equal(s->free_space(s->ctx, &after), FV_OK);
    assert_int_equal(before, after);
}

/* A new cluster of a directory held a file before: nothing of that may ever be read as names. */
static void test_grown_directory(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static uint8_t bytes[300000];
    char path[64];
    uint64_t first;
    int file;
    memset(bytes, 'Z', sizeof bytes);
    for (int i = 0; i < 7; i++) {
        snprintf(path, sizeof path, "%d", i);
        assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
        assert_int_equal(s->write(s->ctx, file, 0, bytes, sizeof bytes), FV_OK);
        assert_int_equal(s->close(s->ctx, file), FV_OK);
        assert_int_equal(s->remove(s->ctx, path), FV_OK);
    }
    m->fat.fs.last_clst = 1; /* start again where the files were */
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    for (int i = 0; i < 20; i++) {
        snprintf(path, sizeof path, "d/a name that takes some entries %d", i);
        first = m->disk.writes;
        storage_put(&m->suite, path, "x");
        struct ram_block copy;
        ram_block_init(&copy, m->disk.port.blocks);
        for (uint64_t at = first + 1; at <= m->disk.writes; at++) { /* the same again, cut */
            struct fv_fat fat;
            struct storage_medium again = {&fat.port, 0, true, NULL};
            ram_block_copy(&copy, &m->disk);
            assert_int_equal(fv_fat_open(&fat, &copy.port, NULL), FV_OK);
            fat.fs.last_clst = m->fat.fs.last_clst;
            copy.writes = 0;
            copy.cut_at = at - first;
            strcpy(path, "d/another name that takes entries");
            (void)storage_try_open(&again, path, FV_PORT_OPEN_READ);
            if (fat.port.open(fat.port.ctx, path, FV_PORT_OPEN_CREATE, &file) == FV_OK) {
                (void)fat.port.sync(fat.port.ctx, file);
            }
            ram_block_cut(&copy, at);
            assert_true(vfat_is_sound(&copy));
        }
        ram_block_free(&copy);
    }
}

/* A file of no byte, or one of those that were there. */
static enum fv_err whole_or_empty(void *arg, const char *name)
{
    const struct fv_port_storage *s = arg;
    struct fv_port_stat st;
    char path[64];
    snprintf(path, sizeof path, "d/%s", name);
    assert_int_equal(s->stat(s->ctx, path, &st), FV_OK);
    assert_true(st.size == 0 || (st.size == 1 && strlen(name) > 12));
    return FV_OK;
}

/* The entries of a name may be in two blocks: cut between, the second holds a short name that lost its long one. */
static void test_removal_cut_within_a_name(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    char path[64];
    struct ram_block copy;
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    for (int i = 0; i < 16; i++) {
        snprintf(path, sizeof path, "d/a name that takes some entries %d", i);
        storage_put(&m->suite, path, "x");
    }
    ram_block_init(&copy, m->disk.port.blocks);
    for (int i = 0; i < 16; i++) {
        enum fv_err err = FV_E_STORAGE;
        for (uint64_t at = 1; err != FV_OK; at++) {
            struct fv_fat fat;
            ram_block_copy(&copy, &m->disk);
            assert_int_equal(fv_fat_open(&fat, &copy.port, NULL), FV_OK);
            copy.writes = 0;
            copy.cut_at = at;
            snprintf(path, sizeof path, "d/a name that takes some entries %d", i);
            err = fat.port.remove(fat.port.ctx, path);
            ram_block_cut(&copy, 1);
            assert_true(vfat_is_sound(&copy));
            assert_int_equal(fv_fat_open(&fat, &copy.port, NULL), FV_OK);
            assert_int_equal(fat.port.list_dir(fat.port.ctx, "d", whole_or_empty, &fat.port),
                             FV_OK);
        }
    }
    ram_block_free(&copy);
}

static void test_times(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static const struct {
        int64_t set, kept;
    } times[] = {
        {YEAR_1980_US - 1, INT64_MIN},
        {YEAR_1980_US, YEAR_1980_US},
        {951827696000000, 951827696000000},   /* 2000-02-29T12:34:56 */
        {951868799999999, 951868798000000},   /* 2000-02-29T23:59:59.999999 */
        {4107542399000000, 4107542398000000}, /* 2100-02-28T23:59:59 */
        {4107542400000000, 4107542400000000}, /* 2100-03-01 */
        {4354819199000000, 4354819198000000}, /* 2107-12-31T23:59:59 */
        {4354819200000000, INT64_MIN},
        {INT64_MAX, INT64_MIN},
        {INT64_MIN, INT64_MIN},
    };
    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        struct fv_port_stat st;
        int file;
        assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_WRITE, &file), FV_OK);
        assert_int_equal(s->set_time(s->ctx, file, times[i].set), FV_OK);
        assert_int_equal(s->close(s->ctx, file), FV_OK);
        assert_int_equal(s->stat(s->ctx, "f", &st), FV_OK);
        assert_int_equal(st.modified_us, times[i].kept);
    }
}

/* sync_dir writes both copies of the FAT, whatever of it is in the buffer. */
static void test_both_fats(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int file, status;
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, 50000), FV_OK);
    assert_int_equal(s->sync_dir(s->ctx, ""), FV_OK);
    char *text = vfat_check(&m->disk, &status);
    assert_null(strstr(text, "FATs differ"));
    free(text);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

static void test_device_errors(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int file;
    storage_put(&m->suite, "f", "1");
    m->disk.readonly = true;
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_WRITE, &file), FV_OK);
    (void)s->write(s->ctx, file, 0, "2", 1);
    assert_int_equal(s->sync(s->ctx, file), FV_E_READONLY);
    assert_int_not_equal(s->last_error(s->ctx), 0);
    (void)s->close(s->ctx, file);
    m->disk.readonly = false;
    assert_int_equal(fv_fat_open(&m->fat, &m->disk.port, NULL), FV_OK);
    m->disk.cut_at = m->disk.writes;
    assert_int_equal(s->open(s->ctx, "g", FV_PORT_OPEN_READ, &file), FV_E_STORAGE);
    ram_block_cut(&m->disk, 0);
    assert_int_equal(fv_fat_open(&m->fat, &m->disk.port, NULL), FV_OK);
    storage_check(&m->suite, "f", "1");
}

static void test_more_than_a_file_can_have(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int file;
    assert_int_equal(s->max_file, UINT32_MAX);
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, s->max_file, "x", 1), FV_E_LARGE);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

static void test_too_many_files(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int files[FV_FAT_FILES], one;
    char name[2] = "a";
    for (int i = 0; i < FV_FAT_FILES; i++, name[0]++) {
        assert_int_equal(s->open(s->ctx, name, FV_PORT_OPEN_CREATE, &files[i]), FV_OK);
    }
    assert_int_equal(s->open(s->ctx, name, FV_PORT_OPEN_CREATE, &one), FV_E_STORAGE);
    for (int i = 0; i < FV_FAT_FILES; i++) {
        assert_int_equal(s->close(s->ctx, files[i]), FV_OK);
    }
}

static void test_other_volumes(void **state)
{
    struct fv_fat fat;
    struct ram_block b;
    (void)state;
    ram_block_init(&b, 4096);
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_E_STORAGE);
    assert_int_equal(fat.last, FR_NO_FILESYSTEM);
    vfat_format(&b, "-F 12");
    assert_int_equal(fv_fat_open(&fat, &b.port, NULL), FV_E_STORAGE);
    assert_int_equal(fat.last, FR_NO_FILESYSTEM);
    ram_block_free(&b);
}

#define OWN(where)                                                                                 \
    STORAGE_CASE(test_long_names, where), STORAGE_CASE(test_forbidden_names, where),               \
        STORAGE_CASE(test_content, where), STORAGE_CASE(test_replace, where),                      \
        STORAGE_CASE(test_times, where), STORAGE_CASE(test_both_fats, where),                      \
        STORAGE_CASE(test_device_errors, where), STORAGE_CASE(test_too_many_files, where),         \
        STORAGE_CASE(test_more_than_a_file_can_have, where)

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORAGE_CONTRACT(fat16),
        OWN(fat16),
        STORAGE_CASE(test_full, fat16),
        STORAGE_CASE(test_grown_directory, fat16),
        STORAGE_CASE(test_removal_cut_within_a_name, fat16),
        STORAGE_CONTRACT(fat32),
        OWN(fat32),
        cmocka_unit_test(test_other_volumes),
    };

    return cmocka_run_group_tests(tests, make_images, free_images);
}
