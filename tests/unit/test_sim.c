/* SPDX-License-Identifier: MIT */
/*
 * The simulated port: tests of the rest lean on it, so its faults, cuts, peers and clock are tested
 * themselves.
 */
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEEDS 200

static void begin(struct fv_sim *s, enum fv_sim_medium medium, uint64_t seed)
{
    fv_sim_init(s, medium, seed);
}

static void end(struct fv_sim *s)
{
    assert_int_equal(fv_sim_handles(s), 0);
    fv_sim_free(s);
}

/* --- Power cuts --- */

static int open_file(struct fv_sim *s, const char *path, enum fv_port_mode mode)
{
    int file = -1;

    assert_int_equal(s->storage.open(s, path, mode, &file), FV_OK);
    return file;
}

static void write_at(struct fv_sim *s, int file, uint64_t offset, char fill, size_t n)
{
    char bytes[4096];

    assert_true(n <= sizeof bytes);
    memset(bytes, fill, n);
    assert_int_equal(s->storage.write(s, file, offset, bytes, n), FV_OK);
}

static void count_file(void *arg, const char *path)
{
    (void)path;
    ++*(unsigned *)arg;
}

/* What is left of a new file: synced or not, its name synced or not. */
static void test_cut_new_file(void **state)
{
    static const struct {
        enum fv_sim_medium medium;
        bool sync, sync_dir;
        bool always_named, always_whole, never_grown;
    } cases[] = {
        {FV_SIM_POSIX, false, false, false, false, false},
        {FV_SIM_POSIX, true, false, false, true, false},
        {FV_SIM_POSIX, false, true, true, false, false},
        {FV_SIM_POSIX, true, true, true, true, false},
        {FV_SIM_FAT, false, false, false, false, true},
        {FV_SIM_FAT, true, false, true, true, false},
        {FV_SIM_LITTLEFS, false, false, true, false, true},
        {FV_SIM_LITTLEFS, true, false, true, true, false},
    };

    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        unsigned named = 0, whole = 0, empty = 0;

        for (uint64_t seed = 0; seed < SEEDS; seed++) {
            struct fv_sim s;
            const uint8_t *left;
            size_t n = 0;
            int file;

            begin(&s, cases[i].medium, seed);
            file = open_file(&s, "f", FV_PORT_OPEN_CREATE);
            write_at(&s, file, 0, 'x', 2000);
            if (cases[i].sync)
                assert_int_equal(s.storage.sync(&s, file), FV_OK);
            if (cases[i].sync_dir)
                assert_int_equal(s.storage.sync_dir(&s, ""), FV_OK);
            fv_sim_power_cut(&s);
            left = fv_sim_get(&s, "f", &n);
            named += left != NULL;
            whole += left && n == 2000 && !memchr(left, 0, n);
            empty += left && n == 0;
            end(&s);
        }
        assert_true(named > 0);
        assert_true((named == SEEDS) == cases[i].always_named);
        assert_true(cases[i].always_whole ? whole == named : whole < named);
        assert_true(cases[i].never_grown ? empty == named : empty < named);
    }
}

/* Sectors of an old file are old or new, never anything else; on littlefs all are old. */
static void test_cut_overwrite(void **state)
{
    unsigned torn = 0, old_only = 0, new_only = 0;

    (void)state;
    for (uint64_t seed = 0; seed < 3 * SEEDS; seed++) {
        struct fv_sim s;
        const uint8_t *left;
        size_t n = 0, fresh = 0;
        int file;

        begin(&s, (enum fv_sim_medium)(seed % 3), seed);
        file = open_file(&s, "f", FV_PORT_OPEN_CREATE);
        write_at(&s, file, 0, 'a', 4096);
        assert_int_equal(s.storage.sync(&s, file), FV_OK);
        assert_int_equal(s.storage.sync_dir(&s, ""), FV_OK);
        write_at(&s, file, 0, 'b', 2048);
        write_at(&s, file, 2048, 'b', 2048);
        fv_sim_power_cut(&s);
        left = fv_sim_get(&s, "f", &n);
        assert_non_null(left);
        assert_int_equal(n, 4096);
        for (size_t at = 0; at < n; at += FV_SIM_SECTOR) {
            for (size_t k = 0; k < FV_SIM_SECTOR; k++)
                assert_int_equal(left[at + k], left[at]);
            assert_true(left[at] == 'a' || left[at] == 'b');
            fresh += left[at] == 'b';
        }
        if (s.medium == FV_SIM_LITTLEFS)
            assert_int_equal(fresh, 0);
        torn += fresh > 0 && fresh < 8;
        old_only += fresh == 0;
        new_only += fresh == 8;
        end(&s);
    }
    assert_true(torn > 0 && old_only > 0 && new_only > 0);
}

