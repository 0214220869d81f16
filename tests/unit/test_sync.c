/* SPDX-License-Identifier: MIT */
/* sync: what is reported of each file and at the end, which server gets which requests, and
 * which failures end a run. The whole client, on simulated servers. */
#include "client/client.h"
#include "play.h"

#define TAG "\"v\""
#define ETAG "ETag: " TAG "\r\n"
#define PART(range) "Content-Range: bytes " range "\r\n"
#define MODIFIED(second) "Last-Modified: Mon, 01 Jan 2024 00:00:0" second " GMT\r\n"
#define LIST "/api_file/v1/o/"
#define OK3(path)                                                                                  \
    {                                                                                              \
        path, 200, "123"                                                                           \
    }

/* Files are a to z in the order of play.files. The date of the n-th is the n-th second of 2024. */
struct row {
    struct play play; /* sent without credentials; got is not looked at */
    enum fv_err err;
    const char *fault; /* NULL: any */
    /* For each file: D downloaded, R resumed, U unchanged, S skipped, X removed, !error; with +
     * in a dry run. */
    const char *told;
    unsigned unattempted, bytes; /* 0 bytes: any */
    unsigned jobs;
    uint64_t space, min_free, max_file;
    bool dry, once;
    const char *hooked; /* files that the hook was given; NULL: there is none */
};

static struct {
    const struct row *row;
    struct fv_settings settings;
    struct fv_events events;
    struct fv_fault fault;
    struct fv_summary summary;
    char listing[8192], told[512], hooked[64];
    unsigned files;    /* listed */
    uint64_t progress; /* bytes of the run, as shown last */
    enum fv_phase phase;
} S;

static void told(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    static const char letters[] = "DRUSX";
    assert_int_equal(f->path.len, 7);
    char name = f->path.ptr[6];
    const char *place = strchr(S.row->play.files, name);
    int64_t second = place != NULL ? place - S.row->play.files + 1 : 0;
    assert_int_equal(f->modified_us, INT64_C(1704067200000000) + second * 1000000);
    assert_true(fv_slice_starts(f->path, FV_SLICE("o/s/d/")));
    assert_true(f->url.len == 11 && memcmp(f->url.ptr, "https://p/", 10) == 0);
    assert_int_equal(f->url.ptr[10], name);
    assert_int_equal(f->status == FV_FAILED, f->fault != NULL);
    if (f->fault != NULL) {
        play_note(S.told, sizeof S.told, "%c!%d", name, -f->fault->err);
        return;
    }
    assert_true(f->planned || f->sha256 != NULL);
    play_note(S.told, sizeof S.told, "%c%c%s", name, letters[f->status], f->planned ? "+" : "");
}

static void shown(void *ctx, const struct fv_progress *p)
{
    (void)ctx;
    assert_true(p->bytes >= S.progress && p->phase >= S.phase);
    S.progress = p->bytes;
    S.phase = p->phase;
    assert_true(p->entries <= S.files && p->listing_bytes <= strlen(S.listing));
    assert_true(p->wait != FV_WAIT_RETRY || (p->attempt > 1 && p->attempt <= p->attempts));
    assert_true(p->files_done <= p->files_total);
    if (p->path.len == 0) {
        return;
    }
    assert_true(p->phase == FV_PHASE_FILES && p->path.len == 7);
    assert_true(p->file_done <= p->file_size && p->files_total == S.files);
    assert_true(p->hashing || p->files_done < p->files_total);
    bool unknown = p->hashing || (S.row->play.portal[0].chunked && p->path.ptr[6] == 'a');
    assert_true(p->file_done == 0 || (p->file_size == UINT64_MAX) == unknown);
}

static enum fv_err hooked(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    assert_true(fv_slice_starts(f->path, FV_SLICE("o/s/d/")) && f->path.len == 7);
    assert_true(f->url.len == 11 && f->url.ptr[10] == f->path.ptr[6] && f->size == 3);
    play_note(S.hooked, sizeof S.hooked, "%c", f->path.ptr[6]);
    return FV_OK;
}

