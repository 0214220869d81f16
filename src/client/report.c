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
    if (c->events->file != NULL) {
        c->events->file(c->events->ctx, file);
    }
}

void fv_report_failure(struct fv_client *c, const struct fv_plan_record *record, enum fv_err err,
                       struct fv_fault *first)
{
    if (c->fault.err == FV_OK) {
        (void)fv_client_fail(c, err, record->path);
        c->fault.native =
            c->store.fault.err == err ? c->store.fault.native : fv_client_native(c, err);
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

struct fv_file fv_report_known(const struct fv_ledger_record *record, enum fv_status status)
{
    return (struct fv_file){.status = status,
                            .path = record->path,
                            .url = record->url,
                            .modified_us = record->modified_us,
                            .size = record->size,
                            .sha256 = record->sha256};
}
