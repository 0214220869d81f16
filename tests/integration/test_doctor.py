# SPDX-License-Identifier: MIT
"""doctor: for each fault the right step fails, what it advises works, the pin is openssl's, no secret is shown, DIR
stays as it was."""

import base64
import contextlib
import fcntl
import os
import pathlib
import re
import signal
import subprocess
import time

import pytest

import chaincases
import limbo
from bad import (JSON, Close, ConnectProxy, Reset, SendRaw, Sleep, Stall, entry, error, html_login_page, ok,
                 ranged_file, redirect)
from harness import PROGRAM, Done
from server import PASSWORD, USER, Port
from test_tls_reasons import CANNOT, CERTIFICATES, LACKS, V13, WANTS, pki, serve  # noqa: F401  pylint: disable=unused-import

LIST = "/api_file/v1/HAUC/"
FILE = "/api_file/v1/HAUC/HAUC-3/HAUC-3-2/f1"
STEPS = ["settings", "clock", "name", "addresses", "proxy", "tls", "credentials", "date", "listing", "ranges", "pipelining", "directory",
         "confinement"]
SECRETS = [PASSWORD, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "pr0xy-s3cret", "h00k-s3cret"]
CONTENT = b"0123456789" * 1000


def snapshot(directory):
    """All that is below, and itself: kind, size, time, content."""
    found = {}
    for path in [directory, *sorted(directory.rglob("*"))]:
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
    return found


class Report:
    """What a doctor said."""

    def __init__(self, done):
        self.done = done
        lines = done.records
        self.summary, self.steps = lines[-1], {one["step"]: one for one in lines[:-1]}
        assert self.summary["event"] == "summary" and all(one["event"] == "step" for one in lines[:-1]), done
        assert [one["step"] for one in lines[:-1]] == [one for one in STEPS if one in self.steps], done
        counts = [sum(one["result"] == result for one in self.steps.values()) for result in ("ok", "warn", "fail")]
        assert counts == [self.summary[name] for name in ("ok", "warn", "fail")], done
        assert self.summary["exit"] == done.status and (self.summary["error"] is None) == (done.status == 0), done

    def __getitem__(self, step):
        return self.steps[step]

    def fails(self, step, status, *words):
        """That step, and none before it, has failed, and says so and what to do; returns the step."""
        assert self.done.status == status, self.done
        first = next(one for one in self.steps.values() if one["result"] == "fail")
        assert first["step"] == step and first["advice"], self.done
        assert self.summary["error"].startswith(f"{step}: "), self.done
        for word in words:
            assert word in first["found"], (word, self.done)
        return first

    def warns(self, step, *words):
        """That step alone is not as it should be."""
        assert self.done.status == 0 and self[step]["result"] == "warn" and self[step]["advice"], self.done
        assert all(word in self[step]["found"] for word in words), self.done
        return self[step]

    def fine(self, *steps):
        """These are; all but confinement, which a sanitised program lacks."""
        steps = steps or [step for step in self.steps if step != "confinement"]
        assert all(self[step]["result"] == "ok" for step in steps), self.done
        return self


@pytest.fixture
def doctor(fv):
    """A function that runs a doctor twice, for people and for programs, and looks for what must be so in any case."""

    def run(*args, **how):
        watched = [path for path in map(pathlib.Path, args[1:2]) if path.is_dir()]
        before = [snapshot(path) for path in watched]
        people = fv("doctor", *args, **how)
        report = Report(fv("doctor", "--json", *args, **how))
        assert [snapshot(path) for path in watched] == before, report.done
        assert people.status == report.done.status, people
        words = {"ok": "ok", "warn": "warn", "fail": "FAIL"}
        told = [line.split()[:2] for line in people.out.splitlines()[:-1] if not line.startswith(" ")]
        assert told == [[words[one["result"]], one["step"]] for one in report.steps.values()], people
        assert people.err == "" and report.done.err == ""
        for secret in SECRETS:
            assert secret not in people.out + report.done.out, secret
        return report

    return run


@pytest.fixture
def healthy(bad):
    """A portal with a file and nothing wrong."""
    bad.publish({"f1": CONTENT, "f2": b"x"})
    bad.auth = (USER, PASSWORD)
    return bad


