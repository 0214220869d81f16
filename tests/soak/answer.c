#include "soak/soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* An answer before it goes out: what the portal means to say, then bent by faults. */
struct answer {
    int status;
    int retry_after; /* -1: none */
    char fields[900];
    const char *type;
    size_t n; /* of body */
    enum soak_framing framing;
    int64_t before_us, body_us, drip_us;
    size_t drip; /* bytes at once; 0: all */
    int cut;     /* permille; -1: whole */
    bool reset;  /* where it is cut */
    int instead; /* of everything; -1: it comes */
    bool closes, says_so, surplus;
    unsigned interim;
};

static uint8_t body[65536];
static char wire[131072];

static const int statuses[16] = {503, 404, 500, 429, 502, 403, 401, 504,
                                 507, 408, 410, 400, 501, 520, 425, 304};

/* --- Sending --- */

static size_t encode(const struct answer *a)
{
    size_t at = 0, done = 0;

    if (a->framing != FRAMED_CHUNKED) {
        memcpy(wire, body, a->n);
        return a->n;
    }
    while (done < a->n) {
        size_t part = a->n - done > 700 ? 700 : a->n - done;

        at += (size_t)sprintf(wire + at, "%zx%s\r\n", part, done % 3 ? "" : ";x=y");
        memcpy(wire + at, body + done, part);
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

static void send_head(const struct soak_world *w, struct fv_sim_conn *c, const struct answer *a)
{
    char text[1400], date[40];
    int n = snprintf(text, sizeof text, "HTTP/1.1 %d Status\r\n", a->status);

    for (unsigned i = 0; i < a->interim; i++)
        fv_sim_answer_text(c, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n");
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
        n += snprintf(text + n, sizeof text - (size_t)n, "Content-Length: %zu\r\n", a->n);
    if (a->says_so)
        n += snprintf(text + n, sizeof text - (size_t)n, "Connection: close\r\n");
    n += snprintf(text + n, sizeof text - (size_t)n, "%s\r\n", a->fields);
    fv_sim_answer(c, text, (size_t)n);
}

static void send_body(struct soak_world *w, struct fv_sim_conn *c, const struct answer *a, size_t n)
{
    size_t step = a->drip ? a->drip : n;

    if (step < n / 16 + 1)
        step = n / 16 + 1; /* what is told apart costs time here, too */
    for (size_t at = 0; at < n; at += step) {
        if (at > 0)
            rest(w, c, a->drip_us);
        fv_sim_answer(c, wire + at, n - at < step ? n - at : step);
    }
}

static void send_instead(struct fv_sim_conn *c, const struct answer *a)
{
    if (a->instead == 0)
        fv_sim_end(c);
    else if (a->instead == 1)
        fv_sim_reset(c);
    else if (a->instead == 3)
        fv_sim_answer_text(c, "220 mail.example ESMTP\r\n");
}

static void send(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                 const struct answer *a)
{
    size_t n, whole;
    bool ends = a->closes || a->cut >= 0 || a->framing == FRAMED_CLOSE;

    rest(w, c, a->before_us);
    l->dead = ends || a->instead >= 0;
    w->ends += l->dead;
    if (a->instead >= 0) {
        send_instead(c, a);
        return;
    }
    send_head(w, c, a);
    rest(w, c, a->body_us);
    n = whole = encode(a);
    if (a->cut >= 0)
        n = a->cut == 999 ? (n ? n - 1 : 0) : n * (size_t)a->cut / 1000;
    send_body(w, c, a, n);
    if (a->cut >= 0 && (a->reset || a->framing == FRAMED_CLOSE))
        fv_sim_reset(c);
    else if (ends)
        fv_sim_end(c);
    else if (a->surplus)
        fv_sim_answer_text(c, "what nobody asked for");
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

static void no_content(struct answer *a, int status, size_t n)
{
    a->status = status;
    a->fields[0] = '\0';
    a->type = NULL;
    a->n = n;
    memset(body, 'n', n);
    if (a->framing == FRAMED_CLOSE)
        a->framing = FRAMED_LENGTH;
}

static void bend_status(struct soak_world *w, struct answer *a, const struct soak_fault *f, int url)
{
    static const uint16_t lengths[] = {0, 10, 10, 3000, 10, 100, 6, 40000};
    static const int64_t late[] = {0, 0, 400000, 200000, 600000, 1000000, 50000, 0};
    int status = statuses[f->a % 16];
    uint32_t exits = SOAK_BIT(status == 401 || status == 403 ? 5 : 6);

    no_content(a, status, status == 304 ? 0 : lengths[f->c % 8]);
    if (status == 304)
        a->framing = FRAMED_LENGTH;
    a->body_us += a->n ? late[f->c % 8] : 0;
    if (f->b) {
        a->retry_after = f->b - 1;
        w->waits_us += a->retry_after * INT64_C(1000000);
    }
    soak_explain(w, url, exits);
    if (status == 401 && f->node != NODE_STORE)
        soak_explain(w, -1, exits);
}

static void bend(struct soak_world *w, struct answer *a, const struct soak_fault *f, int url)
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
        a->reset = f->b;
        break;
    case KIND_INSTEAD:
        a->instead = f->a;
        break;
    case KIND_CLOSE:
        a->closes = true;
        a->says_so = f->a & 1;
        break;
    case KIND_FRAMING:
        if (a->status != 304)
            a->framing = (enum soak_framing)(f->a % 3);
        break;
    case KIND_SURPLUS:
        a->surplus = true;
        break;
    case KIND_INTERIM:
        a->interim = 1 + f->a % 2;
        return;
    default:
        return;
    }
    soak_explain(w, url, exits);
}

/* --- Files --- */

static void put_validators(const struct soak_world *w, struct answer *a, int url, unsigned version,
                           enum soak_validator which)
{
    size_t n = strlen(a->fields);
    char date[40];

    if (which == VALID_TAG || which == VALID_BOTH || which == VALID_WEAK)
        n += (size_t)snprintf(a->fields + n, sizeof a->fields - n, "ETag: %s\"%d-%u\"\r\n",
                              which == VALID_WEAK ? "W/" : "", url, version);
    if (which == VALID_DATE || which == VALID_BOTH) {
        soak_http_date(soak_date_us(w->plan, (size_t)url / SOAK_GENERATIONS, version), date);
        snprintf(a->fields + n, sizeof a->fields - n, "Last-Modified: %s\r\n", date);
    }
}

/* The byte that is asked for, 0 where the validator is not the current one. */
static size_t range_of(const struct soak_world *w, const struct soak_line *l, int url)
{
    const char *range = strstr(l->text, "\r\nRange: bytes=");
    const char *given = strstr(l->text, "\r\nIf-Range: ");
    char tag[64], date[40];
    unsigned version = w->version[url];

    if (!range || !given)
        return 0;
    snprintf(tag, sizeof tag, "\"%d-%u\"\r\n", url, version);
    soak_http_date(soak_date_us(w->plan, (size_t)url / SOAK_GENERATIONS, version), date);
    given += 12;
    if (strncmp(given, tag, strlen(tag)) != 0 && strncmp(given, date, strlen(date)) != 0)
        return 0;
    return (size_t)strtoull(range + 15, NULL, 10);
}

static void content(struct soak_world *w, struct answer *a, int url, size_t from,
                    enum soak_validator validator)
{
    unsigned version = w->version[url];
    size_t size = soak_size(w->plan, url, version);

    a->fields[0] = '\0';
    a->type = "application/octet-stream";
    if (from > 0 && from >= size) {
        no_content(a, 416, 0);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes */%zu\r\n", size);
        return;
    }
    soak_fill(w->plan, url, version, body);
    a->status = from ? 206 : 200;
    a->n = size - from;
    if (from) {
        memmove(body, body + from, a->n);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes %zu-%zu/%zu\r\n", from,
                 size - 1, size);
    }
    put_validators(w, a, url, version, validator);
    w->given[url] |= (uint8_t)(1u << version);
}

static void renew(struct soak_world *w, int url)
{
    if (w->version[url] + 1 < SOAK_VERSIONS) {
        w->version[url]++;
        soak_say(w, "  URL %d has version %d now", url, w->version[url]);
    }
}

/* Answers to a range that are wrong, each in a way that can be seen. */
static void bend_range(struct soak_world *w, struct answer *a, int url, size_t from, unsigned how)
{
    size_t size = soak_size(w->plan, url, w->version[url]);

    soak_explain(w, url, SOAK_BIT(3) | SOAK_BIT(6));
    if (a->status != 206) {
        if (how % 8 == 5 && a->status == 200 && a->n > 0) {
            a->status = 206;
            snprintf(a->fields, sizeof a->fields, "Content-Range: bytes 0-%zu/%zu\r\n", size - 1,
                     size);
        }
        return;
    }
    switch (how % 8) {
    case 0: /* from another byte on */
        content(w, a, url, from > 1 ? from - 1 : from, VALID_TAG);
        break;
    case 1: /* another size */
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes %zu-%zu/%zu\r\n", from,
                 size - 1, size + 7);
        break;
    case 2: /* of another version, and it says so */
        renew(w, url);
        if (from < soak_size(w->plan, url, w->version[url]))
            content(w, a, url, from, VALID_BOTH);
        break;
    case 3:
        a->fields[0] = '\0';
        break;
    case 4: /* less than Content-Range says */
        a->framing = FRAMED_CHUNKED;
        a->n /= 2;
        break;
    case 5: /* nothing is missing, it says */
        no_content(a, 416, 0);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes */%zu\r\n", from);
        break;
    case 6:
        content(w, a, url, 0, VALID_TAG);
        break;
    default:
        a->type = "multipart/byteranges; boundary=x";
        break;
    }
}

