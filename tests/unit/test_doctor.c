/* SPDX-License-Identifier: MIT */
/* doctor: which step is reported, with which result and which facts, and that nothing stays on
 * storage. The whole client, on simulated servers. */
#include "client/client.h"
#include "client/doctor.h"
#include "play.h"

#define ENTRY(name)                                                                                \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_name\":" \
    "\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:01Z\",\"url\":\"http://p/" name   \
    "\"}"
#define LIST "/api_file/v1/o/"
#define LISTED                                                                                     \
    {                                                                                              \
        LIST, 200, "[" ENTRY("a") "]"                                                              \
    }
#define DATE "Date: Thu, 01 Jan 2060 00:00:00 GMT\r\n"
#define TAG "ETag: \"t\"\r\n"
#define PART                                                                                       \
    {                                                                                              \
        "/a", 206, .size = 9, .fields = TAG "Content-Range: bytes 1-9/10\r\n"                      \
    }
#define LAST                                                                                       \
    {                                                                                              \
        "/a", 206, .size = 1, .fields = TAG "Content-Range: bytes 9-9/10\r\n"                      \
    }
#define WAY "clock+ name+ addresses+ proxy+ tls+"
#define ALL WAY " credentials+ listing+ ranges+ pipelining+"

/* When now_us is 0, which is a second before the runs begin: 2060, later than any build. */
#define WALL_US INT64_C(2840140799000000)

struct row {
    struct play play;
    const char *scope;
    const char *told; /* each step with + (ok), ~ (warning), ! (failure), ? (not checked) */
    enum fv_err first;
    bool dir, used; /* used: .fluxvision is there */
    bool lost;      /* the portal's name is not known */
    int64_t wall_us;
    uint64_t min_free;
    uint32_t pipeline;
    uint64_t entries, unusable, size;
    size_t responses;
    int ahead_s;
};

