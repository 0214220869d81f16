/* SPDX-License-Identifier: MIT */
#include "client/report.h"

void fv_report(struct fv_client *c, const struct fv_file *file)
{
    uint64_t *const counters[] = {
        [FV_DOWNLOADED] = &c->summary.downloaded, [FV_RESUMED] = &c->summary.resumed,
        [FV_UNCHANGED] = &c->summary.unchanged,   [FV_SKIPPED] = &c->summary.skipped,
        [FV_REMOVED] = &c->summary.removed,       [FV_FAILED] = &c->summary.failed,
        [FV_ADOPTED] = &c->summary.adopted,
    };
    ++*counters[file->status];
    if (file->status == FV_FAILED) {
        int status = fv_err_exit(file->fault->err);
        c->failed_exit = c->failed_exit == 0 || c->failed_exit == status ? (uint8_t)status : 1;
    }
    if (c->events->file != NULL) {
        c->events->file(c->events->ctx, file);
    }
}

/* Return whether one of several scopes was read and has no file to fetch. */
static bool has_scope(const struct fv_client *c)
{
    size_t failed = 0;
    for (size_t i = 0; i < c->scope_count; i++) {
        failed += c->scope_failed[i] ? 1 : 0;
    }
    return c->files_total == 0 && failed > 0 && failed < c->scope_count;
}

int fv_client_exit(const struct fv_client *c, enum fv_err err)
{
    const struct fv_summary *s = &c->summary;
    if (err == FV_E_CANCELLED || s->failed == 0 || c->broken) {
        return fv_err_exit(err);
    }
    if (s->unusable > 0) {
        return s->unusable < s->listed ? 1 : fv_err_exit(FV_E_ENTRY);
    }
    bool done = (FV_CAP_SCOPES > 1 && has_scope(c)) ||
                s->downloaded + s->resumed + s->adopted + s->unchanged + s->removed > 0;
    return done ? 1 : c->failed_exit;
}

void fv_report_failure(struct fv_client *c, const struct fv_plan_record *record, enum fv_err err,
                       struct fv_fault *first)
{
    if (c->fault.err == FV_OK) {
        (void)fv_client_fail(c, err, record->path);
        bool stored = c->store.fault.err == err;
        c->fault.native = stored ? c->store.fault.native : fv_client_native(c, err);
        if (FV_CAP_DETAIL >= 128 && stored) { /* the numbers of fv_store_full() */
            fv_fault_explain(&c->fault, fv_slice_of(c->store.fault.detail));
        }
    }
    struct fv_fault fault = c->fault;
    c->fault = (struct fv_fault){.err = FV_OK};
    c->store.fault = (struct fv_fault){.err = FV_OK};
    if (first->err == FV_OK) {
        *first = fault;
    }
    const struct fv_file file = {.status = FV_FAILED,
                                 .path = record->path,
                                 .url = record->url,
                                 .modified_us = record->modified_us,
                                 .fault = &fault};
    fv_report(c, &file);
}

void fv_report_kept(const struct fv_client *c, const struct fv_lane *l)
{
    const struct fv_partial *p = &l->partial;
    bool kept = FV_CAP_PROGRESS && p->validator[0] != '\0' && p->has_state && p->durable > 0;
    if (kept && c->events->kept != NULL && fv_port_cancelled(c->port->clock)) {
        c->events->kept(c->events->ctx, fv_slice_of(l->path), p->durable);
    }
}

struct fv_file fv_report_known(const struct fv_ledger_record *record, enum fv_status status)
{
    return (struct fv_file){.status = status,
                            .path = record->path,
                            .url = record->url,
                            .modified_us = record->modified_us,
                            .size = record->size,
                            .sha256 = record->sha256};
}
