/* SPDX-License-Identifier: MIT */
/*
 * Where settings come from: command line, environment, settings file. The first that has a setting
 * wins.
 */
#ifndef FV_CLI_GATHER_H
#define FV_CLI_GATHER_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"

#include <limits.h>

#define FV_CLI_CONFIG_SIZE 65536 /* unused bytes take no memory */

struct fv_cli_config {
    size_t len;
    bool had; /* The settings file held something. If it is empty later, that is an error. */
    /* The default settings file that was read. If it is missing later, that is an error. */
    char found[PATH_MAX];
    /* Text of the settings file. Values point into it, and it may hold the password. */
    char text[FV_CLI_CONFIG_SIZE];
};

/* Remove FLUXVISION_PASSWORD from the environment, and take it as the password unless the command
 * line names another source. FV_OK; FV_E_USAGE: the reason was printed on err. */
enum fv_err fv_gather_password(const struct fv_given *g, struct fv_secret *secret,
                               struct fv_out *err) FV_MUSTUSE;

/* Add the settings of environment and settings file to g, which holds the command line. secret
 * holds the password of the environment. FV_OK; FV_E_USAGE, FV_E_TIMEOUT: the reason was printed on
 * err; FV_E_CANCELLED. */
enum fv_err fv_gather(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                      struct fv_out *err) FV_MUSTUSE;

#endif
