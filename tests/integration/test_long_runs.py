# SPDX-License-Identifier: MIT
"""sync --every: each run is a new worker, which sees what is there then; and the parent that starts it, which only
waits."""

import contextlib
import json
import os
import pathlib
import pty
import shutil
import signal
import subprocess
import time

import pytest

import harness
from bad import JSON, Stall, entry, error, ok
from every import LIST, children, every, runs, state
from harness import PATIENCE_S, assert_names, files_below, wait_until
from patience import soon
from server import PASSWORD, USER

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


def test_a_run_after_the_other(fv, bad, out):
    bad.publish({"f1": b"1"})
    running = every(fv, bad, out)
    runs(bad, 1)
    bad.publish({"f1": b"1", "f2": b"2"})
    runs(bad, 2)
    assert_names(out, {LOCAL + "f1": b"1", LOCAL + "f2": b"2"})
    done = running.end()
    assert "interrupted by SIGTERM" in done.err.splitlines()[-1] and done.out.count("1 fetched") == 2


def test_each_run_says_how_it_ended(fv, bad, out):
    bad.publish({"f1": b"1"})
    running = every(fv, bad, out, "--json")
    runs(bad, 1)
    bad.route(LIST, error("500 Oops"))
    runs(bad, 2)
    lines = [json.loads(line) for line in running.end().out.splitlines()]
    assert sum(one["event"] == "summary" for one in lines) >= 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_between_two_runs(fv, bad, out, number):
    bad.publish({"f1": b"1"})
    running = fv.start("sync", "--every", "1h", "HAUC", out, portal=bad)
    bad.wait(2)
    wait_until(lambda: not children(running.pid) and state(running.pid) == "S")    # not at the end of the run
    said = running.end(number).err
    assert said == f"fluxvision: interrupted by {signal.Signals(number).name} between two runs\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_within_a_run(fv, bad, out, number):
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    assert "run again to go on" in running.end(number).err
    wait_until(lambda: state(worker) in (None, "Z"))    # one that was killed ends when it is its turn


def test_the_password_file_is_read_for_each_run(fv, bad_portal, out, tmp_path):
    bad = bad_portal(auth=(USER, PASSWORD))
    bad.publish({"f1": b"1"})
    secret = tmp_path / "password"
    secret.write_text("wrong\n")
    running = every(fv, bad, out, "--password-file", secret)
    runs(bad, 1)
    secret.write_text(PASSWORD + "\n", encoding="utf-8")
    wait_until(lambda: files_below(out))
    assert "user name or the password" in running.end().err


def test_the_settings_file_is_read_for_each_run(fv, bad, out, tmp_path):
    bad.publish({"a.csv": b"1", "b.zip": b"2"})
    conf = tmp_path / "conf"
    conf.write_text("exclude = *.zip\n")
    running = every(fv, bad, out, "-c", conf)
    runs(bad, 2)
    assert_names(out, {LOCAL + "a.csv": b"1"})
    conf.write_text("exclude = [\nwhat is this\n")   # somebody is at work on it
    running.says("line 2")
    conf.write_text("# all\n")
    wait_until(lambda: len(files_below(out)) == 2)
    running.end()


def test_a_password_of_the_environment_is_kept_for_all_runs(fv, bad, out):
    bad.publish({"f1": b"1"})
    running = every(fv, bad, out, env={"FLUXVISION_PASSWORD": PASSWORD, "FLUXVISION_PASSWORD_FILE": None})
    runs(bad, 3)
    assert PASSWORD.encode() not in running.proc("environ")
    assert "password" not in running.end().err


def test_what_was_typed_in_is_asked_for_once(fv, bad_portal, out):
    """On a terminal of its own."""
    bad = bad_portal(auth=(USER, PASSWORD))
    bad.publish({"f1": b"1"})
    pid, terminal = pty.fork()
    if pid == 0:
        env = fv.env(bad, {"FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_USER": None})
        os.execve(harness.PROGRAM, ["fluxvision", "sync", "--every", "1s", "HAUC", str(out)], env)
    told = b""
    for asked, typed in ((b"User: ", USER), (b" at localhost: ", PASSWORD)):
        while not told.endswith(asked):
            told += soon(terminal, 1000)
        os.write(terminal, typed.encode() + b"\n")
    runs(bad, 3)
    os.kill(pid, signal.SIGTERM)
    with contextlib.suppress(OSError):   # the end of a terminal is an error
        while more := os.read(terminal, 1000):
            told += more
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 143
    assert told.count(b" at localhost: ") == told.count(b"User: ") == 1 and PASSWORD.encode() not in told
    assert_names(out, {LOCAL + "f1": b"1"})


def test_the_ca_bundle_is_read_for_each_run(fv, bad, out, certs, tmp_path):
    bad.publish({"f1": b"1"})
    bundle = tmp_path / "ca.pem"
    bundle.write_text("nothing\n")
    running = every(fv, bad, out, "--cacert", bundle)
    running.says("CA bundle")
    shutil.copy(certs.ca, bundle)
    wait_until(lambda: files_below(out))
    running.end()


