# SPDX-License-Identifier: MIT
"""The packages of boards/debian: built twice, checked, installed, upgraded, tested and purged in a bare folder."""

import hashlib
import os
import pathlib
import re
import shutil
import tempfile

import pytest

from bare_debian import Bare
from conftest import ROOT, run, tell

DEBIAN = ROOT / "boards/debian"
BINARIES = ("fluxvision", "libfluxvision0", "libfluxvision-dev")
VERSION = re.search(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.M)[1]


def lines(name):
    """A file of boards/debian, without comments."""
    text = (DEBIAN / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


# ---- What takes no time


def test_the_changelog_has_the_version_of_the_makefile():
    top = lines("changelog")[0]
    assert re.fullmatch(rf"fluxvision \({re.escape(VERSION)}-0fluxvision\d+\) \w+; urgency=\w+", top), top


def test_each_installed_file_is_in_one_package(tmp_path):
    """What `make install` installs, and the shared library, is in one list of files; no list has what is not there."""
    run("make", "install", f"DESTDIR={tmp_path}", "PREFIX=/usr", "LIBDIR=/usr/lib/triplet")
    names = run("make", "-s", "--eval=print-names: ; @echo $(SO_NAMES)", "print-names").split()
    installed = {str(f.relative_to(tmp_path)) for f in tmp_path.rglob("*") if not f.is_dir()}
    installed |= {f"usr/lib/triplet/{name}" for name in names}
    taken = {}
    for name in ("not-installed", *(f"{package}.install" for package in BINARIES)):
        for line in lines(name):
            files = {f for f in installed if any(fits(f, line.split()[0]))}
            assert files, f"{name}: '{line}' is nothing that is installed"
            for f in files:
                assert f not in taken, f"{f} is in {name} and in {taken[f]}"
                taken[f] = name
    assert installed == set(taken)


def fits(path, pattern):
    """Whether a file or a directory above it is what a pattern means."""
    for one in (pathlib.PurePath(path), *pathlib.PurePath(path).parents):
        yield one.match(pattern) and len(one.parts) == len(pathlib.PurePath(pattern).parts)


def test_the_symbols_are_those_of_the_library():
    """dpkg-gensymbols compares too, and a change of them is seen before that."""
    patterns = [re.fullmatch(r' (?:\(regex\)"\^(?P<regex>\S+)@FLUXVISION_0\$"|(?P<name>\w+)@FLUXVISION_0) [\d.]+', line)
                for line in lines("libfluxvision0.symbols") if line.startswith(" ")]
    told = {m["name"] for m in patterns if m["name"]} - {"FLUXVISION_0"}
    regexes = [m["regex"] for m in patterns if m["regex"]]
    shown = set((ROOT / "build/library/names").read_text(encoding="ascii").split())
    assert len(regexes) == 1 and told == {name for name in shown if not re.fullmatch(regexes[0], name)}
    assert len(shown - told) >= 6


def test_the_copyright_has_the_parts_of_the_binaries_and_each_text_of_licences():
    text = "".join((DEBIAN / name).read_text(encoding="utf-8") for name in ("copyright", "backport/copyright"))
    stanzas = [dict(re.findall(r"^([\w-]+): *((?:.*)(?:\n .*)*)", part, flags=re.M)) for part in text.split("\n\n")]
    files = {s["Files"]: s for s in stanzas if "Files" in s}
    texts = {s["License"].split("\n")[0]: s["License"] for s in stanzas if "License" in s and "Files" not in s}
    assert {"*", "mbedtls/*"} <= set(files)
    for licence in (ROOT / "boards/licences").glob("*.txt"):
        stanza = files[f"boards/licences/{licence.name}"]
        words = licence.read_text(encoding="utf-8")
        named = re.search(r"^Copyright (?:\(c\)|©) ([\d, -]+\d),? (?:The )?(\w+)", words, re.M | re.I)
        for word in named.groups() if named else ():
            assert word in stanza["Copyright"], f"{licence.name}: {word} is not in the copyright"
    for stanza in files.values():
        for name in stanza["License"].split("\n")[0].split(" or "):
            assert name in texts or "\n" in stanza["License"], f"{name} has no text"
    # The licences of what is in the binaries, word for word: ours and jsmn's are one.
    words = texts["Expat"].replace(" .\n", "").split()[1:]
    for source in (ROOT / "LICENSE", ROOT / "boards/licences/jsmn.txt"):
        source = source.read_text(encoding="utf-8")
        assert source[source.index("Permission"):].split() == words



# ---- What takes minutes

FILES = ("*.deb", "*.dsc", "*.tar.*")


def build(folder, user, **env):
    """Clone the last commit into a folder, and run `make deb` there as a user without a network; returns its OUT."""
    folder.mkdir(parents=True)
    clone = folder / "fluxvision"
    run("git", "clone", "-q", "--no-hardlinks", ROOT, clone)
    (clone / "build/cache").mkdir(parents=True)
    for tarball in (ROOT / "build/cache").glob("mbedtls_*"):
        shutil.copy(tarball, clone / "build/cache")
    run("chown", "-R", user, folder)
    mask = env.pop("UMASK")
    log = run("unshare", "--net", "setpriv", f"--reuid={user}", f"--regid={user}", "--clear-groups",
              "env", "-i", f"PATH={os.environ['PATH']}", f"HOME={folder}", *(f"{k}={v}" for k, v in env.items()),
              "sh", "-c", f"umask {mask}; exec make deb", cwd=clone, timeout=1200)
    (folder / "log").write_text(log, encoding="utf-8")
    return clone / "build/deb"


def sums(out):
    """The files that are handed on, with their SHA-256."""
    files = [f for pattern in FILES for f in out.glob(pattern)]
    return {f.name: hashlib.sha256(f.read_bytes()).hexdigest() for f in files}


@pytest.fixture(scope="module")
def place():
    """A folder that other users may enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-debian-"))
    folder.chmod(0o755)
    yield folder
    run("rm", "-rf", "--one-file-system", folder)


@pytest.fixture(scope="module")
def built(place):
    """The packages, built by root."""
    out = build(place / "a", 0, TZ="Pacific/Kiritimati", LC_ALL="C", UMASK="022")
    names = sorted(f.name.split("_")[0] for f in out.glob("*.deb"))
    assert names == sorted((*BINARIES, "fluxvision-dbgsym", "libfluxvision0-dbgsym"))
    tell("debian", "built", f"make deb, network cut: {' '.join(names)}")
    return out


@pytest.mark.long
def test_two_builds_are_the_same(built, place):
    """Of two users, in folders of another length, with another umask, time zone and locale."""
    again = build(place / "another-folder-whose-name-is-much-longer/b", 65534, TZ="America/Anchorage",
                  LC_ALL="C.UTF-8", UMASK="077")
    first = sums(built)
    assert first == sums(again) and len(first) == 9
    tell("debian", "same twice", f"{len(first)} files: .deb, -dbgsym, .dsc and its tarballs, by two users")


@pytest.mark.long
def test_no_finding_of_lintian_blhc_and_hardening_check(built, place):
    # bookworm's does not know the version of the policy that the packages follow.
    found = run("lintian", "--allow-root", "--fail-on", "error,warning", "--suppress-tags", "newer-standards-version",
                *built.glob("*.changes"))
    assert "E:" not in found and "W:" not in found
    log = place / "a/log"
    run("blhc", "--all", log)
    for package in BINARIES[:2]:
        run("dpkg", "-x", *built.glob(f"{package}_*.deb"), place / "x")
    # Control flow protection is not a flag of bookworm's.
    checked = run("hardening-check", "-q", "--nocfprotection", place / "x/usr/bin/fluxvision",
                  *(place / "x/usr/lib").glob("*/libfluxvision.so.*.*.*"))
    assert "no" not in checked.split()
    tell("debian", "linted", "lintian: no error, no warning, on source and binaries; blhc and hardening-check: nothing")


@pytest.mark.long
def test_the_shell_scripts_are_clean():
    scripts = [f for f in DEBIAN.rglob("*") if f.is_file() and f.read_text(encoding="utf-8").startswith("#!/bin/sh\n")]
    run("shellcheck", *scripts)
    assert len(scripts) == 6
    tell("debian", "linted", "shellcheck: nothing")


@pytest.fixture(scope="module")
def bookworm(place):
    """A bare folder of the Debian that the packages were built on."""
    return Bare.of("bookworm", place / "bookworm")


def older(package, place, version="0.0.9-1"):
    """A package as it might have been before: of a lower version, with a file that is no longer in it."""
    tree = place / "older" / package.name.split("_")[0]
    tree.parent.mkdir(exist_ok=True)
    run("dpkg-deb", "-R", package, tree)
    control = tree / "DEBIAN/control"
    text = control.read_text(encoding="utf-8")
    now = re.search(r"^Version: (.*)$", text, flags=re.M)[1]
    control.write_text(text.replace(now, version), encoding="utf-8")
    (tree / "usr/share/doc" / tree.name / "of-old").write_text("older\n", encoding="ascii")
    target = place / "older" / package.name.replace(now, version)
    run("dpkg-deb", "--root-owner-group", "-b", tree, target)
    return target


def packages_of(out):
    """The packages that a user installs."""
    return [f for f in out.glob("*.deb") if "dbgsym" not in f.name]


def life(bare, old, new):
    """Install packages, upgrade, use, and purge them, without a network; nothing is left."""
    wants = bare.folder / "etc/systemd/system/timers.target.wants"
    wants.mkdir(parents=True, exist_ok=True)
    before = bare.state()
    bare.apt("install", *bare.put("var/cache/apt/old", *old))
    was = installed_version(bare)
    kept = {"./var/lib/fluxvision/HAUC/f1": "data\n", "./etc/fluxvision/HAUC.conf": "user = me\n"}
    for name, text in kept.items():
        (bare.folder / name).parent.mkdir(parents=True, exist_ok=True)
        (bare.folder / name).write_text(text, encoding="ascii")
    bare.apt("install", *bare.put("var/cache/apt/new", *new))
    assert installed_version(bare) != was
    assert not list((bare.folder / "usr/share/doc").glob("*fluxvision*/of-old"))
    assert bare.run("fluxvision", "--version").startswith(f"fluxvision {VERSION}")
    assert bare.run("fluxvision-sync", "-h").startswith("fluxvision sync ")
    assert run("mandoc", "-T", "utf8", bare.folder / "usr/share/man/man1/fluxvision-sync.1.gz")
    assert bare.run("sh", "-c", "dpkg --verify fluxvision libfluxvision0 libfluxvision-dev; dpkg --audit") == ""
    # The units are there, and none is enabled.
    assert (bare.folder / "usr/lib/systemd/system/fluxvision@.timer").exists()
    assert not [f for f in (bare.folder / "etc/systemd").rglob("*") if "fluxvision" in f.name]
    (wants / "fluxvision@HAUC.timer").symlink_to("/usr/lib/systemd/system/fluxvision@.timer")
    bare.apt("purge", "--auto-remove", *BINARIES)
    after = bare.state()
    assert not before - after
    known = {line.split()[0] for line in before}
    assert {line.split()[0] for line in after - before} == {n for f in kept for n in (f, *above(f))} - known
    for name, text in kept.items():
        assert (bare.folder / name).read_text(encoding="ascii") == text


def installed_version(bare):
    """The version of the program's package that is installed."""
    return bare.run("dpkg-query", "-W", "-f", "${Version}", "fluxvision")


def above(name):
    """The directories above a file."""
    return [f"./{p}" for p in pathlib.PurePath(name).parents if str(p) != "."]


@pytest.mark.long
def test_they_are_installed_upgraded_and_purged_in_a_bare_bookworm(built, bookworm, place):
    new = packages_of(built)
    life(bookworm, [older(p, place) for p in new], new)
    tell("debian", "installed", "bookworm, bare folder, no network: 0.0.9, upgraded, purged; the user's files stay")


def autopkgtest(bare, out, place, name):
    """Run debian/tests by autopkgtest in a folder; returns its summary."""
    report = place / f"autopkgtest-{name}"
    changes, = out.glob("*.changes")
    bare.outside("autopkgtest", "--output-dir", report, changes, "--", "chroot", bare.folder, net=True, timeout=1800)
    summary = (report / "summary").read_text(encoding="utf-8")
    assert re.fullmatch(r"(\w+ +PASS\n){2}", summary), summary
    return ", ".join(" ".join(line.split()) for line in summary.splitlines())


@pytest.mark.long
def test_autopkgtest_passes_in_bookworm(built, bookworm, place):
    summary = autopkgtest(bookworm, built, place, "bookworm")
    tell("debian", "run", f"bookworm, autopkgtest against a portal (nginx): {summary}")


# ---- The same with the mbedTLS of the distribution


@pytest.fixture(scope="module")
def trixie(place):
    """A bare folder of a Debian that has mbedTLS 3.6."""
    bare = Bare.of("trixie", place / "trixie")
    bare.apt("update", net=True)
    return bare


@pytest.fixture(scope="module")
def workshop(trixie, place):
    """Another one, where packages are built: with the packages of Build-Depends, and what looks for faults."""
    bare = trixie.copy(place / "workshop")
    bare.apt("install", "build-essential", "git", "blhc", "devscripts", "lintian", net=True, timeout=1800)
    source = bare.folder / "src/fluxvision"
    run("git", "clone", "-q", "--no-hardlinks", ROOT, source)
    run("chown", "-R", "0:0", source)
    run("cp", "-a", source / "boards/debian", bare.folder / "src/debian")
    bare.apt("build-dep", "/src", net=True, timeout=1800)
    return bare


@pytest.fixture(scope="module")
def native(workshop):
    """The packages, built in trixie."""
    log = workshop.run("make", "-C", "/src/fluxvision", "deb", timeout=1200)
    (workshop.folder / "src/log").write_text(log, encoding="utf-8")
    out = workshop.folder / "src/fluxvision/build/deb"
    assert not list(out.glob("*mbedtls*")) and len(packages_of(out)) == len(BINARIES)
    needs = run("dpkg-deb", "-f", *out.glob("fluxvision_*.deb"), "Depends")
    assert "libmbedtls" in needs and "libmbedx509" in needs
    tell("debian", "built", f"trixie, network cut, MBEDTLS=system: depends on {needs.strip()}")
    return out


@pytest.mark.long
def test_no_finding_of_the_tools_of_trixie(native, workshop):
    out = f"/{native.relative_to(workshop.folder)}"
    found = workshop.run("sh", "-c", f"exec lintian --allow-root --fail-on error,warning {out}/*.changes")
    assert "E:" not in found and "W:" not in found
    workshop.run("blhc", "--all", "/src/log")
    workshop.run("sh", "-ec", f"for f in {out}/fluxvision_*.deb {out}/libfluxvision0_*.deb; do dpkg -x $f /src/x; done")
    # All is compiled with -fcf-protection; no linked file of Debian has its mark, since crt1.o, crti.o and crtn.o of
    # libc6-dev have none (`-Wl,-z,cet-report=warning` names what lacks it). Branch protection is of arm64.
    workshop.run("sh", "-ec", "hardening-check -q --nocfprotection --nobranchprotection /src/x/usr/bin/fluxvision "
                              "/src/x/usr/lib/*/libfluxvision.so.*.*.*")
    tell("debian", "linted", "trixie: lintian, blhc, hardening-check (without control flow protection): nothing")


@pytest.mark.long
def test_the_backport_is_replaced_in_trixie(native, trixie, built):
    """As an upgrade of the distribution does it. The libraries are fetched before."""
    new = packages_of(native)
    trixie.apt("install", "--download-only", *trixie.put("var/cache/apt/new", *new), net=True)
    life(trixie, packages_of(built), new)
    tell("debian", "installed", "trixie, bare folder, no network: the backport, replaced, purged; user's files stay")


@pytest.mark.long
def test_autopkgtest_passes_in_trixie(native, trixie, place):
    summary = autopkgtest(trixie, native, place, "trixie")
    tell("debian", "run", f"trixie, MBEDTLS=system, autopkgtest against a portal (nginx): {summary}")
