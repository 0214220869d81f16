# 32-bit MIPS, little endian (release 2: MT7621, MT7628).
FAMILY := linux/static
TRIPLET := mipsel-linux-gnu
ARCH := mips
CPU := -march=mips32r2
GUARD := -fstack-protector
QEMU := qemu-mipsel-static
