# SPDX-License-Identifier: MIT
"""User and password: which source wins, what each may do, and that no secret is seen anywhere."""

import os
import pty
import re
import select
import shutil
import signal
import sys
import termios
import time

import pytest

import harness
from bad import ConnectProxy, Stall, basic
from harness import PATIENCE_S, login, wait_until
from patience import reap, soon
from server import USER

LONGEST = 2048
BOM = b"\xef\xbb\xbf"


def without(**more):
    """An environment without the usual password."""
    return {"FLUXVISION_PASSWORD_FILE": None, **more}


def secret_file(path, text):
    """A file of mode 600."""
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    path.chmod(0o600)
    return path


# --- which one wins

def sources(fv, tmp_path):
    """A list of (name, options, environment) in the order that src/INTERFACE.md promises; each password is the name."""
    (tmp_path / "credentials").mkdir()
    for name in ("option", "variable", "named"):
        secret_file(tmp_path / name, name + "\n")
    secret_file(tmp_path / "credentials" / "fluxvision.password", "credentials")
    secret_file(fv.home / ".netrc", f"machine localhost login {USER} password netrc\n")
    return [("option", ["--password-file", tmp_path / "option"], {}),
            ("environment", [], {"FLUXVISION_PASSWORD": "environment"}),
            ("variable", [], {"FLUXVISION_PASSWORD_FILE": tmp_path / "variable"}),
            ("settings", ["-c", secret_file(tmp_path / "conf", "password = settings\n")], {}),
            ("named", ["-c", secret_file(tmp_path / "conf2", f"password-file = {tmp_path}/named\n")], {}),
            ("credentials", [], {"CREDENTIALS_DIRECTORY": tmp_path / "credentials"}), ("netrc", [], {})]


def test_each_source_wins_over_all_that_follow(fv, asked, tmp_path):
    order = sources(fv, tmp_path)
    for first, (name, _, _) in enumerate(order):
        options, env = [], {}
        for other, more, variables in order[first:]:
            if not (options and "-c" in more and "-c" in options) and not (other == "named" and name == "settings"):
                options += more
            env.update(variables)
        fv("list", *options, "HAUC", portal=asked, env=without(**env)).expect()
        assert login(asked) == (USER, name)


def test_two_passwords_in_one_settings_file(fv, asked, tmp_path):
    """Which one is meant cannot be known."""
    conf = secret_file(tmp_path / "conf", f"password = a\npassword-file = {tmp_path}/b\n")
    done = fv("list", "-c", conf, "HAUC", portal=asked, env=without()).fails(2, f"{conf}, line 2", "only one")
    assert not asked.requests and "= a" not in done.err


def test_user_of_netrc_with_a_password_from_elsewhere(fv, asked):
    secret_file(fv.home / ".netrc", "machine localhost login me\ndefault login other password b\n")
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None, FLUXVISION_PASSWORD="known")).expect()
    assert login(asked) == ("me", "known")


# --- what is named and cannot be read

def cannot(kind, path):
    """Make path such that it cannot be read; what is said of it."""
    if kind == "missing":
        return "No such file"
    if kind == "below a file":
        path.parent.write_text("x")
        return "Not a directory"
    if kind == "directory":
        path.mkdir()
        return "Is a directory"
    secret_file(path, "x")
    path.chmod(0)
    return "Permission denied"


@pytest.mark.parametrize("kind", ["missing", "below a file", "directory", "unreadable"])
@pytest.mark.parametrize("option", ["--password-file", "-c", "--cacert"])
def test_source_that_is_named_and_cannot_be_read(fv, asked, tmp_path, option, kind):
    path = tmp_path / "file" / "x" if kind == "below a file" else tmp_path / "named"
    words = cannot(kind, path)
    variable = {"--password-file": "FLUXVISION_PASSWORD_FILE",
        "-c": "FLUXVISION_CONFIG", "--cacert": "FLUXVISION_CACERT"}
    if kind == "unreadable" and os.geteuid() == 0:
        as_nobody(fv, asked, ["list", option, path, "HAUC"], {}).fails(2, str(path), words)
        return
    fv("list", option, path, "HAUC", portal=asked).fails(2, str(path), words)
    fv("list", "HAUC", portal=asked, env={variable[option]: path}).fails(2, str(path), words)
    assert not asked.requests


