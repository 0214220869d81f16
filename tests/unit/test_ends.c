/* SPDX-License-Identifier: MIT */
/* What each error ends, wherever it happens: written from the interface, "Exit status", not from
 * the code. */
#include "client/ends.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

/*
 * A column for each place: dial, portal, target, dir, name. f: the file. r: the run. a: the
 * attempt, which is repeated, then the file. A: the same, then the run. t: the file, and the third
 * one in a row ends the run. -: never happens there.
 *
 * - What concerns the portal as a whole (no connection, its certificate, 401) ends the run;
 *   whatever a redirect's target does is that
 *   file's failure; so are a status and content.
 * - Network failures and those statuses that may pass are tried again.
 * - A DIR that is read-only or refuses ends the run; a full or failing one with the third file; a
 *   name is its file's.
 */
struct row {
    enum fv_err err;
    const char *want;
};

static const struct row rows[] = {
    /* The program and the user. */
    {FV_E_USAGE, "rffff"},
    {FV_E_CAPACITY, "fffff"},
    {FV_E_MEMORY, "rrfrr"},
    {FV_E_CANCELLED, "rrrrr"},
    /* No connection to the endpoint is everybody's; one that breaks is not. */
    {FV_E_ADDRESS, "A-a--"},
    {FV_E_RESOLVE, "A-a--"},
    {FV_E_CONNECT, "A-a--"},
    {FV_E_RESET, "Aaa--"},
    {FV_E_TIMEOUT, "Aaa--"},
    {FV_E_SLOW, "-aa--"},
    {FV_E_CLOSED, "Aaa--"},
    {FV_E_TRUNCATED, "Aaa--"},
    {FV_E_NETWORK, "Aaa--"},
    {FV_E_PROXY_DOWN, "A-a--"},
    {FV_E_PROXY, "r-f--"},
    {FV_E_PROXY_BUSY, "A-a--"},
    /* The endpoint's TLS, and the target's. Behind the handshake it may pass. */
    {FV_E_TLS, "rrf--"},
    {FV_E_TLS_TRUST, "rrf--"},
    {FV_E_TLS_NAME, "rrf--"},
    {FV_E_TLS_TIME, "rrf--"},
    {FV_E_TLS_PIN, "rrf--"},
    {FV_E_TLS_CA, "rrf--"},
    {FV_E_TLS_CHAIN, "rrf--"},
    {FV_E_TLS_LACKS, "rrf--"},
    {FV_E_TLS_RECORD, "rff--"},
    {FV_E_TLS_BROKEN, "Aaa--"},
    /* 401 is about the user, 403 about a file. */
    {FV_E_AUTH, "-rf--"},
    {FV_E_FORBIDDEN, "-ff--"},
    {FV_E_HTTP_RETRY, "-aa--"},
    {FV_E_HTTP_STATUS, "-ff--"},
    {FV_E_HTTP_SYNTAX, "-ff--"},
    {FV_E_HTTP_LINE, "-ff--"},
    {FV_E_HTTP_HEAD, "-ff--"},
    {FV_E_HTTP_FRAMING, "-ff--"},
    {FV_E_HTTP_RANGE, "-ff--"},
    {FV_E_HTTP_REDIRECT, "-ff--"},
    {FV_E_HTTP_CODING, "-ff--"},
    {FV_E_HTTP_MIXED, "-aa--"},
    {FV_E_URL, "fffff"},
    {FV_E_ORIGIN, "fffff"},
    /* Storage. */
    {FV_E_STORAGE, "---tt"},
    {FV_E_MEDIUM, "rrrrr"}, /* the CA bundle may be on it, too */
    {FV_E_FULL, "---tt"},
    {FV_E_LARGE, "---ff"},
    {FV_E_DENIED, "---rf"},
    {FV_E_READONLY, "---rr"},
    {FV_E_NOT_FOUND, "---rf"},
    {FV_E_EXISTS, "---rf"},
    {FV_E_CORRUPT, "---ff"},
    {FV_E_CHANGED, "---ff"},
    /* What comes, and what runs afterwards. */
    {FV_E_JSON, "-ffff"},
    {FV_E_ENTRY, "-ffff"},
    {FV_E_ENTRY_TIME, "-ffff"},
    {FV_E_ENTRY_SIZE, "-ffff"},
    {FV_E_BUSY, "---ff"},
    {FV_E_HOOK, "---ff"},
    {FV_E_MISSED, "-f---"},
    {FV_E_NO_SCOPE, "-f---"},
    {FV_E_MEANWHILE, "-ffff"},
    {FV_E_MAX_DELETE, "---ff"},
    {FV_E_DAMAGED, "---ff"},
};

static const char letters[] = {[FV_ENDS_FILE] = 'f',
                               [FV_ENDS_RUN] = 'r',
                               [FV_ENDS_ATTEMPT] = 'a',
                               [FV_ENDS_ATTEMPT_RUN] = 'A',
                               [FV_ENDS_FILE_OF_THREE] = 't'};

static void test_each_error_at_each_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        assert_int_equal(strlen(rows[i].want), FV_PLACE_NAME + 1);
        for (int place = FV_PLACE_DIAL; place <= FV_PLACE_NAME; place++) {
            char want = rows[i].want[place];
            char got = letters[fv_ends_of((enum fv_place)place, rows[i].err)];
            if (want != '-' && want != got) {
                print_error("%d at %d: %c, not %c\n", rows[i].err, place, got, want);
                fail();
            }
            if (want != '-') {
                assert_int_equal(fv_ends_transient((enum fv_place)place, rows[i].err),
                                 want == 'a' || want == 'A');
            }
        }
    }
}

/* An error that is added to base/err.h gets a row here. */
static void test_all_errors_have_a_row(void **state)
{
    (void)state;
    const char *unknown = fv_err_text((enum fv_err) - 9999);
    for (int err = -200; err < 0; err++) {
        size_t found = 0;
        for (size_t i = 0; i < COUNT(rows); i++) {
            found += rows[i].err == err;
        }
        assert_int_equal(found, strcmp(fv_err_text((enum fv_err)err), unknown) != 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_error_at_each_place),
        cmocka_unit_test(test_all_errors_have_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
