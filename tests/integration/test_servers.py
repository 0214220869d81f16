# SPDX-License-Identifier: MIT
"""Servers that exist: TLS versions, keys, nginx and lighttpd, HTTP/1.0, connections that end, IPv4 and IPv6,
proxies."""

import select
import socket
import ssl
import threading

import pytest

import portal as portals
from bad import Close, ConnectProxy, Send, basic, chunked, entry, interim, ok, until_close
from harness import PATIENCE_S, assert_tree, files_below

NAME = "HAUC/HAUC-3/HAUC-3-2/f1"
FILE = f"/api_file/v1/{NAME}"
CERTS = ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096", "chain"]


@pytest.fixture(scope="module")
def server(certs, tree):
    """A function that gives one nginx or lighttpd, restarted with other options."""
    running = {}

    def give(kind, **options):
        if kind not in running:
            running[kind] = kind(tree, certs=certs, **options)
        running[kind].restart(**options)
        return running[kind]

    yield give
    for one in running.values():
        one.stop()


@pytest.mark.parametrize("kind", [portals.Nginx, portals.Lighttpd])
@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("cert", CERTS)
def test_tls(fv, server, kind, tls, cert):
    site = server(kind, tls=tls, cert=cert)
    site.clear_log()
    assert len(fv("list", "--pinnedpubkey", site.pin, "HAUC",
                  portal=site).expect().out.splitlines()) == len(site.expected)
    if kind is portals.Nginx:
        assert {line["tls"] for line in site.log(1)[-1:]} == {f"TLSv{tls}"} and site.log()[-1]["sni"] == "localhost"


@pytest.mark.parametrize("ciphers, cert", [
    ("ECDHE-RSA-AES128-GCM-SHA256", "rsa-2048"), ("ECDHE-RSA-AES256-GCM-SHA384", "rsa-2048"),
    ("ECDHE-RSA-CHACHA20-POLY1305", "rsa-4096"), ("ECDHE-ECDSA-AES128-GCM-SHA256", "ecdsa-p256"),
    ("ECDHE-ECDSA-AES256-GCM-SHA384", "ecdsa-p384"), ("ECDHE-ECDSA-CHACHA20-POLY1305", "chain")])
def test_cipher_suites_of_tls_1_2(fv, bad_portal, ciphers, cert):
    bad = bad_portal({"*": ok(b"[]")}, tls="1.2", cert=cert, ciphers=ciphers)
    fv("list", "HAUC", portal=bad).expect()
    assert bad.connections[-1].cipher == ciphers


class Hoarder(threading.Thread):
    """Passes one connection on to a port, what comes back from there only once nothing has come for a moment."""

    def __init__(self, port):
        super().__init__(daemon=True)
        self.listener, self.to = socket.create_server(("127.0.0.1", 0)), port
        self.port = self.listener.getsockname()[1]
        self.start()

    def run(self):
        client = self.listener.accept()[0]
        server, kept = socket.create_connection(("127.0.0.1", self.to)), b""
        while True:
            ready = select.select([client, server], [], [], 0.3)[0]
            if not ready:
                client.sendall(kept)
                kept = b""
            for one in ready:
                data = one.recv(65536)
                if not data:
                    client.sendall(kept)
                    client.close()
                    server.close()
                    return
                if one is client:
                    server.sendall(data)
                else:
                    kept += data


def test_answer_in_one_piece_with_session_tickets(fv, server):
    # mbedTLS wants to read after a ticket; what follows has been received already, and the socket stays silent.
    site = server(portals.Nginx, tls="1.3", cert="ecdsa-p256")
    hoarder = Hoarder(site.port)
    done = fv("list", "-e", f"https://localhost:{hoarder.port}", "HAUC", portal=site).expect()
    assert len(done.out.splitlines()) == len(site.expected)
    hoarder.join(5)


def test_fastest_suite_of_this_processor(fv, server):
    site = server(portals.Nginx, tls="1.3", cert="ecdsa-p256")
    site.clear_log()
    fv("list", "HAUC", portal=site).expect()
    with open("/proc/cpuinfo", encoding="utf-8") as file:
        features = set(file.read().split())
    has_aes = "aes" in features and not features.isdisjoint({"pclmulqdq", "pmull"})
    wanted = "TLS_AES_128_GCM_SHA256" if has_aes else "TLS_CHACHA20_POLY1305_SHA256"
    assert {line["cipher"] for line in site.log(1)} == {wanted}


