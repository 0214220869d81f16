/* SPDX-License-Identifier: MIT */
#include "port/fat/inside.h"
#include "port/path.h"

#include <string.h>

#define FORBIDDEN "\"*:<>?\\|\x7F"
#define MAX_SIZE UINT32_MAX

/* --- Errors and paths --- */

enum fv_err fv_fat_fail(struct fv_fat *f, FRESULT res)
{
    if (res != FR_OK) {
        f->last = (int32_t)res;
    }
    switch (res) {
    case FR_OK:
        return FV_OK;
    case FR_DISK_ERR:
        return f->device_err != FV_OK ? f->device_err : FV_E_STORAGE;
    case FR_NO_FILE:
    case FR_NO_PATH:
        return FV_E_NOT_FOUND;
    case FR_EXIST:
        return FV_E_EXISTS;
    case FR_DENIED:
        return FV_E_DENIED;
    default:
        return FV_E_STORAGE;
    }
}

static enum fv_err full(struct fv_fat *f)
{
    f->last = FR_DENIED;
    return FV_E_FULL;
}

enum fv_err fv_fat_path(struct fv_fat *f, const char *path, bool root)
{
    enum fv_err err = root && *path == '\0' ? FV_OK : fv_port_path_check(path, FORBIDDEN);
    if (err != FV_OK) {
        f->last = FR_INVALID_NAME;
    }
    return err;
}

void fv_fat_stamp_now(struct fv_fat *f)
{
    fv_fat_stamp(f->clock != NULL ? fv_fat_time(f->clock->wall(f->clock->ctx)) : 0);
}

/* --- Files --- */

static struct fv_fat_file *file_of(struct fv_fat *f, int file)
{
    return &f->files[file];
}

static void stamp_file(struct fv_fat *f, const struct fv_fat_file *file)
{
    if (file->has_time) {
        fv_fat_stamp(file->time);
    } else {
        fv_fat_stamp_now(f);
    }
}

/* Two walks, because a FILINFO takes 300 bytes of stack. */
enum fv_err fv_fat_kind(struct fv_fat *f, const char *path, enum fv_port_kind *kind)
{
    FF_DIR dir;
    FRESULT res = f_opendir(&f->fs, &dir, path);
    *kind = FV_PORT_DIR;
    if (res == FR_NO_PATH) {
        res = f_stat(&f->fs, path, NULL);
        *kind = res == FR_OK ? FV_PORT_FILE : FV_PORT_NONE;
    }
    return res == FR_NO_FILE || res == FR_NO_PATH ? FV_OK : fv_fat_fail(f, res);
}

/* Return the error for FR_NO_PATH. ooFatFs also returns it if a file is where a directory must
 * be; then it has found an entry. */
static enum fv_err no_path(struct fv_fat *f, const char *path)
{
    FF_DIR dir;
    FRESULT res = f_opendir(&f->fs, &dir, path);
    bool found = res == FR_NO_PATH && dir.sect != 0 && dir.dir[0] != 0;
    enum fv_err err = fv_fat_fail(f, res == FR_OK ? FR_NO_PATH : res);
    return found ? FV_E_EXISTS : err;
}

void fv_fat_begin_name(struct fv_fat *f, bool makes)
{
    fv_fat_expect(f, 0);
    fv_fat_stamp_now(f);
    f->free_clusters = f->fs.free_clst;
    f->naming = makes;
}

enum fv_err fv_fat_open_file(struct fv_fat *f, FIL *fil, const char *path, BYTE mode)
{
    enum fv_port_kind kind;
    fv_fat_begin_name(f, (mode & (FA_CREATE_NEW | FA_OPEN_ALWAYS)) != 0);
    FRESULT res = f_open(&f->fs, fil, path, mode);
    f->naming = false;
    if (res == FR_NO_PATH) {
        return no_path(f, path);
    }
    if (res != FR_NO_FILE && res != FR_DENIED) {
        return fv_fat_fail(f, res);
    }
    enum fv_err err = fv_fat_kind(f, path, &kind);
    f->last = (int32_t)res;
    if (err != FV_OK) {
        return err;
    }
    if (kind == FV_PORT_DIR) {
        return FV_E_EXISTS;
    }
    if (res == FR_NO_FILE) {
        return FV_E_NOT_FOUND;
    }
    /* there is no cluster into which the directory could grow */
    return kind == FV_PORT_FILE ? FV_E_DENIED : full(f);
}

/* Write the entry first, then free the clusters after its end. For an empty file with a chain,
 * fv_fat_trim() writes the entry. */
