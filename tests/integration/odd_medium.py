# SPDX-License-Identifier: MIT
"""medium.py with habits that its probe does not see, or that strike one call: odd_medium.py BACKING MOUNTPOINT HABIT...

Names: cut=N (silently, bytes), blanks (at the end are dropped), short (files have aliases as on FAT), below=NAME
(case folds below directories of that name), refuse=CHARACTER (EILSEQ). Times: times=nearest (whole seconds),
times=errno and code=ERRNO. fail=CALL:N:ERRNO (its N-th call fails; N+: and all behind it).
"""

import errno
import os

import medium
from medium import fuse


class Odd(medium.Medium):
    """More habits."""

    def __init__(self, backing, habits):
        super().__init__(backing, habits)
        self.counts = {}

    def key(self, name):
        name = super().key(name)
        if "cut" in self.habits:
            name = name.encode()[:int(self.habits["cut"])].decode("utf-8", "ignore")
        return name.rstrip(" ") if "blanks" in self.habits else name

    @staticmethod
    def long(place, alias):
        """The name in place that has this alias, or None."""
        given = {}
        for one in sorted(os.listdir(place), key=lambda name: os.lstat(os.path.join(place, name)).st_ctime_ns):
            stem, _, kind = one.rpartition(".")
            if len(stem) > 8 or len(kind) > 3:
                number = 1 + sum(other.startswith(stem[:6].upper()) for other in given)
                given[f"{stem[:6]}~{number}.{kind[:3]}".upper()] = one
        return given.get(alias.upper())

    def find(self, place, name, below):
        """The name in place that a name stands for."""
        names = os.listdir(place) if os.path.isdir(place) else []
        if name in names:
            return name
        key = str.casefold if below else self.key
        if below or any(one in self.habits for one in ("fold", "dots", "cut", "blanks")):
            name = next((one for one in names if key(one) == key(name)), name)
        if "short" in self.habits and name not in names and names:
            name = self.long(place, name) or name
        return name if name in names or below or "fold" in self.habits else self.key(name)

    def place(self, path):
        place, below = self.backing, False
        for name in path.strip("/").split("/"):
            if self.habits.get("refuse", "/") in name:
                raise fuse.FuseOSError(errno.EILSEQ)
            place = os.path.join(place, self.find(place, name, below))
            below = below or name == self.habits.get("below")
        return place

    def strike(self, call):
        """Fail, if it is this call's turn."""
        self.counts[call] = self.counts.get(call, 0) + 1
        what, number, code = self.habits.get("fail", "::").split(":")
        if what == call and (int(number.rstrip("+")) == self.counts[call] or number.endswith("+")
                             and self.counts[call] > int(number[:-1])):
            raise fuse.FuseOSError(getattr(errno, code))

    def rename(self, old, new):
        self.strike("rename")
        super().rename(old, new)

    def create(self, path, mode, fi=None):
        self.strike("create")
        return super().create(path, mode, fi)

    def mkdir(self, path, mode):
        self.strike("mkdir")
        super().mkdir(path, mode)

    def unlink(self, path):
        self.strike("unlink")
        super().unlink(path)

    def utimens(self, path, times=None):
        self.strike("utimens")
        if self.habits.get("times") == "errno":
            raise fuse.FuseOSError(getattr(errno, self.habits["code"]))
        if times and self.habits.get("times") == "nearest":
            times = (times[0], (times[1] + 500_000_000) // 10**9 * 10**9)
        super().utimens(path, times)


medium.Medium = Odd

if __name__ == "__main__":
    medium.main()
