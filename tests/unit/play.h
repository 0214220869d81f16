/* SPDX-License-Identifier: MIT */
/*
 * A play: files that are fetched one after the other, as a lane does it, from servers that act by a
 * script, on port/sim in virtual time and without TLS. What was asked for and what came of it are
 * one line each.
 */
#ifndef TEST_PLAY_H
#define TEST_PLAY_H

#include "client/transfer.h"
#include "fault/plain_tls.h"
#include "port/sim/sim.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* Rows name what they need. */
#pragma GCC diagnostic ignored "-Wmissing-field-initializers"

#define COUNT(table) (sizeof(table) / sizeof((table)[0]))
#define PLAY_STEPS 14
#define PLAY_FILES 10
#define PLAY_CONNS 16
#define PLAY_ROOM (1u << 18)

/* A response. Those to one target are sent in their order, whatever else is requested in
 * between. */
struct step {
    const char *to; /* the request's target */
    unsigned status;
    const char *body;
    const char *fields; /* more field lines */
    size_t size;        /* bytes of the body, if it is only x */
    size_t length;      /* Content-Length; 0: the body's */
    unsigned wait_ms;   /* before the head */
    unsigned late_ms;   /* before the body */
    unsigned drip_ms;   /* before each byte of the body */
    bool chunked;       /* the body has its chunks in it */
    bool for_ever;      /* this is what the target always gives */
    bool stops;         /* the user asks to stop meanwhile */
    bool silent;        /* nothing is sent at all, but for what then says */
    enum fv_sim_then then;
};

struct play {
    const char *title;
    const char *files;                                   /* a letter each: /a of the portal */
    struct step portal[PLAY_STEPS], storage[PLAY_STEPS]; /* hosts p and s */
    uint32_t retries, pipeline;                          /* pipeline 0: 4 */
    const char *held;                                    /* what is there of the first file, */
    const char *validator;                               /* as that version */
    const char *dates; /* as listed, a digit each: seconds of 2024; NULL: not known */
    uint64_t total;    /* of so many bytes; 0: not known */
    uint32_t speed_limit, speed_time_ms;
    unsigned most;    /* connections that the portal takes at a time; 0: any number */
    unsigned max_ms;  /* of the whole command; 0: any time */
    unsigned slow_ms; /* that the sink takes for each piece */
    enum fv_err begin, content, address; /* what the sink says instead */
    bool hangs;                          /* the portal does not refuse them, it says nothing */
    bool refuses;                        /* the storage refuses connections */
    bool one;                            /* connection only, as on a small board */
    bool json;                           /* it is a listing */
    bool proxy;                          /* the portal is asked through one, which is p as well */
    bool times;                          /* sent tells when: milliseconds in brackets */
    /* What is wanted; NULL: anything. Of each request the server, the number of its connection
     * there, the target, '-' if it has no credentials, '@' with first byte and If-Range. */
    const char *sent;
    /* Of each file its content, or !error and place (dial, portal, target, dir, name), or ? if
     * it is asked for alone later. Of each retry ~error. */
    const char *got;
    const char *fault;  /* what the last error is about, and a status */
    const char *pauses; /* of each retry, ms */
    int64_t took_ms;    /* 0: any time */
    uint32_t requests;  /* 0: any number */
};

struct play_server {
    char letter;
    const struct step *steps;
    bool used[PLAY_STEPS];
    unsigned most, begun, open;
    struct fv_sim_peer peer;
    struct {
        struct fv_sim_conn *conn; /* NULL: free */
        unsigned number;
        size_t len;
        char request[4 * FV_CAP_URL];
    } lines[PLAY_CONNS];
};

/* What the sink of a file has. */
struct play_file {
    char url[32];
    bool alone; /* it is asked for again, alone, behind the others */
    uint8_t held[PLAY_ROOM];
    size_t len;
    uint64_t total; /* UINT64_MAX: not known */
    char validator[FV_CAP_VALIDATOR + 1];
};

struct playing {
    const struct play *play;
    struct fv_sim sim;
    struct play_server portal, storage;
    struct fv_net_config config;
    struct fv_settings settings;
    struct fv_events events;
    struct fv_summary summary;
    struct fv_fault fault;
    struct fv_transfer_shared shared;
    struct fv_exchange exchange[2];
    struct fv_transfer_way way;
    struct fv_transfer transfer;
    struct play_file files[PLAY_FILES];
    size_t count, at; /* the file under way */
    int64_t start_us;
    uint32_t attempt; /* of the last retry */
    bool keyed_proxy; /* a proxy was sent credentials */
    char sent[4096], got[4096], pauses[512], about[FV_CAP_SUBJECT + 16];
};

