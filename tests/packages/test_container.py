# SPDX-License-Identifier: MIT
"""The container image: what is in it, made twice, read by others' tools, run by runtimes as Kubernetes would."""

import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import signal
import subprocess
import time

import pytest
from conftest import ROOT, run, tell
from oci_image import Bundle, Layout, MemoryGroup, bind, entries, owned_by, schema_errors, unpack

import harness
import make_tree
import portal as portals

BOARD = f"linux-{platform.machine()}"
MACHINE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
NOBODY = 65534
HERE = ROOT / "boards/container"
LABEL = "org.opencontainers.image."
MANIFEST = (HERE / "cronjob.yaml").read_text(encoding="utf-8")
LIMIT, REQUEST = (int(re.search(rf"{one}:\n(?:\s+cpu.*\n)?\s+memory: (\d+)Mi", MANIFEST)[1]) << 20
                  for one in ("limits", "requests"))
VERSION = re.search(r"^VERSION := (.*)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)[1]
ARCHIVE = ROOT / f"build/{BOARD}/fluxvision-{VERSION}-{BOARD}.oci.tar"


def make(*goals, **env):
    """make in the checkout."""
    return run("make", "-s", f"BOARD={BOARD}", *goals, **env)


@pytest.fixture(scope="module", name="layout")
def made():
    """The layout of this machine's board."""
    make("oci")
    return Layout(ROOT / f"build/{BOARD}/oci")


@pytest.fixture(scope="module", name="image")
def read(layout):
    """(manifest, config, layers) of its one image."""
    (descriptor,) = layout.manifests()
    return layout.image(descriptor)


@pytest.fixture(scope="module", name="site")
def started():
    """A portal, and what its users need: ca.pem, the settings, the password in a file of its own."""
    tree = make_tree.build(portals.cache_dir() / "tree-small", small_count=20, big_bytes=300_000)
    with portals.Nginx(tree, certs=portals.Certs()) as server:
        yield server


@pytest.fixture(scope="module", name="root_only")
def of_root():
    """Chroots, and owners of what is mounted."""
    if os.getuid() != 0:
        tell("container", "not here", "run, in a chroot or by runc: needs root")
        pytest.skip("needs root")


@pytest.fixture(name="given")
def mounted(root_only, site, tmp_path):
    """{name: Path} of what is mounted: data, settings and secret, with owners and modes as Kubernetes gives them, and a
    hosts as each engine makes one."""
    folders = {name: tmp_path / name for name in ("data", "settings", "secret")}
    for folder in folders.values():
        folder.mkdir()
    shutil.copy(site.certs.ca, folders["settings"] / "ca.pem")
    (folders["settings"] / "fluxvision.conf").write_text(
        f"user = {portals.USER}\npassword-file = /run/secrets/fluxvision/password\nendpoint = {site.url}\n"
        "cacert = /etc/fluxvision/ca.pem\nretries = 0\n", encoding="utf-8")
    password = folders["secret"] / "password"
    password.write_text(portals.PASSWORD + "\n", encoding="utf-8")
    password.chmod(0o440)
    os.chown(password, 0, NOBODY)
    os.chown(folders["data"], NOBODY, NOBODY)
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.1 localhost\n::1 localhost\n", encoding="utf-8")
    return {**folders, "hosts": hosts}


SYNC = ("sync", "--config", "/etc/fluxvision/fluxvision.conf", "HAUC", "/data")


def whole(folder, expected):
    """Every file of the portal is there, of the image's user, with its content."""
    found = [one for one in folder.rglob("*") if one.is_file() and ".fluxvision" not in one.parts]
    assert len(found) == expected and owned_by(folder, NOBODY), found
    run(ROOT / "build" / BOARD / "fluxvision", "verify", folder)


def test_the_image_holds_the_program_its_cas_and_its_notices_and_nothing_else(layout, image):
    _, config, layers = image
    assert layout.strangers() == set() and len(layers) == 1
    found = entries(layers[0])
    files = {name: one for name, one in found.items() if one.isfile()}
    assert set(files) == {"usr/bin/fluxvision", "etc/ssl/certs/ca-certificates.crt",
                          "usr/share/doc/fluxvision/NOTICES", "usr/share/doc/ca-certificates/copyright"}
    assert all((one.uid, one.gid, one.mode) == (0, 0, 0o755 if name == "usr/bin/fluxvision" else 0o644)
               for name, one in files.items())
    assert (found["data"].uid, found["data"].gid, found["data"].mode) == (NOBODY, NOBODY, 0o755)
    assert list(found) == sorted(found) and len({one.mtime for one in found.values()}) == 1
    assert config["architecture"] == MACHINE and config["os"] == "linux"
    assert {key: config["config"][key] for key in ("User", "WorkingDir", "Volumes", "Entrypoint", "Cmd")} == {
        "User": "65534:65534", "WorkingDir": "/data", "Volumes": {"/data": {}},
        "Entrypoint": ["/usr/bin/fluxvision"], "Cmd": ["--help"]}
    size = sum(one.size for one in files.values())
    tell("container", "built", f"OCI layout and archive of {BOARD}, {ARCHIVE.stat().st_size} bytes "
                               f"({size} unpacked), without root and without an engine")


def licences(*more):
    """The SPDX expression of the program's notices."""
    text = (ROOT / f"build/{BOARD}/NOTICES").read_text(encoding="utf-8")
    found = {*re.findall(r"^==== .*\(([^)]*)\)$", text, re.M), *more}
    assert {"MIT", "Apache-2.0"} <= found
    return " AND ".join(sorted(found))


def test_the_labels_say_version_licences_revision_and_which_cas(image, tmp_path):
    manifest, config, layers = image
    labels = config["config"]["Labels"]
    assert manifest["annotations"] == labels
    assert labels[LABEL + "version"] == VERSION and labels[LABEL + "licenses"] == licences("MPL-2.0")
    if (ROOT / ".git").exists():
        assert labels[LABEL + "revision"] == run("git", "rev-parse", "HEAD").strip()
    bundle = (unpack(layers, tmp_path) / "etc/ssl/certs/ca-certificates.crt").read_bytes()
    said = re.fullmatch(r"Debian's ca-certificates (\S+) \(Mozilla's CAs\), (\d+) certificates, sha256:(\S+)",
                        labels["fluxvision.ca-bundle"])
    assert said[1] == run("dpkg-query", "-W", "-f", "${Version}", "ca-certificates")
    assert int(said[2]) == bundle.count(b"-----BEGIN CERTIFICATE-----") and int(said[2]) > 100
    assert said[3] == hashlib.sha256(bundle).hexdigest()


def test_cas_that_an_administrator_added_to_this_machine_are_not_in_the_image(image, tmp_path):
    _, _, layers = image
    bundle = (unpack(layers, tmp_path) / "etc/ssl/certs/ca-certificates.crt").read_text()
    certificates = r"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----"
    package = {one for path in pathlib.Path("/usr/share/ca-certificates/mozilla").glob("*.crt")
               for one in re.findall(certificates, path.read_text(), re.S)}
    assert set(re.findall(certificates, bundle, re.S)) == package


def test_made_twice_it_is_the_same_also_with_another_umask_and_without_capabilities(layout):
    """Without capabilities root is a user as any other: nothing is given to other owners, nothing is mounted."""
    def listing():
        return {str(one.relative_to(layout.folder)): one.read_bytes()
                for one in layout.folder.rglob("*") if one.is_file()}
    first, archive = listing(), ARCHIVE.read_bytes()
    time.sleep(1.1)
    plain = "setpriv --bounding-set=-all --inh-caps=-all" if os.getuid() == 0 else ""
    run("sh", "-c", f"umask 077; {plain} make -s BOARD={BOARD} oci", TZ="Pacific/Kiritimati", LC_ALL="C.UTF-8")
    assert listing() == first and ARCHIVE.read_bytes() == archive
    tell("container", "same twice", "layout and archive, with another time zone and umask, and without capabilities")


def test_other_cas_and_a_source_are_what_the_user_names(tmp_path):
    """Of a copy of what `make oci` stages, so that build/ keeps the default."""
    ca = portals.Certs().ca
    context = tmp_path / "context"
    base = ROOT / "build" / BOARD
    run(HERE / "stage.sh", context, base / "fluxvision", base / "NOTICES", ca, "VERSION=1", "REVISION=",
        "CREATED=2026-01-02T03:04:05+00:00", "SOURCE=https://portal.example/source")
    run(HERE / "oci.py", HERE / "Containerfile", tmp_path / "oci", tmp_path / "tar", f"linux/amd64={context}")
    layout = Layout(tmp_path / "oci")
    _, config, _ = layout.image(next(layout.manifests()))
    labels = config["config"]["Labels"]
    assert labels["fluxvision.ca-bundle"].startswith("ca.pem, 1 certificates, sha256:")
    assert labels[LABEL + "source"] == "https://portal.example/source" and labels[LABEL + "licenses"] == licences()
    assert LABEL + "revision" not in labels and config["created"] == "2026-01-02T03:04:05+00:00"
    wrong = tmp_path / "wrong.pem"
    begin, end = ("-----%s CERTIFICATE-----\n" % one for one in ("BEGIN", "END"))
    for content, words in (("", "has no certificate"), (f"{begin}QUJD\n", "a certificate has no end"),
                           (f"{begin}QUJD\n{end}-----BEGIN EC PRIVATE KEY-----\n", "has a private key")):
        wrong.write_text(content)
        assert words in run(HERE / "stage.sh", context, base / "fluxvision", base / "NOTICES", wrong, status=1)


def two_machines(tmp_path):
    """The layout of an index with the images of two machines, which have different notices."""
    base = ROOT / "build" / BOARD
    (tmp_path / "NOTICES").write_text("==== fluxvision (MIT)\n")
    for name, notices in (("one", base / "NOTICES"), ("two", tmp_path / "NOTICES")):
        run(HERE / "stage.sh", tmp_path / name, base / "fluxvision", notices, "", "VERSION=1", "REVISION=", "SOURCE=",
            "CREATED=2026-01-02T03:04:05+00:00")
    run(HERE / "oci.py", HERE / "Containerfile", tmp_path / "oci", tmp_path / "oci.tar",
        f"linux/amd64={tmp_path}/one", f"linux/arm/v7={tmp_path}/two")
    return Layout(tmp_path / "oci")


def test_several_machines_are_one_image_with_an_index(tmp_path):
    layout = two_machines(tmp_path)
    assert len(layout.index["manifests"]) == 1
    assert layout.index["manifests"][0]["annotations"] == {LABEL + "ref.name": "1"}
    found = list(layout.manifests())
    assert [one["platform"] for one in found] == [{"os": "linux", "architecture": "amd64"},
                                                  {"os": "linux", "architecture": "arm", "variant": "v7"}]
    configs = [layout.image(one)[1] for one in found]
    assert [(one["architecture"], one.get("variant")) for one in configs] == [("amd64", None), ("arm", "v7")]
    (top,) = layout.index["manifests"]
    shared = layout.json(top, "index.v1+json")["annotations"]
    assert shared[LABEL + "version"] == "1" and LABEL + "licenses" not in shared and layout.strangers() == set()


@pytest.mark.parametrize("line, words", [
    ("FROM debian", "only scratch"), ("RUN true", "RUN is not known"), ("COPY file /", "only a folder"),
    ("LABEL a=${NAME}", "no ARG NAME"), ("ARG OTHER", "OTHER")])
def test_an_instruction_that_would_be_made_otherwise_is_refused(tmp_path, line, words):
    (tmp_path / "Containerfile").write_text(f"FROM scratch\nARG CREATED\n{line}\n")
    (tmp_path / "args").write_text("CREATED=2026-01-02T03:04:05+00:00\n")
    assert words in run(HERE / "oci.py", tmp_path / "Containerfile", tmp_path / "oci", tmp_path / "tar",
                        f"linux/amd64={tmp_path}", status=1)


def test_a_board_without_a_platform_is_refused():
    assert "linux-x86_64" in run("make", "BOARD=host", "oci", status=2)


def test_the_cronjob_names_this_version_and_the_images_user():
    assert f"image: registry.example/fluxvision:{VERSION} " in MANIFEST
    containerfile = (HERE / "Containerfile").read_text(encoding="utf-8")
    user = re.search(r"^USER (\d+):(\d+)$", containerfile, re.M)
    assert re.search(r"runAsUser: (\d+)\n\s+runAsGroup: (\d+)\n", MANIFEST).groups() == user.groups()


def test_unpacked_into_a_chroot_it_syncs_as_its_user_with_less_memory_than_kubernetes_is_asked_for(
        image, site, given, tmp_path):
    rootfs = unpack(image[2], tmp_path / "root")
    shutil.copytree(given["settings"], rootfs / "etc/fluxvision")
    shutil.copytree(given["secret"], rootfs / "run/secrets/fluxvision")
    shutil.copy(given["hosts"], rootfs / "etc/hosts")
    os.chown(rootfs / "run/secrets/fluxvision/password", 0, NOBODY)
    run("cc", "-static", "-o", rootfs / "peak", ROOT / "tests/integration/peak.c")
    enter = ("/usr/sbin/chroot", f"--userspec={NOBODY}:{NOBODY}", "--groups=", rootfs)
    said = run(*enter, "/peak", "/data/KiB", "/usr/bin/fluxvision", *SYNC)
    assert " 0 failed" in said, said
    report = rootfs / "data/KiB"
    peak = int(report.read_text())
    report.unlink()
    whole(rootfs / "data", len(site.expected))
    assert peak << 10 <= REQUEST // 4
    # Its own CAs are found where they are: without `cacert` the portal's is not among them, which is another failure
    # than no bundle.
    said = run(*enter, "/usr/bin/fluxvision", "list", "-u", "me", "-e", site.url, "HAUC", "--password-file",
               "/run/secrets/fluxvision/password", status=4)
    assert "the certificate is not signed by a trusted authority" in said, said
    tell("container", "run", f"a sync in a chroot as 65534, without capabilities, {peak} KiB at most; its own CAs read")


@pytest.fixture(scope="module", name="bundle_of")
def unpacked(root_only, layout, tmp_path_factory):
    """A function that makes a bundle of the image with umoci, where runc can make namespaces and cgroups."""
    def bundle():
        folder = tmp_path_factory.mktemp("bundle") / "bundle"
        run("umoci", "unpack", "--image", f"{layout.folder}:{VERSION}", folder)
        return Bundle(folder, MACHINE)
    why = run("runc", "run", "-b", bundle().write("--help"), f"fv-{os.getpid()}-probe", status=None)
    if "fluxvision list " not in why:
        why = (why.strip().splitlines() or ["it says nothing"])[-1]
        tell("container", "not here", f"run by runc, in the chroot alone: {why}")
        pytest.skip(why)
    return bundle


def mounts_of(given):
    """As in cronjob.yaml."""
    return [bind(given["data"], "/data", "rw"), bind(given["settings"], "/etc/fluxvision", "ro"),
            bind(given["secret"], "/run/secrets/fluxvision", "ro"), bind(given["hosts"], "/etc/hosts", "ro")]


@pytest.fixture(name="name")
def named(request):
    """A container's name, which is free afterwards."""
    name = f"fv-{os.getpid()}-{abs(hash(request.node.name)) % 10000}"
    yield name
    subprocess.run(["runc", "delete", "-f", name], capture_output=True, check=False)


@pytest.mark.long
def test_the_layout_is_what_the_schemas_and_tools_of_others_take(layout, image, tmp_path):
    manifest, config, _ = image
    documents = {"image-layout": {"imageLayoutVersion": "1.0.0"}, "image-index": layout.index,
                 "image-manifest": manifest, "config": config}
    assert schema_errors(documents) == []
    index = two_machines(tmp_path)
    (top,) = index.index["manifests"]
    assert schema_errors({"image-index": index.json(top, "index.v1+json")}) == []
    for machine, variant in (("amd64", ""), ("arm", "v7")):
        shown = json.loads(run("skopeo", f"--override-arch={machine}", f"--override-variant={variant}", "inspect",
                               f"oci-archive:{tmp_path}/oci.tar"))
        assert shown["Architecture"] == machine
    broken = {"image-manifest": {**manifest, "layers": [{"mediaType": "x"}]}, "config": {**config, "os": 1}}
    assert len(schema_errors(broken)) >= 2
    run("umoci", "stat", "--image", f"{layout.folder}:{VERSION}")
    shown = json.loads(run("skopeo", "inspect", f"oci-archive:{ARCHIVE}"))
    assert shown["Labels"] == config["config"]["Labels"] and shown["Architecture"] == MACHINE
    run("skopeo", "copy", f"oci-archive:{ARCHIVE}", f"docker-archive:{tmp_path}/docker.tar:fluxvision:{VERSION}")
    run("skopeo", "copy", f"oci:{layout.folder}:{VERSION}", f"dir:{tmp_path}/dir")
    tell("container", "linted", "image-spec's four JSON schemas (Debian has them); umoci stat, skopeo inspect, "
                                "skopeo copy to docker-archive and dir")


@pytest.fixture(name="group")
def limited(name):
    """A cgroup of memory, or None where none can be made."""
    try:
        group = MemoryGroup(name)
    except OSError as e:
        tell("container", "not here", f"memory limit of a runtime: no cgroup can be made ({e.strerror})")
        yield None
    else:
        yield group
        group.remove()


@pytest.mark.long
def test_runc_runs_it_as_the_cronjob_asks(bundle_of, site, given, group, name):
    """Not root, no capabilities, root file system read-only, the engines' seccomp profile, the manifest's memory."""
    bundle = bundle_of()
    folder = bundle.write(*SYNC, "-v", mounts=mounts_of(given), memory=LIMIT, group=group)
    said = run("runc", "run", "-b", folder, name)
    assert " 0 failed" in said and portals.PASSWORD not in said, said
    # It confines itself as much as outside of a container.
    confined = "confined: new privileges ruled out.*"
    outside = run(ROOT / "build" / BOARD / "fluxvision", "list", "-v", "HAUC", **site.env)
    assert re.search(confined, said)[0] == re.search(confined, outside)[0] and "by seccomp" in said, said
    whole(given["data"], len(site.expected))
    assert "0 fetched" in run("runc", "run", "-b", folder, name)
    peak = (f", limited to {LIMIT >> 20} MiB: {group.peak() >> 10} KiB at most with runc's own start and the files' pages"
            if group else "")
    assert not group or group.peak() <= LIMIT
    tell("container", "run", f"runc {version_of('runc')}: two syncs as 65534, read-only root, no capabilities, default "
                             f"seccomp profile of engines{peak}; "
                             f"{re.search(confined, said)[0]}")


@pytest.mark.long
def test_what_is_missing_is_told(bundle_of, given, name):
    bundle, command = bundle_of(), ("runc", "run", "-b")
    # The root file system is read-only, and nothing but the volume can be written.
    said = run(*command, bundle.write(*SYNC[:-1], "/elsewhere", mounts=mounts_of(given)), name, status=7)
    assert "/elsewhere" in said and "ead-only" in said, said
    (given["secret"] / "password").unlink()
    said = run(*command, bundle.write(*SYNC, mounts=mounts_of(given)), name, status=2)
    assert "/run/secrets/fluxvision/password" in said, said
    tell("container", "run", "runc: a directory outside the volume: exit 7; no secret: exit 2, with their names")


@pytest.mark.long
def test_stopped_during_a_download_it_ends_within_a_second_and_the_next_run_resumes(
        bundle_of, given, group, name, tmp_path):
    """A file that is larger than the memory: what the kernel keeps of it must not end the run."""
    assert LIMIT < 20_000_000
    tree = make_tree.build(tmp_path / "tree", small_count=0, big_bytes=20_000_000)
    with portals.Nginx(tree, certs=portals.Certs(), limit_rate=2_000_000) as slow:
        settings = given["settings"] / "fluxvision.conf"
        settings.write_text(re.sub("endpoint = .*", f"endpoint = {slow.url}", settings.read_text()))
        folder = bundle_of().write(*SYNC, mounts=mounts_of(given), group=group, memory=LIMIT)
        command = ["runc", "run", "-b", str(folder), name]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              stdin=subprocess.DEVNULL) as job:
            harness.wait_until(lambda: harness.partial_bytes(given["data"]) > 1_000_000, timeout=30)
            start = time.monotonic()
            run("runc", "kill", name, "TERM")
            said = job.communicate(timeout=10)[0].decode()
            seconds = time.monotonic() - start
        assert job.returncode == 128 + signal.SIGTERM and seconds < 3, (job.returncode, seconds, said)
        slow.restart(limit_rate=0)
        slow.clear_log()
        said = run(*command)
        assert " 0 failed" in said and any(one["range"] for one in slow.log()), said
        whole(given["data"], len(slow.expected))
    tell("container", "run", f"stopped as process 1 during a download: exit 143 after {seconds:.1f} s; the next run "
                             "resumes")


