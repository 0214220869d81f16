# SPDX-License-Identifier: MIT
# One firmware: a board with a link.ld. `make BOARD=NAME` builds it; boards/firmwares.mk calls this make for each board.
# boards/NAME/board.mk assigns what is its own:
#
#   FW_ARCH     cortexm (default) or riscv: port/     FW_CROSS    the compiler's prefix; arm-none-eabi- (default)
#   FW_CPU      compiler options of the core          FW_FILES    its own sources, without .c, in FW_DRIVERS
#   FW_STORAGE  fat, littlefs: boards/bare; or none: fv_board_storage() is in FW_FILES
#   FW_FAT      volume (default): a card without a FAT volume is told what it has; or volume_none
#   FW_LIBC     the C library: compiler options of the link; newlib-nano (default)
#   FW_TLS      tls_v13 or tls_v12; tls_suites or     FW_MBEDTLS  folder of fv_mbedtls.h (and fv_psa.h)
#               tls_suites_lean; tls_reason and
#               tls_texts_lean, or tls_reason_words
#   FW_STACK    bytes, at the bottom of the RAM       FW_HEAP     bytes of the pool that TLS allocates from
#   FW_CAP      capacities: boards/NAME/fv_cap.h (default), which src/base/cap.h and port/lwip/lwipopts.h include
#   FW_FEATURES what of the client is linked, of prune verify filter pins rate words: all (default)
#   FW_QEMU     the machine that runs it; CARD stands for the card's image

FW_ARCH := cortexm
FW_CROSS := arm-none-eabi-
FW_FAT := volume
FW_LIBC := --specs=nano.specs
FW_FEATURES := $(FEATURES)
FW_CAP = boards/$(BOARD)/fv_cap.h

# FW_STORAGE=fat on the command line: the board whose name ends in -fat, if this one has another storage.
FW_ASKED := $(FW_STORAGE)
override undefine FW_STORAGE
override BOARD := $(or $(filter $(BOARD)-$(FW_ASKED),$(FIRMWARE)),$(BOARD))
include boards/$(BOARD)/board.mk
FW_MK := Makefile boards/firmware.mk boards/sources.mk $(filter boards/%/board.mk,$(MAKEFILE_LIST)) \
    build/$(BOARD)/chosen
FW_CHOICES := FW_%
fw_known = $(call known,$(1),$(2),boards/$(BOARD)/board.mk: )
$(call fw_known,FW_FEATURES,$(FEATURES))
$(call fw_known,FW_ARCH,cortexm riscv)
$(call fw_known,FW_TLS,$(TLS_PARTS))
$(call fw_known,FW_STORAGE,fat littlefs none)
ifeq ($(filter $(or $(FW_ASKED),$(FW_STORAGE)),$(FW_STORAGE)),)
$(error boards/$(BOARD) has no FW_STORAGE=$(FW_ASKED))
endif

BOARD_LEVEL := $(or $(filter run,$(MAKECMDGOALS)),firmware)
ifeq ($(origin CC),default)
CC := gcc
endif
B := build/$(BOARD)
OUT := $(B)
MBEDTLS_CONFIG := $(FW_MBEDTLS)
LWIP_DEFINES := -DLWIP_SINGLE_NETIF=1
LITTLEFS_DEFINES := -DLFS2_NO_ASSERT

# ---- What is linked

# The core: the layers without what has no place in a firmware, and without what a board chooses.
FW_CHOSEN := $(TLS_PARTS:%=net/%) $(foreach f,$(FEATURES),$(FEATURE_$(f)))
FW_CORE := $(foreach d,base parse net store client,$(SRC_$(d):%=$(d)/%))
FW_CORE := $(filter-out $(FW_WITHOUT) $(FW_NONE) $(FW_CHOSEN),$(FW_CORE)) $(FW_NONE:%=%_none) $(SRC_fw:%=fw/%)
FW_PORT := $(foreach d,lwip bare sd nor,$(PORT_$(d):%=$(d)/%)) path $(PORT_$(FW_ARCH):%=$(FW_ARCH)/%)
FW_STORAGE_fat := $(patsubst volume,$(FW_FAT),$(PORT_fat))
FW_STORAGE_littlefs := $(PORT_littlefs)
FW_PORT += $(FW_STORAGE_$(FW_STORAGE):%=$(FW_STORAGE)/%)
FW_BARE := $(filter-out none,$(FW_STORAGE))
FW_CHOICE := $(FW_TLS:%=net/%) \
    $(foreach f,$(FEATURES),$(if $(filter $(f),$(FW_FEATURES)),$(FEATURE_$(f)),$(FEATURE_$(f):%=%_none)))

FW_BOARD_O := $(FW_FILES:%=$(B)/$(FW_DRIVERS)/%.o)
FW_OWN_O := $(FW_CORE:%=$(B)/src/%.o) $(FW_PORT:%=$(B)/port/%.o) $(FW_BARE:%=$(B)/boards/bare/storage_%.o) \
    $(FW_CHOICE:%=$(B)/src/%.o)
FW_LIBRARY_fat := $(OOFATFS_FILES:%=oofatfs/%)
FW_LIBRARY_littlefs := $(LITTLEFS_FILES:%=littlefs/%)
LIBRARY_O := $(MBEDTLS_FILES:%=$(B)/mbedtls/%.o) $(LWIP_FILES:%=$(B)/lwip/%.o) \
    $(FW_LIBRARY_$(FW_STORAGE):%=$(B)/%.o)
LIBC_PART := $(if $(findstring picolibc,$(FW_LIBC)),picolibc,newlib)

