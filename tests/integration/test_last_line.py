# SPDX-License-Identifier: MIT
"""The last line of --json: it alone tells how a run ended, whatever went wrong, and the exit status is the line's."""

import json
import os
import re
import signal
import socket

import pytest

import harness
from bad import Stall, cut, entry, error, ok
from every import children, stop_in_order
from harness import PATIENCE_S, Running, partial_bytes, wait_until
from patience import asleep

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LIST = "/api_file/v1/HAUC/"
DATA = bytes(range(256)) * 800
MEMBERS = ["event", "time", "exit", "error", "dry_run", "downloaded", "resumed", "adopted", "unchanged", "skipped",
           "removed",
           "planned", "failed", "unattempted", "listed", "unusable", "exec_failed", "bytes", "listing_bytes",
           "requests", "retries", "seconds",
           "began", "last_success", "certificate_end"]
INSTANT = re.compile(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?Z")


def last_line(done, status, *words, **numbers):
    """Assert what the last line alone tells, and that the process tells the same."""
    line = json.loads(done.stdout.splitlines()[-1])
    assert list(line) == MEMBERS and line["event"] == "summary", done
    assert line["exit"] == status == done.status, done
    assert (line["error"] is None) == (status == 0), done
    for word in words:
        assert word in line["error"], done
    for name, number in numbers.items():
        assert line[name] == number, (name, done)
    for name in ("time", "began"):
        assert INSTANT.fullmatch(line[name]), done
    assert line["began"] <= line["time"] and line["seconds"] >= 0
    return line


def test_done(fv, bad, out):
    bad.publish({"f1": DATA, "f2": b""})
    line = last_line(fv("sync", "--json", "HAUC", out, portal=bad), 0, downloaded=2, failed=0, bytes=len(DATA),
                     dry_run=False,
                     listed=2, requests=3, retries=0)
    assert line["last_success"] == line["time"] and line["certificate_end"] > line["time"]
    listing = len(bad.seen(LIST)) and line["listing_bytes"]
    assert 200 < listing < 2000
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 0, unchanged=2, bytes=0, listing_bytes=listing,
              downloaded=0)


def test_nothing_to_do(fv, bad, out):
    bad.publish({})
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 0, downloaded=0, listed=0, bytes=0, listing_bytes=2)


def test_wrong_password(fv, bad, out):
    bad.publish({"f1": DATA})
    bad.route(LIST, error("401 Unauthorized"))
    line = last_line(fv("sync", "--json", "HAUC", out, portal=bad), 5, "401", downloaded=0, requests=1)
    assert line["last_success"] is None


def test_dead_host(fv, bad, out):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))   # nobody listens there
        done = fv("sync", "--json", "-e", f"https://127.0.0.1:{taken.getsockname()[1]}", "--retries", "1", "HAUC", out,
                  portal=bad)
    line = last_line(done, 3, "could not be reached", downloaded=0, retries=1, bytes=0)
    assert line["certificate_end"] is None


def test_some_files_failed(fv, bad, out):
    bad.publish({"f1": DATA, "f2": DATA})
    bad.route(PLACE + "f2", error("404 Not Found"))
    done = fv("sync", "--json", "HAUC", out, portal=bad)
    last_line(done, 1, "404", "f2", downloaded=1, failed=1, bytes=len(DATA))
    failed, = [one for one in done.files if one["status"] == "failed"]
    assert (failed["code"], failed["http_status"]) == (6, 404) and "404" in failed["error"]
    done_one, = [one for one in done.files if one["status"] == "downloaded"]
    assert (done_one["code"], done_one["http_status"], done_one["error"], done_one["reason"]) == (None, None, None,
                                                                                                  "new")


def test_all_files_failed(fv, bad, out):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", error("404 Not Found"))
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 6, "404", failed=1)


def test_full_disk(fv, bad, out, namespaces):
    assert namespaces is None
    out.mkdir()
    bad.publish({"f1": DATA * 20})
    done = fv.mounted(out, 'mount -t tmpfs -o size=1m none "$1"', "sync", "--json", "HAUC", out, portal=bad)
    last_line(done, 7, "free space", failed=1, downloaded=0)


