# SPDX-License-Identifier: MIT
"""What `make install` puts where, and that all of it tells of the same options and commands."""

import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
OPTIONS = re.findall(r'\[FV_OPT_\w+\] = \{"([a-z-]+)",\s+(?:"(\w+)"|NULL),\s+"[^"]*",\s+(?:\'(\w)\'|0),',
                     (ROOT / "src/cli/options.c").read_text(encoding="utf-8"))
COMMANDS = re.findall(r'^    \{"(\w+)", FV_CMD_', (ROOT / "src/cli/options.c").read_text(encoding="utf-8"), flags=re.M)

pytestmark = pytest.mark.plain


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """Where `make install` has put everything."""
    where = tmp_path_factory.mktemp("install")
    subprocess.run(["make", "-C", ROOT, "install", f"DESTDIR={where}", "PREFIX=/usr"], check=True, capture_output=True)
    return where / "usr"


def run(*args, **how):
    return subprocess.run([str(arg) for arg in args], check=True, capture_output=True, text=True, **how).stdout


def test_options_are_found():
    """The pattern above sees the table as it is written."""
    text = (ROOT / "src/cli/options.c").read_text(encoding="utf-8")
    assert len(OPTIONS) == text.count("[FV_OPT_") - text.count("[FV_OPT_COUNT") - text.count("value[FV_OPT_") > 30
    assert len(COMMANDS) >= 4


def test_links_are_commands(installed):
    """Called through its links the program is that command."""
    for command in COMMANDS:
        link = installed / "bin" / f"fluxvision-{command}"
        assert link.readlink() == pathlib.Path("fluxvision")
        assert run(link, "-h").startswith(f"fluxvision {command} ")


def test_help_tells_every_option(installed):
    """Each option stands in the -h of some command."""
    told = "".join(run(installed / "bin/fluxvision", command, "-h") for command in COMMANDS)
    for name, _, letter in OPTIONS:
        assert f"--{name}" in told
        assert not letter or f"-{letter}, --{name}" in told


def test_manual_tells_every_option(installed):
    """fluxvision(1) has each option, letter and command, and is clean."""
    page = installed / "share/man/man1/fluxvision.1"
    for command in COMMANDS:
        assert (page.parent / f"fluxvision-{command}.1").readlink() == pathlib.Path("fluxvision.1")
    text = page.read_text(encoding="utf-8")
    for name, _, letter in OPTIONS:
        assert re.search(rf"^\.It .*Fl \\-{name}(?![a-z-])", text, flags=re.M), name
        assert not letter or re.search(rf"^\.It Fl {letter} , Fl \\-{name}", text, flags=re.M), name
    for command in COMMANDS:
        assert f".It Cm {command}" in text
    for one in (page, installed / "share/man/man5/fluxvision.conf.5"):
        lint = subprocess.run(["mandoc", "-T", "lint", "-W", "warning", str(one)], check=False, capture_output=True,
                              text=True)
        assert (lint.returncode, lint.stdout) == (0, ""), lint.stdout
    assert "--prune" in re.sub(".\x08", "", run("mandoc", "-T", "ascii", page))


def complete(installed, shell_words, current):
    """What bash offers for a command line."""
    words = " ".join(f"'{word}'" for word in shell_words)
    script = (f"source {installed}/share/bash-completion/completions/fluxvision; COMP_WORDS=({words}); "
              f"COMP_CWORD=$(({len(shell_words)} - 1)); _fluxvision {shell_words[0]} '{current}' "
              f"\"${{COMP_WORDS[COMP_CWORD-1]}}\" 2>/dev/null; printf '%s\\n' \"${{COMPREPLY[@]}}\"")
    return run("bash", "-c", script, env={"PATH": f"{installed}/bin:/usr/bin:/bin"}).split()


def test_bash_completes_every_option(installed):
    """Commands, each option of each command, and nothing that the command does not take."""
    assert set(COMMANDS) <= set(complete(installed, ["fluxvision", ""], ""))
    assert complete(installed, ["fluxvision", "sy"], "sy") == ["sync"]
    offered = set()
    for command in COMMANDS:
        offered |= set(complete(installed, ["fluxvision", command, "-"], "-"))
    assert {f"--{name}" for name, _, _ in OPTIONS} <= offered
    assert {f"-{letter}" for _, _, letter in OPTIONS if letter} <= offered
    assert complete(installed, ["fluxvision", "sync", "--pru"], "--pru") == ["--prune"]
    assert complete(installed, ["fluxvision", "list", "--pru"], "--pru") == []
    assert complete(installed, ["fluxvision-sync", "--pru"], "--pru") == ["--prune"]


def test_zsh_completes_every_option(installed):
    """zsh loads the function, and it builds a specification for each option."""
    if not shutil.which("zsh"):
        pytest.skip("SKIPPED: zsh is not installed")
    source = installed / "share/zsh/site-functions/_fluxvision"
    subprocess.run(["zsh", "-n", source], check=True)
    text = source.read_text(encoding="utf-8").replace('_fluxvision "$@"', "")
    specs = ""
    for command in COMMANDS:
        specs += run("zsh", "-f", "-c", f"{text}\n_fluxvision_options {installed}/bin/fluxvision {command}")
    for name, value, letter in OPTIONS:
        assert re.search(rf"^\*--{name}\[[^\]]+\]{':' + value + ':' if value else '$'}", specs, flags=re.M), name
        assert not letter or re.search(rf"^\*-{letter}\[", specs, flags=re.M)
    for command in COMMANDS:
        assert f"'{command}:" in text


