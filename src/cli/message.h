/* SPDX-License-Identifier: MIT */
/*
 * Messages for people. All have one form, on one line:
 *
 *     fluxvision: FILE, line N: NAME 'VALUE': what is wrong; what to do
 *
 * NAME is the option, setting, command or file that the message is about. Each part but what is wrong may be missing. Control
 * bytes are escaped, and what may be a secret in a value is left out. cli/advice.h has the words. What was printed last is kept in
 * o->said, without "fluxvision: ": it tells why a run ended.
 */
#ifndef FV_CLI_MESSAGE_H
#define FV_CLI_MESSAGE_H

#include "base/writer.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/out.h"
#include "fluxvision.h"

/* The longest text that fv_message_fault() writes. */
#define FV_MESSAGE_MOST (FV_CAP_SUBJECT + FV_CAP_DETAIL + 200)

struct fv_message {
    const char *file;      /* settings file, password file, ...; NULL: none */
    uint64_t line;         /* of it, from 1; 0: not known */
    const char *dashes;    /* printed before name, "--"; NULL: nothing */
    struct fv_slice name;  /* may be empty */
    struct fv_slice value; /* ptr NULL: none; an empty one is shown as '' */
    const char *what;
    const char *todo; /* NULL: nothing */
    bool usage;       /* the command line is wrong: name the help that lists what is right */
    unsigned command; /* whose help that is; 0: the general one */
};

/* Print it. */
void fv_message_say(struct fv_out *o, const struct fv_message *m);

/* Write "SUBJECT: what failed (HTTP 503): what is known of it", raw: the caller escapes. */
void fv_message_fault(const struct fv_fault *fault, struct fv_writer *w);

/* Whether a fault's native code is the status of a response. */
bool fv_message_is_http(const struct fv_fault *fault);

/* Print what failed, of the file of that path (NULL: of none), with the native code when verbose. */
void fv_message_print(struct fv_out *o, const struct fv_slice *path, const struct fv_fault *fault,
                      bool verbose);

/* Name an option in m as it was given there: "--retries", a variable, or file, line and setting. from: g->from, or g->pattern_from. variable
 * is borrowed. */
void fv_message_place(struct fv_message *m, const struct fv_given *g, enum fv_option option,
                      uint32_t from, char variable[FV_ENVIRONMENT_NAME]);

/* Say that the value of an option is refused, where it was given, and what is accepted. err: FV_E_USAGE; FV_E_CAPACITY: it is too long, or one too many. Returns err. */
enum fv_err fv_message_value(struct fv_out *o, const struct fv_given *g, enum fv_option option,
                             uint32_t from, struct fv_slice value, enum fv_err err);
/* Say that an option or a setting is not known; near is a name that is meant perhaps, NULL: none is. m has all but what and todo, and
 * names the unknown one as its value. kind: "there is no option". */
void fv_message_unknown(struct fv_out *o, struct fv_message *m, const char *kind, const char *near);

/* Keep what a fault says as if it had been printed last. */
void fv_message_note(struct fv_out *o, const struct fv_fault *fault);

/* The name of a signal that stops the program. */
const char *fv_message_signal(int number);
/* Begin a line that says which signal stopped the program. The caller ends the line. */
void fv_message_stopped(struct fv_out *o, int number);
/* Print "fluxvision: NAME, line N: TEXT 'SUBJECT'"; line may be 0, subject empty. */
void fv_message_about(struct fv_out *o, const char *name, uint64_t line, const char *text,
                      struct fv_slice subject);

#endif
