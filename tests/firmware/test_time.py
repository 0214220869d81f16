# SPDX-License-Identifier: MIT
"""The time: what an SNTP server says is believed within bounds, and kept only when a run has succeeded with it."""

import calendar
import contextlib
import socket
import struct
import threading
import time

import pytest

import machine
import netns

DAY = 86400


def at(year, month=12):
    """The first of a month, in seconds since 1970."""
    return calendar.timegm((year, month, 1, 0, 0, 0))


class Sntp:
    """An SNTP server on 127.0.0.1 that says a time of its own."""

    def __init__(self, when, flags=0x24, stratum=1, flip=0):
        self.seconds = None if when is None else int(when) + 2208988800
        self.flags, self.stratum, self.flip = flags, stratum, flip
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.bind(("127.0.0.1", 0))
        self.port = self.sock.getsockname()[1]
        self.questions, self.silent = set(), False
        threading.Thread(target=self.serve, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.sock.close()

    @property
    def name(self):
        """For the settings."""
        return f"10.0.2.2:{self.port}"

    @property
    def asked(self):
        """How many questions came. One whose answer is late is sent again, as it is."""
        return len(self.questions)

    def serve(self):
        """Answer until closed."""
        with contextlib.suppress(OSError):
            while True:
                question, address = self.sock.recvfrom(512)
                self.questions.add(question)
                if not self.silent:
                    self.sock.sendto(self.answer(question), address)

    def answer(self, question):
        """What is said."""
        now = bytes(8) if self.seconds is None else struct.pack("!II", self.seconds & 0xFFFFFFFF, 0)
        echo = bytes([question[40] ^ self.flip]) + question[41:48]
        return bytes([self.flags, self.stratum, 0, 0xE9]) + bytes(8) + b"TEST" + now + echo + now + now


@pytest.fixture
def card(tmp_path):
    """A card."""
    return machine.Card(tmp_path / "card.img")


def kept(card, tmp_path):
    """What the card keeps of the time; empty: nothing."""
    path = card.take(tmp_path / "taken") / ".fluxvision" / "clock"
    return path.read_text(encoding="ascii") if path.exists() else ""


def test_sntp(board, portal, few, tmp_path, card):
    """The time is taken, whatever the board's clock says; kept after a run that succeeded is no more than the portal
    says."""
    site = portal(few)
    with Sntp(time.time() + 400 * DAY) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        done = board.boot(card).expect()
    year = time.gmtime(time.time() + 400 * DAY).tm_year
    assert server.asked == 1 and f"time: {year}-" in done.text and "(SNTP)" in done.text
    assert kept(card, tmp_path)[:4] == str(time.gmtime().tm_year)


LIES = {
    "not-synchronised": ({"when": at(2031), "flags": 0xE4}, "no SNTP: the server is not synchronised"),
    "stratum-16": ({"when": at(2031), "stratum": 16}, "no SNTP: the server is not synchronised"),
    "kiss-of-death": ({"when": at(2031), "stratum": 0}, "no SNTP: the server refuses to serve us"),
    "no-time": ({"when": None}, "no SNTP: the server sent no time"),
    "not-a-server": ({"when": at(2031), "flags": 0x23}, "no SNTP: not an SNTP response"),
    "another-question": ({"when": at(2031), "flip": 1}, "no SNTP: the response is to another request"),
    "before-the-build": ({"when": at(2020)}, "time: 2020-12-01T00:00:00Z (SNTP) is refused: it was later already"),
    "2060": ({"when": at(2060)}, "time: 2060-12-01T00:00:00Z (SNTP) is refused: 20 years after this build"),
}


@pytest.mark.parametrize("lie", LIES)
def test_lies(board, portal, few, tmp_path, card, lie):
    """Each is told; the run goes by the board's clock."""
    how, words = LIES[lie]
    site = portal(few)
    with Sntp(**how) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        done = board.boot(card).expect()
    assert server.asked and words in done.text and "(board)" in done.text, done
    assert kept(card, tmp_path)[:4] == str(time.gmtime().tm_year)


def test_2020_makes_no_certificate_valid(second, portal, few, card):
    """It has expired, and the board has no clock of its own: the build is later."""
    site = portal(few, cert="expired")
    with Sntp(at(2020)) as server:
        card.settings(site, ntp=server.name)
        second.boot(card).fails(4, "the certificate is not valid at this time")
    assert server.asked and not site.log()


def test_one_lie_does_not_last(second, portal, few, tmp_path, card):
    """A time that could be, with which the run fails: not kept, and the next boot asks again."""
    site = portal(few, cert="expired")   # whatever the time
    with Sntp(time.time() + 3650 * DAY) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        done = second.boot(card).fails(4, "the certificate is not valid at this time")
    assert "(SNTP)" in done.text and kept(card, tmp_path) == ""
    site.restart(cert="ecdsa-p256")
    with Sntp(time.time()) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        assert "(SNTP)\n" in second.boot(card).expect().text


def test_a_time_that_failed_is_forgotten(second, portal, few, card):
    """Without a reset too: where the server is silent afterwards, the clock does not go on from its lie."""
    site = portal(few, cert="expired")
    with Sntp(time.time() + 3650 * DAY) as server:
        card.settings(site, ntp=server.name, every="1s")
        with netns.Watch(second, card) as watch:
            watch.until("is not valid at this time")
            server.silent = True
            watch.until("is not valid at this time", times=2)
    times = [line.split(" time: ")[1] for line in watch.lines if " time: " in line and " error: " not in line]
    assert "(SNTP)" in times[0] and times[1].startswith("no SNTP"), times
    assert times[2].startswith(str(time.gmtime().tm_year)) and "or later (build, card)" in times[2], times


def test_kept_time_of_an_old_lie(second, portal, few, tmp_path, card):
    """The card keeps 2060, by whomever: refused, told, and replaced by what the next run proves."""
    site = portal(few)
    card.settings(site, scope="HAUC/HAUC-1")
    machine.run("mmd", "-i", card.path, "::.fluxvision")
    card.put(".fluxvision/clock", b"2060-12-01T00:00:00Z")
    done = second.boot(card).expect()
    assert "time: 2060-12-01T00:00:00Z (card) is refused: 20 years after this build" in done.text
    assert "or later (build, card)" in done.text
    assert kept(card, tmp_path)[:4] == str(time.gmtime().tm_year)


def test_a_lie_that_succeeds_does_not_last(second, portal, few, tmp_path, card):
    """The certificate is valid next year too: the portal's own time is kept, and the true one is taken at the next
    boot."""
    site = portal(few)
    with Sntp(time.time() + 400 * DAY) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        second.boot(card).expect()
    with Sntp(time.time() + DAY) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        done = second.boot(card).expect()
    assert "(SNTP)\n" in done.text and "is refused" not in done.text
    assert kept(card, tmp_path)[:4] == str(time.gmtime().tm_year)


def test_not_before_what_was_proved(second, portal, few, tmp_path, card):
    """What the portal said last: a time before that is refused, and the clock goes on from there."""
    site = portal(few)
    with Sntp(time.time() + DAY) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        second.boot(card).expect()
    first = kept(card, tmp_path)
    with Sntp(time.time() - 3600) as server:
        card.settings(site, ntp=server.name, scope="HAUC/HAUC-1")
        done = second.boot(card).expect()
    assert "(SNTP) is refused: it was later already" in done.text and f"time: {first[:16]}" in done.text
    assert kept(card, tmp_path)[:19] >= first[:19]
