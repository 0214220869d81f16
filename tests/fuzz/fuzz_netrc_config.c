/* SPDX-License-Identifier: MIT */
/* Lines of ~/.netrc and of settings files, each a heap block of its size. A value of a settings
 * line, quoted anew, reads the same. */
#include "parse/config.h"
#include "parse/netrc.h"

#include "fuzz/check.h"

/* Write name = "value" with its escapes; returns its length. */
static size_t quote(char *out, struct fv_slice name, struct fv_slice value)
{
    size_t n = name.len;
    memcpy(out, name.ptr, n);
    out[n++] = '=';
    out[n++] = '"';
    for (size_t i = 0; i < value.len; i++) {
        if (value.ptr[i] == '"' || value.ptr[i] == '\\') {
            out[n++] = '\\';
        }
        out[n++] = value.ptr[i];
    }
    out[n++] = '"';
    return n;
}

static void config_line(const char *line, size_t len)
{
    char *copy = exact_copy(line, len);
    struct fv_slice name;
    struct fv_slice value;
    enum fv_err err = fv_config_line(copy, len, &name, &value);
    CHECK(err == FV_OK || err == FV_NOTHING || err == FV_E_USAGE);
    if (err == FV_OK) {
        struct fv_slice all = {copy, len};
        struct fv_slice name2;
        struct fv_slice value2;
        CHECK(name.len > 0 && inside(name, all) && (value.len == 0 || inside(value, all)));
        char *anew = malloc(2 * len + 4);
        CHECK(anew != NULL);
        size_t n = quote(anew, name, value);
        CHECK(fv_config_line(anew, n, &name2, &value2) == FV_OK);
        CHECK(fv_slice_eq(name, name2) && fv_slice_eq(value, value2));
        free(anew);
    }
    free(copy);
}

static void check_netrc(const struct fv_netrc *n, enum fv_err err, struct fv_slice user)
{
    CHECK(err == FV_OK || err == FV_E_USAGE || err == FV_E_CAPACITY);
    CHECK(n->line > 0);
    if (err == FV_OK && n->found) {
        CHECK(n->has_login || n->has_password);
        CHECK(memchr(n->login, '\0', sizeof n->login) != NULL);
        CHECK(memchr(n->password, '\0', sizeof n->password) != NULL);
        CHECK(!n->has_login || user.len == 0 || fv_slice_eq(fv_slice_of(n->login), user));
    }
}

static enum fv_err read_netrc(struct fv_netrc *n, struct fv_slice text, struct fv_slice user,
                              size_t piece)
{
    enum fv_err err = FV_MORE;
    fv_netrc_init(n, FV_SLICE("portal.example"), user, true);
    while (text.len > 0 && err == FV_MORE) {
        struct fv_slice part = fv_slice_head(text, piece);
        char *copy = exact_copy(part.ptr, part.len);
        err = fv_netrc_push(n, copy, part.len);
        free(copy);
        text = fv_slice_from(text, part.len);
    }
    CHECK(err != FV_OK || n->found);
    return err == FV_MORE ? fv_netrc_finish(n) : err;
}

/* Cut anywhere, it means the same. */
static void netrc(struct fv_slice text, struct fv_slice user)
{
    static struct fv_netrc whole;
    static struct fv_netrc pieces;
    enum fv_err err = read_netrc(&whole, text, user, text.len + 1);
    check_netrc(&whole, err, user);
    CHECK(read_netrc(&pieces, text, user, 1 + text.len % 5) == err);
    CHECK(whole.found == pieces.found && whole.line == pieces.line);
    CHECK(strcmp(whole.login, pieces.login) == 0 && strcmp(whole.password, pieces.password) == 0);
    fv_netrc_reset(&whole);
    fv_netrc_reset(&pieces);
    CHECK(!whole.found && whole.login[0] == '\0' && whole.password[0] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fv_slice text = {(const char *)data, size};
    struct fv_slice rest = text;
    struct fv_slice line;
    bool more = true;
    netrc(text, FV_SLICE_NONE);
    netrc(text, FV_SLICE("ada"));
    while (more) {
        more = fv_slice_cut(rest, '\n', &line, &rest);
        config_line(line.ptr, line.len);
    }
    return 0;
}
