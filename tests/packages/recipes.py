# SPDX-License-Identifier: MIT
"""What the tests of Buildroot's, Yocto's and Alpine's recipes have in common."""

import contextlib
import os
import pathlib
import re
import shutil
import subprocess

from conftest import ROOT, run
import make_tree
import portal as portals
from server import PASSWORD, USER

RECIPES = ROOT / "build/recipes"
CACHE = pathlib.Path(os.environ.get("FV_CACHE") or ROOT / "build/cache").absolute()
MACHINE = "aarch64-linux-gnu"
TOOLS = ("gcc", "gcc-ar", "gcc-nm", "gcc-ranlib", "ar", "as", "ld", "nm", "objcopy", "objdump", "ranlib", "readelf", "strip")
LIBRARIES = {"mbedtls": ROOT / "build/src/mbedtls", "jsmn": ROOT / "build/src/jsmn"}


def version():
    """Ours, from the Makefile."""
    return re.search(r"^VERSION := (\S+)$", (ROOT / "Makefile").read_text(), re.M)[1]


def locked(name):
    """Version and SHA-256 of a library's tarball in the lock."""
    found = re.search(rf"^([0-9a-f]{{64}})  \S+/{name}_(\S+)\.orig\.tar\.\S+$",
                      (ROOT / "boards/sources.lock").read_text(), re.M)
    return found[2], found[1]


def tarball():
    """What `make dist` wrote."""
    return ROOT / f"build/fluxvision-{version()}.tar.gz"


def files_below(folder):
    """Relative paths of what is no directory."""
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_symlink() or not p.is_dir()}


def copied(name, out):
    """The recipes of a build system, where no path leads into this checkout."""
    shutil.copytree(RECIPES / name, out, symlinks=True)
    return out


def cross_tools(folder, prefix):
    """A folder for PATH with Debian's cross tools under the names of another system."""
    folder.mkdir(parents=True)
    for tool in TOOLS:
        (folder / f"{prefix}-{tool}").symlink_to(f"/usr/bin/{MACHINE}-{tool}")
    return folder


def sysroot(folder):
    """A sysroot with Debian's C library for the other machine, and nothing else."""
    (folder / "usr").mkdir(parents=True)
    for name in ("include", "lib"):
        shutil.copytree(f"/usr/{MACHINE}/{name}", folder / "usr" / name, symlinks=True)
    (folder / "lib").symlink_to("usr/lib")
    # The linker script libc.so names its parts by their path in Debian.
    (folder / f"usr/{MACHINE}").symlink_to(".")
    return folder


def offline(*command, cwd=ROOT, **env):
    """Run a command in a network of its own that has not even a loopback. Returns what it printed."""
    done = run("unshare", "-n", "sh", "-c", '"$@" 2>&1; echo "status $?"', "sh", *command, cwd=cwd, timeout=900, **env)
    text, _, status = done.rstrip().rpartition("\nstatus ")
    assert status == "0", f"{' '.join(map(str, command))}\n{text[-3000:]}"
    return text


def compiled_with(log, *words):
    """Each command that compiles has these words; there are those of the whole program."""
    lines = compilations(log)
    assert len(lines) > 100
    for line in lines:
        for word in words:
            assert word in line, (word, line)
    return lines


def compilations(log):
    """The commands of a log with V=1 that compile a file or link a program."""
    lines = log.replace("\\\n", " ").splitlines()
    return [line for line in lines if re.search(r" -c \S+ -o | -o \S*fluxvision$", line)]


def elf(program):
    """Facts of an ELF file: machine, type, interpreter, the libraries needed, the names of functions."""
    text = run("readelf", "-hldW", "--dyn-syms", program)
    return {
        "machine": re.search(r"Machine:\s+(.*)", text)[1],
        "pie": bool(re.search(r"Type:\s+DYN", text)),
        "interpreter": (re.search(r"interpreter: (.*)\]", text) or [None, None])[1],
        "needed": set(re.findall(r"\(NEEDED\).*\[(.*)\]", text)),
        "now": "BIND_NOW" in text or "Flags: NOW" in text,
        "relro": "GNU_RELRO" in text,
        "functions": set(re.findall(r"(?:FUNC|NOTYPE).* (\w+)(?:@\S+)?", text)),
    }