@pytest.mark.long
@pytest.mark.usefixtures("root_only")
def test_an_engine_makes_the_same_of_the_containerfile(layout, image, tmp_path):
    """As the README says, with buildah in podman's place; its storage and mounts stay in the test's folder."""
    assert layout.folder.is_dir()
    context = f"build/{BOARD}/context"
    buildah = f"buildah --storage-driver vfs --root {tmp_path}/storage --runroot {tmp_path}/run"
    env = {"XDG_RUNTIME_DIR": str(tmp_path)}
    run("sh", "-c", f"(sed 's/^/--build-arg=/' {context}/args; echo {context}) | xargs -d '\\n' {buildah} bud "
                    "--isolation chroot -f boards/container/Containerfile -t fluxvision", **env)
    run("sh", "-c", f"{buildah} push fluxvision oci:{tmp_path}/oci:other", **env)
    theirs = Layout(tmp_path / "oci")
    _, config, layers = theirs.image(next(theirs.manifests()))
    _, ours, (layer,) = image
    for key in ("User", "WorkingDir", "Volumes", "Entrypoint", "Cmd"):
        assert config["config"][key] == ours["config"][key]
    assert ours["config"]["Labels"].items() <= config["config"]["Labels"].items()
    run("umoci", "unpack", "--image", f"{tmp_path}/oci:other", tmp_path / "theirs")
    unpack([layer], tmp_path / "ours")

    def listing(folder):
        return run("sh", "-c", "find . -mindepth 1 -printf '%P %m %U:%G\\n' | sort; "
                               "find . -type f | sort | xargs sha256sum", cwd=folder)
    assert listing(tmp_path / "theirs/rootfs") == listing(tmp_path / "ours") and layers
    tell("container", "built", f"buildah {version_of('buildah')} makes the same files of the Containerfile")


