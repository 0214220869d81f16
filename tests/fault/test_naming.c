/* SPDX-License-Identifier: MIT */
/*
 * Tests which entry gets which local path, and what happens to entries that cannot be used:
 * listings in any order, with names that collide, entries that are listed twice, and entries that
 * are broken, over several runs.
 *
 * The content of each response names its URL, so the test can see whose bytes a file holds.
 */
#include "fault/plain_tls.h"
#include "fluxvision.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define URLS 12
#define TEXT (4u << 20)

/* A file of the portal: o/s/d/NAME at http://p/PATH. */
struct item {
    const char *name, *path;
    unsigned minute; /* of its date */
    bool listed;
    unsigned gets;  /* since the test began */
    char local[64]; /* where it was found last */
    bool stays;     /* it was listed, and fetched, in the run before */
};

static struct {
    struct fv_sim sim, scratch;
    struct fv_sim_peer peer;
    struct fv_settings settings;
    struct fv_events events;
    struct item items[URLS];
    size_t count;
    char *listing; /* what is answered */
    unsigned cuts; /* listings that break off before their end, from now on */
    char request[4096];
    size_t request_len;

    /* Of the last run. */
    enum fv_err err;
    struct fv_fault fault;
    struct fv_summary summary;
    unsigned failed;
    char failures[1024]; /* "PATH|URL|SUBJECT\n" of each */
    unsigned shown;      /* by list */
    char paths[1024];    /* of these, a line each */
} t;

/* --- The portal --- */

static void answer(struct fv_sim_conn *c)
{
    char path[256] = "";
    char head[128];
    char content[320];
    const char *body = content;
    sscanf(t.request, "GET /%255s", path);
    bool listing = strncmp(path, "api_file/", 9) == 0;
    if (listing) {
        body = t.listing;
    } else {
        unsigned minute = 99;
        for (size_t i = 0; i < t.count; i++) {
            if (strcmp(t.items[i].path, path) == 0) {
                minute = t.items[i].minute;
                t.items[i].gets++;
            }
        }
        snprintf(content, sizeof content, "%s at %u", path, minute);
    }
    size_t n = strlen(body);
    snprintf(head, sizeof head, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", n);
    fv_sim_send_text(c, head);
    if (listing && t.cuts > 0) {
        t.cuts--;
        fv_sim_send(c, body, n - 1);
        fv_sim_end(c);
    } else {
        fv_sim_send(c, body, n);
    }
}

static void accepted(void *arg, struct fv_sim_conn *c)
{
    (void)arg, (void)c;
    t.request_len = 0;
}

static void received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    (void)arg;
    for (size_t i = 0; i < n; i++) {
        assert_true(t.request_len + 1 < sizeof t.request);
        t.request[t.request_len++] = (char)p[i];
        t.request[t.request_len] = '\0';
        if (t.request_len >= 4 && memcmp(t.request + t.request_len - 4, "\r\n\r\n", 4) == 0) {
            answer(c);
            t.request_len = 0;
        }
    }
}

static void file_told(void *ctx, const struct fv_file *file)
{
    (void)ctx;
    if (file->status == FV_FAILED) {
        size_t at = strlen(t.failures);
        snprintf(t.failures + at, sizeof t.failures - at, "%.*s|%.*s|%s\n", (int)file->path.len,
                 file->path.len ? file->path.ptr : "", (int)file->url.len,
                 file->url.len ? file->url.ptr : "", file->fault->subject);
        t.failed++;
    }
}

static enum fv_err listed_told(void *ctx, const struct fv_listed *entry)
{
    (void)ctx;
    size_t at = strlen(t.paths);
    snprintf(t.paths + at, sizeof t.paths - at, "%.*s\n", (int)entry->path.len, entry->path.ptr);
    t.shown++;
    return FV_OK;
}

