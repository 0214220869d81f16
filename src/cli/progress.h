/*
 * Progress on standard error: one line that is drawn over on a terminal, a line now and then elsewhere.
 */
#ifndef FV_CLI_PROGRESS_H
#define FV_CLI_PROGRESS_H

#include "cli/out.h"
#include "fluxvision.h"

struct fv_meter {
    struct fv_out *out;
    const struct fv_port_clock *clock;
    bool on;
    bool terminal;
    unsigned columns;
    int64_t next_us; /* when to draw again */
    int64_t start_us;
    bool drawn; /* a line stands on the terminal that is to be removed */
};

void fv_meter_init(struct fv_meter *m, struct fv_out *out, const struct fv_port_clock *clock);
void fv_meter_show(struct fv_meter *m, const struct fv_progress *p);
/* Remove the line before anything else is printed. */
void fv_meter_clear(struct fv_meter *m);

#endif
