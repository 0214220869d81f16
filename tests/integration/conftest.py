# SPDX-License-Identifier: MIT
"""Portals and the program for the tests of this directory.

FLUXVISION is the program (default build/fluxvision); against the misbehaving portal FLUXVISION_ASAN, a sanitised one,
is used if it exists. "plain" marks what says nothing about a sanitised program.
"""

import os
import pathlib
import signal
import subprocess
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "portal"))

import harness  # noqa: E402  pylint: disable=wrong-import-position
import make_tree  # noqa: E402  pylint: disable=wrong-import-position
import portal as portals  # noqa: E402  pylint: disable=wrong-import-position
from bad import BadPortal  # noqa: E402  pylint: disable=wrong-import-position


def pytest_configure(config):
    config.addinivalue_line("markers", "plain: not for the sanitised program")
    # A shell starts its jobs in the background deaf to these, and so would be all that is started from here.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGQUIT, signal.SIG_DFL)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # nohup


@pytest.fixture(scope="session")
def certs():
    """The certificates of all portals."""
    return portals.Certs()


@pytest.fixture(scope="session")
def tree():
    """A small tree, for reading only."""
    return make_tree.build(portals.cache_dir() / "tree-small", small_count=20, big_bytes=300_000)


@pytest.fixture(scope="session")
def shared_site(certs, tree):
    """nginx with the small tree; take `site`."""
    with portals.Nginx(tree, certs=certs) as server:
        yield server


@pytest.fixture
def site(shared_site):
    """nginx with the small tree and an empty log. Not to be restarted."""
    shared_site.clear_log()
    return shared_site


@pytest.fixture
def changing(certs, tmp_path):
    """nginx with a tree that the test may change: `changing.tree`, then `changing.relist()`."""
    own = make_tree.build(tmp_path / "tree", small_count=0, big_bytes=0)
    with portals.Nginx(own, certs=certs) as server:
        yield server


@pytest.fixture
def bad(certs):
    """The misbehaving portal."""
    with BadPortal(certs=certs) as server:
        yield server


@pytest.fixture
def bad_portal(certs):
    """A function that starts a misbehaving portal with options."""
    started = []

    def start(routes=None, **options):
        started.append(BadPortal(routes, **{"certs": certs, **options}))
        return started[-1]

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="session")
def peak_program(tmp_path_factory):
    """What measures the peak memory of a process."""
    program = tmp_path_factory.mktemp("peak") / "peak"
    source = pathlib.Path(__file__).with_name("peak.c")
    subprocess.run([os.environ.get("CC", "cc"), "-O1", "-o", str(program), str(source)], check=True)
    return program


@pytest.fixture(scope="session")
def program():
    """The program under test."""
    assert harness.PROGRAM.exists(), f"{harness.PROGRAM} is not built"
    return harness.PROGRAM


@pytest.fixture
def fv(tmp_path, certs, program, peak_program):
    """The program, ready to be run: fv("list", "HAUC", portal=site)."""
    assert program
    runner = harness.Fluxvision(tmp_path / "home", certs, peak_program)
    yield runner
    runner.stop()


@pytest.fixture
def out(tmp_path):
    """A directory for sync, not yet there."""
    return tmp_path / "out"


@pytest.fixture
def asked(bad):
    """A portal with one file that takes any credentials."""
    bad.publish({"f1": b"data"})
    return bad


@pytest.fixture
def namespaces():
    """Skips the test where mounts cannot be made."""
    if not harness.can_mount():
        pytest.skip("mount namespaces need root")
