/* SPDX-License-Identifier: MIT */
/*
 * The firmware's wall time: which source it accepts, and what stays over runs and restarts. Time
 * passes when a row says so; "reset" forgets what the program knows and keeps the card.
 */
#define FV_BUILD_TIME 1750000000
#include "fw/time.c"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SECOND INT64_C(1000000)
#define DAY (86400 * SECOND)
#define YEAR (365 * DAY)
#define NONE INT64_MIN

static int64_t now_us, offset_us = NONE, board_us = NONE, sntp_us = NONE;
static char card[64], fresh[64]; /* ".fluxvision/clock", "" where there is none, and the new one */
static char told[256];

int64_t fv_bare_now(void)
{
    return now_us;
}

void fv_bare_set_wall(int64_t us)
{
    offset_us = us == NONE ? NONE : us - now_us;
}

static int64_t wall(void *ctx)
{
    (void)ctx;
    return offset_us == NONE ? NONE : offset_us + now_us;
}

const struct fv_port_clock fv_bare_clock = {.wall = wall};

int64_t fv_board_wall(void)
{
    return board_us;
}

enum fv_err fv_lwip_time(struct fv_lwip *l, const char *server, uint16_t port, int64_t deadline_us,
                         struct fv_lwip_time *time)
{
    (void)l;
    (void)server;
    (void)port;
    (void)deadline_us;
    time->why = "silent";
    time->wall_us = sntp_us;
    return sntp_us == NONE ? FV_E_TIMEOUT : FV_OK;
}

void fv_say_begin(void)
{
    told[0] = 0;
}

void fv_say_text(const char *text)
{
    strncat(told, text, sizeof told - strlen(told) - 1);
}

void fv_say_end(void)
{
}

/* --- The card --- */

static enum fv_err card_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    (void)ctx;
    *file = strcmp(path, KEPT) == 0 ? 1 : 2;
    return mode == FV_PORT_OPEN_READ && card[0] == 0 ? FV_E_NOT_FOUND : FV_OK;
}

static enum fv_err card_read(void *ctx, int file, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx;
    assert_int_equal(file, 1);
    assert_int_equal(offset, 0);
    *got = strlen(card) < n ? strlen(card) : n;
    memcpy(p, card, *got);
    return FV_OK;
}

static enum fv_err card_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    (void)ctx;
    assert_int_equal(file, 2);
    assert_int_equal(offset, 0);
    assert_true(n < sizeof fresh);
    memcpy(fresh, p, n);
    fresh[n] = 0;
    return FV_OK;
}

static enum fv_err card_file(void *ctx, int file)
{
    (void)ctx;
    (void)file;
    return FV_OK;
}

static enum fv_err card_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    assert_string_equal(from, KEPT_NEW);
    assert_string_equal(to, KEPT);
    memcpy(card, fresh, sizeof card);
    return FV_OK;
}

static enum fv_err card_dir(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return FV_OK;
}

static const struct fv_port_storage io = {.open = card_open,
                                          .read = card_read,
                                          .write = card_write,
                                          .sync = card_file,
                                          .close = card_file,
                                          .rename = card_rename,
                                          .sync_dir = card_dir};

/* --- A device --- */

static void reset(void)
{
    now_us = 0;
    offset_us = NONE;
    put(&proved, BUILD_US);
    put(&card_says, INT64_MIN);
}

static int setup(void **state)
{
    (void)state;
    reset();
    board_us = sntp_us = NONE;
    card[0] = 0;
    return 0;
}

/* A run that begins with that time from the SNTP server (NONE: none), ends with that one, and in
 * which the portal sends date (0: none). Returns the time with which certificates were checked. */
static int64_t run(int64_t said_us, enum fv_err how, int64_t date_us)
{
    static const struct fv_fw_config config = {.ntp = "ntp.test"};
    struct fv_lwip net;

    sntp_us = said_us;
    assert_int_equal(fv_fw_time_set(&net, &config, &io), FV_OK);
    int64_t us = wall(NULL);
    now_us += 10 * SECOND;
    fv_fw_time_keep(&io, how, date_us);
    return us;
}