static void make_listing(const char *files)
{
    size_t n = 0;
    S.files = (unsigned)strlen(files);
    n += (size_t)snprintf(S.listing, sizeof S.listing, "[");
    for (size_t i = 0; files[i] != '\0'; i++) {
        n += (size_t)snprintf(
            S.listing + n, sizeof S.listing - n,
            "%s{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\","
            "\"file_name\":\"%c\",\"file_last_modified_date\":\"2024-01-01T00:00:%02zuZ\","
            "\"url\":\"http://p/%c\"}",
            i > 0 ? "," : "", files[i], i + 1, files[i]);
    }
    snprintf(S.listing + n, sizeof S.listing - n, "]");
}

static void be_another_portal(const struct row *row, struct step *steps)
{
    memset(steps, 0, PLAY_STEPS * sizeof *steps);
    memcpy(steps, row->play.portal, (PLAY_STEPS - 1) * sizeof *steps);
    size_t i = 0;
    while (steps[i].to != NULL) {
        i++;
    }
    make_listing(row->play.files);
    steps[i] = (struct step){LIST, 200, S.listing, .for_ever = true};
}

static enum fv_err sync_once(const struct row *row)
{
    size_t size = fv_client_size(row->jobs);
    struct fv_client *c = malloc(size);
    S.row = row;
    S.told[0] = S.hooked[0] = P.sent[0] = '\0';
    S.progress = 0;
    S.phase = FV_PHASE_BEGIN;
    fv_settings_init(&S.settings);
    S.settings.endpoint = FV_SLICE("https://p");
    S.settings.retries = row->play.retries;
    S.settings.pipeline = row->play.pipeline > 0 ? row->play.pipeline : 4;
    S.settings.jobs = row->jobs;
    S.settings.min_free = row->min_free;
    S.settings.dry_run = row->dry;
    S.settings.once = row->once;
    S.events.hook = row->hooked != NULL ? hooked : NULL;
    S.settings.max_time_ms = row->play.max_ms;
    S.events.file = told;
    S.events.progress = shown;
    P.sim.space = row->space > 0 ? row->space : P.sim.space;
    P.sim.storage.max_file = row->max_file;
    P.sim.port.scratch = &P.sim.storage;
    assert_int_equal(fv_client_open(c, size, &P.sim.port, &S.settings, &S.events, &c), FV_OK);
    enum fv_err err = fv_sync(c, FV_SLICE("o"));
    S.fault = *fv_client_fault(c);
    S.summary = *fv_client_summary(c);
    P.summary = S.summary;
    fv_client_close(c);
    free(c);
    return err;
}

static bool is_wrong(const struct row *row, enum fv_err err)
{
    const struct fv_summary *s = &S.summary;
    if (strncmp(P.sent, "p1" LIST "-", 18) == 0) { /* the listing is always asked for first */
        size_t n = P.sent[18] == ' ' ? 19 : 18;
        memmove(P.sent, P.sent + n, strlen(P.sent + n) + 1);
    }
    bool wrong = play_differs("told", row->told, S.told);
    if (err == FV_OK && (S.progress != s->bytes || s->listing_bytes != strlen(S.listing))) {
        print_error("%s: %d bytes shown\n", row->play.title, (int)S.progress);
        wrong = true;
    }
    wrong |= play_differs("hooked", row->hooked, S.hooked);
    wrong |= play_differs("fault", err == FV_OK ? "" : row->fault, S.fault.subject);
    if (err != row->err || S.fault.err != err || s->unattempted != row->unattempted ||
        (row->bytes > 0 && s->bytes != row->bytes)) {
        print_error("%s: %d, %d, %d not attempted, %d bytes\n", row->play.title, err, S.fault.err,
                    (int)s->unattempted, (int)s->bytes);
        wrong = true;
    }
    return wrong;
}

/* Three bytes, and then a line that does not end. */
static char long_line[FV_CAP_LINE + 64] = "3\r\naaa\r\n3;";
/* Chunks of 16 bytes, a sixth of a megabyte. */
static char many_chunks[10000 * 22 + 1];

