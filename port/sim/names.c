/* SPDX-License-Identifier: MIT */
#include "port/sim/disk.h"

#include <assert.h>
#include <string.h>

/* --- Paths --- */

enum fv_err fv_sim_fail(struct fv_sim *s, enum fv_err err)
{
    s->last = err;
    return err;
}

enum fv_err fv_sim_begin_change(struct fv_sim *s)
{
    enum fv_err err = fv_sim_storage_op(s);

    return err == FV_OK && s->readonly ? fv_sim_fail(s, FV_E_READONLY) : err;
}

static bool good_name(const struct fv_sim *s, const char *name)
{
    size_t n = strlen(name);

    if (!s->model->fat_names)
        return true;
    for (size_t i = 0; i < n; i++) {
        if ((uint8_t)name[i] < 32 || strchr("\"*:<>?\\|", name[i]))
            return false;
    }
    return name[n - 1] != ' ' && name[n - 1] != '.';
}

/* Copy the component that ends before `end` (a slash or the NUL). */
static enum fv_err take_name(struct fv_sim *s, const char *from, const char *end, char *name)
{
    size_t n = (size_t)(end - from);

    if (n > FV_CAP_COMPONENT)
        return fv_sim_fail(s, FV_E_STORAGE);
    memcpy(name, from, n);
    name[n] = '\0';
    if (n == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
        return fv_sim_fail(s, FV_E_DENIED);
    return good_name(s, name) ? FV_OK : fv_sim_fail(s, FV_E_STORAGE);
}

enum fv_err fv_sim_walk(struct fv_sim *s, const char *path, bool make, struct fv_sim_slot **out)
{
    char name[FV_CAP_COMPONENT + 1];
    struct fv_sim_node *dir = s->disk->root;
    struct fv_sim_slot *slot;

    if (strlen(path) > FV_CAP_PATH)
        return fv_sim_fail(s, FV_E_STORAGE);
    for (;;) {
        const char *end = path + strcspn(path, "/");
        enum fv_err err = take_name(s, path, end, name);

        if (err != FV_OK)
            return err;
        slot = fv_sim_slot_at(s, dir, name);
        if (slot->now && slot->now->kind == FV_SIM_LINK)
            return fv_sim_fail(s, FV_E_DENIED);
        if (!*end)
            break;
        if (!slot->now && make)
            fv_sim_name(s, slot, fv_sim_node_new(s, FV_SIM_DIR), true);
        if (!slot->now)
            return fv_sim_fail(s, FV_E_NOT_FOUND);
        if (slot->now->kind != FV_SIM_DIR)
            return fv_sim_fail(s, FV_E_EXISTS);
        dir = slot->now;
        path = end + 1;
    }
    *out = slot;
    return FV_OK;
}

static enum fv_err walk_to_file(struct fv_sim *s, const char *path, struct fv_sim_slot **out)
{
    enum fv_err err = fv_sim_walk(s, path, false, out);

    if (err != FV_OK)
        return err;
    if (!(*out)->now)
        return fv_sim_fail(s, FV_E_NOT_FOUND);
    return (*out)->now->kind == FV_SIM_FILE ? FV_OK : fv_sim_fail(s, FV_E_EXISTS);
}

static enum fv_err walk_to_dir(struct fv_sim *s, const char *path, struct fv_sim_node **out)
{
    struct fv_sim_slot *slot;
    enum fv_err err;

    if (!*path) {
        *out = s->disk->root;
        return FV_OK;
    }
    err = fv_sim_walk(s, path, false, &slot);
    if (err != FV_OK)
        return err;
    if (!slot->now)
        return fv_sim_fail(s, FV_E_NOT_FOUND);
    *out = slot->now;
    return slot->now->kind == FV_SIM_DIR ? FV_OK : fv_sim_fail(s, FV_E_EXISTS);
}

/* --- Names --- */

static enum fv_err storage_stat(void *ctx, const char *path, struct fv_port_stat *out)
{
    struct fv_sim *s = ctx;
    struct fv_port_stat found = {FV_PORT_NONE, 0, INT64_MIN};
    struct fv_sim_slot *slot = NULL;
    enum fv_err err = fv_sim_storage_op(s);