/* Commit as a program should: what is at the final name is old or new, whole, on every medium. */
static void test_cut_rename(void **state)
{
    unsigned outcomes[2][3] = {{0}};

    (void)state;
    for (uint64_t seed = 0; seed < 6 * SEEDS; seed++) {
        bool synced = seed % 2;
        struct fv_sim s;
        const uint8_t *left;
        size_t n = 0, from = 0;
        int file;

        begin(&s, (enum fv_sim_medium)(seed / 2 % 3), seed);
        fv_sim_put(&s, "d/final", "old", 3, 0);
        fv_sim_put(&s, "tmp/other", "", 0, 0);
        file = open_file(&s, "tmp/new", FV_PORT_OPEN_CREATE);
        assert_int_equal(s.storage.write(&s, file, 0, "newer", 5), FV_OK);
        assert_int_equal(s.storage.sync(&s, file), FV_OK);
        assert_int_equal(s.storage.close(&s, file), FV_OK);
        assert_int_equal(s.storage.sync_dir(&s, "tmp"), FV_OK);
        assert_int_equal(s.storage.rename(&s, "tmp/new", "d/final"), FV_OK);
        if (synced)
            assert_int_equal(s.storage.sync_dir(&s, "d"), FV_OK);
        fv_sim_power_cut(&s);
        left = fv_sim_get(&s, "d/final", &n);
        assert_non_null(left);
        assert_true((n == 3 && memcmp(left, "old", 3) == 0) ||
                    (n == 5 && memcmp(left, "newer", 5) == 0));
        if (n == 5) /* one name, not two */
            assert_null(fv_sim_get(&s, "tmp/new", &from));
        if (s.medium == FV_SIM_POSIX)
            outcomes[synced][n == 5 ? 0 : fv_sim_get(&s, "tmp/new", &from) ? 1 : 2]++;
        else
            assert_int_equal(n, 5);
        end(&s);
    }
    assert_true(outcomes[0][0] > 0 && outcomes[0][1] > 0 && outcomes[0][2] > 0);
    assert_true(outcomes[1][0] > 0 && outcomes[1][1] == 0 && outcomes[1][2] == 0);
}

/* A directory whose name is lost takes with it what is in it, synced or not. */
static void test_cut_directory(void **state)
{
    unsigned lost = 0;
    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fv_sim s;
        struct fv_port_stat st;
        size_t n = 0;
        unsigned files = 0;

        begin(&s, FV_SIM_POSIX, seed);
        assert_int_equal(s.storage.make_dir(&s, "a"), FV_OK);
        assert_int_equal(s.storage.make_dir(&s, "a/b"), FV_OK);
        fv_sim_put(&s, "a/b/f", "x", 1, 0);
        fv_sim_power_cut(&s);
        assert_int_equal(s.storage.stat(&s, "a/b", &st), FV_OK);
        fv_sim_each(&s, count_file, &files);
        assert_int_equal(files, st.kind == FV_PORT_DIR);
        assert_int_equal(fv_sim_get(&s, "a/b/f", &n) != NULL, files);
        lost += files == 0;
        end(&s);
    }
    assert_in_range(lost, 1, SEEDS - 1);
}

