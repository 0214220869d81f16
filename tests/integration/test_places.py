# SPDX-License-Identifier: MIT
"""Where files go: directories that are missing, space that is half taken, limits of the shell, two writers, hard
links."""

import hashlib
import os
import signal
import threading

import pytest

from bad import Sequence, Stall, ok, ranged_file
from harness import LIMIT_S, OWN, files_below, partial_bytes, sha256, wait_until
from spaces import Space

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
URL = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"


def part_of(path):
    """The name of the partial file of a local path."""
    return f"{OWN}/{hashlib.sha256(path.encode()).hexdigest()[:16]}.part"


def test_directories_above_dir_are_made(fv, bad, tmp_path):
    bad.publish({"a": b"a"})
    for deep in ("x/y/z", "x/y/w//v/", "x"):
        fv("sync", "HAUC", tmp_path / deep, portal=bad, cwd=tmp_path).expect()
        assert list(files_below(tmp_path / deep)) == [PLACE + "a"] or deep == "x"
    (tmp_path / "file").write_bytes(b"")
    assert f"{tmp_path}/file/x: " in fv("sync", "HAUC", tmp_path / "file/x/y", portal=bad).expect(7).err
    (tmp_path / "link").symlink_to("nowhere")
    assert f"{tmp_path}/link/x: " in fv("sync", "HAUC", tmp_path / "link/x/y", portal=bad).expect(7).err
    assert PLACE + "a" in fv("sync", "--dry-run", "HAUC", tmp_path / "none/at/all", portal=bad).expect().out
    fv("verify", tmp_path / "none/at/all").expect(7)
    assert not (tmp_path / "none").exists()


def test_a_file_of_over_half_the_space_is_completed(fv, bad, out, namespaces):
    """Cut behind two thirds: the space that it holds already is not missing."""
    del namespaces
    content = os.urandom(1 << 20) * 24
    bad.publish({"a": Sequence([ok(content, {"ETag": '"v1"'})[:-4 << 20], Stall()], ranged_file(content))})
    out.mkdir()
    with Space('mount -t tmpfs -o size=36m none "$1"', out) as space:
        def sync():
            return fv.start("sync", "HAUC", out, portal=bad, prefix=space.prefix)
        running = sync()
        wait_until(lambda: partial_bytes(space.path(out)) > 17 << 20)    # a checkpoint is made at 16 MiB
        running.kill()
        running.process.wait()
        done = sync().wait().expect()
        assert "resumed" in done.out and sha256(space.path(out) / PLACE / "a") == hashlib.sha256(content).hexdigest()


def test_a_limit_of_the_shell_is_told(fv, bad, out):
    """ulimit -f: the file fails alone and says why; the program is not killed, and --exec has the signal as it was."""
    bad.publish({"a": b"a", "big": b"b" * 300_000, "c": b"c"})
    limited = ("sh", "-c", 'ulimit -f 200; exec "$@"', "sh")
    done = fv("sync", "--exec", f"grep SigIgn /proc/$$/status >>{out}.log", "HAUC", out, portal=bad,
              prefix=limited).expect(1)
    assert "File too large" in done.err and sorted(files_below(out)) == [PLACE + "a", PLACE + "c"]
    ignored = int((out.parent / "out.log").read_text(encoding="ascii").split()[1], 16)
    assert not ignored >> (signal.SIGXFSZ - 1) & 1


