/* SPDX-License-Identifier: MIT */
/* verify: every file of the ledger is read again, and differences are reported by name. The
 * whole client, on simulated servers. */
#include "client/client.h"
#include "play.h"

#define ENTRY(name)                                                                                \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",\"file_name\":" \
    "\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:01Z\",\"url\":\"http://p/" name   \
    "\"}"
#define SIZE (2 * FV_CAP_READ)

/* clang-format off */
static const struct play play = {"verify", "", {
    {"/api_file/v1/o/", 200, "[" ENTRY("a") "," ENTRY("b") "," ENTRY("c") "]"},
    {"/a", 200, .size = SIZE}, {"/b", 200}, {"/c", 200, "123"}}};
/* clang-format on */

static struct {
    struct fv_settings settings;
    struct fv_events events;
    struct fv_client *client;
    char told[256];
    unsigned stop_at; /* files told, after which the user asks to stop */
} V;

static void told(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    char name = f->path.ptr[6];
    assert_int_equal(f->modified_us, INT64_C(1704067201000000));
    assert_true(f->url.len == 11 && f->url.ptr[10] == name);
    if (f->status == FV_FAILED) {
        assert_true(f->fault->native == 0 || f->fault->err != FV_E_CHANGED);
        play_note(V.told, sizeof V.told, "%c!%d", name, -f->fault->err);
    } else {
        assert_int_equal(f->status, FV_UNCHANGED);
        assert_int_equal(f->size, name == 'a' ? SIZE : name == 'b' ? 0 : 3);
        assert_non_null(f->sha256);
        play_note(V.told, sizeof V.told, "%c", name);
    }
    P.sim.cancelled |= V.stop_at > 0 && --V.stop_at == 0;
}

static void ignore(void *ctx, const struct fv_file *f)
{
    (void)ctx, (void)f;
}

/* Three files of other sizes, fetched; the client stays open. */
static int setup(void **state)
{
    (void)state;
    play_open(&play);
    memset(&V, 0, sizeof V);
    fv_settings_init(&V.settings);
    V.settings.endpoint = FV_SLICE("https://p");
    V.events.file = ignore;
    size_t size = fv_client_size(1);
    V.client = malloc(size);
    P.sim.port.scratch = &P.sim.storage;
    assert_int_equal(fv_client_open(V.client, size, &P.sim.port, &V.settings, &V.events, &V.client),
                     FV_OK);
    assert_int_equal(fv_sync(V.client, FV_SLICE("o")), FV_OK);
    V.events.file = told;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    fv_client_close(V.client);
    free(V.client);
    play_close();
    return 0;
}

static void verify(bool list_only, enum fv_err want, const char *fault, const char *all)
{
    V.told[0] = '\0';
    enum fv_err err = fv_verify(V.client, list_only);
    const struct fv_fault *f = fv_client_fault(V.client);
    assert_string_equal(V.told, all);
    assert_int_equal(err, want);
    assert_int_equal(f->err, err);
    assert_string_equal(f->subject, fault);
}

static void test_nothing_has_changed(void **state)
{
    (void)state;
    verify(false, FV_OK, "", "a b c");
    assert_int_equal(fv_client_summary(V.client)->unchanged, 3);
    assert_int_equal(fv_client_summary(V.client)->failed, 0);
}

static void test_another_command_is_at_work(void **state)
{
    const struct fv_port_storage *io = &P.sim.storage;
    int lock = -1;
    (void)state;
    assert_int_equal(io->lock(io->ctx, FV_STORE_LOCK, &lock), FV_OK);
    verify(false, FV_E_BUSY, FV_STORE_LOCK, "");
    io->unlock(io->ctx, lock);
    verify(false, FV_OK, "", "a b c");
}

/* Each byte of a file, and of what it should be, counts. */
static void test_a_byte_has_changed(void **state)
{
    static const size_t offsets[] = {0, FV_CAP_READ - 1, FV_CAP_READ, SIZE - 1};
    (void)state;
    for (size_t i = 0; i < COUNT(offsets); i++) {
        fv_sim_spoil(&P.sim, "o/s/d/a", offsets[i], 'y');
        verify(false, FV_E_CHANGED, "o/s/d/a", "a!67 b c");
        fv_sim_spoil(&P.sim, "o/s/d/a", offsets[i], 'x');
        verify(false, FV_OK, "", "a b c");
    }
    fv_sim_spoil(&P.sim, "o/s/d/a", 5, 'y');
    fv_sim_spoil(&P.sim, "o/s/d/c", 0, 'y');
    verify(false, FV_E_CHANGED, "o/s/d/a", "a!67 b c!67");
    assert_int_equal(fv_client_summary(V.client)->failed, 2);
}

static void test_another_size(void **state)
{
    (void)state;
    fv_sim_put(&P.sim, "o/s/d/b", "1", 1, 0);
    fv_sim_put(&P.sim, "o/s/d/c", "12", 2, 0);
    verify(false, FV_E_CHANGED, "o/s/d/b", "a b!67 c!67");
}