static struct playing P;

static inline void play_note(char *text, size_t room, const char *format, ...)
{
    size_t n = strlen(text);
    va_list args;
    if (n > 0 && n + 1 < room) {
        strcpy(text + n++, " ");
    }
    va_start(args, format);
    vsnprintf(text + n, room - n, format, args);
    va_end(args);
}

static inline unsigned play_ms(void)
{
    return (unsigned)((P.sim.now_us - P.start_us) / 1000);
}

/* --- The servers --- */

static inline void play_body(struct fv_sim_conn *c, const struct step *s)
{
    static char text[PLAY_ROOM];
    size_t n = s->size > 0 ? s->size : strlen(s->body ? s->body : "");
    if (s->size > 0) {
        memset(text, 'x', n);
    } else {
        memcpy(text, s->body ? s->body : "", n);
    }
    for (size_t i = 0; s->drip_ms > 0 && i < n; i++) {
        fv_sim_pause(c, s->drip_ms * INT64_C(1000));
        fv_sim_send(c, text + i, 1);
    }
    fv_sim_send(c, text, s->drip_ms > 0 ? 0 : n);
}

static inline void play_respond(struct fv_sim_conn *c, const struct step *s)
{
    static char head[2 * FV_CAP_URL];
    size_t length = s->length > 0 ? s->length
                    : s->size > 0 ? s->size
                                  : strlen(s->body ? s->body : "");
    int n =
        snprintf(head, sizeof head, "HTTP/1.1 %u x\r\n%s", s->status, s->fields ? s->fields : "");
    snprintf(head + n, sizeof head - (size_t)n,
             s->chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "Content-Length: %zu\r\n\r\n",
             length);
    P.sim.cancelled |= s->stops;
    if (s->wait_ms > 0) {
        fv_sim_pause(c, s->wait_ms * INT64_C(1000));
    }
    if (!s->silent) {
        fv_sim_send_text(c, s->status == 0 ? "HTTP/1.1 200 Connection established\r\n\r\n" : head);
        if (s->late_ms > 0) {
            fv_sim_pause(c, s->late_ms * INT64_C(1000));
        }
        play_body(c, s);
    }
    if (s->then == FV_SIM_END) {
        fv_sim_end(c);
    } else if (s->then == FV_SIM_RESET) {
        fv_sim_reset(c);
    }
}

/* Copy the text at from, up to one of the characters of end. */
static inline void play_copy(char *to, size_t room, const char *from, const char *end)
{
    snprintf(to, room, "%.*s", (int)strcspn(from, end), from);
}

static inline void play_request(struct play_server *v, struct fv_sim_conn *c, unsigned number,
                                const char *r)
{
    static unsigned said_ms;
    char target[64] = "", range[160] = "", condition[128] = "";
    const char *at = strstr(r, "\r\nRange: bytes=");
    const char *blank = strchr(r, ' ');
    play_copy(target, sizeof target, blank != NULL ? blank + 1 : "", " \r");
    if (at != NULL) {
        const char *if_range = strstr(r, "\r\nIf-Range: ");
        play_copy(condition, sizeof condition, if_range != NULL ? if_range + 12 : "", "\r");
        snprintf(range, sizeof range, "@%lu%s", strtoul(at + 15, NULL, 10), condition);
    }
    if (v->letter == 'p' && r[0] == 'G') { /* only a listing is asked for as JSON */
        bool json = strstr(r, "\r\nAccept: application/json\r\n") != NULL;
        assert_int_equal(json, P.play->json || strncmp(target, "/api_file/", 10) == 0);
    }
    bool keyed = strstr(r, "\r\nAuthorization: Basic k\r\n") != NULL || r[0] == 'C';
    P.keyed_proxy |= strstr(r, "\r\nProxy-Authorization: Basic dTpw\r\n") != NULL;
    said_ms = P.sent[0] == '\0' ? 0 : said_ms;
    if (P.play->times && play_ms() != said_ms) {
        said_ms = play_ms();
        play_note(P.sent, sizeof P.sent, "(%u)", said_ms);
    }
    play_note(P.sent, sizeof P.sent, "%c%u%s%s%s", v->letter, number, target, keyed ? "" : "-",
              range);
    for (size_t i = 0; i < PLAY_STEPS && v->steps[i].to != NULL; i++) {
        if (!v->used[i] && strcmp(v->steps[i].to, target) == 0) {
            v->used[i] = !v->steps[i].for_ever;
            play_respond(c, &v->steps[i]);
            return;
        }
    }
    play_note(P.sent, sizeof P.sent, "?");
    fv_sim_reset(c);
}

