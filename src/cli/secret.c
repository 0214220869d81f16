/* SPDX-License-Identifier: MIT */
#define _GNU_SOURCE /* explicit_bzero */
#include "cli/secret.h"

#include "base/writer.h"
#include "cli/message.h"
#include "cli/prompt.h"
#include "cli/source.h"
#include "parse/netrc.h"
#include "parse/url.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

void fv_secret_protect(void)
{
    const struct rlimit none = {0, 0};
    /* a direct system call; musl's setrlimit() would link threads */
    (void)prlimit(0, RLIMIT_CORE, &none, NULL);
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core_pattern with a pipe ignores the limit */
}

#define TEXT_OF(number) #number
#define TEXT(number) TEXT_OF(number)
#define TOO_LONG " is longer than " TEXT(FV_CAP_SECRET) " bytes"

const char *fv_secret_take(struct fv_secret *s, struct fv_slice password)
{
    if (password.len == 0) {
        return "the password is empty";
    }
    if (password.len > FV_CAP_SECRET) {
        return "the password" TOO_LONG;
    }
    if (fv_slice_has_control(password)) {
        return "the password holds a control character (UTF-16?)";
    }
    memcpy(s->password, password.ptr, password.len);
    s->password[password.len] = '\0';
    s->has_password = true;
    s->typed_password = false;
    return NULL;
}

static const char *take_user(struct fv_secret *s, struct fv_slice user)
{
    if (user.len == 0) {
        return "the user name is empty";
    }
    if (user.len > FV_CAP_SECRET) {
        return "the user name" TOO_LONG;
    }
    if (fv_slice_has_control(user) || fv_slice_find(user, ':') < user.len) {
        return "the user name holds a colon or a control character";
    }
    if (s->typed_password && !fv_slice_eq(user, fv_slice_of(s->user))) {
        s->has_password = s->typed_password = false;
    }
    memcpy(s->user, user.ptr, user.len);
    s->user[user.len] = '\0';
    s->has_user = true;
    s->typed_user = false;
    return NULL;
}

void fv_secret_keep(struct fv_secret *s, const struct fv_secret *from)
{
    if (from->typed_user || from->typed_password) {
        memcpy(s->user, from->user, sizeof s->user);
        memcpy(s->typed_for, from->typed_for, sizeof s->typed_for);
        s->typed_port = from->typed_port;
        s->has_user = s->typed_user = from->typed_user;
    }
    if (from->typed_password) {
        memcpy(s->password, from->password, sizeof s->password);
        s->has_password = s->typed_password = true;
    }
}

void fv_secret_untype(struct fv_secret *s)
{
    s->has_user = s->has_user && !s->typed_user;
    s->has_password = s->has_password && !s->typed_password;
    s->typed_user = s->typed_password = false;
}

/* Decode into buf, NUL-terminated. A NUL inside the text would cut it, and is refused. */
static bool decode(struct fv_slice text, char *buf, size_t size)
{
    struct fv_writer w;
    fv_writer_init(&w, buf, size);
    bool fits = fv_url_decode(text, &w) == FV_OK && fv_writer_check(&w) == FV_OK;
    return fits && !fv_slice_has_control(fv_writer_done(&w));
}

bool fv_secret_take_proxy(struct fv_secret *s, struct fv_slice info)
{
    struct fv_slice user;
    struct fv_slice password;
    (void)fv_slice_cut(info, ':', &user, &password);
    return decode(user, s->proxy_user, sizeof s->proxy_user) &&
           decode(password, s->proxy_password, sizeof s->proxy_password);
}

const char *fv_secret_environment(struct fv_secret *s, bool wanted)
{
    char *value = getenv("FLUXVISION_PASSWORD");
    if (value == NULL) {
        return NULL;
    }
    struct fv_slice text = fv_slice_of(value);
    const char *wrong = wanted ? fv_secret_take(s, text) : NULL;
    s->password_from = "FLUXVISION_PASSWORD";
    explicit_bzero(value, text.len); /* /proc/PID/environ shows this memory */
    (void)unsetenv("FLUXVISION_PASSWORD");
    return wrong;
}

/* --- Looking for what is missing --- */

struct looking {
    struct fv_secret *s;
    const struct fv_given *g;
    const struct fv_url *endpoint;
    int64_t until_us;
    struct fv_out *err;
};

static struct fv_source source_of(const struct looking *l, enum fv_source_kind kind,
                                  const char *path)
{
    return (struct fv_source){.kind = kind, .path = path, .until_us = l->until_us, .err = l->err};
}

static void warn(const struct looking *l, const struct fv_source *source)
{
    fv_source_warn(source, fv_options_flag(l->g, FV_OPT_QUIET),
                   fv_options_flag(l->g, FV_OPT_VERBOSE));
}

/* Read the first line, and no more bytes than a password can have, because the file may have any
 * length. */
