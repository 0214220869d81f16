# SPDX-License-Identifier: MIT
# `make bench`: its own tools, the peer that has our TLS library, and what it is called with.
#
#   QUICK=1             a little of everything, a minute or two
#   BENCH_ROWS=far,bulk some of the rows; see tests/bench/bench.py
#   BENCH_DISK=DIR      a directory on the disk that is measured, if build/ is not on it
#   BENCH_IMAGE=1       there an ext4 image on a loop device, whose flushes are those of the bench alone (root)
#   BENCH_PROGRAMS=     what is measured, NAME=PATH, the first being the one that is judged

CURL_DIR ?= build/src/curl
CURL_TREE := $(CURL_DIR)/$(if $(filter build/src/%,$(CURL_DIR)),.sha256,configure)
BENCH_PROGRAMS ?= fluxvision=build/fluxvision

NEED_bench = build/fluxvision build/bench/run build/bench/relay build/bench/curl/curl
BENCH = $(PYTHON) tests/bench/bench.py $(if $(QUICK),--quick) $(BENCH_ROWS:%=--rows %) $(BENCH_DISK:%=--disk %) \
    $(if $(BENCH_IMAGE),--image) $(BENCH_PROGRAMS)

build/bench/run build/bench/relay: build/bench/%: tests/bench/%.c | tools
	@mkdir -p $(@D)
	$(call say,cc,$<)$(CC) -std=c11 -O2 $(TEST_WARNINGS) -static $< -o $@

build/bench/curl/curl: tests/bench/curl_mbedtls.sh $(CURL_TREE) $(MBEDTLS_TREE) | tools
	@rm -rf $(@D)
	$(call say,build,$@)CC='$(CC)' $< $(CURL_DIR) $(MBEDTLS_DIR) $(@D)

# The static program of this kind of machine, which is what ours is on a gateway.
BENCH_BOARD := $(if $(OTHERS),,$(patsubst boards/%/board.mk,%,$(wildcard boards/linux-$(ARCH)/board.mk)))
ifneq ($(BENCH_BOARD),)
ifeq ($(origin BENCH_PROGRAMS),file)
BENCH_PROGRAMS += fluxvision-static=build/$(BENCH_BOARD)/fluxvision
NEED_bench += bench-static
endif
endif
bench-static:
	@MAKEFLAGS= $(MAKE) -s --no-print-directory $(MAKEOVERRIDES) BOARD=$(BENCH_BOARD) program
.PHONY: bench-static