def openssl_pin(port):
    """What openssl says of the key that a server shows."""
    script = (f"openssl s_client -connect localhost:{port} </dev/null 2>/dev/null | openssl x509 -pubkey -noout | "
              "openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | openssl enc -base64")
    return "sha256//" + subprocess.run(["sh", "-c", script], check=True, capture_output=True, text=True).stdout.strip()


def pin_of(step):
    """The pin that was told."""
    return re.search(r"pin of the server's key: (sha256//\S+)", step["found"])[1]


# --- Nothing is wrong

def test_all_is_well(doctor, site, out):
    out.mkdir()
    report = doctor("HAUC", out, portal=site).fine()
    assert list(report.steps) == STEPS
    tls = report["tls"]["found"]
    assert tls.startswith(
        "TLS 1.3, TLS1-3-") and "X25519" in tls and "'localhost', issued by 'Test CA', valid 2020-01-01T00:00:00Z" in tls
    assert f"trusted by {site.ca}, line 1" in tls and " days left" in tls
    assert "38 files" in report["listing"]["found"] and "comes in parts, with a strong ETag" in report["ranges"]["found"]
    assert "3 requests sent together, 3 of them with a response" in report["pipelining"]["found"]
    assert list(out.iterdir()) == []


def test_in_a_directory_that_sync_has_used(fv, doctor, healthy, out):
    fv("sync", "HAUC", out, portal=healthy).expect()
    report = doctor("HAUC", out, portal=healthy).fine()
    assert "writable, not locked" in report["directory"]["found"]
    fv("verify", out).expect()


@pytest.mark.parametrize("cert", ["ecdsa-p256", "ecdsa-p384", "rsa-2048", "rsa-4096", "chain"])
def test_the_pin_is_openssls(doctor, bad_portal, cert):
    """And is taken as one."""
    portal = bad_portal(cert=cert)
    pin = pin_of(doctor(portal=portal)["tls"])
    assert pin == openssl_pin(portal.port) == portal.pin
    assert doctor("--pinnedpubkey", pin, portal=portal)["tls"]["result"] == "ok"


def test_without_org_nothing_is_asked(doctor, healthy, out):
    out.mkdir()
    report = doctor(portal=healthy)
    for step in ("credentials", "listing", "ranges", "pipelining"):
        assert report.warns(step)["found"] == "not checked: no ORG given"
    assert report["directory"]["found"] == "not checked: no DIR given" and not healthy.requests
    doctor(portal=healthy, env={"FLUXVISION_USER": None, "FLUXVISION_PASSWORD_FILE": None})  # none are needed
    doctor("HAUC", portal=healthy).warns("directory")
    assert healthy.requests and all(one.path == LIST or one.path.startswith(FILE[:-1]) for one in healthy.requests)


def test_few_bytes_are_fetched(doctor, bad, out):
    bad.publish({"f1": bytes(30_000_000)})
    out.mkdir()
    report = doctor("HAUC", out, portal=bad).fine()
    assert "f1, 28.6 MiB" in report["ranges"]["found"]
    ranges = [one.headers.get("range") for one in bad.seen(FILE)]
    assert ranges == 2 * ["bytes=1-", *3 * ["bytes=29999999-"]]
    assert sum(one.sent for one in bad.wait_closed()) < 15_000_000


# --- Settings

def test_settings_say_where_they_come_from(fv, doctor, healthy, tmp_path):
    conf = tmp_path / "f.conf"
    conf.write_text(
        f"# first\nretries = 3\nexec = echo h00k-s3cret\nuser = {USER}\npassword = {PASSWORD}\nadopt = 1\nexclude = *.tmp\n")
    conf.chmod(0o600)
    report = doctor("-c", conf, "--max-time", "50", "HAUC", portal=healthy,
                    env={"FLUXVISION_USER": None, "FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_STALL_TIMEOUT": "20"})
    lines = report["settings"]["found"].splitlines()
    for line in (f"endpoint {healthy.url} (environment, FLUXVISION_ENDPOINT)", f"user {USER} ({conf}, line 4)",
                 "password set, from the settings file", "max-time 50 (command line)", f"exec set ({conf}, line 3)", f"adopt on ({conf}, line 6)",
                 "stall-timeout 20 (environment, FLUXVISION_STALL_TIMEOUT)", f"exclude *.tmp ({conf}, line 7)"):
        assert line in lines, report.done
    report = doctor(env={"FLUXVISION_ENDPOINT": None})
    assert "endpoint https://download.flux-vision.orange-business.com (default)" in report["settings"]["found"].splitlines(
    )
    (fv.home / ".netrc").write_text(f"machine localhost login {USER} password {PASSWORD}\n")
    report = doctor("HAUC", portal=healthy, env={"FLUXVISION_USER": None, "FLUXVISION_PASSWORD_FILE": None})
    assert {"user set (~/.netrc)", "password set, from ~/.netrc"} <= set(report["settings"]["found"].splitlines())