static enum fv_err storage_truncate(void *ctx, int file, uint64_t size)
{
    struct fv_fat_file *to = file_of(ctx, file);
    FRESULT res = FR_OK;
    if (size > f_size(&to->fil)) {
        return full(ctx);
    }
    bool cut = size < f_size(&to->fil);
    to->has_time = to->has_time && !cut;
    stamp_file(ctx, to);
    if (cut && (size > 0 || to->fil.obj.sclust == 0)) {
        res = fv_fat_set_chain(ctx, &to->fil, to->fil.obj.sclust, (uint32_t)size);
    }
    to->fil.obj.objsize = (FSIZE_t)size;
    if (res == FR_OK) {
        res = fv_fat_trim(ctx, &to->fil);
    }
    return fv_fat_fail(ctx, res);
}

static enum fv_err storage_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    static const BYTE modes[] = {
        [FV_PORT_OPEN_READ] = FA_READ,
        [FV_PORT_OPEN_WRITE] = FA_READ | FA_WRITE | FA_OPEN_ALWAYS,
        [FV_PORT_OPEN_NEW] = FA_READ | FA_WRITE | FA_CREATE_NEW,
        [FV_PORT_OPEN_CREATE] = FA_READ | FA_WRITE | FA_OPEN_ALWAYS,
    };
    struct fv_fat *f = ctx;
    int i = 0;
    enum fv_err err = fv_fat_path(f, path, false);
    while (i < FV_FAT_FILES && f->files[i].used) {
        i++;
    }
    if (err == FV_OK && i == FV_FAT_FILES) {
        f->last = FR_TOO_MANY_OPEN_FILES;
        err = FV_E_STORAGE;
    }
    if (err == FV_OK) {
        err = fv_fat_open_file(f, &f->files[i].fil, path, modes[mode]);
    }
    if (err == FV_OK) {
        f->files[i].used = true;
        f->files[i].has_time = f->files[i].touched = false;
        err = mode == FV_PORT_OPEN_CREATE ? storage_truncate(f, i, 0) : FV_OK;
        f->files[i].used = err == FV_OK;
    }
    if (err == FV_OK) {
        *file = i;
    }
    return err;
}

static enum fv_err storage_read(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got)
{
    FIL *fil = &file_of(ctx, file)->fil;
    UINT have = 0;
    FRESULT res = FR_OK;
    if (offset >= f_size(fil)) {
        *got = 0;
        return FV_OK;
    }
    if (f_tell(fil) != offset) {
        res = f_lseek(fil, (FSIZE_t)offset);
    }
    if (res == FR_OK) {
        res = f_read(fil, p, n < MAX_SIZE ? (UINT)n : MAX_SIZE, &have);
    }
    if (res == FR_OK) {
        *got = have;
    }
    return fv_fat_fail(ctx, res);
}

/* Write the file's entry with its chain, durably. If it has no chain, give it one cluster first.
 * Clusters that are added later are then linked to the entry, whatever happens. */
static FRESULT own_chain(struct fv_fat *f, struct fv_fat_file *to)
{
    FSIZE_t size = f_size(&to->fil);
    FRESULT res = to->fil.obj.sclust == 0 ? f_lseek(&to->fil, 1) : FR_OK;
    stamp_file(f, to);
    return res == FR_OK ? fv_fat_set_chain(f, &to->fil, to->fil.obj.sclust, size) : res;
}

static enum fv_err storage_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    struct fv_fat_file *to = file_of(ctx, file);
    UINT have = 0;
    FRESULT res = FR_OK;
    if (offset > MAX_SIZE || n > MAX_SIZE - offset) {
        return FV_E_LARGE;
    }
    if (n == 0) {
        return FV_OK;
    }
    to->touched = true;
    to->has_time = false;
    fv_fat_expect(ctx, (uint32_t)n);
    uint32_t cluster = (uint32_t)FV_BLOCK_SIZE * to->fil.obj.fs->csize;
    if (f_size(&to->fil) <= cluster && (uint32_t)(offset + n) > cluster) {
        res = own_chain(ctx, to);
    }
    if (res == FR_OK && f_tell(&to->fil) != offset) {
        res = f_lseek(&to->fil, (FSIZE_t)offset);
    }
    if (res == FR_OK) {
        res = f_write(&to->fil, p, (UINT)n, &have);
    }
    return res == FR_OK && have < n ? full(ctx) : fv_fat_fail(ctx, res);
}

/* Seeking beyond the end allocates clusters; the size is then set back. */
static enum fv_err storage_reserve(void *ctx, int file, uint64_t size)
{
    struct fv_fat_file *to = file_of(ctx, file);
    FSIZE_t before = f_size(&to->fil);
    bool fits = false;
    FRESULT res;
    if (size > MAX_SIZE) {
        return full(ctx);
    }
    if (size <= before) {
        return FV_OK;
    }
    to->touched = true;
    fv_fat_expect(ctx, (uint32_t)size);
    res = own_chain(ctx, to);
    if (res == FR_OK) {
        res = f_lseek(&to->fil, (FSIZE_t)size);
    }
    fits = f_tell(&to->fil) == size;
    to->fil.obj.objsize = before;
    if (res == FR_OK) {
        res = fits ? f_lseek(&to->fil, 0) : fv_fat_trim(ctx, &to->fil);
    }
    return res == FR_OK && !fits ? full(ctx) : fv_fat_fail(ctx, res);
}

