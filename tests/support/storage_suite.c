/* SPDX-License-Identifier: MIT */
#include "support/storage_suite.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* --- Helpers --- */

void storage_put(struct storage_medium *m, const char *path, const char *text)
{
    const struct fv_port_storage *s = m->port;
    int file;

    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, text, strlen(text)), FV_OK);
    assert_int_equal(s->sync(s->ctx, file), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

void storage_check(struct storage_medium *m, const char *path, const char *text)
{
    const struct fv_port_storage *s = m->port;
    char have[64];
    size_t got;
    int file;

    assert_int_equal(s->open(s->ctx, path, FV_PORT_OPEN_READ, &file), FV_OK);
    assert_int_equal(s->read(s->ctx, file, 0, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, strlen(text));
    assert_memory_equal(have, text, got);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

enum fv_port_kind storage_kind(struct storage_medium *m, const char *path)
{
    struct fv_port_stat st;

    assert_int_equal(m->port->stat(m->port->ctx, path, &st), FV_OK);
    return st.kind;
}

enum fv_err storage_try_open(struct storage_medium *m, const char *path, enum fv_port_mode mode)
{
    int file;
    enum fv_err err = m->port->open(m->port->ctx, path, mode, &file);

    if (err == FV_OK)
        assert_int_equal(m->port->close(m->port->ctx, file), FV_OK);
    return err;
}

/* --- Cases --- */

void storage_case_open_modes(void **state)
{
    struct storage_medium *m = *state;

    assert_int_equal(storage_try_open(m, "a", FV_PORT_OPEN_READ), FV_E_NOT_FOUND);
    assert_int_equal(storage_try_open(m, "a", FV_PORT_OPEN_WRITE), FV_OK);
    storage_check(m, "a", "");
    storage_put(m, "a", "one");
    assert_int_equal(storage_try_open(m, "a", FV_PORT_OPEN_WRITE), FV_OK);
    storage_check(m, "a", "one");
    assert_int_equal(storage_try_open(m, "a", FV_PORT_OPEN_NEW), FV_E_EXISTS);
    storage_check(m, "a", "one");
    assert_int_equal(storage_try_open(m, "new", FV_PORT_OPEN_NEW), FV_OK);
    storage_check(m, "new", "");
    assert_int_equal(storage_try_open(m, "a", FV_PORT_OPEN_CREATE), FV_OK);
    storage_check(m, "a", "");
    assert_int_equal(storage_try_open(m, "d/a", FV_PORT_OPEN_CREATE), FV_E_NOT_FOUND);
    assert_int_equal(storage_try_open(m, "a/b", FV_PORT_OPEN_CREATE), FV_E_EXISTS);
    assert_int_equal(m->port->make_dir(m->port->ctx, "d"), FV_OK);
    assert_int_equal(storage_try_open(m, "d", FV_PORT_OPEN_READ), FV_E_EXISTS);
    assert_int_equal(storage_try_open(m, "d", FV_PORT_OPEN_WRITE), FV_E_EXISTS);
    assert_int_equal(storage_try_open(m, "d", FV_PORT_OPEN_CREATE), FV_E_EXISTS);
    assert_int_equal(storage_try_open(m, "d", FV_PORT_OPEN_NEW), FV_E_EXISTS);
    assert_int_equal(storage_try_open(m, "none/a", FV_PORT_OPEN_NEW), FV_E_NOT_FOUND);
}

void storage_case_bad_paths(void **state)
{
    static const char *const denied[] = {"",       "/",    "/a", ".",   "..",   "../a",
                                         "a/../b", "a//b", "d/", "./a", "d/..", "d/."};
    struct storage_medium *m = *state;
    char path[FV_CAP_PATH + 8];

    assert_int_equal(m->port->make_dir(m->port->ctx, "d"), FV_OK);
    assert_int_equal(m->port->make_dir(m->port->ctx, "a"), FV_OK);
    for (size_t i = 0; i < sizeof denied / sizeof *denied; i++)
        assert_int_equal(storage_try_open(m, denied[i], FV_PORT_OPEN_CREATE), FV_E_DENIED);
    memset(path, 'x', sizeof path);
    path[FV_CAP_COMPONENT] = '\0';
    assert_int_equal(storage_try_open(m, path, FV_PORT_OPEN_CREATE), FV_OK);
    path[FV_CAP_COMPONENT] = 'x';
    path[FV_CAP_COMPONENT + 1] = '\0';
    assert_int_equal(storage_try_open(m, path, FV_PORT_OPEN_CREATE), FV_E_STORAGE);
    for (size_t i = 0; i < sizeof path; i++)
        path[i] = i % 2 ? '/' : 'a';
    path[sizeof path - 1] = '\0';
    assert_int_equal(storage_try_open(m, path, FV_PORT_OPEN_CREATE), FV_E_STORAGE);
}

void storage_case_read_write(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    uint64_t size = 0;
    char have[16];
    size_t got;
    int file;

    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, "hello", 5), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 5, " world", 6), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, "J", 1), FV_OK);
    assert_int_equal(s->write(s->ctx, file, 0, "", 0), FV_OK);
    assert_int_equal(s->size(s->ctx, file, &size), FV_OK);
    assert_int_equal(size, 11);
    assert_int_equal(s->read(s->ctx, file, 1, have, 4, &got), FV_OK);
    assert_int_equal(got, 4);
    assert_memory_equal(have, "ello", 4);
    assert_int_equal(s->read(s->ctx, file, 6, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, 5);
    assert_int_equal(s->read(s->ctx, file, 11, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, 0);
    assert_int_equal(s->read(s->ctx, file, UINT64_MAX, have, sizeof have, &got), FV_OK);
    assert_int_equal(got, 0);
    assert_int_equal(s->truncate(s->ctx, file, 5), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, 100), FV_OK);
    assert_int_equal(s->reserve(s->ctx, file, 0), FV_OK);
    assert_int_equal(s->size(s->ctx, file, &size), FV_OK);
    assert_int_equal(size, 5);
    assert_int_equal(s->sync(s->ctx, file), FV_OK);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
    storage_check(m, "f", "Jello");
}

