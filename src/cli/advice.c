/* SPDX-License-Identifier: MIT */
#include "cli/advice.h"

#include <string.h>

/* The texts of a table are one string, each ended by NUL: a table of pointers would be twice as
 * long. */

/* Error, its native code (0: any), the sentence in place of fv_err_text() ("": none), what to
 * do ("": nothing). The first row that matches is used. */
/* clang-format off */
#define FAULTS(X) \
    X(FV_E_AUTH, 0, "", \
      "check user and password (-u, --password-file, FLUXVISION_PASSWORD, ~/.netrc)") \
    X(FV_E_FORBIDDEN, 0, "", "check the name, and what this user may read on the portal") \
    X(FV_E_HTTP_STATUS, 404, "the server has nothing at this URL", "") \
    X(FV_E_HTTP_STATUS, 410, "the server has nothing at this URL any more", "") \
    X(FV_E_PROXY, 407, "", \
      "give it a user and password that it accepts: http://USER:PASSWORD@HOST:PORT in " \
      "HTTPS_PROXY or a settings file") \
    X(FV_E_RESOLVE, 0, "", "check the name, this machine's DNS, and whether it needs a --proxy") \
    X(FV_E_CONNECT, 0, "", "check host and port, the network, and whether it needs a --proxy") \
    X(FV_E_TIMEOUT, 0, "", "the limits are --connect-timeout, --stall-timeout and --max-time") \
    X(FV_E_SLOW, 0, "", "the limits are --speed-limit and --speed-time") \
    X(FV_E_MISSED, 0, "the delivery lists no such file", \
      "names are case-sensitive, and 'list' shows them") \
    X(FV_E_PROXY_DOWN, 0, "", "check --proxy and HTTPS_PROXY") \
    X(FV_E_TLS_TRUST, 0, "", "if the portal's CA is a private one, name it with --cacert") \
    X(FV_E_TLS_CA, 0, "the CA bundle cannot be used", \
      "install the package ca-certificates, or name a bundle with --cacert") \
    X(FV_E_TLS_TIME, 0, "", "check this machine's clock as well") \
    X(FV_E_TLS_PIN, 0, "", \
      "if the portal has changed its key on purpose, put this pin into --pinnedpubkey") \
    X(FV_E_FULL, 0, "", "free some space, or choose another directory") \
    X(FV_E_READONLY, 0, "", "make it writable, or choose another directory") \
    X(FV_E_BUSY, 0, "", "wait for it to end") \
    X(FV_E_NO_SCOPE, 0, "", "names are case-sensitive") \
    X(FV_E_MAX_DELETE, 0, \
      "--prune would remove more than --max-delete allows, so none was removed", \
      "look at what would go with --dry-run, then raise --max-delete")
/* clang-format on */

#define KEY(err, native, what, todo) {err, native},
#define TEXT(err, native, what, todo) what "\0" todo "\0"

static const struct fv_advice_key keys[] = {FAULTS(KEY)};
#define KEYS (sizeof keys / sizeof keys[0])

static const char *behind(const char *text)
{
    return text + strlen(text) + 1;
}

