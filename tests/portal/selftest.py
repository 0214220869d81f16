# SPDX-License-Identifier: MIT
"""The test portals tested with curl and Python: pytest tests/portal/selftest.py

With PORTAL_CACHE set, the certificates there are used (and made); otherwise those of build/portal.
"""

import hashlib
import json
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import threading
import time

import pytest

import make_tree
import portal
from bad import (JSON, BadPortal, Close, ConnectProxy, Reset, Send, SendRaw, Sequence, Sleep, Stall, Trickle,
                 WaitBacklog, basic, chunked, cut, entry, error, html_login_page, interim, listing, ok, ranged_file,
                 until_close)
from client import curl, get, https, raw_exchange
from patience import PATIENCE_S, wait_until

HERE = pathlib.Path(__file__).resolve().parent
FILE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1"


@pytest.fixture(scope="session")
def certs():
    return portal.Certs()


@pytest.fixture(scope="session")
def tree(tmp_path_factory):
    return make_tree.build(tmp_path_factory.mktemp("tree"), small_count=24, big_bytes=3_000_000)


@pytest.fixture
def bad(certs):
    with BadPortal(certs=certs) as server:
        yield server


# --- certificates and tree

def test_certificates(certs):
    assert portal.Certs(certs.directory).pins == certs.pins
    for name in ("ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096", "chain", "chain-missing", "expired", "wrong-host",
                 "not-yet-valid", "self-signed", "unknown-ca", "client-only", "wildcard"):
        key = subprocess.run(["openssl", "pkey", "-in", certs.key(name), "-pubout", "-outform", "DER"],
                             capture_output=True, check=True).stdout
        sha = subprocess.run(["openssl", "base64"], input=hashlib.sha256(key).digest(), capture_output=True, check=True)
        assert certs.pin(name) == "sha256//" + sha.stdout.decode().strip()


def test_tree_is_the_same_every_time(tmp_path, tree):
    command = [sys.executable, str(HERE / "make_tree.py"), str(tmp_path), "--small-count", "24",
               "--big-bytes", "3000000", "--host", "localhost:1234", "--url-port", "none"]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    expected = json.loads((tmp_path / "expected.json").read_text())
    assert [(one["sha256"], one["size"]) for one in expected] == [(one.sha256, one.size) for one in tree.items]
    for one in expected:
        assert one["url"].startswith("http://localhost/api_file/v1/HAUC/")
        source = pathlib.Path(one["source"])
        assert hashlib.sha256(source.read_bytes()).hexdigest() == one["sha256"]
        assert source.stat().st_mtime_ns // 1000 == one["mtime_us"]
    listed = json.loads((tmp_path / "listings/api_file/v1/HAUC/.listing.json").read_text())
    assert [one["url"] for one in listed] == [one["url"] for one in expected]
    names = [(one["delivery"], one["file_name"]) for one in expected]
    assert len(set(names)) < len(names) and {one["size"] for one in expected} >= {0, 1, 300 * 1024}
    before = (tmp_path / "sums.json").stat().st_mtime_ns
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    assert (tmp_path / "sums.json").stat().st_mtime_ns == before


def test_long_listing(tmp_path):
    path = make_tree.write_big_listing(tmp_path, 100_000, "http://localhost")
    entries = json.loads(path.read_text())
    assert len(entries) == len({one["url"] for one in entries}) == 100_000
    assert json.loads(make_tree.write_big_listing(tmp_path, 0, "").read_text()) == []


# --- real servers

@pytest.mark.parametrize("server", [portal.Nginx, portal.Lighttpd])
def test_server_delivers_the_tree(server, certs, tree):
    with server(tree, certs=certs) as site:
        listed = curl(certs, site.api + "/HAUC/")
        assert listed.status == 200 and "Content-Type: application/json" in listed.lines
        assert [one["url"] for one in json.loads(listed.body)] == [one["url"] for one in site.expected]
        study = json.loads(curl(certs, site.api + "/HAUC/%C3%89tude%20B6%202019/").body)
        assert {one["file_name"] for one in study} == {"zones.csv", "carte des zones.pdf"}
        assert curl(certs, site.api + "/HAUC/HAUC-9/").body == b"[]"
        assert curl(certs, site.api + "/HAUC/HAUC-8/").status == 404
        picked = [one for one in site.expected if one["study"] != "HAUC-3"]
        for one in picked:
            answer = curl(certs, https(one["url"]))
            assert (answer.status, hashlib.sha256(answer.body).hexdigest()) == (200, one["sha256"]), one
        part = curl(certs, https(picked[-1]["url"]), "-r", "10-19")
        assert part.status == 206 and len(part.body) == 10
        assert curl(certs, site.api + "/HAUC/", login=False).status == 401
        assert curl(certs, site.api + "/HAUC/", "-u", "hauc:wrong", login=False).status == 401
        log = site.log(len(picked) + 7)
        assert [line["status"] for line in log] == [200, 200, 200, 404] + [200] * len(picked) + [206, 401, 401]
        assert log[0]["uri"] == "/api_file/v1/HAUC/" and log[0]["auth"] and not log[-2]["auth"]
        assert log[-3]["range"] == "bytes=10-19" and log[-3]["body_bytes"] == 10
        assert portal.PASSWORD not in site.log_path.read_text()
        port, workdir = site.port, site.workdir
    assert not workdir.exists()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 1)


