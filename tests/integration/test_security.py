# SPDX-License-Identifier: MIT
"""Every sentence of the Security section of src/INTERFACE.md: each test here fails when its rule is taken out."""

import base64
import signal
from urllib.parse import quote

import pytest

from bad import (Close, ConnectProxy, Reset, Send, Stall, basic, chunked, cut, entry, error, head, listing, ok,
                 redirect, until_close)
from harness import files_below
from server import PASSWORD, USER

NAME = "HAUC/HAUC-3/HAUC-3-2/f1"
FILE = f"/api_file/v1/{NAME}"
PLACE = FILE[:-2]


# --- Certificates and host names are always verified; there is no option to turn that off.

REFUSED = ["wrong-host", "expired", "not-yet-valid", "self-signed", "unknown-ca", "chain-missing", "client-only",
           "wildcard"]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("cert", REFUSED)
def test_certificates_that_are_refused(fv, bad_portal, cert, tls):
    bad = bad_portal({"*": ok(b"[]")}, cert=cert, tls=tls)
    fv("list", "HAUC", portal=bad).fails(4, "localhost")
    assert not bad.requests


def test_host_name_is_compared(fv, bad_portal, certs):
    bad = bad_portal({"*": ok(b"[]")}, cert="wildcard")
    upstream = {f"{name}:443": ("127.0.0.1", bad.port) for name in ("a.portal.test", "portal.test", "a.b.portal.test")}
    with ConnectProxy(upstream=upstream) as proxy:
        how = {"FLUXVISION_PROXY": proxy.url, "FLUXVISION_CACERT": certs.ca}
        for name, status in (("a.portal.test", 0), ("portal.test", 4), ("a.b.portal.test", 4)):
            fv("list", "-e", f"https://{name}", "HAUC", portal=bad, env=how).expect(status)
        assert len(bad.requests) == 1 and bad.wait_closed()[0].sni == "a.portal.test"


def test_addresses_are_compared(fv, bad_portal):
    fv("list", "HAUC", portal=bad_portal({"*": ok(b"[]")}, host="127.0.0.1")).expect()
    fv("list", "HAUC", portal=bad_portal({"*": ok(b"[]")}, host="127.0.0.1", cert="wrong-host")).fails(4, "127.0.0.1")


def test_system_bundle_does_not_know_the_test_ca(fv, bad):
    done = fv("list", "HAUC", portal=bad, env={"FLUXVISION_CACERT": None})
    assert done.status == 4 and not bad.requests, done


@pytest.mark.parametrize("text", ["", "no certificate\n",
                                  "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", None],
                         ids=["empty", "text", "broken", "missing"])
def test_cacert_without_certificates(fv, bad, tmp_path, text):
    path = tmp_path / "ca.pem"
    if text is not None:
        path.write_text(text)
    done = fv("list", "--cacert", path, "HAUC", portal=bad)
    assert done.status in (2, 4) and not bad.requests, done


@pytest.mark.parametrize("option", ["-k", "--insecure", "--no-check-certificate", "--no-verify", "--verify=0",
                                    "--cacert=", "-a", "--tls-max"])
def test_no_option_turns_verification_off(fv, bad_portal, option):
    bad = bad_portal({"*": ok(b"[]")}, cert="self-signed")
    done = fv("list", option, "HAUC", portal=bad)
    assert done.status == 2 or (option == "--cacert=" and done.status == 4), done
    assert not bad.connections or option == "--cacert="


def test_no_setting_turns_verification_off(fv, bad_portal, tmp_path):
    bad = bad_portal({"*": ok(b"[]")}, cert="self-signed")
    (tmp_path / "conf").write_text("insecure = 1\n")
    fv("list", "-c", tmp_path / "conf", "HAUC", portal=bad).expect(2)
    names = ("INSECURE", "VERIFY", "NO_VERIFY", "K")
    done = fv("list", "HAUC", portal=bad, env={f"FLUXVISION_{name}": "1" for name in names}).expect(4)
    assert "localhost" in done.err and all(f"FLUXVISION_{name}" in done.err for name in names)
    fv("list", "HAUC", portal=bad, env={"SSL_CERT_FILE": bad.certs.pem("self-signed")}).fails(4, "localhost")


@pytest.mark.parametrize("url", ["http://localhost:{port}", "localhost:{port}", "ftp://localhost", "https://",
                                 "https://u:p@localhost:{port}",
                                 "https://local host", "https://localhost:99999", "https://localhost:0x50", ""])
