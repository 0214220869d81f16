# SPDX-License-Identifier: MIT
"""A reader of OCI image layouts (image-spec 1.0), and what it takes to run one of them."""

import gzip
import hashlib
import io
import json
import os
import pathlib
import tarfile

MEDIA = "application/vnd.oci.image."
SCHEMAS = pathlib.Path("/usr/share/gocode/src/github.com/opencontainers/image-spec/schema")
SECCOMP = pathlib.Path("/usr/share/containers/seccomp.json")


class Layout:
    """A folder with a layout. Whatever is read of it is compared with its descriptor."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        assert json.loads((self.folder / "oci-layout").read_bytes()) == {"imageLayoutVersion": "1.0.0"}
        self.index = json.loads((self.folder / "index.json").read_bytes())
        self.seen = set()

    def blob(self, descriptor, kind):
        """The bytes that a descriptor names."""
        assert descriptor["mediaType"] == MEDIA + kind, descriptor
        name, digest = descriptor["digest"].split(":")
        data = (self.folder / "blobs" / name / digest).read_bytes()
        assert name == "sha256" and hashlib.sha256(data).hexdigest() == digest and len(data) == descriptor["size"]
        self.seen.add(digest)
        return data

    def json(self, descriptor, kind):
        """The same, of JSON."""
        return json.loads(self.blob(descriptor, kind))

    def manifests(self):
        """The descriptors of all manifests, those of an inner index too."""
        for one in self.index["manifests"]:
            if one["mediaType"] == MEDIA + "index.v1+json":
                yield from self.json(one, "index.v1+json")["manifests"]
            else:
                yield one

    def image(self, descriptor):
        """(manifest, config, tar files of the layers) of one manifest."""
        manifest = self.json(descriptor, "manifest.v1+json")
        config = self.json(manifest["config"], "config.v1+json")
        layers = [gzip.decompress(self.blob(one, "layer.v1.tar+gzip")) for one in manifest["layers"]]
        assert config["rootfs"]["diff_ids"] == ["sha256:" + hashlib.sha256(one).hexdigest() for one in layers]
        return manifest, config, layers

    def strangers(self):
        """Blobs that nothing names."""
        return {one.name for one in (self.folder / "blobs/sha256").iterdir()} - self.seen


def entries(layer):
    """{name: tarfile.TarInfo} of a layer."""
    with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
        return {one.name: one for one in tar}


def unpack(layers, folder):
    """Unpack layers with their owners; returns the folder."""
    for layer in layers:
        with tarfile.open(fileobj=io.BytesIO(layer)) as tar:
            tar.extractall(folder, numeric_owner=True)
    return folder


def schema_errors(documents):
    """What image-spec's own JSON schemas (as Debian packages them) find in {name of the schema: document}."""
    import jsonschema  # pylint: disable=import-outside-toplevel  # of the long tests alone

    def plain(value):
        """Without the ids, which lead to a host that has nothing there: files refer to each other by name."""
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items() if not (key == "id" and isinstance(one, str))}
        return [plain(one) for one in value] if isinstance(value, list) else value
    store = {f"file:///{path.name}": plain(json.loads(path.read_text())) for path in SCHEMAS.glob("*.json")}
    found = []
    for name, document in documents.items():
        uri = f"file:///{name}-schema.json"
        resolver = jsonschema.RefResolver(uri, store[uri], store=store)
        validator = jsonschema.Draft4Validator(store[uri], resolver=resolver)
        found += [f"{name}: {one.message}" for one in validator.iter_errors(document)]
    return found


def seccomp(machine):
    """The profile of containers-common for a process without capabilities, as a runtime's config.json has it. It is
    what engines call their default profile."""
    profile = json.loads(SECCOMP.read_text(encoding="utf-8"))
    calls = []
    for one in profile["syscalls"]:
        wanted, left_out = one.get("includes") or {}, one.get("excludes") or {}
        arches = wanted.get("arches", [machine])
        if wanted.get("caps") or machine not in arches or machine in left_out.get("arches", []):
            continue
        kept = {key: one[key] for key in ("names", "action", "args", "errnoRet") if one.get(key)}
        calls.append(kept)
    names = {"amd64": "SCMP_ARCH_X86_64", "arm64": "SCMP_ARCH_AARCH64"}
    return {"defaultAction": profile["defaultAction"], "defaultErrnoRet": profile["defaultErrnoRet"],
            "architectures": [names[machine]], "syscalls": calls}


def bind(source, target, *options):
    """A mount of a runtime's config.json."""
    return {"destination": target, "type": "bind", "source": str(source), "options": ["rbind", *options]}


class Bundle:
    """A runtime's bundle (as `umoci unpack` makes it), confined as boards/container/cronjob.yaml asks for."""

    def __init__(self, folder, machine):
        self.folder, self.file = pathlib.Path(folder), pathlib.Path(folder) / "config.json"
        config = json.loads(self.file.read_text(encoding="utf-8"))
        config["process"].update(terminal=False, capabilities={}, noNewPrivileges=True)
        config["root"]["readonly"] = True
        linux = config["linux"]
        # The portal listens on this machine's own address: the network stays.
        linux["namespaces"] = [one for one in linux["namespaces"] if one["type"] not in ("network", "user")]
        linux["seccomp"] = seccomp(machine)
        self.config = config

    def write(self, *arguments, mounts=(), memory=None, group=None):
        """What it runs, with which mounts and at most how many bytes of memory (in the MemoryGroup)."""
        config = json.loads(json.dumps(self.config))
        config["process"]["args"] = config["process"]["args"][:1] + [str(one) for one in arguments]
        config["mounts"] += mounts
        if group:
            config["linux"].update(resources={"memory": {"limit": memory}}, cgroupsPath=f"/{group.name}/inside")
        self.file.write_text(json.dumps(config), encoding="utf-8")
        return self.folder


class MemoryGroup:
    """A cgroup (of version 1 or 2) in which a runtime makes that of a container; it tells the peak of both. OSError is
    raised where none can be made."""

    def __init__(self, name):
        top = pathlib.Path("/sys/fs/cgroup")
        self.v2 = (top / "cgroup.controllers").exists()
        self.name, self.folder = name, top / ("" if self.v2 else "memory") / name
        if self.v2:
            (top / "cgroup.subtree_control").write_text("+memory")
        self.folder.mkdir()

    def peak(self):
        """Bytes."""
        name = "memory.peak" if self.v2 else "memory.max_usage_in_bytes"
        return int((self.folder / name).read_text())

    def remove(self):
        """The runtime has removed the one inside."""
        self.folder.rmdir()


def owned_by(folder, uid):
    """All that is below a folder belongs to a user."""
    return all(os.lstat(os.path.join(place, name)).st_uid == uid
               for place, folders, names in os.walk(folder) for name in folders + names)
