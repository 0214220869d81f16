# SPDX-License-Identifier: MIT
"""boards/buildroot: the rules of Buildroot's check-package, its options read by Kconfig, its commands run with a cross
compiler under Buildroot's name, its init script run by busybox."""

import hashlib
import os
import re
import shutil
import tarfile

import pytest

import recipes
from conftest import ROOT, run, tell

TREE = recipes.RECIPES / "buildroot"
PACKAGE = TREE / "package/fluxvision"
PREFIX = "aarch64-buildroot-linux-gnu"
# What Buildroot removes from the root file system at the end of a build.
REMOVED = ("usr/include", "usr/lib/pkgconfig", "usr/lib/cmake", "usr/share/man", "usr/share/doc", "usr/share/zsh",
           "usr/share/fish", "usr/share/bash-completion")


def variables(*names, tree=TREE, **given):
    """What make reads out of the recipe."""
    settings = {"BASE": "/base", "TREE_mbedtls": "/mbedtls", "INIT": "sysv", **given}
    text = run("make", "-s", "-f", ROOT / "tests/packages/buildroot.mk", f"BR2_EXTERNAL_FLUXVISION_PATH={tree}",
               *(f"{k}={v}" for k, v in settings.items()), *(f"print-{n}" for n in names))
    return dict(zip(names, text.splitlines()))


def test_the_recipe_says_what_the_lock_and_the_makefile_say():
    read = variables("FLUXVISION_VERSION", "FLUXVISION_SITE", "FLUXVISION_LICENSE_FILES", "FLUXVISION_DEPENDENCIES",
                     "FLUXVISION_PATCH_DEPENDENCIES")
    assert read["FLUXVISION_VERSION"] == recipes.version()
    assert read["FLUXVISION_SITE"] == f"file://{TREE}"
    assert (TREE / recipes.tarball().name).read_bytes() == recipes.tarball().read_bytes()
    assert (read["FLUXVISION_DEPENDENCIES"], read["FLUXVISION_PATCH_DEPENDENCIES"]) == ("jsmn", "mbedtls")
    hashes = dict(line.split()[:0:-1] for line in (PACKAGE / "fluxvision.hash").read_text().splitlines()
                  if not line.startswith("#"))
    with tarfile.open(recipes.tarball()) as tar:
        said = {name: hashlib.sha256(tar.extractfile(f"fluxvision-{recipes.version()}/{name}").read()).hexdigest()
                for name in read["FLUXVISION_LICENSE_FILES"].split()}
    said[recipes.tarball().name] = hashlib.sha256(recipes.tarball().read_bytes()).hexdigest()
    assert hashes == said


def test_an_address_of_releases_replaces_the_copy(tmp_path):
    run("boards/recipes/fill.sh", tmp_path / "out", recipes.tarball(), recipes.version(), RELEASES="https://x.example/r",
        HOMEPAGE="https://x.example/", MAINTAINER="A B <a@b.example>")
    assert variables("FLUXVISION_SITE", tree=tmp_path / "out/buildroot")["FLUXVISION_SITE"] == "https://x.example/r"
    assert not list((tmp_path / "out").rglob("*.tar.gz"))
    assert "\n\t  https://x.example/\n" in (tmp_path / "out/buildroot/package/fluxvision/Config.in").read_text()
    left = run("grep", "-rnE", "@[a-z0-9]+( [^@ ]+)?@", tmp_path / "out", status=None)
    assert left == ""


def test_the_recipes_are_the_same_twice(tmp_path):
    for name in ("one", "two"):
        run("boards/recipes/fill.sh", tmp_path / name, recipes.tarball(), recipes.version(), RELEASES="",
            HOMEPAGE="https://x.example/", MAINTAINER="A B <a@b.example>")
    run("diff", "-r", tmp_path / "one", tmp_path / "two")
    for name in ("buildroot", "yocto", "alpine"):
        tell(name, "same twice", "the recipe, made twice")


