/* SPDX-License-Identifier: MIT */
/*
 * The contract of storage on a directory of this machine, and on the RAM disk as each of its media;
 * and what else the POSIX port promises.
 */
#include "port/posix/posix.h"
#include "port/sim/sim.h"
#include "support/storage_suite.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

struct medium {
    struct storage_medium suite; /* the first: what the cases see */
    struct fv_posix_storage posix;
    struct fv_sim sim;
};

static void link_posix(struct storage_medium *suite, const char *path, const char *target)
{
    struct medium *m = (struct medium *)suite;
    char name[256];

    snprintf(name, sizeof name, "%s/%s", m->posix.temporary, path);
    assert_int_equal(symlink(target, name), 0);
}

static void link_sim(struct storage_medium *suite, const char *path, const char *target)
{
    (void)target;
    fv_sim_put_link(&((struct medium *)suite)->sim, path);
}

static int setup_posix(void **state)
{
    struct medium *m = calloc(1, sizeof *m);

    assert_int_equal(fv_posix_scratch_open(&m->posix), FV_OK);
    m->suite = (struct storage_medium){&m->posix.port, INT64_MIN, false, link_posix};
    *state = m;
    return 0;
}

static int teardown_posix(void **state)
{
    struct medium *m = *state;
    char path[sizeof m->posix.temporary];
    struct stat st;

    memcpy(path, m->posix.temporary, sizeof path);
    fv_posix_storage_close(&m->posix);
    assert_int_equal(stat(path, &st), -1);
    free(m);
    return 0;
}

static int setup_sim(void **state, enum fv_sim_medium medium)
{
    struct medium *m = calloc(1, sizeof *m);

    fv_sim_init(&m->sim, medium, 1);
    m->sim.space = 1000000;
    m->suite =
        (struct storage_medium){m->sim.port.storage, INT64_MIN, medium != FV_SIM_POSIX, link_sim};
    *state = m;
    return 0;
}

static int setup_sim_posix(void **state)
{
    return setup_sim(state, FV_SIM_POSIX);
}

static int setup_sim_fat(void **state)
{
    return setup_sim(state, FV_SIM_FAT);
}

static int setup_sim_littlefs(void **state)
{
    return setup_sim(state, FV_SIM_LITTLEFS);
}

static int teardown_sim(void **state)
{
    struct medium *m = *state;

    assert_int_equal(fv_sim_handles(&m->sim), 0);
    fv_sim_free(&m->sim);
    free(m);
    return 0;
}

#define teardown_sim_posix teardown_sim
#define teardown_sim_fat teardown_sim
#define teardown_sim_littlefs teardown_sim

/* --- POSIX alone --- */

static void test_others(void **state)
{
    struct medium *m = *state;
    char name[256];

    snprintf(name, sizeof name, "%s/fifo", m->posix.temporary);
    assert_int_equal(mkfifo(name, 0600), 0);
    assert_int_equal(storage_kind(&m->suite, "fifo"), FV_PORT_OTHER);
    assert_int_equal(storage_try_open(&m->suite, "fifo", FV_PORT_OPEN_READ), FV_E_EXISTS);
    assert_int_equal(storage_try_open(&m->suite, "fifo", FV_PORT_OPEN_CREATE), FV_E_EXISTS);
    assert_int_equal(m->suite.port->remove(m->suite.port->ctx, "fifo"), FV_E_EXISTS);
}

/* Some directories stay open. One more takes the place of the least recently used one, never of
 * one that the call still needs. */
static void test_many_dirs(void **state)
{
    enum { DIRS = FV_POSIX_DIRS + 2 };
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    char from[] = "a/f", to[] = "a/g", text[] = "a";

    for (int i = 0; i < DIRS; i++) {
        from[0] = text[0] = (char)('a' + i);
        assert_int_equal(s->make_dir(s->ctx, text), FV_OK);
        storage_put(&m->suite, from, text);
    }
    for (int i = 0; i < 3 * DIRS; i++) {
        from[0] = text[0] = (char)('a' + i * i % DIRS);
        storage_check(&m->suite, from, text);
    }
    for (int i = 0; i < DIRS; i++) {
        from[0] = (char)('a' + i);
        to[0] = (char)('a' + (i + 2) % DIRS);
        assert_int_equal(s->rename(s->ctx, from, to), FV_OK);
    }
    for (int i = 0; i < DIRS; i++) {
        text[0] = (char)('a' + i);
        to[0] = (char)('a' + (i + 2) % DIRS);
        storage_check(&m->suite, to, text);
    }
}