void storage_case_too_large(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    uint64_t bytes;
    int file;

    assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_CREATE, &file), FV_OK);
    enum fv_err reserved = s->reserve(s->ctx, file, UINT64_MAX);
    enum fv_err cut = s->truncate(s->ctx, file, UINT64_MAX);
    assert_true(reserved == FV_E_FULL || reserved == FV_E_LARGE);
    assert_true(cut == FV_E_FULL || cut == FV_E_LARGE);
    assert_int_equal(s->free_space(s->ctx, &bytes), FV_OK);
    assert_true(bytes > 0);
    assert_int_equal(s->close(s->ctx, file), FV_OK);
}

void storage_case_time(void **state)
{
    static const int64_t times[] = {0, 1, 1704067200123456, 4102444799999999, 2147483648000000, -1};
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    int64_t step = s->time_step_us;
    struct fv_port_stat st;
    int file;

    for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
        int64_t over = step ? (times[i] % step + step) % step : 0;
        bool kept = step && times[i] >= m->earliest_us;

        assert_int_equal(s->open(s->ctx, "f", FV_PORT_OPEN_WRITE, &file), FV_OK);
        assert_int_equal(s->set_time(s->ctx, file, times[i]), FV_OK);
        assert_int_equal(s->sync(s->ctx, file), FV_OK);
        assert_int_equal(s->close(s->ctx, file), FV_OK);
        assert_int_equal(s->stat(s->ctx, "f", &st), FV_OK);
        assert_int_equal(st.modified_us, kept ? times[i] - over : INT64_MIN);
    }
}

void storage_case_stat(void **state)
{
    struct storage_medium *m = *state;
    struct fv_port_stat st;

    storage_put(m, "f", "12345");
    assert_int_equal(m->port->make_dir(m->port->ctx, "d"), FV_OK);
    assert_int_equal(m->port->stat(m->port->ctx, "f", &st), FV_OK);
    assert_int_equal(st.kind, FV_PORT_FILE);
    assert_int_equal(st.size, 5);
    assert_int_equal(storage_kind(m, "d"), FV_PORT_DIR);
    assert_int_equal(storage_kind(m, "none"), FV_PORT_NONE);
    assert_int_equal(storage_kind(m, "none/below"), FV_PORT_NONE);
    assert_int_equal(storage_kind(m, "f/below"), FV_PORT_NONE);
    assert_int_equal(storage_kind(m, "f/below/below"), FV_PORT_NONE);
}

