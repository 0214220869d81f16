# SPDX-License-Identifier: MIT
"""boards/fetch-sources.sh: a fake archive and a fake upstream. Each has what the lock pins, other content, or
nothing."""

import functools
import hashlib
import http.server
import io
import os
import pathlib
import re
import shutil
import subprocess
import tarfile
import threading

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
POOL = "pool/main/j/jsmn/jsmn_1.1.0.orig.tar.gz"
REPACKED = "pool/main/l/lwip/lwip_2.2.1+dfsg1.orig.tar.xz"

pytestmark = pytest.mark.plain


def tarball():
    """A small tree as it is released."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as out:
        entry = tarfile.TarInfo("jsmn-1.1.0/jsmn.h")
        entry.size = 5
        out.addfile(entry, io.BytesIO(b"/* */"))
    return packed.getvalue()


GOOD = tarball()


class Quiet(http.server.SimpleHTTPRequestHandler):
    """Says nothing."""

    def log_message(self, *args):
        """Not here."""


class Place:
    """A copy of the script with a lock. Addresses of upstream and apt's configuration lead to one server here."""

    def __init__(self, tmp, port):
        self.tmp, self.web = tmp, tmp / "web"
        self.boards = tmp / "tree/boards"
        self.boards.mkdir(parents=True)
        shutil.copy(ROOT / "boards/fetch-sources.sh", self.boards)
        pin = hashlib.sha256(GOOD).hexdigest()
        (self.boards / "sources.lock").write_text(f"{pin}  {POOL}\n{pin}  {REPACKED}\n", encoding="ascii")
        here = f"http://127.0.0.1:{port}"
        (self.boards / "sources.upstream").write_text(f"jsmn {here}/upstream/v-VERSION.tar.gz\n", encoding="ascii")
        code = re.search("^VERSION_CODENAME=(.*)", pathlib.Path("/etc/os-release").read_text(encoding="utf-8"), re.M)[1]
        (tmp / "sources.list").write_text(f"deb [trusted=yes] {here}/debian {code} main\n", encoding="ascii")
        (tmp / "apt.conf").write_text(f'Dir::Etc::SourceList "{tmp}/sources.list";\n'
                                      'Dir::Etc::SourceParts "/nonexistent";\n'
                                      'Acquire::http::Proxy "DIRECT";\n', encoding="ascii")

    def has(self, where, content):
        """The server has this there."""
        (self.web / where).parent.mkdir(parents=True, exist_ok=True)
        (self.web / where).write_bytes(content)

    def run(self, name="jsmn", only=()):
        """fetch-sources.sh NAME; with ONLY, of what downloads these commands alone are there."""
        env = {**os.environ, "APT_CONFIG": str(self.tmp / "apt.conf"), "http_proxy": "",
               "FV_CACHE": str(self.tmp / "cache")}
        if only:
            folder = self.tmp / "bin"
            folder.mkdir()
            own = "sh sed grep tr head cut cat mktemp rm mkdir mv ls dirname sha256sum tar gzip"
            for tool in own.split() + list(only):
                (folder / tool).symlink_to(shutil.which(tool))
            env["PATH"] = str(folder)
        return subprocess.run([self.boards / "fetch-sources.sh", name], env=env, check=False, capture_output=True,
                              text=True)

    def packages(self):
        """fetch-sources.sh -p LOCK thing."""
        env = {**os.environ, "APT_CONFIG": str(self.tmp / "apt.conf"), "http_proxy": "",
               "FV_CACHE": str(self.tmp / "cache")}
        options = ["-p", self.tmp / "packages.lock", "-d", self.tmp / "there"]
        return subprocess.run([self.boards / "fetch-sources.sh", *options, "thing"], env=env, check=False,
                              capture_output=True, text=True)

    def unpacked(self):
        """Is the tree there?"""
        return (self.tmp / "tree/build/src/jsmn/jsmn.h").exists()


@pytest.fixture
def place(tmp_path):
    """An archive and an upstream without anything."""
    (tmp_path / "web").mkdir()
    answer = functools.partial(Quiet, directory=tmp_path / "web")
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Place(tmp_path, server.server_address[1])
        server.shutdown()


