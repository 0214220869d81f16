/* SPDX-License-Identifier: MIT */
#include "parse/netrc.h"

#include <string.h>

#include "base/check.h"
#include "base/wipe.h"

/* What the next token is. */
enum expect {
    EXPECT_KEYWORD,
    EXPECT_MACHINE,
    EXPECT_LOGIN,
    EXPECT_PASSWORD,
    EXPECT_ACCOUNT,
    EXPECT_MACRO,
    EXPECT_DEFAULT /* no value: the keyword is the whole item */
};

/* What the next byte is part of. */
enum state { BETWEEN, WORD, QUOTED, ESCAPE, COMMENT, MACRO };

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
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

static void forget_entry(struct fv_netrc *n)
{
    fv_wipe(n->login, sizeof(n->login));
    fv_wipe(n->password, sizeof(n->password));
    n->has_login = false;
    n->has_password = false;
    n->active = false;
}

/* An entry ends where the next one begins, since login and password may come in any order. */
static void end_entry(struct fv_netrc *n)
{
    n->found = n->active && (n->wants_password ? n->has_password : n->has_login);
    if (n->found) {
        n->line = n->value_line;
        return;
    }
    if (n->has_login && !n->has_other) {
        memcpy(n->other_login, n->login, sizeof(n->login));
        n->has_other = true;
    }
    forget_entry(n);
}

static void add(struct fv_netrc *n, char c)
{
    n->token_nul = n->token_nul || c == '\0';
    if (n->token_len < sizeof(n->token)) {
        n->token[n->token_len] = c;
        n->token_len++;
    }
}

static bool too_long(const struct fv_netrc *n)
{
    return n->token_len > FV_CAP_SECRET;
}

static struct fv_slice token(const struct fv_netrc *n)
{
    return (struct fv_slice){n->token, n->token_len};
}

static void take_keyword(struct fv_netrc *n)
{
    static const struct {
        const char *word;
        uint8_t expect;
    } words[] = {
        {"machine", EXPECT_MACHINE},   {"default", EXPECT_DEFAULT}, {"login", EXPECT_LOGIN},
        {"password", EXPECT_PASSWORD}, {"account", EXPECT_ACCOUNT}, {"macdef", EXPECT_MACRO},
    };
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (fv_slice_eq_nocase(token(n), fv_slice_of(words[i].word))) {
            n->expect = words[i].expect;
            n->keyword_line = n->line;
        }
    }
    if (n->expect == EXPECT_MACHINE || n->expect == EXPECT_DEFAULT) {
        end_entry(n);
    }
    if (n->expect == EXPECT_DEFAULT) {
        n->expect = EXPECT_KEYWORD;
        n->active = true;
    }
}

static enum fv_err take_value(struct fv_netrc *n, char out[FV_CAP_SECRET + 1], bool *has)
{
    if (n->token_nul) {
        return FV_E_USAGE;
    }
    if (too_long(n)) {
        return FV_E_CAPACITY;
    }
    memcpy(out, n->token, n->token_len);
    out[n->token_len] = '\0';
    *has = true;
    n->value_line = n->line;
    return FV_OK;
}

static enum fv_err take_login(struct fv_netrc *n)
{
    if (n->user.len > 0 && !fv_slice_eq(token(n), n->user)) {
        forget_entry(n);
        return FV_OK;
    }
    return take_value(n, n->login, &n->has_login);
}

/* Return whether the token begins the next item instead of being a value: a keyword, unquoted, on a
 * later line. */
static bool begins_next(const struct fv_netrc *n)
{
    struct fv_slice word = token(n);
    return n->state == WORD && n->line > n->keyword_line &&
           (fv_slice_eq_nocase(word, FV_SLICE("machine")) ||
            fv_slice_eq_nocase(word, FV_SLICE("default")) ||
            fv_slice_eq_nocase(word, FV_SLICE("macdef")));
}

/* The token is complete: use it as what was expected. */
static enum fv_err end_token(struct fv_netrc *n)
{
    enum fv_err err = FV_OK;
    uint8_t expect = n->expect;
    if (expect != EXPECT_KEYWORD && expect != EXPECT_MACRO && begins_next(n)) {
        if (n->active && expect != EXPECT_ACCOUNT) {
            n->line = n->keyword_line;
            return FV_E_USAGE;
        }
        expect = EXPECT_KEYWORD;
    }
    n->state = expect == EXPECT_MACRO ? MACRO : BETWEEN;
    n->blank_line = false;
    n->expect = EXPECT_KEYWORD;
    if (expect == EXPECT_KEYWORD) {
        take_keyword(n);
    } else if (expect == EXPECT_MACHINE) {
        n->active = fv_slice_eq_nocase(token(n), n->host);
    } else if (expect == EXPECT_LOGIN && n->active) {
        err = take_login(n);
    } else if (expect == EXPECT_PASSWORD && n->active) {
        err = take_value(n, n->password, &n->has_password);
    }
    n->token_len = 0;
    n->token_nul = false;
    n->found = n->found || (n->active && n->has_login && (n->has_password || !n->wants_password));
    return err;
}

