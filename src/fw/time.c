#include "fw/time.h"

#include "base/writer.h"
#include "fw/say.h"
#include "parse/timestamp.h"
#include "port/bare/bare.h"

#define KEPT ".fluxvision/clock"
#define KEPT_NEW ".fluxvision/clock.new"
#define SNTP_US 10000000

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

static void set(int64_t us, const char *from)
{
    char text[32];
    struct fv_writer w;
    fv_bare_set_wall(us);
    fv_writer_init(&w, text, sizeof text);
    fv_timestamp_write(us, &w);
    fv_say_begin();
    fv_say_text("time: ");
    fv_say_text(text);
    fv_say_text(from);
    fv_say_end();
}

enum fv_err fv_fw_time_set(struct fv_lwip *net, const struct fv_fw_config *c,
                           const struct fv_port_storage *io)
{
    int64_t us = INT64_MIN;
    if (c->ntp != NULL) {
        int64_t until_us = fv_bare_now() + SNTP_US;
        enum fv_err err = fv_lwip_time(net, c->ntp, c->ntp_port, until_us, &us);
        if (err == FV_OK) {
            set(us, " (SNTP)");
            return FV_OK;
        }
        if (err == FV_E_CANCELLED) {
            return err;
        }
        fv_say("time: SNTP gave no answer");
    }
    if (fv_bare_clock.wall(NULL) != INT64_MIN) {
        return FV_OK; /* it goes on from what an earlier run knew */
    }
    us = fv_board_wall();
    if (us != INT64_MIN) {
        set(us, " (board)");
        return FV_OK;
    }
    us = kept(io);
    if (us < (int64_t)FV_BUILD_TIME * 1000000) {
        us = (int64_t)FV_BUILD_TIME * 1000000;
    }
    set(us, " or later (build, card)");
    return FV_OK;
}

void fv_fw_time_keep(const struct fv_port_storage *io)
{
    char text[32];
    struct fv_writer w;
    int file = -1;
    fv_writer_init(&w, text, sizeof text);
    fv_timestamp_write(fv_bare_clock.wall(NULL), &w);
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
    (void)err; /* another run will keep it */
}
