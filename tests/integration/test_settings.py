# SPDX-License-Identifier: MIT
"""Where settings and passwords come from, -h and -V, names of the program, how much is said."""

import os
import pty
import re
import select
import threading
import time

import pytest

import harness
from bad import JSON, Send, Stall, Trickle, entry, error, ok
from harness import PATIENCE_S, files_below, login
from server import PASSWORD, USER

NET = ("endpoint user password-file config cacert pinnedpubkey proxy connect-timeout stall-timeout max-time retries "
       "limit-rate speed-limit speed-time json ")
CHOICE = "include exclude since until latest "
OPTIONS = {
    "list": NET + CHOICE,
    "get": NET + "output",
    "sync": NET + CHOICE + "min-free dry-run prune max-delete once exec pipeline",
    "verify": "config print json",
    "doctor": NET + "pipeline min-free",
}


# --- help

@pytest.mark.parametrize("command", OPTIONS)
@pytest.mark.parametrize("option", ["-h", "--help"])
def test_help_of_a_command(fv, command, option):
    done = fv(command, option).expect()
    assert done.err == "" and f"fluxvision {command}" in done.out
    for name in OPTIONS[command].split() + ["quiet", "verbose", "help", "version"]:
        assert re.search(rf"--{name}\b", done.out), name
    assert max(map(len, done.out.splitlines())) <= 100


def test_general_help_and_version(fv):
    done = fv("-h").expect()
    assert done.err == "" and all(f"fluxvision {command}" in done.out for command in OPTIONS)
    done = fv("-V").expect()
    assert done.err == "" and re.fullmatch(r"fluxvision \d+\.\d+\.\d+\nwith .*jsmn.*Mbed TLS.*\n", done.out)
    assert fv("--version").expect().out == done.out and fv("sync", "-V").expect().out == done.out


@pytest.mark.parametrize("arguments", [
    "", "nonsense", "list", "sync HAUC", "get", "verify", "verify a b", "status", "status a b", "doctor A b c",
    "list A/b/c/d", "sync ./a HAUC",
    "list --nonsense HAUC",
    "list -Z HAUC", "list -e",
    "list --json=1 HAUC", "sync --output x HAUC d", "list --prune HAUC", "list --retries x HAUC",
    "list --retries -1 HAUC",
    "list --connect-timeout soon HAUC", "sync --min-free much HAUC d", "sync --max-delete many HAUC d",
    "sync --pipeline 0 HAUC d",
    "sync --pipeline 100000 HAUC d", "list --limit-rate 5x HAUC", "list --max-time -1 HAUC", "list --include [ HAUC",
    "--json"])
def test_usage(fv, asked, arguments):
    done = fv(*arguments.split(), portal=asked).expect(2)
    assert done.stdout == b"" and done.err.startswith("fluxvision: ") and not asked.requests
    assert not (fv.home / "d").exists()


# --- names of the program

@pytest.mark.parametrize("command", OPTIONS)
def test_called_through_a_link(fv, asked, tmp_path, out, command):
    fv("sync", "HAUC", out, portal=asked).expect()
    link = tmp_path / f"fluxvision-{command}"
    link.symlink_to(harness.SANITISED if harness.SANITISED.exists() else harness.PROGRAM)
    operands = {"list": ["HAUC"], "get": ["HAUC/HAUC-3/HAUC-3-2/f1", "-o", "-"], "sync": ["HAUC", out],
                "verify": [out], "doctor": []}[command]
    linked = fv(*operands, portal=asked, program=link).expect()
    plain = fv(command, *operands, portal=asked).expect()
    times = r"\d+\.\d s|\d+ ms|\d+:\d+Z"
    assert re.sub(times, "", linked.out) == re.sub(times, "", plain.out) and (linked.out or command != "list")


# --- precedence

def test_precedence(fv, asked, tmp_path):
    conf, xdg = tmp_path / "given.conf", tmp_path / "xdg"
    xdg.mkdir()
    (xdg / "fluxvision.conf").write_text("user = from-xdg\n")
    conf.write_text("# a comment\n\n  user = from-config  \njson = 1\n")
    env = {"FLUXVISION_USER": None, "XDG_CONFIG_HOME": xdg}
    cases = [([], {}, "from-xdg"), (["-c", conf], {}, "from-config"), ([], {"FLUXVISION_CONFIG": conf}, "from-config"),
             (["-c", conf], {"FLUXVISION_USER": "from-env"}, "from-env"),
             (["-c", conf, "-u", "from-line"], {"FLUXVISION_USER": "from-env"}, "from-line"),
             (["-u", "first", "--user=last"], {}, "last")]
    for options, more, user in cases:
        fv("list", *options, "HAUC", portal=asked, env={**env, **more}).expect()
        assert login(asked)[0] == user, (options, more)


