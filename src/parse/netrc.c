#include "parse/netrc.h"

#include <stdint.h>

/* What the next token is. */
enum expect {
    EXPECT_KEYWORD,
    EXPECT_MACHINE,
    EXPECT_LOGIN,
    EXPECT_PASSWORD,
    EXPECT_ACCOUNT,
    EXPECT_MACRO
};

/* A token as it stands in the line, without its quotes; read through next_char(). */
struct token {
    struct fv_slice raw;
    bool quoted;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static struct fv_slice skip_blanks(struct fv_slice s)
{
    while (s.len > 0 && is_blank(s.ptr[0])) {
        s = fv_slice_from(s, 1);
    }
    return s;
}

/* Cut the token off the start of *line, which is not empty and begins with no blank. False if its quotes are not closed, or
 * it holds a NUL, which would end the copy early. */
static bool take_token(struct fv_slice *line, struct token *token)
{
    size_t i = 0;
    token->quoted = line->ptr[0] == '"';
    if (token->quoted) {
        *line = fv_slice_from(*line, 1);
    }
    while (i < line->len && (token->quoted ? line->ptr[i] != '"' : !is_blank(line->ptr[i]))) {
        i += token->quoted && line->ptr[i] == '\\' ? 2 : 1;
    }
    if (token->quoted && i >= line->len) {
        return false;
    }
    token->raw = fv_slice_head(*line, i);
    *line = fv_slice_from(*line, token->quoted ? i + 1 : i);
    return fv_slice_find(token->raw, '\0') == token->raw.len;
}

static char unescape(char c)
{
    switch (c) {
    case 'n':
        return '\n';
    case 'r':
        return '\r';
    case 't':
        return '\t';
    default:
        return c;
    }
}

/* Take one character of the token's meaning from its start; the token is not empty. */
static char next_char(struct token *token)
{
    bool escaped = token->quoted && token->raw.ptr[0] == '\\';
    char c = escaped ? unescape(token->raw.ptr[1]) : token->raw.ptr[0];
    token->raw = fv_slice_from(token->raw, escaped ? 2 : 1);
    return c;
}

static bool token_is(struct token token, struct fv_slice text, bool nocase)
{
    for (size_t i = 0; i < text.len; i++) {
        if (token.raw.len == 0) {
            return false;
        }
        char c = next_char(&token);
        struct fv_slice one = {&c, 1}, other = {text.ptr + i, 1};
        if (nocase ? !fv_slice_eq_nocase(one, other) : !fv_slice_eq(one, other)) {
            return false;
        }
    }
    return token.raw.len == 0;
}

static enum fv_err copy_token(struct token token, char out[FV_CAP_SECRET + 1])
{
    size_t len = 0;
    while (token.raw.len > 0) {
        if (len == FV_CAP_SECRET) {
            return FV_E_CAPACITY;
        }
        out[len++] = next_char(&token);
    }
    out[len] = '\0';
    return FV_OK;
}

/* The compiler may not leave these stores out, although nothing reads them. */
static void wipe(void *p, size_t n)
{
    volatile uint8_t *bytes = p;
    for (size_t i = 0; i < n; i++) {
        bytes[i] = 0;
    }
}

static void forget_entry(struct fv_netrc *n)
{
    wipe(n->login, sizeof(n->login));
    wipe(n->password, sizeof(n->password));
    n->has_login = false;
    n->has_password = false;
    n->active = false;
}

/* An entry ends where the next one begins, since login and password may come in any order. One that names neither says
 * nothing. */
static FV_ONE_COPY void end_entry(struct fv_netrc *n)
{
    n->found = n->active && (n->has_login || n->has_password);
}

static enum fv_err take_keyword(struct fv_netrc *n, struct token token)
{
    static const struct {
        const char *word;
        uint8_t expect;
    } words[] = {
        {"machine", EXPECT_MACHINE},   {"default", EXPECT_KEYWORD}, {"login", EXPECT_LOGIN},
        {"password", EXPECT_PASSWORD}, {"account", EXPECT_ACCOUNT}, {"macdef", EXPECT_MACRO},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (!token_is(token, fv_slice_of(words[i].word), false)) {
            continue;
        }
        n->expect = words[i].expect;
        if (n->expect == EXPECT_MACHINE || n->expect == EXPECT_KEYWORD) {
            end_entry(n);
        }
        if (n->expect == EXPECT_KEYWORD && !n->found) {
            n->active = true;
        }
        return FV_OK;
    }
    return FV_E_USAGE;
}

static enum fv_err take_login(struct fv_netrc *n, struct token token)
{
    if (n->user.len > 0 && !token_is(token, n->user, false)) {
        forget_entry(n);
        return FV_OK;
    }
    n->has_login = true;
    return copy_token(token, n->login);
}

/* Give a token its meaning. FV_OK also when nothing follows from it. */
static enum fv_err take_meaning(struct fv_netrc *n, struct token token)
{
    uint8_t expect = n->expect;
    n->expect = EXPECT_KEYWORD;
    switch (expect) {
    case EXPECT_KEYWORD:
        return take_keyword(n, token);
    case EXPECT_MACHINE:
        n->active = token_is(token, n->host, true);
        return FV_OK;
    case EXPECT_LOGIN:
        return n->active ? take_login(n, token) : FV_OK;
    case EXPECT_PASSWORD:
        if (!n->active) {
            return FV_OK;
        }
        n->has_password = true;
        return copy_token(token, n->password);
    case EXPECT_MACRO:
        n->in_macro = true;
        return FV_OK;
    default:
        return FV_OK;
    }
}

void fv_netrc_init(struct fv_netrc *n, struct fv_slice host, struct fv_slice user)
{
    *n = (struct fv_netrc){.host = host, .user = user, .expect = EXPECT_KEYWORD};
}

enum fv_err fv_netrc_line(struct fv_netrc *n, struct fv_slice line)
{
    line = skip_blanks(line);
    if (line.len == 0) {
        n->in_macro = false;
    }
    while (!n->found && !n->in_macro && line.len > 0) {
        /* Only here: a password may begin with "#", and taking the next line's word for it would be worse. */
        if (n->expect == EXPECT_KEYWORD && line.ptr[0] == '#') {
            break;
        }
        struct token token;
        if (!take_token(&line, &token)) {
            return FV_E_USAGE;
        }
        enum fv_err err = take_meaning(n, token);
        if (err != FV_OK) {
            return err;
        }
        n->found = n->found || (n->has_login && n->has_password);
        line = skip_blanks(line);
    }
    return n->found ? FV_OK : FV_MORE;
}

enum fv_err fv_netrc_finish(struct fv_netrc *n)
{
    if (!n->found) {
        end_entry(n);
    }
    return FV_OK;
}

void fv_netrc_reset(struct fv_netrc *n)
{
    wipe(n, sizeof(*n));
}