def test_endpoints_that_are_none(fv, bad, url):
    fv("list", "-e", url.format(port=bad.port), "HAUC", portal=bad).expect(2)
    assert not bad.connections


# --- Pins

@pytest.mark.parametrize("pins, status", [
    (("ecdsa-p256",), 0), (("chain",), 4), (("chain", "ecdsa-p256"), 0), (("chain", "rsa-2048", "ca"), 4),
    (("ca",), 4)])
def test_pins(fv, bad, certs, pins, status):
    bad.route("*", ok(b"[]"))
    fv("list", "--pinnedpubkey", ";".join(certs.pin(name) for name in pins), "HAUC", portal=bad).expect(status)
    assert len(bad.requests) == (status == 0)


def test_pin_does_not_replace_verification(fv, bad_portal, certs):
    bad = bad_portal({"*": ok(b"[]")}, cert="self-signed")
    fv("list", "--pinnedpubkey", certs.pin("self-signed"), "HAUC", portal=bad).fails(4, "localhost")


@pytest.mark.parametrize("pins", ["", "sha256//", "sha256//AAAA", "sha1//{good}", "{good}", "sha256//{good};",
                                  "sha256//{good};x",
                                  "sha256//{good}A", "sha256//!{good}", "sha256//{good},sha256//{good}",
                                  "/tmp/key.pem"])
def test_malformed_pins(fv, bad, pins):
    bad.route("*", ok(b"[]"))
    good = base64.b64encode(bytes(32)).decode()
    fv("list", f"--pinnedpubkey={pins.format(good=good)}", "HAUC", portal=bad).expect(2)
    fv("list", "HAUC", portal=bad, env={"FLUXVISION_PINNEDPUBKEY": pins.format(good=good)}).expect(2)
    assert not bad.requests


# --- Credentials go only to the endpoint's own scheme, host and port.

def test_credentials_go_to_the_endpoint(fv, bad, out):
    bad.publish({"f1": b"data"})
    fv("sync", "HAUC", out, portal=bad).expect()
    assert [request.authorization for request in bad.requests] == [basic(), basic()]


@pytest.mark.parametrize("command", ["get", "sync"])
def test_redirect_to_another_origin(fv, bad, bad_portal, out, command):
    other = bad_portal({"/there": ok(b"data")})
    bad.publish({"f1": [redirect(other.url + "/there")]})
    arguments = (NAME, "-o", out) if command == "get" else ("HAUC", out)
    fv(command, *arguments, portal=bad).expect()
    assert [request.authorization for request in other.requests] == [None]
    assert not any("hauc" in value for request in other.requests for _, value in request.fields)
    fetched = out if command == "get" else files_below(out)[NAME]
    assert fetched.read_bytes() == b"data"


def test_listing_redirected_to_another_origin(fv, bad, bad_portal):
    other = bad_portal({"*": ok(b"[]")})
    bad.route("/api_file/v1/HAUC/", redirect(other.url + "/x", "307 Temporary Redirect"))
    fv("list", "HAUC", portal=bad)
    assert [request.authorization for request in other.requests] in ([None], [])


def test_redirect_to_another_name_of_the_endpoint(fv, bad, out):
    bad.publish({"f1": [redirect(f"https://127.0.0.1:{bad.port}/there")]})
    bad.route("/there", ok(b"data"))
    fv("sync", "HAUC", out, portal=bad).expect()
    assert bad.seen("/there")[0].authorization is None


@pytest.mark.parametrize("status", ["301 Moved", "302 Found", "303 See Other", "307 Temporary Redirect",
                                    "308 Permanent Redirect"])
@pytest.mark.parametrize("location", ["/there", "there", "{url}/there", "//{host}/there", "../../../../../there", "?x",
                                      "{plain}/there"])
def test_redirect_inside_the_endpoint(fv, bad, out, status, location):
    place = location.format(url=bad.url, host=bad.host, plain=bad.url.replace("https", "http"))
    bad.route(FILE, lambda request: ok(b"data") if "?" in request.target else redirect(place, status))
    bad.route(PLACE + "there", ok(b"data"))
    bad.route("/there", ok(b"data"))
    fv("get", bad.url + FILE, "-o", out, portal=bad).expect()
    assert out.read_bytes() == b"data" and all(request.authorization == basic() for request in bad.requests)
    assert not any(one.error for one in bad.connections)


@pytest.mark.parametrize("location", ["http://localhost:{plain}/x", "HTTP://127.0.0.1:{plain}/x",
                                      "http://portal.test/x", "ftp://localhost/x",
                                      "file:///etc/passwd", "javascript:x", "", None, "https://u:p@localhost:{own}/x",
                                      "https://"])
