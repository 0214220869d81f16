/*
 * Where settings come from: command line, environment, settings file; the first that has one wins (interface.md).
 */
#ifndef FV_CLI_GATHER_H
#define FV_CLI_GATHER_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"

#include <limits.h>

#define FV_CLI_CONFIG_SIZE 65536 /* what is not used takes no memory */

struct fv_cli_config {
    size_t len;
    bool had; /* something was in the settings file; that there is nothing later is an error */
    char found
        [PATH_MAX]; /* the default settings file that was read; that it goes away later is an error */
    char text
        [FV_CLI_CONFIG_SIZE]; /* of the settings file: values point into it; it may hold the password */
};

/* Take FLUXVISION_PASSWORD out of the environment, and into secret unless the command line names another source. FV_OK, or FV_E_USAGE
 * after saying on err what is wrong. */
enum fv_err fv_gather_password(const struct fv_given *g, struct fv_secret *secret,
                               struct fv_out *err) FV_MUSTUSE;

/* Add what environment and settings file have to g, which has the command line; secret has the environment's password. FV_OK; after saying on err what is wrong:
 * FV_E_USAGE, FV_E_TIMEOUT; FV_E_CANCELLED. */
enum fv_err fv_gather(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                      struct fv_out *err) FV_MUSTUSE;

#endif