def test_the_archive_is_asked_first(place):
    """Upstream is not, if the archive has the file."""
    place.has("debian/" + POOL, GOOD)
    ended = place.run()
    assert ended.returncode == 0 and place.unpacked() and "trying" not in ended.stderr


@pytest.mark.parametrize("held", [None, b"another tarball of that name"])
def test_upstream_has_what_the_archive_replaced(place, held):
    """A 404, or other content under the name."""
    if held:
        place.has("debian/" + POOL, held)
    place.has("upstream/v-1.1.0.tar.gz", GOOD)
    ended = place.run()
    assert ended.returncode == 0, ended.stderr
    assert place.unpacked() and "/upstream/v-1.1.0.tar.gz" in ended.stderr


@pytest.mark.parametrize("tool", ["wget", "curl"])
def test_no_apt(place, tool):
    """A machine without apt asks upstream alone."""
    place.has("upstream/v-1.1.0.tar.gz", GOOD)
    ended = place.run(only=[tool])
    assert ended.returncode == 0, ended.stderr
    assert place.unpacked()


def test_nothing_that_downloads(place):
    """Neither apt nor wget nor curl: told in words."""
    ended = place.run(only=["true"])
    assert ended.returncode == 1 and "neither apt, nor wget, nor curl" in ended.stderr


@pytest.mark.parametrize("tool", [None, "wget", "curl"])
def test_the_hash_decides(place, tool):
    """Wrong content of upstream's is never unpacked, whatever has downloaded it; what can be done is told."""
    place.has("upstream/v-1.1.0.tar.gz", b"wrong")
    ended = place.run(only=[tool] if tool else [])
    assert ended.returncode == 1 and not place.unpacked() and not list((place.tmp / "cache").iterdir())
    for word in ("make JSMN_DIR=", "--renew jsmn", hashlib.sha256(GOOD).hexdigest()):
        assert word in ended.stderr


def test_a_repacked_tarball_has_no_upstream(place):
    """Debian's +dfsg: told, with what is left to do."""
    ended = place.run("lwip")
    assert ended.returncode == 1 and "Debian has repacked it" in ended.stderr and "make LWIP_DIR=" in ended.stderr


def test_each_pinned_tarball_has_an_address_or_is_repacked():
    """The real lists."""
    lock, addresses = [(ROOT / f"boards/sources.{name}").read_text(encoding="ascii").splitlines()
                       for name in ("lock", "upstream")]
    pinned = {line.split("/")[-2]: line for line in lock}
    listed = [line.split()[0] for line in addresses if line[0] != "#"]
    assert sorted(listed) == sorted(name for name, line in pinned.items() if "+d" not in line)


@pytest.fixture
def package(place, tmp_path):
    """A package that is pinned."""
    (tmp_path / "thing/DEBIAN").mkdir(parents=True)
    (tmp_path / "thing/DEBIAN/control").write_text(
        "Package: thing\nVersion: 1:1+b1\nArchitecture: amd64\nMaintainer: nobody\nDescription: x\n", encoding="ascii")
    (tmp_path / "thing/file").write_bytes(b"1")
    subprocess.run(["dpkg-deb", "-b", tmp_path / "thing", tmp_path / "thing.deb"], check=True, capture_output=True)
    content = (tmp_path / "thing.deb").read_bytes()
    (tmp_path / "packages.lock").write_text(
        f"{hashlib.sha256(content).hexdigest()}  pool/main/t/things/thing_1+b1_amd64.deb\n", encoding="ascii")
    return content


def test_a_package_that_is_pinned(place, package, tmp_path):
    place.has("debian/pool/main/t/things/thing_1+b1_amd64.deb", package)
    ended = place.packages()
    assert ended.returncode == 0 and (tmp_path / "there/thing/file").read_bytes() == b"1", ended
    (tmp_path / "web/debian/pool/main/t/things/thing_1+b1_amd64.deb").unlink()
    assert place.packages().returncode == 0, "from the cache"


@pytest.mark.parametrize("held", [None, b"another package"])
def test_a_package_that_is_another_one_needs_a_signed_index(place, package, tmp_path, held):
    assert package
    if held:
        place.has("debian/pool/main/t/things/thing_1+b1_amd64.deb", held)
    ended = place.packages()
    assert ended.returncode != 0 and not (tmp_path / "there/thing").exists(), ended
    assert "the index of trixie cannot be had" in ended.stderr, ended
