/* SPDX-License-Identifier: MIT */
/*
 * `fluxvision doctor [SCOPE [DIR]]`: the settings with where each comes from, the steps of
 * client/doctor.h, and confinement.
 */
#ifndef FV_CLI_DOCTOR_COMMAND_H
#define FV_CLI_DOCTOR_COMMAND_H

#include "cli/session.h"

/* Collect what is printed on standard error until the first step, which is mostly about
 * settings. It becomes a part of that step. */
void fv_doctor_command_listen(struct fv_session *s);
/* Run the command. prepared: 0, or the exit status of settings that are not usable. Return the
 * exit status. */
int fv_doctor_command_run(struct fv_session *s, int prepared);

#endif
