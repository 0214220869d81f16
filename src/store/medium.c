/* SPDX-License-Identifier: MIT */
#include "store/medium.h"

#include "base/cap.h"
#include "base/num.h"
#include "base/sha256.h"
#include "store/store.h"

#include <string.h>

#define PROBE FV_STORE_DIR "/ledger.probe"
#define CAPITALS FV_STORE_DIR "/LOCK"
#define ACCENTED FV_STORE_DIR "/prob\xc3\xa9.new"
#define PLAIN FV_STORE_DIR "/probe.new"
#define FORBIDDEN FV_STORE_DIR "/probe\"*:<>?\\|.new"

#define SECOND INT64_C(1000000)
/* in the middle of its second, so that rounding up shows */
#define MIDDLE_US INT64_C(1234567891834567)
/* 1980-01-02: FAT's first day in every time zone */
#define SAFE_FROM_US (INT64_C(315619200) * SECOND)
#define SAFE_TO_US (INT64_C(2145916800) * SECOND) /* 2038-01-01 */

#define SIZE 40u /* magic, identity, witness, flags, check */

static const char magic[] = "FVMEDIA1"; /* eight bytes are used */

enum flag { FOLDS = 1, FAT = 2, EXACT = 4, LOST = 8 };

bool fv_medium_alters(const struct fv_medium *m, int64_t modified_us)
{
    return FV_CAP_MEASURE && (!m->exact || modified_us < SAFE_FROM_US || modified_us >= SAFE_TO_US);
}

/* --- The stored result --- */

static enum fv_err read_result(struct fv_medium *m, const struct fv_port_storage *io, bool *whole)
{
    uint8_t p[SIZE];
    size_t got = 0;
    int file = -1;
    enum fv_err err = io->open(io->ctx, FV_STORE_LOCK, FV_PORT_OPEN_READ, &file);
    *whole = false;
    if (err != FV_OK) {
        return err == FV_E_NOT_FOUND ? FV_OK : err;
    }
    err = io->read(io->ctx, file, 0, p, sizeof p, &got);
    enum fv_err closed = io->close(io->ctx, file);
    if (err != FV_OK || closed != FV_OK || got < SIZE || memcmp(p, magic, 8) != 0 ||
        fv_num_get64(p + 32) != fv_sha256_key(p, 32)) {
        return err == FV_OK ? closed : err;
    }
    uint64_t flags = fv_num_get64(p + 24);
    m->id = fv_num_get64(p + 8);
    m->witness_us = (int64_t)fv_num_get64(p + 16);
    m->folds = (flags & FOLDS) != 0;
    m->fat = (flags & FAT) != 0;
    m->exact = (flags & EXACT) != 0;
    m->lost = (flags & LOST) != 0;
    *whole = true;
    return FV_OK;
}

/* --- Names --- */

/* Return whether something has that name. A call that fails is repeated once; if it fails again,
 * the medium may not accept the name. */
static bool exists(const struct fv_port_storage *io, const char *path)
{
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    enum fv_err err = io->stat(io->ctx, path, &st);
    if (err != FV_OK && err != FV_E_NOT_FOUND) {
        err = io->stat(io->ctx, path, &st);
    }
    return err == FV_OK && st.kind != FV_PORT_NONE;
}

/* Create a file of that name; tried twice. */
static enum fv_err make(const struct fv_port_storage *io, const char *path)
{
    int file = -1;
    enum fv_err err = io->open(io->ctx, path, FV_PORT_OPEN_CREATE, &file);
    if (err != FV_OK) {
        err = io->open(io->ctx, path, FV_PORT_OPEN_CREATE, &file);
    }
    return err == FV_OK ? io->close(io->ctx, file) : err;
}

/* Try to create a file with that name; *accepted tells the result. If it fails, and a file with
 * a plain name can be created at the same time, the medium does not accept the name. */
static enum fv_err try_name(const struct fv_port_storage *io, const char *path, bool *accepted)
{
    enum fv_err err = make(io, path);
    *accepted = err == FV_OK;
    if (*accepted) {
        return FV_OK;
    }
    err = make(io, PLAIN);
    if (err == FV_OK) {
        err = io->remove(io->ctx, PLAIN);
        *accepted = make(io, path) == FV_OK;
    }
    return err;
}