def test_config_file_of_the_home_directory(fv, asked):
    (fv.home / ".config").mkdir()
    (fv.home / ".config" / "fluxvision.conf").write_text("user = from-home\r\n")
    fv("list", "HAUC", portal=asked, env={"FLUXVISION_USER": None}).expect()
    assert login(asked)[0] == "from-home"


def test_everything_from_a_config_file(fv, asked, certs, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text(f"endpoint = {asked.url}\ncacert={certs.ca}\nuser = h\npassword = \"p # \\\"q\\\"\"\nretries = 0\n"
                    "json = 1\n"
                    "include = *1\nexclude = *\n", encoding="utf-8")
    conf.chmod(0o600)
    done = fv("list", "-c", conf, "HAUC")
    assert done.expect().records[0]["file_name"] == "f1" and login(asked) == ("h", 'p # "q"')


@pytest.mark.parametrize("text", ["nonsense = 1\n", "help = 1\n", "user\n", "json = yes\n", "= x\n", "user = a\x01b\n",
                                  "\x00"], ids=ascii)
def test_config_files_that_are_wrong(fv, asked, tmp_path, text):
    conf = tmp_path / "conf"
    conf.write_text(text)
    done = fv("list", "-c", conf, "HAUC", portal=asked).expect(2)
    assert str(conf) in done.err and not asked.requests


def test_config_file_that_is_not_there(fv, asked, tmp_path):
    done = fv("list", "-c", tmp_path / "none", "HAUC", portal=asked).expect(2)
    assert str(tmp_path / "none") in done.err


@pytest.mark.parametrize("source", ["env", "file"])
@pytest.mark.parametrize("value, json", [("1", True), ("0", False), ("yes", None), ("", None), ("true", None)])
def test_flags_are_1_or_0(fv, asked, tmp_path, source, value, json):
    conf = tmp_path / "conf"
    conf.write_text(f"json = {value}\n" if source == "file" else "")
    env = {"FLUXVISION_JSON": value if source == "env" else None}
    done = fv("list", "-c", conf, "HAUC", portal=asked, env=env).expect(2 if json is None else 0)
    assert json is None or done.out.startswith("{") == json


def test_every_long_option_has_a_variable(fv, asked, tmp_path):
    env = {"FLUXVISION_INCLUDE": "*2", "FLUXVISION_PRUNE": "1", "FLUXVISION_OUTPUT": "x", "FLUXVISION_DRY_RUN": "1"}
    assert fv("list", "HAUC", portal=asked, env=env).expect().out == ""
    assert "f1" in fv("list", "--include", "f?", "HAUC", portal=asked, env=env).expect().out
    fv("list", "HAUC", portal=asked, env={"FLUXVISION_RETRIES": "x"}).expect(2)
    fv("sync", "HAUC", tmp_path / "d", portal=asked, env={"FLUXVISION_DRY_RUN": "1"}).expect()
    assert not files_below(tmp_path / "d")


# --- the password

def without(**more):
    """An environment without the usual password."""
    return {"FLUXVISION_PASSWORD_FILE": None, **more}


def test_password_sources(fv, asked, tmp_path):
    (tmp_path / "file").write_text("from file\nsecond line\n")
    (tmp_path / "crlf").write_text("from crlf\r\n")
    (tmp_path / "fluxvision.password").write_text("from credentials")
    (tmp_path / "conf").write_text("password = from conf\n")
    (tmp_path / "conf").chmod(0o600)
    credentials, conf = {"CREDENTIALS_DIRECTORY": tmp_path}, ["-c", tmp_path / "conf"]
    cases = [([], {"FLUXVISION_PASSWORD": PASSWORD}, PASSWORD),
             (["--password-file", tmp_path / "file"], {}, "from file"),
             (["--password-file", tmp_path / "crlf"], credentials, "from crlf"), ([], credentials, "from credentials"),
             ([], {"FLUXVISION_PASSWORD": "env", **credentials}, "env"), (conf, {}, "from conf"),
             (conf, {"FLUXVISION_PASSWORD": "env"}, "env")]
    for options, more, password in cases:
        fv("list", *options, "HAUC", portal=asked, env=without(**more)).expect()
        assert login(asked) == (USER, password), (options, more)


@pytest.mark.parametrize("text, expected", [
    ("machine localhost login l password p", ("l", "p")),
    ("machine other login a password b\ndefault login l password p\n", ("l", "p")),
    ("machine\nLOCALHOST\nlogin l\npassword \"p q\"\n", ("l", "p q")),
    ("# c\nmachine localhost password p login l\n", ("l", "p")),
    ("machine localhost login a password b\nmachine localhost login l password p", ("a", "b"))])
def test_netrc(fv, asked, text, expected):
    (fv.home / ".netrc").write_text(text)
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).expect()
    assert login(asked) == expected


