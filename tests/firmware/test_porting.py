# SPDX-License-Identifier: MIT
"""The example of boards/PORTING.md compiles as it stands there, links with the board's own objects, and can be called
again."""

import os
import re
import subprocess

import machine

AROUND = """
void watchdog_feed(void)
{
}
int button_pressed(void)
{
    return 1;
}
enum fv_err ca_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    (void)ctx;
    (void)offset;
    (void)p;
    (void)n;
    *got = 0;
    return FV_E_NOT_FOUND;
}
int main(void)
{
    for (int i = 0; i < 2; i++) {
        enum fv_err err = fetch_deliveries();
        if (err != FV_E_CANCELLED) {
            return fv_err_exit(err);
        }
    }
    return 0;
}
"""


def test_example_of_the_porting_page(board, tmp_path):
    """As a program of its own: everything of the firmware but src/fw. How lwIP is handed over compiles. The button
    ends it, twice."""
    page = (machine.ROOT / "boards/PORTING.md").read_text(encoding="utf-8")
    example, adopted = re.findall(r"```c\n(.*?)```", page, flags=re.S)
    source = tmp_path / "adopted.c"
    source.write_text(adopted, encoding="utf-8")
    compile_it = os.environ["FIRMWARE_EXAMPLE"].split("|")[0].replace("EXAMPLE.c", str(source))
    compile_it = compile_it.replace("EXAMPLE.o", str(tmp_path / "adopted.o"))
    machine.run("sh", "-c", f"cd {machine.ROOT} && {compile_it}")
    source = tmp_path / "example.c"
    source.write_text(example + AROUND, encoding="utf-8")
    commands = os.environ["FIRMWARE_EXAMPLE"].split("|")
    for command in commands:
        words = command.replace("EXAMPLE.c", str(source)).replace("EXAMPLE.o", str(tmp_path / "example.o"))
        words = words.replace("EXAMPLE.elf", str(tmp_path / "example.elf"))
        done = subprocess.run(words, shell=True, cwd=machine.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                              text=True)
        assert done.returncode == 0, done.stdout
    machine.Machine("example", board.command,
                    tmp_path / "example.elf").boot(machine.Card(tmp_path / "card.img")).expect()