/* clang-format off */
static const struct row rows[] = {
    {{"all", "abc", {OK3("/a"), OK3("/b"), OK3("/c")}}, .told = "aD bD cD", .bytes = 9},
    {{"one after the other", "ab", {OK3("/a"), OK3("/b")}, .pipeline = 1, .sent = "p1/a- p1/b-"}, .told = "aD bD", .bytes = 6},
    {{"sent ahead", "ab", {{"/a", 200, "123", .wait_ms = 1000}, OK3("/b")}, .sent = "p1/a- p1/b-", .took_ms = 1000}, .told = "aD bD"},
    {{"an empty file", "a", {{"/a", 200}}}, .told = "aD"},
    {{"none", ""}, .told = ""},
    {{"a dry run", "ab", .sent = ""}, .told = "aD+ bD+", .dry = true},

    {{"404 is one file's", "abc", {OK3("/a"), {"/b", 404}, OK3("/c")}}, FV_E_HTTP_STATUS, "https://p/b", "b!40 aD cD"},
    {{"the first of two counts", "abc", {{"/a", 404}, {"/b", 403}, OK3("/c")}}, FV_E_HTTP_STATUS, "https://p/a", "a!40 b!31 cD"},
    {{"401 is everybody's", "abcd", {OK3("/a"), {"/b", 401}}, .pipeline = 1, .sent = "p1/a- p1/b-"}, FV_E_AUTH, "https://p/b", "b!30 aD", .unattempted = 2},
    {{"401 with others in flight", "abcde", {OK3("/a"), {"/b", 401}, OK3("/c"), OK3("/d")}}, FV_E_AUTH, "https://p/b", "b!30 aD", .unattempted = 3},
    {{"401 over two connections", "abcd", {{"/a", 401, .wait_ms = 9000}, {"/b", 200, "1", .length = 2}}, .pipeline = 1, .sent = "p1/a- p2/b-"}, FV_E_AUTH, "https://p/a", "a!30", .unattempted = 3, .jobs = 2},
    {{"503 is tried again", "ab", {{"/a", 503}, OK3("/a"), OK3("/b")}, .pipeline = 1, .retries = 1}, .told = "aD bD"},
    {{"the target's failure is the file's", "abc", {OK3("/a"), {"/b", 302, "", "Location: https://s/x\r\n"}, OK3("/c")}, {{"/x", 401}}}, FV_E_AUTH, "https://s/x", "b!30 aD cD"},
    {{"what is whole is in time, whoever is silent behind it", "abc", {OK3("/a"), {"/b", .silent = true}, {"/c", .silent = true}}, .max_ms = 9000, .took_ms = 9000}, FV_E_TIMEOUT, "https://p/b", "b!13 aD", .unattempted = 1},
    {{"the end of all time", "abc", {OK3("/a"), {"/b", .silent = true}}, .pipeline = 1, .max_ms = 9000, .took_ms = 9000}, FV_E_TIMEOUT, "p", "aD b!13", .unattempted = 1},
    {{"the user stops", "abc", {OK3("/a"), {"/b", .silent = true, .stops = true}}, .pipeline = 1}, FV_E_CANCELLED, NULL, "aD", .unattempted = 2},

    {{"too large, and smaller ones arrive", "abcd", {{"/a", 200, .size = 200000}, OK3("/b"), {"/c", 200, .size = 200000}, OK3("/d")}, .pipeline = 1, .retries = 1}, FV_E_FULL, "o/s/d/a", "a!61 c!61 bD dD", .space = 150000},
    {{"three in a row are too large", "abcdef", {OK3("/a"), {"/b", 200, .size = 200000}, {"/c", 200, .size = 200000}, {"/d", 200, .size = 200000}}, .pipeline = 1}, FV_E_FULL, NULL, "b!61 aD c!61 d!61", .unattempted = 2, .space = 150000},
    {{"as good as nothing is free", "abc", {OK3("/a"), {"/b", 200, .size = 200000}}, .pipeline = 1}, FV_E_FULL, NULL, "b!61 aD", .unattempted = 1, .space = 60000},
    {{"nothing is free above what is to be left", "abc", {{"/a", 200, .size = 200000}}, .pipeline = 1}, FV_E_FULL, NULL, "a!61", .unattempted = 2, .space = 150000, .min_free = 100000},
    {{"so much is free", "abc", {{"/a", 200, .size = 200000}, OK3("/b"), OK3("/c")}, .pipeline = 1}, FV_E_FULL, NULL, "a!61 bD cD", .space = 200000, .min_free = 100000},

    {{"more than a file can have here, four in a row", "abcdef", {OK3("/a"), {"/b", 200, .size = 150001}, {"/c", 200, .size = 200000}, {"/d", 200, .size = 200000}, {"/e", 200, .size = 200000}, OK3("/f")}, .pipeline = 1, .retries = 1}, FV_E_LARGE, "o/s/d/b", "b!69 aD c!69 d!69 e!69 fD", .max_file = 150000},
    {{"too large, of unknown length: what it has filled is free again", "ab", {{"/a", 200, many_chunks, ETAG, .chunked = true}, {"/b", 200, .size = 120000}}, .pipeline = 1}, FV_E_FULL, NULL, "a!61 bD", .space = 150000},

    {{"two connections", "abcd", {{"/a", 200, "123", .wait_ms = 1000}, {"/b", 200, "123", .wait_ms = 1000}, OK3("/c"), OK3("/d")}, .pipeline = 1, .took_ms = 1000, .sent = "p1/a- p2/b- p1/c- p2/d-"}, .told = "aD bD cD dD", .jobs = 2},
    {{"one takes its time, the other goes on", "abcd", {{"/a", 200, "123", .wait_ms = 9000}, OK3("/b"), OK3("/c"), OK3("/d")}, .pipeline = 1, .took_ms = 9000, .sent = "p1/a- p2/b- p2/c- p2/d-"}, .told = "bD cD dD aD", .jobs = 2},
    {{"the server takes one", "abcdef", {OK3("/a"), OK3("/b"), OK3("/c"), OK3("/d"), OK3("/e"), OK3("/f")}, .most = 1}, .told = NULL, .jobs = 2},
    {{"it takes one, and says nothing to others", "abcdef", {OK3("/a"), OK3("/b"), OK3("/c"), OK3("/d"), OK3("/e"), OK3("/f")}, .most = 1, .hangs = true, .max_ms = 9000}, .told = NULL, .jobs = 2},
    {{"it has taken a request, and says nothing", "abc", {OK3("/a"), {"/b", .silent = true}, OK3("/c")}, .pipeline = 1, .took_ms = 30000, .sent = "p1/a- p2/b- p1/c-"}, FV_E_TIMEOUT, "p", "aD cD b!13", .jobs = 2},
    {{"shared evenly", "abcd", {{"/a", 200, "123", .wait_ms = 1000}, {"/b", 200, "123", .wait_ms = 1000}, {"/c", 200, "123", .wait_ms = 1000}, {"/d", 200, "123", .wait_ms = 1000}}, .took_ms = 2000}, .told = NULL, .jobs = 2},

    {{"three for each of two connections", "abcdefgh", {{"/a", 200, .size = 200000}, {"/b", 200, .size = 200000}, {"/c", 200, .size = 200000}, {"/d", 200, .size = 200000}, {"/e", 200, .size = 200000}, {"/f", 200, .size = 200000}}, .pipeline = 1}, FV_E_FULL, NULL, NULL, .unattempted = 2, .space = 150000, .jobs = 2},
    {{"shared evenly to the end", "abcdefgh", {{"/a", 200, "123", .wait_ms = 1000}, {"/b", 200, "123", .wait_ms = 1000}, {"/c", 200, "123", .wait_ms = 1000}, {"/d", 200, "123", .wait_ms = 1000}, {"/e", 200, "123", .wait_ms = 3000}, {"/f", 200, "123", .wait_ms = 3000}, {"/g", 200, "123", .wait_ms = 3000}, {"/h", 200, "123", .wait_ms = 3000}}, .took_ms = 9000}, .told = NULL, .jobs = 2},
    {{"two in a row, and again", "abcdef", {{"/a", 200, .size = 200000}, {"/b", 200, .size = 200000}, OK3("/c"), {"/d", 200, .size = 200000}, {"/e", 200, .size = 200000}, OK3("/f")}, .pipeline = 1}, FV_E_FULL, NULL, "a!61 b!61 d!61 cD e!61 fD", .space = 150000},
    {{"a Location with a password in it", "a", {{"/a", 302, "", "Location: https://u:pw@s/x?key\r\n"}}}, FV_E_HTTP_REDIRECT, "s", "a!46"},
    {{"a Location that is none", "a", {{"/a", 302, "", "Location: ftp://s/x?key\r\n"}}}, FV_E_HTTP_REDIRECT, "ftp://s/x", "a!46"},
    {{"the date of another in flight", "ab", {{"/a", 200, "bbb", MODIFIED("2")}, {"/b", 200, "aaa", MODIFIED("1")}, {"/a", 200, "aaa", MODIFIED("1")}, {"/b", 200, "bbb", MODIFIED("2")}}, .sent = "p1/a- p1/b- p2/a- p2/b-"}, .told = "aD bD"},
    {{"the date of another in flight is its own", "abcd", {{"/a", 200, "aaa", MODIFIED("2")}, OK3("/b"), OK3("/c"), OK3("/d"), {"/a", 200, "aaa", MODIFIED("2")}, {"/b", 200, "bbb", .wait_ms = 1000}, OK3("/c"), OK3("/d")}, .times = true, .sent = "p1/a- p1/b- p1/c- p1/d- p2/a- p2/b- p2/c- p2/d-"}, .told = "aD bD cD dD"},
    {{"a date of nobody's", "ab", {{"/a", 200, "aaa", MODIFIED("9")}, {"/b", 200, "bbb", MODIFIED("8")}}, .sent = "p1/a- p1/b-"}, .told = "aD bD"},
};