static enum fv_err measure_names(struct fv_medium *m, const struct fv_port_storage *io)
{
    static const char *const twins[] = {FV_STORE_DIR "/prob\xc3\x89.new",
                                        FV_STORE_DIR "/probe\xcc\x81.new"};
    bool accepted = false;
    m->folds = exists(io, CAPITALS) || exists(io, FV_STORE_LOCK ".");
    enum fv_err err = try_name(io, ACCENTED, &accepted);
    if (accepted) {
        for (size_t i = 0; i < sizeof twins / sizeof twins[0]; i++) {
            m->folds = m->folds || exists(io, twins[i]);
        }
        (void)io->remove(io->ctx, ACCENTED);
    }
    if (err == FV_OK) {
        err = try_name(io, FORBIDDEN, &accepted);
        m->fat = err == FV_OK && !accepted;
    }
    if (err == FV_OK && accepted) {
        (void)io->remove(io->ctx, FORBIDDEN);
    }
    return err;
}

/* --- Times --- */

/* Return whether kept_us is us, or us rounded down to one or two seconds. */
static bool is_kept(int64_t kept_us, int64_t us)
{
    return kept_us == us || kept_us == fv_store_round(us, 1000000) ||
           kept_us == fv_store_round(us, 2000000);
}

/* Read the time of the file at path; 0: there is none. */
static enum fv_err look(const struct fv_port_storage *io, const char *path, int64_t *us)
{
    struct fv_port_stat st = {.kind = FV_PORT_NONE};
    enum fv_err err = io->stat(io->ctx, path, &st);
    *us = err == FV_OK && st.kind == FV_PORT_FILE ? st.modified_us : 0;
    return err;
}

static bool is_young(const struct fv_medium *m)
{
    return FV_CAP_SYNC_ALL && m->young;
}

