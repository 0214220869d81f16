# SPDX-License-Identifier: MIT
# ARM MPS2 with image AN386: Cortex-M4, LAN9118; emulated by QEMU, which has no SD card for it: blocks are in a file of
# the emulating machine. No clock that runs on: the time is the SNTP server's, or the build's or the card's.

FW_CPU := -mcpu=cortex-m4 -mthumb
FW_DRIVERS := boards/mps2-an386
FW_FILES := board lan9118 semihost
FW_STORAGE := fat
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites tls_reason tls_texts_lean
FW_STACK := 10240
FW_HEAP := 65536

FW_QEMU := qemu-system-arm -M mps2-an386 -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native,arg=CARD -nic user,model=lan9118