static void world(enum fv_sim_medium medium, uint64_t seed)
{
    struct fv_port_addr addr = fv_sim_addr4(10, 0, 0, 1, 443);
    memset(&t, 0, sizeof t);
    t.listing = malloc(TEXT);
    assert_non_null(t.listing);
    fv_sim_init(&t.sim, medium, seed);
    fv_sim_init(&t.scratch, FV_SIM_POSIX, seed);
    t.peer = (struct fv_sim_peer){.accepted = accepted, .received = received};
    fv_sim_host(&t.sim, "p", addr);
    fv_sim_listen(&t.sim, addr, &t.peer);
    t.sim.port.scratch = &t.scratch.storage;
    fv_settings_init(&t.settings);
    t.settings.endpoint = FV_SLICE("https://p");
    t.events = (struct fv_events){.file = file_told, .listed = listed_told};
}

static int setup(void **state)
{
    (void)state;
    world(FV_SIM_POSIX, 1);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    free(t.listing);
    fv_sim_free(&t.sim);
    fv_sim_free(&t.scratch);
    return 0;
}

static size_t put_item(size_t at, const struct item *item)
{
    return at + (size_t)snprintf(t.listing + at, TEXT - at,
                                 "%s{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\","
                                 "\"delivery_code_ref\":\"d\",\"file_name\":\"%s\","
                                 "\"file_last_modified_date\":\"2024-01-01T00:%02u:00Z\","
                                 "\"url\":\"http://p/%s\"}",
                                 at > 1 ? "," : "", item->name, item->minute, item->path);
}

/* Let the listing hold the items whose indexes are given, a digit each. */
static void list_items(const char *order)
{
    size_t at = 1;
    t.listing[0] = '[';
    for (; *order != '\0'; order++) {
        at = put_item(at, &t.items[*order - '0']);
    }
    strcpy(t.listing + at, "]");
}

static void run(bool list)
{
    struct fv_client *c = NULL;
    size_t size = fv_client_size(1);
    void *memory = malloc(size);
    assert_non_null(memory);
    t.failed = t.shown = 0;
    t.failures[0] = t.paths[0] = '\0';
    t.err = fv_client_open(memory, size, &t.sim.port, &t.settings, &t.events, &c);
    assert_int_equal(t.err, FV_OK);
    t.err = list ? fv_list(c, FV_SLICE("o")) : fv_sync(c, FV_SLICE("o"));
    t.fault = *fv_client_fault(c);
    t.summary = *fv_client_summary(c);
    fv_client_close(c);
    free(memory);
    assert_int_equal(fv_sim_handles(&t.sim) + fv_sim_handles(&t.scratch), 0);
}

static void sync_ok(void)
{
    run(false);
    if (t.err != FV_OK) {
        print_error("%s: %s\n%s", t.fault.subject, fv_err_text(t.fault.err), t.failures);
    }
    assert_int_equal(t.err, FV_OK);
}

/* --- What is there --- */

static unsigned files; /* below o/ */

static void look(void *arg, const char *path)
{
    size_t n = 0;
    (void)arg;
    if (strncmp(path, "o/", 2) != 0) {
        return;
    }
    const char *content = (const char *)fv_sim_get(&t.sim, path, &n);
    files++;
    for (size_t i = 0; i < t.count; i++) {
        size_t len = strlen(t.items[i].path);
        if (n > len && memcmp(content, t.items[i].path, len) == 0 && content[len] == ' ') {
            snprintf(t.items[i].local, sizeof t.items[i].local, "%s", path);
        }
    }
}

static void find_files(void)
{
    files = 0;
    for (size_t i = 0; i < t.count; i++) {
        t.items[i].local[0] = '\0';
    }
    fv_sim_each(&t.sim, look, NULL);
}

/* Content is at that path, and each URL was asked for once in all. */
static void check_files(const char *const *paths, size_t count)
{
    find_files();
    for (size_t i = 0; i < count; i++) {
        assert_string_equal(t.items[i].local, paths[i]);
        assert_int_equal(t.items[i].gets, 1);
    }
    assert_int_equal(files, count);
}

static void add_item(const char *name, const char *path)
{
    t.items[t.count++] = (struct item){.name = name, .path = path, .minute = (unsigned)t.count};
}

