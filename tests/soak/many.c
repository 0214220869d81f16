/* SPDX-License-Identifier: MIT */
/*
 * A long listing: hundreds of small files in addition to the entries of the plan, so that hundreds
 * of requests are in flight when a connection breaks. Everything about them follows from their
 * number. Only connections fail, at some byte of the responses or after a number of requests, and
 * some files are refused once. The rules are those of the entries, in a table.
 */
#include "soak/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIR "o/s/m/m"
#define TARGET "/api_file/v1/x/m"
#define DAY_US INT64_C(86400000000)
#define FIRST_US INT64_C(1688169600000000) /* 2023-07-01T00:00:00Z */
#define MOST 4000                          /* bytes of one */

static unsigned mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    return (unsigned)((x ^ (x >> 27)) * 0x94d049bb133111ebu >> 33);
}

/* --- What they are --- */

static unsigned version_of(const struct soak_world *w, size_t i)
{
    return w->run > 0 && mix(w->plan->seed + i * 77) % 100 < w->plan->many_renewed;
}

/* Size and content are the same in every world. */
static size_t size_of(size_t i, unsigned version)
{
    unsigned h = mix(i * 2 + (i % 2 ? version : 0) + 1);

    return h % 16 == 0 ? 0 : h % 32 == 1 ? 1000 + h % (MOST - 1000) : 8 + h % 250;
}

static void fill(size_t i, unsigned version, uint8_t *bytes)
{
    size_t n = size_of(i, version);
    char word[16];
    size_t length = (size_t)snprintf(word, sizeof word, "%03u.%u ", (unsigned)i, version);

    for (size_t at = 0; at < n; at += length)
        memcpy(bytes + at, word, n - at < length ? n - at : length);
}

static const uint8_t *digest_of(size_t i, unsigned version)
{
    static uint8_t digests[SOAK_MANY][2][FV_SHA256_SIZE];
    static bool made[SOAK_MANY][2];
    uint8_t bytes[MOST];

    if (!made[i][version]) {
        fill(i, version, bytes);
        fv_sha256_of(bytes, size_of(i, version), digests[i][version]);
        made[i][version] = true;
    }
    return digests[i][version];
}

static int number_behind(const struct soak_plan *p, const char *text, const char *prefix)
{
    size_t n = strlen(prefix);
    char *end;
    unsigned long i;

    if (p->many == 0 || strncmp(text, prefix, n) != 0)
        return -1;
    i = strtoul(text + n, &end, 10);
    return *end || end == text + n || i >= p->many ? -1 : (int)i;
}

int soak_many_target(const struct soak_plan *p, const char *target)
{
    return number_behind(p, target, TARGET);
}

int soak_many_path(const struct soak_plan *p, const char *path)
{
    return number_behind(p, path, DIR);
}

/* The versions, bit by bit, that are there; 4: something else is. */
static unsigned there(struct soak_world *w, size_t i)
{
    char path[32];
    uint8_t bytes[MOST];
    size_t n = 0;
    const uint8_t *p;
    unsigned found = 0;

    snprintf(path, sizeof path, DIR "%u", (unsigned)i);
    p = fv_sim_get(&w->sim, path, &n);
    for (unsigned v = 0; p && v < 2; v++) {
        fill(i, v, bytes);
        if (n == size_of(i, v) && memcmp(p, bytes, n) == 0)
            found |= 1u << v;
    }
    return p && !found ? 4 : found;
}

bool soak_has_many(struct fv_slice scope)
{
    return fv_slice_eq(scope, FV_SLICE("o")) || fv_slice_eq(scope, FV_SLICE("o/s")) ||
           fv_slice_eq(scope, FV_SLICE("o/s/"));
}

size_t soak_many_list(const struct soak_world *w, size_t i, char *text, size_t room)
{
    return (
        size_t)snprintf(text, room,
                        "{\"orga_code_ref\":\"o\",\"study_code_ref\":\"s\",\"delivery_code_ref\":"
                        "\"m\",\"file_name\":\"m%u\",\"file_last_modified_date\":\"2023-07-0%u"
                        "T00:00:00Z\",\"url\":\"http://" SOAK_HOST TARGET "%u\"}",
                        (unsigned)i, 1 + version_of(w, i), (unsigned)i);
}

/* --- The portal --- */

void soak_many_begin(struct soak_world *w)
{
    struct soak_many *m = &w->many;

    memset(m->told, 0, sizeof m->told);
    memset(m->strikes, 0, sizeof m->strikes);
    memset(m->counts, 0, sizeof m->counts);
    m->lines = m->asked = m->alike = 0;
    m->least = 0;
    m->again = -1;
}

