/* SPDX-License-Identifier: MIT */
#include "cli/options.h"

#include "cli/advice.h"
#include "cli/help.h"
#include "cli/message.h"
#include "cli/near.h"

#include <string.h>

const struct fv_option_spec fv_options[FV_OPT_COUNT] = {
    [FV_OPT_ENDPOINT] = {"endpoint", "URL", "the portal: https://HOST[:PORT][/PREFIX]", 'e',
                         FV_CMD_NET},
    [FV_OPT_USER] = {"user", "NAME", "the login of a portal user", 'u', FV_CMD_NET},
    [FV_OPT_PASSWORD_FILE] = {"password-file", "FILE", "its first line is the password", 0,
                              FV_CMD_NET},
    [FV_OPT_CONFIG] = {"config", "FILE", "settings file with lines 'option = value'", 'c',
                       FV_CMD_ALL},
    [FV_OPT_CACERT] = {"cacert", "FILE", "trust these CAs (PEM), not the system's", 0, FV_CMD_NET},
    [FV_OPT_PINNEDPUBKEY] = {"pinnedpubkey", "PINS",
                             "the server's key must be one of sha256//BASE64[;...]", 0, FV_CMD_NET},
    [FV_OPT_PROXY] = {"proxy", "URL", "HTTP proxy: http://HOST:PORT", 0, FV_CMD_NET},
    [FV_OPT_CONNECT_TIMEOUT] = {"connect-timeout", "SEC",
                                "limit for name, TCP, proxy and TLS together (10)", 0, FV_CMD_NET},
    [FV_OPT_STALL_TIMEOUT] = {"stall-timeout", "SEC",
                              "limit for a time without a byte of a response (30)", 0, FV_CMD_NET},
    [FV_OPT_MAX_TIME] = {"max-time", "SEC",
                         "limit for the command, or for each run of --every (none)", 0, FV_CMD_NET},
    [FV_OPT_RETRIES] = {"retries", "N", "attempts after the first, for transient failures (5)", 0,
                        FV_CMD_NET},
    [FV_OPT_SPEED_LIMIT] = {"speed-limit", "RATE", "a slower transfer fails: bytes a second (100)",
                            0, FV_CMD_NET},
    [FV_OPT_SPEED_TIME] = {"speed-time", "SEC", "... if it is slower for that long (60)", 0,
                           FV_CMD_NET},
    [FV_OPT_LIMIT_RATE] = {"limit-rate", "RATE", "most bytes a second: 500k, 1.5M (no limit)", 0,
                           FV_CMD_NET},
    [FV_OPT_JOBS] = {"jobs", "N", "connections, 1 to 16 (1)", 0, FV_CMD_SYNC},
    [FV_OPT_PIPELINE] = {"pipeline", "N", "requests in flight on a connection, 1 to 256 (256)", 0,
                         FV_CMD_SYNC | FV_CMD_DOCTOR},
    [FV_OPT_INCLUDE] = {"include", "GLOB",
                        "take only files that match; repeatable, the first match decides", 0,
                        FV_CMD_LIST | FV_CMD_SYNC},
    [FV_OPT_EXCLUDE] = {"exclude", "GLOB", "leave out files that match", 0,
                        FV_CMD_LIST | FV_CMD_SYNC},
    [FV_OPT_SINCE] = {"since", "WHEN", "modified then or later: 2021-04-02, RFC 3339, 36h, 7d", 0,
                      FV_CMD_LIST | FV_CMD_SYNC},
    [FV_OPT_UNTIL] = {"until", "WHEN", "modified then or earlier; a day is included as a whole", 0,
                      FV_CMD_LIST | FV_CMD_SYNC},
    [FV_OPT_LATEST] = {"latest", "N", "the N most recent of the files that are left", 0,
                       FV_CMD_LIST | FV_CMD_SYNC},
    [FV_OPT_MAX_SIZE] = {"max-size", "SIZE", "skip larger files: 500k, 2G", 0, FV_CMD_SYNC},
    [FV_OPT_OUTPUT] = {"output", "FILE", "file or directory to write to; - is standard output", 'o',
                       FV_CMD_GET},
    [FV_OPT_DRY_RUN] = {"dry-run", NULL, "print what would be done", 'n', FV_CMD_SYNC},
    [FV_OPT_PRUNE] = {"prune", NULL, "remove fetched files that the portal no longer lists", 0,
                      FV_CMD_SYNC},
    [FV_OPT_MAX_DELETE] = {"max-delete", "N",
                           "with --prune: remove no file if more than N would go", 0, FV_CMD_SYNC},
    [FV_OPT_ONCE] = {"once", NULL, "do not fetch again what was moved away", 0, FV_CMD_SYNC},
    [FV_OPT_CHECKSUM] = {"checksum", NULL, "compare files by SHA-256, not by size and time", 0,
                         FV_CMD_SYNC},
    [FV_OPT_ADOPT] = {"adopt", NULL, "record files that are there, with the same size and time", 0,
                      FV_CMD_SYNC},
    [FV_OPT_EXEC] = {"exec", "CMD", "run CMD after each file (FLUXVISION_PATH, _URL, _SHA256 ...)",
                     0, FV_CMD_SYNC},
    [FV_OPT_EXEC_END] = {"exec-end", "CMD",
                         "run CMD after a run that changed files; JSON lines as its input", 0,
                         FV_CMD_SYNC},
    [FV_OPT_EVERY] = {"every", "SPAN", "repeat for ever: 15m, 6h, 1d", 0, FV_CMD_SYNC},
    [FV_OPT_MIN_FREE] = {"min-free", "SIZE", "leave that much of the file system free", 0,
                         FV_CMD_SYNC | FV_CMD_DOCTOR},
    [FV_OPT_METRICS] = {"metrics", "FILE", "write Prometheus's text format there after each run", 0,
                        FV_CMD_SYNC},
    [FV_OPT_PRINT] = {"print", NULL, "print the list that sha256sum -c reads", 0, FV_CMD_VERIFY},
    [FV_OPT_MAX_AGE] = {"max-age", "SPAN",
                        "exit with 1 unless the last success is younger: 26h, 2d", 0,
                        FV_CMD_STATUS},
    [FV_OPT_JSON] = {"json", NULL, "one JSON object a line", 0, FV_CMD_ALL},
    [FV_OPT_QUIET] = {"quiet", NULL, "errors only", 'q', FV_CMD_ALL},
    [FV_OPT_VERBOSE] = {"verbose", NULL, "also connections (TLS), unchanged files, retries", 'v',
                        FV_CMD_ALL},
    [FV_OPT_PROGRESS] = {"progress", NULL, "progress also without a terminal", 0, FV_CMD_ALL},
    [FV_OPT_NO_PROGRESS] = {"no-progress", NULL, "no progress on a terminal", 0, FV_CMD_ALL},
    [FV_OPT_NO_CONFINE] = {"no-confine", NULL,
                           "do not drop privileges or restrict system calls (debugging)", 0,
                           FV_CMD_ALL},
    [FV_OPT_HELP] = {"help", NULL, "this text", 'h', FV_CMD_ALL},
    [FV_OPT_VERSION] = {"version", NULL, "the version", 'V', FV_CMD_ALL},
};

