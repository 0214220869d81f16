/* SPDX-License-Identifier: MIT */
#include "client/judge.h"

#include "client/adopt.h"
#include "client/incoming.h"
#include "client/local.h"
#include "client/report.h"
#include "store/commit.h"

/* The local file of a record. */
struct found {
    bool current; /* it is the file of the record, as far as this run compares */
    bool there;   /* there is another file, which must be replaced even with --once */
};

enum fv_reason fv_judge_reason(bool known, bool same, bool there)
{
    if (!known) {
        return there ? FV_REASON_EDITED : FV_REASON_NEW;
    }
    if (!same) {
        return FV_REASON_CHANGED;
    }
    return there ? FV_REASON_EDITED : FV_REASON_MISSING;
}

/* --checksum: the content decides. A time that does not fit is set again if possible. */
static enum fv_err compare(struct fv_client *c, struct fv_slice path,
                           const struct fv_ledger_record *known, struct found *found)
{
    struct fv_local_file file = {.path = path};
    enum fv_err err = fv_local_look(c, &file);
    bool sized = err == FV_OK && file.there && file.size == known->size;
    err = sized ? fv_local_hash(c, &file) : err;
    if (err != FV_OK) {
        return err;
    }
    bool adopted = (known->marks & FV_LEDGER_ADOPTED) != 0;
    bool same = sized && fv_local_is(&file, known);
    found->there = file.there && (!same || adopted);
    bool looks_fine = found->current;
    found->current = same && !adopted;
    if (same == looks_fine || c->settings->dry_run) {
        return FV_OK;
    }
    if (same) {
        fv_local_set_time(c, &file, known->modified_us);
        return FV_OK;
    }
    return fv_ledger_mark(&c->ledger, path, 0, FV_LEDGER_EDITED); /* size and time do not show it */
}

static enum fv_err look(struct fv_client *c, struct fv_slice path,
                        const struct fv_ledger_record *known, struct found *found)
{
    if (FV_CAP_COMPARE && c->settings->checksum) {
        return compare(c, path, known, found);
    }
    /* found by an earlier run with --checksum */
    bool edited = (known->marks & FV_LEDGER_EDITED) != 0;
    found->there = found->current && edited;
    found->current = found->current && !edited;
    return FV_OK;
}

/* A file that is in the ledger for this URL and date. */
static enum fv_err judge_known(struct fv_client *c, const struct fv_plan_record *record,
                               const struct fv_ledger_record *known, bool *fetch)
{
    struct found found = {false, false};
    bool hook = (known->marks & FV_LEDGER_HOOK) != 0;
    bool recovered = false;
    bool waits = false; /* the file has not got its name yet */
    enum fv_err err = fv_store_current(&c->store, known, &found.current);
    if (err == FV_OK && !found.current) {
        err = fv_commit_waits(&c->store, known, &waits);
    }
    if (err == FV_OK && waits && !c->settings->dry_run) {
        err = fv_commit_recover(&c->store, known, &c->ledger, c->events->hook != NULL, &recovered);
    }
    if (err == FV_OK && !recovered && !waits) {
        err = look(c, record->path, known, &found);
    }
    if (err != FV_OK) {
        return err;
    }
    if (!found.current && !recovered && (!c->settings->once || waits || found.there)) {
        *fetch = true;
        return FV_OK;
    }
    struct fv_file file = fv_report_known(known, recovered       ? FV_RESUMED
                                                 : found.current ? FV_UNCHANGED
                                                                 : FV_SKIPPED);
    file.path = record->path; /* the slices of known are no longer valid */
    file.url = record->url;
    fv_report(c, &file);
    /* With --once, a file that was moved away may be there again. */
    bool skipped = file.status == FV_SKIPPED;
    unsigned clear = skipped ? 0 : known->marks & (FV_LEDGER_EDITED | FV_LEDGER_LOOSE);
    unsigned set = skipped ? FV_LEDGER_LOOSE & ~known->marks : 0;
    if ((clear | set) != 0 && !c->settings->dry_run) {
        err = fv_ledger_mark(&c->ledger, record->path, clear, set);
    }
    /* With --once, the file may have been moved away, perhaps by the hook itself. Then the hook
     * has no file to run for. */
    bool due = ((hook && found.current) || recovered) && !c->settings->dry_run;
    return due && err == FV_OK ? fv_incoming_hook(c, &file) : err;
}

/* Report what a run would do with a file that must be fetched. */
static enum fv_err tell_planned(struct fv_client *c, const struct fv_plan_record *record,
                                bool known, bool same)
{
    struct fv_local_file local = {.path = record->path};
    bool fits = false;
    enum fv_err err = fv_local_look(c, &local);
    if (FV_CAP_COMPARE && err == FV_OK && c->settings->adopt && !known) {
        err = fv_adopt_fits(c, record, &local.size, &fits);
    }
    if (err == FV_OK) {
        const struct fv_file file = {.status = fits ? FV_ADOPTED : FV_DOWNLOADED,
                                     .reason = fits ? FV_REASON_NONE
                                                    : fv_judge_reason(known, same, local.there),
                                     .planned = true,
                                     .path = record->path,
                                     .url = record->url,
                                     .modified_us = record->modified_us};
        fv_report(c, &file);
    }
    return err;
}

enum fv_err fv_judge(struct fv_client *c, const struct fv_plan_record *record, bool *fetch)
{
    struct fv_ledger_record known;
    bool found = false;
    *fetch = false;
    enum fv_err err = fv_ledger_find(&c->ledger, record->path, &known, &found);
    if (err != FV_OK) {
        return err;
    }
    if (found) {
        fv_ledger_meet(&c->ledger, &known);
    }
    bool same =
        found && fv_slice_eq(known.url, record->url) && known.modified_us == record->modified_us;
    if (same) {
        err = judge_known(c, record, &known, fetch);
    } else {
        *fetch = true;
    }
    if (err == FV_OK && *fetch && c->settings->dry_run) {
        *fetch = false;
        err = tell_planned(c, record, found, same);
    }
    return err;
}
