/* SPDX-License-Identifier: MIT */
#include "cli/doctor_show.h"

#include "base/writer.h"
#include "cli/doctor_advice.h"
#include "cli/json.h"
#include "cli/message.h"

#include <stdarg.h>
#include <string.h>

#define SECOND_US INT64_C(1000000)
#define DAY_US (86400 * SECOND_US)

/* Arrays of one length each: a table of pointers would be larger. */
static const char names[][13] = {"settings",   "clock",       "name",       "addresses", "proxy",
                                 "tls",        "credentials", "date",       "listing",   "ranges",
                                 "pipelining", "directory",   "confinement"};
static const char results[][5] = {"ok", "warn", "fail"};
static const char shown[][5] = {"ok  ", "warn", "FAIL"};

/* All numbers are 64 bits; texts and slices are pointers. */
static void put_number(struct fv_out *o, char kind, uint64_t v)
{
    switch (kind) {
    case 't':
        (void)fv_out_time(o, (int64_t)v, false);
        break;
    case 'z':
        fv_out_size(o, v);
        break;
    case 'm':
        fv_out_text(o, " in ");
        fv_out_u64(o, v / 1000);
        fv_out_text(o, " ms");
        break;
    default: /* u */
        fv_out_u64(o, v);
    }
}

static void put_text(struct fv_out *o, char kind, const void *p)
{
    const struct fv_slice s = kind == 's' ? fv_slice_of(p) : *(const struct fv_slice *)p;
    if (kind == 'j') {
        fv_json_string(o, s.len > 0 ? s : FV_SLICE_NONE);
    } else {
        fv_out_slice(o, s);
    }
}

FV_COLD void fv_doctor_show_put(struct fv_out *o, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    for (; *format != '\0'; format++) {
        char kind = *format == '%' ? *++format : '\0';
        if (kind == '\0') {
            fv_out_slice(o, (struct fv_slice){format, 1});
        } else if (kind == 's' || kind == 'v' || kind == 'j') {
            put_text(o, kind, va_arg(args, const void *));
        } else {
            put_number(o, kind, va_arg(args, uint64_t));
        }
    }
    va_end(args);
}

/* --- Lines --- */

/* Print a step; lines after the first are indented. */
static void put_step(struct fv_out *o, const char *result, const char *name, struct fv_slice found,
                     const char *advice)
{
    struct fv_slice one;
    struct fv_slice space = fv_slice_from(FV_SLICE("            "), strlen(name));
    fv_doctor_show_put(o, "%s  %s%v", result, name, &space);
    for (bool more = true; more;) {
        more = fv_slice_cut(found, '\n', &one, &found);
        fv_out_text(o, " ");
        fv_out_visible(o, one);
        fv_out_text(o, more ? "\n                  " : "\n");
    }
    if (advice != NULL) {
        fv_out_text(o, "      -> ");
        fv_out_visible(o, fv_slice_of(advice));
        fv_out_text(o, "\n");
    }
}

FV_COLD void fv_doctor_show_step(struct fv_doctor_show *s, enum fv_doctor_step step,
                                 enum fv_doctor_result result, const char *advice, int exit)
{
    const struct fv_slice found = fv_out_waiting(&s->text);
    s->count[result]++;
    if (result == FV_DOCTOR_FAIL && s->exit == 0) {
        struct fv_writer w;
        s->exit = exit;
        fv_writer_init(&w, s->error, sizeof s->error);
        fv_writer_text(&w, names[step]);
        fv_writer_text(&w, ": ");
        fv_writer_slice(&w, fv_slice_head(found, sizeof s->error - 20));
    }
    advice = advice != NULL && advice[0] != '\0' ? advice : NULL;
    if (s->json) {
        const struct fv_slice todo = fv_slice_of(advice);
        fv_doctor_show_put(s->out,
                           "{\"event\":\"step\",\"step\":\"%s\",\"result\":\"%s\",\"found\":%j,"
                           "\"advice\":%j}\n",
                           names[step], results[result], &found, &todo);
    } else if (!s->quiet || result != FV_DOCTOR_OK) {
        put_step(s->out, shown[result], names[step], found, advice);
    }
    s->text.len = 0;
    (void)fv_out_flush(s->out); /* shows progress to the user; a failure is detected at the end */
}

