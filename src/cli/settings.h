/* SPDX-License-Identifier: MIT */
/*
 * Converts what was given (cli/options, cli/gather) to the library's settings.
 */
#ifndef FV_CLI_SETTINGS_H
#define FV_CLI_SETTINGS_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"
#include "fluxvision.h"

/* Return the instant at which --max-time ends, on the port's clock; INT64_MAX: never. */
int64_t fv_settings_until(const struct fv_given *g);

/* Convert what was given to settings. wall_us is the current time, for ages such as 7d; INT64_MIN:
 * not known. FV_OK; after printing the reason on err: FV_E_USAGE, or FV_E_TLS_TIME for an age
 * without a clock. */
enum fv_err fv_settings_apply(const struct fv_given *g, int64_t wall_us, struct fv_settings *s,
                              struct fv_out *err);

#endif
