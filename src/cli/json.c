/* SPDX-License-Identifier: MIT */
#include "cli/json.h"

#include "base/utf8.h"
#include "base/writer.h"
#include "cli/message.h"
#include "parse/timestamp.h"

static void escape_unit(struct fv_out *o, uint32_t unit)
{
    char text[8];
    uint8_t bytes[2] = {(uint8_t)(unit >> 8), (uint8_t)unit};
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, "\\u");
    fv_writer_hex(&w, bytes, 2);
    fv_out_slice(o, fv_writer_done(&w));
}

/* Write one character that may need an escape; return how many bytes it had. */
static size_t special(struct fv_out *o, struct fv_slice s)
{
    uint32_t code = 0;
    size_t n = fv_utf8_next(s, &code);
    if (n > 1 && code >= 0xA0) {
        fv_out_slice(o, fv_slice_head(s, n));
        return n;
    }
    if (n == 1 && (code == '"' || code == '\\')) {
        fv_out_text(o, "\\");
        fv_out_slice(o, fv_slice_head(s, 1));
        return 1;
    }
    if (n == 0) {
        n = fv_utf8_surrogate(s, &code);
    }
    if (n == 0) {
        fv_out_text(o, "\xEF\xBF\xBD");
        return 1;
    }
    escape_unit(o, code);
    return n;
}

void fv_json_string(struct fv_out *o, struct fv_slice s)
{
    if (s.ptr == NULL) {
        fv_out_slice(o, FV_SLICE("null"));
        return;
    }
    fv_out_char(o, '"');
    for (;;) {
        size_t run = fv_slice_bare(s, true);
        fv_out_slice(o, fv_slice_head(s, run));
        if (run == s.len) {
            break;
        }
        s = fv_slice_from(s, run);
        s = fv_slice_from(s, special(o, s));
    }
    fv_out_char(o, '"');
}

static void member(struct fv_out *o, struct fv_slice name, struct fv_slice value)
{
    fv_out_slice(o, name);
    fv_json_string(o, value);
}

static struct fv_slice some(struct fv_slice s)
{
    return s.ptr == NULL ? FV_SLICE("") : s;
}

void fv_json_listed(struct fv_out *o, const struct fv_listed *e)
{
    member(o, FV_SLICE("{\"orga_code_ref\":"), some(e->org));
    member(o, FV_SLICE(",\"study_code_ref\":"), some(e->study));
    member(o, FV_SLICE(",\"delivery_code_ref\":"), some(e->delivery));
    member(o, FV_SLICE(",\"file_name\":"), some(e->name));
    member(o, FV_SLICE(",\"file_last_modified_date\":"), some(e->modified));
    member(o, FV_SLICE(",\"url\":"), some(e->url));
    member(o, FV_SLICE(",\"orga_name\":"), e->org_name);
    member(o, FV_SLICE(",\"study_name\":"), e->study_name);
    member(o, FV_SLICE(",\"delivery_name\":"), e->delivery_name);
    member(o, FV_SLICE(",\"path\":"), some(e->path));
    fv_out_text(o, "}\n");
}

static const char *status_name(enum fv_status status)
{
    static const char *const names[] = {
        [FV_DOWNLOADED] = "downloaded", [FV_RESUMED] = "resumed", [FV_UNCHANGED] = "unchanged",
        [FV_SKIPPED] = "skipped",       [FV_REMOVED] = "removed", [FV_FAILED] = "failed",
        [FV_ADOPTED] = "adopted",
    };
    return names[status];
}

struct fv_slice fv_json_reason(enum fv_reason reason)
{
    static const char *const names[] = {
        [FV_REASON_NEW] = "new",         [FV_REASON_CHANGED] = "changed",
        [FV_REASON_MISSING] = "missing", [FV_REASON_EDITED] = "edited",
        [FV_REASON_LARGE] = "large",
    };
    return reason == FV_REASON_NONE ? FV_SLICE_NONE : fv_slice_of(names[reason]);
}

/* Return what a run would do, for a dry run. */
static struct fv_slice action_name(enum fv_status status)
{
    return status == FV_REMOVED   ? FV_SLICE("remove")
           : status == FV_ADOPTED ? FV_SLICE("adopt")
                                  : FV_SLICE("download");
}

/* Write the members error, code and http_status of a file. */
static void fault_members(struct fv_out *o, const struct fv_fault *fault)
{
    char sentence[FV_MESSAGE_MOST];
    struct fv_writer w;
    if (fault == NULL) {
        fv_out_text(o, ",\"error\":null,\"code\":null,\"http_status\":null");
        return;
    }
    fv_writer_init(&w, sentence, sizeof sentence);
    fv_message_fault(fault, &w);
    member(o, FV_SLICE(",\"error\":"), fv_writer_done(&w));
    fv_out_text(o, ",\"code\":");
    fv_out_u64(o, (uint64_t)fv_err_exit(fault->err));
    fv_out_text(o, ",\"http_status\":");
    if (fv_message_is_http(fault)) {
        fv_out_u64(o, (uint64_t)fault->native);
    } else {
        fv_out_text(o, "null");
    }
}

void fv_json_file(struct fv_out *o, const struct fv_file *f)
{
    char text[2 * FV_SHA256_SIZE + 1];
    struct fv_writer w;
    fv_out_text(o, "{\"event\":\"file\",\"status\":\"");
    fv_out_text(o, f->planned ? "planned" : status_name(f->status));
    member(o, FV_SLICE("\",\"path\":"), some(f->path));
    member(o, FV_SLICE(",\"url\":"), some(f->url));
    fv_out_text(o, ",\"size\":");
    if (f->sha256 == NULL) {
        fv_out_text(o, "null,\"sha256\":null");
    } else {
        fv_out_u64(o, f->size);
        fv_writer_init(&w, text, sizeof text);
        fv_writer_hex(&w, f->sha256, FV_SHA256_SIZE);
        member(o, FV_SLICE(",\"sha256\":"), fv_writer_done(&w));
    }
    fv_writer_init(&w, text, sizeof text);
    if (f->modified_us != INT64_MIN) {
        fv_timestamp_write(f->modified_us, &w);
    }
    member(o, FV_SLICE(",\"modified\":"), fv_writer_done(&w));
    member(o, FV_SLICE(",\"reason\":"), fv_json_reason(f->reason));
    member(o, FV_SLICE(",\"action\":"), f->planned ? action_name(f->status) : FV_SLICE_NONE);
    fault_members(o, f->fault);
    fv_out_text(o, "}\n");
}
