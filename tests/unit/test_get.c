/* SPDX-License-Identifier: MIT */
/*
 * get: a file by URL or by name, to a file that is there whole or not at all, or to a stream. The
 * whole client, on simulated servers.
 */
#include "client/client.h"
#include "play.h"

#define TAG "\"v\""
#define ETAG "ETag: " TAG "\r\n"
#define PART(range) "Content-Range: bytes " range "\r\n"
#define ENTRY(name, path)                                                                          \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\","               \
    "\"file_name\":\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:09Z\","             \
    "\"url\":\"" path "\"}"
#define LISTED(body)                                                                               \
    {                                                                                              \
        "/api_file/v1/o/s/d/", 200, "[" body "]"                                                   \
    }
#define DATE_US INT64_C(1704067209000000)

struct row {
    struct play play;
    const char *what, *name; /* name NULL: to a stream */
    enum fv_err err;
    const char *fault; /* its subject; NULL: any */
    const char *there; /* NAME=CONTENT of each file afterwards, or what the stream got */
    const char *told;  /* NAME URL SIZE, of the event; NULL: any */
    bool dated;        /* the file has the listing's time */
    uint64_t space;    /* bytes that fit; 0: any number */
    bool fat;          /* names are as on FAT */
    bool fails;        /* the stream takes nothing */
};

