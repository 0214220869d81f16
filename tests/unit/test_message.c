/* SPDX-License-Identifier: MIT */
/* Messages: a row for each fault that has a text of its own, as it is printed, and the parts of
 * the common form. */
#include "cli/message.h"

#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static struct fv_out out;
static int ends[2];
static char said[4096];

static void begin(void)
{
    assert_int_equal(pipe(ends), 0);
    fv_out_init(&out, ends[1], "a pipe");
    out.sink.until_us = INT64_MAX;
}

/* What was printed, in said. */
static void end(void)
{
    (void)fv_out_flush(&out);
    (void)close(ends[1]);
    ssize_t n = read(ends[0], said, sizeof said - 1);
    (void)close(ends[0]);
    said[n > 0 ? n : 0] = '\0';
}

/* clang-format off */
static const struct {
    struct fv_fault fault;
    const char *path;
    const char *want; /* behind "fluxvision: " */
} faults[] = {
    {{FV_E_NO_SCOPE, 404, "NOPE", ""}, NULL, "the portal knows no organisation 'NOPE' (404); names are case-sensitive"},
    {{FV_E_NO_SCOPE, 404, "HAUC/HAUC-9", ""}, NULL, "the portal knows no study 'HAUC-9' in HAUC (404); names are case-sensitive"},
    {{FV_E_NO_SCOPE, 404, "HAUC/HAUC-3/x", ""}, NULL, "the portal knows no delivery 'x' in HAUC/HAUC-3 (404); names are case-sensitive"},
    {{FV_E_HTTP_STATUS, 404, "https://p/a", ""}, "H/s/d/f", "H/s/d/f: https://p/a: the server has nothing at this URL (HTTP 404)"},
    {{FV_E_HTTP_STATUS, 410, "https://p/a", ""}, NULL, "https://p/a: the server has nothing at this URL any more (HTTP 410)"},
    {{FV_E_HTTP_STATUS, 418, "https://p/a", ""}, NULL, "https://p/a: the server returned an error (HTTP 418)"},
    {{FV_E_HTTP_RETRY, 503, "https://p/a", ""}, NULL, "https://p/a: the server has a transient problem (HTTP 503)"},
    {{FV_E_AUTH, 401, "https://p/a", ""}, NULL, "https://p/a: the user name or the password is not accepted (HTTP 401); check user and password (-u, --password-file, FLUXVISION_PASSWORD, ~/.netrc)"},
    {{FV_E_FORBIDDEN, 403, "https://p/a", ""}, NULL, "https://p/a: this user has no access (HTTP 403); check the name, and what this user may read on the portal"},
    {{FV_E_PROXY, 407, "proxy:3128", ""}, NULL, "proxy:3128: the proxy refused to connect (HTTP 407); give it a user and password that it accepts: http://USER:PASSWORD@HOST:PORT in HTTPS_PROXY or a settings file"},
    {{FV_E_PROXY, 403, "proxy:3128", ""}, NULL, "proxy:3128: the proxy refused to connect (HTTP 403)"},
    {{FV_E_PROXY_DOWN, ECONNREFUSED, "proxy:3128", ""}, NULL, "proxy:3128: the proxy could not be reached (Connection refused); check --proxy and HTTPS_PROXY"},
    {{FV_E_RESOLVE, EAI_NONAME, "p", ""}, NULL, "p: the host name could not be resolved (the name does not exist); check the name, this machine's DNS, and whether it needs a --proxy"},
    {{FV_E_CONNECT, ECONNREFUSED, "p", ""}, NULL, "p: the host could not be reached or refused the connection (Connection refused); check host and port, the network, and whether it needs a --proxy"},
    {{FV_E_TIMEOUT, 0, "p", ""}, NULL, "p: no response came in time; the limits are --connect-timeout, --stall-timeout and --max-time"},
    {{FV_E_SLOW, 0, "p", ""}, NULL, "p: the transfer was slower than the speed limit for too long; the limits are --speed-limit and --speed-time"},
    {{FV_E_MISSED, 0, "H/s/d/f", ""}, NULL, "H/s/d/f: the delivery lists no such file; names are case-sensitive, and 'list' shows them"},
    {{FV_E_TLS_CA, ENOENT, "/etc/b.crt", ""}, NULL, "/etc/b.crt: the CA bundle cannot be used (No such file or directory); install the package ca-certificates, or name a bundle with --cacert"},
    {{FV_E_TLS_CA, EACCES, "/etc/b.crt", ""}, NULL, "/etc/b.crt: the CA bundle cannot be used (Permission denied)"},
    {{FV_E_TLS_CA, 0, "p", "/etc/passwd has no certificate, in PEM or DER"}, NULL, "the CA bundle cannot be used: /etc/passwd has no certificate, in PEM or DER"},
    {{FV_E_TLS_TRUST, 0, "p", "facts"}, NULL, "p: the certificate is not signed by a trusted authority: facts"},
    {{FV_E_TLS_TRUST, 0, "p", ""}, NULL, "p: the certificate is not signed by a trusted authority; if the portal's CA is a private one, name it with --cacert"},
    {{FV_E_TLS_TIME, 0, "p", "facts"}, NULL, "p: the certificate is not valid at this time: facts"},
    {{FV_E_TLS_PIN, 0, "p", "it is sha256//A="}, NULL, "p: the server's public key is not a pinned one: it is sha256//A=; if the portal has changed its key on purpose, put this pin into --pinnedpubkey"},
    {{FV_E_FULL, 0, "H/s/d/f", "it needs 5.0 GiB, and 12.0 MiB are free"}, "H/s/d/f", "H/s/d/f: there is not enough free space: it needs 5.0 GiB, and 12.0 MiB are free; free some space, or choose another directory"},
    {{FV_E_READONLY, EROFS, "d", ""}, NULL, "d: the file system is read-only (Read-only file system); make it writable, or choose another directory"},
    {{FV_E_BUSY, 0, "d", ""}, NULL, "d: another process is working in this directory; wait for it to end"},
    {{FV_E_MAX_DELETE, 0, "HAUC", "12 would go, 3 may"}, NULL, "HAUC: --prune would remove more than --max-delete allows, so none was removed: 12 would go, 3 may; look at what would go with --dry-run, then raise --max-delete"},
    {{FV_E_USAGE, 0, "H/s/d/f", "several files have this name"}, NULL, "H/s/d/f: several files have this name"},
    {{FV_E_USAGE, 0, "https://me:secret@p/a?key", ""}, NULL, "@p/a?: an option or setting is not valid"},
    {{FV_E_CHANGED, 0, "f\x1b[31m", ""}, NULL, "f\\x1b[31m: the local file is not what was downloaded"},
};
/* clang-format on */