def as_nobody(fv, portal, args, env):
    """Run it as a user to whom modes matter."""
    for place in (fv.home, *fv.home.parents):
        if place.stat().st_uid == os.geteuid() and place != place.parent:
            place.chmod(place.stat().st_mode | 0o055)
    os.chown(fv.password_file, 65534, 65534)
    program = fv.home / "program"
    if not program.exists():
        program.write_bytes(harness.PROGRAM.read_bytes())
        program.chmod(0o755)
    ca = fv.home / "ca.pem"
    ca.write_bytes(fv.certs.ca.read_bytes())
    return fv(*args, portal=portal, env={"FLUXVISION_CACERT": ca, **env}, program=program,
              prefix=("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"))


@pytest.mark.skipif(os.geteuid() != 0, reason="another user's files need root")
@pytest.mark.parametrize("what", ["file", "directory"])
@pytest.mark.parametrize("source", ["settings", "credentials", "netrc"])
def test_default_source_that_is_there_and_cannot_be_read(fv, asked, tmp_path, source, what):
    """Another owner's, of mode 600; or below a directory that hides what is there. Its pin, its password would be
    missed."""
    folder = tmp_path / "hidden"
    folder.mkdir()
    name = {"settings": "fluxvision.conf", "credentials": "fluxvision.password", "netrc": ".netrc"}[source]
    secret_file(folder / name, "pinnedpubkey = sha256//x\n")
    folder.chmod(0o755 if what == "file" else 0o700)
    env = {"settings": {"XDG_CONFIG_HOME": folder}, "credentials": without(CREDENTIALS_DIRECTORY=folder),
           "netrc": without(HOME=folder)}[source]
    done = as_nobody(fv, asked, ["list", "HAUC"], env)
    if source == "netrc" and what == "directory":  # the settings file comes first
        done.fails(2, str(folder), "Permission denied")
    else:
        done.fails(2, str(folder / name), "Permission denied")
    assert not asked.requests


def test_default_sources_that_are_not_there(fv, asked, tmp_path):
    (tmp_path / "file").write_text("")
    for place in (tmp_path / "none", tmp_path / "file"):
        env = {"XDG_CONFIG_HOME": place, "HOME": place, "CREDENTIALS_DIRECTORY": place, "FLUXVISION_PASSWORD": "p",
               "FLUXVISION_PASSWORD_FILE": None}
        fv("list", "HAUC", portal=asked, env=env).expect()
        fv("list", "HAUC", portal=asked, env={**env, "FLUXVISION_PASSWORD": None}).fails(2, "no password")


def test_source_without_a_name_or_with_too_long_a_one(fv, asked):
    for name, words in (("", "No such file"), ("x" * 5000, "too long")):
        for option in ("--password-file", "-c", "--cacert"):
            fv("list", option, name, "HAUC", portal=asked).expect(2)
            assert words.lower() in fv("list", option, name, "HAUC", portal=asked).err.lower()
    for variable in ("HOME", "XDG_CONFIG_HOME", "CREDENTIALS_DIRECTORY"):
        assert "too long" in fv("list", "HAUC", portal=asked, env=without(**{variable: "/x" * 3000})).expect(2).err
        fv("list", "HAUC", portal=asked, env={variable: ""}).expect()
    assert len(asked.requests) == 3


@pytest.mark.parametrize("how", ["printf p | {} --password-file /dev/stdin", "{} --password-file <(printf 'p\\nnotes')",
                                 "{} --password-file /dev/fd/5 5<<<p", "{} -c <(echo 'password = p')",
                                 "{} -c <(sleep 0.3; echo 'password = p')"])
def test_source_that_is_a_pipe(fv, asked, how):
    command = how.format(f"{harness.PROGRAM} list HAUC")
    fv("-c", command, portal=asked, env=without(), program="/bin/bash").expect()
    assert login(asked) == (USER, "p")


def test_empty_default_settings_file_is_the_one(fv, asked, tmp_path, namespaces):
    """/etc/fluxvision.conf is for those who have none."""
    assert namespaces is None
    secret_file(tmp_path / "fluxvision.conf", "\n")
    etc = tmp_path / "etc"     # another one: that of this machine is everybody's
    etc.mkdir()
    for name in ("hosts", "ld.so.cache", "nsswitch.conf"):
        shutil.copy(f"/etc/{name}", etc)
    (etc / "fluxvision.conf").write_text("user = of-etc\n")
    mount = "mount --bind $1 /etc"
    fv.mounted(tmp_path / "etc", mount, "list", "HAUC", portal=asked, env={"FLUXVISION_USER": None}).expect()
    assert login(asked)[0] == "of-etc"
    done = fv.mounted(tmp_path / "etc", mount, "list", "HAUC", portal=asked,
                      env={"FLUXVISION_USER": None, "XDG_CONFIG_HOME": tmp_path})
    done.fails(2, "no user")


