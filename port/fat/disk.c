/* SPDX-License-Identifier: MIT */
/*
 * The disk functions of ooFatFs, which keep its writes in order, and its clock.
 */
#include "port/fat/inside.h"

#include <diskio.h>
#include <string.h>

#define DAY_US INT64_C(86400000000)
#define DAYS_TO_1980 3652 /* since 1970 */
#define FIRST_YEAR 1980u
#define LAST_YEAR 2107u

/* --- Writing in order --- */

/* Each access ends here: a scan of the FAT or of a long chain has many of them. */
static DRESULT done(struct fv_fat *f, enum fv_err err)
{
    if (f->clock != NULL) {
        fv_port_idle(f->clock);
    }
    if (err == FV_OK) {
        return RES_OK;
    }
    f->device_err = err;
    return err == FV_E_READONLY ? RES_WRPRT : RES_ERROR;
}

static enum fv_err sync_device(struct fv_fat *f)
{
    enum fv_err err = f->unsynced ? f->device->sync(f->device->ctx) : FV_OK;
    f->unsynced = err != FV_OK;
    return err;
}

/* The volume may claim to be larger than the device. */
static bool is_inside(const struct fv_fat *f, uint32_t first, uint32_t count)
{
    return first < f->device->blocks && count <= f->device->blocks - first;
}

/* Write after a sync, unless this write and all since the last sync are content of files, which
 * may arrive in any order. */
static enum fv_err write_ordered(struct fv_fat *f, uint32_t first, const void *p, uint32_t count,
                                 bool content)
{
    enum fv_err err = content && f->streamed ? FV_OK : sync_device(f);
    if (!is_inside(f, first, count)) {
        return FV_E_STORAGE;
    }
    if (err == FV_OK) {
        f->unsynced = true;
        f->streamed = content;
        err = f->device->write(f->device->ctx, first, p, count);
    }
    return err;
}

/* ooFatFs links a cluster to a growing directory before it clears the cluster. In between, the
 * directory would have the old content of the cluster. So the cluster is cleared here, before
 * the block of the FAT that links it is written. */
static enum fv_err clear_directory(struct fv_fat *f)
{
    static const uint8_t zeros[FV_BLOCK_SIZE];
    uint32_t first = f->fs.database + f->fs.csize * (f->fs.last_clst - 2);
    enum fv_err err = FV_OK;
    f->free_clusters = f->fs.free_clst;
    for (uint32_t i = 0; err == FV_OK && i < f->fs.csize; i++) {
        err = write_ordered(f, first + i, zeros, 1, i > 0);
    }
    return err;
}

DRESULT disk_read(void *drv, BYTE *buff, DWORD sector, UINT count)
{
    struct fv_fat *f = drv;
    if (!is_inside(f, sector, count)) {
        return RES_PARERR;
    }
    return done(f, f->device->read(f->device->ctx, sector, buff, count));
}

DRESULT disk_write(void *drv, const BYTE *buff, DWORD sector, UINT count)
{
    struct fv_fat *f = drv;
    enum fv_err err = FV_OK;
    if (f->naming && f->fs.free_clst < f->free_clusters && sector - f->fs.fatbase < f->fs.fsize) {
        err = clear_directory(f);
    }
    if (err == FV_OK) {
        err = write_ordered(f, sector, buff, count, buff != f->fs.win);
    }
    return done(f, err);
}

DRESULT disk_ioctl(void *drv, BYTE cmd, void *buff)
{
    if (cmd == CTRL_SYNC) {
        return done(drv, sync_device(drv));
    }
    if (cmd == IOCTL_INIT || cmd == IOCTL_STATUS) {
        *(DSTATUS *)buff = 0;
    }
    return RES_OK;
}

/* Do what ooFatFs's sync_window() does. */
static FRESULT write_window(struct fv_fat *f)
{
    FATFS *fs = &f->fs;
    if (fs->wflag) {
        if (disk_write(f, fs->win, fs->winsect, 1) != RES_OK) {
            return FR_DISK_ERR;
        }
        fs->wflag = 0;
        if (fs->n_fats == 2 && fs->winsect - fs->fatbase < fs->fsize) {
            /* the second FAT, for other systems */
            (void)disk_write(f, fs->win, fs->winsect + fs->fsize, 1);
        }
    }
    return FR_OK;
}

FRESULT fv_fat_window(struct fv_fat *f, uint32_t block)
{
    FATFS *fs = &f->fs;
    FRESULT res = FR_OK;
    if (fs->winsect != block) {
        res = write_window(f);
    }
    if (res == FR_OK && fs->winsect != block) {
        fs->winsect = block;
        if (disk_read(f, fs->win, block, 1) != RES_OK) {
            fs->winsect = UINT32_MAX;
            res = FR_DISK_ERR;
        }
    }
    return res;
}

FRESULT fv_fat_put(struct fv_fat *f, const void *p, uint32_t block)
{
    return done(f, write_ordered(f, block, p, 1, false)) == RES_OK ? FR_OK : FR_DISK_ERR;
}

FRESULT fv_fat_flush(struct fv_fat *f)
{
    FRESULT res = write_window(f);
    if (res == FR_OK && done(f, sync_device(f)) != RES_OK) {
        res = FR_DISK_ERR;
    }
    return res;
}

/* --- Times --- */

/* ooFatFs asks for the time without naming the volume, so each call sets it before. */
static uint32_t stamp;

void fv_fat_stamp(uint32_t time)
{
    stamp = time;
}

DWORD get_fattime(void)
{
    return stamp;
}

static uint32_t days_of_year(uint32_t year)
{
    return year % 4 == 0 && year != 2100 ? 366 : 365;
}

static uint32_t days_of_month(uint32_t year, uint32_t month)
{
    if (month == 2) {
        return days_of_year(year) - 337;
    }
    return 30 + ((month + (month > 7)) & 1);
}

uint32_t fv_fat_time(int64_t us)
{
    uint32_t year = FIRST_YEAR;
    uint32_t month = 1;
    if (us < DAYS_TO_1980 * DAY_US || us / DAY_US > DAYS_TO_1980 + 128 * 366) {
        return 0;
    }
    uint32_t days = (uint32_t)(us / DAY_US) - DAYS_TO_1980;
    uint32_t seconds = (uint32_t)(us % DAY_US / 1000000);
    for (; days >= days_of_year(year); year++) {
        days -= days_of_year(year);
    }
    if (year > LAST_YEAR) {
        return 0;
    }
    for (; days >= days_of_month(year, month); month++) {
        days -= days_of_month(year, month);
    }
    return (year - FIRST_YEAR) << 25 | month << 21 | (days + 1) << 16 | seconds / 3600 << 11 |
           seconds / 60 % 60 << 5 | seconds % 60 / 2;
}

int64_t fv_fat_us(uint32_t time)
{
    uint32_t year = FIRST_YEAR + (time >> 25);
    uint32_t month = time >> 21 & 15;
    uint32_t day = time >> 16 & 31;
    if (month < 1 || month > 12 || day < 1) {
        return INT64_MIN;
    }
    uint32_t days = DAYS_TO_1980 + day - 1;
    for (uint32_t y = FIRST_YEAR; y < year; y++) {
        days += days_of_year(y);
    }
    for (uint32_t m = 1; m < month; m++) {
        days += days_of_month(year, m);
    }
    uint32_t seconds = (time >> 11 & 31) * 3600 + (time >> 5 & 63) * 60 + (time & 31) * 2;
    return days * DAY_US + seconds * INT64_C(1000000);
}
