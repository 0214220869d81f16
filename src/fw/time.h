/*
 * Wall time before TLS: from the SNTP server of the settings; else it goes on from the last run; else from the board's clock; else the latest
 * of the times that are at least not after the truth.
 *
 * Those bound the others from below: the build's time; the portal's, and ours if it is earlier, at the end of the last run that succeeded, as the
 * card keeps it; and what has passed since. Nobody's word alone is a bound: an SNTP server that was wrong once, or lied, would have the truth
 * refused for good. From above: 20 years after the build, longer than any firmware is in the field without a new one. What is out of these
 * bounds is refused and told, that of the card too. A time with which TLS found a certificate not valid is forgotten.
 */
#ifndef FV_FW_TIME_H
#define FV_FW_TIME_H

#include "fw/config.h"

/* Set the clock, and say from where. Waits for an SNTP server at most 10 seconds. FV_OK also if it is not known; FV_E_CANCELLED. */
enum fv_err fv_fw_time_set(struct fv_lwip *net, const struct fv_fw_config *c,
                           const struct fv_port_storage *io) FV_MUSTUSE;

/* How the run ended, FV_OK or why, and the portal's time, 0 if it said none: keep the time on the card, forget it, or neither. Failures are of
 * no consequence. */
void fv_fw_time_keep(const struct fv_port_storage *io, enum fv_err run, int64_t date_us);

#endif
