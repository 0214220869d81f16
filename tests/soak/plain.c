/* SPDX-License-Identifier: MIT */
/* The program has no TLS: fault/plain_tls.h. But an end without close_notify is reported as TLS
 * reports it. */
#include "soak/world.h"

#define fv_tls_recv plain_recv
#include "fault/plain_tls.h"
#undef fv_tls_recv

bool soak_unclean[SOAK_LINES];

enum fv_err fv_tls_recv(struct fv_tls *t, uint8_t *p, size_t n, size_t *got, uint8_t *want,
                        struct fv_net_fault *fault)
{
    enum fv_err err = plain_recv(t, p, n, got, want, fault);

    return err == FV_OK && *got == 0 && soak_unclean[(intptr_t)t->state - 1] ? FV_E_CLOSED : err;
}
