/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* explicit_bzero */
#include "cli/gather.h"

#include "base/writer.h"
#include "cli/environment.h"
#include "cli/message.h"
#include "cli/settings.h"
#include "cli/source.h"
#include "parse/config.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool about_command(unsigned option)
{
    return option == FV_OPT_HELP || option == FV_OPT_VERSION;
}

static enum fv_err from_environment(struct fv_given *g, const struct fv_secret *secret,
                                    struct fv_out *err)
{
    char name[FV_ENVIRONMENT_NAME];
    g->now = FV_FROM_ENVIRONMENT;
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        const char *value = getenv(fv_environment_name(fv_options[i].name, name, sizeof name));
        if (value == NULL || about_command(i) ||
            (i == FV_OPT_PASSWORD_FILE && secret->has_password)) {
            continue;
        }
        enum fv_err e = fv_options_take(g, (enum fv_option)i, fv_slice_of(value));
        if (e != FV_OK) {
            (void)fv_message_value(err, g, (enum fv_option)i, g->now, fv_slice_of(value), e);
            return FV_E_USAGE;
        }
    }
    g->patterns_closed = g->patterns > 0;
    return FV_OK;
}

/* A settings file that is being read. */
struct reading {
    struct fv_given *g;
    struct fv_secret *secret;
    const struct fv_source *source;
    struct fv_cli_config *config;
    bool taken;     /* the password comes from an earlier source */
    bool holds;     /* the file has a password, or names a file with one */
    bool is_secret; /* the file holds a password that other users must not see */
};

static enum fv_err take_password(struct reading *r, struct fv_slice value, bool names_file)
{
    if (r->holds) {
        return fv_source_refuse(r->source, r->g->now, "only one of password and password-file",
                                FV_SLICE_NONE);
    }
    r->holds = true;
    r->is_secret = r->is_secret || !names_file;
    enum fv_err err = FV_OK;
    const char *wrong = NULL;
    if (!r->taken && names_file) {
        err = fv_options_take(r->g, FV_OPT_PASSWORD_FILE, value);
    } else if (!r->taken) {
        wrong = fv_secret_take(r->secret, value);
        r->secret->password_from = "the settings file";
    }
    /* the text of the file stays in memory while the network is read */
    if (!names_file && value.len > 0) {
        explicit_bzero(r->config->text + (value.ptr - r->config->text), value.len);
    }
    return wrong == NULL ? err : fv_source_refuse(r->source, r->g->now, wrong, FV_SLICE_NONE);
}

/* Return whether name may be meant as the name of a setting. In a line of another syntax, a
 * secret may be in its place. */
static bool is_name(struct fv_slice name)
{
    size_t i = 0;
    while (i < name.len && (((name.ptr[i] | 0x20) >= 'a' && (name.ptr[i] | 0x20) <= 'z') ||
                            name.ptr[i] == '-' || name.ptr[i] == '_')) {
        i++;
    }
    return i == name.len && name.len <= 31;
}

static enum fv_err unknown_setting(const struct reading *r, struct fv_slice name)
{
    bool shown = is_name(name);
    /* an option that only the command line may have */
    bool known = fv_options_find(name) != FV_OPT_COUNT;
    struct fv_message m = {.file = r->source->path, .line = r->g->now};
    m.value = shown ? name : FV_SLICE_NONE;
    fv_message_unknown(r->source->err, &m,
                       shown ? "there is no setting" : "there is no such setting",
                       shown && !known ? fv_options_near(name, "password") : NULL);
    return FV_E_USAGE;
}

static enum fv_err take_line(struct reading *r, struct fv_slice name, struct fv_slice value)
{
    enum fv_option option = fv_options_find(name);
    if (fv_slice_eq(name, FV_SLICE("password")) || option == FV_OPT_PASSWORD_FILE) {
        return take_password(r, value, option == FV_OPT_PASSWORD_FILE);
    }
    if (option == FV_OPT_COUNT || about_command(option) || option == FV_OPT_CONFIG) {
        return unknown_setting(r, name);
    }
    r->is_secret =
        r->is_secret || (option == FV_OPT_PROXY && fv_slice_find(value, '@') < value.len);
    enum fv_err err = fv_options_take(r->g, option, value);
    if (err != FV_OK) {
        (void)fv_message_value(r->source->err, r->g, option, r->g->now, value, err);
        err = FV_E_USAGE;
    }
    return err;
}

