/* SPDX-License-Identifier: MIT */
/*
 * Storage on littlefs: the contract on NOR and NAND flash, and what is its own.
 */
#include "port/littlefs/littlefs.h"
#include "support/ram_flash.h"
#include "support/storage_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct medium {
    struct storage_medium suite; /* the first: what the cases see */
    struct ram_flash flash;
    struct fv_littlefs fs;
    struct fv_littlefs_room room;
};

static void mount(struct medium *m)
{
    assert_int_equal(fv_littlefs_open(&m->fs, &m->flash.port, &m->room, NULL), FV_OK);
}

static int setup(void **state, uint32_t block_size, uint32_t blocks, uint32_t prog_size)
{
    struct medium *m = calloc(1, sizeof *m);
    m->room = (struct fv_littlefs_room){NULL, 4 * prog_size < 64 ? 64 : 4 * prog_size, 16};
    m->room.buffer = malloc(FV_LITTLEFS_ROOM(m->room.cache, m->room.lookahead));
    ram_flash_init(&m->flash, block_size, blocks, prog_size);
    assert_int_equal(fv_littlefs_open(&m->fs, &m->flash.port, &m->room, NULL), FV_E_STORAGE);
    assert_int_equal(fv_littlefs_format(&m->fs, &m->flash.port, &m->room), FV_OK);
    mount(m);
    m->suite = (struct storage_medium){&m->fs.port, INT64_MIN, true, NULL};
    *state = m;
    return 0;
}

static int setup_nor(void **state)
{
    return setup(state, 4096, 64, 16);
}

static int setup_small(void **state)
{
    return setup(state, 512, 256, 16);
}

static int setup_nand(void **state)
{
    return setup(state, 65536, 24, 512);
}

static int teardown(void **state)
{
    struct medium *m = *state;
    for (int i = 0; i < FV_LITTLEFS_FILES; i++) {
        assert_false(m->fs.files[i].used);
    }
    fv_littlefs_close(&m->fs);
    ram_flash_free(&m->flash);
    free(m->room.buffer);
    free(m);
    return 0;
}

#define teardown_nor teardown
#define teardown_nand teardown

static void test_content(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static uint8_t bytes[60000], back[60000];
    size_t got;
    int file;
    for (size_t i = 0; i < sizeof bytes; i++) {
        bytes[i] = (uint8_t)(i * 7 + i / 251);
    }
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    for (size_t at = 0, n = 1; at < sizeof bytes; at += n, n = n * 3 % 4001 + 1) {
        size_t left = sizeof bytes - at;
        assert_int_equal(s->write(s->ctx, file, at, bytes + at, n < left ? n : left), FV_OK);
    }
    memset(bytes + 1000, 'x', 3000);
    assert_int_equal(s->write(s->ctx, file, 1000, bytes + 1000, 3000), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, back, sizeof back, &got), FV_OK);
    assert_int_equal(got, sizeof bytes);
    assert_memory_equal(back, bytes, got);
    assert_int_equal(s->truncate(s->ctx, file, 20000), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    fv_littlefs_close(&m->fs);
    mount(m);
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_READ, &file), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, back, sizeof back, &got), FV_OK);
    assert_int_equal(got, 20000);
    assert_memory_equal(back, bytes, got);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

/* What does not fit is an error at once, or at the sync; not a file that is silently old. */
static void test_full(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    static const uint8_t bytes[32768];
    uint64_t offset = 0;
    enum fv_err err = FV_OK;
    int file;
    storage_put(&m->suite, "old", "content");
    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    while (err == FV_OK) {
        err = s->write(s->ctx, file, offset, bytes, sizeof bytes);
        offset += sizeof bytes;
    }
    assert_int_equal(err, FV_E_FULL);
    assert_int_equal(s->sync(s->ctx, file), FV_E_FULL);
    (void)s->close(s->ctx, file);
    assert_int_equal(s->remove(s->ctx, "f"), FV_OK);
    storage_check(&m->suite, "old", "content");
    storage_put(&m->suite, "new", "content");
}

