/* SPDX-License-Identifier: MIT */
/*
 * Messages for people. All have one form, on one line:
 *
 *     fluxvision: FILE, line N: NAME 'VALUE': what is wrong; what to do
 *
 * NAME is the option, setting, command or file that the message is about. Each part but what is
 * wrong may be missing. Control bytes are escaped, and what may be a secret in a value is left out.
 * cli/advice.h has the words. What was printed last is kept in o->said, without "fluxvision: ": it
 * tells why a run ended.
 */
#ifndef FV_CLI_MESSAGE_H
#define FV_CLI_MESSAGE_H

#include "base/writer.h"
#include "cli/environment.h"
#include "cli/options.h"
#include "cli/out.h"
#include "fluxvision.h"

/* longest text in bytes that fv_message_fault() writes */
#define FV_MESSAGE_MOST (FV_CAP_SUBJECT + FV_CAP_DETAIL + 200)

struct fv_message {
    const char *file;      /* name of a settings file, password file and so on; NULL: none */
    uint64_t line;         /* line of that file, from 1; 0: not known */
    const char *dashes;    /* printed before name, "--"; NULL: nothing */
    struct fv_slice name;  /* may be empty */
    struct fv_slice value; /* ptr NULL: none; an empty value is shown as '' */
    const char *what;
    const char *todo; /* NULL: nothing */
    bool usage;       /* the command line is wrong: also print which help lists what is right */
    unsigned command; /* the command of that help; 0: the general help */
};

/* Print a message. */
void fv_message_say(struct fv_out *o, const struct fv_message *m);

/* Write "SUBJECT: what failed (HTTP 503): details". Nothing is escaped: the caller does that. */
void fv_message_fault(const struct fv_fault *fault, struct fv_writer *w);

/* Return whether the native code of a fault is the status of a response. */
bool fv_message_is_http(const struct fv_fault *fault);

/* Print what failed, for the file of that path (NULL: no file); if verbose, with the native
 * code. */
void fv_message_print(struct fv_out *o, const struct fv_slice *path, const struct fv_fault *fault,
                      bool verbose);

/* Name an option in m as it was given: "--retries", a variable, or file, line and setting. from:
 * g->from or g->pattern_from of it. variable is borrowed by m. */
void fv_message_place(struct fv_message *m, const struct fv_given *g, enum fv_option option,
                      uint32_t from, char variable[FV_ENVIRONMENT_NAME]);

/* Print that the value of an option is refused, where it was given, and what is accepted. err:
 * FV_E_USAGE; FV_E_CAPACITY: it is too long, or one pattern too many. Return err. */
enum fv_err fv_message_value(struct fv_out *o, const struct fv_given *g, enum fv_option option,
                             uint32_t from, struct fv_slice value, enum fv_err err);
/* Print that an option or setting is not known. near: a name that may be meant; NULL: none. m
 * has everything but what and todo; its value is the unknown name. kind: for instance "there is
 * no option". */
void fv_message_unknown(struct fv_out *o, struct fv_message *m, const char *kind, const char *near);

/* Keep the text of a fault in o->said, as if it had been printed. */
void fv_message_note(struct fv_out *o, const struct fv_fault *fault);

/* Return the name of a signal that stops the program. */
const char *fv_message_signal(int number);
/* Begin a line that says which signal has stopped the program. The caller ends the line. */
void fv_message_stopped(struct fv_out *o, int number);
/* Print "fluxvision: NAME, line N: TEXT 'SUBJECT'"; line may be 0, subject empty. */
void fv_message_about(struct fv_out *o, const char *name, uint64_t line, const char *text,
                      struct fv_slice subject);

#endif