@pytest.mark.long
def test_the_cronjob_is_what_the_schemas_of_kubernetes_take(tmp_path):
    """Of the pinned packages of tests/packages/kubernetes; without a network this is a failure."""
    for one in (ROOT / "tests/packages/kubernetes").iterdir():
        shutil.copy(one, tmp_path)
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", cwd=tmp_path)
    validate = ("node", tmp_path / "validate.mjs")
    objects = json.loads(run(*validate, HERE / "cronjob.yaml"))
    assert [one["kind"] for one in objects] == ["ConfigMap", "PersistentVolumeClaim", "CronJob"]
    bad = tmp_path / "bad.yaml"
    for good, wrong in (("Forbid", "Forbit"), ("runAsNonRoot:", "runAsNonroot:"),
                        ("backoffLimit: 0", "backoffLimit: none"), ("batch/v1", "batch/v1beta1")):
        bad.write_text(MANIFEST.replace(good, wrong))
        assert "CronJob: " in run(*validate, bad, status=1), wrong
    package = json.loads((tmp_path / "package.json").read_text())["dependencies"]["kubernetes-models"]
    tell("container", "linted", f"cronjob.yaml: schemas of kubernetes-models {package}, unknown fields refused")
    tell("container", "not here", "cronjob.yaml in a cluster: no Kubernetes here")


def version_of(program):
    """The number in the first line of --version."""
    return re.search(r"[0-9][0-9.]+", run(program, "--version"))[0]
