/* SPDX-License-Identifier: MIT */
#include "soak/answer.h"

#include "parse/timestamp.h"

#include <stdio.h>
#include <string.h>

struct text {
    char *at;
    size_t n, room;
};

static void put(struct text *t, const char *text)
{
    size_t n = strlen(text);

    if (t->n + n < t->room) {
        memcpy(t->at + t->n, text, n);
        t->n += n;
    }
}

/* A JSON string; odd: every third character that can be is written as an escape. */
static void put_string(struct text *t, const char *text, bool odd)
{
    char escape[8];

    put(t, "\"");
    for (size_t i = 0; text[i]; i++) {
        char one[2] = {text[i], '\0'};

        if ((uint8_t)text[i] < 0x20 || text[i] == '"' || text[i] == '\\' ||
            (odd && i % 3 == 1 && (uint8_t)text[i] < 0x80)) {
            snprintf(escape, sizeof escape, "\\u%04x", (unsigned)(uint8_t)text[i]);
            put(t, escape);
        } else {
            put(t, odd && text[i] == '/' ? "\\/" : one);
        }
    }
    put(t, "\"");
}

static void put_field(struct text *t, const char *name, const char *value, unsigned spelling)
{
    put(t, spelling & 2 ? " \"" : "\"");
    put(t, name);
    put(t, spelling & 2 ? "\" : " : "\":");
    put_string(t, value, spelling & 4);
    put(t, spelling & 8 ? "\n,\t" : ",");
}

static void put_places(struct text *t, const struct soak_plan *p, size_t i)
{
    static const char *const fields[] = {"orga_code_ref", "study_code_ref", "delivery_code_ref"};
    char dir[64], *part = dir;

    snprintf(dir, sizeof dir, "%s", soak_dir(p, i));
    for (size_t k = 0; k < 3; k++) {
        char *end = part + strcspn(part, "/");

        *end = '\0';
        put_field(t, fields[k], part, p->entry[i].spelling);
        part = end + 1;
    }
}

static void put_url(struct text *t, const struct soak_world *w, size_t i)
{
    const struct soak_entry *e = &w->plan->entry[i];
    char target[160], url[224];

    soak_url_text(w->plan, soak_url_now(w, i), target, sizeof target);
    snprintf(url, sizeof url, "%s%s%s",
             e->odd == ODD_FOREIGN ? "https://elsewhere.example"
             : e->spelling & 16    ? "https://" SOAK_HOST
             : e->spelling & 32    ? "http://PORTAL.example:80"
                                   : "http://" SOAK_HOST,
             "", target);
    put_field(t, "url", url, e->spelling);
}

static void put_date(struct text *t, const struct soak_world *w, size_t i)
{
    const struct soak_entry *e = &w->plan->entry[i];
    int64_t us = soak_date_us(w->plan, i, w->now[e->same_as].date);
    char text[64] = "2024-02-30T00:00:00Z", shifted[80];
    struct fv_writer out;

    if (e->odd != ODD_DATE) {
        bool east = e->spelling & 64;

        memset(text, 0, sizeof text);
        fv_writer_init(&out, text, sizeof text);
        fv_timestamp_write(east ? us + INT64_C(7200000000) : us, &out);
        if (east) {
            snprintf(shifted, sizeof shifted, "%.*s+02:00", (int)strlen(text) - 1, text);
            snprintf(text, sizeof text, "%.63s", shifted);
        }
    }
    put_field(t, "file_last_modified_date", text, e->spelling);
}