def test_since_is_an_age_at_each_run(fv, bad, out):
    """An entry that is young enough at the first run only: it is for four seconds after it was listed first."""
    listed = []

    def listing(_):
        listed.append(time.time())
        stamp = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(listed[0] - 3600 + 4))
        return ok(bad.listing([entry("young", modified=stamp)]), JSON)

    bad.route(LIST, listing)
    bad.route(PLACE + "young", ok(b"x"))
    running = every(fv, bad, out, "--since", "1h", "--json")
    wait_until(lambda: files_below(out))
    time.sleep(max(0, listed[0] + 4.5 - time.time()))
    runs(bad, 2)    # the run that still had it is over
    (out / LOCAL / "young").unlink()
    runs(bad, 2)
    assert not files_below(out)
    running.end()


def test_a_directory_that_is_mounted_over_is_the_one_that_is_used(fv, bad, out, namespaces):
    """Mounting needs a name space that the program shares: it is entered by the test's own helper."""
    assert namespaces is None
    bad.publish({"f1": b"1"})
    out.mkdir()
    running = fv.start("-m", "sh", "-c", 'trap "" TERM; "$@" & echo $! >pid; wait $!; wait $!; exit $?', "sh",
                       harness.PROGRAM, "sync",
                       "--every", "1s", "HAUC", out, portal=bad, program="unshare", prefix=())
    wait_until(lambda: files_below(out))
    subprocess.run(["nsenter", "-m", "-t", str(running.pid), "mount", "-t", "tmpfs", "none", out], check=True)
    runs(bad, 2)
    listed = subprocess.run(["nsenter", "-m", "-t", str(running.pid), "cat", out / LOCAL / "f1"], check=True,
                            stdout=subprocess.PIPE)
    assert listed.stdout == b"1" and len(bad.seen(PLACE + "f1")) == 2
    os.kill(int((fv.home / "pid").read_text()), signal.SIGTERM)
    running.wait(PATIENCE_S)


@pytest.mark.parametrize("number", [signal.SIGKILL, pytest.param(signal.SIGSEGV, marks=pytest.mark.plain)])
def test_a_worker_that_is_killed_is_told_of_and_followed_by_another(fv, bad, out, number):
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    bad.publish({"f1": b"1"})    # for the next run, which may begin at once
    os.kill(worker, number)
    wait_until(lambda: files_below(out))
    assert f"this run was ended by signal {int(number)}\n" in running.end().err


def test_a_worker_alone_is_told_to_stop(fv, bad, out):
    """By somebody who does not know of its parent: that run ends in order, and the next one comes."""
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    bad.publish({"f1": b"1"})    # for the next run, which may begin at once
    os.kill(worker, signal.SIGTERM)
    wait_until(lambda: files_below(out))
    running.end()


def test_usage_ends_it_at_once(fv, bad, out):
    done = fv("sync", "--every", "1s", "--jobs", "99", "HAUC", out, portal=bad).expect(2)
    assert "--jobs" in done.err and not bad.requests


def test_a_parent_that_is_killed_takes_the_worker_along(fv, bad, out):
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = every(fv, bad, out)
    bad.wait(2)
    worker, = children(running.pid)
    running.process.kill()
    wait_until(lambda: not pathlib.Path(f"/proc/{worker}").exists())
    running.wait()


def test_a_clock_of_1970_is_a_failed_run_not_the_end(fv, bad, out, tmp_path):
    """Until the clock is set. A time namespace does not move CLOCK_REALTIME, so a preloaded library answers the call:
    this program is the one that is not static."""
    source, library, stamp = tmp_path / "clock.c", tmp_path / "clock.so", tmp_path / "set"
    source.write_text(CLOCK % stamp)
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source, "-ldl"], check=True)
    bad.publish({"f1": b"1"}, modified=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - 3600)))
    running = every(fv, bad, out, "--since", "7d", program=harness.SANITISED,
                    env={"LD_PRELOAD": library, "ASAN_OPTIONS": "detect_leaks=0:verify_asan_link_order=0"})
    running.says("clock")
    stamp.touch()
    wait_until(lambda: files_below(out))
    running.end()


CLOCK = """
#include <time.h>
#include <unistd.h>
#include <sys/syscall.h>
int clock_gettime(clockid_t which, struct timespec *t)
{
    int result = (int)syscall(SYS_clock_gettime, which, t);
    if (which == CLOCK_REALTIME && access("%s", F_OK) != 0)
        t->tv_sec = 1000;
    return result;
}
"""


# --- commands

def test_a_command_may_move_the_file_and_its_directory_away(fv, bad, out, tmp_path):
    inbox = tmp_path / "inbox"
    inbox.mkdir()
    bad.publish({f"f{number}": b"%d" % number for number in range(9)})
    command = f'mv "$FLUXVISION_PATH" {inbox}/ && rmdir "$(dirname "$FLUXVISION_PATH")"'
    fv("sync", "--once", "--exec", command, "HAUC", out, portal=bad)
    assert sorted(path.name for path in inbox.iterdir()) == [f"f{number}" for number in range(9)]


