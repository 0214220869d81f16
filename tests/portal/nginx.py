# SPDX-License-Identifier: MIT
"""nginx as the portal."""

import contextlib
import json
import os
import socket
import ssl

from make_tree import LISTING
from patience import PATIENCE_S
from server import REALM, Server, find_program, htpasswd

PROTOCOLS = {"1.2": "TLSv1.2", "1.3": "TLSv1.3", "both": "TLSv1.2 TLSv1.3"}

CONFIG = """\
daemon off;
worker_processes 1;
{user}
pid "{dir}/nginx.pid";
error_log "{dir}/error.log" {level};
events {{ worker_connections 512; }}
http {{
    types {{ }}
    default_type application/octet-stream;
    server_tokens off;
    sendfile on;
    large_client_header_buffers 4 32k;
    client_body_temp_path "{dir}/tmp";
    proxy_temp_path "{dir}/tmp";
    fastcgi_temp_path "{dir}/tmp";
    uwsgi_temp_path "{dir}/tmp";
    scgi_temp_path "{dir}/tmp";
    map $http_authorization $auth {{ "" 0; default 1; }}
    log_format portal escape=json '{{"method":"$request_method","uri":"$request_uri","status":$status,'
        '"bytes":$bytes_sent,"body_bytes":$body_bytes_sent,"range":"$http_range","if_range":"$http_if_range",'
        '"conn":$connection,"request":$connection_requests,"pipelined":"$pipe","auth":$auth,"tls":"$ssl_protocol",'
        '"cipher":"$ssl_cipher","reused":"$ssl_session_reused","sni":"$ssl_server_name","host":"$http_host",'
        '"agent":"$http_user_agent","http":"$server_protocol","completion":"$request_completion",'
        '"seconds":$request_time}}';
    access_log "{dir}/access.log" portal;
    keepalive_requests {keepalive_requests};
    keepalive_timeout {keepalive_timeout}s;
    reset_timedout_connection on;
    {http_extra}
    server {{
        {listen}
        server_name _;
        ssl_certificate "{pem}";
        ssl_certificate_key "{key}";
        ssl_protocols {protocols};
        {tls_more}
        root "{files}";
        {auth}
        {server_extra}
        location ~ /$ {{
            root "{listings}";
            default_type application/json;
            {listing_more}
            try_files "${{uri}}{listing}" =404;
        }}
    }}
}}
"""


class Nginx(Server):
    """nginx with TLS and Basic authentication; the common options are those of Server. Besides:

    ciphersuites        those of TLS 1.3; curves the groups (OpenSSL's names)
    session_tickets     False: every TLS handshake is a full one
    chunked_listings    listings have no Content-Length but chunks
    close_delimited     listings have neither: the end of the connection is theirs
    limit_rate          bytes a second of each answer, behind its first `limit_after` bytes
    http_extra, server_extra, listing_extra   lines for the configuration; "{port}" in server_extra is the port
    log()               a list of dicts: method, uri, status, bytes, body_bytes, range, if_range, conn, request,
                        pipelined (bool), auth (bool), tls, cipher, reused (bool), sni, host, agent, http,
                        completion, seconds
    """

    program = "nginx"

    def __init__(self, tree=None, *, ciphersuites=None, curves=None, session_tickets=True, chunked_listings=False,
                 close_delimited=False, limit_rate=0, limit_after=0, http_extra="", server_extra="", listing_extra="",
                 debug=False, **common):
        self.ciphersuites, self.curves, self.session_tickets = ciphersuites, curves, session_tickets
        self.chunked_listings, self.close_delimited, self.limit_rate = chunked_listings, close_delimited, limit_rate
        self.limit_after = limit_after
        self.http_extra, self.server_extra, self.listing_extra = http_extra, server_extra, listing_extra
        self.debug = debug
        super().__init__(tree, **common)

    def configure(self):
        (self.workdir / "tmp").mkdir(exist_ok=True)
        secrets = self.workdir / "htpasswd"
        secrets.write_text(htpasswd(self.user, self.password), encoding="utf-8")
        listen = [f"listen 127.0.0.1:{self.port} ssl;"] + [f"listen [::1]:{self.port} ssl;"] * self.ipv6
        more = []
        if self.ciphers:
            more.append(f"ssl_ciphers {self.ciphers};")
        if self.ciphersuites:
            more.append(f"ssl_conf_command Ciphersuites {self.ciphersuites};")
        if self.curves:
            more.append(f"ssl_ecdh_curve {self.curves};")
        if not self.session_tickets:
            more.append("ssl_session_tickets off; ssl_session_cache off;")
        listing_more = [self.listing_extra]
        if self.chunked_listings or self.close_delimited:
            # A filter that finds nothing, but makes nginx forget the length.
            listing_more.append('sub_filter_types application/json; sub_filter "\\x01" "";')
        if self.close_delimited:
            listing_more.append("chunked_transfer_encoding off;")
        limit = f"limit_rate {self.limit_rate}; limit_rate_after {self.limit_after};" if self.limit_rate else ""
        text = CONFIG.format(
            dir=self.workdir, user="user root;" if os.geteuid() == 0 else "", level="debug" if self.debug else "warn",
            listen=" ".join(listen), pem=self.certs.pem(self.cert), key=self.certs.key(self.cert),
            protocols=PROTOCOLS[self.tls], tls_more=" ".join(more), files=self.files, listings=self.listings,
            listing=LISTING, listing_more=" ".join(listing_more),
            auth=f'auth_basic "{REALM}"; auth_basic_user_file "{secrets}";' if self.auth else "",
            keepalive_requests=self.keepalive_requests, keepalive_timeout=self.keepalive_timeout,
            http_extra=self.http_extra, server_extra=f"{limit} {self.server_extra.replace('{port}', str(self.port))}")
        path = self.workdir / "nginx.conf"
        path.write_text(text, encoding="utf-8")
        return [find_program("nginx"), "-e", str(self.error_log), "-p", str(self.workdir), "-c", str(path)]

    def settle(self):
        """Its one process logs a request when it has sent the response, before it takes the next connection. A
        connection without a request leaves no line."""
        if not self.process:
            return
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), PATIENCE_S) as plain:
            context.wrap_socket(plain).close()

    def _log_lines(self):
        lines = []
        for line in self.log_path.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True):
            if line.endswith("\n"):
                entry = json.loads(line)
                entry["pipelined"] = entry["pipelined"] == "p"
                entry["reused"] = entry["reused"] == "r"
                entry["auth"] = bool(entry["auth"])
                lines.append(entry)
        return lines