def test_redirect_to_plain_http_is_never_followed(fv, bad, bad_portal, out, location):
    plain = bad_portal({"*": ok(b"in clear")}, tls=None)
    target = location and location.format(plain=plain.port, own=bad.port)
    bad.publish({"f1": [error("302 Found", headers={"Location": target})]})
    fv("sync", "HAUC", out, portal=bad).fails(6, "f1")
    assert not plain.connections and not files_below(out) and len(bad.requests) == 2


def test_redirects_end(fv, bad, out):
    bad.route(FILE, redirect(FILE))
    fv("get", bad.url + FILE, "-o", out, portal=bad).fails(6)
    assert len(bad.requests) <= 25 and not out.exists()


def test_redirect_target_is_verified(fv, bad, bad_portal, out):
    other = bad_portal({"*": ok(b"data")}, cert="self-signed")
    bad.publish({"f1": [redirect(other.url + "/x")]})
    fv("sync", "HAUC", out, portal=bad).fails(4)
    assert other.connections and not other.requests and not files_below(out)


# --- An http:// URL of the endpoint's host is fetched over HTTPS. Any other origin in a listing is refused.

@pytest.mark.parametrize("url", ["http://localhost:{port}", "http://localhost", "http://LOCALHOST:80",
                                 "https://localhost:{port}", "http://localhost.:{port}"])
def test_urls_of_the_endpoint_are_fetched_over_https(fv, bad, out, url):
    bad.publish({"f1": b"data"}, url=url.format(port=bad.port) + FILE)
    fv("sync", "HAUC", out, portal=bad).expect()
    assert files_below(out)[NAME].read_bytes() == b"data" and bad.requests[1].authorization == basic()
    assert bad.requests[1].headers["host"] == bad.host and not any(one.error for one in bad.connections)


@pytest.mark.parametrize("url", ["{other}/x", "{plain}/x", "https://127.0.0.1:{port}/x",
                                 "http://localhost:{plain_port}/x", "https://localhost/x",
                                 "https://evil.test/x", "ftp://localhost/x", "//localhost/x", "/x", "x", "",
                                 "https://localhost:{port}@evil.test/",
                                 "https://u@localhost:{port}/x", "https://localhost:{port}\\@evil.test/",
                                 "https://localhost\u3002:{port}/"])
def test_other_origins_in_a_listing_are_refused(fv, bad, bad_portal, out, url):
    other, plain = bad_portal({"*": ok(b"x")}), bad_portal({"*": ok(b"x")}, tls=None)
    foreign = url.format(other=other.url, plain=plain.url, port=bad.port, plain_port=plain.port)
    bad.publish({"f1": b"data"})
    bad.publish_entries([entry("f2", url="{}") | {"url": foreign}, entry("f1")])
    done = fv("sync", "HAUC", out, portal=bad)
    assert done.status == 1 and "f2" in done.err, done
    assert not other.connections and not plain.connections and list(files_below(out)) == [NAME]
    assert {request.path for request in bad.requests} == {"/api_file/v1/HAUC/", FILE}


def test_other_origins_on_the_command_line_are_refused(fv, bad, bad_portal, out):
    other = bad_portal({"*": ok(b"x")})
    done = fv("get", other.url + "/x", "-o", out, portal=bad)
    assert done.status in (2, 6) and not other.connections and not out.exists(), done


# --- Truncated answers never become files.

