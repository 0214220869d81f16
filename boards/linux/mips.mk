# SPDX-License-Identifier: MIT
# What the boards with a 32-bit MIPS share: code in MIPS16e, a quarter smaller than MIPS32. All of 24Kc, 74Kc and 1004Kc
# (Atheros, MediaTek) have these instructions; `make CODE=` is for processors without. Both kinds call each other
# (interlink).
#
# ipa-ra: gcc 12 keeps values over a call in registers that the callee does not use, and does not see the one in which
# a MIPS16 function makes the address of its GOT. The key derivation of TLS 1.2 then crashed.

ARCH := mips
CPU := -march=mips32r2
CODE := -mips16 -minterlink-mips16 -fno-ipa-ra
PROTECT := -fstack-protector

# The long multiplication is assembler, and the others are as small in MIPS32 and faster.
MIPS32 := $(if $(CODE),-mno-mips16 -fno-lto -Os)
MBEDTLS_HOT_mips_aes := $(MIPS32)
MBEDTLS_HOT_mips_bignum_core := $(MIPS32)
MBEDTLS_HOT_mips_chacha20 := $(MIPS32)
MBEDTLS_HOT_mips_poly1305 := $(MIPS32)
MBEDTLS_HOT_mips_sha256 := $(MIPS32)

# musl's calls of the kernel and its atomics are assembler too, so these are the larger files without.
MUSL_CODE := env/unsetenv internal/intscan internal/shgetc network/dn_expand network/dns_parse network/getaddrinfo \
    network/inet_aton network/inet_pton network/lookup_ipliteral network/lookup_name network/lookup_serv \
    network/res_mkquery network/resolvconf stdio/fgets stdlib/qsort stdlib/strtol string/stpncpy string/strstr \
    thread/__timedwait

# A global symbol has a place in the dynamic symbol table here, even in a static program; musl's 170 are 7 KB.
BOARD_LDMORE := -Wl,--exclude-libs,ALL
