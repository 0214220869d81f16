/* SPDX-License-Identifier: MIT */
/*
 * `fluxvision doctor [ORG [DIR]]`: the settings with where each comes from, the steps of client/doctor.h, and confinement.
 */
#ifndef FV_CLI_DOCTOR_COMMAND_H
#define FV_CLI_DOCTOR_COMMAND_H

#include "cli/session.h"

/* What is said on standard error until the first step, of settings mostly, is part of that step: from now on it is kept. */
void fv_doctor_command_listen(struct fv_session *s);
/* Do it. prepared: 0, or the exit status of settings that are not usable. Returns the exit status. */
int fv_doctor_command_run(struct fv_session *s, int prepared);

#endif
