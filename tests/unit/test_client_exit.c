/* SPDX-License-Identifier: MIT */
/* The result of a run in which single files fail, each for a reason of its own: the exit status
 * that src/INTERFACE.md promises, the other files complete, the run not ended early. The whole
 * client, on simulated servers. */
#include "client/client.h"
#include "play.h"

#define LIST "/api_file/v1/o/"
#define DATED(name, url, date)                                                                     \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_name\":" \
    "\"" name "\",\"file_last_modified_date\":\"" date "\",\"url\":\"" url "\"}"
#define ENTRY(name) DATED(name, "http://p/" name, "2024-01-01T00:00:01Z")
#define GOOD                                                                                       \
    {                                                                                              \
        "/a", 200, "a", .for_ever = true                                                           \
    }
/* One of 3 GiB, which a size_t of 32 bits can say; not more than its beginning is ever sent. */
#define HUGE (UINT32_C(3) << 30)
#define ROOM (UINT64_C(1) << 40)
#define LIMIT UINT64_C(0x7FFFFFFF)

static struct {
    struct fv_settings settings;
    struct fv_events events;
    struct fv_client *client;
    void *memory;
    unsigned failed, verified;
    uint64_t limit; /* bytes of a file at most */
} X;

/* clang-format off */
static const struct {
    struct play play;
    bool ended;
    int exit;
    enum fv_err err; /* of the first that failed */
    uint64_t space, limit;
} cases[] = {
    {{"all is well", "", {{LIST, 200, "[" ENTRY("a") "]"}, GOOD}}, true, 0},
    {{"one is missing", "", {{LIST, 200, "[" ENTRY("a") "," ENTRY("b") "]"}, GOOD, {"/b", 404}}}, true, 1, FV_E_HTTP_STATUS},
    {{"one is forbidden", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("a") "]"}, GOOD, {"/b", 403}}}, true, 1, FV_E_FORBIDDEN},
    {{"one is larger than a file can be", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("a") "]"}, GOOD, {"/b", 200, "b", .length = HUGE, .for_ever = true}}}, true, 1, FV_E_LARGE, .limit = LIMIT},
    {{"four of these", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("c") "," ENTRY("d") "," ENTRY("e") "," ENTRY("a") "]"}, GOOD, {"/b", 200, "b", .length = HUGE, .for_ever = true}, {"/c", 200, "b", .length = HUGE, .for_ever = true}, {"/d", 200, "b", .length = HUGE, .for_ever = true}, {"/e", 200, "b", .length = HUGE, .for_ever = true}}}, true, 1, FV_E_LARGE, .limit = LIMIT},
    {{"one of these alone", "", {{LIST, 200, "[" ENTRY("b") "]"}, {"/b", 200, "b", .length = HUGE, .for_ever = true}}}, true, 7, FV_E_LARGE, .limit = LIMIT},
    {{"two of these alone", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("c") "]"}, {"/b", 200, "b", .length = HUGE, .for_ever = true}, {"/c", 200, "b", .length = HUGE, .for_ever = true}}}, true, 7, FV_E_LARGE, .limit = LIMIT},
    {{"one that does not say so before", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("a") "]"}, GOOD, {"/b", 200, "8\r\n12345678\r\n0\r\n\r\n", "ETag: \"b\"\r\n", .chunked = true}}}, true, 1, FV_E_LARGE, .limit = 4},
    {{"one for which there is no room", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("a") "]"}, GOOD, {"/b", 200, "b", .length = HUGE, .for_ever = true}}}, true, 1, FV_E_FULL, .space = 1 << 20},
    {{"one with another origin", "", {{LIST, 200, "[" ENTRY("a") "," DATED("b", "http://elsewhere/b", "2024-01-01T00:00:01Z") "]"}, GOOD}}, true, 1, FV_E_ORIGIN},
    {{"one that can't be read", "", {{LIST, 200, "[" ENTRY("a") "," DATED("b", "http://p/b", "yesterday") "]"}, GOOD}}, true, 1, FV_E_ENTRY_TIME},
    {{"none that can be read", "", {{LIST, 200, "[" DATED("b", "http://p/b", "yesterday") "]"}}}, true, 8, FV_E_ENTRY_TIME},
    {{"a target that does not answer", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("a") "]"}, GOOD, {"/b", 302, "", "Location: https://s/b\r\n"}}, .refuses = true}, true, 1, FV_E_CONNECT},
    {{"two reasons, and nothing done", "", {{LIST, 200, "[" ENTRY("b") "," ENTRY("c") "]"}, {"/b", 200, "b", .length = HUGE, .for_ever = true}, {"/c", 404}}}, true, 1, FV_E_LARGE, .limit = LIMIT},
    {{"the user has no access any more", "", {{LIST, 200, "[" ENTRY("a") "," ENTRY("b") "]"}, GOOD, {"/b", 401}}}, false, 1, FV_E_AUTH},
    {{"nor had from the first on", "", {{LIST, 401}}}, false, 5, FV_E_AUTH},
    {{"no listing", "", {{LIST, 200, "{}"}}}, false, 8, FV_E_JSON},
};
/* clang-format on */