static inline void play_admit(struct play_server *v)
{
    v->peer.manner = v->most == 0 || v->open < v->most ? FV_SIM_ACCEPT
                     : P.play->hangs                   ? FV_SIM_SILENT
                                                       : FV_SIM_REFUSE;
}

static inline size_t play_line(const struct play_server *v, const struct fv_sim_conn *c)
{
    size_t i = 0;
    while (i < PLAY_CONNS && v->lines[i].conn != c) {
        i++;
    }
    assert_true(i < PLAY_CONNS);
    return i;
}

static inline void play_accepted(void *arg, struct fv_sim_conn *c)
{
    struct play_server *v = arg;
    size_t i = play_line(v, NULL);
    v->lines[i].conn = c;
    v->lines[i].number = ++v->begun;
    v->lines[i].len = 0;
    v->open++;
    play_admit(v);
}

static inline void play_closed(void *arg, struct fv_sim_conn *c)
{
    struct play_server *v = arg;
    v->lines[play_line(v, c)].conn = NULL;
    v->open--;
    play_admit(v);
}

static inline void play_received(void *arg, struct fv_sim_conn *c, const uint8_t *p, size_t n)
{
    struct play_server *v = arg;
    size_t k = play_line(v, c);
    for (size_t i = 0; i < n; i++) {
        char *r = v->lines[k].request;
        assert_true(v->lines[k].len + 1 < sizeof v->lines[k].request);
        r[v->lines[k].len++] = (char)p[i];
        r[v->lines[k].len] = '\0';
        if (v->lines[k].len >= 4 && strcmp(r + v->lines[k].len - 4, "\r\n\r\n") == 0) {
            v->lines[k].len = 0;
            play_request(v, c, v->lines[k].number, r);
        }
    }
}

static inline void play_server(struct play_server *v, char letter, const struct step *steps,
                               unsigned most)
{
    static const char *const names[] = {"p", "s"};
    bool portal = letter == 'p';
    struct fv_port_addr addr =
        fv_sim_addr4(10, 0, 0, portal ? 1 : 2, portal && P.play->proxy ? 3128 : 443);
    v->letter = letter;
    v->steps = steps;
    v->most = most;
    v->peer = (struct fv_sim_peer){.arg = v,
                                   .accepted = play_accepted,
                                   .received = play_received,
                                   .closed = play_closed};
    fv_sim_host(&P.sim, names[portal ? 0 : 1], addr);
    fv_sim_listen(&P.sim, addr, &v->peer);
}

/* --- The client --- */

static inline enum fv_err play_begin(void *ctx, uint64_t from, uint64_t total,
                                     struct fv_slice validator)
{
    struct play_file *f = ctx;
    assert_true(from == 0 || from == f->len);
    if (from > 0 && f->total != UINT64_MAX && total != f->total) {
        f->len = 0;
        return FV_RESTART;
    }
    f->len = (size_t)from;
    f->total = total;
    memmove(f->validator, validator.ptr ? validator.ptr : "", validator.len);
    f->validator[validator.len] = '\0';
    return P.play->begin;
}

static inline enum fv_err play_content(void *ctx, struct fv_slice bytes)
{
    struct play_file *f = ctx;
    assert_true(bytes.len > 0 && f->len + bytes.len <= sizeof f->held);
    P.sim.now_us += P.play->slow_ms * INT64_C(1000);
    memcpy(f->held + f->len, bytes.ptr, P.play->content == FV_OK ? bytes.len : 0);
    f->len += P.play->content == FV_OK ? bytes.len : 0;
    return P.play->content;
}

static inline uint64_t play_have(void *ctx, struct fv_slice *validator)
{
    const struct play_file *f = ctx;
    *validator = fv_slice_of(f->validator);
    return f->len;
}

static inline enum fv_err play_address(void *ctx, char url[FV_CAP_URL + 1])
{
    const struct play_file *f = ctx;
    strcpy(url, f->url);
    return P.play->address;
}

/* The listing's date of the i-th file. */
static inline int64_t play_date(size_t i)
{
    const char *dates = P.play->dates;
    return dates == NULL ? INT64_MIN
                         : INT64_C(1704067200000005) + (dates[i] - '0') * INT64_C(1000000);
}

static inline bool play_other(void *ctx, int64_t date_us)
{
    bool other = false;
    (void)ctx;
    for (size_t i = P.at + 1; i < P.count; i++) {
        other = other || fv_order_same_second(play_date(i), date_us);
    }
    return other;
}

