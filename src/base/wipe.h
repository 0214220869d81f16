/* SPDX-License-Identifier: MIT */
/*
 * Wiping of secrets.
 */
#ifndef FV_BASE_WIPE_H
#define FV_BASE_WIPE_H

#include <stddef.h>

/* Overwrite n bytes with zeros. The compiler does not leave this out, even if nothing reads them. */
void fv_wipe(void *p, size_t n);

#endif