static void test_cut_time_and_remove(void **state)
{
    unsigned old_time = 0, new_time = 0, there = 0;

    (void)state;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct fv_sim s;
        struct fv_port_stat st;
        int file, lock;

        begin(&s, FV_SIM_POSIX, seed);
        fv_sim_put(&s, "f", "x", 1, 1000);
        fv_sim_put(&s, "g", "x", 1, 1000);
        file = open_file(&s, "f", FV_PORT_OPEN_WRITE);
        assert_int_equal(s.storage.set_time(&s, file, 2000), FV_OK);
        assert_int_equal(s.storage.remove(&s, "g"), FV_OK);
        assert_int_equal(s.storage.lock(&s, "lock", &lock), FV_OK);
        fv_sim_power_cut(&s);
        assert_int_equal(s.storage.stat(&s, "f", &st), FV_OK);
        assert_true(st.modified_us == 1000 || st.modified_us == 2000);
        old_time += st.modified_us == 1000;
        new_time += st.modified_us == 2000;
        assert_int_equal(s.storage.stat(&s, "g", &st), FV_OK);
        there += st.kind == FV_PORT_FILE;
        assert_int_equal(s.storage.lock(&s, "lock", &lock), FV_OK); /* nobody holds it any more */
        s.storage.unlock(&s, lock);
        end(&s);
    }
    assert_true(old_time > 0 && new_time > 0 && there > 0 && there < SEEDS);
}

static void test_same_seed_same_disk(void **state)
{
    uint8_t kept[2][3000];
    size_t n[2];

    (void)state;
    for (int run = 0; run < 2; run++) {
        struct fv_sim s;
        const uint8_t *left;
        int file;

        begin(&s, FV_SIM_POSIX, 7);
        file = open_file(&s, "f", FV_PORT_OPEN_CREATE);
        assert_int_equal(s.storage.sync_dir(&s, ""), FV_OK);
        for (int i = 0; i < 10; i++)
            write_at(&s, file, (uint64_t)i * 300, (char)('a' + i), 300);
        fv_sim_power_cut(&s);
        left = fv_sim_get(&s, "f", &n[run]);
        assert_non_null(left);
        memcpy(kept[run], left, n[run]);
        end(&s);
    }
    assert_int_equal(n[0], n[1]);
    assert_memory_equal(kept[0], kept[1], n[0]);
}

/* --- Faults and limits --- */

/* A little program of both storage and network; returns the first error. */
static enum fv_err little_program(struct fv_sim *s)
{
    struct fv_port_addr addr;
    size_t count;
    int file;
    enum fv_err err = s->net.resolve(s, "h", 1, &addr, 1, &count, INT64_MAX);
    enum fv_err closed;

    if (err == FV_OK)
        err = s->storage.open(s, "f", FV_PORT_OPEN_CREATE, &file);
    if (err != FV_OK)
        return err;
    err = s->storage.write(s, file, 0, "0123456789", 10);
    if (err == FV_OK)
        err = s->storage.sync(s, file);
    closed = s->storage.close(s, file);
    return err != FV_OK ? err : closed;
}

static void test_fail_each(void **state)
{
    static const enum fv_err expect[] = {FV_E_RESOLVE, FV_E_STORAGE, FV_E_STORAGE,
                                         FV_E_STORAGE, FV_E_STORAGE, FV_OK};

    (void)state;
    for (int stays = 0; stays < 2; stays++) {
        for (uint64_t at = 1; at <= 6; at++) {
            struct fv_sim s;

            begin(&s, FV_SIM_POSIX, at);
            fv_sim_host(&s, "h", fv_sim_addr4(10, 0, 0, 1, 0));
            s.fault = (struct fv_sim_fault){.at = at,
                                            .stays = stays,
                                            .storage = FV_E_STORAGE,
                                            .net = FV_E_RESOLVE};
            assert_int_equal(little_program(&s), expect[at - 1]);
            assert_int_equal(s.fired > 0, at < 6);
            end(&s);
        }
    }
}

static void test_fail_one_kind(void **state)
{
    struct fv_sim s;

    (void)state;
    begin(&s, FV_SIM_POSIX, 1);
    fv_sim_host(&s, "h", fv_sim_addr4(10, 0, 0, 1, 0));
    s.fault = (struct fv_sim_fault){.at = 1, .stays = true, .storage = FV_E_FULL};
    assert_int_equal(little_program(&s), FV_E_FULL);
    assert_int_equal(s.fired, 1);
    end(&s);
}

