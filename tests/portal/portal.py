#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Real web servers that act as the Flux Vision portal: for tests (import Nginx, Lighttpd) and for a demonstration.

    portal.py start DIR [--port P] [--small-count N] [--big-mib N] [--host NAME] [--url-port same|none|N]
    portal.py stop DIR

`start` makes certificates and deliveries under DIR where they are missing, starts nginx there, and writes
DIR/portal.env: FLUXVISION_ENDPOINT, FLUXVISION_CACERT, FLUXVISION_USER and FLUXVISION_PASSWORD_FILE, to be sourced by
a shell. `stop` stops that nginx; what was made stays.
"""

import argparse
import os
import pathlib
import shlex
import signal
import sys
import time

import make_tree
from certs import Certs, cache_dir
from lighttpd import Lighttpd
from nginx import Nginx
from server import PASSWORD, USER, Port, Server, has_ipv6

__all__ = ["Certs", "Lighttpd", "Nginx", "PASSWORD", "Port", "Server", "USER", "cache_dir", "has_ipv6", "running",
           "start", "stop"]


def running(directory):
    """The process id of the nginx that serves `directory`, or None."""
    directory = pathlib.Path(directory).resolve()
    try:
        pid = int((directory / "nginx.pid").read_text())
        command = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (OSError, ValueError):
        return None
    return pid if os.fsencode(directory / "nginx.conf") in command else None


def start(directory, port=None, small_count=make_tree.SMALL_COUNT, big_bytes=make_tree.BIG_BYTES, host="localhost",
          url_port="same"):
    """Start a portal that outlives this process; returns its Nginx."""
    directory = pathlib.Path(directory).resolve()
    directory.mkdir(parents=True, exist_ok=True)
    certs = Certs(directory / "certs")
    tree = make_tree.build(directory / "tree", small_count, big_bytes)
    portal = Nginx(tree, workdir=directory, certs=certs, port=port, host=host, url_port=url_port, detached=True)
    lines = [f"{name}={shlex.quote(value)}\n" for name, value in portal.env.items()]
    lines.append(f"export {' '.join(portal.env)}\n")
    make_tree.replace(directory / "portal.env", "".join(lines).encode())
    return portal


def stop(directory):
    """Stop the portal of `directory`; False when there was none."""
    pid = running(directory)
    if not pid:
        return False
    os.kill(pid, signal.SIGTERM)
    for _ in range(500):
        if not running(directory):
            break
        time.sleep(0.01)
    (pathlib.Path(directory) / "portal.env").unlink(missing_ok=True)
    return True


def main():
    parser = argparse.ArgumentParser(description="A test portal: nginx with TLS and Basic authentication.")
    commands = parser.add_subparsers(dest="command", required=True)
    starting = commands.add_parser("start", help="start it; what is missing is made")
    starting.add_argument("dir", metavar="DIR")
    starting.add_argument("--port", type=int, help="default: a free one")
    starting.add_argument("--host", default="localhost", help="name in URLs (%(default)s)")
    starting.add_argument("--url-port", default="same", metavar="same|none|N", help="port shown in the listed URLs")
    make_tree.size_option(starting)
    stopping = commands.add_parser("stop", help="stop it")
    stopping.add_argument("dir", metavar="DIR")
    options = parser.parse_args()
    if options.command == "stop":
        print(f"portal in {options.dir}: {'stopped' if stop(options.dir) else 'was not running'}")
        return 0
    pid = running(options.dir)
    if pid:
        print(f"portal in {options.dir}: runs already (process {pid}), settings in {options.dir}/portal.env")
        return 0
    try:
        portal = start(options.dir, options.port, options.small_count, make_tree.big_size(options), options.host,
                       options.url_port)
    except (OSError, RuntimeError) as error:
        print(f"portal.py: {error}", file=sys.stderr)
        return 1
    size = sum(item["size"] for item in portal.expected)
    print(f"portal at {portal.url}: {len(portal.expected)} files of {make_tree.catalog.ORG}, {size / 1e6:.1f} MB, "
          f"settings in {options.dir}/portal.env")
    return 0


if __name__ == "__main__":
    sys.exit(main())
