/* SPDX-License-Identifier: MIT */
#include "cli/message.h"

#include "cli/advice.h"
#include "cli/visible.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>

bool fv_message_is_http(const struct fv_fault *fault)
{
    enum fv_err err = fault->err;
    if (fault->native < 100) {
        return false;
    }
    return err == FV_E_HTTP_STATUS || err == FV_E_HTTP_RETRY || err == FV_E_AUTH ||
           err == FV_E_FORBIDDEN || err == FV_E_PROXY || err == FV_E_PROXY_BUSY;
}

static bool is_errno(enum fv_err err)
{
    return err == FV_E_STORAGE || err == FV_E_FULL || err == FV_E_LARGE || err == FV_E_DENIED ||
           err == FV_E_NETWORK || err == FV_E_CONNECT || err == FV_E_RESET || err == FV_E_EXISTS ||
           err == FV_E_READONLY || err == FV_E_RESOLVE || err == FV_E_PROXY_DOWN ||
           err == FV_E_TLS_CA;
}

/* Return the text of an errno, or of a code of getaddrinfo(), which is negative. NULL: there is
 * nothing to add. */
static const char *reason(const struct fv_fault *fault)
{
    if (fault->native > 0) {
        /* A missing file has its own error code. This ENOENT is from a later call. */
        bool other = fault->err == FV_E_STORAGE && fault->native == ENOENT;
        return is_errno(fault->err) && !other ? strerror(fault->native) : NULL;
    }
    if (fault->err != FV_E_RESOLVE && fault->err != FV_E_TIMEOUT && fault->err != FV_E_PROXY_DOWN) {
        return NULL;
    }
    switch (fault->native) {
    case EAI_NONAME:
        return "the name does not exist";
    case EAI_NODATA:
        return "the name has no address";
    case EAI_AGAIN:
        return "no name server gave an answer";
    case EAI_FAIL:
        return "the name server failed or refused";
    default:
        return NULL;
    }
}

/* Return how many bytes of a URL without "@" may be shown: if the port is not a number, it may
 * be a password, and the host was forgotten. */
static size_t shown_of(struct fv_slice url)
{
    size_t from = fv_slice_find(url, ':') + 3;
    if (!fv_slice_starts(fv_slice_from(url, from - 3), FV_SLICE("://"))) {
        return url.len;
    }
    struct fv_slice rest = fv_slice_from(url, from);
    size_t slash = fv_slice_find(rest, '/');
    size_t colon = fv_slice_find(fv_slice_head(rest, slash), ':');
    size_t end = colon < slash ? colon + 1 : slash;
    while (end < slash && rest.ptr[end] >= '0' && rest.ptr[end] <= '9') {
        end++;
    }
    bool bracket = rest.len > 0 && rest.ptr[0] == '['; /* an IPv6 address */
    return end == slash || bracket ? url.len : from + colon + 1;
}

/* Return the part of subject that may be shown: nothing before an "@" or after a "?", which may
 * be a secret. */
static struct fv_slice shield(struct fv_slice subject)
{
    if (fv_slice_find(subject, '@') == subject.len) {
        subject = fv_slice_head(subject, shown_of(subject));
    }
    size_t colon = fv_slice_find(subject, ':');
    size_t at = fv_slice_find_last(subject, '@');
    size_t question = fv_slice_find(subject, '?');
    bool secret = colon < at && at < subject.len;
    if (secret) { /* if a "?" comes first, it belongs to a password, or the "@" to a query */
        subject = question < at ? FV_SLICE("@") : fv_slice_from(subject, at);
        question = fv_slice_find(subject, '?');
    }
    bool query = secret || colon < question || fv_slice_find_last(subject, '=') < subject.len;
    return query ? fv_slice_head(subject, question + 1) : subject; /* a "?" in a pattern is shown */
}

/* The same for the subject of a fault, which may also be the path of a file, with any character. */
static struct fv_slice subject_of(const struct fv_fault *fault)
{
    struct fv_slice all = fv_slice_of(fault->subject);
    size_t colon = fv_slice_find(all, ':');
    bool url = fv_slice_starts(fv_slice_from(all, colon), FV_SLICE("://"));
    if (!url && fault->err != FV_E_URL && fault->err != FV_E_USAGE && fault->err != FV_E_MISSED) {
        return all;
    }
    if (all.len == sizeof fault->subject - 1 && fv_slice_find(all, '@') == all.len) {
        size_t from = url ? colon + 1 : 0; /* it may have been cut off */
        return fv_slice_head(all, from + fv_slice_find(fv_slice_from(all, from), ':'));
    }
    return shield(all);
}

