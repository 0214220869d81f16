/* SPDX-License-Identifier: MIT */
/* For boards without flash for the texts. */
#include "port/fat/inside.h"

const char *fv_fat_look(struct fv_fat *f)
{
    (void)f;
    return "no FAT volume";
}
