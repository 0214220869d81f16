# SPDX-License-Identifier: MIT
"""boards/yocto: the recipe read by a reader of ours, its tasks run as BitBake runs them, with a cross compiler under the
name that OE-core gives it."""

import fnmatch
import hashlib
import re
import shutil
import tarfile

import pytest

import bitbake
import recipes
from conftest import ROOT, run, tell

LAYER = recipes.RECIPES / "yocto"
PLACE = LAYER / "recipes-connectivity/fluxvision"
PREFIX = "aarch64-poky-linux"


def the_recipe(**given):
    """The recipe as it was made."""
    return bitbake.Recipe(PLACE / f"fluxvision_{recipes.version()}.bb", **given)


def test_the_recipe_says_what_the_lock_and_the_makefile_say():
    recipe = the_recipe()
    sources = recipe.get("SRC_URI").split()
    assert sources[0] == f"file://fluxvision-{recipes.version()}.tar.gz;name=fluxvision"
    assert (PLACE / "files" / recipes.tarball().name).read_bytes() == recipes.tarball().read_bytes()
    jsmn, hashed = recipes.locked("jsmn")
    assert sources[1].endswith(f"/v{jsmn}.tar.gz;name=jsmn;downloadfilename=jsmn-{jsmn}.tar.gz;"
                               f"subdir=fluxvision-{recipes.version()}")
    assert recipe.get("SRC_URI[jsmn.sha256sum]") == hashed
    assert recipe.get("SRC_URI[fluxvision.sha256sum]") == hashlib.sha256(recipes.tarball().read_bytes()).hexdigest()
    with tarfile.open(recipes.tarball()) as tar:
        for one in recipe.get("LIC_FILES_CHKSUM").split():
            name, md5 = re.fullmatch(r"file://(\S+);md5=([0-9a-f]{32})", one).groups()
            content = tar.extractfile(f"fluxvision-{recipes.version()}/{name}").read()
            assert hashlib.md5(content).hexdigest() == md5, name
    assert recipe.get("LICENSE") == "MIT & Apache-2.0"


def test_the_style_of_recipes():
    text = next(PLACE.glob("*.bb")).read_text()
    assert text.isascii() and not re.search(r"[ \t]$|\t", text, re.M)
    assert not re.search(r'^[\w:${}\[\].-]+(=|\s*=[^ ]|[^ +?:]=)', text, re.M), "a space on both sides of ="
    order = [re.search(rf"^{name}\b", text, re.M).start() for name in (
        "SUMMARY", "DESCRIPTION", "HOMEPAGE", "SECTION", "LICENSE", "LIC_FILES_CHKSUM", "DEPENDS", "SRC_URI", "inherit",
        "EXTRA_OEMAKE", "do_compile", "do_install", "FILES", "RRECOMMENDS")]
    assert order == sorted(order)
    recipe = the_recipe()
    assert len(recipe.get("SUMMARY")) <= 72 and recipe.get("HOMEPAGE").startswith("https://")
    conf = (LAYER / "conf/layer.conf").read_text()
    for name in ("COLLECTIONS", "PATTERN_fluxvision", "PRIORITY_fluxvision"):
        assert f"\nBBFILE_{name} " in conf
    for name in ("VERSION", "DEPENDS", "SERIES_COMPAT"):
        assert f"LAYER{name}_fluxvision = " in conf
    assert "networking-layer" in conf and recipe.get("DEPENDS") == "mbedtls", "meta-networking has mbedtls"
    assert (LAYER / "README.md").exists(), "a layer has a README"
    pattern = re.search(r'^BBFILES \+= "\$\{LAYERDIR\}/(.*)"', conf, re.M)[1]
    assert list(LAYER.glob(pattern)) == list(PLACE.glob("*.bb"))
    tell("yocto", "linted", "layer.conf, order and style of the recipe, by rules of ours")
    tell("yocto", "not here", "BitBake and OE-core: not in Debian's archive; a reader of ours runs the recipe's tasks")


def sysroots(recipe, work):
    """recipe-sysroot: a C library, and mbedTLS's sources as meta-networking's recipe stages them."""
    sysroot = recipes.sysroot(work / "recipe-sysroot")
    for name in ("library", "include"):
        shutil.copytree(recipes.LIBRARIES["mbedtls"] / name, sysroot / "usr/share/mbedtls-source" / name)