def test_dry_run(fv, bad, out):
    bad.publish({"f1": DATA, "f2": DATA})
    fv("sync", "HAUC", out, portal=bad).expect()
    state = (out / ".fluxvision/last.json").read_bytes()
    bad.publish({"f2": DATA, "f3": DATA})
    done = fv("sync", "-n", "--prune", "--json", "HAUC", out, portal=bad)
    line = last_line(done, 0, dry_run=True, planned=2, downloaded=0, removed=0, unchanged=1, bytes=0)
    assert {one["path"].rpartition("/")[2]: (one["status"], one["action"], one["reason"]) for one in done.files} == {
        "f1": ("planned", "remove", None), "f2": ("unchanged", None, None), "f3": ("planned", "download", "new")}
    assert (out / ".fluxvision/last.json").read_bytes() == state
    assert line["last_success"] == json.loads(state)["time"]   # a dry run is none


def test_cut_listing(fv, bad, out):
    bad.publish({"f1": DATA})
    body = json.dumps([entry("f1")]).encode()
    bad.route(LIST, ok(body[:-1]))
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 8, "not a JSON array", downloaded=0, failed=0,
              listing_bytes=len(body) - 1)
    bad.route(LIST, cut(ok(body), len(body) // 2))
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 3, downloaded=0, listing_bytes=len(body) // 2)


@pytest.mark.parametrize("more, words", [
    (["--every", "never"], ["--every"]),
    (["--retries", "x"], ["--retries"]),
    (["--cacert", "/nowhere"], ["/nowhere"]),
    (["--password-file", "/nowhere"], ["/nowhere"]),
    (["--config", "/nowhere"], ["/nowhere"]),
    (["--proxy", "ftp://x"], ["proxy"]),
    (["--include", "["], []),
])
def test_usage(fv, bad, out, more, words):
    bad.publish({"f1": DATA})
    last_line(fv("sync", "--json", *more, "HAUC", out, portal=bad), 2, *words, requests=0)
    assert not (out / ".fluxvision").exists()


def test_usage_in_the_settings(fv, bad, out, tmp_path):
    """They are told of by the state too, where there has been a run."""
    bad.publish({"f1": DATA})
    fv("sync", "HAUC", out, portal=bad).expect()
    (tmp_path / "conf").write_text("limit-rate = fast\n", encoding="utf-8")
    done = fv("sync", "--json", "-c", tmp_path / "conf", "HAUC", out, portal=bad)
    last_line(done, 2, "fast")
    state = json.loads((out / ".fluxvision/last.json").read_bytes())
    assert state["exit"] == 2 and "fast" in state["error"] and state["last_success"] < state["time"]


def test_no_password(fv, bad, out):
    env = {"FLUXVISION_PASSWORD": "", "FLUXVISION_PASSWORD_FILE": None}
    last_line(fv("sync", "--json", "HAUC", out, portal=bad, env=env), 2, "FLUXVISION_PASSWORD")


@pytest.mark.parametrize("number, status", [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
@pytest.mark.parametrize("more", [[], ["--exec", "true"]], ids=["alone", "worker"])
def test_signal(fv, bad, out, number, status, more):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA, {"ETag": '"v1"'})[:50_000 - len(DATA)], Stall()])
    running = fv.start("sync", "--json", *more, "HAUC", out, portal=bad)
    bad.wait(2)
    wait_until(lambda: partial_bytes(out) > 0)
    (stop_in_order if more else Running.signal)(running, number)
    line = last_line(running.wait(PATIENCE_S), status, f"stopped by {signal.Signals(number).name}", downloaded=0)
    assert 0 < line["bytes"] <= len(DATA) and line["listed"] == 1


def test_signal_before_the_network(fv, bad, out, tmp_path):
    """Settings that come through a pipe nobody writes to."""
    os.mkfifo(tmp_path / "conf")
    running = fv.start("sync", "--json", "-c", tmp_path / "conf", "HAUC", out, portal=bad)
    asleep(running.process)
    running.signal(signal.SIGTERM)
    last_line(running.wait(PATIENCE_S), 143, "stopped by SIGTERM", requests=0)


def test_killed_worker(fv, bad, out):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA)[:-1000], Stall()])
    running = fv.start("sync", "--json", "--exec", "true", "HAUC", out, portal=bad)
    bad.wait(2)
    worker, = children(running.pid)
    os.kill(worker, signal.SIGKILL)
    last_line(running.wait(PATIENCE_S), 137, "ended by signal 9")


def test_directory_in_use(fv, bad, out):
    bad.publish({"f1": DATA})
    bad.route(PLACE + "f1", [ok(DATA)[:-1000], Stall()])
    running = fv.start("sync", "HAUC", out, portal=bad)
    bad.wait(2)
    last_line(fv("sync", "--json", "HAUC", out, portal=bad), 9, "another process", requests=0)
    assert not (out / ".fluxvision/last.json").exists()   # it is the other one's to write
    running.kill()


