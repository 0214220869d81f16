# SPDX-License-Identifier: MIT
"""Media that are not ext4: they fold names, alter times, can't sync, can't reserve, fail now and then; and
directories that can't be written. medium.py is the file system, by FUSE."""

import contextlib
import errno
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

import pytest

import harness
from answers import JSON, entry, ok, ranged_file
from harness import files_below, own_files

pytestmark = pytest.mark.plain

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
HERE = pathlib.Path(__file__).parent
# The interpreter that Debian's modules are for.
PYTHON = "/usr/bin/python3" if pathlib.Path("/usr/bin/python3").exists() else sys.executable
KEPT = {"ledger", "ledger.index", "lock", "last.json"}


class Mount:
    """medium.py, mounted over `backing`."""

    program = "medium.py"

    def __init__(self, backing, where, *habits):
        self.backing, self.where, self.habits = backing, where, habits
        for one in (backing, where):
            one.mkdir(exist_ok=True)
        self.process = None
        self.mount(*habits)

    def mount(self, *habits):
        """Mount, with these habits from now on."""
        self.unmount()
        self.process = subprocess.Popen([PYTHON, HERE / self.program, self.backing, self.where, *habits],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        harness.wait_until(lambda: self.process.poll() is not None or os.path.ismount(self.where), 60)
        assert self.process.poll() is None, self.process.stderr.read().decode()

    def unmount(self):
        """Take it away."""
        if self.process:
            subprocess.run(["umount", "-l", self.where], check=False, capture_output=True)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(harness.PATIENCE_S)
            self.process.kill()
            self.process.wait()
            self.process.stderr.close()
            self.process = None


def mounter(kind, tmp_path):
    """Yields a function that mounts a file system of that kind with habits; DIR is its root."""
    if not pathlib.Path("/dev/fuse").exists():
        pytest.skip("SKIPPED: no FUSE here")
    mounts = []

    def mount(*habits):
        number = len(mounts)
        mounts.append(kind(tmp_path / f"backing{number}", tmp_path / f"medium{number}", *habits))
        return mounts[-1]

    yield mount
    for one in mounts:
        one.unmount()


@pytest.fixture
def medium(namespaces, tmp_path):
    """medium.py"""
    assert namespaces is None
    yield from mounter(Mount, tmp_path)


@pytest.fixture
def image(namespaces, tmp_path):
    """A function that mounts an ext4 image made with options."""
    assert namespaces is None
    mounted = []

    def mount(*options):
        file, where = tmp_path / "image", tmp_path / "disk"
        where.mkdir()
        with open(file, "wb") as one:
            one.truncate(32 << 20)
        subprocess.run(["/sbin/mkfs.ext4", "-q", *options, file], check=True, capture_output=True)
        done = subprocess.run(["mount", "-o", "loop", file, where], check=False, capture_output=True, text=True)
        if done.returncode != 0:
            pytest.skip(f"SKIPPED: no such image can be mounted here: {done.stderr}")
        mounted.append(where)
        return where

    yield mount
    for one in mounted:
        subprocess.run(["umount", one], check=False)


def publish(bad, entries):
    """Serve entries: {(path below the API, date)} or whole ones; the content is the URL. Returns {url path:
    content}."""
    contents = {}
    listed = [one if isinstance(one, dict) else entry(one) for one in entries]
    for one in listed:
        path = one["url"].replace("http://{host}", "")
        contents[path] = f"content of {path}".encode()
        bad.route(path, ranged_file(contents[path]))
    bad.route("/api_file/v1/HAUC/", ok(bad.listing(listed), JSON))
    return contents


def sync(fv, bad, where, *options):
    """A run; how many files were asked for is in `asked`."""
    bad.clear()
    done = fv("sync", "--json", *options, "HAUC", where, portal=bad)
    done.asked = [one.path for one in bad.requests if not one.path.endswith("/")]
    return done


def contents_below(where):
    """What files hold, in no order."""
    return sorted(path.read_bytes() for path in files_below(where).values())


# --- names

TWINS = {
    "case": ("Data.csv", "data.csv", "DATA.csv"),
    "accents": ("Été.csv", "été.csv", "ÉTÉ.csv"),
    "romanian": ("Ș.csv", "ș.csv", "plain.csv"),
    "sharp": ("straße.csv", "STRASSE.csv", "strasse.csv"),
    "form": ("caf\u00e9.csv", "cafe\u0301.csv", "plain.csv"),
    "hangul": ("\ud55c.csv", "\u1112\u1161\u11ab.csv", "plain.csv"),
    "ignored": ("soft\u00adhyphen.csv", "softhyphen.csv", "plain.csv"),
    "dots": ("f1", "f1.", "f1.. ."),
    "folders": ("A/x", "a/x", "a/X"),
}


def twin_entries(names):
    """Entries of these names, A/x in the study A; each with a URL of its own."""
    made = []
    for number, name in enumerate(names):
        study, _, file = name.rpartition("/")
        made.append(entry(file, study=study or "HAUC-3", segment=f"s{number}"))
    return made


@pytest.mark.parametrize("habits", [("fold=case",), ("fold=form",), ("fold=all",), ("form=NFD", "fold=form"), ("dots",),
                                    ("fold=all", "dots", "times=refused")], ids="+".join)
@pytest.mark.parametrize("twins", TWINS)
def test_names_that_the_medium_takes_for_one(fv, bad, medium, habits, twins):
    """Each file keeps its own content, in whatever order they are listed, and nothing is fetched twice."""
    mount = medium(*habits)
    entries = twin_entries(TWINS[twins])
    wanted = publish(bad, entries)
    done = sync(fv, bad, mount.where).expect()
    assert done.summary["downloaded"] == len(entries) == len(done.asked)
    assert contents_below(mount.where) == sorted(wanted.values())
    first = {one["url"]: one["path"] for one in done.files}
    assert set(own_files(mount.where)) - {"ledger.probe"} == KEPT
    for order in (entries[::-1], entries[1:] + entries[:1]):
        publish(bad, order)
        done = sync(fv, bad, mount.where).expect()
        assert done.asked == [] and {one["url"]: one["path"] for one in done.files} == first
    fv("verify", mount.where).expect()


def test_case_is_all_that_folds(fv, bad, medium):
    """What the medium tells apart keeps its name."""
    mount = medium("fold=form")
    publish(bad, twin_entries(("Data.csv", "data.csv", "e\u0301.csv")))
    assert {one["path"] for one in sync(fv, bad, mount.where).expect().files} == \
        {LOCAL + one for one in ("Data.csv", "data.csv", "e\u0301.csv")}


@pytest.mark.parametrize("gone", [False, True])
def test_twin_that_comes_later(fv, bad, medium, gone):
    """It gets another name, whether the first file is still there or was moved away."""
    mount = medium("fold=case")
    one, other = twin_entries(("Data.csv", "data.csv"))
    publish(bad, [one])
    sync(fv, bad, mount.where).expect()
    if gone:
        (mount.where / LOCAL / "Data.csv").unlink()
    wanted = publish(bad, [other, one])
    for _ in range(2):
        done = sync(fv, bad, mount.where).expect()
        assert {one["path"] for one in done.files} == {LOCAL + "Data.csv", LOCAL + "data.csv~s1"}
        assert contents_below(mount.where) == sorted(wanted.values())
    assert done.asked == []


def test_twin_that_takes_the_place_of_another(fv, bad, medium):
    """The portal lists a file under another URL and in other letters: with --prune the old one goes, the new one
    stays."""
    mount = medium("fold=case")
    one, other = twin_entries(("Data.csv", "data.csv"))
    publish(bad, [one])
    sync(fv, bad, mount.where).expect()
    wanted = publish(bad, [other])
    sync(fv, bad, mount.where, "--prune").expect()
    assert sync(fv, bad, mount.where, "--prune").expect().asked == []
    assert contents_below(mount.where) == sorted(wanted.values())


def test_tree_that_moves_to_a_medium_that_folds(fv, bad, medium, out):
    """Two records are about one file there: both are fetched anew, once."""
    wanted = publish(bad, twin_entries(("Data.csv", "data.csv", "other")))
    sync(fv, bad, out).expect()
    mount = medium("fold=case")
    # In the order of the names: a directory's own differs from one to the next, and with it which of the two names is
    # there.
    subprocess.run(["sh", "-c",
                    'cd "$1" && find . -type f | LC_ALL=C sort | xargs cp --parents --preserve=timestamps -t "$2"',
                    "sh",
                    out, mount.where], check=False, capture_output=True)
    done = sync(fv, bad, mount.where).expect()
    assert len(done.asked) == 2 and contents_below(mount.where) == sorted(wanted.values())
    assert sync(fv, bad, mount.where).expect().asked == []


def test_another_medium_in_the_place_of_dir(fv, bad, medium):
    """It is measured anew: here the same disk, mounted with an option that folds case."""
    mount = medium()
    wanted = publish(bad, twin_entries(("Data.csv", "data.csv")))
    sync(fv, bad, mount.where).expect()
    mount.mount("fold=case")
    for _ in range(2):
        done = sync(fv, bad, mount.where).expect()
        paths = [one["path"] for one in done.files]
        assert sorted((mount.where / path).read_bytes() for path in paths) == sorted(wanted.values())
    assert done.asked == []


def test_names_that_only_some_media_forbid(fv, bad, medium):
    mount = medium("forbid")
    publish(bad, ["a:b?.csv", "dot.", "con"])
    done = sync(fv, bad, mount.where).expect()
    assert sorted(path.name for path in files_below(mount.where).values()) == ["%63on", "a%3Ab%3F.csv", "dot%2E"]
    assert sync(fv, bad, mount.where).expect().asked == [], done


# --- the ledger of a nested mirror

OWN = [".fluxvision", ".FluxVision", ".fluxvision.", ".fluxvision ", ".flux\u00advision", ".\ufb02uxvision"]


@pytest.mark.parametrize("name", OWN)
@pytest.mark.parametrize("habits", [(), ("fold=all", "dots")], ids=["plain", "folding"])
def test_ledger_of_a_nested_mirror(fv, bad, medium, habits, name):
    """No listing reaches it."""
    mount = medium(*habits)
    inner = mount.where / "HAUC/inner"
    inner.mkdir(parents=True)
    publish(bad, ["f1"])
    sync(fv, bad, inner).expect()
    before = {path: (inner / ".fluxvision" / path).read_bytes() for path in ("ledger", "lock", "ledger.index")}
    publish(bad, [entry("ledger", study="inner", delivery=name), entry("f2", study="inner", delivery="x"),
                  entry("x", org=name, study="d", delivery="e"), entry(name, study="inner", delivery="y")])
    done = sync(fv, bad, mount.where)
    assert done.status in (0, 1), done
    assert {path: (inner / ".fluxvision" / path).read_bytes() for path in before} == before
    assert (mount.where / "HAUC/inner/x/f2").exists()
    assert sorted(one.name for one in (inner / ".fluxvision").iterdir()) == sorted(KEPT)


# --- times

DATES = ["0001-01-01T00:00:00Z", "1901-12-13T20:45:52Z", "1969-12-31T23:59:59.5Z", "1979-12-31T00:00:00Z",
         "2021-04-02T15:44:37.293849Z", "2038-01-19T03:14:08Z", "2107-12-31T23:59:59Z", "2446-05-11T00:00:00Z",
         "9999-12-31T23:59:59.999999Z"]
TIMES = ["times=refused", "times=ignored", "times=clamped", "times=hours", "times=now", "times=odd"]


def dated(bad):
    return publish(bad, [entry(f"f{number}", modified=date) for number, date in enumerate(DATES)])


def runs_without_fetching(fv, bad, where, log):
    """Fetch all; then nothing is fetched again, no hook runs again, and a new date is seen."""
    wanted = dated(bad)
    hook = ("--exec", f'echo "$FLUXVISION_PATH" >>{log}')
    done = sync(fv, bad, where, *hook).expect()
    assert len(done.asked) == len(DATES)
    for _ in range(3):
        done = sync(fv, bad, where, *hook).expect()
        assert done.asked == [] and done.summary["unchanged"] == len(DATES), done
    assert len(log.read_text().splitlines()) == len(DATES)
    assert contents_below(where) == sorted(wanted.values())
    fv("verify", where).expect()
    publish(bad, [entry("f0", modified="2022-01-01T00:00:00Z")])
    assert len(sync(fv, bad, where, *hook).expect().asked) == 1
    assert sync(fv, bad, where, *hook).expect().asked == []


@pytest.mark.parametrize("habit", TIMES)
def test_times_that_the_medium_alters(fv, bad, medium, tmp_path, habit):
    runs_without_fetching(fv, bad, medium(habit).where, tmp_path / "log")


@pytest.mark.parametrize("options", [("-I", "128"), ("-I", "256")], ids=" ".join)
def test_times_on_ext4(fv, bad, image, tmp_path, options):
    runs_without_fetching(fv, bad, image(*options), tmp_path / "log")


def test_times_on_tmpfs(fv, bad, namespaces, out, tmp_path):
    assert namespaces is None
    out.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "none", out], check=True)
    try:
        runs_without_fetching(fv, bad, out, tmp_path / "log")
    finally:
        subprocess.run(["umount", "-l", out], check=True)


