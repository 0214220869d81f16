/* SPDX-License-Identifier: MIT */
#include "cli/outcome.h"

#include "base/num.h"
#include "cli/json.h"
#include "parse/timestamp.h"

#include <stddef.h>
#include <string.h>

/* BOTH: the sum of this number and the next one. */
enum kind { NUMBER, BOTH, SHORT, INSTANT, FLAG, SECONDS, TEXT };

static const struct {
    char name[16];
    uint8_t kind;
    uint8_t at; /* offset of the value, in words of 4 bytes */
} members[] = {
#define MEMBER(name, kind, field)                                                                  \
    {                                                                                              \
        name, kind, offsetof(struct fv_outcome, field) / 4                                         \
    }
    MEMBER("time", INSTANT, ended_us),
    MEMBER("exit", NUMBER, exit),
    MEMBER("error", TEXT, error),
    MEMBER("dry_run", FLAG, dry_run),
    MEMBER("downloaded", BOTH, summary.downloaded),
    MEMBER("resumed", NUMBER, summary.resumed),
    MEMBER("adopted", NUMBER, summary.adopted),
    MEMBER("unchanged", NUMBER, summary.unchanged),
    MEMBER("skipped", NUMBER, summary.skipped),
    MEMBER("removed", NUMBER, summary.removed),
    MEMBER("planned", NUMBER, planned),
    MEMBER("failed", NUMBER, summary.failed),
    MEMBER("unattempted", NUMBER, summary.unattempted),
    MEMBER("listed", NUMBER, summary.listed),
    MEMBER("unusable", NUMBER, summary.unusable),
    MEMBER("exec_failed", SHORT, summary.exec_failed),
    MEMBER("bytes", NUMBER, summary.bytes),
    MEMBER("listing_bytes", NUMBER, summary.listing_bytes),
    MEMBER("requests", SHORT, summary.requests),
    MEMBER("retries", SHORT, summary.retries),
    MEMBER("seconds", SECONDS, summary.elapsed_us),
    MEMBER("began", INSTANT, began_us),
    MEMBER("last_success", INSTANT, success_us),
    MEMBER("certificate_end", INSTANT, certificate_end_us),
};

#define MEMBERS (sizeof members / sizeof members[0])
#define FIRST "{\"event\":\"summary\""

static_assert(offsetof(struct fv_outcome, dry_run) == 0 &&
                  offsetof(struct fv_outcome, error) < 4 * UINT8_MAX,
              "members are found in words");
static_assert(offsetof(struct fv_summary, resumed) ==
                  offsetof(struct fv_summary, downloaded) + sizeof(uint64_t),
              "the number behind it");

void fv_outcome_init(struct fv_outcome *outcome)
{
    memset(outcome, 0, sizeof *outcome);
    outcome->began_us = outcome->ended_us = INT64_MIN;
    outcome->success_us = outcome->certificate_end_us = INT64_MIN;
}

void fv_outcome_count(struct fv_outcome *o, const struct fv_summary *summary)
{
    struct fv_summary *s = &o->summary;
    *s = *summary;
    if (s->certificate_end_us != 0) {
        o->certificate_end_us = s->certificate_end_us;
    }
    if (o->dry_run) {
        o->planned = s->downloaded + s->adopted + s->removed;
        s->downloaded = s->adopted = s->removed = 0;
    }
}

void fv_outcome_follow(struct fv_outcome *outcome, const struct fv_outcome *before)
{
    bool success = outcome->exit == 0 && !outcome->dry_run && outcome->ended_us != INT64_MIN;
    outcome->success_us = success ? outcome->ended_us : before->success_us;
    if (outcome->certificate_end_us == INT64_MIN) {
        outcome->certificate_end_us = before->certificate_end_us;
    }
}

/* --- Writing --- */

void fv_outcome_seconds(struct fv_writer *w, int64_t us)
{
    uint64_t ms = us > 0 ? (uint64_t)us / 1000 : 0;
    fv_writer_u64(w, ms / 1000);
    fv_writer_char(w, '.');
    fv_writer_u64_padded(w, ms % 1000, 3);
}

static const void *value_of(const struct fv_outcome *outcome, size_t i)
{
    return (const uint32_t *)(const void *)outcome + members[i].at;
}

static uint64_t number_of(unsigned kind, const void *value)
{
    const uint64_t *number = value;
    return kind == SHORT ? *(const uint32_t *)value : number[0] + (kind == BOTH ? number[1] : 0);
}

bool fv_outcome_number(const struct fv_outcome *outcome, size_t i, const char **name,
                       uint64_t *value)
{
    for (size_t k = 0; k < MEMBERS; k++) {
        if (members[k].kind <= SHORT && i-- == 0) {
            *name = members[k].name;
            *value = number_of(members[k].kind, value_of(outcome, k));
            return true;
        }
    }
    return false;
}

static void write_value(struct fv_out *o, unsigned kind, const void *value)
{
    char text[40];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    switch (kind) {
    case NUMBER:
    case BOTH:
    case SHORT:
        fv_out_u64(o, number_of(kind, value));
        break;
    case INSTANT: /* fv_timestamp_write() writes nothing if it is not known */
        fv_timestamp_write(*(const int64_t *)value, &w);
        fv_json_string(o, w.len > 0 ? fv_writer_done(&w) : FV_SLICE_NONE);
        break;
    case FLAG:
        fv_out_text(o, *(const bool *)value ? "true" : "false");
        break;
    case SECONDS:
        fv_outcome_seconds(&w, *(const int64_t *)value);
        fv_out_slice(o, fv_writer_done(&w));
        break;
    default:
        fv_json_string(o, *(const char *)value != '\0' ? fv_slice_of(value) : FV_SLICE_NONE);
    }
}

