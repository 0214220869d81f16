# SPDX-License-Identifier: MIT
# 32-bit MIPS, little endian (release 2: MT7621, MT7628).
FAMILY := linux/mips linux/static
TRIPLET := mipsel-linux-gnu
QEMU := qemu-mipsel-static
