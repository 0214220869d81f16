# SPDX-License-Identifier: MIT
# SiFive FU540 (HiFive Unleashed): RV32, 32 MiB of NOR flash, SD card, Ethernet; emulated by QEMU. The volume is on the flash, or with
# FW_STORAGE=fat on the card.

FW_ARCH := riscv
FW_CROSS := riscv64-unknown-elf-
FW_CPU := -march=rv32imac -misa-spec=2.2 -mabi=ilp32 -isystem /usr/lib/picolibc/riscv64-unknown-elf/include
FW_LIBC := -nostdlib -L/usr/lib/picolibc/riscv64-unknown-elf/lib/rv32imac/ilp32 -lc -lgcc
FW_DRIVERS := boards/sifive-u
FW_FILES := board gem semihost spi
FW_STORAGE := littlefs
FW_ALSO := fat
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites_lean tls_reason tls_texts_lean
FW_STACK := 12288
FW_HEAP := 65536

FW_DEFINES := -DFV_CAP_HOST=127 -DFV_CAP_DETAIL=127 -DFV_CAP_URL=1024 -DFV_CAP_LINE=1040 -DFV_CAP_HEAD=65536 -DFV_CAP_VALIDATOR=64 -DFV_CAP_OBJECT=4096 \
    -DFV_CAP_COMPONENT=255 -DFV_CAP_SECRET=64 -DFV_CAP_RECV=2048 -DFV_CAP_BLOCK=1024 -DFV_CAP_NAMES=1024 -DFV_CAP_BATCH=16 -DFV_CAP_READ=1024 -DFV_CAP_ADDRESSES=2 \
    -DFV_CAP_PROXY=0 -DFV_CAP_MEASURE=0 -DFV_CAP_PIPELINE=4 -DFV_CAP_PINS=2 -DFV_CAP_GLOBS=16 -DFV_CAP_ROOT=4096 -DFV_FAT_FILES=7 -DFV_LITTLEFS_LOOKAHEAD=1024

FW_DRIVE_littlefs := mtd
FW_DRIVE_fat := sd
FW_QEMU = qemu-system-riscv32 -M sifive_u -bios none -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -nic user,model=cadence_gem -drive if=$(FW_DRIVE_$(FW_STORAGE)),format=raw,file=CARD
