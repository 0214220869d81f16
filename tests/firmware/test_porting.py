"""The example of boards/PORTING.md compiles as it stands there, and links with the board's own objects."""

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
    return 0;
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
    return fetch_deliveries() == FV_OK ? 0 : 1;
}
"""


def test_example_of_the_porting_page(tmp_path):
    """As a program of its own: everything of the firmware but src/fw. How lwIP is handed over compiles."""
    page = (machine.ROOT / "boards/PORTING.md").read_text(encoding="utf-8")
    example, adopted = re.findall(r"```c\n(.*?)```", page, flags=re.S)
    source = tmp_path / "adopted.c"
    source.write_text(adopted, encoding="utf-8")
    compile_it = os.environ["FIRMWARE_EXAMPLE"].split("|")[0].replace("EXAMPLE.c", str(source)).replace("EXAMPLE.o", str(tmp_path / "adopted.o"))
    machine.run("sh", "-c", f"cd {machine.ROOT} && {compile_it}")
    source = tmp_path / "example.c"
    source.write_text(example + AROUND, encoding="utf-8")
    commands = os.environ["FIRMWARE_EXAMPLE"].split("|")
    for command in commands:
        words = command.replace("EXAMPLE.c", str(source)).replace("EXAMPLE.o", str(tmp_path / "example.o"))
        words = words.replace("EXAMPLE.elf", str(tmp_path / "example.elf"))
        done = subprocess.run(words, shell=True, cwd=machine.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        assert done.returncode == 0, done.stdout
    assert (tmp_path / "example.elf").stat().st_size > 0