@pytest.mark.parametrize("args, env, words", [
    (["--connect-timeout", "soon"], {}, ["connect-timeout", "soon"]),
    ([], {"FLUXVISION_PIPELINE": "0"}, ["FLUXVISION_PIPELINE"]),
    (["-e", "http://localhost"], {}, ["endpoint", "http://localhost"]),
    (["--cacert", "/nope/ca.pem"], {}, ["/nope/ca.pem"]),
    (["--pinnedpubkey", "foo"], {}, ["pinnedpubkey"]),
    (["-c", "/nope/conf"], {}, ["/nope/conf"]),
    (["--password-file", "/nope/pw"], {}, ["/nope/pw"]),
    ([], {"FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_PASSWORD": ""}, ["password is empty"]),
    ([], {"FLUXVISION_PASSWORD_FILE": None}, ["no password"]),
    (["--proxy", "http://u:pr0xy-s3cret@h:1"], {}, ["--proxy"]),
])
def test_settings_that_are_wrong(doctor, healthy, args, env, words):
    report = doctor(*args, "HAUC", portal=healthy, env=env)
    report.fails("settings", 2, *words)
    assert not healthy.requests and list(report.steps) == ["settings"]


def test_settings_that_are_warned_about(doctor, healthy, tmp_path):
    conf = tmp_path / "f.conf"
    conf.write_text(f"password = {PASSWORD}\n")
    conf.chmod(0o644)
    report = doctor("-c", conf, "HAUC", portal=healthy, env={"FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_TYPO": "1"})
    assert report["settings"]["result"] == "warn" and "FLUXVISION_TYPO" in report["settings"]["found"]
    assert str(conf) in report["settings"]["found"].splitlines()[0]


def test_settings_that_are_long(doctor, healthy, tmp_path):
    """There is room for some of them, and nothing waits for more."""
    conf = tmp_path / "long.conf"
    conf.write_text(f"include = *{'x' * 900}\n" * 30 + "include = *\n")
    conf.chmod(0o600)
    settings = doctor("-c", conf, "HAUC", portal=healthy).fine("settings")["settings"]["found"].splitlines()
    assert settings[0].startswith(
        "endpoint ") and settings[-2] == "include ..." and settings[-1].startswith("include * (")


# --- Clock, name, addresses, proxy

@pytest.mark.plain
def test_clock(fv, healthy):
    env = {"LD_PRELOAD": limbo.faketime(), "FAKETIME": "2021-01-02 03:04:05", "TZ": "UTC", "FAKETIME_DONT_FAKE_MONOTONIC": "1",
           "DONT_FAKE_MONOTONIC": "1"}
    report = Report(fv("doctor", "--json", "HAUC", portal=healthy, program=limbo.DYNAMIC, env=env))
    report.fails("clock", 4, "2021-01-02T03:04:0", "; this program was made 20")
    assert healthy.requests  # its certificate is older


@pytest.mark.parametrize("seconds, result", [(0, "ok"), (-4000, "warn"), (4000, "warn")])
def test_the_portals_clock(doctor, healthy, seconds, result):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + seconds))
    healthy.route(LIST, ok(healthy.listing([entry()]), {**JSON, "Date": date}))
    step = doctor("HAUC", portal=healthy)["date"]
    told = int(re.search(r"is (\d+) s (?:ahead of|behind) the portal's", step["found"])[1])
    assert step["result"] == result and abs(told - abs(seconds)) < 30
    assert ("behind" if seconds > 0 else "ahead") in step["found"]


def test_name(doctor):
    report = doctor("HAUC", "-e", "https://nothing.invalid",
                    env={"FLUXVISION_USER": USER, "FLUXVISION_PASSWORD": PASSWORD})
    assert "--endpoint" in report.fails("name", 3, "nothing.invalid: the host name could not be resolved")["advice"]
    assert "addresses" not in report.steps and "tls" not in report.steps