/* --- Names --- */

static void test_order_of_the_listing_flips(void **state)
{
    static const char *const paths[] = {"o/s/d/x", "o/s/d/x~b", "o/s/d/x~c"};
    static const char *const orders[] = {"012", "210", "120", "021", "102", "201", "012"};
    (void)state;
    add_item("x", "q/a");
    add_item("x", "q/b");
    add_item("x", "q/c");
    for (size_t i = 0; i < COUNT(orders); i++) {
        list_items(orders[i]);
        sync_ok();
        check_files(paths, 3);
    }
    assert_int_equal(t.summary.unchanged, 3);
}

/* The first of two entries is withdrawn: the other one keeps its path, and what was fetched for
 * the first is kept. */
static void test_the_other_one_is_withdrawn(void **state)
{
    static const char *const paths[] = {"o/s/d/x", "o/s/d/x~b"};
    (void)state;
    add_item("x", "q/a");
    add_item("x", "q/b");
    list_items("01");
    sync_ok();
    list_items("1");
    sync_ok();
    check_files(paths, 2);
    fv_sim_drop(&t.sim, ".fluxvision/ledger.index");
    t.sim.readonly = t.settings.dry_run = true;
    sync_ok(); /* a dry run knows it too, and without the index */
    assert_int_equal(t.summary.unchanged, 1);
    t.sim.readonly = t.settings.dry_run = false;
    list_items("01");
    sync_ok();
    check_files(paths, 2);
    list_items("1");
    t.settings.prune = true;
    sync_ok();
    find_files();
    assert_int_equal(files, 1);
    assert_string_equal(t.items[1].local, paths[1]);
    assert_int_equal(t.items[1].gets, 1);
    sync_ok();
    assert_int_equal(t.items[1].gets, 1);
}

/* A file that is delivered anew under another URL takes the place of the old one. */
static void test_a_new_url_replaces_the_old_one(void **state)
{
    (void)state;
    add_item("x", "q/a");
    add_item("x", "q/b");
    list_items("0");
    sync_ok();
    list_items("1");
    sync_ok();
    find_files();
    assert_int_equal(files, 1);
    assert_string_equal(t.items[1].local, "o/s/d/x");
}

/* One that the filters hide, and that was fetched before, keeps its name from others. */
static void test_a_hidden_one_keeps_its_name(void **state)
{
    static const char *const paths[] = {"o/s/d/x", "o/s/d/x~b"};
    (void)state;
    add_item("x", "q/a");
    add_item("x", "q/b");
    list_items("0");
    sync_ok();
    t.settings.since_us = INT64_C(1704067200000000) + 60 * INT64_C(1000000); /* b's minute */
    t.settings.prune = true;
    for (unsigned i = 0; i < 3; i++) {
        list_items(i == 1 ? "01" : "10");
        sync_ok();
        check_files(paths, 2);
    }
}

/* The path that list shows, and a dry run, are those of a sync into an empty directory. */
static void test_list_shows_the_paths(void **state)
{
    (void)state;
    add_item("x", "q/a");
    add_item("x", "r/a");
    add_item("x", "s/a");
    add_item("x~a", "q/x");
    list_items("01023");
    t.settings.local_paths = true;
    for (unsigned latest = 0; latest < 2; latest++) {
        t.settings.latest = latest * 5;
        run(true);
        assert_int_equal(t.err, FV_OK);
        assert_int_equal(t.shown, 5);
        assert_string_equal(t.paths, "o/s/d/x\no/s/d/x~a\no/s/d/x\no/s/d/x~a~3b1bb7d990a8ea13\n"
                                     "o/s/d/x~a~x\n");
    }
    t.settings.latest = 0;
    sync_ok();
    find_files();
    assert_string_equal(t.items[0].local, "o/s/d/x");
    assert_string_equal(t.items[1].local, "o/s/d/x~a");
    assert_string_equal(t.items[2].local, "o/s/d/x~a~3b1bb7d990a8ea13");
    assert_string_equal(t.items[3].local, "o/s/d/x~a~x");
}

