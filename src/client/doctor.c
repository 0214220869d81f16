/* SPDX-License-Identifier: MIT */
#include "client/doctor_steps.h"
#include "client/listing.h"

#define SECOND_US INT64_C(1000000)

bool fv_doctor_tell(struct fv_doctor *d, enum fv_doctor_step step, enum fv_doctor_result result)
{
    bool stopped = d->fault.err == FV_E_CANCELLED;
    d->step = step;
    d->result = result;
    if (result == FV_DOCTOR_FAIL && (d->first == FV_OK || stopped)) {
        d->first = d->fault.err;
    }
    if (!stopped) {
        d->told(d->ctx, d);
    }
    d->fault = (struct fv_fault){.err = FV_OK};
    d->unchecked = d->useless = false;
    return result != FV_DOCTOR_FAIL;
}

bool fv_doctor_fail(struct fv_doctor *d, enum fv_doctor_step step, enum fv_err err)
{
    (void)fv_client_fail(d->c, err, FV_SLICE_NONE); /* keeps an earlier fault */
    d->fault = d->c->fault;
    d->c->fault = (struct fv_fault){.err = FV_OK};
    return fv_doctor_tell(d, step, FV_DOCTOR_FAIL);
}

static void leave_out(struct fv_doctor *d, enum fv_doctor_step step)
{
    d->unchecked = true;
    (void)fv_doctor_tell(d, step, FV_DOCTOR_WARN);
}

static void check_clock(struct fv_doctor *d)
{
    const struct fv_port_clock *clock = d->c->port->clock;
    d->wall_us = clock->wall(clock->ctx);
    bool fine = d->wall_us >= fv_net_facts_built_us; /* true also if the time is not known */
    if (fine) {
        (void)fv_doctor_tell(d, FV_DOCTOR_CLOCK, FV_DOCTOR_OK);
    } else {
        (void)fv_fault_set(&d->fault, FV_E_TLS_TIME, 0, NULL);
        (void)fv_doctor_tell(d, FV_DOCTOR_CLOCK, FV_DOCTOR_FAIL);
    }
}

/* --- The listing --- */

static enum fv_err forget_entries(void *ctx)
{
    struct fv_doctor *d = ctx;
    d->entries = d->unusable = 0;
    d->url[0] = '\0';
    return FV_OK;
}

/* The first entry of an attempt that is not valid is reported. */
static enum fv_err note_bad(void *ctx, enum fv_err err, uint8_t field)
{
    struct fv_doctor *d = ctx;
    const struct fv_plan_record record = {.err = err,
                                          .field = field,
                                          .number = (uint32_t)d->c->splitter.objects};
    if (d->unusable++ == 0) {
        fv_listing_blame(d->c, &record);
        d->fault = d->c->fault;
        d->c->fault = (struct fv_fault){.err = FV_OK};
    }
    return FV_OK;
}

static enum fv_err note_entry(void *ctx, const struct fv_entry *e, struct fv_slice url, bool passes,
                              enum fv_err refused)
{
    struct fv_doctor *d = ctx;
    struct fv_writer w;
    (void)passes;
    if (refused != FV_OK) {
        return note_bad(ctx, refused, FV_ENTRY_URL);
    }
    if (d->entries++ == 0) {
        fv_writer_init(&w, d->url, sizeof d->url);
        fv_writer_slice(&w, url);
        fv_writer_init(&w, d->file, sizeof d->file);
        fv_writer_slice(&w, fv_slice_head(e->name, sizeof d->file - 1));
    }
    return FV_OK;
}

