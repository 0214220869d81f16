/* SPDX-License-Identifier: MIT */
/*
 * A run of a command: opens what it needs, calls the client, reports how it ended. The settings are
 * complete, and this process may be a worker.
 */
#ifndef FV_CLI_RUN_H
#define FV_CLI_RUN_H

#include "cli/session.h"

#define FV_RUN_PATH 4096 /* bytes of a directory's path with its NUL */

/* Take an operand as the directory: s->dir is set to dir, which is borrowed. Return 0, or 2
 * after printing that it is not one. */
int fv_run_directory(struct fv_session *s, struct fv_slice operand, char dir[FV_RUN_PATH]);

/* Prepare progress, as the options and the terminal require. */
void fv_run_meter(struct fv_session *s);

/* Run list, get, sync, verify or status. Return the exit status. */
int fv_run(struct fv_session *s);

/* Run doctor. prepared: 0, or the exit status of settings that are not usable. Return the exit
 * status. */
int fv_run_doctor(struct fv_session *s, int prepared);

#endif
