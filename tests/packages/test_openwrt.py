# SPDX-License-Identifier: MIT
"""boards/openwrt: the packages, OpenWrt's recipe, and the service with UCI's settings."""

import hashlib
import os
import re
import shutil

import openwrt_uci
import pytest
from conftest import ROOT, run, tell
from openwrt_router import READERS, Router

import make_tree
from harness import OWN as OWN_FOLDER
from harness import assert_tree, files_below
from nginx import Nginx
from server import USER

HERE = ROOT / "boards/openwrt"
RECIPE = (HERE / "Makefile").read_text()
BOARDS = sorted(path.parent.name for path in ROOT.glob("boards/linux-*/board.mk"))
OWN = f"linux-{os.uname().machine}"
ARCHITECTURE = re.search(rf"^OPENWRT_{OWN} := (\S+)", (HERE / "package.mk").read_text(), re.M)[1]
# In the configuration a value is in single quotes; this password has all that UCI, the shell and the settings file
# give a meaning to.
HARD = r"""a'b"c\d $(id) `x` #;% e"""


def recipe(name):
    """The value of a variable of the recipe."""
    return re.search(rf"^ *{name}:=(.*)$", RECIPE, re.M)[1]


def make(board, kind, folder, **env):
    """Make a package of a board into a folder; returns its path."""
    folder.mkdir(exist_ok=True)
    run("make", "-j2", kind, f"BOARD={board}", f"PACKAGE_DIR={folder}", **env)
    (path,) = folder.glob(f"*.{kind}")
    return path


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    """A portal with few files; the user's password is a hard one."""
    folder = tmp_path_factory.mktemp("portal")
    with Nginx(make_tree.build(folder / "tree", 12, 300_000), workdir=folder / "nginx", password=HARD) as server:
        yield server


@pytest.fixture(name="router")
def make_router(tmp_path):
    """Makes routers, and ends what runs on them."""
    made = []

    def new(qemu=None):
        made.append(Router(tmp_path / f"router{len(made)}", qemu))
        return made[-1]
    yield new
    for one in made:
        one.close()


def quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def job(router, portal, name="hauc", **options):
    """The text of a section; the portal's certificates are copied to the router."""
    shutil.copy(portal.ca, router.root / "etc/portal.pem")
    lines = {"enabled": "1", "endpoint": portal.url, "cacert": "/etc/portal.pem", "user": USER, "password": HARD,
             "scope": ["HAUC"], "directory": f"/mnt/sda1/{name}", "mount": "/mnt/sda1", **options}
    text = f"config job '{name}'\n"
    for key, value in lines.items():
        for one in value if isinstance(value, list) else [value]:
            text += f"\t{'list' if isinstance(value, list) else 'option'} {key} {quoted(one)}\n"
    return text + "\n"


def wait_for_files(router, portal, name="hauc"):
    """Until the job's first run has ended, and its directory has all files of the portal; their names, sizes, dates and
    hashes are compared."""
    folder = router.root / f"mnt/sda1/{name}"
    ended = folder / OWN_FOLDER / "last.json"
    router.wait(lambda: ended.exists() and len(files_below(folder)) == len(portal.expected), "all files")
    assert_tree(folder, portal.expected)


