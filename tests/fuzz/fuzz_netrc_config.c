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
    CHECK(err == FV_OK || err == FV_MORE || err == FV_E_USAGE);
    if (err == FV_OK) {
        struct fv_slice all = {copy, len};
        struct fv_slice name2;
        struct fv_slice value2;
        CHECK(name.len > 0 && inside(name, all) && inside(value, all));
        char *anew = malloc(2 * len + 4);
        CHECK(anew != NULL);
        size_t n = quote(anew, name, value);
        CHECK(fv_config_line(anew, n, &name2, &value2) == FV_OK);
        CHECK(fv_slice_eq(name, name2) && fv_slice_eq(value, value2));
        free(anew);
    }
    free(copy);
}

/* Read line after line as a front end does. */
static void netrc(struct fv_slice text, struct fv_slice user)
{
    struct fv_netrc n;
    enum fv_err err = FV_MORE;
    struct fv_slice line;
    bool more = true;
    fv_netrc_init(&n, FV_SLICE("portal.example"), user);
    while (more && err == FV_MORE) {
        more = fv_slice_cut(text, '\n', &line, &text);
        char *copy = exact_copy(line.ptr, line.len);
        err = fv_netrc_line(&n, (struct fv_slice){copy, line.len});
        free(copy);
    }
    CHECK(err == FV_MORE || err == FV_OK || err == FV_E_USAGE || err == FV_E_CAPACITY);
    CHECK(err != FV_OK || n.found);
    if (err >= FV_OK) {
        CHECK(fv_netrc_finish(&n) == FV_OK);
        CHECK(!n.found || n.has_login || n.has_password);
        CHECK(memchr(n.login, '\0', sizeof n.login) != NULL);
        CHECK(memchr(n.password, '\0', sizeof n.password) != NULL);
        CHECK(!n.found || !n.has_login || user.len == 0 || fv_slice_eq(fv_slice_of(n.login), user));
    }
    fv_netrc_reset(&n);
    CHECK(!n.found && n.login[0] == '\0' && n.password[0] == '\0');
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
