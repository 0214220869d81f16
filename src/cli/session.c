/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* explicit_bzero */
#include "cli/session.h"

#include "cli/message.h"
#include "cli/proxy_setting.h"
#include "cli/source.h"
#include "parse/url.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

/* Paths of the bundle of trusted roots: Debian and Alpine, Fedora, openSUSE, OpenWrt and BSDs. */
static const char *const bundles[] = {
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
};

void fv_session_complain(struct fv_session *s, const struct fv_slice *path,
                         const struct fv_fault *fault)
{
    fv_message_print(&s->err, path, fault, s->verbose);
}

static int fail(struct fv_session *s, enum fv_err err, int32_t native, struct fv_slice subject)
{
    struct fv_fault fault = {.err = FV_OK};
    (void)fv_fault_slice(&fault, err, native, subject);
    fv_session_complain(s, NULL, &fault);
    return fv_err_exit(err);
}

int fv_session_fail(struct fv_session *s, enum fv_err err, int32_t native, const char *subject)
{
    return fail(s, err, native, fv_slice_of(subject));
}

static int open_trust(struct fv_session *s)
{
    char path[1024];
    enum fv_err err = FV_E_TLS_CA;
    const char *name = bundles[0];
    if (s->given.value[FV_OPT_CACERT].ptr != NULL) {
        name = fv_options_text(&s->given, FV_OPT_CACERT, path, sizeof path);
        if (name == NULL) {
            return fv_err_exit(fv_message_value(&s->err, &s->given, FV_OPT_CACERT,
                                                s->given.from[FV_OPT_CACERT],
                                                s->given.value[FV_OPT_CACERT], FV_E_CAPACITY));
        }
        err = fv_posix_reader_open(&s->ca, name);
    } else {
        err = FV_E_NOT_FOUND;
        for (size_t i = 0; err == FV_E_NOT_FOUND && i < sizeof bundles / sizeof bundles[0]; i++) {
            name = bundles[i];
            err = fv_posix_reader_open(&s->ca, name);
        }
        name = err == FV_E_NOT_FOUND ? bundles[0] : name;
    }
    if (err != FV_OK && s->given.value[FV_OPT_CACERT].ptr != NULL) {
        const struct fv_source file = {.kind = FV_SOURCE_CACERT, .path = name, .err = &s->err};
        return fv_err_exit(fv_source_unreadable(&file, s->ca.error));
    }
    if (err != FV_OK) {
        /* FV_E_STORAGE is an error of this machine, not of the bundle */
        err = err == FV_E_STORAGE ? err : FV_E_TLS_CA;
        return fv_session_fail(s, err, s->ca.error, name);
    }
    s->ca.until_us = s->until_us;
    s->settings.ca_ctx = &s->ca;
    s->settings.ca_read = fv_posix_reader_read;
    s->settings.ca_name = s->given.value[FV_OPT_CACERT];
    if (s->settings.ca_name.ptr == NULL) {
        s->settings.ca_name = fv_slice_of(name);
    }
    return 0;
}

int fv_session_credentials(struct fv_session *s)
{
    struct fv_url endpoint;
    if ((s->given.command & FV_CMD_NET) == 0) {
        return 0;
    }
    if (fv_url_parse(s->settings.endpoint, &endpoint) != FV_OK) {
        return fv_session_fail(s, FV_E_USAGE, 0, "endpoint");
    }
    enum fv_err err = fv_secret_complete(&s->secret, &s->given, &endpoint, s->until_us, &s->err);
    fv_secret_keep(&s->kept, &s->secret);
    return err == FV_OK ? 0 : fv_session_ended(err);
}

int fv_session_need_files(struct fv_session *s)
{
    static const enum fv_option files[] = {FV_OPT_CONFIG, FV_OPT_PASSWORD_FILE, FV_OPT_CACERT};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[1024];
        struct stat st;
        if (fv_options_text(&s->given, files[i], path, sizeof path) != NULL &&
            stat(path, &st) == 0 && !S_ISREG(st.st_mode)) {
            fv_message_about(&s->err, path, 0,
                             "with --every it must be a file, which each run can read again",
                             FV_SLICE_NONE);
            return fv_err_exit(FV_E_USAGE);
        }
    }
    return 0;
}

/* Return whether the command needs the scratch port. Local paths and --latest need the plan,
 * which list, get and a dry run keep out of the directory. A get of a URL needs none. */
static bool needs_scratch(const struct fv_session *s)
{
    switch (s->given.command) {
    case FV_CMD_LIST:
        return s->settings.local_paths || s->settings.latest > 0 || s->given.operands > 1;
    case FV_CMD_GET:
        return !fv_slice_starts_nocase(s->given.operand[0], FV_SLICE("https://")) &&
               !fv_slice_starts_nocase(s->given.operand[0], FV_SLICE("http://"));
    default:
        return s->settings.dry_run;
    }
}

static int open_net(struct fv_session *s)
{
    if ((s->given.command & FV_CMD_NET) == 0) {
        return 0;
    }
    if (!fv_proxy_setting_take(&s->given, &s->settings, &s->secret, &s->err)) {
        return fv_err_exit(FV_E_USAGE);
    }
    s->settings.user = fv_slice_of(s->secret.user);
    s->settings.password = fv_slice_of(s->secret.password);
    int status = open_trust(s);
    if (status != 0 || !needs_scratch(s)) {
        return status;
    }
    if (fv_posix_scratch_open(&s->scratch) != FV_OK) {
        return fv_session_fail(s, FV_E_STORAGE, s->scratch.error,
                               "a temporary directory ($TMPDIR, /tmp), or files in memory");
    }
    s->scratch_open = true;
    s->port.scratch = &s->scratch.port;
    return 0;
}

