/* SPDX-License-Identifier: MIT */
/*
 * For net/exchange alone: opens its connection (which origin, and which TLS session is offered), and
 * gives up sending on it.
 */
#ifndef FV_NET_EXCHANGE_OPEN_H
#define FV_NET_EXCHANGE_OPEN_H

#include "net/exchange.h"

/* Connect x, which has no connection, to the origin of url, or go on with that. same: it is the
 * origin of the previous connection, so its TLS session and what is known of the server are kept.
 * FV_OK; FV_AGAIN; FV_E_CAPACITY: the host is too long; those of fv_conn_open(). */
enum fv_err fv_exchange_open(struct fv_exchange *x, const struct fv_url *url, bool same) FV_MUSTUSE;

/* The connection of x takes no more: count the requests that it did not take to their end. It may still
 * hold responses, so the receiving side finds out what became of it. */
void fv_exchange_stop_sending(struct fv_exchange *x);

#endif
