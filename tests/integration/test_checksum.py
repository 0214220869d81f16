# SPDX-License-Identifier: MIT
"""sync --checksum: what is there is compared by its content, and what differs is fetched."""

import os

from bad import ok
from harness import files_below, partial_bytes

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
URL = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"


def rot(path):
    """Change a byte, and let the time be as it was."""
    before = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def status(done):
    """What became of each file."""
    return {one["path"].rpartition("/")[2]: (one["status"], one["reason"]) for one in done.files}


def test_a_flipped_byte_is_mended(fv, bad, out):
    bad.publish({"a": b"a" * 1000, "b": b"b", "c": b""})
    fv("sync", "HAUC", out, portal=bad).expect()
    rot(out / PLACE / "a")
    assert fv("sync", "--json", "HAUC", out, portal=bad).expect().summary["unchanged"] == 3
    fv("verify", out).expect(1)
    bad.clear()
    plan = fv("sync", "-n", "--checksum", "--json", "HAUC", out, portal=bad).expect()
    assert status(plan)["a"] == ("planned", "edited") and not bad.seen(URL + "a")
    done = fv("sync", "--checksum", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("downloaded", "edited"), "b": ("unchanged", None), "c": ("unchanged", None)}
    assert (out / PLACE / "a").read_bytes() == b"a" * 1000 and len(bad.seen(URL + "a")) == 1
    fv("verify", out).expect()


def test_what_was_found_is_not_forgotten(fv, bad, out):
    """The run that found it could not fetch it: the next one does, also without the option."""
    bad.publish({"a": b"a" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()
    rot(out / PLACE / "a")
    bad.route(URL + "a", ok(b"", status="500 No"))
    fv("sync", "--checksum", "HAUC", out, portal=bad).expect(6)
    bad.publish({"a": b"a" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()
    fv("verify", out).expect()


def test_a_time_does_not_count(fv, bad, out):
    """The content is right, the time is not: nothing is fetched, and the time is set again."""
    bad.publish({"a": b"a" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()
    before = (out / PLACE / "a").stat().st_mtime_ns
    os.utime(out / PLACE / "a")
    bad.clear()
    fv("sync", "--checksum", "HAUC", out, portal=bad).expect()
    assert not bad.seen(URL + "a") and (out / PLACE / "a").stat().st_mtime_ns == before
    fv("sync", "HAUC", out, portal=bad).expect()
    assert not bad.seen(URL + "a")


def test_once_and_checksum(fv, bad, out, tmp_path):
    """What was moved away stays away; what is there and is another content is fetched."""
    bad.publish({"a": b"a" * 1000, "b": b"b"})
    fv("sync", "--once", "HAUC", out, portal=bad).expect()
    rot(out / PLACE / "a")
    (out / PLACE / "b").rename(tmp_path / "b")
    done = fv("sync", "--once", "--checksum", "--json", "HAUC", out, portal=bad).expect()
    assert status(done) == {"a": ("downloaded", "edited"), "b": ("skipped", None)}


def test_environment_and_settings(fv, bad, out, tmp_path):
    bad.publish({"a": b"a" * 1000})
    fv("sync", "HAUC", out, portal=bad).expect()
    rot(out / PLACE / "a")
    fv("sync", "HAUC", out, portal=bad, env={"FLUXVISION_CHECKSUM": "1"}).expect()
    fv("verify", out).expect()
    rot(out / PLACE / "a")
    (tmp_path / "conf").write_text("checksum = 1\n", encoding="ascii")
    fv("sync", "-c", tmp_path / "conf", "HAUC", out, portal=bad).expect()
    fv("verify", out).expect()
    assert "--checksum" in fv("sync", "-h").expect().out
    fv("verify", "--checksum", out).expect(2)


def test_reasons(fv, bad, out):
    bad.publish({"a": b"a", "b": b"b", "c": b"c", "d": b"d"})
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect()
    assert {reason for _, reason in status(done).values()} == {"new"}
    bad.publish({"a": b"A", "b": b"b", "c": b"c", "d": b"d"})
    (out / PLACE / "b").unlink()
    (out / PLACE / "c").write_bytes(b"mine")
    for more, fetched in ((["-n"], "planned"), ([], "downloaded")):
        done = fv("sync", "--json", *more, "HAUC", out, portal=bad).expect()
        assert status(done) == {"a": ("unchanged", None), "b": (fetched, "missing"), "c": (fetched, "edited"),
                                "d": ("unchanged", None)}
    bad.publish({"a": b"A", "b": b"b", "c": b"c", "d": b"d"}, modified="2024-05-05T00:00:00Z")
    for more in (["-n"], []):
        done = fv("sync", "--json", *more, "HAUC", out, portal=bad).expect()
        assert {reason for _, reason in status(done).values()} == {"changed"}
    assert len(files_below(out)) == 4 and not partial_bytes(out)