static void on_file(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    X.failed += f->status == FV_FAILED;
    X.verified += f->status == FV_UNCHANGED;
}

/* The storage of files that have a largest size, as FAT is. */
static enum fv_err (*all_reserve)(void *ctx, int file, uint64_t size);
static enum fv_err (*all_write)(void *ctx, int file, uint64_t offset, const void *p, size_t n);

static enum fv_err reserve(void *ctx, int file, uint64_t size)
{
    return size > X.limit ? FV_E_LARGE : all_reserve(ctx, file, size);
}

static enum fv_err write_bytes(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    /* What the program keeps for itself is not shorter. */
    bool part = n == 8 && memcmp(p, "12345678", 8) == 0;
    return part && offset + n > X.limit ? FV_E_LARGE : all_write(ctx, file, offset, p, n);
}

static void open_client(size_t i)
{
    play_open(&cases[i].play);
    memset(&X, 0, sizeof X);
    X.limit = cases[i].limit > 0 ? cases[i].limit : UINT64_MAX;
    P.sim.space = cases[i].space > 0 ? cases[i].space : ROOM;
    all_reserve = P.sim.storage.reserve;
    all_write = P.sim.storage.write;
    P.sim.storage.reserve = reserve;
    P.sim.storage.write = write_bytes;
    fv_settings_init(&X.settings);
    X.settings.endpoint = FV_SLICE("https://p");
    X.settings.retries = 0;
    X.events.file = on_file;
    size_t size = fv_client_size(1);
    X.memory = malloc(size);
    assert_int_equal(fv_client_open(X.memory, size, &P.sim.port, &X.settings, &X.events, &X.client),
                     FV_OK);
}

static enum fv_err count_parts(void *arg, const char *name)
{
    const char *end = strrchr(name, '.');
    *(unsigned *)arg += end != NULL && strcmp(end, ".part") == 0;
    return FV_OK;
}

static void test_each_failure_of_a_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        open_client(i);
        enum fv_err err = fv_sync(X.client, FV_SLICE("o"));
        const struct fv_summary *s = fv_client_summary(X.client);
        int status = fv_client_exit(X.client, err);
        unsigned parts = 0;
        if (err != cases[i].err || status != cases[i].exit || s->ended != cases[i].ended ||
            s->failed != X.failed) {
            print_error("%s: %d, exit %d, %s, %u failed\n", cases[i].play.title, err, status,
                        s->ended ? "ended" : "broken off", X.failed);
            fail();
        }
        assert_true(play_is_wrong(&cases[i].play) == false);
        assert_int_equal(P.sim.storage.list_dir(P.sim.storage.ctx, ".fluxvision", count_parts,
                                                &parts),
                         FV_OK);
        assert_int_equal(parts, 0); /* nothing that can never be completed */
        /* What is done can be verified. */
        bool any = s->downloaded > 0;
        X.verified = 0;
        err = fv_verify(X.client, false);
        assert_int_equal(X.verified, any);
        assert_true(!any || (err == FV_OK && fv_client_exit(X.client, err) == 0));
        fv_client_close(X.client);
        free(X.memory);
        play_close();
    }
}

static void test_a_stop(void **state)
{
    (void)state;
    open_client(0);
    P.sim.cancelled = true;
    enum fv_err err = fv_sync(X.client, FV_SLICE("o"));
    assert_int_equal(err, FV_E_CANCELLED);
    assert_int_equal(fv_client_exit(X.client, err), 130);
    assert_false(fv_client_summary(X.client)->ended);
    fv_client_close(X.client);
    free(X.memory);
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_failure_of_a_file),
        cmocka_unit_test(test_a_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
