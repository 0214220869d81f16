# SPDX-License-Identifier: MIT
# ARM MPS2 with image AN386: Cortex-M4, LAN9118; emulated by QEMU, which has no SD card for it: blocks are in a file of the emulating
# machine. No clock that runs on: the time is the SNTP server's, or the build's or the card's.

FW_CPU := -mcpu=cortex-m4 -mthumb
FW_DRIVERS := boards/mps2-an386
FW_FILES := board lan9118 semihost
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites tls_reason tls_texts_lean
FW_STACK := 10240
FW_HEAP := 65536

FW_DEFINES := -DFV_CAP_HOST=127 -DFV_CAP_DETAIL=127 -DFV_CAP_URL=1024 -DFV_CAP_LINE=1040 -DFV_CAP_HEAD=65536 -DFV_CAP_VALIDATOR=64 -DFV_CAP_OBJECT=4096 \
    -DFV_CAP_COMPONENT=255 -DFV_CAP_SECRET=64 -DFV_CAP_RECV=2048 -DFV_CAP_BLOCK=1024 -DFV_CAP_NAMES=1024 -DFV_CAP_BATCH=16 -DFV_CAP_READ=1024 -DFV_CAP_ADDRESSES=4 -DMEMP_NUM_TCP_PCB=6 \
    -DFV_CAP_PROXY=0 -DFV_CAP_MEASURE=0 -DFV_CAP_PIPELINE=4 -DFV_CAP_PINS=2 -DFV_CAP_GLOBS=16 -DFV_CAP_ROOT=4096 -DFV_FAT_FILES=7

FW_QEMU := qemu-system-arm -M mps2-an386 -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native,arg=CARD -nic user,model=lan9118
