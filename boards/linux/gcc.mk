# GNU's compiler and linker for a board of the family linux/static.
#
# GUARD: musl keeps the stack protector's reference value for each thread beside the thread pointer, and where the compiler can be
# told, that is one load. Elsewhere it goes through the GOT of a PIE, which is 20 KB for -strong; these boards protect functions
# with character arrays alone.

ifeq ($(origin CC),default)
CC := $(TRIPLET)-gcc
endif
ifeq ($(origin AR),default)
AR := $(TRIPLET)-gcc-ar
endif
RANLIB := $(TRIPLET)-gcc-ranlib

TOOL_HEADERS = $(shell $(CC) -print-file-name=include)

# Small functions are not copied into their callers for speed; files that are worth it get that back (mbedtls.mk).
SMALL ?= $(if $(filter x86_64,$(ARCH)),-Oz,-Os -fno-ipa-cp -fno-ipa-sra) -fno-inline-small-functions
COPIES := -finline-small-functions -fipa-cp -fipa-sra

NO_LTO := -fno-lto
BOARD_LDMORE += $(if $(LTO),-flto-partition=one)
