#include "cli/message.h"

#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <string.h>

static bool is_http(enum fv_err err)
{
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

/* What an errno says, or a look-up's code, which is negative. NULL: nothing more. */
static const char *reason(const struct fv_fault *fault)
{
    if (fault->native > 0) {
        /* That a file is missing has an error of its own: here it was said of one that was looked for afterwards. */
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

/* What of subject may be seen: nothing before an "@" or behind a "?" that is, or holds, a secret. */
static struct fv_slice shield(struct fv_slice subject)
{
    size_t colon = fv_slice_find(subject, ':');
    size_t at = fv_slice_find_last(subject, '@');
    size_t question = fv_slice_find(subject, '?');
    if (colon < at &&
        at < subject.len) { /* a "?" before it is a password's, or the "@" is a query's */
        subject = question < at ? FV_SLICE("@") : fv_slice_from(subject, at);
        question = fv_slice_find(subject, '?');
    }
    bool query = colon < question || fv_slice_find_last(subject, '=') < subject.len;
    return query ? fv_slice_head(subject, question + 1) : subject; /* not of a pattern */
}

/* The same of a fault's, which may be the path of a file, with any character. */
static struct fv_slice subject_of(const struct fv_fault *fault)
{
    struct fv_slice all = fv_slice_of(fault->subject);
    size_t colon = fv_slice_find(all, ':');
    bool url = fv_slice_starts(fv_slice_from(all, colon), FV_SLICE("://"));
    if (!url && fault->err != FV_E_URL && fault->err != FV_E_USAGE && fault->err != FV_E_MISSED) {
        return all;
    }
    if (all.len == sizeof fault->subject - 1 && fv_slice_find(all, '@') == all.len) {
        size_t from = url ? colon + 1 : 0; /* it was cut off, perhaps */
        return fv_slice_head(all, from + fv_slice_find(fv_slice_from(all, from), ':'));
    }
    return shield(all);
}

void fv_message_fault(const struct fv_fault *fault, struct fv_writer *w)
{
    if (fault->subject[0] != '\0') {
        fv_writer_slice(w, subject_of(fault));
        fv_writer_text(w, ": ");
    }
    fv_writer_text(w, fv_err_text(fault->err));
    if (fault->native >= 100 && is_http(fault->err)) {
        fv_writer_text(w, " (HTTP ");
        fv_writer_u64(w, (uint64_t)fault->native);
        fv_writer_text(w, ")");
    }
    if (fault->detail[0] != '\0') {
        fv_writer_text(w, ": ");
        fv_writer_text(w, fault->detail);
    }
}

/* What the user can do about it; NULL if the sentence says all. */
static const char *hint(const struct fv_fault *fault)
{
    if (fault->detail[0] != '\0') {
        return NULL; /* it has the way out in it */
    }
    switch (fault->err) {
    case FV_E_AUTH:
        return "check user and password (-u, --password-file, FLUXVISION_PASSWORD, ~/.netrc)";
    case FV_E_FORBIDDEN:
        return "this user may not read that";
    case FV_E_TLS_TRUST:
        return "if the portal's CA is a private one, name it with --cacert";
    case FV_E_TLS_CA:
        if (fault->native > 0 && fault->native != ENOENT) {
            return NULL; /* it is there */
        }
        return "install the package ca-certificates, or name a bundle with --cacert";
    case FV_E_TLS_TIME:
        return "check this machine's clock as well";
    case FV_E_BUSY:
        return "wait for it to end";
    default:
        return NULL;
    }
}

static void print_native(struct fv_out *o, const struct fv_fault *fault)
{
    fv_out_text(o, " [code ");
    if (fault->native < 0) {
        fv_out_text(o, "-");
    }
    fv_out_u64(o, (uint64_t)(fault->native < 0 ? -(int64_t)fault->native : fault->native));
    fv_out_text(o, "]");
}

static void print_subject(struct fv_out *o, struct fv_slice subject)
{
    fv_out_text(o, " '");
    fv_out_visible(o, shield(subject));
    fv_out_text(o, "'");
}

void fv_message_print(struct fv_out *o, const struct fv_slice *path, const struct fv_fault *fault,
                      bool verbose)
{
    char text[FV_MESSAGE_MOST];
    struct fv_writer w;
    fv_writer_init(&w, text, sizeof text);
    fv_message_fault(fault, &w);
    fv_out_text(o, "fluxvision: ");
    if (path != NULL && !fv_slice_eq(*path, fv_slice_of(fault->subject))) {
        fv_out_visible(o, *path);
        fv_out_text(o, ": ");
    }
    fv_out_visible(o, fv_writer_done(&w));
    const char *why = reason(fault);
    if (why != NULL) {
        fv_out_text(o, " (");
        fv_out_text(o, why);
        fv_out_text(o, ")");
    }
    const char *more = hint(fault);
    if (more != NULL) {
        fv_out_text(o, "; ");
        fv_out_text(o, more);
    }
    if (verbose && fault->native != 0) {
        print_native(o, fault);
    }
    fv_out_text(o, "\n");
    (void)fv_out_flush(o); /* nowhere to tell of it */
}

void fv_message_stopped(struct fv_out *o, int number)
{
    fv_out_text(o, "fluxvision: interrupted by ");
    fv_out_text(o, number == SIGINT ? "SIGINT" : number == SIGTERM ? "SIGTERM" : "SIGHUP");
}

void fv_message_usage(struct fv_out *o, const char *text, struct fv_slice subject)
{
    fv_out_text(o, "fluxvision: ");
    fv_out_text(o, text);
    if (subject.len > 0) {
        print_subject(o, subject);
    }
    fv_out_text(o, "\nTry 'fluxvision -h'.\n");
    (void)fv_out_flush(o);
}

void fv_message_about(struct fv_out *o, const char *name, uint64_t line, const char *text,
                      struct fv_slice subject)
{
    fv_out_text(o, "fluxvision: ");
    fv_out_visible(o, fv_slice_of(name));
    if (line > 0) {
        fv_out_text(o, ", line ");
        fv_out_u64(o, line);
    }
    fv_out_text(o, ": ");
    fv_out_text(o, text);
    if (subject.len > 0) {
        print_subject(o, subject);
    }
    fv_out_text(o, "\n");
    (void)fv_out_flush(o);
}
