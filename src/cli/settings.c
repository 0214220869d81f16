#include "cli/settings.h"

#include "base/num.h"
#include "base/writer.h"
#include "cli/file.h"
#include "cli/message.h"
#include "parse/config.h"
#include "parse/quantity.h"
#include "parse/url.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* --- Gathering --- */

/* "connect-timeout" as FLUXVISION_CONNECT_TIMEOUT. */
static const char *environment_name(const char *option, char *buf, size_t size)
{
    struct fv_writer w;
    fv_writer_init(&w, buf, size);
    fv_writer_text(&w, "FLUXVISION_");
    for (; *option != '\0'; option++) {
        char c = *option;
        fv_writer_char(&w, c == '-' ? '_' : (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c));
    }
    return buf;
}

static bool about_command(unsigned option)
{
    return option == FV_OPT_HELP || option == FV_OPT_VERSION;
}

static bool from_environment(struct fv_given *g, struct fv_out *err)
{
    char name[64];
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        const char *value = getenv(environment_name(fv_options[i].name, name, sizeof name));
        if (value == NULL || about_command(i)) {
            continue;
        }
        const char *wrong = fv_options_take(g, (enum fv_option)i, fv_slice_of(value));
        if (wrong != NULL) {
            fv_message_usage(err, name, FV_SLICE_NONE);
            fv_message_usage(err, wrong, fv_slice_of(value));
            return false;
        }
    }
    g->patterns_closed = g->patterns > 0;
    return true;
}

static bool bad_line(struct fv_out *err, const char *path, uint64_t number, const char *what,
                     struct fv_slice subject)
{
    fv_out_text(err, "fluxvision: ");
    fv_out_text(err, path);
    fv_out_text(err, ", line ");
    fv_out_u64(err, number);
    fv_out_text(err, "\n");
    fv_message_usage(err, what, subject);
    return false;
}

static bool take_line(struct fv_given *g, struct fv_secret *secret, struct fv_slice name,
                      struct fv_slice value, const char **what)
{
    if (fv_slice_eq(name, FV_SLICE("password"))) {
        *what = "the password is too long";
        return fv_secret_take(secret, value);
    }
    enum fv_option option = fv_options_find(name);
    if (option == FV_OPT_COUNT || about_command(option) || option == FV_OPT_CONFIG) {
        *what = "there is no setting";
        return false;
    }
    *what = fv_options_take(g, option, value);
    return *what == NULL;
}

static bool parse_config(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                         const char *path, struct fv_out *err)
{
    size_t at = 0;
    if (config->len >= 3 && memcmp(config->text, "\xEF\xBB\xBF", 3) == 0) {
        at = 3;
    }
    for (uint64_t number = 1; at < config->len; number++) {
        struct fv_slice rest = {config->text + at, config->len - at};
        struct fv_slice name;
        struct fv_slice value;
        const char *what = "not 'name = value':";
        size_t len = fv_slice_find(rest, '\n');
        char *line = config->text + at;
        at += len + 1;
        if (len > 0 && line[len - 1] == '\r') {
            len--;
        }
        enum fv_err e = fv_config_line(line, len, &name, &value);
        if (e == FV_MORE) {
            continue;
        }
        if (e != FV_OK) {
            return bad_line(err, path, number, what, FV_SLICE_NONE);
        }
        if (value.ptr == NULL) {
            value = FV_SLICE("");
        }
        if (!take_line(g, secret, name, value, &what)) {
            return bad_line(err, path, number, what, name);
        }
    }
    return true;
}

/* Read path if it is there. missing_is_fine: it was not asked for by name. */
static bool from_file(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                      const char *path, struct fv_out *err)
{
    bool asked = g->value[FV_OPT_CONFIG].ptr != NULL;
    if (!fv_file_read(path, config->text, sizeof config->text, &config->len)) {
        if (!asked && (errno == ENOENT || errno == ENOTDIR || errno == EACCES)) {
            config->len = 0;
            return true;
        }
        fv_out_text(err, "fluxvision: ");
        fv_out_text(err, path);
        fv_out_text(err, ": ");
        fv_out_text(err, strerror(errno));
        fv_out_text(err, "\n");
        (void)fv_out_flush(err);
        return false;
    }
    return parse_config(g, config, secret, path, err);
}

static bool user_config_path(struct fv_writer *w)
{
    const char *xdg = getenv("XDG_CONFIG_HOME");
    const char *home = getenv("HOME");
    if (xdg != NULL && xdg[0] == '/') {
        fv_writer_text(w, xdg);
    } else if (home != NULL) {
        fv_writer_text(w, home);
        fv_writer_text(w, "/.config");
    } else {
        return false;
    }
    fv_writer_text(w, "/fluxvision.conf");
    return fv_writer_check(w) == FV_OK;
}