static void test_faults(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        struct fv_slice path = fv_slice_of(faults[i].path);
        char want[1024] = "fluxvision: ";
        strncat(want, faults[i].want, sizeof want - 32);
        strncat(want, "\n", 2);
        begin();
        fv_message_print(&out, faults[i].path != NULL ? &path : NULL, &faults[i].fault, false);
        end();
        assert_string_equal(said, want);
    }
}

static void test_native_code_with_v(void **state)
{
    const struct fv_fault fault = {FV_E_STORAGE, EIO, "d", ""};
    (void)state;
    begin();
    fv_message_print(&out, NULL, &fault, true);
    end();
    char want[128]; /* the C library's words */
    snprintf(want, sizeof want, "fluxvision: d: reading or writing storage failed (%s) [code 5]\n",
             strerror(EIO));
    assert_string_equal(said, want);
}

/* The longest fault is printed to its end. */
static void test_longest(void **state)
{
    struct fv_fault fault = {.err = FV_E_MAX_DELETE};
    (void)state;
    memset(fault.subject, 's', sizeof fault.subject - 1);
    memset(fault.detail, 'd', sizeof fault.detail - 1);
    begin();
    fv_message_print(&out, NULL, &fault, true);
    end();
    assert_non_null(strstr(said, "none was removed: ddd"));
    assert_non_null(strstr(said, "ddd; look at what"));
    char text[FV_MESSAGE_MOST];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_message_fault(&fault, &w);
    assert_int_equal(fv_writer_check(&w), FV_OK);
}

