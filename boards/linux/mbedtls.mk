# SPDX-License-Identifier: MIT
# How mbedTLS is compiled for Linux boards: which of its files are worth speed.

# Every byte passes through these. ChaCha20 at -Os costs twice the time; SHA-256 (gcc 12) is fastest at -Os. COPIES is
# what boards/linux/gcc.mk takes from all files, HOT what a board adds to these.
MBEDTLS_HOT_aes = $(HOT)
MBEDTLS_HOT_chacha20 = -O2 $(COPIES) $(HOT)
MBEDTLS_HOT_poly1305 = -O2 $(COPIES) $(HOT)
MBEDTLS_HOT_gcm = $(if $(filter gcm,$(KERNEL_FILES)),,-Os $(COPIES) $(HOT))
MBEDTLS_HOT_sha256 = -Os $(COPIES) $(HOT)

# A handshake is arithmetic on long numbers. -O2 saves 9 of 65 million instructions for 5 KB (x86-64), 1 KB of it lost
# without these alignments.
ARITHMETIC ?= -O2 $(PASSES) -falign-functions=1 -falign-jumps=1 -falign-loops=1
MBEDTLS_HOT_bignum = $(ARITHMETIC) $(HOT)
MBEDTLS_HOT_bignum_core = $(ARITHMETIC) $(COPIES) $(HOT)
MBEDTLS_HOT_ecp_curves = $(ARITHMETIC) $(HOT)

# aes, aesni and gcm see the same -maes: aes.c aligns the round keys only if it knows of it, and aesni.c alone would
# crash. The instructions are used only where the processor says that it has them. Of aesni.c, keys and single blocks
# alone are used.
MBEDTLS_HOT_x86_64_aes := -maes -mpclmul
MBEDTLS_HOT_x86_64_gcm := -maes -mpclmul
MBEDTLS_HOT_x86_64_aesni := -maes -mpclmul