static void redirect(struct soak_world *w, struct answer *a, int url, const char *location)
{
    static const int codes[] = {302, 301, 303, 307, 308};

    no_content(a, codes[url % 5], url % 2 ? 6 : 0);
    if (*location)
        snprintf(a->fields, sizeof a->fields, "Location: %s\r\n", location);
    w->redirected++;
    soak_say(w, "  to %s", location);
}

static void write_tail(const struct soak_plan *p, int url, char *text, size_t room)
{
    struct soak_plan plain; /* as in the URL that is asked for: without raw spaces */

    plain.entry[url / SOAK_GENERATIONS] = p->entry[url / SOAK_GENERATIONS];
    plain.spaced = false;
    soak_url_text(&plain, url, text, room);
}

static void redirect_on(struct soak_world *w, struct answer *a, enum soak_node node, int url)
{
    char target[160], location[256];

    write_tail(w->plan, url, target, sizeof target);
    if (node == NODE_HERE)
        snprintf(location, sizeof location, "/here%s", strstr(target, "/x/"));
    else
        snprintf(location, sizeof location, "https://" SOAK_STORE "/blob/%lld%s",
                 (long long)(w->sim.now_us / 1000), strstr(target, "/x/"));
    w->issued[url] = true;
    w->issued_us[url] = w->sim.now_us;
    redirect(w, a, url, location);
}

