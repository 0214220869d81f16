/* SPDX-License-Identifier: MIT */
/*
 * The proxy, and the hosts that are reached without it.
 */
#ifndef FV_CLI_PROXY_SETTING_H
#define FV_CLI_PROXY_SETTING_H

#include "cli/options.h"
#include "cli/out.h"
#include "cli/secret.h"
#include "fluxvision.h"

/* Take the proxy from --proxy (of any source) or else from HTTPS_PROXY, and the exceptions from
 * NO_PROXY, as curl does. User and password of the proxy go to secret; they must not be on the
 * command line. Print on err which entries of NO_PROXY have no effect. Return false after printing
 * which setting is wrong. No part of its value is printed: after a mistyped character, a password
 * may look like a host. */
bool fv_proxy_setting_take(const struct fv_given *g, struct fv_settings *s,
                           struct fv_secret *secret, struct fv_out *err);

#endif
