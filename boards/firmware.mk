# SPDX-License-Identifier: MIT
# Firmware: every board with a link.ld. What differs is assigned in boards/BOARD/board.mk; this file has the rules.
#
#   FW_ARCH     cortexm (default) or riscv: port/     FW_CROSS    the compiler's prefix; arm-none-eabi- (default)
#   FW_CPU      compiler options of the core          FW_FILES    its own sources, without .c, in FW_DRIVERS
#   FW_STORAGE  fat (default), littlefs: boards/bare; none: fv_board_storage() is in FW_FILES
#   FW_FAT      volume (default): a card without a FAT volume is told what it has; or volume_none
#   FW_ALSO     other values of FW_STORAGE that the board has: FW_STORAGE=fat on the command line, build/BOARD-fat
#   FW_LIBC     the C library: compiler options of the link; newlib-nano (default)
#   FW_TLS      tls_v13 or tls_v12; tls_suites or     FW_MBEDTLS  folder of fv_mbedtls.h (and fv_psa.h)
#               tls_suites_lean; tls_reason and
#               tls_texts_lean, or tls_reason_words
#   FW_STACK    bytes, at the bottom of the RAM       FW_HEAP     bytes of the pool that TLS allocates from
#   FW_DEFINES  capacities (src/base/cap.h), other -D
#   FW_FEATURES what of the client is linked, of prune verify filter pins rate words: all (default)
#   FW_QEMU     the machine that runs it; CARD stands for the card's image

FW_ARCHES := cortexm riscv

# What writes to a log, which firmware does not have; nor has lwIP IPv6 here.
FW_NONE := show tls_show tls_trust_say
# What of src/ has no place in a firmware: the command line, doctor, netrc, and of the files for TLS those that the board does not name.
FW_SRC := $(foreach d,base parse net store client,$(SRC_$(d):%=src/$(d)/%.c))
FW_SRC := $(filter-out src/client/doctor%.c src/net/facts.c src/parse/netrc.c src/parse/ip6.c src/net/tls_v1%.c src/net/tls_suites%.c $(FW_NONE:%=src/net/%.c) src/net/tls_reason.c src/net/tls_texts.c,$(FW_SRC)) \
    $(FW_NONE:%=src/net/%_none.c) src/parse/ip6_none.c
# A feature's files: each has an x_none.c, which a board without the feature links.
FEATURE_prune := src/client/prune
FEATURE_verify := src/client/verify src/client/loosen
FEATURE_filter := src/client/filter
FEATURE_pins := src/net/tls_pin
FEATURE_rate := src/client/rate_limit
FEATURE_words := src/fw/words
FEATURES := prune verify filter pins rate words
FW_OPTIONAL := $(foreach f,$(FEATURES),$(FEATURE_$(f)))
FW_SRC := $(filter-out $(FW_OPTIONAL:%=%.c),$(FW_SRC))
LISTED_fw := $(FW_OPTIONAL:%=%_none.c) src/fw/words.c src/parse/ip6_none.c $(SRC_fw:%=src/fw/%.c) src/net/tls_v12.c src/net/tls_suites_lean.c src/net/tls_texts_lean.c src/net/tls_reason_words.c port/fat/volume_none.c $(FW_NONE:%=src/net/%_none.c) $(PORT_bare:%=port/bare/%.c) $(foreach a,$(FW_ARCHES),$(PORT_$(a):%=port/$(a)/%.c))
FW_C := $(FW_SRC) $(SRC_fw:%=src/fw/%.c) $(PORT_lwip:%=port/lwip/%.c) $(PORT_bare:%=port/bare/%.c) $(PORT_sd:%=port/sd/%.c) $(PORT_nor:%=port/nor/%.c) port/path.c
FW_TREES := $(MBEDTLS_TREE) $(JSMN_TREE) $(LWIP_TREE) $(OOFATFS_TREE) $(LITTLEFS_TREE)
# What a board's FW_STORAGE brings: files of port/ and boards/bare, and the library's.
FW_C_fat = $(subst /volume.c,/$(FW_FAT).c,$(PORT_fat:%=port/fat/%.c)) boards/bare/storage_fat.c
FW_C_littlefs := $(PORT_littlefs:%=port/littlefs/%.c) boards/bare/storage_littlefs.c
FW_LIBRARY_fat := $(OOFATFS_FILES:%=oofatfs/%.o)
FW_LIBRARY_littlefs := $(LITTLEFS_FILES:%=littlefs/%.o)

