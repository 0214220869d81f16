# SPDX-License-Identifier: MIT
"""sync --adopt: a file that is there without a record, with the listing's time and the server's size, is taken over."""

import os
import shutil

import pytest

from bad import ok, ranged_file
from harness import OWN, PATIENCE_S, assert_tree, wait_until
from patience import has_open

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
URL = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"


def status(done):
    """What became of each file."""
    return {one["path"].rpartition("/")[2]: (one["status"], one["reason"]) for one in done.files}


@pytest.mark.parametrize("lost", ["the ledger", "all of it"])
def test_a_copied_tree_fetches_nothing(fv, site, out, lost):
    fv("sync", "HAUC", out, portal=site).expect()
    if lost == "the ledger":
        (out / OWN / "ledger").unlink()
        (out / OWN / "ledger.index").unlink()
    else:
        shutil.rmtree(out / OWN)
    site.clear_log()
    count = len(site.expected)
    plan = fv("sync", "-n", "--adopt", "--json", "HAUC", out, portal=site).expect()
    assert {(one["status"], one["action"])
            for one in plan.files} == {("planned", "adopt")} and plan.summary["planned"] == count
    done = fv("sync", "--adopt", "--json", "HAUC", out, portal=site).expect()
    assert done.summary["adopted"] == count and done.summary["downloaded"] == 0
    assert {one["status"] for one in done.files} == {"adopted"}
    got = done.summary["listing_bytes"]
    assert done.summary["bytes"] == 0
    assert_tree(out, site.expected)
    fv("verify", out).expect()
    site.clear_log()
    done = fv("sync", "--json", "HAUC", out, portal=site).expect()
    assert done.summary["unchanged"] == count and len(site.log(1)) == 1 and done.summary["listing_bytes"] == got


def lose(out):
    """What the program knows is gone."""
    shutil.rmtree(out / OWN)


