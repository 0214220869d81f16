/* SPDX-License-Identifier: MIT */
/*
 * User and password: their sources, and how they are kept secret.
 *
 * The password comes from the first of these that exists: --password-file, FLUXVISION_PASSWORD,
 * FLUXVISION_PASSWORD_FILE, `password` or `password-file` in the settings file,
 * $CREDENTIALS_DIRECTORY/fluxvision.password, ~/.netrc, a prompt on the terminal. From every
 * source, a password that is empty, longer than FV_CAP_SECRET bytes, or holds control characters is
 * refused.
 */
#ifndef FV_CLI_SECRET_H
#define FV_CLI_SECRET_H

#include "base/cap.h"
#include "cli/options.h"
#include "cli/out.h"
#include "parse/url.h"

struct fv_secret {
    /* names of their sources, constant; NULL: not known yet, or --user */
    const char *user_from, *password_from;
    bool has_user, has_password;
    bool typed_user, typed_password; /* typed on the terminal */
    uint16_t typed_port;
    /* the host they were typed for; a password was also typed for that user */
    char typed_for[FV_CAP_HOST + 1];
    char user[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    char proxy_user[FV_CAP_SECRET + 1]; /* empty: none */
    char proxy_password[FV_CAP_SECRET + 1];
};

/* Keep secrets out of core files and out of reach of other processes. Call this before anything
 * else. */
void fv_secret_protect(void);

/* Remove FLUXVISION_PASSWORD from the environment, so that neither /proc nor a hook has it. If
 * wanted, keep it as the password. Return NULL, or the reason why it is refused. */
const char *fv_secret_environment(struct fv_secret *s, bool wanted);
/* Take a password. Return NULL, or the reason why it is refused. */
const char *fv_secret_take(struct fv_secret *s, struct fv_slice password);

/* Copy what the user typed, and for which host and user. */
void fv_secret_keep(struct fv_secret *s, const struct fv_secret *from);
/* Forget what the user typed. */
void fv_secret_untype(struct fv_secret *s);

/* Take a proxy's "USER[:PASSWORD]", percent-encoded as in a URL. Return false if it is too long or
 * not encoded correctly. */
bool fv_secret_take_proxy(struct fv_secret *s, struct fv_slice info);

/* Get the user and password that are still missing, for that endpoint. What was typed for another
 * endpoint or another user is forgotten. until_us limits the time for pipes and the terminal.
 * FV_OK; FV_E_USAGE, FV_E_TIMEOUT: the reason was printed on err; FV_E_CANCELLED. */
enum fv_err fv_secret_complete(struct fv_secret *s, const struct fv_given *g,
                               const struct fv_url *endpoint, int64_t until_us,
                               struct fv_out *err) FV_MUSTUSE;

/* Wipe all secrets. */
void fv_secret_reset(struct fv_secret *s);

#endif
