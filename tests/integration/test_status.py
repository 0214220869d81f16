# SPDX-License-Identifier: MIT
"""status: what DIR alone tells of the last run, for people, for scripts and for monitoring; and the file that it
reads."""

import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import time

import pytest

import harness
from bad import Stall, error, ok
from harness import OWN, own_files, partial_bytes, wait_until

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LIST = "/api_file/v1/HAUC/"
DATA = bytes(range(256)) * 800
HELD = 120_000


@pytest.fixture
def synced(fv, bad, out):
    """DIR after a run that did all."""
    bad.publish({"f1": DATA, "f2": b"x"})
    fv("sync", "HAUC", out, portal=bad).expect()
    return out


def state(directory):
    """The file, as any JSON reader has it."""
    return json.loads((directory / OWN / "last.json").read_bytes())


def rewrite(directory, **members):
    """Change members of it, in its own layout."""
    new = {**state(directory), **members}
    texts = {name: f"{value:.3f}" if isinstance(value, float) else json.dumps(value) for name, value in new.items()}
    lines = [f"{json.dumps(name)}:{text}" for name, text in texts.items()]
    (directory / OWN / "last.json").write_text("{" + ",\n".join(lines) + "}\n", encoding="utf-8")


def instant(ago_s):
    """RFC 3339, that long ago."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() - ago_s))


def status(fv, directory, *more, code=0):
    """The line of status --json."""
    done = fv("status", "--json", *more, directory)
    assert done.status == code, done
    record, = done.records
    assert record["event"] == "status" and record["exit"] == code
    return record


def test_after_a_run(fv, synced):
    done = fv("status", synced).expect()
    assert done.err == "" and "under way" not in done.out, done
    for words in (r"last run: +ended 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ, \d+ s ago\n", r"result: +done\n",
                  r"last success: 20\d\d-.*Z, \d+ s ago\n", r"files: +2 fetched, 0 unchanged, 0 failed; 200\.? KiB in ",
                  r"certificate: +ends 20\d\d-.*Z, \d+ days left\n"):
        assert re.search(words, done.out), (words, done)
    record = status(fv, synced)
    assert record["last"] == state(synced) and record["partial"] == [] and record["at_work"] is False
    assert record["certificate_days"] > 0
    assert (record["last"]["downloaded"], record["last"]["bytes"], record["last"]["exit"]) == (2, len(DATA) + 1, 0)


def test_a_run_that_failed(fv, bad, synced):
    success = state(synced)["time"]
    bad.route(LIST, error("401 Unauthorized"))
    fv("sync", "HAUC", synced, portal=bad).expect(5)
    last = state(synced)
    assert last["exit"] == 5 and last["last_success"] == success < last["time"]
    done = fv("status", synced).expect()
    assert "exit status 5: " in done.out and "401" in done.out and "last success: 20" in done.out
    bad.stop()
    fv("sync", "HAUC", synced, portal=bad).expect(3)
    assert state(synced)["last_success"] == success and state(synced)["certificate_end"] == last["certificate_end"]


def test_never(fv, out):
    out.mkdir()
    assert "none is known" in fv("status", out).expect().out
    record = status(fv, out)
    assert record["last"] is None and record["certificate_days"] is None
    status(fv, out, "--max-age", "1h", code=1)
    assert not list(out.iterdir())
    fv("status", out / "nowhere").fails(7, "nowhere")
    record = json.loads(fv("status", "--json", out / "nowhere").stdout)
    assert record["exit"] == 7 and "nowhere" in record["error"]
    fv("status").expect(2)
    fv("status", out, out).expect(2)
    fv("status", "--max-age", "1", out).expect(2)


@pytest.mark.parametrize("make", [lambda file: file.symlink_to("/etc/passwd"), pathlib.Path.mkdir, os.mkfifo],
                         ids=["link", "directory", "pipe"])
def test_what_is_no_file(fv, bad, synced, make):
    """In the state's place: it is named, and that it can't be replaced is told."""
    file = synced / OWN / "last.json"
    file.unlink()
    make(file)
    fv("status", synced).fails(7, "last.json")
    assert "last.json" in status(fv, synced, code=7)["error"]
    done = fv("sync", "HAUC", synced, portal=bad).expect()
    assert "warning: .fluxvision/last.json: " in done.err, done
    assert fv("sync", "-q", "HAUC", synced, portal=bad).expect().err == ""


@pytest.mark.parametrize("age, code", [(0, 0), (3000, 0), (3700, 1), (-3600, 1), (None, 1)])
def test_max_age(fv, synced, age, code):
    """Of the last success, not of the last run; a time that has not come is none."""
    rewrite(synced, last_success=None if age is None else instant(age), exit=3, error="x")
    assert fv("status", "--max-age", "1h", synced).status == code
    assert fv("status", "--max-age", "1h", "-q", synced).stdout == b""
    assert fv("status", synced).status == 0


def test_partial_files(fv, bad, out):
    bad.publish({"f1": DATA, "Ä\\u0301 %2E": DATA})
    bad.route(PLACE + "f1", [ok(DATA, {"ETag": '"v1"'})[:HELD - len(DATA)], Stall()])
    running = fv.start("sync", "HAUC", out, portal=bad)
    bad.wait(2)
    wait_until(lambda: partial_bytes(out) > 0)
    assert "a run is under way" in fv("status", out).expect().out
    assert status(fv, out)["at_work"] is True
    running.signal(signal.SIGTERM)
    running.wait().expect(143)
    record = status(fv, out)
    part, = record["partial"]
    assert part["path"] == "HAUC/HAUC-3/HAUC-3-2/f1" and part["size"] == len(DATA) and 0 < part["bytes"] <= HELD
    assert record["at_work"] is False and record["last"]["exit"] == 143
    done = fv("status", out).expect()
    assert re.search(r"under way: +HAUC/HAUC-3/HAUC-3-2/f1: .* KiB of 200 KiB\n", done.out), done
    assert "stopped by SIGTERM" in done.out


def test_many_partial_files(fv, synced):
    for number in range(100):
        (synced / OWN / f"{number:016x}.part").write_bytes(b"x" * number)
    record = status(fv, synced)
    assert len(record["partial"]) == 64 and record["more_partial"] == 36
    assert all(one["path"] is None and one["size"] is None for one in record["partial"])
    assert "more files: 36" in fv("status", synced).expect().out


@pytest.mark.plain
def test_writes_nothing_and_blocks_nobody(fv, bad, synced):
    """Not even times change; a run that begins meanwhile is not refused."""
    before = {path: path.stat().st_mtime_ns for path in [synced, *synced.rglob("*")]}
    trace = fv.home / "trace"
    fv("status", synced, prefix=("strace", "-f", "-o", trace, "-e",
                                 "trace=openat,mkdirat,renameat,renameat2,unlinkat,fsync,flock")).expect()
    assert {path: path.stat().st_mtime_ns for path in [synced, *synced.rglob("*")]} == before
    calls = trace.read_text(encoding="utf-8")
    assert not re.search(r"O_CREAT|O_TRUNC|mkdirat|rename|unlink|fsync|LOCK_EX", calls), calls
    stop = time.monotonic() + 2
    while time.monotonic() < stop:
        asked = [fv.start("status", synced) for _ in range(4)]
        fv("sync", "HAUC", synced, portal=bad).expect()
        for one in asked:
            one.wait().expect()


def test_another_user(fv, synced):
    """Monitoring needs no right but to read, and none to read settings."""
    if os.getuid() != 0:
        pytest.skip("needs root")
    conf = fv.home / "conf"
    conf.mkdir()
    (conf / "fluxvision.conf").write_text("password = secret\n", encoding="utf-8")
    (conf / "fluxvision.conf").chmod(0o600)
    for one in [synced, *synced.parents]:
        if one != pathlib.Path("/"):
            one.chmod(one.stat().st_mode | 0o055)
    program = synced.parent / "program"
    shutil.copy(harness.PROGRAM, program)
    program.chmod(0o755)
    done = subprocess.run(["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", program, "status",
                           "--max-age",
                           "1h", synced], env={**fv.env(), "XDG_CONFIG_HOME": str(conf)}, capture_output=True,
                           check=False)
    assert done.returncode == 0 and b"done" in done.stdout, done


DAMAGED = [b"", b"{", b"{}", b"null\n", b"\0" * 4096, b"x" * 100_000, b'{"event":"summary"}\n',
           b'{"event":"summary",\n}\n',
           b'{"event":"summary",\n"exit":0}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":0,\n"exit":0}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":-1}\n',
           b'{"event":"summary",\n"time":"2026-13-01T00:00:00Z",\n"exit":0}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":0,\n"error":"' + b"x" * 5000 + b'"}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":1,\n"error":"\x1b[31m"}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":99999999999999999999}\n',
           b'{"event":"summary",\n"time":"2026-01-01T00:00:00Z",\n"exit":0,\n"seconds":1e9}\n']


@pytest.mark.parametrize("content", DAMAGED, ids=range(len(DAMAGED)))
def test_damaged(fv, bad, synced, content):
    """Not known, and no error; the next run writes it anew."""
    (synced / OWN / "last.json").write_bytes(content)
    assert "is damaged" in fv("status", synced).expect().out
    assert status(fv, synced)["last"] is None
    status(fv, synced, "--max-age", "9w", code=1)
    fv("sync", "HAUC", synced, portal=bad).expect()
    assert state(synced)["exit"] == 0


def test_cut_at_every_byte(fv, synced):
    """Never half of it."""
    whole = (synced / OWN / "last.json").read_bytes()
    for cut in sorted(random.Random(1).sample(range(len(whole)), 20)):
        (synced / OWN / "last.json").write_bytes(whole[:cut])
        assert status(fv, synced)["last"] is None, cut


def test_a_later_version(fv, synced):
    """Members that are not known here are left out."""
    rewrite(synced, error="a \"b\" \\ c", exit=1)
    path = synced / OWN / "last.json"
    path.write_bytes(path.read_bytes().replace(b',\n"began"', b',\n"new":[1,{"x":2}],\n"began"'))
    assert status(fv, synced)["last"]["error"] == "a \"b\" \\ c" and "new" not in status(fv, synced)["last"]


def test_links_and_other_kinds(fv, bad, synced, tmp_path):
    """What is not a file of ours is not read, and nothing outside is written to."""
    (tmp_path / "elsewhere").write_bytes(b"precious")
    path = synced / OWN / "last.json"
    path.unlink()
    path.symlink_to(tmp_path / "elsewhere")
    fv("status", synced).fails(7, "symbolic link")
    fv("sync", "HAUC", synced, portal=bad).expect()
    assert (tmp_path / "elsewhere").read_bytes() == b"precious"
    path.unlink()
    os.mkfifo(path)
    assert fv("status", synced).status == 7


def test_it_is_no_file_of_the_portal(fv, bad, synced):
    """verify, --prune and the ledger do not know it."""
    content = (synced / OWN / "last.json").read_bytes()
    assert "last" not in fv("verify", "--print", synced).expect().out
    assert (synced / OWN / "last.json").read_bytes() == content   # verify does not write it
    assert b"last.json" not in (synced / OWN / "ledger").read_bytes()
    bad.publish({"f2": b"x"})
    fv("sync", "--prune", "HAUC", synced, portal=bad).expect()
    assert set(own_files(synced)) == {"ledger", "ledger.index", "lock", "last.json"}
    assert state(synced)["removed"] == 1


@pytest.mark.plain
def test_one_flush_a_run(fv, bad, synced):
    """A run that has nothing to do makes the state durable, and nothing else."""
    trace = fv.home / "trace"
    fv("sync", "HAUC", synced, portal=bad,
       prefix=("strace", "-f", "-y", "-o", trace, "-e", "trace=fsync,fdatasync,syncfs"),
       program=harness.PROGRAM).expect()
    flushed = [line for line in trace.read_text(encoding="utf-8").splitlines() if "sync(" in line or "syncfs(" in line]
    assert len(flushed) == 1 and "last.new" in flushed[0], flushed


def test_full_disk(fv, bad, out, namespaces):
    """The state stays the old one, whole, and the run ends as it would."""
    assert namespaces is None
    out.mkdir()
    bad.publish({"f1": b"x"})
    fill = ('shift; mount -t tmpfs -o size=200k none "$1"; "$2" sync -q HAUC "$1"; cp "$1/.fluxvision/last.json" '
            '"$1/../kept"; '
            'dd if=/dev/zero of="$1/fill" bs=4k 2>/dev/null || true')
    script = f'set -e; {fill}; "$2" sync HAUC "$1" || echo "ended with $?"; cmp "$1/.fluxvision/last.json" "$1/../kept"; ls "$1/.fluxvision"'
    done = fv(out, harness.PROGRAM, portal=bad, program="sh", prefix=("unshare", "-m", "sh", "-c", script, "sh"))
    assert done.status == 0 and "ended with 7" in done.out and "last.new" not in done.out, done


def test_kill_leaves_it_whole(fv, bad, out):
    """kill -9 at 100 moments of a run: the old one or the new one."""
    seed = int(os.environ.get("FLUXVISION_SEED", time.time_ns() % 1_000_000))
    rng = random.Random(seed)
    bad.publish({f"f{i}": b"x" * i for i in range(20)})
    begun = time.monotonic()
    fv("sync", "HAUC", out, portal=bad).expect()
    took = time.monotonic() - begun
    seen = set()
    for number in range(100):
        before = state(out)["time"]
        bad.publish({f"f{i}": bytes([number]) * i for i in range(20)}, modified=instant(100_000 - number))
        running = fv.start("sync", "HAUC", out, portal=bad)
        time.sleep(rng.uniform(0.3, 1.1) * took)
        running.kill()
        running.wait()
        after = state(out)
        assert after["time"] >= before and after["exit"] == 0, (seed, number)
        assert status(fv, out)["last"] == after, (seed, number)
        seen.add(after["time"] > before)
    print(f"seed {seed}: {seen}")
    fv("sync", "HAUC", out, portal=bad).expect()
    assert "last.new" not in own_files(out)
