/* SPDX-License-Identifier: MIT */
/*
 * Shared by the files of this port.
 */
#ifndef FV_PORT_SIM_INSIDE_H
#define FV_PORT_SIM_INSIDE_H

#include "port/sim/sim.h"

/* Return n times size zeroed bytes, which the caller frees. Without memory the process ends. */
void *fv_sim_room(size_t n, size_t size);

/* Count an operation. Return FV_OK, or the error that it must fail with. */
enum fv_err fv_sim_storage_op(struct fv_sim *s);
enum fv_err fv_sim_net_op(struct fv_sim *s);
/* Let time pass until until_us, with calls of fv_port_idle() as port.h requires. Does nothing if
 * that is over. */
void fv_sim_pass(struct fv_sim *s, int64_t until_us);
bool fv_sim_stopped(const struct fv_sim *s);
/* Return the wall time; INT64_MIN if not known. */
int64_t fv_sim_wall(const struct fv_sim *s);

void fv_sim_net_init(struct fv_sim *s);
void fv_sim_net_cut(struct fv_sim *s);
void fv_sim_net_free(struct fv_sim *s);
unsigned fv_sim_net_handles(const struct fv_sim *s);
void fv_sim_storage_init(struct fv_sim *s);

#endif