def test_a_word_that_nothing_is_known_of_ends_it(tmp_path):
    checkout = tmp_path / "checkout"
    for name in ("recipes", "buildroot", "yocto", "alpine", "licences"):
        shutil.copytree(ROOT / "boards" / name, checkout / "boards" / name)
    for name in ("boards/sources.lock", "boards/sources.upstream", "LICENSE"):
        shutil.copy(ROOT / name, checkout / name)
    for word, message in (("@sha256 nowhere@", "no 'nowhere' in boards/sources.lock"), ("@wrong@", "unknown word @wrong"),
                          ("@md5 no/file.txt@", "there is no no/file.txt")):
        (checkout / "boards/buildroot/Config.in").write_text(f"# {word}\n")
        said = run(checkout / "boards/recipes/fill.sh", tmp_path / "out", recipes.tarball(), recipes.version(), status=1,
                   HOMEPAGE="x", MAINTAINER="y", FV_CACHE=str(recipes.CACHE), RELEASES="")
        assert message in said, said


def test_the_rules_of_check_package():
    mk = (PACKAGE / "fluxvision.mk").read_text()
    head = mk.splitlines()[:6]
    assert head == ["#" * 80, "#", "# fluxvision", "#", "#" * 80, ""]
    for path in (TREE / "external.mk", PACKAGE / "fluxvision.mk", PACKAGE / "Config.in", PACKAGE / "fluxvision.hash",
                 PACKAGE / "S95fluxvision"):
        text = path.read_text()
        assert text.endswith("\n") and not text.endswith("\n\n") and "\n\n\n" not in text, path
        assert not re.search(r"[ \t]$", text, re.M) and text.isascii(), path
    assert not re.search(r"^[^#].*[^$]\$\{\w+\}", mk, re.M), "use $() to delimit variables"
    assert not re.search(r"(  |\t ?)\\$", mk, re.M), "one space before a backslash"
    assert all(name.startswith("FLUXVISION_") for name in re.findall(r"^(?:define )?([A-Z0-9_]+_[A-Z0-9_]+)", mk, re.M))
    inside = re.findall(r"^define .*?\n(.*?)^endef", mk, re.M | re.S)
    assert inside and all(line.startswith("\t") for block in inside for line in block.splitlines())
    for line in (PACKAGE / "fluxvision.hash").read_text().splitlines()[1:]:
        assert re.fullmatch(r"sha256  [0-9a-f]{64}  \S+", line), line
    for line in (PACKAGE / "Config.in").read_text().partition("\thelp\n")[2].partition("\ncomment")[0].splitlines():
        assert re.fullmatch(r"\t  \S.{,61}|", line) or "://" in line, line
    init = (PACKAGE / "S95fluxvision").read_text()
    assert 'DAEMON="fluxvision"\nPIDFILE="/var/run/$DAEMON.pid"\n' in init
    assert not re.search(r"^\t* ", init, re.M), "tabs"
    assert not os.access(PACKAGE / "S95fluxvision", os.X_OK), "the .mk file gives it its mode"
    tell("buildroot", "linted", "the rules of check-package that concern these files")
    tell("buildroot", "not here", "Buildroot itself: not in Debian's archive; its package infrastructure is replayed")


@pytest.mark.long
def test_shellcheck_has_nothing_to_say():
    run("shellcheck", PACKAGE / "S95fluxvision")
    tell("buildroot", "linted", "S95fluxvision by shellcheck")