@pytest.mark.parametrize("habit", ["times=refused", "times=ignored", "times=clamped", "times=hours"])
def test_edit_is_seen_where_times_are_altered(fv, bad, medium, habit):
    """One of the same size too, since its time is another one than the file got."""
    mount = medium(habit)
    wanted = dated(bad)
    sync(fv, bad, mount.where).expect()
    if habit == "times=hours":
        fv_time = time.time_ns() // (3600 * 10**9) * 3600 * 10**9
    path = mount.backing / LOCAL / "f8"
    path.write_bytes(b"x" * path.stat().st_size)
    if habit == "times=hours":
        os.utime(path, ns=(fv_time, fv_time))
    assert len(sync(fv, bad, mount.where).expect().asked) == 1
    assert contents_below(mount.where) == sorted(wanted.values())


def test_times_that_are_lost_with_the_mount(fv, bad, medium):
    """The probe tells: nothing is fetched again; sizes still count."""
    mount = medium("times=lost")
    dated(bad)
    sync(fv, bad, mount.where).expect()
    for _ in range(2):
        mount.unmount()
        medium()    # takes the device number, so that the next mount has another one
        mount.mount("times=lost")
        for _ in range(2):
            assert sync(fv, bad, mount.where).expect().asked == []
    mount.mount("times=lost")
    (mount.backing / LOCAL / "f3").write_bytes(b"longer than what was there, whatever its time")
    (mount.backing / LOCAL / "f4").write_bytes(b"")
    assert len(sync(fv, bad, mount.where).expect().asked) == 2