static const struct soak_break *break_of(const struct soak_world *w, const struct soak_line *l)
{
    for (size_t i = 0; !w->calm && i < w->plan->breaks; i++) {
        const struct soak_break *b = &w->plan->cut[i];

        if (b->on && b->run == w->run && b->line == l->number)
            return b;
    }
    return NULL;
}

/* What a connection may lose on its way is left out, and so is what a second one gives. */
bool soak_many_foresees(const struct soak_world *w)
{
    const struct soak_run *r = w->options;

    return w->many.alike > 1 && r->jobs == 1 && w->plan->breaks == 0 && w->plan->busy == 0 &&
           w->redirected == 0 && !r->net_fault && !r->storage_fault;
}

/* The connection has had its last answer. */
static void finish(struct soak_world *w, struct soak_line *l)
{
    l->dead = true;
    w->ends++;
    w->met++;
}

static void send_until(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c, size_t i,
                       const struct soak_break *b, const char *text, size_t n)
{
    bool breaks = b && l->sent + n > b->at;

    n = breaks ? b->at - l->sent : n;
    fv_sim_send(c, text, n);
    l->sent += n;
    if (!breaks)
        return;
    soak_say(w, "  the connection breaks after %u bytes of it", (unsigned)n);
    w->many.strikes[i]++;
    finish(w, l);
    soak_unclean[fv_sim_conn_number(c)] = b->how == 2;
    if (b->how == 1)
        fv_sim_reset(c);
    else
        fv_sim_end(c);
}

void soak_many_answer(struct soak_world *w, struct soak_line *l, struct fv_sim_conn *c, size_t i)
{
    const struct soak_plan *p = w->plan;
    struct soak_many *m = &w->many;
    unsigned v = version_of(w, i);
    size_t n = size_of(i, v), from = 0;
    const char *range = strstr(l->text, "\r\nRange: bytes=");
    unsigned most = p->per_line + p->per_line_more * l->number;
    bool last = p->per_line && !w->calm && l->answered >= most;
    bool busy = !w->calm && m->strikes[i] == 0 && mix(p->seed * 3 + i) % 1000 < p->busy;
    static char text[MOST + 400];
    char tag[24];
    size_t at;

    m->asked++;
    soak_say(w, "GET m%u%s%s", (unsigned)i, range ? ", the rest" : "", busy ? ": busy" : "");
    if (m->done[i] == v + 1)
        m->again = (int)i;
    snprintf(tag, sizeof tag, "\"m%u-%u\"", (unsigned)i, v);
    if (range && strstr(l->text, tag))
        from = (size_t)strtoull(range + 15, NULL, 10);
    if (range && !p->many_tags)
        soak_wrong(w, RULE_REQUEST, "m%u has no validator, and its rest is asked for", (unsigned)i);
    if (from >= n)
        from = 0;
    if (busy) {
        m->strikes[i]++;
        w->met++;
        at = (size_t)snprintf(text, sizeof text, "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n");
        n = from = 0;
    } else {
        at = (size_t)snprintf(text, sizeof text, "HTTP/1.1 %s\r\nContent-Length: %u\r\n",
                              from ? "206 Partial" : "200 Fine", (unsigned)(n - from));
    }
    if (from)
        at += (size_t)snprintf(text + at, sizeof text - at, "Content-Range: bytes %u-%u/%u\r\n",
                               (unsigned)from, (unsigned)n - 1, (unsigned)n);
    at += (size_t)snprintf(text + at, sizeof text - at, "%s%s%s%s\r\n",
                           p->many_tags && !busy ? "ETag: " : "", p->many_tags && !busy ? tag : "",
                           p->many_tags && !busy ? "\r\n" : "",
                           last && p->per_line_told ? "Connection: close\r\n" : "");
    if (!busy) {
        uint8_t bytes[MOST];

        fill(i, v, bytes);
        memcpy(text + at, bytes + from, n - from);
    }
    w->bytes += n - from;
    send_until(w, l, c, i, break_of(w, l), text, at + n - from);
    if (last && !l->dead) {
        finish(w, l);
        l->said_close = p->per_line_told;
        m->alike =
            p->per_line_told && p->per_line_more == 0 && l->answered == most ? m->alike + 1 : 0;
        fv_sim_end(c);
    }
}

/* --- What may be --- */

