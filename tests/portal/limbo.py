# SPDX-License-Identifier: MIT
"""Chains of certificates, tried live: our program, curl and wget against a server that presents exactly a case's chain.

A case is what x509-limbo calls one: what is trusted, what is sent, the host that is asked for, the time, and what
should come of it. Any name is reached through a proxy that answers CONNECT itself and is the server within its own
tunnel.
"""

import base64
import concurrent.futures
import contextlib
import dataclasses
import datetime
import json
import os
import pathlib
import re
import secrets
import subprocess
import threading
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_private_key, load_pem_private_key

import listener
import rawtls

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIMBO = pathlib.Path(os.environ.get("FLUXVISION_LIMBO") or ROOT.parent / "shared" / "limbo.json")
# Linked dynamically: libfaketime is loaded before it.
DYNAMIC = pathlib.Path(os.environ.get("FLUXVISION_DYNAMIC") or ROOT / "build/dynamic/fluxvision").resolve()
LIMIT_S = 30
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\nConnection: close\r\n\r\n[]"
BODY = re.compile(r"-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END", re.S)


@dataclasses.dataclass
class Case:
    """One chain."""
    id: str
    expected: bool             # whether it should be accepted
    host: str                  # a name, or an address without brackets
    trusted: list              # PEM
    chain: list                # DER, the server's own first
    key: object                # its private key
    time: str = ""             # "2024-04-01 00:00:00.005", UTC; or now
    optional: bool = False     # by one of limbo's marks: a matter of taste, or of a limit that we don't have
    why: str = ""              # a word that a refusal must say

    def __repr__(self):
        return self.id

    @property
    def url(self):
        """Of its listing; the server answers with an empty one whatever is asked for."""
        return f"https://[{self.host}]" if ":" in self.host else f"https://{self.host}"


def pem_body(text):
    """The DER in a PEM block, without a look at it."""
    return base64.b64decode(BODY.search(text)[2])


