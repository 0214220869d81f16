#include "cli/options.h"

#include "cli/message.h"

#include <string.h>

const struct fv_option_spec fv_options[FV_OPT_COUNT] = {
    [FV_OPT_ENDPOINT] = {"endpoint", 'e', "URL", FV_CMD_NET, "portal, if it is not the real one"},
    [FV_OPT_USER] = {"user", 'u', "NAME", FV_CMD_NET, "login of a portal user"},
    [FV_OPT_PASSWORD_FILE] = {"password-file", 0, "FILE", FV_CMD_NET,
                              "its first line is the password"},
    [FV_OPT_CONFIG] = {"config", 'c', "FILE", FV_CMD_ALL, "settings, 'option = value' a line"},
    [FV_OPT_CACERT] = {"cacert", 0, "FILE", FV_CMD_NET, "trust these CAs, not the system's (PEM)"},
    [FV_OPT_PINNEDPUBKEY] = {"pinnedpubkey", 0, "PINS", FV_CMD_NET,
                             "the server's key must be one of sha256//BASE64[;...]"},
    [FV_OPT_PROXY] = {"proxy", 0, "URL", FV_CMD_NET, "HTTP proxy, http://HOST:PORT"},
    [FV_OPT_CONNECT_TIMEOUT] = {"connect-timeout", 0, "SEC", FV_CMD_NET,
                                "for name, TCP and TLS together (10)"},
    [FV_OPT_STALL_TIMEOUT] = {"stall-timeout", 0, "SEC", FV_CMD_NET, "no byte for that long (30)"},
    [FV_OPT_MAX_TIME] = {"max-time", 0, "SEC", FV_CMD_NET, "for the whole command (no limit)"},
    [FV_OPT_RETRIES] = {"retries", 0, "N", FV_CMD_NET,
                        "attempts after the first for what may pass (5)"},
    [FV_OPT_SPEED_LIMIT] = {"speed-limit", 0, "RATE", FV_CMD_NET,
                            "slower than that has failed (100 bytes a second)"},
    [FV_OPT_SPEED_TIME] = {"speed-time", 0, "SEC", FV_CMD_NET, "... for that long (60)"},
    [FV_OPT_LIMIT_RATE] = {"limit-rate", 0, "RATE", FV_CMD_NET, "bytes a second at most, k M G"},
    [FV_OPT_JOBS] = {"jobs", 0, "N", FV_CMD_SYNC, "connections (1)"},
    [FV_OPT_PIPELINE] = {"pipeline", 0, "N", FV_CMD_NET,
                         "requests in flight on each at most (64); 1: none ahead"},
    [FV_OPT_INCLUDE] = {"include", 0, "GLOB", FV_CMD_LIST | FV_CMD_SYNC,
                        "only what matches; repeatable, first match wins"},
    [FV_OPT_EXCLUDE] = {"exclude", 0, "GLOB", FV_CMD_LIST | FV_CMD_SYNC, "not what matches"},
    [FV_OPT_SINCE] = {"since", 0, "WHEN", FV_CMD_LIST | FV_CMD_SYNC,
                      "modified then or later: 2021-04-02, RFC 3339, 36h, 7d"},
    [FV_OPT_UNTIL] = {"until", 0, "WHEN", FV_CMD_LIST | FV_CMD_SYNC, "modified then or earlier"},
    [FV_OPT_LATEST] = {"latest", 0, "N", FV_CMD_LIST | FV_CMD_SYNC,
                       "the N most recent of what is left"},
    [FV_OPT_OUTPUT] = {"output", 'o', "FILE", FV_CMD_GET, "where to write; - is standard output"},
    [FV_OPT_DRY_RUN] = {"dry-run", 'n', NULL, FV_CMD_SYNC, "say what would be done"},
    [FV_OPT_PRUNE] = {"prune", 0, NULL, FV_CMD_SYNC,
                      "remove fetched files that the portal no longer lists"},
    [FV_OPT_MAX_DELETE] = {"max-delete", 0, "N", FV_CMD_SYNC, "prune nothing if it is more"},
    [FV_OPT_ONCE] = {"once", 0, NULL, FV_CMD_SYNC,
                     "do not fetch again what was moved away locally"},
    [FV_OPT_EXEC] = {"exec", 0, "CMD", FV_CMD_SYNC,
                     "run CMD after each file (FLUXVISION_PATH, _URL, _SHA256 ...)"},
    [FV_OPT_EVERY] = {"every", 0, "SPAN", FV_CMD_SYNC, "repeat for ever: 15m, 6h, 1d"},
    [FV_OPT_MIN_FREE] = {"min-free", 0, "SIZE", FV_CMD_SYNC,
                         "leave that much of the file system free"},
    [FV_OPT_PRINT] = {"print", 0, NULL, FV_CMD_VERIFY, "write the list that sha256sum -c reads"},
    [FV_OPT_JSON] = {"json", 0, NULL, FV_CMD_ALL, "one JSON object a line"},
    [FV_OPT_QUIET] = {"quiet", 'q', NULL, FV_CMD_ALL, "errors only"},
    [FV_OPT_VERBOSE] = {"verbose", 'v', NULL, FV_CMD_ALL,
                        "also unchanged files, retries, confinement"},
    [FV_OPT_PROGRESS] = {"progress", 0, NULL, FV_CMD_ALL, "progress even without a terminal"},
    [FV_OPT_NO_PROGRESS] = {"no-progress", 0, NULL, FV_CMD_ALL, "no progress on a terminal"},
    [FV_OPT_NO_CONFINE] = {"no-confine", 0, NULL, FV_CMD_ALL,
                           "keep what -v shows to be given up (for debuggers)"},
    [FV_OPT_HELP] = {"help", 'h', NULL, FV_CMD_ALL, "this text"},
    [FV_OPT_VERSION] = {"version", 'V', NULL, FV_CMD_ALL, "the version"},
};