def test_both_packages_are_read_and_are_the_same_in_another_folder_umask_and_zone(tmp_path):
    for kind, read in READERS.items():
        first = make(OWN, kind, tmp_path / f"{kind}1")
        package = read(first)
        package.check()
        version = f"{recipe('PKG_VERSION')}-r{recipe('PKG_RELEASE')}"
        said = [package.fields.get(one) for one in (["Package", "Version", "Architecture", "Depends"] if kind == "ipk"
                                                    else ["pkgname", "pkgver", "arch", "depend"])]
        assert said == ["fluxvision", version, ARCHITECTURE, "ca-bundle"]
        assert package.data["usr/bin/fluxvision"] == (ROOT / f"build/{OWN}/fluxvision").read_bytes()
        assert package.data["usr/share/licenses/fluxvision/NOTICES"] == (ROOT / f"build/{OWN}/NOTICES").read_bytes()
        assert str(ROOT).encode() not in b"".join(package.data.values())
        other = tmp_path / f"{kind}2"
        run("sh", "-c", f"umask 077; exec make -j2 {kind} BOARD={OWN} PACKAGE_DIR={other}", TZ="Asia/Tokyo")
        assert next(other.glob(f"*.{kind}")).read_bytes() == first.read_bytes()
        tell("openwrt", "built", f"{first.name}: {first.stat().st_size} bytes, {len(package.data)} files")
    # Not by our reader: GNU tar, to which an apk is one tar.
    listed = run("tar", "-tzf", next((tmp_path / "apk1").iterdir()))
    assert "\netc/init.d/fluxvision\n" in listed and listed.startswith(".PKGINFO\n")
    tell("openwrt", "same twice", ".ipk and .apk, in another folder, umask and time zone")
    tell("openwrt", "not here", "opkg and apk: Debian has neither; a reader of ours follows their formats instead")


def test_a_package_is_of_a_machine_that_runs_its_program(tmp_path):
    for kind in READERS:
        said = run("make", kind, f"BOARD={OWN}", "ARCHITECTURE=m68k_any", f"PACKAGE_DIR={tmp_path}", status=2)
        assert f"{kind}: {OWN} is not for ARCHITECTURE=m68k_any" in said
    assert not list(tmp_path.iterdir())


def test_the_recipe_names_the_version_the_tarballs_and_the_files_that_the_makefile_names():
    assert recipe("PKG_VERSION") == re.search(r"^VERSION := (.*)$", (ROOT / "Makefile").read_text(), re.M)[1]
    lock = dict(re.findall(r"^(\w+)  pool/main/\w/(\w+)/\w+_", (ROOT / "boards/sources.lock").read_text(), re.M))
    versions = dict(re.findall(r"/(\w+)_([\d.]+)\.orig", (ROOT / "boards/sources.lock").read_text()))
    upstream = dict(re.findall(r"^(\w+) (https:\S+)$", (ROOT / "boards/sources.upstream").read_text(), re.M))
    blocks = re.findall(r"^define Download/fluxvision-(\w+)$(.*?)^endef\n\$\(eval \$\(call Download,fluxvision-\1\)\)$",
                        RECIPE, re.M | re.S)
    assert [name for name, _ in blocks] == ["mbedtls", "jsmn"]
    for name, block in blocks:
        upper = name.upper()
        assert recipe(f"{upper}_VERSION") == versions[name]
        values = dict(re.findall(r"^  (\w+):=(.*)$", block, re.M))
        assert {value: key for key, value in lock.items()}[name] == values["HASH"]
        url = f"{values['URL']}/{values.get('URL_FILE', recipe(f'{upper}_SOURCE'))}"
        for _ in range(2):
            for key in ("SOURCE", "VERSION"):
                url = url.replace(f"$({upper}_{key})", recipe(f"{upper}_{key}"))
        assert url == upstream[name].replace("VERSION", versions[name])
    for path in recipe("PKG_LICENSE_FILES").split():
        assert (ROOT / path).is_file()
    for line in re.findall(r"^.*\b(?:call|eval|define) .*$", RECIPE, re.M):
        assert "$(PKG_NAME)" not in line, "OpenWrt wants names as they are in these lines"
    assert "\n/etc/config/fluxvision\nendef" in RECIPE and "no-mips16" in recipe("PKG_BUILD_FLAGS")
    tell("openwrt", "linted", "recipe: names, versions, hashes and addresses are those of the Makefile and the lock")


