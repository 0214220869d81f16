# SPDX-License-Identifier: MIT
# Any PC of 64 bits. What instructions for AES and SHA the processor has is found out at run time.
FAMILY := linux/static
TRIPLET := x86_64-linux-gnu
ARCH := x86_64
KERNELS := x86_64
CPU :=
PROTECT := -fstack-protector
QEMU := qemu-x86_64-static
# Relocations in 112 bytes, not 7 KB (musl reads DT_RELR; of binutils 2.40's linkers only this one writes it);
# constants share their pages with the code, as everywhere else.
BOARD_LDMORE := -Wl,-z,pack-relative-relocs,-z,noseparate-code
BOARD_LAYOUT := -Wl,-T,boards/linux/gnu.ld
