# SPDX-License-Identifier: MIT
# Faster arithmetic than mbedTLS's own, for processors that have instructions for it: see boards/linux/kernels.
#
# KERNELS (of a board; for the host the machine's name) says for which processor; nothing means none. The files
# KERNEL_FILES of mbedTLS are then replaced by those of the same name in boards/linux/kernels. What these call:
# BearSSL's files KERNEL_BEARSSL; and fv_kernel_NAME_blocks() for each NAME of KERNEL_ASM, which
# KERNEL_<processor>_NAME cuts out of OpenSSL: the script that makes the assembly, the function, and others that it
# calls.

# An environment has other uses for this name.
ifeq ($(origin KERNELS),environment)
KERNELS :=
endif

KERNEL_FILES_x86_64 := gcm sha256
KERNEL_BEARSSL_x86_64 := aes_x86ni aes_x86ni_ctr ghash_pclmul
KERNEL_ASM_x86_64 := sha256
KERNEL_x86_64_sha256 := sha512-x86_64 sha256_block_data_order_shaext

KERNEL_FILES_armv7 := chacha20 poly1305 sha256
KERNEL_ASM_armv7 := chacha20 poly1305 sha256
KERNEL_armv7_chacha20 := chacha-armv4 ChaCha20_neon
KERNEL_armv7_poly1305 := poly1305-armv4 poly1305_blocks_neon poly1305_init_neon
KERNEL_armv7_sha256 := sha256-armv4 sha256_block_data_order_neon

KERNEL_FILES_aarch64 := chacha20 poly1305
KERNEL_ASM_aarch64 := chacha20 poly1305
KERNEL_aarch64_chacha20 := chacha-armv8 ChaCha20_neon
KERNEL_aarch64_poly1305 := poly1305-armv8 poly1305_blocks_neon poly1305_mult poly1305_splat

# How OpenSSL's scripts call the object format.
KERNEL_FORMAT_x86_64 := elf
KERNEL_FORMAT_armv7 := linux32
KERNEL_FORMAT_aarch64 := linux64

KERNEL_FILES := $(KERNEL_FILES_$(KERNELS))
KERNEL_ASM := $(KERNEL_ASM_$(KERNELS))
KERNEL_TREES := $(if $(KERNEL_BEARSSL_$(KERNELS)),$(BEARSSL_TREE)) $(if $(KERNEL_ASM),$(OPENSSL_TREE))
# In an archive, mbedTLS's sha256.o and OpenSSL's need two names.
OPENSSL_O := $(KERNEL_ASM:%=$(B)/openssl/%-$(KERNELS).o)
KERNEL_O := $(KERNEL_BEARSSL_$(KERNELS):%=$(B)/bearssl/%.o) $(OPENSSL_O)

$(KERNEL_FILES:%=$(B)/mbedtls/%.o): MBEDTLS_C = -isystem $(BEARSSL_DIR)/inc boards/linux/kernels/$*.c
$(KERNEL_FILES:%=$(B)/mbedtls/%.o): $(B)/mbedtls/%.o: boards/linux/kernels/%.c boards/linux/kernels/cpu.h \
    $(KERNEL_TREES)
$(KERNEL_O): boards/linux/kernels.mk $(KERNEL_TREES) $(BOARD_MK) $(LIBC) | tools

$(B)/bearssl/%.o:
	@mkdir -p $(@D)
	$(call say,cc,bearssl/$*.c)$(CC) $(BOARD_CFLAGS) $(MAPS) $(USER_FLAGS) \
	    -I$(BEARSSL_DIR)/inc -I$(BEARSSL_DIR)/src \
	    -c $(wildcard $(BEARSSL_DIR)/src/*/$*.c) -o $@

# The name of what a script makes decides between SHA-256 and SHA-512.
$(OPENSSL_O): $(B)/openssl/%-$(KERNELS).o: boards/linux/kernels/cut.pl
	@mkdir -p $(@D)
	$(call say,asm,openssl/$(firstword $(KERNEL_$(KERNELS)_$*)).pl)CC='$(CC)' perl \
	    $(wildcard $(OPENSSL_DIR)/crypto/*/asm/$(firstword $(KERNEL_$(KERNELS)_$*)).pl) \
	    $(KERNEL_FORMAT_$(KERNELS)) $(@:.o=.S) && \
	    $(CC) $(CPU) -E -P -D__ARM_MAX_ARCH__=8 -I$(OPENSSL_DIR)/crypto $(@:.o=.S) -o $(@:.o=.i) && \
	    perl $< fv_kernel_$*_blocks $(wordlist 2,9,$(KERNEL_$(KERNELS)_$*)) <$(@:.o=.i) >$(@:.o=.s) && \
	    $(CC) $(CPU) -Wa,--noexecstack -c $(@:.o=.s) -o $@

# Their test, beside mbedTLS's plain C, which gets other names.
KERNEL_TEST := $(if $(KERNEL_FILES),$(B)/tests/boards/test_kernels)
KERNEL_CMOCKA := $(if $(filter host,$(BOARD)),,$(B)/cmocka.o)
kernel_test_cc = $(call say,cc,$<)$(CC) -std=gnu11 -w $(BOARD_CFLAGS) $(CFLAGS) -I$(MBEDTLS_DIR)/library

$(B)/tests/boards/portable.o $(B)/tests/boards/selftest.o: boards/linux/kernels.mk $(MBEDTLS_TREE) $(LIBC) \
    $(BOARD_MK) | tools
$(B)/tests/boards/portable.o: tests/boards/portable.c tests/boards/portable.h tests/boards/portable_mbedtls.h
	@mkdir -p $(@D)
	@grep -ohE '\bmbedtls_(internal_)?(aes|gcm|chacha20|poly1305|chachapoly|sha256|block_cipher)\w*' \
	    $(MBEDTLS_DIR)/include/mbedtls/*.h $(MBEDTLS_DIR)/library/*.[ch] | sort -u | \
	    sed 's/.*/#define & portable_&/' >$(@:.o=.h)
	$(kernel_test_cc) -include $(@:.o=.h) -Itests -isystem $(MBEDTLS_DIR)/include \
	    -DMBEDTLS_CONFIG_FILE='"boards/portable_mbedtls.h"' -c $< -o $@
$(B)/tests/boards/selftest.o: tests/boards/selftest.c
	@mkdir -p $(@D)
	$(kernel_test_cc) $(FLAGS_mbedtls) -c $< -o $@
$(B)/tests/boards/test_kernels.o: | $(KERNEL_CMOCKA)
$(B)/tests/boards/test_kernels: LDLIBS_test := $(if $(KERNEL_CMOCKA),,-lcmocka)
$(B)/tests/boards/test_kernels: $(B)/tests/boards/portable.o $(B)/tests/boards/selftest.o \
    $(B)/tests/boards/test_kernels.o $(B)/libmbedtls.a $(KERNEL_CMOCKA) $(BOARD_O)
	$(call link,$(if $(KERNEL_CMOCKA),$(BOARD_CFLAGS) $(BOARD_LDFLAGS)))