def test_rsa_server_of_tls_1_2_with_an_order_of_its_own(fv, bad_portal):
    # Such a server chooses RSA-PSS whatever the client prefers, and mbedTLS 3.6 offers and then refuses it.
    bad = bad_portal({"*": ok(b"[]")}, tls="1.2", cert="rsa-2048")
    assert bad.context.options & ssl.OP_CIPHER_SERVER_PREFERENCE
    fv("list", "HAUC", portal=bad).expect()
    assert len(bad.connections) == 2
    bad = bad_portal({"*": ok(b"[]")}, tls="both", cert="rsa-2048")
    fv("list", "HAUC", portal=bad).expect()
    assert [one.tls for one in bad.connections] == ["TLSv1.3"]


@pytest.mark.parametrize("kind, tls, cert", [(portals.Nginx, "1.2", "rsa-2048"),
                                             (portals.Lighttpd, "both", "ecdsa-p256"),
                                             (portals.Lighttpd, "1.2", "rsa-4096"), (portals.Nginx, "1.3", "chain")])
@pytest.mark.parametrize("options", [[], ["--pipeline", "8"]], ids=["one", "pipeline"])
def test_whole_organisation(fv, server, out, kind, tls, cert, options):
    site = server(kind, tls=tls, cert=cert)
    fv("sync", *options, "HAUC", out, portal=site).expect()
    assert_tree(out, site.expected)


@pytest.mark.parametrize("framing", ["chunked_listings", "close_delimited"])
@pytest.mark.parametrize("options", [[], ["--pipeline", "8"]], ids=["one", "pipeline"])
def test_framing_of_listings(fv, certs, tree, out, framing, options):
    with portals.Nginx(tree, certs=certs, **{framing: True}) as site:
        fv("sync", *options, "HAUC", out, portal=site).expect()
        assert_tree(out, site.expected)


@pytest.mark.parametrize("url_port", ["none", 80])
def test_urls_without_port_as_the_real_portal_has_them(fv, certs, tree, out, url_port):
    with portals.Nginx(tree, certs=certs, url_port=url_port) as site:
        fv("sync", "HAUC/HAUC-1", out, portal=site).expect()
        assert len(files_below(out)) == 5


# --- connections that end between requests

@pytest.mark.parametrize("kind", [portals.Nginx, portals.Lighttpd])
@pytest.mark.parametrize("options", [[], ["--pipeline", "8"]], ids=["one", "pipeline"])
def test_few_requests_a_connection(fv, server, out, kind, options):
    site = server(kind, tls="both", cert="ecdsa-p256", keepalive_requests=3)
    fv("sync", *options, "HAUC", out, portal=site).expect()
    assert_tree(out, site.expected)
    site.restart(keepalive_requests=1000)


@pytest.mark.parametrize("notify", [True, False])
@pytest.mark.parametrize("options", [[], ["--pipeline", "8"]], ids=["one", "pipeline"])
def test_connection_closed_after_each_answer_without_a_word(fv, bad, out, options, notify):
    files = {f"f{number}": f"data {number}".encode() for number in range(6)}
    bad.publish({name: [ok(data), Close(notify)] for name, data in files.items()})
    fv("sync", "--retries", "1", *options, "HAUC", out, portal=bad).expect()
    assert {path[len(NAME) - 2:]: one.read_bytes() for path, one in files_below(out).items()} == files


def test_http_1_0(fv, bad, out):
    bad.route("/api_file/v1/HAUC/", until_close(bad.listing([entry("f1"), entry("f2"), entry("f3")]),
                                                version="HTTP/1.0"))
    bad.route(FILE, until_close(b"one", version="HTTP/1.0"))
    bad.route(FILE[:-1] + "2", [ok(b"two", version="HTTP/1.0"), Close()])
    bad.route(FILE[:-1] + "3", [ok(b"three", {"Connection": "keep-alive"}, version="HTTP/1.0"), Close()])
    fv("sync", "--pipeline", "4", "HAUC", out, portal=bad).expect()
    assert [path.read_bytes() for _, path in sorted(files_below(out).items())] == [b"one", b"two", b"three"]


