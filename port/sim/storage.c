/* SPDX-License-Identifier: MIT */
#include "base/num.h"
#include "base/sha256.h"
#include "port/sim/disk.h"

#include <stdlib.h>
#include <string.h>

#define FIRST_US INT64_C(315532800000000) /* 1980 */
#define LAST_US INT64_C(2147483647000000)

const struct fv_sim_model fv_sim_models[] = {
    [FV_SIM_POSIX] = {.step_us = 1,
                      .locks = true,
                      .by_sector = true,
                      .grows = true,
                      .syncs_all = true,
                      .measured = true},
    [FV_SIM_FAT] = {.step_us = 2000000,
                    .fat_names = true,
                    .by_sector = true,
                    .names_at_once = true,
                    .new_with_sync = true},
    [FV_SIM_LITTLEFS] = {.names_at_once = true, .close_syncs = true},
    [FV_SIM_VFAT] = {.step_us = 2000000,
                     .fat_names = true,
                     .locks = true,
                     .by_sector = true,
                     .grows = true,
                     .late_entry = true,
                     .measured = true},
};

/* --- Files --- */

static struct fv_sim_node *node_of(struct fv_sim *s, int file)
{
    /* the handle is not open: a bug in the program under test */
    if (file < 0 || file >= FV_SIM_FILES || !s->disk->handles[file].node)
        abort();
    return s->disk->handles[file].node;
}

static enum fv_err take_handle(struct fv_sim *s, struct fv_sim_handle handle, int *file)
{
    for (int i = 0; i < FV_SIM_FILES; i++) {
        if (!s->disk->handles[i].node) {
            s->disk->handles[i] = handle;
            *file = i;
            return FV_OK;
        }
    }
    return fv_sim_fail(s, FV_E_STORAGE);
}

int64_t fv_sim_rounded(const struct fv_sim *s, int64_t time)
{
    int64_t step = s->storage.time_step_us;
    int64_t over;

    if (step == 0 || time == INT64_MIN)
        return INT64_MIN;
    over = time % step;
    return time - (over < 0 ? over + step : over);
}

static void touch(struct fv_sim *s, struct fv_sim_node *node)
{
    node->now.time = fv_sim_rounded(s, fv_sim_wall(s));
}

static enum fv_err open_at(struct fv_sim *s, const char *path, enum fv_port_mode mode,
                           struct fv_sim_slot **slot)
{
    enum fv_err err = fv_sim_walk(s, path, false, slot);
    struct fv_sim_node *node;

    if (err != FV_OK)
        return err;
    node = (*slot)->now;
    if (node && node->kind != FV_SIM_FILE)
        return fv_sim_fail(s, FV_E_EXISTS);
    if (node && mode == FV_PORT_OPEN_NEW)
        return fv_sim_fail(s, FV_E_EXISTS);
    if (!node && mode == FV_PORT_OPEN_READ)
        return fv_sim_fail(s, FV_E_NOT_FOUND);
    if (mode != FV_PORT_OPEN_READ && s->readonly)
        return fv_sim_fail(s, FV_E_READONLY);
    if (!node) {
        node = fv_sim_node_new(s, FV_SIM_FILE);
        touch(s, node);
        fv_sim_name(s, *slot, node, false);
    } else if (mode == FV_PORT_OPEN_CREATE) {
        fv_sim_truncate_node(s, node, 0);
        touch(s, node);
    }
    return FV_OK;
}

static enum fv_err storage_open(void *ctx, const char *path, enum fv_port_mode mode, int *file)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_storage_op(s);

    if (err == FV_OK)
        err = open_at(s, path, mode, &slot);
    if (err != FV_OK)
        return err;
    return take_handle(s, (struct fv_sim_handle){slot->now, mode != FV_PORT_OPEN_READ, false},
                       file);
}

static enum fv_err storage_read(void *ctx, int file, uint64_t offset, void *p, size_t n,
                                size_t *got)
{
    struct fv_sim *s = ctx;
    const struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_storage_op(s);
    size_t left = offset < node->now.size ? node->now.size - (size_t)offset : 0;

    if (err != FV_OK)
        return err;
    *got = n < left ? n : left;
    if (*got)
        memcpy(p, node->now.bytes + offset, *got);
    return FV_OK;
}