# ---- How it is compiled

# Passes that -Os has and that make code longer as a whole, since they copy jumps and blocks: without them 3.5 KB of 174
# less, and a sync takes as many instructions (QEMU's -icount). Those of the second line, about loops: 0.6 KB of 145.
FW_PASSES := -fno-optimize-sibling-calls -fno-thread-jumps -fno-tree-dominator-opts -fno-tree-tail-merge \
    -fno-if-conversion -fno-schedule-insns2 \
    -fno-move-loop-invariants -fno-tree-loop-im -fno-ivopts -fno-tree-ch
# Linked as a whole (LTO), in one piece: 10 KB of 157 smaller. The objects hold both kinds of code, so that size.py can
# tell whose a symbol is.
FW_FLAGS := -std=gnu11 -Os $(FW_PASSES) -g $(MAPS) -flto=auto -flto-partition=one -ffat-lto-objects \
    -ffunction-sections -fdata-sections -fstack-usage -fno-common
FW_LINK := -nostartfiles -Wl,--gc-sections -Wl,--no-warn-rwx-segments -Wl,--defsym,FV_STACK_BYTES=$(FW_STACK) \
    -Lboards -T boards/$(BOARD)/link.ld
FW_CC := $(FW_CROSS)gcc $(FW_FLAGS) $(FW_CPU)
FW_CAPS = -DFV_CAP_FILE='"$(FW_CAP)"'
# A function that is called once is not made a part of its caller: where TLS is deepest the frames of what is done
# before and after would lie on the stack (1 KiB).
FW_OWN := -fconserve-stack -fno-inline-functions-called-once

# $(call fw_compile,FILE,FLAGS)
define fw_compile
	@mkdir -p $(@D)
	$(call say,$(BOARD),$(1))$(FW_CC) $(2) -MMD -MP $(FW_CAPS) -c $(1) -o $@
endef
$(B)/%.o: %.c $(FW_MK) $(FW_TREES) | tools
	$(call fw_compile,$<,$(WARNINGS) $(FW_OWN) $(call cppflags,$<) $(FW_LIBC_C))
# See port/bare/libc.c.
$(B)/port/bare/libc.o: FW_LIBC_C := -fno-lto -ffreestanding -fno-tree-loop-distribute-patterns
# The compiler does not list what a library's headers include.
FW_TLS_H := $(wildcard $(FW_MBEDTLS)/fv_mbedtls.h $(FW_MBEDTLS)/fv_psa.h)
$(filter $(addprefix $(B)/,$(SEES_mbedtls)),$(FW_OWN_O)): $(FW_TLS_H)
$(B)/mbedtls/%.o: $(FW_TLS_H) boards/verify_only.h $(FW_MK) $(MBEDTLS_TREE) | tools
	$(call fw_compile,$(MBEDTLS_DIR)/library/$*.c,-I. -I$(MBEDTLS_DIR)/library $(FLAGS_mbedtls) $(VERIFY))
$(B)/lwip/%.o: port/lwip/lwipopts.h $(FW_CAP) $(FW_MK) $(LWIP_TREE) | tools
	$(call fw_compile,$(LWIP_DIR)/src/$*.c,$(FLAGS_lwip) -I.)
$(B)/oofatfs/%.o: port/fat/fv_ffconf.h $(FW_MK) $(OOFATFS_TREE) | tools
	$(call fw_compile,$(OOFATFS_DIR)/$*.c,-I. $(FLAGS_oofatfs))
$(B)/littlefs/%.o: $(FW_MK) $(LITTLEFS_TREE) | tools
	$(call fw_compile,$(LITTLEFS_DIR)/$*.c,$(FLAGS_littlefs))

all: firmware
firmware: $(B)/firmware.elf
$(B)/firmware.elf: $(FW_BOARD_O) $(FW_OWN_O) $(LIBRARY_O) $(wildcard boards/*.ld boards/*/link.ld)
	@rm -f $@.*.su
	$(call say,ld,$@)$(FW_CROSS)gcc $(FW_CPU) $(FW_FLAGS) $(FW_LINK) $(LINK_MAP) \
	    $(filter %.o,$^) $(FW_LIBC) -o $@

# ---- What is asked of it

size: $(B)/firmware.elf
	@$(PYTHON) tests/check/run.py --size $(PYTHON) tests/firmware/size.py build/report/boards.json $(B)
run: $(B)/firmware.elf build/flash-image
	@$(PYTHON) tests/firmware/run.py $(BOARD) '$(FW_QEMU)'
# A program of this machine.
build/flash-image: tools
	+@$(MAKE) --no-print-directory BOARD=host FW_STORAGE= $@
# For the tests: how QEMU runs it; how EXAMPLE.c is compiled, and linked with all but src/fw (boards/PORTING.md).
FW_EXAMPLE_C := $(FW_CC) -Wall -Wextra -Werror $(FW_CAPS) $(call cppflags,src/fw/time.c) -c EXAMPLE.c -o EXAMPLE.o
FW_EXAMPLE_O := EXAMPLE.o $(filter-out $(B)/src/fw/%,$(FW_BOARD_O) $(FW_OWN_O) $(LIBRARY_O))
FW_EXAMPLE := $(FW_EXAMPLE_C)|$(FW_CC) $(FW_LINK) $(FW_EXAMPLE_O) $(FW_LIBC) -o EXAMPLE.elf
say-qemu:
	@echo '$(FW_QEMU)'
say-example:
	@echo '$(subst ','"'"',$(FW_EXAMPLE))'
include boards/notices.mk
.PHONY: size say-qemu say-example build/flash-image
