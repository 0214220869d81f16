/* SPDX-License-Identifier: MIT */
#include "net/tls_library.h"

#include <mbedtls/version.h>

void fv_tls_library(char text[FV_TLS_LIBRARY])
{
    mbedtls_version_get_string_full(text);
}
