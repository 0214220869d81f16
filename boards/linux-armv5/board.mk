# SPDX-License-Identifier: MIT
# 32-bit ARM back to the ARM926 (2001): soft float; atomics are the kernel's helpers, which musl finds at run time.
# Thumb is a fifth smaller than ARM code, which is kept where time is spent: Thumb has no long multiplication.
FAMILY := linux/static
TRIPLET := arm-linux-gnueabi
ARCH := arm
CPU := -march=armv5te -mthumb
HOT := -marm
PROTECT := -fstack-protector
QEMU := qemu-arm-static -cpu arm926