/* clang-format off */
static const struct {
    const char *name;
    unsigned command;
    size_t operands_min, operands_max;
} commands[] = {
    {"list", FV_CMD_LIST, 1, FV_CAP_SCOPES},
    {"get", FV_CMD_GET, 1, 1},
    {"sync", FV_CMD_SYNC, 2, FV_CAP_SCOPES + 1},
    {"verify", FV_CMD_VERIFY, 1, 1},
    {"status", FV_CMD_STATUS, 1, 1},
    {"doctor", FV_CMD_DOCTOR, 0, 2},
};
/* clang-format on */

#define COMMANDS (sizeof commands / sizeof commands[0])

unsigned fv_options_command(struct fv_slice name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (fv_slice_eq(name, fv_slice_of(commands[i].name))) {
            return commands[i].command;
        }
    }
    return 0;
}

const char *fv_options_command_name(unsigned command)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].command == command) {
            return commands[i].name;
        }
    }
    return NULL;
}

enum fv_option fv_options_find(struct fv_slice name)
{
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (fv_slice_eq(name, fv_slice_of(fv_options[i].name))) {
            return (enum fv_option)i;
        }
    }
    return FV_OPT_COUNT;
}

const char *fv_options_near(struct fv_slice name, const char *also)
{
    struct fv_near n = fv_near_begin(name);
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        fv_near_try(&n, fv_options[i].name);
    }
    fv_near_try(&n, also);
    return n.best;
}

