# SPDX-License-Identifier: MIT
# 32-bit MIPS, big endian (release 2: Atheros AR71xx and later).
FAMILY := linux/mips linux/static
TRIPLET := mips-linux-gnu
QEMU := qemu-mips-static
FAT := -ffat-lto-objects