def test_ledger_of_an_older_version(fv, bad, out):
    """Records without the time that the medium kept are read, and a file of that date stays."""
    dated(bad)
    sync(fv, bad, out).expect()
    (out / ".fluxvision/lock").write_bytes(b"")
    assert sync(fv, bad, out).expect().asked == []


# --- durability

@pytest.mark.parametrize("code", ["EINVAL", "EOPNOTSUPP", "ENOSYS", "EBADF"])
def test_directory_that_cannot_be_synced(fv, bad, medium, code):
    mount = medium(f"fsyncdir={code}")
    publish(bad, ["f1", "f2"])
    done = sync(fv, bad, mount.where, "-v").expect()
    assert done.summary["downloaded"] == 2
    told = "the medium can't make names durable"
    assert done.err.count(told) == (0 if code == "ENOSYS" else 1), done   # ENOSYS is the kernel's to bear


@pytest.mark.parametrize("code", ["EINVAL", "EOPNOTSUPP"])
def test_file_that_cannot_be_synced(fv, bad, medium, code):
    mount = medium(f"fsync={code}")
    publish(bad, ["f1", "f2"])
    done = sync(fv, bad, mount.where, "-v").expect()
    assert done.summary["downloaded"] == 2
    assert done.err.count("the medium can't make files durable") == 1, done
    assert "durable" not in sync(fv, bad, mount.where).expect().err