/* If the medium folds case, names are looked up again after the medium was measured anew. One
 * such call fails; the ledger still knows both files, whatever the result of the run. */
static void test_a_call_that_fails_once_forgets_no_file(void **state)
{
    bool more = true;
    (void)state;
    for (uint64_t n = 1; more; n++) {
        teardown(NULL);
        world(FV_SIM_VFAT, n);
        add_item("x", "q/a");
        add_item("y", "q/b");
        list_items("01");
        sync_ok();
        t.sim.lost_us = 3600000000; /* times were lost: so it is measured anew */
        list_items("0");
        t.sim.fault = (struct fv_sim_fault){.at = t.sim.ops + n, .storage = FV_E_DENIED};
        run(false);
        more = t.sim.ops >= t.sim.fault.at;
        t.sim.fault.at = 0;
        list_items("01");
        sync_ok();
        assert_int_equal(t.summary.unchanged, 2);
        assert_int_equal(t.items[0].gets + t.items[1].gets, 2);
    }
}

/* --- Names, at random --- */

static const char *const some_names[] = {"x", "x", "X", "x~f", "x~1"};
static const char *const some_paths[] = {"q/f", "r/f", "s/f", "q/1", "r/1", "q/x",
                                         "q/F", "r/x", "s/x", "s/1", "u/f", "u/"};

static void list_at_random(void)
{
    char order[2 * URLS + 1];
    size_t n = 0;
    for (size_t i = 0; i < t.count; i++) {
        if (t.items[i].listed) {
            for (uint64_t k = fv_sim_pick(&t.sim, 8) == 0 ? 2 : 1; k > 0; k--) {
                order[n++] = (char)('0' + i);
            }
        }
    }
    order[n] = '\0';
    for (size_t i = n; i > 1; i--) {
        size_t k = (size_t)fv_sim_pick(&t.sim, i);
        char c = order[i - 1];
        order[i - 1] = order[k];
        order[k] = c;
    }
    list_items(order);
}

/* Change the listing. Return whether the next run may fetch an item that was fetched before. */
static void change(bool withdraw)
{
    for (size_t i = 0; i < t.count; i++) {
        struct item *item = &t.items[i];
        if (!item->listed) {
            item->listed = fv_sim_pick(&t.sim, 3) == 0;
        } else if (withdraw) {
            item->listed = fv_sim_pick(&t.sim, 5) != 0;
        }
        item->stays = item->stays && item->listed;
    }
}

/* Who was listed and fetched before, and still is, is not fetched again and stays where it is. */
static void check_stayed(const char locals[URLS][64], const unsigned gets[URLS])
{
    for (size_t i = 0; i < t.count; i++) {
        if (t.items[i].stays) {
            assert_string_equal(t.items[i].local, locals[i]);
            assert_int_equal(t.items[i].gets, gets[i]);
        }
    }
}

static void random_runs(uint64_t seed, bool withdraw)
{
    char locals[URLS][64];
    unsigned gets[URLS];
    world(seed % 3 == 2 ? FV_SIM_FAT : FV_SIM_POSIX, seed);
    for (size_t i = 0; i < COUNT(some_paths) && i < 10; i++) {
        add_item(some_names[fv_sim_pick(&t.sim, COUNT(some_names))], some_paths[i]);
    }
    t.settings.prune = seed % 2 == 0;
    for (unsigned i = 0; i < 6; i++) {
        unsigned listed = 0;
        unsigned hidden = 0;
        find_files();
        for (size_t k = 0; k < t.count; k++) {
            memcpy(locals[k], t.items[k].local, sizeof locals[k]);
            gets[k] = t.items[k].gets;
        }
        change(withdraw);
        t.settings.since_us =
            i % 3 == 1 ? INT64_C(1704067200000000) + 180 * INT64_C(1000000) : INT64_MIN;
        list_at_random();
        t.settings.dry_run = i == 3;
        sync_ok();
        t.settings.dry_run = false;
        if (i == 3) {
            sync_ok();
        }
        find_files();
        for (size_t k = 0; k < t.count; k++) {
            struct item *item = &t.items[k];
            bool out = i % 3 == 1 && item->minute < 3;
            listed += item->listed;
            hidden += item->listed && item->local[0] == '\0';
            assert_true(!item->listed || out || item->local[0] != '\0');
        }
        check_stayed(locals, gets);
        for (size_t k = 0; k < t.count; k++) {
            t.items[k].stays = t.items[k].listed && t.items[k].local[0] != '\0';
        }
        if ((t.settings.prune && i % 3 != 1) ||
            !withdraw) { /* what is hidden keeps others' files */
            assert_int_equal(files, listed - hidden);
        }
    }
    teardown(NULL);
}