static enum fv_err read_first_line(const struct fv_source *source, char *text, size_t size,
                                   struct fv_slice *line)
{
    size_t len = 0;
    size_t got = 1;
    *line = (struct fv_slice){text, 0};
    while (got > 0 && len < size && fv_slice_find(*line, '\n') == len) {
        enum fv_err err = fv_source_read(source, text + len, size - len, &got);
        if (err != FV_OK) {
            return err;
        }
        len += got;
        line->len = len;
    }
    *line = fv_slice_head(*line, fv_slice_find(*line, '\n'));
    if (line->len > 0 && line->ptr[line->len - 1] == '\r') {
        line->len--;
    }
    if (fv_slice_starts(*line, FV_SLICE("\xEF\xBB\xBF"))) {
        *line = fv_slice_from(*line, 3);
    }
    return FV_OK;
}

/* Take the password from an open file, and close it. */
static enum fv_err from_file(const struct looking *l, struct fv_source *source)
{
    char text[3 + FV_CAP_SECRET + 2]; /* byte order mark, password, line end */
    struct fv_slice line;
    enum fv_err err = read_first_line(source, text, sizeof text, &line);
    const char *wrong = err == FV_OK ? fv_secret_take(l->s, line) : NULL;
    explicit_bzero(text, sizeof text);
    if (wrong != NULL) {
        err = fv_source_refuse(source, 1, wrong, FV_SLICE_NONE);
    } else if (err == FV_OK) {
        bool systemd = source->kind == FV_SOURCE_CREDENTIALS;
        l->s->password_from = systemd ? "systemd's credentials" : "the password file";
        warn(l, source);
    }
    fv_source_close(source);
    return err;
}

/* Open the file `name` in the directory that a variable gives; path is memory for its path.
 * FV_E_NOT_FOUND: there is none. */
static enum fv_err open_below(struct fv_source *source, const char *variable, const char *name,
                              char *path, size_t size)
{
    const char *dir = getenv(variable);
    struct fv_writer w;
    fv_writer_init(&w, path, size);
    source->path = path;
    if (dir == NULL || dir[0] == '\0') {
        return FV_E_NOT_FOUND;
    }
    fv_writer_text(&w, dir);
    fv_writer_text(&w, name);
    if (fv_writer_check(&w) != FV_OK) {
        return fv_source_unreadable(source, ENAMETOOLONG);
    }
    return fv_source_open(source);
}

static enum fv_err from_credentials(const struct looking *l)
{
    char path[PATH_MAX];
    if (l->s->has_password) {
        return FV_OK;
    }
    struct fv_source source = source_of(l, FV_SOURCE_CREDENTIALS, NULL);
    enum fv_err err =
        open_below(&source, "CREDENTIALS_DIRECTORY", "/fluxvision.password", path, sizeof path);
    if (err == FV_OK) {
        return from_file(l, &source);
    }
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}

static enum fv_err take_netrc(const struct looking *l, const struct fv_source *source,
                              const struct fv_netrc *n)
{
    const char *wrong = NULL;
    if (n->has_login && !l->s->has_user) {
        wrong = take_user(l->s, fv_slice_of(n->login));
        l->s->user_from = "~/.netrc";
    }
    if (wrong == NULL && n->has_password && !l->s->has_password) {
        wrong = fv_secret_take(l->s, fv_slice_of(n->password));
        l->s->password_from = "~/.netrc";
        warn(l, source);
    }
    return wrong == NULL ? FV_OK : fv_source_refuse(source, n->line, wrong, FV_SLICE_NONE);
}

static enum fv_err read_netrc(const struct looking *l, const struct fv_source *source)
{
    char text[512];
    size_t got = 1;
    struct fv_netrc n;
    enum fv_err parsed = FV_MORE;
    fv_netrc_init(&n, l->endpoint->host, fv_slice_of(l->s->user), !l->s->has_password);
    enum fv_err err = FV_OK;
    while (err == FV_OK && parsed == FV_MORE && got > 0) {
        err = fv_source_read(source, text, sizeof text, &got);
        if (err == FV_OK) {
            parsed = got > 0 ? fv_netrc_push(&n, text, got) : fv_netrc_finish(&n);
        }
    }
    if (err == FV_OK && parsed == FV_OK) {
        err = take_netrc(l, source, &n);
    } else if (err == FV_OK) {
        err = fv_source_refuse(source, n.line,
                               parsed == FV_E_CAPACITY ? "a login or password" TOO_LONG
                                                       : "an open quote, a NUL, or no value",
                               FV_SLICE_NONE);
    }
    fv_netrc_reset(&n);
    explicit_bzero(text, sizeof text);
    return err;
}

static enum fv_err from_netrc(const struct looking *l)
{
    char path[PATH_MAX];
    if (l->s->has_password && l->s->has_user) {
        return FV_OK;
    }
    struct fv_source source = source_of(l, FV_SOURCE_NETRC, NULL);
    enum fv_err err = open_below(&source, "HOME", "/.netrc", path, sizeof path);
    if (err != FV_OK) {
        return err == FV_E_NOT_FOUND ? FV_OK : err;
    }
    err = read_netrc(l, &source);
    fv_source_close(&source);
    return err;
}