# --- empty, too long, not text

EMPTY = {"empty": b"", "line end": b"\n", "CRLF": b"\r\nsecret\n", "mark": BOM, "mark and line end": BOM + b"\n"}


@pytest.mark.parametrize("text", EMPTY)
def test_empty_password_file(fv, asked, tmp_path, text):
    path = secret_file(tmp_path / "p", EMPTY[text])
    fv("list", "--password-file", path, "HAUC", portal=asked).fails(2, str(path), "empty")
    credentials = secret_file(tmp_path / "fluxvision.password", EMPTY[text])
    fv("list", "HAUC", portal=asked, env=without(CREDENTIALS_DIRECTORY=tmp_path)).fails(2, str(credentials), "empty")
    assert not asked.requests


def test_empty_passwords_and_users(fv, asked, tmp_path):
    conf = secret_file(tmp_path / "conf", "# c\npassword =\n")
    netrc = secret_file(fv.home / ".netrc", f"machine localhost\nlogin {USER}\npassword \"\"\n")
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_PASSWORD="")).fails(2, "FLUXVISION_PASSWORD", "empty")
    fv("list", "-c", conf, "HAUC", portal=asked, env=without()).fails(2, f"{conf}, line 2", "empty")
    fv("list", "HAUC", portal=asked, env=without()).fails(2, f"{netrc}, line 3", "empty")
    fv("list", "-u", "", "HAUC", portal=asked).fails(2, "user", "empty")
    fv("list", "HAUC", portal=asked, env={"FLUXVISION_USER": ""}).fails(2, "user", "empty")
    assert not asked.requests
    # What is not chosen does not matter, and who needs none is not asked for it.
    fv("list", "--password-file", fv.password_file, "HAUC", portal=asked, env={"FLUXVISION_PASSWORD": ""}).expect()
    fv("verify", tmp_path / "none", portal=asked, env={"FLUXVISION_PASSWORD": ""}).expect(7)


@pytest.mark.parametrize("notes", [0, 331, 100_000], ids="{} bytes of notes".format)
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", [b"", BOM], ids=["plain", "mark"])
@pytest.mark.parametrize("password", ["p", " p q ", "é" * 1000, "x" * LONGEST], ids=["p", "blanks", "1000", "longest"])
def test_first_line_of_a_password_file(fv, asked, tmp_path, password, mark, end, notes):
    path = secret_file(tmp_path / "p", mark + password.encode() + end + b"n" * notes)
    fv("list", "--password-file", path, "HAUC", portal=asked).expect()
    assert login(asked) == (USER, password)


@pytest.mark.parametrize("password", [b"p", b"q\r", BOM + b"r"])
def test_password_file_without_a_line_end(fv, asked, tmp_path, password):
    fv("list", "--password-file", secret_file(tmp_path / "p", password), "HAUC", portal=asked).expect()
    assert login(asked)[1].encode() == password.strip(b"\r").removeprefix(BOM)


def test_longest_password_of_each_source(fv, asked, tmp_path):
    longest, more = "y" * LONGEST, "y" * (LONGEST + 1)
    for text, fits in ((longest, True), (more, False)):
        conf = secret_file(tmp_path / "conf", f"password = {text}\n")
        path = secret_file(tmp_path / "p", f"{text}\nnotes")
        netrc = secret_file(fv.home / ".netrc", f"machine localhost login {USER} password {text}\n")
        for named, options, env in ((conf, ["-c", conf], {}), (path, ["--password-file", path], {}), (netrc, [], {}),
                                    ("FLUXVISION_PASSWORD", [], {"FLUXVISION_PASSWORD": text})):
            done = fv("list", *options, "HAUC", portal=asked, env=without(**env))
            assert text not in done.err
            if fits:
                done.expect()
                assert login(asked) == (USER, text)
            else:
                done.fails(2, str(named), f"{LONGEST} bytes")
    fv("list", "-u", longest, "HAUC", portal=asked, env=without(FLUXVISION_PASSWORD=longest)).expect()
    assert login(asked) == (longest, longest)
    fv("list", "-u", more, "HAUC", portal=asked).fails(2, "user", f"{LONGEST} bytes")


@pytest.mark.parametrize("text", [b"a\0b\n", "secret\n".encode("utf-16"), b"a\tb\n", b"a\x7fb\n", b"a\rb\n"], ids=ascii)
def test_password_that_can_not_be_sent(fv, asked, tmp_path, text):
    """A NUL would have cut it, and another one would have been sent."""
    path = secret_file(tmp_path / "p", text)
    done = fv("list", "--password-file", path, "HAUC", portal=asked).fails(2, f"{path}, line 1", "control")
    assert not asked.requests and "secret" not in done.err


