# SPDX-License-Identifier: MIT
"""Three network namespaces in a row: client, relay, server; every packet between them is late.

Each is held by a process of ours: nothing has a name, and nothing stays when they end. In `client` and `server`,
portal.test and files.portal.test are the server.
"""

import json
import os
import pathlib
import subprocess

CLIENT, SERVER, NAME, SECOND = "10.77.0.1", "10.77.0.2", "portal.test", "files.portal.test"


class Namespaces:
    """Use as a context manager. `client` and `server` are command prefixes that run something there."""

    def __init__(self, relay, delay_ms, workdir):
        self.holders, self.relay_process = [], None
        hosts = pathlib.Path(workdir) / "hosts"
        hosts.write_text(f"127.0.0.1 localhost\n{SERVER} {NAME} {SECOND}\n", encoding="ascii")
        try:
            client, middle, server = (self._hold(hosts) for _ in range(3))
            self.client, self.server = enter(client), enter(server)
            for pid, address, end in ((client, CLIENT, "first"), (server, SERVER, "second")):
                run(*enter(middle), "ip", "link", "add", end, "type", "veth", "peer", "name", "eth0", "netns", str(pid))
                run(*enter(middle), "ip", "link", "set", end, "up")
                run(*enter(pid), "ip", "address", "add", f"{address}/24", "dev", "eth0")
                run(*enter(pid), "ip", "link", "set", "eth0", "up")
            # No question is asked for an address: its answer would be late, and counted as somebody's.
            for here, there, address in ((client, server, SERVER), (server, client, CLIENT)):
                run(*enter(here), "ip", "neighbour", "add", address, "lladdr", hardware(there), "dev", "eth0")
            self.relay_process = subprocess.Popen([*enter(middle), str(relay), str(delay_ms / 2), "first", "second"],
                                                  stdout=subprocess.PIPE, text=True)
            if self.relay_process.stdout.readline() != "relay: up\n":
                raise OSError("the relay did not start")
        except BaseException:
            self.stop()
            raise

    def _hold(self, hosts):
        script = 'mount --bind "$0" /etc/hosts && ip link set lo up && echo held && exec sleep infinity'
        holder = subprocess.Popen(["unshare", "--net", "--mount", "sh", "-c", script, str(hosts)],
                                  stdout=subprocess.PIPE, text=True)
        self.holders.append(holder)
        if holder.stdout.readline() != "held\n":
            raise OSError("network namespaces cannot be made here")
        return holder.pid

    def stop(self):
        """End the relay and the namespaces; returns what the relay says of itself."""
        said = ""
        if self.relay_process:
            self.relay_process.terminate()
            said = self.relay_process.communicate()[0].strip()
        for holder in self.holders:
            holder.terminate()
            holder.communicate()
        self.holders, self.relay_process = [], None
        return said

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()


def enter(pid):
    """A command prefix that runs what follows in the namespaces of `pid`."""
    return ["nsenter", f"--net=/proc/{pid}/ns/net", f"--mount=/proc/{pid}/ns/mnt", f"--root=/proc/{pid}/root",
            f"--wd={os.getcwd()}", "--"]


def hardware(pid):
    """The hardware address of eth0 in the namespace of `pid`."""
    return json.loads(run(*enter(pid), "ip", "-json", "link", "show", "eth0"))[0]["address"]


def run(*command):
    """Run a command; returns what it says, which is shown when it fails."""
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if done.returncode:
        raise OSError(f"{' '.join(command)}: {done.stdout.strip()}")
    return done.stdout
