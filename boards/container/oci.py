#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Make an OCI image (image-spec 1.0) of a Containerfile, without an engine and without root.

    oci.py CONTAINERFILE LAYOUT ARCHIVE PLATFORM=CONTEXT...

LAYOUT is the folder of the image layout, ARCHIVE the same as a tar file. PLATFORM is OS/ARCHITECTURE[/VARIANT]. Several
of them make an image index, from which an engine takes its own. CONTEXT is the folder of what is copied; the file
`args` in it has a line NAME=VALUE for each ARG.

Instructions that are read: FROM scratch, ARG, LABEL, COPY [--chown=UID:GID] of a folder, USER, WORKDIR, VOLUME,
ENTRYPOINT, CMD (the last three as JSON arrays). Any other is an error. All files are in one layer. The same files and
values make the same bytes: entries are sorted, and each has the time CREATED. A label without a value is left out.
"""

import gzip
import hashlib
import io
import json
import os
import pathlib
import re
import shlex
import shutil
import sys
import tarfile
from datetime import datetime

MEDIA = "application/vnd.oci.image."
MANIFEST, INDEX = MEDIA + "manifest.v1+json", MEDIA + "index.v1+json"
VERSION_LABEL = "org.opencontainers.image.version"


class Refused(Exception):
    """What this program does not do; the message is for the user."""


def instructions(text):
    """Each instruction of a Containerfile with its arguments as one string."""
    joined = re.sub(r"\\\n", " ", re.sub(r"^[ \t]*#.*\n", "", text, flags=re.M))
    for line in filter(None, map(str.strip, joined.splitlines())):
        word, _, rest = line.partition(" ")
        yield word.upper(), rest.strip()


class Image:
    """What the instructions come to: settings, labels, and what is copied from where with which owner."""

    def __init__(self, text, values):
        self.values, self.arguments = values, set()
        self.config, self.labels, self.copies = {}, {}, []
        for word, rest in instructions(text):
            method = getattr(self, "do_" + word.lower(), None)
            if not method:
                raise Refused(f"the instruction {word} is not known here")
            method(rest)
        if set(values) != self.arguments:
            raise Refused(f"args and ARG name different things: {', '.join(sorted(set(values) ^ self.arguments))}")

    def expand(self, text):
        """Replace ${NAME} by the value of that ARG."""
        def value(match):
            if match[1] not in self.arguments:
                raise Refused(f"there is no ARG {match[1]} before its use")
            return self.values.get(match[1], "")
        return re.sub(r"\$\{(\w+)\}", value, text)

    def do_from(self, rest):
        """Only from nothing."""
        if rest != "scratch":
            raise Refused(f"FROM {rest}: only scratch")

    def do_arg(self, rest):
        """A name; its value comes from the command line."""
        self.arguments.add(rest)

    def do_label(self, rest):
        """KEY="VALUE"..."""
        for pair in shlex.split(rest):
            key, _, value = pair.partition("=")
            value = self.expand(value)
            if value:
                self.labels[key] = value

    def do_copy(self, rest):
        """[--chown=UID:GID] FOLDER/ /TARGET/"""
        match = re.fullmatch(r"(?:--chown=(\d+):(\d+) )?(\S+)/ (/\S*)", rest)
        if not match:
            raise Refused(f"COPY {rest}: only a folder, with an owner in numbers")
        self.copies.append((match[3], match[4].strip("/"), int(match[1] or 0), int(match[2] or 0)))

    def do_user(self, rest):
        """UID:GID"""
        self.config["User"] = rest

    def do_workdir(self, rest):
        """A folder."""
        self.config["WorkingDir"] = rest

    def do_volume(self, rest):
        """["/PATH"...]"""
        self.config["Volumes"] = {path: {} for path in json.loads(rest)}

    def do_entrypoint(self, rest):
        """["PROGRAM"...]"""
        self.config["Entrypoint"] = json.loads(rest)

    def do_cmd(self, rest):
        """["ARGUMENT"...]"""
        self.config["Cmd"] = json.loads(rest)

    def entries(self, context):
        """{name in the image: (path or None for a folder, uid, gid)}; a COPY's target belongs to its owner."""
        found = {}
        for source, target, uid, gid in self.copies:
            top = pathlib.Path(context, source)
            if not top.is_dir():
                raise Refused(f"{top} is no folder")
            for path in [top, *sorted(top.rglob("*"))]:
                if path.is_symlink() or not (path.is_dir() or path.is_file()):
                    raise Refused(f"{path} is neither a folder nor a file")
                name = os.path.normpath(os.path.join(target, path.relative_to(top)))
                if name != ".":
                    found[name] = (None if path.is_dir() else path, uid, gid)
        return found


