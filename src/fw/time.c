/* SPDX-License-Identifier: MIT */
#include "fw/time.h"

#include "base/writer.h"
#include "fw/say.h"
#include "parse/timestamp.h"
#include "port/bare/bare.h"

#include <assert.h>

#define KEPT ".fluxvision/clock"
#define KEPT_NEW ".fluxvision/clock.new"
#define SNTP_US 10000000
#define BUILD_US ((int64_t)FV_BUILD_TIME * 1000000)
#define CREDIBLE_US (20 * INT64_C(31557600) * 1000000)

/* With a build time of 1970 (SOURCE_DATE_EPOCH=0), no true time would be credible. */
static_assert(FV_BUILD_TIME > 1735689600, "the time of this build is not known");

/* Lower bounds of the time: at the moment at_us it was us or later. One was proved by a run of this
 * program; the other is from the card that is in the board now. */
static struct bound {
    int64_t us, at_us;
} proved = {BUILD_US, 0}, card_says = {INT64_MIN, 0};

static void put(struct bound *b, int64_t us)
{
    b->us = us;
    b->at_us = fv_bare_now();
}

static void say(const char *before, int64_t us, const char *from, const char *verdict)
{
    char text[32];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_timestamp_write(us, &w);
    fv_say_begin();
    fv_say_text(before);
    fv_say_text(text);
    fv_say_text(from);
    fv_say_text(verdict);
    fv_say_end();
}

static void set(int64_t us, const char *from)
{
    fv_bare_set_wall(us);
    say("time: ", us, from, "");
}

/* Return whether us may be the time. If not, log that. */
static bool credible(int64_t us, int64_t least_us, const char *from)
{
    bool late = us > BUILD_US + CREDIBLE_US;
    if (us >= least_us && !late) {
        return true;
    }
    say("time: ", us, from,
        late ? " is refused: 20 years after this build" : " is refused: it was later already");
    return false;
}

static bool set_if_credible(int64_t us, int64_t least_us, const char *from)
{
    bool good = us != INT64_MIN && credible(us, least_us, from);
    if (good) {
        set(us, from);
    }
    return good;
}

/* Return the time that the card keeps; INT64_MIN: none. */
static int64_t kept(const struct fv_port_storage *io)
{
    char text[32];
    size_t got = 0;
    int file = -1;
    int64_t us = INT64_MIN;
    if (io->open(io->ctx, KEPT, FV_PORT_OPEN_READ, &file) != FV_OK) {
        return INT64_MIN;
    }
    enum fv_err err = io->read(io->ctx, file, 0, text, sizeof text, &got);
    enum fv_err closed = io->close(io->ctx, file);
    if (err != FV_OK || closed != FV_OK ||
        fv_timestamp_parse((struct fv_slice){text, got}, &us) != FV_OK) {
        return INT64_MIN;
    }
    return us;
}

/* Return the lower bound as it is now. The clock may be fast by an eighth. */
static int64_t least_by(const struct bound *b)
{
    int64_t passed_us = fv_bare_now() - b->at_us;
    return b->us + passed_us - passed_us / 8;
}

/* Return the greatest lower bound of the time. */
static int64_t least(void)
{
    int64_t us = least_by(&card_says);
    return us > least_by(&proved) ? us : least_by(&proved);
}

enum fv_err fv_fw_time_set(struct fv_lwip *net, const struct fv_fw_config *c,
                           const struct fv_port_storage *io)
{
    int64_t kept_us = kept(io);
    if (kept_us != card_says.us) {
        /* the time of another card is valid only while that card is there */
        card_says.us = INT64_MIN;
        if (kept_us > least() && credible(kept_us, BUILD_US, " (card)")) {
            put(&card_says, kept_us);
        }
    }
    int64_t least_us = least();
    if (c->ntp != NULL) {
        struct fv_lwip_time time = {.why = ""};
        enum fv_err err = fv_lwip_time(net, c->ntp, c->ntp_port, fv_bare_now() + SNTP_US, &time);
        if (err == FV_E_CANCELLED) {
            return err;
        }
        if (err != FV_OK) {
            fv_say_begin();
            fv_say_text("time: no SNTP: ");
            fv_say_text(time.why);
            fv_say_end();
        } else if (set_if_credible(time.wall_us, least_us, " (SNTP)")) {
            return FV_OK;
        }
    }
    /* Otherwise keep the time of an earlier run, if it is credible. */
    if (fv_bare_clock.wall(NULL) < least_us &&
        !set_if_credible(fv_board_wall(), least_us, " (board)")) {
        set(least_us, " or later (build, card)");
    }
    return FV_OK;
}

static void write_kept(const struct fv_port_storage *io, int64_t us)
{
    char text[32];
    struct fv_writer w;
    int file = -1;
    fv_writer_init(&w, text, sizeof text);
    fv_timestamp_write(us, &w);
    if (fv_writer_check(&w) != FV_OK || w.len == 0 ||
        io->open(io->ctx, KEPT_NEW, FV_PORT_OPEN_CREATE, &file) != FV_OK) {
        return;
    }
    enum fv_err err = io->write(io->ctx, file, 0, text, w.len);
    if (err == FV_OK) {
        err = io->sync(io->ctx, file);
    }
    enum fv_err closed = io->close(io->ctx, file);
    if (err == FV_OK && closed == FV_OK && io->rename(io->ctx, KEPT_NEW, KEPT) == FV_OK) {
        err = io->sync_dir(io->ctx, ".fluxvision");
    }
    (void)err; /* not an error: the next run writes it again */
}

void fv_fw_time_keep(const struct fv_port_storage *io, enum fv_err run, int64_t date_us)
{
    int64_t us = fv_bare_clock.wall(NULL);
    if (run == FV_E_TLS_TIME) {
        fv_bare_set_wall(INT64_MIN);
    }
    us = us < date_us ? us : date_us;
    if (run == FV_OK && us > least()) {
        put(&proved, us);
        write_kept(io, us);
    }
}