static int64_t kept_now(void)
{
    int64_t us = NONE;

    return fv_timestamp_parse(fv_slice_of(card), &us) == FV_OK ? us : NONE;
}

#define TRUTH (BUILD_US + YEAR)

/* A server's word goes no further than a run that the portal agrees with. */
static void test_one_lie_does_not_last(void **state)
{
    static const int64_t ahead[] = {SECOND, DAY, YEAR, 18 * YEAR};

    (void)state;
    for (size_t i = 0; i < sizeof ahead / sizeof ahead[0]; i++) {
        setup(state);
        assert_int_equal(run(TRUTH + ahead[i], FV_OK, TRUTH), TRUTH + ahead[i]);
        assert_int_equal(kept_now(), TRUTH); /* its certificate is valid for long */
        now_us += 3600 * SECOND;
        assert_int_equal(run(TRUTH + 3610 * SECOND, FV_OK, 0), TRUTH + 3610 * SECOND);
        reset();
        assert_int_equal(run(TRUTH + DAY, FV_OK, TRUTH + DAY), TRUTH + DAY);
        assert_int_equal(kept_now(), TRUTH + DAY);
    }
}

/* Nor the portal's, nor that of both where they differ: the earlier one counts. */
static void test_portals_word(void **state)
{
    (void)state;
    (void)run(TRUTH, FV_OK, TRUTH + 10 * YEAR);
    assert_int_equal(kept_now(), TRUTH + 10 * SECOND); /* at its end */
    (void)run(TRUTH + DAY, FV_OK, 0);                  /* it says nothing */
    assert_int_equal(kept_now(), TRUTH + 10 * SECOND);
    (void)run(TRUTH + DAY, FV_OK, TRUTH - DAY); /* never back */
    assert_int_equal(kept_now(), TRUTH + 10 * SECOND);
    (void)run(TRUTH + 2 * DAY, FV_E_TLS_TRUST, TRUTH + 2 * DAY); /* not from a run that failed */
    assert_int_equal(kept_now(), TRUTH + 10 * SECOND);
}

/* Time passes while nothing succeeds: an expired certificate does not become valid, neither by
 * SNTP nor by a run that fails. */
static void test_no_way_back(void **state)
{
    int64_t truth = TRUTH;

    (void)state;
    (void)run(truth, FV_OK, truth);
    now_us += 80 * DAY; /* cut off; the certificate expires after 40 */
    truth += 80 * DAY;
    assert_true(run(TRUTH + 30 * DAY, FV_E_TLS_TIME, 0) > TRUTH + 40 * DAY);
    assert_true(run(TRUTH + 30 * DAY, FV_E_TLS_TIME, 0) > TRUTH + 40 * DAY);
    assert_true(run(NONE, FV_E_TLS_TIME, 0) > TRUTH + 40 * DAY);
    assert_int_equal(run(truth, FV_OK, truth), truth);
    reset(); /* what the card keeps is all that is known */
    assert_int_equal(run(TRUTH + 30 * DAY, FV_E_TLS_TIME, 0), truth);
}

/* A quartz or an oscillator that is fast does not have the truth refused. */
static void test_fast_clock(void **state)
{
    (void)state;
    for (int day = 0; day < 100; day++) {
        int64_t truth = TRUTH + day * DAY;

        assert_int_equal(run(truth, FV_OK, truth), truth);
        now_us += DAY + DAY / 10;
    }
}

