# SPDX-License-Identifier: MIT
"""INT, TERM and HUP at every phase, kill -9 around a hook: a clean end, soon, and a next run that goes on."""

import contextlib
import os
import pathlib
import signal
import socket
import subprocess
import time

import pytest

import harness
from bad import SendRaw, Sequence, Sleep, Stall, cut, entry, error, ok, ranged_file
from every import children
from harness import PATIENCE_S, alive_in_group, assert_names, files_below, own_files, partial_bytes, wait_until
from patience import has_open

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
LIST = "/api_file/v1/HAUC/"
DATA = bytes(range(256)) * 800
HELD = 120_000
KEPT = {"ledger", "ledger.index", "lock", "last.json"}

SIGNALS = [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


def stop(running, number):
    """Send the signal: the end comes soon, and one line tells of it."""
    done = running.end(number)
    said, = done.err.splitlines()
    assert said.startswith(f"fluxvision: interrupted by {signal.Signals(number).name}"), done
    return done


def ends_whole(fv, bad, out, expected):
    """The next run completes the directory."""
    bad.clear()
    for name, content in expected.items():
        bad.route(PLACE + name, ranged_file(content))
    bad.publish_entries([entry(name) for name in expected])
    fv("sync", "HAUC", out, portal=bad).expect()
    assert_names(out, {LOCAL + name: content for name, content in expected.items()})
    assert set(own_files(out)) <= KEPT


PHASES = {
    "listing's head": {LIST: Stall()},
    "listing": {LIST: [ok(b'[{"orga_code_ref": "HAUC"')[:-10], Stall()]},
    "back-off of the listing": {LIST: error("503 Busy", headers={"Retry-After": "60"})},
    "file's head": {PLACE + "f1": Stall()},
    "file": {PLACE + "f1": [ok(DATA, {"ETag": '"v1"'})[:HELD - len(DATA)], Stall()]},
    "back-off of a file": {PLACE + "f1": error("429 Many", headers={"Retry-After": "60"})},
    "body of an error": {PLACE + "f1": [error("500 Oops", b"x" * 1000)[:-500], Sleep(60)]},
}


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("phase", PHASES)
def test_phases_of_a_sync(fv, bad, out, phase, number):
    bad.publish({"f1": DATA})
    for path, behaviour in PHASES[phase].items():
        bad.route(path, behaviour)
    running = fv.start("sync", "--retries", "3", "HAUC", out, portal=bad)
    bad.wait(1 if LIST in PHASES[phase] else 2)
    if phase == "file":
        wait_until(lambda: partial_bytes(out) > 0)
    time.sleep(0.1)
    stop(running, number)
    assert not files_below(out) and (partial_bytes(out) > 0) == (phase == "file")
    ends_whole(fv, bad, out, {"f1": DATA})
    if phase == "file":
        first, = bad.seen(PLACE + "f1")
        assert first.headers["if-range"] == '"v1"' and 0 < int(first.headers["range"][6:-1]) <= len(DATA)


@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("before", [Stall(), [SendRaw(b"\x16\x03\x03\x01"), Stall()]], ids=["nothing", "half a record"])
def test_handshake(fv, bad_portal, out, before, number):
    bad = bad_portal(accept=lambda _: before)
    running = fv.start("sync", "--connect-timeout", 60, "HAUC", out, portal=bad)
    wait_until(lambda: bad.connections)
    time.sleep(0.1)
    stop(running, number)


def connecting(port):
    """The own ports of sockets that ask for a connection to that one (SYN_SENT)."""
    lines = [line.split() for line in pathlib.Path("/proc/net/tcp").read_text(encoding="ascii").splitlines()[1:]]
    return {int(words[1].partition(":")[2], 16) for words in lines
            if words[2] == f"0100007F:{port:04X}" and words[3] == "02"}


@pytest.mark.parametrize("number", SIGNALS)
def test_connect(fv, bad, out, number):
    """A port whose queue is full: the connection neither comes up nor fails."""
    with contextlib.ExitStack() as stack:
        full = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        port = full.getsockname()[1]
        queue = [stack.enter_context(socket.socket()) for _ in range(4)]
        for one in queue:
            one.setblocking(False)
            one.connect_ex(("127.0.0.1", port))
        running = fv.start("sync", "--connect-timeout", 60, "-e", f"https://127.0.0.1:{port}", "HAUC", out, portal=bad)
        ours = {one.getsockname()[1] for one in [full, *queue]}
        wait_until(lambda: connecting(port) - ours)
        stop(running, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_name_look_up(fv, bad, namespaces, out, tmp_path, number):
    """A name server that never answers."""
    assert namespaces is None
    # nobody's, not even that of another run of these tests
    address = f"127.53.{os.getpid() >> 8 & 255}.{os.getpid() & 255}"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind((address, 53))
        (tmp_path / "resolv.conf").write_text(f"nameserver {address}\noptions timeout:30\n")
        script = ('set -e; mount --bind "$1" "$(readlink -f /etc/resolv.conf)"; shift; exec "$@"')
        running = fv.start("sync", "--connect-timeout", 60, "-e", "https://portal.example", "HAUC", out, portal=bad,
                           prefix=("unshare", "-m", "sh", "-c", script, "sh", tmp_path / "resolv.conf"))
        server.settimeout(PATIENCE_S)
        server.recvfrom(2000)
        stop(running, number)


@pytest.mark.parametrize("number", SIGNALS)
def test_between_files_and_after_the_last_byte(fv, bad, out, number):
    """Many small files: what is complete stays complete, what is not does not appear."""
    files = {f"g{index:03}": bytes([index]) * 2000 for index in range(150)}
    bad.publish({**files, "f1": Stall()})
    running = fv.start("sync", "HAUC", out, portal=bad)
    wait_until(lambda: len(bad.requests) > 30)
    running.end(number)
    found = files_below(out)
    assert 5 < len(found) < 151
    for path, one in found.items():
        assert one.read_bytes() == files[path.rpartition("/")[2]]
    assert not any(one.open for one in bad.wait_closed())  # else it still reads what was sent ahead
    ends_whole(fv, bad, out, {**files, "f1": DATA})
    assert len(bad.requests) == 1 + 151 - len(found)


@pytest.mark.parametrize("number", SIGNALS)
def test_verify(fv, bad, out, number):
    """A card that is slow to read."""
    bad.publish({"f1": bytes(8 << 20)})
    fv("sync", "HAUC", out, portal=bad).expect()
    running = fv.start("-f", "-o", "/dev/null", "-e", "inject=pread64:delay_exit=500000", harness.PROGRAM, "verify",
                       "--no-confine", out,
                       program="strace")
    # strace has had another child, to try the system with.
    verifying = wait_until(lambda: next((pid for pid in children(running.pid) if has_open(pid, out / LOCAL / "f1")), 0))
    os.kill(verifying, number)
    done = running.wait(PATIENCE_S).expect(128 + number)
    assert done.err.count("\n") == 1, done
    assert done.err.startswith(
        f"fluxvision: interrupted by {signal.Signals(number).name}: 0 files are as fetched, "), done


# --- the hook

@pytest.mark.parametrize("number", SIGNALS)
@pytest.mark.parametrize("before, command", [("", "sleep 60"), ("", "sleep 60; true"), ("trap '' INT TERM; ", "sleep 60; sleep 60")],
                         ids=["simple", "compound", "deaf"])
def test_hook(fv, bad, out, tmp_path, before, command, number):
    """The hook is stopped with us, and called again; nothing of it is left behind."""
    bad.publish({"f1": DATA})
    running = fv.start("sync", "--exec", f"{before}echo $$ >{tmp_path}/pid; {command}", "HAUC", out, portal=bad)
    wait_until(lambda: (tmp_path / "pid").exists() and (tmp_path / "pid").read_text())
    group = int((tmp_path / "pid").read_text())
    stop(running, number)
    wait_until(lambda: not alive_in_group(group))
    assert_names(out, {LOCAL + "f1": DATA})
    bad.clear()
    again = fv("sync", "--exec", f'echo "$FLUXVISION_PATH" >{tmp_path}/again', "HAUC", out, portal=bad).expect()
    assert (tmp_path / "again").read_text() == f"{out}/{LOCAL}f1\n" and len(bad.requests) == 1, again


def test_hook_that_had_finished_is_not_called_again(fv, bad, out, tmp_path):
    """TERM while it runs, but it ends well in its last moments: that counts."""
    bad.publish({"f1": DATA})
    command = f"trap 'echo told >>{tmp_path}/log; exit 0' TERM; echo begun >>{tmp_path}/log; sleep 60 & wait"
    running = fv.start("sync", "--exec", command, "HAUC", out, portal=bad)
    wait_until(lambda: (tmp_path / "log").exists())
    time.sleep(0.1)
    stop(running, signal.SIGTERM)
    fv("sync", "--exec", f"echo again >>{tmp_path}/log", "HAUC", out, portal=bad).expect()
    assert (tmp_path / "log").read_text().split() == ["begun", "told"]


def test_hook_has_an_empty_standard_input(fv, bad, out, tmp_path):
    bad.publish({"f1": b"x"})
    running = fv.start("sync", "--exec", f"cat >{tmp_path}/input; echo end >>{tmp_path}/input", "HAUC", out, portal=bad,
                       stdin=subprocess.PIPE)
    running.wait(PATIENCE_S).expect()
    assert (tmp_path / "input").read_text() == "end\n"


def test_hook_after_kill(fv, bad, out, tmp_path):
    """kill -9 while the hook runs: the file is there, and the hook is called again, once."""
    bad.publish({"f1": DATA, "f2": b"2"})
    log = tmp_path / "log"
    command = f'echo "${{FLUXVISION_PATH##*/}}" >>{log}'
    running = fv.start("sync", "--exec", f"{command}; sleep 60", "HAUC", out, portal=bad)
    wait_until(lambda: log.exists() and log.read_text())
    running.kill()
    running.process.wait()
    for pid in (int(place.parent.name) for place in pathlib.Path("/proc").glob("[0-9]*/environ")
                if f"FLUXVISION_PATH={out}/".encode() in readable(place)):
        os.kill(pid, signal.SIGKILL)
    assert_names(out, {LOCAL + "f1": DATA})
    for _ in range(2):
        fv("sync", "--exec", command, "HAUC", out, portal=bad).expect()
    assert log.read_text().split() == ["f1", "f1", "f2"]
    assert len(bad.seen(PLACE + "f1")) == 1


def readable(path):
    """What is in a file of /proc, or nothing."""
    try:
        return path.read_bytes()
    except OSError:
        return b""


def test_hook_that_moves_files_away(fv, bad, out, tmp_path):
    """With --once a file that has gone is neither fetched again nor shown to the hook."""
    bad.publish({"f1": DATA})
    (tmp_path / "inbox").mkdir()
    command = f'echo >>{tmp_path}/log; mv "$FLUXVISION_PATH" {tmp_path}/inbox; exit 1'
    fv("sync", "--once", "--exec", command, "HAUC", out, portal=bad).expect(1)
    fv("sync", "--once", "--exec", command, "HAUC", out, portal=bad).expect()
    assert (tmp_path / "log").read_text() == "\n" and len(bad.seen(PLACE + "f1")) == 1


@pytest.mark.parametrize("command", ["exit 7", "kill -9 $$", "/no/such/program"])
def test_hook_that_fails(fv, bad, out, command):
    bad.publish({"f1": DATA, "f2": b"2"})
    done = fv("sync", "--exec", command, "HAUC", out, portal=bad).expect(1)
    assert LOCAL + "f1" in done.err and LOCAL + "f2" in done.err and "run again" in done.err
    assert_names(out, {LOCAL + "f1": DATA, LOCAL + "f2": b"2"})
    fv("sync", "--exec", "true", "HAUC", out, portal=bad).expect()


def test_hook_for_a_resumed_and_a_changed_file(fv, bad, out, tmp_path):
    log = tmp_path / "log"
    command = f'echo "$FLUXVISION_SIZE" >>{log}; sha256sum <"$FLUXVISION_PATH" | grep -q "^$FLUXVISION_SHA256 "'
    bad.publish({"f1": Sequence(cut(ok(DATA, {"ETag": '"v1"'}), HELD), ranged_file(DATA))})
    fv("sync", "--exec", command, "HAUC", out, portal=bad).fails(3)
    assert not log.exists()
    fv("sync", "--exec", command, "HAUC", out, portal=bad).expect()
    bad.publish({"f1": b"new"}, modified="2022-01-01T00:00:00Z")
    fv("sync", "--exec", command, "HAUC", out, portal=bad).expect()
    assert log.read_text().split() == [str(len(DATA)), "3"]


# --- kill -9 of the client against what it had told

def test_kill_between_two_checkpoints(fv, bad, out):
    """What a checkpoint has made durable is not fetched again."""
    size = 33 << 20
    content = (bytes(range(256)) * 4096)[:1 << 20] * 33
    bad.publish({"f1": [ok(content, {"ETag": '"v1"'})[:-1000], Stall()]})
    running = fv.start("sync", "HAUC", out, portal=bad)
    wait_until(lambda: max((n for name, n in own_files(out).items() if name.endswith(".part")),
                           default=0) > size - 60_000)
    running.kill()
    running.process.wait()
    bad.clear()
    bad.route(PLACE + "f1", ranged_file(content))
    fv("sync", "HAUC", out, portal=bad).expect()
    at, = (int(request.headers["range"][6:-1]) for request in bad.seen(PLACE + "f1"))
    assert 32 << 20 <= at <= size
    assert_names(out, {LOCAL + "f1": content})
