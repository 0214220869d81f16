/* SPDX-License-Identifier: MIT */
/*
 * FLUXVISION_... variables: one for each long option, FLUXVISION_PASSWORD, and those that --exec
 * and --exec-end set for their command, which may be this program.
 */
#ifndef FV_CLI_ENVIRONMENT_H
#define FV_CLI_ENVIRONMENT_H

#include "cli/out.h"

#define FV_ENVIRONMENT_NAME 64 /* room for a variable's name */

/* Write the name of the variable for a long option: FLUXVISION_CONNECT_TIMEOUT for
 * "connect-timeout". Return buf, of size bytes, at least FV_ENVIRONMENT_NAME. */
const char *fv_environment_name(const char *option, char *buf, size_t size);

/* Warn about each variable that nothing reads, and name the one that may be meant. Values are
 * never shown. */
void fv_environment_warn(struct fv_out *err);

#endif
