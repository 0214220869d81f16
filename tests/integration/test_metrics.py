# SPDX-License-Identifier: MIT
"""--metrics: Prometheus's text format, as promtool checks it and node_exporter's textfile collector reads it."""

import json
import os
import pathlib
import re
import signal
import subprocess
import threading
import time

import pytest

import harness
from bad import JSON, Stall, cut, entry, error, ok
from every import children, listings, runs
from harness import OWN, PATIENCE_S, wait_until

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LIST = "/api_file/v1/HAUC/"
DATA = bytes(range(256)) * 800
SAMPLE = re.compile(r'([a-z_]+)\{dir="((?:[^"\\\n]|\\[\\n"])*)"(?:,status="([a-z]+)")?\} (\d+(?:\.\d+)?)')
UNITS = ("_seconds", "_bytes", "_files", "_requests", "_retries", "_status")


@pytest.fixture
def prom(tmp_path):
    """Where it is written."""
    (tmp_path / "textfile").mkdir()
    return tmp_path / "textfile" / "fluxvision.prom"


def metrics(prom, directory):
    """{name or (name, status): value}, after promtool and a look at all that it does not look at."""
    text = prom.read_bytes().decode()
    checked = subprocess.run(["promtool", "check", "metrics"], input=text, text=True, capture_output=True, check=False)
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, "", ""), (checked, text)
    found, helped, typed = {}, set(), set()
    for line in text.removesuffix("\n").split("\n"):
        kind, _, rest = line.partition(" ")
        if kind == "#":
            (helped if rest.startswith("HELP ") else typed).add(rest.split(" ")[1])
            assert rest.startswith("HELP ") or rest.endswith(" gauge"), line
            continue
        name, label, status, value = SAMPLE.fullmatch(line).groups()
        assert name in helped & typed and name.startswith("fluxvision_") and name.endswith(UNITS), line
        assert re.sub(r"\\(.)", lambda one: {"n": "\n"}.get(one[1], one[1]), label) == str(directory), line
        key = (name.removeprefix("fluxvision_"), status) if status else name.removeprefix("fluxvision_")
        assert key not in found, line
        found[key] = float(value)
    assert prom.stat().st_mode & 0o777 == 0o644
    assert [one.name for one in prom.parent.iterdir()] == [prom.name]   # nothing is left beside it
    return found


def test_a_run(fv, bad, out, prom):
    bad.publish({"f1": DATA, "f2": b"x"})
    begun = time.time()
    done = fv("sync", "--json", "--metrics", prom, "HAUC", out, portal=bad).expect()
    found, line = metrics(prom, out), done.summary
    assert begun - 1 <= found["last_run_timestamp_seconds"] <= time.time() + 1
    assert found["last_success_timestamp_seconds"] == found["last_run_timestamp_seconds"]
    assert found["certificate_end_timestamp_seconds"] > time.time()
    assert found["last_run_exit_status"] == 0 and 0 <= found["last_run_duration_seconds"] - line["seconds"] < 0.001
    assert found["last_run_content_bytes"] == line["bytes"] == len(DATA) + 1
    assert found["last_run_listing_bytes"] == line["listing_bytes"] > 0
    assert found["last_run_requests"] == line["requests"] == 3 and found["last_run_retries"] == 0
    assert {key[1]: value for key, value in found.items() if key[0] == "last_run_files"} == {
        "downloaded": 2, "resumed": 0, "adopted": 0, "unchanged": 0, "skipped": 0, "removed": 0, "failed": 0,
        "unattempted": 0}
    assert len([one for one in found if isinstance(one, str)]) == 9


def test_a_resumed_file_counts_once(fv, bad, out, prom):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", cut(ok(DATA, {"ETag": '"v1"'}), 120_000))
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad)
    from bad import ranged_file   # pylint: disable=import-outside-toplevel
    bad.route(PLACE + "f1", ranged_file(DATA))
    done = fv("sync", "--json", "--metrics", prom, "HAUC", out, portal=bad).expect()
    found = metrics(prom, out)
    assert done.summary["downloaded"] == found["last_run_files", "downloaded"] + found["last_run_files", "resumed"] == 1