def test_nobody_listens(doctor, bad):
    bad.refuse()
    report = doctor("HAUC", portal=bad)
    assert "--endpoint" in report.fails("addresses", 3, f"127.0.0.1, port {bad.port}: Connection refused in ")["advice"]


def test_something_else_than_tls(doctor, bad_portal):
    doctor("HAUC", portal=bad_portal(accept=lambda number: SendRaw(
        b"HTTP/1.1 400 Bad\r\n\r\n"))).fails("tls", 4, "does not speak TLS")
    doctor("HAUC", portal=bad_portal(accept=lambda number: [Sleep(0.1), Reset()])).fails("tls", 3)
    doctor("HAUC", "--connect-timeout", "3", portal=bad_portal(accept=lambda number: Stall())
           ).fails("tls", 3, "no response came in time")


@contextlib.contextmanager
def proxied(portal, **how):
    """A proxy to a portal, and the environment for it."""
    with ConnectProxy(upstream={f"localhost:{portal.port}": ("127.0.0.1", portal.port)}, **how) as proxy:
        yield proxy, {"HTTPS_PROXY": proxy.url}


def test_proxy(doctor, healthy):
    with proxied(healthy) as (proxy, env):
        report = doctor("HAUC", portal=healthy, env=env)
        host = proxy.url.split("//")[1]
        assert report.fine("name", "addresses", "proxy", "tls", "listing")["proxy"]["found"] == f"through {host}"
        assert host.replace(":", ", port ") in report["addresses"]["found"]
        assert f"proxy {proxy.url} (environment, HTTPS_PROXY)" in report["settings"]["found"]
        report = doctor("HAUC", portal=healthy, env={"HTTPS_PROXY": proxy.url, "NO_PROXY": "localhost"})
        assert report.fine("proxy", "tls")["proxy"]["found"] == f"not through {host} (NO_PROXY)"


def test_a_proxy_that_wants_a_password(doctor, healthy):
    """What is advised works."""
    with proxied(healthy, auth=("px", "pr0xy-s3cret")) as (proxy, env):
        report = doctor("HAUC", portal=healthy, env=env)
        assert "HTTPS_PROXY=http://USER:PASSWORD@HOST:PORT" in report.fails("proxy", 3, "(HTTP 407)")["advice"]
        doctor("HAUC", portal=healthy, env={**env, "HTTPS_PROXY": proxy.url_with_auth}).fine("proxy", "tls", "listing")
        wrong = proxy.url_with_auth.replace("pr0xy", "other")
        doctor("HAUC", portal=healthy, env={**env, "HTTPS_PROXY": wrong}).fails("proxy", 3, "(HTTP 407)")


@pytest.mark.parametrize("refuse, words", [("403 Forbidden", "(HTTP 403)"), ("502 Bad Gateway", "(HTTP 502)"), (b"nonsense\r\n\r\n", "proxy"),
                                           ("200 OK", None)])
def test_a_proxy_that_refuses(doctor, healthy, refuse, words):
    with proxied(healthy, refuse=refuse) as (_, env):
        report = doctor("HAUC", portal=healthy, env=env)
        assert report.fails("proxy", 3, *([words] if words else []))["found"]
    assert not healthy.requests


def test_a_proxy_that_is_down_or_silent(doctor, healthy):
    with Port() as nobody:
        report = doctor("HAUC", portal=healthy, env={"HTTPS_PROXY": f"http://127.0.0.1:{nobody.number}"})
    assert "HTTPS_PROXY" in report.fails("addresses", 3, "Connection refused")["advice"]
    doctor("HAUC", portal=healthy, env={"HTTPS_PROXY": "http://nothing.invalid:1"}).fails("name", 3, "nothing.invalid")
    with proxied(healthy, stall=True) as (_, env):
        doctor("HAUC", "--connect-timeout", "3", portal=healthy,
               env=env).fails("proxy", 3, "no response came in time")
    assert not healthy.requests


# --- TLS

@pytest.mark.parametrize("cert, words", [(one[0], one[1:]) for one in CERTIFICATES], ids=[one[0] for one in CERTIFICATES])
# noqa: F811  pylint: disable=redefined-outer-name
def test_a_certificate_that_is_refused(doctor, pki, serve, cert, words):
    server = serve(f"openssl {V13} -cipher ALL:@SECLEVEL=0", cert)
    report = doctor("--cacert", pki.ca, "HAUC", portal=server)
    report.fails("tls", 4, *words)
    assert b"GET " not in server.heard() and "credentials" not in report.steps


