/*
 * User and password: where they come from, and that they stay out of sight.
 *
 * The first of these has the password: --password-file, FLUXVISION_PASSWORD, FLUXVISION_PASSWORD_FILE, `password` or
 * `password-file` of the settings file, $CREDENTIALS_DIRECTORY/fluxvision.password, ~/.netrc, a question on the terminal.
 * Empty ones, longer ones than FV_CAP_SECRET bytes and ones with control characters are refused, wherever they come from.
 */
#ifndef FV_CLI_SECRET_H
#define FV_CLI_SECRET_H

#include "base/cap.h"
#include "cli/options.h"
#include "cli/out.h"
#include "parse/url.h"

struct fv_secret {
    const char *user_from, *password_from; /* constant texts; NULL: not known yet, or --user's */
    bool has_user, has_password;
    bool typed_user, typed_password; /* on the terminal */
    uint16_t typed_port;
    char typed_for[FV_CAP_HOST + 1]; /* host; a password is for user as well */
    char user[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    char proxy_user[FV_CAP_SECRET + 1]; /* empty: none */
    char proxy_password[FV_CAP_SECRET + 1];
};

/* Keep secrets out of core files and other processes' reach; call first of all. */
void fv_secret_protect(void);

/* Take FLUXVISION_PASSWORD out of the environment, so that neither /proc nor a hook has it; and keep it, if wanted. Returns
 * NULL, or what is wrong with it. */
const char *fv_secret_environment(struct fv_secret *s, bool wanted);
/* Take a password. Returns NULL, or what is wrong with it. */
const char *fv_secret_take(struct fv_secret *s, struct fv_slice password);

/* Take over what was typed in, and for whom. */
void fv_secret_keep(struct fv_secret *s, const struct fv_secret *from);
/* Forget what was typed in. */
void fv_secret_untype(struct fv_secret *s);

/* Take a proxy's "USER[:PASSWORD]", percent-encoded as in a URL. False: too long, or not so encoded. */
bool fv_secret_take_proxy(struct fv_secret *s, struct fv_slice info);

/* Find what is missing, for that endpoint; what was typed in for another one, or for another user, is forgotten. until_us: how long pipes and the terminal are waited for. FV_OK; after saying on err
 * what is wrong: FV_E_USAGE, FV_E_TIMEOUT; FV_E_CANCELLED. */
enum fv_err fv_secret_complete(struct fv_secret *s, const struct fv_given *g,
                               const struct fv_url *endpoint, int64_t until_us,
                               struct fv_out *err) FV_MUSTUSE;

/* Wipe. */
void fv_secret_reset(struct fv_secret *s);

#endif
