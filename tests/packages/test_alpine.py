# SPDX-License-Identifier: MIT
"""boards/alpine: the APKBUILD run by busybox's shell against a musl, its packages looked at, its init script run by the
real OpenRC."""

import os
import pathlib
import re
import shutil

import pytest

import recipes
from conftest import ROOT, run, tell

APORT = recipes.RECIPES / "alpine"
COMPILER = "x86_64-alpine-linux-musl-gcc"
# Of Debian's busybox, what Alpine's is not built with.
BUSYBOX_LACKS = ("ar", "rpm", "rpm2cpio", "dpkg", "dpkg-deb")
# What abuild exports: its default flags.
FLAGS = "-Os -fstack-clash-protection -Wformat -Werror=format-security -fno-plt"


def value(name):
    """A variable as the shell reads it."""
    return run("sh", "-euc", f'. ./APKBUILD; printf "%s" "${name}"', cwd=APORT, srcdir="/src")


def test_the_recipe_says_what_the_lock_and_the_makefile_say():
    assert value("pkgver") == recipes.version()
    names = [line.split() for line in value("sha512sums").split("\n") if line]
    (mbedtls, _), (jsmn, _) = recipes.locked("mbedtls"), recipes.locked("jsmn")
    files = {f"fluxvision-{recipes.version()}.tar.gz": recipes.tarball(),
             f"mbedtls-{mbedtls}.tar.bz2": recipes.CACHE / f"mbedtls_{mbedtls}.orig.tar.bz2",
             f"jsmn-{jsmn}.tar.gz": recipes.CACHE / f"jsmn_{jsmn}.orig.tar.gz",
             "fluxvision.initd": APORT / "fluxvision.initd", "fluxvision.confd": APORT / "fluxvision.confd"}
    assert [name for _, name in names] == list(files)
    for told, name in names:
        assert run("sha512sum", files[name]).split()[0] == told, name
    for name, library in (("mbedtls", mbedtls), ("jsmn", jsmn)):
        assert run("sha256sum", files[next(n for n in files if n.startswith(name))]).split()[0] == \
            recipes.locked(name)[1]
        assert library in value("source")


def test_the_rules_of_aports():
    text = (APORT / "APKBUILD").read_text()
    assert re.match(r"# Maintainer: \S.* <\S+@\S+>\n", text)
    assert not re.search(r"[ \t]$|\n\n\n|^ +\S", text, re.M) and text.endswith('"\n'), "tabs, no surplus space"
    assert "${" not in text.replace("${fluxvision", ""), "no braces around plain names"
    assert not re.search(r"=''|=\"\"$|\|\| return 1|`", text, re.M)
    own = set(re.findall(r"^(\w+)=", text, re.M)) - {
        "pkgname", "pkgver", "pkgrel", "pkgdesc", "url", "arch", "license", "depends", "makedepends", "pkgusers",
        "pkggroups", "install", "subpackages", "source", "sha512sums"}
    assert own and all(name.startswith("_") for name in own), own
    assert set(re.findall(r"^(\w+)\(\)", text, re.M)) == {"_make", "build", "check", "package"}
    assert (APORT / "fluxvision.initd").read_text().startswith("#!/sbin/openrc-run\n")
    assert {p.name for p in APORT.iterdir()} == {"APKBUILD", "fluxvision.initd", "fluxvision.confd",
                                                  "fluxvision.pre-install", recipes.tarball().name}
    tell("alpine", "linted", "APKBUILD by rules of aports")
    tell("alpine", "not here", "abuild, apk and Alpine's gcc: not in Debian's archive; their steps are replayed by busybox's "
         "ash, with gcc and Debian's musl")