/* clang-format off */
static const struct row rows[] = {
    {{"no org", "", .sent = ""}, "", WAY " credentials? listing? ranges? pipelining? directory?"},
    {{"no org, but a directory", "", .sent = ""}, "", WAY " credentials? listing? ranges? pipelining? directory+", .dir = true},
    {{"all", "", {LISTED, PART, LAST, LAST, LAST}, .sent = "p3" LIST "- p3/a-@1 p4/a-@9 p4/a-@9 p4/a-@9"}, "o", ALL " directory+", .dir = true, .entries = 1, .size = 10, .responses = 3},
    {{"a directory that was used", "", {LISTED, PART, LAST, LAST, LAST}}, "o", ALL " directory+", .dir = true, .used = true, .entries = 1, .size = 10, .responses = 3},
    {{"a clock that is not set", "", {LISTED, PART, LAST, LAST, LAST}}, "o", "clock! name+ addresses+ proxy+ tls+ credentials+ listing+ ranges+ pipelining+ directory?", FV_E_TLS_TIME, .wall_us = INT64_MIN, .entries = 1, .size = 10, .responses = 3},
    {{"a clock of 1970", ""}, "", "clock! name+ addresses+ proxy+ tls+ credentials? listing? ranges? pipelining? directory?", FV_E_TLS_TIME, .wall_us = 0},
    {{"the portal's clock", "", {{LIST, 200, "[]", DATE}}}, "o", WAY " credentials+ date+ listing~ directory?"},
    {{"an hour behind it", "", {{LIST, 200, "[]", "Date: Thu, 01 Jan 2060 01:00:00 GMT\r\n"}}}, "o", WAY " credentials+ date~ listing~ directory?", .ahead_s = -3600},
    {{"an hour ahead", "", {{LIST, 200, "[]", "Date: Wed, 31 Dec 2059 23:00:00 GMT\r\n"}}}, "o", WAY " credentials+ date~ listing~ directory?", .ahead_s = 3600},
    {{"no such name", ""}, "o", "clock+ name! directory+", FV_E_RESOLVE, .lost = true, .dir = true},
    {{"nobody listens", "", .most = 1}, "o", NULL, FV_E_CONNECT},
    {{"401", "", {{LIST, 401}}}, "o", WAY " credentials! directory?", FV_E_AUTH},
    {{"403", "", {{LIST, 403}}}, "o", WAY " credentials! directory+", FV_E_FORBIDDEN, .dir = true},
    {{"403 of a target", "", {{LIST, 302, "", "Location: https://s/x\r\n"}}, {{"/x", 403}}}, "o", WAY " credentials+ listing! directory?", FV_E_FORBIDDEN},
    {{"404", "", {{LIST, 404}}}, "o", WAY " credentials+ listing! directory?", FV_E_NO_SCOPE},
    {{"nothing is repeated", "", {{LIST, 503}}}, "o", WAY " credentials+ listing! directory?", FV_E_HTTP_RETRY},
    {{"no response", "", {{LIST, .silent = true, .then = FV_SIM_RESET}}}, "o", WAY " listing! directory?", FV_E_RESET},
    {{"no listing", "", {{LIST, 200, "{}"}}}, "o", WAY " credentials+ listing! directory?", FV_E_JSON},
    {{"no scope", ""}, "o//", WAY " listing! directory?", FV_E_USAGE},
    {{"an entry that can't be used", "", {{LIST, 200, "[{}," ENTRY("a") ",{}]"}, PART, LAST, LAST, LAST}}, "o", WAY " credentials+ listing~ ranges+ pipelining+ directory?", .entries = 1, .unusable = 2, .size = 10, .responses = 3},
    {{"none that can", "", {{LIST, 200, "[{}]"}}}, "o", WAY " credentials+ listing! directory?", FV_E_ENTRY, .unusable = 1},
    {{"ranges are ignored", "", {{LIST, 200, "[" ENTRY("a") "]", .for_ever = true}, {"/a", 200, "0123456789", TAG}}}, "o", WAY " credentials+ listing+ ranges~ pipelining+ directory?", .entries = 1, .size = 10, .responses = 3},
    {{"a part of another length", "", {{LIST, 200, "[" ENTRY("a") "]", .for_ever = true}, {"/a", 206, .size = 4, .fields = TAG "Content-Range: bytes 1-4/10\r\n"}}}, "o", WAY " credentials+ listing+ ranges~ pipelining+ directory?", .entries = 1, .size = UINT64_MAX, .responses = 3},
    {{"no validator", "", {LISTED, {"/a", 206, .size = 9, .fields = "ETag: W/\"t\"\r\nContent-Range: bytes 1-9/10\r\n"}, LAST, LAST, LAST}}, "o", WAY " credentials+ listing+ ranges~ pipelining+ directory?", .entries = 1, .size = 10, .responses = 3},
    {{"an empty file", "", {{LIST, 200, "[" ENTRY("a") "]", .for_ever = true}, {"/a", 416, "", "Content-Range: bytes */0\r\n"}, {"/a", 200, "", TAG}}}, "o", WAY " credentials+ listing+ ranges~ pipelining+ directory?", .entries = 1, .size = 0, .responses = 3},
    {{"no such file", "", {LISTED, {"/a", 404}}}, "o", WAY " credentials+ listing+ ranges! directory?", FV_E_HTTP_STATUS, .entries = 1},
    {{"a file elsewhere", "", {LISTED, {"/a", 302, "", "Location: https://s/x\r\n", .for_ever = true}}, {{"/x", 206, .size = 9, .fields = TAG "Content-Range: bytes 1-9/10\r\n"}}}, "o", ALL " directory?", .entries = 1, .size = 10, .responses = 3},
    {{"no pipelining", "", {LISTED, PART, {"/a", 206, .size = 1, .fields = TAG "Content-Range: bytes 9-9/10\r\n", .then = FV_SIM_END}, LAST, LAST}}, "o", WAY " credentials+ listing+ ranges+ pipelining~ directory?", .entries = 1, .size = 10, .responses = 1},
    {{"pipelining switched off", "", {LISTED, PART}}, "o", ALL " directory?", .pipeline = 1, .entries = 1, .size = 10},
    {{"no space", "", {{LIST, 403}}}, "o", WAY " credentials! directory!", FV_E_FORBIDDEN, .dir = true, .min_free = UINT64_MAX},
};
/* clang-format on */

static struct {
    const struct row *row;
    struct fv_settings settings;
    struct fv_events events;
    struct fv_doctor doctor;
    char told[512];
    unsigned files;
} D;

static const char *const steps[] = {"settings",   "clock",  "name",        "addresses",
                                    "proxy",      "tls",    "credentials", "date",
                                    "listing",    "ranges", "pipelining",  "directory",
                                    "confinement"};

static void told(void *ctx, const struct fv_doctor *d)
{
    static const char marks[] = "+~!";
    (void)ctx;
    assert_true((d->result == FV_DOCTOR_FAIL) <= (d->fault.err != FV_OK));
    play_note(D.told, sizeof D.told, "%s%c", steps[d->step],
              d->unchecked && d->result == FV_DOCTOR_WARN ? '?' : marks[d->result]);
}

static void count_file(void *arg, const char *path)
{
    (void)arg;
    D.files += strcmp(path, ".fluxvision/lock") != 0 || !D.row->used;
}

