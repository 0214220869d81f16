# SPDX-License-Identifier: MIT
"""port/riscv by itself: what a boot program left behind, and a trap within the panic."""

import subprocess
import time

import machine

# In front of the port's own first instruction: interrupts are on. The board's end is what a semihosting call is on a
# real core: a trap.
PROGRAM = """
#include "port/riscv/riscv.h"

#include <string.h>

__attribute__((naked, used, section(".vectors"))) void boot_program(void)
{
    __asm volatile("csrsi mstatus, 8\\n"
                   "j fv_riscv_start\\n");
}

_Noreturn void fv_board_end(int status)
{
    (void)status;
    __asm volatile("unimp");
    __builtin_unreachable();
}

int main(void)
{
    int64_t began = fv_bare_now();
    for (int i = 0; i < 20; i++) {
        fv_bare_idle();
    }
    const char *said = fv_bare_now() > began ? "rested\\n" : "no clock\\n";
    fv_board_write(said, strlen(said));
    fv_board_end(0);
}
"""
CPU = "-march=rv32imac -misa-spec=2.2 -mabi=ilp32 -isystem /usr/lib/picolibc/riscv64-unknown-elf/include"
PORT = "port/riscv/start.c port/riscv/clock.c port/bare/start.c boards/sifive-u/board.c"


def test_a_trap_in_a_panic(tmp_path):
    """The core rests and wakes, the panic is told once, and then the core is parked, for the watchdog."""
    source, elf, said = tmp_path / "program.c", tmp_path / "program.elf", tmp_path / "said"
    source.write_text(PROGRAM, encoding="ascii")
    machine.run("sh", "-c",
                f"cd {machine.ROOT} && riscv64-unknown-elf-gcc {CPU} -Os -ffreestanding -Isrc -I. -Iboards/sifive-u "
                f"{source} {PORT} port/bare/libc.c "
                f"-nostdlib -nostartfiles -Wl,--defsym,FV_STACK_BYTES=2048 -Lboards -T boards/sifive-u/link.ld -lgcc "
                f"-o {elf}")
    with open(said, "wb") as out:
        process = subprocess.Popen(["qemu-system-riscv32", "-M", "sifive_u", "-bios", "none", "-nographic", "-monitor",
                                    "none", "-serial", "stdio", "-kernel", elf],
                                   stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT)
    try:
        end = time.monotonic() + 30
        while b"panic: " not in said.read_bytes() and time.monotonic() < end:
            time.sleep(0.05)
        time.sleep(0.5)
    finally:
        process.kill()
        process.wait()
    assert said.read_bytes().split() == b"rested panic: a fault".split()
