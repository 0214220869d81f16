/* SPDX-License-Identifier: MIT */
/*
 * The firmware's loop: which card's settings a run has, how long a pause is, and what is left of
 * one card when another one is there. A card is the text of its settings only; the client and the
 * network are stubs.
 */
#define fv_client_open stub_client_open
#define fv_client_size stub_client_size
#define fv_client_close stub_client_close
#define fv_client_exit stub_client_exit
#define fv_client_fault stub_client_fault
#define fv_client_summary stub_client_summary
#define fv_sync stub_sync
#define fv_verify stub_verify
#define main firmware
#include "fw/config.c"
#include "fw/main.c"
#undef main

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#define MEDIUM_GONE "-" /* for a card's text: it is pulled out before its settings are read */

struct step {
    const char *card; /* its settings; NULL: there is no card */
    const char
        *run; /* what the run had: "SCOPE USER PASSWORD CACERT EVERY-IN-S"; NULL: there was none */
    const char *said; /* somewhere in the log of this step; NULL: not looked at */
    int64_t until_us; /* of the pause that follows; 0: the program ends */
};

static const struct step *step;
static int64_t now_us;
static char log_text[2048], ran[256];

/* --- The board --- */

int64_t fv_bare_now(void)
{
    return now_us;
}

static int64_t stub_wall(void *ctx)
{
    (void)ctx;
    return INT64_C(1750000000000000);
}

const struct fv_port_clock fv_bare_clock = {.wall = stub_wall};
const struct fv_port_memory fv_bare_memory = {0};
const struct fv_lwip_link fv_board_link = {0};

enum fv_err fv_board_entropy(void *ctx, uint8_t *p, size_t n)
{
    (void)ctx;
    memset(p, 0, n);
    return FV_OK;
}

const struct fv_bare_heap *fv_bare_heap(void)
{
    static const struct fv_bare_heap heap;
    return &heap;
}

size_t fv_bare_stack_size(void)
{
    return 0;
}

size_t fv_bare_stack_most(void)
{
    return 0;
}

void fv_say_text(const char *text)
{
    strncat(log_text, text, sizeof log_text - strlen(log_text) - 1);
}

void fv_say_slice(struct fv_slice text)
{
    strncat(log_text, text.ptr, text.len);
}

void fv_say_begin(void)
{
}

void fv_say_u64(uint64_t v)
{
    (void)v;
}

void fv_say_end(void)
{
    fv_say_text("\n");
}

void fv_say(const char *text)
{
    fv_say_text(text);
    fv_say_end();
}

void fv_say_fault(const struct fv_fault *fault)
{
    fv_say_text("error: ");
    fv_say(fault->subject);
}

enum fv_err fv_fw_time_set(struct fv_lwip *l, const struct fv_fw_config *c,
                           const struct fv_port_storage *io)
{
    (void)l;
    (void)c;
    (void)io;
    return FV_OK;
}

void fv_fw_time_keep(const struct fv_port_storage *io, enum fv_err run_err, int64_t date_us)
{
    (void)io;
    (void)run_err;
    (void)date_us;
}

/* --- The card --- */

static enum fv_err card_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    (void)ctx;
    assert_string_equal(path, FV_FW_CONFIG_FILE);
    assert_int_equal(mode, FV_PORT_OPEN_READ);
    *file = 0;
    return step->card[0] == '\0'                  ? FV_E_NOT_FOUND
           : strcmp(step->card, MEDIUM_GONE) == 0 ? FV_E_MEDIUM
                                                  : FV_OK;
}

static enum fv_err card_read(void *ctx, int file, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx;
    (void)file;
    assert_int_equal(offset, 0);
    *got = strlen(step->card) < n ? strlen(step->card) : n;
    memcpy(p, step->card, *got);
    return FV_OK;
}

static enum fv_err card_close(void *ctx, int file)
{
    (void)ctx;
    (void)file;
    return FV_OK;
}

enum fv_err fv_board_storage(const struct fv_port_storage **storage, const char **why)
{
    static const struct fv_port_storage io = {.open = card_open,
                                              .read = card_read,
                                              .close = card_close};
    *why = step->card == NULL ? "no card" : NULL;
    *storage = &io;
    return step->card == NULL ? FV_E_STORAGE : FV_OK;
}

void fv_board_storage_end(void)
{
}

/* --- The network --- */

enum fv_err fv_lwip_open(struct fv_lwip *l, const struct fv_lwip_link *link,
                         const struct fv_port_clock *clock, const struct fv_port_entropy *from,
                         const struct fv_lwip_address *address)
{
    (void)link;
    (void)from;
    (void)address;
    assert_null(l->machine); /* once */
    l->machine = clock;
    return FV_OK;
}

enum fv_err fv_lwip_up(struct fv_lwip *l, int64_t deadline_us)
{
    (void)l;
    (void)deadline_us;
    return FV_OK;
}

static void check_step(void)
{
    if (strcmp(ran, step->run != NULL ? step->run : "") != 0 ||
        (step->said != NULL && strstr(log_text, step->said) == NULL)) {
        fail_msg("\"%s\": ran \"%s\", said %s", step->card != NULL ? step->card : "no card", ran,
                 log_text);
    }
}