@pytest.mark.parametrize("server", [portal.Nginx, portal.Lighttpd])
def test_server_tls_versions(server, certs):
    with server(certs=certs, tls="1.2") as site:
        assert curl(certs, site.url + "/x", "--tlsv1.3").code == 35
        assert curl(certs, site.url + "/x").status == 404
        site.restart(tls="1.3", cert="rsa-2048")
        assert curl(certs, site.url + "/x", "--tls-max", "1.2").code == 35
        assert curl(certs, site.url + "/x", "--pinnedpubkey", site.pin).status == 404
        assert curl(certs, site.url + "/x", "--pinnedpubkey", certs.pin("chain")).code == 90


@pytest.mark.parametrize("name", ["ecdsa-p384", "rsa-4096", "chain"])
def test_good_certificates(name, certs):
    with portal.Nginx(certs=certs, cert=name) as site:
        assert curl(certs, site.url + "/", "--pinnedpubkey", site.pin).status == 404
        assert curl(certs, site.url + "/", ca=certs.other_ca).code == 60


@pytest.mark.parametrize("name", ["expired", "not-yet-valid", "wrong-host", "self-signed", "unknown-ca", "client-only",
                                  "chain-missing", "wildcard"])
def test_certificates_to_refuse(name, certs):
    with BadPortal({"*": ok(b"")}, certs=certs, cert=name) as server:
        assert curl(certs, server.url + "/").code == 60
        assert not server.requests


def test_nginx_options(certs, tree):
    with portal.Nginx(tree, certs=certs, tls="1.2", ciphers="ECDHE-ECDSA-AES128-GCM-SHA256", chunked_listings=True,
                      keepalive_requests=3, big=1000, url_port="none") as site:
        answer = curl(certs, site.api + "/BIG/")
        assert "Transfer-Encoding: chunked" in answer.lines and len(json.loads(answer.body)) == 1000
        assert site.expected[0]["url"].startswith("http://localhost/")
        raw = raw_exchange(site, certs, get(FILE[:-2] + "file_1", "Authorization: " + basic()) * 5)
        assert raw.count(b"HTTP/1.1 200 OK") == 3  # and then keepalive_requests closes
        log = site.log(4)
        assert {line["tls"] for line in log} == {"TLSv1.2"} and log[0]["cipher"] == "ECDHE-ECDSA-AES128-GCM-SHA256"
        assert [line["request"] for line in log[1:]] == [1, 2, 3] and len({line["conn"] for line in log[1:]}) == 1
        assert [line["pipelined"] for line in log[1:]] == [False, True, True]
        site.restart(chunked_listings=False, close_delimited=True)
        answer = curl(certs, site.api + "/HAUC/")
        assert "Connection: close" in answer.lines and "Content-Length" not in "".join(answer.lines)
        assert len(json.loads(answer.body)) == len(site.expected)


def test_tree_changes_show_after_relist(certs, tmp_path):
    tree = make_tree.build(tmp_path, small_count=0, big_bytes=0)
    with portal.Nginx(tree, certs=certs) as site:
        count = len(site.expected)
        tree.update(tree.find("f1"), b"version 2", "2021-05-01T00:00:00Z")
        tree.remove(tree.find("f2"))
        tree.add("neuf é.csv", b"new", segment="n 1", url_style="raw")
        site.relist()
        listed = json.loads(curl(certs, site.api + "/HAUC/").body)
        assert len(listed) == len(site.expected) == count
        assert curl(certs, https(site.expected[-1]["url"])).body == b"new"
        assert curl(certs, https(next(one for one in listed if one["file_name"] == "f1")["url"])).body == b"version 2"


