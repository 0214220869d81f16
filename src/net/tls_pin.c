/* SPDX-License-Identifier: MIT */
#include "net/tls_pin.h"

#include "base/sha256.h"
#include "net/tls_base64.h"

#include <string.h>

const bool fv_tls_pin_linked = true;

enum fv_err fv_tls_pin_parse(struct fv_slice text, uint8_t pins[FV_CAP_PINS][32], size_t *count)
{
    static const struct fv_slice scheme = {"sha256//", 8};
    size_t found = 0;
    bool more = true;
    while (more) {
        struct fv_slice pin;
        more = fv_slice_cut(text, ';', &pin, &text);
        if (!fv_slice_starts(pin, scheme)) {
            return FV_E_USAGE;
        }
        if (found == FV_CAP_PINS) {
            return FV_E_CAPACITY;
        }
        size_t n = 0;
        enum fv_err err = fv_tls_base64_get(fv_slice_from(pin, scheme.len), pins[found], 32, &n);
        if (err != FV_OK || n != 32) {
            return FV_E_USAGE;
        }
        found++;
    }
    *count = found;
    return FV_OK;
}

bool fv_tls_pin_match(const uint8_t pins[FV_CAP_PINS][32], size_t count, struct fv_slice spki)
{
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_of(spki.ptr, spki.len, digest);
    for (size_t i = 0; i < count; i++) {
        if (memcmp(pins[i], digest, sizeof(digest)) == 0) {
            return true;
        }
    }
    return false;
}