/* What was found, with the client closed again. */
static enum fv_err diagnose(const struct row *row)
{
    struct fv_client *c = NULL;
    size_t size = fv_client_size(1);
    void *memory = malloc(size);
    memset(&D, 0, sizeof D);
    D.row = row;
    fv_settings_init(&D.settings);
    D.settings.endpoint = fv_slice_of(row->lost ? "https://x" : "https://p");
    D.settings.retries = 0;
    D.settings.min_free = row->min_free;
    D.settings.pipeline = row->pipeline > 0 ? row->pipeline : 8;
    P.sim.port.storage = row->dir ? &P.sim.storage : NULL;
    assert_int_equal(fv_client_open(memory, size, &P.sim.port, &D.settings, &D.events, &c), FV_OK);
    D.doctor.told = told;
    enum fv_err err = fv_doctor_run(&D.doctor, c, fv_slice_of(row->scope));
    fv_client_close(c);
    free(memory);
    return err;
}

static void begin(const struct row *row)
{
    play_open(&row->play);
    P.sim.wall_us = row->wall_us != 0 || strstr(row->play.title, "1970") ? row->wall_us : WALL_US;
    if (row->used) {
        fv_sim_put(&P.sim, ".fluxvision/lock", "", 0, 0);
    }
    if (strcmp(row->play.title, "nobody listens") == 0) {
        P.portal.peer.manner = FV_SIM_REFUSE;
    }
}

static void test_steps(void **state)
{
    size_t wrong = 0;
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        const struct row *row = &rows[i];
        const struct fv_doctor *d = &D.doctor;
        begin(row);
        enum fv_err err = diagnose(row);
        bool is_wrong = play_differs("told", row->told, D.told);
        fv_sim_each(&P.sim, count_file, NULL);
        if (err != row->first || d->first != err || d->entries != row->entries ||
            d->unusable != row->unusable || d->size != row->size ||
            d->responses != row->responses || d->ahead_us / 1000000 != row->ahead_s ||
            D.files > 0) {
            print_error("%s: %d, %d entries, %d unusable, %d bytes, %d responses, %d s, %u files\n",
                        row->play.title, err, (int)d->entries, (int)d->unusable, (int)d->size,
                        (int)d->responses, (int)(d->ahead_us / 1000000), D.files);
            is_wrong = true;
        }
        wrong += play_is_wrong(&row->play) || is_wrong;
        play_close();
    }
    assert_int_equal(wrong, 0);
}

/* Each operation fails, once or from then on: a step reports it, or it had no effect, and
 * nothing stays that could be removed. */
static void test_an_operation_fails(void **state)
{
    (void)state;
    for (unsigned stays = 0; stays < 2; stays++) {
        bool fired = true;
        for (uint64_t at = 1; fired; at++) {
            const struct row row = {{"fails",
                                     "",
                                     {{LIST, 200, "[" ENTRY("a") "]", .for_ever = true},
                                      {"/a", 200, "0123456789", TAG, .for_ever = true}}},
                                    "o",
                                    .dir = true};
            begin(&row);
            P.sim.fault = (struct fv_sim_fault){at, stays, FV_E_STORAGE, FV_E_NETWORK};
            enum fv_err err = diagnose(&row);
            fired = P.sim.fired > 0;
            assert_true(err == D.doctor.first && (fired || err == FV_OK));
            assert_non_null(strstr(D.told, "clock+"));
            assert_int_equal(strstr(D.told, "!") != NULL, err != FV_OK);
            fv_sim_each(&P.sim, count_file, NULL);
            assert_true(fired || D.files == 0);
            play_close();
        }
    }
}

/* At each operation: the doctor ends at once, and takes away what it has made. */
static void test_the_user_stops(void **state)
{
    bool stopped = true;
    (void)state;
    for (uint64_t at = 1; stopped; at++) {
        const struct row row = {{"stops",
                                 "",
                                 {{LIST, 200, "[" ENTRY("a") "]", .for_ever = true},
                                  {"/a", 200, "0123456789", TAG, .for_ever = true}}},
                                "o",
                                .dir = true};
        begin(&row);
        P.sim.cancel_at = at;
        enum fv_err err = diagnose(&row);
        stopped = P.sim.ops >= at;
        if (err != FV_OK && (!stopped || err != FV_E_CANCELLED)) {
            fail_msg("operation %u: %d, %s", (unsigned)at, err, D.told);
        }
        assert_null(strstr(D.told, "!"));
        fv_sim_each(&P.sim, count_file, NULL);
        assert_int_equal(D.files, 0);
        play_close();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_steps),
        cmocka_unit_test(test_an_operation_fails),
        cmocka_unit_test(test_the_user_stops),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