@pytest.mark.long
def test_the_options_as_kconfig_reads_them(tmp_path, monkeypatch):
    """The tree's Config.in below a menu that has the options of Buildroot that it names."""
    import kconfiglib  # pylint: disable=import-outside-toplevel
    (tmp_path / "Config.in").write_text(
        "config BR2_USE_MMU\n\tbool \"x\"\n\tdefault y\n" +
        "".join(f"config BR2_{n}\n\tbool \"x\"\n" for n in ("STATIC_LIBS", "PACKAGE_JSMN", "PACKAGE_MBEDTLS",
                                                             "PACKAGE_CA_CERTIFICATES")) +
        f"source \"{TREE}/Config.in\"\n")
    monkeypatch.setenv("BR2_EXTERNAL_FLUXVISION_PATH", str(TREE))
    read = kconfiglib.Kconfig(str(tmp_path / "Config.in"), warn_to_stderr=False)
    assert not read.warnings, read.warnings
    value = lambda name: read.syms[f"BR2_{name}"].str_value  # noqa: E731
    read.syms["BR2_PACKAGE_FLUXVISION"].set_value("y")
    assert [value(n) for n in ("PACKAGE_FLUXVISION", "PACKAGE_JSMN", "PACKAGE_MBEDTLS", "PACKAGE_CA_CERTIFICATES")] == \
        ["y"] * 4
    # What a package depends on, Buildroot wants to be selected.
    names = variables("FLUXVISION_DEPENDENCIES", "FLUXVISION_PATCH_DEPENDENCIES")
    assert all(value(f"PACKAGE_{n.upper()}") == "y" for v in names.values() for n in v.split())
    read.syms["BR2_STATIC_LIBS"].set_value("y")
    assert value("PACKAGE_FLUXVISION") == "n"
    comment = next(n for n in read.node_iter() if n.item == kconfiglib.COMMENT)
    assert kconfiglib.expr_value(comment.dep) == 2 and "dynamic library" in comment.prompt[0]
    tell("buildroot", "linted", "Config.in by Kconfig (kconfiglib): its selections, and static libraries refused")


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """The commands of the recipe, run: (BASE, the log of the compilation, a function that does a further step)."""
    base = tmp_path_factory.mktemp("buildroot")
    tree = recipes.copied("buildroot", base / "tree")
    recipes.cross_tools(base / "host/bin", PREFIX)
    staging = recipes.sysroot(base / f"host/{PREFIX}/sysroot")
    shutil.copy(recipes.LIBRARIES["jsmn"] / "jsmn.h", staging / "usr/include")
    mbedtls = base / f"build/mbedtls-{recipes.locked('mbedtls')[0]}"
    shutil.copytree(recipes.LIBRARIES["mbedtls"], mbedtls)
    run("tar", "-C", base / "build", "-xf", tree / recipes.tarball().name)

    def step(goal, init="sysv"):
        return recipes.offline("make", "-j2", "-f", ROOT / "tests/packages/buildroot.mk", f"BASE={base}", goal,
                               f"BR2_EXTERNAL_FLUXVISION_PATH={tree}", f"TREE_mbedtls={mbedtls}", f"INIT={init}",
                               cwd=base)
    return base, step("built"), step


@pytest.mark.long
def test_built_offline_with_the_compiler_of_buildroot(built):
    base, log, _ = built
    recipes.compiled_with(log, f"{base}/host/bin/{PREFIX}-gcc", f"--sysroot={base}", "-D_FORTIFY_SOURCE=2")
    assert "deps:" not in log and "fetch" not in log
    tell("buildroot", "built", "fluxvision for aarch64: the recipe's commands, compiler under Buildroot's name, its flags, "
         "a sysroot, no network")


