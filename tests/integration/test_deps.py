# SPDX-License-Identifier: MIT
"""boards/deps.sh: which packages a machine without any lacks, and whose a compiler is."""

import os
import pathlib
import re
import shutil
import subprocess

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLE = re.search(r"^table='\n(.*?)^'", (ROOT / "boards/deps.sh").read_text(encoding="utf-8"), re.M | re.S)[1]
ROWS = [line.split() for line in TABLE.splitlines() if line]

pytestmark = pytest.mark.plain


@pytest.fixture
def bare(tmp_path):
    """A PATH with no more than the script itself uses."""
    for tool in "sh sed grep sort tr basename dirname".split():
        (tmp_path / tool).symlink_to(shutil.which(tool))
    return str(tmp_path)


def without(where, *names):
    """A PATH with the commands of this machine but these, whatever was installed on it; made in a new folder."""
    where.mkdir()
    for place in reversed(os.environ["PATH"].split(":")):
        for tool in pathlib.Path(place).glob("*"):
            if tool.name not in names:
                (where / tool.name).unlink(missing_ok=True)
                (where / tool.name).symlink_to(tool)
    return str(where)


def deps(word, level, path=os.environ["PATH"], **env):
    """deps.sh WORD LEVEL: status, words of its output, and what it complains of."""
    done = subprocess.run([ROOT / "boards/deps.sh", word, level], env={"PATH": path, **env}, check=False,
                          capture_output=True, text=True)
    return done.returncode, done.stdout.split(), done.stderr


def test_rows_are_whole(bare):
    """Each has a package and what tells of it, or leads to a level that exists; each level can be asked for."""
    levels = {row[0] for row in ROWS}
    for row in ROWS:
        assert len(row) == 2 and (row[1][0] == "@" or row[1][1:] in levels) or len(row) >= 3, row
    for level in levels:
        status, packages, said = deps("missing", level, bare)
        assert status == 0 and not said and (packages or level == "image")
    assert deps("missing", "nonsense")[0] == 2


@pytest.mark.parametrize("level", ["build", "linux-armv7"])
@pytest.mark.parametrize("name", ["/opt/sdk/bin/aarch64-cross", "arm-buildroot-linux-gnueabihf-gcc",
                                  "aarch64-openwrt-linux-musl-gcc", "musl-gcc"])
def test_a_foreign_compiler_is_no_package(name, level, tmp_path):
    """If it is there it is taken; if not, the message says whose it is, and apt is never asked."""
    path = without(tmp_path / "bin", name)
    status, packages, _ = deps("missing", level, path, CC=name)
    assert status == 0 and packages == [f"CC={name}"]
    (tmp_path / "apt-get").write_text(f"#!/bin/sh\ntouch {tmp_path}/asked\n", encoding="ascii")
    (tmp_path / "apt-get").chmod(0o755)
    status, _, said = deps("need", level, f"{tmp_path}:{path}", CC=name)
    assert status == 1 and f"no compiler '{name}'" in said and not (tmp_path / "asked").exists()
    there = tmp_path / pathlib.Path(name).name
    there.symlink_to("/usr/bin/gcc")
    called = f"{there} -m64" if "/" in name else name
    assert deps("missing", level, f"{tmp_path}:{path}", CC=called) == (0, [], "")


def test_debians_compilers_are_packages(tmp_path):
    """One that Debian has and this machine hasn't."""
    path = without(tmp_path / "bin", "sparc64-linux-gnu-gcc", "gcc-9")
    packages = deps("missing", "build", path, CC="sparc64-linux-gnu-gcc")[1]
    assert {"gcc-sparc64-linux-gnu", "libc6-dev-sparc64-cross"} <= set(packages)
    assert deps("missing", "build", path, CC="gcc-9")[1] == ["gcc-9"]


def test_what_unpacks_is_for_trees_that_are_fetched(bare):
    """mbedTLS is a .tar.bz2, BearSSL a .tar.xz, and OpenSSL's scripts are Perl."""
    tools = {"bzip2", "xz-utils", "perl-base"}
    assert tools <= set(deps("missing", "build", bare)[1])
    assert not tools & set(deps("missing", "build", bare, FETCHED="jsmn")[1])
    assert {"xz-utils"} == tools & set(deps("missing", "build", bare, FETCHED="bearssl jsmn")[1])
    own = ["CC=/none", "MBEDTLS_DIR=/m", "JSMN_DIR=/j", "KERNELS="]
    asked = subprocess.run(["make", "-n", "-C", ROOT, "tools", *own], check=True, capture_output=True, text=True).stdout
    assert "FETCHED=' '" in asked


def test_make_says_that_the_compiler_is_not_there():
    """In words, before anything is compiled."""
    done = subprocess.run(["make", "-C", ROOT, "program", "CC=/opt/sdk/bin/aarch64-cross"], check=False,
                          capture_output=True, text=True)
    assert done.returncode and "cc " not in done.stdout
    assert "There is no compiler '/opt/sdk/bin/aarch64-cross' here" in done.stderr