/* clang-format off */
static const struct row rows[] = {
    {{"a URL", "", {{"/d/f", 200, "aaa"}}, .sent = "p1/d/f-"}, "https://p/d/f", "", .there = "f=aaa", .told = "f https://p/d/f 3"},
    {{"a URL of http", "", {{"/d/f", 200, "aaa"}}}, "http://P/d/f", "", .there = "f=aaa", .told = "f https://p/d/f 3"},
    {{"to another name", "", {{"/d/f", 200, "aaa"}}}, "https://p/d/f", "g", .there = "g=aaa", .told = "g https://p/d/f 3"},
    {{"an empty file", "", {{"/f", 200}}}, "https://p/f", "", .there = "f=", .told = "f https://p/f 0"},
    {{"a name that leads out", "", {{"/d/%2E%2E", 200, "aaa"}}}, "https://p/d/%2E%2E", "", .there = "%252E%252E=aaa"},
    {{"a name that would be the state's", "", {{"/.fluxvision", 200, "aaa"}}}, "https://p/.fluxvision", "", .there = "%2Efluxvision=aaa"},
    {{"a name for FAT", "", {{"/d/a:b", 200, "aaa"}}}, "https://p/d/a:b", "", .there = "a%3Ab=aaa", .fat = true},
    {{"a name that FAT would not take", "", {{"/d/a:b", 200, "aaa"}}}, "https://p/d/a:b", "", .there = "a:b=aaa"},
    {{"another origin", ""}, "https://s/f", "", FV_E_ORIGIN, "https://s/f", ""},
    {{"no URL", ""}, "https://", "", FV_E_URL, "https://", ""},
    {{"404", "", {{"/f", 404}}}, "https://p/f", "", FV_E_HTTP_STATUS, "https://p/f", ""},
    {{"a cut that is not repaired", "", {{"/f", 200, "aaa", .length = 9, .then = FV_SIM_END}}}, "https://p/f", "", FV_E_TRUNCATED, NULL, ""},

    {{"by name", "", {LISTED(ENTRY("e", "http://p/x") "," ENTRY("f", "http://p/a") "," ENTRY("g", "http://p/y")), {"/a", 200, "aaa"}}, .sent = "p1/api_file/v1/o/s/d/- p1/a-"}, "o/s/d/f", "", .there = "f=aaa", .told = "f https://p/a 3", .dated = true},
    {{"by name, to another", "", {LISTED(ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", "g", .there = "g=aaa", .dated = true},
    {{"by a local name", "", {LISTED(ENTRY("f", "http://p/a") "," ENTRY("f", "http://p/b")), {"/b", 200, "bbb"}}}, "o/s/d/f~b", "", .there = "f~b=bbb", .told = "f~b https://p/b 3", .dated = true},
    {{"by an encoded name", "", {LISTED(ENTRY("..", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/..", "", .there = "%2E%2E=aaa"},
    {{"the same file twice", "", {LISTED(ENTRY("f", "http://p/a") "," ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", "", .there = "f=aaa"},
    {{"a filter hides it", "", {LISTED(ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}, .times = true}, "o/s/d/f", "", .there = "f=aaa"},
    {{"a name that two have", "", {LISTED(ENTRY("f", "http://p/a") "," ENTRY("f", "http://p/b"))}}, "o/s/d/f", "", FV_E_USAGE, "o/s/d/f", ""},
    {{"a name that two have, one of another origin", "", {LISTED(ENTRY("f", "http://p/a") "," ENTRY("f", "http://s/b"))}}, "o/s/d/f", "", FV_E_USAGE, NULL, ""},
    {{"a name that none has", "", {LISTED(ENTRY("e", "http://p/a"))}}, "o/s/d/f", "", FV_E_MISSED, "o/s/d/f", ""},
    {{"its URL is of another origin", "", {LISTED(ENTRY("f", "http://s/a"))}}, "o/s/d/f", "", FV_E_ORIGIN, "http://s/a", ""},
    {{"another one's is", "", {LISTED(ENTRY("e", "http://s/a") "," ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", "", .there = "f=aaa"},
    {{"another one is not usable", "", {LISTED("{}," ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", "", .there = "f=aaa"},
    {{"a listing that is cut and read again", "", {{"/api_file/v1/o/s/d/", 200, "[" ENTRY("f", "http://p/a"), .length = 999, .then = FV_SIM_END}, LISTED(ENTRY("f", "http://p/b")), {"/b", 200, "bbb"}}, .retries = 1}, "o/s/d/f", "", .there = "f=bbb", .told = "f https://p/b 3"},
    {{"the only one is not usable", "", {LISTED("{}")}}, "o/s/d/f", "", FV_E_ENTRY, "orga_code_ref of entry 1", ""},
    {{"nor are the others", "", {LISTED(ENTRY("e", "http://p/a") ",{}," ENTRY("g", "http://p/a") ",{}")}}, "o/s/d/f", "", FV_E_ENTRY, "orga_code_ref of entry 2", ""},
    {{"one that was not usable, in a listing that is read again", "", {{"/api_file/v1/o/s/d/", 200, "[{},", .length = 999, .then = FV_SIM_END}, LISTED(ENTRY("e", "http://p/b"))}, .retries = 1}, "o/s/d/f", "", FV_E_MISSED, "o/s/d/f", ""},
    {{"no listing", "", {{"/api_file/v1/o/s/d/", 200, "{}"}}}, "o/s/d/f", "", FV_E_JSON, NULL, ""},
    {{"two parts are no name", ""}, "o/s", "", FV_E_USAGE, "a URL or ORG/STUDY/DELIVERY/FILE_NAME is needed", ""},
    {{"nor are three", ""}, "o/s/d", "", FV_E_USAGE, "a URL or ORG/STUDY/DELIVERY/FILE_NAME is needed", ""},
    {{"nor is a folder", ""}, "o/s/d/", "", FV_E_USAGE, "a URL or ORG/STUDY/DELIVERY/FILE_NAME is needed", ""},
    {{"nor are five", ""}, "o/s/d/e/f", "", FV_E_USAGE, "o/s/d/e", ""},

    {{"resumed", "", {{"/f", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 206, "AAA", ETAG PART("3-5/6")}}, .retries = 1, .sent = "p1/f- p2/f-@3" TAG}, "https://p/f", "", .there = "f=aaaAAA", .told = "f https://p/f 6"},
    {{"resumed, and it is another file", "", {{"/f", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 206, "AAAA", ETAG PART("3-6/7")}, {"/f", 200, "bb"}}, .retries = 1, .sent = "p1/f- p2/f-@3" TAG " p2/f-"}, "https://p/f", "", .there = "f=bb"},
    {{"begun again", "", {{"/f", 200, "aaaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 200, "bb"}}, .retries = 1}, "https://p/f", "", .there = "f=bb", .told = "f https://p/f 2"},
    {{"begun again, and resumed by the new version", "", {{"/f", 200, "aaaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 200, "bb", "ETag: \"w\"\r\n", .length = 5, .then = FV_SIM_END}, {"/f", 206, "BBB", "ETag: \"w\"\r\n" PART("2-4/5")}}, .retries = 2, .sent = "p1/f- p2/f-@4" TAG " p3/f-@2\"w\""}, "https://p/f", "", .there = "f=bbBBB"},
    {{"no length, and nothing is missing", "", {{"/f", 200, "3\r\naaa\r\n", ETAG, .chunked = true, .then = FV_SIM_END}, {"/f", 416, "", PART("*/3")}, {"/f", 200, "aaa"}}, .retries = 1}, "https://p/f", "", .there = "f=aaa"},
    {{"one byte is there, and ranges are refused", "", {{"/f", 200, "a", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 400}, {"/f", 200, "aaaaaa"}}, .retries = 1, .sent = "p1/f- p2/f-@1" TAG " p2/f-"}, "https://p/f", "", .there = "f=aaaaaa"},
    {{"one byte is there, and it is another file", "", {{"/f", 200, "a", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 206, "AAA", ETAG PART("1-3/4")}, {"/f", 200, "bb"}}, .retries = 1, .sent = "p1/f- p2/f-@1" TAG " p2/f-"}, "https://p/f", "", .there = "f=bb"},
    {{"one byte is there, and two", "", {{"/f", 200, "a", ETAG, .length = 4, .then = FV_SIM_END}, {"/f", 206, "b", ETAG PART("1-3/4") , .length = 3, .then = FV_SIM_END}, {"/f", 206, "cd", ETAG PART("2-3/4")}}, .retries = 2, .sent = "p1/f- p2/f-@1" TAG " p3/f-@2" TAG}, "https://p/f", "", .there = "f=abcd"},
    {{"a redirect, resumed from the first URL", "", {{"/f", 302, "", "Location: https://s/x\r\n", .for_ever = true}}, {{"/x", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/x", 206, "AAA", ETAG PART("3-5/6")}}, .retries = 1, .sent = "p1/f- s1/x- p1/f-@3" TAG " s2/x-@3" TAG}, "https://p/f", "", .there = "f=aaaAAA", .told = "f https://p/f 6"},
    {{"no room", "", {{"/f", 200, .size = 20000}}, .retries = 2}, "https://p/f", "", FV_E_FULL, "f", "", .space = 10000},

    {{"a stream", "", {{"/f", 200, "aaa"}}}, "https://p/f", NULL, .there = "aaa"},
    {{"a stream by name", "", {LISTED(ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", NULL, .there = "aaa"},
    {{"a stream is resumed", "", {{"/f", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 206, "AAA", ETAG PART("3-5/6")}}, .retries = 1}, "https://p/f", NULL, .there = "aaaAAA"},
    {{"a stream can't begin again", "", {{"/f", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 200, "bbb"}}, .retries = 1}, "https://p/f", NULL, FV_E_MEANWHILE, "the file", "aaa"},
    {{"nor be continued by another file", "", {{"/f", 200, "aaa", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 206, "AAAA", ETAG PART("3-6/7")}}, .retries = 1}, "https://p/f", NULL, FV_E_MEANWHILE, "the file", "aaa"},
    {{"a stream that had nothing yet begins again", "", {{"/f", 200, "", ETAG, .length = 6, .then = FV_SIM_END}, {"/f", 200, "bbb"}}, .retries = 1}, "https://p/f", NULL, .there = "bbb"},
    {{"a stream that takes nothing", "", {{"/f", 200, "aaa"}}, .retries = 1, .sent = "p1/f-"}, "https://p/f", NULL, FV_E_STORAGE, NULL, "", .fails = true},
    {{"a stream of what is not there", "", {{"/f", 404}}}, "https://p/f", NULL, FV_E_HTTP_STATUS, "https://p/f", ""},
};
/* clang-format on */

/* What a call has told. */
static struct {
    const struct row *row;
    struct fv_settings settings;
    struct fv_events events;
    struct fv_fault fault;
    struct fv_summary summary;
    char stream[64], told[256], there[256];
    struct fv_sim scratch;
    unsigned files;
    uint64_t shown, size; /* of progress */
} G;

static enum fv_err stream(void *ctx, const void *p, size_t n)
{
    (void)ctx;
    if (G.row->fails) {
        return FV_E_STORAGE;
    }
    strncat(G.stream, p, n);
    return FV_OK;
}

static void told(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    assert_int_equal(f->status, FV_DOWNLOADED);
    assert_int_equal(f->modified_us, strchr(G.row->what, ':') ? INT64_MIN : DATE_US);
    snprintf(G.told, sizeof G.told, "%.*s %.*s %d", (int)f->path.len, f->path.ptr, (int)f->url.len,
             f->url.ptr, (int)f->size);
    G.files++;
}

static void find_part(void *arg, const char *path)
{
    const char *name = arg;
    char part[64] = ".fluxvision-";
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(name, strlen(name), digest);
    for (size_t i = 0; i < 8; i++) {
        snprintf(part + 12 + 2 * i, 3, "%02x", digest[i]);
    }
    size_t n = strlen(part);
    assert_true(strcmp(path, name) == 0 ||
                (strncmp(path, part, n) == 0 &&
                 (strcmp(path + n, ".part") == 0 || strcmp(path + n, ".lock") == 0)));
}

/* Each piece is shown, with what is there of the whole. */
static void shown(void *ctx, const struct fv_progress *p)
{
    (void)ctx;
    if (p->phase != FV_PHASE_FILES || p->file_done == 0) {
        return;
    }
    assert_int_equal(p->files_done, 0);
    assert_int_equal(p->files_total, 1);
    assert_true(p->file_done > 0 && p->bytes > 0);
    if (G.row->name != NULL) { /* what is under way lies beside it, under a name of its own */
        fv_sim_each(&P.sim, find_part, (void *)p->path.ptr);
    }
    G.shown = p->file_done;
    G.size = p->file_size;
}

static void look(void *arg, const char *path)
{
    size_t n = 0;
    const uint8_t *p = fv_sim_get(arg, path, &n);
    play_note(G.there, sizeof G.there, "%s=%.*s", path, (int)n, (const char *)p);
}

static void open_world(const struct row *row)
{
    play_open(&row->play);
    memset(&G, 0, sizeof G);
    G.row = row;
    fv_settings_init(&G.settings);
    G.settings.endpoint = FV_SLICE("https://p");
    G.settings.retries = row->play.retries;
    if (row->play.times) {
        G.settings.patterns[0] = (struct fv_pattern){FV_SLICE("*"), false};
        G.settings.pattern_count = 1;
    }
    G.events.content = stream;
    G.events.file = told;
    G.events.progress = shown;
    fv_sim_init(&G.scratch, FV_SIM_POSIX, 1);
    P.sim.port.scratch = &G.scratch.storage;
    P.sim.storage.fat_names = row->fat;
    P.sim.space = row->space > 0 ? row->space : P.sim.space;
}

static void close_world(void)
{
    assert_int_equal(fv_sim_handles(&G.scratch), 0);
    G.there[0] = '\0';
    fv_sim_each(&G.scratch, look, &G.scratch);
    assert_string_equal(G.there, "");
    fv_sim_free(&G.scratch);
    play_close();
}

static enum fv_err get(void)
{
    struct fv_client *c = NULL;
    size_t size = fv_client_size(1);
    void *memory = malloc(size);
    const struct row *row = G.row;
    enum fv_err err = fv_client_open(memory, size, &P.sim.port, &G.settings, &G.events, &c);
    assert_int_equal(err, FV_OK);
    err = row->name ? fv_get_file(c, fv_slice_of(row->what), fv_slice_of(row->name))
                    : fv_get_stream(c, fv_slice_of(row->what));
    G.fault = *fv_client_fault(c);
    G.summary = *fv_client_summary(c);
    fv_client_close(c);
    free(memory);
    return err;
}

static bool is_wrong(const struct row *row, enum fv_err err)
{
    bool wrong = err != row->err || G.fault.err != err;
    if (err == FV_OK) {
        fv_sim_power_cut(&P.sim); /* what is there stays */
    }
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    if (wrong) {
        print_error("%s: %d, %d\n", row->play.title, err, G.fault.err);
    }
    fv_sim_each(&P.sim, look, &P.sim);
    wrong |= play_differs("there", row->there, row->name ? G.there : G.stream);
    wrong |= play_differs("told", row->told, G.told);
    wrong |= play_differs("fault", row->fault, G.fault.subject);
    if (err == FV_OK && row->name) {
        char *end = strchr(G.there, '=');
        const char *name = G.there;
        *end = '\0';
        assert_int_equal(P.sim.storage.stat(&P.sim, name, &st), FV_OK);
        assert_int_equal(st.modified_us == DATE_US, strchr(row->what, ':') == NULL);
        assert_int_equal(G.shown, st.size);
        assert_true(st.size == 0 || G.size == st.size || G.size == UINT64_MAX);
        assert_int_equal(G.files, 1);
    }
    return wrong;
}

static void test_get(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        open_world(&rows[i]);
        enum fv_err err = get();
        wrong += is_wrong(&rows[i], err) || play_is_wrong(&rows[i].play);
        close_world();
    }
    assert_int_equal(wrong, 0);
}

/* clang-format off */
static const struct row by_name = {{"by name", "", {LISTED(ENTRY("f", "http://p/a")), {"/a", 200, "aaa"}}}, "o/s/d/f", ""};
/* clang-format on */

/* What is there, without a lock that could not be removed. */
static const char *there(void)
{
    char *lock = strstr(G.there, ".lock=");
    if (lock == NULL) {
        return G.there;
    }
    return lock[6] == ' ' ? lock + 7 : (lock[-29] = '\0', G.there);
}

/* Each operation of storage fails: the name has the old content or the new one, and there are no
 * other files. */
static void test_any_operation_fails(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        open_world(&by_name);
        fv_sim_put(&P.sim, "f", "old", 3, 0);
        P.sim.fault = (struct fv_sim_fault){.at = at, .storage = FV_E_DENIED};
        enum fv_err err = get();
        bool fired = P.sim.fired > 0;
        fv_sim_each(&P.sim, look, &P.sim);
        if (err != FV_OK) {
            assert_int_equal(err, FV_E_DENIED);
            assert_int_equal(G.files, 0);
        }
        bool old = strcmp(there(), "f=old") == 0;
        assert_true(old ? err != FV_OK : strcmp(there(), "f=aaa") == 0);
        bool done = !fired && P.sim.ops < at;
        close_world();
        if (done) {
            assert_int_equal(err, FV_OK);
            return;
        }
    }
}

/* The same with the power; and once get has said that it is done, the file is there. */
static void test_the_power_goes(void **state)
{
    (void)state;
    for (uint64_t cut = 1;; cut++) {
        open_world(&by_name);
        fv_sim_put(&P.sim, "f", "old", 3, 0);
        P.sim.cut_at = cut;
        enum fv_err err = get();
        bool dark = fv_sim_dark(&P.sim);
        fv_sim_power_cut(&P.sim);
        size_t n = 0;
        const uint8_t *p = fv_sim_get(&P.sim, "f", &n);
        assert_int_equal(n, 3);
        assert_true(memcmp(p, "aaa", 3) == 0 || (dark && memcmp(p, "old", 3) == 0));
        close_world();
        if (!dark) {
            assert_int_equal(err, FV_OK);
            return;
        }
    }
}

/* Where there is no storage at all, as on a board without a card. */
static void test_a_stream_needs_no_storage(void **state)
{
    /* clang-format off */
    static const struct row row = {{"no storage", "", {{"/f", 200, "aaa"}}}, "https://p/f", NULL, .there = "aaa"};
    /* clang-format on */
    (void)state;
    open_world(&row);
    P.sim.port.storage = P.sim.port.scratch = NULL;
    assert_int_equal(get(), FV_OK);
    assert_string_equal(G.stream, "aaa");
    close_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_get),
        cmocka_unit_test(test_any_operation_fails),
        cmocka_unit_test(test_the_power_goes),
        cmocka_unit_test(test_a_stream_needs_no_storage),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