static void put_entry(struct text *t, const struct soak_world *w, size_t i)
{
    const struct soak_entry *e = &w->plan->entry[i];

    put(t, "{");
    if (e->spelling & 128)
        put(t, "\"unknown\": [1, {\"url\": null}, \"]}\"], ");
    if (e->spelling & 1)
        put_date(t, w, i);
    if (e->odd == ODD_KIND)
        put(t, "\"orga_code_ref\":[\"o\"],\"study_code_ref\":\"s\",\"delivery_code_ref\":\"d\",");
    else
        put_places(t, w->plan, i);
    if (e->odd == ODD_NULL_NAME)
        put(t, "\"file_name\":null,");
    else if (e->odd != ODD_NO_NAME)
        put_field(t, "file_name", soak_name(w->plan, i), e->spelling);
    put_url(t, w, i);
    if (!(e->spelling & 1))
        put_date(t, w, i);
    put(t, e->spelling & 32 ? "\"study_name\":null}" : "\"orga_name\":\"\xc3\x89tude \\ud800\"}");
}

/* Where an entry stands in a run's listing. */
static uint32_t place(const struct soak_run *r, size_t i)
{
    return r->order < 64 ? (uint32_t)i : ((uint32_t)i + 1) * (r->order | 1u) * 2654435761u;
}

size_t soak_write_listing(struct soak_world *w, struct fv_slice scope, unsigned wrong, char *text,
                          size_t room)
{
    static const char *const others[] = {
        "<html>log in</html>", "{\"a\":1}", "[{\"url\":1", "",
        "[] trailing",         "null",      "[1,2]",       "[{},]"};
    struct text t = {text, 0, room};
    bool put_one[SOAK_ENTRIES] = {false};
    bool first = true;

    if (wrong) {
        put(&t, others[wrong - 1]);
        return t.n;
    }
    put(&t, "[");
    for (size_t n = 0; n < w->plan->entries; n++) {
        size_t best = SOAK_ENTRIES;

        for (size_t i = 0; i < w->plan->entries; i++) {
            if (!put_one[i] &&
                (best == SOAK_ENTRIES || place(w->options, i) < place(w->options, best)))
                best = i;
        }
        put_one[best] = true;
        if (!w->listed[best] || !soak_is_below(w->plan, scope, best))
            continue;
        if (!first)
            put(&t, ",");
        first = false;
        put_entry(&t, w, best);
    }
    for (size_t i = 0; i < (soak_has_many(scope) ? w->plan->many : 0); i++) {
        char entry[320];

        (void)soak_many_list(w, i, entry, sizeof entry);
        put(&t, first ? "" : ",");
        put(&t, entry);
        first = false;
    }
    put(&t, "]\n");
    return t.n;
}

void soak_answer_listing(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c,
                         struct fv_slice scope)
{
    unsigned nth = w->asked[NODE_LISTING][0]++;
    struct answer a = {
        .status = 200, .retry_after = -1, .cut = -1, .instead = -1, .type = "application/json"};
    const struct soak_fault *f = NULL;
    unsigned wrong = 0;

    soak_say(w, "GET listing of %.*s, request %u", (int)scope.len, scope.ptr, nth);
    w->restarts++;
    while ((f = soak_fault_at(w, NODE_LISTING, 0, nth, f)) != NULL) {
        w->met++;
        if (f->kind == KIND_LISTING)
            wrong = 1 + f->a % 8;
        soak_explain(w, -1,
                     SOAK_BIT(3) | SOAK_BIT(5) | SOAK_BIT(6) | SOAK_BIT(8) |
                         (w->options->others ? SOAK_BIT(1) : 0));
    }
    if (!soak_is_scope(scope))
        w->explains |= SOAK_BIT(1) | SOAK_BIT(6);
    a.framing =
        (enum soak_framing)(w->options->order % 3 == 2 ? FRAMED_LENGTH : w->options->order % 3);
    if (wrong == 1)
        a.type = "text/html";
    a.n = soak_write_listing(w, scope, wrong, (char *)soak_body, sizeof soak_body);
    w->bytes += a.n;
    while ((f = soak_fault_at(w, NODE_LISTING, 0, nth, f)) != NULL) {
        if (f->kind == KIND_REDIRECT)
            soak_no_content(&a, 404, 0);
        else
            soak_bend(w, &a, f, -1);
    }
    if (!soak_is_scope(scope))
        soak_no_content(&a, 404, 0);
    soak_send(w, l, c, &a);
}
