/* SPDX-License-Identifier: MIT */
#include "port/fat/inside.h"

#include <diskio.h>
#include <string.h>

#define SIGNATURE 510 /* 55 AA, of a boot sector and of a partition table */
#define TABLE 446     /* four entries of 16 bytes: the kind at 4, the first block at 8 */
#define ENTRIES 4
#define KIND_GPT 0xEE

static bool is_at(const BYTE *block, uint32_t at, const char *text)
{
    return memcmp(block + at, text, strlen(text)) == 0;
}

static bool is_extended(BYTE kind)
{
    return kind == 0x05 || kind == 0x0F || kind == 0x85;
}

/* Return what the boot sector says about the volume; NULL: not a known kind. */
static const char *look_at(const BYTE *block)
{
    if (is_at(block, 3, "EXFAT   ")) {
        return "the card is exFAT: it needs FAT32";
    }
    if (is_at(block, 3, "NTFS    ")) {
        return "the card is NTFS: it needs FAT32";
    }
    if (is_at(block, 54, "FAT12")) {
        return "the card is FAT12: it needs FAT32";
    }
    if (is_at(block, 54, "FAT") || is_at(block, 82, "FAT32")) {
        return "the card's FAT volume is not usable";
    }
    return NULL;
}

/* Return what the partitions are, by the table in the first block. The block is read again for
 * each entry, to save stack. */
static const char *look_at_partitions(struct fv_fat *f, BYTE *block)
{
    const char *why = "the card has no FAT partition";
    for (uint32_t i = 0; i < ENTRIES && disk_read(f, block, 0, 1) == RES_OK; i++) {
        const BYTE *p = block + TABLE + 16 * i;
        BYTE kind = p[4];
        uint32_t first = p[8] | (uint32_t)p[9] << 8 | (uint32_t)p[10] << 16 | (uint32_t)p[11] << 24;
        if (kind == KIND_GPT) {
            return "the card has a GPT: it needs an MBR";
        }
        if (is_extended(kind)) {
            why = "the card's partition is logical: it needs a primary one";
        } else if (kind != 0 && disk_read(f, block, first, 1) == RES_OK && look_at(block) != NULL) {
            return look_at(block);
        }
    }
    return why;
}

const char *fv_fat_look(struct fv_fat *f)
{
    BYTE *block = f->fs.win; /* not used while nothing is mounted */
    if (disk_read(f, block, 0, 1) != RES_OK) {
        return "the card cannot be read";
    }
    if (look_at(block) != NULL) {
        return look_at(block);
    }
    if (block[SIGNATURE] == 0x55 && block[SIGNATURE + 1] == 0xAA) {
        return look_at_partitions(f, block);
    }
    return "the card is not FAT: it needs FAT32";
}
