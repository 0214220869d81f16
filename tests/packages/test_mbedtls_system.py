# SPDX-License-Identifier: MIT
"""MBEDTLS=system (boards/linux/system.mk): program and library linked with the mbedTLS 3.6 of Debian 13.

The long tests build in a folder of Debian 13 that debootstrap makes. The programs run here, with that folder's dynamic
linker and libraries.
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

import pytest

import harness
import make_tree
import portal as portals
from conftest import ROOT, run, tell

NAME = "mbedtls_system"
BUNDLE = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
MADE = ("fluxvision", "libfluxvision.a", "libfluxvision.so.0.1.0")

# The tests of tests/integration that say how TLS, certificates, pins and the confinement behave.
TESTS = ("test_tls_full test_tls_reasons test_tls_broken test_trust test_trust_store test_roots test_attacked_tls_1 "
         "test_attacked_tls_2 test_attacked_tls_3 test_limbo test_security test_confine test_doctor test_get").split()
# Those that cannot hold, by the beginning of their names, and why. No other one may fail, and each of these has to.
KEY_USE = "mbedTLS refuses a server's key that is also for encipherOnly or decipherOnly"
PARSED = "mbedTLS's own parser refuses the server's certificate: its names are of a kind that it does not know"
SIGNED = "mbedTLS's own parser refuses a certificate that is signed with an algorithm that it does not know"
CANNOT = {
    "test_attacked_tls_1.py::test_chain[the server's key is for all-": KEY_USE,
    "test_attacked_tls_1.py::test_chain[the server's key is for encipherOnly too-": KEY_USE,
    "test_attacked_tls_1.py::test_chain[the server's key is for decipherOnly too-": KEY_USE,
    "test_attacked_tls_1.py::test_chain[a NumericString in the subject-": PARSED,
    "test_attacked_tls_1.py::test_chain[an address of five bytes beside the host-": PARSED,
    "test_attacked_tls_1.py::test_chain[an empty directory name beside the host-": PARSED,
    "test_attacked_tls_2.py::test_a_suite_that_was_not_offered_is_told_as_such[":
        "refused with other words: this mbedTLS knows the suite, though it was not offered",
    "test_trust_store.py::test_the_root_that_cannot_be_used_is_named[host-ed": SIGNED,
    "test_roots.py::test_how_a_root_signs_itself_is_no_matter": SIGNED,
    "test_roots.py::test_a_root_that_cannot_be_used_is_named": SIGNED,
    "test_get.py::test_memory": "2 MiB are for the static program with our mbedTLS",
}


# --- What is refused ---

@pytest.fixture
def make_with(tmp_path):
    """A function that runs make with a mbedTLS of some version: (status, text)."""
    def make(version, *words):
        header = tmp_path / "include/mbedtls/version.h"
        header.parent.mkdir(parents=True, exist_ok=True)
        header.write_text(f'#define MBEDTLS_VERSION_STRING "{version}"\n' if version else "#error none\n")
        pkg_config = tmp_path / "pkg-config"
        pkg_config.write_text(f'#!/bin/sh\n[ "$1" != --cflags ] || echo -I{tmp_path}/include\n')
        pkg_config.chmod(0o755)
        text = run("make", "-s", f"B={tmp_path}/b", "MBEDTLS=system", f"PKG_CONFIG={pkg_config}", *words, "BOARD=host",
                   f"{tmp_path}/b/system_mbedtls", status=None)
        return (tmp_path / "b/system_mbedtls").exists(), text
    return make


@pytest.mark.parametrize("version, found", [("2.28.3", "2.28.3"), ("4.0.0", "4.0.0"), ("3.5.2", "3.5.2"), ("", "none")])
def test_another_mbedtls_ends_make_with_one_line(make_with, version, found):
    good, text = make_with(version)
    lines = [line for line in text.splitlines() if not line.startswith("make: ***")]
    assert not good and len(lines) == 1, text
    assert lines[0].startswith("MBEDTLS=system needs mbedTLS 3.6 (Debian 13: libmbedtls-dev)"), text
    assert f" finds {found}." in lines[0], text


def test_any_3_6_is_taken(make_with):
    good, text = make_with("3.6.99")
    assert good and not text


@pytest.mark.parametrize("words, told", [
    (["MBEDTLS=system", "BOARD=linux-x86_64"], "MBEDTLS=system is for BOARD=host alone"),
    (["MBEDTLS=system", "BOARD=lm3s6965evb"], "MBEDTLS=system is for BOARD=host alone"),
    (["MBEDTLS=system", "STATIC=-static-pie"], "MBEDTLS=system is linked dynamically"),
    (["MBEDTLS=theirs"], "MBEDTLS has 'theirs', which is none of: system")])
def test_what_does_not_go_together(words, told):
    assert told in run("make", "-n", *words, status=2)


# --- Debian 13 ---

def copy_sources(to):
    """The checkout, and the one tarball that is still needed."""
    shutil.copytree(ROOT, to, symlinks=True, ignore=lambda place, names: [
        name for name in names if name in (".git", "__pycache__") or (name == "build" and place == str(ROOT))])
    (to / "build/cache").mkdir(parents=True)
    cache = pathlib.Path(os.environ.get("FV_CACHE") or ROOT / "build/cache")
    for one in cache.glob("jsmn_*"):
        shutil.copy(one, to / "build/cache")


@pytest.fixture(scope="module")
def debian():
    """A folder of Debian 13 with a compiler and libmbedtls-dev, and two copies of the sources, /one and /other. Every
    user has to reach its libraries."""
    if os.geteuid() != 0 or not shutil.which("debootstrap"):
        tell(NAME, "not here", "a folder of Debian 13: debootstrap has to be there, and needs root")
        pytest.skip("debootstrap has to be there, and needs root")
    where = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-trixie-"))
    where.chmod(0o755)
    mirror = run("apt-get", "indextargets", "--format", "$(REPO_URI)", "Identifier: Packages").split()[0]
    try:
        run("debootstrap", "--variant=minbase", "--include=gcc,libc6-dev,make,perl-base,libmbedtls-dev,pkgconf",
            "trixie", where, mirror, timeout=1800)
        for copy in ("one", "other"):
            copy_sources(where / copy)
        yield where
    finally:
        mounts = [line.split()[1] for line in pathlib.Path("/proc/mounts").read_text(encoding="utf-8").splitlines()]
        assert not [one for one in mounts if one.startswith(str(where))]
        shutil.rmtree(where)


def build(debian, copy, *words):
    """make in the folder."""
    epoch = run("sh", "boards/library/build_time.sh").strip()
    return run("chroot", debian, "make", "-s", "-C", f"/{copy}", "-j2", "WERROR=1", "MBEDTLS=system", *words,
               SOURCE_DATE_EPOCH=epoch, LC_ALL="C", timeout=1800)


def here(debian):
    """What the linker is told for programs that run outside the folder; the path is for libraries' libraries too."""
    loader = re.search(r"interpreter: (\S+)\]", run("readelf", "-lW", debian / "usr/bin/env"))[1]
    libraries = next((debian / "usr/lib").glob("*/libmbedtls.so")).parent
    return f"-Wl,--dynamic-linker={debian}{loader},--disable-new-dtags,-rpath,{libraries}"