def test_uci_is_read_as_its_parser_reads_it():
    text = r"""
package x
config job 'a' # comment
	option one 'single "quoted" \n'   # comment
	option two "double \"quoted\" \\ 'x'"
	option three un\ quoted#comment
	option four 'a'"b"c
	option five 'two
lines'
	list six 'i j'; list six "k"
	option seven ''
	o eight x
c job
	option one joined\
word
"""
    read = openwrt_uci.parse(text)
    assert read == {
        "a": ("job", {"one": 'single "quoted" \\n', "two": "double \"quoted\" \\ 'x'", "three": "un quoted",
                      "four": "abc", "five": "two\nlines", "six": ["i j", "k"], "eight": "x"}),
        "cfg02": ("job", {"one": "joinedword"})}
    assert openwrt_uci.parse(openwrt_uci.export("x", read)) == read
    for wrong in ("option a b", "config job 'a", "config job a-b", "config job a\nopton a b", "config job a b c"):
        with pytest.raises(openwrt_uci.Error):
            openwrt_uci.parse(wrong)


def test_the_configuration_of_the_package_starts_nothing(router, tmp_path):
    box = router()
    box.configure((HERE / "files/fluxvision.config").read_text())
    box.install(READERS["ipk"](make(OWN, "ipk", tmp_path / "p")), "ipk")
    assert box.instances == {} and ("add_reload_trigger", "fluxvision") in [(t[0], t[1]) for t in box.triggers]
    assert not list((box.root / "var/run/fluxvision").iterdir())


def test_a_job_syncs_is_changed_reloaded_kept_on_upgrade_and_stopped(router, portal, tmp_path):
    package = READERS["apk"](make(OWN, "apk", tmp_path / "p"))
    box = router()
    box.mount("/mnt/sda1")
    (box.root / "mnt/sda1").mkdir(parents=True)
    box.configure(job(box, portal) + job(box, portal, "off", enabled="0"))
    before = (box.root / "etc/config/fluxvision").read_bytes()
    box.install(package, "apk")
    assert (box.root / "etc/rc.d/S95fluxvision").is_symlink()
    assert list(box.instances) == ["hauc"]
    wait_for_files(box, portal)
    settings = box.root / "var/run/fluxvision/hauc.conf"
    assert settings.stat().st_mode & 0o777 == 0o600 and settings.parent.stat().st_mode & 0o777 == 0o700
    assert [path.name for path in settings.parent.iterdir()] == ["hauc.conf"]
    assert box.instances["hauc"]["command"] == ["/usr/bin/fluxvision", "sync", "--config",
                                                "/var/run/fluxvision/hauc.conf", "--", "HAUC", "/mnt/sda1/hauc"]
    assert "password = " in settings.read_text() and HARD not in str(box.instances["hauc"]["command"])
    first = box.processes["hauc"]
    # Nothing has changed: the process goes on.
    box.service("reload")
    assert box.processes["hauc"] is first and first.poll() is None
    # Another job comes: the first goes on. Then the first is changed: it alone is another process.
    box.configure(job(box, portal) + job(box, portal, "more", every="1h"))
    box.service("reload")
    assert box.processes["hauc"] is first and sorted(box.processes) == ["hauc", "more"]
    wait_for_files(box, portal, "more")
    more = box.processes["more"]
    box.configure(job(box, portal, latest="3") + job(box, portal, "more", every="1h"))
    box.service("reload")
    assert box.processes["hauc"] is not first and box.processes["more"] is more
    box.configure(before.decode())
    box.install(package, "apk", upgrade=True)
    assert (box.root / "etc/config/fluxvision").read_bytes() == before
    assert list(box.processes) == ["hauc"] and list(settings.parent.iterdir()) == [settings]
    # Another version of the program is started, with the configuration that was there.
    old = box.processes["hauc"]
    package.data["usr/bin/fluxvision"] += b"\n"
    box.install(package, "apk", upgrade=True)
    assert box.processes["hauc"] is not old and old.poll() is not None
    box.remove(package, "apk")
    assert not box.processes and not settings.parent.exists()
    assert not (box.root / "etc/rc.d/S95fluxvision").is_symlink()
    tell("openwrt", "installed", f"{OWN}: in a folder, with its scripts: enabled, started, upgraded, stopped, removed")
    tell("openwrt", "run", f"{OWN}: service from UCI with BusyBox's shell; two jobs, reload of one, {len(portal.expected)}"
         " files; rc.common, procd and uci are stand-ins of the tests")
    tell("openwrt", "not here", "procd, ubus and uci themselves: Debian has none of them")


