/* SPDX-License-Identifier: MIT */
#include "net/exchange_open.h"

#include "base/wipe.h"
#include "parse/origin.h"

#include <string.h>

void fv_exchange_share(struct fv_exchange *x, const struct fv_exchange *first,
                       const struct fv_exchange *second)
{
    x->keepers[0] = first;
    x->keepers[1] = second;
}

bool fv_exchange_beside(const struct fv_exchange *x, const struct fv_exchange *other)
{
    return x->host[0] != 0 && other->host[0] != 0 && fv_origin_same(&x->origin, &other->origin);
}

/* Return the exchange whose TLS session may be resumed, because it is, or was, connected to the
 * same host. NULL: none. */
static const struct fv_exchange *keeper(const struct fv_exchange *x)
{
    for (size_t i = 0; (FV_CAP_SESSIONS > 0 || FV_CAP_JOBS > 1) && i < 2; i++) {
        const struct fv_exchange *k = x->keepers[i];
        if (k != NULL && strcmp(k->host, x->host) == 0) {
            return k;
        }
    }
    return NULL;
}

enum fv_err fv_exchange_open(struct fv_exchange *x, const struct fv_url *url, bool same)
{
    if (!same) {
        struct fv_writer w;
        fv_conn_forget(&x->conn);
        fv_pipeline_init(&x->pipeline);
        fv_writer_init(&w, x->host, sizeof(x->host));
        fv_writer_slice(&w, url->host);
        x->origin = (struct fv_url){.https = url->https, .port = url->port, .ipv6 = url->ipv6};
        x->origin.host = fv_writer_done(&w);
        enum fv_err err = fv_writer_check(&w);
        if (err != FV_OK) {
            x->host[0] = 0;
            return err;
        }
    }
    if (!fv_exchange_opening(x)) {
        x->closing = x->deaf = false;
        x->unsent = 0;
        fv_pipeline_connected(&x->pipeline);
        x->any_byte = x->cut_short = false;
        const struct fv_exchange *k = keeper(x);
        bool there = k != NULL && !x->lost && fv_origin_same(&k->origin, &x->origin);
        fv_tls_share(&x->conn.tls, k != NULL ? &k->conn.tls : NULL);
        fv_conn_follow(&x->conn, there ? &k->conn : NULL);
    }
    return fv_conn_open(&x->conn, &x->origin, x->host);
}

void fv_exchange_open_on(struct fv_exchange *x)
{
    x->unreached = fv_conn_open(&x->conn, &x->origin, x->host) < FV_OK;
}

void fv_exchange_close(struct fv_exchange *x)
{
    fv_conn_end(&x->conn);
    fv_wipe(x->buffer, FV_CAP_REQUEST);
    x->pending = 0;
}