/* Write a file as a fetched file is written: content, time, sync. */
static enum fv_err make_witness(const struct fv_medium *m, const struct fv_port_storage *io,
                                const char *path, enum fv_port_mode mode)
{
    int file = -1;
    enum fv_err err = io->open(io->ctx, path, mode, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->write(io->ctx, file, 0, magic, 1);
    if (err == FV_OK) {
        err = io->set_time(io->ctx, file, MIDDLE_US);
    }
    if (err == FV_OK && !is_young(m)) {
        err = io->sync(io->ctx, file);
    }
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

/* Return whether err says that the lock file belongs to another user, or has a second name. It
 * is locked all the same, but never written to. */
static bool is_foreign(enum fv_err err)
{
    return err == FV_E_DENIED || err == FV_E_EXISTS;
}

static enum fv_err measure_times(struct fv_medium *m, const struct fv_port_storage *io)
{
    enum fv_err err = make_witness(m, io, FV_STORE_LOCK, FV_PORT_OPEN_WRITE);
    bool foreign = is_foreign(err);
    if (foreign) {
        err = make_witness(m, io, PROBE, FV_PORT_OPEN_CREATE);
    }
    if (err == FV_OK) {
        err = look(io, foreign ? PROBE : FV_STORE_LOCK, &m->witness_us);
    }
    m->exact = is_kept(m->witness_us, MIDDLE_US);
    if (foreign) {
        (void)io->remove(io->ctx, PROBE);
    }
    if (err != FV_OK || m->exact || foreign) {
        return err;
    }
    /* Writing the result into the lock file changes its time, which this medium does not keep
     * exactly. */
    err = make_witness(m, io, PROBE, FV_PORT_OPEN_CREATE);
    return err == FV_OK ? look(io, PROBE, &m->witness_us) : err;
}

/* --- The whole --- */

/* Write the result into the lock file, and give the file the time that later runs compare. */
static enum fv_err write_result(struct fv_medium *m, const struct fv_port_storage *io)
{
    uint8_t p[SIZE];
    int file = -1;
    uint64_t flags = (m->folds ? FOLDS : 0u) | (m->fat ? FAT : 0u) | (m->exact ? EXACT : 0u) |
                     (m->lost ? LOST : 0u);
    memcpy(p, magic, 8);
    fv_num_put64(p + 8, m->id);
    fv_num_put64(p + 16, (uint64_t)m->witness_us);
    fv_num_put64(p + 24, flags);
    fv_num_put64(p + 32, fv_sha256_key(p, 32));
    enum fv_err err = io->open(io->ctx, FV_STORE_LOCK, FV_PORT_OPEN_WRITE, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->write(io->ctx, file, 0, p, sizeof p);
    if (err == FV_OK && m->lost) { /* the time that is set next would hide the loss */
        err = io->sync(io->ctx, file);
    }
    if (err == FV_OK) {
        err = io->set_time(io->ctx, file, MIDDLE_US);
    }
    /* Without this sync, a lost time might not be detected. A young lock file has its time
     * durably already, so a power cut leaves no result with another time. */
    if (err == FV_OK && !is_young(m)) {
        err = io->sync(io->ctx, file);
    }
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_medium_keep(struct fv_medium *m, const struct fv_port_storage *io)
{
    enum fv_err err = FV_CAP_MEASURE && io->identity != NULL ? write_result(m, io) : FV_OK;
    m->fresh = false;
    return err == FV_E_FULL || is_foreign(err) ? FV_OK : err; /* the next run measures again */
}

static enum fv_err measure(struct fv_medium *m, const struct fv_port_storage *io)
{
    /* Measuring sets the time of the witness again, so a loss of times is stored first. */
    enum fv_err err = m->lost ? fv_medium_keep(m, io) : FV_OK;
    m->fresh = true;
    if (err == FV_OK) {
        err = measure_times(m, io);
    }
    if (err == FV_OK) {
        err = io->identity(io->ctx, FV_STORE_LOCK, &m->id);
    }
    bool certain = true;
    if (err == FV_OK) {
        certain = measure_names(m, io) == FV_OK;
        err = is_young(m) ? FV_OK : io->sync_dir(io->ctx, FV_STORE_DIR);
    }
    /* probably nothing can be written now; the next run measures */
    if (err == FV_E_FULL || (err == FV_OK && !certain)) {
        m->fresh = m->exact = m->fat = false;
        m->folds = exists(io, CAPITALS);
        return FV_OK;
    }
    /* otherwise the ledger is checked first: client/naming.c */
    if (err == FV_OK && !m->folds && !is_young(m)) {
        err = fv_medium_keep(m, io);
    }
    return err;
}

/* Return in *fits whether the stored result is still valid. */
static enum fv_err compare(struct fv_medium *m, const struct fv_port_storage *io, bool *fits)
{
    int64_t now_us = 0;
    uint64_t id = 0;
    *fits = false;
    enum fv_err err = io->identity(io->ctx, FV_STORE_LOCK, &id);
    if (err != FV_OK || id != m->id) {
        m->lost = false; /* that was another medium */
        return err;
    }
    bool loses = m->lost; /* a medium that has lost a time may lose others */
    if (!loses) {
        err = look(io, m->exact ? FV_STORE_LOCK : PROBE, &now_us);
        m->lost = err == FV_OK && now_us != m->witness_us;
    }
    if (err != FV_OK) {
        return err;
    }
    /* Mount options may fold case, and may have changed. Other kinds of folding do not change. */
    *fits = m->lost == loses && (m->folds || !exists(io, CAPITALS));
    return FV_OK;
}

enum fv_err fv_medium_open(struct fv_medium *m, const struct fv_port_storage *io, bool reader,
                           bool young)
{
    bool whole = false;
    bool fits = false;
    *m = (struct fv_medium){.folds = io->name_key != NULL, .exact = true, .young = young};
    if (!FV_CAP_MEASURE || io->identity == NULL) {
        return FV_OK;
    }
    enum fv_err err = read_result(m, io, &whole);
    if (err == FV_OK && whole) {
        err = compare(m, io, &fits);
    }
    if (reader) {
        m->folds = false; /* a reader cannot try names */
        return FV_OK;
    }
    return err == FV_OK && !fits ? measure(m, io) : err;
}
