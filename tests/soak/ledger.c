/* SPDX-License-Identifier: MIT */
#include "soak/world.h"

#include "base/num.h"

#include <string.h>

/* store/ledger.h describes the format. */

#define HEADER 37
#define FIXED 70

static bool read_record(struct soak_world *w, const uint8_t *p, size_t n, struct soak_record *r,
                        size_t *length, bool *removed)
{
    static const uint8_t marker[] = {0xff, 0x46, 0x56, 0x01};
    uint8_t digest[FV_SHA256_SIZE];
    size_t body, path, url, kept;

    if (n < FIXED || memcmp(p, marker, sizeof marker) != 0)
        return false;
    body = fv_num_get32(p + 4);
    path = p[18] | (size_t)p[19] << 8;
    url = p[20] | (size_t)p[21] << 8;
    kept = p[17] & 16 ? 8 : 0;
    if (body != FIXED - 16 + path + url + kept || n < 16 + body || path >= SOAK_SHORT)
        return false;
    if (w->cut || w->damaged) { /* that is when a record may be torn; the check costs */
        fv_sha256_of(p + 16, body, digest);
        if (memcmp(digest, p + 8, 8) != 0)
            return false;
    }
    *removed = p[16] == 2;
    *length = 16 + body;
    *r = (struct soak_record){.pending = p[17] & 1,
                              .loose = p[17] & 8,
                              .edited = p[17] & 4,
                              .modified_us = (int64_t)fv_num_get64(p + 22),
                              .size = fv_num_get64(p + 30),
                              .url = soak_url_of(w->plan, (const char *)p + FIXED + path, url)};
    r->length = *length;
    r->altered = kept > 0;
    r->kept_us = kept ? (int64_t)fv_num_get64(p + FIXED + path + url) : 0;
    memcpy(r->sha256, p + 38, FV_SHA256_SIZE);
    memcpy(r->path, p + FIXED, path);
    return true;
}

static void take_record(struct soak_record *records, size_t *count, const struct soak_record *r,
                        bool removed)
{
    size_t i = 0;

    while (i < *count && strcmp(records[i].path, r->path) != 0)
        i++;
    if (removed) {
        if (i < *count)
            records[i] = records[--*count];
        return;
    }
    if (i == *count && *count < SOAK_RECORDS)
        ++*count;
    if (i < *count)
        records[i] = *r;
}

size_t soak_ledger(struct soak_world *w, struct soak_record records[SOAK_RECORDS])
{
    size_t n = 0, count = 0, length = 0;
    const uint8_t *p = fv_sim_get(&w->sim, ".fluxvision/ledger", &n);
    struct soak_record r;
    bool removed;

    memset(w->many.known, 0, sizeof w->many.known);
    memset(w->many.length, 0, sizeof w->many.length);
    w->many.live = 0;
    for (size_t at = HEADER; p && at < n; at += length) {
        if (!read_record(w, p + at, n - at, &r, &length, &removed))
            length = 1;
        else if (soak_many_path(w->plan, r.path) >= 0)
            soak_many_record(w, (size_t)soak_many_path(w->plan, r.path), &r, removed);
        else
            take_record(records, &count, &r, removed);
    }
    return count;
}

const struct soak_record *soak_record_of(const struct soak_record *records, size_t count,
                                         const char *path)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(records[i].path, path) == 0)
            return &records[i];
    }
    return NULL;
}
