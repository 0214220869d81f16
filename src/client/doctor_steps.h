/* SPDX-License-Identifier: MIT */
/*
 * Steps of a doctor that have files of their own; others use client/doctor.h.
 */
#ifndef FV_CLIENT_DOCTOR_STEPS_H
#define FV_CLIENT_DOCTOR_STEPS_H

#include "client/client.h"
#include "client/doctor.h"

/* Tell of a step; the fault, if there is one, is d->fault and is forgotten. Returns whether the steps that need it can follow. */
bool fv_doctor_tell(struct fv_doctor *d, enum fv_doctor_step step, enum fv_doctor_result result);
/* The same of one that failed: with err, and with the client's fault if it has one. */
bool fv_doctor_fail(struct fv_doctor *d, enum fv_doctor_step step, enum fv_err err);

/* Name, addresses, proxy, TLS. Returns whether there is a way to the portal. */
bool fv_doctor_way(struct fv_doctor *d);
/* Ranges and validators of d->url, and pipelining. */
void fv_doctor_file(struct fv_doctor *d);
/* The directory. */
void fv_doctor_dir(struct fv_doctor *d);

#endif
