/* SPDX-License-Identifier: MIT */
/*
 * Options. One table has for each option its names, its value, the commands that take it, and its
 * help text. Command line, environment and settings files all use this table, so a setting has the
 * same name everywhere.
 */
#ifndef FV_CLI_OPTIONS_H
#define FV_CLI_OPTIONS_H

#include "base/slice.h"
#include "cli/out.h"

enum fv_option {
    FV_OPT_ENDPOINT,
    FV_OPT_USER,
    FV_OPT_PASSWORD_FILE,
    FV_OPT_CONFIG,
    FV_OPT_CACERT,
    FV_OPT_PINNEDPUBKEY,
    FV_OPT_PROXY,
    FV_OPT_CONNECT_TIMEOUT,
    FV_OPT_STALL_TIMEOUT,
    FV_OPT_MAX_TIME,
    FV_OPT_RETRIES,
    FV_OPT_SPEED_LIMIT,
    FV_OPT_SPEED_TIME,
    FV_OPT_LIMIT_RATE,
    FV_OPT_JOBS,
    FV_OPT_PIPELINE,
    FV_OPT_INCLUDE,
    FV_OPT_EXCLUDE,
    FV_OPT_SINCE,
    FV_OPT_UNTIL,
    FV_OPT_LATEST,
    FV_OPT_MAX_SIZE,
    FV_OPT_OUTPUT,
    FV_OPT_DRY_RUN,
    FV_OPT_PRUNE,
    FV_OPT_MAX_DELETE,
    FV_OPT_ONCE,
    FV_OPT_CHECKSUM,
    FV_OPT_ADOPT,
    FV_OPT_EXEC,
    FV_OPT_EXEC_END,
    FV_OPT_EVERY,
    FV_OPT_MIN_FREE,
    FV_OPT_METRICS,
    FV_OPT_PRINT,
    FV_OPT_MAX_AGE,
    FV_OPT_JSON,
    FV_OPT_QUIET,
    FV_OPT_VERBOSE,
    FV_OPT_PROGRESS,
    FV_OPT_NO_PROGRESS,
    FV_OPT_NO_CONFINE,
    FV_OPT_HELP,
    FV_OPT_VERSION,
    FV_OPT_COUNT
};

/* Commands, as bits. */
#define FV_CMD_LIST 1u
#define FV_CMD_GET 2u
#define FV_CMD_SYNC 4u
#define FV_CMD_VERIFY 8u
#define FV_CMD_STATUS 16u
#define FV_CMD_DOCTOR 32u
#define FV_CMD_NET (FV_CMD_LIST | FV_CMD_GET | FV_CMD_SYNC | FV_CMD_DOCTOR)
#define FV_CMD_ALL 63u

struct fv_option_spec {
    const char *name;  /* long, without "--" */
    const char *value; /* what -h calls the value; NULL: a flag */
    const char *help;
    char letter; /* 0: none */
    uint8_t commands;
};

extern const struct fv_option_spec fv_options[FV_OPT_COUNT];

#define FV_CLI_PATTERNS 32
#define FV_CLI_OPERANDS (FV_CAP_SCOPES + 1)

/* Sources of a value. All other numbers are lines of the settings file, from 1. */
#define FV_FROM_COMMAND_LINE 0u
#define FV_FROM_ENVIRONMENT UINT32_MAX

/* What was given. Values borrow from argv, the environment and the text of the settings file. */
struct fv_given {
    const char *file;            /* path of the settings file, borrowed; NULL: none was read */
    uint32_t now;                /* the source that fv_options_take() reads now */
    uint32_t from[FV_OPT_COUNT]; /* the source of each value, if there is one */
    uint32_t pattern_from[FV_CLI_PATTERNS];
    size_t patterns;
    bool proxy_on_command_line; /* set by it; then it must not have a password */
    bool patterns_closed;       /* the patterns are complete: later sources do not add to them */
    unsigned command;
    struct fv_slice *operand; /* the caller's room for FV_CLI_OPERANDS */
    size_t operands;
    struct fv_slice value[FV_OPT_COUNT]; /* a flag's is "1" or "0"; ptr NULL: not given */
    struct fv_slice pattern[FV_CLI_PATTERNS];
    bool pattern_include[FV_CLI_PATTERNS];
};

/* Read the command line. Return false after printing on err what is wrong. */
bool fv_options_argv(struct fv_given *g, int argc, char **argv, struct fv_out *err);
/* Take one setting from g->now, unless it was given before. FV_OK; FV_E_USAGE: not the value of
 * a flag; FV_E_CAPACITY: one pattern too many. */
enum fv_err fv_options_take(struct fv_given *g, enum fv_option option,
                            struct fv_slice value) FV_MUSTUSE;
/* Return the option with that long name, or FV_OPT_COUNT. */
enum fv_option fv_options_find(struct fv_slice name);
/* Return the name of the option that an unknown name may mean; NULL: none is near. also: one
 * more name to compare, or NULL. */
const char *fv_options_near(struct fv_slice name, const char *also);
/* Return whether a flag is set. */
bool fv_options_flag(const struct fv_given *g, enum fv_option option);
/* Return the value as NUL-terminated text in buf; NULL if it was not given or is longer than size -
 * 1. */
const char *fv_options_text(const struct fv_given *g, enum fv_option option, char *buf,
                            size_t size);

/* Return the command with that name, or 0. */
unsigned fv_options_command(struct fv_slice name);
/* Return the name of a command; NULL: there is none. */
const char *fv_options_command_name(unsigned command);

#endif
