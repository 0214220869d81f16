#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A file system over a directory that has habits: medium.py BACKING MOUNTPOINT HABIT...

Names: fold=case, fold=form (normal forms), fold=all (both, and characters that are ignored), form=NFD (names are kept
like that), dots (dots and blanks at the end are dropped), forbid (what FAT forbids). Times: times=refused, ignored,
clamped (1980 to 2037), hours, now (each look finds another one), lost (after a mount), odd (some seconds off).
Errors: fsync=ERRNO, fsyncdir=ERRNO, eio=N (the N-th call that changes something). slow=S: each reading takes so many
seconds.
"""

import ctypes
import errno
import os
import sys
import time
import unicodedata

import fusepy as fuse

IGNORED = "\u00ad\u200b\u200c\u200d\ufeff"
FIRST, LAST = 315532800, 2145916799


class Medium(fuse.Operations):
    """Passes everything on to BACKING, with its habits."""

    use_ns = True

    def __init__(self, backing, habits):
        self.backing, self.habits, self.changes = backing, habits, 0
        self.kept = {}   # times=lost: what this mount knows

    # Names

    def key(self, name):
        """What names have in common that are one here."""
        fold = self.habits.get("fold")
        if fold in ("form", "all"):
            name = unicodedata.normalize("NFD", name)
        if fold == "all":
            name = "".join(one for one in name if one not in IGNORED)
        if fold in ("case", "all"):
            name = name.casefold()
        if "dots" in self.habits:
            name = name.rstrip(". ")
        return name

    def place(self, path):
        """Where a path is in BACKING."""
        place = self.backing
        for name in filter(None, path.split("/")):
            if "fold" in self.habits or "dots" in self.habits:
                wanted = self.key(name)
                name = next((one for one in os.listdir(place) if self.key(one) == wanted), name) \
                    if os.path.isdir(place) else name
            if "form" in self.habits:
                name = unicodedata.normalize(self.habits["form"], name)
            place = os.path.join(place, name)
        return place

    def change(self):
        """Count a call that changes something."""
        self.changes += 1
        if self.changes == int(self.habits.get("eio", 0)):
            raise fuse.FuseOSError(errno.EIO)

    # Looking

    def getattr(self, path, fh=None):
        place = self.place(path)
        found = os.lstat(place)
        times = self.habits.get("times")
        modified = found.st_mtime_ns
        if times == "now":
            modified = time.time_ns()
        elif times == "lost" and place not in self.kept:
            modified = 1_000_000_000_000_000_000 + os.getpid() * 1_000_000_000
        names = ("st_mode", "st_nlink", "st_uid", "st_gid", "st_size")
        return {**{name: getattr(found, name) for name in names}, "st_ino": found.st_ino, "st_mtime": modified,
                "st_atime": found.st_atime_ns, "st_ctime": found.st_ctime_ns, "st_blocks": found.st_blocks}

    def readdir(self, path, fh):
        return [".", "..", *os.listdir(self.place(path))]

    def statfs(self, path):
        found = os.statvfs(self.backing)
        return {name: getattr(found, name)
                for name in ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_frsize", "f_namemax")}

    # Changing

    def create(self, path, mode, fi=None):
        self.change()
        if "forbid" in self.habits and any(one in '"*:<>?|\\' for one in path):
            raise fuse.FuseOSError(errno.EINVAL)
        return os.open(self.place(path), os.O_RDWR | os.O_CREAT, mode)

    def open(self, path, flags):
        return os.open(self.place(path), flags & ~(os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW))

    def read(self, path, size, offset, fh):
        if "slow" in self.habits and "/.fluxvision/" not in path:
            time.sleep(float(self.habits["slow"]))
        return os.pread(fh, size, offset)

    def write(self, path, data, offset, fh):
        self.change()
        return os.pwrite(fh, data, offset)

    def truncate(self, path, length, fh=None):
        self.change()
        os.truncate(self.place(path), length)

    def release(self, path, fh):
        os.close(fh)

    def mkdir(self, path, mode):
        self.change()
        os.mkdir(self.place(path), mode)

    def rmdir(self, path):
        self.change()
        os.rmdir(self.place(path))

    def unlink(self, path):
        self.change()
        os.unlink(self.place(path))

    def rename(self, old, new):
        self.change()
        source, target = self.place(old), self.place(new)
        os.rename(source, target)
        if source in self.kept:
            self.kept[target] = self.kept.pop(source)

    def utimens(self, path, times=None):
        self.change()
        habit = self.habits.get("times")
        access, modified = times or (time.time_ns(),) * 2
        if habit == "refused":
            raise fuse.FuseOSError(errno.EPERM)
        if habit == "ignored":
            return
        if habit == "clamped":
            modified = min(max(modified, FIRST * 10**9), LAST * 10**9)
        elif habit == "hours":
            modified = modified // (3600 * 10**9) * 3600 * 10**9
        elif habit == "odd":
            modified += 7 * 10**9
        self.kept[self.place(path)] = True
        os.utime(self.place(path), ns=(access, modified))

    def fsync(self, path, datasync, fh):
        self.change()
        self.fail("fsync")
        os.fsync(fh)

    def fsyncdir(self, path, datasync, fh):
        self.change()
        self.fail("fsyncdir")

    def fail(self, call):
        """Fail as the habits say."""
        if call in self.habits:
            raise fuse.FuseOSError(getattr(errno, self.habits[call]))


def main():
    """Serve until it is unmounted."""
    backing, mountpoint, *habits = sys.argv[1:]
    pairs = dict((*habit.split("=", 1), "")[:2] for habit in habits)
    assert ctypes.sizeof(ctypes.c_void_p) == 8
    # Nothing is remembered by the kernel: what the medium says counts each time.
    fuse.FUSE(Medium(os.path.realpath(backing), pairs), mountpoint, foreground=True, nothreads=True, use_ino=True,
              attr_timeout=0, entry_timeout=0, negative_timeout=0, fsname="medium")


if __name__ == "__main__":
    main()