static void bend_redirect(struct soak_world *w, struct answer *a, int url, unsigned how,
                          enum soak_node node)
{
    static const char *const places[] = {[TO_HTTP] = "http://" SOAK_STORE "/x",
                                         [TO_NOTHING] = "",
                                         [TO_BAD] = "https://[",
                                         [TO_NAMELESS] = "https://" SOAK_NAMELESS "/x",
                                         [TO_DEAD] = "https://" SOAK_DEAD "/x",
                                         [TO_DENIED] = "https://" SOAK_STORE "/bad/1",
                                         [TO_MISSING] = "https://" SOAK_STORE "/bad/4"};
    char target[160];

    soak_explain(w, url, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6));
    if (how % TO_COUNT == TO_STORE_OK) {
        redirect_on(w, a, NODE_STORE, url);
    } else if (how % TO_COUNT == TO_SELF) {
        if (node != NODE_FILE)
            return;
        write_tail(w->plan, url, target, sizeof target);
        redirect(w, a, url, target);
    } else {
        redirect(w, a, url, places[how % TO_COUNT]);
    }
}

static void mean(struct soak_world *w, const struct soak_line *l, struct answer *a,
                 enum soak_node node, int url)
{
    const struct soak_entry *e = &w->plan->entry[url / SOAK_GENERATIONS];
    bool expired = node == NODE_STORE && w->plan->expires_s &&
                   w->sim.now_us - w->issued_us[url] > w->plan->expires_s * INT64_C(1000000);