@pytest.mark.parametrize("habit", ["fsync=EIO", "fsync=ENOSPC", "fsyncdir=EIO", "fsync=EDQUOT"])
def test_error_that_is_one(fv, bad, medium, habit):
    """What was lost is never called fetched."""
    mount = medium(habit)
    publish(bad, ["f1", "f2"])
    done = sync(fv, bad, mount.where).expect(7)
    assert done.summary["downloaded"] == 0


def test_error_at_each_call(fv, bad, medium):
    """EIO at the N-th call that changes something: the run ends with 7 or 1 or does without it, and the next run has
    all."""
    mount = medium()
    wanted = publish(bad, ["f1", "f2", "F1"])
    quiet = 0
    for number in range(1, 200, 3):
        mount.mount("fold=case", f"eio={number}")
        done = sync(fv, bad, mount.where)
        assert done.status in (0, 1, 7), done
        mount.mount("fold=case")
        sync(fv, bad, mount.where).expect()
        assert contents_below(mount.where) == sorted(wanted.values())
        assert sync(fv, bad, mount.where).expect().asked == []
        quiet = quiet + 1 if done.status == 0 else 0
        if quiet == 8:
            break
        for path in (*mount.backing.iterdir(),):
            shutil.rmtree(path)
    assert quiet == 8


