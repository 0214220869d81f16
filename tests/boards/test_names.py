# SPDX-License-Identifier: MIT
"""How the program finds addresses: /etc/hosts, /etc/resolv.conf, networks of one family, name servers of all kinds.
In a network and mount namespace of its own, with name servers of the tests; nothing listens where the names lead, so
what is seen is the refusal of the very address.

The static programs run under emulation, but that of this machine: it runs as it is, confined, and so does the one
with this system's own libc, "host". Under emulation nothing is confined (qemu-user knows no Landlock and no seccomp).
"""

import functools
import pathlib
import shutil
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
IPV4 = "ip addr add 10.9.8.7/24 dev lo; echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"
IPV6 = "ip -4 addr flush dev lo; ip -6 addr add fd00::7/64 dev lo nodad"
BOTH = "ip addr add 10.9.8.7/24 dev lo; ip -6 addr add fd00::7/64 dev lo nodad"
NAMES = ("v4.test=10.9.8.7", "v6.test=fd00::7", "both.test=10.9.8.7", "both.test=fd00::7")
OPTIONS = "options timeout:4 attempts:1\n"   # in that time a server of the tests answers


@pytest.fixture(name="alone")
def _alone(tmp_path):
    """A function that runs a program's `list` in a network of its own."""
    probe = ["unshare", "-n", "-m", "sh", "-c", "mount -t tmpfs none /mnt && ip link set lo up"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED: network and mount namespaces need root and iproute2")

    def run(board, fv, name, network, servers, *, hosts="", resolv=OPTIONS, before="", meanwhile="", args=(), env=None):
        if isinstance(servers, str):
            servers = {servers: NAMES}
        lines = "".join(f"nameserver {one}\n" for one in servers)
        (tmp_path / "resolv.conf").write_text(lines + resolv, encoding="utf-8")
        (tmp_path / "hosts").write_text(hosts, encoding="utf-8")
        started = "".join(f"python3 {HERE}/dns.py {address} {' '.join(rules)} >{tmp_path}/ready{number} & "
                          f"servers=\"$servers $!\"; "
                          f"until grep -q ready {tmp_path}/ready{number} 2>/dev/null; do sleep 0.02; done; "
                          for number, (address, rules) in enumerate(servers.items()) if rules is not None)
        script = (f"set -e; ip link set lo up; {network}; mount --bind {tmp_path}/resolv.conf /etc/resolv.conf; "
                  f"mount --bind {tmp_path}/hosts /etc/hosts; {before} servers=; {started} {meanwhile} "
                  'set +e; "$@"; status=$?; kill $servers; exit $status')
        for old in tmp_path.glob("ready*"):
            old.unlink()
        prefix = ["unshare", "-n", "-m", "sh", "-c", script.replace("*", "'*'"), "sh"]
        env = {"FLUXVISION_ENDPOINT": f"https://{name}:4", "FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p",
               "FLUXVISION_CONNECT_TIMEOUT": "15", **(env or {})}
        from harness import Running  # pylint: disable=import-outside-toplevel
        timed = ["sh", "-c", 'date +%s.%N >"$1"; shift; "$@"; s=$?; date +%s.%N >"$0"; exit $s', tmp_path / "end",
                 tmp_path / "begin"]
        done = Running([*prefix, *timed, *board.qemu, board.program, "list", *args, "HAUC"], fv.env(None, env),
                       tmp_path,
                       subprocess.DEVNULL).wait()
        done.seconds = float((tmp_path / "end").read_text()) - float((tmp_path / "begin").read_text())
        return done

    return run


@functools.cache
def version(qemu):
    """What it says of itself."""
    return subprocess.run([qemu, "--version"], capture_output=True, text=True, check=True).stdout


def refused(board):
    """What tells that the name was found and its host asked. QEMU 7 hands SO_ERROR to MIPS programs in the host's
    numbers; QEMU 10 does not."""
    return "the network failed" if "mips" in board.name and " version 7." in version(board.qemu[0]) else "refused"


@pytest.mark.parametrize("name", ["v4.test", "both.test"])
def test_ipv4_only(board, fv, alone, name):
    """A name server in resolv.conf, a network without IPv6."""
    alone(board, fv, name, IPV4, "10.9.8.7").fails(3, refused(board))


@pytest.mark.parametrize("name", ["v6.test", "both.test"])
def test_ipv6_only(board, fv, alone, name):
    """A name server with an IPv6 address, a network without IPv4."""
    alone(board, fv, name, IPV6, "fd00::7").fails(3, refused(board))


def test_hosts_file(board, fv, alone):
    """/etc/hosts comes before any name server."""
    alone(board, fv, "box.test", IPV4, "10.9.8.7", hosts="10.9.8.7 box.test\n").fails(3, refused(board))


def test_no_such_name(board, fv, alone):
    """A name that nobody knows is one clear sentence."""
    alone(board, fv, "nowhere.test", IPV4, "10.9.8.7").fails(3, "nowhere.test", "the name does not exist")


# What a family is answered with where it is no address.
BROKEN = ("nxdomain", "servfail", "refused", "notimp", "formerr", "silent", "garbage", "cut", "loop")


@pytest.mark.parametrize("lacking, there", [("AAAA", "A=10.9.8.7"), ("A", "AAAA=fd00::7")], ids=["AAAA", "A"])
@pytest.mark.parametrize("how", BROKEN)
def test_one_family_is_enough(program, fv, alone, how, lacking, there):
    """Whatever is said of the other one, and without waiting for it: a server is given more than --connect-timeout."""
    rules = [f"n.test/{lacking}={how}", f"n.test/{there}"]
    done = alone(program, fv, "n.test", BOTH, {"10.9.8.7": rules}, resolv="options timeout:30 attempts:1\n")
    done.fails(3, refused(program))


@pytest.mark.parametrize("how, words", [
    ("nxdomain", "the name does not exist"), ("nodata", "the name has no address"), ("servfail", "no name server"),
    ("refused", "no name server"), ("notimp", "no name server"), ("formerr", "("), ("silent", "no name server")])
def test_neither_family(program, fv, alone, how, words):
    """What was said is told apart (glibc takes FORMERR for "no such name")."""
    rules = ["n.test=cname:none.test", "none.test/A=::1"] if how == "nodata" else [f"n.test={how}"]
    alone(program, fv, "n.test", BOTH, {"10.9.8.7": rules}).fails(3, "n.test", "could not be resolved", words)


GOOD = [
    ("truncated", {"10.9.8.7": ["n.test/A=truncated,10.9.8.7", "n.test/AAAA=truncated"]}),
    ("truncated, the other one refused", {"10.9.8.7": ["n.test/A=truncated,10.9.8.7", "n.test/AAAA=refused"]}),
    ("late, the other one later", {"10.9.8.7": ["n.test/A=delay:0.7,10.9.8.7", "n.test/AAAA=delay:60,fd00::7"]}),
    ("both late", {"10.9.8.7": ["n.test=delay:0.7,10.9.8.7"]}),
    ("a chain", {"10.9.8.7": ["n.test=cname:m.test", "m.test=cname:l.test", "l.test=10.9.8.7"]}),
    ("a chain whose end has no AAAA",
     {"10.9.8.7": ["n.test=cname:m.test", "m.test/A=10.9.8.7", "m.test/AAAA=nxdomain"]}),
    ("wrong id", {"10.9.8.7": ["n.test=wrong-id,10.9.8.7"]}),
    ("the first server is silent", {"10.9.8.6": ["*=silent"], "10.9.8.7": ["n.test=10.9.8.7"]}),
    ("the first server is not there", {"10.9.8.6": None, "10.9.8.7": ["n.test=10.9.8.7"]}),
    ("the first server refuses", {"10.9.8.6": ["*=refused"], "10.9.8.7": ["n.test=10.9.8.7"]}),
    ("the first server fails", {"10.9.8.6": ["*=servfail"], "10.9.8.7": ["n.test=10.9.8.7"]}),
    ("the second server knows one family",
     {"10.9.8.6": ["*=silent"], "10.9.8.7": ["n.test/A=10.9.8.7", "n.test/AAAA=refused"]}),
    ("many addresses", {"10.9.8.7": ["n.test=" + ",".join(f"10.9.8.{last}" for last in range(7, 27))]}),
]


@pytest.mark.parametrize("servers", [one[1] for one in GOOD], ids=[one[0] for one in GOOD])
def test_the_address_is_found(program, fv, alone, servers):
    """In the end the right address is asked for a connection."""
    network = BOTH + "; ip addr add 10.9.8.6/24 dev lo"
    done = alone(program, fv, "n.test", network, servers)
    done.fails(3, refused(program))


# --- /etc/resolv.conf is a link, as most systems have it: where it leads may come, and change, later.

@pytest.fixture(name="linked")
def _linked(tmp_path, certs, alone):
    """A function that runs a program where /etc/resolv.conf leads to `target`, below the directory "run" of the test,
    which is "/run" there; `meanwhile` is done while it runs."""
    etc, volatile = tmp_path / "etc", tmp_path / "run"
    for one in (etc, volatile, etc / "none"):
        one.mkdir()
    shutil.copy("/etc/ld.so.cache", etc)
    (etc / "nsswitch.conf").write_text("hosts: files dns\n", encoding="ascii")
    (etc / "hosts").write_text("127.0.0.1 localhost\n", encoding="ascii")

    def run(board, fv, target, *, meanwhile="", args=()):
        (etc / "resolv.conf").unlink(missing_ok=True)
        (etc / "resolv.conf").symlink_to(target)
        before = f"mount --bind {volatile} /run; mount --bind {etc} /etc;"
        return alone(board, fv, "n.test", IPV4, {"10.9.8.7": ["n.test=10.9.8.7", "listen:4"]}, before=before,
                     meanwhile=meanwhile,
                     args=args, env={"FLUXVISION_CACERT": certs.ca, "FLUXVISION_CONNECT_TIMEOUT": "10"})

    run.volatile = volatile
    return run


@pytest.mark.parametrize("target", ["/run/systemd/resolve/stub-resolv.conf", "../run/resolv.conf",
                                    "/etc/none/../../run/a//b/resolv.conf"])
def test_resolv_conf_comes_while_it_runs(program, fv, linked, target):
    """Started before the network: the link leads nowhere, its directory is not there. A later attempt finds the
    name."""
    file = "/" + target.partition("run/")[2]
    make = f"(sleep 0.3; mkdir -p /run{file.rpartition('/')[0]}; echo nameserver 10.9.8.7 >/run{file}) &"
    done = linked(program, fv, target, meanwhile=make, args=["--retries", "8", "-v"])
    assert done.status == 4 and "TLS" in done.err.splitlines()[-1], done
    if not program.qemu:
        assert "system calls by seccomp" in done.err, done


def test_resolv_conf_through_a_second_link(program, fv, linked):
    """OpenWrt: to /tmp/resolv.conf, which is itself a link to what the network brings."""
    (linked.volatile / "resolv.conf").symlink_to("net/resolv.conf.auto")
    make = "(sleep 0.3; mkdir -p /run/net; echo nameserver 10.9.8.7 >/run/net/resolv.conf.auto) &"
    done = linked(program, fv, "/run/resolv.conf", meanwhile=make, args=["--retries", "8"])
    assert done.status == 4 and "TLS" in done.err.splitlines()[-1], done


def test_resolv_conf_is_replaced_while_it_runs(program, fv, linked):
    """As DHCP clients do it: another file under the same name."""
    (linked.volatile / "resolv.conf").write_text("nameserver 10.9.8.1\n" + OPTIONS, encoding="ascii")
    make = "(sleep 0.3; echo nameserver 10.9.8.7 >/run/new; mv /run/new /run/resolv.conf) &"
    done = linked(program, fv, "/run/resolv.conf", meanwhile=make, args=["--retries", "8"])
    assert done.status == 4 and "TLS" in done.err.splitlines()[-1], done


def test_resolv_conf_points_elsewhere_in_the_next_run(program, fv, linked):
    """Each process reads where the link leads then."""
    for name, server in (("dead", "10.9.8.1"), ("alive", "10.9.8.7")):
        (linked.volatile / name).mkdir()
        (linked.volatile / name / "resolv.conf").write_text(f"nameserver {server}\n{OPTIONS}", encoding="ascii")
    linked(program, fv, "/run/dead/resolv.conf").fails(3, "no name server gave an answer")
    linked(program, fv, "/run/alive/resolv.conf").fails(4, "TLS")