bool fv_settings_gather(struct fv_given *g, struct fv_cli_config *config, struct fv_secret *secret,
                        struct fv_out *err)
{
    char path[1024];
    struct fv_writer w;
    config->len = 0;
    if (!from_environment(g, err)) {
        return false;
    }
    if (!fv_secret_environment(secret)) {
        fv_message_usage(err, "FLUXVISION_PASSWORD is too long", FV_SLICE_NONE);
        return false;
    }
    if (g->value[FV_OPT_CONFIG].ptr != NULL) {
        if (fv_given_text(g, FV_OPT_CONFIG, path, sizeof path) == NULL) {
            fv_message_usage(err, "the name is too long:", g->value[FV_OPT_CONFIG]);
            return false;
        }
        return from_file(g, config, secret, path, err);
    }
    fv_writer_init(&w, path, sizeof path);
    if (user_config_path(&w)) {
        if (!from_file(g, config, secret, path, err)) {
            return false;
        }
        if (config->len > 0) {
            return true;
        }
    }
    return from_file(g, config, secret, "/etc/fluxvision.conf", err);
}

/* --- Applying --- */

struct applying {
    const struct fv_given *g;
    struct fv_out *err;
    int64_t wall_us;
    bool failed;
};

static bool given(const struct applying *a, enum fv_option option)
{
    return a->g->value[option].ptr != NULL;
}

static void wrong(struct applying *a, enum fv_option option)
{
    if (!a->failed) {
        char text[96];
        struct fv_writer w;
        fv_writer_init(&w, text, sizeof text);
        fv_writer_text(&w, "not usable as --");
        fv_writer_text(&w, fv_options[option].name);
        fv_writer_char(&w, ':');
        fv_message_usage(a->err, text, a->g->value[option]);
        a->failed = true;
    }
}

static void number(struct applying *a, enum fv_option option, uint64_t max, uint64_t *out)
{
    if (given(a, option) && !fv_num_decimal(a->g->value[option], max, out)) {
        wrong(a, option);
    }
}

static void size(struct applying *a, enum fv_option option, uint64_t *out)
{
    if (given(a, option) && fv_quantity_size(a->g->value[option], out) != FV_OK) {
        wrong(a, option);
    }
}

static void seconds(struct applying *a, enum fv_option option, uint32_t *out)
{
    if (given(a, option) && fv_quantity_seconds(a->g->value[option], out) != FV_OK) {
        wrong(a, option);
    }
}

static void when(struct applying *a, enum fv_option option, int64_t *out)
{
    if (given(a, option) && fv_quantity_when(a->g->value[option], a->wall_us, out) != FV_OK) {
        wrong(a, option);
    }
}

static void apply_network(struct applying *a, struct fv_settings *s)
{
    uint64_t retries = s->retries;
    uint64_t pipeline = s->pipeline;
    uint64_t jobs = s->jobs;
    uint32_t max_time_ms = 0;
    if (given(a, FV_OPT_ENDPOINT)) {
        s->endpoint = a->g->value[FV_OPT_ENDPOINT];
        struct fv_url url;
        if (fv_url_parse(s->endpoint, &url) != FV_OK || !url.https) {
            fv_message_usage(a->err, "the endpoint must be a https:// URL, not", s->endpoint);
            a->failed = true;
        }
    }
    s->pins = a->g->value[FV_OPT_PINNEDPUBKEY];
    if (given(a, FV_OPT_PINNEDPUBKEY) && s->pins.len == 0) {
        wrong(a, FV_OPT_PINNEDPUBKEY); /* an empty variable must not turn pinning off */
    }
    seconds(a, FV_OPT_CONNECT_TIMEOUT, &s->connect_timeout_ms);
    seconds(a, FV_OPT_STALL_TIMEOUT, &s->stall_timeout_ms);
    seconds(a, FV_OPT_MAX_TIME, &max_time_ms);
    s->max_time_ms = max_time_ms;
    number(a, FV_OPT_RETRIES, 1000000, &retries);
    s->retries = (uint32_t)retries;
    number(a, FV_OPT_PIPELINE, FV_CAP_PIPELINE, &pipeline);
    if (pipeline == 0) {
        wrong(a, FV_OPT_PIPELINE);
    }
    s->pipeline = (uint32_t)pipeline;
    number(a, FV_OPT_JOBS, FV_CAP_JOBS, &jobs);
    if (jobs == 0) {
        wrong(a, FV_OPT_JOBS);
    }
    s->jobs = (uint32_t)jobs;
    size(a, FV_OPT_SPEED_LIMIT, &s->speed_limit);
    seconds(a, FV_OPT_SPEED_TIME, &s->speed_time_ms);
    size(a, FV_OPT_LIMIT_RATE, &s->rate_limit);
}

