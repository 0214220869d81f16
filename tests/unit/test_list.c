/* SPDX-License-Identifier: MIT */
/* list: what is shown of a listing, in which attempt it came, and when it is refused. The whole
 * client, on simulated servers. */
#include "client/client.h"
#include "play.h"

#define HEAD "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\","
#define DATED(name, second)                                                                        \
    HEAD "\"file_name\":\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:0" second      \
         "Z\",\"url\":\"http://p/" name "\"}"
#define A DATED("a", "1")
#define B DATED("b", "2")
#define C DATED("c", "3")
#define NAMED                                                                                      \
    HEAD "\"orga_name\":\"O\",\"study_name\":\"S\",\"delivery_name\":\"D\",\"file_name\":\"a\","   \
         "\"file_last_modified_date\":\"2024-01-01T00:00:01Z\",\"url\":\"http://p/a\"}"
#define LIST "/api_file/v1/o/"
#define STUDY "/api_file/v1/o/s/"
#define CUT .length = 9999, .then = FV_SIM_END

struct row {
    struct play play;
    const char *scope, *glob;
    uint64_t latest;
    bool paths;
    enum fv_err err;
    const char *fault,
        *shown; /* names, with path in brackets; !NUMBER of an entry that can't be used */
    unsigned listed, failed; /* as the summary has it */
    unsigned stop_at;        /* entries shown, after which the user asks to stop */
    const char *endpoint;    /* NULL: https://p */
    const char *more;        /* a second scope */
    unsigned refused;        /* scopes that failed, shown as !URL */
    int exit;                /* 0: not compared */
};

