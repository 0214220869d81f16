# SPDX-License-Identifier: MIT
# `make soak`: the simulator, tests/soak/soak.h. Objects of its own, without sanitizers, and a second, sanitised
# program.
#
#   SEEDS=20000   so many, from START=1 on
#   SEED=n        this one alone, with its trace
#   JOBS=n        processes; all processors if not said

SOAK_SEEDS := 20000
SOAK_SEEDS_ASAN := 300
SEEDS ?= $(SOAK_SEEDS)
START ?= 1
JOBS ?= $(shell nproc 2>/dev/null || echo 1)
K := build/soak

SOAK_CAPS := -DFV_CAP_FILE='"tests/soak/fv_cap.h"'
SOAK_FLAGS := -O2 -g $(SOAK_CAPS)
SOAK_TEST_C := $(sort $(wildcard tests/soak/*.c))
SOAK_CORE_C := $(filter-out port/posix/%,$(LIB_C)) $(PORT_sim:%=port/sim/%.c)

$(K)/%.o: %.c Makefile tests/soak/soak.mk $(TREES) | tools
	$(call compile,soak,$(WARNINGS) $(SOAK_FLAGS))
$(K)/tests/%.o: tests/%.c Makefile tests/soak/soak.mk $(TREES) | tools
	$(call compile,soak,$(TEST_WARNINGS) $(SOAK_FLAGS))
$(K)/asan/%.o: %.c Makefile tests/soak/soak.mk $(TREES) | tools
	$(call compile,soak,$(WARNINGS) $(SANITIZE) $(SOAK_CAPS))
$(K)/asan/tests/%.o: tests/%.c Makefile tests/soak/soak.mk $(TREES) | tools
	$(call compile,soak,$(TEST_WARNINGS) $(SANITIZE) $(SOAK_CAPS))
# What the core hashes with, faster than as it is shipped.
$(K)/sha256.o: $(MBEDTLS_TREE) tests/soak/soak.mk | tools
	@mkdir -p $(@D)
	$(call say,soak,mbedtls/sha256.c)$(CC) -O3 -march=native $(CFLAGS) -I$(MBEDTLS_DIR)/library $(FLAGS_mbedtls) \
	    -c $(MBEDTLS_DIR)/library/sha256.c -o $@

# TLS stays in the archive: tests/soak/plain.c has its functions.
$(K)/libcore.a: $(SOAK_CORE_C:%.c=$(K)/%.o)
	$(archive)
$(K)/asan/libcore.a: $(SOAK_CORE_C:%.c=$(K)/asan/%.o)
	$(archive)
$(K)/soak: $(SOAK_TEST_C:%.c=$(K)/%.o) $(K)/sha256.o $(K)/libcore.a $(B)/libmbedtls.a
	$(call link,-O2)
$(K)/soak-asan: $(SOAK_TEST_C:%.c=$(K)/asan/%.o) $(K)/asan/libcore.a $(B)/libmbedtls.a
	$(call link,$(SANITIZE))

NEED_soak = $(K)/soak $(K)/soak-asan
RUN_soak = --soak $(K)/soak --jobs $(JOBS) --seeds $(SOAK_SEEDS) \
    --soak $(K)/soak-asan --jobs $(JOBS) --seeds $(SOAK_SEEDS_ASAN)