/* Return the size up to which a file may grow; its present size and its reservation count as
 * available. */
static uint64_t limit_of(const struct fv_sim *s, const struct fv_sim_node *node)
{
    uint64_t others = s->disk->used - (node->named ? node->now.size : 0);

    for (const struct fv_sim_node *n = s->disk->nodes; n; n = n->next) {
        if (n != node && n->reserved > n->now.size)
            others += n->reserved - n->now.size;
    }
    return s->space > others ? s->space - others : 0;
}

static enum fv_err storage_write(void *ctx, int file, uint64_t offset, const void *p, size_t n)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_begin_change(s);
    uint64_t limit = limit_of(s, node);

    if (offset > node->now.size || !s->disk->handles[file].writable)
        return fv_sim_fail(s, FV_E_STORAGE);
    /* A write that fails may have written a part. */
    if (err == FV_OK && n > 0 && offset + n > limit && offset + n > node->now.size) {
        err = fv_sim_fail(s, FV_E_FULL);
        n = limit > offset ? (size_t)(limit - offset) : 0;
    } else if (err != FV_OK) {
        n = err == FV_E_READONLY || n == 0 ? 0 : (size_t)fv_sim_pick(s, n);
    }
    if (n == 0 || ((s->fault.stays || fv_sim_dark(s)) && err != FV_OK))
        return err;
    fv_sim_write_node(s, node, offset, p, n);
    touch(s, node);
    return err;
}

static enum fv_err storage_size(void *ctx, int file, uint64_t *size)
{
    const struct fv_sim_node *node = node_of(ctx, file);
    enum fv_err err = fv_sim_storage_op(ctx);

    if (err == FV_OK)
        *size = node->now.size;
    return err;
}

static enum fv_err storage_truncate(void *ctx, int file, uint64_t size)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_begin_change(s);

    if (err != FV_OK)
        return err;
    if (size > node->now.size && size > limit_of(s, node))
        return fv_sim_fail(s, FV_E_FULL);
    if (!s->disk->handles[file].writable)
        return fv_sim_fail(s, FV_E_STORAGE);
    fv_sim_truncate_node(s, node, size);
    touch(s, node);
    return FV_OK;
}

static enum fv_err storage_reserve(void *ctx, int file, uint64_t size)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_begin_change(s);

    if (err != FV_OK)
        return err;
    if (size > limit_of(s, node))
        return fv_sim_fail(s, FV_E_FULL);
    if (size > node->reserved)
        node->reserved = size;
    return FV_OK;
}

static enum fv_err storage_sync(void *ctx, int file)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_storage_op(s);

    if (err == FV_OK && !s->lies)
        fv_sim_sync_node(s, node);
    else if (err != FV_OK && err != FV_E_CANCELLED && !fv_sim_dark(s))
        fv_sim_lose_node(s, node);
    return err;
}

/* If it fails, changes of names stay as they are: a later sync makes them durable, or fails. */
static enum fv_err storage_sync_all(void *ctx)
{
    struct fv_sim *s = ctx;
    enum fv_err err = fv_sim_storage_op(s);
    bool done = err == FV_OK && !s->lies;
    bool lost = err != FV_OK && err != FV_E_CANCELLED && !fv_sim_dark(s);

    for (struct fv_sim_node *node = s->disk->nodes; node; node = node->next) {
        if (done)
            fv_sim_sync_node(s, node);
        else if (lost)
            fv_sim_lose_node(s, node);
    }
    for (size_t i = 0; done && i < s->disk->count; i++)
        s->disk->namings[i].slot->kept = s->disk->namings[i].node;
    s->disk->count = done ? 0 : s->disk->count;
    return err;
}

static enum fv_err storage_set_time(void *ctx, int file, int64_t modified_us)
{
    const struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(ctx, file);
    enum fv_err err = fv_sim_begin_change(ctx);

