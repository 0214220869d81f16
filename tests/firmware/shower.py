# SPDX-License-Identifier: MIT
"""A server that shows another chain of certificates in each run of one boot."""

import threading

import limbo
import listener
import machine

HOST = "10.0.2.2"   # how QEMU's network calls this machine


class Shower(listener.Listener):
    """Shows the chain of the run at hand to whoever connects."""

    def __init__(self):
        super().__init__()
        self.run = None
        self.listen(ipv6=False)

    url = property(lambda self: f"https://{HOST}:{self.port}")

    def serve(self, sock, number):
        sock.settimeout(20)
        with self.lock:   # the board may be faster than who reads what it says
            self.lock.wait_for(lambda: not self.run.served, 10)
        limbo.present(sock, self.run)

    def show(self, run):
        """From now on."""
        with self.lock:
            self.run = run
            self.lock.notify_all()


def boot(board, card, bundle, runs):
    """Boot once, with that bundle, and let the board run once for each of `runs` (limbo.Run); what it said in each."""
    results = []
    with Shower() as server:
        card.settings(server, ca=bundle, every="1s", retries=0)
        server.show(runs[0])
        process = board.start(card)
        watchdog = threading.Timer(machine.LIMIT_S, process.kill)
        watchdog.start()
        said = ""
        for raw in process.stdout:
            said += raw.decode("utf-8", "replace")
            if " memory: " in said.splitlines()[-1]:
                board.keep(machine.Done(0, said, 0))
                results.append(said)
                said = ""
                if len(results) == len(runs):
                    break
                server.show(runs[len(results)])
        watchdog.cancel()
        process.kill()
        process.communicate()
    assert len(results) == len(runs), said
    return results
