# SPDX-License-Identifier: MIT
# 64-bit ARM. All of the program lies within 1 MiB, so that an address takes one instruction.
FAMILY := linux/static
TOOLS := llvm
TRIPLET := aarch64-linux-gnu
ARCH := aarch64
KERNELS := aarch64
CPU :=
CODE := -mcmodel=tiny
QEMU := qemu-aarch64-static