static enum fv_option find_letter(char letter)
{
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (fv_options[i].letter == letter) {
            return (enum fv_option)i;
        }
    }
    return FV_OPT_COUNT;
}

static enum fv_err take_pattern(struct fv_given *g, bool include, struct fv_slice value)
{
    if (g->patterns_closed) {
        return FV_OK;
    }
    if (g->patterns == FV_CLI_PATTERNS) {
        return FV_E_CAPACITY;
    }
    g->pattern[g->patterns] = value;
    g->pattern_include[g->patterns] = include;
    g->pattern_from[g->patterns] = g->now;
    g->patterns++;
    return FV_OK;
}

enum fv_err fv_options_take(struct fv_given *g, enum fv_option option, struct fv_slice value)
{
    if (option == FV_OPT_INCLUDE || option == FV_OPT_EXCLUDE) {
        return take_pattern(g, option == FV_OPT_INCLUDE, value);
    }
    if (fv_options[option].value == NULL && !fv_slice_eq(value, FV_SLICE("0")) &&
        !fv_slice_eq(value, FV_SLICE("1"))) {
        return FV_E_USAGE;
    }
    if (g->value[option].ptr == NULL) {
        g->value[option] = value;
        g->from[option] = g->now;
    }
    return FV_OK;
}

bool fv_options_flag(const struct fv_given *g, enum fv_option option)
{
    return fv_slice_eq(g->value[option], FV_SLICE("1"));
}

const char *fv_options_text(const struct fv_given *g, enum fv_option option, char *buf, size_t size)
{
    struct fv_slice v = g->value[option];
    if (v.ptr == NULL || v.len >= size) {
        return NULL;
    }
    memcpy(buf, v.ptr, v.len);
    buf[v.len] = '\0';
    return buf;
}

/* --- Command line --- */

struct args {
    struct fv_given *g;
    int argc;
    char **argv;
    int at;
    struct fv_out *err;
};

/* Print a message about a word of the command line. Return false. */
static bool complain(const struct args *a, const char *what, struct fv_slice value,
                     const char *todo)
{
    const struct fv_message m = {
        .value = value, .what = what, .todo = todo, .usage = true, .command = a->g->command};
    fv_message_say(a->err, &m);
    return false;
}

/* Print that a word is not an option or command. kind: for instance "there is no option". Return
 * false. */
static bool complain_unknown(const struct args *a, const char *kind, struct fv_slice word,
                             const char *near)
{
    struct fv_message m = {.value = word,
                           .todo = fv_advice_alias(word),
                           .usage = true,
                           .command = a->g->command};
    m.dashes = word.ptr[0] == '-' ? "--" : NULL;
    fv_message_unknown(a->err, &m, kind, near);
    return false;
}

/* Print a message about the operands. Return false. */
static bool complain_operand(const struct args *a, const char *what, struct fv_slice value)
{
    char todo[96];
    struct fv_writer w;
    fv_writer_init(&w, todo, sizeof todo);
    fv_writer_text(&w, "usage: fluxvision ");
    fv_writer_text(&w, fv_help_usage(a->g->command));
    return complain(a, what, value, todo);
}

/* Print what is wrong with the first argument that is too many. Return false. */
static bool complain_surplus(const struct args *a, struct fv_slice word)
{
    char what[48] = "one argument too many";
    struct fv_writer w;
    if ((a->g->command & (FV_CMD_LIST | FV_CMD_SYNC)) != 0) {
        fv_writer_init(&w, what, sizeof what);
        fv_writer_text(&w, "one scope too many, of at most ");
        fv_writer_u64(&w, FV_CAP_SCOPES);
    }
    return complain_operand(a, what, word);
}