static void test_any_order_of_any_names(void **state)
{
    (void)state;
    teardown(NULL);
    for (uint64_t seed = 0; seed < 400; seed++) {
        random_runs(seed, seed % 4 >= 2);
    }
    setup(NULL);
}

/* --- Entries that are listed more than once --- */

/* The latest date counts, whatever the order, and the filters see that one. */
static void test_listed_twice_with_two_dates(void **state)
{
    static const struct {
        const char *order;
        int since_minute, until_minute;
        unsigned latest, gets; /* of the file that is listed twice, up to then */
    } cases[] = {
        {"01", 0, 3, 0, 0},    {"01", 5, 59, 1, 1},   {"01", 5, 59, 0, 1},
        {"0121", 0, 59, 0, 1}, {"2110", 0, 59, 0, 1}, {"102", 0, 59, 1, 1},
    };
    (void)state;
    add_item("x", "q/a");
    add_item("x", "q/a");
    add_item("y", "q/b");
    t.items[0].minute = 2;
    t.items[1].minute = 9;
    t.items[2].minute = 5;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%zu\n", i);
        t.settings.since_us = INT64_C(1704067200000000) + cases[i].since_minute * INT64_C(60000000);
        t.settings.until_us = INT64_C(1704067200000000) + cases[i].until_minute * INT64_C(60000000);
        t.settings.latest = cases[i].latest;
        list_items(cases[i].order);
        sync_ok();
        assert_int_equal(t.items[0].gets, cases[i].gets);
        assert_int_equal(t.summary.listed, strlen(cases[i].order));
    }
    t.items[0].minute = t.items[1].minute = 10; /* a new version */
    list_items("10");
    sync_ok();
    assert_int_equal(t.items[0].gets, 2);
}

/* Listings with one name for all entries: four times the entries cost four times as much, and
 * the run ends in time. */
static void test_many_of_one_name(void **state)
{
    static const char *const urls[] = {"q/f", "%zu/f", "q/%zu"};
    (void)state;
    for (size_t k = 0; k < COUNT(urls); k++) {
        uint64_t ops[2];
        for (size_t big = 0; big < 2; big++) {
            size_t at = 1;
            char path[32];
            struct item item = {.name = "x", .path = path};
            strcpy(t.listing, "[");
            for (size_t i = 0; i < (big ? 2400 : 600); i++) {
                snprintf(path, sizeof path, k == 0 ? "q/f" : k == 1 ? "%zu/f" : "q/%zu", i);
                at = put_item(at, &item);
            }
            strcpy(t.listing + at, "]");
            t.settings.local_paths = true;
            ops[big] = t.scratch.ops;
            run(true);
            assert_int_equal(t.err, FV_OK);
            assert_int_equal(t.shown, big ? 2400 : 600);
            ops[big] = t.scratch.ops - ops[big];
        }
        print_message("%s: %u, %u\n", urls[k], (unsigned)ops[0], (unsigned)ops[1]);
        assert_true(ops[1] < 6 * ops[0] + 100);
    }
}

static void list_many(size_t count)
{
    size_t at = 1;
    char path[32];
    struct item item = {.name = path, .path = path};
    strcpy(t.listing, "[");
    for (size_t i = 0; i < count; i++) {
        snprintf(path, sizeof path, "q%zu", i);
        at = put_item(at, &item);
    }
    strcpy(t.listing + at, "]");
}

