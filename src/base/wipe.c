/* SPDX-License-Identifier: MIT */
#include "base/wipe.h"

#include <stdint.h>

/* Stores to a volatile object must be carried out (C11 5.1.2.3). */
void fv_wipe(void *p, size_t n)
{
    volatile uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        bytes[i] = 0;
    }
}