/* Another process takes the directory away and puts a new one there. */
static void test_replaced_dir(void **state)
{
    struct medium *m = *state;
    char old[256], new[256];

    assert_int_equal(m->suite.port->make_dir(m->suite.port->ctx, "d"), FV_OK);
    storage_put(&m->suite, "d/f", "1");
    snprintf(old, sizeof old, "%s/d/f", m->posix.temporary);
    assert_int_equal(unlink(old), 0);
    snprintf(old, sizeof old, "%s/d", m->posix.temporary);
    assert_int_equal(rmdir(old), 0);
    assert_int_equal(storage_try_open(&m->suite, "d/f", FV_PORT_OPEN_CREATE), FV_E_NOT_FOUND);
    snprintf(new, sizeof new, "%s/d", m->posix.temporary);
    assert_int_equal(mkdir(new, 0700), 0);
    storage_put(&m->suite, "d/f", "2");
    storage_check(&m->suite, "d/f", "2");
}

/* Another process removes or moves a directory while one below it is open: the directory that is
 * then created is used at once. */
static void test_remade_dirs(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    char a[256], b[256], away[256];

    snprintf(a, sizeof a, "%s/a", m->posix.temporary);
    snprintf(b, sizeof b, "%s/a/b", m->posix.temporary);
    snprintf(away, sizeof away, "%s/away", m->posix.temporary);
    for (int moved = 0; moved < 3; moved++) {
        assert_int_equal(s->make_dir(s->ctx, "a"), FV_OK);
        assert_int_equal(s->make_dir(s->ctx, "a/b"), FV_OK);
        storage_put(&m->suite, "a/b/f", "1");
        assert_int_equal(storage_kind(&m->suite, "a/c/f"), FV_PORT_NONE);
        assert_int_equal(s->remove(s->ctx, "a/b/f"), FV_OK);
        if (moved == 1) {
            assert_int_equal(rename(a, away), 0);
        } else {
            assert_int_equal(rmdir(b), 0);
            assert_int_equal(rmdir(a), 0);
        }
        if (moved == 2)
            assert_int_equal(mkdir(a, 0700), 0);
        assert_int_equal(storage_kind(&m->suite, "a/c"), FV_PORT_NONE);
        assert_int_equal(s->make_dir(s->ctx, "a"), FV_OK);
        assert_int_equal(s->make_dir(s->ctx, "a/c"), FV_OK);
        assert_int_equal(s->make_dir(s->ctx, "a/b"), FV_OK);
        assert_int_equal(storage_try_open(&m->suite, "a/c/f", FV_PORT_OPEN_NEW), FV_OK);
        assert_int_equal(storage_try_open(&m->suite, "a/b/f", FV_PORT_OPEN_NEW), FV_OK);
        assert_int_equal(access(b, F_OK), 0);
        assert_int_equal(s->remove(s->ctx, "a/b/f"), FV_OK);
        assert_int_equal(s->remove(s->ctx, "a/c/f"), FV_OK);
        assert_int_equal(s->remove_dir(s->ctx, "a/c"), FV_OK);
    }
}

static void test_deep_scratch(void **state)
{
    struct medium *m = *state;
    const struct fv_port_storage *s = m->suite.port;
    char path[] = "a/b/c/d/e";

    for (size_t n = 1; n <= 9; n += 2) {
        char part[16];

        snprintf(part, sizeof part, "%.*s", (int)n, path);
        assert_int_equal(s->make_dir(s->ctx, part), FV_OK);
        snprintf(part, sizeof part, "%.*s/f", (int)n, path);
        storage_put(&m->suite, part, "x");
        snprintf(part, sizeof part, "%.*s/z", (int)n, path);
        assert_int_equal(s->make_dir(s->ctx, part), FV_OK);
    } /* teardown sees that nothing is left */
}