/* An unsynced file is what it was before, a name is at once what it is. */
static void test_power_cut(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    struct fv_port_stat st;
    int file;
    storage_put(&m->suite, "a", "old");
    storage_put(&m->suite, "b", "new");
    assert_int_equal(s->open(s->ctx, "a", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, "lost", 4), FV_OK);
    mount(m);
    storage_check(&m->suite, "a", "old");
    assert_int_equal(s->open(s->ctx, "b", FV_PORT_OPEN_WRITE, &file), FV_OK);
    assert_int_equal(s->set_time(s->ctx, file, 1704067200123456), FV_OK);
    assert_int_equal(s->sync(s->ctx, file), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    assert_int_equal(s->rename(s->ctx, "b", "a"), FV_OK);
    mount(m);
    storage_check(&m->suite, "a", "new");
    assert_int_equal(s->stat(s->ctx, "a", &st), FV_OK);
    assert_int_equal(st.modified_us, 1704067200123456);
    assert_int_equal(storage_kind(&m->suite, "b"), FV_PORT_NONE);
}

static void test_bad_block(void **state)
{
    struct medium *m = *state;
    char name[12];
    for (int i = 0; i < 20; i++) {
        m->flash.bad = i % 8 + 2;
        snprintf(name, sizeof name, "%d", i);
        storage_put(&m->suite, name, name);
    }
    for (int i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%d", i);
        storage_check(&m->suite, name, name);
    }
}

/* A flash that failed once is not used any more; its content is there after the next mount. */
static void test_flash_error(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int file, other;
    storage_put(&m->suite, "a", "old");
    assert_int_equal(s->open(s->ctx, "a", FV_PORT_OPEN_WRITE, &file), FV_OK);
    assert_int_equal(s->open(s->ctx, "b", FV_PORT_OPEN_WRITE, &other), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, "new", 3), FV_OK);
    m->flash.cut_at = m->flash.writes + 1;
    assert_int_equal(s->sync(s->ctx, file), FV_E_STORAGE);
    ram_flash_cut(&m->flash);
    assert_int_equal(s->sync(s->ctx, file), FV_E_STORAGE);
    assert_int_equal(s->write(s->ctx, other, 0, "new", 3), FV_E_STORAGE);
    assert_int_equal(s->truncate(s->ctx, file, 0), FV_E_STORAGE);
    assert_int_equal(s->close(s->ctx, file), FV_E_STORAGE);
    assert_int_equal(s->close(s->ctx, other), FV_E_STORAGE);
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_E_STORAGE);
    fv_littlefs_close(&m->fs);
    mount(m);
    storage_check(&m->suite, "a", "old");
    storage_put(&m->suite, "a", "new");
}

static void test_too_many_files(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    int files[FV_LITTLEFS_FILES], one;
    char name[2] = "a";
    for (int i = 0; i < FV_LITTLEFS_FILES; i++, name[0]++) {
        assert_int_equal(s->open(s->ctx, name, FV_PORT_OPEN_CREATE, &files[i]), FV_OK);
    }
    assert_int_equal(s->open(s->ctx, name, FV_PORT_OPEN_CREATE, &one), FV_E_STORAGE);
    for (int i = 0; i < FV_LITTLEFS_FILES; i++) {
        assert_int_equal(s->close(s->ctx, files[i]), FV_OK);
    }
}

#define OWN(where)                                                                                 \
    STORAGE_CASE(test_content, where), STORAGE_CASE(test_full, where),                             \
        STORAGE_CASE(test_power_cut, where), STORAGE_CASE(test_bad_block, where),                  \
        STORAGE_CASE(test_flash_error, where), STORAGE_CASE(test_too_many_files, where)

/* Write a file under another name and rename it over the old one, as the time and the ledger's
 * index are written. */
static void replace(struct fv_littlefs *l, const char *name, const void *p, size_t n)
{
    const struct fv_port_storage *io = &l->port;
    int file = -1;
    assert_int_equal(io->open(l, ".fluxvision/new", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(io->write(l, file, 0, p, n), FV_OK);
    assert_int_equal(io->sync(l, file), FV_OK);
    assert_int_equal(io->close(l, file), FV_OK);
    assert_int_equal(io->rename(l, ".fluxvision/new", name), FV_OK);
}

/* In 3,000 boots, each of which writes a time and an index in the client's own directory, no
 * block is erased more than twice as often as littlefs keeps a directory in one place
 * (block_cycles). */
static void test_wear(void **state)
{
    struct medium *m = *state;
    uint8_t bytes[40] = {0};
    uint32_t most = 0;
    assert_int_equal(m->fs.port.make_dir(&m->fs, ".fluxvision"), FV_OK);
    memset(m->flash.erased, 0, sizeof m->flash.erased);
    for (int boot = 0; boot < 3000; boot++) {
        bytes[boot % 40]++;
        fv_littlefs_close(&m->fs);
        mount(m);
        replace(&m->fs, ".fluxvision/time", bytes, 20);
        replace(&m->fs, ".fluxvision/index", bytes, 40);
    }
    for (uint32_t i = 0; i < m->flash.port.blocks; i++) {
        most = m->flash.erased[i] > most ? m->flash.erased[i] : most;
    }
    assert_true(most < 1000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORAGE_CONTRACT(nor),
        OWN(nor),
        STORAGE_CONTRACT(nand),
        OWN(nand),
        cmocka_unit_test_setup_teardown(test_wear, setup_small, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
