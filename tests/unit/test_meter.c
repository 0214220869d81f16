/* SPDX-License-Identifier: MIT */
/* The line that tells of progress, on terminals of several widths and in a log. */
#include "cli/meter.h"
#include "cli/visible.h"

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define NONE UINT64_MAX

#define MIB (UINT64_C(1) << 20)
#define NAME FV_SLICE("HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip")
#define HOST FV_SLICE("download.flux-vision.orange-business.com")

static int64_t now(void *ctx)
{
    (void)ctx;
    return 10000000;
}

static const struct fv_port_clock stopped = {.now = now};

static const struct case_line {
    struct fv_progress p;
    uint64_t rate;       /* bytes in the second before */
    const char *line[4]; /* at 40, 80 and 120 columns, less 3; and in a log */
} lines[] = {
    {{.phase = FV_PHASE_BEGIN}, 0, {"opening the directory", "opening the directory"}},
    {{.phase = FV_PHASE_LISTING, .wait = FV_WAIT_NAME, .host = HOST},
     0,
     {"looking up download.flux-vision.or...",
      "looking up download.flux-vision.orange-business.com"}},
    {{.phase = FV_PHASE_LISTING, .wait = FV_WAIT_CONNECT, .host = FV_SLICE("localhost")},
     0,
     {"connecting to localhost", "connecting to localhost"}},
    {{.phase = FV_PHASE_LISTING, .wait = FV_WAIT_PROXY, .host = FV_SLICE("gate:3128")},
     0,
     {"asking the proxy gate:3128", "asking the proxy gate:3128"}},
    {{.phase = FV_PHASE_LISTING, .wait = FV_WAIT_TLS, .host = FV_SLICE("localhost")},
     0,
     {"TLS handshake with localhost", "TLS handshake with localhost"}},
    {{.phase = FV_PHASE_LISTING}, 0, {"waiting for the listing", "waiting for the listing"}},
    {{.phase = FV_PHASE_LISTING, .entries = 1, .listing_bytes = 260},
     0,
     {"listing: 1 entry, 260 B", "listing: 1 entry, 260 B"}},
    {{.phase = FV_PHASE_LISTING, .entries = 12345, .listing_bytes = 3 * MIB},
     0,
     {"listing: 12345 entries, 3.0 MiB", "listing: 12345 entries, 3.0 MiB"}},
    {{.phase = FV_PHASE_FILES,
      .wait = FV_WAIT_RETRY,
      .why = FV_E_TIMEOUT,
      .attempt = 3,
      .attempts = 6,
      .delay_ms = 3001,
      .files_done = 811,
      .files_total = 5000},
     0,
     {"attempt 3 of 6 in 4 s: no response...",
      "file 812 of 5000: attempt 3 of 6 in 4 s: no response came in time"}},
    {{.phase = FV_PHASE_FILES, .files_done = 811, .files_total = 5000, .bytes_left = NONE},
     0,
     {"comparing 812/5000", "comparing file 812 of 5000"}},
    {{.phase = FV_PHASE_FILES,
      .files_total = 5000,
      .path = NAME,
      .file_done = 5,
      .file_size = 99,
      .bytes_left = NONE},
     0,
     {"1/5000  ...AUC-3-2/comptages_2021.zip",
      "file 1 of 5000  HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip"}}, /* nothing else is known */
    {{.phase = FV_PHASE_FILES,
      .path = NAME,
      .files_done = 811,
      .files_total = 5000,
      .file_size = 99,
      .bytes = 16 * MIB,
      .bytes_left = 84 * MIB},
     2 * MIB,
     {"812/5000  16%  2.0 MiB/s  ...2021.zip",
      "file 812 of 5000  16%  2.0 MiB/s  0:43 left  ...3/HAUC-3-2/comptages_2021.zip",
      "file 812 of 5000  16%  2.0 MiB/s  0:43 left  HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip",
      "file 812 of 5000  16%  2.0 MiB/s  0:43 left  HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip"}},
    {{.phase = FV_PHASE_FILES,
      .path = NAME,
      .files_total = 1,
      .file_done = 90 * MIB,
      .file_size = 100 * MIB,
      .bytes = 1,
      .bytes_left = 10 * MIB},
     2 * MIB,
     {"90%  2.0 MiB/s  0:06 left  ...021.zip", "90%  2.0 MiB/s  0:06 left  90.0 MiB of 100 MiB  "
                                               "...AUC-3-2/comptages_2021.zip"}}, /* resumed */
    {{.phase = FV_PHASE_FILES,
      .path = NAME,
      .files_total = 1,
      .file_done = 90 * MIB,
      .file_size = NONE,
      .bytes_left = NONE},
     0,
     {"90.0 MiB  ...C-3-2/comptages_2021.zip"}},
    {{.phase = FV_PHASE_FILES,
      .path = NAME,
      .files_total = 1,
      .file_size = NONE,
      .bytes_left = NONE},
     0,
     {"...HAUC-3/HAUC-3-2/comptages_2021.zip",
      "HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip"}}, /* its response has not begun */
    {{.phase = FV_PHASE_FILES,
      .hashing = true,
      .path = NAME,
      .files_done = 811,
      .files_total = 5000,
      .file_done = 3 * MIB},
     0,
     {"reading 812/5000  3.0 MiB  ...021.zip",
      "reading file 812 of 5000  3.0 MiB  HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip"}},
    {{.phase = FV_PHASE_PRUNE},
     0,
     {"removing what is no longer listed", "removing what is no longer listed"}},
    {{.phase = FV_PHASE_VERIFY,
      .hashing = true,
      .path = NAME,
      .file_done = 3 * MIB,
      .files_done = 7},
     0,
     {"verifying file 8  3.0 MiB  ...021.zip",
      "verifying file 8  3.0 MiB  HAUC/HAUC-3/HAUC-3-2/comptages_2021.zip"}},
};

