# SPDX-License-Identifier: MIT
"""Which way out: the proxy, the hosts that are reached without it, an endpoint with a prefix; and that no message
holds a part of a password, however the setting is misspelt."""


import pytest

import harness
import portal as portals
from bad import ConnectProxy, JSON, PASSWORD, entry, ok, ranged_file, redirect

FILE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/"


@pytest.fixture
def fv(fv):
    fv.program = harness.PROGRAM
    return fv


# --- NO_PROXY

@pytest.fixture
def two(bad, bad_portal):
    """The portal, whose one file is at another origin, and that one."""
    there = bad_portal()
    bad.route(FILE + "f1", redirect(f"{there.url}/blob/f1"))
    there.route("/blob/f1", ranged_file(b"data"))
    return bad, there


@pytest.mark.parametrize("value, through", [
    ("", "both"), ("localhost:{portal}", "there"), ("localhost:{there}", "portal"), ("*", "none"),
    ("localhost", "none"), ("q.fr, localhost:{there}", "portal"), ("localhost:{portal} localhost:{there}", "none"),
    ("127.0.0.0/8", "both"), (".local", "both")])
def test_each_host_for_itself(fv, two, out, value, through):
    """The portal and where it redirects to are judged apart, with HTTPS_PROXY and with --proxy."""
    bad, there = two
    want = {"both": [bad.host, there.host], "there": [there.host], "portal": [bad.host], "none": []}[through]
    value = value.format(portal=bad.port, there=there.port)
    for option in (False, True):
        with ConnectProxy() as proxy:
            args, env = (["--proxy", proxy.url], {}) if option else ([], {"HTTPS_PROXY": proxy.url})
            done = fv("get", "-o", "-", f"{bad.url}{FILE}f1", *args, portal=bad,
                      env={**env, "NO_PROXY": value}).expect()
            assert done.stdout == b"data"
            assert set(proxy.targets) == set(want)


@pytest.mark.parametrize("value, address, direct", [
    ("127.0.0.0/8", "127.0.0.1", True), ("127.0.0.0/30", "127.0.0.7", False),
    ("10.0.0.0/8 127.0.0.7", "127.0.0.7", True),
    ("::/64", "[::1]", True), ("[::1]:{port}", "[::1]", True), ("::2", "[::1]", False)])
def test_addresses(fv, bad_portal, value, address, direct):
    """Networks and addresses of both families; nobody answers there, so what is asked for is seen at the proxy
    alone."""
    with portals.Port() as nobody, ConnectProxy(refuse="403 Forbidden") as proxy:
        port = nobody.number
        done = fv("list", "-e", f"https://{address}:{port}", "HAUC", portal=bad_portal(),
                  env={"HTTPS_PROXY": proxy.url, "NO_PROXY": value.format(port=port)}).expect(3)
        assert proxy.targets == ([] if direct else [f"{address}:{port}"]), done


def test_what_is_not_understood_is_told(fv, site):
    """A warning for each entry, and the rest holds."""
    with ConnectProxy() as proxy:
        done = fv("list", "HAUC", portal=site,
                  env={"HTTPS_PROXY": proxy.url, "no_proxy": "192.168.*, localhost,10.0.0.0/33"})
        assert done.status == 0 and proxy.tunnels == 0, done
        lines = done.err.splitlines()
        assert len(lines) == 2 and all(line.startswith("fluxvision: no_proxy: warning: ") for line in lines), done
        assert lines[0].endswith("'192.168.*'") and lines[1].endswith("'10.0.0.0/33'"), done


@pytest.mark.parametrize("value", ["192.168.", "10.", "127.0.0.2-127.0.0.9", "127.2", ".5"])
def test_a_part_of_an_address_is_told(fv, value):
    """It can be no host's name: "10." is the old way to write a network."""
    with ConnectProxy(refuse="403 Forbidden") as proxy:
        done = fv("list", "HAUC",
                  env={"FLUXVISION_ENDPOINT": "https://127.0.0.2:9", "FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p",
                                       "HTTPS_PROXY": proxy.url, "NO_PROXY": value})
        assert proxy.targets and f"NO_PROXY: warning: not understood: '{value}'" in done.err, done


@pytest.mark.parametrize("args, env", [(["-q"], {}), ([], {"FLUXVISION_QUIET": "1"})], ids=["option", "variable"])
def test_quiet_silences_the_warning(fv, site, args, env):
    with ConnectProxy() as proxy:
        assert fv("list", *args, "HAUC", portal=site,
                  env={"HTTPS_PROXY": proxy.url, "NO_PROXY": "192.168.*", **env}).expect().err == ""


