/* SPDX-License-Identifier: MIT */
#include "cli/results.h"

#include "base/writer.h"
#include "cli/json.h"
#include "parse/timestamp.h"

void fv_results_listed(struct fv_out *o, const struct fv_listed *e)
{
    char text[32];
    struct fv_writer w;
    const struct fv_slice parts[] = {e->org, e->study, e->delivery, e->name};
    fv_writer_init(&w, text, sizeof text);
    fv_timestamp_write_table(e->modified_us, &w);
    fv_out_slice(o, fv_writer_done(&w));
    for (size_t i = 0; i < 4; i++) {
        fv_out_text(o, i == 0 ? "Z  " : "/");
        fv_out_visible(o, parts[i]);
    }
    fv_out_text(o, "\n");
}

static const char *word(const struct fv_file *f)
{
    switch (f->status) {
    case FV_DOWNLOADED:
        return f->planned ? "would fetch  " : "fetched      ";
    case FV_RESUMED:
        return "resumed      ";
    case FV_ADOPTED:
        return f->planned ? "would adopt  " : "adopted      ";
    case FV_UNCHANGED:
        return "unchanged    ";
    case FV_SKIPPED:
        return "skipped      ";
    case FV_REMOVED:
        return f->planned ? "would remove " : "removed      ";
    default:
        return NULL;
    }
}

void fv_results_file(struct fv_out *o, const struct fv_file *f, bool verbose)
{
    bool quiet = f->status == FV_UNCHANGED || f->status == FV_SKIPPED;
    const char *what = word(f);
    if (what == NULL || (quiet && !verbose)) {
        return;
    }
    fv_out_text(o, what);
    fv_out_visible(o, f->path);
    struct fv_slice reason = fv_json_reason(f->reason);
    if ((f->planned || f->reason == FV_REASON_LARGE) && reason.len > 0) {
        fv_out_text(o, " (");
        fv_out_slice(o, f->reason == FV_REASON_LARGE ? FV_SLICE("larger than --max-size") : reason);
        fv_out_text(o, ")");
    }
    if (f->sha256 != NULL && !quiet) {
        fv_out_text(o, " (");
        fv_out_size(o, f->size);
        fv_out_text(o, ")");
    }
    fv_out_text(o, "\n");
}

static void count(struct fv_out *o, uint64_t n, const char *what)
{
    fv_out_u64(o, n);
    fv_out_text(o, what);
}

/* Print what a run would do, for a dry run. */
static void planned(struct fv_out *o, const struct fv_summary *s)
{
    fv_out_text(o, "would fetch ");
    count(o, s->downloaded, s->downloaded == 1 ? " file" : " files");
    if (s->adopted > 0) {
        fv_out_text(o, ", adopt ");
        fv_out_u64(o, s->adopted);
    }
    if (s->removed > 0) {
        fv_out_text(o, ", remove ");
        fv_out_u64(o, s->removed);
    }
    fv_out_text(o, "; ");
}

static void done(struct fv_out *o, const struct fv_summary *s)
{
    count(o, s->downloaded + s->resumed, " fetched, ");
    if (s->adopted > 0) {
        count(o, s->adopted, " adopted, ");
    }
    if (s->removed > 0) {
        count(o, s->removed, " removed, ");
    }
}

void fv_results_sync(struct fv_out *o, const struct fv_summary *s, bool dry_run)
{
    if (dry_run) {
        planned(o, s);
    } else {
        done(o, s);
    }
    count(o, s->unchanged, " unchanged, ");
    if (s->skipped > 0) {
        count(o, s->skipped, " skipped, ");
    }
    count(o, s->failed, s->unattempted > 0 ? " failed, " : " failed; ");
    if (s->unattempted > 0) {
        count(o, s->unattempted, s->unattempted == 1 ? " file was" : " files were");
        fv_out_text(o, " not attempted; ");
    }
    if (s->exec_failed > 0) {
        fv_out_text(o, "--exec failed for ");
        count(o, s->exec_failed, "; ");
    }
    fv_out_size(o, s->bytes);
    fv_out_text(o, " in ");
    fv_out_seconds(o, s->elapsed_us);
    fv_out_text(o, ", ");
    count(o, s->requests, s->requests == 1 ? " request\n" : " requests\n");
}

void fv_results_verify(struct fv_out *o, const struct fv_summary *s)
{
    count(o, s->unchanged, s->unchanged == 1 ? " file is" : " files are");
    fv_out_text(o, " as fetched, ");
    count(o, s->failed, s->failed == 1 ? " is not" : " are not");
    if (s->skipped > 0) {
        fv_out_text(o, ", ");
        count(o, s->skipped, " edited or gone that sync has let go");
    }
    fv_out_text(o, "\n");
}

/* sha256sum puts a backslash before the checksum of a name with a backslash or line end, and
 * escapes these in the name. */
void fv_results_checksum(struct fv_out *o, const struct fv_file *f)
{
    char hex[2 * FV_SHA256_SIZE + 1];
    struct fv_writer w;
    fv_writer_init(&w, hex, sizeof hex);
    fv_writer_hex(&w, f->sha256, FV_SHA256_SIZE);
    struct fv_slice path = f->path;
    if (fv_slice_find(path, '\\') < path.len) {
        fv_out_text(o, "\\");
    }
    fv_out_slice(o, fv_writer_done(&w));
    fv_out_text(o, "  ");
    struct fv_slice part;
    while (fv_slice_cut(path, '\\', &part, &path)) {
        fv_out_slice(o, part);
        fv_out_text(o, "\\\\");
    }
    fv_out_slice(o, part);
    fv_out_text(o, "\n");
}
