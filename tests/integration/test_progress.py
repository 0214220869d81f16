# SPDX-License-Identifier: MIT
"""Progress: a line that always stands on the terminal, as wide as that is at most; a few lines in a log; what an
interruption leaves."""

import contextlib
import os
import re
import signal
import socket
import threading
import time

import pytest

import harness
from bad import JSON, Send, Sequence, Sleep, Stall, Trickle, entry, error, head, ok, ranged_file
from harness import own_files, wait_until
from screen import Screen, Terminal

LIST = "/api_file/v1/HAUC/"
PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
WIDE = "été_大きいファイル_комплект_e\u0301te\u0301.zip"
LONG = "x" * 120 + ".zip"  # there is never room for it
INTERRUPTED = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
FILE = r"^(file \d+ of \d+|\d+/\d+)  "


@pytest.fixture
def terminal(fv, bad):
    """A function that starts the program on a terminal."""
    started = []

    def start(*args, columns=80, portal=None, env=None, out=None):
        program = env.pop("PROGRAM") if env and "PROGRAM" in env else [harness.PROGRAM]
        started.append(Terminal([*program, *args], fv.env(portal or bad, env), columns, out))
        return started[-1]

    yield start
    for one in started:
        one.close()


class Held(Trickle):
    """A Trickle whose last piece does not come before `go` is set, and the others at once when it is."""

    def __init__(self, data, size, delay, go):
        super().__init__(data, size, delay)
        self.go = go

    def run(self, wire, _):
        last = (len(self.data) - 1) // self.size * self.size
        for start in range(0, last, self.size):
            wire.send(self.data[start:start + self.size])
            wire.sleep(0 if self.go.is_set() else self.delay)
        while not self.go.is_set():
            wire.sleep(0.02)
        wire.send(self.data[last:])


