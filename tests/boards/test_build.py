# SPDX-License-Identifier: MIT
"""Builds as others make them: Buildroot's call for a Cortex-A53, offline; a 32-bit glibc; the tarball of a version."""

import os
import pathlib
import re
import shutil
import subprocess
import tarfile

import pytest

import trust_store
from bad import BadPortal, ok

ROOT = pathlib.Path(__file__).resolve().parents[2]
TREES = [f"{name.upper()}_DIR={ROOT}/build/src/{name}" for name in ("mbedtls", "jsmn", "openssl")]
PARTS = ("Makefile", "src", "port", "tests", "boards", "LICENSE", "CHANGELOG.md", "README.md")
# As Buildroot's gcc has it: a directory of this machine's own among the options is an error.
WRAPPER = """#!/bin/sh
for word; do
    case $word in -I/usr/* | -L/usr/* | -isystem/usr/* | /usr/include*) echo "unsafe path: $word" >&2; exit 1 ;; esac
done
exec aarch64-linux-gnu-{tool} {options} "$@"
"""


def copied(to):
    """The sources, without what was built or fetched."""
    to.mkdir()
    for part in PARTS:
        (shutil.copytree if (ROOT / part).is_dir() else shutil.copy)(ROOT / part, to / part)
    return to


def make(where, *words, **env):
    """make, with this machine's network out of reach; what it said."""
    alone = ["unshare", "-n"] if os.geteuid() == 0 else ["unshare", "-rn"]
    done = subprocess.run([*alone, "make", "-j2", "-C", where, *words], check=False, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True,
                          env={"PATH": os.environ["PATH"], "HOME": str(where), **env})
    assert done.returncode == 0, done.stdout[-4000:]
    return done.stdout


def output(*command):
    """What it says."""
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture(scope="module")
def buildroot(tmp_path_factory):
    """The folder of a build for a Cortex-A53, with Buildroot's tools, and what make said."""
    top = tmp_path_factory.mktemp("buildroot")
    tools = top / "host/bin"
    tools.mkdir(parents=True)
    for tool in ("gcc", "gcc-ar", "gcc-ranlib", "gcc-nm", "strip", "objcopy", "ld", "as", "cpp"):
        path = tools / f"aarch64-buildroot-linux-gnu-{tool}"
        options = "-mcpu=cortex-a53" if tool in ("gcc", "cpp") else ""
        path.write_text(WRAPPER.format(tool=tool, options=options), encoding="ascii")
        path.chmod(0o755)
    where = copied(top / "fluxvision-0.1.0")
    name = f"{tools}/aarch64-buildroot-linux-gnu-"
    defines = "-D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64"
    words = [f"AR={name}gcc-ar", f"AS={name}as", f"LD={name}ld", f"NM={name}gcc-nm", f"CC={name}gcc", f"GCC={name}gcc",
             f"CPP={name}cpp", f"RANLIB={name}gcc-ranlib", f"STRIP={name}strip", f"OBJCOPY={name}objcopy",
             "CC_FOR_BUILD=/usr/bin/gcc", f"CPPFLAGS={defines}",
             f"CFLAGS={defines} -Os -g0 -D_FORTIFY_SOURCE=1", "LDFLAGS=", "PREFIX=/usr", *TREES]
    said = make(where, *words, "all")
    said += make(where, *words, f"DESTDIR={top}/target", "install-strip")
    return where, said, top / "target"


def test_buildroot(buildroot):
    """Its compiler is taken, nothing is redefined, the program runs, and nothing names the folder of the build."""
    where, said, target = buildroot
    complaints = [line for line in said.splitlines() if re.search("warning|redefined|No such file", line)]
    assert [line for line in complaints if "getaddrinfo" not in line] == []  # static glibc: boards/host/board.mk
    program = target / "usr/bin/fluxvision"
    shown = output("file", program)
    assert "aarch64" in shown and "stripped" in shown and "not stripped" not in shown
    assert output("qemu-aarch64-static", program, "-V").startswith("fluxvision ")
    for path in target.rglob("*"):
        assert path.is_dir() or str(where).encode() not in path.read_bytes(), path