def test_a_name_does_not_wait_for_what_is_compared(fv, bad, medium):
    """A file that is whole gets its name after 2 seconds, though --checksum reads others for longer."""
    mount = medium("slow=1")
    old = [f"old{number}" for number in range(8)]
    publish(bad, old)
    sync(fv, bad, mount.where).expect()
    publish(bad, ["first", *old, "last"])
    start = time.monotonic()
    running = fv.start("sync", "-q", "--checksum", "--pipeline", "1", "HAUC", mount.where, portal=bad)
    harness.wait_until((mount.backing / LOCAL / "first").exists)
    assert not any(one.path.endswith("/last") for one in bad.requests)
    running.wait().expect()
    assert time.monotonic() - start > 7.5


@pytest.mark.parametrize("options,behind", [((), 0), (("-O", "^has_journal"), 1)], ids=["journal", "none"])
def test_ext4_without_a_journal_gets_another_flush(fv, bad, image, tmp_path, options, behind):
    """Linux's syncfs writes inodes and directories there behind the flush of the device (fs/sync.c:
    sync_filesystem)."""
    if not shutil.which("strace"):
        pytest.skip("SKIPPED: no strace")
    publish(bad, ["f1", "f2", "f3"])
    out, log = image(*options), tmp_path / "calls"
    fv("sync", "HAUC", out, portal=bad, program=harness.PROGRAM,
       prefix=("strace", "-f", "-y", "-e", "trace=syncfs,fsync", "-o", log)).expect()
    calls = [line.split(" ", 1)[1].strip() for line in log.read_text().splitlines()]
    calls = [one.split("(")[0] for one in calls if f"<{out}>" in one]
    assert calls == ["syncfs", *["fsync"] * behind] * 3, log.read_text()   # of .fluxvision; of contents; of names