bool fv_settings_apply(const struct fv_given *g, int64_t wall_us, struct fv_settings *s,
                       struct fv_out *err)
{
    struct applying a = {g, err, wall_us, false};
    apply_network(&a, s);
    size(&a, FV_OPT_MIN_FREE, &s->min_free);
    when(&a, FV_OPT_SINCE, &s->since_us);
    when(&a, FV_OPT_UNTIL, &s->until_us);
    number(&a, FV_OPT_LATEST, UINT64_MAX, &s->latest);
    number(&a, FV_OPT_MAX_DELETE, UINT64_MAX, &s->max_delete);
    s->limit_deletes = given(&a, FV_OPT_MAX_DELETE);
    s->dry_run = fv_given_flag(g, FV_OPT_DRY_RUN);
    s->prune = fv_given_flag(g, FV_OPT_PRUNE);
    s->once = fv_given_flag(g, FV_OPT_ONCE);
    s->checksum = fv_given_flag(g, FV_OPT_CHECKSUM);
    s->adopt = fv_given_flag(g, FV_OPT_ADOPT);
    s->local_paths = fv_given_flag(g, FV_OPT_JSON);
    for (size_t i = 0; i < g->patterns; i++) {
        s->patterns[i].glob = g->pattern[i];
        s->patterns[i].include = g->pattern_include[i];
    }
    s->pattern_count = g->patterns;
    return !a.failed;
}

/* --- Proxy --- */

static const char *first_of(const char *a, const char *b)
{
    const char *value = getenv(a);
    return value != NULL && value[0] != '\0' ? value : getenv(b);
}

/* NO_PROXY: names that a host is or ends in, separated by commas; "*" excepts all. */
static bool excepted(struct fv_slice host)
{
    struct fv_slice rest = fv_slice_of(first_of("NO_PROXY", "no_proxy"));
    bool more = rest.len > 0;
    while (more) {
        struct fv_slice name;
        more = fv_slice_cut(rest, ',', &name, &rest);
        name = fv_slice_trim(name);
        if (name.len > 0 && name.ptr[0] == '.') {
            name = fv_slice_from(name, 1);
        }
        if (fv_slice_eq(name, FV_SLICE("*"))) {
            return true;
        }
        if (name.len > 0 && host.len >= name.len) {
            struct fv_slice end = fv_slice_from(host, host.len - name.len);
            bool at_label = end.len == host.len || host.ptr[host.len - end.len - 1] == '.';
            if (at_label && fv_slice_eq_nocase(end, name)) {
                return true;
            }
        }
    }
    return false;
}

/* Set the proxy's URL; the user information that HTTPS_PROXY may hold goes apart, to secret (NULL: it may hold none). */
static bool take_proxy(struct fv_settings *s, struct fv_slice text, struct fv_secret *secret,
                       struct fv_out *err)
{
    static char url[FV_CAP_URL + 1];
    struct fv_writer w;
    const struct fv_slice scheme = FV_SLICE("http://");
    if (fv_slice_starts_nocase(text, scheme)) {
        text = fv_slice_from(text, scheme.len);
    }
    bool other = fv_slice_starts(fv_slice_from(text, fv_slice_find(text, ':')), FV_SLICE("://"));
    text = fv_slice_head(text, fv_slice_find(text, '/'));
    size_t at = fv_slice_find_last(text, '@');
    if (at < text.len) {
        if (secret == NULL) {
            fv_message_usage(err, "a proxy's password goes into HTTPS_PROXY or a settings file",
                             FV_SLICE_NONE);
            return false;
        }
        if (!fv_secret_take_proxy(secret, fv_slice_head(text, at))) {
            fv_message_usage(err, "the proxy's user or password is too long or badly encoded",
                             FV_SLICE_NONE);
            return false;
        }
        s->proxy_user = fv_slice_of(secret->proxy_user);
        s->proxy_password = fv_slice_of(secret->proxy_password);
        text = fv_slice_from(text, at + 1);
    }
    fv_writer_init(&w, url, sizeof url);
    fv_writer_slice(&w, scheme);
    fv_writer_slice(&w, text);
    struct fv_url parsed;
    if (other || fv_writer_check(&w) != FV_OK ||
        fv_url_parse(fv_writer_done(&w), &parsed) != FV_OK) {
        fv_message_usage(err, "a proxy is http://HOST:PORT, not", text);
        return false;
    }
    s->proxy = fv_writer_done(&w);
    return true;
}

bool fv_settings_proxy(const struct fv_given *g, struct fv_settings *s, struct fv_secret *secret,
                       struct fv_out *err)
{
    struct fv_slice option = g->value[FV_OPT_PROXY];
    struct fv_slice text = option;
    struct fv_url endpoint;
    if (text.ptr == NULL) {
        text = fv_slice_of(first_of("HTTPS_PROXY", "https_proxy"));
    }
    if (text.len == 0 ||
        (fv_url_parse(s->endpoint, &endpoint) == FV_OK && excepted(endpoint.host))) {
        return true;
    }
    return take_proxy(s, text, g->proxy_on_command_line ? NULL : secret, err);
}
