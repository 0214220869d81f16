/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "parse/timestamp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
#define FIRST_US INT64_C(1685577600000000) /* 2023-06-01T00:00:00Z */

/* --- Names --- */

static const char *const dirs[] = {"o/s/d", "o/s/e", "o/t/d", "o/s t/d", "o/s/d\xc3\xa9"};
static const char *const names[SOAK_ENTRIES + 10] = {
    "a0",     "a1",       "b2.csv", "b3.csv", "c4",      "c5",     "a6 x",   "b7",
    "c8.txt", "a9",       "b10",    "c11",    "A0",      "a1.CSV", "A1",     "con",
    "x~1",    "\xc3\xa9", "..",     "p/q",    "B2.csv.", "50%25",  "tab\tx", ".fluxvision"};
/* As they stand in the URL that the client asks for, and as the listing may write them. */
static const char *const tails[] = {"", "%20a", "?v=1&w=2", ".csv", "%C3%A9", "/"};
static const char *const raw_tails[] = {"", " a", "?v=1&w=2", ".csv", "\xc3\xa9", "/"};

const char *soak_dir(const struct soak_plan *p, size_t entry)
{
    return dirs[p->entry[entry].dir];
}

const char *soak_name(const struct soak_plan *p, size_t entry)
{
    return names[p->entry[entry].name];
}

size_t soak_scopes(const struct soak_run *r, struct fv_slice scopes[SOAK_SCOPES])
{
    static const char *const first[] = {"o", "o/s", "o/s/d"};
    static const char *const others[] = {"o/s/", "o/t", "nobody", "o/s t/d"};
    size_t count = 0;

    if (!(r->others & 16)) /* else it comes last */
        scopes[count++] = fv_slice_of(first[r->scope]);
    for (size_t i = 0; i < 4; i++) {
        if (r->others >> i & 1 && !(i == 0 && r->scope == 1)) /* twice the same */
            scopes[count++] = fv_slice_of(others[i]);
    }
    if (r->others & 16)
        scopes[count++] = fv_slice_of(first[r->scope]);
    return count;
}

void soak_scope_text(struct fv_slice scope, char text[64])
{
    int n = snprintf(text, 64, "/api_file/v1/");

    for (size_t i = 0; i < scope.len; i++)
        n += snprintf(text + n, 64 - (size_t)n, scope.ptr[i] == ' ' ? "%%20" : "%c", scope.ptr[i]);
    if (scope.ptr[scope.len - 1] != '/')
        snprintf(text + n, 64 - (size_t)n, "/");
}

bool soak_is_scope(struct fv_slice scope)
{
    return scope.ptr[0] == 'o';
}

bool soak_is_below(const struct soak_plan *p, struct fv_slice scope, size_t entry)
{
    size_t n = scope.len - (scope.ptr[scope.len - 1] == '/');
    const char *dir = soak_dir(p, entry);

    return strncmp(dir, scope.ptr, n) == 0 && (dir[n] == '/' || dir[n] == '\0');
}

bool soak_in_scope(const struct soak_plan *p, const struct soak_run *r, size_t entry)
{
    struct fv_slice scopes[SOAK_SCOPES];
    size_t count = soak_scopes(r, scopes);
    bool in = false;

    for (size_t i = 0; i < count; i++)
        in = in || soak_is_below(p, scopes[i], entry);
    return in;
}

/* --- Filters: what is given to the client, and what it means --- */

static bool begins(const char *name, const char *with)
{
    return strncmp(name, with, strlen(with)) == 0;
}

void soak_set_filter(const struct soak_run *r, struct fv_settings *s)
{
    static const struct fv_pattern patterns[] = {
        [1] = {{"a*", 2}, true},     [2] = {{"?1*", 3}, false},  [3] = {{"o/s/d/*", 7}, true},
        [4] = {{"**/b*", 5}, false}, [5] = {{"*.csv", 5}, true},
    };

    if (r->filter) {
        s->patterns[0] = patterns[r->filter];
        s->pattern_count = 1;
    }
    if (r->filter == 2) { /* first match wins: what is hidden stays hidden */
        s->patterns[1] = (struct fv_pattern){{"*", 1}, true};
        s->pattern_count = 2;
    }
}

bool soak_passes(const struct soak_plan *p, const struct soak_run *r, size_t entry)
{
    const char *name = soak_name(p, entry);
    size_t n = strlen(name);

    switch (r->filter) {
    case 1:
        return begins(name, "a") && !strchr(name, '/');
    case 2:
        return !(n >= 2 && name[1] == '1' && !strchr(name, '/')) && !strchr(name, '/');
    case 3:
        return strcmp(soak_dir(p, entry), "o/s/d") == 0 && !strchr(name, '/');
    case 4:
        return !begins(name, "b");
    case 5:
        return n >= 4 && strcmp(name + n - 4, ".csv") == 0;
    default:
        return true;
    }
}

/* --- URLs --- */

