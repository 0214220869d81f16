/*
 * Partial files that nothing will continue.
 */
#ifndef FV_CLIENT_LEFTOVER_H
#define FV_CLIENT_LEFTOVER_H

#include "client/client.h"

/* Remove partial files that the listing in c->plan does not ask for. */
enum fv_err fv_leftover_clean(struct fv_client *c) FV_MUSTUSE;

#endif
