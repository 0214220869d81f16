/* SPDX-License-Identifier: MIT */
/* A client: which settings it accepts, what it does with them, and what one call leaves for the
 * next. */
#include "client/client.h"
#include "play.h"

#define LIST "/api_file/v1/o/"
#define ENTRY                                                                                      \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\","               \
    "\"file_name\":\"f\",\"file_last_modified_date\":\"2024-01-01T00:00:09Z\","                    \
    "\"url\":\"http://p/f\"}"
#define PIN "sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
#define LONG                                                                                       \
    "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define TEN_LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG LONG
#define TOO_LONG TEN_LONG TEN_LONG TEN_LONG

static_assert(sizeof(TOO_LONG) > FV_CAP_SECRET + 1, "no secret");

static struct {
    struct fv_settings settings;
    struct fv_events events;
    struct fv_client *client;
    void *memory;
    unsigned listed;
} C;

static enum fv_err listed(void *ctx, const struct fv_listed *entry)
{
    (void)ctx;
    assert_true(fv_slice_eq(entry->name, FV_SLICE("f")));
    C.listed++;
    return FV_OK;
}

static void open_world(const struct play *play)
{
    play_open(play);
    memset(&C, 0, sizeof C);
    fv_settings_init(&C.settings);
    C.settings.endpoint = FV_SLICE("https://p");
    C.settings.retries = play->retries;
    C.events.listed = listed;
}

static enum fv_err open_client(void)
{
    size_t size = fv_client_size(C.settings.jobs);
    C.memory = malloc(size);
    memset(C.memory, 0xA5, size);
    return fv_client_open(C.memory, size, &P.sim.port, &C.settings, &C.events, &C.client);
}

static void close_world(void)
{
    fv_client_close(C.client);
    free(C.memory);
    play_close();
}

/* clang-format off */
static const struct {
    const char *endpoint, *user, *password, *pins, *proxy, *proxy_user, *proxy_password, *glob;
    enum fv_err err;
    const char *fault;
} settings[] = {
    {"https://p", .err = FV_OK},
    {"https://p/a/", .err = FV_OK},
    {"https://p/a?b", .err = FV_E_USAGE, .fault = "endpoint: only a https:// URL will do"},
    {"http://p", .err = FV_E_USAGE, .fault = "endpoint: only a https:// URL will do"},
    {"", .err = FV_E_USAGE, .fault = "endpoint: only a https:// URL will do"},
    {"https://", .err = FV_E_USAGE, .fault = "endpoint: only a https:// URL will do"},
    {"https://p", "u", "p", .err = FV_OK},
    {"https://p", "u:v", "p", .err = FV_E_USAGE, .fault = "user or password"},
    {"https://p", "u", TOO_LONG, .err = FV_E_CAPACITY, .fault = "user or password"},
    {"https://p", .pins = PIN ";" PIN, .err = FV_OK},
    {"https://p", .pins = PIN "    ", .err = FV_E_USAGE, .fault = "pinnedpubkey"},
    {"https://p", .pins = "sha256//AA==", .err = FV_E_USAGE, .fault = "pinnedpubkey"},
    {"https://p", .proxy = "http://q:3128", .err = FV_OK},
    {"https://p", .proxy = "http://q:3128", .proxy_user = "u", .proxy_password = "p", .err = FV_OK},
    {"https://p", .proxy = "http://q:3128", .proxy_user = "u:v", .err = FV_E_USAGE, .fault = "proxy user or password"},
    {"https://p", .proxy = "https://q:3128", .err = FV_E_USAGE, .fault = "proxy: only http://HOST:PORT will do"},
    {"https://p", .proxy = "q:3128", .err = FV_E_USAGE, .fault = "proxy: only http://HOST:PORT will do"},
    {"https://p", .glob = "*.csv", .err = FV_OK},
    {"https://p", .glob = "[", .err = FV_E_USAGE, .fault = "["},
};
/* clang-format on */

static struct fv_slice slice(const char *text)
{
    return text != NULL ? fv_slice_of(text) : FV_SLICE_NONE;
}

static void test_which_settings_are_taken(void **state)
{
    static const struct play play = {"settings", ""};
    (void)state;
    size_t wrong = 0;
    for (size_t i = 0; i < COUNT(settings); i++) {
        open_world(&play);
        C.settings.endpoint = slice(settings[i].endpoint);
        C.settings.user = slice(settings[i].user);
        C.settings.password = slice(settings[i].password);
        C.settings.pins = slice(settings[i].pins);
        C.settings.proxy = slice(settings[i].proxy);
        C.settings.proxy_user = slice(settings[i].proxy_user);
        C.settings.proxy_password = slice(settings[i].proxy_password);
        C.settings.patterns[0] = (struct fv_pattern){FV_SLICE("ok"), true};
        C.settings.patterns[1] = (struct fv_pattern){slice(settings[i].glob), true};
        C.settings.pattern_count = settings[i].glob != NULL ? 2 : 0;
        enum fv_err err = open_client();
        const struct fv_fault *fault = fv_client_fault(C.client);
        if (err != settings[i].err || fault->err != err || fault->native != 0 ||
            strcmp(fault->subject, settings[i].fault ? settings[i].fault : "") != 0) {
            print_error("%zu: %d, %s\n", i, err, fault->subject);
            wrong++;
        }
        close_world();
    }
    assert_int_equal(wrong, 0);
}

