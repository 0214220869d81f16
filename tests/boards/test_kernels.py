# SPDX-License-Identifier: MIT
"""The faster arithmetic of the boards that have it, on processors with the instructions for it and on others."""

import re
import subprocess

import conftest
import pytest

# What QEMU's processors have. Nehalem and the older ones have no AES; a Cortex-A9 can be had without NEON.
# Instructions for SHA are new in QEMU: `make unit` runs this on the machine itself.
PROCESSORS = [("linux-x86_64", "Westmere", "gcm"), ("linux-x86_64", "Nehalem", "-"), ("linux-x86_64", "Conroe", "-"),
              ("linux-x86_64", "qemu64", "-"),
              ("linux-armv7", "max", "neon"), ("linux-armv7", "cortex-a9,neon=off", "-"),
              ("linux-aarch64", "cortex-a53", "neon")]


@pytest.mark.parametrize("name,processor,has", PROCESSORS)
def test_kernels(name, processor, has):
    """All of tests/boards/test_kernels.c, and that the processor is seen for what it is."""
    if name not in conftest.BOARDS:
        pytest.skip(f"SKIPPED: {name} is not asked for")
    board = conftest.Board(name).need()
    program = board.program.parent / "tests/boards/test_kernels"
    def on(cpu):
        return subprocess.run([*board.qemu, "-cpu", cpu, program, has], capture_output=True, text=True, timeout=300,
                              check=False)

    done = on(processor)
    if "VFP-D32" in done.stderr:    # newer versions of QEMU do without both or neither; older ones do not know it
        done = on(processor + ",vfp-d32=off")
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"PASSED.* 14 test", done.stdout + done.stderr)


def test_sources_are_fetched_before():
    """The makes of the boards run at the same time: none of them fetches sources of kernels."""
    def told(pattern, *args):
        known = subprocess.run(["make", "-C", conftest.ROOT, "-p", "help", *args], check=True, capture_output=True,
                               text=True).stdout
        return set(re.findall(r"build/src/\w+/\.sha256", re.search(pattern, known, re.M)[1]))
    trees = set().union(*(told(r"^KERNEL_TREES := *(.*)$", "BOARD=" + name)
                          for name in {name for name, _, _ in PROCESSORS}))
    assert trees <= told(r"^board/%:(.*)$")
