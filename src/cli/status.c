/* SPDX-License-Identifier: MIT */
#include "cli/status.h"

#include "cli/json.h"
#include "cli/message.h"
#include "cli/results.h"
#include "parse/quantity.h"
#include "port/posix/posix.h"

#define DAY_US INT64_C(86400000000)

struct report {
    struct fv_session *s;
    int64_t now_us; /* wall time; INT64_MIN: not known */
    bool at_work;   /* another process holds the lock */
    bool known;     /* `last` is known */
    bool unread;    /* last.json exists and cannot be read */
    bool damaged;   /* last.json exists and is damaged */
    bool comma;     /* the next partial file in the JSON list needs a comma */
    struct fv_outcome last;
};

static void print_instant(struct fv_out *o, int64_t us)
{
    if (!fv_out_time(o, us, true)) {
        fv_out_text(o, "at a time that is not known");
    }
}

/* Write a duration in the largest unit of which it has at least two. */
static void print_span(struct fv_out *o, int64_t us)
{
    static const struct {
        int64_t us;
        const char *name;
    } units[] = {{DAY_US, " days"}, {DAY_US / 24, " hours"}, {60000000, " minutes"}};
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        if (us / units[i].us >= 2) {
            fv_out_u64(o, (uint64_t)(us / units[i].us));
            fv_out_text(o, units[i].name);
            return;
        }
    }
    fv_out_u64(o, us > 0 ? (uint64_t)us / 1000000 : 0);
    fv_out_text(o, " s");
}

static void print_when(struct fv_out *o, const char *what, int64_t us, int64_t now_us)
{
    fv_out_text(o, what);
    print_instant(o, us);
    if (us >= 0 && now_us >= us) {
        fv_out_text(o, ", ");
        print_span(o, now_us - us);
        fv_out_text(o, " ago");
    }
    fv_out_text(o, "\n");
}

static void print_last(struct fv_out *o, const struct report *r)
{
    const struct fv_outcome *last = &r->last;
    print_when(o, "last run:     ended ", last->ended_us, r->now_us);
    fv_out_text(o, "result:       ");
    if (last->exit == 0) {
        fv_out_text(o, "done");
    } else {
        fv_out_text(o, "exit status ");
        fv_out_u64(o, last->exit);
        fv_out_text(o, last->error[0] != '\0' ? ": " : "");
        fv_out_visible(o, fv_slice_of(last->error));
    }
    if (last->success_us >= 0) {
        print_when(o, "\nlast success: ", last->success_us, r->now_us);
    } else {
        fv_out_text(o, "\nlast success: none is known\n");
    }
    fv_out_text(o, "files:        ");
    fv_results_sync(o, &last->summary, false);
}

static uint64_t days_left(const struct report *r)
{
    return (uint64_t)((r->last.certificate_end_us - r->now_us) / DAY_US);
}

static void print_certificate(struct fv_out *o, const struct report *r)
{
    int64_t end_us = r->last.certificate_end_us;
    if (end_us < 0) {
        return;
    }
    fv_out_text(o, "certificate:  ends ");
    print_instant(o, end_us);
    if (r->now_us >= 0) {
        bool over = r->now_us >= end_us;
        fv_out_text(o, over ? ", which has passed" : ", ");
        if (!over) {
            fv_out_u64(o, days_left(r));
            fv_out_text(o, " days left");
        }
    }
    fv_out_text(o, "\n");
}

static void print_part(void *ctx, const struct fv_partial_file *p)
{
    struct fv_out *o = &((const struct report *)ctx)->s->out;
    fv_out_text(o, "under way:    ");
    fv_out_visible(o, p->path.ptr != NULL ? p->path : FV_SLICE("a file"));
    fv_out_text(o, ": ");
    fv_out_size(o, p->bytes);
    if (p->size != UINT64_MAX) {
        fv_out_text(o, " of ");
        fv_out_size(o, p->size);
    }
    fv_out_text(o, "\n");
}

static enum fv_err print_all(struct report *r)
{
    struct fv_out *o = &r->s->out;
    uint64_t more = 0;
    if (r->known) {
        print_last(o, r);
        print_certificate(o, r);
    } else {
        fv_out_text(o, r->damaged ? "last run:     not known: " FV_LAST_NAME " is damaged\n"
                                  : "last run:     none is known\n");
    }
    enum fv_err err = fv_partials(&r->s->storage.port, print_part, r, &more);
    if (more > 0) {
        fv_out_text(o, "under way:    more files: ");
        fv_out_u64(o, more);
        fv_out_text(o, "\n");
    }
    fv_out_text(o, r->at_work ? "now:          a run is under way\n" : "");
    return err;
}