enum fv_err fv_lwip_sleep(struct fv_lwip *l, int64_t deadline_us)
{
    (void)l;
    check_step();
    assert_int_equal(deadline_us, step->until_us);
    if (deadline_us == INT64_MAX) {
        return FV_E_CANCELLED; /* nobody has so much time */
    }
    now_us = deadline_us;
    step++;
    log_text[0] = ran[0] = '\0';
    return FV_OK;
}

/* --- The client --- */

size_t stub_client_size(uint32_t jobs)
{
    (void)jobs;
    return 0;
}

enum fv_err stub_client_open(void *block, size_t size, const struct fv_port *port,
                             const struct fv_settings *s, const struct fv_events *events,
                             struct fv_client **client)
{
    (void)size;
    (void)events;
    assert_ptr_equal(s->ca_ctx, port);
    snprintf(ran, sizeof ran, "%.*s %.*s %.*s %.*s %s%s%s", (int)config.scope.len, config.scope.ptr,
             (int)s->user.len, s->user.ptr, (int)s->password.len,
             s->password.len > 0 ? s->password.ptr : "", (int)s->ca_name.len, s->ca_name.ptr,
             s->prune ? "prune" : "", config.verify ? "verify" : "",
             s->pattern_count > 0 ? "filter" : "");
    *client = block;
    return FV_OK;
}

enum fv_err stub_sync(struct fv_client *client, struct fv_slice scope)
{
    (void)client;
    assert_true(fv_slice_eq(scope, config.scope));
    return FV_OK;
}

enum fv_err stub_verify(struct fv_client *client, bool list_only)
{
    (void)client;
    (void)list_only;
    return FV_OK;
}

int stub_client_exit(const struct fv_client *client, enum fv_err err)
{
    (void)client;
    return fv_err_exit(err);
}

const struct fv_fault *stub_client_fault(const struct fv_client *client)
{
    static const struct fv_fault none;
    (void)client;
    return &none;
}

const struct fv_summary *stub_client_summary(const struct fv_client *client)
{
    static const struct fv_summary summary;
    (void)client;
    return &summary;
}

void stub_client_close(struct fv_client *client)
{
    (void)client;
}

/* --- Cards that come and go --- */

#define S INT64_C(1000000)
#define FIRST                                                                                      \
    "scope = A\nuser = u\npassword = secret\ncacert = a.pem\nprune = 1\nverify = 1\ninclude = "    \
    "x\nevery = 10s\n"

/* One that is changed for another in each pause. */
static void test_cards_in_a_row(void **state)
{
    static const struct step steps[] = {
        {FIRST, "A u secret a.pem pruneverifyfilter", NULL, 10 * S},
        {"", NULL, "nothing was written; waiting for a card", 20 * S},
        {NULL, NULL, "error: no card", 30 * S},
        {MEDIUM_GONE, NULL, "error: fluxvision.conf", 40 * S},
        /* Of a card whose settings are wrong nothing is used, whatever stands before the line. */
        {"every = 1s\nscope = B\nuser = v\npassword = p\nwrong = 1\n", NULL, "line 5, wrong",
         50 * S},
        {"every = 1s\nscope = B\n", NULL, "scope, user and password are needed", 60 * S},
        {"every = 1s\nscope = B\nuser = v\npassword = p\nevery = 2\n", NULL, "line 5, every",
         70 * S},
        /* Nothing of the first card's is left where the next one's settings say nothing. */
        {"scope = B\nuser = v\npassword = p\nevery = 20s\n", "B v p ca.pem ", NULL, 90 * S},
        {"scope = C\nuser = w\npassword = q\naddress = 10.0.0.2\nevery = 20s\n", "C w q ca.pem ",
         "not used before the next start", 110 * S},
        {"scope = B\nuser = v\npassword = p\nsince = yesterday\nevery = 5s\n", NULL, "since",
         115 * S},
        {FIRST, "A u secret a.pem pruneverifyfilter", NULL, 125 * S},
        /* A pause that is longer than time can be counted is one that does not end. */
        {"scope = B\nuser = v\npassword = p\nevery = 9223372036854s\n", "B v p ca.pem ", NULL,
         INT64_MAX},
    };
    (void)state;
    step = steps;
    assert_int_equal(firmware(), 0);
    assert_ptr_equal(step, steps + sizeof steps / sizeof *steps - 1);
}

/* Without `every` the program ends, with the status of what happened last. */
static void test_the_last_run(void **state)
{
    static const struct step steps[] = {{FIRST, "A u secret a.pem pruneverifyfilter", NULL, 0},
                                        {"scope = B\nuser = v\npassword = p\n", "B v p ca.pem ",
                                         NULL, 0}};
    static const struct step none[] = {{NULL, NULL, "error: no card", 0}};
    struct step rows[2];
    (void)state;
    memcpy(rows, steps, sizeof rows);
    rows[0].until_us = now_us + 10 * S;
    step = rows;
    log_text[0] = ran[0] = '\0';
    assert_int_equal(firmware(), 0);
    check_step();
    assert_ptr_equal(step, rows + 1);
    step = none;
    log_text[0] = ran[0] = '\0';
    assert_int_equal(firmware(), fv_err_exit(FV_E_STORAGE));
    check_step();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cards_in_a_row),
        cmocka_unit_test(test_the_last_run),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