# Passes that -Os has and that make code longer as a whole, since they copy jumps and blocks: without them 3.5 KB of 174 less, and a sync
# takes as many instructions (QEMU's -icount). Those of the second line, about loops: 0.6 KB of 145.
FW_PASSES := -fno-optimize-sibling-calls -fno-thread-jumps -fno-tree-dominator-opts -fno-tree-tail-merge -fno-if-conversion -fno-schedule-insns2 \
    -fno-move-loop-invariants -fno-tree-loop-im -fno-ivopts -fno-tree-ch
# Linked as a whole (LTO), in one piece: 10 KB of 157 smaller. The objects hold both kinds of code, so that size.py can tell whose a
# symbol is.
FW_FLAGS := -std=gnu11 -Os $(FW_PASSES) -g -flto=auto -flto-partition=one -ffat-lto-objects -ffunction-sections -fdata-sections \
    -fstack-usage -fno-common
# A function that is called once is not made a part of its caller: where TLS is deepest the frames of what is done before and after would
# lie on the stack (1 KiB).
FW_OWN := -fconserve-stack -fno-inline-functions-called-once
# See port/bare/libc.c.
FW_LIBC_C := -fno-lto -ffreestanding -fno-tree-loop-distribute-patterns
fw_lwip := -DLWIP_SINGLE_NETIF=1 -isystem $(LWIP_DIR)/src/include -Iport/lwip
fw_fat := -I. $(INCLUDE_oofatfs)
fw_littlefs := $(INCLUDE_littlefs) -DLFS2_NO_ASSERT
fw_mbedtls = -I$(FW_MBEDTLS_$(1)) -isystem $(MBEDTLS_DIR)/include -DMBEDTLS_CONFIG_FILE='"fv_mbedtls.h"'
fw_defines = -DFV_VERSION='"$(VERSION)"' -DFV_BUILD_TIME=$(BUILD_TIME) -DFV_HEAP_BYTES=$(FW_HEAP_$(1)) $(FW_DEFINES_$(1))

# $(call fw_includes,BOARD,FILE): libraries are seen by those alone who wrap them.
fw_includes = -Isrc -I. $(if $(filter src/base/sha256.% src/net/tls.% src/net/tls_%,$(2)),$(call fw_mbedtls,$(1))) \
    $(if $(filter boards/%,$(2)),-I$(FW_DRIVERS_$(1))) \
    $(if $(filter src/parse/entry.c,$(2)),$(INCLUDE_jsmn)) \
    $(if $(filter src/fw/% port/lwip/% boards/%,$(2)),$(fw_lwip)) $(if $(filter port/fat/% boards/%,$(2)),$(fw_fat)) \
    $(if $(filter port/littlefs/% boards/%,$(2)),$(fw_littlefs))

# $(call fw_known,BOARD,NAME,WORDS,KNOWN): a word that is not known would be left out without a word.
fw_known = $(foreach w,$(filter-out $(4),$(3)),$(error boards/$(1)/board.mk: $(2) has '$(w)', which is none of: $(4)))

