#include "cli/help.h"

#include "cli/options.h"
#include "fluxvision.h"

static const char general[] =
    "Fetches what the Flux Vision portal delivers: whole files, checked, and nothing twice.\n"
    "\n"
    "  fluxvision list   [OPTION]... ORG[/STUDY[/DELIVERY]]...       what is there\n"
    "  fluxvision sync   [OPTION]... ORG[/STUDY[/DELIVERY]]... DIR   bring DIR up to date\n"
    "  fluxvision get    [OPTION]... URL | ORG/STUDY/DELIVERY/FILE_NAME\n"
    "                                                             one file\n"
    "  fluxvision verify [OPTION]... DIR                          read DIR's files again\n"
    "  fluxvision status [OPTION]... DIR                          how the last sync ended\n"
    "  fluxvision doctor [OPTION]... [ORG [DIR]]                  what stands in the way\n"
    "\n"
    "First use:\n"
    "  fluxvision list -u me HAUC               asks for the password\n"
    "  fluxvision sync -u me HAUC ./hauc        files land in ./hauc/ORG/STUDY/DELIVERY/\n"
    "  fluxvision sync -u me --latest 3 --include '*.zip' HAUC ./hauc\n"
    "\n"
    "'fluxvision COMMAND -h' lists the options of a command. Those of all commands:\n"
    "\n";

static const char sources[] =
    "\n"
    "The password comes from --password-file, FLUXVISION_PASSWORD, the settings file,\n"
    "systemd's credentials, ~/.netrc or a prompt; it is never an argument. Every option can\n"
    "also be set as FLUXVISION_NAME in the environment or as a line 'name = value' in\n"
    "$XDG_CONFIG_HOME/fluxvision.conf or /etc/fluxvision.conf.\n"
    "\n"
    "Exit status: 0 done, 1 some files failed, 2 usage, 3 network, 4 TLS, 5 authentication,\n"
    "6 HTTP, 7 storage, 8 listing, 9 directory in use, 129/130/143 interrupted.\n";

static const struct {
    unsigned command;
    const char *usage;
    const char *text;
} texts[] = {
    {FV_CMD_LIST, "list [OPTION]... ORG[/STUDY[/DELIVERY]]...",
     "Shows what an organisation, a study or a delivery holds: date (UTC) and\n"
     "ORG/STUDY/DELIVERY/FILE_NAME. With --json all fields, and 'path', where sync puts it.\n"},
    {FV_CMD_GET, "get [OPTION]... URL | ORG/STUDY/DELIVERY/FILE_NAME",
     "Fetches one file, into the current directory or where -o says. The file appears when it\n"
     "is whole.\n"},
    {FV_CMD_SYNC, "sync [OPTION]... ORG[/STUDY[/DELIVERY]]... DIR",
     "Fetches into DIR what is new or changed. A file appears under its name when it is whole\n"
     "and on storage; what was begun is continued by the next run.\n"
     "Several scopes are one run; a file of two of them is fetched once.\n"},
    {FV_CMD_VERIFY, "verify [OPTION]... DIR",
     "Reads every file that sync fetched and compares it with the ledger, writes nothing.\n"
     "'fluxvision verify --print DIR | (cd DIR && sha256sum -c)' does it with other means.\n"},
    {FV_CMD_STATUS, "status [OPTION]... DIR",
     "Tells from DIR alone when the last sync ended and how, which files are under way, and\n"
     "whether a run is at work. Reads no default settings file, writes nothing.\n"},
    {FV_CMD_DOCTOR, "doctor [OPTION]... [ORG [DIR]]",
     "Goes the way of a sync step by step and says of each what it found, and what to do: "
     "settings,\n"
     "clock, name, addresses, proxy, TLS and certificates, and, with ORG, credentials, listing,\n"
     "ranges, pipelining; with DIR, the directory. It fetches nothing and leaves nothing behind. "
     "Its\n"
     "exit status is that of the first step that failed.\n"},
};

static void option_line(struct fv_out *o, const struct fv_option_spec *spec)
{
    size_t width = 8;
    fv_out_text(o, "  ");
    if (spec->letter != 0) {
        const char letter[] = {'-', spec->letter, ',', ' ', '\0'};
        fv_out_text(o, letter);
    } else {
        fv_out_text(o, "    ");
    }
    struct fv_slice name = fv_slice_of(spec->name);
    struct fv_slice value = fv_slice_of(spec->value);
    fv_out_text(o, "--");
    fv_out_slice(o, name);
    fv_out_text(o, value.len > 0 ? " " : "");
    fv_out_slice(o, value);
    width += name.len + value.len + (value.len > 0 ? 1 : 0);
    while (width++ < 32) {
        fv_out_text(o, " ");
    }
    fv_out_text(o, spec->help);
    fv_out_text(o, "\n");
}

const char *fv_help_usage(unsigned command)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].command == command) {
            return texts[i].usage;
        }
    }
    return NULL;
}

void fv_help_print(struct fv_out *o, unsigned command)
{
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (texts[i].command == command) {
            fv_out_text(o, "fluxvision ");
            fv_out_text(o, texts[i].usage);
            fv_out_text(o, "\n\n");
            fv_out_text(o, texts[i].text);
            fv_out_text(o, "\n");
        }
    }
    fv_out_text(o, command == 0 ? general : "");
    for (unsigned i = 0; i < FV_OPT_COUNT; i++) {
        if (command != 0 ? (fv_options[i].commands & command) != 0
                         : fv_options[i].commands == FV_CMD_ALL) {
            option_line(o, &fv_options[i]);
        }
    }
    fv_out_text(o, command == 0 ? sources : "");
}

void fv_help_version(struct fv_out *o)
{
    fv_out_text(o, "fluxvision " FV_VERSION "\nwith " FV_LIBRARIES "\n");
}
