/* SPDX-License-Identifier: MIT */
#include "store/table_file.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/writer.h"

#include <string.h>

#define HEADER_USED 64u

static const char magic[] = "FVTABLE1"; /* eight bytes are used */

enum fv_err fv_table_write_header(struct fv_table *t)
{
    uint8_t h[HEADER_USED];
    memcpy(h, magic, 8);
    fv_num_put64(h + 8, t->capacity);
    fv_num_put64(h + 16, t->used);
    for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
        fv_num_put64(h + 24 + 8 * i, t->tag[i]);
    }
    fv_num_put64(h + 56, fv_sha256_key(h, 56));
    return t->io->write(t->io->ctx, t->file, 0, h, sizeof h);
}

enum fv_err fv_table_read_header(struct fv_table *t)
{
    uint8_t h[HEADER_USED];
    size_t got = 0;
    uint64_t size = 0;
    enum fv_err err = t->io->read(t->io->ctx, t->file, 0, h, sizeof h, &got);
    if (err == FV_OK) {
        err = t->io->size(t->io->ctx, t->file, &size);
    }
    if (err != FV_OK) {
        return err;
    }
    if (got < sizeof h || memcmp(h, magic, 8) != 0 ||
        fv_num_get64(h + 56) != fv_sha256_key(h, 56)) {
        return FV_E_CORRUPT;
    }
    uint64_t capacity = fv_num_get64(h + 8);
    uint64_t used = fv_num_get64(h + 16);
    for (size_t i = 0; i < FV_TABLE_TAGS; i++) {
        t->tag[i] = fv_num_get64(h + 24 + 8 * i);
    }
    if (capacity < FV_TABLE_LEAST || capacity > FV_TABLE_MOST || (capacity & (capacity - 1)) != 0 ||
        used > capacity / 2 || size != FV_TABLE_HEADER + capacity * FV_TABLE_SLOT) {
        return FV_E_CORRUPT;
    }
    t->capacity = (uint32_t)capacity;
    t->used = (uint32_t)used;
    return FV_OK;
}

enum fv_err fv_table_name_beside(const struct fv_table *t, uint8_t which, char path[FV_TABLE_PATH])
{
    struct fv_writer w;
    fv_writer_init(&w, path, FV_TABLE_PATH);
    fv_writer_text(&w, t->path);
    fv_writer_text(&w, which == 1 ? ".new" : ".2.new");
    return fv_writer_check(&w);
}

void fv_table_remove_beside(const struct fv_table *t, uint8_t which)
{
    char path[FV_TABLE_PATH];
    if (which != 0 && fv_table_name_beside(t, which, path) == FV_OK) {
        (void)t->io->remove(t->io->ctx, path); /* if this fails, fv_partial_clean() removes it */
    }
}

bool fv_table_is_beside(const struct fv_table *t, const char *path)
{
    char beside[FV_TABLE_PATH];
    return t->is_open && t->beside != 0 && fv_table_name_beside(t, t->beside, beside) == FV_OK &&
           strcmp(beside, path) == 0;
}

enum fv_err fv_table_take_place(struct fv_table *t, uint8_t which)
{
    char path[FV_TABLE_PATH];
    enum fv_err err = fv_table_name_beside(t, which, path);
    if (err == FV_OK) {
        err = t->io->rename(t->io->ctx, path, t->path);
    }
    if (err != FV_OK) {
        fv_table_remove_beside(t, which);
        return err;
    }
    err = t->io->open(t->io->ctx, t->path, FV_PORT_OPEN_WRITE, &t->file);
    t->is_open = err == FV_OK;
    return err;
}
