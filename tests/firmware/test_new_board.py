# SPDX-License-Identifier: MIT
"""A board that nobody has heard of: a folder of its own, littlefs on a flash of another make, and nothing else
changes."""

import shutil
import subprocess

import machine

# What its flash is: blocks of 8 KiB, pages of 512 bytes; here they lie where the Cortex-M4 board has its card.
FLASH = """
#include "boards/bare/storage.h"

#define PER_BLOCK 16u

static uint32_t sector(uint32_t block, uint32_t offset)
{
    return block * PER_BLOCK + offset / FV_BLOCK_SIZE;
}

static enum fv_err read(void *ctx, uint32_t block, uint32_t offset, void *p, uint32_t n)
{
    const struct fv_block *under = ctx;
    return under->read(under->ctx, sector(block, offset), p, n / FV_BLOCK_SIZE);
}

static enum fv_err program(void *ctx, uint32_t block, uint32_t offset, const void *p, uint32_t n)
{
    const struct fv_block *under = ctx;
    return under->write(under->ctx, sector(block, offset), p, n / FV_BLOCK_SIZE);
}

static enum fv_err erase(void *ctx, uint32_t block)
{
    (void)ctx;
    (void)block;
    return FV_OK;
}

static enum fv_err sync(void *ctx)
{
    (void)ctx;
    return FV_OK;
}

const struct fv_flash *fv_board_flash(void)
{
    static struct fv_flash flash = {.block_size = 8192, .read_size = 512, .prog_size = 512, .read = read, .program = program, .erase = erase, .sync = sync};
    const struct fv_block *under = fv_board_card();
    flash.ctx = (void *)(uintptr_t)under;
    flash.blocks = under->blocks / PER_BLOCK;
    return &flash;
}
"""


class Flash(machine.Flash):
    """With blocks of 8 KiB."""

    def tool(self, command, *words, check=True):
        return machine.run(machine.ROOT / "build/flash-image", "-b", 8192, command, self.path, *words, check=check)


def copy(to):
    """The sources as they are here, with the libraries that were fetched."""
    for name in ("Makefile", "src", "port", "tests", "boards"):
        source = machine.ROOT / name
        if source.is_dir():
            shutil.copytree(source, to / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, to)
    (to / "build").mkdir()
    (to / "build/src").symlink_to((machine.ROOT / "build/src").resolve())


def change(file, *pairs):
    """Words of a file, each of which is there."""
    text = file.read_text(encoding="utf-8")
    for old, new in pairs:
        assert old in text, (file, old)
        text = text.replace(old, new)
    file.write_text(text, encoding="utf-8")


def test_a_new_folder_is_a_new_board(portal, few, tmp_path):
    """make finds it, builds it, and it brings its flash in line with the portal."""
    tree = tmp_path / "tree"
    tree.mkdir()
    copy(tree)
    board = tree / "boards/nobodys"
    shutil.copytree(tree / "boards/mps2-an386", board)
    (board / "flash.c").write_text(FLASH, encoding="ascii")
    change(board / "board.mk", ("boards/mps2-an386\n", "boards/nobodys\n"), (" semihost\n", " semihost flash\n"),
           ("FW_STORAGE := fat\n", "FW_STORAGE := littlefs\n"))
    change(board / "fv_cap.h", ("FV_FAT_FILES 7", "FV_LITTLEFS_CACHE 512"))
    make = ["make", "--no-print-directory", "WERROR=1"]
    done = subprocess.run([*make, "build/nobodys/firmware.elf"], cwd=tree, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    said = subprocess.run([*make, "-s", "BOARD=nobodys", "say-qemu"], cwd=tree, stdout=subprocess.PIPE, text=True,
                          check=True)
    nobodys = machine.Machine("nobodys", said.stdout.strip(), tree / "build/nobodys/firmware.elf")
    site = portal(few)
    flash = Flash(tmp_path / "flash.img", 8 << 20)
    flash.settings(site)
    assert nobodys.boot(flash).expect().summary["downloaded"] == len(few.items)
    machine.same(flash.take(tmp_path / "copy"), site.expected)
    assert nobodys.boot(flash).expect().summary["unchanged"] == len(few.items)