/* The second run goes on from what the first one has left. */
static const struct {
    struct row first, second;
} pairs[] = {
    {{{"fetched", "ab", {OK3("/a"), OK3("/b")}}, .told = "aD bD"},
     {{"unchanged", "ab", .sent = ""}, .told = "aU bU"}},
    {{{"cut", "ab", {{"/a", 200, "123", ETAG, .length = 6, .then = FV_SIM_END}, {"/b", 200, "12", ETAG, .length = 6, .then = FV_SIM_END}}, .pipeline = 1}, FV_E_TRUNCATED, NULL, "a!16 b!16"},
     {{"resumed, each from where it was", "ab", {{"/a", 206, "456", ETAG PART("3-5/6")}, {"/b", 206, "3456", ETAG PART("2-5/6")}}, .sent = "p1/a-@3" TAG " p1/b-@2" TAG}, .told = "aR bR", .bytes = 7}},
    {{{"cut behind the first byte", "a", {{"/a", 200, "1", ETAG, .length = 3, .then = FV_SIM_END}}}, FV_E_TRUNCATED, NULL, "a!16"},
     {{"resumed from there", "a", {{"/a", 206, "23", ETAG PART("1-2/3")}}, .sent = "p1/a-@1" TAG}, .told = "aR", .bytes = 2}},
    {{{"cut", "a", {{"/a", 200, "123", ETAG, .length = 6, .then = FV_SIM_END}}}, FV_E_TRUNCATED, NULL, "a!16"},
     {{"what is new is sent ahead of what is resumed", "cab", {{"/c", 200, "123"}, {"/a", 200, "123456"}, {"/b", 200, "123"}}}, .told = "cD aD bD"}},
    {{{"cut", "a", {{"/a", 200, "123", ETAG, .length = 6, .then = FV_SIM_END}}}, FV_E_TRUNCATED, NULL, "a!16"},
     {{"another file by now", "a", {{"/a", 206, "4567", ETAG PART("3-6/7")}, {"/a", 200, "1234567"}}, .sent = "p1/a-@3" TAG " p1/a-"}, .told = "aD"}},
    {{{"cut", "a", {{"/a", 200, "123", ETAG, .length = 6, .then = FV_SIM_END}}}, FV_E_TRUNCATED, NULL, "a!16"},
     {{"another version by now", "a", {{"/a", 200, "abc"}}, .sent = "p1/a-@3" TAG}, .told = "aD", .bytes = 3}},
    {{{"a line of chunks that does not end", "a", {{"/a", 200, long_line, ETAG, .chunked = true}}}, FV_E_HTTP_LINE, NULL, "a!42"},
     {{"nothing is believed of what came before it", "a", {OK3("/a")}, .sent = "p1/a-"}, .told = "aD"}},
    {{{"the server does not say how long it is", "a", {{"/a", 200, "3\r\n123\r\n", ETAG, .chunked = true, .then = FV_SIM_END}}}, FV_E_TRUNCATED, NULL, "a!16"},
     {{"and says later that nothing is missing", "a", {{"/a", 416, "", PART("*/3")}, OK3("/a")}, .sent = "p1/a-@3" TAG " p1/a-"}, .told = "aD"}},
};
/* clang-format on */