static void test_space(void **state)
{
    struct fv_sim s;
    uint64_t bytes = 0;
    size_t n;
    char block[600];
    int a, b;

    (void)state;
    memset(block, 'x', sizeof block);
    begin(&s, FV_SIM_POSIX, 1);
    s.space = 1000;
    a = open_file(&s, "a", FV_PORT_OPEN_CREATE);
    b = open_file(&s, "b", FV_PORT_OPEN_CREATE);
    assert_int_equal(s.storage.reserve(&s, a, 600), FV_OK);
    assert_int_equal(s.storage.reserve(&s, b, 500), FV_E_FULL);
    assert_int_equal(s.storage.free_space(&s, &bytes), FV_OK);
    assert_int_equal(bytes, 400);
    assert_int_equal(s.storage.write(&s, b, 0, block, 600), FV_E_FULL);
    assert_non_null(fv_sim_get(&s, "b", &n));
    assert_int_equal(n, 400); /* as much as there was room for */
    assert_int_equal(s.storage.write(&s, a, 0, block, 600), FV_OK);
    assert_int_equal(s.storage.write(&s, a, 600, block, 1), FV_E_FULL);
    assert_int_equal(s.storage.write(&s, a, 0, block, 600), FV_OK);
    assert_int_equal(s.storage.remove(&s, "b"), FV_OK); /* still open */
    assert_int_equal(s.storage.free_space(&s, &bytes), FV_OK);
    assert_int_equal(bytes, 400);
    assert_int_equal(s.storage.write(&s, a, 602, block, 1), FV_E_STORAGE); /* behind the end */
    assert_int_equal(s.storage.close(&s, a), FV_OK);
    assert_int_equal(s.storage.close(&s, b), FV_OK);
    s.readonly = true;
    assert_int_equal(s.storage.open(&s, "c", FV_PORT_OPEN_CREATE, &a), FV_E_READONLY);
    assert_int_equal(s.storage.remove(&s, "a"), FV_E_READONLY);
    assert_int_equal(s.storage.open(&s, "a", FV_PORT_OPEN_READ, &a), FV_OK);
    assert_int_equal(s.storage.close(&s, a), FV_OK);
    end(&s);
}

static void test_fat_names(void **state)
{
    struct fv_sim s;
    size_t n;
    int file;

    (void)state;
    begin(&s, FV_SIM_FAT, 1);
    fv_sim_put(&s, "Dir/File", "x", 1, 0);
    assert_non_null(fv_sim_get(&s, "dir/FILE", &n));
    assert_int_equal(s.storage.open(&s, "a:b", FV_PORT_OPEN_CREATE, &file), FV_E_STORAGE);
    assert_int_equal(s.storage.open(&s, "a.", FV_PORT_OPEN_CREATE, &file), FV_E_STORAGE);
    fv_sim_spoil(&s, "dir/file", 0, 'y');
    assert_int_equal(fv_sim_get(&s, "dir/file", &n)[0], 'y');
    end(&s);
}

/* --- Network and clock --- */

static int dial(struct fv_sim *s, enum fv_err expect)
{
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    struct fv_port_event event = {.want = FV_PORT_WRITE};
    enum fv_err err;

    assert_int_equal(s->net.open(s, &addr, &event.sock), FV_OK);
    while ((err = s->net.connected(s, event.sock)) == FV_AGAIN)
        assert_int_equal(s->net.wait(s, &event, 1, s->now_us + 1000000), FV_OK);
    assert_int_equal(err, expect);
    return event.sock;
}

static void send_text(struct fv_sim *s, int sock, const char *text)
{
    size_t n = strlen(text), sent;

    assert_int_equal(s->net.send(s, sock, (const uint8_t *)text, n, &sent), FV_OK);
    assert_int_equal(sent, n);
}

/* Read until the end or an error; *waits is how often it took a wait. */
static enum fv_err read_all(struct fv_sim *s, int sock, char *text, unsigned *waits)
{
    struct fv_port_event event = {.sock = sock, .want = FV_PORT_READ};
    size_t n = 0, got;

    for (;;) {
        enum fv_err err = s->net.recv(s, sock, (uint8_t *)text + n, 64, &got);

        if (err == FV_AGAIN) {
            ++*waits;
            err = s->net.wait(s, &event, 1, s->now_us + 1000000);
            if (err == FV_OK)
                continue;
        }
        n += err == FV_OK ? got : 0;
        text[n] = '\0';
        if (err != FV_OK || got == 0)
            return err;
    }
}

