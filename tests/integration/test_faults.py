# SPDX-License-Identifier: MIT
"""Real faults: a file system that fills or turns read-only, a cable that is pulled, a proxy that dies, an address that
changes."""

import os
import shutil
import subprocess
import time

import pytest

import harness
import make_tree
import portal as portals
from bad import ConnectProxy, chunked, ok, ranged_file
from harness import assert_tree, files_below, own_files, partial_bytes, wait_until
from spaces import Cable, Space, can_pull_cables

PLACE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"
LOCAL = "HAUC/HAUC-3/HAUC-3-2/"
MIB = 1 << 20
KEPT = {"ledger", "ledger.index", "lock", "last.json"}


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


@pytest.fixture
def small_disk(namespaces, out):
    """DIR on a file system of 4 MiB."""
    assert namespaces is None
    out.mkdir()
    with Space('mount -t tmpfs -o size=4m none "$1"', out) as space:
        yield space


@pytest.fixture
def cable(tmp_path):
    """A way to the portal that can be cut."""
    reason = can_pull_cables()
    if reason:
        pytest.skip(f"SKIPPED: no network namespaces here: {reason}")
    with Cable(tmp_path / "hosts") as one:
        yield one


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    """A tree of one file of 3 MB between two small ones."""
    tree = make_tree.Tree(tmp_path_factory.mktemp("large"), [])
    for name, content in (("a", b"first"), ("f1", os.urandom(3_000_000)), ("z", b"last")):
        tree.add(name, content)
    yield tree
    shutil.rmtree(tree.out)


def names(directory):
    """File names in DIR."""
    return sorted(path.rpartition("/")[2] for path in files_below(directory))


# --- storage

def test_file_that_is_too_large(fv, bad, small_disk, out):
    """It fails at once, by its Content-Length; the small ones arrive, and the next run is the same."""
    bad.publish({"f0": b"small", "f1": ranged_file(bytes(6 * MIB)), "f2": b"small"})
    for run in range(2):
        done = fv("sync", "--json", "HAUC", out, portal=bad, prefix=small_disk.prefix).expect(1)
        assert names(small_disk.path(out)) == ["f0", "f2"]
        assert done.summary["bytes"] < 100_000 and done.summary["failed"] == 1 and "free space" in done.err
        assert len(bad.seen(PLACE + "f1")) == run + 1
        assert partial_bytes(small_disk.path(out)) == 0


def test_only_file_is_too_large(fv, bad, small_disk, out):
    bad.publish({"f1": ranged_file(bytes(6 * MIB))})
    fv("sync", "--retries", "5", "HAUC", out, portal=bad, prefix=small_disk.prefix).fails(7, "f1")
    assert len(bad.seen(PLACE + "f1")) == 1


def test_file_of_unknown_length_that_fills(fv, bad, small_disk, out):
    """It is seen only when no byte fits any more: then it makes room for the others again."""
    bad.publish({"f0": b"small", "f1": [chunked(bytes(6 * MIB), (65536,), headers={"ETag": '"v1"'})],
                 "f2": ranged_file(bytes(MIB))})
    fv("sync", "HAUC", out, portal=bad, prefix=small_disk.prefix).expect(1)
    assert names(small_disk.path(out)) == ["f0", "f2"]
    assert partial_bytes(small_disk.path(out)) == 0


def test_it_arrives_once_there_is_room(fv, bad, small_disk, out):
    bad.publish({"f1": ranged_file(bytes(3 * MIB))})
    small_disk.run("dd", "if=/dev/zero", f"of={out}/ballast", "bs=1M", "count=2")
    fv("sync", "HAUC", out, portal=bad, prefix=small_disk.prefix).fails(7, "f1")
    small_disk.run("rm", out / "ballast")
    fv("sync", "HAUC", out, portal=bad, prefix=small_disk.prefix).expect()
    assert names(small_disk.path(out)) == ["f1"]


def test_it_fills_while_a_file_comes(fv, bad, small_disk, out):
    """Somebody else takes the space: what was reserved for the file is its own."""
    bad.publish({"f1": [ok(bytes(3 * MIB), {"ETag": '"v1"'})[:-2 * MIB], wait_for_ballast(small_disk, out),
                        bytes(2 * MIB)], "f2": b"small"})
    fv("sync", "HAUC", out, portal=bad, prefix=small_disk.prefix)
    assert "f1" in names(small_disk.path(out))
    small_disk.run("rm", out / "ballast")
    fv("sync", "HAUC", out, portal=bad, prefix=small_disk.prefix).expect()
    assert names(small_disk.path(out)) == ["f1", "f2"]
    assert set(own_files(small_disk.path(out))) <= KEPT


