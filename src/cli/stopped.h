/* SPDX-License-Identifier: MIT */
/*
 * The last line of a command that a signal has interrupted: what was done, what is kept, and what
 * to do.
 */
#ifndef FV_CLI_STOPPED_H
#define FV_CLI_STOPPED_H

#include "cli/session.h"

/* Print it, once, unless --quiet is given. Call this when the command has ended and has kept
 * what it can. */
void fv_stopped_tell(struct fv_session *s);

#endif
