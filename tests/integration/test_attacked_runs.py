# SPDX-License-Identifier: MIT
"""Runs in workers under attack: workers and commands that do not obey, sources that go away, pipes that nobody
reads."""

import contextlib
import os
import pathlib
import re
import signal
import subprocess
import termios
import threading
import time

import pytest

import harness
from bad import Stall, ok
from every import at_a_question, children, ends, every, listings, runs, state
from harness import PATIENCE_S, files_below, wait_until
from make_tree import replace
from patience import asleep, reap, soon
from server import PASSWORD, USER

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


def ticks(pid):
    """CPU time in seconds."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


# --- a worker that cannot answer

@pytest.mark.parametrize("options", [("--every", "1s"), ("--exec", "true")], ids=["every", "exec"])
def test_a_worker_that_is_stopped_does_not_keep_the_parent_from_ending(fv, bad, out, options):
    """SIGSTOP, a hung mount, the freezer of cgroups: TERM and TERM again, nothing happens, for ever."""
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = fv.start("sync", *options, "HAUC", out, portal=bad)
    bad.wait(2)
    worker, = children(running.pid)
    os.kill(worker, signal.SIGSTOP)
    wait_until(lambda: state(worker) == "T")
    running.signal(signal.SIGTERM)
    time.sleep(1.5)
    running.end()


@pytest.mark.parametrize("options", [("--every", "1s"), ("--exec", "true")], ids=["every", "exec"])
def test_standard_output_that_nobody_reads(fv, bad, out, options):
    """A full pipe: the worker waits in write() for ever, its parent for the worker."""
    bad.publish({f"f{n:04}": b"1" for n in range(600)})
    running = fv.start("sync", "--json", *options, "HAUC", out, portal=bad)
    wait_until(lambda: len(files_below(out)) > 100)
    time.sleep(1)
    assert len(files_below(out)) < 600    # the pipe is full
    running.signal(signal.SIGTERM)
    assert running.process.wait(PATIENCE_S) == 143


def full_pipe():
    """The write end of a pipe that nobody reads; the read end."""
    read, write = os.pipe()
    os.set_blocking(write, False)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x" * 4096)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(write, b"x")
    os.set_blocking(write, True)
    return read, write


def test_between_two_runs_with_a_standard_error_that_nobody_reads(fv, bad, out):
    """The last line alone keeps the parent alive."""
    bad.publish({"f1": b"1"})
    read, write = full_pipe()
    args = [str(harness.PROGRAM), "sync", "--every", "1h", "HAUC", str(out)]
    with subprocess.Popen(args, env=fv.env(bad), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                          stderr=write) as process:
        wait_until(lambda: files_below(out) and not children(process.pid))
        process.terminate()
        try:
            assert process.wait(PATIENCE_S) == 143
        finally:
            process.kill()
            os.close(read)
            os.close(write)


# --- commands

def written(path):
    """The process id that a command writes there."""
    return int(wait_until(lambda: path.exists() and path.read_text(encoding="ascii")))


def test_what_a_command_started_ends_with_it(fv, bad, out, tmp_path):
    """The shell dies of TERM, its child is deaf and is never killed: it goes on beside the next run's command for the
    same file."""
    bad.publish({"f1": b"1"})
    running = fv.start("sync", "--exec",
                       f"(trap '' TERM INT; echo >{tmp_path}/ready; exec sleep 61) & echo $! >{tmp_path}/pid; wait",
                       "HAUC", out,
                       portal=bad)
    wait_until(lambda: (tmp_path / "ready").exists())
    deaf = written(tmp_path / "pid")
    running.process.terminate()
    running.process.wait(PATIENCE_S)
    ends(deaf)


def test_as_process_1_it_buries_between_runs_too(fv, bad, out, namespaces, tmp_path):
    """With --every 6h what daemons leave is a zombie for six hours."""
    assert namespaces is None
    bad.publish({f"f{n}": b"1" for n in range(5)})
    running = fv.start("--pid", "--fork", "--kill-child", "--mount-proc", harness.PROGRAM, "sync", "--every", "1h",
                       "--exec", f"(sleep 1 &) ; echo >>{tmp_path}/log", "HAUC", out, portal=bad, program="unshare")
    wait_until(lambda: (tmp_path / "log").exists() and (tmp_path / "log").read_text() == "\n" * 5)
    inner, = children(running.pid)
    wait_until(lambda: not children(inner))
    os.kill(inner, signal.SIGTERM)
    running.wait()


# --- what is read again

@pytest.mark.parametrize("option", ["-c", "--password-file", "--cacert"])
def test_a_pipe_cannot_be_read_for_each_run(fv, bad, out, tmp_path, option):
    """-c <(decrypt settings): the second run would find it empty, and work without the pin."""
    os.mkfifo(tmp_path / "fifo")
    done = fv("sync", "--every", "1s", option, tmp_path / "fifo", "HAUC", out, portal=bad) if option != "-c" else None
    if done is None:
        read, write = os.pipe()
        os.write(write, b"exclude = *.zip\n")
        os.close(write)
        args = [str(harness.PROGRAM), "sync", "--every", "1s", "-c", f"/dev/fd/{read}", "HAUC", str(out)]
        one = subprocess.run(args, env=fv.env(bad), stdin=subprocess.DEVNULL, capture_output=True, pass_fds=[read],
                             timeout=PATIENCE_S, check=False)
        os.close(read)
        assert one.returncode == 2 and b"with --every it must be a file" in one.stderr
    else:
        assert "with --every it must be a file" in done.expect(2).err


def test_a_settings_file_that_is_gone_is_told(fv, bad, out, tmp_path):
    """Of the default name: gone for a moment (an editor, a package's upgrade), the run goes on without its filters,
    endpoint and pin."""
    home = tmp_path / "xdg"
    home.mkdir()
    conf = home / "fluxvision.conf"
    conf.write_text("exclude = *.zip\n")
    bad.publish({"a.csv": b"1", "b.zip": b"2"})
    running = every(fv, bad, out, env={"XDG_CONFIG_HOME": home})
    runs(bad, 1)
    conf.rename(home / "fluxvision.conf~")
    running.says("fluxvision.conf")
    done = running.end()
    assert sorted(files_below(out)) == [LOCAL + "a.csv"], done


@pytest.mark.parametrize("line", ["exec = touch {marker}", "every = 1h"], ids=["exec", "every"])
def test_exec_and_every_of_the_settings_file_are_read_for_each_run(fv, bad, out, tmp_path, line):
    bad.publish({"f1": b"1"})
    conf, marker = tmp_path / "conf", tmp_path / "marker"
    conf.write_text("every = 1s\nexec = true\n")
    running = fv.start("sync", "-c", conf, "HAUC", out, portal=bad)
    runs(bad, 1)
    replace(conf, (("every = 1s\n" if line.startswith("exec") else "") + line.format(marker=marker) + "\n").encode())
    before = listings(bad)
    if line.startswith("exec"):
        runs(bad, 2)
        bad.publish({"f1": b"1", "f2": b"2"})
        wait_until(marker.exists)
    else:
        time.sleep(6)
        assert listings(bad) <= before + 2
    running.end()


def test_a_wrong_password_that_was_typed_in_is_asked_for_again(fv, bad_portal, out):
    bad = bad_portal(auth=(USER, PASSWORD))
    bad.publish({"f1": b"1"})
    pid, terminal, told = at_a_question(fv.env(bad, {"FLUXVISION_PASSWORD_FILE": None}), b" at localhost: ", "sync",
                                        "--every", "1s", "HAUC", out)
    os.write(terminal, b"wrong\n")
    while told.count(b" at localhost: ") < 2:
        told += soon(terminal, 1000)
    os.kill(pid, signal.SIGTERM)
    assert reap(pid) == 143
    os.close(terminal)


def test_at_the_prompt(fv, bad, out):
    pid, terminal, _ = at_a_question(fv.env(bad, {"FLUXVISION_PASSWORD_FILE": None}), b" at localhost: ", "sync",
                                     "--every", "1s", "HAUC", out)
    time.sleep(0.2)
    os.kill(pid, signal.SIGTERM)
    assert reap(pid) == 143 and termios.tcgetattr(terminal)[3] & termios.ECHO
    os.close(terminal)


def test_the_reason_why_a_command_could_not_be_started_is_told(fv, bad, out, tmp_path):
    """fork refused, as by ulimit -u or pids.max."""
    bad.publish({"f1": b"1"})
    many = {f"V{n}": "1" for n in range(1100)}
    done = fv("sync", "--exec", "true", "HAUC", out, portal=bad, env=many)
    assert done.status == 0 or "environment" in done.err, done


# --- the end of a run, and the first

def test_a_stop_at_the_end_of_a_run_is_told_of(fv, bad, out):
    """The run ends well while TERM is on its way: 143 without a word (one in twenty of random stops)."""
    held = threading.Event()
    bad.publish({"f1": lambda _: wait_until(held.is_set) and ok(b"1")})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    os.kill(running.pid, signal.SIGSTOP)
    wait_until(lambda: state(running.pid) == "T")
    held.set()
    wait_until(lambda: state(worker) == "Z")
    running.process.send_signal(signal.SIGTERM)
    os.kill(running.pid, signal.SIGCONT)
    assert "interrupted by SIGTERM" in running.wait(PATIENCE_S).expect(143).err


LIMITED = ("import os,resource,sys; resource.setrlimit(resource.RLIMIT_NPROC, (1, 1)); os.setgroups([]); "
           "os.setgid(65534); "
           "os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])")


def test_a_fork_that_is_refused_at_first_does_not_end_every(fv, bad, out):
    """EAGAIN at boot: fv_err_exit(FV_E_MEMORY) is 2, which parent.c takes for a usage error, and ends for good."""
    bad.publish({"f1": b"1"})
    running = fv.start("-c", LIMITED, harness.PROGRAM, "sync", "--every", "1s", "HAUC",
                       f"/tmp/{out.parent.name}-nobody", portal=bad,
                       program="/usr/bin/python3",
                       env={"HOME": "/nonexistent", "FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_PASSWORD": PASSWORD})
    running.says("no process for a run")
    running.end()


@pytest.mark.plain    # a sanitiser's memory is too large to be read
def test_what_was_typed_in_is_forgotten_where_there_is_no_further_run(fv, bad, out):
    """--exec without --every: the parent keeps the password for as long as commands run."""
    secret = b"Zq7-unlikely-Secret-91x"
    bad.publish({"f1": b"1"})
    pid, terminal, told = at_a_question(fv.env(bad, {"FLUXVISION_PASSWORD_FILE": None}), b" at localhost: ", "sync",
                                        "--exec", f"echo >{out}/../ready; sleep 60", "HAUC", out)
    os.write(terminal, secret + b"\n")
    wait_until(lambda: (out.parent / "ready").exists())
    found = 0
    for line in pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="ascii").splitlines():
        first, last = (int(one, 16) for one in line.split()[0].split("-"))
        if " rw" in line:
            with contextlib.suppress(OSError), open(f"/proc/{pid}/mem", "rb") as memory:
                memory.seek(first)
                found += memory.read(last - first).count(secret)
    os.kill(pid, signal.SIGTERM)
    os.waitpid(pid, 0)
    os.close(terminal)
    assert found == 0


# --- item 20: one poll for all waits

def ended_after(process, number):
    """The exit status after a signal; None if it did not end soon."""
    process.send_signal(number)
    try:
        return process.wait(PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("args", [("list", "--json", "HAUC"), ("get", "-o", "-", "HAUC/HAUC-3/HAUC-3-2/big"),
                                  ("verify", "--print", "DIR")],
                         ids=["list", "get", "verify"])
def test_a_full_pipe(fv, bad, out, args, number):
    bad.publish({"big": b"x" * 100, **{f"f{n}": b"1" for n in range(30)}})
    if args[0] == "verify":
        fv("sync", "HAUC", out, portal=bad).expect()
    read, write = full_pipe()
    process = subprocess.Popen([str(harness.PROGRAM), *(str(out) if one == "DIR" else one for one in args)],
                               env=fv.env(bad),
                               stdin=subprocess.DEVNULL, stdout=write, stderr=subprocess.DEVNULL)
    asleep(process)
    status = ended_after(process, number)
    os.close(read)
    os.close(write)
    assert status == 128 + number


@pytest.mark.parametrize("args",
                         [("get", "-o", "FIFO", "HAUC/HAUC-3/HAUC-3-2/f1"), ("list", "--password-file", "FIFO", "HAUC"),
                                  ("list", "--cacert", "FIFO", "HAUC")], ids=["output", "password", "cacert"])
def test_a_fifo_without_another_end(fv, bad, out, tmp_path, args):
    bad.publish({"f1": b"1"})
    os.mkfifo(tmp_path / "fifo")
    names = {"FIFO": str(tmp_path / "fifo"), "OUT": str(out)}
    process = subprocess.Popen([str(harness.PROGRAM), *(names.get(one, one) for one in args)], env=fv.env(bad),
                               stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                               start_new_session=True)
    asleep(process)
    try:
        status = ended_after(process, signal.SIGTERM)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert status == 143


# --- a worker that has been taken over (hostile.c)

HOSTILE = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}    # a search for leaks waits for a process that was killed

@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    """The parent with a worker that does as it is told here."""
    program = tmp_path_factory.mktemp("hostile") / "hostile"
    root = harness.ROOT
    sources = [root / "src/cli" / name for name in ("parent.c", "ask.c", "hook.c", "out.c", "message.c")]
    subprocess.run(["cc", "-g", "-O1", "-std=c11", "-w", "-D_GNU_SOURCE", "-D_FILE_OFFSET_BITS=64",
                    "-fsanitize=address,undefined", f"-I{root}/src", f"-I{root}",
                    "-o", program, pathlib.Path(__file__).with_name("hostile.c"), *sources, root / "build/asan/libfv.a",
                    root / "build/host/libmbedtls.a"], check=True)
    return program


def at_work(process):
    """Wait until its worker ignores SIGTERM, after which it does as it was told. One that has been killed already is
    as good: then
    the parent ends, and stays a zombie here."""
    def deaf(pid):
        ignored = re.search(r"^SigIgn:\s*(\w+)$",
                            pathlib.Path(f"/proc/{pid}/status").read_text(encoding="utf-8"), re.M)[1]
        return int(ignored, 16) >> (signal.SIGTERM - 1) & 1

    def found():
        with contextlib.suppress(OSError):
            return state(process.pid) == "Z" or any(map(deaf, children(process.pid)))
    wait_until(found)


@pytest.mark.parametrize("mode", ["deaf", "answers", "kinds", "short", "empty", "closed"])
def test_a_hostile_worker_cannot_keep_the_parent(hostile, mode):
    with subprocess.Popen([hostile, mode, "true", "/tmp"], start_new_session=True, stderr=subprocess.DEVNULL, env=HOSTILE) as process:
        at_work(process)
        try:
            status = ended_after(process, signal.SIGTERM)
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        assert status in (137, 143)    # a worker that sends what is no message has been killed already


def test_a_hostile_worker_asks_for_the_end(hostile, tmp_path):
    """One command at a time, whatever the numbers; and a reason that is none is no message."""
    command = f'env | grep ^FLUXVISION > {tmp_path}/env; cat > {tmp_path}/lines; sleep 60; echo x >> {tmp_path}/calls'
    done = subprocess.run([hostile, "end", command, "/tmp"], capture_output=True, text=True,
                          env={**HOSTILE, "READY": str(tmp_path / "lines")}, timeout=harness.LIMIT_S, check=False)
    assert done.returncode == 137 and "Sanitizer" not in done.stderr and "end: 126" in done.stderr, done
    env = (tmp_path / "env").read_text()
    assert "FLUXVISION_EXIT=255\n" in env and f"FLUXVISION_BYTES={2**64 - 1}\n" in env and "FLUXVISION_PATH" not in env


@pytest.mark.parametrize("mode", ["closed"])
def test_a_hostile_worker_does_not_take_the_parents_time(hostile, mode):
    """Its end of the pair closed: poll() says POLLHUP at once, again and again."""
    with subprocess.Popen([hostile, mode, "true", "/tmp"], start_new_session=True, stderr=subprocess.DEVNULL, env=HOSTILE) as process:
        at_work(process)
        before = ticks(process.pid)
        time.sleep(1)
        used = ticks(process.pid) - before
        for one in children(process.pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(one, signal.SIGKILL)
        process.wait(PATIENCE_S)
        assert used < 0.05


@pytest.mark.parametrize("mode", ["hook and closed"])
def test_a_hostile_worker_cannot_keep_a_deaf_command_alive(hostile, tmp_path, mode):
    """SIGKILL comes only when poll() timed out: what is always readable puts it off for ever."""
    command = f"trap '' TERM; echo $$ >{tmp_path}/pid; while :; do sleep 1; done"
    with subprocess.Popen([hostile, mode, command, "/tmp"], start_new_session=True, stderr=subprocess.DEVNULL,
                          env=HOSTILE) as process:
        pid = written(tmp_path / "pid")
        time.sleep(0.5)
        process.terminate()
        try:
            wait_until(lambda: state(pid) in (None, "Z"))
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(pid, signal.SIGKILL)
            with contextlib.suppress(OSError):    # it may have ended, and what it started, too
                for one in children(process.pid):
                    os.kill(one, signal.SIGKILL)
            process.wait(PATIENCE_S)


# --- more of both

def test_a_stop_that_meets_a_killed_worker_ends_with_the_stops_status(fv, bad, out):
    """137, and not a word of the stop: a service manager takes that for a crash."""
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    os.kill(running.pid, signal.SIGSTOP)
    os.kill(worker, signal.SIGKILL)
    running.process.send_signal(signal.SIGTERM)
    os.kill(running.pid, signal.SIGCONT)
    assert "interrupted by SIGTERM" in running.wait(PATIENCE_S).expect(143).err


def test_a_command_that_uses_timeout_is_ended_with_all_it_started(fv, bad, out, tmp_path):
    """timeout(1), and jobs of `set -m`, make a group of their own: only the shell gets the signal, the work goes on."""
    bad.publish({"f1": b"1"})
    running = fv.start("sync", "--exec", f"timeout 62 sh -c 'echo $$ >{tmp_path}/pid; exec sleep 61'; true", "HAUC",
                       out, portal=bad)
    pid = written(tmp_path / "pid")
    time.sleep(0.2)
    running.process.terminate()
    running.process.wait(PATIENCE_S)
    ends(pid)


def test_max_time_ends_what_uses_timeout_too(fv, bad, out, tmp_path):
    """The next run's command for the same file works beside the one that was said to be ended."""
    bad.publish({"f1": b"1"})
    fv.start("sync", "--max-time", "6", "--exec",
             f"timeout 62 sh -c 'echo $$ >{tmp_path}/pid; exec sleep 61' 2>/dev/null; true", "HAUC", out,
             portal=bad).process.wait(PATIENCE_S)
    ends(int((tmp_path / "pid").read_text()))


def test_a_command_does_not_inherit_every_and_exec(fv, bad, out):
    """FLUXVISION_EVERY from the service's environment: a command that syncs another directory never ends."""
    bad.publish({"f1": b"1"})
    running = fv.start("sync", "--exec", f'{harness.PROGRAM} sync HAUC {out}.2', "HAUC", out, portal=bad,
                       env={"FLUXVISION_EVERY": "1h"})
    wait_until(lambda: len(files_below(f"{out}.2")) == 1)
    wait_until(lambda: not children(running.pid))
    running.end()


def test_help_tells_all_statuses_of_a_stop(fv):
    assert "129" in fv("-h").out


def test_a_hostile_worker_names_files_of_the_listing_alone(hostile):
    """The program's own files, and a URL with control bytes, which no listing can hold."""
    done = subprocess.run([hostile, "own", 'echo "$FLUXVISION_PATH"; echo "$FLUXVISION_URL"', "/tmp"],
                          capture_output=True, check=False, timeout=PATIENCE_S, env=HOSTILE)
    assert b".fluxvision" not in done.stderr and b"\x1b" not in done.stderr, done.stderr


def test_a_settings_file_that_is_written_anew_in_place_does_not_send_the_password_elsewhere(fv, bad, out, tmp_path):
    """Empty for a moment: the run has the default endpoint and no pin, but the user and the password. A dead proxy
    keeps it from there."""
    bad.publish({"f1": b"1"})
    conf = tmp_path / "conf"
    conf.write_text(f"endpoint = {bad.url}\n")
    running = every(fv, bad, out, "-c", conf, "--connect-timeout", "1",
                    env={"FLUXVISION_ENDPOINT": None, "HTTPS_PROXY": "http://127.0.0.1:9", "NO_PROXY": "localhost"})
    runs(bad, 1)
    conf.write_text("")
    time.sleep(3)
    done = running.end()
    assert "127.0.0.1" not in done.err and "proxy" not in done.err, done