def test_without_a_proxy_nothing_is_told(fv, site):
    assert fv("list", "HAUC", portal=site, env={"NO_PROXY": "192.168.*"}).expect().err == ""


# --- Secrets in settings

MISSPELT = ["http://user:s3cret/x@host:9", "user:s3cret/x@host:9", "http:/user:s3cret@host:9",
            "http//user:s3cret@host:9",
            "https://user:s3cret@host:9", "socks5://user:s3cret@host:9", "http://user:s3cret@host:9:9",
            "http://user:s3cret@",
            "http://user:s3cret@ho st:9", "http://user:s3cret#@host:9", "http://user:s3cret?@host:9", "user:s3cret",
            "http://user:s3cret", "http://user:s3cret%zz@host:9", "http://us@er:s3cret@host:x",
            "http://user:s3cret@host:99999",
            "://user:s3cret@host:9", "https://user:s3cret", "http://user:", "http://user:s3cret@[::1:9",
            "http://user:s3cret\n@host:9", "HTTP://user:s3cret/@host"]
SOURCES = ["HTTPS_PROXY", "https_proxy", "FLUXVISION_PROXY", "--proxy", "proxy"]


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("value", MISSPELT)
def test_a_misspelt_proxy_shows_no_secret(fv, tmp_path, value, source):
    """Neither user nor password, in part or whole; which setting it is instead."""
    if source == "proxy":
        value = value.replace("\n", "?")
    args, env = ["-v", "HAUC"], {"FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p", source: value}
    if source == "--proxy":
        args, env = [*args, source, value], {**env, source: None}
    if source == "proxy":
        (tmp_path / "conf").write_text(f"proxy = {value}\n", encoding="utf-8")
        (tmp_path / "conf").chmod(0o600)
        args, env = [*args, "-c", tmp_path / "conf"], {**env, source: None}
    done = fv("list", *args, env=env).fails(2, source)
    for part in ("s3cret", "user:", "us@er", "host:9"):
        assert part not in done.err.replace("USER:PASSWORD", ""), done


@pytest.mark.parametrize("args", [["list", "-xhttp://user:s3cret@h:9", "HAUC"],
                                  ["list", "--prox=http://user:s3cret@h:9", "HAUC"],
                                  ["list", "-e", "https://user:s3cret@h", "HAUC"],
                                  ["list", "-e", "user:s3cret@h", "HAUC"],
                                  ["list", "-e", "https://user:s3cret/x@h", "HAUC"],
                                  ["list", "HAUC", "http://user:s3cret@h:9"],
                                  ["http://user:s3cret@h:9"]], ids=str)
def test_nor_does_another_option(fv, args):
    done = fv(*args, env={"FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p"}).expect(2)
    assert "s3cret" not in done.err and "user:" not in done.err, done


def test_nor_does_a_url(fv, bad):
    done = fv("get", "https://user:s3cret@h/f1", portal=bad)
    assert done.status != 0 and "s3cret" not in done.err, done


# --- Faults of the proxy

@pytest.mark.parametrize("url, words", [
    ("http://user:s3cret@127.0.0.1:{port}", ["127.0.0.1:{port}", "refused"]),
    ("http://nowhere.invalid:9", ["nowhere.invalid:9"]),
    ("http://[::1]:{port}/", ["[::1]:{port}"])])
def test_a_proxy_that_is_not_there(fv, bad, out, url, words):
    with portals.Port() as nobody:
        for args in (["list", "HAUC"], ["sync", "HAUC", out]):
            done = fv(*args, "-v", portal=bad, env={"HTTPS_PROXY": url.format(port=nobody.number)})
            last = done.err.splitlines()[-1]
            assert done.status == 3 and "the proxy could not be reached" in last, done
            assert all(word.format(port=nobody.number) in last
                       for word in words) and "s3cret" not in done.err and not bad.connections


