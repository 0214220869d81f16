/* SPDX-License-Identifier: MIT */
/*
 * Wiping of secrets.
 */
#ifndef FV_BASE_WIPE_H
#define FV_BASE_WIPE_H

#include <stddef.h>

/* Overwrite n bytes with zeros. The compiler does not remove the call, even if nothing reads the
 * bytes afterwards. */
void fv_wipe(void *p, size_t n);

#endif