def wait_for_ballast(space, out):
    """A step that fills the disk, once the first bytes of the file are there, and with them its space is reserved."""
    class Fill:
        """Takes what is left."""

        def run(self, *_):
            wait_until(lambda: any(name.endswith(".part") and size
                                   for name, size in own_files(space.path(out)).items()))
            subprocess.run([*map(str, space.prefix), "dd", "if=/dev/zero", f"of={out}/ballast", "bs=64k"],
                           capture_output=True, check=False)
    return Fill()


@pytest.mark.parametrize("free, status", [("3M", 7), ("3500k", 7), ("1M", 0), ("0", 0)])
def test_min_free(fv, bad, small_disk, out, free, status):
    bad.publish({"f1": ranged_file(bytes(2 * MIB))})
    done = fv("sync", "--min-free", free, "HAUC", out, portal=bad, prefix=small_disk.prefix).expect(status)
    assert names(small_disk.path(out)) == (["f1"] if status == 0 else []), done


def test_min_free_while_a_file_of_unknown_length_comes(fv, bad, small_disk, out):
    """Looked at with each checkpoint."""
    bad.publish({"f1": [chunked(bytes(6 * MIB), (65536,))]})
    fv("sync", "--min-free", "3M", "HAUC", out, portal=bad, prefix=small_disk.prefix).fails(7, "f1")
    assert not names(small_disk.path(out)) and partial_bytes(small_disk.path(out)) == 0


def test_file_system_that_turns_read_only(fv, certs, large, namespaces, out, tmp_path):
    """As ext4 does after an error, with files open; after a check and a mount the run goes on."""
    assert namespaces is None
    image = tmp_path / "image"
    with open(image, "wb") as file:
        file.truncate(16 * MIB)
    if not shutil.which("mkfs.ext4"):
        pytest.skip("SKIPPED: e2fsprogs is not installed")
    subprocess.run(["mkfs.ext4", "-q", "-F", image], check=True)
    out.mkdir()
    mount = 'mount -o loop,errors=remount-ro "$1" "$2"'
    try:
        space = Space(mount, image, out)
    except OSError as error:
        pytest.skip(f"SKIPPED: no loop devices here: {error}")
    with portals.Nginx(large, certs=certs, limit_rate=200_000, limit_after=1_000_000) as site:
        with space:
            loop = subprocess.run(["losetup", "-j", image, "-O", "NAME", "-n"], capture_output=True, check=True,
                                  text=True).stdout.strip()
            running = fv.start("sync", "HAUC", out, portal=site, prefix=space.prefix)
            wait_until(lambda: partial_bytes(space.path(out)) > 500_000)
            with open(f"/sys/fs/ext4/{os.path.basename(loop)}/trigger_fs_error", "w", encoding="ascii") as file:
                file.write("1")
            done = running.wait()
            assert done.status in (1, 7) and LOCAL + "f1" in done.err, done
            assert names(space.path(out)) in ([], ["a"])    # it may wait for its name still
        site.restart(limit_rate=0)
        with Space(f'e2fsck -pf "$1" >/dev/null || [ $? -eq 1 ]; {mount}', image, out) as space:
            fv("sync", "HAUC", out, portal=site, prefix=space.prefix).expect()
            assert_tree(space.path(out), site.expected)


# --- network

# The beginning of the large file comes at once, the rest not before something has been done to its connection.
HALTS = {"limit_rate": 1, "limit_after": 600_000}
GOES_ON = {"limit_rate": 400_000, "limit_after": 600_000}     # or in some seconds, where the server stays as it is


def begin_slowly(fv, site, out, *options, **how):
    """Start a sync and wait until the large file is under way."""
    running = fv.start("sync", "--json", *options, "HAUC", out, portal=site, **how)
    wait_until(lambda: partial_bytes(out) > 300_000)
    return running


def ends_right(running, site, out, least_retries=0):
    """Wait for the end: all is there, and no byte that was there has come again."""
    done = running.wait()
    assert done.status == 0, done
    assert_tree(out, site.expected)
    assert set(own_files(out)) <= KEPT
    assert done.summary["retries"] >= least_retries
    total = sum(one["size"] for one in site.expected)
    assert done.summary["bytes"] < total + 20_000, done
    return done


def portal_at_the_cable(cable, certs, tree, **options):
    """nginx at our end of it."""
    return portals.Nginx(tree, certs=certs, host="portal.test", ipv6=False,
                         server_extra=f"listen {cable.address}:{{port}} ssl;", **options)