@pytest.mark.parametrize("command, cert, words", [one[1:] for one in CANNOT], ids=[one[0] for one in CANNOT])
# noqa: F811  pylint: disable=redefined-outer-name
def test_what_the_library_can_not_do(doctor, pki, serve, command, cert, words):
    """A client certificate, too, which TLS 1.3 misses when all seems well."""
    report = doctor("--cacert", pki.ca, "HAUC", portal=serve(command, cert))
    report.fails("tls", 4, LACKS, words)


def test_a_client_certificate_that_need_not_be(doctor, pki, serve):  # noqa: F811  pylint: disable=redefined-outer-name
    report = doctor("--cacert", pki.ca, portal=serve(f"openssl -www {V13} -verify 2"))
    assert report["tls"]["result"] == "ok" and WANTS not in report.done.out


@pytest.mark.parametrize("cert, ca", [("of-stranger", "stranger.pem"), ("self", "self.pem")])
def test_the_ca_that_is_advised_works(doctor, pki, serve, cert, ca):  # noqa: F811  pylint: disable=redefined-outer-name
    server = serve("openssl -www", cert)
    assert "--cacert FILE" in doctor("--cacert", pki.ca, portal=server).fails("tls", 4)["advice"]
    assert doctor("--cacert", pki.directory / ca, portal=server)["tls"]["result"] == "ok"


def test_the_pin_that_is_advised_works(doctor, healthy):
    report = doctor("HAUC", "--pinnedpubkey", "sha256//" + 43 * "A" + "=", portal=healthy)
    advice = report.fails("tls", 4, "not a pinned one")["advice"]
    pin = re.search(r"--pinnedpubkey (sha256//\S+)", advice)[1]
    assert pin == healthy.pin and not healthy.requests
    doctor("HAUC", "--pinnedpubkey", pin, portal=healthy).fine("tls", "credentials", "listing")


@pytest.mark.parametrize("text", ["", "root:x:0:0\n"])
def test_a_bundle_without_certificates(doctor, healthy, tmp_path, text):
    (tmp_path / "ca.pem").write_text(text)
    report = doctor("HAUC", "--cacert", tmp_path / "ca.pem", portal=healthy)
    step = report.fails("tls", 4, str(tmp_path / "ca.pem"))
    assert "--cacert FILE" in step["advice"] and "localhost" not in step["found"]
    doctor("HAUC", "--cacert", healthy.certs.ca, portal=healthy).fine("tls")


@pytest.mark.parametrize("cert", ["expired", "not-yet-valid", "wrong-host", "client-only", "self-signed", "unknown-ca", "chain-missing", "wildcard"])
def test_the_portals_certificates(doctor, bad_portal, cert):
    portal = bad_portal({LIST: ok(b"[]", JSON)}, cert=cert)
    doctor("HAUC", portal=portal).fails("tls", 4)
    assert not portal.requests


@pytest.mark.parametrize("days, result", [(10, "warn"), (20, "ok")])
def test_days_left(doctor, pki, serve, days, result):  # noqa: F811  pylint: disable=redefined-outer-name
    pki.cert(f"days-{days}", days=days)
    step = doctor("--cacert", pki.ca, portal=serve("openssl -www", f"days-{days}"))["tls"]
    assert step["result"] == result and re.search(
        rf"'localhost', issued by 'Lab CA', .*, ({days}|{days - 1}) days left", step["found"])


class Bench(limbo.Bench):
    """limbo's, with doctors."""

    def command(self, program, case, proxy):
        return [self.ours, "doctor", "--json", "--endpoint", case.url, "--cacert", self.bundle(case)]

    def run(self, program, case, version):
        run = super().run(program, case, version)
        run.err, run.out = "", run.err
        return run