/* Write the sentence for a 404 of a listing. The level is the number of the scope's parts. */
static void put_unknown_scope(struct fv_writer *w, struct fv_slice scope)
{
    static const char *const levels[] = {"organisation", "study", "delivery"};
    size_t level = 0;
    for (size_t i = 0; i < scope.len && level < 2; i++) {
        level += scope.ptr[i] == '/' ? 1 : 0;
    }
    size_t slash = fv_slice_find_last(scope, '/');
    bool inside = slash < scope.len;
    fv_writer_text(w, "the portal knows no ");
    fv_writer_text(w, levels[level]);
    fv_writer_text(w, " '");
    fv_writer_slice(w, inside ? fv_slice_from(scope, slash + 1) : scope);
    fv_writer_text(w, "'");
    if (inside) {
        fv_writer_text(w, " in ");
        fv_writer_slice(w, fv_slice_head(scope, slash));
    }
    fv_writer_text(w, " (404)");
}

static void put_sentence(const struct fv_fault *fault, struct fv_writer *w)
{
    const char *what = fv_advice_fault(fault).what;
    if (fault->err == FV_E_USAGE && fault->detail[0] != '\0') {
        fv_writer_text(w, fault->detail); /* the general sentence adds nothing */
        return;
    }
    fv_writer_text(w, what != NULL ? what : fv_err_text(fault->err));
    if (fv_message_is_http(fault)) {
        fv_writer_text(w, " (HTTP ");
        fv_writer_u64(w, (uint64_t)fault->native);
        fv_writer_text(w, ")");
    }
    if (fault->detail[0] != '\0') {
        fv_writer_text(w, ": ");
        fv_writer_text(w, fault->detail);
    }
}

FV_COLD void fv_message_fault(const struct fv_fault *fault, struct fv_writer *w)
{
    struct fv_slice subject = subject_of(fault);
    if (fault->err == FV_E_NO_SCOPE) {
        put_unknown_scope(w, subject);
        return;
    }
    /* If the CA bundle cannot be used, the subject (the host) does not matter. */
    if (subject.len > 0 && !(fault->err == FV_E_TLS_CA && fault->detail[0] != '\0')) {
        fv_writer_slice(w, subject);
        fv_writer_text(w, ": ");
    }
    put_sentence(fault, w);
}

/* Return what the user can do about it; NULL: the sentence says everything. */
static const char *hint(const struct fv_fault *fault)
{
    bool told = fault->detail[0] != '\0'; /* the details of a certificate end with the advice */
    switch (fault->err) {
    case FV_E_TLS_CA:
        told = told || (fault->native > 0 && fault->native != ENOENT); /* the bundle exists */
        break;
    case FV_E_TLS_TRUST:
    case FV_E_TLS_TIME:
        break;
    default:
        told = false;
        break;
    }
    return told ? NULL : fv_advice_fault(fault).todo;
}

static void put_native(struct fv_writer *w, int32_t native)
{
    fv_writer_text(w, native < 0 ? " [code -" : " [code ");
    fv_writer_u64(w, (uint64_t)(native < 0 ? -(int64_t)native : native));
    fv_writer_text(w, "]");
}

/* Keep text in o->said, in whole characters: a part of an escaped character would be longer when
 * it is read back. */
static void note(struct fv_out *o, struct fv_slice text)
{
    struct fv_writer *said = o->said;
    struct fv_visible v = {.len = 0};
    if (said == NULL) {
        return;
    }
    fv_writer_init(said, said->buf, said->cap);
    while (text.len > 0 && v.len < said->cap - said->len) {
        fv_visible_next(text, &v);
        if (v.len < said->cap - said->len) {
            fv_writer_slice(said, (struct fv_slice){v.text, v.len});
            text = fv_slice_from(text, v.used);
        }
    }
}

void fv_message_note(struct fv_out *o, const struct fv_fault *fault)
{
    char text[FV_MESSAGE_MOST];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_message_fault(fault, &w);
    note(o, fv_writer_done(&w));
}

static size_t begin(struct fv_out *o)
{
    fv_out_text(o, "fluxvision: ");
    return o->len;
}

/* The message whose text begins at `from` is complete: keep and print it. */
static void end(struct fv_out *o, size_t from)
{
    if (from < o->len) {
        struct fv_slice text = fv_slice_from(fv_out_waiting(o), from);
        note(o, fv_slice_head(text, fv_slice_find(text, '\n')));
    }
    (void)fv_out_flush(o); /* a failure cannot be reported */
}

FV_COLD void fv_message_print(struct fv_out *o, const struct fv_slice *path,
                              const struct fv_fault *fault, bool verbose)
{
    char text[FV_MESSAGE_MOST + 128];
    struct fv_writer w;
    const char *why = reason(fault);
    struct fv_message m = {.what = text, .todo = hint(fault)};
    fv_writer_init(&w, text, sizeof text);
    fv_message_fault(fault, &w);
    if (why != NULL) {
        fv_writer_text(&w, " (");
        fv_writer_text(&w, why);
        fv_writer_text(&w, ")");
    }
    if (verbose && fault->native != 0) {
        put_native(&w, fault->native);
    }
    if (path != NULL && !fv_slice_eq(*path, fv_slice_of(fault->subject))) {
        m.name = *path;
    }
    fv_message_say(o, &m);
}

