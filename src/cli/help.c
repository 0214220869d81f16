/* SPDX-License-Identifier: MIT */
#include "cli/help.h"

#include "cli/options.h"
#include "fluxvision.h"

static const char general[] =
    "Lists, fetches and mirrors the files of the Flux Vision portal. A file appears when it is\n"
    "complete, and no complete file is fetched twice.\n"
    "\n"
    "  fluxvision list   [OPTION]... ORG[/STUDY[/DELIVERY]]...       list the portal's files\n"
    "  fluxvision sync   [OPTION]... ORG[/STUDY[/DELIVERY]]... DIR   bring DIR up to date\n"
    "  fluxvision get    [OPTION]... URL | ORG/STUDY/DELIVERY/FILE_NAME\n"
    "                                                             fetch one file\n"
    "  fluxvision verify [OPTION]... DIR                          read DIR's files again\n"
    "  fluxvision status [OPTION]... DIR                          print how the last sync ended\n"
    "  fluxvision doctor [OPTION]... [ORG[/STUDY[/DELIVERY]] [DIR]]  find out why a sync fails\n"
    "\n"
    "First use:\n"
    "  fluxvision list -u me HAUC               asks for the password\n"
    "  fluxvision sync -u me HAUC ./hauc        fetches into ./hauc/ORG/STUDY/DELIVERY/\n"
    "  fluxvision sync -u me --latest 3 --include '*.zip' HAUC ./hauc\n"
    "\n"
    "'fluxvision COMMAND -h' lists the options of a command. Those of all commands:\n"
    "\n";

static const char sources[] =
    "\n"
    "The password comes from --password-file, FLUXVISION_PASSWORD, the settings file,\n"
    "systemd's credentials, ~/.netrc or a prompt; it is never an argument. Each option can also\n"
    "be set as FLUXVISION_NAME in the environment, or as a line 'name = value' in\n"
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
     "Prints the date (UTC) and the name of each file. --json prints all fields, and 'path',\n"
     "which is where sync would put the file.\n"},
    {FV_CMD_GET, "get [OPTION]... URL | ORG/STUDY/DELIVERY/FILE_NAME",
     "Fetches one file, into the current directory or to where -o says. The file appears when\n"
     "it is complete.\n"},
    {FV_CMD_SYNC, "sync [OPTION]... ORG[/STUDY[/DELIVERY]]... DIR",
     "Fetches new and changed files into DIR. A file appears when it is complete and on\n"
     "storage. If a run is interrupted, the next one resumes it. Several scopes are one run.\n"},
    {FV_CMD_VERIFY, "verify [OPTION]... DIR",
     "Reads the files that sync fetched and compares them with the ledger. Writes nothing.\n"
     "The same with sha256sum: fluxvision verify --print DIR | (cd DIR && sha256sum -c)\n"},
    {FV_CMD_STATUS, "status [OPTION]... DIR",
     "Prints, from DIR alone, how and when the last sync ended, which files are partly there,\n"
     "and whether a run is at work. Reads no default settings file, and writes nothing.\n"},
    {FV_CMD_DOCTOR, "doctor [OPTION]... [ORG[/STUDY[/DELIVERY]] [DIR]]",
     "Checks each step of a sync and prints what it found, and what to do: settings, clock,\n"
     "name, addresses, proxy, TLS; with ORG, credentials, listing, ranges, pipelining; with\n"
     "DIR, the directory. Nothing stays in DIR. The exit status is that of the first step that\n"
     "failed.\n"},
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