void storage_case_rename(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;

    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    assert_int_equal(s->make_dir(s->ctx, "e"), FV_OK);
    storage_put(m, "d/a", "new");
    storage_put(m, "e/b", "old");
    assert_int_equal(s->rename(s->ctx, "d/a", "e/b"), FV_OK);
    storage_check(m, "e/b", "new");
    assert_int_equal(storage_kind(m, "d/a"), FV_PORT_NONE);
    assert_int_equal(s->rename(s->ctx, "e/b", "top"), FV_OK);
    storage_check(m, "top", "new");
    assert_int_equal(s->rename(s->ctx, "top", "top"), FV_OK);
    storage_check(m, "top", "new");
    assert_int_equal(s->rename(s->ctx, "none", "top"), FV_E_NOT_FOUND);
    assert_int_equal(s->rename(s->ctx, "top", "none/top"), FV_E_NOT_FOUND);
    assert_int_equal(s->rename(s->ctx, "top", "d"), FV_E_EXISTS);
    assert_int_equal(s->rename(s->ctx, "d", "f"), FV_E_EXISTS);
    assert_int_equal(s->sync_dir(s->ctx, "e"), FV_OK);
    assert_int_equal(s->sync_dir(s->ctx, ""), FV_OK);
    storage_check(m, "top", "new");
}

void storage_case_remove(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;

    storage_put(m, "f", "1");
    assert_int_equal(s->remove(s->ctx, "f"), FV_OK);
    assert_int_equal(storage_kind(m, "f"), FV_PORT_NONE);
    assert_int_equal(s->remove(s->ctx, "f"), FV_E_NOT_FOUND);
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    assert_int_equal(s->remove(s->ctx, "d"), FV_E_EXISTS);
}

void storage_case_dirs(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;

    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    assert_int_equal(s->make_dir(s->ctx, "x/y"), FV_E_NOT_FOUND);
    assert_int_equal(s->make_dir(s->ctx, "d/e"), FV_OK);
    storage_put(m, "d/e/f", "1");
    assert_int_equal(s->make_dir(s->ctx, "d/e/f"), FV_E_EXISTS);
    assert_int_equal(s->make_dir(s->ctx, "d/e/f/g"), FV_E_EXISTS);
    assert_int_equal(s->sync_dir(s->ctx, "d/e"), FV_OK);
    assert_int_equal(s->sync_dir(s->ctx, "none"), FV_E_NOT_FOUND);
    assert_int_equal(s->sync_dir(s->ctx, "d/e/f"), FV_E_EXISTS);
    assert_int_equal(s->remove_dir(s->ctx, "d/e"), FV_E_EXISTS);
    assert_int_equal(s->remove_dir(s->ctx, "d/e/f"), FV_E_EXISTS);
    assert_int_equal(s->remove_dir(s->ctx, "none"), FV_E_NOT_FOUND);
    assert_int_equal(s->remove(s->ctx, "d/e/f"), FV_OK);
    assert_int_equal(s->remove_dir(s->ctx, "d/e"), FV_OK);
    /* Nothing remembers the directory that was there. */
    assert_int_equal(storage_try_open(m, "d/e/f", FV_PORT_OPEN_CREATE), FV_E_NOT_FOUND);
    assert_int_equal(s->make_dir(s->ctx, "d/e"), FV_OK);
    storage_put(m, "d/e/f", "2");
    storage_check(m, "d/e/f", "2");
}

struct visits {
    struct storage_medium *m;
    unsigned count;
    unsigned letters;
    const char *dir;
    enum fv_err answer;
};

static enum fv_err count_visit(void *arg, const char *name)
{
    struct visits *v = arg;

    assert_int_equal(strlen(name), 1);
    v->count++;
    v->letters |= 1u << (name[0] - 'a');
    return v->answer;
}

static enum fv_err remove_visit(void *arg, const char *name)
{
    struct visits *v = arg;
    char path[16];

    v->count++;
    snprintf(path, sizeof path, "d/%s", name);
    return v->m->port->remove(v->m->port->ctx, path);
}

