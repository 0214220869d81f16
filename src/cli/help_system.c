/* SPDX-License-Identifier: MIT */
/* -V of a build with the system's mbedTLS. boards/linux/system.mk gives help.c's function the other
 * name. */
#include "cli/help.h"

#include "net/tls_library.h"

void fv_help_parts(struct fv_out *o);

void fv_help_version(struct fv_out *o)
{
    char library[FV_TLS_LIBRARY];
    fv_tls_library(library);
    fv_help_parts(o);
    fv_out_text(o, "and this system's ");
    fv_out_text(o, library);
    fv_out_text(o, "\n");
}
