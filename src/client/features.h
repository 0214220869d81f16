/* SPDX-License-Identifier: MIT */
/*
 * The features of the client that a board links or leaves out (FW_FEATURES in boards/firmware.mk).
 * A feature is x.c or x_none.c, and its constant fv_x_linked tells which one is linked. This header
 * includes all of them. Code that only a feature needs is behind its constant, so that the linker
 * leaves it out too.
 */
#ifndef FV_CLIENT_FEATURES_H
#define FV_CLIENT_FEATURES_H

#include "client/filter.h"
#include "client/prune.h"
#include "client/rate_limit.h"
#include "client/verify.h"
#include "net/tls_pin.h"

#define FV_FEATURES_LACKING ": this build does not have it"

/* Check whether settings ask for a feature that is not linked. FV_OK; FV_E_USAGE, with the feature
 * in fault. */
enum fv_err fv_features_check(const struct fv_settings *s, struct fv_fault *fault) FV_MUSTUSE;

#endif
