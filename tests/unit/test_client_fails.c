/* SPDX-License-Identifier: MIT */
/* Each operation of storage and network fails, once or from then on: the command reports the
 * error, its native code and what it concerns, and each file is accounted for. The whole client,
 * on simulated servers. */
#include "client/client.h"
#include "play.h"

#define LIST "/api_file/v1/o/"
#define ENTRY(name, second, url)                                                                   \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_name\":" \
    "\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:0" second                         \
    "Z\",\"url\":\"http://p/" url "\"}"

/* clang-format off */
/* Two files want one path, and one is listed twice. */
static const struct play play = {"fails", "", {
    {LIST, 200, "[" ENTRY("a", "1", "a") "," ENTRY("b", "2", "b") "," ENTRY("b", "3", "c") "," ENTRY("a", "1", "a") "]", .for_ever = true},
    {"/a", 200, "123", .for_ever = true}, {"/b", 200, .size = 3 * FV_CAP_READ, .for_ever = true}, {"/c", 200, "", .for_ever = true}}};

/* The second listing is shorter. */
static const struct play shorter = {"shorter", "", {
    {LIST, 200, "[" ENTRY("a", "1", "a") "," ENTRY("b", "2", "b") "," ENTRY("c", "3", "c") "]"}, {LIST, 200, "[" ENTRY("a", "1", "a") "]", .for_ever = true},
    {"/a", 200, "123", .for_ever = true}, {"/b", 200, .size = 3 * FV_CAP_READ, .for_ever = true}, {"/c", 200, "", .for_ever = true}}};

enum command { PRUNE, SYNC, SYNC_AGAIN, SYNC_DRY, LIST_PATHS, LIST_LATEST, VERIFY, VERIFY_LEDGER };

static const struct {
    const char *title;
    enum command command;
    const char *told; /* where nothing fails */
    /* of 100 failures of storage, at least this many are reported with code and path, apart from
     * those of the plan */
    unsigned said;
} commands[] = {
    {"sync", SYNC, "aD bD bD", 70},
    {"sync again", SYNC_AGAIN, "aU bU bU", 40},
    {"prune", PRUNE, "aU bX cX", 40},
    {"a dry run", SYNC_DRY, "aD bD bD", 5},
    {"list", LIST_PATHS, "a b b a", 0},
    {"the latest", LIST_LATEST, "b", 0},
    {"verify", VERIFY, "aU bU bU", 10},
    {"the ledger", VERIFY_LEDGER, "aU bU bU", 30},
};
/* clang-format on */

static struct {
    struct fv_settings settings;
    struct fv_events events;
    struct fv_client *client;
    void *memory;
    char told[256];
    unsigned failed;     /* files */
    unsigned ends, said; /* runs that ended with the failure, and said so with code and path */
} F;

static void told(void *ctx, const struct fv_file *f)
{
    static const char letters[] = "DRUSX!";
    (void)ctx;
    play_note(F.told, sizeof F.told, "%c%c", f->path.len > 6 ? f->path.ptr[6] : '?',
              letters[f->status]);
    F.failed += f->status == FV_FAILED;
    assert_int_equal(f->status == FV_FAILED, f->fault != NULL);
}

static enum fv_err listed(void *ctx, const struct fv_listed *l)
{
    (void)ctx;
    play_note(F.told, sizeof F.told, "%.*s", (int)l->name.len, l->name.ptr);
    assert_true(l->path.len > 6);
    return FV_OK;
}

static void open_client(enum command command)
{
    F.told[0] = '\0';
    F.failed = 0;
    fv_settings_init(&F.settings);
    F.settings.endpoint = FV_SLICE("https://p");
    F.settings.retries = 0;
    F.settings.prune = command == PRUNE;
    F.settings.dry_run = command == SYNC_DRY;
    F.settings.local_paths = true;
    F.settings.latest = command == LIST_LATEST ? 1 : 0;
    F.events.file = told;
    F.events.listed = listed;
    P.sim.port.scratch = &P.sim.storage;
    size_t size = fv_client_size(1);
    F.memory = malloc(size);
    assert_int_equal(fv_client_open(F.memory, size, &P.sim.port, &F.settings, &F.events, &F.client),
                     FV_OK);
}

static void close_client(void)
{
    fv_client_close(F.client);
    free(F.memory);
}

static enum fv_err run(enum command command)
{
    switch (command) {
    case LIST_PATHS:
    case LIST_LATEST:
        return fv_list(F.client, FV_SLICE("o"));
    case VERIFY:
    case VERIFY_LEDGER:
        return fv_verify(F.client, command == VERIFY_LEDGER);
    default:
        return fv_sync(F.client, FV_SLICE("o"));
    }
}