# $(call fw_read,BUILD,BOARD,STORAGE): a board, with another storage than its own if that is given; all below is by the name BUILD.
define fw_read
FW_ARCH := cortexm
FW_CROSS := arm-none-eabi-
FW_STORAGE := fat
FW_FAT := volume
FW_ALSO :=
FW_LIBC := --specs=nano.specs
FW_FEATURES := $(FEATURES)
include boards/$(2)/board.mk
$$(call fw_known,$(2),FW_FEATURES,$$(FW_FEATURES),$(FEATURES))
$$(call fw_known,$(2),FW_ARCH,$$(FW_ARCH),$(FW_ARCHES))
$$(call fw_known,$(2),FW_STORAGE,$$(FW_STORAGE),fat littlefs none)
$$(call fw_known,$(2),FW_ALSO,$$(FW_ALSO),fat littlefs)
FW_STORAGE := $$(or $(3),$$(FW_STORAGE))
FW_FOLDER_$(1) := boards/$(2)
FW_ARCH_$(1) := $$(FW_ARCH)
FW_CROSS_$(1) := $$(FW_CROSS)
FW_STORAGE_$(1) := $$(FW_STORAGE)
FW_ALSO_$(1) := $$(FW_ALSO)
FW_LIBC_$(1) := $$(FW_LIBC)
FW_CPU_$(1) := $$(FW_CPU)
FW_FILES_$(1) := $$(FW_FILES)
FW_DRIVERS_$(1) := $$(FW_DRIVERS)
FW_TLS_$(1) := $$(FW_TLS)
FW_MBEDTLS_$(1) := $$(FW_MBEDTLS)
FW_STACK_$(1) := $$(FW_STACK)
FW_HEAP_$(1) := $$(FW_HEAP)
FW_DEFINES_$(1) := $$(FW_DEFINES)
FW_QEMU_$(1) := $$(FW_QEMU)
FW_LINK_$(1) := -nostartfiles -Wl,--gc-sections -Wl,--no-warn-rwx-segments \
    -Wl,--defsym,FV_STACK_BYTES=$$(FW_STACK) -Lboards -T boards/$(2)/link.ld
FW_OWN_$(1) := $$(FW_C:%.c=build/$(1)/%.o) $$(PORT_$$(FW_ARCH):%=build/$(1)/port/$$(FW_ARCH)/%.o) $$(FW_C_$$(FW_STORAGE):%.c=build/$(1)/%.o) \
    $$(FW_TLS:%=build/$(1)/src/net/%.o) \
    $$(foreach f,$$(FEATURES),$$(patsubst %,build/$(1)/%$$(if $$(filter $$(f),$$(FW_FEATURES)),,_none).o,$$(FEATURE_$$(f))))
FW_BOARD_$(1) := $$(FW_FILES:%=build/$(1)/$$(FW_DRIVERS)/%.o)
FW_LIBRARIES_$(1) := $$(MBEDTLS_FILES:%=build/$(1)/mbedtls/%.o) $$(LWIP_FILES:%=build/$(1)/lwip/%.o) \
    $$(FW_LIBRARY_$$(FW_STORAGE):%=build/$(1)/%)
endef
# FW_STORAGE of the command line would hold for every board.
FW_ASKED := $(FW_STORAGE)
override undefine FW_STORAGE
$(foreach b,$(FIRMWARE),$(eval $(call fw_read,$(b),$(b))))
FW_OTHERS := $(foreach b,$(FIRMWARE),$(FW_ALSO_$(b):%=$(b)-%))
$(foreach b,$(FIRMWARE),$(foreach s,$(FW_ALSO_$(b)),$(eval $(call fw_read,$(b)-$(s),$(b),$(s)))))
FW_BUILDS := $(FIRMWARE) $(FW_OTHERS)
# The build that BOARD and FW_STORAGE of the command line mean.
FW_BUILD := $(BOARD)$(if $(filter-out $(FW_STORAGE_$(BOARD)),$(FW_ASKED)),-$(FW_ASKED))
ifneq ($(filter $(BOARD),$(FIRMWARE)),)
ifeq ($(filter $(FW_BUILD),$(FW_BUILDS)),)
$(error boards/$(BOARD) has no FW_STORAGE=$(FW_ASKED))
endif
endif
# What `make firmware` builds: each board, or all that have the storage that was asked for.
FW_WANTED := $(if $(FW_ASKED),$(foreach b,$(FW_BUILDS),$(if $(filter $(FW_ASKED),$(FW_STORAGE_$(b))),$(b))),$(FIRMWARE))
ifeq ($(strip $(FW_WANTED)),)
$(error no board has FW_STORAGE=$(FW_ASKED))
endif

