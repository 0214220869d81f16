/*
 * The proxy, and the hosts that are reached without it.
 */
#ifndef FV_CLI_PROXY_SETTING_H
#define FV_CLI_PROXY_SETTING_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"
#include "fluxvision.h"

/* Take the proxy of --proxy (any source), else of HTTPS_PROXY, and with one of either what NO_PROXY excepts, as curl does. Its user and
 * password go to secret; on the command line none may stand. Says on err what of NO_PROXY has no effect. Returns false after
 * saying which setting is wrong; no part of its value is shown, since a misplaced character makes a password look like a host. */
bool fv_proxy_setting_take(const struct fv_given *g, struct fv_settings *s,
                           struct fv_secret *secret, struct fv_out *err);

#endif
