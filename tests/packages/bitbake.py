# SPDX-License-Identifier: MIT
"""What of BitBake a recipe without Python and without overrides needs: its variables and its shell functions."""

import re

# As OE-core's conf/bitbake.conf has them.
STANDARD = """
BPN = "${PN}"
BP = "${BPN}-${PV}"
prefix = "/usr"
bindir = "${prefix}/bin"
libdir = "${prefix}/lib"
includedir = "${prefix}/include"
datadir = "${prefix}/share"
docdir = "${datadir}/doc"
mandir = "${datadir}/man"
infodir = "${datadir}/info"
sysconfdir = "/etc"
systemd_unitdir = "${prefix}/lib/systemd"
systemd_system_unitdir = "${systemd_unitdir}/system"
S = "${UNPACKDIR}/${BP}"
B = "${S}"
D = "${WORKDIR}/image"
UNPACKDIR = "${WORKDIR}/sources"
RECIPE_SYSROOT = "${WORKDIR}/recipe-sysroot"
STAGING_DATADIR = "${RECIPE_SYSROOT}${datadir}"
FILES:${PN} = "${bindir}/* ${libdir}/lib*.so.* ${sysconfdir} ${datadir}/${BPN} ${libdir}/${BPN}/*"
FILES:${PN}-doc = "${docdir} ${mandir} ${infodir}"
FILES:${PN}-dev = "${includedir} ${libdir}/*.so ${libdir}/pkgconfig ${libdir}/cmake"
FILES:${PN}-staticdev = "${libdir}/*.a"
FILES:${PN}-bash-completion = "${datadir}/bash-completion"
"""


class Recipe:
    """The variables and functions of a recipe, and what it inherits."""

    def __init__(self, path, **given):
        name, _, version = path.stem.partition("_")
        self.variables = {"PN": name, "PV": version}
        self.functions, self.inherits = {}, []
        self.read(STANDARD)
        self.read(path.read_text(encoding="utf-8"))
        self.variables.update(given)

    def read(self, text):
        """Take what a file has; a line that is not understood is an error."""
        text = re.sub(r"^#.*\n", "", text, flags=re.M)
        for m in re.finditer(r"^(\w+)\(\) \{\n(.*?)^\}\n", text, re.M | re.S):
            self.functions[m[1]] = m[2]
        text = re.sub(r"^\w+\(\) \{\n.*?^\}\n", "", text, flags=re.M | re.S)
        for line in filter(str.strip, text.replace("\\\n", " ").splitlines()):
            if line.startswith("inherit "):
                self.inherits += line.split()[1:]
                continue
            m = re.fullmatch(r'([\w:.${}\[\]-]+) (\?\?=|\?=|:=|\+=|=) "(.*)"', line)
            assert m, line
            name = self.expanded(m[1])
            if m[2] == "+=":
                self.variables[name] = f"{self.variables.get(name, '')} {m[3]}"
            elif m[2] in ("=", ":=") or name not in self.variables:
                self.variables[name] = m[3]

    def expanded(self, text):
        """Replace ${NAME}; the name of an unknown one stays, as BitBake does it."""
        while True:
            new = re.sub(r"\$\{([\w-]+)\}", lambda m: self.variables.get(m[1], m[0]), text)
            if new == text:
                return text
            text = new

    def get(self, name):
        """The value of a variable, without surplus spaces."""
        return " ".join(self.expanded(self.variables[name]).split())

    def script(self, *names):
        """A shell script that does these tasks as BitBake does them, one after the other."""
        lines = ["set -e", "bbfatal() { echo \"$*\" >&2; exit 1; }",
                 f"oe_runmake() {{ make -j2 {self.get('EXTRA_OEMAKE')} \"$@\" || bbfatal oe_runmake failed; }}",
                 f"cd {self.get('B')}"]
        return "\n".join(lines + [self.expanded(self.functions[n]) for n in names])