def test_hook_that_fails(fv, bad, out):
    bad.publish({"f1": DATA})
    last_line(fv("sync", "--json", "--exec", "exit 3", "HAUC", out, portal=bad), 1, "--exec")


@pytest.mark.parametrize("end, words",
                         [("exit 3", ["--exec-end", "status 3"]), ("sleep 60", ["--exec-end", "--max-time"])])
def test_end_that_fails(fv, bad, out, end, words):
    bad.publish({"f1": DATA})
    most = "6" if end.startswith("sleep") else "60"
    last_line(fv("sync", "--json", "--max-time", most, "--exec-end", end, "HAUC", out, portal=bad), 1, *words,
              downloaded=1, failed=0)


def test_signal_at_the_end(fv, bad, out, tmp_path):
    """While --exec-end works: it exited with 1 and said nothing."""
    bad.publish({"f1": DATA})
    end = f"touch {tmp_path}/began; sleep 30"
    running = fv.start("sync", "--json", "--exec-end", end, "HAUC", out, portal=bad)
    wait_until((tmp_path / "began").exists)
    running.signal(signal.SIGINT)
    done = running.wait(PATIENCE_S)
    last_line(done, 130, "stopped by SIGINT", downloaded=1)
    assert "interrupted by SIGINT: 1 fetched" in done.err, done


@pytest.mark.parametrize("directory", ["", "x" * 5000], ids=["empty", "long"])
def test_not_a_directory(fv, bad, directory):
    last_line(fv("sync", "--json", "HAUC", directory, portal=bad), 2, requests=0)


def test_signal_at_the_line(fv, bad, out):
    """Nobody reads it."""
    bad.publish({})
    reader, writer = os.pipe()
    os.set_blocking(writer, False)
    with open(reader, "rb"), open(writer, "wb", buffering=0) as full:
        while full.write(bytes(1 << 12)):
            pass
        os.set_blocking(writer, True)
        with harness.subprocess.Popen([harness.PROGRAM, "sync", "--json", "HAUC", out], env=fv.env(bad), stdout=full,
                                      stderr=harness.subprocess.PIPE) as process:
            bad.wait(1)
            asleep(process)
            process.send_signal(signal.SIGINT)
            assert b"interrupted by SIGINT" in process.communicate(timeout=PATIENCE_S)[1]
    state = json.loads((out / ".fluxvision/last.json").read_bytes())
    assert process.returncode == 130 == state["exit"] and state["error"] == "stopped by SIGINT"


@pytest.mark.parametrize("files", [{}, {"f1": DATA}], ids=["none", "one"])
def test_output_that_is_full(fv, bad, out, files):
    """The line itself cannot be written: the state has what the process ends with."""
    bad.publish(files)
    with open("/dev/full", "wb") as full:
        status = harness.subprocess.run([harness.PROGRAM, "sync", "--json", "HAUC", out], env=fv.env(bad), stdout=full,
                                        stderr=harness.subprocess.PIPE, check=False).returncode
    state = json.loads((out / ".fluxvision/last.json").read_bytes())
    assert status == 7 == state["exit"] and "No space left" in state["error"]


def test_verify(fv, bad, out):
    bad.publish({"f1": DATA})
    fv("sync", "HAUC", out, portal=bad).expect()
    last_line(fv("verify", "--json", out), 0, unchanged=1, dry_run=False, listing_bytes=0)
    (out / (PLACE.removeprefix("/api_file/v1/") + "f1")).write_bytes(b"other")
    last_line(fv("verify", "--json", out), 1, "f1", failed=1)
    last_line(fv("verify", "--json", out / "nowhere"), 7, "nowhere")


def test_every(fv, bad, out):
    """Each run has its line."""
    bad.publish({"f1": DATA})
    running = fv.start("sync", "--json", "--every", "1s", "HAUC", out, portal=bad)
    bad.wait(3)
    running.signal(signal.SIGTERM)
    done = running.wait(PATIENCE_S).expect(143)
    lines = [one for one in done.records if one["event"] == "summary"]
    assert [one["exit"] for one in lines][:1] == [0] and lines[0]["downloaded"] == 1 and len(lines) >= 2
    assert all(list(one) == MEMBERS for one in lines)