# What statfs says of FAT, in the place of what it said.
AS_FAT = "inject=fstatfs:poke_exit=@arg2=444d000000000000"


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="where statfs has its type")
def test_vfat_gets_another_sync_behind_the_rename(fv, bad, out, tmp_path):
    """Linux's vfat writes size and start of a renamed file's entry with its inode only: before its directory is
    synced the file is."""
    publish(bad, ["a:b"])
    log = tmp_path / "calls"
    fv("sync", "HAUC", out, portal=bad, program=harness.PROGRAM,
       prefix=("strace", "-f", "-y", "-e", "trace=renameat2,renameat,rename,fsync,fstatfs", "-e", AS_FAT, "-o",
               log)).expect()
    calls = [line.split(" ", 1)[1].strip() for line in log.read_text().splitlines()]
    renamed = next(at for at, call in enumerate(calls) if call.startswith("rename") and "a%3Ab" in call)
    synced = [call.split("<")[1].split(">")[0].removeprefix(f"{out}/") for call in calls[renamed + 1:renamed + 4]]
    assert synced == [LOCAL + "a%3Ab", LOCAL.rstrip("/"), ".fluxvision"], calls


# A system call, refused before the program begins: those of x86-64.
FALLOCATE, RENAMEAT2 = "285", "316"
REFUSE = """
import ctypes, os, struct, sys
call, code, program = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
rules = [(0x20, 0, 0, 0), (0x15, 0, 1, call), (6, 0, 0, 0x50000 | code), (6, 0, 0, 0x7fff0000)]
text = b"".join(struct.pack("HBBI", *one) for one in rules)
place = ctypes.create_string_buffer(text)
filter = struct.pack("HxxxxxxP", len(rules), ctypes.addressof(place))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0 and libc.prctl(22, 2, filter, 0, 0) == 0
os.execv(program[0], program)
"""


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the number of a system call")
@pytest.mark.parametrize("code,status", [(errno.EINVAL, 0), (errno.EPERM, 0), (errno.ENOSYS, 0), (errno.EOPNOTSUPP, 0),
                                         (errno.ENOSPC, 7), (errno.EIO, 7)])
def test_space_that_cannot_be_reserved(fv, bad, out, code, status):
    bad.publish({"f1": ranged_file(bytes(300_000))})
    done = fv("sync", "HAUC", out, portal=bad, prefix=(sys.executable, "-c", REFUSE, FALLOCATE, code),
              program=harness.PROGRAM)
    done.expect(status)
    assert (out / LOCAL / "f1").exists() == (status == 0)


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the number of a system call")
@pytest.mark.parametrize("code", [errno.EINVAL, errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP])
def test_names_that_cannot_be_asked_to_be_new(fv, bad, out, code):
    """Old kernels, filters of calls and file systems of users' programs have no renameat2, each in its own words."""
    for content in (b"one", b"other"):
        bad.publish({"f1": content}, modified=f"202{len(content)}-01-01T00:00:00Z")
        fv("sync", "HAUC", out, portal=bad, prefix=(sys.executable, "-c", REFUSE, RENAMEAT2, code),
           program=harness.PROGRAM).expect()
        assert (out / LOCAL / "f1").read_bytes() == content


# --- no directory to write in

READ_ONLY = """set -e; place=$1; shift
for one in /tmp /var/tmp /dev/shm; do mount --bind $one $one; mount -o remount,bind,ro $one; done
mount --bind "$place" "$place"; mount -o remount,bind,rw "$place"
cd "$place"; if touch /tmp/x 2>/dev/null; then exit 99; fi; exec "$@"
"""