static void test_sync(void **state)
{
    static struct step steps[PLAY_STEPS];
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < 10000; i++) {
        memcpy(many_chunks + 22 * i, "10\r\n0123456789abcdef\r\n", 22);
    }
    for (size_t i = 0; i < COUNT(rows); i++) {
        play_open(&rows[i].play);
        be_another_portal(&rows[i], steps);
        P.portal.steps = steps;
        enum fv_err err = sync_once(&rows[i]);
        bool differs = is_wrong(&rows[i], err);
        wrong += play_is_wrong(&rows[i].play) || differs;
        play_close();
    }
    assert_int_equal(wrong, 0);
}

/* 900 ms for each connection, 1 s for each response: connections are opened at the same time,
 * while the first one is in use. */
static void test_connections_at_the_same_time(void **state)
{
    static const struct row row = {{"at the same time",
                                    "abcd",
                                    {{"/a", 200, "123", .wait_ms = 1000},
                                     {"/b", 200, "123", .wait_ms = 1000},
                                     {"/c", 200, "123", .wait_ms = 1000},
                                     {"/d", 200, "123", .wait_ms = 1000}},
                                    .pipeline = 1,
                                    .took_ms = 2800,
                                    .sent = "p1/a- p2/b- p3/c- p4/d-"},
                                   .told = "aD bD cD dD",
                                   .jobs = 4};
    static struct step steps[PLAY_STEPS];
    (void)state;
    play_open(&row.play);
    P.portal.peer.connect_us = 900000;
    be_another_portal(&row, steps);
    P.portal.steps = steps;
    enum fv_err err = sync_once(&row);
    assert_false(is_wrong(&row, err));
    assert_false(play_is_wrong(&row.play));
    play_close();
}

