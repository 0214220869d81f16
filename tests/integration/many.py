# SPDX-License-Identifier: MIT
"""Many files of distinct content, and a relay that cuts connections."""

import dataclasses
import datetime
import random
import select
import socket

import listener
import make_tree

LARGEST = 300 << 10
FIRST_DATE = datetime.datetime(2021, 1, 1, tzinfo=datetime.timezone.utc)


def sizes(rng, count):
    """Sizes of 0 to 300 KiB, the extremes first, mostly small: 10,000 of them are about 25 MB."""
    first = [0, 1, LARGEST, 1460, 16384, 16385][:count]
    return first + [rng.randrange(LARGEST) if rng.random() < 0.005 else int(8192 ** rng.random())
                    for _ in range(count - len(first))]


def content(number, size):
    """Bytes that no other file has at any place, if it has more than a few: its number again and again."""
    word = b"%08d:" % number
    return (word * (size // len(word) + 1))[:size]


def modified(number):
    """A date that no other file has, to the second."""
    return FIRST_DATE + datetime.timedelta(seconds=61 * number, microseconds=number % 1000)


def build(out, count, seed):
    """A make_tree.Tree of `count` files in five deliveries."""
    tree, rng = make_tree.Tree(out, []), random.Random(seed)
    for number, size in enumerate(sizes(rng, count)):
        tree.add(f"f{number}.csv", content(number, size), delivery=f"HAUC-3-{number % 5}",
                 modified=modified(number).isoformat())
    rng.shuffle(tree.items)
    return tree


@dataclasses.dataclass
class Cuts:
    """How long connections live, in bytes towards the client: `mean` on average, the first one `first` more."""
    rng: random.Random
    mean: int
    first: int = 0

    def life(self, number):
        """Bytes of the connection with that number."""
        return int(self.rng.expovariate(1 / self.mean)) + (self.first if number == 1 else 0)


class Relay(listener.Listener):
    """Passes connections on to a port of this machine, and cuts each after as many bytes as `cuts` (a Cuts, or None:
    never) says, with a reset or with an end that TLS has not announced."""

    def __init__(self, to=None, cuts=None):
        super().__init__()
        self.to, self.cuts, self.cut, self.taken, self.alive, self.most = to, cuts, 0, 0, 0, 0
        self.listen(ipv6=False)

    url = property(lambda self: f"https://localhost:{self.port}", doc="the endpoint")

    def serve(self, sock, number):
        with self.lock:
            life = self.cuts.life(number) if self.cuts else None
            way = self.cuts.rng.choice((listener.reset, listener.hang_up)) if self.cuts else None
            self.taken, self.alive = self.taken + 1, self.alive + 1
            self.most = max(self.most, self.alive)
        cut = False
        try:
            with socket.create_connection(("127.0.0.1", self.to)) as far:
                far.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                cut = self._copy(sock, far, life)
        finally:
            with self.lock:
                self.alive -= 1
        if cut:
            way(sock)    # once it is counted: the client comes again at once

    def _copy(self, near, far, life):
        """Copy both ways; whether the connection is to be cut."""
        while not self.stopping.is_set():
            for one in select.select([near, far], [], [], 0.5)[0]:
                data = one.recv(65536)
                if not data:
                    return False
                if one is near:
                    far.sendall(data)
                    continue
                if life is not None:
                    data = data[:life]
                    life -= len(data)
                near.sendall(data)
                if life == 0:
                    self.cut += 1
                    return True
        return False
