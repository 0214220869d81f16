/* SPDX-License-Identifier: MIT */
#include "soak/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

uint8_t soak_body[SOAK_BODY];
static char wire[2 * SOAK_BODY];

static const int statuses[16] = {503, 404, 500, 429, 502, 403, 401, 504,
                                 507, 408, 410, 400, 501, 520, 425, 304};

/* --- Sending --- */

static size_t encode(const struct answer *a)
{
    size_t at = 0, done = 0;

    if (a->framing != FRAMED_CHUNKED) {
        memcpy(wire, soak_body, a->n);
        return a->n;
    }
    while (done < a->n) {
        size_t part = a->n - done > 700 ? 700 : a->n - done;

        at += (size_t)sprintf(wire + at, "%zx%s\r\n", part, done % 3 ? "" : ";x=y");
        memcpy(wire + at, soak_body + done, part);
        at += part;
        done += part;
        at += (size_t)sprintf(wire + at, "\r\n");
    }
    return at + (size_t)sprintf(wire + at, "0\r\n%s\r\n", a->n % 5 ? "" : "X-Sum: 1\r\n");
}

static void rest(struct soak_world *w, struct fv_sim_conn *c, int64_t us)
{
    if (us > 0) {
        fv_sim_pause(c, us);
        w->waits_us += us;
    }
}

/* Returns its length. */
static size_t send_head(const struct soak_world *w, const struct soak_line *l,
                        struct fv_sim_conn *c, const struct answer *a)
{
    char text[1400], date[40];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %d Status\r\n", a->status);

    for (unsigned i = 0; i < a->interim; i++)
        fv_sim_send_text(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
    if (w->sim.wall_us != INT64_MIN) {
        soak_http_date(w->sim.wall_us + w->sim.now_us, date);
        n += snprintf(text + n, sizeof text - (size_t)n, "Date: %s\r\n", date);
    }
    if (a->type)
        n += snprintf(text + n, sizeof text - (size_t)n, "Content-Type: %s\r\n", a->type);
    if (a->retry_after >= 0)
        n += snprintf(text + n, sizeof text - (size_t)n, "Retry-After: %d\r\n", a->retry_after);
    if (a->framing == FRAMED_CHUNKED)
        n += snprintf(text + n, sizeof text - (size_t)n, "Transfer-Encoding: chunked\r\n");
    else if (a->framing == FRAMED_LENGTH && a->status != 304)
        n += snprintf(text + n, sizeof text - (size_t)n, "Content-Length: %zu\r\n",
                      a->bare ? l->last : a->n + a->more);
    if (a->says_so)
        n += snprintf(text + n, sizeof text - (size_t)n, "Connection: close\r\n");
    n += snprintf(text + n, sizeof text - (size_t)n, "%s\r\n", a->fields);
    fv_sim_send(c, text, (size_t)n);
    return (size_t)n;
}

static void send_body(struct soak_world *w, struct fv_sim_conn *c, const struct answer *a, size_t n)
{
    size_t step = a->drip ? a->drip : n;

    if (step < n / 16 + 1)
        step = n / 16 + 1; /* what is told apart costs time here, too */
    for (size_t at = 0; at < n; at += step) {
        if (at > 0)
            rest(w, c, a->drip_us);
        fv_sim_send(c, wire + at, n - at < step ? n - at : step);
    }
}

/* A TLS connection's end is authentic only with close_notify. */
static void end(struct fv_sim_conn *c, bool unclean)
{
    soak_unclean[fv_sim_conn_number(c)] = unclean;
    fv_sim_end(c);
}

/* What is no HTTP, behind an answer that lacks some bytes, nobody could tell from these. */
static void send_instead(const struct soak_line *l, struct fv_sim_conn *c, const struct answer *a)
{
    if (a->instead == 4)
        fv_sim_send(c, "HTTP/1.1 200 OK\r\n", a->torn);
    if (a->instead == 0 || (a->instead == 3 && l->lacking) || (a->instead == 4 && a->closes))
        fv_sim_end(c);
    else if (a->instead == 1)
        fv_sim_reset(c);
    else if (a->instead == 3)
        fv_sim_send_text(c, "220 mail.example ESMTP\r\n");
}

void soak_send(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
               const struct answer *a)
{
    size_t n, whole, head;
    /* What else comes in its place nobody could tell from its own. */
    bool open = (a->open || a->bare) && a->framing == FRAMED_LENGTH && !a->surplus && !a->closes;
    bool last = a->closes || (a->cut >= 0 && !open) || a->framing == FRAMED_CLOSE || a->more > 0;
    bool ends = last && !(a->lingers && a->cut < 0 && a->framing != FRAMED_CLOSE);

    rest(w, c, a->before_us);
    l->dead = last || (a->instead >= 0 && !a->left_out);
    l->said_close = a->says_so && a->cut < 0 && a->instead < 0;
    w->ends += l->dead || a->surplus || open;
    if (a->instead >= 0) {
        send_instead(l, c, a);
        return;
    }
    head = send_head(w, l, c, a);
    rest(w, c, a->n ? a->body_us : 0);
    n = whole = encode(a);
    if (a->cut >= 0)
        n = a->cut == 999 ? (n ? n - 1 : 0) : n * (size_t)a->cut / 1000;
    if (a->bare) {
        whole = l->last;
        n = 0;
    } else if (a->framing == FRAMED_LENGTH && n == whole) {
        l->last = head + n;
    }
    send_body(w, c, a, n);
    if (a->cut >= 0 && !open && (a->reset || (a->framing == FRAMED_CLOSE && !a->unclean)))
        fv_sim_reset(c);
    else if (ends)
        end(c, a->unclean);
    else if (a->twice) {
        send_head(w, l, c, a);
        send_body(w, c, a, n);
    } else if (a->surplus)
        fv_sim_send_text(c, a->whole_surplus ? "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"
                                             : "what nobody asked for");
    l->dirty = l->dirty || a->surplus;
    l->lacking = l->lacking || (open && n < whole);
    if (w->tracing)
        soak_say(w, "  -> %d, %zu bytes%s%s%s%s", a->status, a->n,
                 a->framing == FRAMED_CHUNKED ? " in chunks"
                 : ends                       ? ", then the end"
                                              : "",
                 a->cut < 0 ? ""
                 : a->reset ? ", reset inside"
                            : ", cut inside",
                 a->before_us ? ", late" : "", a->body_us ? ", body later" : "");
    (void)whole;
}

/* --- Faults that any answer may have --- */

void soak_no_content(struct answer *a, int status, size_t n)
{
    a->status = status;
    a->fields[0] = '\0';
    a->type = NULL;
    a->n = n;
    memset(soak_body, 'n', n);
    if (a->framing == FRAMED_CLOSE)
        a->framing = FRAMED_LENGTH;
}

bool soak_may_pass(int status)
{
    return status == 408 || status == 425 || status == 429 ||
           (status >= 500 && status != 501 && status != 505 && status != 506 && status != 508 &&
            status != 510 && status != 511);
}

static void bend_status(struct soak_world *w, struct answer *a, const struct soak_fault *f, int url)
{
    static const uint16_t lengths[] = {0, 10, 10, 3000, 10, 100, 6, 40000};
    static const int64_t late[] = {0, 0, 400000, 200000, 600000, 1000000, 50000, 0};
    int status = statuses[f->a % 16];
    uint32_t exits = SOAK_BIT(status == 401 || status == 403 ? 5 : 6);

    soak_no_content(a, status, status == 304 ? 0 : lengths[f->c % 8]);
    if (status == 304)
        a->framing = FRAMED_LENGTH;
    a->body_us += a->n ? late[f->c % 8] : 0;
    a->bare = f->c & 8;
    if (a->bare)
        a->framing = FRAMED_LENGTH;
    if (f->b) {
        a->retry_after = f->b - 1;
        w->waits_us += a->retry_after * INT64_C(1000000);
    }
    if (soak_may_pass(status))
        soak_explain(w, url, exits);
    else
        soak_explain_fatal(w, url, exits);
    if (status == 401 && f->node != NODE_STORE)
        soak_explain(w, -1, exits);
}

/* From here on an answer may be taken for another one's, whose file may fail of it. */
static void misplace(struct soak_world *w)
{
    for (int u = 0; u < SOAK_URLS; u++)
        soak_explain_fatal(w, u, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6));
}

