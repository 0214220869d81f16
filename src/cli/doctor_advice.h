/* SPDX-License-Identifier: MIT */
/*
 * What to do about a step of doctor that failed, or found something wrong.
 */
#ifndef FV_CLI_DOCTOR_ADVICE_H
#define FV_CLI_DOCTOR_ADVICE_H

#include "base/writer.h"
#include "client/doctor.h"

/* Append the advice; nothing if there is none. */
void fv_doctor_advice(const struct fv_doctor *d, struct fv_writer *w);

/* Return the exit status for a step that failed. */
int fv_doctor_advice_exit(const struct fv_doctor *d);

#endif