@pytest.mark.long
def test_installed_stripped_and_run(built):
    base, _, step = built
    target = base / "target"
    step("installed")
    step("staged")
    staging = base / f"host/{PREFIX}/sysroot/usr"
    assert (staging / "lib/libfluxvision.a").exists() and (staging / "include/fluxvision/fluxvision.h").exists()
    assert not (staging / "bin").exists()
    for path in REMOVED:
        shutil.rmtree(target / path)
    (target / "usr/lib/libfluxvision.a").unlink()
    program = target / "usr/bin/fluxvision"
    run(base / f"host/bin/{PREFIX}-strip", "--remove-section=.comment", "--remove-section=.note", program)
    links = {f"usr/bin/{name}" for name in os.listdir(target / "usr/bin")}
    assert recipes.files_below(target) == links and len(links) == 7
    facts = recipes.elf(program)
    assert facts["machine"] == "AArch64" and facts["needed"] <= {"libc.so.6", "ld-linux-aarch64.so.1"}, facts
    recipes.hardened(facts)
    assert recipes.paths_inside(program, base, ROOT) == []
    # The licences that the package names are those of the parts that make has linked.
    notices = (base / f"build/fluxvision-{recipes.version()}/build/NOTICES").read_text()
    parts = re.findall(r"^==== (.*?)(?:, version.*)? \((.*)\)$", notices, re.M)
    assert parts == [("fluxvision", "MIT"), ("jsmn", "MIT"), ("Mbed TLS", "Apache-2.0")]
    assert variables("FLUXVISION_LICENSE")["FLUXVISION_LICENSE"] == "MIT, Apache-2.0 (Mbed TLS)"
    said = run("qemu-aarch64-static", "-L", f"/usr/{recipes.MACHINE}", program, "--version")
    assert said.startswith(f"fluxvision {recipes.version()}") and "Mbed TLS" in said and "OpenSSL" not in said
    tell("buildroot", "installed", f"a target folder: the program ({program.stat().st_size // 1000} KB, stripped) and "
         "its links; library and headers in staging")
    tell("buildroot", "run", "the program in qemu-user: --version")


@pytest.mark.long
def test_both_kinds_of_init(built):
    base, _, step = built
    step("initialised")
    script = base / "target/etc/init.d/S95fluxvision"
    assert script.stat().st_mode & 0o777 == 0o755
    (base / "build" / f"fluxvision-{recipes.version()}" / ".initialised").unlink(missing_ok=True)
    step("initialised", "systemd")
    units = {p.name for p in (base / "target/usr/lib/systemd/system").iterdir()}
    assert {"fluxvision@.service", "fluxvision@.timer"} <= units
    assert "fluxvision -1 fluxvision" in variables("FLUXVISION_USERS")["FLUXVISION_USERS"]
    assert variables("FLUXVISION_USERS", INIT="systemd").get("FLUXVISION_USERS", "") == ""
    tell("buildroot", "installed", "S95fluxvision with BusyBox's init, boards/systemd's units with systemd")


@pytest.mark.long
def test_the_init_script_run_by_busybox(tmp_path):
    with recipes.service(tmp_path / "root") as (site, root):
        (root / "sbin/start-stop-daemon").symlink_to("../bin/busybox")
        (root / "etc/init.d").mkdir()
        shutil.copy(PACKAGE / "S95fluxvision", root / "etc/init.d/S95fluxvision")
        (root / "etc/init.d/S95fluxvision").chmod(0o755)
        text = recipes.in_root(root, """
            init=/etc/init.d/S95fluxvision
            $init start
            not pidof fluxvision
            mkdir /etc/default
            echo 'FLUXVISION_ARGS="--every 6h HAUC /var/lib/fluxvision"' >/etc/default/fluxvision
            $init start
            fetched /var/lib/fluxvision
            pid=$(cat /var/run/fluxvision.pid)
            grep '^Uid:' /proc/$pid/status
            not grep -q FLUXVISION_ /proc/$pid/environ
            tr '\\0' ' ' </proc/$pid/cmdline; echo
            not $init start
            $init restart
            [ "$(cat /var/run/fluxvision.pid)" != "$pid" ]
            $init reload
            $init stop
            not pidof fluxvision
            [ ! -e /var/run/fluxvision.pid ]
            not $init stop
            not $init status
            fluxvision verify /var/lib/fluxvision >/dev/null
            """)
    said = [line for line in text.splitlines() if line]
    assert said[0].startswith("Starting fluxvision: SKIPPED") and said[1] == "Starting fluxvision: OK", text
    assert said[2].split() == ["Uid:"] + ["990"] * 4, text
    assert said[3].strip() == "/usr/bin/fluxvision sync --every 6h HAUC /var/lib/fluxvision", text
    assert text.count("Stopping fluxvision: stopped") == 3 and "Usage: " in said[-1], text
    tell("buildroot", "run", "S95fluxvision by busybox's sh and start-stop-daemon: start, restart, reload, stop; a whole "
         "sync from a portal, as a user of its own")
