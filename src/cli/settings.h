/*
 * Where settings come from: command line, environment, settings file; the first that has one wins (interface.md).
 */
#ifndef FV_CLI_SETTINGS_H
#define FV_CLI_SETTINGS_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"
#include "fluxvision.h"

#define FV_CLI_CONFIG_SIZE 8192

struct fv_cli_config {
    char text
        [FV_CLI_CONFIG_SIZE]; /* of the settings file: values point into it; it may hold the password */
    size_t len;
};

/* Add what environment and settings file have to g. Returns false after saying on err what is wrong. */
bool fv_settings_gather(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                        struct fv_out *err);

/* Turn what was given into settings; wall_us: now, for ages such as 7d. Returns false after saying on err what is wrong. */
bool fv_settings_apply(const struct fv_given *g, int64_t wall_us, struct fv_settings *s,
                       struct fv_out *err);

#endif
