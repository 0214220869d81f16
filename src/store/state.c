/* SPDX-License-Identifier: MIT */
#include "store/state.h"

#include "base/num.h"
#include "base/writer.h"

#include <string.h>

#define SLOT 512u
#define VALIDATOR_ROOM 129u /* whatever FV_CAP_VALIDATOR is: every board can read a state */
#define CONTENT_AT (64u + VALIDATOR_ROOM)
#define SLOT_USED (CONTENT_AT + FV_SHA256_SIZE)
#define PATH_AT (2 * SLOT)
#define PATH_HEAD 16u /* length, check */

static_assert(SLOT_USED <= SLOT, "a slot is one sector");
static_assert(FV_CAP_VALIDATOR < VALIDATOR_ROOM, "a validator and its NUL fit");

static const char magic[] = "FVS2"; /* four bytes are used */

void fv_state_names(struct fv_slice path, char part[FV_PARTIAL_NAME], char state[FV_PARTIAL_NAME])
{
    uint8_t digest[FV_SHA256_SIZE];
    struct fv_writer w;
    fv_sha256_of(path.ptr, path.len, digest);
    fv_writer_init(&w, part, FV_PARTIAL_NAME);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_hex(&w, digest, 8);
    fv_writer_text(&w, ".part");
    fv_writer_init(&w, state, FV_PARTIAL_NAME);
    fv_writer_text(&w, FV_STORE_DIR "/");
    fv_writer_hex(&w, digest, 8);
    fv_writer_text(&w, ".state");
}

/* Slot, little-endian: magic, u32 sequence, digest, u64 total, u64 durable, check of all but
 * itself, validator padded with NULs to VALIDATOR_ROOM, digest of the content. */
static uint64_t check_of(const uint8_t slot[SLOT_USED])
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];
    fv_sha256_init(&sha);
    fv_sha256_push(&sha, slot, 56);
    fv_sha256_push(&sha, slot + 64, SLOT_USED - 64);
    fv_sha256_finish(&sha, digest);
    return fv_num_get64(digest);
}

static bool decode(const uint8_t slot[SLOT_USED], struct fv_state *out)
{
    if (memcmp(slot, magic, 4) != 0 || fv_num_get64(slot + 56) != check_of(slot) ||
        slot[64 + FV_CAP_VALIDATOR] != '\0') { /* another board's, and too long for this one */
        return false;
    }
    out->sequence = fv_num_get32(slot + 4);
    memcpy(out->digest, slot + 8, sizeof out->digest);
    out->total = fv_num_get64(slot + 40);
    out->durable = fv_num_get64(slot + 48);
    memcpy(out->validator, slot + 64, sizeof out->validator);
    memcpy(out->content, slot + CONTENT_AT, sizeof out->content);
    return true;
}

static enum fv_err open_reading(struct fv_store *s, const char *name, int *file)
{
    struct fv_port_stat st;
    enum fv_err err = s->io->stat(s->io->ctx, name, &st);
    if (err == FV_OK && st.kind != FV_PORT_FILE) {
        err = FV_E_NOT_FOUND;
    }
    return err == FV_OK ? s->io->open(s->io->ctx, name, FV_PORT_OPEN_READ, file) : err;
}

enum fv_err fv_state_read(struct fv_store *s, const char *name, uint32_t before,
                          struct fv_state *out)
{
    uint8_t slot[SLOT_USED];
    struct fv_state state;
    int file = -1;
    bool any = false;
    enum fv_err err = open_reading(s, name, &file);
    if (err != FV_OK) {
        return err;
    }
    for (unsigned i = 0; i < 2 && err == FV_OK; i++) {
        size_t got = 0;
        err = s->io->read(s->io->ctx, file, i * SLOT, slot, sizeof slot, &got);
        if (err == FV_OK && got == sizeof slot && decode(slot, &state) && state.sequence < before &&
            (!any || state.sequence > out->sequence)) {
            *out = state;
            any = true;
        }
    }
    (void)s->io->close(s->io->ctx, file); /* only read */
    return err != FV_OK || any ? err : FV_E_CORRUPT;
}