@pytest.mark.plain
def test_chains(tmp_path, monkeypatch):
    """Each that is made by hand: accepted or refused as by a sync, for the reason that is meant, and no request is
    sent."""
    reports, plain = {}, subprocess.run

    def run(command, **how):
        done = plain(command, **how)
        trusted = command[command.index("--cacert") + 1]
        reports[trusted, command[command.index("--endpoint") + 1]
                                               ] = Report(Done(command, done.returncode, done.stdout, done.stderr, 0))
        return done

    monkeypatch.setattr(limbo.subprocess, "run", run)
    cases = [case for case in chaincases.make() if not case.time]
    assert len(cases) > 50
    with Bench(tmp_path, ours=PROGRAM) as bench:
        for case in cases:
            done = bench.run("ours", case, "1.3")
            report = reports[str(bench.bundle(case)), case.url]
            tls, accepted = report["tls"], case.expected and limbo.signs(case.chain[0])
            assert (tls["result"] != "fail") == accepted and done.request == b"", (case.id, report.done)
            if not accepted:
                report.fails("tls", 4, case.why)
            assert accepted == ("pin of the server's key" in tls["found"]), case.id


# --- Credentials, listing

@pytest.mark.parametrize("user, password", [(USER, "wrong"), ("other", PASSWORD)])
def test_credentials_that_are_wrong(doctor, healthy, user, password):
    env = {"FLUXVISION_USER": user, "FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_PASSWORD": password}
    report = doctor("HAUC", portal=healthy, env=env)
    assert "user and password" in report.fails("credentials", 5, "is not accepted (HTTP 401)")["advice"]
    assert "listing" not in report.steps
    doctor("HAUC", portal=healthy).fine("credentials", "listing")


def test_a_user_without_access(doctor, healthy):
    healthy.route(LIST, error("403 Forbidden"))
    assert "ORG" in doctor("HAUC", portal=healthy).fails("credentials", 5, "no access (HTTP 403)")["advice"]


@pytest.mark.parametrize("answer, status, words", [
    (error("404 Not Found"), 6, "404"), (error("500 Internal Server Error"),
     6, "500"), (error("503 Service Unavailable"), 6, "503"),
    (html_login_page(), 8, "HTML page"), (ok(b"[{", JSON), 8, "ends at byte"), (ok(
        b"{}", JSON), 8, "listing from"), (redirect("http://x/"), 6, "redirect"),
    (ok(b"[", JSON, length=10)[:-1], 3, ""), (ok(b"[]",
     {**JSON, "Content-Encoding": "gzip"}), 6, "compressed"), ([SendRaw(b"SSH-2.0-x\r\n"), Close()], 4, ""),
    (b"nonsense\r\n\r\n", 6, "not valid HTTP"), (Stall(), 3, "no response came in time"), (Reset(), 3, "")])
def test_a_listing_that_is_none(doctor, healthy, answer, status, words):
    if answer == ok(b"[", JSON, length=10)[:-1]:
        answer = [answer, Close()]
    healthy.route(LIST, answer)
    limits = ["--stall-timeout", "0.5"] if isinstance(answer, Stall) else []    # others may be late
    report = doctor("HAUC", *limits, portal=healthy)
    report.fails("listing", status, words)
    assert "ranges" not in report.steps and len(healthy.requests) <= 4


def test_names_that_are_none(doctor, healthy):
    doctor("HAUC/a/b/c", portal=healthy).fails("listing", 2)
    doctor("hauc", portal=healthy).fails("listing", 6, "404")


ODD = {"file_last_modified_date": "yesterday"}


def test_entries_that_can_not_be_used(doctor, healthy):
    good = [entry("f1"), entry("f2")]
    healthy.publish_entries([good[0], {**entry("f3"), **ODD}, entry("f4", url="https://elsewhere.example/x"), good[1]])
    step = doctor("HAUC", portal=healthy)
    assert step["listing"]["result"] == "warn" and step["listing"]["advice"]
    assert re.match(
        r"2 files, .*; entries that cannot be used: 2, the first: file_last_modified_date of entry 2: ", step["listing"]["found"])
    healthy.publish_entries([{**entry("f3"), **ODD}])
    doctor("HAUC", portal=healthy).fails("listing", 8, "entry 1")
    healthy.publish_entries([])
    report = doctor("HAUC", portal=healthy)
    assert report["listing"]["result"] == "warn" and report["listing"]["found"].startswith(
        "0 files") and "ranges" not in report.steps


# --- Ranges, pipelining

@pytest.mark.parametrize("how, words", [
    ({"ignore_range": True}, "comes as a whole only"), ({"weak_etag": True, "last_modified": None}, "no strong validator"),
    ({"etag": None, "last_modified": None}, "no strong validator"), ({"no_content_range": True}, "comes as a whole only"),
    ({"wrong_start": 1}, "comes as a whole only"), ({"always_416": True}, "comes as a whole only"), ({"unknown_total": True}, "comes as a whole only")])
