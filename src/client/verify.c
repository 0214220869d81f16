#include "client/report.h"
#include "store/state.h"

#include <string.h>

struct verifying {
    struct fv_client *c;
    bool list_only;
    struct fv_fault first;
    uint8_t block[FV_CAP_READ];
};

static enum fv_err hash_file(struct verifying *v, const char *path, uint64_t *size,
                             uint8_t digest[FV_SHA256_SIZE])
{
    const struct fv_port_storage *io = v->c->port->storage;
    struct fv_sha256 sha;
    int file = -1;
    size_t got = 0;
    enum fv_err err = io->open(io->ctx, path, FV_PORT_OPEN_READ, &file);
    if (err != FV_OK) {
        return err;
    }
    fv_sha256_init(&sha);
    *size = 0;
    do {
        err = io->read(io->ctx, file, *size, v->block, sizeof v->block, &got);
        if (err == FV_OK) {
            fv_sha256_push(&sha, v->block, got);
            *size += got;
        }
        if (v->c->port->clock->cancelled(v->c->port->clock->ctx)) {
            err = FV_E_CANCELLED;
        }
    } while (err == FV_OK && got == sizeof v->block);
    fv_sha256_finish(&sha, digest);
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

/* Whether the file at path is what record says. FV_OK; FV_E_CHANGED; FV_E_CANCELLED, or an error of the port. */
static enum fv_err compare(struct verifying *v, const char *path,
                           const struct fv_ledger_record *record)
{
    uint8_t digest[FV_SHA256_SIZE];
    uint64_t size = 0;
    enum fv_err err = hash_file(v, path, &size, digest);
    bool same =
        err == FV_OK && size == record->size && memcmp(digest, record->sha256, sizeof digest) == 0;
    return err == FV_OK && !same ? FV_E_CHANGED : err;
}

/* A commit that was cut short leaves a record whose file waits for its name: it never was there, and is not wrong. */
static enum fv_err compare_waiting(struct verifying *v, const struct fv_ledger_record *record)
{
    char part[FV_PARTIAL_NAME];
    char state[FV_PARTIAL_NAME];
    fv_state_names(record->path, part, state);
    return compare(v, part, record);
}

static enum fv_err visit(void *arg, const struct fv_ledger_record *record)
{
    struct verifying *v = arg;
    struct fv_client *c = v->c;
    const struct fv_file file = fv_report_known(record, FV_UNCHANGED);
    if (v->list_only) {
        fv_report(c, &file);
        return FV_OK;
    }
    struct fv_writer w;
    fv_writer_init(&w, c->lane->path, sizeof c->lane->path);
    fv_writer_slice(&w, record->path);
    enum fv_err err = compare(v, c->lane->path, record);
    enum fv_err waiting = err == FV_E_NOT_FOUND ? compare_waiting(v, record) : err;
    if (err == FV_E_CANCELLED || waiting == FV_E_CANCELLED) {
        return FV_E_CANCELLED;
    }
    if (err == FV_OK) {
        fv_report(c, &file);
    }
    if (waiting == FV_OK) {
        return FV_OK;
    }
    const struct fv_plan_record failed = {.path = record->path,
                                          .url = record->url,
                                          .modified_us = record->modified_us};
    fv_report_failure(c, &failed, err, &v->first);
    return FV_OK;
}

/* Nothing to compare with is not the same as nothing to complain about. */
static enum fv_err find_ledger(struct fv_client *c)
{
    struct fv_port_stat st;
    const struct fv_port_storage *io = c->port->storage;
    enum fv_err err = io->stat(io->ctx, FV_STORE_DIR "/ledger", &st);
    if (err == FV_OK && st.kind != FV_PORT_FILE) {
        err = FV_E_NOT_FOUND;
    }
    return err == FV_OK ? FV_OK
                        : fv_client_fail(c, err, FV_SLICE("the ledger (" FV_STORE_DIR "/ledger)"));
}

enum fv_err fv_verify(struct fv_client *c, bool list_only)
{
    struct verifying v = {.c = c, .list_only = list_only};
    fv_client_begin(c);
    enum fv_err err = fv_store_open_reader(&c->store, c->port->storage, c->port->clock);
    if (err != FV_OK) {
        fv_client_adopt(c, &c->store.fault);
        return fv_client_end(c, err);
    }
    err = find_ledger(c);
    if (err == FV_OK) {
        err = fv_ledger_open(&c->ledger, &c->page, &c->store);
    }
    if (err == FV_OK) {
        err = fv_ledger_each(&c->ledger, visit, &v);
        enum fv_err closed = fv_ledger_close(&c->ledger);
        err = err == FV_OK ? closed : err;
    }
    fv_client_adopt(c, &c->store.fault);
    fv_store_close(&c->store);
    if (err == FV_OK && v.first.err != FV_OK) {
        fv_client_adopt(c, &v.first);
        err = v.first.err;
    }
    return fv_client_end(c, err);
}
