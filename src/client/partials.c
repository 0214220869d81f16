/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/writer.h"
#include "fluxvision.h"
#include "store/partial.h"

#include <string.h>

#define KEY 16 /* digits in the name of a partial file */

/* All names are read first, because no other function of the port may be called during list_dir. */
struct names {
    size_t count;
    uint64_t more;
    char keys[FV_PARTIALS][KEY];
};

static enum fv_err take(void *arg, const char *name)
{
    struct names *n = arg;
    struct fv_slice text = fv_slice_of(name);
    uint64_t number = 0;
    if (!fv_slice_eq(fv_slice_from(text, KEY), FV_SLICE(".part")) ||
        !fv_num_hex(fv_slice_head(text, KEY), UINT64_MAX, &number)) {
        return FV_OK;
    }
    if (n->count < FV_PARTIALS) {
        memcpy(n->keys[n->count++], name, KEY);
    } else {
        n->more++;
    }
    return FV_OK;
}

/* Fill in *out. Return false if the file is gone. */
static bool look(struct fv_store *store, const char *key, char path[FV_CAP_PATH + 1],
                 struct fv_partial_file *out)
{
    char name[FV_PARTIAL_NAME];
    struct fv_writer w;
    struct fv_port_stat st;
    struct fv_state state;
    size_t len = 0;
    fv_writer_init(&w, name, sizeof name);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_slice(&w, (struct fv_slice){key, KEY});
    size_t stem = w.len;
    fv_writer_text(&w, ".part");
    if (store->io->stat(store->io->ctx, name, &st) != FV_OK || st.kind != FV_PORT_FILE) {
        return false;
    }
    *out = (struct fv_partial_file){.bytes = st.size, .size = UINT64_MAX};
    memcpy(name + stem, ".state", sizeof ".state");
    if (fv_state_read(store, name, UINT32_MAX, &state) == FV_OK &&
        fv_state_path(store, name, path, &len) == FV_OK) {
        out->path = (struct fv_slice){path, len};
        out->size = state.total;
        out->bytes = state.durable < st.size ? state.durable : st.size;
    }
    return true;
}

enum fv_err fv_partials(const struct fv_port_storage *io,
                        void (*visit)(void *ctx, const struct fv_partial_file *file), void *ctx,
                        uint64_t *more)
{
    struct names n = {.count = 0};
    struct fv_store store = {.io = io};
    struct fv_partial_file file;
    char path[FV_CAP_PATH + 1];
    enum fv_err err = io->list_dir(io->ctx, FV_STORE_DIR, take, &n);
    if (err != FV_OK) {
        return err;
    }
    for (size_t i = 0; i < n.count; i++) {
        if (look(&store, n.keys[i], path, &file)) {
            visit(ctx, &file);
        }
    }
    *more = n.more;
    return FV_OK;
}
