/* SPDX-License-Identifier: MIT */
/*
 * FAT images that other programs create, check and read: dosfstools and mtools on a temporary file.
 */
#ifndef FV_TESTS_SUPPORT_VFAT_H
#define FV_TESTS_SUPPORT_VFAT_H

#include "support/ram_block.h"

/* Format b with `mkfs.vfat OPTIONS`. */
void vfat_format(struct ram_block *b, const char *options);

/* Run `fsck.vfat -n -v`. Returns what it says, to free; *status is its exit status. */
char *vfat_check(const struct ram_block *b, int *status);
/* Say whether fsck finds nothing at all; what it finds is printed. */
bool vfat_is_clean(const struct ram_block *b);
/* Return whether fsck finds only what costs no file anything: port/fat/fat.h lists it. All else
 * is printed. */
bool vfat_is_sound(const struct ram_block *b);

/* Return the number of clusters that no file has: what fsck would reclaim. Clusters behind a
 * file's end are not lost. */
unsigned vfat_lost(const struct ram_block *b);

/* Read a file with mcopy. Returns its content, to free, *n its size; NULL if there is none. */
uint8_t *vfat_read(const struct ram_block *b, const char *path, size_t *n);

#endif