@pytest.mark.parametrize("side", ["inside", "outside"])
def test_cable_that_is_pulled(fv, certs, cable, large, out, side):
    """Interface down, time-out, attempts without a route, interface up: the file goes on where it was."""
    with portal_at_the_cable(cable, certs, large, **GOES_ON) as site:
        running = begin_slowly(fv, site, out, "--stall-timeout", "3", "--connect-timeout", "3", "--retries", "30",
                               prefix=cable.prefix)
        if side == "inside":
            cable.pull()
        else:
            cable.pull_near()
        running.says("attempt 3 of 31")
        assert running.process.poll() is None and names(out) == ["a"]
        if side == "inside":
            cable.plug()
        else:
            cable.pull_near(up=True)
        ends_right(running, site, out, 1)
        ranges = [line["range"] for line in site.log(5) if line["uri"].endswith("/f1")]
        assert ranges[0] == "" and all(one.startswith("bytes=") for one in ranges[1:]) and len(ranges) >= 2


def test_cable_that_is_pulled_for_a_moment(fv, certs, cable, large, out):
    """TCP repeats what was lost: nobody notices."""
    with portal_at_the_cable(cable, certs, large, **GOES_ON) as site:
        running = begin_slowly(fv, site, out, "--retries", "0", prefix=cable.prefix)
        cable.pull_near()
        time.sleep(0.2)
        cable.pull_near(up=True)
        ends_right(running, site, out)
        assert len(site.log(4)) == 4


def test_cable_that_stays_away(fv, certs, cable, large, out):
    """The attempts end, the bytes stay; the next run goes on."""
    with portal_at_the_cable(cable, certs, large, **HALTS) as site:
        running = begin_slowly(fv, site, out, "--stall-timeout", "3", "--connect-timeout", "3", "--retries", "1",
                               prefix=cable.prefix)
        cable.pull()
        done = running.wait()
        assert done.status == 1 and names(out) == ["a"] and partial_bytes(out) > 300_000, done
        cable.plug()
        site.restart(limit_rate=0)
        done = fv("sync", "--json", "HAUC", out, portal=site, prefix=cable.prefix).expect()
        assert [one["status"] for one in done.files] == ["unchanged", "resumed", "downloaded"]
        assert_tree(out, site.expected)


def test_server_that_restarts(fv, certs, large, out):
    with portals.Nginx(large, certs=certs, **HALTS) as site:
        running = begin_slowly(fv, site, out, "--retries", "30")
        site.shutdown()
        time.sleep(0.5)
        site.restart(limit_rate=0)
        ends_right(running, site, out, 1)


def test_proxy_that_dies(fv, certs, large, out):
    """Its connections break, its port refuses, it comes back and is busy at first."""
    with portals.Nginx(large, certs=certs, **HALTS) as site, portals.Port() as port, \
            ConnectProxy(port=port.number) as proxy:
        running = begin_slowly(fv, site, out, "--retries", "30", env={"HTTPS_PROXY": proxy.url})
        proxy.stop()
        site.restart(limit_rate=0)
        time.sleep(0.5)
        assert running.process.poll() is None
        answers = iter(["503 Busy", "502 Bad Gateway"])
        with ConnectProxy(refuse=lambda request: next(answers, None), port=port.number) as again:
            ends_right(running, site, out, 3)
            assert again.tunnels == 1 and len(again.requests) == 3


@pytest.mark.parametrize("status, requests", [("407 Who", 1), ("403 No", 1), ("503 Busy", 3), ("502 Bad", 3),
                                              ("504 Slow", 3), ("500 Oops", 3)])
def test_proxy_that_refuses(fv, bad, status, requests):
    """What may pass is tried again."""
    with ConnectProxy(refuse=status) as proxy:
        fv("list", "--retries", "2", "--proxy", proxy.url, "HAUC", portal=bad).fails(3, "127.0.0.1", status[:3])
        assert len(proxy.requests) == requests


def test_address_that_changes(fv, certs, large, namespaces, out, tmp_path):
    """The server moves: the name is looked up again, not remembered."""
    assert namespaces is None
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.2 portal.test\n", encoding="ascii")
    with portals.Nginx(large, certs=certs, host="portal.test", server_extra="listen 127.0.0.2:{port} ssl;",
                       **HALTS) as site, \
            Space('mount --bind "$1" /etc/hosts', hosts) as space:
        running = begin_slowly(fv, site, out, "--retries", "30", prefix=space.prefix)
        site.restart(server_extra="", limit_rate=0)
        time.sleep(0.3)
        assert running.process.poll() is None
        hosts.write_text("127.0.0.1 portal.test\n", encoding="ascii")
        ends_right(running, site, out, 1)


def test_two_addresses_of_which_one_is_dead(fv, certs, large, namespaces, out, tmp_path):
    assert namespaces is None
    hosts = tmp_path / "hosts"
    hosts.write_text("127.0.0.2 portal.test\n127.0.0.1 portal.test\n", encoding="ascii")
    with portals.Nginx(large, certs=certs, host="portal.test") as site, \
            Space('mount --bind "$1" /etc/hosts', hosts) as space:
        fv("sync", "HAUC", out, portal=site, prefix=space.prefix).expect()
        assert_tree(out, site.expected)
