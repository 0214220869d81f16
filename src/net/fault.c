#include "net/fault.h"

enum fv_err fv_net_fail(struct fv_net_fault *fault, enum fv_err err, int32_t native)
{
    if (fault->err == FV_OK) {
        *fault = (struct fv_net_fault){.err = err, .native = native};
    }
    return err;
}
