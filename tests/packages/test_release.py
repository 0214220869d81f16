# SPDX-License-Identifier: MIT
"""`make release`: what it refuses, what it makes, and that its sums and its signature are worth something."""

import os
import pathlib
import platform
import re
import shutil
import subprocess

import pytest
from conftest import ROOT, run, tell
from oci_image import Layout

SCRIPT = ROOT / "boards/release/release.sh"
BOARD = f"linux-{platform.machine()}"
FIRMWARE = "lm3s6965evb"
VERSION = re.search(r"^VERSION := (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1]


@pytest.fixture(autouse=True)
def of_a_clone():
    """A release is made of a clone; what `make dist` makes is none."""
    if not (ROOT / ".git").exists():
        tell("release", "not here", "a release is made of a clone, and this is none")
        pytest.skip("no clone")


@pytest.fixture(name="clone")
def cloned(tmp_path):
    """The last commit in a clone of its own, whose tree is clean."""
    run("git", "clone", "-q", ROOT, tmp_path / "clone")
    return tmp_path / "clone"


@pytest.fixture(name="key")
def new_key(tmp_path):
    """A secret key without a password, with a space in its name; its public key is the same with .pub."""
    run("minisign", "-G", "-W", "-s", tmp_path / "my key", "-p", tmp_path / "my key.pub")
    return tmp_path / "my key"


@pytest.fixture(name="folder")
def filled(tmp_path):
    """A folder with some files of a release."""
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("fluxvision-1-linux", "fluxvision-1.tar.gz"):
        (folder / name).write_bytes(name.encode() * 1000)
        (folder / name).chmod(0o600)
    return folder


def verify(folder, key, status=0):
    """As boards/release/README.md says: the signature, then the sums."""
    run("minisign", "-Vm", "SHA256SUMS", "-p", f"{key}.pub", cwd=folder, status=status)
    return run("sha256sum", "-c", "--ignore-missing", "SHA256SUMS", cwd=folder, status=None)


def test_a_tree_that_differs_from_its_commit_is_refused(clone):
    (clone / "boards/new.mk").write_text("# SPDX-License-Identifier: MIT\n")
    (clone / "Makefile").write_text((clone / "Makefile").read_text() + "\n")
    said = run("make", "release", cwd=clone, status=2)
    assert "the tree differs" in said and " M Makefile" in said and "?? boards/new.mk" in said, said
    assert not (clone / "build/release").exists()
    tell("release", "run", "refused: a changed tree")


def test_flags_an_unknown_board_and_a_key_that_cannot_be_used_are_refused_before_anything_is_built(clone, key):
    # Of a board, of the image, of packages: each would reach the make that builds it.
    for choice in ("CFLAGS=-O0", "FW_TLS=1.2", "CA=ca.pem", "ARCHITECTURE=x", "VERSION=9", "RELEASE=/"):
        assert f"has no choices: {choice}" in run("make", "release", choice, cwd=clone, status=2)
        name, value = choice.split("=")
        if name not in ("VERSION", "RELEASE"):   # the Makefile sets these whatever the environment has
            assert f"has no choices: {choice}" in run("make", "release", cwd=clone, status=2, **{name: value})
    assert "none of" in run("make", "release", "RELEASE_BOARDS=linux-vax", cwd=clone, status=2)
    for name, words in (("none", "cannot be read"), ("", "cannot be read"), ("my key.pub", "is no secret key")):
        assert words in run("make", "release", f"MINISIGN_KEY={key.parent}/{name}", cwd=clone, status=2)
    shutil.rmtree(clone / ".git")
    assert "no clone" in run("make", "release", cwd=clone, status=2)
    assert not (clone / "build/release").exists()
    tell("release", "run", "refused: no clone, CFLAGS= and others, an unknown board, a key that is missing or none")


def test_a_signature_holds_for_these_sums_and_this_key_alone(folder, key, tmp_path):
    said = run(SCRIPT, "finish", folder, "1", key)
    assert said.endswith(f"release: {folder}, files: 2, signed\n"), said
    assert verify(folder, key).count(": OK\n") == 2
    comment = run("minisign", "-VQm", "SHA256SUMS", "-p", f"{key}.pub", cwd=folder)
    assert re.fullmatch(r"fluxvision 1, commit [0-9a-f]{40}\n", comment), comment
    first = (folder / "SHA256SUMS.minisig").read_bytes()
    run(SCRIPT, "finish", folder, "1", key)
    assert (folder / "SHA256SUMS.minisig").read_bytes() == first

    program, sums = folder / "fluxvision-1-linux", folder / "SHA256SUMS"
    good = program.read_bytes()
    program.write_bytes(good[:-1] + b"X")
    assert "fluxvision-1-linux: FAILED" in verify(folder, key)
    text = sums.read_text()
    sums.write_text(text.replace(text[:64], run("sha256sum", program)[:64]))
    verify(folder, key, status=1)
    sums.write_text(text)
    run("minisign", "-G", "-W", "-s", tmp_path / "other", "-p", tmp_path / "other.pub")
    verify(folder, tmp_path / "other", status=1)
    program.write_bytes(good)
    assert verify(folder, key).count(": OK\n") == 2
    tell("release", "run", "signature of a new key verified; another key, a changed file, changed sums: refused")


def test_without_a_key_nothing_is_signed_and_an_old_signature_does_not_stay(folder, key):
    run(SCRIPT, "finish", folder, "1", key)
    said = run("sh", "-c", 'umask 077; exec "$@"', "sh", SCRIPT, "finish", folder, "1")
    assert "NOT SIGNED: MINISIGN_KEY=FILE" in said
    assert sorted(one.name for one in folder.iterdir()) == ["SHA256SUMS", "fluxvision-1-linux", "fluxvision-1.tar.gz"]
    assert {one.stat().st_mode & 0o777 for one in folder.iterdir()} == {0o644}


def test_a_release_without_boards_has_the_sources_of_the_commit(clone, key):
    """The whole way, without what takes time."""
    said = run("make", "release", "RELEASE_BOARDS=", f"MINISIGN_KEY={os.path.relpath(key, clone)}", cwd=clone)
    folder = clone / "build/release" / VERSION
    assert said.endswith(f"release: {folder}, files: 2, signed\n"), said
    assert verify(folder, key) == f"fluxvision-{VERSION}.tar.gz: OK\nfluxvision-{VERSION}.vex.cdx.json: OK\n"
    assert f"commit {run('git', 'rev-parse', 'HEAD', cwd=clone).strip()}\n" in run(
        "minisign", "-Vm", "SHA256SUMS", "-p", f"{key}.pub", cwd=folder)
    names = run("tar", "tzf", folder / f"fluxvision-{VERSION}.tar.gz").splitlines()
    assert f"fluxvision-{VERSION}/boards/release/release.sh" in names
    tell("release", "built", "the sources alone, with sums and signature")


@pytest.mark.long
def test_a_key_whose_password_nobody_gives_ends_the_release(folder, tmp_path):
    """Without a terminal minisign cannot ask; the release must not end as if it had signed."""
    password = b"secret\nsecret\n"
    made = subprocess.run(["minisign", "-G", "-s", str(tmp_path / "locked"), "-p", str(tmp_path / "locked.pub")],
                          input=password, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    assert made.returncode == 0
    said = run(SCRIPT, "finish", folder, "1", tmp_path / "locked", status=None)
    assert ", signed" not in said and not (folder / "SHA256SUMS.minisig").exists(), said


def listing(folder):
    """{name: (mode, content)}"""
    return {one.name: (one.stat().st_mode, one.read_bytes()) for one in pathlib.Path(folder).iterdir()}


@pytest.mark.long
def test_a_release_of_two_boards_is_the_same_twice_and_has_all_of_them(clone, key, tmp_path):
    """In two folders, with another umask and time zone. All boards: `make release` by hand."""
    second = tmp_path / "another-folder-with-a-longer-name/b"
    run("git", "clone", "-q", ROOT, second)
    goal = f"make -s release RELEASE_BOARDS='{BOARD} {FIRMWARE}' MINISIGN_KEY='{key}'"
    cache = {"FV_CACHE": os.environ.get("FV_CACHE", str(ROOT / "build/cache"))}
    said = run("sh", "-c", goal, cwd=clone, timeout=1800, **cache)
    run("sh", "-c", f"umask 077; {goal}", cwd=second, timeout=1800, TZ="Pacific/Kiritimati", **cache)
    folder = clone / "build/release" / VERSION
    names = {one.name.replace(f"fluxvision-{VERSION}", "*") for one in folder.iterdir()}
    assert {"SHA256SUMS", "SHA256SUMS.minisig", "*.tar.gz", "*.oci.tar", f"*-{BOARD}", f"*-{BOARD}.NOTICES",
            f"*-{FIRMWARE}.elf", f"*-{FIRMWARE}.NOTICES", "*.vex.cdx.json"} <= names
    assert {f"*-{board}.{kind}.json" for board in (BOARD, FIRMWARE) for kind in ("cdx", "spdx")} <= names
    assert {pathlib.Path(one).suffix for one in names} >= {".ipk", ".apk"}
    assert listing(folder) == listing(second / "build/release" / VERSION)
    assert verify(folder, key).count(": OK\n") == len(names) - 2
    assert run(folder / f"fluxvision-{VERSION}-{BOARD}", "-V").startswith(f"fluxvision {VERSION}")
    run("tar", "xf", folder / f"fluxvision-{VERSION}.oci.tar", "-C", tmp_path, "--one-top-level=oci")
    layout = Layout(tmp_path / "oci")
    assert len([layout.image(one) for one in layout.manifests()]) == 1 and layout.strangers() == set()
    assert not (clone / "build/release/tree").exists() and ", signed" in said
    tell("release", "same twice", f"{len(names)} files of {BOARD} and {FIRMWARE}, in two clones, signature included")
    tell("release", "not here", "the other boards: a quarter of an hour; `make release` makes all")
