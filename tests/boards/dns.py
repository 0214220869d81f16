"""A name server of a few lines: answers A and AAAA from a table, over UDP. Started in the network namespace of the test.

    dns.py ADDRESS NAME=ADDRESS...        prints "ready" once it listens on ADDRESS, port 53
"""

import ipaddress
import socket
import struct
import sys

TYPES = {1: 4, 28: 6}


def question(packet):
    """(name, type, end of the question) of a query."""
    labels, at = [], 12
    while packet[at]:
        labels.append(packet[at + 1:at + 1 + packet[at]].decode("ascii").lower())
        at += 1 + packet[at]
    return ".".join(labels), struct.unpack(">H", packet[at + 1:at + 3])[0], at + 5


def answer(packet, table):
    """The response: the addresses of the asked family, NXDOMAIN where the name is not known."""
    name, kind, end = question(packet)
    known = [address for wanted, address in table if wanted == name]
    found = [address for address in known if TYPES.get(kind) == address.version]
    body = b"".join(b"\xc0\x0c" + struct.pack(">HHIH", kind, 1, 60, len(a.packed)) + a.packed for a in found)
    head = packet[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else 3), 1, len(found), 0, 0)
    return head + packet[12:end] + body


def main():
    """Answer for ever."""
    where, *pairs = sys.argv[1:]
    table = [(name, ipaddress.ip_address(address)) for name, address in (pair.split("=") for pair in pairs)]
    with socket.socket(socket.AF_INET6 if ":" in where else socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind((where, 53))
        print("ready", flush=True)
        while True:
            packet, peer = sock.recvfrom(512)
            sock.sendto(answer(packet, table), peer)


if __name__ == "__main__":
    main()
