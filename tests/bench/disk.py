# SPDX-License-Identifier: MIT
"""A folder on a real disk: which device holds it, and how often that was told to flush its cache."""

import os
import pathlib
import subprocess
import tempfile

IMAGE_BYTES = 4 << 30
FLUSHES = 15  # the place of "flush requests" in the line of Documentation/block/stat.rst


class Disk:
    """`folder` is a new one below `above`, `path` a place in it. `device` is the block device that holds it, or None;
    `counts` whether its flushes are counted; `about` a sentence that says both."""

    def __init__(self, above, image=False):
        above = pathlib.Path(above).resolve()
        above.mkdir(parents=True, exist_ok=True)
        self.folder = self.path = pathlib.Path(tempfile.mkdtemp(prefix="fluxvision-bench-", dir=above))
        self.image, self.device, self.counts, self.about = image, None, False, ""

    def prepare(self):
        """Find the device; on a file system without one, or if an image was asked for, mount an ext4 image there."""
        self._find()
        if self.image or not self.counts:
            why = "" if self.image else f"{self.about} "
            try:
                self._mount()
            except OSError as error:
                self.about = f"{why}An ext4 image cannot be mounted either: {error}."
            else:
                self._find()
                self.about = f"{why}An ext4 image on a loop device in its place. {self.about}"

    def flushes(self):
        """The flush requests of the device since the machine started, or None."""
        return self._stat() if self.counts else None

    def sync(self):
        """Bring all of this file system to the disk."""
        subprocess.run(["sync", "-f", str(self.path)], check=True)

    def _stat(self):
        values = (self.device / "stat").read_text(encoding="ascii").split()
        return int(values[FLUSHES]) if len(values) > FLUSHES else None

    def _find(self):
        number = os.stat(self.path).st_dev
        kind = subprocess.run(["findmnt", "-no", "FSTYPE", "-T", str(self.path)], stdout=subprocess.PIPE, text=True,
                              check=False).stdout.strip()
        device = pathlib.Path(f"/sys/dev/block/{os.major(number)}:{os.minor(number)}").resolve()
        if (device / "partition").exists():
            device = device.parent
        if not (device / "stat").exists():
            self.device, self.counts = None, False
            self.about = f"{kind}: no block device of its own, so no flushes are counted."
            return
        self.device = device
        before = self._stat()
        if before is not None:
            with open(self.path / "probe", "wb") as file:
                file.write(b"probe")
                file.flush()
                os.fsync(file.fileno())
            os.unlink(self.path / "probe")
        self.counts = before is not None and self._stat() > before
        self.about = (f"{kind} on {device.name}; device flushes are all of {device.name}'s during the run, by "
                      f"whomever." if self.counts
                      else f"{kind} on {device.name}, whose flushes this machine does not count.")

    def _mount(self):
        # Beside the folder's own content, so that all of it goes with the folder.
        image, point = self.path / "image", self.path / "mounted"
        point.mkdir()
        with open(image, "wb") as file:
            file.truncate(IMAGE_BYTES)
        for command in (["/sbin/mkfs.ext4", "-q", "-F", str(image)], ["mount", "-o", "loop", str(image), str(point)]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
            if done.returncode:
                raise OSError((done.stdout.strip().splitlines() or ["?"])[-1])
        self.path = point