/* Write two empty slots, and the path after them: u64 length, check, bytes. */
static enum fv_err write_path(struct fv_store *s, int file, struct fv_slice path)
{
    uint8_t head[PATH_HEAD];
    uint8_t empty[SLOT] = {0};
    fv_num_put64(head, path.len);
    fv_num_put64(head + 8, fv_sha256_key(path.ptr, path.len));
    enum fv_err err = s->io->write(s->io->ctx, file, 0, empty, sizeof empty);
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, SLOT, empty, sizeof empty);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, PATH_AT, head, sizeof head);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, PATH_AT + PATH_HEAD, path.ptr, path.len);
    }
    return err;
}

enum fv_err fv_state_write(struct fv_store *s, const char *name, const struct fv_state *state,
                           struct fv_slice path, bool anew)
{
    uint8_t slot[SLOT_USED] = {0};
    int file = -1;
    memcpy(slot, magic, 4);
    fv_num_put32(slot + 4, state->sequence);
    memcpy(slot + 8, state->digest, sizeof state->digest);
    fv_num_put64(slot + 40, state->total);
    fv_num_put64(slot + 48, state->durable);
    memcpy(slot + 64, state->validator, strlen(state->validator));
    memcpy(slot + CONTENT_AT, state->content, sizeof state->content);
    fv_num_put64(slot + 56, check_of(slot));
    enum fv_err err =
        s->io->open(s->io->ctx, name, anew ? FV_PORT_OPEN_CREATE : FV_PORT_OPEN_WRITE, &file);
    /* it has a second name, or belongs to another user */
    if (!anew && (err == FV_E_EXISTS || err == FV_E_DENIED)) {
        anew = true;
        err = s->io->open(s->io->ctx, name, FV_PORT_OPEN_CREATE, &file);
    }
    if (err != FV_OK) {
        return err;
    }
    if (anew) {
        err = write_path(s, file, path);
    }
    if (err == FV_OK) {
        err = s->io->write(s->io->ctx, file, state->sequence % 2 * SLOT, slot, sizeof slot);
    }
    if (err == FV_OK && !fv_store_syncs_all(s)) {
        err = s->io->sync(s->io->ctx, file);
    }
    enum fv_err closed = s->io->close(s->io->ctx, file);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_state_path(struct fv_store *s, const char *name, char path[FV_CAP_PATH + 1],
                          size_t *len)
{
    uint8_t head[PATH_HEAD];
    size_t got = 0;
    size_t n = 0;
    int file = -1;
    enum fv_err err = open_reading(s, name, &file);
    if (err != FV_OK) {
        return err;
    }
    err = s->io->read(s->io->ctx, file, PATH_AT, head, sizeof head, &got);
    if (err == FV_OK && (got < sizeof head || fv_num_get64(head) > FV_CAP_PATH)) {
        err = FV_E_CORRUPT;
    }
    if (err == FV_OK) {
        n = (size_t)fv_num_get64(head);
        err = s->io->read(s->io->ctx, file, PATH_AT + PATH_HEAD, path, n, &got);
    }
    if (err == FV_OK && (got < n || fv_sha256_key(path, n) != fv_num_get64(head + 8))) {
        err = FV_E_CORRUPT;
    }
    (void)s->io->close(s->io->ctx, file); /* only read */
    if (err == FV_OK) {
        path[n] = '\0';
        *len = n;
    }
    return err;
}

/* No sync is needed: if the state is there again after a power cut, its digest does not match
 * any content. */
enum fv_err fv_state_drop(struct fv_store *s, const char *state)
{
    enum fv_err err = s->io->remove(s->io->ctx, state);
    return err == FV_E_NOT_FOUND ? FV_OK : err;
}