static void test_sync_again(void **state)
{
    static struct step steps[2][PLAY_STEPS];
    (void)state;
    memset(long_line + strlen(long_line), 'x', FV_CAP_LINE + 16);
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(pairs); i++) {
        play_open(&pairs[i].first.play);
        be_another_portal(&pairs[i].first, steps[0]);
        P.portal.steps = steps[0];
        wrong += is_wrong(&pairs[i].first, sync_once(&pairs[i].first));
        P.play = &pairs[i].second.play;
        be_another_portal(&pairs[i].second, steps[1]);
        P.portal.steps = steps[1];
        memset(P.portal.used, 0, sizeof P.portal.used);
        P.portal.begun = 0;
        enum fv_err err = sync_once(&pairs[i].second);
        bool differs = is_wrong(&pairs[i].second, err);
        wrong += play_is_wrong(&pairs[i].second.play) || differs;
        play_close();
    }
    assert_int_equal(wrong, 0);
}

/* A commit was interrupted, and the file, or another one of its size, waits for its name; or
 * nothing is there. */
static void test_a_file_that_the_ledger_knows_is_not_there(void **state)
{
    /* clang-format off */
    static const struct row first = {{"fetched", "ab", {OK3("/a"), OK3("/b")}}, .told = "aD bD", .hooked = "a b"};
    static const struct {
        const char *part; /* NULL: nothing waits */
        struct row row;
    } cases[] = {
        {"123", {{"waits", "ab", .sent = ""}, .told = "aR bU"}},
        {"123", {{"waits, and there is a hook", "ab", .sent = ""}, .told = "aR bU", .hooked = "a"}},
        {"123", {{"waits, in a dry run", "ab", .sent = ""}, .told = "aD+ bU", .dry = true}},
        {"123", {{"waits, once", "ab", .sent = ""}, .told = "aR bU", .once = true}},
        {"12x", {{"another waits", "ab", {OK3("/a")}, .sent = "p1/a-"}, .told = "bU aD"}},
        {"12x", {{"another waits, once", "ab", {OK3("/a")}, .sent = "p1/a-"}, .told = "bU aD", .once = true}},
        {"12", {{"a shorter one waits, once", "ab", .sent = ""}, .told = "aS bU", .once = true}},
        {NULL, {{"nothing waits", "ab", {OK3("/a")}, .sent = "p1/a-"}, .told = "bU aD", .hooked = "a"}},
        {NULL, {{"nothing waits, once", "ab", .sent = ""}, .told = "aS bU", .once = true, .hooked = ""}},
        {NULL, {{"nothing waits, in a dry run", "ab", .sent = ""}, .told = "aD+ bU", .dry = true, .hooked = ""}},
    };
    /* clang-format on */
    static struct step steps[2][PLAY_STEPS];
    char part[FV_PARTIAL_NAME];
    char unused[FV_PARTIAL_NAME];
    size_t wrong = 0;
    (void)state;
    fv_state_names(FV_SLICE("o/s/d/a"), part, unused);
    for (size_t i = 0; i < COUNT(cases); i++) {
        const struct row *row = &cases[i].row;
        size_t n = 0;
        play_open(&first.play);
        be_another_portal(&first, steps[0]);
        P.portal.steps = steps[0];
        wrong += is_wrong(&first, sync_once(&first));
        fv_sim_drop(&P.sim, "o/s/d/a");
        if (cases[i].part != NULL) {
            fv_sim_put(&P.sim, part, cases[i].part, strlen(cases[i].part), 0);
        }
        P.play = &row->play;
        be_another_portal(row, steps[1]);
        P.portal.steps = steps[1];
        memset(P.portal.used, 0, sizeof P.portal.used);
        P.portal.begun = 0;
        bool differs = is_wrong(row, sync_once(row));
        wrong += play_is_wrong(&row->play) || differs;
        bool there = fv_sim_get(&P.sim, "o/s/d/a", &n) != NULL;
        bool waits = fv_sim_get(&P.sim, part, &n) != NULL;
        assert_int_equal(there, strstr(row->told, "aS") == NULL && !row->dry);
        assert_int_equal(waits, row->dry && cases[i].part != NULL);
        play_close();
    }
    assert_int_equal(wrong, 0);
}

