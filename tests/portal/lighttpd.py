# SPDX-License-Identifier: MIT
"""lighttpd as the portal: another TLS and HTTP implementation's habits."""

import os
import signal

from make_tree import LISTING
from patience import PATIENCE_S
from server import REALM, Server, find_program, htpasswd

PROTOCOLS = {"1.2": ("TLSv1.2", "TLSv1.2"), "1.3": ("TLSv1.3", "TLSv1.3"), "both": ("TLSv1.2", "TLSv1.3")}
FIELDS = ("method", "uri", "status", "bytes", "body_bytes", "range", "if_range", "remote_port", "request", "user",
          "host", "agent")
FORMAT = r"%m\t%U%q\t%s\t%O\t%B\t%{Range}i\t%{If-Range}i\t%{remote}p\t%k\t%u\t%{Host}i\t%{User-Agent}i"

CONFIG = """\
server.modules = ("mod_access", "mod_auth", "mod_authn_file", "mod_accesslog", "mod_openssl")
server.document-root = "{files}"
server.bind = "127.0.0.1"
server.port = {port}
server.pid-file = "{dir}/lighttpd.pid"
server.errorlog = "{dir}/error.log"
server.upload-dirs = ("{dir}/tmp")
server.tag = "portal"
server.max-keep-alive-requests = {keepalive_requests}
server.max-keep-alive-idle = {keepalive_timeout}
server.feature-flags = ("server.h2proto" => "disable")
mimetype.assign = (".json" => "application/json", "" => "application/octet-stream")
index-file.names = ("{listing}")
accesslog.filename = "{dir}/access.log"
accesslog.format = "{format}"
ssl.pemfile = "{pem}"
ssl.privkey = "{key}"
ssl.openssl.ssl-conf-cmd = ("MinProtocol" => "{low}", "MaxProtocol" => "{high}"{ciphers})
$SERVER["socket"] == "127.0.0.1:{port}" {{ ssl.engine = "enable" }}
{ipv6}
{auth}
{extra}
$HTTP["url"] =~ "/$" {{ server.document-root = "{listings}" }}
"""


class Lighttpd(Server):
    """lighttpd with TLS and Basic authentication; options are those of Server, and `extra` configuration lines.

    log() is a list of dicts: method, uri, status, bytes, body_bytes, range, if_range, remote_port (tells connections
    apart), request (number on its connection), user, auth (bool: credentials were given and right), host, agent.
    """

    program = "lighttpd"

    def __init__(self, tree=None, *, extra="", **common):
        self.extra = extra
        super().__init__(tree, **common)

    def configure(self):
        (self.workdir / "tmp").mkdir(exist_ok=True)
        secrets = self.workdir / "htpasswd"
        secrets.write_text(htpasswd(self.user, self.password), encoding="utf-8")
        auth = ""
        if self.auth:
            auth = (f'auth.backend = "htpasswd"\nauth.backend.htpasswd.userfile = "{secrets}"\n'
                    f'auth.require = ("" => ("method" => "basic", "realm" => "{REALM}", "require" => "valid-user"))')
        low, high = PROTOCOLS[self.tls]
        text = CONFIG.format(
            dir=self.workdir, files=self.files, listings=self.listings, port=self.port, listing=LISTING, format=FORMAT,
            keepalive_requests=self.keepalive_requests, keepalive_timeout=self.keepalive_timeout,
            pem=self.certs.pem(self.cert), key=self.certs.key(self.cert), low=low, high=high, auth=auth,
            ciphers=f', "CipherString" => "{self.ciphers}"' if self.ciphers else "", extra=self.extra,
            ipv6=f'$SERVER["socket"] == "[::1]:{self.port}" {{ ssl.engine = "enable" }}' if self.ipv6 else "")
        path = self.workdir / "lighttpd.conf"
        path.write_text(text, encoding="utf-8")
        return [find_program("lighttpd"), "-D", "-f", str(path)]

    def log(self, at_least=0, timeout=PATIENCE_S):
        if self.process and self.process.poll() is None:
            os.kill(self.process.pid, signal.SIGHUP)  # it buffers for seconds otherwise
        return super().log(at_least, timeout)

    def _log_lines(self):
        lines = []
        for line in self.log_path.read_text(encoding="utf-8", errors="surrogateescape").splitlines():
            values = line.split("\t")
            if len(values) == len(FIELDS):
                entry = {name: "" if value == "-" else value for name, value in zip(FIELDS, values)}
                for name in ("status", "bytes", "body_bytes", "remote_port", "request"):
                    entry[name] = int(entry[name] or 0)
                entry["auth"] = bool(entry["user"])
                lines.append(entry)
        return lines