@pytest.mark.parametrize("answer", [
    interim("100 Continue") + ok(b"data"), interim() + interim("102 Processing", {"A": "b"}) + chunked(b"data", (1,)),
    chunked(b"data", (1, 2), {"X-Trailer": "t"}, extension=";a=b;c=\"d\""), ok(b"data", {"X": "y" * 4000}),
    ok(b"data", [(f"X-{number}", "v" * 100) for number in range(100)]), ok(b"data", {"CONTENT-TYPE": "", "x": "\xe9"}),
    [Send(b"HTTP/1.1 200 \r\nContent-Length:4\r\nConnection: Close\r\n\r\ndata"), Close()],
    b"HTTP/1.1 200 OK\r\ntransfer-encoding:  Chunked \r\n\r\n0004\r\ndata\r\n000\r\n\r\n",
    [bytes([byte]) for byte in ok(b"data")], until_close(b"data"),
], ids=range(10))
def test_kinds_of_answers(fv, bad, out, answer):
    bad.publish({"f1": [answer], "f2": b"next"})
    fv("sync", "HAUC", out, portal=bad).expect()
    assert [path.read_bytes() for _, path in sorted(files_below(out).items())] == [b"data", b"next"]


def test_requests_are_as_they_should_be(fv, bad):
    bad.route("*", ok(b"[]"))
    fv("list", "HAUC/Étude B6", portal=bad).expect()
    request = bad.requests[0]
    assert request.raw.startswith(b"GET /api_file/v1/HAUC/%C3%89tude%20B6/ HTTP/1.1\r\n")
    assert request.headers["host"] == bad.host and request.authorization == basic()
    assert len({name.lower() for name, _ in request.fields}) == len(request.fields)
    assert bad.wait_closed()[0].ended == "client-notify"


# --- addresses

@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]", "localhost"])
@pytest.mark.parametrize("ipv6", [True, False])
def test_addresses(fv, bad_portal, host, ipv6):
    if host == "[::1]" and not (ipv6 and portals.has_ipv6()):
        pytest.skip("no IPv6 here")
    bad = bad_portal({"*": ok(b"[]")}, host=host, ipv6=ipv6)
    fv("list", "HAUC", portal=bad).expect()
    assert bad.requests[0].headers["host"] == bad.host


@pytest.mark.parametrize("lines", ["127.0.0.9 portal.test\n127.0.0.1 portal.test\n",
                                   "::1 portal.test\n127.0.0.1 portal.test\n",
                                   "192.0.2.1 portal.test\n127.0.0.1 portal.test\n"], ids=["refused", "IPv6", "silent"])
def test_next_address_when_one_fails(fv, bad_portal, namespaces, tmp_path, lines):
    bad = bad_portal({"*": ok(b"[]")}, host="portal.test", ipv6=False)
    hosts = tmp_path / "hosts"
    hosts.write_text(lines)
    fv.mounted(hosts, "mount --bind $1 /etc/hosts", "list", "--connect-timeout", 60, "HAUC",
                      portal=bad, timeout=PATIENCE_S).expect()
    assert bad.wait_closed()[0].sni == "portal.test"


# --- proxies

def test_proxy(fv, site, out):
    with ConnectProxy() as proxy:
        fv("sync", "--proxy", proxy.url, "HAUC/HAUC-1", out, portal=site).expect()
        assert_tree(out, [one for one in site.expected if one["study"] == "HAUC-1"])
        assert proxy.targets == [site.host]
        assert "authorization" not in proxy.requests[0].headers and proxy.requests[0].headers["host"] == site.host


@pytest.mark.parametrize("variable, options", [("HTTPS_PROXY", []), ("https_proxy", []), ("FLUXVISION_PROXY", []),
                                               ("HTTPS_PROXY", ["--pipeline", "8"])])
def test_proxy_of_the_environment(fv, site, out, variable, options):
    with ConnectProxy(split=True) as proxy:
        fv("sync", *options, "HAUC/HAUC-1", out, portal=site, env={variable: proxy.url}).expect()
        assert proxy.targets == [site.host]