@pytest.fixture(scope="module")
def built(debian):
    """The folder, with both copies built."""
    for copy in ("one", "other"):
        build(debian, copy, "all", "shared", "notices")
    return debian


@pytest.fixture(scope="module")
def program(built):
    """The program, built once more to run here."""
    build(built, "one", f"LDFLAGS={here(built)}")
    return built / "one/build/fluxvision"


def stripped(program, to):
    run("strip", "-o", to, program)
    return to.stat().st_size


@pytest.mark.long
def test_two_builds_are_the_same(built):
    for name in MADE:
        assert (built / "one/build" / name).read_bytes() == (built / "other/build" / name).read_bytes(), name
    tell(NAME, "same twice", "program, static and shared library, in two folders")


@pytest.mark.long
def test_what_is_built(built, tmp_path):
    """What it needs and brings, and what it says of that."""
    made = built / "other/build"
    needs = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", made / "fluxvision"))
    assert needs == ["libmbedtls.so.21", "libmbedx509.so.7", "libmbedcrypto.so.16", "libc.so.6"]
    brought = re.findall(r" T (mbedtls_\w+)", run("nm", made / "fluxvision"))
    assert brought == ["mbedtls_x509_crt_parse_der"]
    assert re.findall(r"^==== (.*)", (made / "NOTICES").read_text(), flags=re.M) == [
        "fluxvision (MIT)", "jsmn, version 1.1.0 (MIT)"]
    version = run("chroot", built, "/other/build/fluxvision", "-V").splitlines()
    package = run("chroot", built, "dpkg-query", "-W", "-f", "${Version}", "libmbedtls21")
    assert version[1:] == ["with jsmn 1.1.0", f"and this system's Mbed TLS {package.split('-')[0]}"]
    size = stripped(made / "fluxvision", tmp_path / "system")
    ours = stripped(ROOT / "build/dynamic/fluxvision", tmp_path / "ours")
    assert size < ours
    tell(NAME, "built", f"with libmbedtls-dev {package} of Debian 13: {size} bytes, stripped; dynamic with our mbedTLS "
                        f"{ours}")