def test_no_temporary_directory(fv, bad, namespaces, tmp_path):
    """`get URL`, `get NAME`, `list --json`, `sync -n`: none needs $TMPDIR."""
    assert namespaces is None
    place = tmp_path / "place"
    place.mkdir()
    bad.publish({"f1": b"one", "f2": b"two"})
    prefix = ("unshare", "-m", "sh", "-c", READ_ONLY, "sh", place)

    def run(*args, **env):
        return fv(*args, portal=bad, env={"TMPDIR": None, **env}, prefix=prefix).expect()

    url = bad.url + PLACE + "f1"
    run("get", url, "-o", "to")
    assert (place / "to").read_bytes() == b"one"
    assert run("get", url, "-o", "-").stdout == b"one"
    assert run("get", LOCAL + "f2", "-o", "-").stdout == b"two"
    assert [one["path"] for one in run("list", "--json", "HAUC").records] == [LOCAL + "f1", LOCAL + "f2"]
    assert len(run("list", "--latest", "1", "--json", "HAUC").records) == 1
    assert len(run("sync", "-n", "--json", "HAUC", "out").files) == 2
    assert run("get", LOCAL + "f2", "-o", "-", TMPDIR="/nowhere").stdout == b"two"
    assert not (place / "out").exists()


def test_long_list_without_a_temporary_directory(fv, bad, namespaces, tmp_path):
    """Tables grow in memory, and are copied as they do."""
    assert namespaces is None
    place = tmp_path / "place"
    place.mkdir()
    publish(bad, [f"f{number % 700}" for number in range(700)] +
            [entry("f1", segment=f"s{number}") for number in range(300)])
    prefix = ("unshare", "-m", "sh", "-c", READ_ONLY, "sh", place)
    listed = fv("list", "--json", "--latest", "990", "HAUC", portal=bad, prefix=prefix).expect().records
    assert len(listed) == 990 and len({one["path"] for one in listed}) == 990


# --- what it costs

def test_calls_of_a_run_that_changes_nothing(fv, bad, out):
    """A known medium costs some ten calls; where names are not folded, nothing is asked of it for each file."""
    if not shutil.which("strace"):
        pytest.skip("SKIPPED: no strace")
    publish(bad, [f"f{number}" for number in range(60)])
    sync(fv, bad, out).expect()
    log = out / "calls"
    fv("sync", "HAUC", out, portal=bad, prefix=("strace", "-f", "-o", log), program=harness.PROGRAM).expect()
    calls = [line for line in log.read_text().splitlines() if '"lock"' in line or '"LOCK"' in line
             or "probe" in line or "names.d" in line or "fstatfs" in line]
    assert len(calls) <= 8, calls   # the lock is taken once more, for the state of the run


# Calls of the network's, whose number depends on what comes in one piece.
NETWORK = {"poll", "ppoll", "recvfrom", "recv", "sendto", "send"}
PER_FILE = 11


def calls(fv, bad, count, place):
    """System calls of a run that fetches `count` small files, besides the network's, by name."""
    publish(bad, [entry(f"f{number}", delivery=f"HAUC-3-{number // 250}") for number in range(count)])
    fv("sync", "-q", "HAUC", place / "out", portal=bad, program=harness.PROGRAM,
       prefix=("strace", "-f", "-qq", "-c", "-o", place / "calls")).expect()
    assert len(files_below(place / "out")) == count
    shutil.rmtree(place / "out")
    lines = [line.split() for line in (place / "calls").read_text().splitlines()]
    return {words[-1]: int(words[3])
            for words in lines if len(words) >= 5 and words[3].isdigit() and words[-1] not in NETWORK | {"total"}}


def test_calls_of_a_small_file(fv, bad):
    """Each costs ten calls or so: opened, written, closed, renamed; its name looked at twice; a record and what leads
    to it."""
    if not shutil.which("strace") or not os.access("/dev/shm", os.W_OK):
        pytest.skip("SKIPPED: no strace, or no RAM disk")
    with tempfile.TemporaryDirectory(prefix="fluxvision-calls-", dir="/dev/shm") as name:
        few, many = (calls(fv, bad, count, pathlib.Path(name)) for count in (250, 1250))
    per_file = {call: (many[call] - few.get(call, 0)) / 1000 for call in many}
    assert sum(per_file.values()) <= PER_FILE, per_file
