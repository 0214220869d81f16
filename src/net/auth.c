/* SPDX-License-Identifier: MIT */
#include "net/auth.h"

#include "base/wipe.h"
#include "base/writer.h"
#include "net/tls_base64.h"

static bool sendable(struct fv_slice s)
{
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (c < 0x20 || c == 0x7F) {
            return false;
        }
    }
    return true;
}

enum fv_err fv_auth_basic(struct fv_auth *auth, struct fv_slice user, struct fv_slice password)
{
    fv_auth_reset(auth);
    if (user.len > FV_CAP_SECRET || password.len > FV_CAP_SECRET) {
        return FV_E_CAPACITY;
    }
    if (fv_slice_find(user, ':') != user.len || !sendable(user) || !sendable(password)) {
        return FV_E_USAGE;
    }
    char pair[2 * FV_CAP_SECRET + 2];
    struct fv_writer w;
    fv_writer_init(&w, pair, sizeof(pair));
    fv_writer_slice(&w, user);
    fv_writer_char(&w, ':');
    fv_writer_slice(&w, password);
    size_t n = w.len;
    fv_writer_init(&w, auth->text, sizeof(auth->text));
    fv_writer_text(&w, "Basic ");
    fv_tls_base64_put((const uint8_t *)pair, n, &w);
    fv_wipe(pair, sizeof(pair));
    auth->value = fv_writer_done(&w);
    return FV_OK;
}

void fv_auth_reset(struct fv_auth *auth)
{
    fv_wipe(auth, sizeof(*auth));
}
