/* SPDX-License-Identifier: MIT */
/* What -h and -V print. */
#ifndef FV_CLI_HELP_H
#define FV_CLI_HELP_H

#include "cli/out.h"

/* Return what follows "fluxvision" in the usage line of a command: "list [OPTION]... ORG"; NULL:
 * there is no such command. */
const char *fv_help_usage(unsigned command);
/* Print the general help, or the help of a command (FV_CMD_...). */
void fv_help_print(struct fv_out *o, unsigned command);
void fv_help_version(struct fv_out *o);

#endif