/* Send requests of files that wait behind the one under way, as a lane does. */
static inline void play_ahead(void)
{
    uint64_t last = P.at;
    for (size_t i = 0; i < 2; i++) {
        uint64_t tag = 0;
        last = fv_exchange_last(&P.exchange[i], &tag) && tag > last ? tag : last;
    }
    for (size_t i = last + 1; i < P.count && fv_exchange_is_open(P.way.portal); i++) {
        struct fv_transfer t;
        if (!fv_exchange_has_room(P.way.portal)) {
            return;
        }
        assert_int_equal(fv_transfer_init(&t, &P.way, fv_slice_of(P.files[i].url), i), FV_OK);
        if (fv_transfer_send_ahead(&t) != FV_OK) {
            return;
        }
    }
}

static inline void play_asked(void *ctx)
{
    (void)ctx;
    bool one = fv_pipeline_most(&P.way.portal->pipeline) == 1 || P.files[P.at].alone;
    if (one || P.shared.order[0].doubted || P.shared.order[1].doubted ||
        fv_pace_is_narrow(&P.shared.pace)) {
        return; /* one at a time: the lane's rule */
    }
    do {
        play_ahead();
    } while (fv_transfer_lead_on(&P.transfer));
}

static inline void play_retry(void *ctx, const struct fv_fault *fault, uint32_t attempt,
                              uint32_t delay_ms)
{
    (void)ctx;
    P.attempt = attempt;
    play_note(P.got, sizeof P.got, "~%d", -fault->err);
    play_note(P.pauses, sizeof P.pauses, "%u", delay_ms);
}

static inline enum fv_err play_wait(struct fv_transfer *t)
{
    const struct fv_port *port = &P.sim.port;
    struct fv_port_event events[FV_CAP_ADDRESSES];
    size_t count = 0;
    int64_t until_us = 0;
    if (!fv_transfer_wants(t, events, &count, &until_us)) {
        return FV_OK;
    }
    if (count == 0) {
        return port->clock->sleep(port->clock->ctx, until_us);
    }
    enum fv_err err = port->net->wait(port->net->ctx, events, count, until_us);
    if (err != FV_OK && err != FV_E_CANCELLED) {
        fv_transfer_fail(t, err);
        return FV_OK;
    }
    return err;
}

static inline enum fv_err play_fetch(size_t i)
{
    struct fv_transfer *t = &P.transfer;
    struct play_file *f = &P.files[i];
    struct fv_transfer_sink sink = {f,          play_begin, play_content, play_have, play_address,
                                    play_asked, play_other};
    P.at = i;
    P.fault = (struct fv_fault){.err = FV_OK};
    memset(t, 0xA5, sizeof *t); /* nothing of an earlier one counts */
    enum fv_err err = fv_transfer_init(t, &P.way, fv_slice_of(f->url), i);
    t->json = P.play->json;
    t->listed_us = play_date(i);
    while (err == FV_OK) {
        err = fv_transfer_step(t, &sink);
        if (err != FV_AGAIN) {
            break;
        }
        err = play_wait(t);
    }
    return err;
}

static inline void play_file(size_t i)
{
    struct play_file *f = &P.files[i];
    char letter = P.play->files[i];
    enum fv_err err = play_fetch(i);
    if (err < FV_OK && P.transfer.among) {
        assert_false(f->alone);
        play_note(P.got, sizeof P.got, "%c?", letter);
        f->alone = true;
    } else if (err == FV_E_CANCELLED) { /* wherever that is */
        play_note(P.got, sizeof P.got, "%c!%d", letter, -err);
    } else if (err != FV_OK) {
        play_note(P.got, sizeof P.got, "%c!%d%c", letter, -err, "DPTCN"[P.transfer.place]);
        snprintf(P.about, sizeof P.about, "%s", P.fault.subject);
        if (P.fault.native > 0) { /* a status; others are codes of the simulated network */
            play_note(P.about, sizeof P.about, "%d", (int)P.fault.native);
        }
    } else if (f->len > 32) {
        play_note(P.got, sizeof P.got, "%c=%zu", letter, f->len);
    } else {
        play_note(P.got, sizeof P.got, "%c=%.*s", letter, (int)f->len, (const char *)f->held);
    }
}

