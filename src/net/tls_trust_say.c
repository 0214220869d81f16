/* SPDX-License-Identifier: MIT */
#include "net/tls_trust_say.h"

#include "net/tls_tell.h"

void fv_tls_trust_say(const struct fv_tls_bundle *b, uint64_t bad, struct fv_tls_reason *r)
{
    struct fv_writer w;
    const char *text = b->wide ? " is UTF-16, not PEM" : " has no certificate, in PEM or DER";
    fv_writer_init(&w, r->text, sizeof(r->text));
    fv_tls_tell_place(&w, b->source->name, b->err == FV_OK ? bad : 0);
    if (b->err != FV_OK) {
        text = " can't be read";
    } else if (b->offset == 0) {
        text = " is empty";
    } else if (bad > 0) {
        text = FV_TLS_TRUST_DAMAGED;
    } else if (b->label[0] != 0) {
        fv_writer_text(&w, " has ");
        fv_writer_text(&w, b->label);
        text = " and no CERTIFICATE";
    }
    fv_writer_text(&w, text);
}
