/*
 * The numbers of a summary under the names that JSON gives them, and, in upper case, the environment of --exec-end.
 */
#ifndef FV_CLI_FIELDS_H
#define FV_CLI_FIELDS_H

#include "fluxvision.h"

struct fv_field {
    const char *name;
    uint64_t value;
};

#define FV_FIELDS 12

/* Write all FV_FIELDS of them. */
void fv_fields_of(const struct fv_summary *summary, struct fv_field fields[FV_FIELDS]);

/* Write how long the run took: seconds with three decimals. */
struct fv_slice fv_fields_seconds(const struct fv_summary *summary, char text[32]);

#endif