def test_user_that_can_not_be_sent(fv, asked):
    for user in ("a:b", "a\nb"):
        fv("list", "-u", user, "HAUC", portal=asked).fails(2, "user")
    assert not asked.requests


# --- ~/.netrc

@pytest.mark.parametrize("user, text, expected", [
    (None, "machine other login a password b\n" * 5000 + "machine localhost login l password p\n", ("l", "p")),
    (None, "machine localhost port 443 protocol https login l password p\n", ("l", "p")),
    (None, "machine other port 21\nlogin a password b\nmachine localhost login l password p\n", ("l", "p")),
    (None, "machine localhost login l\nmachine localhost login l password p\n", ("l", "p")),
    (None, "machine localhost login a\ndefault login l password p\n", ("l", "p")),
    ("l", "machine localhost login a password b\nmachine localhost login l\ndefault login l password p", ("l", "p")),
    ("l", "machine localhost login a password b\ndefault password p", ("l", "p")),
    (None, "\ufeffmachine localhost login l password p\n", ("l", "p")),
    (None, "macdef init\nmachine localhost login a password b\n\nmachine localhost login l password p", ("l", "p")),
    (None, "machine other login \"a\nmachine localhost login l password \"p \\\"q\\\" #r\"", ("l", 'p "q" #r')),
    (None, "MACHINE localhost LOGIN l PassWord p", ("l", "p")),
    (None, "machine localhost\r\n\tlogin l\r\n\tpassword p\r\n", ("l", "p")),
    (None, f"machine other password {'x' * 5000}\nmachine localhost login l password p", ("l", "p"))], ids=range(13))
def test_netrc_entries(fv, asked, user, text, expected):
    secret_file(fv.home / ".netrc", text)
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=user)).expect()
    assert login(asked) == expected


@pytest.mark.parametrize("text, line", [("machine localhost login \"l\npassword p\n", 1), ("machine localhost\nlogin l\npassword", 3),
                                        ("machine x login y\n\nmachine localhost login l password p\0q\n", 3)])
def test_netrc_that_is_wrong_for_this_host(fv, asked, text, line):
    path = secret_file(fv.home / ".netrc", text)
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).fails(2, f"{path}, line {line}")
    assert not asked.requests


# --- who may read them

@pytest.mark.parametrize("mode, told", [(0o600, False), (0o640, False), (0o604, True), (0o644, True)], ids=oct)
@pytest.mark.parametrize("text", ["password = sécret\n", "proxy = http://me:sécret@localhost:1\npassword-file = {file}\n"])
def test_password_in_a_settings_file_that_all_may_read(fv, asked, tmp_path, text, mode, told):
    conf = secret_file(tmp_path / "conf", text.format(file=fv.password_file))
    conf.chmod(mode)
    env = without(NO_PROXY="localhost")
    done = fv("list", "-c", conf, "HAUC", portal=asked, env=env)
    assert ("warning" in done.err and str(conf) in done.err) == told and "sécret" not in done.err
    assert "warning" not in fv("list", "-q", "-c", conf, "HAUC", portal=asked, env=env).err