@pytest.mark.long
def test_installed_without_the_word(built):
    """make install takes what was built."""
    text = run("chroot", built, "make", "-s", "-C", "/other", "install", "DESTDIR=/to", "PREFIX=/usr", LC_ALL="C",
               SOURCE_DATE_EPOCH=run("sh", "boards/library/build_time.sh").strip())
    assert " cc " not in text and " ld " not in text, text
    assert (built / "to/usr/bin/fluxvision").read_bytes() == (built / "other/build/fluxvision").read_bytes()
    tell(NAME, "installed", "by make install, which builds nothing again")


# --- How it runs ---

@pytest.fixture(scope="module")
def certs():
    return portals.Certs()


@pytest.fixture(scope="module")
def site(certs):
    tree = make_tree.build(portals.cache_dir() / "tree-small", small_count=20, big_bytes=300_000)
    with portals.Nginx(tree, certs=certs) as server:
        yield server


@pytest.mark.long
@pytest.mark.parametrize("kind", ["static", "shared"])
def test_the_library(built, site, certs, tmp_path, kind):
    """The example, linked to libfluxvision as its .pc file says, mirrors a portal."""
    build(built, "other", "install-shared", "DESTDIR=/lib-to", "PREFIX=/usr")
    run("chroot", built, "sh", "-ec", f"""
        export PKG_CONFIG_PATH=/lib-to/usr/lib/pkgconfig PKG_CONFIG_SYSROOT_DIR=/lib-to
        libs=$(pkg-config --libs {'--static' if kind == 'static' else ''} fluxvision)
        [ {kind} = shared ] || libs=$(echo "$libs" | sed 's/-lfluxvision/-l:libfluxvision.a/')
        gcc -o /sync-{kind} /other/boards/examples/sync.c $(pkg-config --cflags fluxvision) {here(built)} \\
            -Wl,-rpath,{built}/lib-to/usr/lib $libs""")
    needs = re.findall(r"NEEDED +(\S+)", run("objdump", "-p", built / f"sync-{kind}"))
    assert ("libfluxvision.so.0" in needs, "libmbedtls.so.21" in needs) == (kind == "shared", kind == "static")
    run(built / f"sync-{kind}", site.url, certs.ca, "HAUC", tmp_path / "out", FLUXVISION_USER=portals.USER,
        FLUXVISION_PASSWORD=portals.PASSWORD)
    assert len(harness.files_below(tmp_path / "out")) >= 20
    tell(NAME, "run", f"boards/examples/sync.c with the {kind} library, against nginx")


