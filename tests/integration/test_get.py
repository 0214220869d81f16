# SPDX-License-Identifier: MIT
"""get: one file, by URL or by name, to a file or to standard output."""

import os
import stat

import pytest

from bad import Close, cut, entry, error, ok, ranged_file
from harness import files_below, sha256

NAME = "HAUC/HAUC-3/HAUC-3-2/f1"
FILE = f"/api_file/v1/{NAME}"


def expected(site, **fields):
    """The portal's first file with these fields."""
    return next(one for one in site.expected if all(one[name] == value for name, value in fields.items()))


@pytest.mark.parametrize("fields", [{"file_name": "f1"}, {"file_name": "Fréquentation été.csv"},
                                    {"file_name": "データ 2020.csv"},
                                    {"file_name": "vide.csv"}, {"file_name": "taux 50% (v2).csv"},
                                    {"file_name": "a+b&c;d=e,f.csv"}, {"study": "HAUC-5"}], ids=ascii)
@pytest.mark.parametrize("by", ["url", "name"])
def test_file(fv, site, out, fields, by):
    one = expected(site, **fields)
    name = "/".join((one["org"], one["study"], one["delivery"], one["file_name"]))
    fv("get", one["url"] if by == "url" else name, "-o", out, portal=site).expect()
    assert sha256(out) == one["sha256"]
    assert fv("get", "-o", "-", one["url"] if by == "url" else name, portal=site).expect().stdout == out.read_bytes()


def test_name_in_the_current_directory(fv, site, tmp_path):
    place = tmp_path / "here"
    place.mkdir()
    one = expected(site, file_name="f1")
    fv("get", NAME, portal=site, cwd=place).expect()
    assert {name: sha256(path) for name, path in files_below(place).items()} == {"f1": one["sha256"]}
    assert os.listdir(place) == ["f1"] and (place / "f1").stat().st_mtime_ns == one["mtime_us"] * 1000
    fv("get", one["url"], portal=site, cwd=place).expect()
    assert sorted(os.listdir(place)) == ["f1", "file_1"] and sha256(place / "file_1") == one["sha256"]


@pytest.mark.parametrize("name, local", [("..", "%2E%2E"), ("a/../../b", None), ("x\ny", "x%0Ay"),
                                         ("f\ud83d", "f%ED%A0%BD")])
def test_names_stay_in_the_current_directory(fv, bad, tmp_path, name, local):
    place = tmp_path / "deep" / "here"
    place.mkdir(parents=True)
    bad.route("/api_file/v1/HAUC/HAUC-3/HAUC-3-2/", ok(bad.listing([entry(name, segment="f1")], ensure_ascii=True)))
    bad.route(FILE, ok(b"data"))
    if local:
        operand = f"HAUC/HAUC-3/HAUC-3-2/{local}"
        fv("get", operand, portal=bad, cwd=place).expect()
        assert os.listdir(place) == [local]
    fv("get", f"{bad.api}/HAUC/HAUC-3/HAUC-3-2/%2E%2E", portal=bad, cwd=place)
    assert os.listdir(tmp_path / "deep") == ["here"]


def test_output_replaces_a_file(fv, site, out):
    out.write_bytes(b"x" * 1_000_000)
    fv("get", NAME, "--output", out, portal=site).expect()
    assert sha256(out) == expected(site, file_name="f1")["sha256"]


def test_name_that_several_files_have(fv, site, out):
    done = fv("get", "HAUC/HAUC-4/HAUC-4-1/resultats.csv", "-o", out, portal=site)
    assert done.status == 2 and not out.exists(), done
    fv("get", "HAUC/HAUC-4/HAUC-4-1/resultats.csv~file_12", "-o", out, portal=site).expect()
    assert sha256(out) == expected(site, delivery="HAUC-4-1", segment="file_12")["sha256"]