/* --- The one form --- */

static void put_name(struct fv_out *o, const struct fv_message *m)
{
    fv_out_text(o, m->dashes);
    fv_out_visible(o, m->name);
    if (m->value.ptr != NULL) {
        fv_out_text(o, m->name.len > 0 ? " '" : "'");
        fv_out_visible(o, shield(m->value));
        fv_out_text(o, "'");
    }
    if (m->name.len > 0 || m->value.ptr != NULL) {
        fv_out_text(o, ": ");
    }
}

FV_COLD void fv_message_say(struct fv_out *o, const struct fv_message *m)
{
    const size_t from = begin(o);
    if (m->file != NULL) {
        fv_out_visible(o, fv_slice_of(m->file));
        if (m->line > 0) {
            fv_out_text(o, ", line ");
            fv_out_u64(o, m->line);
        }
        fv_out_text(o, ": ");
    }
    put_name(o, m);
    fv_out_visible(o, fv_slice_of(m->what));
    if (m->todo != NULL) {
        fv_out_text(o, "; ");
        fv_out_text(o, m->todo);
    }
    fv_out_text(o, "\n");
    if (m->usage) {
        const char *command = fv_options_command_name(m->command);
        fv_out_text(o, "Try 'fluxvision ");
        fv_out_text(o, command);
        fv_out_text(o, command != NULL ? " -h'.\n" : "-h'.\n");
    }
    end(o, from);
}

const char *fv_message_signal(int number)
{
    return number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP";
}

FV_COLD void fv_message_place(struct fv_message *m, const struct fv_given *g, enum fv_option option,
                              uint32_t from, char variable[FV_ENVIRONMENT_NAME])
{
    const char *name = fv_options[option].name;
    m->name = fv_slice_of(name);
    if (from == FV_FROM_COMMAND_LINE) {
        m->dashes = "--";
        m->usage = true;
        m->command = g->command;
    } else if (from == FV_FROM_ENVIRONMENT) {
        m->name = fv_slice_of(fv_environment_name(name, variable, FV_ENVIRONMENT_NAME));
    } else {
        m->file = g->file;
        m->line = from;
    }
}

static_assert(FV_CLI_PATTERNS == 32, "fv_message_value() says so");

FV_COLD enum fv_err fv_message_value(struct fv_out *o, const struct fv_given *g,
                                     enum fv_option option, uint32_t from, struct fv_slice value,
                                     enum fv_err err)
{
    char variable[FV_ENVIRONMENT_NAME];
    const struct fv_advice form = fv_advice_form(option);
    struct fv_message m = {.value = value, .what = form.what, .todo = form.todo};
    if (err == FV_E_CAPACITY) {
        bool pattern = option == FV_OPT_INCLUDE || option == FV_OPT_EXCLUDE;
        m.what = pattern ? "one pattern too many" : "this value is too long";
        m.todo = pattern ? "32 are allowed" : NULL;
    }
    fv_message_place(&m, g, option, from, variable);
    fv_message_say(o, &m);
    return err;
}

FV_COLD void fv_message_unknown(struct fv_out *o, struct fv_message *m, const char *kind,
                                const char *near)
{
    char todo[96];
    struct fv_writer w;
    char what[192];
    if (m->todo == NULL && near != NULL) {
        fv_writer_init(&w, todo, sizeof todo);
        fv_writer_text(&w, "did you mean '");
        fv_writer_text(&w, m->dashes != NULL ? m->dashes : "");
        fv_writer_text(&w, near);
        fv_writer_text(&w, "'?");
        m->todo = todo;
    }
    m->dashes = NULL;
    fv_writer_init(&w, what, sizeof what);
    fv_writer_text(&w, kind);
    if (m->value.ptr != NULL) {
        fv_writer_text(&w, " '");
        fv_writer_slice(&w, fv_slice_head(shield(m->value), 64));
        fv_writer_text(&w, "'");
    }
    m->value = FV_SLICE_NONE;
    m->what = what;
    fv_message_say(o, m);
}

void fv_message_stopped(struct fv_out *o, int number)
{
    fv_out_text(o, "fluxvision: interrupted by ");
    fv_out_text(o, fv_message_signal(number));
}

FV_COLD void fv_message_about(struct fv_out *o, const char *name, uint64_t line, const char *text,
                              struct fv_slice subject)
{
    struct fv_message m = {.file = name, .line = line, .value = subject};
    if (subject.len == 0) {
        m.value = FV_SLICE_NONE;
    }
    fv_message_unknown(o, &m, text, NULL);
}
