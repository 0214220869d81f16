/* SPDX-License-Identifier: MIT */
/* The longest names and URLs that a listing can have, in all that is done with them. The
 * sanitiser says if something is too short. */
#include "client/client.h"
#include "play.h"

static struct {
    struct fv_settings settings;
    struct fv_events events;
    char part[FV_CAP_COMPONENT + 1]; /* of a path */
    char path[FV_CAP_PATH + 1];
    char url[FV_CAP_URL + 1]; /* in normal form */
    char target[64];          /* as play.h knows its path */
    char location[FV_CAP_URL + 32];
    char listing[4 * FV_CAP_URL];
    unsigned files, failed, listed, content;
} L;

/* There are two, which differ in their last byte. */
static bool is_one(struct fv_slice got, const char *first)
{
    return got.len == strlen(first) && memcmp(got.ptr, first, got.len - 1) == 0;
}

static void told(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    assert_true(is_one(f->path, L.path));
    assert_true(is_one(f->url, L.url));
    *(f->status == FV_FAILED ? &L.failed : &L.files) += 1;
}

static enum fv_err listed(void *ctx, const struct fv_listed *e)
{
    (void)ctx;
    assert_true(is_one(e->path, L.path));
    L.listed++;
    return FV_OK;
}

static enum fv_err content(void *ctx, const void *p, size_t n)
{
    (void)ctx, (void)p;
    L.content += (unsigned)n;
    return FV_OK;
}

static void list_file(const char *name, const char *url, size_t *n)
{
    *n += (size_t)snprintf(
        L.listing + *n, sizeof L.listing - *n,
        "%s{\"orga_code_ref\":\"%s\",\"study_code_ref\":\"%s\",\"delivery_code_ref\":\"%s\","
        "\"file_name\":\"%s\",\"url\":\"%s\","
        "\"file_last_modified_date\":\"2024-01-01T00:00:09Z\"}",
        *n == 0 ? "[" : ",", L.part, L.part, L.part, name, url);
}

static enum fv_err ignore(void *ctx, const struct fv_listed *e)
{
    (void)ctx, (void)e;
    return FV_OK;
}

static void measure(void *arg, const char *path)
{
    (void)arg;
    L.files += path[0] == 'o' && strlen(path) == FV_CAP_PATH;
}

static void make_names(void)
{
    char name[FV_CAP_COMPONENT + 1];
    size_t n = 0;
    memset(&L, 0, sizeof L);
    memset(L.part, 'o', FV_CAP_COMPONENT);
    snprintf(L.path, sizeof L.path, "%s/%s/%s/%s", L.part, L.part, L.part, L.part);
    assert_int_equal(strlen(L.path), FV_CAP_PATH);
    memset(L.url, 'x', FV_CAP_URL);
    memcpy(L.url, "https://p/", 10);
    snprintf(L.target, sizeof L.target, "%.63s", L.url + 9);
    snprintf(L.location, sizeof L.location, "Location: %s\r\n", L.url);
    memcpy(L.location + 18, "s/", 2); /* https://s/, of the same length */
    list_file(L.part, L.url, &n);
    memcpy(name, L.part, sizeof name);
    name[FV_CAP_COMPONENT - 1] = 'p';
    L.url[FV_CAP_URL - 1] = 'y';
    list_file(name, L.url, &n);
    L.url[FV_CAP_URL - 1] = 'x';
    strcpy(L.listing + n, "]");
}

static void open_world(const struct play *play)
{
    play_open(play);
    fv_settings_init(&L.settings);
    L.settings.endpoint = FV_SLICE("https://p");
    L.settings.retries = 0;
    L.settings.local_paths = true;
    L.events.file = told;
    L.events.listed = listed;
    L.events.content = content;
    P.sim.port.scratch = &P.sim.storage;
}

enum command { SYNC, LIST_ALL, LATEST, GET_URL, GET_NAME, STREAM, VERIFY };

static enum fv_err run(enum command command)
{
    size_t size = fv_client_size(1);
    struct fv_client *c = malloc(size);
    char what[FV_CAP_PATH + 1];
    struct fv_slice url = fv_slice_of(L.url);
    struct fv_slice path = fv_slice_of(L.path);
    struct fv_slice scope = fv_slice_head(path, fv_slice_find_last(path, '/'));
    L.settings.latest = command == LATEST ? 3 : 0;
    assert_int_equal(fv_client_open(c, size, &P.sim.port, &L.settings, &L.events, &c), FV_OK);
    memcpy(what, L.path, sizeof what);
    enum fv_err err = command == SYNC       ? fv_sync(c, scope)
                      : command == GET_URL  ? fv_get_file(c, url, path)
                      : command == GET_NAME ? fv_get_file(c, path, path)
                      : command == STREAM   ? fv_get_stream(c, path)
                      : command == VERIFY   ? fv_verify(c, false)
                                            : fv_list(c, scope);
    fv_client_close(c);
    free(c);
    return err;
}

