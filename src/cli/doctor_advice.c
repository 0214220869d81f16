/* SPDX-License-Identifier: MIT */
#include "cli/doctor_advice.h"

#include "cli/advice.h"

/* Error, its native code (0: any), what to do. The first row that matches is used. The texts are
 * one string, each ended by NUL: a table of pointers would be twice as long. Other than
 * cli/advice.c, these texts refer to the step that failed. */
/* clang-format off */
#define FAULTS(X) \
    X(FV_E_TLS_TIME, 0, \
      "set this machine's clock, if it is wrong; otherwise the server needs another certificate") \
    X(FV_E_RESOLVE, 0, \
      "check the name in --endpoint or --proxy, and /etc/resolv.conf; without name servers, a " \
      "--proxy may be needed") \
    X(FV_E_CONNECT, 0, \
      "check host and port in --endpoint, and whether this network needs a --proxy") \
    X(FV_E_PROXY_DOWN, 0, \
      "check host and port in --proxy or HTTPS_PROXY; NO_PROXY names hosts that are reached " \
      "without it") \
    X(FV_E_PROXY, 407, \
      "give the proxy's user and password: HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT, or proxy " \
      "in a settings file") \
    X(FV_E_PROXY, 0, "ask who runs the proxy to let this host through, or name it in NO_PROXY") \
    X(FV_E_PROXY_BUSY, 0, "try again later, or ask who runs the proxy") \
    X(FV_E_TLS_TRUST, 0, \
      "if that authority is the right one (a private CA, a proxy that opens TLS), name its " \
      "certificate: --cacert FILE") \
    X(FV_E_TLS_NAME, 0, "name the portal in --endpoint as its certificate does") \
    X(FV_E_TLS_CA, 0, \
      "install the package ca-certificates, or name a bundle in PEM: --cacert FILE") \
    X(FV_E_AUTH, 0, \
      "check user and password, and where the settings step says that they come from") \
    X(FV_E_FORBIDDEN, 0, "check the name of ORG, and ask Orange what this user may read") \
    X(FV_E_HTTP_STATUS, 404, \
      "check the names, in which upper and lower case differ, and --endpoint's prefix") \
    X(FV_E_HTTP_RETRY, 0, "try again later; a sync does so by itself") \
    X(FV_E_USAGE, 0, "give ORG, ORG/STUDY or ORG/STUDY/DELIVERY") \
    X(FV_E_FULL, 0, "free some space, lower --min-free, or choose another directory") \
    X(FV_E_BUSY, 0, "wait for the other run to end")
/* By exit status, for errors that have no row above: what to do. */
#define STATUSES(X) \
    X(3, 0, \
      "check the network and what is in its way: a firewall, a --connect-timeout that is too " \
      "short") \
    X(4, 0, "check host and port in --endpoint; otherwise tell who runs the server") \
    X(6, 0, "check --endpoint: a server other than the portal may respond there") \
    X(7, 0, "make the directory, or make it writable for this user, or choose another one") \
    X(8, 0, "check --endpoint, and tell Orange what is found here") \
    X(0, 0, "")
/* For a warning, by its step: what to do. */
#define WARNINGS(X) \
    X(FV_DOCTOR_ADDRESSES, 0, "check the route to it: each run may lose time there") \
    X(FV_DOCTOR_TLS, 0, \
      "the server needs a new certificate: a sync fails once this one has expired") \
    X(FV_DOCTOR_DATE, 0, "set this machine's clock (NTP)") \
    X(FV_DOCTOR_LISTING, 0, \
      "ask Orange about it; what can be fetched is fetched, and --prune removes nothing " \
      "meanwhile") \
    X(FV_DOCTOR_RANGES, 0, "none is needed: a file that breaks off begins anew") \
    X(FV_DOCTOR_PIPELINING, 0, "none is needed: a sync notices it; --pipeline 1 does not try") \
    X(FV_DOCTOR_DIR, 0, "choose another directory, or compare content: sync --checksum") \
    X(0, 0, "")
/* clang-format on */

#define KEY(code, native, text) {code, native},
#define TEXT(code, native, text) text "\0"

static const struct fv_advice_key keys[] = {FAULTS(KEY) STATUSES(KEY) WARNINGS(KEY)};
#define FAULT_COUNT (sizeof((struct fv_advice_key[]){FAULTS(KEY)}) / sizeof keys[0])
#define STATUS_COUNT (sizeof((struct fv_advice_key[]){STATUSES(KEY)}) / sizeof keys[0])
#define WARNING_COUNT (sizeof((struct fv_advice_key[]){WARNINGS(KEY)}) / sizeof keys[0])

static const char texts[] = FAULTS(TEXT) STATUSES(TEXT) WARNINGS(TEXT);

/* Return the text of the first of `count` rows from `first` on that matches, or NULL. */
static const char *find(size_t first, size_t count, int code, int32_t native)
{
    size_t i = fv_advice_find(keys + first, count, code, native);
    return i < count ? fv_advice_text(texts, first + i) : NULL;
}

int fv_doctor_advice_exit(const struct fv_doctor *d)
{
    return d->useless ? fv_err_exit(FV_E_ENTRY_SIZE) : fv_err_exit(d->fault.err);
}

static const char *of_fault(const struct fv_doctor *d)
{
    const char *text = find(0, FAULT_COUNT, d->fault.err, d->fault.native);
    return text != NULL ? text : find(FAULT_COUNT, STATUS_COUNT, fv_doctor_advice_exit(d), 0);
}

FV_COLD void fv_doctor_advice(const struct fv_doctor *d, struct fv_writer *w)
{
    if (d->result == FV_DOCTOR_OK) {
        return;
    }
    if (d->unchecked) {
        fv_writer_text(w, d->step == FV_DOCTOR_DIR ? "fluxvision doctor ORG DIR"
                                                   : "fluxvision doctor ORG");
    } else if (d->result == FV_DOCTOR_WARN) {
        fv_writer_text(w, find(FAULT_COUNT + STATUS_COUNT, WARNING_COUNT, (int)d->step, 0));
    } else if (d->fault.err == FV_E_TLS_PIN) {
        fv_writer_text(w, "if the server's key was changed on purpose: --pinnedpubkey ");
        fv_writer_text(w, d->tls.pin);
    } else if (d->step == FV_DOCTOR_RANGES && d->fault.err == FV_E_HTTP_STATUS) {
        fv_writer_text(w, "tell Orange: the portal lists this file, and does not give it");
    } else {
        fv_writer_text(w, of_fault(d));
    }
}