    a->framing = e->framing;
    if (node == NODE_FILE && e->way != WAY_DIRECT) {
        redirect_on(w, a, e->way == WAY_STORE ? NODE_STORE : NODE_HERE, url);
    } else if (node == NODE_HERE && e->way == WAY_BOTH) {
        redirect_on(w, a, NODE_STORE, url);
    } else if (expired) {
        no_content(a, 403, 0);
        soak_explain(w, url, SOAK_BIT(5));
        w->met++;
    } else {
        content(w, a, url, e->ranges ? range_of(w, l, url) : 0, e->validator);
    }
}

static void note_again(struct soak_world *w, enum soak_node node, int url)
{
    if (node == NODE_FILE && w->again < 0 && w->settled[url])
        w->again = url;
}

void soak_answer_file(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                      enum soak_node node, int url)
{
    static const char *const where[] = {
        [NODE_FILE] = "", [NODE_HERE] = "/here", [NODE_STORE] = "store"};
    size_t entry = (size_t)url / SOAK_GENERATIONS;
    unsigned nth = w->asked[node][url]++;
    struct answer a = {.status = 200, .retry_after = -1, .cut = -1, .instead = -1};
    const struct soak_fault *f = NULL;
    size_t from;
    bool later = false;

    note_again(w, node, url);
    soak_say(w, "GET %s URL %d (f%zu), request %u%s", where[node], url, entry, nth,
             strstr(l->text, "\r\nRange:") ? ", the rest" : "");
    while ((f = soak_fault_at(w, node, entry, nth, f)) != NULL) {
        if (f->kind == KIND_RENEW && f->a & 1)
            renew(w, url);
        later = later || (f->kind == KIND_RENEW && !(f->a & 1));
    }
    from = range_of(w, l, url);
    mean(w, l, &a, node, url);
    while ((f = soak_fault_at(w, node, entry, nth, f)) != NULL) {
        w->met++;
        if (f->kind == KIND_REDIRECT)
            bend_redirect(w, &a, url, f->a, node);
        else if (f->kind == KIND_RANGE)
            bend_range(w, &a, url, from, f->a);
        else if (f->kind == KIND_VALIDATOR && a.status == 200)
            content(w, &a, url, 0, (enum soak_validator)(f->a % VALID_COUNT));
        else
            bend(w, &a, f, url);
    }
    if (a.status == 200 || a.status == 206)
        w->bytes += a.n;
    if (later)
        renew(w, url);
    send(w, l, c, &a);
}

/* --- The listing --- */

void soak_answer_listing(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                         const char *scope)
{
    unsigned nth = w->asked[NODE_LISTING][0]++;
    struct answer a = {
        .status = 200, .retry_after = -1, .cut = -1, .instead = -1, .type = "application/json"};
    const struct soak_fault *f = NULL;
    unsigned wrong = 0;

    soak_say(w, "GET listing of %s, request %u", scope, nth);
    w->restarts++;
    while ((f = soak_fault_at(w, NODE_LISTING, 0, nth, f)) != NULL) {
        w->met++;
        if (f->kind == KIND_LISTING)
            wrong = 1 + f->a % 8;
        soak_explain(w, -1, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6) | SOAK_BIT(8));
    }
    a.framing =
        (enum soak_framing)(w->options->order % 3 == 2 ? FRAMED_LENGTH : w->options->order % 3);
    if (wrong == 1)
        a.type = "text/html";
    a.n = soak_write_listing(w, scope, wrong, (char *)body, sizeof body);
    w->bytes += a.n;
    while ((f = soak_fault_at(w, NODE_LISTING, 0, nth, f)) != NULL) {
        if (f->kind == KIND_REDIRECT)
            no_content(&a, 404, 0);
        else
            bend(w, &a, f, -1);
    }
    send(w, l, c, &a);
}