def test_settings_file_without_a_password_may_be_read_by_all(fv, asked, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text(f"password-file = {fv.password_file}\nproxy = http://localhost:1\n")
    conf.chmod(0o644)
    assert "warning" not in fv("list", "-c", conf, "HAUC", portal=asked, env=without()).err


def test_other_files_that_all_may_read_are_told_of_with_v(fv, asked):
    """They hold nothing else, and a container's secrets are all of that mode."""
    for path, env in ((fv.password_file, {}), (secret_file(fv.home / ".netrc", "default password x"), without())):
        path.chmod(0o644)
        assert fv("list", "HAUC", portal=asked, env=env).expect().err == ""
        assert f"all users may read {path}" in fv("list", "-v", "HAUC", portal=asked, env=env).expect().err
        path.chmod(0o600)
        assert "all users" not in fv("list", "-v", "HAUC", portal=asked, env=env).expect().err


# --- variables and settings that nothing reads

@pytest.mark.parametrize("name, meant", [
    ("LIMT_RATE", "LIMIT_RATE"), ("LIMITRATE", "LIMIT_RATE"), ("PASWORD", "PASSWORD"), ("PASSWORD_FIEL", "PASSWORD_FILE"),
    ("limit_rate", "LIMIT_RATE"), ("LIMIT-RATE", "LIMIT_RATE"), ("RETIRES",
     "RETRIES"), ("USERNAME", None), ("TOKEN", None), ("", None), ("ENDPOINTS", "ENDPOINT"),
    ("MAX-TIME", "MAX_TIME"), ("X" * 300, None)])
def test_variable_that_nothing_reads(fv, asked, name, meant):
    done = fv("list", "HAUC", portal=asked, env={f"FLUXVISION_{name}": "s3cret"})
    assert done.status == 0 and done.err.count("\n") == 1 and "s3cret" not in done.err
    assert f"FLUXVISION_{name}"[:64] in done.err
    assert (f"did you mean 'FLUXVISION_{meant}'?" in done.err) if meant else "mean" not in done.err
    assert fv("list", "-q", "HAUC", portal=asked, env={f"FLUXVISION_{name}": "s3cret"}).expect().err == ""


def test_variables_of_a_hook_are_known(fv, asked, tmp_path):
    """--exec may call this program, which then sees what the hook sees."""
    log = tmp_path / "log"
    fv("sync", "--exec", f"{harness.PROGRAM} -V >>{log} 2>&1; {harness.PROGRAM} verify {tmp_path}/none >>{log} 2>&1; true",
       "HAUC", tmp_path / "out", portal=asked).expect()
    assert "FLUXVISION_" not in log.read_text()


def test_settings_that_there_are_not(fv, asked, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text("user = a\n\nlimt-rate = 4\n")
    fv("list", "-c", conf, "HAUC", portal=asked).fails(2, f"{conf}, line 3", "limt-rate")


def test_comments_in_a_settings_file(fv, asked, tmp_path):
    conf = secret_file(tmp_path / "conf",
                       "user = hauc # comment\npassword = \"a #b\"\t# and a comment\njson = 1 # flag\n")
    fv("list", "-c", conf, "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).expect()
    assert login(asked) == ("hauc", "a #b")


def test_large_settings_file(fv, asked, tmp_path):
    conf = tmp_path / "conf"
    conf.write_text("# notes\n" * 7000 + "user = last\n")
    fv("list", "-c", conf, "HAUC", portal=asked, env={"FLUXVISION_USER": None}).expect()
    assert login(asked)[0] == "last"
    conf.write_text("# notes\n" * 9000)
    fv("list", "-c", conf, "HAUC", portal=asked).fails(2, str(conf), "large")


# --- the prompt

class Terminal:
    """The program on a terminal of its own."""

    def __init__(self, args, env):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            os.execve(args[0], [str(arg) for arg in args], env)
        self.text = b""

    def until(self, pattern, timeout=PATIENCE_S):
        """Read until the pattern is there."""
        deadline = time.monotonic() + timeout
        while not re.search(pattern, self.text):
            assert time.monotonic() < deadline and self.more(0.1) is not None, self.text
        return self

    def more(self, timeout):
        """What comes next, nothing if that is not in time; None at the end."""
        if not select.select([self.fd], [], [], timeout)[0]:
            return b""
        try:
            data = os.read(self.fd, 65536)
        except OSError:
            return None
        self.text += data
        return data or None

    def type(self, text):
        """Type this."""
        os.write(self.fd, text if isinstance(text, bytes) else text.encode())
        return self

    def echoes(self):
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self.fd)[3] & termios.ECHO)

    def end(self, within=PATIENCE_S):
        """The exit status."""
        deadline, status = time.monotonic() + within, 0
        while True:
            self.more(0.01)
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                break
            assert time.monotonic() < deadline, self.text
        while self.more(0.05):
            pass
        return os.waitstatus_to_exitcode(status)

    def close(self):
        os.close(self.fd)


@pytest.fixture
def ask(fv, asked):
    """A function that starts the program where it has to ask."""
    started = []

    def start(*options, **env):
        started.append(Terminal([harness.PROGRAM, "list", *options, "HAUC"], fv.env(asked, without(**env))))
        return started[-1]

    yield start
    for terminal in started:
        terminal.close()


@pytest.mark.parametrize("question", ["User", "Password"])
@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_signal_ends_the_question(ask, asked, number, status, question):
    terminal = ask(**({"FLUXVISION_USER": None} if question == "User" else {})).until(question.encode() + b".*: ")
    wait_until(lambda: terminal.echoes() == (question == "User"))
    time.sleep(0.1)
    os.kill(terminal.pid, number)
    assert terminal.end() == status and terminal.echoes() and not asked.requests
    assert f"fluxvision: interrupted by {signal.Signals(number).name}".encode() in terminal.text


@pytest.mark.parametrize("key, status", [(b"\x03", 130), (b"\x04", 2)], ids=["Ctrl-C", "Ctrl-D"])
def test_keys_end_the_question(ask, asked, key, status):
    terminal = ask().until(b" at localhost: ")
    assert terminal.type(b"half") and terminal.type(b"\x15" + key).end() == status and terminal.echoes()
    assert not asked.requests and (status == 130 or b"no password was typed" in terminal.text)


def test_quit_at_the_question(fv, asked):
    """Ctrl-backslash ends it at once, and the terminal is as it was."""
    command = f"set -m; {harness.PROGRAM} list HAUC; echo STATUS=$?; stty -a | grep -o -e '-*echo ' | head -1; echo END"
    terminal = Terminal(["/bin/bash", "-c", command], fv.env(asked, without()))
    terminal.until(b" at localhost: ")
    wait_until(lambda: not terminal.echoes())
    terminal.type(b"half\x1c").until(rb"STATUS=131\s+echo\s+END")
    assert terminal.end() == 0 and not asked.requests
    terminal.close()


def test_terminal_that_goes_away(ask, asked, fv):
    """A hang-up ends it; nobody is left to see the status."""
    pid, fd = pty.fork()
    if pid == 0:
        os.execve(harness.PROGRAM, ["fluxvision", "list", "HAUC"], fv.env(asked, without()))
    assert ask and b"Password" in soon(fd, 100)
    os.close(fd)
    assert reap(pid) in (129, 2) and not asked.requests


@pytest.mark.parametrize("question", ["User", "Password"])
def test_max_time_ends_the_question(ask, asked, question):
    start = time.monotonic()
    terminal = ask("--max-time", "5", **({"FLUXVISION_USER": None}
                   if question == "User" else {})).until(question.encode())
    assert terminal.end() == 3 and time.monotonic() - start > 4.9
    assert terminal.echoes() and not asked.requests
    assert b"--max-time" in terminal.text


def test_suspended_where_nobody_could_continue_it(ask, asked):
    """The system does not stop the leader of a session: it asks again."""
    terminal = ask().until(b" at localhost: ")
    wait_until(lambda: not terminal.echoes())
    terminal.type(b"forgotten")
    os.kill(terminal.pid, signal.SIGTSTP)
    wait_until(lambda: terminal.more(0.05) is not None and terminal.text.count(b" at localhost: ") == 2)
    assert not terminal.echoes()
    terminal.type(b"\x15typed\n")
    assert terminal.end() == 0 and login(asked) == (USER, "typed") and terminal.echoes()


def test_stopped_in_a_shell(fv, asked):
    """A job of a shell with job control: stopped with the echo on, continued without."""
    command = f"set -m; {harness.PROGRAM} list HAUC; echo STOPPED; stty -a | grep -o -e '-*echo ' | head -1; fg; echo STATUS=$?"
    terminal = Terminal(["/bin/bash", "-c", command], fv.env(asked, without()))
    terminal.until(b" at localhost: ")
    wait_until(lambda: not terminal.echoes())
    terminal.type(b"\x1a").until(rb"STOPPED\s+echo")
    wait_until(lambda: terminal.more(0.05) is not None and terminal.text.count(b" at localhost: ") == 2)
    wait_until(lambda: not terminal.echoes())
    terminal.type("typed\n").until(b"STATUS=0")
    assert terminal.end() == 0 and login(asked) == (USER, "typed") and b"typed" not in terminal.text
    terminal.close()


# A shell with job control, in small: a job that begins in the front until it is stopped, or in the background; it is
# continued
# there, and then ended as kill(1) does it.
SHELL = """
import os, signal, sys, time
front, number, program = sys.argv[1] == "front", int(sys.argv[2]), sys.argv[3:]
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
ready, go = os.pipe()
job = os.fork()
if job == 0:
    os.setpgid(0, 0)
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.read(ready, 1)
    os.execv(program[0], program)
os.setpgid(job, job)
if front:
    os.tcsetpgrp(0, job)
os.write(go, b"x")
def stopped():
    return os.WIFSTOPPED(os.waitpid(job, os.WUNTRACED)[1])
if front:
    assert stopped()
    os.tcsetpgrp(0, os.getpgrp())
    os.killpg(job, signal.SIGCONT)
def waits():
    with open("/proc/%d/stat" % job) as file:
        return os.readlink("/proc/%d/exe" % job) == os.path.realpath(program[0]) and file.read().rpartition(") ")[2][0] in "ST"
looks = 0
while looks < 30:
    looks = looks + 1 if waits() else 0
    time.sleep(0.01)
os.killpg(job, number)
os.killpg(job, signal.SIGCONT)
while True:
    status = os.waitpid(job, os.WUNTRACED)[1]
    if not os.WIFSTOPPED(status):
        break
    time.sleep(0.01)
print("STATUS=%d." % os.waitstatus_to_exitcode(status))
"""


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("user", [USER, None], ids=["password", "user"])
@pytest.mark.parametrize("place", ["front", "background"])
def test_stopped_job_is_ended(fv, asked, number, status, user, place):
    """Also where it would be stopped again as soon as it touches the terminal."""
    terminal = Terminal([sys.executable, "-c", SHELL, place, str(int(number)), harness.PROGRAM, "list", "HAUC"],
                        fv.env(asked, without(FLUXVISION_USER=user)))
    if place == "front":
        terminal.until(b": ").type(b"\x1a")
    terminal.until(rb"STATUS=%d\." % status)
    assert terminal.end() == 0 and terminal.echoes() and not asked.requests
    terminal.close()


@pytest.mark.parametrize("typed, words", [(b"\n", b"empty"), (b"x" * (LONGEST + 1) + b"\n", b"2048 bytes")], ids=["empty", "long"])
def test_what_is_typed_is_judged(ask, asked, typed, words):
    terminal = ask().until(b" at localhost: ")
    assert terminal.type(typed).end() == 2 and words in terminal.text and terminal.echoes() and not asked.requests
    assert b"xxx" not in terminal.text


def test_a_long_password_can_be_typed(ask, asked):
    ask().until(b" at localhost: ").type("é" * 1000 + "\n").end()
    assert login(asked) == (USER, "é" * 1000)


def test_rest_of_a_line_is_not_left_for_the_shell(fv, asked):
    """What was too long must not be run as a command."""
    command = f"{harness.PROGRAM} list HAUC; read -t 1 rest; echo \"LEFT=<$rest>\""
    terminal = Terminal(["/bin/bash", "-c", command], fv.env(asked, without()))
    terminal.until(b" at localhost: ").type(b"y" * 3000 + b"\n").until(b"LEFT=<>")
    assert terminal.end() == 0
    terminal.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_half_a_password_is_not_left_for_the_shell(fv, asked, number):
    command = f"set -m; {harness.PROGRAM} list HAUC; read -t 3 rest; echo \"LEFT=<$rest>\""
    terminal = Terminal(["/bin/bash", "-c", command], fv.env(asked, without()))
    terminal.until(b" at localhost: ").type("half")
    time.sleep(0.2)
    program, = (int(pid) for pid in os.listdir("/proc") if pid.isdigit() and parent(pid) == terminal.pid)
    os.kill(program, number)
    time.sleep(0.3)
    terminal.type("\n").until(b"LEFT=<>")
    assert terminal.end() == 0
    terminal.close()


def parent(pid):
    """The parent of a process; 0 if it has gone."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
            return int(file.read().rpartition(")")[2].split()[1])
    except OSError:
        return 0


@pytest.mark.parametrize("change", ["endpoint", "user", "nothing"])
def test_what_was_typed_is_for_one_portal_and_user(fv, bad_portal, tmp_path, change):
    """--every reads the settings file again; for another host or user it asks again."""
    first, second = bad_portal(), bad_portal()
    for one in (first, second):
        one.publish({"f1": b"data"})

    def write(portal, user):
        secret_file(tmp_path / "new", f"endpoint = {portal.url}\nuser = {user}\n").rename(tmp_path / "conf")

    write(first, "a")
    terminal = Terminal([harness.PROGRAM, "sync", "-c", tmp_path / "conf", "--every", "1s", "HAUC", tmp_path / "out"],
                        fv.env(first, without(FLUXVISION_ENDPOINT=None, FLUXVISION_USER=None)))
    terminal.until(b"Password for a at localhost: ").type("typed\n")
    wait_until(lambda: first.requests)
    target, user = (second, "a") if change == "endpoint" else (first, "b" if change == "user" else "a")
    write(target, user)
    if change == "nothing":
        seen = len(first.requests)
        wait_until(lambda: len(first.requests) >= seen + 2)
    else:
        terminal.text = b""
        terminal.until(b"Password for %s at localhost: " % user.encode()).type("other\n")
        wait_until(lambda: target.requests and login(target) == (user, "other"))
        assert basic(user, "typed") not in [one.authorization for one in target.requests]
    os.kill(terminal.pid, signal.SIGTERM)
    assert terminal.end() == 143 and terminal.text.count(b"Password") == 1, terminal.text
    terminal.close()


# --- out of sight

def test_password_is_in_no_memory_dump_argument_or_environment(fv, bad, tmp_path):
    """While it works, /proc shows it nowhere; and no core is written."""
    bad.route("*", Stall())
    running = fv.start("list", "HAUC", portal=bad, env=without(FLUXVISION_PASSWORD="s3cret-of-mine"), program=harness.PROGRAM,
                       cwd=tmp_path)
    assert bad.wait(1)
    assert b"s3cret" not in running.proc("environ") + running.proc("cmdline")
    assert b"Max core file size        0" in running.proc("limits")
    running.signal(signal.SIGQUIT)
    assert running.wait().status == -signal.SIGQUIT
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("core")]


def test_hook_has_no_password(fv, asked, tmp_path):
    fv("sync", "--exec", f"env >{tmp_path}/env; cat /proc/$PPID/environ >>{tmp_path}/env", "HAUC", tmp_path / "out", portal=asked,
       env=without(FLUXVISION_PASSWORD="s3cret-of-mine")).expect()
    assert "s3cret" not in (tmp_path / "env").read_text("utf-8", "replace")


# --- a value that is missing in ~/.netrc

@pytest.mark.parametrize("other", ["machine x login y password", "machine x login", "machine x login y account", "machine x password\n# note",
                                   "machine"])
def test_entry_of_another_host_without_a_value(fv, asked, other):
    """It does not take the next line's keyword for its value."""
    secret_file(fv.home / ".netrc", f"{other}\nmachine localhost login l password p\n")
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).expect()
    assert login(asked) == ("l", "p")


