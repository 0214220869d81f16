# SPDX-License-Identifier: MIT
"""A name server that does what it is told, over UDP and TCP. Started in the network namespace of the test.

    dns.py ADDRESS NAME[/TYPE]=WHAT[,WHAT]...       prints "ready" once it listens on ADDRESS, port 53

NAME may be "*"; TYPE is A or AAAA, both if it is left out; the first rule of a name with its type counts. WHAT is

    an address          one of the answer's, where it is of the type that is asked
    cname:NAME          the answer goes on at NAME, in the same response
    nxdomain, servfail, refused, notimp, formerr    the response's code
    silent              no response
    garbage, cut, loop  the right id, then noise; half of a record; a name that leads to itself
    truncated           over UDP nothing but the word that there is more, over TCP all
    wrong-id            first a response with another id and the address 10.9.8.99, then the right one
    delay:SECONDS       before the response

A name without a rule is NXDOMAIN. A word "listen:PORT" makes a server beside it, whose only answer is no TLS.
"""

import ipaddress
import socket
import socketserver
import struct
import sys
import threading
import time

TYPES = {1: "A", 28: "AAAA"}
CODES = {"formerr": 1, "servfail": 2, "nxdomain": 3, "notimp": 4, "refused": 5}


def question(packet):
    """(name, type, end of the question) of a query."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack(">H", packet[at + 1:at + 3])[0], at + 5


def labels_of(name):
    """A name as it stands in a message."""
    return b"".join(bytes([len(one)]) + one.encode() for one in name.split(".")) + b"\0"


def record(name, kind, data):
    """One record of an answer."""
    return labels_of(name) + struct.pack(">HHIH", kind, 1, 60, len(data)) + data


class Rules:
    """What is said of which name."""

    def __init__(self, words):
        self.rules = []
        for word in words:
            key, _, what = word.partition("=")
            name, _, kind = key.partition("/")
            self.rules.append((name, kind, what.split(",")))

    def find(self, name, kind):
        """What to do for a question; None if there is nothing about the name. Rules that give addresses add up."""
        found = [what for wanted, only, what in self.rules if wanted in (name, "*") and only in ("", TYPES.get(kind))]
        known = any(wanted in (name, "*") for wanted, _, _ in self.rules)
        if not found:
            return [] if known else None
        if all(is_address(one) for what in found for one in what):
            return [one for what in found for one in what]
        return found[0]

    def respond(self, packet, over_tcp):
        """The responses to a query, each with the seconds before it."""
        name, kind, end = question(packet)
        what = self.find(name, kind)
        code, body, count, pause = (3 if what is None else 0), b"", 0, 0.0
        flags, at = 0x8180, name
        todo = list(what or [])
        while todo:
            one = todo.pop(0)
            if one == "silent":
                return []
            if one.startswith("delay:"):
                pause = float(one[6:])
            elif one.startswith("cname:"):
                body, count = body + record(at, 5, labels_of(one[6:])), count + 1
                at = one[6:]
                todo += self.find(at, kind) or []
            elif one in CODES:
                code = CODES[one]
            elif is_address(one):
                address = ipaddress.ip_address(one)
                if {4: 1, 6: 28}[address.version] == kind:
                    body, count = body + record(at, kind, address.packed), count + 1
            elif one in ("cut", "loop"):
                body, count = body + (b"\xc0\x0c\0\x01" if one == "cut" else record(at, 5, labels_of(at))), count + 1
            elif one == "garbage":
                return [(0, packet[:2] + bytes(range(130, 230)))]
        if "truncated" in (what or []) and not over_tcp:
            flags, body, count = flags | 0x200, b"", 0
        right = packet[:2] + struct.pack(">HHHHH", flags | code, 1, count, 0, 0) + packet[12:end] + body
        if "wrong-id" not in (what or []):
            return [(pause, right)]
        lie = record(name, 1, bytes([10, 9, 8, 99]))
        return [(0, bytes([packet[0] ^ 1]) + packet[1:2] + struct.pack(">HHHHH", 0x8180, 1, 1, 0, 0) + packet[12:end] +
                 lie),
                (0.05, right)]


def is_address(word):
    """Whether it is one of an answer's."""
    return ":" in word and not word.startswith(("cname:", "delay:")) or word.replace(".", "").isdigit()


def main():
    """Answer for ever."""
    where, *words = sys.argv[1:]
    rules = Rules([word for word in words if not word.startswith("listen:")])
    ports = [int(word[7:]) for word in words if word.startswith("listen:")]

    class Datagram(socketserver.BaseRequestHandler):
        """One query over UDP."""
        def handle(self):
            packet, sock = self.request
            for pause, response in rules.respond(packet, False):
                time.sleep(pause)
                sock.sendto(response, self.client_address)

    class Stream(socketserver.BaseRequestHandler):
        """Queries over TCP, each behind its length."""
        def handle(self):
            while head := self.request.recv(2, socket.MSG_WAITALL):
                packet = self.request.recv(struct.unpack(">H", head)[0], socket.MSG_WAITALL)
                for pause, response in rules.respond(packet, True):
                    time.sleep(pause)
                    self.request.sendall(struct.pack(">H", len(response)) + response)

    class Other(socketserver.BaseRequestHandler):
        """Whoever comes is told something that ends the attempts."""
        def handle(self):
            self.request.recv(1)
            self.request.sendall(b"this is no TLS, and never will be\n")

    socketserver.TCPServer.address_family = socket.AF_INET6 if ":" in where else socket.AF_INET
    socketserver.ThreadingMixIn.daemon_threads = True
    servers = [socketserver.ThreadingUDPServer((where, 53), Datagram),
               socketserver.ThreadingTCPServer((where, 53), Stream)]
    servers += [socketserver.ThreadingTCPServer((where, port), Other) for port in ports]
    threads = [threading.Thread(target=one.serve_forever) for one in servers]
    for one in threads:
        one.start()
    print("ready", flush=True)
    for one in threads:
        one.join()


if __name__ == "__main__":
    main()
