# SPDX-License-Identifier: MIT
"""The static program of each board, run by qemu-user against nginx.

A board whose tool chain is not there is skipped, and said so; one that should be there and is not has failed.
"""

import functools
import os
import pathlib
import re
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
for one in ("tests/portal", "tests/integration"):
    sys.path.insert(0, str(ROOT / one))

import harness  # noqa: E402  pylint: disable=wrong-import-position
import make_tree  # noqa: E402  pylint: disable=wrong-import-position
import portal as portals  # noqa: E402  pylint: disable=wrong-import-position

BOARDS = os.environ.get("FLUXVISION_BOARDS", "").split() or sorted(p.parent.name for p in
                                                                   ROOT.glob("boards/linux-*/board.mk"))


class Board:
    """A board: its name, its program, and what runs it here."""

    def __init__(self, name):
        self.name = name
        text = (ROOT / "boards" / name / "board.mk").read_text(encoding="utf-8")
        self.qemu = re.search(r"^QEMU := (.*)$", text, flags=re.M)[1].split()
        self.program = ROOT / "build" / name / "fluxvision"

    def need(self):
        """Skip the test where this board can't be built or run."""
        for level in (self.name, "boards"):
            missing = [one for one in missing_tools(level) if level == self.name or one.startswith("qemu")]
            if missing:
                pytest.skip(f"SKIPPED: {self.name} needs the packages {' '.join(missing)}")
        assert self.program.exists(), f"{self.program} is not built"
        return self


@functools.cache
def missing_tools(level):
    """The packages that boards/deps.sh misses."""
    asked = [ROOT / "boards/deps.sh", "missing", level]
    return subprocess.run(asked, check=True, capture_output=True, text=True).stdout.split()


class Host(Board):
    """The program with this system's own libc."""

    def __init__(self):  # pylint: disable=super-init-not-called
        self.name, self.qemu, self.program = "host", [], ROOT / "build/fluxvision"

    def need(self):
        assert self.program.exists(), f"{self.program} is not built"
        return self


def kind(name):
    """A program by its name, run as it is where this machine can."""
    one = (Host() if name == "host" else Board(name)).need()
    if one.name == NATIVE:
        one.qemu = []
    return one


NATIVE = f"linux-{os.uname().machine}"
# Each kind of libc, of word and of byte order.
KINDS = [name for name in ("host", "linux-x86_64", "linux-armv7", "linux-mips") if name == "host" or name in BOARDS]


@pytest.fixture(params=KINDS)
def program(request):
    """Programs of each kind; this machine's own without emulation."""
    return kind(request.param)


@pytest.fixture(params=[name for name in KINDS if name in ("host", NATIVE)])
def native(request):
    """Those of them that run without emulation, and so are confined."""
    return kind(request.param)


@pytest.fixture(params=BOARDS)
def board(request):
    """Each board in turn."""
    return Board(request.param).need()


@pytest.fixture(scope="session")
def armv7():
    """The one 32-bit board for what is slow."""
    return Board("linux-armv7").need()


@pytest.fixture(scope="session")
def certs():
    """The certificates of all portals."""
    return portals.Certs()


@pytest.fixture(scope="session")
def tree():
    """A small tree, for reading only."""
    return make_tree.build(portals.cache_dir() / "tree-small", small_count=20, big_bytes=300_000)


@pytest.fixture(scope="session", params=[("1.3", "ecdsa-p256"), ("1.2", "rsa-2048")], ids=["TLS1.3", "TLS1.2"])
def site(request, certs, tree):
    """nginx that speaks one version of TLS; 1.2 with an RSA certificate, as the portal does."""
    tls, cert = request.param
    with portals.Nginx(tree, certs=certs, tls=tls, cert=cert) as server:
        yield server


@pytest.fixture
def fv(tmp_path, certs):
    """The program of a board, ready to be run: fv(board, "list", "HAUC", portal=site)."""
    runner = harness.Fluxvision(tmp_path / "home", certs)

    def run(which, *args, **how):
        return runner(*args, prefix=which.qemu, program=which.program, **how)

    run.env, run.home = runner.env, runner.home
    yield run
    runner.stop()


@pytest.fixture
def out(tmp_path):
    """A directory for sync, not yet there."""
    return tmp_path / "out"
