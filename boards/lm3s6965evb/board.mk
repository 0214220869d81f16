# SPDX-License-Identifier: MIT
# TI (Luminary) LM3S6965 Evaluation Board: Cortex-M3, 256 KiB flash, 64 KiB SRAM, Ethernet, SD card on SSI0; emulated by QEMU.

FW_CPU := -mcpu=cortex-m3 -mthumb
FW_DRIVERS := boards/lm3s6965evb
FW_FILES := board enet ssi semihost
FW_MBEDTLS := boards/lm3s6965evb
FW_TLS := tls_v13 tls_suites_lean tls_reason tls_texts_lean
FW_STACK := 5184
FW_HEAP := 42496

# Capacities (src/base/cap.h), and what the files of a client take with them.
FW_DEFINES := -DFV_CAP_HOST=95 -DFV_CAP_SUBJECT=67 -DFV_CAP_DETAIL=79 -DFV_CAP_URL=288 -DFV_CAP_LINE=304 -DFV_CAP_HEAD=65536 -DFV_CAP_VALIDATOR=64 -DFV_CAP_OBJECT=768 \
    -DFV_CAP_COMPONENT=79 -DFV_CAP_SECRET=64 -DFV_CAP_RECV=512 -DFV_CAP_AHEAD=128 -DFV_CAP_BLOCK=128 -DFV_CAP_NAMES=0 -DFV_CAP_BATCH=8 -DFV_CAP_READ=512 -DFV_CAP_ADDRESSES=4 \
    -DFV_CAP_PROXY=0 -DFV_CAP_MEASURE=0 -DFV_CAP_PIPELINE=1 -DFV_CAP_JOBS=1 -DFV_CAP_PINS=2 -DFV_CAP_GLOBS=8 -DFV_CAP_ROOT=2048 -DFV_CAP_SESSIONS=0 -DFV_CAP_CONFIG=576 -DFV_FAT_FILES=7

FW_QEMU := qemu-system-arm -M lm3s6965evb -nographic -monitor none -serial stdio \
    -semihosting-config enable=on,target=native -nic user,model=stellaris -drive if=sd,format=raw,file=CARD
