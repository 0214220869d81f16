# SPDX-License-Identifier: MIT
"""The ledger: damage is said, by verify and by sync; a torn end is none; readers write nothing; what sync lets go is
no failure."""

import os

import pytest

from bad import entry, ok
from harness import OWN, PATIENCE_S, files_below, own_files, sha256

PLACE = "HAUC/HAUC-3/HAUC-3-2/"
URL = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
NAMES = [f"f{number:02}" for number in range(18)]


@pytest.fixture(name="kept")
def _kept(fv, bad, out):
    """18 files, fetched; the ledger."""
    bad.publish({name: name.encode() * 10 for name in NAMES})
    fv("sync", "HAUC", out, portal=bad).expect()
    bad.clear()
    return out / OWN / "ledger"


def flip(path, *offsets):
    """Flip a bit at each place."""
    content = bytearray(path.read_bytes())
    for offset in offsets:
        content[offset] ^= 4
    path.write_bytes(content)


DAMAGE = {
    "garbage": lambda ledger: ledger.write_bytes(os.urandom(ledger.stat().st_size)),
    "more garbage": lambda ledger: ledger.write_bytes(ledger.read_bytes() + b"what is this\n"),
    "two bits": lambda ledger: flip(ledger, 200, 1500),
    "the version": lambda ledger: flip(ledger, 18),
    "the first line": lambda ledger: flip(ledger, 3),
    "the last record": lambda ledger: flip(ledger, ledger.stat().st_size - 5),
    "half": lambda ledger: os.truncate(ledger, ledger.stat().st_size // 2),
    "the last byte": lambda ledger: os.truncate(ledger, ledger.stat().st_size - 1),
    "a record": lambda ledger: os.truncate(ledger, 37 + (ledger.stat().st_size - 37) // 18 * 17),
    "empty": lambda ledger: os.truncate(ledger, 0),
    "its first line alone": lambda ledger: os.truncate(ledger, 37),
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_said(fv, bad, out, kept, damage):
    """verify: 1. sync: a warning, once, and the file kept once; the run is as good as any other, and so is verify
    then."""
    DAMAGE[damage](kept)
    spoilt = kept.read_bytes()
    before = own_files(out)
    for how in ((), ("--json",), ("--print",)):
        done = fv("verify", *how, out).expect(1)
        assert "ledger: records cannot be read, or are missing" in done.err
    assert own_files(out) == before and kept.read_bytes() == spoilt
    assert " 0 are not" not in fv("verify", out).expect(1).out
    done = fv("sync", "HAUC", out, portal=bad).expect()
    assert done.err.count("/ledger") == 1 and "records cannot be read" in done.err
    if spoilt:
        assert (out / OWN / "ledger.bad").read_bytes() == spoilt
    assert fv("verify", out).expect().out == "18 files are as fetched, 0 are not\n"
    assert "ledger" not in fv("sync", "HAUC", out, portal=bad).expect().err
    DAMAGE["two bits"](kept)
    again = kept.read_bytes()
    assert "kept as ledger.bad" in fv("sync", "HAUC", out, portal=bad).expect().err
    assert (out / OWN / "ledger.bad").read_bytes() == again     # one file, the latest


def test_a_missing_ledger(fv, out, kept):
    kept.unlink()
    assert "the ledger" in fv("verify", out).expect(7).err
    kept.touch()
    (out / OWN / "ledger.index").unlink()
    assert "records cannot be read, or are missing" in fv("verify", out).expect(1).err


def test_a_torn_record_is_no_damage(fv, bad, out, kept):
    """The power went: the index is not closed in order, and the last record is not whole."""
    flip(out / OWN / "ledger.index", 48)       # its mark
    os.truncate(kept, kept.stat().st_size - 9)
    (out / PLACE / "f17").unlink()             # it had not got its name
    assert fv("verify", out).expect().out == "17 files are as fetched, 0 are not\n"
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect()
    assert not done.err and done.summary["downloaded"] == 1 and not (out / OWN / "ledger.bad").exists()


def test_a_damaged_index_is_made_anew(fv, bad, out, kept):
    index = out / OWN / "ledger.index"
    for place in range(520, index.stat().st_size, 16):
        if index.read_bytes()[place]:
            flip(index, place)
    done = fv("sync", "--json", "HAUC", out, portal=bad).expect()
    assert not done.err and done.summary["unchanged"] == 18 and kept.exists()


def test_verify_takes_nothing_on_the_word_of_the_index(fv, bad, out, kept):
    """A record that it does not know any more is looked at all the same, where others are out of date."""
    bad.publish({f"f{n}": b"another" if n == 0 else b"%d" % n for n in range(18)})
    fv("sync", "HAUC", out, portal=bad).expect()
    index = out / OWN / "ledger.index"
    whole = index.read_bytes()
    says = fv("verify", out).out
    places = [place for place in range(512, len(whole)) if whole[place]]
    for place in places[::7]:
        flip(index, place)
        assert fv("verify", out).out == says
        index.write_bytes(whole)


def test_a_reader_writes_nothing(fv, bad, out, kept):
    for lost in ("ledger.index", "lock"):
        (out / OWN / lost).unlink()
        before = own_files(out)
        for args in (("verify", out), ("verify", "--print", out), ("verify", "--json", out)):
            assert fv(*args).expect().out.count("/f0") in (0, 10, 20)
        fv("sync", "-n", "HAUC", out, portal=bad).expect()
        assert own_files(out) == before
    del kept


@pytest.mark.plain
def test_many_records_without_an_index(fv, bad, out, tmp_path):
    """8,000 records in under two seconds of processor time, in bounded memory; half of them replaced since."""
    names = [f"name-of-a-file-{number:05}.csv" for number in range(4000)]
    for year in (2023, 2024):
        bad.publish_entries([entry(name, modified=f"{year}-01-01T00:00:00Z") for name in names])
        bad.route(lambda request: request.path.startswith(URL), ok(b"x" * year))
        fv("sync", "HAUC", out, portal=bad).expect()
    ledger = (out / OWN / "ledger").read_bytes()
    assert ledger.count(b"\xffFV\x01") == 8000
    (out / OWN / "ledger.index").unlink()
    done, peak = fv.peak("verify", "--print", out)
    assert done.expect().out.count("\n") == 4000 and 0 < done.used < 2 and peak < 3000
    done = fv("sync", "-n", "--json", "HAUC", out, portal=bad).expect()
    assert done.summary["unchanged"] == 4000 and 0 < done.used < 2
    del tmp_path


# --- what sync lets go

def test_dropped_by_the_portal(fv, bad, out, kept):
    """Edited or removed here, and no longer listed: the user's own. Bytes that rot under the old time are not."""
    bad.publish({name: name.encode() * 10 for name in NAMES[3:]})
    (out / PLACE / "f00").write_bytes(b"mine now")
    (out / PLACE / "f01").unlink()
    fv("verify", out).expect(1)
    fv("sync", "HAUC", out, portal=bad).expect()
    done = fv("verify", out).expect()
    assert done.out.startswith("16 files are as fetched, 0 are not, 2 ")
    assert [one["status"] for one in fv("verify", "--json", out).expect().files].count("skipped") == 2
    assert len(fv("verify", "--print", out).expect().out.splitlines()) == 16
    before = (out / PLACE / "f02").stat()
    (out / PLACE / "f02").write_bytes(b"x" * before.st_size)
    os.utime(out / PLACE / "f02", ns=(before.st_atime_ns, before.st_mtime_ns))
    assert "f02" in fv("verify", out).expect(1).err
    bad.publish({name: name.encode() * 10 for name in NAMES})     # it is listed again
    fv("sync", "--checksum", "HAUC", out, portal=bad).expect()
    assert fv("verify", out).expect().out == "18 files are as fetched, 0 are not\n"
    (out / PLACE / "f01").unlink()
    fv("verify", out).expect(1)
    assert kept.exists()


def test_a_filter_drops_nothing(fv, bad, out, kept):
    fv("sync", "--include", "f1*", "HAUC", out, portal=bad).expect()
    fv("sync", "HAUC/HAUC-3/HAUC-3-2", out, portal=bad)
    (out / PLACE / "f00").unlink()
    assert "f00" in fv("verify", out).expect(1).err
    assert kept.exists()


@pytest.mark.parametrize("by_hook", [False, True])
def test_moved_away_under_once(fv, bad, out, tmp_path, by_hook):
    bad.publish({"a": b"a", "b": b"b"})
    move = f'mv "$FLUXVISION_PATH" {tmp_path}/'
    fv("sync", "--once", *(["--exec", move] if by_hook else []), "HAUC", out, portal=bad).expect()
    if not by_hook:
        (out / PLACE / "a").rename(tmp_path / "a")
        assert "a" in fv("verify", out).expect(1).err
        fv("sync", "--once", "HAUC", out, portal=bad).expect()
    assert "0 are not" in fv("verify", out).expect().out
    (tmp_path / "a").rename(out / PLACE / "a")     # and back again
    fv("sync", "--once", "HAUC", out, portal=bad).expect()
    (out / PLACE / "a").unlink()
    assert fv("verify", out).expect(7 if by_hook else 1)      # no other file is there to be right
    assert len(bad.seen(URL + "a")) == 1


def test_a_file_of_another_size_is_not_read(fv, bad, out):
    bad.publish({"a": b"a"})
    fv("sync", "HAUC", out, portal=bad).expect()
    os.truncate(next(iter(files_below(out).values())), 64 << 30)
    fv("verify", out, timeout=PATIENCE_S).expect(1)