@pytest.mark.long
def test_shellcheck_has_nothing_to_say():
    run("shellcheck", "-s", "dash", "-e", "SC2034,SC2154", APORT / "APKBUILD", APORT / "fluxvision.initd",
        APORT / "fluxvision.confd")
    run("shellcheck", APORT / "fluxvision.pre-install", ROOT / "boards/recipes/fill.sh", ROOT / "tests/packages/abuild.sh")
    tell("alpine", "linted", "APKBUILD, init script, its settings and pre-install by shellcheck")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The steps of abuild: (folder of the APKBUILD, log)."""
    work = tmp_path_factory.mktemp("alpine")
    aport = recipes.copied("alpine", work / "aport")
    tools = work / "bin"
    tools.mkdir()
    # Alpine's headers of the kernel and of the C library are in one folder.
    headers = work / "linux-headers"
    headers.mkdir()
    for name, path in (("linux", "/usr/include/linux"), ("asm-generic", "/usr/include/asm-generic"),
                       ("asm", "/usr/include/x86_64-linux-gnu/asm")):
        (headers / name).symlink_to(path)
    (tools / COMPILER).write_text(f'#!/bin/sh\nREALGCC=/usr/bin/gcc exec musl-gcc "$@" -idirafter {headers}\n')
    (tools / COMPILER).chmod(0o755)
    # build-base and makedepends; all other commands are busybox's.
    for name in ("make", "perl", "musl-gcc", *(f"gcc-{n}" for n in ("ar", "nm", "ranlib")), "ar", "as", "ld", "nm",
                 "objcopy", "ranlib", "strip"):
        (tools / name).symlink_to(shutil.which(name))
    for name in run("busybox", "--list").split():
        if name not in BUSYBOX_LACKS and not (tools / name).exists():
            (tools / name).symlink_to("/bin/busybox")
    distfiles = work / "distfiles"
    distfiles.mkdir()
    for name in ("mbedtls", "jsmn"):
        version, _ = recipes.locked(name)
        one = next(recipes.CACHE.glob(f"{name}_{version}.orig.*"))
        (distfiles / one.name.replace("_", "-").replace(".orig", "")).symlink_to(one)
    log = recipes.offline("/bin/busybox", "sh", ROOT / "tests/packages/abuild.sh", aport / "APKBUILD", distfiles, cwd=aport,
                          PATH=str(with_install(tools)), CC=COMPILER, CFLAGS=FLAGS,
                          CPPFLAGS="", LDFLAGS="-Wl,--as-needed,-O1,--sort-common", MAKEFLAGS="-j2", V="1",
                          SOURCE_DATE_EPOCH="1700000000", CHOST="x86_64-alpine-linux-musl")
    return aport, log


def with_install(tools):
    """abuild makes the users of a package before it runs package(); here they exist in `install` alone, an applet that
    Debian's busybox lacks."""
    (tools / "install").write_text('#!/bin/sh\nfor a; do shift\ncase $a in -o | -g) skip=1; continue ;; esac\n'
                                   'if [ -n "${skip-}" ]; then skip=; echo "owner $a"; continue; fi\nset -- "$@" "$a"\n'
                                   'done\nexec /usr/bin/install "$@"\n')
    (tools / "install").chmod(0o755)
    return tools


@pytest.mark.long
def test_built_offline_with_musl_and_checked(built):
    aport, log = built
    lines = recipes.compilations(log)
    assert len(lines) > 100 and all(line.startswith((COMPILER, " ")) and FLAGS in line for line in lines), lines[0]
    program = aport / "pkg/fluxvision/usr/bin/fluxvision"
    facts = recipes.elf(program)
    assert facts["needed"] == {"libc.so"} and facts["interpreter"].startswith("/lib/ld-musl-"), facts
    assert facts["pie"] and facts["relro"] and facts["now"] and "__stack_chk_fail" in facts["functions"]
    # abuild strips.
    run("strip", program)
    assert recipes.paths_inside(program, aport, ROOT) == []
    said = run(program, "--version")
    assert said.startswith(f"fluxvision {recipes.version()}")
    assert f"fluxvision {recipes.version()}" in log, "check() has run"
    tell("alpine", "built", "prepare to package of the APKBUILD by busybox's ash: musl's compiler under Alpine's name, "
         "abuild's flags, no network, check() with it")
    tell("alpine", "run", f"the program ({program.stat().st_size // 1000} KB, stripped) with musl: --version, check()")


@pytest.mark.long
def test_what_the_packages_hold(built):
    aport, log = built
    held = {p.name: recipes.files_below(p) for p in (aport / "pkg").iterdir()}
    commands = ("list", "get", "sync", "verify", "status", "doctor")
    assert held["fluxvision"] == {"usr/bin/fluxvision", *(f"usr/bin/fluxvision-{c}" for c in commands)}
    assert (aport / "pkg/fluxvision/var/lib/fluxvision").is_dir() and log.count("owner fluxvision") == 2
    assert held["fluxvision-openrc"] == {"etc/init.d/fluxvision", "etc/conf.d/fluxvision"}
    assert {"usr/lib/libfluxvision.a", "usr/lib/pkgconfig/fluxvision.pc"} <= held["fluxvision-dev"]
    found = (aport / "pkg/fluxvision-dev/usr/lib/cmake/fluxvision/fluxvision-config.cmake").read_text()
    assert "/../../../include/fluxvision" in found, "relative, by tools that Alpine has"
    assert {"usr/share/doc/fluxvision/NOTICES", "usr/share/man/man1/fluxvision.1",
            "usr/share/man/man5/fluxvision.conf.5"} <= held["fluxvision-doc"]
    for shell in ("bash", "zsh", "fish"):
        assert held[f"fluxvision-{shell}-completion"]
    # The licences that the package names are those of the parts that make has linked.
    notices = (aport / "pkg/fluxvision-doc/usr/share/doc/fluxvision/NOTICES").read_text()
    assert set(re.findall(r"^==== .* \((.*)\)$|^==== \w+ \((.*)\)$", notices, re.M)) and \
        set(re.findall(r"^==== .*\((\S+)\)$", notices, re.M)) == set(value("license").split(" AND "))
    tell("alpine", "installed", "seven packages as folders: " + ", ".join(sorted(n.replace("fluxvision-", "-")
                                                                               for n in held)))