static void complain(size_t i, uint64_t at, enum fv_err err, const char *what)
{
    const struct fv_fault *f = fv_client_fault(F.client);
    print_error("%s, operation %u: %s: %d (%d, native %d, %s), told %s\n", commands[i].title,
                (unsigned)at, what, err, f->err, (int)f->native, f->subject, F.told);
    fail();
}

static void check(size_t i, uint64_t at, enum fv_err err, enum fv_err native)
{
    const struct fv_fault *f = fv_client_fault(F.client);
    const struct fv_summary *s = fv_client_summary(F.client);
    if (f->err != err || (err == FV_OK && F.failed > 0)) {
        complain(i, at, err, "the fault is another one");
    }
    bool less = native == FV_E_DENIED && commands[i].command == PRUNE; /* what is closed stays */
    if (err == FV_OK && !less && strcmp(F.told, commands[i].told) != 0) {
        complain(i, at, err, "all is well, and something is missing");
    }
    if (native != FV_OK && err == native) {
        F.ends++;
        F.said += f->native == native && f->subject[0] != '\0';
    }
    if (s->failed != F.failed) {
        complain(i, at, err, "counted otherwise than told");
    }
}

/* Returns whether one failed. */
static bool fail_at(size_t i, uint64_t at, bool stays, enum fv_err storage, enum fv_err net)
{
    enum command command = commands[i].command;
    play_open(command == PRUNE ? &shorter : &play);
    if (command == SYNC_AGAIN || command == PRUNE || command == VERIFY ||
        command == VERIFY_LEDGER) {
        open_client(SYNC);
        assert_int_equal(run(SYNC), FV_OK);
        close_client();
    }
    open_client(command);
    P.sim.fault =
        (struct fv_sim_fault){.at = P.sim.ops + at, .stays = stays, .storage = storage, .net = net};
    uint64_t fired = P.sim.fired;
    enum fv_err err = run(command);
    bool failed = P.sim.fired > fired;
    bool over = P.sim.ops < P.sim.fault.at;
    check(i, at, err, failed ? (storage != FV_OK ? storage : net) : FV_OK);
    if (over && err != FV_OK) {
        complain(i, at, err, "nothing failed");
    }
    bool ended = err == storage || err == FV_OK; /* once all was done, as check() has seen */
    if (failed && storage == FV_E_MEDIUM && (!ended || F.failed > 1)) {
        complain(i, at, err, "the medium is gone, and it goes on");
    }
    P.sim.fault.at = 0;
    close_client();
    play_close();
    return !over;
}

static void fail_in_turn(size_t i, bool stays, enum fv_err storage, enum fv_err net)
{
    uint64_t at = 1;
    F.ends = F.said = 0;
    while (fail_at(i, at, stays, storage, net)) {
        at++;
    }
}

static void fail_each(bool stays, enum fv_err storage, enum fv_err net)
{
    for (size_t i = 0; i < COUNT(commands); i++) {
        fail_in_turn(i, stays, storage, net);
        assert_true(F.said * 100 >= F.ends * (net != FV_OK ? 100 : commands[i].said));
    }
}

static void test_an_operation_of_storage_fails(void **state)
{
    (void)state;
    fail_each(false, FV_E_STORAGE, FV_OK);
}

/* What prune may not look at stays, and is no failure. */
static void test_an_operation_of_prune_is_denied(void **state)
{
    (void)state;
    assert_int_equal(commands[2].command, PRUNE);
    fail_in_turn(2, false, FV_E_DENIED, FV_OK);
}

static void test_storage_fails_from_then_on(void **state)
{
    (void)state;
    fail_each(true, FV_E_STORAGE, FV_OK);
}

/* No other operation can succeed after that failure: not even one more file is tried. */
static void test_the_medium_is_gone_from_then_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(commands); i++) {
        fail_in_turn(i, true, FV_E_MEDIUM, FV_OK);
    }
}

static void test_an_operation_of_the_network_fails(void **state)
{
    (void)state;
    fail_each(false, FV_OK, FV_E_NETWORK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_operation_of_storage_fails),
        cmocka_unit_test(test_an_operation_of_prune_is_denied),
        cmocka_unit_test(test_storage_fails_from_then_on),
        cmocka_unit_test(test_the_medium_is_gone_from_then_on),
        cmocka_unit_test(test_an_operation_of_the_network_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