static const char *some(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

size_t fv_advice_find(const struct fv_advice_key *k, size_t count, int code, int32_t native)
{
    size_t i = 0;
    while (i < count && k[i].code != 0 &&
           (k[i].code != code || (k[i].native != 0 && k[i].native != native))) {
        i++;
    }
    return i;
}

const char *fv_advice_text(const char *texts, size_t n)
{
    for (; n > 0; n--) {
        texts = behind(texts);
    }
    return texts;
}

FV_COLD struct fv_advice fv_advice_fault(const struct fv_fault *fault)
{
    size_t i = fv_advice_find(keys, KEYS, fault->err, fault->native);
    if (i == KEYS) {
        return (struct fv_advice){NULL, NULL};
    }
    const char *text = fv_advice_text(FAULTS(TEXT), 2 * i);
    return (struct fv_advice){some(text), some(behind(text))};
}

#define DIGITS_OF(macro) DIGITS(macro)
#define DIGITS(number) #number

/* The name of an option, or of its value in -h; what is wrong; what is accepted. */
/* clang-format off */
static const char forms[] =
    "jobs\0" "not a number of connections\0" "use 1 to " DIGITS_OF(FV_CAP_JOBS) "\0"
    "pipeline\0" "not a number of requests\0" "use 1 to " DIGITS_OF(FV_CAP_PIPELINE) "\0"
    "endpoint\0" "not an https:// URL of a portal\0" "use https://HOST[:PORT][/PREFIX]\0"
    "proxy\0" "not the URL of an HTTP proxy\0" "use http://HOST:PORT\0"
    "SEC\0" "not a time span\0"
      "use seconds, such as 90 or 0.5, or a span with units, such as 1m30s or 2h\0"
    "SPAN\0" "not an interval\0" "use a time span with units, such as 90s, 15m, 6h or 1d12h\0"
    "RATE\0" "not a rate\0" "use bytes a second, such as 500000, 500k, 1.5M or 10MiB\0"
    "SIZE\0" "not a size\0" "use bytes, such as 5000000, 500k, 1.5G or 10MiB\0"
    "WHEN\0" "not a date, a time or an age\0"
      "use a date such as 2021-04-02, a time such as 2021-04-02T15:44:37Z, or an age such as 36h "
      "or 7d\0"
    "GLOB\0" "not a pattern\0"
      "use a pattern such as '*.zip', 'HAUC/**/f?' or '[a-f]*'; a '[' needs its ']', and a '\\' a "
      "character behind it\0"
    "PINS\0" "not a pin\0" "use sha256// and 44 characters of Base64; several are joined by ';'\0"
    "N\0" "not a number\0" "use a whole number, such as 5\0"
    "\0" "not the value of a flag\0" "use 1 for on, 0 for off";

/* Words of other programs, and what to use instead. */
static const char aliases[] =
    "ls dir\0" "did you mean 'list'?\0"
    "help\0" "did you mean 'fluxvision -h'?\0"
    "version\0" "did you mean 'fluxvision -V'?\0"
    "download fetch pull clone mirror\0"
      "use 'get' for one file, 'sync' for all of an organisation, a study or a delivery\0"
    "check\0" "did you mean 'verify'?\0"
    "-k --insecure --no-check-certificate\0"
      "certificates are always verified: name a private CA with --cacert, or pin the server's key "
      "with --pinnedpubkey\0"
    "-p --password\0"
      "a password is never an argument: use --password-file, FLUXVISION_PASSWORD or ~/.netrc\0"
    "--delete\0" "did you mean '--prune'?\0"
    "--timeout\0" "did you mean '--connect-timeout', '--stall-timeout' or '--max-time'?\0"
    "--retry\0" "did you mean '--retries'?\0"
    "--cafile --ca-certificate\0" "did you mean '--cacert'?\0";
/* clang-format on */

FV_COLD struct fv_advice fv_advice_form(enum fv_option option)
{
    const struct fv_slice name = fv_slice_of(fv_options[option].name);
    const struct fv_slice value = fv_slice_of(fv_options[option].value);
    for (const char *key = forms;;) {
        const struct fv_slice row = fv_slice_of(key);
        const char *what = behind(key);
        if (row.len == 0 || fv_slice_eq(row, name) || fv_slice_eq(row, value)) {
            return (struct fv_advice){what, behind(what)};
        }
        key = behind(behind(what));
    }
}

FV_COLD const char *fv_advice_alias(struct fv_slice word)
{
    for (const char *words = aliases; *words != '\0'; words = behind(behind(words))) {
        struct fv_slice rest = fv_slice_of(words);
        struct fv_slice one;
        bool more = true;
        while (more) {
            more = fv_slice_cut(rest, ' ', &one, &rest);
            if (fv_slice_eq(one, word)) {
                return behind(words);
            }
        }
    }
    return NULL;
}
