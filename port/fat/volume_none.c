/* SPDX-License-Identifier: MIT */
/* For a board that has no room for the words. */
#include "port/fat/inside.h"

const char *fv_fat_look(struct fv_fat *f)
{
    (void)f;
    return "no FAT volume";
}