BODY = b"0123456789" * 1000
TRUNCATED = {
    "length, then close_notify": cut(ok(BODY), 5000, Close(True)),
    "length, then FIN": cut(ok(BODY), 5000),
    "length, one byte short": [Send(ok(BODY)[:-1]), Close(True)],
    "length, then reset": cut(ok(BODY), 5000, Reset()),
    "length, inside a record": cut(ok(BODY), 5000, partial_record=True),
    "chunked, then close_notify": [Send(chunked(BODY, end=False)), Close(True)],
    "chunked, then FIN": [Send(chunked(BODY, end=False)), Close(False)],
    "chunked, last line missing": [Send(chunked(BODY)[:-2]), Close(True)],
    "chunked, trailer cut": [Send(chunked(BODY, trailers={"A": "b"})[:-4]), Close(True)],
    "chunked, in a size": [Send(chunked(BODY, end=False) + b"1"), Close(True)],
    "until close, FIN": until_close(BODY, notify=False),
    "until close, FIN, HTTP/1.0": until_close(BODY, notify=False, version="HTTP/1.0"),
    "until close, reset": [Send(head("200 OK") + BODY), Reset()],
    "head, then close_notify": [Send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n"), Close(True)],
}


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("answer", TRUNCATED.values(), ids=TRUNCATED)
def test_truncated_answers_never_become_files(fv, bad_portal, out, tmp_path, answer, tls):
    bad = bad_portal(tls=tls)
    bad.publish({"f1": answer})
    fv("sync", "HAUC", out, portal=bad).fails(3, "f1")
    fv("get", NAME, "-o", tmp_path / "f1", portal=bad).fails(3)
    assert not files_below(out) and sorted(path.name for path in tmp_path.iterdir()) == ["home", "out"]


@pytest.mark.parametrize("tls", ["1.2", "1.3"])
@pytest.mark.parametrize("version", ["HTTP/1.0", "HTTP/1.1"])
def test_close_notify_is_an_end(fv, bad_portal, out, tls, version):
    bad = bad_portal(tls=tls)
    bad.publish({"f1": until_close(BODY, version=version), "f2": until_close(b"", version=version)})
    fv("sync", "HAUC", out, portal=bad).expect()
    assert [path.read_bytes() for _, path in sorted(files_below(out).items())] == [BODY, b""]


LIST = listing([entry("f1"), entry("f2")], "localhost")


@pytest.mark.parametrize("answer", [cut(ok(LIST), len(LIST) - 1), [Send(chunked(LIST, end=False)), Close(True)],
                                    until_close(LIST, notify=False), until_close(LIST[:-1])],
                         ids=["length", "chunked", "close", "json"])
def test_truncated_listing_is_not_worked_on(fv, bad, out, answer):
    bad.route("/api_file/v1/HAUC/", answer)
    done = fv("sync", "HAUC", out, portal=bad)
    assert done.status in (3, 8) and "localhost" in done.err and len(bad.requests) == 1, done


# --- The Authorization value and the password are in no output at any verbosity, nor where other users look.

SECRETS = [PASSWORD, basic(), basic()[6:], quote(PASSWORD), PASSWORD.partition(":")[2],
           base64.b64encode(PASSWORD.encode()).decode()]


@pytest.mark.parametrize("behaviour", [ok(b"[]"), error("401 Unauthorized"), error("500 Oops"), cut(ok(b"[]"), 1),
                                       redirect("/x"),
                                       lambda request: ok(request.raw), lambda request: b"HTTP/1.1 " + request.raw])
def test_secrets_are_in_no_output(fv, bad, behaviour):
    bad.route("*", behaviour)
    for options in (["-v"], ["-v", "-v", "-v"], ["-vvv", "--json", "--progress"]):
        done = fv("list", *options, "HAUC", portal=bad)
        assert bad.requests and not any(secret in done.err + done.out for secret in SECRETS), done


def test_secrets_are_not_in_the_files(fv, bad, out):
    bad.publish({"f1": b"data"})
    fv("sync", "HAUC", out, portal=bad).expect()
    for path in out.rglob("*"):
        assert path.is_dir() or not any(secret.encode() in path.read_bytes() for secret in SECRETS)


def test_what_other_processes_see(fv, bad):
    bad.route("*", Stall())
    running = fv.start("list", "-v", "HAUC", portal=bad,
                       env={"FLUXVISION_PASSWORD": PASSWORD, "FLUXVISION_PASSWORD_FILE": None})
    assert bad.wait(1)[0].authorization == basic()
    for name in ("cmdline", "environ", "comm"):
        assert not any(secret.encode() in running.proc(name) for secret in SECRETS)
    limit = next(line for line in running.proc("limits").decode().splitlines() if line.startswith("Max core"))
    assert limit.split()[4:6] == ["0", "0"]
    running.signal(signal.SIGTERM)
    running.wait()


@pytest.mark.parametrize("option", ["--password", "--password=x", "-p", "--user-password=x"])
def test_password_is_never_an_argument(fv, bad, option):
    fv("list", option, "HAUC", portal=bad).expect(2)
    fv("list", "HAUC", portal=bad, env={"FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_USER": f"{USER}:{PASSWORD}"},
       stdin=None)
    assert not bad.requests


def test_wrong_answers_get_no_second_credential(fv, bad_portal):
    bad = bad_portal({"*": ok(b"[]")}, auth=("somebody", "else"))
    fv("list", "--retries", "3", "HAUC", portal=bad).fails(5, "localhost")
    assert len(bad.requests) == 1
