/* SPDX-License-Identifier: MIT */
#include "port/fat/inside.h"

#include "base/num.h"
#include "base/sha256.h"
#include "base/utf8.h"

#include <diskio.h>
#include <string.h>

/* offsets in a directory entry, little-endian */
#define ENTRY 32 /* bytes */
#define ENTRY_FIRST 0x40
#define ENTRY_KIND 11
#define ENTRY_LONG 0x0F
#define ENTRY_CLUSTER_HIGH 20
#define ENTRY_TIME 22
#define ENTRY_CLUSTER 26 /* the size follows */

/* --- Looking --- */

/* ooFatFs compares long names by units, converted to upper case by ff_wtoupper(). It also
 * compares short names, which are never equal for names that differ by this (fv_ffconf.h). */
static uint64_t storage_name_key(void *ctx, struct fv_slice name)
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    (void)ctx;
    fv_sha256_init(&sha);
    while (name.len > 0) {
        uint32_t code = (uint8_t)name.ptr[0];
        size_t n = fv_utf8_next(name, &code);
        if (n > 0 && code < 0x10000) {
            code = (uint32_t)ff_wtoupper(code);
        }
        fv_num_put32(digest, code);
        fv_sha256_push(&sha, digest, 4);
        name = fv_slice_from(name, n > 0 ? n : 1);
    }
    fv_sha256_finish(&sha, digest);
    return fv_num_get64(digest);
}

static enum fv_err storage_stat(void *ctx, const char *path, struct fv_port_stat *out)
{
    struct fv_fat *f = ctx;
    struct fv_port_stat found = {FV_PORT_NONE, 0, INT64_MIN};
    FILINFO info;
    enum fv_err err = fv_fat_path(f, path, false);
    if (err != FV_OK) {
        return err;
    }
    FRESULT res = f_stat(&f->fs, path, &info);
    if (res == FR_OK) {
        bool is_dir = (info.fattrib & AM_DIR) != 0;
        found.kind = is_dir ? FV_PORT_DIR : FV_PORT_FILE;
        found.size = is_dir ? 0 : info.fsize;
        found.modified_us = fv_fat_us((uint32_t)info.fdate << 16 | info.ftime);
    }
    if (res != FR_OK && res != FR_NO_FILE && res != FR_NO_PATH) {
        return fv_fat_fail(f, res);
    }
    *out = found;
    return FV_OK;
}

/* Check that path is a directory. */
static enum fv_err find_dir(struct fv_fat *f, const char *path)
{
    enum fv_port_kind kind = FV_PORT_NONE;
    FIL fil;
    enum fv_err err = fv_fat_path(f, path, true);
    if (err == FV_OK) {
        err = fv_fat_kind(f, path, &kind);
    }
    if (err != FV_OK || kind == FV_PORT_DIR) {
        return err;
    }
    if (kind == FV_PORT_FILE) {
        return fv_fat_fail(f, FR_EXIST);
    }
    return fv_fat_open_file(f, &fil, path, FA_READ); /* fails with the reason */
}

static enum fv_err storage_list_dir(void *ctx, const char *path,
                                    enum fv_err (*visit)(void *arg, const char *name), void *arg)
{
    struct fv_fat *f = ctx;
    FF_DIR dir;
    FILINFO info;
    enum fv_err err = find_dir(f, path);
    if (err == FV_OK) {
        err = fv_fat_fail(f, f_opendir(&f->fs, &dir, path));
    }
    while (err == FV_OK) {
        err = fv_fat_fail(f, f_readdir(&dir, &info));
        if (err != FV_OK || info.fname[0] == '\0') {
            return err;
        }
        err = visit(arg, info.fname);
    }
    return err;
}

/* --- Changing --- */

static enum fv_err open_existing(struct fv_fat *f, FIL *fil, const char *path)
{
    enum fv_err err = fv_fat_path(f, path, false);
    return err == FV_OK ? fv_fat_open_file(f, fil, path, FA_READ | FA_WRITE) : err;
}