@pytest.fixture(scope="module")
def armhf(tmp_path_factory):
    """A program for armv7 with glibc, and what make said."""
    where = copied(tmp_path_factory.mktemp("armhf") / "tree")
    return where, make(where, "CC=arm-linux-gnueabihf-gcc", "CFLAGS=-O1 -g0", *TREES, "program")


def test_glibc_without_static_pie(armhf):
    """Debian's glibc for armhf has no rcrt1.o: the program is dynamic, and make says why."""
    where, said = armhf
    assert said.count("has no rcrt1.o") == 1
    assert "pie executable, ARM" in output("file", where / "build/fluxvision")


def test_no_time_of_32_bits(armhf):
    """Each function of the C library that takes a time is the one for 64 bits: mbedTLS's too."""
    symbols = output("arm-linux-gnueabihf-nm", "-D", armhf[0] / "build/fluxvision")
    assert " U __time64@" in symbols and " U __clock_gettime64@" in symbols
    assert re.findall(
        r" U (time|clock_gettime|gettimeofday|mktime|[lf]?stat(?:at)?(?:64)?|f?utimens(?:at)?)@", symbols) == []


def test_32_bits_after_2038(armhf, fv, tmp_path):
    """In 2045, a certificate that ends in 2050 is valid, and one that ended in 2040 is not."""
    where, _ = armhf
    later = tmp_path / "later.so"
    source = ROOT / "tests/boards/later.c"
    output("arm-linux-gnueabihf-gcc", "-shared", "-fPIC", "-O1", "-fno-builtin", "-o", later, source)
    store = trust_store.TrustStore(tmp_path / "store")
    store.make("root", "/CN=Root", trust_store.ROOT, dates=("20200101000000Z", "20991231235959Z"))
    for name, end in (("valid", "20501231235959Z"), ("ended", "20400101000000Z")):
        store.make(name, "/CN=localhost", trust_store.NAMES, issuer="root", dates=("20200101000000Z", end))

    class Arm:  # pylint: disable=too-few-public-methods
        """What runs it."""
        qemu = ["qemu-arm-static", "-L", "/usr/arm-linux-gnueabihf", "-E", f"LD_PRELOAD={later}"]
        program = where / "build/fluxvision"
    for name, status in (("valid", 0), ("ended", 4)):
        with BadPortal({"*": ok(b"[]")}, cert=name, certs=store) as portal:
            done = fv(Arm, "list", "--cacert", store.ca, "HAUC", portal=portal)
        assert done.status == status, done
    assert "expired at 2040-01-01 00:00:00Z" in done.err and "clock says 2045-01-01 00:00:00Z" in done.err


def test_no_folder_in_a_program(board):
    """What is linked names no file by where it was built."""
    assert str(ROOT).encode() not in board.program.read_bytes()


def test_tarball(tmp_path):
    """`make dist` twice is one file, with any umask and time zone; it has what git has, and the time of the commit."""
    if not (ROOT / ".git").exists():
        said = subprocess.run(["make", "-C", ROOT, "dist"], check=False, capture_output=True, text=True)
        assert said.returncode and "no clone" in said.stderr
        return
    made = []
    for mask in (0o022, 0o077):
        subprocess.run(["make", "-C", ROOT, "dist"], check=True, capture_output=True, umask=mask,
                       env={**os.environ, "TZ": f"ABC{mask}"})
        path = next((ROOT / "build").glob("fluxvision-*.tar.gz"))
        made.append(path.read_bytes())
        path.unlink()
    assert made[0] == made[1]
    (tmp_path / "it.tar.gz").write_bytes(made[0])
    with tarfile.open(tmp_path / "it.tar.gz") as packed:
        packed.extractall(tmp_path)
        names = {name.partition("/")[2] for name in packed.getnames()} - {""}
    assert set(output("git", "-C", ROOT, "ls-tree", "-r", "--name-only", "HEAD").split()) <= names
    when = output("git", "-C", ROOT, "log", "-1", "--format=%ct").strip()
    tree = next(tmp_path.glob("fluxvision-*"))
    assert f"-DFV_BUILD_TIME={when}" in make(tree, "-n", "V=1", "build/host/src/net/facts.o", *TREES)