def test_a_command_may_move_the_whole_delivery_away(fv, bad, out, tmp_path):
    """What comes after is not put into the directory that was moved."""
    bad.publish({f"f{number}": b"%d" % number for number in range(5)})
    command = f'mkdir -p {tmp_path}/inbox; mv "$(dirname "$FLUXVISION_PATH")" {tmp_path}/inbox/$FLUXVISION_SHA256'
    fv("sync", "--once", "--pipeline", "1", "--exec", command, "HAUC", out, portal=bad).expect()
    assert [len(list(one.iterdir())) for one in (tmp_path / "inbox").iterdir()] == [1] * 5


def test_max_time_bounds_a_command(fv, bad, out, tmp_path):
    bad.publish({"f1": b"1", "f2": b"2"})
    done = fv("sync", "--max-time", "6", "--exec", f"echo >>{tmp_path}/log; sleep 60", "HAUC", out, portal=bad,
              timeout=PATIENCE_S)
    assert done.status in (1, 3) and 5.5 < done.seconds, done
    assert "--max-time is over" in done.err and "will be run again" in done.err
    assert (tmp_path / "log").read_text() == "\n"
    fv("sync", "--exec", f"echo >>{tmp_path}/again", "HAUC", out, portal=bad).expect()
    assert len((tmp_path / "again").read_text()) == 2


def test_a_command_that_was_killed_does_not_stop_the_others(fv, bad, out, tmp_path):
    bad.publish({f"f{number}": b"%d" % number for number in range(4)})
    done = fv("sync", "--exec", f'echo >>{tmp_path}/log; kill -9 $$', "HAUC", out, portal=bad).expect(1)
    assert (tmp_path / "log").read_text() == "\n" * 4 and done.err.count("status 137") == 4


def test_commands_of_many_runs_leave_no_process_behind(fv, bad, out):
    bad.publish({f"f{number}": b"%d" % number for number in range(9)})
    running = every(fv, bad, out, "--exec", "true")
    wait_until(lambda: len(files_below(out)) == 9)
    runs(bad, 2)
    wait_until(lambda: not children(running.pid))
    running.end()


# --- what the program was started by

BLOCKED = ("import os,signal,sys; signal.pthread_sigmask(signal.SIG_BLOCK, range(1, 32)); "
           "signal.signal(signal.SIGCHLD, signal.SIG_IGN);"
           "os.execv(sys.argv[1], sys.argv[1:])")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("options", [(), ("--every", "1s"), ("--exec", "sleep 30")], ids=["once", "every", "exec"])
def test_signals_that_the_starter_had_blocked(fv, bad, out, options, number):
    stalls = [ok(b"x" * 100000)[:-10], Stall()]
    bad.publish({"f1": stalls if "--exec" not in options else b"1"})
    running = fv.start("-c", BLOCKED, harness.PROGRAM, "sync", *options, "HAUC", out, portal=bad,
                       program="/usr/bin/python3")
    bad.wait(2)
    time.sleep(0.3)
    assert "interrupted by" in running.end(number).err


def test_a_hang_up_that_is_ignored_stays_so(fv, bad, out):
    """As nohup(1) starts it."""
    bad.publish({"f1": [ok(b"x" * 100000)[:-10], Stall()]})
    running = fv.start("sh", "-c", 'trap "" HUP; exec "$@"', "sh", harness.PROGRAM, "sync", "HAUC", out, portal=bad,
                       program="env")
    bad.wait(2)
    running.signal(signal.SIGHUP)
    time.sleep(0.5)
    assert running.process.poll() is None
    running.end()


def test_as_process_1_it_buries_what_commands_leave(fv, bad, out, namespaces, tmp_path):
    assert namespaces is None
    bad.publish({"f1": b"1", "f2": b"2"})
    running = fv.start("--pid", "--fork", "--kill-child", "--mount-proc", harness.PROGRAM, "sync", "--every", "1s",
                       "--exec",
                       "(sleep 0.2 &) ; true", "HAUC", out, portal=bad, program="unshare")
    wait_until(lambda: len(files_below(out)) == 2)
    runs(bad, 2)
    inner, = children(running.pid)
    wait_until(lambda: "Z" not in [state(one) for one in children(inner)])
    os.kill(inner, signal.SIGTERM)
    running.wait(PATIENCE_S).expect(143)


# --- while pruning

@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_stopped_while_pruning(fv, bad, out, number):
    """Each removal is slowed down, as on a card; what is left is removed by the next run."""
    count = 60
    bad.publish({f"f{number:03}": b"x" for number in range(count)})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"f000": b"x"})
    running = fv.start("-f", "-o", "/dev/null", "-e", "inject=fsync:delay_exit=200000", harness.PROGRAM, "sync",
                       "--no-confine", "--prune",
                       "HAUC", out, portal=bad, program="strace")
    wait_until(lambda: len(files_below(out)) < count - 5)
    traced, = children(running.pid)
    os.kill(traced, number)
    done = running.wait()
    assert "interrupted by" in done.err, done
    assert 1 < len(files_below(out)) < count
    fv("sync", "--prune", "HAUC", out, portal=bad).expect()
    assert len(files_below(out)) == 1