/* The head of the response arrived between these two instants. Its Date is in whole seconds. */
static void check_date(struct fv_doctor *d, int64_t asked_us, int64_t done_us)
{
    int64_t date_us = d->c->summary.date_us;
    if (date_us == 0 || asked_us == INT64_MIN) {
        return;
    }
    d->ahead_us = done_us < date_us                ? done_us - date_us
                  : asked_us > date_us + SECOND_US ? asked_us - date_us
                                                   : 0;
    bool near = d->ahead_us <= FV_DOCTOR_DRIFT_S * SECOND_US &&
                d->ahead_us >= -FV_DOCTOR_DRIFT_S * SECOND_US;
    (void)fv_doctor_tell(d, FV_DOCTOR_DATE, near ? FV_DOCTOR_OK : FV_DOCTOR_WARN);
}

static bool judge_listing(struct fv_doctor *d, enum fv_err err)
{
    const struct fv_fault odd = d->fault;
    d->bytes = d->c->summary.listing_bytes;
    if (err != FV_OK) {
        return fv_doctor_fail(d, FV_DOCTOR_LISTING, err);
    }
    if (d->entries == 0 && d->unusable > 0) {
        d->useless = true;
        return fv_doctor_tell(d, FV_DOCTOR_LISTING, FV_DOCTOR_FAIL);
    }
    bool fine = odd.err == FV_OK && d->entries > 0;
    return fv_doctor_tell(d, FV_DOCTOR_LISTING, fine ? FV_DOCTOR_OK : FV_DOCTOR_WARN);
}

/* Check credentials, the portal's clock and the listing with one request. Return whether the
 * listing has a file. */
static bool check_portal(struct fv_doctor *d, const struct fv_slice *scope)
{
    struct fv_client *c = d->c;
    const struct fv_port_clock *clock = c->port->clock;
    struct fv_transfer *t = &c->lane->transfer;
    const struct fv_listing_visitor visitor = {.ctx = d,
                                               .entry = note_entry,
                                               .restart = forget_entries,
                                               .bad = note_bad};
    enum fv_err err = fv_listing_scopes(c, scope, 1);
    if (err != FV_OK) {
        return fv_doctor_fail(d, FV_DOCTOR_LISTING, err);
    }
    int64_t wall_us = clock->wall(clock->ctx);
    int64_t began_us = clock->now(clock->ctx);
    err = fv_listing_read(c, t, &visitor, NULL);
    d->took_us = clock->now(clock->ctx) - began_us;
    d->status = t->status;
    const struct fv_fault odd = d->fault;
    d->fault = (struct fv_fault){.err = FV_OK};
    if ((err == FV_E_AUTH || err == FV_E_FORBIDDEN) && t->place == FV_PLACE_PORTAL) {
        return fv_doctor_fail(d, FV_DOCTOR_CREDENTIALS, err);
    }
    if (d->status != 0) {
        (void)fv_doctor_tell(d, FV_DOCTOR_CREDENTIALS, FV_DOCTOR_OK);
        check_date(d, wall_us, clock->wall(clock->ctx));
    }
    d->fault = odd;
    return judge_listing(d, err) && d->entries > 0;
}

static void go(struct fv_doctor *d, const struct fv_slice *scope)
{
    bool way = fv_doctor_way(d);
    bool file = way && scope->len > 0 && check_portal(d, scope);
    for (unsigned step = FV_DOCTOR_CREDENTIALS; way && scope->len == 0 && step < FV_DOCTOR_DIR;
         step++) {
        if (step != FV_DOCTOR_DATE) {
            leave_out(d, (enum fv_doctor_step)step);
        }
    }
    if (file) {
        fv_doctor_file(d);
    }
}

FV_COLD enum fv_err fv_doctor_run(struct fv_doctor *d, struct fv_client *c, struct fv_slice scope)
{
    *d = (struct fv_doctor){.ctx = d->ctx, .told = d->told, .c = c};
    fv_client_begin(c);
    check_clock(d);
    go(d, &scope);
    if (c->port->storage == NULL) {
        leave_out(d, FV_DOCTOR_DIR);
    } else if (d->first != FV_E_CANCELLED) {
        fv_doctor_dir(d);
    }
    return fv_client_end(c, d->first);
}