static void test_script(void **state)
{
    static const struct fv_sim_step steps[] = {
        {"GET /a ", "first", 0, FV_SIM_KEEP},
        {NULL, "second", 3, FV_SIM_END},
        {"GET", "third", 0, FV_SIM_RESET},
    };
    struct fv_sim_script script;
    struct fv_sim s;
    char text[256];
    unsigned waits = 0;
    int sock;

    (void)state;
    begin(&s, FV_SIM_POSIX, 1);
    fv_sim_script_init(&script, steps, 3);
    script.peer.piece = 2;
    fv_sim_listen(&s, fv_sim_addr4(10, 0, 0, 1, 443), &script.peer);
    sock = dial(&s, FV_OK);
    send_text(&s, sock, "GET /a HTTP/1.1\r\n\r\nGET /b");
    send_text(&s, sock, " HTTP/1.1\r\n\r\n");
    assert_int_equal(read_all(&s, sock, text, &waits), FV_OK);
    assert_string_equal(text, "firstsec");
    assert_true(waits >= 3);
    s.net.close(&s, sock);
    sock = dial(&s, FV_OK);
    send_text(&s, sock, "GET /c HTTP/1.1\r\n\r\n");
    assert_int_equal(read_all(&s, sock, text, &waits), FV_E_RESET);
    assert_string_equal(text, "third");
    s.net.close(&s, sock);
    assert_int_equal(script.failures, 0);
    sock = dial(&s, FV_OK);
    send_text(&s, sock, "GET /d HTTP/1.1\r\n\r\n");
    assert_int_equal(read_all(&s, sock, text, &waits), FV_E_RESET);
    assert_int_equal(script.failures, 1);
    s.net.close(&s, sock);
    assert_int_equal(fv_sim_connections(&s), 3);
    end(&s);
}

static void slow_answer(void *arg, struct fv_sim_conn *c)
{
    (void)arg;
    fv_sim_send_text(c, "a");
    fv_sim_pause(c, 300000);
    fv_sim_send_text(c, "b");
    fv_sim_pause(c, 3000000);
    fv_sim_end(c);
}

static void test_time_goes(void **state)
{
    struct fv_sim_peer peer = {.connect_us = 50000, .accepted = slow_answer};
    struct fv_sim s;
    char text[128];
    unsigned waits = 0;
    int64_t begun;
    int sock;

    (void)state;
    begin(&s, FV_SIM_POSIX, 1);
    fv_sim_listen(&s, fv_sim_addr4(10, 0, 0, 1, 443), &peer);
    begun = s.now_us;
    sock = dial(&s, FV_OK);
    assert_int_equal(s.now_us - begun, 50000);
    assert_int_equal(read_all(&s, sock, text, &waits), FV_E_TIMEOUT);
    assert_string_equal(text, "ab");
    assert_int_equal(s.now_us - begun, 50000 + 300000 + 1000000);
    assert_int_equal(read_all(&s, sock, text, &waits), FV_E_TIMEOUT);
    assert_int_equal(read_all(&s, sock, text, &waits), FV_OK);
    assert_int_equal(s.now_us - begun, 50000 + 300000 + 3000000);
    s.net.close(&s, sock);
    assert_int_equal(s.clock.sleep(&s, s.now_us + 77), FV_OK);
    assert_int_equal(s.clock.now(&s) - begun, 50000 + 300000 + 3000000 + 77);
    assert_int_equal(s.clock.wall(&s), s.wall_us + s.now_us);
    s.wall_us = INT64_MIN;
    assert_int_equal(s.clock.wall(&s), INT64_MIN);
    s.step_us = 5;
    begun = s.clock.now(&s);
    assert_int_equal(s.clock.now(&s), begun + 5);
    end(&s);
}

