# SPDX-License-Identifier: MIT
"""The network under the firmware: leases that end, addresses that are dead, name servers that are late or silent."""

import re
import time

import pytest

import machine
import netns

NAME = "portal.test"


@pytest.fixture
def wire(tmp_path):
    """A network of the test's own, with a DHCP server."""
    with netns.Wire(tmp_path) as one:
        one.serve_dhcp()
        yield one


@pytest.mark.parametrize("name", ["lm3s6965evb", "lm3s6965evb-small", "mps2-an386"])
def test_second_address_of_a_name(boards, wire, portal, few, tmp_path, name):
    """Nobody is at the first one: it costs no attempt, and not the time of one."""
    site = portal(few, host=NAME, **wire.listen)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, retries=0, scope="HAUC/HAUC-1")
    with netns.Names({NAME: [netns.NOBODY, netns.HERE]}):
        done = wire.connect(boards[name]).boot(card).expect()
    assert not done.errors, done


def test_lease_is_refused_in_a_pause(board, wire, portal, few, tmp_path):
    """The portal wants to be left alone for 90 s. In that pause the lease is renewed, refused, and another address
    taken."""
    site = portal(few, host=NAME, listing_extra="add_header Retry-After 90 always; return 503;", **wire.listen)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, scope="HAUC/HAUC-1")
    with netns.Names({NAME: [netns.HERE]}), netns.Watch(wire.connect(board), card) as watch:
        watch.until("trying again in 90000 ms")
        begun = time.monotonic()
        assert re.search(r"DHCPACK\(tap0\) 10\.77\.0\.1\d ", wire.dhcp_log())
        site.restart(listing_extra="")
        wire.serve_dhcp(100, 120)
        while not re.search(r"DHCPACK\(tap0\) 10\.77\.0\.1[012]\d ", wire.dhcp_log()):
            assert time.monotonic() < begun + 85, wire.dhcp_log()
            time.sleep(0.5)
        assert "DHCPNAK" in wire.dhcp_log()
        watch.until("summary: downloaded", timeout=90)
        assert watch.count("panic") == 0 and watch.count("failed 0, listed") == 1


def test_an_address_that_comes_later(board, wire, portal, few, tmp_path):
    """No DHCP server when the board starts: that is said in its own words, and a later run has an address."""
    wire.stop_dhcp()
    site = portal(few, host=NAME, **wire.listen)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, retries=0, every="1s", connect_timeout=3, scope="HAUC/HAUC-1")
    with netns.Names({NAME: [netns.HERE]}), netns.Watch(wire.connect(board), card) as watch:
        watch.until("this device has no network address")
        wire.serve_dhcp()
        watch.until("summary: downloaded", timeout=90)
        watch.until("failed 0, listed")


class Late(netns.Names):
    """late.test is answered when another name is asked for: to the port and with the number of its own questions, and
    of the new one."""

    held = ()

    def answer(self, question, who):
        if self.name(question) == "late.test":
            self.held = (*self.held, (question, who))
            return
        for old, port in self.held:
            answer = self.reply(old, [netns.NOBODY])
            self.sock.sendto(answer, port)
            self.sock.sendto(answer, who)
            self.sock.sendto(question[:2] + answer[2:], who)
        time.sleep(0.5)
        super().answer(question, who)


def test_late_answer_of_a_name_server(board, wire, portal, few, tmp_path):
    """The look-up of the SNTP server has ended; what comes then is not the portal's address."""
    site = portal(few, host=NAME, **wire.listen)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, retries=0, ntp="late.test", scope="HAUC/HAUC-1")
    with Late({NAME: [netns.HERE]}) as server:
        done = wire.connect(board).boot(card).expect()
    assert len(server.held) > 1
    assert "time: no SNTP: the server's name could not be resolved" in done.text and not done.errors, done


@pytest.mark.parametrize("name,every", [("lm3s6965evb", "12s"), ("mps2-an386", "1s")])
def test_runs_with_a_silent_ntp_name(boards, wire, portal, few, tmp_path, name, every):
    """Nothing of a look-up is left: no panic in a later run, no question in a pause, the same memory in each."""
    site = portal(few, host=NAME, **wire.listen)
    card = machine.Card(tmp_path / "card.img")
    card.settings(site, ntp="silent.test", every=every, scope="HAUC/HAUC-1")
    with netns.Names({NAME: [netns.HERE]}) as server, netns.Watch(wire.connect(boards[name]), card) as watch:
        watch.until("memory: ", times=1)
        if every == "12s":
            ended = time.monotonic()
            watch.until("no SNTP", times=2)
            asked = [when - ended for when, _ in server.asked if when > ended + 0.5]
            assert 0 < len(asked) <= 6, asked
        watch.until("memory: ", times=4)
        assert watch.count("panic") == 0 and watch.count("error") == 0, watch.lines
        used = [machine.Done(0, line, 0).memory for line in watch.lines if "memory: " in line]
        assert len({one["left"] for one in used[1:]}) == 1 and used[-1]["reach"] == used[1]["reach"], used