def test_settings_that_uci_shell_and_settings_file_give_a_meaning_to_arrive_as_they_are(router, tmp_path):
    box = router()
    box.configure("config job 'a'\n\toption enabled 1\n\toption scope 'HAUC/HAUC-3'\n\toption directory '/a b'\n"
                  f"\toption password {quoted(HARD)}\n\toption limit_rate '500k'\n\tlist include '*.zip'\n"
                  "\tlist include 'x y'\n\toption exec 'one\n\ttwo'\n\toption password_file ''\n")
    box.install(READERS["ipk"](make(OWN, "ipk", tmp_path / "p")), "ipk")
    assert (box.root / "var/run/fluxvision/a.conf").read_text().splitlines() == [
        'password = "' + HARD.replace("\\", "\\\\").replace('"', '\\"') + '"', 'limit-rate = "500k"',
        'include = "*.zip"', 'include = "x y"', 'every = "6h"']
    assert box.instances["a"]["command"][-3:] == ["--", "HAUC/HAUC-3", "/a b"]
    assert "option exec is left out" in (box.root / "tmp/log").read_text()


def test_a_job_waits_for_its_mount_and_its_interface(router, tmp_path):
    box = router()
    section = ("config job 'a'\n\toption enabled 1\n\tlist scope X\n\toption directory /mnt/usb.1/a\n"
               "\toption mount /mnt/usb.1\n\toption interface lte\n")
    box.configure(section + section.replace("'a'", "b") + "config job c\n\toption enabled 1\n")
    box.mount("/mnt/usb-1")
    box.install(READERS["ipk"](make(OWN, "ipk", tmp_path / "p")), "ipk")
    assert box.instances == {}
    log = (box.root / "tmp/log").read_text()
    assert "nothing is mounted at /mnt/usb.1" in log and "job c does not run: it needs a scope" in log
    restart = ("add_interface_trigger", "interface.*.up", "{}", "/etc/init.d/fluxvision", "restart")
    assert box.triggers == [("add_reload_trigger", "fluxvision"), tuple(w.format("lte") for w in restart),
                            tuple(w.format("wan") for w in restart),
                            *(("add_raw_trigger", f"mount.{event}", "1000", "/etc/init.d/fluxvision", "reload")
                              for event in ("add", "remove"))]
    box.mount("/mnt/usb.1")
    box.service("reload")
    assert sorted(box.instances) == ["a", "b"]
    box.mount()
    box.service("reload")
    assert box.instances == {} and not box.processes


@pytest.mark.parametrize("mount, told", [("/mnt/usb/", "/mnt/usb"), ("/mnt/my disk", "/mnt/my\\040disk"),
                                         (r"/mnt/a\b", r"/mnt/a\134b"), ("/mnt/usb", None), ("/", "/")])
def test_a_mount_point_is_known_as_the_kernel_writes_it(mount, told, router, tmp_path):
    box = router()
    box.mount(*[told] if told else [])
    box.configure(f"config job 'a'\n\toption enabled 1\n\tlist scope X\n\toption directory /a\n\toption mount '{mount}'\n")
    box.install(READERS["ipk"](make(OWN, "ipk", tmp_path / "p")), "ipk")
    assert list(box.instances) == (["a"] if told else [])


