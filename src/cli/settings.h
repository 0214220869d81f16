/*
 * What was given (cli/options, cli/gather) as the library's settings.
 */
#ifndef FV_CLI_SETTINGS_H
#define FV_CLI_SETTINGS_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"
#include "fluxvision.h"

/* When --max-time will have passed, on the port's clock; INT64_MAX: never. */
int64_t fv_settings_until(const struct fv_given *g);

/* Turn what was given into settings; wall_us: now, for ages such as 7d, INT64_MIN while it is not known. FV_OK; FV_E_USAGE, or
 * FV_E_TLS_TIME for an age without a clock, after saying on err what is wrong. */
enum fv_err fv_settings_apply(const struct fv_given *g, int64_t wall_us, struct fv_settings *s,
                              struct fv_out *err);

#endif
