# SPDX-License-Identifier: MIT
# GNU's compiler and linker for a board of the family linux/static.

ifeq ($(origin CC),default)
CC := $(TRIPLET)-gcc
endif
ifeq ($(origin AR),default)
AR := $(TRIPLET)-gcc-ar
endif
RANLIB := $(TRIPLET)-gcc-ranlib

# Asked for once, and not before the compiler is there.
TOOL_HEADERS = $(eval TOOL_HEADERS := $(shell $(CC) -print-file-name=include))$(TOOL_HEADERS)

# Small functions are not copied into their callers for speed; files that are worth it get that back (mbedtls.mk).
# These passes make code longer as a whole.
SMALL_x86_64 := -Oz -fno-tree-loop-im -fno-move-loop-invariants -fno-caller-saves -fno-code-hoisting
SMALL ?= $(or $(SMALL_$(ARCH)),-Os -fno-ipa-cp) -fno-ipa-sra -fno-inline-small-functions -fno-expensive-optimizations \
    -fno-tree-dominator-opts
PASSES := -fexpensive-optimizations -ftree-dominator-opts -ftree-loop-im -fmove-loop-invariants -fcaller-saves \
    -fcode-hoisting
COPIES := -finline-small-functions -fipa-cp -fipa-sra $(PASSES)

NO_LTO := -fno-lto
BOARD_LDMORE += $(if $(LTO),-flto-partition=one)