@pytest.mark.parametrize("what", ["password", "host", "files", "usage", "settings", "cut listing"])
def test_a_run_that_failed(fv, bad, out, prom, what, tmp_path):
    bad.publish({"f1": DATA, "f2": DATA})
    more, code = [], 5
    fv("sync", "--metrics", prom, "--include", "f2", "HAUC", out, portal=bad).expect()
    success = metrics(prom, out)["last_success_timestamp_seconds"]
    if what == "password":
        bad.route(LIST, error("401 Unauthorized"))
    elif what == "host":
        bad.stop()
        code = 3
    elif what == "files":
        bad.route(PLACE + "f1", error("404 Not Found"))
        code = 1
    elif what == "usage":
        more, code = ["--retries", "many"], 2
    elif what == "settings":
        (tmp_path / "conf").write_text("nonsense\n", encoding="utf-8")
        more, code = ["-c", tmp_path / "conf"], 2
    else:
        bad.route(LIST, ok(b"[{"))
        code = 8
    fv("sync", "--metrics", prom, *more, "HAUC", out, portal=bad).expect(code)
    found = metrics(prom, out)
    assert found["last_run_exit_status"] == code and found["last_run_timestamp_seconds"] > success
    assert found["last_success_timestamp_seconds"] == success and found["certificate_end_timestamp_seconds"] > time.time()
    assert found["last_run_files", "failed"] == (what == "files")


def test_never_a_success(fv, bad, out, prom):
    bad.stop()
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad).expect(3)
    found = metrics(prom, out)
    assert "last_success_timestamp_seconds" not in found and "certificate_end_timestamp_seconds" not in found
    assert found["last_run_exit_status"] == 3


def test_labels_are_escaped(fv, bad, tmp_path, prom):
    out = tmp_path / 'a "b" \\n\\ c\nd é'
    bad.publish({"f1": b"x"})
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad).expect()
    metrics(prom, out)
    raw = os.fsencode(tmp_path) + b"/\xff"
    fv("sync", "--metrics", prom, "HAUC", os.fsdecode(raw), portal=bad)
    metrics(prom, f"{tmp_path}/\N{REPLACEMENT CHARACTER}")


def test_not_of_a_dry_run(fv, bad, out, prom):
    bad.publish({"f1": b"x"})
    fv("sync", "-n", "--metrics", prom, "HAUC", out, portal=bad).expect()
    assert not prom.exists()


def test_signal(fv, bad, out, prom):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA)[:-1000], Stall()])
    running = fv.start("sync", "--json", "--metrics", prom, "HAUC", out, portal=bad)
    bad.wait(2)
    done = running.end()
    assert done.summary["exit"] == 143 == metrics(prom, out)["last_run_exit_status"]


def test_killed_worker(fv, bad, out, prom):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA)[:-1000], Stall()])
    running = fv.start("sync", "--metrics", prom, "HAUC", out, portal=bad)
    bad.wait(2)
    worker, = children(running.pid)
    os.kill(worker, signal.SIGKILL)
    running.wait().expect(137)
    assert metrics(prom, out)["last_run_exit_status"] == 137
    assert json.loads((out / OWN / "last.json").read_bytes())["exit"] == 137


def test_every(fv, bad, out, prom):
    """After each run, of settings as they are then. A run waits for its listing while the one before is looked at."""
    bad.publish({"f1": DATA})
    answers, go = [*[error("403 Forbidden")] * 2, *[ok(bad.listing([entry("f1")]), JSON)] * 2], threading.Semaphore(1)

    def listing(_):
        go.acquire(timeout=PATIENCE_S)
        return answers.pop()

    bad.route(LIST, listing)
    running = fv.start("sync", "--every", "1s", "--metrics", prom, "HAUC", out, portal=bad)
    found = []
    for number in (2, 3, 4):
        wait_until(lambda number=number: listings(bad) == number)
        found.append(metrics(prom, out))
        if number < 4:
            go.release()
    running.end()
    go.release()
    files = [(one["last_run_files", "downloaded"], one["last_run_files", "unchanged"]) for one in found[:2]]
    assert files == [(1, 0), (0, 1)] and [one["last_run_exit_status"] for one in found] == [0, 0, 5]