def test_a_configuration_without_jobs_starts_nothing_and_stops_what_ran(router, tmp_path):
    box = router()
    box.configure("")
    box.install(READERS["ipk"](make(OWN, "ipk", tmp_path / "p")), "ipk")
    box.configure("config job 'a'\n\toption enabled 1\n\tlist scope X\n\toption directory /a\n")
    box.service("reload")
    assert list(box.instances) == ["a"]
    box.configure("config other 'b'\n")
    box.service("reload")
    assert box.instances == {} and not list((box.root / "var/run/fluxvision").iterdir())


def test_test_sh_of_openwrts_ci_takes_the_program_and_refuses_another_version(tmp_path):
    (tmp_path / "fluxvision").symlink_to(ROOT / f"build/{OWN}/fluxvision")
    path = f"{tmp_path}:{os.environ['PATH']}"
    said = run("sh", HERE / "test.sh", "fluxvision", recipe("PKG_VERSION"), PATH=path)
    assert f"fluxvision {recipe('PKG_VERSION')}" in said
    run("sh", HERE / "test.sh", "fluxvision", "9.9", PATH=path, status=1)
    tell("openwrt", "run", "test.sh of OpenWrt's CI, with the program of the package")


@pytest.mark.long
def test_scripts_are_clean():
    run("shellcheck", HERE / "files/fluxvision.init", HERE / "test.sh", HERE / "pack.sh")
    run("shellcheck", "-e", "SC1090,SC1091,SC2034,SC2154", *(ROOT / "tests/packages/openwrt").iterdir())
    tell("openwrt", "linted", "shellcheck: init script, test.sh, pack.sh: nothing")


@pytest.mark.long
@pytest.mark.parametrize("board", BOARDS)
def test_the_packages_of_each_board_install_and_sync(board, router, portal, tmp_path):
    missing = run(ROOT / "boards/deps.sh", "missing", board).split()
    if missing:
        tell("openwrt", "not here", f"{board}: its compiler is missing: {' '.join(missing)}")
        return
    qemu = re.search(r"^QEMU := (\S+)", (ROOT / f"boards/{board}/board.mk").read_text(), re.M)[1]
    for kind, read in READERS.items():
        path = make(board, kind, tmp_path / kind)
        package = read(path)
        package.check()
        box = router(None if board == OWN else qemu)
        box.mount("/mnt/sda1")
        box.configure(job(box, portal))
        box.install(package, kind)
        wait_for_files(box, portal)
        assert f"fluxvision {recipe('PKG_VERSION')}" in box.run(*box.program("--version"))
        box.remove(package, kind)
        assert hashlib.sha256(make(board, kind, tmp_path / f"{kind}2").read_bytes()).digest() == hashlib.sha256(
            path.read_bytes()).digest()
    tell("openwrt", "built", f"{board}: .ipk and .apk for {package.fields['arch']}, the same twice")
    tell("openwrt", "run", f"{board}: installed, started from UCI, {len(portal.expected)} files"
         + ("" if board == OWN else f", with {qemu}"))


def sources(folder):
    """The tarball of the checkout as it is, and those of the libraries under the names that the recipe asks for."""
    folder.mkdir()
    names = run("git", "ls-files", "-z").rstrip("\0").split("\0")
    version = recipe("PKG_VERSION")
    (folder / "list").write_text("\n".join(name for name in names if (ROOT / name).exists()))
    run("tar", "-czf", folder / f"fluxvision-{version}.tar.gz", f"--transform=s|^|fluxvision-{version}/|", "-C", ROOT,
        "-T", folder / "list")
    for name, end in (("mbedtls", "bz2"), ("jsmn", "gz")):
        release = recipe(f"{name.upper()}_VERSION")
        shutil.copy(ROOT / f"build/cache/{name}_{release}.orig.tar.{end}", folder / f"{name}-{release}.tar.{end}")
    return folder


@pytest.mark.long
@pytest.mark.parametrize("compiler, arch, qemu", [
    ("musl-gcc", os.uname().machine, []),
    ("mipsel-linux-gnu-gcc -march=mips32r2", "mipsel", ["qemu-mipsel-static", "-L", "/usr/mipsel-linux-gnu"])])