def hardened(facts):
    """What a distribution's own flags give a program of this kind; glibc's name for the checked functions."""
    assert facts["pie"] and facts["now"] and facts["relro"], facts
    assert "__stack_chk_fail" in facts["functions"], facts
    assert any(name.endswith("_chk") for name in facts["functions"]), facts


def paths_inside(program, *folders):
    """Those of the folders whose name is in the file."""
    content = program.read_bytes()
    return [str(f) for f in folders if os.fsencode(str(f)) in content]


@contextlib.contextmanager
def service(root):
    """A portal, and service_root() with its settings: (site, root)."""
    certs = portals.Certs()
    tree = make_tree.build(portals.cache_dir() / "tree-small", small_count=20, big_bytes=300_000)
    with portals.Nginx(tree, certs=certs) as site:
        yield site, service_root(root, site, certs)


def service_root(root, site, certs):
    """A root folder with a user `fluxvision`, the program of this machine, busybox as its shell, and the settings of a
    portal."""
    for name in ("dev", "proc", "run", "tmp", "etc", "bin", "sbin", "usr/bin", "var/log", "var/lib/fluxvision"):
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / "var/run").symlink_to("../run")
    with_libraries(root, "/bin/busybox")
    for name in run("busybox", "--list").split():
        if name not in ("busybox", "start-stop-daemon") and not (root / "bin" / name).exists():
            (root / "bin" / name).symlink_to("busybox")
    shutil.copy2(ROOT / "build/fluxvision", root / "usr/bin/fluxvision")
    (root / "etc/passwd").write_text("root:x:0:0::/:/bin/sh\nfluxvision:x:990:990::/var/lib/fluxvision:/bin/false\n")
    (root / "etc/group").write_text("root:x:0:\nfluxvision:x:990:\n")
    (root / "etc/hosts").write_text("127.0.0.1 localhost portal.example\n")
    shutil.copy(certs.ca, root / "etc/ca.pem")
    (root / "etc/fluxvision.conf").write_text(f"endpoint = {site.url}\nuser = {USER}\ncacert = /etc/ca.pem\n"
                                              "password-file = /etc/fluxvision.password\n")
    (root / "etc/fluxvision.password").write_text(PASSWORD + "\n")
    for name in ("etc/fluxvision.password", "var/lib/fluxvision"):
        os.chmod(root / name, 0o400 if "password" in name else 0o750)
        os.chown(root / name, 990, 990)
    return root


# What a script may call: the opposite; within 15 s the end of a first run, or of the last process.
WAITING = """
unset SCRIPT
not() { if "$@"; then return 1; fi; }
fetched() { for i in $(seq 150); do [ -z "$(find "$1" -name last.json)" ] || return 0; sleep 0.1; done; return 1; }
gone() { for i in $(seq 150); do pidof fluxvision >/dev/null || return 0; sleep 0.1; done; return 1; }
"""


def in_root(root, script):
    """Run a script in a root folder, with processes and mounts of its own. All that it started ends with it. Returns
    what it printed."""
    inside = 'mount -t proc proc proc; mount --bind /dev dev; exec chroot . /bin/sh -euc "$SCRIPT"'
    done = subprocess.run(["unshare", "-mpf", "--kill-child", "sh", "-euc", inside], cwd=root, timeout=120, check=False,
                          env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "SCRIPT": WAITING + script},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    text = done.stdout.decode("utf-8", "replace")
    assert done.returncode == 0, f"{done.returncode}\n{text}"
    return text


def with_libraries(root, *programs):
    """Copy programs of this machine into root, with the libraries that they need."""
    for program in programs:
        wanted = {program, *re.findall(r"(/\S+) \(0x", run("ldd", program, status=None))}
        for one in wanted:
            goal = root / one.lstrip("/")
            goal.parent.mkdir(parents=True, exist_ok=True)
            if not goal.exists():
                shutil.copy2(pathlib.Path(one).resolve(), goal)
