/* SPDX-License-Identifier: MIT */
/*
 * Progress on standard error. On a terminal: one line that is redrawn (cli/out.h), never wider than
 * the terminal. Otherwise: a line at the beginning of each phase, and one a minute.
 */
#ifndef FV_CLI_METER_H
#define FV_CLI_METER_H

#include "base/writer.h"
#include "cli/out.h"
#include "fluxvision.h"

struct fv_meter {
    struct fv_out *out;
    const struct fv_port_clock *clock;
    bool on;
    bool terminal;          /* out is a terminal */
    int64_t next_us;        /* instant at which to draw again */
    unsigned told;          /* bits of enum fv_phase for which a line was printed */
    uint8_t phase;          /* phase whose speed is measured: */
    int64_t mark_us[2];     /* two instants, the earlier one first */
    uint64_t mark_bytes[2]; /* bytes received up to these instants */
    struct fv_below below;
};

/* Prepare, off. out and clock are borrowed. */
void fv_meter_init(struct fv_meter *m, struct fv_out *out, const struct fv_port_clock *clock);
/* Switch it on. results: standard output, which may be on the same terminal. */
void fv_meter_begin(struct fv_meter *m, struct fv_out *results);
/* Show p, if it is time to. */
void fv_meter_show(struct fv_meter *m, const struct fv_progress *p);
/* Show the time until the next repeated run begins, an instant; if that is over, remove the
 * line. */
void fv_meter_await(struct fv_meter *m, int64_t until_us);
/* Return whether output for the terminal may wait for the next redraw, which writes it. */
bool fv_meter_holds(const struct fv_meter *m);
/* Remove the line until something is shown again. */
void fv_meter_clear(struct fv_meter *m);
/* Write p as a line of at most `columns` columns. With UINT_MAX, names are complete. */
void fv_meter_write(const struct fv_meter *m, const struct fv_progress *p, unsigned columns,
                    struct fv_writer *w);

#endif
