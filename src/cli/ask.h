/* SPDX-License-Identifier: MIT */
/*
 * Requests of a worker to its parent (cli/parent.h): one message in each direction, over a socket
 * pair that preserves message boundaries. The worker reads from the network, so an attacker may
 * control it. It can request nothing else than the messages below.
 */
#ifndef FV_CLI_ASK_H
#define FV_CLI_ASK_H

#include "fluxvision.h"

enum fv_ask_kind {
    FV_ASK_HOOK, /* run --exec for a file; the reply is its exit status, an int */
    FV_ASK_END,  /* run --exec-end, with the parent's lines as its input; the reply is the same */
    FV_ASK_STOP  /* end that command; the reply is still its exit status */
};

struct fv_ask {
    enum fv_ask_kind kind;
    struct fv_summary summary; /* of FV_ASK_END */
    int exit;                  /* the exit status of the run up to now */
    /* Of FV_ASK_HOOK. */
    enum fv_reason reason;
    int64_t modified_us;
    uint64_t size;
    size_t path_len, url_len; /* of text, one after the other */
    uint8_t sha256[FV_SHA256_SIZE];
    char text[FV_CAP_PATH + FV_CAP_URL];
};

/* Have --exec run for a file, and wait until it ends. At deadline_us, an instant of the port's
 * clock, or when the user asks to stop, the command is ended within half a second. FV_OK;
 * FV_E_HOOK: its exit status is in *status (126: it could not be run); FV_E_CANCELLED,
 * FV_E_TIMEOUT: it was ended. */
enum fv_err fv_ask_hook(int fd, const struct fv_file *file, int64_t deadline_us,
                        int *status) FV_MUSTUSE;

/* The same for --exec-end. */
enum fv_err fv_ask_end(int fd, const struct fv_summary *summary, int exit, int64_t deadline_us,
                       int *status) FV_MUSTUSE;

/* The parent's side: receive a message, without waiting. FV_OK; FV_AGAIN: there is none now;
 * FV_E_CLOSED: there will be none; FV_E_USAGE: it is not a valid message. */
enum fv_err fv_ask_take(int fd, struct fv_ask *ask) FV_MUSTUSE;
/* Reply to FV_ASK_HOOK or FV_ASK_END, without waiting. The reply is lost if the worker does not
 * read its replies. */
void fv_ask_reply(int fd, int status);

#endif