static void test_a_file_is_gone(void **state)
{
    (void)state;
    fv_sim_drop(&P.sim, "o/s/d/b");
    verify(false, FV_E_NOT_FOUND, "o/s/d/b", "a b!64 c");
}

/* A commit was cut short: what waits for its name is as fetched, if it is that, byte for byte. */
static void test_a_file_waits_for_its_name(void **state)
{
    static const struct {
        const char *content;
        const char *all;
    } cases[] = {{"123", "a b"}, {"12x", "a b c!64"}, {"12", "a b c!64"}, {"1234", "a b c!64"}};
    char part[FV_PARTIAL_NAME];
    char unused[FV_PARTIAL_NAME];
    (void)state;
    fv_state_names(FV_SLICE("o/s/d/c"), part, unused);
    fv_sim_drop(&P.sim, "o/s/d/c");
    for (size_t i = 0; i < COUNT(cases); i++) {
        fv_sim_put(&P.sim, part, cases[i].content, strlen(cases[i].content), 0);
        verify(false, i == 0 ? FV_OK : FV_E_NOT_FOUND, i == 0 ? "" : "o/s/d/c", cases[i].all);
    }
}

/* The same in the place of an older version. */
static void test_a_file_waits_for_the_name_of_an_old_one(void **state)
{
    char part[FV_PARTIAL_NAME];
    char unused[FV_PARTIAL_NAME];
    (void)state;
    fv_state_names(FV_SLICE("o/s/d/c"), part, unused);
    fv_sim_put(&P.sim, "o/s/d/c", "old one", 7, 0);
    verify(false, FV_E_CHANGED, "o/s/d/c", "a b c!67");
    fv_sim_put(&P.sim, part, "12x", 3, 0);
    verify(false, FV_E_CHANGED, "o/s/d/c", "a b c!67");
    fv_sim_put(&P.sim, part, "123", 3, 0);
    verify(false, FV_OK, "", "a b");
    fv_sim_put(&P.sim, "o/s/d/c", "321", 3, 5);
    verify(false, FV_OK, "", "a b");
    fv_sim_put(&P.sim, "o/s/d/c", "321", 3,
               INT64_C(1704067201000000)); /* it looks like the one that was fetched */
    verify(false, FV_E_CHANGED, "o/s/d/c", "a b c!67");
}

/* --print: what the ledger says, whatever is there. */
static void test_the_ledger_alone(void **state)
{
    (void)state;
    fv_sim_drop(&P.sim, "o/s/d/b");
    verify(true, FV_OK, "", "a b c");
}

static void test_nothing_was_ever_fetched(void **state)
{
    (void)state;
    fv_sim_drop(&P.sim, ".fluxvision/ledger.index");
    fv_sim_drop(&P.sim, ".fluxvision/ledger");
    verify(false, FV_E_NOT_FOUND, "the ledger (.fluxvision/ledger)", "");
    fv_sim_put(&P.sim, ".fluxvision/ledger/x", "", 0, 0); /* a directory */
    verify(false, FV_E_NOT_FOUND, "the ledger (.fluxvision/ledger)", "");
}

static void test_the_user_stops(void **state)
{
    (void)state;
    V.stop_at = 1;
    verify(false, FV_E_CANCELLED, "", "a");
    P.sim.cancelled = false;
    fv_sim_spoil(&P.sim, "o/s/d/a", 0, 'y');
    V.stop_at = 1;
    verify(false, FV_E_CANCELLED, "", "a!67"); /* that counts, whatever was found */
}

/* Whatever operation of storage fails: that is said, and no file is called changed that is not. */
static void test_any_operation_fails(void **state)
{
    (void)state;
    for (uint64_t at = 1;; at++) {
        V.told[0] = '\0';
        P.sim.fault =
            (struct fv_sim_fault){.at = P.sim.ops + at, .storage = FV_E_STORAGE, .stays = at % 2};
        uint64_t fired = P.sim.fired;
        enum fv_err err = fv_verify(V.client, false);
        P.sim.fault.at = 0;
        assert_null(strstr(V.told, "!67"));
        if (P.sim.fired == fired) {
            assert_int_equal(err, FV_OK);
            return;
        }
        bool whole = strcmp(V.told, "a b c") == 0;
        assert_true(whole ? err == FV_OK || err == FV_E_STORAGE : err == FV_E_STORAGE);
        verify(false, FV_OK, "", "a b c");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_nothing_has_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_command_is_at_work, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_byte_has_changed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_size, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_is_gone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_waits_for_its_name, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_file_waits_for_the_name_of_an_old_one, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_the_ledger_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_was_ever_fetched, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_user_stops, setup, teardown),
        cmocka_unit_test_setup_teardown(test_any_operation_fails, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
