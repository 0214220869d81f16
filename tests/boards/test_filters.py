# SPDX-License-Identifier: MIT
"""The program under a system call filter of somebody else, as service managers and containers have it: filters that
end a process, and filters that refuse. Of the static programs that of this machine alone: qemu-user makes its own
system calls, and takes no filter from what it runs. What is said there is tested, too.
"""

import os
import pathlib

import pytest

import harness
from bad import BadPortal, Stall
from confined import children, landlock, status_of

FILTER = pathlib.Path(__file__).with_name("filter.py")
LANDLOCK = ("landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self")
PR_GET_SECCOMP, PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 21, 22, 38
NOTHING = "files not, system calls not"


def by_landlock():
    """What is said where Landlock is in force."""
    return f"files by Landlock (ABI {landlock()})" if landlock() else "files not"


# The filter, and what is said of confinement under it.
WAYS = [
    ("kill", "files not, system calls by seccomp"),
    ("kill,hardened", "files not, system calls by seccomp"),
    ("EPERM", "files not, system calls by seccomp"),
    ("EPERM,hardened", "files not, system calls by seccomp"),
    ("ENOSYS", "files not, system calls by seccomp"),
    ("kill,landlock_restrict_self", "files not, system calls by seccomp"),
    ("kill,landlock_add_rule", "files not, system calls by seccomp"),
    ("EPERM,landlock_add_rule", "files not, system calls by seccomp"),
    (f"kill,prctl:{PR_SET_SECCOMP}", f"{by_landlock()}, system calls not"),
    (f"EPERM,prctl:{PR_SET_SECCOMP}", f"{by_landlock()}, system calls not"),
    (f"kill,prctl:{PR_SET_SECCOMP},{','.join(LANDLOCK)}", NOTHING),
    ("EPERM,prctl", NOTHING),
    ("ENOSYS,prctl,prlimit64", NOTHING),
    ("kill,ptrace", f"{by_landlock()}, system calls by seccomp"),
    (f"EPERM,prctl:{PR_GET_SECCOMP}", f"{by_landlock()}, system calls by seccomp"),
    ("EPERM,getrandom", f"{by_landlock()}, system calls by seccomp"),
    ("ENOSYS,getrandom", f"{by_landlock()}, system calls by seccomp"),
]


def under(way, board):
    """The prefix that runs a program under a filter."""
    return dict(prefix=["/usr/bin/python3", FILTER, way], program=board.program)


@pytest.fixture
def plain(tmp_path, certs):
    """The program, ready to be run: plain("list", "HAUC", portal=site, prefix=..., program=...)."""
    runner = harness.Fluxvision(tmp_path / "home", certs)
    yield runner
    runner.stop()


@pytest.mark.parametrize("way, said", WAYS, ids=[way for way, _ in WAYS])
def test_the_work_is_done(native, plain, site, out, way, said):
    """Every command, a hook, names: whatever the filter, and what it leaves of confinement is used."""
    how = under(way, native)
    wanted = [one for one in site.expected if one["org"] == "HAUC"]
    done = plain("sync", "-v", "--exec", "true", "HAUC", out, portal=site, **how).expect()
    assert said in done.err, done
    harness.assert_tree(out, wanted)
    assert len(plain("list", "--json", "HAUC", portal=site, **how).expect().records) == len(wanted)
    one = next(f"{one['org']}/{one['study']}/{one['delivery']}/{one['file_name']}" for one in wanted)
    plain("get", "-o", "-", one, portal=site, **how).expect()
    plain("verify", out, **how).expect()


@pytest.mark.parametrize("around", [["env", "--ignore-signal=CHLD"], ["unshare", "--pid", "--fork"]],
                         ids=["no-SIGCHLD", "PID-1"])
@pytest.mark.parametrize("way, said", WAYS[:1] + WAYS[-1:], ids=["kill", "getrandom"])
def test_whoever_starts_it(native, plain, site, around, way, said):
    """With SIGCHLD ignored, and as the first process."""
    how = under(way, native)
    how["prefix"] = around + how["prefix"]
    done = plain("list", "-v", "HAUC", portal=site, **how)
    assert done.status == 0 and said in done.err, done


@pytest.mark.parametrize("way", ["kill", "ENOSYS"])
def test_the_probe_leaves_no_child(native, plain, certs, way):
    """Neither one that runs nor one that nobody waited for."""
    with BadPortal(certs=certs) as bad:
        bad.route("*", Stall())
        running = plain.start("list", "HAUC", portal=bad, **under(way, native))
        bad.wait(1)
        assert children(running.pid) == []
        assert status_of(running.pid)["Seccomp"] == "2"
        assert int(status_of(running.pid)["Seccomp_filters"]) == 2
        running.kill()


def test_what_emulation_can_show(program, fv, site):
    """A program under qemu-user is not confined, and says so."""
    done = fv(program, "list", "-v", "HAUC", portal=site)
    assert done.status == 0, done
    said = NOTHING if program.qemu else f"{by_landlock()}, system calls by seccomp"
    assert said in done.err, done
    print(f"{program.name}: {said}; {os.uname().release}")
