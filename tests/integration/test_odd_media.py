"""Media whose times are not to be trusted, or that take names for one in ways that nobody thought of."""

import os

import pytest

from test_media import LOCAL, contents_below, publish, sync

pytestmark = pytest.mark.plain


def edit(path, *, old_time):
    """Another content of the same size."""
    before = path.stat()
    path.write_bytes(b"X" * before.st_size)
    if old_time:
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


# --- times that say nothing

def test_prune_keeps_an_edit_where_times_are_lost(fv, bad, out):
    """A touched lock looks as if the medium had lost its times; what is as it was fetched goes all the same."""
    publish(bad, ["f1", "f2", "f3"])
    sync(fv, bad, out).expect()
    edit(out / LOCAL / "f1", old_time=False)
    os.utime(out / LOCAL / "f2")
    os.utime(out / ".fluxvision/lock")
    publish(bad, ["f3"])
    for plan in ("--dry-run", "--max-delete=0", "--max-delete=1"):
        done = sync(fv, bad, out, "--prune", plan)
        assert done.status == (1 if plan == "--max-delete=0" else 0), done
        assert (out / LOCAL / "f1").exists()
    assert not (out / LOCAL / "f2").exists()


@pytest.mark.parametrize("known", ["by this run", "by an earlier one"])
def test_prune_keeps_an_edit_that_checksum_finds(fv, bad, out, known):
    publish(bad, ["f1", "f2", "f3"])
    sync(fv, bad, out).expect()
    edit(out / LOCAL / "f1", old_time=True)
    if known == "by an earlier one":
        bad.route("/api_file/v1/" + LOCAL + "f1", b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
        assert sync(fv, bad, out, "--checksum").status == 1
    publish(bad, ["f3"])
    sync(fv, bad, out, "--prune", *(["--checksum"] if known == "by this run" else [])).expect()
    assert (out / LOCAL / "f1").exists() and not (out / LOCAL / "f2").exists()


def test_adopt_takes_nothing_where_times_are_lost(fv, bad, out):
    publish(bad, ["f1"])
    sync(fv, bad, out).expect()
    wanted = publish(bad, ["f1", "f2"])
    (out / LOCAL / "f2").write_bytes(b"X" * len(next(text for path, text in wanted.items() if path.endswith("f2"))))
    os.utime(out / ".fluxvision/lock")
    sync(fv, bad, out, "--adopt").expect()
    assert contents_below(out) == sorted(wanted.values())
