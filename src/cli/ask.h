/*
 * What a worker asks of its parent (cli/parent.h): one message each way over a socket pair that keeps messages apart. The worker
 * reads from the network and may be taken over by what it reads; all it can ask is here.
 */
#ifndef FV_CLI_ASK_H
#define FV_CLI_ASK_H

#include "fluxvision.h"

enum fv_ask_kind {
    FV_ASK_HOOK, /* run --exec for a file; answered with its exit status, an int */
    FV_ASK_END, /* run --exec-end, what was written to the parent's lines being its input; answered likewise */
    FV_ASK_STOP /* end that command; it is answered with its status all the same */
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

/* Have --exec run for a file, and wait for its end. Until deadline_us, an instant of the port's clock, or a wish to stop: the
 * command is ended then, within half a second.
 * FV_OK; FV_E_HOOK with its status in *status (126 if it could not be run); FV_E_CANCELLED, FV_E_TIMEOUT: it was ended. */
enum fv_err fv_ask_hook(int fd, const struct fv_file *file, int64_t deadline_us,
                        int *status) FV_MUSTUSE;

/* The same for --exec-end. */
enum fv_err fv_ask_end(int fd, const struct fv_summary *summary, int exit, int64_t deadline_us,
                       int *status) FV_MUSTUSE;

/* The parent's side: receive a message. Does not wait. FV_OK; FV_AGAIN: there is none; FV_E_CLOSED: there will be none; FV_E_USAGE:
 * it is not one of these. */
enum fv_err fv_ask_take(int fd, struct fv_ask *ask) FV_MUSTUSE;
/* Answer FV_ASK_HOOK. Does not wait: a worker that does not read its answers gets none. */
void fv_ask_answer(int fd, int status);

#endif