STUB = "#!/sbin/openrc-run\n{}\nstart() {{ :; }}\nstop() {{ :; }}\n"


def unpacked_openrc(root, downloads):
    """Put Debian's OpenRC into root; installed on this machine it would take over its init scripts."""
    for name in ("openrc", "librc1", "libeinfo1"):
        run("apt-get", "download", name, cwd=downloads)
        run("dpkg-deb", "-x", next(downloads.glob(f"{name}_*.deb")), root / "openrc")
    run("cp", "-a", f"{root}/openrc/lib", f"{root}/openrc/sbin", f"{root}/openrc/etc", root)
    for script in (root / "etc/init.d").iterdir():
        script.unlink()
    libraries = os.pathsep.join(str(p.parent) for p in (root / "lib").rglob("librc.so.*"))
    needed = run("env", f"LD_LIBRARY_PATH={libraries}", "ldd", root / "sbin/openrc-run", root / "sbin/supervise-daemon")
    recipes.with_libraries(root, *(path for path in re.findall(r"(/\S+) \(0x", needed) if not path.startswith(str(root))))


@pytest.mark.long
def test_the_init_script_run_by_openrc(tmp_path):
    with recipes.service(tmp_path / "root") as (site, root):
        # What OpenRC makes when the system starts.
        state = ("daemons", "exclusive", "failed", "hotplugged", "inactive", "options", "scheduled", "started",
                 "starting", "stopping", "tmp", "wasinactive")
        for name in ("etc/conf.d", "etc/pam.d", "etc/insserv.conf.d", *(f"run/openrc/{one}" for one in state)):
            (root / name).mkdir(parents=True, exist_ok=True)
        unpacked_openrc(root, tmp_path)
        # Debian's OpenRC asks PAM, and the scripts of its own system; Alpine's does neither.
        permit = str(next(pathlib.Path("/lib").glob("*/security/pam_permit.so")))
        recipes.with_libraries(root, permit)
        (root / "etc/pam.d/other").write_text("".join(f"{what} required {permit}\n" for what in (
            "auth", "account", "session", "password")))
        (root / "etc/insserv.conf").write_text("")
        (root / "run/openrc/softlevel").write_text("default\n")
        for name, depend in (("localmount", ""), ("networking", "depend() { provide net; }")):
            (root / "etc/init.d" / name).write_text(STUB.format(depend))
        shutil.copy(APORT / "fluxvision.initd", root / "etc/init.d/fluxvision")
        shutil.copy(APORT / "fluxvision.confd", root / "etc/conf.d/fluxvision")
        for one in (root / "etc/init.d").iterdir():
            one.chmod(0o755)
        (root / "var/lib/fluxvision").rmdir()
        text = recipes.in_root(root, """
            init=/etc/init.d/fluxvision
            not $init start
            echo 'fluxvision_scopes="HAUC"' >>/etc/conf.d/fluxvision
            $init start
            fetched /var/lib/fluxvision
            $init status
            pid=$(pidof fluxvision)
            grep '^Uid:' /proc/$pid/status
            tr '\\0' ' ' </proc/$pid/cmdline; echo
            stat -c '%U %a %n' /var/lib/fluxvision /var/log/fluxvision.log
            $init restart
            [ "$(pidof fluxvision)" != "$pid" ]
            $init stop
            gone
            not $init status
            fluxvision verify /var/lib/fluxvision >/dev/null
            """)
    assert "fluxvision_scopes is not set" in text and "status: started" in text, text
    assert re.search(r"^Uid:\s+990\s+990\s+990\s+990$", text, re.M), text
    assert "/usr/bin/fluxvision sync --every 6h HAUC /var/lib/fluxvision" in text, text
    assert "fluxvision 750 /var/lib/fluxvision" in text and "fluxvision 640 /var/log/fluxvision.log" in text, text
    assert "status: stopped" in text, text
    assert os.path.exists(root / "var/lib/fluxvision/HAUC")
    tell("alpine", "run", "the init script by the real OpenRC (Debian's 0.45): refuses without scopes, start, status, "
         "restart, stop; a whole sync from a portal, as a user of its own")