/* Take option. given: the value in the same word; ptr NULL: none. */
static bool take(struct args *a, enum fv_option option, struct fv_slice given, struct fv_slice word)
{
    const struct fv_option_spec *spec = &fv_options[option];
    if (spec->value == NULL) {
        if (given.ptr != NULL) {
            return complain(a, "this option takes no value", word, NULL);
        }
        given = FV_SLICE("1");
    } else if (given.ptr == NULL) {
        if (a->at + 1 >= a->argc) {
            return complain(a, "its value is missing", word, NULL);
        }
        given = fv_slice_of(a->argv[++a->at]);
    }
    a->g->value[option].ptr = NULL; /* on the command line the last value counts */
    enum fv_err err = fv_options_take(a->g, option, given);
    if (err != FV_OK) {
        (void)fv_message_value(a->err, a->g, option, FV_FROM_COMMAND_LINE, given, err);
    }
    return err == FV_OK;
}

static bool take_long(struct args *a, struct fv_slice word)
{
    struct fv_slice name;
    struct fv_slice value;
    if (!fv_slice_cut(fv_slice_from(word, 2), '=', &name, &value)) {
        value = FV_SLICE_NONE;
    } else if (value.ptr == NULL) {
        value = FV_SLICE("");
    }
    enum fv_option option = fv_options_find(name);
    word = fv_slice_head(word, 2 + name.len);
    if (option == FV_OPT_COUNT) {
        return complain_unknown(a, "there is no option", word, fv_options_near(name, NULL));
    }
    return take(a, option, value, word);
}

static bool take_letters(struct args *a, struct fv_slice word)
{
    for (size_t i = 1; i < word.len; i++) {
        enum fv_option option = find_letter(word.ptr[i]);
        if (option == FV_OPT_COUNT) {
            const char letter[] = {'-', word.ptr[i]};
            return complain_unknown(a, "there is no option",
                                    (struct fv_slice){letter, sizeof letter}, NULL);
        }
        struct fv_slice rest = fv_slice_from(word, i + 1);
        if (fv_options[option].value != NULL) {
            return take(a, option, rest.len > 0 ? rest : FV_SLICE_NONE, word);
        }
        if (!take(a, option, FV_SLICE_NONE, word)) {
            return false;
        }
    }
    return true;
}

static bool take_operand(struct args *a, struct fv_slice word)
{
    struct fv_given *g = a->g;
    if (g->command == 0) {
        struct fv_near n = fv_near_begin(word);
        g->command = fv_options_command(word);
        for (size_t i = 0; i < COMMANDS; i++) {
            fv_near_try(&n, commands[i].name);
        }
        return g->command != 0 || complain_unknown(a, "there is no command", word, n.best);
    }
    if (g->operands == FV_CLI_OPERANDS) {
        return complain_surplus(a, word);
    }
    g->operand[g->operands++] = word;
    return true;
}

/* Return what is wrong with ORG[/STUDY[/DELIVERY]], or with a part of it; NULL: nothing. */
static const char *wrong_scope(struct fv_slice scope)
{
    bool slash = scope.len > 1 && scope.ptr[scope.len - 1] == '/';
    struct fv_slice rest = fv_slice_head(scope, scope.len - slash);
    bool more = true;
    if (fv_slice_find(scope, ':') < scope.len && fv_slice_find(scope, '/') < scope.len) {
        struct fv_slice colon = fv_slice_from(scope, fv_slice_find(scope, ':'));
        if (fv_slice_starts(colon, FV_SLICE("://"))) {
            return "this is a URL; 'get' fetches one file by its URL";
        }
    }
    if (rest.len > 0 && (rest.ptr[0] == '.' || rest.ptr[0] == '/' || rest.ptr[0] == '~')) {
        return "this is a directory; the organisation comes first, then the directory";
    }
    for (size_t parts = 0; more; parts++) {
        struct fv_slice part;
        more = fv_slice_cut(rest, '/', &part, &rest);
        if (parts == 3) {
            return "a scope has at most three parts, ORG[/STUDY[/DELIVERY]]";
        }
        if (part.len == 0 || fv_slice_eq(part, FV_SLICE(".")) ||
            fv_slice_eq(part, FV_SLICE("..")) || fv_slice_has_control(part)) {
            return "a part of it is empty, '.' or '..', or has a control character";
        }
    }
    return NULL;
}

