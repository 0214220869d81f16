/* SPDX-License-Identifier: MIT */
#include "base/wipe.h"

#include <mbedtls/platform_util.h>

void fv_wipe(void *p, size_t n)
{
    mbedtls_platform_zeroize(p, n);
}
