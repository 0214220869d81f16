# SPDX-License-Identifier: MIT
"""What a linker has taken into a binary, by the map that it wrote, and whose part each of these files is."""

import pathlib
import re
import subprocess

# What link-time optimisation writes and removes again. The objects that it has read are named beside it.
PASSING = re.compile(r"\.ltrans\d*\.ltrans\.o$|\.debug\.temp\.o$|\.lto\.o$|^linker stubs$")

# Files of the system or of the compiler, by their name. "libc" is whichever C library this is.
SYSTEM = (
    ("libgcc", r"libgcc\w*\.a|libgcc_s\.so[.\d]*|crt(begin|end)[ST]?\.o"),
    ("libc", r"lib[cgm](_nano|_nonshared)?\.a|lib[cm]\.so[.\d]*|lib(resolv|pthread|dl|rt)\.(a|so[.\d]*)"
             r"|ld-[\w-]+\.so[.\d]*|[rSg]?crt[1in]\.o"),
    ("mbedtls", r"libmbed(tls|x509|crypto)\.(a|so[.\d]*)"),
)


def of_map(binary):
    """The objects and members of archives, as the linker names them: PATH.o, PATH.a(MEMBER), PATH.so."""
    base = binary.parent / binary.stem
    found, text = set(), base.with_suffix(".map").read_text(encoding="utf-8", errors="replace")
    trace = base.with_suffix(".trace")
    if trace.exists():
        found.update(trace.read_text(encoding="utf-8").split("\n"))
    else:
        members = text.split("\nDiscarded input sections")[0]
        found.update(re.findall(r"^(\S+\.a\([^()\n]+\))(?=\s)", members, flags=re.M))
        # A whole archive is loaded to be searched; an object and a shared library are taken.
        found.update(one for one in re.findall(r"^LOAD (.+)$", text, flags=re.M) if not one.endswith(".a"))
    needed = needs(binary)
    return sorted(one for one in found if one and not PASSING.search(one) and is_needed(one, needed))


def needs(binary):
    """The shared libraries that a binary asks for when it is started."""
    said = subprocess.run(["readelf", "-dW", binary], capture_output=True, text=True, check=True).stdout
    return re.findall(r"\(NEEDED\).*\[(.+)\]", said)


def is_needed(file, needed):
    """The linker reads shared libraries that it then drops, and scripts with names of libraries (libc.so). A library
    that it keeps is needed by this name, or with a version behind it."""
    path = pathlib.Path(file)
    if not re.search(r"\.so[.\d]*$", path.name):
        return True
    if not any(one == path.name or one.startswith(f"{path.name}.") for one in needed):
        return False
    with open(path, "rb") as library:
        return library.read(4) == b"\x7fELF"


class Owner:
    """Whose part a file is."""

    def __init__(self, objects, library, ours, libc):
        """Objects: the folder of all objects; library: those of libraries, in folders of their parts' names; ours: of
        these, what is our own code."""
        self.objects, self.libc = str(objects), libc
        self.members = {}
        for path in library:
            inside = pathlib.PurePath(path).relative_to(self.objects)
            assert inside.name not in self.members, f"two objects have the name {inside.name}"
            self.members[inside.name] = "fluxvision" if path in ours else inside.parts[0]

    def __call__(self, file):
        path, _, member = file.removesuffix(")").partition("(")
        if path.startswith(self.objects + "/"):
            inside = pathlib.PurePath(path).relative_to(self.objects)
            if inside.parts[0] == "musl":
                return "musl"
            if inside.name == "libmbedtls.a":
                return self.members[member]
            return self.members[inside.name] if inside.parts[0] in self.members.values() else "fluxvision"
        for part, pattern in SYSTEM:
            if re.fullmatch(pattern, pathlib.PurePath(path).name):
                return self.libc if part == "libc" else part
        raise SystemExit(f"sbom: the linker has taken {file}, and nothing says whose it is: boards/sbom/linked.py")

    def name(self, file):
        """Without folders of the build and of the machine."""
        path = file.removeprefix(self.objects + "/")
        return path if path != file else re.sub(r"^[^(]*/", "", file)