/* Return what is wrong with the operand of get, which must be a URL or have four parts; NULL:
 * nothing. */
static const char *wrong_file(struct fv_slice file)
{
    unsigned slashes = 0;
    for (size_t i = 0; i < file.len; i++) {
        slashes += file.ptr[i] == '/' ? 1 : 0;
    }
    return slashes >= 3 ? NULL : "this is neither a URL nor ORG/STUDY/DELIVERY/FILE_NAME";
}

/* Check the scopes or the file: all operands except the last one of sync. */
static bool check_scopes(const struct args *a)
{
    const struct fv_given *g = a->g;
    size_t count = g->operands - (g->command == FV_CMD_SYNC ? 1 : 0);
    bool asks = (g->command & (FV_CMD_LIST | FV_CMD_GET | FV_CMD_SYNC)) != 0;
    for (size_t i = 0; asks && i < count; i++) {
        const char *wrong =
            g->command == FV_CMD_GET ? wrong_file(g->operand[i]) : wrong_scope(g->operand[i]);
        if (wrong != NULL) {
            return complain_operand(a, wrong, g->operand[i]);
        }
    }
    return true;
}

/* Write `before`, and the names of these commands. */
static const char *put_commands(char text[96], const char *before, unsigned which)
{
    struct fv_writer w;
    const char *between = before;
    fv_writer_init(&w, text, 96);
    for (size_t i = 0; i < COMMANDS; i++) {
        if ((commands[i].command & which) != 0) {
            fv_writer_text(&w, between);
            fv_writer_text(&w, commands[i].name);
            between = ", ";
        }
    }
    return text;
}

static bool complain_misplaced(const struct args *a, enum fv_option option)
{
    char todo[96];
    struct fv_message m = {.dashes = "--",
                           .name = fv_slice_of(fv_options[option].name),
                           .what = "this command does not take this option",
                           .usage = true,
                           .command = a->g->command};
    m.todo = put_commands(todo, "it goes with ", fv_options[option].commands);
    fv_message_say(a->err, &m);
    return false;
}

static bool check_command(const struct args *a)
{
    const struct fv_given *g = a->g;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].command != g->command) {
            continue;
        }
        if (g->operands < commands[i].operands_min) {
            return complain_operand(a, "an argument is missing", FV_SLICE_NONE);
        }
        if (g->operands > commands[i].operands_max) {
            return complain_surplus(a, g->operand[g->operands - 1]);
        }
    }
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        bool patterns = i == FV_OPT_INCLUDE && g->patterns > 0;
        if ((g->value[i].ptr != NULL || patterns) && (fv_options[i].commands & g->command) == 0) {
            return complain_misplaced(a, (enum fv_option)i);
        }
    }
    return check_scopes(a);
}

bool fv_options_argv(struct fv_given *g, int argc, char **argv, struct fv_out *err)
{
    struct args a = {g, argc, argv, 0, err};
    bool only_operands = false;
    for (a.at = 1; a.at < argc; a.at++) {
        struct fv_slice word = fv_slice_of(argv[a.at]);
        bool fine = true;
        if (only_operands || word.len < 2 || word.ptr[0] != '-') {
            fine = take_operand(&a, word);
        } else if (fv_slice_eq(word, FV_SLICE("--"))) {
            only_operands = true;
        } else if (word.ptr[1] == '-') {
            fine = take_long(&a, word);
        } else {
            fine = take_letters(&a, word);
        }
        if (!fine) {
            return false;
        }
    }
    g->patterns_closed = g->patterns > 0;
    g->proxy_on_command_line = g->value[FV_OPT_PROXY].ptr != NULL;
    if (fv_options_flag(g, FV_OPT_HELP) || fv_options_flag(g, FV_OPT_VERSION)) {
        return true;
    }
    if (g->command == 0) {
        char todo[96];
        return complain(&a, "there is no command", FV_SLICE_NONE,
                        put_commands(todo, "use one of ", FV_CMD_ALL));
    }
    return check_command(&a);
}