void soak_many_told(struct soak_world *w, size_t i, const struct fv_file *file)
{
    struct soak_many *m = &w->many;
    unsigned v = version_of(w, i);
    bool failed = file->status == FV_FAILED;

    soak_say(w, "  event: %d m%u%s%s", file->status, (unsigned)i, failed ? ": " : "",
             failed ? fv_err_text(file->fault->err) : "");
    if (m->told[i] && m->told[i] != FV_FAILED + 1)
        soak_wrong(w, RULE_EVENT, "m%u is mentioned twice", (unsigned)i);
    m->told[i] = (uint8_t)(file->status + 1);
    m->counts[file->status]++;
    if (failed)
        return;
    if (file->status != FV_DOWNLOADED && file->status != FV_RESUMED &&
        file->status != FV_UNCHANGED) {
        soak_wrong(w, RULE_EVENT, "m%u has the status %d", (unsigned)i, file->status);
        return;
    }
    if (!(there(w, i) >> v & 1))
        soak_wrong(w, RULE_CONTENT, "m%u is called complete, and is not", (unsigned)i);
    if (file->size != size_of(i, v) || file->modified_us != FIRST_US + v * DAY_US ||
        memcmp(file->sha256, digest_of(i, v), FV_SHA256_SIZE) != 0)
        soak_wrong(w, RULE_EVENT, "m%u has another size, date or SHA-256", (unsigned)i);
    m->least += file->status == FV_DOWNLOADED ? size_of(i, v) : 0;
    if (file->status != FV_UNCHANGED || !w->doubtful)
        m->done[i] = (uint8_t)(v + 1);
}

/* How a run ended, and which exits its files explain. */
void soak_many_judge(struct soak_world *w, uint32_t *reasons)
{
    struct soak_many *m = &w->many;
    bool early = w->wide && w->err != FV_OK;

    for (size_t i = 0; i < w->plan->many; i++) {
        bool failed = m->told[i] == FV_FAILED + 1;

        if (failed && m->strikes[i] + w->ends <= w->options->retries && w->explains == 0)
            soak_wrong(w, RULE_HEALTHY, "m%u failed after %u answers of %u ends", (unsigned)i,
                       m->strikes[i], w->ends);
        if (failed)
            *reasons |= SOAK_BIT(3) | SOAK_BIT(6);
        if (failed && w->err == FV_OK)
            soak_wrong(w, RULE_EXIT, "m%u failed, and the run ended with 0", (unsigned)i);
        if (!m->told[i] && !early)
            soak_wrong(w, RULE_UNNAMED, "the run ended with %d, and m%u was not mentioned",
                       fv_err_exit(w->err), (unsigned)i);
    }
    if (w->run > SOAK_RUNS && w->plan->run[SOAK_RUNS].on && m->asked > 0)
        soak_wrong(w, RULE_SETTLED, "all is there, and %u of many are asked for", m->asked);
}

void soak_many_record(struct soak_world *w, size_t i, const struct soak_record *r, bool removed)
{
    struct soak_many *m = &w->many;

    m->live -= m->length[i];
    m->length[i] = (uint16_t)(removed ? 0 : r->length);
    m->live += m->length[i];
    m->known[i] = 0;
    for (unsigned v = 0; !removed && v < 2; v++) {
        if (r->size == size_of(i, v) && r->modified_us == FIRST_US + v * DAY_US &&
            memcmp(r->sha256, digest_of(i, v), FV_SHA256_SIZE) == 0)
            m->known[i] = (uint8_t)(v + 1);
    }
    if (!removed && !m->known[i])
        soak_wrong(w, RULE_LEDGER, "the ledger has no version of m%u", (unsigned)i);
}

void soak_many_disk(struct soak_world *w)
{
    const struct soak_many *m = &w->many;
    bool all = w->err == FV_OK && !w->dark;

    for (size_t i = 0; i < w->plan->many; i++) {
        unsigned v = version_of(w, i), versions = there(w, i);
        bool torn = w->cut && w->plan->medium == FV_SIM_VFAT; /* an empty file, see disk.c */

        if (versions == 4 && !torn)
            soak_wrong(w, RULE_CONTENT, "m%u is no version of its file", (unsigned)i);
        if (m->done[i] && (versions & 3) >> (m->done[i] - 1) == 0 && !(torn && m->done[i] < v + 1))
            soak_wrong(w, RULE_LOST, "m%u was done, and is not there any more", (unsigned)i);
        if (m->done[i] && m->known[i] < m->done[i])
            soak_wrong(w, RULE_LOST, "m%u was done, and the ledger does not know it", (unsigned)i);
        if (all && (!(versions >> v & 1) || m->known[i] != v + 1))
            soak_wrong(w, RULE_MISSING, "the run ended with 0, and m%u is not there", (unsigned)i);
    }
}

void soak_many_verified(struct soak_world *w, size_t i, enum fv_status status)
{
    unsigned known = w->many.known[i];
    bool same = known && there(w, i) >> (known - 1) & 1;

    if (!known || same != (status == FV_UNCHANGED))
        soak_wrong(w, RULE_EVENT, "verify says %d of m%u", status, (unsigned)i);
}

size_t soak_many_known(const struct soak_world *w)
{
    size_t count = 0;

    for (size_t i = 0; i < w->plan->many; i++)
        count += w->many.known[i] != 0;
    return count;
}
