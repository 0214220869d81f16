/* SPDX-License-Identifier: MIT */
/*
 * Progress on standard error: one line that is drawn over on a terminal (cli/out.h), never wider than that; elsewhere a line at the
 * beginning of what a run does, and one a minute.
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
    bool terminal;          /* out is one */
    int64_t next_us;        /* instant: when to draw again */
    unsigned told;          /* bits of enum fv_phase that a line told of */
    uint8_t phase;          /* whose speed is measured: */
    int64_t mark_us[2];     /* instants, the earlier one first */
    uint64_t mark_bytes[2]; /* what had come then */
    struct fv_below below;
};

/* Prepare, off. out and clock are borrowed. */
void fv_meter_init(struct fv_meter *m, struct fv_out *out, const struct fv_port_clock *clock);
/* Switch it on. results: standard output, which may be on the same terminal. */
void fv_meter_begin(struct fv_meter *m, struct fv_out *results);
/* Show p, if that is due. */
void fv_meter_show(struct fv_meter *m, const struct fv_progress *p);
/* The same for the time until a repeated run begins, which is over when it has come. */
void fv_meter_await(struct fv_meter *m, int64_t until_us);
/* Whether what is printed on the terminal may wait for the next draw, which writes it. */
bool fv_meter_holds(const struct fv_meter *m);
/* Remove the line for as long as nothing is shown. */
void fv_meter_clear(struct fv_meter *m);
/* Write p as such a line, at most `columns` wide; names are whole with UINT_MAX. */
void fv_meter_write(const struct fv_meter *m, const struct fv_progress *p, unsigned columns,
                    struct fv_writer *w);

#endif