static void test_parts(void **state)
{
    struct fv_message m = {.file = "a.conf", .line = 7, .name = FV_SLICE("retries")};
    (void)state;
    m.value = FV_SLICE("x\n");
    m.what = "not a number";
    m.todo = "use 5";
    begin();
    fv_message_say(&out, &m);
    m = (struct fv_message){.value = FV_SLICE(""), .what = "empty", .usage = true};
    fv_message_say(&out, &m);
    m = (struct fv_message){.what = "all", .usage = true, .command = FV_CMD_SYNC};
    fv_message_say(&out, &m);
    fv_message_about(&out, "name", 3, "text", FV_SLICE("https://me:pw@h"));
    fv_message_stopped(&out, SIGHUP);
    end();
    assert_string_equal(said, "fluxvision: a.conf, line 7: retries 'x\\x0a': not a number; use 5\n"
                              "fluxvision: '': empty\nTry 'fluxvision -h'.\n"
                              "fluxvision: all\nTry 'fluxvision sync -h'.\n"
                              "fluxvision: name, line 3: text '@h'\n"
                              "fluxvision: interrupted by SIGHUP");
}

/* A password in an unexpected place: the host was forgotten. A port, an address and a time stay. */
static void test_password_for_a_port(void **state)
{
    (void)state;
    static const char *const values[][2] = {
        {"https://me:pw", "https://me:"},
        {"https://me:pw/x", "https://me:"},
        {"https://me:8pw/x:1", "https://me:"},
        {"https://me:p:1", "https://me:"},
        {"https://me:8080/x:y", "https://me:8080/x:y"},
        {"https://[::1]:8080/", "https://[::1]:8080/"},
        {"https://me", "https://me"},
        {"https://", "https://"},
        {"https:", "https:"},
        {"12:30:x", "12:30:x"},
    };
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        char want[128];
        begin();
        fv_message_about(&out, NULL, 0, "text", fv_slice_of(values[i][0]));
        end();
        (void)snprintf(want, sizeof want, "fluxvision: text '%s'\n", values[i][1]);
        assert_string_equal(said, want);
    }
}

/* The text that is stored is the printed one, in whole characters. Regression: a partial
 * character made last.json unreadable, and the last success was forgotten. */
static void test_kept(void **state)
{
    (void)state;
    char buf[12];
    struct fv_writer kept;
    const struct fv_fault fault = {FV_E_USAGE, 0,
                                   "ab\x1b"
                                   "c",
                                   "twelve"};
    fv_writer_init(&kept, buf, sizeof buf);
    begin();
    out.said = &kept;
    fv_message_about(&out, "123456789\xC3\x84", 0, "text", FV_SLICE_NONE);
    assert_string_equal(buf, "123456789\xC3\x84");
    fv_message_about(&out, "1234567890\xC3\x84", 0, "text", FV_SLICE_NONE);
    assert_string_equal(buf, "1234567890");
    fv_message_about(&out, "a\n", 0, "text", FV_SLICE_NONE);
    assert_string_equal(buf, "a\\x0a: text");
    fv_message_note(&out, &fault);
    assert_string_equal(buf, "ab\\x1bc: tw");
    out.said = NULL;
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_native_code_with_v),
        cmocka_unit_test(test_longest),
        cmocka_unit_test(test_parts),
        cmocka_unit_test(test_password_for_a_port),
        cmocka_unit_test(test_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
