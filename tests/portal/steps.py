# SPDX-License-Identifier: MIT
"""What a scripted answer consists of. A step is anything with run(wire, request); bytes stand for Send(bytes)."""

import itertools
import time
from dataclasses import dataclass

from wire import Closed


@dataclass
class Send:
    """Send these bytes."""
    data: bytes

    def run(self, wire, _):
        wire.send(self.data)


@dataclass
class SendRaw:
    """Send these bytes below TLS: garbage to the client's TLS layer."""
    data: bytes

    def run(self, wire, _):
        wire.send_raw(self.data)


@dataclass
class PartRecord:
    """Send the first `keep` bytes of the TLS record that would carry `data`."""
    data: bytes
    keep: int = 10

    def run(self, wire, _):
        wire.send_part(self.data, self.keep)


@dataclass
class Trickle:
    """Send `data` in pieces of `size` bytes, `delay` seconds apart."""
    data: bytes
    size: int = 1
    delay: float = 0.01

    def run(self, wire, _):
        for start in range(0, len(self.data), self.size):
            wire.send(self.data[start:start + self.size])
            wire.sleep(self.delay)


@dataclass
class Sleep:
    """Wait."""
    seconds: float

    def run(self, wire, _):
        wire.sleep(self.seconds)


class Stall:
    """Send nothing more, until the client gives up."""

    def run(self, wire, _):
        wire.stall()


@dataclass
class Close:
    """End the connection, with TLS close_notify or without."""
    notify: bool = True

    def run(self, wire, _):
        wire.close(self.notify)


class Reset:
    """End the connection with a TCP reset."""

    def run(self, wire, _):
        wire.reset()


@dataclass
class WaitBacklog:
    """Wait until `count` further requests have arrived behind this one, at most `timeout` seconds."""
    count: int
    timeout: float = 2.0

    def run(self, wire, request):
        deadline = time.monotonic() + self.timeout
        while wire.backlog() < self.count and time.monotonic() < deadline:
            wire.sleep(0.01)
        request.backlog = wire.backlog()


class Forget:
    """Drop the requests that have arrived behind this one: they will never be answered."""

    def run(self, wire, _):
        wire.drain()
        wire.buffer.clear()


class Sequence:
    """A behaviour for each time: the first request gets the first one, and so on; the last one repeats."""

    def __init__(self, *behaviours):
        self.behaviours, self._count = behaviours, itertools.count()

    def __call__(self, request):
        return self.behaviours[min(next(self._count), len(self.behaviours) - 1)]


def perform(behaviour, wire, request):
    """Carry out bytes, a step, an iterable of those, or a function of the request that returns one of them."""
    if behaviour is None:
        return
    if wire.ended:
        raise Closed(wire.ended)
    if isinstance(behaviour, (bytes, bytearray)):
        wire.send(bytes(behaviour))
    elif hasattr(behaviour, "run"):
        behaviour.run(wire, request)
    elif callable(behaviour):
        perform(behaviour(request), wire, request)
    else:
        for step in behaviour:
            perform(step, wire, request)
            if wire.ended:
                return
