# SPDX-License-Identifier: MIT
"""The test certificates, made on first use by make_certs.sh."""

import os
import pathlib
import ssl
import subprocess

HERE = pathlib.Path(__file__).resolve().parent
TLS_VERSIONS = {"1.2": (ssl.TLSVersion.TLSv1_2,) * 2, "1.3": (ssl.TLSVersion.TLSv1_3,) * 2,
                "both": (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3)}


def cache_dir():
    """Where certificates and trees are kept between runs: $PORTAL_CACHE or build/portal."""
    return pathlib.Path(os.environ.get("PORTAL_CACHE") or HERE.parents[1] / "build" / "portal")


class Certs:
    """A directory of certificates; names as make_certs.sh lists them."""

    def __init__(self, directory=None):
        self.directory = pathlib.Path(directory or cache_dir() / "certs").resolve()
        subprocess.run(["sh", str(HERE / "make_certs.sh"), str(self.directory)], check=True)
        self.ca = self.directory / "ca.pem"
        self.other_ca = self.directory / "other-ca.pem"
        lines = (self.directory / "pins").read_text(encoding="ascii").splitlines()
        self.pins = dict(line.split(" ", 1) for line in lines)

    def pem(self, name):
        """The certificates that the server `name` sends."""
        return self.directory / f"{name}.pem"

    def key(self, name):
        """Its private key."""
        return self.directory / f"{name}.key"

    def pin(self, name):
        """Its key's pin, as --pinnedpubkey takes it."""
        return self.pins[name]

    def server_context(self, name="ecdsa-p256", tls="both", ciphers=None):
        """An ssl.SSLContext for a server; `tls` is 1.2, 1.3 or both, `ciphers` those of TLS 1.2."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        context.minimum_version, context.maximum_version = TLS_VERSIONS[tls]
        if ciphers:
            context.set_ciphers(ciphers)
        context.load_cert_chain(self.pem(name), self.key(name))
        return context

    def client_context(self, tls="both"):
        """An ssl.SSLContext for a client that trusts ca.pem only."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.options &= ~ssl.OP_IGNORE_UNEXPECTED_EOF
        context.minimum_version, context.maximum_version = TLS_VERSIONS[tls]
        return context
