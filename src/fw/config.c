/* SPDX-License-Identifier: MIT */
#include "fw/config.h"

#include "base/num.h"
#include "base/writer.h"
#include "client/features.h"
#include "parse/config.h"
#include "parse/ip4.h"
#include "parse/quantity.h"

#include <string.h>

enum kind {
    TEXT,
    FLAG,
    NUMBER,
    COUNT,
    SIZE,
    SECONDS,
    SPAN,
    ADDRESS,
    PATTERN_IN,
    PATTERN_OUT,
    PATH,
    SERVER
};

/* What must be linked for a setting. */
enum needs { NOTHING, PRUNE, VERIFY, FILTER, PINS, RATE, COMPARE };

struct setting {
    const char *name;
    uint8_t kind;
    uint8_t needs;
    uint16_t at; /* in struct fv_fw_config */
};

#define AT(field) offsetof(struct fv_fw_config, field)

static const struct setting settings[] = {
    {"endpoint", TEXT, NOTHING, AT(settings.endpoint)},
    {"user", TEXT, NOTHING, AT(settings.user)},
    {"password", TEXT, NOTHING, AT(settings.password)},
    {"scope", TEXT, NOTHING, AT(scope)},
    {"pinnedpubkey", TEXT, PINS, AT(settings.pins)},
    {"since", TEXT, FILTER, AT(since)},
    {"until", TEXT, FILTER, AT(until)},
    {"cacert", PATH, NOTHING, AT(cacert)},
    {"ntp", SERVER, NOTHING, AT(ntp)},
    {"include", PATTERN_IN, FILTER, 0},
    {"exclude", PATTERN_OUT, FILTER, 0},
    {"latest", NUMBER, FILTER, AT(settings.latest)},
    {"max-delete", NUMBER, PRUNE, AT(settings.max_delete)},
    {"retries", COUNT, NOTHING, AT(settings.retries)},
    {"min-free", SIZE, NOTHING, AT(settings.min_free)},
    {"limit-rate", SIZE, RATE, AT(settings.rate_limit)},
    {"connect-timeout", SECONDS, NOTHING, AT(settings.connect_timeout_ms)},
    {"stall-timeout", SECONDS, NOTHING, AT(settings.stall_timeout_ms)},
    {"every", SPAN, NOTHING, AT(every_us)},
    {"prune", FLAG, PRUNE, AT(settings.prune)},
    {"once", FLAG, NOTHING, AT(settings.once)},
    {"checksum", FLAG, COMPARE, AT(settings.checksum)},
    {"adopt", FLAG, COMPARE, AT(settings.adopt)},
    {"verify", FLAG, VERIFY, AT(verify)},
    {"address", ADDRESS, NOTHING, AT(address.address)},
    {"netmask", ADDRESS, NOTHING, AT(address.mask)},
    {"gateway", ADDRESS, NOTHING, AT(address.gateway)},
    {"dns", ADDRESS, NOTHING, AT(address.dns)},
};

static bool is_linked(enum needs needs)
{
    switch (needs) {
    case NOTHING:
        break;
    case PRUNE:
        return fv_prune_linked;
    case VERIFY:
        return fv_verify_linked;
    case FILTER:
        return fv_filter_linked;
    case PINS:
        return fv_tls_pin_linked;
    case RATE:
        return fv_rate_limit_linked;
    case COMPARE:
        return FV_CAP_COMPARE;
    }
    return true;
}

static bool take_pattern(struct fv_settings *s, struct fv_slice value, bool include)
{
    if (s->pattern_count == FV_CAP_GLOBS) {
        return false;
    }
    s->patterns[s->pattern_count++] = (struct fv_pattern){value, include};
    return true;
}

/* Read NAME[:PORT]. The colon is replaced by the end of the name. */
static bool take_server(struct fv_fw_config *c, char *value, struct fv_slice text)
{
    uint64_t port = 0;
    size_t colon = fv_slice_find(text, ':');
    if (colon < text.len && !fv_num_decimal(fv_slice_from(text, colon + 1), UINT16_MAX, &port)) {
        return false;
    }
    value[colon] = '\0';
    c->ntp = value;
    c->ntp_port = (uint16_t)port;
    return colon > 0;
}

/* Take the value of a setting. value is text as a NUL-terminated string. */
static bool take(struct fv_fw_config *c, const struct setting *s, char *value, struct fv_slice text)
{
    void *field = (char *)c + s->at;
    uint64_t v = 0;
    bool good = true;
    switch ((enum kind)s->kind) {
    case TEXT:
        *(struct fv_slice *)field = text;
        /* an empty value is an error: an empty pinnedpubkey must not mean "no pin" */
        return text.len > 0;
    case PATH:
        *(const char **)field = value;
        return text.len > 0;
    case FLAG:
        good = fv_num_decimal(text, 1, &v);
        *(bool *)field = v == 1;
        return good;
    case NUMBER:
        c->settings.limit_deletes = c->settings.limit_deletes || s->at == AT(settings.max_delete);
        return fv_num_decimal(text, UINT64_MAX, field);
    case COUNT:
        good = fv_num_decimal(text, UINT32_MAX, &v);
        *(uint32_t *)field = (uint32_t)v;
        return good;
    case SIZE:
        return fv_quantity_size(text, field) == FV_OK;
    case SECONDS:
        return fv_quantity_seconds(text, field) == FV_OK;
    case SPAN:
        return fv_quantity_span(text, field) == FV_OK;
    case ADDRESS:
        return fv_ip4_parse(text, field); /* ip4_addr_t: in the network's order */
    case PATTERN_IN:
    case PATTERN_OUT:
        return fv_filter_linked && take_pattern(&c->settings, text, s->kind == PATTERN_IN);
    case SERVER:
        return take_server(c, value, text);
    }
    return false;
}