def test_another_content_is_told_by_checksum(fv, bad, out):
    """Time and size are right, the content is not: adopted, and then told and mended. What is right is not replaced."""
    bad.publish({"a": b"a" * 1000, "b": b"b" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()
    before = (out / PLACE / "a").stat()
    (out / PLACE / "a").write_bytes(b"x" * 1000)
    os.utime(out / PLACE / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    lose(out)
    done = fv("sync", "--adopt", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("adopted", None), "b": ("adopted", None)}
    inode = (out / PLACE / "b").stat().st_ino
    done = fv("sync", "--checksum", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("downloaded", "edited"), "b": ("unchanged", None)}
    assert (out / PLACE / "a").read_bytes() == b"a" * 1000 and (out / PLACE / "b").stat().st_ino == inode
    bad.clear()
    done = fv("sync", "--checksum", "--json", "HAUC", out, portal=bad).expect()
    assert done.summary["unchanged"] == 2 and len(bad.requests) == 1     # compared once


@pytest.mark.parametrize("kind", ["another size", "another time", "a prefix"])
def test_what_is_another_file_is_fetched_and_told(fv, bad, out, kind):
    bad.publish({"a": b"a" * 1000, "b": b"b"})
    fv("sync", "HAUC", out, portal=bad).expect()
    path = out / PLACE / "a"
    before = path.stat()
    path.write_bytes({"another size": b"a" * 1001, "another time": b"a" * 1000, "a prefix": b"a" * 500}[kind])
    if kind != "another time":
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    lose(out)
    done = fv("sync", "--adopt", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("downloaded", "edited"), "b": ("adopted", None)}
    assert (f"{PLACE}a: took the place of a file that the ledger did not know" in done.err
            and f"{PLACE}b" not in done.err)
    assert path.read_bytes() == b"a" * 1000
    fv("verify", out).expect()


def test_a_foreign_file_is_not_replaced_in_silence(fv, bad, out):
    (out / PLACE).mkdir(parents=True)
    (out / PLACE / "a").write_bytes(b"mine")
    bad.publish({"a": b"a", "b": b"b"})
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("downloaded", "edited"), "b": ("downloaded", "new")}
    assert done.err.count("took the place") == 1
    assert "took" not in fv("sync", "-q", "HAUC", out, portal=bad).expect().err


SERVERS = {
    "no ranges": dict(ignore_range=True),
    "no size in the 416": None,
    "403 to ranges": "403 Forbidden",
    "501 to ranges": "501 Not Implemented",
    "another total": dict(wrong_total=1),
}


@pytest.mark.parametrize("server", SERVERS)
def test_servers_that_do_not_tell(fv, bad, out, server):
    """Then the file is fetched."""
    content = b"a" * 1000
    bad.publish({"a": content})
    fv("sync", "HAUC", out, portal=bad).expect()
    lose(out)
    how = SERVERS[server]
    if isinstance(how, dict):
        bad.route(URL + "a", ranged_file(content, **how))
    else:
        bad.route(URL + "a", lambda request: ok(content) if "range" not in {name.lower() for name in request.headers}
                  else ok(b"", status=how or "416 No"))
    done = fv("sync", "--adopt", "--json", "HAUC", out, portal=bad).expect()
    adopted = server == "another total"     # which is a lie of 206 alone
    assert status(done)["a"][0] == ("adopted" if adopted else "downloaded")
    fv("verify", out).expect()


def test_in_the_midst_of_others(fv, bad, out):
    """Some are there, some are not, some were begun; over several connections."""
    files = {f"f{number:02}": bytes([number]) * (number * 97) for number in range(40)}
    bad.publish(files)
    fv("sync", "HAUC", out, portal=bad).expect()
    for number in range(0, 40, 3):
        (out / PLACE / f"f{number:02}").unlink()
    lose(out)
    done = fv("sync", "--adopt", "--jobs", 3, "--json", "HAUC", out, portal=bad).expect()
    assert done.summary["adopted"] == 26 and done.summary["downloaded"] == 14
    for name, content in files.items():
        assert (out / PLACE / name).read_bytes() == content
    fv("verify", out).expect()


def test_no_hook_runs_for_what_was_there(fv, bad, out, tmp_path):
    bad.publish({"a": b"a", "b": b"b"})
    fv("sync", "HAUC", out, portal=bad).expect()
    (out / PLACE / "b").unlink()
    lose(out)
    fv("sync", "--adopt", "--exec", f'echo "$FLUXVISION_PATH" >>{tmp_path}/log', "HAUC", out, portal=bad,
       env={"FLUXVISION_ADOPT": "0"}).expect()
    assert (tmp_path / "log").read_text(encoding="utf-8").split() == [str(out / PLACE / "b")]


def test_not_a_link_nor_a_directory(fv, bad, out, tmp_path):
    (out / PLACE / "a").mkdir(parents=True)
    (tmp_path / "b").write_bytes(b"b")
    (out / PLACE / "b").symlink_to(tmp_path / "b")
    bad.publish({"a": b"a", "b": b"b", "c": b"c"})
    done = fv("sync", "--adopt", "--json", "HAUC", out, portal=bad).expect(1)
    assert status(done) == {"a": ("failed", None), "b": ("failed", None), "c": ("downloaded", "new")}
    assert (tmp_path / "b").read_bytes() == b"b"


def test_stopped_while_it_reads(fv, bad, out):
    """A large file that is taken over has to be read once: INT and TERM do not wait for that."""
    size = 64 << 30
    bad.publish({"a": b"a"})
    fv("sync", "HAUC", out, portal=bad).expect()
    before = (out / PLACE / "a").stat()
    os.truncate(out / PLACE / "a", size)
    os.utime(out / PLACE / "a", ns=(before.st_atime_ns, before.st_mtime_ns))
    lose(out)
    bad.route(URL + "a", ok(b"", status="416 No", headers={"Content-Range": f"bytes */{size}"}))
    running = fv.start("sync", "--adopt", "HAUC", out, portal=bad)
    wait_until(lambda: has_open(running.pid, out / PLACE / "a"))
    running.end()


def test_max_time_ends_the_hashing(fv, bad, out):
    size = 64 << 30
    bad.publish({"a": b"a"})
    fv("sync", "HAUC", out, portal=bad).expect()
    one = out / PLACE / "a"
    before = one.stat()
    os.truncate(one, size)
    os.utime(one, ns=(before.st_atime_ns, before.st_mtime_ns))
    shutil.rmtree(out / OWN)
    bad.route(URL + "a", ok(b"", status="416 No", headers={"Content-Range": f"bytes */{size}"}))
    done = fv("sync", "--adopt", "--max-time", "2", "HAUC", out, portal=bad, timeout=PATIENCE_S)
    done.expect(3)
    assert one.stat().st_size == size