static void test_manners(void **state)
{
    struct fv_sim_peer peer = {.manner = FV_SIM_REFUSE, .connect_us = 10};
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    struct fv_port_event event = {.want = FV_PORT_WRITE | FV_PORT_READ};
    struct fv_sim s;
    size_t count;

    (void)state;
    begin(&s, FV_SIM_POSIX, 1);
    s.net.close(&s, dial(&s, FV_E_CONNECT)); /* nobody there */
    fv_sim_listen(&s, addr, &peer);
    s.net.close(&s, dial(&s, FV_E_CONNECT));
    peer.manner = FV_SIM_SILENT;
    assert_int_equal(s.net.open(&s, &addr, &event.sock), FV_OK);
    assert_int_equal(s.net.wait(&s, &event, 1, s.now_us + 5), FV_E_TIMEOUT);
    assert_false(s.hung);
    assert_int_equal(s.net.wait(&s, &event, 1, INT64_MAX), FV_E_NETWORK);
    assert_true(s.hung);
    s.cancelled = true;
    assert_int_equal(s.net.wait(&s, &event, 1, INT64_MAX), FV_E_CANCELLED);
    assert_int_equal(s.clock.sleep(&s, 0), FV_E_CANCELLED);
    assert_true(s.clock.cancelled(&s));
    s.cancelled = false;
    s.net.close(&s, event.sock);
    assert_int_equal(s.net.resolve(&s, "h", 1, &addr, 1, &count, INT64_MAX), FV_E_RESOLVE);
    fv_sim_host(&s, "h", addr);
    s.resolve_us = 100;
    assert_int_equal(s.net.resolve(&s, "h", 1, &addr, 1, &count, s.now_us + 99), FV_E_TIMEOUT);
    assert_int_equal(s.net.resolve(&s, "h", 1, &addr, 1, &count, s.now_us + 100), FV_OK);
    assert_int_equal(addr.port, 1);
    s.cancel_at = s.ops + 1;
    assert_int_equal(s.net.resolve(&s, "h", 1, &addr, 1, &count, INT64_MAX), FV_E_CANCELLED);
    end(&s);
}

static void keep_conn(void *arg, struct fv_sim_conn *c)
{
    *(struct fv_sim_conn **)arg = c;
}

static void test_window(void **state)
{
    struct fv_sim_conn *conn = NULL;
    struct fv_sim_peer peer = {.window = 3, .arg = &conn, .accepted = keep_conn};
    struct fv_port_event event = {.want = FV_PORT_WRITE};
    struct fv_sim s;
    size_t sent;

    (void)state;
    begin(&s, FV_SIM_POSIX, 1);
    fv_sim_listen(&s, fv_sim_addr4(10, 0, 0, 1, 443), &peer);
    event.sock = dial(&s, FV_OK);
    assert_int_equal(s.net.send(&s, event.sock, (const uint8_t *)"12345", 5, &sent), FV_OK);
    assert_int_equal(sent, 3);
    assert_int_equal(s.net.send(&s, event.sock, (const uint8_t *)"45", 2, &sent), FV_AGAIN);
    assert_int_equal(s.net.wait(&s, &event, 1, 0), FV_OK);
    assert_int_equal(s.net.send(&s, event.sock, (const uint8_t *)"45", 2, &sent), FV_OK);
    assert_int_equal(sent, 2);
    fv_sim_stall(conn, true);
    assert_int_equal(s.net.wait(&s, &event, 1, s.now_us + 9), FV_E_TIMEOUT);
    assert_int_equal(s.net.send(&s, event.sock, (const uint8_t *)"45", 2, &sent), FV_AGAIN);
    fv_sim_reset(conn);
    assert_int_equal(s.net.wait(&s, &event, 1, s.now_us + 9), FV_OK);
    assert_int_equal(s.net.send(&s, event.sock, (const uint8_t *)"45", 2, &sent), FV_E_RESET);
    s.net.close(&s, event.sock);
    end(&s);
}

static void test_entropy(void **state)
{
    uint8_t a[32], b[32];
    struct fv_sim s;

    (void)state;
    for (int run = 0; run < 2; run++) {
        begin(&s, FV_SIM_POSIX, 5);
        assert_int_equal(s.port.entropy->fill(s.port.entropy->ctx, run ? b : a, sizeof a), FV_OK);
        end(&s);
    }
    assert_memory_equal(a, b, sizeof a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cut_new_file),
        cmocka_unit_test(test_cut_overwrite),
        cmocka_unit_test(test_cut_rename),
        cmocka_unit_test(test_cut_directory),
        cmocka_unit_test(test_cut_time_and_remove),
        cmocka_unit_test(test_same_seed_same_disk),
        cmocka_unit_test(test_fail_each),
        cmocka_unit_test(test_fail_one_kind),
        cmocka_unit_test(test_space),
        cmocka_unit_test(test_fat_names),
        cmocka_unit_test(test_script),
        cmocka_unit_test(test_time_goes),
        cmocka_unit_test(test_manners),
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_entropy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