static const unsigned widths[] = {37, 77, 117, UINT_MAX};

static bool differs(const struct case_line *row, size_t at)
{
    char text[512];
    struct fv_writer w;
    struct fv_meter m = {.clock = &stopped};
    struct fv_progress p = row->p;
    m.mark_us[0] = row->rate > 0 ? 9000000 : 10000000;
    m.mark_bytes[0] = p.bytes - row->rate;
    fv_writer_init(&w, text, sizeof text);
    fv_meter_write(&m, &p, widths[at], &w);
    if (w.len > widths[at] || (row->line[at] != NULL && strcmp(text, row->line[at]) != 0)) {
        print_error("%u columns: '%s'\n", widths[at], text);
        return true;
    }
    return false;
}

static void test_lines(void **state)
{
    bool wrong = false;
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (size_t at = 0; at < COUNT(widths); at++) {
            wrong |= differs(&lines[i], at);
        }
    }
    assert_false(wrong);
}

/* Of any width, whatever the name holds. */
static void test_never_too_wide(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(lines); i++) {
        for (unsigned columns = 0; columns < 130; columns++) {
            char text[2048];
            struct fv_writer w;
            struct fv_meter m = {.clock = &stopped, .mark_us = {9000000}};
            struct fv_progress p = lines[i].p;
            p.bytes = MIB;
            p.path = p.path.len > 0 ? FV_SLICE("\n\xE5\xA4\xA7\xE5\xA4\xA7"
                                               "e\xCC\x81\xFF/\xE5\xA4\xA7")
                                    : p.path;
            fv_writer_init(&w, text, sizeof text);
            fv_meter_write(&m, &p, columns, &w);
            unsigned wide = 0;
            for (struct fv_slice s = fv_writer_done(&w); s.len > 0;) {
                struct fv_visible v;
                fv_visible_next(s, &v);
                wide += v.width;
                s = fv_slice_from(s, v.used);
            }
            assert_true(wide <= columns);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_never_too_wide),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
