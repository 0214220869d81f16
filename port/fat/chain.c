/* SPDX-License-Identifier: MIT */
#include "port/fat/inside.h"

#define END 0x0FFFFFFFu
#define SPARE 8 /* clusters to spare, for directories and a piece that is begun */

/* ooFatFs truncates a chain at its start, so clusters that it has not freed yet are lost if the
 * power fails. It cannot free a piece from the middle. So the FAT is read and written here, in
 * ooFatFs's buffer. */

/* Read the FAT entry of a cluster; if now is not NULL, write *now to it. */
static FRESULT entry(struct fv_fat *f, uint32_t cluster, const uint32_t *now, uint32_t *was)
{
    uint32_t width = f->fs.fs_type == FS_FAT32 ? 4 : 2;
    uint32_t offset = cluster * width;
    uint32_t value = 0;
    BYTE *p = f->fs.win + offset % FV_BLOCK_SIZE;
    if (cluster < 2 || cluster >= f->fs.n_fatent) {
        return FR_INT_ERR;
    }
    FRESULT res = fv_fat_window(f, f->fs.fatbase + offset / FV_BLOCK_SIZE);
    if (res != FR_OK) {
        return res;
    }
    for (uint32_t i = width; i-- > 0;) {
        value = value << 8 | p[i];
    }
    *was = value & END;
    if (now != NULL) {
        value = (value & ~END) | *now; /* the upper four bits are reserved */
        for (uint32_t i = 0; i < width; i++, value >>= 8) {
            p[i] = (BYTE)value;
        }
        f->fs.wflag = 1;
    }
    return FR_OK;
}

/* Go from a cluster to the next one of its chain (0 after the last one), and free it if free is
 * set. */
static FRESULT step(struct fv_fat *f, uint32_t *cluster, bool free)
{
    static const uint32_t none;
    uint32_t next = 0;
    FRESULT res = entry(f, *cluster, free ? &none : NULL, &next);
    if (free && next != 0) {
        f->fs.free_clst += f->fs.free_clst < f->fs.n_fatent - 2; /* the count may be wrong */
        f->fs.fsi_flag |= 1;
    }
    *cluster = next >= 2 && next < f->fs.n_fatent ? next : 0;
    return res;
}

static FRESULT walk(struct fv_fat *f, uint32_t *cluster, bool free)
{
    uint32_t most = f->piece / FV_BLOCK_SIZE / f->fs.csize;
    FRESULT res = FR_OK;
    for (uint32_t i = 0; res == FR_OK && *cluster != 0 && i <= most; i++) {
        res = step(f, cluster, free);
    }
    return res;
}

FRESULT fv_fat_trim(struct fv_fat *f, FIL *fil)
{
    bool empty = fil->obj.objsize == 0;
    uint32_t head = fil->obj.sclust;
    uint32_t last = 0;
    FRESULT res = FR_OK;
    if (head != 0 && !empty) {
        res = f_lseek(fil, fil->obj.objsize);
        head = last = fil->clust;
        if (res == FR_OK) {
            res = step(f, &head, false);
        }
    }
    while (res == FR_OK && head != 0) {
        uint32_t next = head;
        res = walk(f, &next, false);
        uint32_t link = next != 0 ? next : END;
        uint32_t was = 0;
        if (res == FR_OK) {
            res = empty ? fv_fat_set_chain(f, fil, next, 0) : entry(f, last, &link, &was);
        }
        if (res == FR_OK) {
            res = walk(f, &head, true);
        }
        head = next;
        fil->flag |= FV_FAT_MODIFIED; /* so that the count of free clusters is written */
    }
    return res;
}

FRESULT fv_fat_set_chain(struct fv_fat *f, FIL *fil, uint32_t cluster, uint32_t size)
{
    fil->obj.sclust = cluster;
    fil->obj.objsize = size;
    fil->fptr = 0;
    fil->flag |= FV_FAT_MODIFIED;
    FRESULT res = f_sync(fil);
    return res == FR_OK ? fv_fat_flush(f) : res;
}

void fv_fat_expect(struct fv_fat *f, uint32_t bytes)
{
    DWORD clusters = 0;
    if (!f->counted && f->fs.free_clst <= bytes / FV_BLOCK_SIZE / f->fs.csize + SPARE) {
        f->fs.free_clst = UINT32_MAX; /* ooFatFs then counts the FAT */
        f->counted = f_getfree(&f->fs, &clusters) == FR_OK;
    }
}