FV_COLD void fv_doctor_show_end(struct fv_doctor_show *s, int64_t wall_us)
{
    const struct fv_slice error = fv_slice_of(s->error);
    if (s->json) {
        fv_doctor_show_put(s->out,
                           "{\"event\":\"summary\",\"time\":\"%t\",\"exit\":%u,\"error\":%j,"
                           "\"ok\":%u,\"warn\":%u,\"fail\":%u}\n",
                           wall_us, (uint64_t)s->exit, &error, s->count[0], s->count[1],
                           s->count[2]);
    } else if (!s->quiet) {
        fv_doctor_show_put(s->out, "%u ok, %u warn, %u FAIL\n", s->count[0], s->count[1],
                           s->count[2]);
    }
    (void)fv_out_flush(s->out);
}

/* --- Words for facts --- */

static void put_fault(struct fv_out *o, const struct fv_fault *fault)
{
    char text[FV_MESSAGE_MOST];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_message_fault(fault, &w);
    fv_out_slice(o, fv_writer_done(&w));
}

static void tell_addresses(struct fv_out *o, const struct fv_doctor *d)
{
    for (size_t i = 0; i < d->addresses; i++) {
        const struct fv_doctor_address *a = &d->address[i];
        char text[48];
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        fv_writer_address(&w, a->addr.bytes, a->addr.family == 6 ? 16 : 4);
        bool told = a->err != FV_OK && a->err != FV_E_TIMEOUT && a->native > 0;
        fv_doctor_show_put(o, "%s%s, port %u: %s%m", i > 0 ? "\n" : "", text,
                           (uint64_t)a->addr.port,
                           told              ? strerror(a->native)
                           : a->err == FV_OK ? "connected"
                                             : "no connection",
                           a->took_us);
    }
}

static void tell_tls(struct fv_out *o, const struct fv_doctor *d)
{
    const struct fv_net_facts *f = &d->tls;
    if (f->version != NULL) {
        fv_doctor_show_put(o, "%s%s%s%m", f->version, f->suite, f->group, d->took_us);
    }
    for (size_t i = 0; i < f->certs; i++) {
        const struct fv_net_facts_cert *c = &f->cert[i];
        int64_t left_us = c->until_us - d->wall_us;
        fv_doctor_show_put(o, "\ncertificate %s, issued by %s, valid %t to %t, %u days %s",
                           c->subject, c->issuer, c->from_us, c->until_us,
                           (uint64_t)((left_us < 0 ? -left_us : left_us) / DAY_US),
                           left_us < 0 ? "too old" : "left");
    }
    if (f->certs > 0) {
        fv_doctor_show_put(o, "\ntrusted by %v", &f->bundle);
        if (f->line > 0) {
            fv_doctor_show_put(o, ", line %u", f->line);
        }
        fv_doctor_show_put(o, "\npin of the server's key: %s", f->pin);
    }
}

static void tell_listing(struct fv_out *o, const struct fv_doctor *d)
{
    fv_doctor_show_put(o, "%u file%s, %z%m", d->entries, d->entries == 1 ? "" : "s", d->bytes,
                       d->took_us);
    if (d->unusable > 0) {
        fv_doctor_show_put(o, "; entries that cannot be used: %u, the first: ", d->unusable);
        put_fault(o, &d->fault);
    }
}

