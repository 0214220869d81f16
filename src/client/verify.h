/* SPDX-License-Identifier: MIT */
/*
 * verify, a call of the library (fluxvision.h), is a feature: verify.c or verify_none.c.
 */
#ifndef FV_CLIENT_VERIFY_H
#define FV_CLIENT_VERIFY_H

#include "client/client.h"

/* false: verify_none.c is linked, and fv_verify() fails */
extern const bool fv_verify_linked;

#endif
