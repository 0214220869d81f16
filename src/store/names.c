/* SPDX-License-Identifier: MIT */
#include "store/names.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/writer.h"
#include "parse/localpath.h"
#include "parse/url.h"

#include <string.h>

#define HASH_BYTES 8
#define MARK_LEN (1 + 2 * HASH_BYTES + 2) /* "~", the hash, "~2" */
#define SIGN (UINT64_C(1) << 63)

enum fv_err fv_names_begin(struct fv_names *n, struct fv_table_page *page,
                           const struct fv_port_storage *io, bool fat)
{
    n->contested = n->again = n->dates = n->by_bytes = false;
    n->most = 0;
    n->fat = fat;
    n->folder = 0;
    return fv_claims_begin(&n->claims, page, io);
}

void fv_names_close(struct fv_names *n)
{
    fv_claims_close(&n->claims);
}

/* The owner of a path: a hash of its URL, not 0. */
static uint64_t owner_hash(struct fv_slice url)
{
    uint64_t h = fv_slice_hash(0, url);
    return h != 0 ? h : 1;
}

static uint64_t key_of(const struct fv_names *n, struct fv_slice path)
{
    const struct fv_port_storage *io = n->claims.io;
    return io->name_key != NULL && !n->by_bytes ? io->name_key(io->ctx, path)
                                                : fv_slice_hash(0, path);
}

/* Make the folder of path the current one. */
static enum fv_err enter(struct fv_names *n, struct fv_slice path)
{
    size_t slash = fv_slice_find_last(path, '/');
    struct fv_slice folder = fv_slice_head(path, slash < path.len ? slash : 0);
    uint64_t hash = fv_slice_hash(1, folder);
    if (FV_CAP_NAMES == 0 || hash == n->folder) {
        return FV_OK;
    }
    enum fv_err err = fv_claims_enter(&n->claims, key_of(n, folder));
    n->folder = err == FV_OK ? hash : n->folder;
    return err;
}

/* Find the owner of path; p->value 0: it has none. */
static enum fv_err find(struct fv_names *n, struct fv_slice path, struct fv_claims_place *p)
{
    enum fv_err err = enter(n, path);
    return err == FV_OK ? fv_claims_find(&n->claims, key_of(n, path), p) : err;
}

/* Write the suffix that is appended to a name. */
static void write_suffix(unsigned choice, struct fv_slice url, struct fv_writer *w)
{
    struct fv_url parsed;
    if (fv_url_parse(url, &parsed) == FV_OK) {
        fv_writer_slice(w,
                        fv_slice_head(fv_url_last_segment(&parsed), FV_CAP_COMPONENT - MARK_LEN));
    }
    if (choice == 1 && fv_writer_done(w).len > 0) {
        return;
    }
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(url.ptr, url.len, digest);
    fv_writer_char(w, '~');
    fv_writer_hex(w, digest, HASH_BYTES);
    if (choice > 2) {
        fv_writer_text(w, "~2");
    }
}

enum fv_err fv_names_write(const struct fv_names *n, unsigned choice, struct fv_slice path,
                           struct fv_slice url, char out[FV_CAP_PATH + 1])
{
    char text[FV_CAP_COMPONENT + 1];
    struct fv_writer w;
    struct fv_writer suffix;
    fv_writer_init(&w, out, FV_CAP_PATH + 1);
    fv_writer_init(&suffix, text, sizeof text);
    if (choice == 0) {
        fv_writer_slice(&w, path);
        return fv_writer_check(&w);
    }
    write_suffix(choice, url, &suffix);
    size_t name = fv_slice_find_last(path, '/') + 1;
    fv_writer_slice(&w, fv_slice_head(path, name));
    return fv_localpath_component(fv_slice_from(path, name), fv_writer_done(&suffix), n->fat, &w);
}

/* Give url the path at p, which is free. */
static enum fv_err give(struct fv_names *n, unsigned choice, const struct fv_claims_place *p,
                        uint64_t self)
{
    n->most = choice > n->most ? choice : n->most;
    return fv_claims_set(&n->claims, p, self);
}

/* Search url's paths in order for one that is its own (*own); with claim also for a free one,
 * which it takes. */
static enum fv_err search(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                          char out[FV_CAP_PATH + 1], bool claim, bool *own)
{
    const uint64_t self = owner_hash(url);
    const unsigned last = claim ? FV_NAMES_CHOICES - 1 : n->most;
    struct fv_slice name = path;
    *own = false;
    for (n->choice = 0; n->choice <= last; n->choice++) {
        struct fv_claims_place p;
        enum fv_err err = FV_OK;
        if (n->choice > 0) {
            err = fv_names_write(n, n->choice, path, url, out);
            name = fv_slice_of(out);
        }
        err = err == FV_OK ? find(n, name, &p) : err;
        *own = err == FV_OK && p.value == self;
        if (err != FV_OK || *own) {
            return err;
        }
        if (claim && p.value == 0) {
            return give(n, n->choice, &p, self);
        }
        n->contested = n->contested || claim;
    }
    return claim ? FV_E_EXISTS : FV_OK;
}

enum fv_err fv_names_claim(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                           char out[FV_CAP_PATH + 1])
{
    return search(n, path, url, out, true, &n->again);
}

enum fv_err fv_names_find(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                          char out[FV_CAP_PATH + 1], bool *found)
{
    return search(n, path, url, out, false, found);
}

enum fv_err fv_names_take(struct fv_names *n, unsigned choice, struct fv_slice path,
                          struct fv_slice url, bool *own)
{
    struct fv_claims_place p;
    const uint64_t self = owner_hash(url);
    enum fv_err err = find(n, path, &p);
    if (err != FV_OK) {
        return err;
    }
    *own = p.value == 0 || p.value == self;
    return p.value == 0 ? give(n, choice, &p, self) : FV_OK;
}

enum fv_err fv_names_has(struct fv_names *n, struct fv_slice path, bool *has)
{
    struct fv_claims_place p;
    enum fv_err err = find(n, path, &p);
    *has = err == FV_OK && p.value != 0;
    return err;
}

enum fv_err fv_names_is_other(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                              bool *other)
{
    struct fv_claims_place p;
    enum fv_err err = find(n, path, &p);
    *other = err == FV_OK && p.value != 0 && p.value != owner_hash(url);
    return err;
}

/* Find the noted date of an entry: *p has its rank, or 0 if there is none. */
static enum fv_err find_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                             struct fv_claims_place *p)
{
    enum fv_err err = enter(n, path);
    return err == FV_OK ? fv_claims_find(&n->claims, fv_slice_hash(key_of(n, path), url), p) : err;
}

enum fv_err fv_names_note_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                               int64_t modified_us)
{
    struct fv_claims_place p;
    uint64_t noted = (uint64_t)modified_us ^ SIGN;
    enum fv_err err = find_date(n, path, url, &p);
    n->dates = true;
    return err != FV_OK || noted <= p.value ? err : fv_claims_set(&n->claims, &p, noted);
}

enum fv_err fv_names_raise_date(struct fv_names *n, struct fv_slice path, struct fv_slice url,
                                int64_t *modified_us)
{
    struct fv_claims_place p;
    enum fv_err err = find_date(n, path, url, &p);
    if (err == FV_OK && p.value > ((uint64_t)*modified_us ^ SIGN)) {
        *modified_us = (int64_t)(p.value ^ SIGN);
    }
    return err;
}