    if (err != FV_OK || s->times == FV_SIM_TIMES_IGNORED)
        return err;
    if (s->times == FV_SIM_TIMES_CLAMPED && modified_us < FIRST_US)
        modified_us = FIRST_US;
    if (s->times == FV_SIM_TIMES_CLAMPED && modified_us > LAST_US)
        modified_us = LAST_US;
    /* reads as the time that was set */
    node->now.time = fv_sim_rounded(s, modified_us) - s->lost_us;
    return FV_OK;
}

static enum fv_err storage_close(void *ctx, int file)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *node = node_of(s, file);
    enum fv_err err = fv_sim_storage_op(s);

    if (err == FV_OK && s->model->close_syncs && s->disk->handles[file].writable)
        fv_sim_sync_node(s, node);
    s->disk->handles[file].node = NULL;
    return err;
}

/* --- The whole --- */

/* ooFatFs does so for all letters, this for those of ASCII. */
static uint64_t storage_name_key(void *ctx, struct fv_slice name)
{
    struct fv_sha256 sha;
    uint8_t digest[FV_SHA256_SIZE];

    (void)ctx;
    fv_sha256_init(&sha);
    for (size_t i = 0; i < name.len; i++) {
        uint8_t c = (uint8_t)name.ptr[i];

        digest[0] = (uint8_t)(c >= 'A' && c <= 'Z' ? c + 32 : c);
        fv_sha256_push(&sha, digest, 1);
    }
    fv_sha256_finish(&sha, digest);
    return fv_num_get64(digest);
}

static enum fv_err storage_identity(void *ctx, const char *path, uint64_t *id)
{
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_storage_op(ctx);

    if (err == FV_OK)
        err = fv_sim_walk(ctx, path, false, &slot);
    if (err == FV_OK && !slot->now)
        err = fv_sim_fail(ctx, FV_E_NOT_FOUND);
    /* all files are on one file system */
    if (err == FV_OK)
        *id = slot->now->number;
    return err;
}

static enum fv_err storage_free_space(void *ctx, uint64_t *bytes)
{
    const struct fv_sim *s = ctx;
    static const struct fv_sim_node none;
    enum fv_err err = fv_sim_storage_op(ctx);

    if (err == FV_OK)
        *bytes = limit_of(s, &none);
    return err;
}

static enum fv_err storage_lock(void *ctx, const char *path, int *lock)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_begin_change(s);

    if (err == FV_OK)
        err = open_at(s, path, FV_PORT_OPEN_WRITE, &slot);
    if (err != FV_OK)
        return err;
    if (!s->model->locks) {
        *lock = 0;
        return FV_OK;
    }
    if (slot->now->locked)
        return fv_sim_fail(s, FV_E_BUSY);
    slot->now->locked = true;
    return take_handle(s, (struct fv_sim_handle){slot->now, false, true}, lock);
}

static void storage_unlock(void *ctx, int lock)
{
    struct fv_sim *s = ctx;

    if (!s->model->locks)
        return;
    node_of(s, lock)->locked = false;
    s->disk->handles[lock].node = NULL;
}

static int32_t storage_last_error(void *ctx)
{
    const struct fv_sim *s = ctx;

    return s->last;
}

void fv_sim_storage_init(struct fv_sim *s)
{
    s->disk = fv_sim_room(1, sizeof *s->disk);
    s->disk->last_slot = &s->disk->slots;
    s->disk->root = fv_sim_node_new(s, FV_SIM_DIR);
    s->storage = (struct fv_port_storage){
        .ctx = s,
        .time_step_us = s->model->step_us,
        .fat_names = s->model->fat_names,
        .name_key = s->model->fat_names && !s->model->measured ? storage_name_key : NULL,
        .identity = s->model->measured ? storage_identity : NULL,
        .open = storage_open,
        .read = storage_read,
        .write = storage_write,
        .size = storage_size,
        .truncate = storage_truncate,
        .reserve = storage_reserve,
        .sync = storage_sync,
        .sync_all = s->model->syncs_all ? storage_sync_all : NULL,
        .set_time = storage_set_time,
        .close = storage_close,
        .free_space = storage_free_space,
        .lock = storage_lock,
        .unlock = storage_unlock,
        .last_error = storage_last_error,
    };
    fv_sim_names_init(s);
}