def add(tar, name, mode, when, data=None, owner=(0, 0)):
    """One entry of a tar file: a folder where there is no data."""
    info = tarfile.TarInfo(name)
    info.mode, info.mtime, (info.uid, info.gid) = mode, when, owner
    info.type, info.size = (tarfile.DIRTYPE, 0) if data is None else (tarfile.REGTYPE, len(data))
    tar.addfile(info, None if data is None else io.BytesIO(data))


def layer(entries, when):
    """The tar file of a layer."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        for name, (path, *owner) in sorted(entries.items()):
            if path is None:
                add(tar, name, 0o755, when, owner=owner)
            else:
                add(tar, name, 0o755 if os.access(path, os.X_OK) else 0o644, when, path.read_bytes(), owner)
    return out.getvalue()


class Layout:
    """The folder of an image layout."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        shutil.rmtree(folder, ignore_errors=True)
        (self.folder / "blobs/sha256").mkdir(parents=True)
        self.write("oci-layout", {"imageLayoutVersion": "1.0.0"})

    def write(self, name, value):
        """A file of JSON."""
        (self.folder / name).write_bytes(encode(value))

    def blob(self, media_type, data):
        """Store it; returns its descriptor."""
        digest = hashlib.sha256(data).hexdigest()
        (self.folder / "blobs/sha256" / digest).write_bytes(data)
        return {"mediaType": media_type, "digest": "sha256:" + digest, "size": len(data)}

    def archive(self, path, when):
        """The same as one tar file."""
        with tarfile.open(path, mode="w", format=tarfile.USTAR_FORMAT) as tar:
            for one in sorted(self.folder.rglob("*")):
                name = str(one.relative_to(self.folder))
                if one.is_dir():
                    add(tar, name, 0o755, when)
                else:
                    add(tar, name, 0o644, when, one.read_bytes())


def encode(value):
    """JSON, always the same bytes."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def put(layout, text, platform, context):
    """Store the image of one platform; returns the descriptor of its manifest, the labels and the time."""
    lines = pathlib.Path(context, "args").read_text(encoding="utf-8").splitlines()
    values = dict(line.partition("=")[::2] for line in lines)
    image, created = Image(text, values), values["CREATED"]
    when = int(datetime.fromisoformat(created).timestamp())
    system, architecture, *variant = platform.split("/")
    names = {"os": system, "architecture": architecture, **({"variant": variant[0]} if variant else {})}
    tar = layer(image.entries(context), when)
    packed = layout.blob(MEDIA + "layer.v1.tar+gzip", gzip.compress(tar, 9, mtime=0))
    config = layout.blob(MEDIA + "config.v1+json", encode({
        "created": created, **names, "config": {**image.config, "Labels": image.labels},
        "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar).hexdigest()]},
        "history": [{"created": created, "created_by": "make oci"}]}))
    manifest = layout.blob(MANIFEST, encode({
        "schemaVersion": 2, "mediaType": MANIFEST, "config": config, "layers": [packed],
        "annotations": image.labels}))
    return {**manifest, "platform": names}, image.labels, when


def build(containerfile, layout, archive, contexts):
    """Make the layout and its archive."""
    text = pathlib.Path(containerfile).read_text(encoding="utf-8")
    out = Layout(layout)
    manifests, labels, times = zip(*(put(out, text, *pair.split("=", 1)) for pair in contexts))
    top = manifests[0]
    if len(manifests) > 1:
        shared = dict(set.intersection(*(set(one.items()) for one in labels)))
        top = out.blob(INDEX, encode({
            "schemaVersion": 2, "mediaType": INDEX, "manifests": manifests, "annotations": shared}))
    top["annotations"] = {"org.opencontainers.image.ref.name": labels[0][VERSION_LABEL]}
    out.write("index.json", {"schemaVersion": 2, "mediaType": INDEX, "manifests": [top]})
    out.archive(archive, times[0])


def main(arguments):
    """The command line."""
    if len(arguments) < 4 or not all("=" in one for one in arguments[3:]):
        print(__doc__.split("\n\n")[1], file=sys.stderr)
        return 2
    try:
        build(*arguments[:3], arguments[3:])
    except Refused as e:
        print(f"oci: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