def environment(work):
    """What OE-core exports to tasks."""
    bin_folder = recipes.cross_tools(work / "recipe-sysroot-native/usr/bin", PREFIX)
    flags = "-fstack-protector-strong -O2 -D_FORTIFY_SOURCE=2 -Wformat -Wformat-security -Werror=format-security"
    maps = "".join(f" -f{kind}-prefix-map={work}/{part}={to}" for kind in ("file", "debug", "macro")
                   for part, to in (("sources", "/usr/src/debug/fluxvision"), ("recipe-sysroot", "")))
    return {
        "PATH": f"{bin_folder}:/usr/sbin:/usr/bin:/sbin:/bin", "V": "1",
        "CC": f"{PREFIX}-gcc -mbranch-protection=standard {flags} --sysroot={work}/recipe-sysroot",
        "AR": f"{PREFIX}-gcc-ar", "STRIP": f"{PREFIX}-strip", "OBJCOPY": f"{PREFIX}-objcopy", "NM": f"{PREFIX}-gcc-nm",
        "LD": f"{PREFIX}-ld --sysroot={work}/recipe-sysroot", "RANLIB": f"{PREFIX}-gcc-ranlib",
        "CPPFLAGS": "", "CFLAGS": f"-O2 -g{maps} -pipe", "SOURCE_DATE_EPOCH": "1700000000",
        "LDFLAGS": f"-Wl,-O1 -Wl,--hash-style=gnu -Wl,--as-needed{maps} -Wl,-z,relro,-z,now",
    }


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """do_compile and do_install: (work folder, recipe, log)."""
    work = tmp_path_factory.mktemp("yocto")
    recipe = the_recipe(WORKDIR=str(work))
    sysroots(recipe, work)
    sources = work / "sources"
    sources.mkdir()
    run("tar", "-C", sources, "-xf", PLACE / "files" / recipes.tarball().name)
    jsmn = sources / f"fluxvision-{recipes.version()}/jsmn-{recipes.locked('jsmn')[0]}"
    shutil.copytree(recipes.LIBRARIES["jsmn"], jsmn)
    log = recipes.offline("env", "-i", *(f"{k}={v}" for k, v in environment(work).items()), "busybox", "sh", "-c",
                          recipe.script("do_compile", "do_install"))
    return work, recipe, log


@pytest.mark.long
def test_compiled_offline_as_bitbake_does(built):
    work, _, log = built
    for line in recipes.compiled_with(log, f"{PREFIX}-gcc ", f"--sysroot={work}/recipe-sysroot", "-D_FORTIFY_SOURCE=2"):
        assert line.count("_FORTIFY_SOURCE") == 1, line
    tell("yocto", "built", "fluxvision for aarch64: do_compile and do_install, compiler under OE-core's name, its flags and "
         "sysroot, mbedTLS's sources from the sysroot, no network")


@pytest.mark.long
def test_each_file_is_in_a_package_and_each_unit_is_there(built):
    work, recipe, _ = built
    image = work / "image"
    installed = {"/" + name for name in recipes.files_below(image)}
    packages = {name.partition(":")[2]: recipe.get(name).split() for name in recipe.variables
                if name.startswith("FILES:")}
    found = {}
    for package in ("-staticdev", "-dev", "-doc", "-bash-completion", ""):
        patterns = packages[f"fluxvision{package}"]
        found[package] = {f for f in installed for p in patterns if fnmatch.fnmatch(f, p) or f.startswith(p + "/")}
        installed -= found[package]
    units = {f"/usr/lib/systemd/system/{name}" for name in recipe.get("SYSTEMD_SERVICE:fluxvision").split()}
    assert "systemd" in recipe.inherits and "bash-completion" in recipe.inherits
    assert units <= installed, "the class `systemd` fails for a unit that is not there"
    assert installed == units, "installed, and in no package"
    assert found["-staticdev"] == {"/usr/lib/libfluxvision.a"} and "/usr/bin/fluxvision" in found[""]
    assert "/usr/share/doc/fluxvision/NOTICES" in found["-doc"] and found["-dev"] and found["-bash-completion"]
    tell("yocto", "installed", "do_install: each file is in a package, each unit of SYSTEMD_SERVICE is there")


@pytest.mark.long
def test_the_program_is_hardened_has_no_path_of_the_build_and_runs(built):
    work, _, _ = built
    program = work / "image/usr/bin/fluxvision"
    facts = recipes.elf(program)
    assert facts["machine"] == "AArch64" and facts["needed"] <= {"libc.so.6", "ld-linux-aarch64.so.1"}, facts
    recipes.hardened(facts)
    for one in (program, work / "image/usr/lib/libfluxvision.a"):
        assert recipes.paths_inside(one, work, ROOT) == [], "buildpaths of package_qa"
    run(f"/usr/bin/{recipes.MACHINE}-strip", program)
    said = run("qemu-aarch64-static", "-L", f"/usr/{recipes.MACHINE}", program, "--version")
    assert said.startswith(f"fluxvision {recipes.version()}")
    tell("yocto", "run", f"the program ({program.stat().st_size // 1000} KB, stripped) in qemu-user: --version")
