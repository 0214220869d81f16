/* SPDX-License-Identifier: MIT */
/*
 * What to do about a step of a doctor that failed, or that is not as it should be.
 */
#ifndef FV_CLI_DOCTOR_ADVICE_H
#define FV_CLI_DOCTOR_ADVICE_H

#include "base/writer.h"
#include "client/doctor.h"

/* Append it; nothing if there is nothing to do. */
void fv_doctor_advice(const struct fv_doctor *d, struct fv_writer *w);

/* The exit status of a step that failed. */
int fv_doctor_advice_exit(const struct fv_doctor *d);

#endif
