# SPDX-License-Identifier: MIT
"""What a run costs, with the system's full bundle of roots: memory, and instructions of one small GET.

The host's program, and the static one of build/linux-x86_64 (FLUXVISION_BOARD), which is what budgets are for.
"""

import os
import pathlib
import platform
import re
import shutil
import subprocess
import threading

import pytest

import harness
import make_tree
import portal as portals
from harness import PROGRAM, ROOT, assert_tree

pytestmark = pytest.mark.plain

BOARD = pathlib.Path(os.environ.get("FLUXVISION_BOARD") or ROOT / "build/linux-x86_64/fluxvision").resolve()
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
MEMORY_KIB = {"host": 2048, "board": 768}
INSTRUCTIONS = 60_000_000
PROGRAMS = {"host": PROGRAM, "board": BOARD}


@pytest.fixture(params=PROGRAMS)
def which(request):
    """host or board, where it has been built and can be run."""
    if not PROGRAMS[request.param].exists() or platform.machine() != "x86_64":
        pytest.skip(f"SKIPPED: no {PROGRAMS[request.param]} for {platform.machine()}: make BOARD=linux-x86_64")
    return request.param


@pytest.fixture(scope="session")
def bundle(certs, tmp_path_factory):
    """The system's roots, the portal's behind them."""
    path = tmp_path_factory.mktemp("bundle") / "bundle.pem"
    system = BUNDLE.read_text(encoding="ascii")
    assert system.count("BEGIN CERTIFICATE") > 100, f"{BUNDLE} is not a system's full bundle"
    path.write_text(system + certs.ca.read_text(encoding="ascii"), encoding="ascii")
    return path


def peak(fv, which, bundle, site, *args):
    """Run it; what it came to and its peak in KiB: the kernel's, counted in batches, or an exact one."""
    report, samples, over = fv.home / "peak", [0], threading.Event()
    running = fv.start(*args, portal=site, env={"FLUXVISION_CACERT": bundle}, program=PROGRAMS[which],
                       prefix=(fv.peak_program, report))

    def sample():
        while not over.wait(0.02):
            samples.append(resident_of_child(running.pid))

    sampler = threading.Thread(target=sample)
    sampler.start()
    try:
        done = running.wait()
    finally:
        over.set()
        sampler.join()
    return done.expect(), max(*samples, int(report.read_text(encoding="ascii")))


def resident_of_child(pid):
    """The exact resident memory of the child in KiB; 0 where there is none, or root alone may see it."""
    try:
        (child,) = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()[:1]
        rollup = pathlib.Path(f"/proc/{child}/smaps_rollup").read_text(encoding="ascii")
        if pathlib.Path(f"/proc/{child}/comm").read_text(encoding="ascii").strip() != "fluxvision":
            return 0
    except (OSError, ValueError):
        return 0
    return int(re.search(r"^Rss: +(\d+)", rollup, re.MULTILINE)[1])


@pytest.fixture(scope="session")
def large(certs):
    """nginx with a file of 100 MB among small ones, and an organisation of 200,000 entries."""
    tree = make_tree.build(portals.cache_dir() / "tree-large", small_count=20, big_bytes=100_000_000)
    with portals.Nginx(tree, certs=certs) as server:
        make_tree.write_big_listing(server.listings, 200_000, make_tree.base_url(server.host), "MANY")
        yield server


def test_memory_of_sync_with_a_large_file(fv, which, bundle, large, out):
    _, kib = peak(fv, which, bundle, large, "sync", "-q", "HAUC", out)
    assert_tree(out, large.expected)
    print(f"{which}: sync {kib} KiB")
    assert kib <= MEMORY_KIB[which]


def test_memory_of_a_long_list(fv, which, bundle, large):
    done, kib = peak(fv, which, bundle, large, "list", "--json", "MANY")
    assert done.stdout.count(b"\n") == 200_000
    print(f"{which}: list {kib} KiB")
    assert kib <= MEMORY_KIB[which]


BATCH_BYTES, BATCH_FILES, BATCH_S = 16 << 20, 64, 2  # a sync of all may serve that much
CALLS = ("fsync", "fdatasync", "syncfs", "sync_file_range", "pwrite64")


def test_writes_and_syncs_of_a_large_file(fv, which, bundle, large, out):
    """Many records are written together, and begun with as they come; few syncs, one of them to begin with, one for
    the index and one for last.json."""
    if not shutil.which("strace"):
        pytest.skip("SKIPPED: no strace")
    log = fv.home / "calls"
    done = fv("sync", "-q", "HAUC", out, portal=large, env={"FLUXVISION_CACERT": bundle}, program=PROGRAMS[which],
              prefix=("strace", "-f", "-y", "-qq", "-e", f"trace={','.join(CALLS)}", "-o", log))
    assert done.status == 0, done
    assert_tree(out, large.expected)
    lines = [line.split(None, 1)[1] for line in log.read_text(encoding="utf-8").splitlines()]
    count = {call: sum(line.startswith(f"{call}(") for line in lines) for call in CALLS}
    size = sum(item["size"] for item in large.expected)
    batches = -(-size // BATCH_BYTES) - (-len(large.expected) // BATCH_FILES) + int(done.seconds / BATCH_S) + 1
    # others are for the root
    files = sum(line.startswith(("fsync(", "fdatasync(")) and "/.fluxvision/" in line for line in lines)
    assert files + count["syncfs"] <= 3 + batches, count
    assert count["pwrite64"] <= size // 49152 + 20 * len(large.expected), count
    assert count["sync_file_range"] >= 20 and not any("= -1" in line for line in lines), count


@pytest.mark.parametrize("option", ["--cacert", "default"])
def test_instructions_of_a_small_get(fv, which, bundle, site, option, tmp_path):
    """All of them, from start to end; the second time with the bundle where systems keep it."""
    if not shutil.which("valgrind"):
        pytest.skip("SKIPPED: no valgrind to count instructions with")
    count, name = tmp_path / "callgrind", "HAUC/HAUC-3/HAUC-3-2/f1"
    valgrind = ("valgrind", "--tool=callgrind", f"--callgrind-out-file={count}")
    args = ("get", "--no-confine", "--connect-timeout", "100", "-o", "-", name)
    how = {"portal": site, "program": PROGRAMS[which]}
    if option == "--cacert":
        done = fv(*args, prefix=valgrind, env={"FLUXVISION_CACERT": bundle}, **how)
    elif harness.can_mount():
        script = f'set -e; mount --bind "$1" {BUNDLE}; shift; exec "$@"'
        done = fv(*args, prefix=("unshare", "-m", "sh", "-c", script, "sh", bundle, *valgrind),
                  env={"FLUXVISION_CACERT": None}, **how)
    else:
        pytest.skip("SKIPPED: mount namespaces need root")
    assert done.status == 0 and done.stdout, done
    instructions = int(re.search(r"^summary: (\d+)", count.read_text(encoding="ascii"), re.MULTILINE)[1])
    print(f"{which}: {instructions:,} instructions")
    assert instructions <= INSTRUCTIONS