def test_command_line(tmp_path, certs):
    def run(*words):
        return subprocess.run([sys.executable, str(HERE / "portal.py"), *words], capture_output=True, text=True,
                              check=True).stdout
    (tmp_path / "demo dir").mkdir()
    place = str(tmp_path / "demo dir")
    (tmp_path / "demo dir" / "certs").symlink_to(certs.directory)
    try:
        assert "36 files" in run("start", place, "--small-count", "18", "--big-mib", "1")
        assert "runs already" in run("start", place)
        script = ('. "$1/portal.env"; curl -q -s --cacert "$FLUXVISION_CACERT" '
                  '-u "$FLUXVISION_USER:$(cat "$FLUXVISION_PASSWORD_FILE")" "$FLUXVISION_ENDPOINT/api_file/v1/HAUC/"')
        listed = subprocess.run(["sh", "-c", script, "sh", place], capture_output=True, check=True).stdout
        assert len(json.loads(listed)) == 36
    finally:
        assert "stopped" in run("stop", place)
    assert "was not running" in run("stop", place) and not portal.running(place)


def test_server_ends_with_its_parent(tmp_path, certs):
    script = ("import sys, os, signal; sys.path.insert(0, sys.argv[1]); import portal; "
              "site = portal.Nginx(certs=portal.Certs(sys.argv[2]), workdir=sys.argv[3]); "
              "print(site.process.pid, flush=True); os.kill(os.getpid(), signal.SIGKILL)")
    pid = int(subprocess.run([sys.executable, "-c", script, str(HERE), str(certs.directory), str(tmp_path / "n")],
                             capture_output=True, check=False).stdout)
    wait_until(lambda: not alive(pid))


def alive(pid):
    """Whether a process runs (and is no zombie)."""
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


# --- the misbehaving portal

def test_routes_and_records(bad, certs):
    bad.publish({"f1": b"content", "été 1.csv": b"summer"})
    listed = json.loads(curl(certs, bad.api + "/HAUC/HAUC-3/").body)
    assert [one["file_name"] for one in listed] == ["f1", "été 1.csv"]
    assert curl(certs, https(listed[1]["url"])).body == b"summer"
    bad.route(lambda request: request.method == "HEAD", ok(headers={"X-Head": "1"}))
    assert "X-Head: 1" in curl(certs, bad.url + "/", "-I").lines
    assert curl(certs, bad.url + "/none").status == 404
    requests = bad.wait(4)
    assert requests[0].target == "/api_file/v1/HAUC/HAUC-3/" and requests[0].authorization == basic()
    assert requests[1].path.endswith("/été 1.csv") and "%C3%A9" in requests[1].target
    assert [one.conn for one in requests] == [1, 2, 3, 4] and requests[3].headers["host"] == bad.host
    assert bad.wait_closed()[0].sni == "localhost" and bad.connections[0].tls == "TLSv1.3"
    assert len(bad.seen("/none")) == 1


def test_authentication_and_sequence(certs):
    with BadPortal({"/a": Sequence(error("503 Busy"), ok(b"fine"))}, certs=certs, tls="1.2",
                   auth=(portal.USER, portal.PASSWORD)) as server:
        assert curl(certs, server.url + "/a", login=False).status == 401
        assert [curl(certs, server.url + "/a").status for _ in range(3)] == [503, 200, 200]


def test_ends_of_a_connection(bad, certs):
    bad.route("/notify", until_close(b"abc"))
    bad.route("/fin", until_close(b"abc", notify=False))
    bad.route("/reset", [Send(b"HTTP/1.1 200 OK\r\n\r\nabc"), Reset()])
    bad.route("/cut", cut(ok(b"x" * 1000), 10))
    bad.route("/part", cut(ok(b"x" * 1000), 10, partial_record=True))
    bad.route("/garbage", [Send(b"HTTP/1.1 200 OK\r\n\r\nabc"), SendRaw(b"not a TLS record"), Close(False)])
    for tls in ("1.2", "1.3"):
        assert raw_exchange(bad, certs, get("/notify"), tls).endswith(b"\r\n\r\nabc")
        with pytest.raises(ssl.SSLError, match="(?i)eof"):
            raw_exchange(bad, certs, get("/fin"), tls)
        assert "reset by peer" in curl(certs, bad.url + "/reset", "--tls-max", tls).errors
        with pytest.raises(ssl.SSLError):
            raw_exchange(bad, certs, get("/garbage"), tls)
        with pytest.raises(ssl.SSLError, match="(?i)eof"):
            raw_exchange(bad, certs, get("/part"), tls)
    assert curl(certs, bad.url + "/cut").code in (18, 56)
    assert [one.ended for one in bad.wait_closed()[:3]] == ["notify", "fin", "reset"]


