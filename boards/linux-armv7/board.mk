# SPDX-License-Identifier: MIT
# 32-bit ARM with VFP (Cortex-A): Thumb-2, a quarter smaller than ARM code; hard float.
FAMILY := linux/static
TOOLS := llvm
TRIPLET := arm-linux-gnueabihf
ARCH := arm
KERNELS := armv7
CPU := -march=armv7-a+fp -mthumb
PROTECT := -fstack-protector
QEMU := qemu-arm-static
FAT := -ffat-lto-objects