    if (err != FV_OK)
        return err;
    err = fv_sim_walk(s, path, false, &slot);
    if (err != FV_OK && err != FV_E_NOT_FOUND && err != FV_E_EXISTS)
        return err;
    if (err == FV_OK && slot->now) {
        bool file = slot->now->kind == FV_SIM_FILE;

        found.kind = file ? FV_PORT_FILE : FV_PORT_DIR;
        found.size = file ? slot->now->now.size : 0;
        found.modified_us = fv_sim_rounded(s, slot->now->now.time);
        if (found.modified_us != INT64_MIN)
            found.modified_us += s->lost_us;
    }
    *out = found;
    return FV_OK;
}

static enum fv_err storage_rename(void *ctx, const char *from, const char *to)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *source, *target;
    enum fv_err err = fv_sim_begin_change(s);

    if (err == FV_OK)
        err = walk_to_file(s, from, &source);
    if (err == FV_OK)
        err = fv_sim_walk(s, to, false, &target);
    if (err != FV_OK)
        return err;
    if (target->now && target->now->kind != FV_SIM_FILE)
        return fv_sim_fail(s, FV_E_EXISTS);
    fv_sim_move(s, source, target);
    if (s->cut_rename && --s->cut_rename == 0)
        s->cut_at = s->storage_ops + s->cut_behind;
    if (!s->model->late_entry || s->lazy)
        return FV_OK;
    err = fv_sim_storage_op(s);
    if (err == FV_OK && !s->lies)
        fv_sim_sync_node(s, target->now);
    return err;
}

static enum fv_err storage_remove(void *ctx, const char *path)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_begin_change(s);

    if (err == FV_OK)
        err = walk_to_file(s, path, &slot);
    /* FAT would release the clusters of an open file; a lock file has none. */
    bool held = err == FV_OK && s->medium != FV_SIM_POSIX && !slot->now->locked;
    for (size_t i = 0; held && i < FV_SIM_FILES; i++)
        assert(s->disk->handles[i].node != slot->now);
    if (err == FV_OK)
        fv_sim_name(s, slot, NULL, false);
    return err;
}

static enum fv_err storage_make_dir(void *ctx, const char *path)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_begin_change(s);

    if (err == FV_OK)
        err = fv_sim_walk(s, path, false, &slot);
    if (err != FV_OK)
        return err;
    if (!slot->now)
        fv_sim_name(s, slot, fv_sim_node_new(s, FV_SIM_DIR), false);
    return slot->now->kind == FV_SIM_DIR ? FV_OK : fv_sim_fail(s, FV_E_EXISTS);
}

/* Return whether no name in dir is in use. */
static bool dir_empty(const struct fv_sim *s, const struct fv_sim_node *dir)
{
    for (const struct fv_sim_slot *slot = s->disk->slots; slot; slot = slot->next) {
        if (slot->dir == dir && slot->now)
            return false;
    }
    return true;
}

static enum fv_err storage_remove_dir(void *ctx, const char *path)
{
    struct fv_sim *s = ctx;
    struct fv_sim_slot *slot;
    enum fv_err err = fv_sim_begin_change(s);

    if (err == FV_OK)
        err = fv_sim_walk(s, path, false, &slot);
    if (err != FV_OK)
        return err;
    if (!slot->now)
        return fv_sim_fail(s, FV_E_NOT_FOUND);
    if (slot->now->kind != FV_SIM_DIR || !dir_empty(s, slot->now))
        return fv_sim_fail(s, FV_E_EXISTS);
    fv_sim_name(s, slot, NULL, false);
    return FV_OK;
}

static enum fv_err storage_sync_dir(void *ctx, const char *path)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *dir;
    enum fv_err err = fv_sim_storage_op(s);

    if (err == FV_OK)
        err = walk_to_dir(s, path, &dir);
    if (err == FV_OK && !s->lies)
        fv_sim_sync_names(s, dir);
    return err;
}

static enum fv_err storage_list_dir(void *ctx, const char *path,
                                    enum fv_err (*visit)(void *arg, const char *name), void *arg)
{
    struct fv_sim *s = ctx;
    struct fv_sim_node *dir;
    enum fv_err err = fv_sim_storage_op(s);

    if (err == FV_OK)
        err = walk_to_dir(s, path, &dir);
    if (err != FV_OK)
        return err;
    for (struct fv_sim_slot *slot = s->disk->slots; slot && err == FV_OK; slot = slot->next) {
        if (slot->dir == dir && slot->now)
            err = visit(arg, slot->name);
    }
    return err;
}

void fv_sim_names_init(struct fv_sim *s)
{
    s->storage.stat = storage_stat;
    s->storage.rename = storage_rename;
    s->storage.remove = storage_remove;
    s->storage.make_dir = storage_make_dir;
    s->storage.remove_dir = storage_remove_dir;
    s->storage.sync_dir = storage_sync_dir;
    s->storage.list_dir = storage_list_dir;
}