def test_ranges_that_are_none(doctor, healthy, how, words):
    healthy.route(FILE, ranged_file(CONTENT, **how))
    step = doctor("HAUC", portal=healthy)["ranges"]
    assert step["result"] == "warn" and words in step["found"] and step["advice"], step


@pytest.mark.parametrize("content", [b"", b"x", b"xy"])
def test_small_files(doctor, healthy, content):
    healthy.route(FILE, ranged_file(content))
    step = doctor("HAUC", portal=healthy)["ranges"]
    assert f"f1, {len(content)} B: " in step["found"] and step["result"] == ("ok" if content else "warn"), step


@pytest.mark.parametrize("answer, status", [(error("404 Not Found"), 6), (error("403 Forbidden"), 5), (error("503 Busy"), 6), (Reset(), 3)])
def test_a_file_that_can_not_be_had(doctor, healthy, answer, status):
    healthy.route(FILE, answer)
    advice = doctor("HAUC", portal=healthy).fails("ranges", status)["advice"]
    assert ("tell Orange" in advice) == (answer == error("404 Not Found"))


@pytest.mark.parametrize("url", ["http://elsewhere.example/f", "ftp://localhost/f"])
def test_no_url_that_can_be_used(fv, doctor, bad, out, url):
    bad.publish_entries([entry("f", url=url)])
    assert "tell Orange" in doctor("HAUC", portal=bad).fails("listing", 8, "url of entry 1")["advice"]
    fv("sync", "HAUC", out, portal=bad).fails(8)


def test_a_file_elsewhere(doctor, healthy, bad_portal):
    """Credentials stay with the portal."""
    target = bad_portal({"*": ranged_file(CONTENT)})
    healthy.route(FILE, redirect(f"{target.url}/x?key=pr0xy-s3cret"))
    report = doctor("HAUC", portal=healthy).fine("ranges", "pipelining", "tls")
    assert "f1, 9.7 KiB, from another server: comes in parts" in report["ranges"]["found"]
    assert all(one.authorization is None for one in target.requests) and target.requests
    assert pin_of(report["tls"]) == healthy.pin


def test_a_server_without_pipelining(doctor, healthy):
    def alone(request):
        return [ranged_file(CONTENT)(request), Close()]
    healthy.route(FILE, alone)
    step = doctor("HAUC", portal=healthy)["pipelining"]
    assert step["result"] == "warn" and "3 requests sent together, 1 of them with a response" in step["found"], step
    assert "switched off" in doctor("HAUC", "--pipeline", "1",
                                    portal=healthy).fine("ranges", "pipelining")["pipelining"]["found"]


# --- DIR

def test_a_directory_that_is_not_there(fv, doctor, healthy, out):
    assert "not there yet; sync makes it" in doctor("HAUC", out, portal=healthy).fine()["directory"]["found"]
    assert not out.exists()
    assert "not there yet; sync makes it" in doctor(
        "HAUC", out / "a" / "b", portal=healthy).fine()["directory"]["found"]
    assert not out.exists()
    fv("sync", "HAUC", out / "a" / "b", portal=healthy).expect()
    out.parent.joinpath("link").symlink_to("/nope")
    for path in (out.parent / "link", out.parent / "link" / "b", fv.password_file / "b"):
        doctor("HAUC", path, portal=healthy).fails("directory", 7, "something else has that name")
        fv("sync", "HAUC", path, portal=healthy).fails(7)


def test_a_file_in_its_place(doctor, healthy, out):
    out.write_bytes(b"x")
    doctor("HAUC", out, portal=healthy).fails("directory", 7)
    assert out.read_bytes() == b"x"


def test_something_in_the_place_of_its_own_directory(doctor, healthy, out):
    out.mkdir()
    (out / ".fluxvision").write_bytes(b"x")
    doctor("HAUC", out, portal=healthy).fails("directory", 7)
    (out / ".fluxvision").unlink()
    (out / ".fluxvision").symlink_to(out.parent)
    doctor("HAUC", out, portal=healthy).fails("directory", 7)


