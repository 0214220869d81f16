/* SPDX-License-Identifier: MIT */
/* sync of scopes of which one lies within another. The whole client, on a simulated server. */
#include "client/client.h"
#include "play.h"

#define STUDY "/api_file/v1/o/s/"
#define ENTRY(origin, name, second)                                                                \
    "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\","               \
    "\"file_name\":\"" name "\",\"file_last_modified_date\":\"2024-01-01T00:00:0" second "Z\","    \
    "\"url\":\"" origin "/" name "\"}"
#define LISTING "[" ENTRY("https://other", "a", "2") "," ENTRY("https://p", "b", "1") "]"

static char told[64];

static void tell(void *ctx, const struct fv_file *f)
{
    (void)ctx;
    play_note(told, sizeof told, "%c%c", f->path.ptr[f->path.len - 1],
              f->status == FV_DOWNLOADED ? 'D' : '!');
}

/* It is told once, and takes the place of one file among the latest two. */
static void test_an_entry_of_both_scopes_that_is_refused(void **state)
{
    static const struct play play = {"both",
                                     "b",
                                     {{"/api_file/v1/o/", 200, LISTING},
                                      {STUDY, 200, LISTING},
                                      {"/b", 200, "123"}}};
    const struct fv_slice scopes[] = {FV_SLICE("o"), FV_SLICE("o/s")};
    const struct fv_events events = {.file = tell};
    struct fv_settings settings;
    struct fv_client *c = malloc(fv_client_size(1));
    (void)state;
    play_open(&play);
    fv_settings_init(&settings);
    settings.endpoint = FV_SLICE("https://p");
    settings.latest = 2;
    assert_int_equal(fv_client_open(c, fv_client_size(1), &P.sim.port, &settings, &events, &c),
                     FV_OK);
    enum fv_err err = fv_sync_scopes(c, scopes, 2);
    assert_int_equal(err, FV_E_ORIGIN);
    assert_string_equal(told, "a! bD");
    assert_int_equal(fv_client_summary(c)->failed, 1);
    assert_int_equal(fv_client_summary(c)->downloaded, 1);
    assert_int_equal(fv_client_exit(c, err), 1);
    fv_client_close(c);
    free(c);
    play_close();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_entry_of_both_scopes_that_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