/* --- The terminal --- */

static enum fv_err say(const struct looking *l, enum fv_err err, const char *what, const char *todo)
{
    const struct fv_message m = {.what = what, .todo = todo};
    fv_message_say(l->err, &m);
    return err;
}

static enum fv_err ask(const struct looking *l, bool password)
{
    char text[FV_CAP_SECRET + 1];
    char question[FV_CAP_HOST + 128] = "User: ";
    struct fv_writer w;
    const char *wrong = NULL;
    const char *todo = NULL;
    if (password) {
        fv_writer_init(&w, question, sizeof question - 1);
        fv_writer_text(&w, "Password for ");
        fv_writer_slice(&w, fv_slice_head(fv_slice_of(l->s->user), 64));
        fv_writer_text(&w, " at ");
        fv_writer_slice(&w, l->endpoint->host);
        fv_writer_slice(&w, FV_SLICE(": \0"));
    }
    enum fv_err err = fv_prompt(question, password, text, sizeof text, l->until_us);
    switch (err) {
    case FV_OK:
        wrong =
            password ? fv_secret_take(l->s, fv_slice_of(text)) : take_user(l->s, fv_slice_of(text));
        break;
    case FV_E_CANCELLED:
        break;
    case FV_E_TIMEOUT:
        (void)say(l, err, "nothing was typed within --max-time", NULL);
        break;
    case FV_E_CAPACITY:
        wrong = "what was typed" TOO_LONG;
        break;
    case FV_E_NOT_FOUND:
        wrong = password ? "there is no password" : "there is no user name";
        todo = password ? "use --password-file, FLUXVISION_PASSWORD or ~/.netrc"
                        : "use -u, FLUXVISION_USER or ~/.netrc";
        break;
    default:
        wrong = password ? "no password was typed" : "no user was typed";
    }
    explicit_bzero(text, sizeof text);
    return wrong != NULL ? say(l, FV_E_USAGE, wrong, todo) : err;
}

static enum fv_err from_terminal(const struct looking *l)
{
    static const char terminal[] = "the terminal";
    enum fv_err err = FV_OK;
    if (l->g->command == FV_CMD_DOCTOR && l->g->operands == 0) {
        return FV_OK; /* no request will need them */
    }
    if (!l->s->has_user) {
        err = ask(l, false);
        l->s->typed_user = err == FV_OK;
        l->s->user_from = terminal;
    }
    if (err == FV_OK && !l->s->has_password) {
        err = ask(l, true);
        l->s->typed_password = err == FV_OK;
        l->s->password_from = terminal;
    }
    return err;
}

static bool is_typed_for(const struct fv_secret *s, const struct fv_url *endpoint)
{
    return s->typed_port == endpoint->port &&
           fv_slice_eq(fv_slice_of(s->typed_for), endpoint->host);
}

enum fv_err fv_secret_complete(struct fv_secret *s, const struct fv_given *g,
                               const struct fv_url *endpoint, int64_t until_us, struct fv_out *err)
{
    const struct looking l = {s, g, endpoint, until_us, err};
    struct fv_slice host = endpoint->host;
    if (!is_typed_for(s, endpoint)) {
        fv_secret_untype(s);
        memcpy(s->typed_for, host.ptr, host.len); /* the parser has checked its length */
        s->typed_for[host.len] = '\0';
        s->typed_port = endpoint->port;
    }
    char path[PATH_MAX];
    struct fv_source file = source_of(&l, FV_SOURCE_PASSWORD_FILE, path);
    struct fv_slice user = g->value[FV_OPT_USER];
    const char *wrong = user.ptr != NULL ? take_user(s, user) : NULL;
    if (wrong != NULL) {
        char variable[FV_ENVIRONMENT_NAME];
        struct fv_message m = {.what = wrong};
        fv_message_place(&m, g, FV_OPT_USER, g->from[FV_OPT_USER], variable);
        fv_message_say(err, &m);
        return FV_E_USAGE;
    }
    enum fv_err e = FV_OK;
    if (!s->has_password && g->value[FV_OPT_PASSWORD_FILE].ptr != NULL) {
        e = fv_options_text(g, FV_OPT_PASSWORD_FILE, path, sizeof path) == NULL
                ? fv_message_value(err, g, FV_OPT_PASSWORD_FILE, g->from[FV_OPT_PASSWORD_FILE],
                                   FV_SLICE_NONE, FV_E_CAPACITY)
                : fv_source_open(&file);
        e = e == FV_OK ? from_file(&l, &file) : e;
    }
    e = e == FV_OK ? from_credentials(&l) : e;
    e = e == FV_OK ? from_netrc(&l) : e;
    return e == FV_OK ? from_terminal(&l) : e;
}

void fv_secret_reset(struct fv_secret *s)
{
    explicit_bzero(s, sizeof *s);
}