def test_how_the_client_ends(bad, certs):
    bad.route("/", ok(b"done"))
    assert curl(certs, bad.url + "/").body == b"done"
    with socket.create_connection(("127.0.0.1", bad.port), 5) as plain:
        with certs.client_context().wrap_socket(plain, server_hostname="localhost") as secure:
            secure.sendall(get("/"))
            assert secure.recv(1000)
    assert [one.ended for one in bad.wait_closed()] == ["client-notify", "client-eof"]


def test_before_tls(certs):
    acts = {1: Reset(), 2: [SendRaw(b"HTTP/1.1 400 Bad Request\r\n\r\n"), Close()], 3: Stall()}
    with BadPortal({"*": ok(b"fine")}, certs=certs, accept=acts.get) as server:
        assert curl(certs, server.url + "/").code in (7, 35)
        assert curl(certs, server.url + "/").code == 35
        assert curl(certs, server.url + "/", "-m", "0.3").code == 28
        assert curl(certs, server.url + "/").body == b"fine"
        assert curl(certs, server.url + "/", ca=certs.other_ca).code == 60
        assert server.wait_closed()[4].error and not server.connections[4].requests


def test_slow_answers(bad, certs):
    bad.route("/trickle", Trickle(ok(b"slowly"), size=20, delay=0.01))
    bad.route("/stall", [ok(b"half", length=8), Stall()])
    bad.route("/late", [Sleep(0.2), ok(b"late")])
    bad.route("/endless", lambda _: (b"5\r\nabcde\r\n" if n else chunked(b"", end=False) for n in range(1 << 40)))
    assert curl(certs, bad.url + "/trickle").body == b"slowly"
    assert curl(certs, bad.url + "/stall", "-m", "0.5").code == 28
    assert curl(certs, bad.url + "/late").body == b"late"
    assert curl(certs, bad.url + "/endless", "-m", "0.5").code == 28


def test_pipelining(bad, certs):
    bad.route("/first", [WaitBacklog(2), ok(b"one")])
    bad.route("/second", chunked(b"two", (1,), {"X-Trailer": "t"}))
    bad.route("/last", until_close(b"three"))
    raw = raw_exchange(bad, certs, get("/first") + get("/second") + get("/last"))
    assert [raw.index(part) for part in (b"one", b"1\r\nt\r\n1\r\nw\r\n1\r\no\r\n0\r\nX-Trailer: t\r\n\r\n", b"three")]
    assert [(one.conn, one.number) for one in bad.requests] == [(1, 1), (1, 2), (1, 3)]
    assert bad.requests[0].backlog == 2


def test_kinds_of_answers(bad, certs):
    bad.route("/interim", interim("100 Continue") + interim("103 Early Hints", {"Link": "</x>"}) + ok(b"final"))
    bad.route("/old", until_close(b"old", version="HTTP/1.0"))
    bad.route("/login", html_login_page())
    bad.route("/chunked", chunked(b"q" * 10000, (1, 100, 4096)))
    bad.route("/surrogate", ok(listing([entry("a", study_name="\ud83d", delivery_name=...)], ensure_ascii=True), JSON))
    assert b"final" in curl(certs, bad.url + "/interim").body
    assert curl(certs, bad.url + "/old").body == b"old"
    assert b"<form" in curl(certs, bad.url + "/login").body
    assert curl(certs, bad.url + "/chunked").body == b"q" * 10000
    assert b'"\\ud83d"' in curl(certs, bad.url + "/surrogate").body


DATA = bytes(range(256)) * 40


@pytest.mark.parametrize("lies, status, body, line", [
    ({}, 206, DATA[100:], "Content-Range: bytes 100-10239/10240"),
    ({"ignore_range": True}, 200, DATA, None),
    ({"wrong_start": 5}, 206, DATA[105:], "Content-Range: bytes 105-10239/10240"),
    ({"wrong_start": -5}, 206, DATA[95:], "Content-Range: bytes 95-10239/10240"),
    ({"wrong_total": 1}, 206, DATA[100:], "Content-Range: bytes 100-10239/10241"),
    ({"unknown_total": True}, 206, DATA[100:], "Content-Range: bytes 100-10239/*"),
    ({"other_etag": '"v2"'}, 206, DATA[100:], 'ETag: "v2"'),
    ({"always_416": True}, 416, b"", "Content-Range: bytes */10240"),
    ({"no_length": True}, 206, DATA[100:], None),
    ({"as_chunks": True}, 206, DATA[100:], "Transfer-Encoding: chunked"),
])
def test_ranges(bad, certs, lies, status, body, line):
    bad.route(FILE, ranged_file(DATA, **lies))
    answer = curl(certs, bad.url + FILE, "-r", "100-", "-H", 'If-Range: "v1"')
    assert (answer.status, answer.body) == (status, body)
    assert line is None or line in answer.lines
    assert bad.requests[0].headers["range"] == "bytes=100-"