# The names FW_CPU and so on are of no use from here on: rules have those of their own board.
define fw_compile
	@mkdir -p $$(@D)
	$$(call say,$(1),$$<)$$(FW_CROSS_$(1))gcc $(FW_FLAGS) $$(FW_CPU_$(1)) $(2) -MMD -MP $$(call fw_defines,$(1)) -c $$< -o $$@
endef

define fw_rules
build/$(1)/src/%.o: src/%.c $(FW_FOLDER_$(1))/board.mk boards/firmware.mk $(FW_TREES) | tools
$(call fw_compile,$(1),$(WARNINGS) $(FW_OWN) $$(call fw_includes,$(1),$$<))
build/$(1)/port/%.o: port/%.c $(FW_FOLDER_$(1))/board.mk boards/firmware.mk $(FW_TREES) | tools
$(call fw_compile,$(1),$(WARNINGS) $(FW_OWN) $$(call fw_includes,$(1),$$<) $$(if $$(filter %/libc.c,$$<),$(FW_LIBC_C)))
build/$(1)/boards/%.o: boards/%.c $(FW_FOLDER_$(1))/board.mk boards/firmware.mk $(FW_TREES) | tools
$(call fw_compile,$(1),$(WARNINGS) $(FW_OWN) $$(call fw_includes,$(1),$$<))
build/$(1)/mbedtls/%.o: $(MBEDTLS_DIR)/library/%.c $(FW_MBEDTLS_$(1))/fv_mbedtls.h boards/verify_only.h boards/linux/mbedtls.mk \
    $(FW_FOLDER_$(1))/board.mk boards/firmware.mk | tools
$(call fw_compile,$(1),-I$(MBEDTLS_DIR)/library $$(call fw_mbedtls,$(1)) $$(call verify_only,$$*))
build/$(1)/lwip/%.o: $(LWIP_DIR)/src/%.c port/lwip/lwipopts.h $(FW_FOLDER_$(1))/board.mk boards/firmware.mk | tools
$(call fw_compile,$(1),$(fw_lwip) -I.)
build/$(1)/oofatfs/%.o: $(OOFATFS_DIR)/%.c $(FW_FOLDER_$(1))/board.mk boards/firmware.mk | tools
$(call fw_compile,$(1),$(fw_fat))
build/$(1)/littlefs/%.o: $(LITTLEFS_DIR)/%.c $(FW_FOLDER_$(1))/board.mk boards/firmware.mk | tools
$(call fw_compile,$(1),$(fw_littlefs))
build/$(1)/firmware.elf: $$(FW_BOARD_$(1)) $$(FW_OWN_$(1)) $$(FW_LIBRARIES_$(1)) $(FW_FOLDER_$(1))/link.ld boards/sections.ld
	@rm -f $$@.*.su
	$$(call say,ld,$$@)$$(FW_CROSS_$(1))gcc $$(FW_CPU_$(1)) $(FW_FLAGS) $$(FW_LINK_$(1)) -Wl,-Map=build/$(1)/firmware.map \
	    $$(filter %.o,$$^) $$(FW_LIBC_$(1)) -o $$@
endef
$(foreach b,$(FW_BUILDS),$(eval $(call fw_rules,$(b))))