/* All of a listing has come, and to work on it takes its time. */
static void test_stopped_within_a_listing(void **state)
{
    (void)state;
    list_many(3000);
    t.sim.step_us = 10000;
    t.settings.max_time_ms = 500;
    t.settings.local_paths = true;
    run(true);
    assert_int_equal(t.err, FV_E_TIMEOUT);
    assert_true(t.shown > 0 && t.shown < 3000);
    t.settings.max_time_ms = 0;
    t.sim.cancel_at = t.sim.ops + 20;
    run(false);
    assert_int_equal(t.err, FV_E_CANCELLED);
    assert_true(t.sim.ops < t.sim.cancel_at + 300);
}

static void count_asked(void *arg, const char *path)
{
    *(unsigned *)arg += strncmp(path, ".fluxvision/names.d/", 20) == 0;
}

/* What the medium was asked about names is left to the next run. */
static void test_stopped_while_names_are_asked_about(void **state)
{
    unsigned asked = 0;
    (void)state;
    t.sim.folds = true;
    list_many(3000);
    t.sim.cancel_at = t.sim.ops + 40000;
    run(false);
    assert_int_equal(t.err, FV_E_CANCELLED);
    assert_true(t.sim.ops < t.sim.cancel_at + 100);
    fv_sim_each(&t.sim, count_asked, &asked);
    assert_true(asked > 1000);
    t.sim.cancel_at = 0;
    list_many(10);
    sync_ok();
    asked = 0;
    fv_sim_each(&t.sim, count_asked, &asked);
    assert_int_equal(asked, 0);
}

static void test_stopped_among_files_and_deletions(void **state)
{
    (void)state;
    list_many(300);
    sync_ok();
    t.sim.step_us = 1000;
    sync_ok();
    assert_int_equal(t.summary.unchanged, 300);
    t.settings.max_time_ms = (uint64_t)t.summary.elapsed_us * 9 / 10000;
    run(false);
    assert_int_equal(t.err, FV_E_TIMEOUT);
    assert_int_equal(t.summary.failed, 0);
    assert_in_range(t.summary.unchanged, 1, 299);
    assert_int_equal(t.summary.unattempted, 300 - t.summary.unchanged);
    t.settings.max_time_ms = 0;
    t.settings.prune = true;
    strcpy(t.listing, "[]");
    t.sim.cancel_at = t.sim.ops + 1000;
    run(false);
    assert_int_equal(t.err, FV_E_CANCELLED);
    find_files();
    assert_in_range(files, 1, 299);
}

/* --- Entries that can't be used --- */

#define ENTRY(name, date, url)                                                                     \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_"        \
    "name\":" name ",\"file_last_modified_date\":" date ",\"url\":" url "}"
#define GOOD_DATE "\"2024-01-01T00:00:00Z\""
#define A_URL "\"http://p/q/a\""

static char long_url[FV_CAP_URL + 64] = "\"http://p/";
static char long_name[FV_CAP_OBJECT + 64] = "\"";

static const struct bad {
    const char *label, *name, *date, *url;
    enum fv_err err;
    const char *failure; /* PATH|URL|SUBJECT, of the third entry */
    bool listed;         /* list shows it all the same */
} bads[] = {
    {"a null", "null", GOOD_DATE, A_URL, FV_E_ENTRY, "||file_name of entry 3", false},
    {"a number", "5", GOOD_DATE, A_URL, FV_E_ENTRY, "||file_name of entry 3", false},
    {"an object", "{\"a\":[1,{}]}", GOOD_DATE, A_URL, FV_E_ENTRY, "||file_name of entry 3", false},
    {"no such day", "\"x\"", "\"2024-02-30T00:00:00Z\"", A_URL, FV_E_ENTRY_TIME,
     "||file_last_modified_date of entry 3", false},
    {"too large", long_name, GOOD_DATE, A_URL, FV_E_ENTRY_SIZE, "||file_name of entry 3", false},
    {"no URL", "\"x\"", GOOD_DATE, "\"/x\"", FV_E_URL, "o/s/d/x|/x|url of entry 3", true},
    {"another host", "\"x\"", GOOD_DATE, "\"http://q/x\"", FV_E_ORIGIN,
     "o/s/d/x|http://q/x|url of entry 3", true},
    {"a long URL", "\"x\"", GOOD_DATE, long_url, FV_E_ENTRY_SIZE, "o/s/d/x||url of entry 3", true},
    {"a NUL in the URL", "\"x\"", GOOD_DATE, "\"http://p/\\u0000\"", FV_E_ENTRY, "||url of entry 3",
     false},
};

