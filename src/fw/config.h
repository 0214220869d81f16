/* SPDX-License-Identifier: MIT */
/*
 * fluxvision.conf on the card: one "name = value" a line, as in the program's settings file. Names
 * of options are the same: endpoint, user, password, cacert, pinnedpubkey, include, exclude, since,
 * until, latest, retries, connect-timeout, stall-timeout, min-free, limit-rate, prune, max-delete,
 * once, checksum, adopt, every. Other names, and what differs:
 *
 *     scope      ORG[/STUDY[/DELIVERY]]; required, as are user and password
 *     cacert     file on the card, PEM or DER; default ca.pem
 *     every      time from one run to the next ("6h"); default: one run, then the end
 *     verify     1: after a run, read each file again and compare it with the ledger
 *     ntp        SNTP server, NAME[:PORT]; asked before each run, for at most 10 seconds
 *     address, netmask, gateway, dns      a static address; default: DHCP
 */
#ifndef FV_FW_CONFIG_H
#define FV_FW_CONFIG_H

#include "fluxvision.h"
#include "port/lwip/lwip.h"

#define FV_FW_CONFIG_FILE "fluxvision.conf"

struct fv_fw_config {
    struct fv_settings settings;
    struct fv_slice scope;
    const char *cacert; /* path on the card */
    const char *ntp;    /* NULL: none */
    uint16_t ntp_port;  /* 0: the default port */
    int64_t every_us;   /* 0: one run */
    bool verify;
    struct fv_lwip_address address;
    struct fv_slice since, until; /* converted when the time is known, because they may be ages */
    size_t len;
    char text[FV_CAP_CONFIG + 1]; /* the slices point into it */
};

/* Read the file. FV_OK; FV_E_NOT_FOUND and other errors of the port; FV_E_CAPACITY: too long;
 * FV_E_USAGE: not valid. fault has the line or the name. */
enum fv_err fv_fw_config_read(struct fv_fw_config *c, const struct fv_port_storage *io,
                              struct fv_fault *fault) FV_MUSTUSE;

/* Convert since and until, with wall_us as the current time. FV_OK or FV_E_USAGE. */
enum fv_err fv_fw_config_dates(struct fv_fw_config *c, int64_t wall_us,
                               struct fv_fault *fault) FV_MUSTUSE;

#endif
