"""How the static program finds addresses: /etc/hosts, /etc/resolv.conf, networks of one family. In a network and mount
namespace of its own, with a name server of the tests; nothing listens where the names lead, so what is seen is the refusal
of the very address."""

import pathlib
import subprocess

import pytest

HERE = pathlib.Path(__file__).resolve().parent
IPV4 = "ip addr add 10.9.8.7/24 dev lo; echo 1 >/proc/sys/net/ipv6/conf/all/disable_ipv6"
IPV6 = "ip -4 addr flush dev lo; ip -6 addr add fd00::7/64 dev lo nodad"
NAMES = ("v4.test=10.9.8.7", "v6.test=fd00::7", "both.test=10.9.8.7", "both.test=fd00::7")


@pytest.fixture(name="alone")
def _alone(tmp_path):
    """A function that runs a board's `list` in a network of its own."""
    probe = ["unshare", "-n", "-m", "sh", "-c", "mount -t tmpfs none /mnt && ip link set lo up"]
    if subprocess.run(probe, capture_output=True, check=False).returncode != 0:
        pytest.skip("SKIPPED: network and mount namespaces need root and iproute2")

    def run(board, fv, name, network, server, hosts=""):
        (tmp_path / "resolv.conf").write_text(f"nameserver {server}\noptions timeout:1 attempts:1\n", encoding="utf-8")
        (tmp_path / "hosts").write_text(hosts, encoding="utf-8")
        script = (f"set -e; ip link set lo up; {network}; mount --bind {tmp_path}/resolv.conf /etc/resolv.conf; "
                  f"mount --bind {tmp_path}/hosts /etc/hosts; "
                  f"python3 {HERE}/dns.py {server} {' '.join(NAMES)} >{tmp_path}/ready & "
                  f"until grep -q ready {tmp_path}/ready 2>/dev/null; do sleep 0.02; done; "
                  'set +e; "$@"; status=$?; kill $!; exit $status')
        prefix = ["unshare", "-n", "-m", "sh", "-c", script, "sh"]
        (tmp_path / "ready").write_text("", encoding="utf-8")
        env = {"FLUXVISION_ENDPOINT": f"https://{name}:4", "FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p",
               "FLUXVISION_CONNECT_TIMEOUT": "5"}
        from harness import Running  # pylint: disable=import-outside-toplevel
        return Running([*prefix, *board.qemu, board.program, "list", "HAUC"], fv.env(None, env), tmp_path,
                       subprocess.DEVNULL).wait()

    return run


def refused(board):
    """What tells that the name was found and its host asked. qemu 7.2 hands SO_ERROR to MIPS programs in the host's numbers."""
    return "the network failed" if "mips" in board.name else "refused"


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
    alone(board, fv, "nowhere.test", IPV4, "10.9.8.7").fails(3, "nowhere.test")
