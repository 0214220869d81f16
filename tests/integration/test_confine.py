# SPDX-License-Identifier: MIT
"""Confinement: it is in force before the first byte from the network, says so, and what must go on working does."""

import os
import pathlib
import signal
import subprocess

import pytest

from bad import Stall, basic
from confined import children, landlock, status_of
from every import state
from harness import LIMIT_S, PATIENCE_S, PROGRAM, wait_until
from server import PASSWORD

pytestmark = pytest.mark.plain  # a sanitised program is not confined

FILTER = pathlib.Path(__file__).resolve().parents[1] / "boards" / "filter.py"
NOT = "confined: new privileges possible, files not, system calls not\n"


def stalled(fv, bad, *args, **how):
    """The program, waiting for an answer that does not come."""
    bad.route("*", Stall())
    running = fv.start(*args, portal=bad, program=PROGRAM, **how)
    bad.wait(1)
    return running


def finish(running):
    running.signal(signal.SIGTERM)
    return running.wait()


@pytest.mark.parametrize("args", [["list", "-v", "HAUC"], ["list", "-v", "--latest", "1", "HAUC"],
                                  ["get", "-v", "-o", "-", "HAUC/S/D/f1"], ["sync", "-v", "HAUC", "out"]], ids=" ".join)
def test_in_force_while_it_waits_for_the_network(fv, bad, args):
    running = stalled(fv, bad, *args)
    status = status_of(running.pid)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    done = finish(running).expect(143)
    abi = landlock()
    files = f"by Landlock (ABI {abi})" if abi else "not"
    assert f"confined: new privileges ruled out, files {files}, system calls by seccomp\n" in done.err


def test_verify_is_confined_too(fv, bad, out):
    bad.publish({"f1": b"data"})
    fv("sync", "HAUC", out, portal=bad, program=PROGRAM).expect()
    done = fv("verify", "-v", out, program=PROGRAM).expect()
    assert "system calls by seccomp\n" in done.err


def test_only_verbose_tells(fv, bad):
    bad.publish({"f1": b"data"})
    assert fv("list", "HAUC", portal=bad, program=PROGRAM).expect().err == ""


def test_no_confine(fv, bad):
    running = stalled(fv, bad, "list", "-v", "--no-confine", "HAUC")
    status = status_of(running.pid)
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("0", "0")
    assert NOT in finish(running).expect(143).err


@pytest.fixture
def probe(tmp_path):
    """A program that confines itself with the storage port in its first argument, and tells what fails then."""
    root = pathlib.Path(__file__).resolve().parents[2]
    program, source = tmp_path / "probe", pathlib.Path(__file__).with_name("probe.c")
    sources = [source, *(root / "src/base" / name for name in ("num.c", "slice.c", "writer.c")),
               *sorted((root / "port/posix").glob("*.c"))]
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_GNU_SOURCE=", f"-I{root}", f"-I{root}/src",
                    "-o", str(program), *map(str, sources)], check=True)
    return lambda *args: dict(line.split("=") for line in subprocess.run(
        [str(program), *map(str, args)], stdout=subprocess.PIPE, text=True, check=True, timeout=LIMIT_S).stdout.split())


def test_what_fails_and_what_does_not(probe, tmp_path):
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    for one in (inside, outside):
        one.mkdir()
        (one / "old").write_text("old")
    got = probe(inside, outside)
    for name in ("execve", "ptrace", "socket-packet", "listen", "kill-term", "unshare", "thread"):
        assert (name, got[name]) == (name, "ENOSYS")
    for name in ("inside-read", "inside-write", "inside-mkdir", "inside-rename", "inside-remove", "hosts-read",
                 "resolve", "fork", "socket-tcp"):
        assert (name, got[name]) == (name, "0")
    if landlock() < 2:
        pytest.skip(f"SKIPPED: Landlock cannot be tested, the kernel has ABI {landlock()}")
    for name in ("outside-read", "outside-write", "outside-make", "outside-remove", "hosts-write", "password-read"):
        assert (name, got[name]) == (name, "EACCES")
    assert (outside / "old").read_text() == "old" and os.listdir(outside) == ["old"]


def test_foreign_calls_end_it(probe, tmp_path):
    """int 0x80 on x86-64 is a call of another architecture."""
    if os.uname().machine != "x86_64":
        pytest.skip("SKIPPED: only x86-64 has a second set of calls at hand")
    (tmp_path / "old").write_text("old")
    assert probe(tmp_path, tmp_path)["foreign"] == "SIGSYS"


def test_exec_is_not_confined(fv, site, out, tmp_path):
    """The command writes elsewhere, starts programs and has no filter; the program that asked for it has one."""
    log = tmp_path / "log"
    command = f'grep -E "^(NoNewPrivs|Seccomp):" /proc/self/status >>{log}; date >>{log}.date'
    fv("sync", "--exec", command, "HAUC/HAUC-4", out, portal=site, program=PROGRAM).expect()
    assert set(log.read_text(encoding="ascii").splitlines()) == {"NoNewPrivs:\t0", "Seccomp:\t0"}
    assert log.with_suffix(".date").exists()


