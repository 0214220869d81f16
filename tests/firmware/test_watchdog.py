# SPDX-License-Identifier: MIT
"""The chip's watchdog of two seconds on a board that waits: for a name, a connection, the next attempt, and through a
pause of 20 s."""

import os

import pytest

import machine
import netns

PROGRAM = r"""
#include "fluxvision.h"
#include "fw/board.h"

#define WATCHDOG(offset) (*(volatile uint32_t *)(0x40000000u + (offset)))

static struct fv_lwip net;
static _Alignas(8) uint8_t memory[8 * 1024];
static const struct fv_port_entropy entropy = {.fill = fv_board_entropy};

static bool starve;
static char endpoint[64];

static int feed(void *ctx)
{
    (void)ctx;
    if (!starve) {
        WATCHDOG(0xC) = 1;
    }
    return 0;
}

static int64_t now(void *ctx)
{
    (void)ctx;
    return fv_bare_now();
}

static int64_t wall(void *ctx)
{
    (void)ctx;
    return (int64_t)FV_BUILD_TIME * 1000000;
}

/* No sleep of its own: whoever calls that leaves lwIP alone. */
static const struct fv_port_clock clock = {.now = now, .wall = wall, .cancelled = feed};

static void say(const char *text)
{
    fv_board_write(text, __builtin_strlen(text));
}

static enum fv_err ca_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx, (void)offset, (void)p, (void)n;
    *got = 0;
    return FV_OK;
}

/* The card says where the portal is; an empty file: nobody is to feed. */
static enum fv_err read_endpoint(const struct fv_port_storage *io)
{
    int file = -1;
    size_t n = 0;
    enum fv_err err = io->open(io->ctx, "endpoint", FV_PORT_OPEN_READ, &file);
    if (err == FV_OK) {
        err = io->read(io->ctx, file, 0, endpoint, sizeof endpoint - 1, &n);
        starve = n == 0;
    }
    return err;
}

int main(void)
{
    struct fv_port port = {.net = &net.net, .clock = &net.clock, .entropy = &entropy, .memory = &fv_bare_memory};
    const struct fv_events events = {0};
    const struct fv_lwip_address dhcp = {0};
    struct fv_settings settings;
    struct fv_client *client = NULL;
    const char *why;
    say("boot\n");
    if (fv_board_storage(&port.storage, &why) != FV_OK || read_endpoint(port.storage) != FV_OK) {
        return 9;
    }
    WATCHDOG(0) = 50000000; /* a second; with the second one comes the reset */
    WATCHDOG(8) = 3;
    fv_settings_init(&settings);
    settings.endpoint = fv_slice_of(endpoint);
    settings.user = settings.password = FV_SLICE("x");
    settings.retries = 2;
    settings.ca_read = ca_read;
    if (fv_lwip_open(&net, &fv_board_link, &clock, &entropy, &dhcp) != FV_OK || fv_lwip_up(&net, fv_bare_now() + 30000000) != FV_OK ||
        fv_client_open(memory, sizeof memory, &port, &settings, &events, &client) != FV_OK) {
        return 9;
    }
    enum fv_err err = fv_sync(client, FV_SLICE("HAUC"));
    say("tried\n");
    if (net.clock.sleep(net.clock.ctx, fv_bare_now() + 20000000) != FV_OK) {
        return 8;
    }
    say("slept\n");
    return fv_err_exit(err);
}
"""


@pytest.fixture(scope="module")
def program(board, tmp_path_factory):
    """The board with the program in the place of src/fw."""
    source = tmp_path_factory.mktemp("watchdog") / "watchdog.c"
    source.write_text(PROGRAM, encoding="utf-8")
    for command in os.environ["FIRMWARE_EXAMPLE"].split("|"):
        for suffix in ("c", "o", "elf"):
            command = command.replace(f"EXAMPLE.{suffix}", str(source.with_suffix(f".{suffix}")))
        machine.run("sh", "-c", f"cd {machine.ROOT} && {command}")
    return machine.Machine(board.name, board.command, source.with_suffix(".elf"))


def card_with(directory, endpoint):
    """A card that says where the portal is."""
    card = machine.Card(directory / "card.img")
    card.put("endpoint", endpoint.encode())
    return card


ENDS = {"name": ("https://portal.test", 10), "connection": (f"https://{netns.NOBODY}", 10),
        "refused": (f"https://{netns.HERE}", 0)}


@pytest.mark.parametrize("end", ENDS)
def test_waits_do_not_bite(program, tmp_path, end):
    """Nobody answers the question for the name, or is at the address, or listens there."""
    endpoint, least = ENDS[end]
    with netns.Wire(tmp_path) as wire, netns.Names({}):
        wire.serve_dhcp()
        done = wire.connect(program).boot(card_with(tmp_path, endpoint)).expect(3)
    # which is QEMU's, of one that is not set yet
    said = [line for line in done.text.splitlines() if not line.startswith("Timer")]
    assert said == ["boot", "tried", "slept"], done
    assert done.seconds >= 20 + 3 * least


def test_the_watchdog_bites(program, tmp_path):
    """The same program, where nobody feeds it."""
    with netns.Wire(tmp_path) as wire, netns.Watch(wire.connect(program), card_with(tmp_path, "")) as watch:
        watch.until("boot", times=2, timeout=60)