def test_a_lock_that_can_not_be_had(fv, doctor, healthy, out):
    (out / ".fluxvision/lock").mkdir(parents=True)
    doctor("HAUC", out, portal=healthy).fails("directory", 7, "something else has that name")
    fv("sync", "HAUC", out, portal=healthy).fails(7)


def test_another_run_works_there(fv, doctor, healthy, out):
    fv("sync", "HAUC", out, portal=healthy).expect()
    with open(out / ".fluxvision/lock", "rb+") as lock:
        fcntl.lockf(lock, fcntl.LOCK_EX)
        fcntl.flock(lock, fcntl.LOCK_EX)
        doctor("HAUC", out, portal=healthy).fails("directory", 9, "another process")
    doctor("HAUC", out, portal=healthy).fine()


def test_little_space(doctor, healthy, out):
    out.mkdir()
    assert "--min-free" in doctor("HAUC", out, "--min-free", "900G",
                                  portal=healthy).fails("directory", 7, "not enough free space")["advice"]
    doctor("HAUC", out, "--min-free", "1k", portal=healthy).fine()


MOUNTS = {"full": ("mount -t tmpfs -o size=64k none $1; head -c 65536 /dev/zero >$1/x || true", "free space"),
          "read-only": ("mount -t tmpfs -o ro none $1", "read-only"),
          "fine": ("mount -t tmpfs none $1", ": tmpfs, ")}


@pytest.mark.parametrize("kind", MOUNTS)
@pytest.mark.usefixtures("namespaces")
def test_media(fv, healthy, out, kind):
    out.mkdir()
    mount, words = MOUNTS[kind]
    report = Report(fv.mounted(out, mount, "doctor", "--json", "HAUC", out, portal=healthy))
    if kind == "fine":
        assert words in report.fine()["directory"]["found"]
    else:
        report.fails("directory", 7, words)


@pytest.mark.parametrize("more", ["true", "mkdir .fluxvision; chown 65534 .fluxvision",
                                  "mkdir .fluxvision; touch .fluxvision/lock; chmod 600 .fluxvision/lock; chown 65534 . .fluxvision"])
@pytest.mark.usefixtures("namespaces")
def test_a_user_that_may_not_write(fv, healthy, out, more):
    out.mkdir()
    script = "import os, sys; os.setgid(65534); os.setuid(65534); os.execv(sys.argv[1], sys.argv[1:])"
    place = out.parent / "open"
    place.mkdir(mode=0o755)
    mount = f"mount -t tmpfs -o mode=755 none {place}; mkdir {place}/d; cp {healthy.certs.ca} {place}/ca.pem; cp {PROGRAM} {place}/fluxvision; cd {place}/d; {more}; cd /"
    prefix = ("unshare", "-m", "sh", "-c",
              f"set -e; {mount}; mount --bind {place} /mnt; exec \"$@\"", "sh", "/usr/bin/python3", "-c", script)
    running = fv.start("doctor", "--json", "HAUC", "/mnt/d", portal=healthy, prefix=prefix, program="/mnt/fluxvision", cwd="/", env={
        "FLUXVISION_CACERT": "/mnt/ca.pem", "FLUXVISION_PASSWORD_FILE": None, "FLUXVISION_PASSWORD": PASSWORD, "HOME": "/mnt"})
    Report(running.wait()).fails("directory", 7, "access is denied")


# --- The end

def test_a_wish_to_stop(fv, healthy, out):
    out.mkdir()
    healthy.route(LIST, Stall())
    before = snapshot(out)
    running = fv.start("doctor", "HAUC", out, portal=healthy)
    healthy.wait(1)
    done = running.end(signal.SIGINT)
    assert "interrupted by SIGINT" in done.err and snapshot(out) == before


def test_a_reader_that_goes_away(fv, healthy):
    script = 'exec "$0" "$@" | head -n 1'
    done = fv("doctor", "HAUC", portal=healthy, prefix=("bash", "-o", "pipefail", "-c", script))
    assert done.status == 0 and done.out.startswith("ok    settings")


def test_the_exit_status_is_the_first_ones(doctor, healthy, out):
    """Later steps that do not need it are looked at all the same."""
    out.mkdir()
    healthy.route(LIST, error("403 Forbidden"))
    report = doctor("HAUC", out, "--min-free", "900G", portal=healthy)
    report.fails("credentials", 5)
    assert report["directory"]["result"] == "fail" and os.listdir(out) == []
