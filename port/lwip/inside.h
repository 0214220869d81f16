/*
 * Inside of the lwIP port.
 */
#ifndef FV_PORT_LWIP_INSIDE_H
#define FV_PORT_LWIP_INSIDE_H

#include "port/lwip/lwip.h"

/* Let the stack do what is due, with all frames that have come. */
void fv_lwip_run(struct fv_lwip *l);

/* Let the stack run; then, unless ready(arg) is true, sleep until something may have happened. FV_OK: it is true; FV_AGAIN: look again;
 * FV_E_TIMEOUT, FV_E_CANCELLED. */
enum fv_err fv_lwip_turn(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                         int64_t deadline_us) FV_MUSTUSE;

/* The same until it is true. */
enum fv_err fv_lwip_until(struct fv_lwip *l, bool (*ready)(const void *arg), const void *arg,
                          int64_t deadline_us) FV_MUSTUSE;

/* Keep lwIP's code for last_error, return err. */
enum fv_err fv_lwip_fail(struct fv_lwip *l, enum fv_err err, err_t code);

/* tcp.c fills in its part of the table, resolve.c the rest. */
void fv_lwip_tcp_init(struct fv_lwip *l);
void fv_lwip_resolve_init(struct fv_lwip *l);

#endif