static void test_open_root(void **state)
{
    struct medium *m = *state;
    struct fv_posix_storage other;
    char path[256];

    snprintf(path, sizeof path, "%s/x", m->posix.temporary);
    assert_int_equal(fv_posix_storage_open(&other, path, false), FV_E_NOT_FOUND);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_OK);
    assert_int_equal(other.port.time_step_us, 1);
    fv_posix_storage_close(&other);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_OK);
    fv_posix_storage_close(&other);
    assert_int_equal(fv_posix_storage_over(&other, open(path, O_RDONLY)), FV_OK);
    fv_posix_storage_close(&other);
    storage_put(&m->suite, "f", "1");
    snprintf(path, sizeof path, "%s/f", m->posix.temporary);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_E_EXISTS);
    assert_int_equal(fv_posix_storage_over(&other, open(path, O_RDONLY)), FV_E_EXISTS);
    assert_int_equal(other.error, ENOTDIR);
    snprintf(path, sizeof path, "%s/f/no/x", m->posix.temporary);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_E_EXISTS);
    assert_int_equal(other.error, ENOTDIR);
    assert_string_equal(path + other.part, "/x");
    assert_int_equal(fv_posix_storage_open(&other, path, false), FV_E_EXISTS);
    assert_string_equal(path + other.part, "");
    snprintf(path, sizeof path, "%s/no/way//x/", m->posix.temporary);
    assert_int_equal(fv_posix_storage_open(&other, path, false), FV_E_NOT_FOUND);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_OK);
    fv_posix_storage_close(&other);
    link_posix(&m->suite, "link", "x");
    snprintf(path, sizeof path, "%s/link", m->posix.temporary);
    assert_int_equal(fv_posix_storage_open(&other, path, true), FV_OK);
    fv_posix_storage_close(&other);
}

static void test_full_device(void **state)
{
    struct medium *m = *state;
    int fd = open("/dev/full", O_RDWR);

    assert_true(fd >= 0);
    assert_int_equal(m->suite.port->write(m->suite.port->ctx, fd, 0, "x", 1), FV_E_FULL);
    assert_true(m->suite.port->last_error(m->suite.port->ctx) != 0);
    close(fd);
}

static void test_reader(void **state)
{
    struct medium *m = *state;
    struct fv_posix_reader r;
    char path[256], have[8];
    int ends[2];
    size_t got;

    assert_int_equal(fv_posix_reader_open(&r, m->posix.temporary), FV_E_EXISTS);
    storage_put(&m->suite, "f", "abcdef");
    link_posix(&m->suite, "link", "f");
    snprintf(path, sizeof path, "%s/none", m->posix.temporary);
    assert_int_equal(fv_posix_reader_open(&r, path), FV_E_NOT_FOUND);
    snprintf(path, sizeof path, "%s/link", m->posix.temporary);
    assert_int_equal(fv_posix_reader_open(&r, path), FV_OK);
    assert_int_equal(fv_posix_reader_read(&r, 4, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, 2);
    assert_int_equal(fv_posix_reader_read(&r, 0, have, 3, &got), FV_OK);
    assert_int_equal(got, 3);
    assert_int_equal(fv_posix_reader_read(&r, UINT64_MAX, have, 3, &got), FV_OK);
    assert_int_equal(got, 0);
    fv_posix_reader_close(&r);

    assert_int_equal(pipe(ends), 0);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    assert_int_equal(fv_posix_reader_open(&r, path), FV_OK);
    assert_int_equal(write(ends[1], "abcdef", 6), 6);
    close(ends[1]);
    assert_int_equal(fv_posix_reader_read(&r, 0, have, 4, &got), FV_OK);
    assert_int_equal(got, 4);
    assert_int_equal(fv_posix_reader_read(&r, 1, have, 4, &got), FV_E_STORAGE);
    assert_int_equal(fv_posix_reader_read(&r, 4, have, 4, &got), FV_OK);
    assert_int_equal(got, 2);
    assert_memory_equal(have, "ef", 2);
    fv_posix_reader_close(&r);
    close(ends[0]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORAGE_CONTRACT(posix),
        STORAGE_LINKS(posix),
        STORAGE_CONTRACT(sim_posix),
        STORAGE_LINKS(sim_posix),
        STORAGE_CONTRACT(sim_fat),
        STORAGE_LINKS(sim_fat),
        STORAGE_CONTRACT(sim_littlefs),
        STORAGE_LINKS(sim_littlefs),
        STORAGE_CASE(test_others, posix),
        STORAGE_CASE(test_many_dirs, posix),
        STORAGE_CASE(test_replaced_dir, posix),
        STORAGE_CASE(test_remade_dirs, posix),
        STORAGE_CASE(test_deep_scratch, posix),
        STORAGE_CASE(test_open_root, posix),
        STORAGE_CASE(test_full_device, posix),
        STORAGE_CASE(test_reader, posix),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