static void told_once(enum fv_err err)
{
    size_t files = S.told[0] != '\0' ? 1 : 0;
    const char *first = strchr(S.told, '!');
    for (const char *p = strchr(S.told, ' '); p != NULL; p = strchr(p + 1, ' ')) {
        files++;
    }
    if (first != NULL) {
        assert_null(strchr(first + 1, '!'));
        assert_int_equal(err, FV_E_READONLY);
        assert_int_equal(files + S.summary.unattempted, S.files);
    }
}

/* Storage that accepts no more data ends the run with the first file that meets it, whatever
 * happened to that file before. */
static void test_read_only_from_then_on(void **state)
{
    /* clang-format off */
    static const struct row row = {{"read-only", "abc", {{"/a", 503}, OK3("/a"), {"/b", 503}, OK3("/b"), OK3("/c")}, .pipeline = 1, .retries = 1}};
    /* clang-format on */
    static struct step steps[PLAY_STEPS];
    (void)state;
    for (uint64_t at = 1;; at++) {
        play_open(&row.play);
        be_another_portal(&row, steps);
        P.portal.steps = steps;
        P.sim.fault = (struct fv_sim_fault){.at = at, .stays = true, .storage = FV_E_READONLY};
        enum fv_err err = sync_once(&row);
        bool fired = P.sim.fired > 0;
        told_once(err);
        P.sim.fault.at = 0;
        play_close();
        if (!fired) {
            return;
        }
    }
}

/* The same while the plan is compared with what is there. */
static void test_read_only_where_all_is_there(void **state)
{
    /* clang-format off */
    static const struct row row = {{"read-only", "abc", {OK3("/a"), OK3("/b"), OK3("/c")}}, .hooked = ""};
    /* clang-format on */
    static struct step steps[PLAY_STEPS];
    (void)state;
    for (uint64_t at = 1;; at++) {
        play_open(&row.play);
        be_another_portal(&row, steps);
        P.portal.steps = steps;
        assert_int_equal(sync_once(&row), FV_OK);
        uint64_t begun = P.sim.ops;
        P.sim.fault =
            (struct fv_sim_fault){.at = begun + at, .stays = true, .storage = FV_E_READONLY};
        uint64_t before = P.sim.fired;
        enum fv_err err = sync_once(&row);
        bool fired = P.sim.fired > before;
        told_once(err);
        P.sim.fault.at = 0;
        play_close();
        if (!fired) {
            return;
        }
    }
}

