/* SPDX-License-Identifier: MIT */
#include "net/fault.h"

enum fv_err fv_net_fault_set(struct fv_net_fault *fault, enum fv_err err, int32_t native)
{
    return fv_net_fault_explain(fault, err, native, FV_SLICE_NONE);
}

enum fv_err fv_net_fault_blame(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                               struct fv_slice subject)
{
    (void)fv_net_fault_set(fault, err, native);
    fault->subject = subject;
    return err;
}

enum fv_err fv_net_fault_explain(struct fv_net_fault *fault, enum fv_err err, int32_t native,
                                 struct fv_slice detail)
{
    if (fault->err == FV_OK) {
        *fault = (struct fv_net_fault){.err = err, .native = native, .detail = detail};
    }
    return err;
}

bool fv_net_fault_garbled(enum fv_err err)
{
    return err == FV_E_HTTP_MIXED || err == FV_E_HTTP_SYNTAX || err == FV_E_HTTP_LINE ||
           err == FV_E_HTTP_HEAD || err == FV_E_HTTP_FRAMING;
}