static void make_long(void)
{
    memset(long_url + 10, 'u', FV_CAP_URL);
    strcpy(long_url + 10 + FV_CAP_URL, "\"");
    memset(long_name + 1, 'n', FV_CAP_OBJECT);
    strcpy(long_name + 1 + FV_CAP_OBJECT, "\"");
}

/* Two good entries, a bad one, another good one. */
static void list_with(const struct bad *bad)
{
    size_t at = 1;
    t.listing[0] = '[';
    at = put_item(at, &t.items[0]);
    at = put_item(at, &t.items[1]);
    at += (size_t)snprintf(t.listing + at, TEXT - at, "," ENTRY("%s", "%s", "%s"), bad->name,
                           bad->date, bad->url);
    at = put_item(at, &t.items[2]);
    strcpy(t.listing + at, "]");
}

static void list_only(const struct bad *bad)
{
    snprintf(t.listing, TEXT, "[" ENTRY("%s", "%s", "%s") "]", bad->name, bad->date, bad->url);
}

static void check_failure(const struct bad *bad)
{
    char line[256];
    snprintf(line, sizeof line, "%s\n", bad->failure);
    assert_string_equal(t.failures, line);
    assert_int_equal(t.err, bad->err);
    assert_int_equal(t.failed, 1);
    assert_int_equal(t.summary.failed, 1);
    assert_int_equal(t.summary.unusable, 1);
    assert_int_equal(t.summary.listed, 4);
}

static void add_three(void)
{
    make_long();
    add_item("a", "q/a");
    add_item("b", "q/b");
    add_item("c", "q/c");
}

static void test_one_entry_is_bad_and_the_others_arrive(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(bads); i++) {
        print_message("%s\n", bads[i].label);
        teardown(NULL);
        setup(NULL);
        add_three();
        list_with(&bads[i]);
        run(false);
        check_failure(&bads[i]);
        assert_int_equal(t.summary.downloaded, 3);
        run(false);
        check_failure(&bads[i]);
        assert_int_equal(t.summary.unchanged, 3);
        list_only(&bads[i]);
        run(false);
        assert_int_equal(t.err, bads[i].err);
        assert_int_equal(t.summary.unusable, t.summary.listed);
    }
}

static void test_list_shows_the_others(void **state)
{
    (void)state;
    add_three();
    t.settings.local_paths = true;
    for (size_t i = 0; i < COUNT(bads); i++) {
        for (unsigned latest = 0; latest < 2; latest++) {
            print_message("%s\n", bads[i].label);
            t.settings.latest = latest * 4;
            list_with(&bads[i]);
            run(true);
            assert_int_equal(t.shown, bads[i].listed ? 4 : 3);
            if (bads[i].listed) {
                assert_int_equal(t.err, FV_OK);
                assert_int_equal(t.summary.failed, 0);
            } else {
                check_failure(&bads[i]);
            }
        }
    }
}

/* Entries that are the same are one file, but not where none can be had. */
static void test_the_same_bad_entry_twice(void **state)
{
    (void)state;
    add_three();
    for (size_t i = 0; i < COUNT(bads); i++) {
        snprintf(t.listing, TEXT, "[" ENTRY("%s", "%s", "%s") "," ENTRY("%s", "%s", "%s") "]",
                 bads[i].name, bads[i].date, bads[i].url, bads[i].name, bads[i].date, bads[i].url);
        run(false);
        assert_int_equal(t.summary.listed, 2);
        assert_int_equal(t.summary.unusable, 2);
        assert_int_equal(t.failed, 2);
    }
}