def private_key(text):
    """A key of limbo.json. One whose curve is written out is of P-256: its number alone is taken."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for load in (lambda: load_pem_private_key(text.encode(), None), lambda: load_der_private_key(pem_body(text),
                                                                                                     None)):
            with contextlib.suppress(ValueError, TypeError):
                return load()
    der = pem_body(text)
    assert der.count(b"\x02\x01\x01\x04\x20") == 1, "a key that can't be read"
    at = der.index(b"\x02\x01\x01\x04\x20") + 5
    return ec.derive_private_key(int.from_bytes(der[at:at + 32], "big"), ec.SECP256R1())


def signs(der):
    """Whether a certificate's keyUsage, if it has one, allows what TLS needs of a server's: digitalSignature."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            found = x509.load_der_x509_certificate(der).extensions
            return found.get_extension_for_class(x509.KeyUsage).value.digital_signature
        except (ValueError, x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
            return True


OPTIONAL = ("pedantic-", "max-chain-depth", "rfc5280-incompatible")


def read(path=LIMBO):
    """The cases of limbo.json."""
    cases = []
    for one in json.loads(path.read_text(encoding="utf-8")):
        when = one["time"] and datetime.datetime.fromisoformat(one["time"]).strftime("%Y-%m-%d %H:%M:%S.%f")
        optional = any(mark.startswith(OPTIONAL) for mark in one["extended"]) or one["importance"] in ("low",
                                                                                                       "optional")
        cases.append(Case(one["id"], one["expected"] == "SUCCESS", one["peer_name"]["value"], one["trusted"],
                          [pem_body(text) for text in one["chain"]], private_key(one["key"]), when or "", optional))
    return cases


@dataclasses.dataclass
class Run:
    """One client's visit."""
    case: Case
    version: str
    request: bytes = b""       # what arrived of one
    served: int = 0            # connections on which the chain was sent
    end: str = ""              # how the last one ended, if not well
    alert: int = None
    status: int = None         # the client's
    err: str = ""

    def __repr__(self):
        return f"{self.case.id}, TLS {self.version}: exit {self.status}, {self.err or 'accepted'}"

    @property
    def accepted(self):
        """Whether the client got its answer."""
        return self.status == 0


class Presenter(listener.Listener):
    """The proxy and the servers behind it; the proxy's user tells which run it is."""

    def __init__(self):
        super().__init__()
        self.runs = {}
        self.listen(ipv6=False)

    def expect(self, run):
        """The proxy's URL for a run."""
        token = secrets.token_hex(8)
        self.runs[token] = run
        return f"http://{token}:x@127.0.0.1:{self.port}"

    def serve(self, sock, number):
        sock.settimeout(LIMIT_S)
        head = b""
        while b"\r\n\r\n" not in head:
            more = sock.recv(4096)
            if not more:
                return
            head += more
            sent = re.search(rb"(?im)^proxy-authorization: basic (\S+)", head)
        if not sent or not head.startswith(b"CONNECT "):
            sock.sendall(b"HTTP/1.1 407 Who\r\nProxy-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n")
            return
        run = self.runs[base64.b64decode(sent[1]).decode().partition(":")[0]]
        sock.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        present(sock, run)


def present(sock, run):
    """Be the server of a run on a connected socket."""
    connection = rawtls.Connection(sock, run.case.chain, run.case.key, run.version)
    try:
        run.served += 1
        connection.handshake()
        while b"\r\n\r\n" not in run.request:
            data = connection.read()
            if not data:
                run.end = "closed after the handshake"
                return
            run.request += data
        connection.write(ANSWER)
        connection.close()
        listener.finish(sock, 0.5)
    except rawtls.Ended as end:
        run.end, run.alert = str(end), end.alert
    except OSError as error:
        run.end = str(error)


def faketime():
    """The library that sets a program's clock."""
    found = [path for pattern in ("/usr/lib/*/faketime/libfaketime.so.1", "/usr/lib/faketime/libfaketime.so.1")
             for path in pathlib.Path("/").glob(pattern[1:])]
    assert found, "no libfaketime.so.1: the package libfaketime is missing"
    return found[0]


class Bench:
    """Where the programs are run: a directory for bundles and a home."""

    def __init__(self, directory, ours=DYNAMIC, prefix=()):
        self.directory, self.ours, self.prefix = pathlib.Path(directory), ours, prefix
        self.presenter = Presenter()
        (self.directory / "password").write_text("s3cret\n", encoding="ascii")
        self.bundles, self.lock = {}, threading.Lock()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.presenter.stop()

    def bundle(self, case):
        """A file of what is trusted."""
        with self.lock:   # runs of one case go side by side
            if case.id not in self.bundles:
                path = self.directory / f"{len(self.bundles)}.pem"
                path.write_text("".join(case.trusted), encoding="ascii")
                self.bundles[case.id] = path
        return self.bundles[case.id]

    def command(self, program, case, proxy):
        """What to run."""
        trusted = self.bundle(case)
        if program == "curl":
            return ["curl", "-q", "-sS", "-m", "20", "--proxy", proxy, "--cacert", trusted, "-o", "/dev/null",
                    case.url + "/"]
        if program == "wget":
            return ["wget", "--no-config", "-nv", "-T", "20", "--tries=1", "--no-hsts", "-e", f"https_proxy={proxy}",
                    f"--ca-certificate={trusted}", "-O", "/dev/null", case.url + "/"]
        return [*self.prefix, self.ours, "list", "--endpoint", case.url, "--cacert", trusted, "--user", "hauc",
                "--password-file", self.directory / "password", "--retries", "0", "HAUC"]

    def run(self, program, case, version):
        """Run "ours", "curl" or "wget" once against a case; the Run."""
        run = Run(case, version)
        proxy = self.presenter.expect(run)
        env = {"HTTPS_PROXY": proxy, "PATH": os.environ["PATH"], "HOME": str(self.directory), "LANG": "C.UTF-8",
               "ASAN_OPTIONS": "detect_leaks=0:exitcode=99", "UBSAN_OPTIONS": "halt_on_error=1:exitcode=99",
               "TZ": "UTC"}
        if case.time:
            env.update(LD_PRELOAD=str(faketime()), FAKETIME=case.time, FAKETIME_DONT_FAKE_MONOTONIC="1",
                       DONT_FAKE_MONOTONIC="1")
        done = subprocess.run([str(word) for word in self.command(program, case, proxy)], env=env,
                              cwd=self.directory, stdin=subprocess.DEVNULL, capture_output=True, timeout=LIMIT_S,
                              check=False)
        run.status, run.err = done.returncode, done.stderr.decode("utf-8", "replace").strip()
        return run

    def all(self, jobs):
        """Run many: [(program, case, version)] -> [Run], in that order."""
        with concurrent.futures.ThreadPoolExecutor(2 * (os.cpu_count() or 1)) as pool:
            return list(pool.map(lambda job: self.run(*job), jobs))


COLUMNS = (("ours", "1.2"), ("ours", "1.3"), ("curl", "1.3"), ("wget", "1.3"))


def try_all(bench, cases):
    """{case id: [Run of each of COLUMNS]}."""
    runs = bench.all([(program, case, version) for case in cases for program, version in COLUMNS])
    return {case.id: runs[at * len(COLUMNS):(at + 1) * len(COLUMNS)] for at, case in enumerate(cases)}


def sound(run):
    """What is wrong with a run of ours, whatever was expected: a request where the chain was refused, another
    status."""
    if run.accepted:
        return [] if run.request.startswith(b"GET ") else ["accepted, but no request came"]
    said = [] if run.status == 4 else [f"exit status {run.status}"]
    said += ["not a single connection"] if not run.served else []
    said += ["no sentence"] if not re.match(r"fluxvision: [^\n]+$", run.err) else []
    return said + (["bytes of a request arrived"] if run.request else [])


def wanted(case, runs):
    """What our program should do: True, False, or None where both are right.

    What is valid is accepted, unless the server's certificate must not sign. What is not is refused where curl or wget
    refuses it: where both accept it, real portals have such.
    """
    if case.expected:
        return signs(case.chain[0])
    return False if not case.optional and not all(run.accepted for run in runs[2:]) else None


def word(value):
    """Of a verdict."""
    return "yes" if value else "no"


def table(cases, results):
    """Lines: a case each, then sums."""
    width = max(len(case.id) for case in cases)
    lines = [f"{'case':{width}}  expected  TLS 1.2  TLS 1.3  curl  wget"]
    right = [0] * len(COLUMNS)
    for case in cases:
        got = [run.accepted for run in results[case.id]]
        right = [sum_ + (one == case.expected) for sum_, one in zip(right, got)]
        lines.append(f"{case.id:{width}}  {word(case.expected):8}  {word(got[0]):7}  {word(got[1]):7}  "
                     f"{word(got[2]):4}  "
                     f"{word(got[3])}{'   optional' if case.optional else ''}".rstrip())
    lines.append(f"as expected, of {len(cases)}: ours with TLS 1.2 {right[0]}, with TLS 1.3 {right[1]}, curl "
                 f"{right[2]}, wget {right[3]}")
    return lines
