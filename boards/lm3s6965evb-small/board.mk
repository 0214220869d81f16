# SPDX-License-Identifier: MIT
# The same board with 151 KiB of flash and 36 KiB of RAM for the client: list, sync, resume, ledger on FAT; TLS 1.2,
# records of 4 KiB, ECDSA and RSA up to 2048. No features (FW_FEATURES): prune, verify, filters, pins are errors of the
# settings, and errors are told in a few words. What is left is the user's.

include boards/lm3s6965evb/board.mk
FW_MBEDTLS := boards/lm3s6965evb-small
FW_TLS := tls_v12 tls_suites tls_reason_words
FW_FEATURES :=
FW_STORAGE := fat
FW_FAT := volume_none
FW_STACK := 4656
FW_HEAP := 18944
