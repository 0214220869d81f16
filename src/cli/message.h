/*
 * Words for people: what failed, of which host, file or field, and what can be done about it.
 */
#ifndef FV_CLI_MESSAGE_H
#define FV_CLI_MESSAGE_H

#include "base/writer.h"
#include "cli/out.h"
#include "fluxvision.h"

/* Room for what fv_message_fault() writes at most. */
#define FV_MESSAGE_MOST (FV_CAP_SUBJECT + FV_CAP_DETAIL + 200)

/* Write "SUBJECT: what failed (HTTP 404): what is known of it", raw: the caller escapes. */
void fv_message_fault(const struct fv_fault *fault, struct fv_writer *w);

/* Print "fluxvision: PATH: ..." for a file, without the path if it is NULL, escaped, with a hint where there is one, and the native code when verbose. */
void fv_message_print(struct fv_out *o, const struct fv_slice *path, const struct fv_fault *fault,
                      bool verbose);

/* Print "fluxvision: TEXT SUBJECT" for usage errors; subject may be empty. */
void fv_message_usage(struct fv_out *o, const char *text, struct fv_slice subject);

/* Begin a line that says which signal interrupted the program; the caller ends it. */
void fv_message_stopped(struct fv_out *o, int number);
/* Print "fluxvision: NAME, line N: TEXT 'SUBJECT'"; line may be 0, subject empty. */
void fv_message_about(struct fv_out *o, const char *name, uint64_t line, const char *text,
                      struct fv_slice subject);

#endif