def hello(program, home):
    """What the program's ClientHello offers: suites, and {extension: value} (RFC 8446 4.1.2)."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        env = {"FLUXVISION_PASSWORD": "secret", "HOME": str(home), "FLUXVISION_RETRIES": "0"}
        url = f"https://127.0.0.1:{listener.getsockname()[1]}"
        with subprocess.Popen([program, "list", "-u", "me", "-e", url, "HAUC"], env=env, stderr=subprocess.DEVNULL):
            peer = listener.accept()[0]
            with peer, peer.makefile("rb") as stream:
                size = int.from_bytes(stream.read(5)[3:], "big")
                body = stream.read(size)[4 + 2 + 32:]

    def take(data, width):
        end = width + int.from_bytes(data[:width], "big")
        return data[width:end], data[end:]
    suites, body = take(take(body, 1)[1], 2)
    left, extensions = take(take(body, 1)[1], 2)[0], {}
    while left:
        number = int.from_bytes(left[:2], "big")
        extensions[number], left = take(left[2:], 2)
    return suites, extensions


@pytest.mark.long
def test_what_it_offers(program, tmp_path):
    """The suites, groups, signature algorithms, versions and protocols of our own build; and a session never without a
    new key exchange. One extension more, encrypt_then_mac (22), says nothing for the suites that are offered."""
    (suites, theirs), (own_suites, own) = hello(program, tmp_path), hello(ROOT / "build/fluxvision", tmp_path)
    assert suites == own_suites and set(theirs) - {22} == set(own)
    for number in (10, 11, 13, 16, 43):
        assert theirs[number] == own[number], number
    assert theirs[45] == bytes([1, 1])  # psk_dhe_ke alone
    tell(NAME, "run", "its ClientHello offers what our own build offers")


@pytest.mark.long
def test_memory(program, site, certs, tmp_path):
    """A sync with the trusted root at the end of the system's bundle, which is not held in memory."""
    peak = tmp_path / "peak"
    run("cc", "-O1", "-o", peak, ROOT / "tests/integration/peak.c")
    bundle = tmp_path / "bundle.pem"
    bundle.write_text(BUNDLE.read_text(encoding="ascii") + pathlib.Path(certs.ca).read_text(encoding="ascii"))
    kib = {}
    for name, one, trust in (("with Debian's mbedTLS", program, bundle), ("one root", program, certs.ca),
                             ("ours, dynamic", ROOT / "build/dynamic/fluxvision", bundle),
                             ("ours, static", ROOT / "build/fluxvision", bundle)):
        fv = harness.Fluxvision(tmp_path / "home", certs, peak)
        fv.program = one
        done, kib[name] = fv.peak("sync", "HAUC", tmp_path / name, "--cacert", trust, portal=site)
        done.expect()
    roots = BUNDLE.read_text(encoding="ascii").count("-----BEGIN")
    assert roots > 100 and kib["with Debian's mbedTLS"] < kib["one root"] + 128 and kib["one root"] < 4096, kib
    tell(NAME, "run", f"a sync over TLS 1.3, {roots} trusted roots: KiB resident at most: "
                      + ", ".join(f"{name} {one}" for name, one in kib.items()))


def against(program, where, *tests):
    """Run tests of tests/integration against the program: the names of all, and of those that failed."""
    env = {**os.environ, **dict.fromkeys(("FLUXVISION", "FLUXVISION_ASAN", "FLUXVISION_DYNAMIC"), str(program))}
    report = where / "report.xml"
    with open(where / "log", "a", encoding="utf-8") as f:
        subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--junitxml={report}", *tests],
                       cwd=ROOT / "tests/integration", env=env, timeout=3000, stdin=subprocess.DEVNULL, stdout=f,
                       stderr=subprocess.STDOUT, check=False)
    cases = {f'{one.get("classname")}.py::{one.get("name")}': one.find("failure") is not None or
             one.find("error") is not None for one in xml.etree.ElementTree.parse(report).iter("testcase")}
    return set(cases), {name for name, failed in cases.items() if failed}


@pytest.mark.long
def test_what_holds_of_tls(program, tmp_path):
    """All tests of TLS against that program: those of CANNOT fail, and no other. One that fails beside them runs once
    more by itself: some depend on which of two connections is faster."""
    cases, failed = against(program, tmp_path, *(f"{one}.py" for one in TESTS))
    others = {one for one in failed if not one.startswith(tuple(CANNOT))}
    twice = against(program, tmp_path, *sorted(others))[1] if others else set()
    assert not twice, "\n".join(sorted(twice)) + (tmp_path / "log").read_text(encoding="utf-8")[-4000:]
    assert not [name for name in CANNOT if not any(one.startswith(name) for one in failed)], failed
    assert len(cases) > 1000
    late = "".join(f"; at the second attempt {one}" for one in sorted(others))
    tell(NAME, "run", f"{len(cases) - len(failed - others)} of {len(cases)} tests of TLS, certificates, pins, "
                      f"confinement{late}")
    for why in sorted(set(CANNOT.values())):
        names = sorted(name for name, one in CANNOT.items() if one == why)
        count = sum(one.startswith(tuple(names)) for one in failed)
        tell(NAME, "not here", f"{count} of them: {why}: {names[0]}" + (" and others" if len(names) > 1 else ""))