void fv_session_confine(struct fv_session *s)
{
    if (!fv_options_flag(&s->given, FV_OPT_NO_CONFINE)) {
        fv_posix_confine(s->storage_open ? &s->storage : NULL, s->scratch_open ? &s->scratch : NULL,
                         &s->confined);
    }
    if (!s->verbose) {
        return;
    }
    fv_out_text(&s->err, "confined: new privileges ");
    fv_out_text(&s->err, s->confined.no_new_privs ? "ruled out" : "possible");
    fv_out_text(&s->err, ", files ");
    if (s->confined.landlock > 0) {
        fv_out_text(&s->err, "by Landlock (ABI ");
        fv_out_u64(&s->err, s->confined.landlock);
        fv_out_text(&s->err, ")");
    } else {
        fv_out_text(&s->err, "not");
    }
    fv_out_text(&s->err, ", system calls ");
    fv_out_text(&s->err, s->confined.seccomp ? "by seccomp\n" : "not\n");
    (void)fv_out_flush(&s->err);
}

void fv_session_forget(struct fv_session *s)
{
    fv_secret_reset(&s->secret);
    explicit_bzero(s->config.text, sizeof s->config.text);
}

/* Subtract the time of prompts, and of waiting for a pipe's reader, from the client's time. */
static void spend(struct fv_session *s)
{
    int64_t left_us = s->until_us - fv_posix_now();
    if (s->until_us != INT64_MAX) {
        s->settings.max_time_ms = left_us > 1000 ? (uint32_t)(left_us / 1000) : 1;
    }
}

/* The client refuses a setting; the subject of the fault may be the name of its option. Return
 * the exit status. */
static int refused(struct fv_session *s)
{
    const struct fv_fault *fault = fv_client_fault(s->client);
    enum fv_option option = fv_options_find(fv_slice_of(fault->subject));
    if (option == FV_OPT_COUNT || s->given.value[option].ptr == NULL) {
        fv_session_complain(s, NULL, fault);
    } else {
        (void)fv_message_value(&s->err, &s->given, option, s->given.from[option],
                               s->given.value[option], fault->err);
    }
    return fv_err_exit(fault->err);
}

int fv_session_open(struct fv_session *s, const char *root, bool create)
{
    int status = open_net(s);
    if (status != 0) {
        return status;
    }
    if (root != NULL) {
        enum fv_err err = fv_posix_storage_open(&s->storage, root, create);
        if (err == FV_E_NOT_FOUND && s->settings.dry_run) {
            s->port.storage = &s->scratch.port; /* a directory that sync would create is empty */
        } else if (err != FV_OK) {
            return fail(s, err, s->storage.error, (struct fv_slice){root, s->storage.part});
        } else {
            s->storage_open = true;
            s->port.storage = &s->storage.port;
        }
    }
    s->port.net = &s->posix.net;
    s->port.clock = &s->posix.clock;
    s->port.entropy = &s->posix.entropy;
    s->port.log = &s->log;
    s->posix.entropy_until_us = s->until_us;
    s->posix.entropy_ms = s->settings.connect_timeout_ms;
    s->port.aes = fv_posix_has_aes();
    spend(s);
    void *memory =
        mmap(NULL, FV_CLI_MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    enum fv_err err = memory == MAP_FAILED ? FV_E_MEMORY
                                           : fv_client_open(memory, FV_CLI_MEMORY, &s->port,
                                                            &s->settings, &s->events, &s->client);
    fv_secret_reset(&s->secret);
    if (err == FV_E_MEMORY) {
        return fv_session_fail(s, err, 0, "client");
    }
    if (err != FV_OK) {
        return refused(s);
    }
    fv_session_confine(s);
    return 0;
}

/* With -v, print which kinds of sync the file system of DIR cannot do. */
static void tell_lacks(struct fv_session *s)
{
    unsigned lacks = s->storage_open && s->verbose ? s->storage.port.lacks : 0;
    if (lacks == 0) {
        return;
    }
    if ((lacks & FV_PORT_NO_FILE_SYNC) != 0) {
        fv_out_text(&s->err,
                    "the medium can't make files durable (fsync): a power cut may lose them\n");
    }
    if ((lacks & FV_PORT_NO_DIR_SYNC) != 0) {
        fv_out_text(&s->err, "the medium can't make names durable (fsync of a directory)\n");
    }
    (void)fv_out_flush(&s->err);
}

void fv_session_close(struct fv_session *s)
{
    tell_lacks(s);
    if (s->client != NULL) {
        fv_client_close(s->client);
    }
    if (s->storage_open) {
        fv_posix_storage_close(&s->storage);
    }
    if (s->scratch_open) {
        fv_posix_storage_close(&s->scratch);
    }
    fv_posix_reader_close(&s->ca);
    fv_session_forget(s);
}

int fv_session_ended(enum fv_err err)
{
    return err == FV_E_CANCELLED ? 128 + fv_posix_signal() : fv_err_exit(err);
}

int fv_session_unwritten(struct fv_session *s, const struct fv_sink *to)
{
    if (fv_sink_closed(to) && to == &s->out.sink) {
        return 0;
    }
    if (to->err != FV_E_CANCELLED) {
        fv_message_about(&s->err, to->name, 0,
                         to->err == FV_E_TIMEOUT ? "nobody read it within --max-time"
                                                 : strerror(to->error),
                         FV_SLICE_NONE);
    }
    return fv_session_ended(to->err);
}

int fv_session_exit(struct fv_session *s, enum fv_err err)
{
    int status = err == FV_E_CANCELLED ? fv_session_ended(err) : fv_client_exit(s->client, err);
    return status == 0 && s->end_failed ? fv_err_exit(FV_E_HOOK) : status;
}