def test_netrc_for_a_user(fv, asked):
    (fv.home / ".netrc").write_text("machine localhost login a password b\nmachine localhost login l password p")
    fv("list", "-u", "l", "HAUC", portal=asked, env=without()).expect()
    assert login(asked) == ("l", "p")


def test_no_password_and_no_terminal(fv, asked):
    fv("list", "HAUC", portal=asked, env=without()).fails(2)
    fv("list", "--password-file", "/nonexistent", "HAUC", portal=asked, env=without()).fails(2, "/nonexistent")
    assert not asked.requests


class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, args, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(args[0], [str(arg) for arg in args], env)
        self.text = b""

    def until(self, pattern=None, timeout=PATIENCE_S):
        """Read until the pattern is there, or to the end."""
        deadline = time.monotonic() + timeout
        while not (pattern and re.search(pattern, self.text)):
            assert time.monotonic() < deadline, self.text
            if select.select([self.fd], [], [], 0.1)[0]:
                try:
                    data = os.read(self.fd, 4096)
                except OSError:
                    data = b""
                if not data:
                    assert not pattern, self.text
                    return self
                self.text += data
        return self

    def type(self, text):
        """Type a line."""
        time.sleep(0.1)
        os.write(self.fd, text.encode() + b"\n")
        return self

    def end(self):
        """The exit status, once it has ended."""
        self.until()
        os.close(self.fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])


def test_prompt(fv, asked):
    terminal = Terminal([harness.PROGRAM, "list", "HAUC"], fv.env(asked, without(FLUXVISION_USER=None)))
    terminal.until(rb"(?i)(user|login).*: ").type("me").until(rb"(?i)password.*: ").type("typed sécret")
    assert terminal.end() == 0 and login(asked) == ("me", "typed sécret")
    assert b"typed" not in terminal.text and b"f1" in terminal.text


def test_prompt_for_the_password_only(fv, asked):
    terminal = Terminal([harness.PROGRAM, "list", "HAUC"], fv.env(asked, without()))
    terminal.until(rb"(?i)password.*: ").type("typed")
    assert terminal.end() == 0 and login(asked) == (USER, "typed") and b"typed" not in terminal.text


# --- how much is said

SLOW = [Send(ok(b"x" * 20_000)[:-18_000]), Trickle(b"x" * 18_000, 500, 0.02)]


def test_progress_on_a_terminal(fv, bad, out):
    bad.publish({"f1": SLOW})
    terminal = Terminal([harness.PROGRAM, "sync", "HAUC", out], fv.env(bad))
    assert terminal.end() == 0 and b"\r" in terminal.text.replace(b"\r\n", b"") and b"f1" in terminal.text
    bad.publish({"f1": SLOW}, modified="2022-01-01T00:00:00Z")
    terminal = Terminal([harness.PROGRAM, "sync", "--no-progress", "HAUC", out], fv.env(bad))
    assert terminal.end() == 0 and b"\r" not in terminal.text.replace(b"\r\n", b"")


def test_progress_elsewhere(fv, bad, out):
    bad.publish({"f1": SLOW})
    assert fv("sync", "HAUC", out, portal=bad).expect().err == ""
    listed = threading.Event()

    def listing(_):
        listed.wait(PATIENCE_S)
        return ok(bad.listing([entry("f1", modified="2022-01-01T00:00:00Z")]), JSON)

    bad.route("/api_file/v1/HAUC/", listing)
    running = fv.start("sync", "--progress", "HAUC", out, portal=bad)
    running.says("\n")     # of the listing: so the first word of the file's is new
    listed.set()
    done = running.wait().expect()
    assert "f1" in done.err and done.err.endswith("\n") and not re.search("[\r\x1b]", done.err)


def test_quiet_and_verbose(fv, asked, out):
    assert fv("sync", "-q", "HAUC", out, portal=asked).expect().stdout == b""
    assert "f1" not in fv("sync", "HAUC", out, portal=asked).expect().out
    done = fv("sync", "-v", "HAUC", out, portal=asked).expect()
    assert "f1" in done.out + done.err
    asked.publish({"f1": b"", "f2": [error("404 Not Found")]})
    assert fv("sync", "-q", "HAUC", out, portal=asked).fails(1, "f2").stdout == b""


def test_results_only_on_standard_output(fv, bad):
    bad.route("*", error("404 Not Found"))
    for options in ([], ["--json"], ["-v"], ["--progress"]):
        assert fv("list", *options, "HAUC", portal=bad).expect(6).stdout == b""


def test_stalled_portal_is_not_in_the_way_of_help(fv, bad):
    bad.route("*", Stall())
    fv("list", "-h", portal=bad, timeout=PATIENCE_S).expect()
    assert not bad.requests