/* A quote ends with its line. An open quote is an error in an entry of this host, and is ignored in
 * the entry of another host. */
static enum fv_err open_quote(struct fv_netrc *n)
{
    return n->active ? FV_E_USAGE : end_token(n);
}

static enum fv_err begin_token(struct fv_netrc *n, char c)
{
    /* On the line of its keyword, "#" is part of a value: a password may begin with it. Otherwise
     * the first word of the next line would be used as the password. */
    if ((n->expect == EXPECT_KEYWORD || n->line > n->keyword_line) && c == '#') {
        n->state = COMMENT;
    } else if (c == '"') {
        n->state = QUOTED;
    } else if (!is_blank(c)) {
        n->state = WORD;
        add(n, c);
    }
    return FV_OK;
}

static enum fv_err quoted(struct fv_netrc *n, char c)
{
    if (c == '\n') {
        return open_quote(n);
    }
    if (n->state == ESCAPE) {
        n->state = QUOTED;
        add(n, unescape(c));
        return FV_OK;
    }
    if (c == '"') {
        return end_token(n);
    }
    if (c == '\\') {
        n->state = ESCAPE;
    } else {
        add(n, c);
    }
    return FV_OK;
}

static enum fv_err step(struct fv_netrc *n, char c)
{
    switch (n->state) {
    case BETWEEN:
        return begin_token(n, c);
    case QUOTED:
    case ESCAPE:
        return quoted(n, c);
    case WORD:
        if (is_blank(c)) {
            return end_token(n);
        }
        add(n, c);
        return FV_OK;
    case COMMENT:
        n->state = c == '\n' ? BETWEEN : COMMENT;
        return FV_OK;
    default: /* MACRO */
        n->state = c == '\n' && n->blank_line ? BETWEEN : MACRO;
        n->blank_line = n->blank_line && is_blank(c);
        return FV_OK;
    }
}

/* Skip a byte order mark at the start. Return whether c is part of it. */
static bool skip_mark(struct fv_netrc *n, char c)
{
    static const char mark[3] = {'\xEF', '\xBB', '\xBF'};
    if (n->mark < sizeof(mark) && c == mark[n->mark]) {
        n->mark++;
        return true;
    }
    n->mark = sizeof(mark);
    return false;
}

bool fv_netrc_holds(const struct fv_netrc *n)
{
    return n->state <= MACRO && n->expect < EXPECT_DEFAULT && n->mark <= 3 &&
           n->token_len <= sizeof n->token &&
           (!n->has_login || memchr(n->login, '\0', sizeof n->login) != NULL) &&
           (!n->has_password || memchr(n->password, '\0', sizeof n->password) != NULL) &&
           (!n->has_other || memchr(n->other_login, '\0', sizeof n->other_login) != NULL);
}

void fv_netrc_init(struct fv_netrc *n, struct fv_slice host, struct fv_slice user,
                   bool wants_password)
{
    *n = (struct fv_netrc){
        .host = host,
        .user = user,
        .wants_password = wants_password,
        .line = 1,
    };
}

enum fv_err fv_netrc_push(struct fv_netrc *n, const char *text, size_t len)
{
    for (size_t i = 0; i < len && !n->found; i++) {
        if (skip_mark(n, text[i])) {
            continue;
        }
        enum fv_err err = step(n, text[i]);
        if (err != FV_OK) {
            return err;
        }
        if (text[i] == '\n' && !n->found) {
            n->line++;
            n->blank_line = true;
        }
    }
    FV_CHECK(fv_netrc_holds(n));
    return n->found ? FV_OK : FV_MORE;
}

enum fv_err fv_netrc_finish(struct fv_netrc *n)
{
    enum fv_err err = FV_OK;
    if (n->state == QUOTED || n->state == ESCAPE) {
        err = open_quote(n);
    } else if (n->state == WORD) {
        err = end_token(n);
    }
    if (err == FV_OK && n->active && !n->found &&
        (n->expect == EXPECT_LOGIN || n->expect == EXPECT_PASSWORD)) {
        err = FV_E_USAGE;
    }
    if (err != FV_OK || n->found) {
        return err;
    }
    end_entry(n);
    if (!n->found && n->has_other) {
        memcpy(n->login, n->other_login, sizeof(n->login));
        n->has_login = true;
        n->found = true;
    }
    return FV_OK;
}

void fv_netrc_reset(struct fv_netrc *n)
{
    fv_wipe(n, sizeof(*n));
}