static inline void play_settings(const struct play *play)
{
    static const struct fv_url endpoint = {.https = true,
                                           .host = {"p", 1},
                                           .port = 443,
                                           .path = {"/", 1}};
    fv_settings_init(&P.settings);
    P.settings.retries = play->retries;
    P.settings.pipeline = play->pipeline > 0 ? play->pipeline : 4;
    if (play->speed_time_ms > 0) {
        P.settings.speed_limit = play->speed_limit;
        P.settings.speed_time_ms = play->speed_time_ms;
    }
    int64_t end_us = play->max_ms > 0 ? P.start_us + play->max_ms * INT64_C(1000) : INT64_MAX;
    P.config = (struct fv_net_config){.port = &P.sim.port,
                                      .connect_timeout_ms = P.settings.connect_timeout_ms,
                                      .stall_timeout_ms = P.settings.stall_timeout_ms,
                                      .deadline_us = end_us,
                                      .proxy = play->proxy,
                                      .proxy_url = {.host = {"p", 1}, .port = 3128},
                                      .proxy_name = {"p", 1}};
    P.events.retry = play_retry;
    P.shared = (struct fv_transfer_shared){.port = &P.sim.port,
                                           .settings = &P.settings,
                                           .events = &P.events,
                                           .endpoint = &endpoint,
                                           .authorization = FV_SLICE("Basic k"),
                                           .deadline_us = end_us,
                                           .limit = {.clock = P.sim.port.clock},
                                           .summary = &P.summary,
                                           .fault = &P.fault};
}

static inline void play_open(const struct play *play)
{
    memset(&P, 0, sizeof P);
    P.play = play;
    fv_sim_init(&P.sim, FV_SIM_POSIX, 1);
    P.start_us = P.sim.now_us;
    play_server(&P.portal, 'p', play->portal, play->most);
    play_server(&P.storage, 's', play->storage, 0);
    P.storage.peer.manner = play->refuses ? FV_SIM_REFUSE : FV_SIM_ACCEPT;
    play_settings(play);
    for (size_t i = 0; i < 2; i++) {
        fv_exchange_init(&P.exchange[i], &P.config);
    }
    P.exchange[0].pipeline.depth = P.settings.pipeline;
    P.way = (struct fv_transfer_way){&P.shared, &P.exchange[0], &P.exchange[!play->one]};
    P.count = strlen(play->files);
    for (size_t i = 0; i < P.count; i++) {
        snprintf(P.files[i].url, sizeof P.files[i].url, "https://p/%c", play->files[i]);
        P.files[i].total = UINT64_MAX;
    }
    struct play_file *f = &P.files[0];
    f->len = strlen(play->held ? play->held : "");
    memcpy(f->held, play->held ? play->held : "", f->len);
    snprintf(f->validator, sizeof f->validator, "%s", play->validator ? play->validator : "");
    f->total = play->total > 0 ? play->total : UINT64_MAX;
}

static inline void play_close(void)
{
    fv_exchange_close(&P.exchange[1]);
    fv_exchange_close(&P.exchange[0]);
    assert_int_equal(fv_sim_handles(&P.sim), 0);
    assert_false(P.sim.hung);
    fv_sim_free(&P.sim);
}

static inline bool play_differs(const char *what, const char *want, const char *got)
{
    if (want == NULL || strcmp(want, got) == 0) {
        return false;
    }
    print_error("%s: %s %s, not %s\n", P.play->title, what, got, want);
    return true;
}

static inline bool play_is_wrong(const struct play *play)
{
    bool wrong = play_differs("sent", play->sent, P.sent);
    wrong |= play_differs("got", play->got, P.got);
    wrong |= play_differs("fault", play->fault, P.about);
    wrong |= play_differs("pauses", play->pauses, P.pauses);
    if (play->took_ms > 0 && play->took_ms != play_ms()) {
        print_error("%s: took %u ms, not %d\n", play->title, play_ms(), (int)play->took_ms);
        wrong = true;
    }
    if (play->requests > 0 && play->requests != P.summary.requests) {
        print_error("%s: %u requests, not %u\n", play->title, P.summary.requests, play->requests);
        wrong = true;
    }
    for (size_t k = 0; k < PLAY_STEPS; k++) {
        bool left = play->portal[k].to && !play->portal[k].for_ever && !P.portal.used[k];
        left |= play->storage[k].to && !play->storage[k].for_ever && !P.storage.used[k];
        if (left) {
            print_error("%s: step %zu was not asked for\n", play->title, k);
            wrong = true;
        }
    }
    return wrong;
}

/* Play all, and fail at the end if one was wrong. */
static inline void play_all(const struct play *plays, size_t count)
{
    size_t wrong = 0;
    for (size_t i = 0; i < count; i++) {
        play_open(&plays[i]);
        for (size_t k = 0; k < P.count; k++) {
            play_file(k);
        }
        for (size_t k = 0; k < P.count; k++) {
            if (P.files[k].alone) {
                play_file(k);
            }
        }
        wrong += play_is_wrong(&plays[i]);
        play_close();
    }
    assert_int_equal(wrong, 0);
}

#endif