def test_proxy_on_the_command_line_wins(fv, site):
    with ConnectProxy() as proxy:
        fv("list", "--proxy", proxy.url, "HAUC", portal=site, env={"HTTPS_PROXY": "http://127.0.0.1:1"}).expect()
        assert proxy.tunnels == 1


@pytest.mark.parametrize("close_407", [True, False])
def test_proxy_with_authentication(fv, site, close_407):
    with ConnectProxy(auth=("proxy", "p@ss"), close_407=close_407) as proxy:
        url = proxy.url_with_auth.replace("p@ss", "p%40ss")
        fv("list", "HAUC", portal=site, env={"HTTPS_PROXY": url}).expect()
        assert proxy.tunnels == 1
        done = fv("list", "-v", "HAUC", portal=site, env={"HTTPS_PROXY": url.replace("p%40ss", "wr0ng")})
        assert done.status in (3, 5) and "wr0ng" not in done.err and proxy.tunnels == 1, done
        fv("list", "HAUC", portal=site, env={"HTTPS_PROXY": proxy.url}).fails(3, "407")


@pytest.mark.parametrize("value, direct", [("localhost", True), ("*", True), ("example.org,localhost", True),
                                           ("example.org", False), ("host", False),
                                           (".localhost", None), ("example.org, LOCALHOST ", True), ("", False)])
def test_no_proxy(fv, site, value, direct):
    with ConnectProxy() as proxy:
        for name in ("NO_PROXY", "no_proxy"):
            fv("list", "HAUC", portal=site, env={"HTTPS_PROXY": proxy.url, name: value}).expect()
        assert direct is None or proxy.tunnels == (0 if direct else 2)


@pytest.mark.parametrize("options, status", [
    ({"refuse": "403 Forbidden"}, 3), ({"refuse": "502 Bad Gateway"}, 3), ({"refuse": b"gibberish\r\n\r\n"}, None),
    ({"die_after": 0}, 3),
    ({"die_after": 1000}, 3), ({"die_after": 1000, "die": "close"}, None), ({"stall": True}, 3)], ids=str)
def test_proxy_that_fails(fv, site, options, status):
    with ConnectProxy(**options) as proxy:
        done = fv("list", "--connect-timeout", "1", "HAUC", portal=site, env={"HTTPS_PROXY": proxy.url})
        assert done.status == status or (status is None and done.status in (3, 4, 6)), done
        assert done.err.startswith("fluxvision: ") and len(done.err.splitlines()) == 1


def test_proxy_that_dies_once(fv, site, out):
    with ConnectProxy(die_after=50_000, lives=2) as proxy:
        fv("sync", "--retries", "4", "HAUC/HAUC-5", out, portal=site, env={"HTTPS_PROXY": proxy.url}).expect()
        assert_tree(out, [one for one in site.expected if one["study"] == "HAUC-5"])
        assert proxy.tunnels >= 3


def test_no_proxy_there(fv, site):
    with portals.Port() as nobody:
        done = fv("list", "--proxy", f"http://127.0.0.1:{nobody.number}", "HAUC", portal=site).fails(3)
    assert "127.0.0.1" in done.err and not site.log()


@pytest.mark.parametrize("url", ["https://localhost:1", "socks5://localhost:1", "http://", "http://local host:1",
                                 "http://localhost:x"])
def test_proxies_that_are_none(fv, bad, url):
    fv("list", "--proxy", url, "HAUC", portal=bad).expect(2)
    assert not bad.connections


def test_early_bytes_of_a_proxy_are_not_the_portals(fv, site):
    with ConnectProxy(early=ok(b"[]")) as proxy:
        done = fv("list", "HAUC", portal=site, env={"HTTPS_PROXY": proxy.url})
        assert done.status in (3, 4) and done.stdout == b"", done


def test_tickets_that_come_with_the_answer(fv, bad_portal):
    """All in one piece: nothing more comes on the connection, and waiting for it would be waiting for the time-out."""
    bad = bad_portal({"*": ok(b"[]")}, tls="1.3", tickets_late=True)
    fv("list", "--stall-timeout", "60", "HAUC", portal=bad, timeout=PATIENCE_S).expect()
