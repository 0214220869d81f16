/*
 * What of the client a board links or not (FW_FEATURES in boards/firmware.mk): a feature is x.c or x_none.c, and its constant fv_x_linked says which
 * one it is; this header has them all. What is of use to it alone is asked for behind that constant, so that the linker leaves it out too.
 */
#ifndef FV_CLIENT_FEATURES_H
#define FV_CLIENT_FEATURES_H

#include "client/filter.h"
#include "client/prune.h"
#include "client/rate_limit.h"
#include "client/verify.h"
#include "net/tls_pin.h"

#define FV_FEATURES_LACKING ": this build does not have it"

/* Say in fault what settings ask for that is not linked. FV_OK, or FV_E_USAGE. */
enum fv_err fv_features_check(const struct fv_settings *s, struct fv_fault *fault) FV_MUSTUSE;

#endif