/* What is not listed might be what the bad entry was. */
static void test_nothing_is_pruned_then(void **state)
{
    size_t n = 0;
    (void)state;
    add_three();
    list_items("0");
    sync_ok();
    fv_sim_put(&t.sim, ".fluxvision/0123456789abcdef.part", "part", 4, 0);
    t.settings.prune = true;
    for (size_t i = 0; i < COUNT(bads); i++) {
        list_only(&bads[i]);
        run(false);
        find_files();
        assert_int_equal(files, 1);
        assert_non_null(fv_sim_get(&t.sim, ".fluxvision/0123456789abcdef.part", &n));
    }
    list_items("1");
    sync_ok();
    find_files();
    assert_int_equal(files, 1);
    assert_string_equal(t.items[0].local, "");
    assert_null(fv_sim_get(&t.sim, ".fluxvision/0123456789abcdef.part", &n));
}

/* A listing that breaks off is read again: the entry fails once. A listing that never ends
 * properly changes nothing. */
static void test_a_bad_entry_of_a_listing_read_again(void **state)
{
    (void)state;
    add_three();
    for (unsigned list = 0; list < 2; list++) {
        list_with(&bads[0]);
        t.cuts = 2;
        run(list == 1);
        check_failure(&bads[0]);
        strcpy(t.listing + strlen(t.listing) - 1, " x]");
        unsigned gets = t.items[0].gets;
        run(list == 1);
        assert_int_equal(t.err, FV_E_JSON);
        assert_int_equal(t.summary.failed, list); /* a list has reported the entry by then */
        assert_int_equal(t.items[0].gets, gets);
    }
}

/* An entry that is left out is no failure; one that has no date can't be. */
static void test_filters_and_bad_entries(void **state)
{
    static const struct {
        size_t bad;
        const char *exclude;
        unsigned latest, failed, downloaded;
    } cases[] = {
        {0, "*", 0, 1, 0},  {3, "*", 0, 1, 0},  {6, "x", 0, 0, 3},  {6, "a", 0, 1, 2},
        {6, NULL, 2, 0, 2}, {6, NULL, 4, 1, 3}, {3, NULL, 2, 1, 2},
    };
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        print_message("%zu\n", i);
        teardown(NULL);
        setup(NULL);
        add_three();
        for (size_t k = 0; k < 3; k++) {
            t.items[k].minute = (unsigned)k + 1;
        }
        list_with(&bads[cases[i].bad]);
        if (cases[i].exclude != NULL) {
            t.settings.patterns[0] = (struct fv_pattern){fv_slice_of(cases[i].exclude), false};
            t.settings.pattern_count = 1;
        }
        t.settings.latest = cases[i].latest;
        run(false);
        assert_int_equal(t.summary.failed, cases[i].failed);
        assert_int_equal(t.summary.downloaded, cases[i].downloaded);
        assert_int_equal(t.err, cases[i].failed ? bads[cases[i].bad].err : FV_OK);
    }
}

#define CASE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_order_of_the_listing_flips),
        CASE(test_the_other_one_is_withdrawn),
        CASE(test_a_new_url_replaces_the_old_one),
        CASE(test_a_hidden_one_keeps_its_name),
        CASE(test_list_shows_the_paths),
        CASE(test_a_call_that_fails_once_forgets_no_file),
        CASE(test_any_order_of_any_names),
        CASE(test_listed_twice_with_two_dates),
        CASE(test_many_of_one_name),
        CASE(test_stopped_within_a_listing),
        CASE(test_stopped_while_names_are_asked_about),
        CASE(test_stopped_among_files_and_deletions),
        CASE(test_the_same_bad_entry_twice),
        CASE(test_one_entry_is_bad_and_the_others_arrive),
        CASE(test_list_shows_the_others),
        CASE(test_nothing_is_pruned_then),
        CASE(test_a_bad_entry_of_a_listing_read_again),
        CASE(test_filters_and_bad_entries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