static void test_every_command_takes_them(void **state)
{
    char list[64];
    (void)state;
    make_names();
    snprintf(list, sizeof list, "/api_file/v1/%.50s", L.part);
    struct play play = {"longest",
                        "",
                        {{list, 200, L.listing, .for_ever = true},
                         {L.target, 302, "", L.location, .for_ever = true}},
                        {{L.target, 200, "aaa", .for_ever = true}}};
    const struct step busy[PLAY_STEPS] = {{L.target, 503},
                                          {L.target, 200, "aaa", .for_ever = true}};
    open_world(&play);
    assert_int_equal(run(SYNC), FV_OK);
    assert_int_equal(L.files, 2);
    assert_int_equal(run(VERIFY), FV_OK);
    assert_int_equal(L.files, 4);
    assert_int_equal(run(SYNC), FV_OK); /* unchanged */
    assert_int_equal(L.files, 6);
    assert_int_equal(run(LIST_ALL), FV_OK);
    assert_int_equal(run(LATEST), FV_OK);
    assert_int_equal(L.listed, 4);
    assert_int_equal(run(GET_URL), FV_OK);
    assert_int_equal(run(GET_NAME), FV_OK);
    assert_int_equal(L.files, 8);
    assert_int_equal(run(STREAM), FV_OK);
    assert_int_equal(L.content, 3);
    L.settings.retries = 1; /* from the first URL, which is written anew */
    P.storage.steps = busy;
    assert_int_equal(run(STREAM), FV_OK);
    assert_int_equal(L.content, 6);
    memset(P.storage.used, 0, sizeof P.storage.used);
    fv_sim_drop(&P.sim, L.path);
    assert_int_equal(run(SYNC), FV_OK);
    assert_int_equal(L.files, 10);
    L.settings.retries = 0;
    P.storage.steps = play.portal; /* which leads on and on */
    fv_sim_drop(&P.sim, L.path);
    assert_int_equal(run(SYNC), FV_E_HTTP_REDIRECT);
    assert_int_equal(L.failed, 1);
    snprintf(L.listing, sizeof L.listing, "[]");
    L.settings.prune = true;
    assert_int_equal(run(SYNC), FV_OK);
    assert_int_equal(L.files, 12);
    play_close();
}

/* A name for the file that is longer than any path. */
static void test_a_name_that_is_too_long(void **state)
{
    static const struct play play = {"too long", ""};
    static char name[FV_CAP_PATH + 2];
    size_t size = fv_client_size(1);
    struct fv_client *c = malloc(size);
    (void)state;
    memset(&L, 0, sizeof L);
    memset(name, 'n', FV_CAP_PATH + 1);
    open_world(&play);
    assert_int_equal(fv_client_open(c, size, &P.sim.port, &L.settings, &L.events, &c), FV_OK);
    assert_int_equal(fv_get_file(c, FV_SLICE("https://p/f"), fv_slice_of(name)), FV_E_CAPACITY);
    fv_client_close(c);
    free(c);
    play_close();
}

static void told_length(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    assert_int_equal(f->status, FV_FAILED);
    assert_int_equal(f->url.len, L.content);
    L.failed++;
}

/* The URL of an entry that is refused is told as it is, if a URL has room for it. */
static void test_urls_that_are_refused(void **state)
{
    char list[64];
    char url[FV_CAP_URL + 2];
    (void)state;
    for (unsigned more = 0; more < 2; more++) {
        size_t n = 0;
        make_names();
        memset(url, 'x', sizeof url);
        memcpy(url, "https://s/", 10);
        url[FV_CAP_URL + more] = '\0';
        list_file("f", url, &n);
        strcpy(L.listing + n, "]");
        snprintf(list, sizeof list, "/api_file/v1/%.50s", L.part);
        struct play play = {"refused", "", {{list, 200, L.listing}}};
        open_world(&play);
        L.events.file = told_length;
        L.content = more == 0 ? FV_CAP_URL : 0;
        assert_int_equal(run(SYNC), more == 0 ? FV_E_ORIGIN : FV_E_ENTRY_SIZE);
        assert_int_equal(L.failed, 1);
        play_close();
    }
}

/* Both want the longest path; one of them gets another, of that length, with a hash in it. */
static void test_two_of_one_name(void **state)
{
    char list[64];
    size_t n = 0;
    (void)state;
    make_names();
    list_file(L.part, L.url, &n);
    L.url[FV_CAP_URL - 1] = 'y';
    list_file(L.part, L.url, &n);
    strcpy(L.listing + n, "]");
    snprintf(list, sizeof list, "/api_file/v1/%.50s", L.part);
    struct play play = {"one name",
                        "",
                        {{list, 200, L.listing, .for_ever = true},
                         {L.target, 200, "aaa", .for_ever = true}}};
    open_world(&play);
    L.events.file = NULL;
    L.events.listed = ignore;
    for (unsigned i = 0; i < 2; i++) {
        assert_int_equal(run(LIST_ALL), FV_OK);
        assert_int_equal(run(SYNC), FV_OK);
        fv_sim_each(&P.sim, measure, NULL);
        assert_int_equal(L.files, 2 * (i + 1));
    }
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_command_takes_them),
        cmocka_unit_test(test_a_name_that_is_too_long),
        cmocka_unit_test(test_urls_that_are_refused),
        cmocka_unit_test(test_two_of_one_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