void fv_outcome_write(struct fv_out *o, const struct fv_outcome *outcome, const char *between)
{
    fv_out_text(o, FIRST);
    for (size_t i = 0; i < MEMBERS; i++) {
        fv_out_text(o, between);
        fv_out_text(o, "\"");
        fv_out_text(o, members[i].name);
        fv_out_text(o, "\":");
        write_value(o, members[i].kind, value_of(outcome, i));
    }
    fv_out_text(o, "}");
}

/* --- Reading --- */

/* Read the text between quotes. Escapes other than \" and \\ are left as they are. */
static bool read_text(struct fv_slice s, char *out)
{
    size_t len = 0;
    for (size_t i = 0; i < s.len; i++) {
        bool escape = s.ptr[i] == '\\' && i + 1 < s.len;
        if (s.ptr[i] == '"' || len == FV_OUTCOME_ERROR - 1) {
            return false;
        }
        i += escape && (s.ptr[i + 1] == '"' || s.ptr[i + 1] == '\\') ? 1 : 0;
        out[len++] = s.ptr[i];
    }
    out[len] = '\0';
    return len > 0 && !fv_slice_has_control(s);
}

static bool read_seconds(struct fv_slice s, uint64_t *us)
{
    struct fv_slice whole;
    struct fv_slice rest;
    uint64_t ms = 0;
    bool fine = fv_slice_cut(s, '.', &whole, &rest) && rest.len == 3 &&
                fv_num_decimal(rest, 999, &ms) && fv_num_decimal(whole, UINT32_MAX, us);
    *us = *us * 1000000 + ms * 1000;
    return fine;
}

static bool read_value(struct fv_slice s, unsigned kind, void *value)
{
    uint64_t number = 0;
    bool quoted = s.len >= 2 && s.ptr[0] == '"' && s.ptr[s.len - 1] == '"';
    struct fv_slice inside = quoted ? fv_slice_head(fv_slice_from(s, 1), s.len - 2) : s;
    switch (kind) {
    case NUMBER:
    case BOTH:
        return fv_num_decimal(s, UINT64_MAX, value);
    case SHORT:
        if (!fv_num_decimal(s, UINT32_MAX, &number)) {
            return false;
        }
        *(uint32_t *)value = (uint32_t)number;
        return true;
    case SECONDS:
        return read_seconds(s, value);
    case FLAG:
        *(bool *)value = fv_slice_eq(s, FV_SLICE("true"));
        return *(bool *)value || fv_slice_eq(s, FV_SLICE("false"));
    default:
        if (!quoted) { /* null: it stays as after fv_outcome_init() */
            return fv_slice_eq(s, FV_SLICE("null"));
        }
        return kind == TEXT ? read_text(inside, value) : fv_timestamp_parse(inside, value) == FV_OK;
    }
}

/* Read a line without its comma: "NAME":VALUE. */
static bool read_member(struct fv_slice line, struct fv_outcome *out, uint32_t *seen)
{
    struct fv_slice name;
    struct fv_slice value;
    if (!fv_slice_starts(line, FV_SLICE("\"")) ||
        !fv_slice_cut(fv_slice_from(line, 1), '"', &name, &value) ||
        !fv_slice_starts(value, FV_SLICE(":"))) {
        return false;
    }
    for (size_t i = 0; i < MEMBERS; i++) {
        if (fv_slice_eq(name, fv_slice_of(members[i].name))) {
            bool again = (*seen >> i & 1) != 0;
            *seen |= UINT32_C(1) << i;
            return !again && read_value(fv_slice_from(value, 1), members[i].kind,
                                        (uint32_t *)(void *)out + members[i].at);
        }
    }
    return true;
}

bool fv_outcome_read(struct fv_slice text, struct fv_outcome *out)
{
    const struct fv_slice first = FV_SLICE(FIRST ",\n");
    const struct fv_slice last = FV_SLICE("}\n");
    struct fv_slice line;
    uint32_t seen = 0;
    fv_outcome_init(out);
    if (!fv_slice_starts(text, first) || text.len < first.len + last.len ||
        !fv_slice_eq(fv_slice_from(text, text.len - last.len), last)) {
        return false;
    }
    text = fv_slice_head(fv_slice_from(text, first.len), text.len - first.len - last.len);
    bool more = true;
    while (more) {
        more = fv_slice_cut(text, '\n', &line, &text);
        if (more) { /* all lines but the last end with a comma */
            if (line.len == 0 || line.ptr[line.len - 1] != ',') {
                return false;
            }
            line.len--;
        }
        if (!read_member(line, out, &seen)) {
            return false;
        }
    }
    struct fv_summary *sum = &out->summary;
    bool fits = sum->resumed <= sum->downloaded; /* the number that was read is the sum of both */
    sum->downloaded -= sum->resumed;
    return fits && (seen & 3) == 3; /* time and exit are required */
}

enum fv_err fv_outcome_last(const struct fv_port_storage *storage, struct fv_outcome *last)
{
    char text[FV_OUTCOME_TEXT + 1];
    size_t len = 0;
    enum fv_err err = fv_last_read(storage, text, sizeof text, &len);
    if (err == FV_OK && fv_outcome_read((struct fv_slice){text, len}, last)) {
        return FV_OK;
    }
    fv_outcome_init(last);
    return err == FV_OK ? FV_E_CORRUPT : err;
}