/* clang-format off */
static const struct row rows[] = {
    {{"all", "", {{LIST, 200, "[" A "," B "]"}}}, "o", .shown = "a b", .listed = 2},
    {{"none", "", {{LIST, 200, "[]"}}}, "o", .shown = ""},
    {{"a slash at the end", "", {{LIST, 200, "[" A "]"}}}, "o/", .shown = "a", .listed = 1},
    {{"a study", "", {{"/api_file/v1/o/s/", 200, "[" A "]"}}}, "o/s", .shown = "a", .listed = 1},
    {{"a delivery", "", {{"/api_file/v1/o/s/d/", 200, "[" A "]"}}}, "o/s/d/", .shown = "a", .listed = 1},
    {{"names that URLs write otherwise", "", {{"/api_file/v1/o%20p/%3F%25/", 200, "[" A "]"}}}, "o p/?%", .shown = "a", .listed = 1},
    {{"four parts", ""}, "o/s/d/e", .err = FV_E_USAGE, .fault = "o/s/d/e", .shown = ""},
    {{"no scope", ""}, "", .err = FV_E_USAGE, .fault = "", .shown = ""},
    {{"a slash alone", ""}, "/", .err = FV_E_USAGE, .fault = "/", .shown = ""},
    {{"an empty part", ""}, "o//d", .err = FV_E_USAGE, .fault = "o//d", .shown = ""},
    {{"two slashes at the end", ""}, "o//", .err = FV_E_USAGE, .fault = "o//", .shown = ""},
    {{"a dot", ""}, "o/.", .err = FV_E_USAGE, .fault = "o/.", .shown = ""},
    {{"two dots", ""}, "..", .err = FV_E_USAGE, .fault = "..", .shown = ""},
    {{"a control byte", ""}, "o\n", .err = FV_E_USAGE, .shown = ""},
    {{"names of folders", "", {{LIST, 200, "[" NAMED "]"}}}, "o", .shown = "a(O,S,D)", .listed = 1},
    {{"a filter", "", {{LIST, 200, "[" A "," B "]"}}}, "o", "b", .shown = "b", .listed = 2},
    {{"a filter of paths", "", {{LIST, 200, "[" A "," B "]"}}}, "o", "o/s/d/b", .shown = "b", .listed = 2},
    {{"local paths", "", {{LIST, 200, "[" A "," A "," B "]"}}}, "o", .paths = true, .shown = "a[o/s/d/a] a[o/s/d/a] b[o/s/d/b]", .listed = 3},
    {{"the latest", "", {{LIST, 200, "[" A "," B "," C "]", .for_ever = true}}, .requests = 2}, "o", .latest = 2, .shown = "b c", .listed = 3},
    {{"the latest of those that pass", "", {{LIST, 200, "[" A "," B "," C "]", .for_ever = true}}}, "o", "[ab]", .latest = 1, .shown = "b", .listed = 3},
    {{"the latest, with paths", "", {{LIST, 200, "[" A "," B "]", .for_ever = true}}}, "o", .latest = 1, .paths = true, .shown = "b[o/s/d/b]", .listed = 2},
    {{"the latest, with names of folders", "", {{LIST, 200, "[" NAMED "]", .for_ever = true}}}, "o", .latest = 1, .shown = "a(O,S,D)", .listed = 1},
    {{"the latest, and the listing has changed", "", {{LIST, 200, "[" A "," B "]"}, {LIST, 200, "[" A "," C "]"}}}, "o", .latest = 2, .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a", .listed = 2},
    {{"the latest, and the listing has grown", "", {{LIST, 200, "[" A "]"}, {LIST, 200, "[" A "," B "]"}}}, "o", .latest = 2, .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a", .listed = 2},
    {{"the latest, and the second one is not to be had", "", {{LIST, 200, "[" A "]"}, {LIST, 404}}}, "o", .latest = 2, .err = FV_E_NO_SCOPE, .shown = ""},

    {{"cut, and read again", "", {{LIST, 200, "[" A "," B ",", CUT}, {LIST, 200, "[" A "," B "," C "]"}}, .retries = 1}, "o", .shown = "a b c", .listed = 3},
    {{"cut, and the second one is shorter", "", {{LIST, 200, "[" A "," B ",", CUT}, {LIST, 200, "[" A "]"}}, .retries = 1}, "o", .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a b", .listed = 2},
    {{"cut, and the second one is another", "", {{LIST, 200, "[" A "," B ",", CUT}, {LIST, 200, "[" C "," B "]"}}, .retries = 1}, "o", .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a b", .listed = 2},
    {{"cut, and the second one has another order", "", {{LIST, 200, "[" A "," B ",", CUT}, {LIST, 200, "[" B "," A "," C "]"}}, .retries = 1}, "o", .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a b", .listed = 2},
    {{"cut twice, at other places", "", {{LIST, 200, "[" A "," B "," C ",", CUT}, {LIST, 200, "[" A ",", CUT}, {LIST, 200, "[" A "," B "," C "]"}}, .retries = 2}, "o", .shown = "a b c", .listed = 3},
    {{"the latest, cut in the first reading", "", {{LIST, 200, "[" A "," B ",", CUT}, {LIST, 200, "[" B "," A "]", .for_ever = true}}, .retries = 1}, "o", .latest = 1, .shown = "b", .listed = 2},
    {{"cut for good", "", {{LIST, 200, "[" A ",", CUT}}}, "o", .err = FV_E_TRUNCATED, .shown = "a", .listed = 1},

    {{"an entry that can't be used", "", {{LIST, 200, "[" A ",{}," B "]"}}}, "o", .err = FV_E_ENTRY, .fault = "orga_code_ref of entry 2", .shown = "a !2 b", .listed = 3, .failed = 1},
    {{"two of them", "", {{LIST, 200, "[{}," A ",{}]"}}}, "o", .err = FV_E_ENTRY, .fault = "orga_code_ref of entry 1", .shown = "!1 a !3", .listed = 3, .failed = 2},
    {{"one in a listing that is read again", "", {{LIST, 200, "[{}," A ",", CUT}, {LIST, 200, "[{}," A "]"}}, .retries = 1}, "o", .err = FV_E_ENTRY, .fault = "orga_code_ref of entry 1", .shown = "!1 a", .listed = 2, .failed = 1},
    {{"one of the latest", "", {{LIST, 200, "[{}," A "," B "]", .for_ever = true}}}, "o", .latest = 1, .err = FV_E_ENTRY, .fault = "orga_code_ref of entry 1", .shown = "!1 b", .listed = 3, .failed = 1},
    {{"one, and the listing is cut", "", {{LIST, 200, "[{}," A ",", CUT}}}, "o", .err = FV_E_TRUNCATED, .shown = "!1 a", .listed = 2, .failed = 1},
    {{"another origin's is shown", "", {{LIST, 200, "[" HEAD "\"file_name\":\"x\",\"file_last_modified_date\":\"2024-01-01T00:00:01Z\",\"url\":\"http://s/x\"}]"}}}, "o", .shown = "x", .listed = 1},
    {{"no array", "", {{LIST, 200, "{}"}}}, "o", .err = FV_E_JSON, .fault = "listing from p, byte 0, entry 1", .shown = ""},
    {{"something behind it", "", {{LIST, 200, "[" A "] x"}}}, "o", .err = FV_E_JSON, .shown = "a", .listed = 1},
    {{"an end too early", "", {{LIST, 200, "[" A}}}, "o", .err = FV_E_JSON, .shown = "a"},
    {{"nothing at all", "", {{LIST, 200, ""}}}, "o", .err = FV_E_JSON, .fault = "listing from p ends at byte 0, entry 1", .shown = ""},
    {{"a page", "", {{LIST, 200, "<p>", "Content-Type: text/html\r\n"}}}, "o", .err = FV_E_JSON, .fault = "HTML page from p", .shown = ""},
    {{"a redirect's page", "", {{LIST, 302, "", "Location: https://s/in\r\n"}}, {{"/in", 200, "<p>", "Content-Type: text/html\r\n"}}}, "o", .err = FV_E_JSON, .fault = "HTML page from s", .shown = ""},
    {{"a redirect", "", {{LIST, 302, "", "Location: https://s/x\r\n", .for_ever = true}}, {{"/x", 200, "[" A ",", CUT}, {"/x", 200, "[" A "," B "]"}}, .retries = 1, .sent = "p1/api_file/v1/o/- s1/x- p1/api_file/v1/o/- s2/x-"}, "o", .shown = "a b", .listed = 2},

    {{"two scopes, of which one holds a part of the other", "", {{LIST, 200, "[" A "," B "]"}, {STUDY, 200, "[" B "," C "]"}}}, "o", .more = "o/s", .shown = "a b c", .listed = 4},
    {{"the same twice, with paths", "", {{LIST, 200, "[" A "]", .for_ever = true}}}, "o", .more = "o/", .paths = true, .shown = "a[o/s/d/a]", .listed = 2},
    {{"the latest of both", "", {{LIST, 200, "[" A "," C "]", .for_ever = true}, {STUDY, 200, "[" B "," C "]", .for_ever = true}}, .requests = 4}, "o", .more = "o/s", .latest = 2, .shown = "c b", .listed = 4},
    {{"the first is not known", "", {{LIST, 404}, {STUDY, 200, "[" B "]"}}}, "o", .more = "o/s", .err = FV_E_NO_SCOPE, .fault = "o", .shown = "!o b", .listed = 1, .refused = 1},
    {{"the second is forbidden", "", {{LIST, 200, "[" A "]"}, {STUDY, 403}}}, "o", .more = "o/s", .err = FV_E_FORBIDDEN, .fault = "https://p" STUDY, .shown = "a !https://p" STUDY, .listed = 1, .refused = 1},
    {{"a refused one is not asked for twice", "", {{LIST, 404}, {STUDY, 200, "[" B "]", .for_ever = true}}, .requests = 3}, "o", .more = "o/s", .latest = 1, .err = FV_E_NO_SCOPE, .shown = "!o b", .listed = 1, .refused = 1},
    {{"neither is known", "", {{LIST, 404}, {STUDY, 503}}}, "o", .more = "o/s", .err = FV_E_NO_SCOPE, .fault = "o", .shown = "!o !https://p" STUDY, .refused = 2},
    {{"401 is not a scope's", "", {{LIST, 401}}, .requests = 1}, "o", .more = "o/s", .err = FV_E_AUTH, .shown = ""},
    {{"the second is cut, and read again", "", {{LIST, 200, "[" A "]"}, {STUDY, 200, "[" B ",", CUT}, {STUDY, 200, "[" B "," C "]"}}, .retries = 1}, "o", .more = "o/s", .shown = "a b c", .listed = 3},
    {{"the second is cut, and has changed", "", {{LIST, 200, "[" A "]"}, {STUDY, 200, "[" B ",", CUT}, {STUDY, 200, "[" C "]"}}, .retries = 1}, "o", .more = "o/s", .err = FV_E_MEANWHILE, .fault = "the listing", .shown = "a b", .listed = 2},
    {{"the second is cut, and then not to be had", "", {{LIST, 200, "[" A "]"}, {STUDY, 200, "[" B ",", CUT}, {STUDY, 404}}, .retries = 1}, "o", .more = "o/s", .err = FV_E_NO_SCOPE, .shown = "a b", .listed = 2},
    {{"the second is no array", "", {{LIST, 200, "[" A "]"}, {STUDY, 200, "{}"}}}, "o", .more = "o/s", .err = FV_E_JSON, .shown = "a", .listed = 1},
    {{"an entry of the second can't be used", "", {{LIST, 200, "[" A "]"}, {STUDY, 200, "[" B ",{}]"}}}, "o", .more = "o/s", .err = FV_E_ENTRY, .fault = "orga_code_ref of entry 2 of o/s", .shown = "a b !o/s", .listed = 3, .failed = 1},
    {{"the first is not known, and the second no array: both are counted", "", {{LIST, 404}, {STUDY, 200, "{}"}}}, "o", .more = "o/s", .err = FV_E_JSON, .shown = "!o", .refused = 1, .exit = 8},
    {{"the second has four parts", "", .requests = 0}, "o", .more = "o/s/d/e", .err = FV_E_USAGE, .fault = "o/s/d/e", .shown = ""},
};
/* clang-format on */

static struct {
    const struct row *row;
    struct fv_settings settings;
    struct fv_events events;
    char shown[512];
    unsigned count; /* entries */
} L;

static enum fv_err listed(void *ctx, const struct fv_listed *e)
{
    char more[128] = "";
    (void)ctx;
    if (e->path.len > 0) {
        snprintf(more, sizeof more, "[%.*s]", (int)e->path.len, e->path.ptr);
    }
    if (e->org_name.len > 0) {
        snprintf(more, sizeof more, "(%.*s,%.*s,%.*s)", (int)e->org_name.len, e->org_name.ptr,
                 (int)e->study_name.len, e->study_name.ptr, (int)e->delivery_name.len,
                 e->delivery_name.ptr);
    }
    assert_true(fv_slice_eq(e->org, FV_SLICE("o")) && fv_slice_eq(e->study, FV_SLICE("s")));
    assert_true(fv_slice_eq(e->delivery, FV_SLICE("d")));
    assert_true(fv_slice_starts(e->url, FV_SLICE("http://")));
    assert_true(fv_slice_starts(e->modified, FV_SLICE("2024-01-01T00:00:0")));
    assert_in_range(e->modified_us, INT64_C(1704067201000000), INT64_C(1704067203000000));
    play_note(L.shown, sizeof L.shown, "%.*s%s", (int)e->name.len, e->name.ptr, more);
    P.sim.cancelled |= ++L.count == L.row->stop_at;
    return FV_OK;
}

static void told(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    assert_int_equal(f->status, FV_FAILED);
    assert_int_equal(f->path.len, 0);
    assert_int_equal(f->modified_us, INT64_MIN);
    const char *space = strrchr(f->fault->subject, ' ');
    play_note(L.shown, sizeof L.shown, "!%s", space != NULL ? space + 1 : f->fault->subject);
}

static bool play_list(const struct row *row)
{
    struct fv_client *c = NULL;
    size_t size = fv_client_size(1);
    void *memory = malloc(size);
    memset(&L, 0, sizeof L);
    L.row = row;
    fv_settings_init(&L.settings);
    L.settings.endpoint = fv_slice_of(row->endpoint != NULL ? row->endpoint : "https://p");
    L.settings.retries = row->play.retries;
    L.settings.latest = row->latest;
    L.settings.local_paths = row->paths;
    if (row->glob != NULL) {
        L.settings.patterns[0] = (struct fv_pattern){fv_slice_of(row->glob), true};
        L.settings.pattern_count = 1;
    }
    L.events.listed = listed;
    L.events.file = told;
    P.sim.port.scratch = &P.sim.storage;
    assert_int_equal(fv_client_open(memory, size, &P.sim.port, &L.settings, &L.events, &c), FV_OK);
    const struct fv_slice scopes[] = {fv_slice_of(row->scope), fv_slice_of(row->more)};
    enum fv_err err = row->more != NULL ? fv_list_scopes(c, scopes, 2) : fv_list(c, scopes[0]);
    const struct fv_fault *fault = fv_client_fault(c);
    const struct fv_summary *s = fv_client_summary(c);
    bool wrong = play_differs("shown", row->shown, L.shown);
    wrong |= play_differs("fault", err == FV_OK ? "" : row->fault, fault->subject);
    if (err != row->err || fault->err != err || s->listed != row->listed ||
        s->failed != row->failed + row->refused || s->unusable != row->failed) {
        print_error("%s: %d, %d, %d listed, %d failed, %d unusable\n", row->play.title, err,
                    fault->err, (int)s->listed, (int)s->failed, (int)s->unusable);
        wrong = true;
    }
    wrong |= row->exit != 0 && fv_client_exit(c, err) != row->exit;
    P.summary.requests = s->requests;
    assert_null(strstr(P.portal.lines[0].request, "Authorization:")); /* nobody has given a user */
    fv_client_close(c);
    free(memory);
    return wrong;
}

static void test_list(void **state)
{
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(rows); i++) {
        play_open(&rows[i].play);
        bool is_wrong = play_list(&rows[i]);
        wrong += play_is_wrong(&rows[i].play) || is_wrong;
        play_close();
    }
    assert_int_equal(wrong, 0);
}

/* More than memory has room for at once. */
static void test_the_latest_of_many(void **state)
{
    static char listing[500 * sizeof A];
    size_t n = 1;
    (void)state;
    strcpy(listing, "[");
    for (unsigned i = 0; i < 400; i++) {
        n += (size_t)snprintf(listing + n, sizeof listing - n, "%s%s", i > 0 ? "," : "",
                              i == 3     ? C
                              : i == 398 ? B
                                         : A);
    }
    strcpy(listing + n, "]");
    const struct row row = {{"many", "", {{LIST, 200, listing, .for_ever = true}}},
                            "o",
                            .latest = 2,
                            .shown = "c b",
                            .listed = 400};
    play_open(&row.play);
    assert_false(play_list(&row));
    play_close();
}

/* The user is heard each 64 entries, and each 64 only: it costs a system's call. */
static void test_the_user_stops(void **state)
{
    static const struct {
        unsigned stop_at, listed;
    } rows_[] = {{1, 64}, {63, 64}, {64, 64}, {65, 128}};
    static char listing[200 * sizeof A];
    size_t n = 1;
    (void)state;
    strcpy(listing, "[");
    for (unsigned i = 0; i < 150; i++) {
        n += (size_t)snprintf(listing + n, sizeof listing - n, "%s%s", i > 0 ? "," : "", A);
    }
    strcpy(listing + n, "]");
    for (size_t i = 0; i < COUNT(rows_); i++) {
        const struct row row = {{"stops", "", {{LIST, 200, listing}}},
                                "o",
                                .err = FV_E_CANCELLED,
                                .listed = rows_[i].listed,
                                .stop_at = rows_[i].stop_at};
        play_open(&row.play);
        assert_false(play_list(&row));
        play_close();
    }
}

/* The message about a bad listing holds the longest host, and is cut at the size of a fault's
 * buffer. */
static void test_a_bad_listing_from_a_long_host(void **state)
{
    static char endpoint[FV_CAP_HOST + 16] = "https://";
    static char fault[FV_CAP_HOST + 96] = "listing from ";
    struct row row = {{"long", "", {{LIST, 200, "{}"}}}, "o", .err = FV_E_JSON, .shown = ""};
    char *host = endpoint + strlen(endpoint);
    (void)state;
    memset(host, 'h', FV_CAP_HOST);
    for (size_t i = 50; i < FV_CAP_HOST; i += 50) {
        host[i] = '.';
    }
    strcat(fault, host);
    fault[FV_CAP_SUBJECT] = '\0';
    row.endpoint = endpoint;
    row.fault = fault;
    play_open(&row.play);
    fv_sim_host(&P.sim, host, fv_sim_addr4(10, 0, 0, 1, 443));
    assert_false(play_list(&row));
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_list),
        cmocka_unit_test(test_the_latest_of_many),
        cmocka_unit_test(test_the_user_stops),
        cmocka_unit_test(test_a_bad_listing_from_a_long_host),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
