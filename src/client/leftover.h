/* SPDX-License-Identifier: MIT */
/*
 * Partial files that no run will resume.
 */
#ifndef FV_CLIENT_LEFTOVER_H
#define FV_CLIENT_LEFTOVER_H

#include "client/client.h"

/* Remove the partial files whose file is not in the listing in c->plan. */
enum fv_err fv_leftover_clean(struct fv_client *c) FV_MUSTUSE;

#endif
