/* SPDX-License-Identifier: MIT */
#include "client/verify.h"

#include "client/features.h"

const bool fv_verify_linked = false;

enum fv_err fv_verify(struct fv_client *c, bool list_only)
{
    (void)list_only;
    fv_client_begin(c);
    return fv_client_end(c, fv_client_fail(c, FV_E_USAGE, FV_SLICE("verify" FV_FEATURES_LACKING)));
}