def test_range_details(bad, certs):
    bad.route("/f", ranged_file(DATA))
    bad.route("/weak", ranged_file(DATA, weak_etag=True))
    bad.route("/trusting", ranged_file(DATA, ignore_if_range=True))
    bad.route("/multi", ranged_file(DATA, multipart=True))
    bad.route("/silent", ranged_file(DATA, no_content_range=True))
    bad.route("/short", ranged_file(DATA, short=10))
    bad.route("/long", ranged_file(DATA, long=10))
    assert curl(certs, bad.url + "/f", "-r", "1-", "-H", 'If-Range: "v0"').status == 200
    assert curl(certs, bad.url + "/f", "-r", "-3").body == DATA[-3:]
    assert curl(certs, bad.url + "/f", "-r", "5-7").body == DATA[5:8]
    assert curl(certs, bad.url + "/f", "-r", "10240-").status == 416
    assert curl(certs, bad.url + "/f", "-r", "9-", "-H", "If-Range: Fri, 02 Apr 2021 13:44:37 GMT").status == 206
    assert curl(certs, bad.url + "/weak", "-r", "1-", "-H", 'If-Range: W/"v1"').status == 200
    assert curl(certs, bad.url + "/trusting", "-r", "1-", "-H", 'If-Range: "v0"').status == 206
    assert b"Content-Range: bytes 1-10239/10240" in curl(certs, bad.url + "/multi", "-r", "1-").body
    assert "Content-Range" not in "".join(curl(certs, bad.url + "/silent", "-r", "1-").lines)
    assert curl(certs, bad.url + "/short").code in (18, 56)
    assert raw_exchange(bad, certs, get("/long", "Connection: close")).endswith(DATA + b"X" * 10)


def test_plain_http_and_redirect(bad, certs):
    with BadPortal({"*": ok(b"in clear")}, tls=None) as plain:
        bad.route("/r", error("302 Found", headers={"Location": plain.url + "/x"}))
        assert plain.url.startswith("http://")
        assert curl(certs, bad.url + "/r", "-L").body.endswith(b"in clear")
        assert plain.requests[0].authorization is None


def test_refusing_further_connections(bad, certs):
    bad.refuse()
    assert curl(certs, bad.url + "/").code == 7


# --- the proxy

def test_proxy(bad, certs):
    bad.route("/", ok(b"through"))
    with ConnectProxy(auth=("p", "q:é"), split=True) as proxy:
        through = ("-x", proxy.url)
        assert curl(certs, bad.url + "/", *through).code == 56
        assert curl(certs, bad.url + "/", *through, "-U", "p:q:é").body == b"through"
        assert proxy.targets == [bad.host] * 2
        assert "authorization" not in proxy.requests[1].headers and proxy.tunnels == 1
    name = "portal.test:443"
    with ConnectProxy(upstream={name: ("127.0.0.1", bad.port)}) as proxy:
        assert curl(certs, "https://portal.test/", "-x", proxy.url).body == b"through"
        assert proxy.targets == [name]


def test_proxy_failures(bad, certs):
    bad.route("/", ok(b"x" * 100000))
    for options, codes in (({"refuse": "403 Forbidden"}, [56]), ({"refuse": b"gibberish\r\n\r\n"}, [56]),
                           ({"stall": True}, [28]), ({"die_after": 0}, [35]), ({"die_after": 50000}, [56]),
                           ({"die_after": 50000, "die": "close"}, [18, 56]), ({"die_after": 50000, "lives": 0}, [0])):
        with ConnectProxy(**options) as proxy:
            limit = "1" if options.get("stall") else str(PATIENCE_S)
            assert curl(certs, bad.url + "/", "-x", proxy.url, "-m", limit).code in codes, options


def test_nothing_is_left_running(certs):
    before = threading.active_count()
    with BadPortal({"*": Stall()}, certs=certs) as server, ConnectProxy() as proxy:
        start = time.monotonic()
        waiting = subprocess.Popen(["curl", "-q", "-s", "-k", "-x", proxy.url, server.url + "/"],
                                   env={**os.environ, "no_proxy": ""})
        server.wait(1)
    assert time.monotonic() - start < PATIENCE_S
    assert waiting.wait(PATIENCE_S) != 0
    assert threading.active_count() == before


if __name__ == "__main__":
    sys.exit(pytest.main(["-q", "-p", "no:cacheprovider", __file__]))