def slow(data, pieces, delay=0.02, head_of=None, go=None):
    """A response whose content comes in so many pieces; with `go` it is not whole before that is set: what is shown
    of it is seen, however late the program is."""
    whole = head_of or ok(data, {"ETag": '"v1"', "Last-Modified": "Fri, 02 Apr 2021 13:44:37 GMT"})
    start = whole.index(b"\r\n\r\n") + 4
    size = max(1, (len(whole) - start) // pieces)
    return [Send(whole[:start]), Held(whole[start:], size, delay, go) if go else Trickle(whole[start:], size, delay)]


def never():
    """A `go` that is not set."""
    return threading.Event()


def test_screen_and_its_reads():
    """The end of a long line may come with two reads, and is no return to its beginning."""
    screen = Screen(4)
    for piece in (b"abcdef\r", b"\nabcdef\r", b"x"):
        screen.feed(piece)
    assert screen.text == ["abcdef", "abcdxf"] and len(screen.wrong) == 1


@pytest.mark.plain
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_many_small_files(terminal, bad, out, columns):
    """At 1 MB/s: the line is there in 38 of 40 samples, between files too."""
    body = ok(b"x" * 300)
    bad.publish({f"bulk_{index:05}.csv": body for index in range(5000)})
    one = terminal("sync", "--limit-rate", "1M", "HAUC", out, columns=columns)
    one.until(r"^(file [2-9]\d* of|[2-9]\d*/)")
    samples = []
    while len(samples) < 80 or not any("left" in line or "/s" in line for line in samples):
        samples += one.samples(1, 0.02)
        assert len(samples) < 2000
    shown = [line for line in samples if re.search(r"^(file \d+ of 5000|\d+/5000)  \d+%", line)]
    assert len(shown) >= len(samples) * 38 / 40, [line for line in samples if line not in shown]
    one.keep_output()
    one.type(b"\x03")
    assert one.end() == 130
    fetched = int(re.search(r": (\d+) fetched", one.screen.text[-2])[1])
    assert sum(row.startswith("fetched ") for row in one.screen.text) == fetched > 100  # each on a row of its own


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_slow_listing(terminal, bad, out, columns):
    bad.publish({f"f{index:03}": b"x" for index in range(200)})
    body, go = ok(bad.listing([entry(f"f{index:03}") for index in range(200)]), JSON), threading.Event()
    bad.route(LIST, [Sleep(0.5), *slow(b"", 200, 0.03, body, go)])
    one = terminal("sync", "HAUC", out, columns=columns)
    one.until(r"^waiting for the listing$")
    first = int(one.until(r"^listing: (\d+) entr(?:y|ies), [0-9.]+ K?i?B$")[1])
    one.until(rf"^listing: (?!{first} )\d+ entries, ")
    samples = one.samples(20, 0.02)
    assert sum(re.search("^(listing|comparing|TLS|file|[0-9]+/)", line) is not None for line in samples) >= 19, samples
    go.set()
    assert one.end() == 0


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("where", ["listing", "file"])
def test_attempts(terminal, bad, out, columns, where):
    """The time until the next one runs down, and the line says why there is one."""
    bad.publish({"f1": b"data", "f2": b"data"})
    wait = error("503 Busy", headers={"Retry-After": "4"})
    path = LIST if where == "listing" else PLACE + "f1"
    right = ok(bad.listing([entry("f1"), entry("f2")]), JSON) if where == "listing" else ok(b"data")
    bad.route(path, Sequence(wait, right))
    one = terminal("sync", "--retries", 5, "HAUC", out, columns=columns)
    count = "" if where == "listing" or columns == 40 else "file 1 of 2: "
    one.until(rf"^{count}attempt 2 of 6 in [34] s: the serv.*")
    samples = one.samples(20, 0.02)
    assert sum("attempt 2 of 6 in " in line for line in samples) >= 19, samples
    one.until(rf"^{count}attempt 2 of 6 in [12] s: ")
    assert one.end() == 0 and "attempt" not in "".join(one.screen.lines)


def full_queue(stack):
    """A port whose queue is full: a connection neither comes up nor fails."""
    full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
    port = full.getsockname()[1]
    for _ in range(4):
        one = stack.enter_context(socket.socket())
        one.setblocking(False)
        one.connect_ex(("127.0.0.1", port))
    return port


@pytest.mark.parametrize("columns", [40, 80, 120])
@pytest.mark.parametrize("command", ["sync", "list", "get"])
def test_dead_address(terminal, out, columns, command):
    with contextlib.ExitStack() as stack:
        url = f"https://127.0.0.1:{full_queue(stack)}"
        what = {"sync": ("HAUC", out), "list": ("HAUC",), "get": ("HAUC/HAUC-3/HAUC-3-2/f1",)}[command]
        one = terminal(command, "-e", url, *what, columns=columns)
        one.until("^connecting to 127.0.0.1$")
        samples = one.samples(20, 0.05)
        assert samples.count("connecting to 127.0.0.1") >= 19, samples
        one.type(b"\x03")
        assert one.end() == 130


def test_dead_name(terminal, namespaces, out, tmp_path):
    """A name server that never answers."""
    assert namespaces is None
    address = f"127.54.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        (tmp_path / "resolv.conf").write_text(f"nameserver {address}\n", encoding="ascii")
        script = 'set -e; mount --bind "$1" "$(readlink -f /etc/resolv.conf)"; shift; exec "$@"'
        one = terminal("sync", "-e", "https://portal.example", "HAUC", out, env={"PROGRAM": [
            "/usr/bin/unshare", "-m", "sh", "-c", script, "sh", tmp_path / "resolv.conf", harness.PROGRAM]})
        one.until("^looking up portal.example$")
        one.type(b"\x03")
        assert one.end() == 130 and one.screen.lines[-2].startswith("fluxvision: interrupted by SIGINT")


def test_handshake(terminal, bad_portal, out):
    one = terminal("sync", "HAUC", out, portal=bad_portal(accept=lambda _: Stall()))
    one.until("^TLS handshake with localhost$")
    one.type(b"\x03")
    assert one.end() == 130


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_one_large_file(terminal, bad, out, columns):
    """Percent and time left; a name that is wider than there is room for, and never half a character of it."""
    go = threading.Event()
    bad.publish({WIDE: slow(bytes(2 << 20), 600, 0.035, go=go)})
    one = terminal("sync", "HAUC", out, columns=columns)
    # A program that was late knows the speed at once.
    one.until(r"^\d+%  ([0-9.]+ [KM]?i?B/s  \d+:\d\d left  )?([0-9.]+ [KM]?i?B of 2.0 MiB  )?(\S*)\.zip$")
    shown = one.until(r"^\d+%  [0-9.]+ [KM]?i?B/s  0:\d\d left  .*e\u0301\.zip$")[0]
    assert columns == 40 or WIDE[-20:] in shown
    go.set()
    assert one.end() == 0


def test_size_not_known(terminal, bad, out):
    """Nothing is said of what is not known."""
    bad.publish({"f1": [head("200 OK", {"Connection": "close"}), Trickle(bytes(200_000), 2000, 0.02), Stall()]})
    one = terminal("sync", "HAUC", out)
    line = one.until(r"^[0-9.]+ KiB  HAUC/.*f1$")[0]
    assert "%" not in line and "left" not in line and " of " not in line
    one.type(b"\x03")
    assert one.end() == 130


def test_terminal_that_changes(terminal, bad, out):
    """Each line is as wide as the terminal is then."""
    bad.publish({"n" * 150 + ".zip": slow(bytes(2 << 20), 1000, go=never())})
    one = terminal("sync", "HAUC", out, columns=120)
    one.until(r"n\.zip$")
    assert len(one.screen.last) == 117
    for columns in (40, 80):
        one.resize(columns)
        one.screen.columns = 120  # what was on its way
        wait_until(lambda at=columns: one.read(0.02) and len(one.screen.last) == at - 3)
        one.screen.columns = columns
    one.samples(10, 0.05)
    one.type(b"\x03")
    assert one.end() == 130


@pytest.mark.parametrize("number, status", INTERRUPTED)
@pytest.mark.parametrize("columns", [40, 80, 120])
def test_interrupted_sync(terminal, bad, out, number, status, columns):
    """What is kept is what the next run goes on with; nothing of the line is left; the cursor is on a row of its
    own."""
    data = bytes(range(256)) * 4096
    bad.publish({"a1": b"x", "a2": b"y", LONG: slow(data, 100, 0.05, go=never())})
    one = terminal("sync", "HAUC", out, columns=columns)
    one.until(r"xxx\.zip$")
    wait_until(lambda: one.read(0.02) and any(size > 100_000 for size in own_files(out).values()))
    if number == signal.SIGINT:
        one.type(b"\x03")
    else:
        os.kill(one.pid, number)
    assert one.end() == status
    kept, = (size for name, size in own_files(out).items() if name.endswith(".part"))
    told = one.screen.text
    assert told[:2] == [f"fetched      {LOCAL}a{index} (1 B)" for index in (1, 2)]
    said = re.fullmatch(rf"fluxvision: interrupted by {signal.Signals(number).name}: 2 fetched, ([0-9.]+) KiB of "
                        rf"{LOCAL}{LONG} kept; "
                        "run again to go on", told[2])
    assert said and told[3:] == [""], told
    assert f"{kept / 1024:.3f}".startswith(said[1]) or int(kept / 1024) == int(float(said[1])), (kept, said)
    bad.clear()
    bad.route(PLACE + LONG, ranged_file(data, '"v1"'))
    assert terminal("sync", "HAUC", out).end() == 0
    assert bad.seen(PLACE + LONG)[0].headers["range"] == f"bytes={kept}-"


def test_interrupted_without_a_validator(terminal, bad, out):
    """Nothing can be kept of it, and nothing is said to be."""
    bad.publish({"f1": slow(b"", 100, 0.05, ok(bytes(1 << 20)), never())})
    one = terminal("sync", "HAUC", out, columns=120)
    one.until("f1$")
    one.type(b"\x03")
    assert one.end() == 130 and not any(name.endswith(".part") for name in own_files(out))
    assert one.screen.lines == ["fluxvision: interrupted by SIGINT: 0 fetched; run again to go on", ""]


@pytest.mark.parametrize("command, said", [
    (["get", "-o", "f", LOCAL + "f1"], ": no file was written"),
    (["get", "-o", "-", LOCAL + "f1"], ": the output is not whole"),
    (["list", "HAUC"], ": the list is not whole"), (["sync", "-n", "HAUC", "out"], ": nothing was changed")], ids=str)
def test_interrupted_others(terminal, bad, tmp_path, command, said):
    bad.publish({"f1": slow(b"", 500, 0.05, ok(bytes(1 << 20)), never())})
    if command[0] != "get":
        bad.route(LIST, slow(b"", 20, 0.5, ok(bad.listing([entry("f1")] * 50), JSON), never()))
    command = [tmp_path / one if one in ("f", "out") else one for one in command]
    one = terminal(*command, columns=120, out=tmp_path / "result")
    one.until(r"listing: |  f1?$")
    one.type(b"\x03")
    assert one.end() == 130 and one.screen.lines == ["fluxvision: interrupted by SIGINT" + said, ""]
    assert not (tmp_path / "f").exists()


def test_interrupted_verify(terminal, fv, bad, out):
    bad.publish({"a1": b"x", "f1": bytes(60 << 20)})
    fv("sync", "HAUC", out, portal=bad, program=harness.PROGRAM).expect()
    one = terminal("verify", "--no-confine", out, columns=120, env={"PROGRAM": [
        "/usr/bin/strace", "-f", "-o", "/dev/null", "-e", "inject=pread64:delay_exit=50000", harness.PROGRAM]})
    one.until(rf"^verifying file 2  [0-9.]+ [KM]iB  {LOCAL}f1$")
    one.type(b"\x03")
    assert one.end() == 130
    assert (one.screen.lines[-2:] == ["fluxvision: interrupted by SIGINT: 1 file is as fetched, 0 are not; the others "
                                      "were not read", ""])


def test_get(terminal, bad, tmp_path):
    """A line, but not where the content goes to the same terminal."""
    data, go = b"line\n" * 20_000, threading.Event()
    bad.publish({"f1": slow(data, 50, 0.02, go=go)})
    one = terminal("get", "-o", tmp_path / "f1", LOCAL + "f1")
    one.until(r"^\d+%  .*f1$")
    go.set()
    assert one.end() == 0 and one.screen.lines == [""]
    go.clear()
    one = terminal("get", "-o", "-", LOCAL + "f1", out=tmp_path / "f2")
    one.until(r"^\d+%  .*f1$")
    go.set()
    assert one.end() == 0 and (tmp_path / "f2").read_bytes() == data
    one = terminal("get", "-o", "-", LOCAL + "f1")
    assert one.end() == 0 and set(one.screen.lines) == {"line", ""} and len(one.screen.lines) == 20_001


def test_results_elsewhere(terminal, bad, out, tmp_path):
    """Standard output is a file: the line stays where it is."""
    go = threading.Event()
    bad.publish({f"f{index:02}": slow(b"x" * 100, 5, 0.02, go=go if index == 12 else None) for index in range(20)})
    one = terminal("sync", "HAUC", out, out=tmp_path / "told")
    one.until("^file 1[0-9] of 20")
    go.set()
    assert one.end() == 0 and one.screen.lines == [""] and b"\n" not in one.raw
    assert len((tmp_path / "told").read_text(encoding="utf-8").splitlines()) == 21


def test_stopped_terminal(terminal, bad, out, tmp_path):
    """Ctrl-S stops what is shown, not what is done: only results are waited for, and these are elsewhere."""
    go = threading.Event()
    bad.publish({f"f{index:02}": slow(b"x" * 100, 10, 0.03, go=go if index == 1 else None) for index in range(20)})
    one = terminal("sync", "HAUC", out, out=tmp_path / "told")
    one.until("^file 2 of 20")
    one.type(b"\x13")
    go.set()
    wait_until(lambda: len((tmp_path / "told").read_text(encoding="utf-8").splitlines()) > 15)
    one.type(b"\x11")
    assert one.end() == 0 and one.screen.lines == [""]


def test_list_on_a_terminal(terminal, bad):
    """Rows come as the listing does, and the line stands below them."""
    entries, go = [entry(f"f{index:03}") for index in range(100)], threading.Event()
    bad.route(LIST, slow(b"", 40, 0.05, ok(bad.listing(entries), JSON), go))
    one = terminal("list", "HAUC")
    one.until(r"^listing: \d+ entries")
    wait_until(lambda: one.read(0.02) and one.screen.lines[0] == f"2021-04-02 13:44:37Z  {LOCAL}f000")
    one.until(r"^listing: \d+ entries")
    go.set()
    assert one.end() == 0
    assert one.screen.lines == [f"2021-04-02 13:44:37Z  {LOCAL}f{index:03}" for index in range(100)] + [""]


def test_hook_has_the_terminal(terminal, bad, out):
    """What the command prints is not drawn over."""
    go = threading.Event()
    bad.publish({"f1": b"x", "f2": slow(b"x" * 100, 50, 0.02, go=go)})
    one = terminal("sync", "--exec", "printf 'one '; sleep 0.6; echo two", "HAUC", out)
    one.until("f2$")
    go.set()
    assert one.end() == 0 and one.screen.lines.count("one two") == 2


def test_wait_for_the_next_run(terminal, bad, out):
    bad.publish({"f1": b"x"})
    one = terminal("sync", "--every", "4s", "HAUC", out)
    one.until("^next run in 0:0[34]$")
    one.until("^next run in 0:0[12]$")
    wait_until(lambda: one.read(0.02) and one.screen.lines[-2].startswith("0 fetched, 1 unchanged"))
    one.until("^next run in 0:0[34]$")
    one.type(b"\x03")
    assert one.end() == 130 and one.screen.lines[-2:] == ["fluxvision: interrupted by SIGINT between two runs", ""]
    assert not any("next run" in line for line in one.screen.lines)


# --- no terminal

def test_log(fv, bad, out):
    """Whole lines, whole names, no control bytes; a few early ones, and then one a minute."""
    name = "x" * 180 + WIDE
    bad.publish({name: slow(bytes(1 << 20), 100, 0.03)})
    for attempt in range(5):    # a busy machine may have the early line before the file's head is there
        done = fv("sync", "--progress", "HAUC", out / str(attempt), portal=bad, program=harness.PROGRAM).expect()
        if re.search(rf"^\d+%  .*{re.escape(name)}$", done.err, re.M):
            break
    lines = done.err.split("\n")
    assert lines.pop() == "" and 1 <= len(lines) <= 3, done
    assert lines[-1].endswith("  " + LOCAL + name) and re.match(r"\d+%  ", lines[-1])
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", done.err)


def test_log_says_what_takes_its_time(fv, bad, out):
    listed, go = threading.Event(), threading.Event()
    bad.publish({"f1": slow(bytes(1 << 20), 20, 0.03, go=go)})
    bad.route(LIST, slow(b"", 1, 0, ok(bad.listing([entry("f1")]), JSON), listed))
    running = fv.start("sync", "--progress", "HAUC", out, portal=bad, program=harness.PROGRAM)
    running.says("\n")
    listed.set()
    running.says("f1\n")
    go.set()
    *first, last = running.wait().expect().err.splitlines()
    assert first and set(first) <= {"waiting for the listing", "comparing files",
                         "TLS handshake with localhost"} and last.endswith(f"{LOCAL}f1")


def test_third_attempt_is_a_line_of_a_log(fv, bad, out):
    """The second one is not, and there is one line a minute at most."""
    bad.publish({"f1": b"x", "f2": b"y", "f3": b"z"})
    again = error("503 Busy", headers={"Retry-After": "0"})
    bad.route(PLACE + "f1", Sequence(again, ok(b"x")))
    for name, content in {"f2": b"y", "f3": b"z"}.items():
        bad.route(PLACE + name, Sequence(again, again, again, ok(content)))
    done = fv("sync", "--retries", 5, "--pipeline", 1, "HAUC", out, portal=bad).expect()
    line, = done.err.splitlines()
    assert re.match(r"fluxvision: warning: attempt 3 of 6 in [0-9.]+ s: .*f2: .*503", line), done
    for name in ("f2", "f3"):
        bad.route(PLACE + name, Sequence(again, again, again, ok(b"other")))
    quiet = fv("sync", "-q", "--retries", 5, "--checksum", "HAUC", out, portal=bad).expect()
    assert quiet.err == ""


def test_no_line_is_waited_for(fv, bad, out):
    """Nobody wants to see it: nothing is said."""
    bad.publish({"f1": slow(b"x" * 100, 30, 0.02)})
    start = time.monotonic()
    assert fv("sync", "HAUC", out, portal=bad).expect().err == "" and time.monotonic() - start > 0.5