void storage_case_list(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    struct visits v = {.m = m};
    char path[] = "d/a";

    assert_int_equal(s->list_dir(s->ctx, "", count_visit, &v), FV_OK);
    assert_int_equal(v.count, 0);
    assert_int_equal(s->list_dir(s->ctx, "d", count_visit, &v), FV_E_NOT_FOUND);
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    for (path[2] = 'a'; path[2] <= 'e'; path[2]++)
        storage_put(m, path, "x");
    for (int i = 0; i < 2; i++) { /* each listing begins at the first name */
        v = (struct visits){.m = m};
        assert_int_equal(s->list_dir(s->ctx, "d", count_visit, &v), FV_OK);
        assert_int_equal(v.count, 5);
        assert_int_equal(v.letters, 31);
    }
    v = (struct visits){.m = m, .answer = FV_E_CORRUPT};
    assert_int_equal(s->list_dir(s->ctx, "d", count_visit, &v), FV_E_CORRUPT);
    assert_int_equal(v.count, 1);
    assert_int_equal(s->list_dir(s->ctx, "d/a", count_visit, &v), FV_E_EXISTS);
    v = (struct visits){.m = m};
    assert_int_equal(s->list_dir(s->ctx, "d", remove_visit, &v), FV_OK);
    assert_int_equal(v.count, 5);
    assert_int_equal(s->remove_dir(s->ctx, "d"), FV_OK);
}

void storage_case_links(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    struct fv_port_stat st;
    struct visits v = {.m = m};
    enum fv_err err;
    int lock;

    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    storage_put(m, "d/f", "safe");
    m->make_link(m, "to_dir", "d");
    m->make_link(m, "to_file", "d/f");
    m->make_link(m, "d/to_nothing", "nothing");
    assert_int_equal(storage_try_open(m, "to_dir/f", FV_PORT_OPEN_READ), FV_E_DENIED);
    assert_int_equal(storage_try_open(m, "to_dir", FV_PORT_OPEN_READ), FV_E_DENIED);
    assert_int_equal(storage_try_open(m, "to_file", FV_PORT_OPEN_READ), FV_E_DENIED);
    assert_int_equal(storage_try_open(m, "to_file", FV_PORT_OPEN_CREATE), FV_E_DENIED);
    assert_int_equal(storage_try_open(m, "d/to_nothing", FV_PORT_OPEN_WRITE), FV_E_DENIED);
    err = storage_try_open(m, "d/to_nothing", FV_PORT_OPEN_NEW);
    assert_true(err == FV_E_EXISTS || err == FV_E_DENIED);
    assert_int_equal(s->stat(s->ctx, "to_file", &st), FV_E_DENIED);
    assert_int_equal(s->stat(s->ctx, "to_dir/f", &st), FV_E_DENIED);
    assert_int_equal(s->stat(s->ctx, "to_dir/x/y", &st), FV_E_DENIED);
    assert_int_equal(s->rename(s->ctx, "to_file", "x"), FV_E_DENIED);
    assert_int_equal(s->rename(s->ctx, "d/f", "to_file"), FV_E_DENIED);
    assert_int_equal(s->rename(s->ctx, "d/f", "to_dir/f"), FV_E_DENIED);
    assert_int_equal(s->remove(s->ctx, "to_file"), FV_E_DENIED);
    assert_int_equal(s->make_dir(s->ctx, "to_dir"), FV_E_DENIED);
    assert_int_equal(s->make_dir(s->ctx, "to_dir/x"), FV_E_DENIED);
    assert_int_equal(s->remove_dir(s->ctx, "to_dir"), FV_E_DENIED);
    assert_int_equal(s->sync_dir(s->ctx, "to_dir"), FV_E_DENIED);
    assert_int_equal(s->list_dir(s->ctx, "to_dir", count_visit, &v), FV_E_DENIED);
    assert_int_equal(s->lock(s->ctx, "to_file", &lock), FV_E_DENIED);
    storage_check(m, "d/f", "safe");
}

void storage_case_lock(void **state)
{
    struct storage_medium *m = *state;
    const struct fv_port_storage *s = m->port;
    int first, second;

    assert_int_equal(s->lock(s->ctx, "lock", &first), FV_OK);
    assert_int_equal(storage_kind(m, "lock"), FV_PORT_FILE);
    assert_int_equal(s->lock(s->ctx, "lock", &second), m->alone ? FV_OK : FV_E_BUSY);
    s->unlock(s->ctx, first);
    assert_int_equal(s->lock(s->ctx, "lock", &second), FV_OK);
    s->unlock(s->ctx, second);
    assert_int_equal(s->make_dir(s->ctx, "d"), FV_OK);
    assert_int_equal(s->lock(s->ctx, "d", &first), FV_E_EXISTS);
}