void soak_bend(struct soak_world *w, struct answer *a, const struct soak_fault *f, int url)
{
    uint32_t exits = SOAK_BIT(3) | SOAK_BIT(6);

    switch (f->kind) {
    case KIND_STATUS:
        bend_status(w, a, f, url);
        return;
    case KIND_LATE:
        a->before_us += f->a * INT64_C(1000);
        break;
    case KIND_BODY_LATE:
        a->body_us += f->a * INT64_C(1000);
        break;
    case KIND_DRIP:
        a->drip = f->a;
        a->drip_us = f->b * INT64_C(1000);
        break;
    case KIND_CUT:
        a->cut = f->a;
        a->reset = f->b == 1;
        a->unclean = f->b == 2;
        break;
    case KIND_SHORT:
        if (a->framing != FRAMED_LENGTH)
            return;
        a->cut = f->a;
        a->open = true;
        break;
    case KIND_INSTEAD:
        a->instead = f->a;
        a->torn = f->b;
        a->closes = f->c & 1;
        if (f->a == 3) { /* not HTTP */
            soak_explain_fatal(w, url, exits);
            return;
        }
        break;
    case KIND_CLOSE:
        a->closes = true;
        a->says_so = f->a & 1;
        a->lingers = (f->a & 3) == 3;
        break;
    case KIND_FRAMING:
        if (a->status != 304)
            a->framing = (enum soak_framing)(f->a % 3);
        break;
    case KIND_SURPLUS:
        a->surplus = true;
        /* Nobody can tell it from the next request's answer unless that can't have been sent. */
        a->whole_surplus = f->a & 1 && w->options->pipeline == 1 && w->options->piece == 0;
        a->twice = f->a & 1 && w->plan->dated && url >= 0 && a->framing == FRAMED_LENGTH &&
                   (a->status == 200 || (a->status / 100 == 3 && strstr(a->fields, "Location")));
        if (a->twice)
            misplace(w);
        if (a->twice && a->status != 200) {
            w->issued[url]++;
            w->redirected++;
        }
        break;
    case KIND_LEFT_OUT:
        if (!w->plan->dated)
            return;
        a->instead = 2;
        a->left_out = true;
        misplace(w);
        break;
    case KIND_HUGE:
        if (a->status != 200)
            return;
        a->more = 400000;
        a->framing = FRAMED_LENGTH;
        break;
    case KIND_INTERIM:
        a->interim = 1 + f->a % 2;
        return;
    default:
        return;
    }
    soak_explain(w, url, exits);
}
