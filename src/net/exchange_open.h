/* SPDX-License-Identifier: MIT */
/*
 * Private to net/exchange: opens its connection (which origin, which TLS session is offered), and
 * stops sending on it.
 */
#ifndef FV_NET_EXCHANGE_OPEN_H
#define FV_NET_EXCHANGE_OPEN_H

#include "net/exchange.h"

/* Connect x, which has no connection, to the origin of url; or go on with connecting. same: it is
 * the origin of the previous connection, so its TLS session and what is known of the server are
 * kept. FV_OK. FV_AGAIN: wait, then call again. FV_E_CAPACITY: the host is too long. Otherwise the
 * errors of fv_conn_open(). */
enum fv_err fv_exchange_open(struct fv_exchange *x, const struct fv_url *url, bool same) FV_MUSTUSE;

/* The connection of x takes no more bytes. Count the requests that it did not take completely. It
 * may still hold responses, so errors are left to the receiving side. */
void fv_exchange_stop_sending(struct fv_exchange *x);

#endif
