# 32-bit MIPS, big endian (release 2: Atheros AR71xx and later).
FAMILY := linux/static
TRIPLET := mips-linux-gnu
ARCH := mips
CPU := -march=mips32r2
GUARD := -fstack-protector
QEMU := qemu-mips-static
FAT := -ffat-lto-objects
