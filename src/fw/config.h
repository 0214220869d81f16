/*
 * fluxvision.conf on the card: "name = value" a line, as the program's own settings file, with the same names where there is an
 * option of that name: endpoint, user, password, cacert, pinnedpubkey, include, exclude, since, until, latest, retries,
 * connect-timeout, stall-timeout, min-free, limit-rate, prune, max-delete, once, checksum, adopt, every. Besides:
 *
 *     scope      ORG[/STUDY[/DELIVERY]]; needed, as are user and password
 *     cacert     file on the card, PEM or DER; ca.pem if it is not given
 *     every      time between two runs ("6h"); not given: one run, then the end
 *     verify     1: read each file again after a run and compare it with the ledger
 *     ntp        SNTP server, NAME[:PORT]; asked before each run for at most 10 seconds
 *     address, netmask, gateway, dns      a static address; without, DHCP
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
    uint16_t ntp_port;  /* 0: the usual one */
    int64_t every_us;   /* 0: once */
    bool verify;
    struct fv_lwip_address address;
    struct fv_slice since, until; /* taken when the time is known: they may be ages */
    size_t len;
    char text[FV_CAP_CONFIG + 1]; /* what the slices point into */
};

/* Read it. FV_OK; FV_E_NOT_FOUND and other errors of the port; FV_E_CAPACITY: too long; FV_E_USAGE. fault has the line or the name. */
enum fv_err fv_fw_config_read(struct fv_fw_config *c, const struct fv_port_storage *io,
                              struct fv_fault *fault) FV_MUSTUSE;

/* Take since and until, by what time it is. FV_OK or FV_E_USAGE. */
enum fv_err fv_fw_config_dates(struct fv_fw_config *c, int64_t wall_us,
                               struct fv_fault *fault) FV_MUSTUSE;

#endif
