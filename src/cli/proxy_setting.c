/* SPDX-License-Identifier: MIT */
#include "cli/proxy_setting.h"

#include "base/writer.h"
#include "cli/message.h"
#include "parse/noproxy.h"

#include <stdlib.h>

/* A setting of an environment variable or an option. */
struct source {
    const char *variable; /* NULL: the option */
    struct fv_slice value;
};

/* Return the first of two variables that is not empty. */
static struct source variable(const char *first, const char *second)
{
    const char *value = getenv(first);
    bool set = value != NULL && value[0] != '\0';
    return (struct source){set ? first : second, fv_slice_of(set ? value : getenv(second))};
}

static struct source find_proxy(const struct fv_given *g)
{
    struct source s = {NULL, g->value[FV_OPT_PROXY]};
    return s.value.ptr != NULL ? s : variable("HTTPS_PROXY", "https_proxy");
}

/* The arguments for taking a proxy. */
struct taking {
    const struct fv_given *g;
    struct source source;
    struct fv_settings *s;
    struct fv_out *err;
};

/* Print what is wrong, without the value, which may hold a password anywhere. Return false. */
static bool refuse(const struct taking *t, const char *what, const char *todo)
{
    char name[FV_ENVIRONMENT_NAME];
    struct fv_message m = {.what = what, .todo = todo};
    m.name = fv_slice_of(t->source.variable);
    if (t->source.variable == NULL) {
        fv_message_place(&m, t->g, FV_OPT_PROXY, t->g->from[FV_OPT_PROXY], name);
    }
    fv_message_say(t->err, &m);
    return false;
}

/* Split "[http://][USER[:PASSWORD]@]HOST[:PORT][/...]". Return false if an "@" follows after the
 * authority, because a password may hold a "/"; or if the authority ends with a colon, because
 * this is another scheme. */
static bool split(struct fv_slice text, struct fv_slice *user, struct fv_slice *host)
{
    const struct fv_slice scheme = FV_SLICE("http://");
    if (fv_slice_starts_nocase(text, scheme)) {
        text = fv_slice_from(text, scheme.len);
    }
    size_t end = 0;
    while (end < text.len && text.ptr[end] != '/' && text.ptr[end] != '?' && text.ptr[end] != '#') {
        end++;
    }
    size_t at = fv_slice_find_last(text, '@');
    *user = at < text.len ? fv_slice_head(text, at) : FV_SLICE_NONE;
    *host = fv_slice_head(text, end);
    if (at < text.len) {
        *host = fv_slice_from(*host, at + 1);
    }
    bool other = host->len > 0 && host->ptr[host->len - 1] == ':';
    return !other && (at == text.len || at < end);
}

static bool take_user(const struct taking *t, struct fv_slice user, struct fv_secret *secret)
{
    if (user.ptr == NULL) {
        return true;
    }
    if (t->g->proxy_on_command_line) {
        return refuse(t, "a password must not be on the command line, where all users see it",
                      "put the URL into HTTPS_PROXY or a settings file");
    }
    if (!fv_secret_take_proxy(secret, user)) {
        return refuse(t, "its user or password is too long, or badly percent-encoded", NULL);
    }
    t->s->proxy_user = fv_slice_of(secret->proxy_user);
    t->s->proxy_password = fv_slice_of(secret->proxy_password);
    return true;
}

static bool take_url(const struct taking *t, struct fv_slice host)
{
    static char url[FV_CAP_URL + 1];
    struct fv_url parsed;
    struct fv_writer w;
    fv_writer_init(&w, url, sizeof url);
    fv_writer_text(&w, "http://");
    fv_writer_slice(&w, host);
    if (fv_writer_check(&w) != FV_OK || fv_url_parse(fv_writer_done(&w), &parsed) != FV_OK) {
        return refuse(t, "not the URL of an HTTP proxy", "use http://[USER:PASSWORD@]HOST[:PORT]");
    }
    t->s->proxy = fv_writer_done(&w);
    return true;
}

static void take_exceptions(struct fv_settings *s, bool quiet, struct fv_out *err)
{
    struct source source = variable("NO_PROXY", "no_proxy");
    struct fv_slice rest = source.value;
    struct fv_slice entry;
    s->no_proxy = source.value;
    while (!quiet && fv_noproxy_unknown(&rest, &entry)) {
        fv_message_about(err, source.variable, 0, "warning: not understood:", entry);
    }
}

bool fv_proxy_setting_take(const struct fv_given *g, struct fv_settings *s,
                           struct fv_secret *secret, struct fv_out *err)
{
    struct fv_slice user;
    struct fv_slice host;
    const struct taking t = {g, find_proxy(g), s, err};
    if (t.source.value.len == 0) {
        return true;
    }
    if (!split(t.source.value, &user, &host)) {
        return take_url(&t, FV_SLICE("@"));
    }
    bool fine = take_user(&t, user, secret) && take_url(&t, host);
    if (fine) {
        take_exceptions(s, fv_options_flag(g, FV_OPT_QUIET), err);
    }
    return fine;
}
