# SPDX-License-Identifier: MIT
"""Media on the static program of this machine: the whole of tests/integration/test_media.py."""

import os
import platform
import subprocess
import sys

import pytest
from conftest import ROOT, Board


@pytest.mark.skipif(platform.machine() != "x86_64", reason="FUSE and filters are this machine's own")
def test_media_suite():
    board = Board("linux-x86_64").need()
    env = {**os.environ, "FLUXVISION": str(board.program), "FLUXVISION_ASAN": "/nowhere"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_media.py"],
                          check=False,
                          cwd=ROOT / "tests/integration", env=env, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0 and " passed" in done.stdout, done.stdout[-4000:]