static enum fv_err wrong(struct fv_fault *fault, uint64_t line, struct fv_slice name,
                         const char *why)
{
    char text[80];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, FV_FW_CONFIG_FILE ", line ");
    fv_writer_u64(&w, line);
    fv_writer_text(&w, ", ");
    fv_writer_slice(&w, fv_slice_head(name, 20));
    fv_writer_text(&w, why);
    return fv_fault_set(fault, FV_E_USAGE, 0, text);
}

static const struct setting *find(struct fv_slice name)
{
    for (size_t i = 0; i < sizeof settings / sizeof settings[0]; i++) {
        if (fv_slice_eq(name, fv_slice_of(settings[i].name))) {
            return &settings[i];
        }
    }
    return NULL;
}

static enum fv_err take_line(struct fv_fw_config *c, char *line, size_t len, uint64_t number,
                             struct fv_fault *fault)
{
    struct fv_slice name = FV_SLICE_NONE;
    struct fv_slice value = FV_SLICE_NONE;
    enum fv_err err = fv_config_line(line, len, &name, &value);
    if (err == FV_NOTHING) {
        return FV_OK;
    }
    if (err != FV_OK) {
        return wrong(fault, number, FV_SLICE("not 'name = value'"), "");
    }
    /* The value ends before the line or with it, so there is room for a NUL. */
    char *text = value.len > 0 ? line + (value.ptr - line) : line + len;
    text[value.len] = '\0';
    value.ptr = text;
    const struct setting *s = find(name);
    if (s != NULL && !is_linked(s->needs) &&
        !(s->kind == FLAG && fv_slice_eq(value, FV_SLICE("0")))) {
        return wrong(fault, number, name, FV_FEATURES_LACKING);
    }
    return s != NULL && take(c, s, text, value) ? FV_OK : wrong(fault, number, name, "");
}

static enum fv_err parse(struct fv_fw_config *c, struct fv_fault *fault)
{
    size_t at = c->len >= 3 && memcmp(c->text, "\xEF\xBB\xBF", 3) == 0 ? 3 : 0;
    for (uint64_t number = 1; at < c->len; number++) {
        struct fv_slice rest = {c->text + at, c->len - at};
        size_t len = fv_slice_find(rest, '\n');
        enum fv_err err = take_line(c, c->text + at, len, number, fault);
        if (err != FV_OK) {
            return err;
        }
        at += len + 1;
    }
    return FV_OK;
}

static enum fv_err too_long(struct fv_fault *fault, uint64_t size)
{
    char text[64];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_writer_text(&w, FV_FW_CONFIG_FILE ": ");
    fv_writer_u64(&w, size);
    fv_writer_text(&w, " bytes, this build reads ");
    fv_writer_u64(&w, FV_CAP_CONFIG);
    fv_writer_text(&w, " at most");
    return fv_fault_set(fault, FV_E_CAPACITY, 0, text);
}

static enum fv_err load(struct fv_fw_config *c, const struct fv_port_storage *io,
                        struct fv_fault *fault)
{
    uint64_t size = 0;
    int file = -1;
    enum fv_err err = io->open(io->ctx, FV_FW_CONFIG_FILE, FV_PORT_OPEN_READ, &file);
    if (err != FV_OK) {
        return err;
    }
    err = io->read(io->ctx, file, 0, c->text, sizeof c->text, &c->len);
    if (err == FV_OK && c->len == sizeof c->text) {
        err = io->size(io->ctx, file, &size);
        err = err == FV_OK ? too_long(fault, size) : err;
    }
    enum fv_err closed = io->close(io->ctx, file);
    return err == FV_OK ? closed : err;
}

enum fv_err fv_fw_config_read(struct fv_fw_config *c, const struct fv_port_storage *io,
                              struct fv_fault *fault)
{
    memset(c, 0, sizeof *c);
    fv_settings_init(&c->settings);
    c->cacert = "ca.pem";
    enum fv_err err = load(c, io, fault);
    if (err == FV_OK) {
        err = parse(c, fault);
    }
    if (err == FV_OK &&
        (c->scope.len == 0 || c->settings.user.len == 0 || c->settings.password.len == 0)) {
        return fv_fault_set(fault, FV_E_USAGE, 0,
                            FV_FW_CONFIG_FILE ": scope, user and password are needed");
    }
    return err == FV_OK ? FV_OK : fv_fault_set(fault, err, 0, FV_FW_CONFIG_FILE);
}

static bool take_date(struct fv_slice text, int64_t wall_us, bool last, int64_t *out)
{
    return text.len == 0 || !fv_filter_linked ||
           fv_quantity_when(text, wall_us, last, out) == FV_OK;
}

enum fv_err fv_fw_config_dates(struct fv_fw_config *c, int64_t wall_us, struct fv_fault *fault)
{
    if (!take_date(c->since, wall_us, false, &c->settings.since_us) ||
        !take_date(c->until, wall_us, true, &c->settings.until_us)) {
        return fv_fault_set(fault, FV_E_USAGE, 0, FV_FW_CONFIG_FILE ": since, until");
    }
    return FV_OK;
}