static void json_part(void *ctx, const struct fv_partial_file *p)
{
    struct report *r = ctx;
    struct fv_out *o = &r->s->out;
    fv_out_text(o, r->comma ? ",{\"path\":" : "{\"path\":");
    r->comma = true;
    fv_json_string(o, p->path);
    fv_out_text(o, ",\"bytes\":");
    fv_out_u64(o, p->bytes);
    fv_out_text(o, ",\"size\":");
    if (p->size != UINT64_MAX) {
        fv_out_u64(o, p->size);
    } else {
        fv_out_text(o, "null");
    }
    fv_out_text(o, "}");
}

/* Print the JSON object. exit was computed before: after that only the list of partial files can
 * fail, and it is then left out. */
static void json_all(struct report *r, int exit)
{
    struct fv_out *o = &r->s->out;
    const struct fv_writer *said = &r->s->said;
    uint64_t more = 0;
    fv_out_text(o, "{\"event\":\"status\",\"exit\":");
    fv_out_u64(o, (uint64_t)exit);
    fv_out_text(o, ",\"error\":");
    fv_json_string(o, said->len > 0 ? fv_writer_done(said) : FV_SLICE_NONE);
    fv_out_text(o, r->at_work ? ",\"at_work\":true" : ",\"at_work\":false");
    fv_out_text(o, ",\"certificate_days\":");
    if (r->now_us >= 0 && r->last.certificate_end_us >= r->now_us) {
        fv_out_u64(o, days_left(r));
    } else {
        fv_out_text(o, "null");
    }
    fv_out_text(o, ",\"partial\":[");
    if (r->s->storage_open && fv_partials(&r->s->storage.port, json_part, r, &more) != FV_OK) {
        more = 0;
    }
    fv_out_text(o, "],\"more_partial\":");
    fv_out_u64(o, more);
    fv_out_text(o, ",\"last\":");
    if (r->known) {
        fv_outcome_write(o, &r->last, ",");
    } else {
        fv_out_text(o, "null");
    }
    fv_out_text(o, "}\n");
}

static enum fv_err look(struct report *r, const char *dir)
{
    struct fv_session *s = r->s;
    enum fv_err err = fv_posix_storage_open(&s->storage, dir, false);
    s->storage_open = err == FV_OK;
    if (err != FV_OK) {
        return err;
    }
    fv_session_confine(s);
    err = fv_outcome_last(&s->storage.port, &r->last);
    r->known = err == FV_OK;
    r->damaged = err == FV_E_CORRUPT;
    r->unread = !r->known && !r->damaged && err != FV_E_NOT_FOUND;
    r->at_work = fv_posix_is_locked(&s->storage, FV_LOCK_NAME);
    return err == FV_E_CORRUPT || err == FV_E_NOT_FOUND ? FV_OK : err;
}

static bool is_fresh(const struct report *r, int64_t age_us)
{
    int64_t success_us = r->last.success_us;
    return success_us >= 0 && r->now_us >= success_us && r->now_us - success_us < age_us;
}

static int fail(const struct report *r, enum fv_err err, const char *dir)
{
    struct fv_slice path = fv_slice_of(dir);
    struct fv_fault fault = {.err = FV_OK};
    if (!r->unread) {
        return fv_session_fail(r->s, err, r->s->storage.error, dir);
    }
    (void)fv_fault_set(&fault, err, r->s->storage.error, FV_LAST_NAME);
    fv_session_complain(r->s, &path, &fault);
    return fv_err_exit(err);
}

FV_COLD int fv_status_run(struct fv_session *s)
{
    const struct fv_port_clock *clock = &s->posix.clock;
    struct report r = {.s = s, .now_us = clock->wall(clock->ctx)};
    struct fv_slice age = s->given.value[FV_OPT_MAX_AGE];
    int64_t age_us = 0;
    char dir[4096];
    struct fv_writer w;
    fv_outcome_init(&r.last);
    if (age.ptr != NULL && (fv_quantity_span(age, &age_us) != FV_OK || age_us == 0)) {
        return fv_err_exit(fv_message_value(&s->err, &s->given, FV_OPT_MAX_AGE,
                                            s->given.from[FV_OPT_MAX_AGE], age, FV_E_USAGE));
    }
    fv_writer_init(&w, dir, sizeof dir);
    fv_writer_slice(&w, s->given.operand[0]);
    enum fv_err err = fv_writer_check(&w);
    err = err == FV_OK ? look(&r, dir) : err;
    int status = err != FV_OK           ? fail(&r, err, dir)
                 : age.ptr == NULL      ? 0
                 : is_fresh(&r, age_us) ? 0
                                        : 1;
    if (s->json) {
        json_all(&r, status);
    } else if (err == FV_OK && !s->quiet) {
        err = print_all(&r);
        if (err != FV_OK && err != FV_E_NOT_FOUND) {
            (void)fv_out_flush(&s->out);
            status = fv_session_fail(s, err, s->storage.error, dir);
        }
    }
    return fv_out_flush(&s->out) == FV_OK ? status : fv_session_unwritten(s, &s->out.sink);
}
