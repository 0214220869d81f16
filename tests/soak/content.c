/* SPDX-License-Identifier: MIT */
#include "soak/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static size_t first_asked(const struct soak_line *l)
{
    const char *range = strstr(l->text, "\r\nRange: bytes=");

    return range ? (size_t)strtoull(range + 15, NULL, 10) : 0;
}

/* The byte that is asked for, 0 where the validator is not the current one. */
static size_t range_of(const struct soak_world *w, const struct soak_line *l, int url)
{
    const char *given = strstr(l->text, "\r\nIf-Range: ");
    char tag[64], date[40];
    unsigned version = w->version[url];

    if (!given)
        return first_asked(l);
    snprintf(tag, sizeof tag, "\"%d-%u\"\r\n", url, version);
    soak_http_date(soak_date_us(w->plan, (size_t)url / SOAK_GENERATIONS, version), date);
    given += 12;
    if (strncmp(given, tag, strlen(tag)) != 0 && strncmp(given, date, strlen(date)) != 0)
        return 0;
    return first_asked(l);
}

static void content(struct soak_world *w, struct answer *a, int url, size_t from,
                    enum soak_validator validator)
{
    unsigned version = w->version[url];
    size_t size = soak_size(w->plan, url, version);

    a->fields[0] = '\0';
    a->type = "application/octet-stream";
    if (from > 0 && from >= size) {
        w->refused++;
        soak_no_content(a, 416, 0);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes */%zu\r\n", size);
        return;
    }
    soak_fill(w->plan, url, version, soak_body);
    a->status = from ? 206 : 200;
    a->n = size - from;
    if (from) {
        memmove(soak_body, soak_body + from, a->n);
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

static void shift(struct soak_world *w, struct answer *a, int url, size_t from)
{
    size_t size = soak_size(w->plan, url, w->version[url]), wanted = a->n;

    if (from > 1 && w->asked[NODE_FILE][url] % 2) {
        content(w, a, url, from - 1, VALID_BOTH);
    } else if (from + 1 < size) {
        content(w, a, url, from + 1, VALID_BOTH);
        soak_body[a->n] = 'x';
    }
    a->n = wanted;
    a->framing = FRAMED_CHUNKED;
}

/* The content is told to be coded. Some words name no coding, and then it is as it is. */
static void code(struct soak_world *w, struct answer *a, int url, const struct soak_fault *f)
{
    static const char *const codings[] = {"gzip", "br", "x, deflate", "zstd"};
    static const char *const others[] = {"identity", "none", "aws-chunked", "utf-8"};
    size_t n = strlen(a->fields);
    bool other = f->c & 1;

    w->relabelled[url] = true;
    if ((a->status != 200 && a->status != 206) || strstr(a->fields, "Content-Encoding"))
        return;
    snprintf(a->fields + n, sizeof a->fields - n, "Content-Encoding: %s\r\n",
             (other ? others : codings)[f->a % 4]);
    if (other)
        return;
    memset(soak_body, 'z', a->n);
    soak_explain_fatal(w, url, SOAK_BIT(6));
}

/* Answers to a range that are wrong, each in a way that can be seen. */
static void bend_range(struct soak_world *w, struct answer *a, int url, size_t from, unsigned how,
                       bool each)
{
    size_t size = soak_size(w->plan, url, w->version[url]);

    how %= 12;
    a->bent_range = true;
    soak_explain(w, url, SOAK_BIT(3) | SOAK_BIT(6));
    w->fatal[url] = w->fatal[url] || each || a->status != 206;
    if (how == 10 && a->ranged) { /* whatever If-Range says, and with the right size */
        w->belied[url] = w->belied[url] || a->ranged == size;
        soak_no_content(a, 416, 0);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes */%zu\r\n", size);
        w->refused++;
        return;
    }
    if (a->status != 206) {
        if (how == 5 && a->status == 200 && a->n > 0) {
            a->status = 206;
            snprintf(a->fields, sizeof a->fields, "Content-Range: bytes 0-%zu/%zu\r\n", size - 1,
                     size);
        }
        return;
    }
    switch (how) {
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
        soak_no_content(a, 416, 0);
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes */%zu\r\n", from);
        w->belied[url] = true;
        break;
    case 6:
        content(w, a, url, 0, VALID_TAG);
        break;
    case 8: /* more than Content-Range says */
        a->framing = FRAMED_CHUNKED;
        memset(soak_body + a->n, 'x', 40);
        a->n += 40;
        break;
    /* the range starts at another byte, and it is cut short or longer, so that the size is as
     * requested */
    case 9:
        shift(w, a, url, from);
        break;
    case 11: /* not to the end */
        snprintf(a->fields, sizeof a->fields, "Content-Range: bytes %zu-%zu/%zu\r\n", from,
                 size - 1 - (a->n > 1), size);
        put_validators(w, a, url, w->version[url], VALID_BOTH);
        a->n -= a->n > 1;
        break;
    default:
        a->type = "multipart/byteranges; boundary=x";
        break;
    }
}

static void redirect(struct soak_world *w, struct answer *a, int url, const char *location)
{
    static const int codes[] = {302, 301, 303, 307, 308};

    soak_no_content(a, codes[url % 5], url % 2 ? 6 : 0);
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
    w->issued[url]++;
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

    soak_explain_fatal(w, url, SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6));
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
    bool expired = node == NODE_STORE && w->plan->expires_s && !w->calm &&
                   w->sim.now_us - w->issued_us[url] > w->plan->expires_s * INT64_C(1000000);

    a->framing = e->framing;
    if (node == NODE_FILE && e->way != WAY_DIRECT) {
        redirect_on(w, a, e->way == WAY_STORE ? NODE_STORE : NODE_HERE, url);
    } else if (node == NODE_HERE && e->way == WAY_BOTH) {
        redirect_on(w, a, NODE_STORE, url);
    } else if (expired) {
        soak_no_content(a, 403, 0);
        soak_explain_fatal(w, url, SOAK_BIT(5));
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

/* A portal that answers one request in a while. */
static void limit(struct soak_world *w, struct answer *a, int url)
{
    int64_t now = w->sim.now_us;

    if (w->plan->limit_ms == 0 || w->calm)
        return;
    if (now >= w->free_us) {
        w->free_us = now + w->plan->limit_ms * INT64_C(1000);
        return;
    }
    w->limited++;
    w->strikes[url]++;
    soak_no_content(a, 429, 10);
    a->retry_after = (int)((w->free_us - now + 999999) / 1000000);
    w->waits_us += a->retry_after * INT64_C(1000000);
    soak_explain(w, url, SOAK_BIT(6));
}

/* If one request is in flight, a response that is cut inside is an attempt; one that does not
 * continue what was begun is not. */
static void note_attempt(struct soak_world *w, const struct answer *a, enum soak_node node, int url)
{
    bool content = a->status == 200 || a->status == 206;

    if (content && a->instead < 0) {
        w->bytes += a->n;
        w->sent[url] += a->n;
    }
    w->huge[url] = w->huge[url] || a->more > 0;
    if (node == NODE_FILE && w->options->pipeline == 1 && a->instead < 0 && !a->bent_range &&
        (content ? a->cut >= 0 && a->cut < 1000 && a->n > 0 : soak_may_pass(a->status)))
        w->spent[url]++;
}

void soak_answer_file(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                      enum soak_node node, int url)
{
    static const char *const where[] = {
        [NODE_FILE] = "", [NODE_HERE] = "/here", [NODE_STORE] = "store"};
    size_t entry = (size_t)url / SOAK_GENERATIONS;
    unsigned nth = w->asked[node][url]++;
    struct answer a = {
        .status = 200, .retry_after = -1, .cut = -1, .instead = -1, .ranged = first_asked(l)};
    const struct soak_fault *f = NULL;
    size_t from;
    bool later = false;

    note_again(w, node, url);
    if (node == NODE_FILE)
        soak_judge_kept(w, url, a.ranged > 0);
    if (w->sim.fired != w->fired) { /* the head that said when may not have come */
        w->fired = w->sim.fired;
        memset(w->not_before_us, 0, sizeof w->not_before_us);
    }
    if (node == NODE_FILE && w->sim.now_us < w->not_before_us[url])
        soak_wrong(w, RULE_STORM, "URL %d is asked for %lld ms before Retry-After allows it", url,
                   (long long)(w->not_before_us[url] - w->sim.now_us) / 1000);
    if (l->dirty)
        soak_explain_fatal(w, url, SOAK_BIT(3) | SOAK_BIT(6));
    soak_say(w, "GET %s URL %d (f%zu), request %u%s", where[node], url, entry, nth,
             a.ranged ? ", the rest" : "");
    while ((f = soak_fault_at(w, node, entry, nth, f)) != NULL) {
        if (f->kind == KIND_RENEW && f->a & 1)
            renew(w, url);
        later = later || (f->kind == KIND_RENEW && !(f->a & 1));
    }
    from = range_of(w, l, url);
    mean(w, l, &a, node, url);
    w->refused += a.status == 206 && nth == 0; /* what an earlier run has left may not fit it */
    w->strikes[url] += soak_fault_at(w, node, entry, nth, NULL) != NULL;
    while ((f = soak_fault_at(w, node, entry, nth, f)) != NULL) {
        w->met++;
        if (f->kind == KIND_REDIRECT)
            bend_redirect(w, &a, url, f->a, node);
        else if (f->kind == KIND_RANGE)
            bend_range(w, &a, url, from, f->a, f->nth == SOAK_EACH);
        else if (f->kind == KIND_CODED)
            code(w, &a, url, f);
        else if (f->kind == KIND_VALIDATOR && a.status == 200) {
            content(w, &a, url, 0, (enum soak_validator)(f->a % VALID_COUNT));
            w->relabelled[url] = true;
        } else
            soak_bend(w, &a, f, url);
    }
    /* With one request in flight it must have been read, except after bytes that were not
     * requested. */
    if (!l->dirty && a.retry_after > 0 && soak_may_pass(a.status) && !soak_is_shared(w, url) &&
        a.instead < 0 && a.cut < 0 && !a.before_us && w->options->pipeline == 1 &&
        node == NODE_FILE)
        w->not_before_us[url] = w->sim.now_us + a.retry_after * INT64_C(1000000);
    if (node == NODE_FILE)
        limit(w, &a, url);
    note_attempt(w, &a, node, url);
    if (later)
        renew(w, url);
    soak_send(w, l, c, &a);
}