def test_the_parent_of_a_worker_keeps_no_secret_and_takes_it_along(fv, bad, out, tmp_path):
    """The process that runs --exec's commands is not confined, but knows no password and reads nothing of the
    network."""
    (tmp_path / "conf").write_text(f"password = {PASSWORD}\n", encoding="utf-8")
    running = stalled(fv, bad, "sync", "-c", tmp_path / "conf", "--exec", "true", "HAUC", out,
                      env={"FLUXVISION_PASSWORD": PASSWORD, "FLUXVISION_PASSWORD_FILE": None})
    (worker,) = children(running.pid)
    confined = status_of(worker)
    assert (confined["NoNewPrivs"], confined["Seccomp"]) == ("1", "2") and status_of(running.pid)["Seccomp"] == "0"
    if os.geteuid() == 0:
        assert secret_in_memory(worker, basic()[6:].encode())  # that it would be found
        assert not secret_in_memory(running.pid, PASSWORD.encode())
        assert not secret_in_memory(running.pid, basic()[6:].encode())
    running.process.kill()
    wait_until(lambda: state(worker) in (None, "Z"))
    running.kill()
    running.wait()


def secret_in_memory(pid, secret):
    """Whether the process has these bytes in any memory that it can write to (root reads it)."""
    found = False
    with open(f"/proc/{pid}/mem", "rb", buffering=0) as memory:
        for line in pathlib.Path(f"/proc/{pid}/maps").read_text(encoding="ascii").splitlines():
            span, rights = line.split()[:2]
            first, last = (int(one, 16) for one in span.split("-"))
            if rights.startswith("rw"):
                memory.seek(first)
                found = found or secret in memory.read(last - first)
    return found


def test_no_core_holds_secrets(fv, bad, tmp_path):
    """Neither a file in the working directory nor a dump for the pipe of core_pattern."""
    running = stalled(fv, bad, "list", "HAUC", cwd=tmp_path)
    limits = running.proc("limits").decode().splitlines()
    assert next(line for line in limits if line.startswith("Max core")).split()[4:6] == ["0", "0"]
    # What is not dumpable belongs to root in /proc, whoever runs it.
    assert pathlib.Path(f"/proc/{running.pid}/mem").stat().st_uid == 0
    running.signal(signal.SIGQUIT)
    assert running.wait().status == -signal.SIGQUIT
    assert not list(tmp_path.glob("core*"))


# --- calls that a filter of somebody else refuses

@pytest.mark.parametrize("options", [["--max-time", "1"], ["--connect-timeout", "1", "--retries", "0"]], ids=str)
def test_the_wait_for_random_numbers_is_bounded(fv, bad, options):
    """getrandom() says EAGAIN until the kernel's generator is seeded, minutes after power-on on a small gateway."""
    bad.publish({"f1": b"data"})
    running = fv.start("list", *options, "HAUC", portal=bad, program=PROGRAM,
                       prefix=("/usr/bin/python3", FILTER, "EAGAIN,getrandom"))
    running.wait(PATIENCE_S).fails(3, "random numbers of this machine: no response came in time")


def test_no_random_numbers_are_told_of(fv, bad, namespaces):
    """getrandom() refused and an empty /dev."""
    assert namespaces is None
    bad.publish({"f1": b"data"})
    done = fv("list", "HAUC", portal=bad, program=PROGRAM,
              prefix=("unshare", "-m", "sh", "-c", 'mount -t tmpfs none /dev; exec "$@"', "sh", "/usr/bin/python3",
                      FILTER, "ENOSYS,getrandom"))
    done.fails(4, "random numbers of this machine")


@pytest.mark.parametrize("error", ["EPERM", "ENOSYS"])
@pytest.mark.parametrize("call", ["getppid", "getpid", "poll", "rt_sigaction", "wait4", "waitid", "write", "socketpair",
                                  "prctl", "kill"])
def test_the_parent_of_a_worker_always_ends(fv, bad, out, call, error):
    """And tells why, where it can."""
    bad.publish({"f1": b"data"})
    done = fv.start("sync", "--exec", "true", "HAUC", out, portal=bad, program=PROGRAM,
                    prefix=("/usr/bin/python3", FILTER, f"{error},{call}")).wait(PATIENCE_S)
    assert done.status == 0 or call == "write" or (done.status < 126 and "fluxvision: " in done.err), done


# --- names

ROOT_OF_ITS_OWN = """set -e; new=$1; way=$2; shift 2; mount -t tmpfs none "$new"; cd /
for one in *; do case $one in etc|proc|sys|lost+found) ;; *) if [ -L "$one" ]; then cp -a "$one" "$new/"; elif [ -d "$one" ]; then
mkdir "$new/$one"; mount --rbind "$one" "$new/$one"; fi ;; esac; done
cp -a /etc "$new/etc"; mkdir "$new/proc"; mount --bind /proc "$new/proc"; ip link set lo up
rm -f "$new/etc/hosts"; echo '127.0.0.1 box.test' >"$new/hosts"
case $way in root) ln -s /hosts "$new/etc/hosts";; up) ln -s ../etc/../hosts "$new/etc/hosts";;
*) mkdir "$new/deep" "$new/far"; mv "$new/hosts" "$new/deep"; ln -s /deep/hosts "$new/far/0"; for one in 1 2 3 4 5 6 7 8 9 10 11 12; do ln -s "$((one - 1))" "$new/far/$one"; done
ln -s /far/12 "$new/l1"; ln -s /l1 "$new/etc/hosts";; esac
exec chroot "$new" "$@" """


@pytest.mark.parametrize("way", ["root", "up", "long"])
def test_file_of_names_that_a_link_leads_to(fv, tmp_path, namespaces, way):
    """Directly below "/", or at the end of a chain of many."""
    assert namespaces is None
    (tmp_path / "new").mkdir()
    done = fv("list", "HAUC", program=PROGRAM,
              env={"FLUXVISION_ENDPOINT": "https://box.test:4", "FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p"},
              prefix=("unshare", "-mn", "sh", "-c", ROOT_OF_ITS_OWN, "sh", tmp_path / "new", way))
    done.fails(3, "refused")
