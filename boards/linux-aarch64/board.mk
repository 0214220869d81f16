# 64-bit ARM.
FAMILY := linux/static
TOOLS := llvm
TRIPLET := aarch64-linux-gnu
ARCH := aarch64
KERNELS := aarch64
CPU :=
QEMU := qemu-aarch64-static
