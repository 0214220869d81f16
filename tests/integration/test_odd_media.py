# SPDX-License-Identifier: MIT
"""Media whose times are not to be trusted, or that take names for one in ways that nobody thought of."""

import os

import pytest

from answers import entry
from harness import files_below, own_files
from test_media import KEPT, LOCAL, Mount, contents_below, mounter, publish, sync, twin_entries

pytestmark = pytest.mark.plain


class OddMount(Mount):
    """odd_medium.py"""

    program = "odd_medium.py"


@pytest.fixture
def odd(namespaces, tmp_path):
    """odd_medium.py"""
    assert namespaces is None
    yield from mounter(OddMount, tmp_path)


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


def test_prune_keeps_what_was_only_adopted(fv, bad, out):
    """Nobody has compared its content with anything."""
    publish(bad, ["f1", "f2"])
    sync(fv, bad, out).expect()
    for one in ("ledger", "ledger.index"):
        (out / ".fluxvision" / one).unlink()
    assert sync(fv, bad, out, "--adopt").expect().summary["adopted"] == 2
    publish(bad, ["f2"])
    assert sync(fv, bad, out, "--prune").expect().summary["removed"] == 0
    assert (out / LOCAL / "f1").exists()


# --- names that are one, and nothing told

LONG = "n" * 120
TWINS = [
    (["blanks"], ("f1", "f1 "), 1),
    (["cut=100"], (LONG + "1.csv", LONG + "2.csv"), 2),   # whatever is put behind it is cut too
    (["cut=100", "fold=case"], (LONG + "1.csv", LONG + "2.csv"), 2),
    (["short"], ("longnamefile.csv", "LONGNA~1.CSV"), 2),
    (["below=HAUC"], ("Data.csv", "data.csv"), 2),
]


@pytest.mark.parametrize("habits,names,failures", TWINS, ids=["+".join(one[0]) for one in TWINS])
def test_one_of_two_fails_alone(fv, bad, odd, habits, names, failures):
    """In the first run, or in each where the medium can't hold it; the first one's content stays, whatever comes in
    which order."""
    mount = odd(*habits)
    entries = twin_entries(names)
    wanted = list(publish(bad, [*entries, entry("other")]).values())
    for run in range(4):
        publish(bad, [entry("other"), *entries] if run < 2 else [*entries[::-1], entry("other")])
        done = sync(fv, bad, mount.where)
        failed = run < failures or failures == 2
        assert done.status == failed and done.summary["failed"] == failed, done
        assert "something else has that name" in done.err if failed else done.err == ""
        assert contents_below(mount.where) == sorted([wanted[0], wanted[2]] if failed else wanted)
    assert len(done.asked) <= failed
    fv("verify", mount.where).expect()


def test_a_name_that_a_folding_medium_refuses_fails_alone(fv, bad, odd):
    mount = odd("fold=case", "refuse=\u20ac")
    publish(bad, [entry("f1"), *twin_entries(["x\u20acy"]), entry("f2"), entry("F2")])
    for downloaded in (3, 0):
        done = sync(fv, bad, mount.where)
        assert done.status == 1 and (done.summary["downloaded"], done.summary["failed"]) == (downloaded, 1), done


@pytest.mark.parametrize("later,names", [("fold=form", ("caf\u00e9", "cafe\u0301")), ("dots", ("f1", "f1."))],
                         ids=["form", "dots"])
def test_a_mount_that_begins_to_fold(fv, bad, odd, later, names):
    mount = odd()
    publish(bad, ["other"])
    sync(fv, bad, mount.where).expect()
    mount.mount(later)
    wanted = publish(bad, [*twin_entries(names), "other"])
    failed = sync(fv, bad, mount.where).status     # 0: the mount has another device number, and is measured anew
    assert len(sync(fv, bad, mount.where).expect().asked) == failed < 2
    assert sync(fv, bad, mount.where).expect().asked == []
    assert contents_below(mount.where) == sorted(wanted.values())


@pytest.mark.parametrize("names", [("longnamefile.csv", "LONGNA~1.CSV"),
                                   ("longnamefile.csv", "longnameother.csv", "LONGNA~2.CSV")], ids=["1", "2"])
def test_an_alias_is_not_replaced(fv, bad, odd, names):
    mount = odd("short", "fold=case")
    publish(bad, twin_entries(names[:1]))
    sync(fv, bad, mount.where).expect()
    wanted = publish(bad, twin_entries(names))
    for _ in range(3):
        done = sync(fv, bad, mount.where)
        held = contents_below(mount.where)
        assert len(held) == len(names) - (done.status == 1) and set(held) <= set(wanted.values()), done