def test_it_may_be_set(fv, bad, out, prom, tmp_path):
    bad.publish({"f1": DATA})
    (tmp_path / "conf").write_text(f"metrics = {prom}\n", encoding="utf-8")
    fv("sync", "-c", tmp_path / "conf", "HAUC", out, portal=bad).expect()
    metrics(prom, out)


def test_where_it_cannot_be_written(fv, bad, out, tmp_path):
    """That is told, and is no failure of the run."""
    bad.publish({"f1": DATA})
    done = fv("sync", "--metrics", tmp_path / "nowhere/x.prom", "HAUC", out, portal=bad).expect()
    assert "warning: --metrics" in done.err and "No such file" in done.err
    fv("sync", "--metrics", tmp_path, "HAUC", out, portal=bad).expect()


def test_what_is_there_is_replaced(fv, bad, out, prom, tmp_path):
    """A link is replaced, not followed; a reader never sees half of it."""
    bad.publish({"f1": DATA})
    (tmp_path / "precious").write_bytes(b"precious")
    prom.symlink_to(tmp_path / "precious")
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad).expect()
    assert (tmp_path / "precious").read_bytes() == b"precious" and not prom.is_symlink()
    old = prom.open("rb")
    with old:
        content = prom.read_bytes()
        fv("sync", "--metrics", prom, "HAUC", out, portal=bad).expect()
        assert old.read() == content != prom.read_bytes()


def test_what_is_no_file_is_left_alone(fv, bad, out, tmp_path):
    """As root, --metrics /dev/null made a file of it."""
    bad.publish({"f1": DATA})
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("/dev/null")
    for name in ("pipe", "link"):
        before = (tmp_path / name).lstat().st_mode
        done = fv("sync", "--metrics", tmp_path / name, "HAUC", out, portal=bad).expect()
        assert ("warning: --metrics" in done.err and "not a file" in done.err
                and (tmp_path / name).lstat().st_mode == before)


def test_no_longer_set(fv, bad, out, prom, tmp_path):
    """Each run has the settings as they are then."""
    bad.publish({"f1": DATA})
    conf = tmp_path / "conf"
    conf.write_text(f"metrics = {prom}\n", encoding="utf-8")
    running = fv.start("sync", "--every", "1s", "-c", conf, "HAUC", out, portal=bad)
    wait_until(prom.exists)
    conf.write_text("# none\n", encoding="utf-8")
    runs(bad, 2)
    prom.unlink()
    runs(bad, 2)
    assert not prom.exists()
    running.end()


def test_directory_in_use(fv, bad, out, prom):
    """The run that was refused says so; the state is the other one's."""
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA)[:-1000], Stall()])
    running = fv.start("sync", "HAUC", out, portal=bad)
    bad.wait(2)
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad).expect(9)
    assert metrics(prom, out)["last_run_exit_status"] == 9
    running.kill()


@pytest.mark.plain
def test_the_worker_cannot_write_there(fv, bad, out, prom):
    """It stays confined to DIR: what writes beside it has read nothing of the network."""
    bad.publish({"f1": DATA})
    trace = fv.home / "trace"
    fv("sync", "--metrics", prom, "HAUC", out, portal=bad, program=harness.PROGRAM,
       prefix=("strace", "-f", "-o", trace, "-e", "trace=connect,openat,open")).expect()
    lines = trace.read_text(encoding="utf-8").splitlines()
    connects = {line.split()[0] for line in lines if "connect(" in line and "AF_INET" in line}
    writes = {line.split()[0] for line in lines if str(pathlib.Path(prom).name) in line and "O_CREAT" in line}
    assert len(writes) == 1 and connects and not writes & connects, (writes, connects)