def test_fish_completes_every_option(installed):
    """Commands, and each option of each command with its text; a link's too; nothing that the command does not take."""
    if not shutil.which("fish"):
        pytest.skip("SKIPPED: fish is not installed")
    source = installed / "share/fish/vendor_completions.d/fluxvision.fish"

    def offered(line):
        out = run("fish", "--no-config", "-c", f"source {source}; complete -C '{line}'",
                  env={"PATH": f"{installed}/bin:/usr/bin:/bin", "HOME": str(installed)})
        return dict((line + "\t").split("\t")[:2] for line in out.splitlines())

    assert set(COMMANDS) <= set(offered("fluxvision "))
    told = {name: text for command in COMMANDS for line in (
        "-", "--") for name, text in offered(f"fluxvision {command} {line}").items()}
    for name, _, letter in OPTIONS:
        assert told[f"--{name}"] and (not letter or told[f"-{letter}"])
    assert "--prune" in offered("fluxvision-sync --pru") and "--prune" not in offered("fluxvision list --pru")


def files(where):
    """All files and links below, and the directories that have the program's name."""
    return sorted(str(path.relative_to(where)) for path in where.rglob("*")
                  if path.is_symlink() or not path.is_dir() or "fluxvision" in path.name)


def test_uninstall_removes_what_install_wrote(tmp_path):
    """Others' files stay, in directories of ours too; so do the directories that others use. With the shared library;
    and names may have spaces."""
    places = [f"DESTDIR={tmp_path}/my root", "PREFIX=/opt/x y", "BINDIR=/opt/y", "MANDIR=/man"]
    root = tmp_path / "my root"
    for theirs in ("opt/y/other", "man/man1/other.1", "opt/x y/share/doc/fluxvision/copyright",
                   "opt/x y/lib/libother.a"):
        (root / theirs).parent.mkdir(parents=True, exist_ok=True)
        (root / theirs).touch()
    before = files(root)
    run("make", "-C", ROOT, "install", "install-shared", *places)
    assert {"opt/y/fluxvision", "opt/y/fluxvision-list", "man/man1/fluxvision.1",
            "opt/x y/lib/libfluxvision.so.0"} <= set(files(root))
    run("make", "-C", ROOT, "uninstall", *places)
    assert files(root) == before
    assert (root / "opt/x y/share/man").exists() is False and (root / "opt/x y/share/zsh/site-functions").is_dir()


@pytest.mark.parametrize("goal", ["install", "install-lib", "uninstall"])
def test_relative_directories_are_refused(tmp_path, goal):
    """LIBDIR=lib/machine would be a place next to DESTDIR."""
    done = subprocess.run(["make", "-C", ROOT, goal, f"DESTDIR={tmp_path}/root", "LIBDIR=lib/machine"], check=False,
                          capture_output=True, text=True)
    assert done.returncode != 0 and "not an absolute path: LIBDIR" in done.stderr, done
    assert not list(tmp_path.iterdir())


def test_strip_is_asked_for(installed, tmp_path):
    """install keeps the symbols, which packages take apart themselves; install-strip calls STRIP."""
    assert "debug_info" in run("readelf", "-S", "-W", installed / "bin/fluxvision")
    run("make", "-C", ROOT, "install-strip", f"DESTDIR={tmp_path}")
    assert not re.search(r"debug_info|symtab", run("readelf", "-S", "-W", tmp_path / "usr/local/bin/fluxvision"))
    stripped = tmp_path / "stripped"
    run("make", "-C", ROOT, "install-strip", f"DESTDIR={tmp_path}", f"STRIP=echo >{stripped}")
    assert stripped.read_text(encoding="utf-8").split() == [f"{tmp_path}/usr/local/bin/fluxvision"]


# A symbol that is there if a part is.
PART_SYMBOLS = {"BearSSL": "br_aes_x86ni_ctr_run", "OpenSSL": "fv_kernel_(sha256|chacha20|poly1305)_blocks",
                "Mbed TLS": "mbedtls_ssl_handshake", "GNU C Library": "_nl_C_locobj", "lwIP": "tcp_connect",
                "littlefs": "lfs2_mount", "ooFatFs": "f_mount"}


def test_notices_name_what_is_linked(installed):
    """The installed notices have a part for each library whose symbols the program has, with the text of its licence;
    so has -V."""
    symbols = run("nm", ROOT / "build/fluxvision")
    linked = {part for part, name in PART_SYMBOLS.items() if re.search(rf" \w {name}$", symbols, re.M)} | {"jsmn"}
    notices = (installed / "share/doc/fluxvision/NOTICES").read_text(encoding="utf-8")
    parts = re.split(r"^==== ([^,(\n]*?)(?:,| \()[^\n]*\n", notices, flags=re.M)[1:]
    assert parts[0] == "fluxvision" and set(parts[2::2]) == linked and {"Mbed TLS", "jsmn"} <= linked
    assert all(len(text) > 300 or text.strip().startswith("As above: see ") for text in parts[1::2])
    told = run(installed / "bin/fluxvision", "-V").splitlines()[1]
    assert told.startswith("with ") and {re.sub(" [0-9.]+$", "", name) for name in told[5:].split(", ")} == linked