static enum fv_err storage_size(void *ctx, int file, uint64_t *size)
{
    *size = f_size(&file_of(ctx, file)->fil);
    return FV_OK;
}

static enum fv_err storage_sync(void *ctx, int file)
{
    struct fv_fat_file *to = file_of(ctx, file);
    stamp_file(ctx, to);
    FRESULT res = f_sync(&to->fil);
    return fv_fat_fail(ctx, res == FR_OK ? fv_fat_flush(ctx) : res);
}

static enum fv_err storage_set_time(void *ctx, int file, int64_t modified_us)
{
    struct fv_fat_file *to = file_of(ctx, file);
    to->time = fv_fat_time(modified_us);
    to->has_time = true;
    to->fil.flag |= FV_FAT_MODIFIED;
    return FV_OK;
}

static enum fv_err storage_close(void *ctx, int file)
{
    struct fv_fat_file *to = file_of(ctx, file);
    stamp_file(ctx, to);
    FRESULT res = to->touched ? fv_fat_trim(ctx, &to->fil) : FR_OK;
    FRESULT closed = f_close(&to->fil);
    to->used = false;
    return fv_fat_fail(ctx, res == FR_OK ? closed : res);
}

/* --- The whole --- */

static enum fv_err storage_free_space(void *ctx, uint64_t *bytes)
{
    struct fv_fat *f = ctx;
    if (!f->counted) {
        f->fs.free_clst = 0;
        fv_fat_expect(f, 0);
    }
    if (!f->counted) {
        return fv_fat_fail(f, FR_DISK_ERR);
    }
    *bytes = (uint64_t)f->fs.free_clst * f->fs.csize * FV_BLOCK_SIZE;
    return FV_OK;
}

static enum fv_err storage_lock(void *ctx, const char *path, int *lock)
{
    FIL fil;
    enum fv_err err = fv_fat_path(ctx, path, false);
    if (err == FV_OK) {
        err = fv_fat_open_file(ctx, &fil, path, FA_READ | FA_WRITE | FA_OPEN_ALWAYS);
    }
    if (err == FV_OK) {
        err = fv_fat_fail(ctx, f_close(&fil));
    }
    if (err == FV_OK) {
        *lock = 0;
    }
    return err;
}

static void storage_unlock(void *ctx, int lock)
{
    (void)ctx;
    (void)lock;
}

static int32_t storage_last_error(void *ctx)
{
    return ((const struct fv_fat *)ctx)->last;
}

static void fill_table(struct fv_fat *f)
{
    f->port.ctx = f;
    f->port.time_step_us = 2000000;
    f->port.max_file = MAX_SIZE;
    f->port.reserves = true;
    f->port.fat_names = true;
    f->port.open = storage_open;
    f->port.read = storage_read;
    f->port.write = storage_write;
    f->port.size = storage_size;
    f->port.truncate = storage_truncate;
    f->port.reserve = storage_reserve;
    f->port.sync = storage_sync;
    f->port.set_time = storage_set_time;
    f->port.close = storage_close;
    f->port.free_space = storage_free_space;
    f->port.lock = storage_lock;
    f->port.unlock = storage_unlock;
    f->port.last_error = storage_last_error;
    fv_fat_names_init(f);
}

enum fv_err fv_fat_open(struct fv_fat *f, const struct fv_block *device,
                        const struct fv_port_clock *clock)
{
    DWORD clusters = 0;
    memset(f, 0, sizeof *f);
    f->device = device;
    f->clock = clock;
    f->piece = FV_FAT_PIECE;
    f->fs.drv = f;
    fill_table(f);
    FRESULT res = f_mount(&f->fs);
    if (res == FR_OK && f->fs.fs_type == FS_FAT12) {
        (void)f_umount(&f->fs);
        res = FR_NO_FILESYSTEM;
    }
    /* disk_write() detects by the count that a directory has grown, so there must be one, right
     * or wrong */
    if (res == FR_OK) {
        f->counted = f->fs.free_clst > f->fs.n_fatent - 2;
        res = f_getfree(&f->fs, &clusters);
    }
    if (res != FR_OK) {
        f->why = fv_fat_look(f);
    }
    return fv_fat_fail(f, res);
}

void fv_fat_close(struct fv_fat *f)
{
    (void)fv_fat_flush(f);
    (void)f_umount(&f->fs);
}