int soak_url_now(const struct soak_world *w, size_t entry)
{
    size_t of = w->plan->entry[entry].same_as;

    return (int)(of * SOAK_GENERATIONS + w->now[of].generation);
}

/* The target on the portal. */
void soak_url_text(const struct soak_plan *p, int url, char *text, size_t room)
{
    size_t entry = (size_t)url / SOAK_GENERATIONS;
    const struct soak_entry *e = &p->entry[entry];

    snprintf(text, room, "/api_file/v1/x/f%zug%d%s", entry, url % SOAK_GENERATIONS,
             p->spaced ? raw_tails[e->tail] : tails[e->tail]);
}

int soak_url_of(const struct soak_plan *p, const char *text, size_t n)
{
    unsigned entry, generation;
    char copy[128];
    const char *at;
    int used = 0;

    if (n >= sizeof copy)
        return -1;
    memcpy(copy, text, n);
    copy[n] = '\0';
    at = strstr(copy, "/x/f");
    if (!at || sscanf(at, "/x/f%ug%u%n", &entry, &generation, &used) != 2 || entry >= p->entries ||
        generation >= SOAK_GENERATIONS || strcmp(at + used, tails[p->entry[entry].tail]) != 0)
        return -1;
    return (int)(entry * SOAK_GENERATIONS + generation);
}

/* --- Dates and contents --- */

int64_t soak_date_us(const struct soak_plan *p, size_t entry, unsigned date)
{
    size_t of = p->entry[entry].same_as;
    int64_t us = FIRST_US + (int64_t)date * DAY_US;

    if (p->times ==
        FV_SIM_TIMES_CLAMPED) /* some years before the first that is kept, or behind the last */
        us += (p->seed % 2 ? -50 : 30) * 365 * DAY_US;

    if (!p->same_second)
        us += (int64_t)of * 37000000 + (of % 3 ? 123456 : 0);
    return us;
}

void soak_http_date(int64_t us, char text[40])
{
    static const char days[] = "ThuFriSatSunMonTueWed";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    struct fv_civil c;

    text[0] = '\0';
    if (!fv_timestamp_civil(us, &c))
        return;
    int64_t day = us / INT64_C(86400000000);

    snprintf(text, 40, "%.3s, %02d %.3s %04d %02d:%02d:%02d GMT", days + 3 * ((day % 7 + 7) % 7),
             c.day % 100, months + 3 * (c.month - 1), c.year % 10000, c.hour % 100, c.minute % 100,
             c.second % 100);
}

size_t soak_size(const struct soak_plan *p, int url, unsigned version)
{
    const struct soak_entry *e = &p->entry[url / SOAK_GENERATIONS];

    return e->size[(version + (unsigned)(url % SOAK_GENERATIONS) * 2) % SOAK_VERSIONS];
}

/* Words of eight bytes, each different from the one before, and all different from those of
 * another version. */
static uint64_t first_word(int url, unsigned version)
{
    return ((uint64_t)url * SOAK_VERSIONS + version + 1) * 0x9e3779b97f4a7c15u;
}

#define STEP 0xbf58476d1ce4e5b9u

void soak_fill(const struct soak_plan *p, int url, unsigned version, uint8_t *bytes)
{
    size_t n = soak_size(p, url, version);
    uint64_t x = first_word(url, version);
    size_t at = 0;

    for (; at + 8 <= n; at += 8, x += STEP)
        memcpy(bytes + at, &x, 8);
    memcpy(bytes + at, &x, n - at);
    if (n > 0)
        bytes[0] = (uint8_t)(url + 1);
    if (n > 1)
        bytes[1] = (uint8_t)version;
}

bool soak_is(const struct soak_plan *p, int url, unsigned version, const uint8_t *bytes, size_t n)
{
    static uint8_t other[SOAK_SIZE + 8];

    if (n != soak_size(p, url, version) ||
        (n > 1 && (bytes[0] != (uint8_t)(url + 1) || bytes[1] != (uint8_t)version)))
        return false;
    soak_fill(p, url, version, other);
    return memcmp(other, bytes, n) == 0;
}

const uint8_t *soak_digest(const struct soak_plan *p, int url, unsigned version)
{
    static struct {
        size_t size; /* + 1 */
        uint8_t digest[FV_SHA256_SIZE];
    } known[SOAK_URLS][SOAK_VERSIONS];
    static uint8_t bytes[SOAK_SIZE + 8];
    size_t n = soak_size(p, url, version);

    /* Size and place decide the content, whatever the seed. */
    if (known[url][version].size != n + 1) {
        soak_fill(p, url, version, bytes);
        fv_sha256_of(bytes, n, known[url][version].digest);
        known[url][version].size = n + 1;
    }
    return known[url][version].digest;
}

unsigned soak_versions(const struct soak_world *w, int url, const uint8_t *bytes, size_t n)
{
    unsigned found = 0;

    for (unsigned v = 0; v < SOAK_VERSIONS; v++) {
        if (w->given[url] >> v & 1 && soak_is(w->plan, url, v, bytes, n))
            found |= 1u << v;
    }
    return found;
}