def test_a_proxy_that_never_connects(fv, bad):
    """The time for connecting passes on the way to it: the proxy's matter; that for the command: nobody's."""
    how = {"portal": bad, "env": {"HTTPS_PROXY": "http://192.0.2.1:9"}, "prefix": ["unshare", "-n", "sh", "-c",
           "ip link set lo up; ip link add d0 type veth peer name d1; ip link set d0 up; ip link set d1 up; ip addr "
           "add 192.0.2.9/24 dev d0; "
           "ip neigh add 192.0.2.1 lladdr 02:00:00:00:00:01 dev d0; exec \"$@\"", "sh"]}
    fv("list", "--connect-timeout", "1", "HAUC", **how).fails(3, "192.0.2.1:9", "the proxy could not be reached")
    fv("list", "--max-time", "1", "HAUC", **how).fails(3, "no response came in time")


@pytest.mark.parametrize("refuse, words", [("407 Proxy Authentication Required", ["the proxy refused", "407"]),
                                           ("403 Forbidden", ["the proxy refused", "403"]),
                                           ("502 Bad Gateway", ["the proxy", "502"])])
def test_a_proxy_that_refuses_is_named(fv, bad, refuse, words):
    with ConnectProxy(refuse=refuse) as proxy:
        url = proxy.url.replace("http://", "http://user:s3cret@")
        done = fv("list", "HAUC", portal=bad, env={"HTTPS_PROXY": url}).fails(3, f"127.0.0.1:{proxy.port}: ", *words)
        assert "s3cret" not in done.err


# --- An endpoint with a prefix

@pytest.mark.parametrize("suffix", ["/flux", "/flux/", "/flux//"])
def test_the_prefix_stands_before_the_listing(fv, bad, out, suffix):
    """Credentials go to the origin, whatever the path of an entry."""
    inside, beside = entry("f1", url="http://{host}/flux/files/f1"), entry("f2", url="http://{host}/files/f2")
    for scope in ("HAUC", "HAUC/HAUC-3/HAUC-3-2"):
        bad.route(f"/flux/api_file/v1/{scope}/", ok(bad.listing([inside, beside]), JSON))
    bad.route("/flux/files/f1", ranged_file(b"one"))
    bad.route("/files/f2", ranged_file(b"two"))
    fv("sync", "-e", bad.url + suffix, "HAUC", out, portal=bad).expect()
    harness.assert_names(out, {"HAUC/HAUC-3/HAUC-3-2/f1": b"one", "HAUC/HAUC-3/HAUC-3-2/f2": b"two"})
    assert [one.path for one in bad.requests][0] == "/flux/api_file/v1/HAUC/" and all(one.authorization
                                                                                      for one in bad.requests)
    assert fv("get", "-e", bad.url + suffix, "-o", "-", "HAUC/HAUC-3/HAUC-3-2/f1", portal=bad).expect().stdout == b"one"


@pytest.mark.parametrize("url", ["https://h/?a", "https://h?", "https://h/#a", "https://h#", "https://u@h",
                                 "https://u:s3cret@h/",
                                 "https://h/a@b", "http://h", "h", ""])
def test_other_endpoints_are_refused(fv, url):
    done = fv("list", "-e", url, "HAUC", env={"FLUXVISION_USER": "u", "FLUXVISION_PASSWORD": "p"}).fails(2, "endpoint")
    assert "s3cret" not in done.err


# --- Want of descriptors

@pytest.mark.plain    # a sanitised program loads libraries, which needs some
@pytest.mark.parametrize("command", ["list", "sync", "get", "verify"])
def test_want_of_descriptors_is_called_so(fv, bad, out, command):
    """With one more at each step, until it works: of storage it may be said that it failed, never a word of names or
    bundles."""
    bad.publish({"f1": b"data"})
    fv("sync", "HAUC", out, portal=bad).expect()
    args = {"list": ["--json", "HAUC"], "sync": ["HAUC", out], "get": ["-o", out / "f1", "HAUC/HAUC-3/HAUC-3-2/f1"],
            "verify": [out]}
    failed = []
    env = {"FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_PASSWORD": PASSWORD}
    for limit in range(3, 24):
        cut = ["sh", "-c", f'ulimit -n {limit}; exec "$@"', "sh"]
        done = fv(command, *args[command], portal=bad, prefix=cut, env=env)
        if done.status == 0:
            break
        failed.append(done)
        assert done.status in (1, 2, 3, 7), done
        assert "Too many open files" in done.err or "storage failed" in done.err, done
        assert "ca-certificates" not in done.err and "does not exist" not in done.err, done
    assert done.status == 0 and len(failed) > 2, failed
    assert sum("Too many open files" in one.err for one in failed) > len(failed) / 2, failed
