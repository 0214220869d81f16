# SPDX-License-Identifier: MIT
# TI (Luminary) LM3S6965 Evaluation Board: Cortex-M3, 256 KiB flash, 64 KiB SRAM, Ethernet, SD card on SSI0; emulated by
# QEMU.

FW_CPU := -mcpu=cortex-m3 -mthumb
FW_DRIVERS := boards/lm3s6965evb
FW_FILES := board enet ssi semihost
FW_STORAGE := fat
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites_lean tls_reason tls_texts_lean
FW_STACK := 5184
FW_HEAP := 42496

FW_QEMU := qemu-system-arm -M lm3s6965evb -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -nic user,model=stellaris -drive if=sd,format=raw,file=CARD
