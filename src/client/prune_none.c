/* SPDX-License-Identifier: MIT */
#include "client/prune.h"

const bool fv_prune_linked = false;

enum fv_err fv_prune(struct fv_client *c)
{
    (void)c;
    return FV_E_USAGE; /* not reached: fv_features_check() refuses the setting */
}