static void test_bounds(void **state)
{
    static const struct {
        int64_t sntp_us, board_us, want_us;
        const char *kept, *told;
    } rows[] = {
        {BUILD_US - 1, NONE, BUILD_US, "", "build"},
        {BUILD_US, NONE, BUILD_US, "", "SNTP"},
        {BUILD_US + 21 * YEAR, NONE, BUILD_US, "", "build"},
        {NONE, TRUTH, TRUTH, "", "board"},
        {NONE, 0, BUILD_US, "", "build"},
        {NONE, BUILD_US + 21 * YEAR, BUILD_US, "", "build"},
        {TRUTH, BUILD_US + 10 * YEAR, TRUTH, "", "SNTP"},
        {TRUTH, NONE, TRUTH, "1970-01-01T00:00:00Z", "SNTP"},
        {TRUTH, NONE, TRUTH, "9999-12-31T23:59:59Z", "SNTP"},
        {TRUTH, NONE, TRUTH, "0000-01-01T00:00:00Z", "SNTP"},
        {TRUTH, NONE, TRUTH, "2060-12-01T00:00:00Z", "SNTP"},
        {TRUTH, NONE, TRUTH, "garbage", "SNTP"},
        {TRUTH, NONE, TRUTH, "\xFF\xFF\xFF\xFF", "SNTP"},
        {TRUTH, NONE, TRUTH, "2030-12-01T00:00:00Z2030-12-01T00:00:00Z", "SNTP"},
        {TRUTH, NONE, TRUTH, "2026-06-01T00:00:00Z", "SNTP"},
        {NONE, NONE, INT64_C(1780272000) * SECOND, "2026-06-01T00:00:00Z", "card"},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t us;

        setup(state);
        board_us = rows[i].board_us;
        memcpy(card, rows[i].kept, strlen(rows[i].kept) + 1);
        us = run(rows[i].sntp_us, FV_E_RESET, 0);
        if (us != rows[i].want_us || strstr(told, rows[i].told) == NULL)
            fail_msg("row %zu: %lld, %s", i, (long long)us, told);
        assert_string_equal(card, rows[i].kept);
    }
}

/* A time given on a card holds for the runs of that card; the next card's are not bound by it. */
static void test_another_cards_word(void **state)
{
    char own[sizeof card];

    (void)state;
    (void)run(TRUTH, FV_OK, TRUTH);
    memcpy(own, card, sizeof own);
    memcpy(card, "2040-01-01T00:00:00Z", 21);
    now_us += DAY;
    assert_true(run(TRUTH + DAY, FV_E_TLS_TIME, 0) > TRUTH + 10 * YEAR);
    now_us += DAY;
    assert_true(run(TRUTH + 2 * DAY, FV_E_TLS_TIME, 0) > TRUTH + 10 * YEAR);
    memcpy(card, own, sizeof card);
    assert_int_equal(run(TRUTH + 3 * DAY, FV_OK, TRUTH + 3 * DAY), TRUTH + 3 * DAY);
    assert_int_equal(kept_now(), TRUTH + 3 * DAY);
}

/* After a restart too the card's time advances with the time that passes, and a portal cannot
 * set it back. */
static void test_the_cards_word_after_a_start(void **state)
{
    (void)state;
    (void)run(TRUTH, FV_OK, TRUTH);
    reset();
    (void)run(NONE, FV_E_RESET, 0);
    now_us += 80 * DAY;
    assert_true(run(TRUTH + 30 * DAY, FV_E_TLS_TIME, 0) > TRUTH + 60 * DAY);
    (void)run(TRUTH + 90 * DAY, FV_OK, TRUTH + 30 * DAY);
    assert_int_equal(kept_now(), TRUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_one_lie_does_not_last, setup),
        cmocka_unit_test_setup(test_portals_word, setup),
        cmocka_unit_test_setup(test_no_way_back, setup),
        cmocka_unit_test_setup(test_fast_clock, setup),
        cmocka_unit_test_setup(test_bounds, setup),
        cmocka_unit_test_setup(test_another_cards_word, setup),
        cmocka_unit_test_setup(test_the_cards_word_after_a_start, setup),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
