# SPDX-License-Identifier: MIT
"""The other programs: which are there, and how each is told to do the work."""

import base64
import pathlib
import shlex
import shutil
import subprocess

CONNECTIONS = 16
ABSENT = {"uclient-fetch": "not in Debian", "aria2 to /dev/null": "it cannot write to nowhere"}


class Peers:
    """`work` is for their files of settings; `own` a dict of further programs, {"curl+mbedTLS": path}."""

    def __init__(self, work, own):
        self.work, self.own = pathlib.Path(work), own
        self.curls = {"curl": "curl", **{name: str(path) for name, path in own.items()}}

    def missing(self):
        """{peer: why it is not there}."""
        absent = {name: "not installed" for name in ("curl", "wget", "wget2", "aria2c", "lftp", "rclone", "jq")
                  if not shutil.which(name)}
        return {**absent, **ABSENT}

    def versions(self):
        """The first line of what each says of itself."""
        found = []
        for name, command in (*self.curls.items(), ("wget", "wget"), ("wget2", "wget2"), ("aria2", "aria2c"),
                              ("lftp", "lftp"), ("rclone", "rclone"), ("jq", "jq"), ("nginx", "/usr/sbin/nginx")):
            if shutil.which(command):
                option = "-v" if name == "nginx" else "--version"
                done = subprocess.run([command, option], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                                      check=False)
                found.append(" ".join(done.stdout.splitlines()[0].split()[:9]) + f" ({name})")
        return found

    def _have(self, commands):
        return {name: command for name, command in commands.items() if shutil.which(str(command[0]))}

    def many(self, portal, urls, out):
        """{name: command} to fetch `urls`, whose last segments differ, into the directory `out`."""
        nginx, work = portal.nginx, self.work
        user, password, ca = nginx.user, nginx.password, nginx.ca
        (work / "urls").write_text("\n".join(urls) + "\n", encoding="ascii")
        top = "/".join(urls[0].split("/")[:6]) + "/"
        rest = [url.removeprefix(top) for url in urls]
        (work / "paths").write_text("\n".join(rest) + "\n", encoding="ascii")
        (work / "lftp").write_text(f"set ssl:ca-file {ca}\nset cmd:fail-exit yes\nset net:connection-limit "
                                   f"{CONNECTIONS}\n"
                                   f"open -u {user},{password} {top}\n"
                                   f"mget -P {CONNECTIONS} -O {out} {' '.join(rest)}\n", encoding="ascii")
        commands = self.many_by_curl(portal, urls, out)
        wget2 = ["wget2", "-q", "--no-config", "--auth-no-challenge", "--http-user", user, "--http-password", password,
                 "--ca-certificate", ca, "--no-ocsp", "-i", work / "urls", "-P", out]
        commands.update({
            "wget": ["wget", "-q", "--no-config", "--auth-no-challenge", "--user", user, "--password", password,
                     "--ca-certificate", ca, "-i", work / "urls", "-P", out],
            "wget2, 1 connection": [*wget2, "--max-threads=1"],
            f"wget2, {CONNECTIONS} connections": [*wget2, f"--max-threads={CONNECTIONS}"],
            f"aria2, {CONNECTIONS} connections": [
                "aria2c", "-q", "--no-conf", "--http-auth-challenge=false", "--http-user", user, "--http-passwd",
                password,
                "--ca-certificate", ca, "-i", work / "urls", "-d", out, "-j", str(CONNECTIONS),
                "--file-allocation=none"],
            f"lftp, {CONNECTIONS} connections": ["lftp", "--norc", "-f", work / "lftp"],
            f"rclone, {CONNECTIONS} connections": [
                "rclone", "copy", "-q", "--config", "", "--ca-cert", ca, "--header", self._basic(nginx), "--http-url",
                top,
                "--files-from-raw", work / "paths", "--no-traverse", "--transfers", str(CONNECTIONS),
                "--checkers", str(CONNECTIONS), ":http:", out],
        })
        return self._have(commands)

    def many_by_curl(self, portal, urls, out, more=()):
        """The part of many() that is curl's. Files are called as the last segments, or 0, 1, ... if some are equal."""
        names = [url.rpartition("/")[2] for url in urls]
        names = names if len(set(names)) == len(names) else range(len(urls))
        (self.work / "curl").write_text("".join(f'url = "{url}"\noutput = "{out}/{name}"\n'
                                                for url, name in zip(urls, names)),
                                        encoding="ascii")
        nginx, commands = portal.nginx, {}
        for name, program in self.curls.items():
            curl = [program, "-q", "-sS", "-f", *more, "-u", f"{nginx.user}:{nginx.password}", "--cacert", nginx.ca,
                    "-K", self.work / "curl"]
            commands[name] = curl
            commands[f"{name} -Z{CONNECTIONS}"] = [*curl, "-Z", "--parallel-max", str(CONNECTIONS)]
        return commands

    def redirected(self, portal, urls, out):
        """As many(), of those who follow a redirect, tell the password to the first origin alone, and keep more than
        one connection (wget makes two for each file)."""
        nginx, host = portal.nginx, portal.url.rpartition("/")[2].partition(":")[0]
        (self.work / "urls").write_text("\n".join(urls) + "\n", encoding="ascii")
        netrc = self.work / "netrc"
        netrc.write_text(f"machine {host} login {nginx.user} password {nginx.password}\n", encoding="ascii")
        netrc.chmod(0o600)
        wget2 = ["wget2", "-q", "--no-config", "--auth-no-challenge", "--netrc", "--netrc-file", netrc,
                 "--ca-certificate", nginx.ca,
                 "--no-ocsp", "-i", self.work / "urls", "-P", out]
        return self._have({
            **self.many_by_curl(portal, urls, out, ("-L",)),
            "wget2, 1 connection": [*wget2, "--max-threads=1"],
            f"wget2, {CONNECTIONS} connections": [*wget2, f"--max-threads={CONNECTIONS}"],
            f"aria2, {CONNECTIONS} connections": [
                "aria2c", "-q", "--no-conf", "--http-auth-challenge=false", "--netrc-path", netrc, "--ca-certificate",
                nginx.ca,
                "-i", self.work / "urls", "-d", out, "-j", str(CONNECTIONS), "--file-allocation=none"],
        })

    def hashed(self, portal, urls, out):
        """curl, then the SHA-256 of what it fetched."""
        names = [str(out / url.rpartition("/")[2]) for url in urls]
        return {f"{name} and openssl dgst": ["sh", "-c", f'"$@" && openssl dgst -sha256 {shlex.join(names)}', name,
                                             *command]
                for name, command in self.many_by_curl(portal, urls, out).items() if "-Z" not in name}

    def one(self, portal, url):
        """{name: command} to fetch `url` to nowhere."""
        nginx = portal.nginx
        user, password, ca = nginx.user, nginx.password, nginx.ca
        commands = {name: self.curl(name, portal, url) + ["-o", "/dev/null"] for name in self.curls}
        top, _, last = url.rpartition("/")
        commands.update({
            "wget": ["wget", "-q", "--no-config", "--auth-no-challenge", "--user", user, "--password", password,
                     "--ca-certificate", ca, "-O", "/dev/null", url],
            "wget2": ["wget2", "-q", "--no-config", "--auth-no-challenge", "--http-user", user, "--http-password",
                      password,
                      "--ca-certificate", ca, "--no-ocsp", "-O", "/dev/null", url],
            "lftp": ["lftp", "--norc", "-c", f"set ssl:ca-file {ca}; set cmd:fail-exit yes; set cmd:verify-path no; "
                     f"open -u {user},{password} {top}/; cat {last}"],
            "rclone": ["rclone", "copyurl", "-q", "--config", "", "--ca-cert", ca, "--header", self._basic(nginx),
                       "--stdout", url],
        })
        return self._have(commands)

    def curl(self, name, portal, url):
        """curl, telling `url` to standard output."""
        nginx = portal.nginx
        return [self.curls[name], "-q", "-sS", "-f", "-u", f"{nginx.user}:{nginx.password}", "--cacert", str(nginx.ca),
                url]

    def piped(self, portal, url, to):
        """curl | `to`, a list, as one command."""
        return ["sh", "-c", f"{shlex.join(self.curl('curl', portal, url))} | {shlex.join(to)}"]

    def _basic(self, nginx):
        pair = base64.b64encode(f"{nginx.user}:{nginx.password}".encode()).decode()
        return f"Authorization: Basic {pair}"