static enum fv_err parse_config(struct reading *r)
{
    struct fv_cli_config *config = r->config;
    size_t at = config->len >= 3 && memcmp(config->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (r->g->now = 1; at < config->len; r->g->now++) {
        struct fv_slice rest = {config->text + at, config->len - at};
        struct fv_slice name;
        struct fv_slice value;
        size_t len = fv_slice_find(rest, '\n');
        enum fv_err e = fv_config_line(config->text + at, len, &name, &value);
        at += len + 1;
        if (e == FV_NOTHING) {
            continue;
        }
        if (value.ptr == NULL && e == FV_OK) {
            value = FV_SLICE("");
        }
        e = e == FV_OK
                ? take_line(r, name, value)
                : fv_source_refuse(r->source, r->g->now, "not 'name = value'", FV_SLICE_NONE);
        if (e != FV_OK) {
            return e;
        }
    }
    return FV_OK;
}

static enum fv_err read_config(struct fv_cli_config *config, const struct fv_source *source)
{
    size_t got = 1;
    config->len = 0;
    while (got > 0) {
        if (config->len == sizeof config->text) {
            return fv_source_unreadable(source, EFBIG);
        }
        enum fv_err e = fv_source_read(source, config->text + config->len,
                                       sizeof config->text - config->len, &got);
        if (e != FV_OK) {
            return e;
        }
        config->len += got;
    }
    return FV_OK;
}

/* Read the settings file of source. FV_E_NOT_FOUND: there is no such file. */
static enum fv_err from_file(struct fv_given *g, struct fv_cli_config *config,
                             struct fv_secret *secret, struct fv_source *source)
{
    enum fv_err e = fv_source_open(source);
    if (e != FV_OK) {
        return e;
    }
    struct reading r = {.g = g, .secret = secret, .source = source, .config = config};
    g->file = source->path;
    r.taken = (secret->has_password && !secret->typed_password) ||
              g->value[FV_OPT_PASSWORD_FILE].ptr != NULL;
    e = read_config(config, source);
    if (e == FV_OK && config->len == 0 && config->had) { /* usually it is being written now */
        e = fv_source_refuse(source, 0, "it is empty, and was not in an earlier run",
                             FV_SLICE_NONE);
    }
    if (e == FV_OK) {
        config->had = config->len > 0;
        e = parse_config(&r);
    }
    if (e == FV_OK && r.is_secret) {
        fv_source_warn(source, fv_options_flag(g, FV_OPT_QUIET), false);
    }
    fv_source_close(source);
    return e;
}

/* Write the path of the user's settings file. Return false if there can be none. */
static bool user_config_path(struct fv_writer *w)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/') {
        fv_writer_text(w, xdg);
    } else if (home != NULL && home[0] != '\0') {
        fv_writer_text(w, home);
        fv_writer_text(w, "/.config");
    } else {
        return false;
    }
    fv_writer_text(w, "/fluxvision.conf");
    return true;
}

/* Use the first default settings file that exists, even if it is empty. */
static enum fv_err from_default_files(struct fv_given *g, struct fv_cli_config *config,
                                      struct fv_secret *secret, struct fv_source *source)
{
    char path[PATH_MAX];
    struct fv_out *err = source->err;
    struct fv_writer w;
    fv_writer_init(&w, path, sizeof path);
    source->kind = FV_SOURCE_CONFIG_DEFAULT;
    source->path = path;
    enum fv_err e = FV_E_NOT_FOUND;
    if (user_config_path(&w)) {
        e = fv_writer_check(&w) == FV_OK ? from_file(g, config, secret, source)
                                         : fv_source_unreadable(source, ENAMETOOLONG);
    }
    if (e == FV_E_NOT_FOUND) {
        source->path = "/etc/fluxvision.conf";
        e = from_file(g, config, secret, source);
    }
    if (e == FV_E_NOT_FOUND && config->found[0] != '\0') {
        fv_message_about(err, config->found, 0, "it is missing, and was there in an earlier run",
                         FV_SLICE_NONE);
        return FV_E_USAGE;
    }
    if (e == FV_OK) {
        /* both buffers have the same size */
        memcpy(config->found, source->path, strlen(source->path) + 1);
        g->file = config->found;
    }
    return e == FV_E_NOT_FOUND ? FV_OK : e;
}

enum fv_err fv_gather_password(const struct fv_given *g, struct fv_secret *secret,
                               struct fv_out *err)
{
    bool named = g->value[FV_OPT_PASSWORD_FILE].ptr != NULL;
    const char *wrong = fv_secret_environment(secret, !named && (g->command & FV_CMD_NET) != 0);
    if (wrong != NULL) {
        fv_message_about(err, "FLUXVISION_PASSWORD", 0, wrong, FV_SLICE_NONE);
    }
    return wrong == NULL ? FV_OK : FV_E_USAGE;
}

enum fv_err fv_gather(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                      struct fv_out *err)
{
    char path[PATH_MAX];
    struct fv_source source = {.path = path, .err = err};
    config->len = 0;
    enum fv_err e = from_environment(g, secret, err);
    if (e != FV_OK) {
        return e;
    }
    source.until_us = err->sink.until_us = fv_settings_until(g);
    if (g->value[FV_OPT_CONFIG].ptr == NULL && g->command == FV_CMD_STATUS) {
        return FV_OK; /* status must work for users who may not read the settings */
    }
    if (g->value[FV_OPT_CONFIG].ptr == NULL) {
        return from_default_files(g, config, secret, &source);
    }
    if (fv_options_text(g, FV_OPT_CONFIG, path, sizeof path) == NULL) {
        (void)fv_message_value(err, g, FV_OPT_CONFIG, g->from[FV_OPT_CONFIG],
                               g->value[FV_OPT_CONFIG], FV_E_CAPACITY);
        return FV_E_USAGE;
    }
    source.kind = FV_SOURCE_CONFIG;
    e = from_file(g, config, secret, &source);
    g->file = g->value[FV_OPT_CONFIG].ptr; /* a NUL follows: it is from argv or the environment */
    return e;
}
