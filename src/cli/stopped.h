/* SPDX-License-Identifier: MIT */
/*
 * The last line of a command that a signal has interrupted: what is done, what is kept of the rest, and what to do.
 */
#ifndef FV_CLI_STOPPED_H
#define FV_CLI_STOPPED_H

#include "cli/session.h"

/* Print it, once, unless --quiet is given. What the command is to do has ended, and what it can keep is kept. */
void fv_stopped_tell(struct fv_session *s);

#endif