/* The power fails anywhere in a run without a hook: the next run's hook gets each file that was
 * not there before. */
static void test_the_power_goes_before_there_is_a_hook(void **state)
{
    /* clang-format off */
    static const struct row rows_[] = {
        {{"without", "ab", {{"/a", 200, "123", .for_ever = true}, {"/b", 200, "123", .for_ever = true}}, .pipeline = 1}},
        {{"with a hook", "ab", {{"/a", 200, "123", .for_ever = true}, {"/b", 200, "123", .for_ever = true}}, .pipeline = 1}, .hooked = ""},
    };
    /* clang-format on */
    static struct step steps[PLAY_STEPS];
    bool dark = true;
    (void)state;
    for (uint64_t cut = 1; dark; cut++) {
        char wanted[16] = "";
        size_t n = 0;
        play_open(&rows_[0].play);
        be_another_portal(&rows_[0], steps);
        P.portal.steps = steps;
        P.sim.cut_at = cut;
        enum fv_err err = sync_once(&rows_[0]);
        dark = fv_sim_dark(&P.sim);
        assert_true(dark || err == FV_OK);
        fv_sim_power_cut(&P.sim);
        P.sim.cut_at = 0;
        for (unsigned i = 0; i < 2; i++) {
            if (fv_sim_get(&P.sim, i == 0 ? "o/s/d/a" : "o/s/d/b", &n) == NULL) {
                play_note(wanted, sizeof wanted, "%c", 'a' + (int)i);
            }
        }
        assert_int_equal(sync_once(&rows_[1]), FV_OK);
        assert_string_equal(S.hooked, wanted);
        play_close();
    }
}

/* Several scopes are calls of one client: a file that one of them did not attempt is not left to
 * the next one. */
static void test_one_call_after_another(void **state)
{
    /* clang-format off */
    static const struct row row = {{"calls", "abc", {{"/a", 401}, OK3("/b"), OK3("/c"), OK3("/a"), {"/b", 200, "123"}, {"/c", 200, "123"}}}};
    /* clang-format on */
    static struct step steps[PLAY_STEPS];
    struct fv_client *c = malloc(fv_client_size(1));
    (void)state;
    play_open(&row.play);
    be_another_portal(&row, steps);
    P.portal.steps = steps;
    S.row = &row;
    S.told[0] = '\0';
    fv_settings_init(&S.settings);
    S.settings.endpoint = FV_SLICE("https://p");
    S.events.file = told;
    S.events.progress = NULL;
    assert_int_equal(fv_client_open(c, fv_client_size(1), &P.sim.port, &S.settings, &S.events, &c),
                     FV_OK);
    assert_int_equal(fv_sync(c, FV_SLICE("o")), FV_E_AUTH);
    assert_int_equal(fv_client_summary(c)->unattempted, 2);
    assert_int_equal(fv_sync(c, FV_SLICE("o")), FV_OK);
    assert_int_equal(fv_client_summary(c)->unattempted, 0);
    assert_int_equal(fv_client_summary(c)->downloaded, 3);
    assert_string_equal(S.told, "a!30 aD bD cD");
    assert_int_equal(c->files_done, 3); /* as progress shows it */
    assert_int_equal(c->files_seen, 3);
    fv_client_close(c);
    free(c);
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sync),
        cmocka_unit_test(test_connections_at_the_same_time),
        cmocka_unit_test(test_sync_again),
        cmocka_unit_test(test_a_file_that_the_ledger_knows_is_not_there),
        cmocka_unit_test(test_read_only_from_then_on),
        cmocka_unit_test(test_read_only_where_all_is_there),
        cmocka_unit_test(test_the_power_goes_before_there_is_a_hook),
        cmocka_unit_test(test_one_call_after_another),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
