#include "net/exchange_open.h"

#include <string.h>

/* Whose TLS session for the same host may be resumed; NULL: nobody's. */
static const struct fv_tls *keeper(const struct fv_exchange *x)
{
    for (size_t i = 0; FV_CAP_SESSIONS > 0 && i < 2; i++) {
        const struct fv_exchange *k = x->keepers[i];
        if (k != NULL && strcmp(k->host, x->host) == 0) {
            return &k->conn.tls;
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
    x->closing = false;
    fv_pipeline_connected(&x->pipeline);
    x->any_byte = x->cut_short = false;
    fv_tls_share(&x->conn.tls, keeper(x));
    return fv_conn_open(&x->conn, &x->origin, x->host, &x->head);
}