def test_name_that_is_not_there(fv, site, out):
    fv("get", "HAUC/HAUC-3/HAUC-3-2/f9", "-o", out, portal=site).fails(6, "f9")
    fv("get", f"{site.api}/HAUC/HAUC-3/HAUC-3-2/f9", "-o", out, portal=site).fails(6, "f9")
    assert not out.exists()


@pytest.mark.parametrize("what", ["HAUC", "HAUC/S", "HAUC/S/D", "HAUC/S/D/", "HAUC/S/D/x/y", "ftp://localhost/x", "",
                                  "https://", "http://u:p@localhost/x"])
def test_operands_that_are_none(fv, bad, out, what):
    done = fv("get", "-o", out, "--", what, portal=bad)
    assert done.status in (2, 6) and len(done.err.splitlines()) <= 2 and not out.exists(), done
    assert not bad.requests


def test_devices_are_written_to(fv, site):
    before = os.stat("/dev/null")
    fv("get", NAME, "-o", "/dev/null", portal=site).expect()
    after = os.stat("/dev/null")
    assert stat.S_ISCHR(after.st_mode) and after.st_ino == before.st_ino
    fv("get", NAME, "-o", "/dev/full", portal=site).expect(7)
    with open("/dev/full", "wb") as full:
        running = fv.start("get", NAME, "-o", "-", portal=site, prefix=("sh", "-c", 'exec "$@" >/dev/full', "sh"))
        assert full and running.wait().expect(7).err.startswith("fluxvision: ")


@pytest.mark.parametrize("answer, status", [
    (cut(ok(b"x" * 10000), 5000), 3), (cut(ok(b"x" * 10000), 5000, Close(True)), 3), (error("404 Not Found"), 6),
    (error("403 Forbidden"), 5), (error("500 Oops"), 6)])
def test_failure_leaves_what_was_there(fv, bad, tmp_path, answer, status):
    bad.route(FILE, answer)
    place = tmp_path / "place"
    place.mkdir()
    (place / "kept").write_bytes(b"old")
    fv("get", bad.url + FILE, "-o", place / "new", portal=bad).fails(status)
    fv("get", bad.url + FILE, "-o", place / "kept", portal=bad).fails(status)
    assert os.listdir(place) == ["kept"] and (place / "kept").read_bytes() == b"old"


def test_stream_is_continued_after_a_cut(fv, bad):
    data = os.urandom(300_000)
    whole, state = ranged_file(data), {"count": 0}

    def first_cut(request):
        state["count"] += 1
        return cut(whole(request), 100_000) if state["count"] == 1 else whole(request)

    bad.route(FILE, first_cut)
    assert fv("get", bad.url + FILE, "-o", "-", "--retries", "2", portal=bad).expect().stdout == data
    assert bad.requests[1].headers["range"].startswith("bytes=") and bad.requests[1].headers["if-range"] == '"v1"'


def test_directory_that_is_not_there(fv, bad, tmp_path):
    bad.route(FILE, ok(b"data"))
    fv("get", bad.url + FILE, "-o", tmp_path / "none" / "f", portal=bad).fails(7, "none")
    fv("get", bad.url + FILE, "-o", f"{tmp_path}/none/", portal=bad).fails(7, "none")


def test_into_a_directory(fv, bad, tmp_path):
    """Under the file's own name."""
    bad.route(FILE, ok(b"data"))
    for number, output in enumerate((tmp_path / "a", f"{tmp_path}/b/", ".")):
        where = tmp_path / "ab."[number]
        where.mkdir(exist_ok=True)
        fv("get", bad.url + FILE, "-o", output, portal=bad, cwd=tmp_path).expect(0)
        assert [f.read_bytes() for f in where.iterdir() if f.is_file()] == [b"data"]


@pytest.mark.plain
def test_memory(fv, site, out):
    one = expected(site, study="HAUC-5")
    done, peak = fv.peak("get", one["url"], "-o", out, portal=site)
    assert done.expect() and peak < 2048
