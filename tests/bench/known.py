#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""What sync adds to list where everything is known already: 100,000 files, nothing new. Prints, never fails.

    known.py PROGRAM [COUNT [DIR]]    DIR: on the file system that is asked about; default: a temporary directory
"""
import os
import pathlib
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "portal"))
import make_tree  # noqa: E402
import portal as portals  # noqa: E402

ROUNDS = 7


def make_files(files, count):
    """One small file for each entry of the long listing."""
    for number in range(count):
        study = f"BIG-{number // 100000 + 1}"
        place = files / "api_file" / "v1" / "BIG" / study / f"{study}-{number // 1000 % 100 + 1}"
        if number % 1000 == 0:
            place.mkdir(parents=True, exist_ok=True)
        (place / f"file_{number}").write_bytes(b"%d\n" % number)


def settings_of(directory):
    """The variables that portal.start() wrote down, as an environment."""
    text = subprocess.run(["sh", "-c", f". {directory}/portal.env; env"], check=True,
                          capture_output=True).stdout.decode()
    return dict(line.split("=", 1) for line in text.splitlines() if line.startswith("FLUXVISION_"))


def timed(command, env):
    """Seconds of wall time and of the processor; the command must succeed."""
    before = os.times()
    start = time.monotonic()
    subprocess.run(command, env=env, check=True, stdout=subprocess.DEVNULL)
    wall = time.monotonic() - start
    after = os.times()
    return wall, after.children_user + after.children_system - before.children_user - before.children_system


def main():
    program = os.path.abspath(sys.argv[1])
    count = int(sys.argv[2]) if len(sys.argv) > 2 else 100000
    place = sys.argv[3] if len(sys.argv) > 3 else None
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory(dir=place) as target:
        served = portals.start(work, small_count=10, big_bytes=0)
        try:
            root = pathlib.Path(work)
            base = served.url.replace("https://", "http://").rstrip("/")
            listing = make_tree.write_big_listing(root / "listings", count, base)
            make_files(root / "tree" / "files", count)
            env = {**os.environ, **settings_of(work)}
            sync = [program, "sync", "-q", "--pipeline", "16", "BIG", target]
            first = timed(sync, env)
            print(f"{count} files, listing of {listing.stat().st_size / 1e6:.1f} MB; first sync {first[0]:.1f} s")
            commands = [[program, "list", "BIG"], [program, "list", "--json", "BIG"], sync]
            rounds = [[timed(command, env) for command in commands] for _ in range(ROUNDS)]
            table, lines, known = (tuple(map(min, zip(*column))) for column in zip(*rounds))
            print(f"sync, nothing new: {known[0]:.3f} s, of it processor {known[1]:.3f} s")
            for name, alone in (("list", table), ("list --json", lines)):
                print(f"{name}: {alone[0]:.3f} s, processor {alone[1]:.3f} s; sync adds "
                      f"{100 * (known[0] / alone[0] - 1):+.1f} % of time, "
                      f"{100 * (known[1] / alone[1] - 1):+.1f} % of processor")
        finally:
            portals.stop(work)


if __name__ == "__main__":
    main()