def test_the_recipe_builds_with_the_network_cut_and_leaves_no_folder_in_the_program(compiler, arch, qemu, tmp_path):
    """As OpenWrt does: flags in the environment, and a folder of headers in which there is another mbedTLS."""
    staging, build = tmp_path / "staging_dir/usr/include", tmp_path / "build_dir/fluxvision"
    (staging / "mbedtls").mkdir(parents=True)
    (staging / "mbedtls/ssl.h").write_text("#error OpenWrt's own mbedTLS\n")
    if "musl" in compiler:  # whose package has no headers of the kernel
        for name, at in (("linux", ""), ("asm-generic", ""), ("asm", f"/{os.uname().machine}-linux-gnu")):
            (staging / name).symlink_to(f"/usr/include{at}/{name}")
    run("unshare", "-rn", "make", "-j2", "-C", HERE, f"TOPDIR={HERE / 'sdk'}", "compile", f"PKG_BUILD_DIR={build}",
        f"DL_DIR={sources(tmp_path / 'dl')}", f"TARGET_CC={compiler}", "TARGET_AR=ar", "TARGET_CROSS=", f"ARCH={arch}",
        "TARGET_CFLAGS=-Os -pipe -g3 -fstack-protector -Wformat -Werror=format-security",
        f"TARGET_CPPFLAGS=-I{staging}", f"TARGET_LDFLAGS=-L{staging.parent / 'lib'} -znow -zrelro")
    program = build / "build/fluxvision"
    assert str(tmp_path).encode() not in program.read_bytes(), "OpenWrt's CI looks for its folders in programs"
    assert f"fluxvision {recipe('PKG_VERSION')}\nwith jsmn" in run(*qemu, program, "--version")
    (tmp_path / "root").mkdir()
    (tmp_path / "control").mkdir()
    run("make", "-s", "-C", HERE, f"TOPDIR={HERE / 'sdk'}", "stage", f"PKG_BUILD_DIR={build}", "PKGARCH=x",
        f"ROOT={tmp_path / 'root'}", f"CONTROL={tmp_path / 'control'}")
    assert {str(path.relative_to(tmp_path / "root")) for path in (tmp_path / "root").rglob("*") if path.is_file()} == {
        "usr/bin/fluxvision", "etc/config/fluxvision", "etc/init.d/fluxvision"}
    tell("openwrt", "built", f"recipe, with {compiler.split()[0]}, network cut, a stand-in for the build system")
    tell("openwrt", "not here", "the recipe in OpenWrt's own build system and SDK: they need the internet")


@pytest.mark.long
def test_make_openwrt_writes_what_a_release_knows(tmp_path):
    who = "Jo O'Doe | A, B & Sons <jo@doe.example>"   # what the shell and sed give a meaning to
    said = run("make", "openwrt", "RELEASES=https://releases.example/fluxvision", f"MAINTAINER={who}")
    folder = ROOT / said.strip().rpartition("openwrt: ")[2]
    tarball = ROOT / f"build/fluxvision-{recipe('PKG_VERSION')}.tar.gz"
    written = (folder / "Makefile").read_text()
    for line in ("PKG_SOURCE_URL:=https://releases.example/fluxvision", f"PKG_MAINTAINER:={who}",
                 f"PKG_HASH:={hashlib.sha256(tarball.read_bytes()).hexdigest()}"):
        assert f"\n{line}\n" in written
    assert "make openwrt" not in written
    assert sorted(path.name for path in folder.iterdir()) == ["Makefile", "files", "test.sh"]
    for given in ((), ("RELEASES=https://releases.example",), ("MAINTAINER=Jo Doe <jo@doe.example>",)):
        assert "RELEASES= and MAINTAINER= are needed" in run("make", "openwrt", *given, status=2)
    shutil.rmtree(folder.parent)
