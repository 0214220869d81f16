#define _GNU_SOURCE /* explicit_bzero */
#include "cli/secret.h"

#include "base/writer.h"
#include "cli/file.h"
#include "cli/message.h"
#include "parse/netrc.h"
#include "parse/url.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <termios.h>
#include <unistd.h>

void fv_secret_protect(void)
{
    const struct rlimit none = {0, 0};
    (void)prlimit(0, RLIMIT_CORE, &none,
                  NULL); /* one system call; musl's setrlimit() brings threads in */
    (void)prctl(PR_SET_DUMPABLE, 0, 0, 0, 0); /* a core_pattern with a pipe ignores the limit */
}

FV_ONE_COPY bool fv_secret_take(struct fv_secret *s, struct fv_slice password)
{
    if (s->has_password) {
        return true;
    }
    if (password.len > FV_CAP_SECRET) {
        return false;
    }
    memcpy(s->password, password.ptr, password.len);
    s->password[password.len] = '\0';
    s->has_password = true;
    return true;
}

void fv_secret_keep(struct fv_secret *s, struct fv_slice user, struct fv_slice password)
{
    if (user.len <= FV_CAP_SECRET && password.len <= FV_CAP_SECRET) {
        memcpy(s->user, user.ptr, user.len);
        s->user[user.len] = '\0';
        s->has_user = true;
        s->has_password = false;
        (void)fv_secret_take(s, password);
    }
}

/* Decode into buf, with a NUL; one inside the text would cut it, so it is refused. */
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

bool fv_secret_environment(struct fv_secret *s)
{
    char *value = getenv("FLUXVISION_PASSWORD");
    if (value == NULL) {
        return true;
    }
    struct fv_slice text = fv_slice_of(value);
    bool fits = fv_secret_take(s, text);
    explicit_bzero(value, text.len); /* /proc/PID/environ shows this very memory */
    (void)unsetenv("FLUXVISION_PASSWORD");
    return fits;
}

static bool too_long(struct fv_out *err, const char *path)
{
    fv_message_usage(err, "the password is too long in", fv_slice_of(path));
    return false;
}

/* The first line of a file is the password. required: it is an error if the file can't be read. */
static bool from_file(struct fv_secret *s, const char *path, bool required, struct fv_out *err)
{
    char text[FV_CAP_SECRET + 64];
    size_t len = 0;
    if (!fv_file_read(path, text, sizeof text, &len)) {
        if (required) {
            fv_message_usage(err, "cannot read the password file", fv_slice_of(path));
        }
        return !required;
    }
    struct fv_slice line = {text, len};
    line = fv_slice_head(line, fv_slice_find(line, '\n'));
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    bool fits = fv_secret_take(s, line);
    explicit_bzero(text, sizeof text);
    return fits || too_long(err, path);
}

static bool from_credentials(struct fv_secret *s, struct fv_out *err)
{
    const char *dir = getenv("CREDENTIALS_DIRECTORY");
    char path[1024];
    struct fv_writer w;
    if (dir == NULL || s->has_password) {
        return true;
    }
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, dir);
    fv_writer_text(&w, "/fluxvision.password");
    return fv_writer_check(&w) != FV_OK || from_file(s, path, false, err);
}

static void take_netrc(struct fv_secret *s, const struct fv_netrc *n)
{
    if (!n->found || !n->has_password) {
        return;
    }
    if (!s->has_user && n->has_login) {
        memcpy(s->user, n->login, sizeof s->user);
        s->has_user = true;
    }
    (void)fv_secret_take(s, fv_slice_of(n->password)); /* fits: the same capacity */
}

static bool from_netrc(struct fv_secret *s, struct fv_slice host, struct fv_out *err)
{
    const char *home = getenv("HOME");
    char path[1024];
    char text[8192];
    size_t len = 0;
    struct fv_writer w;
    if (home == NULL || (s->has_password && s->has_user)) {
        return true;
    }
    fv_writer_init(&w, path, sizeof path);
    fv_writer_text(&w, home);
    fv_writer_text(&w, "/.netrc");
    if (fv_writer_check(&w) != FV_OK || !fv_file_read(path, text, sizeof text, &len)) {
        return true;
    }
    struct fv_netrc n;
    struct fv_slice rest = {text, len};
    struct fv_slice line;
    enum fv_err e = FV_MORE;
    fv_netrc_init(&n, host, s->has_user ? fv_slice_of(s->user) : FV_SLICE_NONE);
    while (e == FV_MORE && rest.len > 0) {
        (void)fv_slice_cut(rest, '\n', &line, &rest);
        e = fv_netrc_line(&n, line);
    }
    if (e == FV_MORE) {
        e = fv_netrc_finish(&n);
    }
    if (e == FV_OK) {
        take_netrc(s, &n);
    } else {
        fv_message_usage(err, "cannot understand", fv_slice_of(path));
    }
    fv_netrc_reset(&n);
    explicit_bzero(text, sizeof text);
    return e == FV_OK;
}

/* Read one line from the terminal, without echo when hidden. */
static bool ask(int tty, const char *prompt, bool hidden, char *out, size_t size)
{
    struct termios old;
    struct termios mute;
    size_t len = 0;
    char c = 0;
    if (write(tty, prompt, strlen(prompt)) < 0 || tcgetattr(tty, &old) != 0) {
        return false;
    }
    mute = old;
    if (hidden) {
        mute.c_lflag &= ~(tcflag_t)ECHO;
        (void)tcsetattr(tty, TCSAFLUSH, &mute);
    }
    bool whole = false;
    while (!whole && read(tty, &c, 1) == 1) {
        if (c == '\n') {
            whole = true;
        } else if (len + 1 < size) {
            out[len++] = c;
        } else {
            break;
        }
    }
    out[len] = '\0';
    if (hidden) {
        (void)tcsetattr(tty, TCSAFLUSH, &old);
        (void)!write(tty, "\n", 1);
    }
    return whole;
}

static bool from_prompt(struct fv_secret *s, struct fv_out *err)
{
    if (s->has_user && s->has_password) {
        return true;
    }
    int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
    if (tty < 0) {
        fv_message_usage(err,
                         s->has_user ? "no password: set FLUXVISION_PASSWORD or --password-file"
                                     : "no user: name one with -u or in ~/.netrc",
                         FV_SLICE_NONE);
        return false;
    }
    if (!s->has_user) {
        s->has_user = ask(tty, "User: ", false, s->user, sizeof s->user);
    }
    if (s->has_user && !s->has_password) {
        s->has_password = ask(tty, "Password: ", true, s->password, sizeof s->password);
    }
    (void)close(tty);
    s->typed = true;
    return s->has_user && s->has_password;
}

bool fv_secret_complete(struct fv_secret *s, const struct fv_given *g, struct fv_slice host,
                        struct fv_out *err)
{
    char path[1024];
    if (g->value[FV_OPT_USER].ptr != NULL) {
        s->has_user = fv_given_text(g, FV_OPT_USER, s->user, sizeof s->user) != NULL;
        if (!s->has_user) {
            fv_message_usage(err, "the user name is too long", FV_SLICE_NONE);
            return false;
        }
    }
    if (!s->has_password && g->value[FV_OPT_PASSWORD_FILE].ptr != NULL) {
        if (fv_given_text(g, FV_OPT_PASSWORD_FILE, path, sizeof path) == NULL ||
            !from_file(s, path, true, err)) {
            return false;
        }
    }
    return from_credentials(s, err) && from_netrc(s, host, err) && from_prompt(s, err);
}

void fv_secret_reset(struct fv_secret *s)
{
    explicit_bzero(s, sizeof *s);
}