static enum fv_err no_bundle(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx, (void)offset, (void)p, (void)n, (void)got;
    return FV_E_STORAGE;
}

/* What the connections are told. */
static void test_settings_of_the_network(void **state)
{
    static const struct play play = {"network", ""};
    (void)state;
    open_world(&play);
    C.settings.ca_ctx = &C;
    C.settings.ca_read = no_bundle;
    C.settings.ca_name = FV_SLICE("roots.pem");
    C.settings.connect_timeout_ms = 123;
    C.settings.stall_timeout_ms = 456;
    C.settings.pins = FV_SLICE(PIN ";" PIN);
    C.settings.rate_limit = 789;
    C.settings.proxy = FV_SLICE("http://q:3128");
    assert_int_equal(open_client(), FV_OK);
    const struct fv_net_config *net = &C.client->net;
    assert_true(net->port == &P.sim.port && net->trust.read == no_bundle && net->trust.ctx == &C);
    assert_true(fv_slice_eq(net->trust.name, FV_SLICE("roots.pem")));
    assert_int_equal(net->connect_timeout_ms, 123);
    assert_int_equal(net->stall_timeout_ms, 456);
    assert_int_equal(net->pin_count, 2);
    assert_true(net->proxy && net->proxy_url.port == 3128);
    assert_int_equal(net->proxy_authorization.len, 0);
    assert_int_equal(C.client->shared.authorization.len, 0);
    assert_int_equal(C.client->shared.limit.bytes_per_s, 789);
    close_world();
}

static void test_memory_that_does_not_do(void **state)
{
    static const struct play play = {"memory", ""};
    static max_align_t room[(1u << 20) / sizeof(max_align_t)];
    (void)state;
    size_t one = fv_client_size(1);
    assert_true(one < sizeof room);
    assert_int_equal(fv_client_size(0), one);
    assert_int_equal(fv_client_size(3) - one, 2 * (fv_client_size(2) - one));
    assert_int_equal(fv_client_size(FV_CAP_JOBS + 1), fv_client_size(FV_CAP_JOBS));
    assert_true(fv_client_size(FV_CAP_JOBS) > fv_client_size(FV_CAP_JOBS - 1));
    open_world(&play);
    C.client = NULL;
    uint8_t *p = (uint8_t *)room;
    assert_int_equal(fv_client_open(p, one - 1, &P.sim.port, &C.settings, &C.events, &C.client),
                     FV_E_MEMORY);
    assert_int_equal(fv_client_open(p + 1, one, &P.sim.port, &C.settings, &C.events, &C.client),
                     FV_E_MEMORY);
    assert_null(C.client);
    assert_int_equal(fv_client_open(p, one, &P.sim.port, &C.settings, &C.events, &C.client), FV_OK);
    close_world();
}

static void test_defaults(void **state)
{
    struct fv_settings s;
    (void)state;
    memset(&s, 0xA5, sizeof s);
    fv_settings_init(&s);
    assert_true(
        fv_slice_eq(s.endpoint, FV_SLICE("https://download.flux-vision.orange-business.com")));
    assert_int_equal(s.connect_timeout_ms, 10000);
    assert_int_equal(s.stall_timeout_ms, 30000);
    assert_int_equal(s.retries, 5);
    assert_int_equal(s.jobs, 1);
    assert_true(s.since_us == INT64_MIN && s.until_us == INT64_MAX);
    assert_false(s.prune || s.dry_run || s.once || s.limit_deletes || s.local_paths);
}

/* What the portal is sent of credentials, and its proxy. */
static void test_credentials_are_sent(void **state)
{
    /* clang-format off */
    static const struct play plays[] = {
        {"portal", "", {{"/a" LIST, 200, "[" ENTRY "]"}}, .json = true},
        {"proxy", "", {{"p:443", .status = 0}, {"/a" LIST, 200, "[" ENTRY "]"}}, .proxy = true, .json = true},
    };
    /* clang-format on */
    (void)state;
    for (size_t i = 0; i < COUNT(plays); i++) {
        open_world(&plays[i]);
        C.settings.endpoint = FV_SLICE("https://p/a"); /* the origin of which counts */
        C.settings.user = FV_SLICE("Aladdin");
        C.settings.password = FV_SLICE("open sesame");
        C.settings.proxy = i == 1 ? FV_SLICE("http://p:3128") : FV_SLICE_NONE;
        C.settings.proxy_user = FV_SLICE("u");
        C.settings.proxy_password = FV_SLICE("p");
        assert_int_equal(open_client(), FV_OK);
        assert_int_equal(fv_list(C.client, FV_SLICE("o")), FV_OK);
        assert_non_null(strstr(P.portal.lines[0].request,
                               "Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n"));
        assert_int_equal(P.keyed_proxy, i == 1);
        assert_int_equal(C.listed, 1);
        /* Nothing of it is left in memory. */
        fv_client_close(C.client);
        for (size_t k = 0; k + 6 < fv_client_size(1); k++) {
            assert_memory_not_equal((char *)C.memory + k, "QWxhZG", 6);
            assert_memory_not_equal((char *)C.memory + k, "c dTpw", 6);
        }
        close_world();
    }
}

