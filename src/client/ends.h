/*
 * What an error ends: the attempt, the file or the run. The one table that knows (interface.md, "Exit status").
 *
 * The same error means different things in different places: a refused connection to the endpoint concerns every file, one to
 * a redirect's target only the file that was sent there.
 */
#ifndef FV_CLIENT_ENDS_H
#define FV_CLIENT_ENDS_H

#include "base/err.h"

#include <stdbool.h>

/* Where it happened. */
enum fv_place {
    FV_PLACE_DIAL,   /* at the endpoint, before a connection to it was there */
    FV_PLACE_PORTAL, /* at the endpoint, on a connection */
    FV_PLACE_TARGET, /* wherever a redirect led, the endpoint's own host included */
    FV_PLACE_DIR,    /* in `.fluxvision/`, which every file needs */
    FV_PLACE_NAME    /* at the file's own name in DIR */
};

enum fv_ends {
    FV_ENDS_FILE,         /* this file has failed; others may succeed */
    FV_ENDS_RUN,          /* no other file can succeed */
    FV_ENDS_ATTEMPT,      /* transient: try again; when no attempt is left, the file */
    FV_ENDS_ATTEMPT_RUN,  /* the same; when no attempt is left, the run */
    FV_ENDS_FILE_OF_THREE /* the file; three such files in a row end the run */
};

/* Return what err ends. An error that is not in the table ends the file. */
enum fv_ends fv_ends_of(enum fv_place place, enum fv_err err);

/* Return whether err is transient: another attempt may end otherwise. */
bool fv_ends_transient(enum fv_place place, enum fv_err err);

#endif
