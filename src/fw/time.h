/*
 * Wall time before TLS: from the SNTP server of the settings; else from the board's clock; else the latest of the build's time and of the time
 * that the card keeps, which are at least not after the truth. Where there is none of these, it stays unknown, and TLS refuses to begin.
 */
#ifndef FV_FW_TIME_H
#define FV_FW_TIME_H

#include "fw/config.h"

/* Set the clock, and say from where. Waits for an SNTP server at most 10 seconds. FV_OK also if it is not known; FV_E_CANCELLED. */
enum fv_err fv_fw_time_set(struct fv_lwip *net, const struct fv_fw_config *c,
                           const struct fv_port_storage *io) FV_MUSTUSE;

/* Keep the time on the card. Failures are of no consequence. */
void fv_fw_time_keep(const struct fv_port_storage *io);

#endif