# In a fresh clone none of these files is there when make looks for them: they come with their tree.
$(MBEDTLS_FILES:%=$(MBEDTLS_DIR)/library/%.c): $(MBEDTLS_TREE)
$(LWIP_FILES:%=$(LWIP_DIR)/src/%.c): $(LWIP_TREE)
$(OOFATFS_FILES:%=$(OOFATFS_DIR)/%.c): $(OOFATFS_TREE)
$(LITTLEFS_FILES:%=$(LITTLEFS_DIR)/%.c): $(LITTLEFS_TREE)

firmware: $(FW_WANTED:%=build/%/firmware.elf) ## the firmware of every board: build/BOARD/firmware.elf; as root it installs the tool chain

# The host's program for images of a flash with littlefs.
$(eval $(call storage_rules,$(B),-O2 -g))
FLASH_IMAGE_O := boards/bare/flash_image.o port/path.o $(PORT_littlefs:%=port/littlefs/%.o) $(LITTLEFS_FILES:%=littlefs/%.o)
flash-image: build/flash-image ## the program that makes, reads and writes the image of a flash: build/flash-image -h
build/flash-image: $(FLASH_IMAGE_O:%=$(B)/%) $(B)/$(FV)
	$(call link,$(BOARD_CFLAGS) $(BOARD_LDFLAGS))
$(FLASH_IMAGE_O:%=$(B)/%): $(LITTLEFS_TREE)

# How the tests call QEMU: BOARD:COMMAND|BOARD:COMMAND ...
FW_MACHINES = $(foreach b,$(FW_BUILDS),$(b):$(FW_QEMU_$(b))|)
NEED_emulation = build/fluxvision build/flash-image $(FW_BUILDS:%=build/%/firmware.elf)
# How the example of boards/PORTING.md is compiled and linked: as the first board, without src/fw.
b := lm3s6965evb
FW_EXAMPLE = $(FW_CROSS_$(b))gcc $(FW_FLAGS) $(FW_CPU_$(b)) -Wall -Wextra -Werror $(call fw_defines,$(b)) $(call fw_includes,$(b),src/fw/x.c) \
    -c EXAMPLE.c -o EXAMPLE.o|$(FW_CROSS_$(b))gcc $(FW_CPU_$(b)) $(FW_FLAGS) $(FW_LINK_$(b)) EXAMPLE.o \
    $(filter-out build/$(b)/src/fw/%,$(FW_BOARD_$(b)) $(FW_OWN_$(b)) $(FW_LIBRARIES_$(b))) $(FW_LIBC_$(b)) -o EXAMPLE.elf
RUN_emulation = --emulation '$(FW_MACHINES)' '$(subst ','"'"',$(FW_EXAMPLE))'

# Sizes and budgets, after the emulation: what its boots saw is a part of them. `make size BOARD=...` is one board's.
NEED_budget = $(FW_BUILDS:%=build/%/firmware.elf)
RUN_budget = --budget $(PYTHON) tests/firmware/size.py build/report/boards.json $(FW_BUILDS:%=build/%)
ifneq ($(filter $(BOARD),$(FIRMWARE)),)
NEED_size = build/$(FW_BUILD)/firmware.elf
RUN_size = --size $(PYTHON) tests/firmware/size.py build/report/boards.json build/$(FW_BUILD)
endif

budget: $(NEED_budget) ## flash, RAM and stack of the boards by part, against their budgets
	@$(RUN) $(RUN_budget)

run: $(if $(filter $(BOARD),$(FIRMWARE)),build/$(FW_BUILD)/firmware.elf) $(if $(filter littlefs,$(FW_STORAGE_$(FW_BUILD))),build/flash-image) ## the firmware of BOARD in QEMU against a portal on this machine: make run BOARD=lm3s6965evb
	@$(if $(filter $(BOARD),$(FIRMWARE)),$(PYTHON) tests/firmware/run.py $(FW_BUILD) '$(FW_QEMU_$(FW_BUILD))',\
	    echo "BOARD is one of: $(FIRMWARE)" >&2; exit 2)