static uint32_t entry_time(const FIL *fil)
{
    const BYTE *p = fil->dir_ptr + ENTRY_TIME;
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* Whether the entries of a long name begin in the block before that of the short one, which is in
 * the buffer: then ooFatFs removes the name with two writes. */
static bool in_two_blocks(const struct fv_fat *f, const FIL *fil)
{
    for (const BYTE *entry = fil->dir_ptr; entry > f->fs.win; entry -= ENTRY) {
        if (entry[ENTRY_KIND - ENTRY] != ENTRY_LONG || (entry[-ENTRY] & ENTRY_FIRST) != 0) {
            return false;
        }
    }
    return true;
}

/* Free the chain in pieces first: ooFatFs removes the entry before it frees the chain, which is
 * short by then. */
static enum fv_err storage_remove(void *ctx, const char *path)
{
    struct fv_fat *f = ctx;
    FIL fil;
    enum fv_err err = open_existing(f, &fil, path);
    if (err != FV_OK) {
        return err;
    }
    fv_fat_stamp(entry_time(&fil));
    if (f_size(&fil) > f->piece || in_two_blocks(f, &fil)) {
        fil.obj.objsize = 0; /* written before the first piece is freed */
    }
    FRESULT res = fv_fat_trim(f, &fil);
    return fv_fat_fail(f, res == FR_OK ? f_unlink(&f->fs, path) : res);
}

static void clear_entry(BYTE *entry)
{
    memset(entry + ENTRY_CLUSTER_HIGH, 0, 2);
    memset(entry + ENTRY_CLUSTER, 0, 6); /* and the size */
}

/* Remove the chain from an entry, durably, while ooFatFs's buffer holds another block that must
 * not be written yet. This uses its buffer for long names, which is free between two calls. */
static FRESULT take_chain(struct fv_fat *f, const FIL *fil)
{
    BYTE *other = (BYTE *)f->fs.lfnbuf;
    if (fil->dir_sect == f->fs.winsect) {
        clear_entry(fil->dir_ptr); /* one write changes both entries */
        return FR_OK;
    }
    if (disk_read(f, other, fil->dir_sect, 1) != RES_OK) {
        return FR_DISK_ERR;
    }
    clear_entry(other + (fil->dir_ptr - f->fs.win));
    return fv_fat_put(f, other, fil->dir_sect);
}

/* Give the chain of the old file to `from`, which is empty, and free it there. */
static FRESULT free_old(struct fv_fat *f, FIL *from, uint32_t chain)
{
    from->obj.sclust = chain;
    from->obj.objsize = 0;
    return fv_fat_trim(f, from);
}

/* The steps are described in fat.h. */
static enum fv_err storage_rename(void *ctx, const char *from, const char *to)
{
    struct fv_fat *f = ctx;
    FIL source;
    FIL target;
    enum fv_err err = open_existing(f, &source, from);
    if (err != FV_OK) {
        return err;
    }
    uint32_t time = entry_time(&source);
    err = open_existing(f, &target, to);
    if (err == FV_E_NOT_FOUND && f->last == FR_NO_FILE) { /* it is created only in the buffer */
        err = fv_fat_open_file(f, &target, to, (BYTE)(FA_READ | FA_WRITE | FA_CREATE_NEW));
    }
    if (err != FV_OK || (source.dir_sect == target.dir_sect && source.dir_ptr == target.dir_ptr)) {
        return err;
    }
    uint32_t old = target.obj.sclust;
    FRESULT res = take_chain(f, &source);
    if (res != FR_OK) { /* then the new name is not written either: its file would be empty */
        f->fs.wflag = 0;
        f->fs.winsect = UINT32_MAX;
    }
    if (res == FR_OK) {
        fv_fat_stamp(time);
        res = fv_fat_set_chain(f, &target, source.obj.sclust, source.obj.objsize);
    }
    if (res == FR_OK) {
        res = free_old(f, &source, old);
    }
    return fv_fat_fail(f, res == FR_OK ? f_unlink(&f->fs, from) : res);
}

static enum fv_err storage_make_dir(void *ctx, const char *path)
{
    struct fv_fat *f = ctx;
    enum fv_port_kind kind = FV_PORT_NONE;
    FIL fil;
    enum fv_err err = fv_fat_path(f, path, false);
    if (err != FV_OK) {
        return err;
    }
    fv_fat_begin_name(f, true);
    FRESULT res = f_mkdir(&f->fs, path);
    f->naming = false;
    if (res == FR_NO_PATH) {
        return fv_fat_open_file(f, &fil, path, FA_READ); /* fails with the reason */
    }
    if (res == FR_DENIED) {
        f->last = FR_DENIED;
        return FV_E_FULL;
    }
    if (res != FR_EXIST) {
        return fv_fat_fail(f, res);
    }
    err = fv_fat_kind(f, path, &kind);
    return err == FV_OK && kind != FV_PORT_DIR ? fv_fat_fail(f, FR_EXIST) : err;
}

static enum fv_err storage_remove_dir(void *ctx, const char *path)
{
    struct fv_fat *f = ctx;
    enum fv_err err = fv_fat_path(f, path, false);
    if (err == FV_OK) {
        err = find_dir(f, path);
    }
    if (err != FV_OK) {
        return err;
    }
    FRESULT res = f_unlink(&f->fs, path);
    return fv_fat_fail(f, res == FR_DENIED ? FR_EXIST : res); /* the directory is not empty */
}

static enum fv_err storage_sync_dir(void *ctx, const char *path)
{
    enum fv_err err = find_dir(ctx, path);
    return err == FV_OK ? fv_fat_fail(ctx, fv_fat_flush(ctx)) : err;
}

void fv_fat_names_init(struct fv_fat *f)
{
    f->port.name_key = storage_name_key;
    f->port.stat = storage_stat;
    f->port.rename = storage_rename;
    f->port.remove = storage_remove;
    f->port.make_dir = storage_make_dir;
    f->port.remove_dir = storage_remove_dir;
    f->port.sync_dir = storage_sync_dir;
    f->port.list_dir = storage_list_dir;
}
