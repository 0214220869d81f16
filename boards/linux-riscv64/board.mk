# SPDX-License-Identifier: MIT
# 64-bit RISC-V with the extensions that Linux distributions ask for.
FAMILY := linux/static
TOOLS := llvm
TRIPLET := riscv64-linux-gnu
ARCH := riscv64
CPU := -march=rv64gc
QEMU := qemu-riscv64-static