@pytest.mark.parametrize("after", ["machine other login x password y", "default login x password y", "# note\nmachine other", "macdef m\nx\n"])
def test_entry_of_ours_without_a_value(fv, asked, after):
    """The next one's keyword is not sent for a password."""
    secret_file(fv.home / ".netrc", f"\nmachine localhost login l password\n{after}\n")
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).fails(2, ".netrc, line 2")
    secret_file(fv.home / ".netrc", "machine localhost login l password\n\"machine\"\n")
    fv("list", "HAUC", portal=asked, env=without(FLUXVISION_USER=None)).expect()
    assert len(asked.requests) == 1 and login(asked) == ("l", "machine")


# --- what is not understood is shown without the secret that it may hold

ALONE = {"FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p", "FLUXVISION_ENDPOINT": "https://127.0.0.1:9"}


@pytest.mark.parametrize("line", ["password: s3cret=", "password s3cret==", "password:s3cret=1", "proxy: http://u:s3cret@h:1/?x=1",
                                  "machine x login y password s3cret=", "https://u:s3cret@h/?a=b", "s3cret="])
def test_settings_line_of_another_syntax(fv, tmp_path, line):
    """YAML or netrc in a settings file; a password in Base64 has an "=" of its own."""
    secret_file(tmp_path / "conf", f"# c\n{line}\n")
    done = fv("list", "-c", tmp_path / "conf", "HAUC", env=ALONE).fails(2,
              f"{tmp_path}/conf, line 2: there is no such setting")
    assert "s3cret" not in done.err


