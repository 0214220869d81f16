# SPDX-License-Identifier: MIT
"""Chains of root, intermediate and leaf of one algorithm each: what costs a client most memory."""

import pathlib
import shutil
import subprocess

ALGORITHMS = {"p256": ("EC", "ec_paramgen_curve:P-256", "sha256"), "p384": ("EC", "ec_paramgen_curve:P-384", "sha384"),
              "rsa2048": ("RSA", "rsa_keygen_bits:2048", "sha256"),
              "rsa4096": ("RSA", "rsa_keygen_bits:4096", "sha256")}
ROOT = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n"
LEAF = ("basicConstraints=CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\nextendedKeyUsage=serverAuth\n"
        "subjectAltName=DNS:localhost,DNS:portal.test,IP:127.0.0.1,IP:10.0.2.2\n")
DAYS = "9000"


def openssl(*words):
    """Run it, quiet unless it fails."""
    subprocess.run(["openssl", *map(str, words)], check=True, stdin=subprocess.DEVNULL, capture_output=True)


class Chains:
    """Like certs.Certs: names are those of ALGORITHMS, each with a root of its own."""

    def __init__(self, directory):
        self.directory = pathlib.Path(directory).resolve()
        for name in ALGORITHMS:
            if not (self.directory / f"{name}.done").exists():
                self.make(name)

    def make(self, name):
        """Make one chain."""
        kind, option, digest = ALGORITHMS[name]
        work = self.directory / f"{name}.new"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        for who, issuer, extensions in (("root", "root", ROOT), ("middle", "root", ROOT), ("leaf", "middle", LEAF)):
            key = work / f"{who}.key"
            openssl("genpkey", "-algorithm", kind, "-pkeyopt", option, "-out", key)
            openssl("req", "-new", "-key", key, "-subj", f"/O=fluxvision tests/CN={name} {who}", "-out",
                    work / "request")
            (work / "extensions").write_text(extensions, encoding="ascii")
            signer = ["-signkey", key] if who == issuer else ["-CA", work / f"{issuer}.pem", "-CAkey",
                                                               work / f"{issuer}.key", "-CAcreateserial"]
            openssl("x509", "-req", "-in", work / "request", *signer, f"-{digest}", "-days", DAYS, "-extfile",
                    work / "extensions", "-out", work / f"{who}.pem")
        (self.directory / f"{name}.pem").write_bytes((work / "leaf.pem").read_bytes() +
                                                     (work / "middle.pem").read_bytes())
        (work / "leaf.key").replace(self.directory / f"{name}.key")
        (work / "root.pem").replace(self.root(name))
        openssl("x509", "-in", self.root(name), "-outform", "DER", "-out", self.root(name).with_suffix(".der"))
        shutil.rmtree(work)
        (self.directory / f"{name}.done").touch()

    def root(self, name):
        """The root of a chain, PEM; beside it the same in DER."""
        return self.directory / f"{name}-root.pem"

    def pem(self, name):
        """What the server sends."""
        return self.directory / f"{name}.pem"

    def key(self, name):
        """Its key."""
        return self.directory / f"{name}.key"