def test_two_get_into_one_place(fv, bad, tmp_path):
    """The second one ends with 9 while the first is at work; what is there is never half of each."""
    content, go = os.urandom(600_000), threading.Event()
    whole = ok(content)

    def held(_):
        yield whole[:300_000]
        go.wait(LIMIT_S)
        yield whole[300_000:]

    bad.publish({"a": Sequence(held, whole, [whole[:300_000], Stall()], whole)})
    first = fv.start("get", "-o", tmp_path / "f", "HAUC/HAUC-3/HAUC-3-2/a", portal=bad)
    wait_until(lambda: [name for name in os.listdir(tmp_path) if name.endswith(".part")])
    assert "f: another process" in fv("get", "-o", tmp_path / "f", "HAUC/HAUC-3/HAUC-3-2/a", portal=bad).expect(9).err
    fv("get", "-o", tmp_path / "g", "HAUC/HAUC-3/HAUC-3-2/a", portal=bad).expect()
    go.set()
    first.wait().expect()
    assert (tmp_path / "f").read_bytes() == (tmp_path / "g").read_bytes() == content
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".fluxvision-")]
    killed = fv.start("get", "-o", tmp_path / "f", "HAUC/HAUC-3/HAUC-3-2/a", portal=bad)
    wait_until(lambda: [name for name in os.listdir(tmp_path) if name.endswith(".part")])
    killed.kill()
    killed.process.wait()
    fv("get", "-o", tmp_path / "f", "HAUC/HAUC-3/HAUC-3-2/a", portal=bad).expect()
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".fluxvision-")]


@pytest.mark.parametrize("name", ["part", "plan", "names", "ledger.index", "ledger", "lock"])
def test_nothing_is_written_through_a_hard_link(fv, bad, out, tmp_path, name):
    """Who saves DIR with cp -al, or puts a link there, has a file that is not ours to write to."""
    bad.publish({"a": b"a" * 5000})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.publish({"a": b"b" * 5000, "b": b"b"}, modified="2024-01-01T00:00:00Z")
    at = out / part_of(PLACE + "a") if name == "part" else out / OWN / name
    if not at.exists():
        at.write_bytes(b"mine")
    os.link(at, tmp_path / "saved")
    saved = (tmp_path / "saved").read_bytes()
    fv("sync", "HAUC", out, portal=bad).expect()
    assert (tmp_path / "saved").read_bytes() == saved
    assert (out / PLACE / "a").read_bytes() == b"b" * 5000 and fv("verify", out).expect()
    assert fv("sync", "--json", "HAUC", out, portal=bad).expect().summary["unchanged"] == 2


def as_nobody(fv, out):
    """Give `out` to a user, and what runs a program as that one."""
    caps = "-all,+dac_read_search"      # to get below the tests' own directory
    out.mkdir()
    for place in (out, fv.home, fv.home / "password"):
        os.chown(place, 65534, 65534)
    return ("setpriv", "--reuid", "65534", "--clear-groups", f"--inh-caps={caps}", "--ambient-caps=+dac_read_search")


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
@pytest.mark.parametrize("name", ["part", "plan", "names", "ledger.index", "ledger", "lock"])
def test_what_another_user_left_is_made_anew(fv, bad, out, name):
    """After sudo: what root owns among our own files does not keep the service's user from its work."""
    bad.publish({"a": b"a" * 5000})
    user = as_nobody(fv, out)
    fv("sync", "HAUC", out, portal=bad, prefix=user).expect()
    bad.publish({"a": b"b" * 5000}, modified="2024-01-01T00:00:00Z")
    at = out / part_of(PLACE + "a") if name == "part" else out / OWN / name
    if not at.exists():
        at.write_bytes(b"root's")
    os.chown(at, 0, 0)
    os.chmod(at, 0o644)
    fv("sync", "HAUC", out, portal=bad, prefix=user).expect()
    assert (out / PLACE / "a").read_bytes() == b"b" * 5000 and fv("verify", out, prefix=user).expect()


@pytest.mark.skipif(os.geteuid() != 0, reason="needs another user")
def test_an_own_directory_that_may_not_be_written(fv, bad, out):
    bad.publish({"a": b"a"})
    user = as_nobody(fv, out)
    fv("sync", "HAUC", out, portal=bad, prefix=user).expect()
    (out / OWN).chmod(0o555)
    fv("sync", "HAUC", out, portal=bad, prefix=user).fails(7, "access is denied")