@pytest.mark.parametrize("value", ["http://user:s3cret@proxy:3128", "user:s3cret@proxy"])
def test_proxy_in_the_place_of_exceptions(fv, value):
    with ConnectProxy(refuse="403 Forbidden") as proxy:
        done = fv("list", "HAUC", env={**ALONE, "HTTPS_PROXY": proxy.url, "NO_PROXY": value}).expect(3)
        assert "NO_PROXY: warning: not understood: '@proxy" in done.err and "s3cret" not in done.err, done


@pytest.mark.parametrize("words", [
    "list https://user:s3cret@h/x", "sync https://user:s3cret@h/x out", "get -o - ftp://user:s3cret@h/x", "list user:s3cret@h",
    "get -o - https://user:s3cret@h/x", "get -o - https://user:p?s3cret@h/x", "list https://h/x?a=b@c&token=s3cret", "list h/x?token=s3cret",
    "get -o - https://user:" + 200 * "s3cret" + "@h/x", "list --json user:" + \
        200 * "s3cret" + "@h/x", "list --since user:s3cret@h HAUC",
    "list https://h/x?token=s3cret", "list -u u HAUC https://u:s3cret@h"], ids=lambda words: words[:50])
def test_secret_in_an_argument(fv, words):
    done = fv(*words.split(), env=ALONE)
    assert done.status in (2, 3, 6) and "s3cret" not in done.err + done.out, done
