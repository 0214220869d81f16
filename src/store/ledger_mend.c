#include "store/ledger_mend.h"

#include "store/ledger_index.h"

#define COPY_BLOCK 512 /* on the stack */

/* Copy the content of one open file to another, and sync that. */
static enum fv_err copy_content(struct fv_store *s, int from, int to)
{
    uint8_t block[COPY_BLOCK];
    const struct fv_port_storage *io = s->io;
    uint64_t offset = 0;
    size_t got = sizeof block;
    enum fv_err err = FV_OK;
    while (err == FV_OK && got == sizeof block) {
        err = io->read(io->ctx, from, offset, block, sizeof block, &got);
        if (err == FV_OK && got > 0) {
            err = io->write(io->ctx, to, offset, block, got);
        }
        offset += got;
    }
    return err == FV_OK ? io->sync(io->ctx, to) : err;
}

/* Copy the log to name, which is removed again where that fails. */
static enum fv_err copy_log(struct fv_store *s, const char *name)
{
    const struct fv_port_storage *io = s->io;
    int from = -1;
    int to = -1;
    enum fv_err err = io->open(io->ctx, FV_LEDGER_LOG, FV_PORT_OPEN_READ, &from);
    if (err != FV_OK) {
        return err;
    }
    err = io->open(io->ctx, name, FV_PORT_OPEN_CREATE, &to);
    if (err == FV_OK) {
        err = copy_content(s, from, to);
        enum fv_err closed = io->close(io->ctx, to);
        err = err == FV_OK ? closed : err;
        if (err != FV_OK) {
            (void)io->remove(io->ctx, name);
        }
    }
    (void)io->close(io->ctx, from); /* only read */
    return err;
}

enum fv_err fv_ledger_take_over(struct fv_store *s)
{
    const struct fv_port_storage *io = s->io;
    enum fv_err err = copy_log(s, FV_LEDGER_NEW);
    if (err == FV_OK) {
        err = io->rename(io->ctx, FV_LEDGER_NEW, FV_LEDGER_LOG);
    }
    return err == FV_OK ? io->sync_dir(io->ctx, FV_STORE_DIR) : err;
}

/* Without an index that was closed in order the power may have gone: what is not synced may be there in part, in any order. */
static bool may_be_torn(const struct fv_ledger *l)
{
    return l->known == 0 && !l->headless;
}

struct fv_log_scan fv_ledger_scan(const struct fv_ledger *l)
{
    struct fv_log_scan s = fv_log_scan(FV_LOG_HEADER, l->log.size);
    if (may_be_torn(l) && l->unmarked) {
        s.torn = s.end > FV_LEDGER_UNSYNCED ? s.end - FV_LEDGER_UNSYNCED : 0;
    }
    return s;
}

/* Places that are no record, or where one is missing. */
static uint64_t damage(const struct fv_ledger *l, const struct fv_log_scan *s)
{
    uint64_t tail = s->end - s->last;
    bool torn = may_be_torn(l) && tail < FV_LOG_RECORD;
    bool cut = l->known > s->end;
    return s->bad + (cut || (tail > 0 && !torn) ? 1 : 0) +
           (l->headless && s->end > FV_LOG_HEADER ? 1 : 0);
}

void fv_ledger_note_damage(struct fv_ledger *l, const struct fv_log_scan *s)
{
    uint64_t places = damage(l, s);
    l->rewrite = !l->store->reader && (places > 0 || s->gaps > 0 || l->headless);
    if (places == 0) {
        return;
    }
    l->corrupt += places;
    if (FV_CAP_COMPARE && !l->store->reader && !l->kept) {
        l->kept = copy_log(l->store, FV_LEDGER_BAD) == FV_OK; /* the run can do without */
    }
}

enum fv_err fv_ledger_found_damage(struct fv_ledger *l, const struct fv_log_scan *s)
{
    if (l->store->reader) {
        l->corrupt = damage(l, s);
        return FV_OK;
    }
    return l->corrupt == 0 && damage(l, s) > 0 ? fv_ledger_rebuild(l, true) : FV_OK;
}
