/*
 * What the files of this port have for each other.
 */
#ifndef FV_PORT_SIM_INSIDE_H
#define FV_PORT_SIM_INSIDE_H

#include "port/sim/sim.h"

/* Return n times size zeroed bytes, or end the process. To be freed. */
void *fv_sim_room(size_t n, size_t size);

/* Count an operation; what it has to fail with, or FV_OK. */
enum fv_err fv_sim_storage_op(struct fv_sim *s);
enum fv_err fv_sim_net_op(struct fv_sim *s);
/* Let the time go on to until_us, if that is not over, with fv_port_idle() as port.h says. */
void fv_sim_pass(struct fv_sim *s, int64_t until_us);
bool fv_sim_stopped(const struct fv_sim *s);
/* Wall time, INT64_MIN if not known. */
int64_t fv_sim_wall(const struct fv_sim *s);

void fv_sim_net_init(struct fv_sim *s);
void fv_sim_net_cut(struct fv_sim *s);
void fv_sim_net_free(struct fv_sim *s);
unsigned fv_sim_net_handles(const struct fv_sim *s);
void fv_sim_storage_init(struct fv_sim *s);

#endif