/* clang-format off */
static const struct {
    struct play play;
    uint64_t max_ms;
    enum fv_sim_manner manner;
    enum fv_err err;
    const char *fault;
    int64_t took_ms;
} times[] = {
    {{"no connection", ""}, 0, FV_SIM_SILENT, FV_E_TIMEOUT, "p", 10000},
    {{"no response", "", {{LIST, .silent = true}}}, 0, FV_SIM_ACCEPT, FV_E_TIMEOUT, "p", 30000},
    {{"no connection in time", ""}, 7000, FV_SIM_SILENT, FV_E_TIMEOUT, "p", 7000},
    {{"no response in time", "", {{LIST, .silent = true}}}, 7000, FV_SIM_ACCEPT, FV_E_TIMEOUT, "p", 7000},
    {{"just in time", "", {{LIST, 200, "[]", .wait_ms = 6999}}}, 7000, FV_SIM_ACCEPT, FV_OK, "", 6999},
    {{"a time beyond all", "", {{LIST, 200, "[]", .wait_ms = 6999}}}, UINT64_MAX, FV_SIM_ACCEPT, FV_OK, "", 6999},
    {{"a time that the clock does not hold", "", {{LIST, 200, "[]"}}}, INT64_MAX / 1000 + 1, FV_SIM_ACCEPT, FV_OK, "", 0},
};
/* clang-format on */

static void test_times(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(times); i++) {
        open_world(&times[i].play);
        P.portal.peer.manner = times[i].manner;
        C.settings.max_time_ms = times[i].max_ms;
        assert_int_equal(open_client(), FV_OK);
        assert_int_equal(fv_list(C.client, FV_SLICE("o")), times[i].err);
        assert_string_equal(fv_client_fault(C.client)->subject, times[i].fault);
        assert_int_equal(fv_client_summary(C.client)->elapsed_us, times[i].took_ms * 1000);
        close_world();
    }
}

/* Fault, counters and the time that is allowed are of each call. */
static void test_one_call_after_another(void **state)
{
    /* clang-format off */
    static const struct play play = {"calls", "", {{LIST, 404, .wait_ms = 3000}, {LIST, 200, "[" ENTRY "," ENTRY "]", .wait_ms = 2000}}};
    /* clang-format on */
    (void)state;
    open_world(&play);
    C.settings.max_time_ms = 4000;
    assert_int_equal(open_client(), FV_OK);
    const struct fv_fault *fault = fv_client_fault(C.client);
    const struct fv_summary *summary = fv_client_summary(C.client);
    assert_int_equal(fv_list(C.client, FV_SLICE("o")), FV_E_NO_SCOPE);
    assert_int_equal(fault->err, FV_E_NO_SCOPE);
    assert_int_equal(fault->native, 404);
    assert_string_equal(fault->subject, "o");
    assert_int_equal(summary->elapsed_us, 3000000);
    assert_int_equal(summary->requests, 1);
    assert_int_equal(summary->listed, 0);
    assert_int_equal(fv_list(C.client, FV_SLICE("o")), FV_OK);
    assert_int_equal(fault->err, FV_OK);
    assert_string_equal(fault->subject, "");
    assert_int_equal(summary->elapsed_us, 2000000);
    assert_int_equal(summary->requests, 1);
    assert_int_equal(summary->listed, 2);
    close_world();
}

/* The latest time that the portal said in this call; what it redirects to has no say. */
static void test_date_of_the_portal(void **state)
{
#define SAID(time) "Date: Thu, 01 Jan 1970 " time " GMT\r\n"
    /* clang-format off */
    static const struct play play = {"date", "",
        {{LIST, 503, "", SAID("00:00:09")}, {LIST, 200, "[]", SAID("00:00:07")}, {LIST, 200, "[]"}, {LIST, 302, "", SAID("00:00:05") "Location: https://s/x\r\n"}},
        {{"/x", 200, "[]", SAID("00:00:08")}}, .retries = 1};
    /* clang-format on */
    static const int64_t said_s[] = {9, 0, 5};
    (void)state;
    open_world(&play);
    assert_int_equal(open_client(), FV_OK);
    for (size_t i = 0; i < sizeof said_s / sizeof said_s[0]; i++) {
        assert_int_equal(fv_list(C.client, FV_SLICE("o")), FV_OK);
        assert_int_equal(fv_client_summary(C.client)->date_us, said_s[i] * 1000000);
    }
    close_world();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_settings_are_taken),
        cmocka_unit_test(test_settings_of_the_network),
        cmocka_unit_test(test_memory_that_does_not_do),
        cmocka_unit_test(test_defaults),
        cmocka_unit_test(test_credentials_are_sent),
        cmocka_unit_test(test_times),
        cmocka_unit_test(test_one_call_after_another),
        cmocka_unit_test(test_date_of_the_portal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