static const struct {
    const char *name;
    unsigned command;
    size_t operands_min, operands_max;
} commands[] = {
    {"list", FV_CMD_LIST, 1, 1},
    {"get", FV_CMD_GET, 1, 1},
    {"sync", FV_CMD_SYNC, 2, 2},
    {"verify", FV_CMD_VERIFY, 1, 1},
};

#define COMMANDS (sizeof commands / sizeof commands[0])

const char *fv_command_name(unsigned command)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].command == command) {
            return commands[i].name;
        }
    }
    return "";
}

unsigned fv_command_find(struct fv_slice name)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (fv_slice_eq(name, fv_slice_of(commands[i].name))) {
            return commands[i].command;
        }
    }
    return 0;
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

static enum fv_option find_letter(char letter)
{
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (fv_options[i].letter == letter) {
            return (enum fv_option)i;
        }
    }
    return FV_OPT_COUNT;
}

static const char *take_pattern(struct fv_given *g, bool include, struct fv_slice value)
{
    if (g->patterns_closed) {
        return NULL;
    }
    if (g->patterns == FV_CLI_PATTERNS) {
        return "too many patterns";
    }
    g->pattern[g->patterns] = value;
    g->pattern_include[g->patterns] = include;
    g->patterns++;
    return NULL;
}

const char *fv_options_take(struct fv_given *g, enum fv_option option, struct fv_slice value)
{
    if (option == FV_OPT_INCLUDE || option == FV_OPT_EXCLUDE) {
        return take_pattern(g, option == FV_OPT_INCLUDE, value);
    }
    if (fv_options[option].value == NULL && !fv_slice_eq(value, FV_SLICE("0")) &&
        !fv_slice_eq(value, FV_SLICE("1"))) {
        return "a flag is 1 or 0, not";
    }
    if (g->value[option].ptr == NULL) {
        g->value[option] = value;
    }
    return NULL;
}

bool fv_given_flag(const struct fv_given *g, enum fv_option option)
{
    return fv_slice_eq(g->value[option], FV_SLICE("1"));
}

const char *fv_given_text(const struct fv_given *g, enum fv_option option, char *buf, size_t size)
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

static bool complain(const struct args *a, const char *what, struct fv_slice subject)
{
    fv_message_usage(a->err, what, subject);
    return false;
}

/* Take option; given is the value that stood in the same word, ptr NULL if there was none. */
static bool take(struct args *a, enum fv_option option, struct fv_slice given, struct fv_slice word)
{
    const struct fv_option_spec *spec = &fv_options[option];
    if (spec->value == NULL) {
        if (given.ptr != NULL) {
            return complain(a, "this option takes no value:", word);
        }
        given = FV_SLICE("1");
    } else if (given.ptr == NULL) {
        if (a->at + 1 >= a->argc) {
            return complain(a, "a value is missing after", word);
        }
        given = fv_slice_of(a->argv[++a->at]);
    }
    a->g->value[option].ptr = NULL; /* on the command line the last one counts */
    const char *wrong = fv_options_take(a->g, option, given);
    return wrong == NULL || complain(a, wrong, given);
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
    if (option == FV_OPT_COUNT) {
        return complain(a,
                        fv_slice_eq(name, FV_SLICE("password"))
                            ? "a password is never an argument, use --password-file:"
                            : "there is no option",
                        fv_slice_head(word, 2 + name.len));
    }
    return take(a, option, value, fv_slice_head(word, 2 + name.len));
}

static bool take_letters(struct args *a, struct fv_slice word)
{
    for (size_t i = 1; i < word.len; i++) {
        enum fv_option option = find_letter(word.ptr[i]);
        if (option == FV_OPT_COUNT) {
            return complain(a, "there is no option", word);
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
        g->command = fv_command_find(word);
        return g->command != 0 || complain(a, "there is no command", word);
    }
    if (g->operands == 2) {
        return complain(a, "one argument too many:", word);
    }
    g->operand[g->operands++] = word;
    return true;
}

static bool check_command(const struct args *a)
{
    const struct fv_given *g = a->g;
    for (size_t i = 0; i < COMMANDS; i++) {
        if (commands[i].command != g->command) {
            continue;
        }
        if (g->operands < commands[i].operands_min) {
            return complain(a, "an argument is missing for", fv_slice_of(commands[i].name));
        }
        if (g->operands > commands[i].operands_max) {
            return complain(a, "one argument too many:", g->operand[g->operands - 1]);
        }
    }
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (g->value[i].ptr != NULL && (fv_options[i].commands & g->command) == 0) {
            return complain(a, "this command does not take the option",
                            fv_slice_of(fv_options[i].name));
        }
    }
    return true;
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
    if (fv_given_flag(g, FV_OPT_HELP) || fv_given_flag(g, FV_OPT_VERSION)) {
        return true;
    }
    if (g->command == 0) {
        return complain(&a, "which command? list, get, sync or verify", FV_SLICE_NONE);
    }
    return check_command(&a);
}