def test_a_file_of_the_user_is_replaced_all_the_same(fv, bad, odd):
    mount = odd("cut=100")
    wanted = publish(bad, ["f1", "f2"])
    (mount.backing / LOCAL).mkdir(parents=True)
    (mount.backing / LOCAL / "f1").write_bytes(b"of the user")
    assert "did not know" in sync(fv, bad, mount.where).expect().err
    assert contents_below(mount.where) == sorted(wanted.values())


@pytest.mark.parametrize("habits", [("fold=form", "form=NFD"), ("fold=case", "dots")], ids=["form", "dots"])
def test_a_lost_ledger_where_names_are_written_otherwise(fv, bad, odd, habits):
    mount = odd(*habits)
    wanted = publish(bad, ["caf\u00e9", "f1.", "f2"])
    sync(fv, bad, mount.where).expect()
    for one in ("ledger", "ledger.index"):
        (mount.backing / ".fluxvision" / one).unlink()
    sync(fv, bad, mount.where).expect()
    assert sync(fv, bad, mount.where).expect().asked == []
    assert contents_below(mount.where) == sorted(wanted.values())


# --- calls that fail

@pytest.mark.parametrize("code", ["EBUSY", "ESTALE", "ENOENT", "ENODATA", "EBADF", "EREMOTEIO"])
def test_times_that_cannot_be_set_for_whatever_reason(fv, bad, odd, code):
    mount = odd("times=errno", f"code={code}")
    wanted = publish(bad, ["f1", "f2"])
    sync(fv, bad, mount.where).expect()
    assert sync(fv, bad, mount.where).expect().asked == []
    assert contents_below(mount.where) == sorted(wanted.values())


def test_times_that_are_rounded_to_the_nearest_second(fv, bad, odd):
    mount = odd("times=nearest")
    publish(bad, [entry(f"f{n}", modified=f"2020-05-05T05:05:05.{n}Z") for n in (1, 4, 5, 6, 9)])
    sync(fv, bad, mount.where).expect()
    assert sync(fv, bad, mount.where).expect().asked == []


@pytest.mark.parametrize("call", ["rename", "mkdir", "unlink", "utimens"])
def test_an_interrupted_call_is_made_again(fv, bad, odd, call):
    mount = odd("fold=case")
    for number in range(1, 5):
        publish(bad, [f"f{number}", f"F{number}"])
        mount.mount("fold=case", f"fail={call}:{number}:EINTR")
        sync(fv, bad, mount.where).expect()
        assert sync(fv, bad, mount.where).expect().asked == []


# The user is one of many: another's files cannot be written.
LESS = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")


@pytest.mark.parametrize("content", ["of another device", "of an older version"])
def test_a_lock_of_another_user_where_the_medium_is_measured(fv, bad, out, content):
    """After one run by root: nothing can be written down, and each run measures for itself."""
    wanted = publish(bad, ["f1"])
    sync(fv, bad, out).expect()
    lock, old = out / ".fluxvision/lock", out / "old"
    lock.rename(old)
    lock.write_bytes(old.read_bytes() if content == "of another device" else b"")
    old.unlink()
    os.chown(lock, 65534, 65534)
    lock.chmod(0o644)
    for asked in (1, 0):
        publish(bad, ["f1", "f2"])
        bad.clear()
        done = fv("sync", "--json", "HAUC", out, portal=bad, prefix=LESS).expect()
        assert done.summary["downloaded"] == asked
    assert len(contents_below(out)) == len(wanted) + 1
    assert set(own_files(out)) == KEPT


@pytest.mark.parametrize("code", ["EIO", "ENOSPC", "EMFILE"])
@pytest.mark.parametrize("number", range(1, 9))
def test_a_bad_moment_is_no_habit(fv, bad, odd, code, number):
    """What the probe could not find out it finds out later."""
    mount = odd("fold=form", f"fail=create:{number}+:{code}")
    publish(bad, ["f1"])
    sync(fv, bad, mount.where)
    mount.mount("fold=form")
    wanted = publish(bad, [*twin_entries(["caf\u00e9", "cafe\u0301", "a:b"])])
    sync(fv, bad, mount.where).expect()
    assert sync(fv, bad, mount.where).expect().asked == []
    assert set(wanted.values()) <= set(contents_below(mount.where))
    assert any("a:b" in path for path in files_below(mount.where))
