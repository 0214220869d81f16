#include "cli/fields.h"

#include "base/writer.h"

#include <string.h>

void fv_fields_of(const struct fv_summary *s, struct fv_field fields[FV_FIELDS])
{
    const struct fv_field all[FV_FIELDS] = {
        {"downloaded", s->downloaded + s->resumed},
        {"resumed", s->resumed},
        {"adopted", s->adopted},
        {"unchanged", s->unchanged},
        {"skipped", s->skipped},
        {"removed", s->removed},
        {"failed", s->failed},
        {"unattempted", s->unattempted},
        {"exec_failed", s->exec_failed},
        {"bytes", s->bytes},
        {"requests", s->requests},
        {"retries", s->retries},
    };
    memcpy(fields, all, sizeof all);
}

struct fv_slice fv_fields_seconds(const struct fv_summary *s, char text[32])
{
    struct fv_writer w;
    uint64_t ms = s->elapsed_us > 0 ? (uint64_t)s->elapsed_us / 1000 : 0;
    fv_writer_init(&w, text, 32);
    fv_writer_u64(&w, ms / 1000);
    fv_writer_char(&w, '.');
    fv_writer_u64_padded(&w, ms % 1000, 3);
    return fv_writer_done(&w);
}