static void tell_dir(const struct fv_doctor_show *s, struct fv_out *o, const struct fv_doctor *d)
{
    fv_doctor_show_put(o,
                       "%s: %s%z free, writable, not locked; case %s names apart%s; times are %s%s",
                       s->dir, s->file_system, d->free_bytes, d->folds ? "does not tell" : "tells",
                       d->fat ? ", FAT's characters" : "",
                       d->lost    ? "lost"
                       : d->exact ? "kept"
                                  : "altered",
                       d->lacks == 0 ? "" : "; a power cut may lose what was synced");
}

static void tell_facts(struct fv_doctor_show *s, const struct fv_doctor *d)
{
    struct fv_out *o = &s->text;
    bool behind = d->ahead_us < 0;
    switch (d->step) {
    case FV_DOCTOR_NAME:
        fv_doctor_show_put(o, "%s%v has %u address%s, found%m", d->proxied ? "the proxy " : "",
                           &d->host, (uint64_t)d->addresses, d->addresses == 1 ? "" : "es",
                           d->took_us);
        break;
    case FV_DOCTOR_PROXY:
        fv_doctor_show_put(o,
                           d->proxy.len == 0 ? "none"
                           : d->proxied      ? "through %v"
                                             : "not through %v (NO_PROXY)",
                           &d->proxy);
        break;
    case FV_DOCTOR_CREDENTIALS:
        fv_doctor_show_put(o, d->status / 100 == 2 ? "accepted (HTTP %u)" : "not refused (HTTP %u)",
                           (uint64_t)d->status);
        break;
    case FV_DOCTOR_DATE:
        fv_doctor_show_put(o, "this clock is %u s %s the portal's",
                           (uint64_t)((behind ? -d->ahead_us : d->ahead_us) / SECOND_US),
                           behind ? "behind" : "ahead of");
        break;
    case FV_DOCTOR_LISTING:
        tell_listing(o, d);
        break;
    case FV_DOCTOR_RANGES:
        fv_doctor_show_put(o, d->size == UINT64_MAX ? "%s" : "%s, %z", d->file, d->size);
        fv_doctor_show_put(o, "%s: comes %s, with %s", d->redirected ? ", from another server" : "",
                           d->partial ? "in parts" : "as a whole only",
                           d->etag        ? "a strong ETag"
                           : d->validator ? "a strong Last-Modified"
                                          : "no strong validator");
        break;
    case FV_DOCTOR_PIPELINING:
        fv_doctor_show_put(o,
                           d->unchecked ? "switched off by --pipeline 1"
                                        : "%u requests sent together, %u of them with a response%m",
                           (uint64_t)d->sent, (uint64_t)d->responses, d->took_us);
        break;
    default:
        tell_dir(s, o, d);
        break;
    }
}

FV_COLD void fv_doctor_show_told(void *ctx, const struct fv_doctor *d)
{
    struct fv_doctor_show *s = ctx;
    struct fv_out *o = &s->text;
    char advice[320];
    struct fv_writer w;
    if (d->unchecked && d->result == FV_DOCTOR_WARN) {
        fv_doctor_show_put(o, "not checked: no %s given", d->step == FV_DOCTOR_DIR ? "DIR" : "ORG");
    } else if (d->step == FV_DOCTOR_CLOCK) {
        fv_doctor_show_put(o, d->wall_us == INT64_MIN ? "this machine's clock is not set" : "%t",
                           d->wall_us);
        fv_doctor_show_put(o, "; this program was made %t", fv_net_facts_built_us);
    } else if (d->step == FV_DOCTOR_ADDRESSES) {
        tell_addresses(o, d);
    } else if (d->result == FV_DOCTOR_FAIL) {
        put_fault(o, &d->fault);
    } else if (d->step != FV_DOCTOR_TLS) {
        tell_facts(s, d);
    }
    if (d->step == FV_DOCTOR_TLS) {
        tell_tls(o, d);
    }
    fv_writer_init(&w, advice, sizeof advice);
    fv_doctor_advice(d, &w);
    fv_doctor_show_step(s, d->step, d->result, advice, fv_doctor_advice_exit(d));
}
