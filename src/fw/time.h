/* SPDX-License-Identifier: MIT */
/*
 * The wall time, which TLS needs. The first of these that gives a credible time: the SNTP server of
 * the settings; the clock as it goes on from the last run; the clock of the board; the latest of
 * the times that cannot be after the true time.
 *
 * Those times are also the lower bound: the time of the build; the time at the end of the last run
 * that succeeded, which the card keeps (the earlier of the portal's time and ours); and the time
 * that has passed since. No single source sets a bound alone: if an SNTP server was wrong or lied
 * once, the true time would be refused for ever. The upper bound is 20 years after the build,
 * longer than a firmware is used without an update. A time outside these bounds is refused and
 * logged, also if it comes from the card. If TLS finds with a time that a certificate is not valid,
 * that time is forgotten.
 */
#ifndef FV_FW_TIME_H
#define FV_FW_TIME_H

#include "fw/config.h"

/* Set the clock, and log where the time comes from. Waits for an SNTP server for at most 10
 * seconds. FV_OK, also if the time is not known; FV_E_CANCELLED. */
enum fv_err fv_fw_time_set(struct fv_lwip *net, const struct fv_fw_config *c,
                           const struct fv_port_storage *io) FV_MUSTUSE;

/* After a run: keep the time on the card, forget it, or do neither. run is the result of the run;
 * date_us is the portal's time, 0 if it gave none. Errors are ignored. */
void fv_fw_time_keep(const struct fv_port_storage *io, enum fv_err run, int64_t date_us);

#endif
