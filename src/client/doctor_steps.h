/* SPDX-License-Identifier: MIT */
/*
 * The steps of doctor that have files of their own. Only for client/doctor*.c; others use
 * client/doctor.h.
 */
#ifndef FV_CLIENT_DOCTOR_STEPS_H
#define FV_CLIENT_DOCTOR_STEPS_H

#include "client/client.h"
#include "client/doctor.h"

/* Report a step with d->fault, and reset d->fault. Return whether the steps that depend on it
 * can follow. */
bool fv_doctor_tell(struct fv_doctor *d, enum fv_doctor_step step, enum fv_doctor_result result);
/* The same for a step that has failed with err, and with the client's fault if it has one. */
bool fv_doctor_fail(struct fv_doctor *d, enum fv_doctor_step step, enum fv_err err);

/* Check name, addresses, proxy and TLS. Return whether the portal can be reached. */
bool fv_doctor_way(struct fv_doctor *d);
/* Check ranges and validators of d->url, and pipelining. */
void fv_doctor_file(struct fv_doctor *d);
/* Check the directory. */
void fv_doctor_dir(struct fv_doctor *d);

#endif
