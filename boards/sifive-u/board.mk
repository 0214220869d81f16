# SPDX-License-Identifier: MIT
# SiFive FU540 (HiFive Unleashed): RV32, 32 MiB of NOR flash, SD card, Ethernet; emulated by QEMU. The volume is on the
# flash; sifive-u-fat is the same board with it on the card.

FW_ARCH := riscv
FW_CROSS := riscv64-unknown-elf-
FW_CPU := -march=rv32imac -misa-spec=2.2 -mabi=ilp32 -isystem /usr/lib/picolibc/riscv64-unknown-elf/include
FW_LIBC := -nostdlib -L/usr/lib/picolibc/riscv64-unknown-elf/lib/rv32imac/ilp32 -lc -lgcc
FW_DRIVERS := boards/sifive-u
FW_FILES := board gem semihost spi
FW_STORAGE := littlefs
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites_lean tls_reason tls_texts_lean
FW_STACK := 12288
FW_HEAP := 65536

FW_DRIVE := mtd
FW_QEMU = qemu-system-riscv32 -M sifive_u -bios none -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -nic user,model=cadence_gem -drive if=$(FW_DRIVE),format=raw,file=CARD
