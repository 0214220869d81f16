/*
 * User and password: where they come from, and that they stay out of sight.
 */
#ifndef FV_CLI_SECRET_H
#define FV_CLI_SECRET_H

#include "base/cap.h"
#include "cli/options.h"
#include "cli/out.h"

struct fv_secret {
    char user[FV_CAP_SECRET + 1];
    char password[FV_CAP_SECRET + 1];
    bool has_user, has_password;
    bool typed;                         /* something was asked for on the terminal */
    char proxy_user[FV_CAP_SECRET + 1]; /* empty: none */
    char proxy_password[FV_CAP_SECRET + 1];
};

/* Keep secrets out of core files and other processes' reach; call first of all. */
void fv_secret_protect(void);

/* Take FLUXVISION_PASSWORD out of the environment, so that neither /proc nor a hook has it. False: too long. */
bool fv_secret_environment(struct fv_secret *s);
/* Take a password from a settings file, unless there is one already. False: too long. */
bool fv_secret_take(struct fv_secret *s, struct fv_slice password);

/* Take both; what is too long is not taken. */
void fv_secret_keep(struct fv_secret *s, struct fv_slice user, struct fv_slice password);

/* Take a proxy's "USER[:PASSWORD]", percent-encoded as in a URL. False: too long, or not so encoded. */
bool fv_secret_take_proxy(struct fv_secret *s, struct fv_slice info);

/* Find what is missing: --password-file, systemd's credentials, ~/.netrc for host, a prompt on the terminal. Returns false after
 * saying on err what is wrong. */
bool fv_secret_complete(struct fv_secret *s, const struct fv_given *g, struct fv_slice host,
                        struct fv_out *err);

/* Wipe. */
void fv_secret_reset(struct fv_secret *s);

#endif
