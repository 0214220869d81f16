/* SPDX-License-Identifier: MIT */
/*
 * What an error ends: the attempt, the file or the run. Only this table decides that.
 *
 * The same error means different things in different places. A refused connection to the endpoint
 * concerns every file; a refused connection to the target of a redirect concerns only the file that
 * was redirected.
 */
#ifndef FV_CLIENT_ENDS_H
#define FV_CLIENT_ENDS_H

#include "base/err.h"

#include <stdbool.h>

/* Where an error happened. */
enum fv_place {
    FV_PLACE_DIAL,   /* at the endpoint, before a connection to it was open */
    FV_PLACE_PORTAL, /* at the endpoint, on an open connection */
    FV_PLACE_TARGET, /* at the target of a redirect, even if its host is the endpoint's */
    FV_PLACE_DIR,    /* in `.fluxvision/`, which every file needs */
    FV_PLACE_NAME    /* at the file's own name in DIR */
};

enum fv_ends {
    FV_ENDS_FILE,         /* the file has failed; other files may succeed */
    FV_ENDS_RUN,          /* no other file can succeed */
    FV_ENDS_ATTEMPT,      /* transient: retry; without retries left it ends the file */
    FV_ENDS_ATTEMPT_RUN,  /* transient: retry; without retries left it ends the run */
    FV_ENDS_FILE_OF_THREE /* it ends the file; three such files in a row end the run */
};

/* Return what err ends. An error that is not in the table ends the file. */
enum fv_ends fv_ends_of(enum fv_place place, enum fv_err err);

/* Return whether err is transient: another attempt may succeed. */
bool fv_ends_transient(enum fv_place place, enum fv_err err);

#endif
