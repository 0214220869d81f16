# SPDX-License-Identifier: MIT
# All firmware boards, each built by a make of its own (boards/firmware.mk), and what is asked of all of them.

# With FW_STORAGE= those boards whose board.mk has it in a line.
FW_WANTED := $(FIRMWARE)
ifdef FW_STORAGE
FW_WANTED := $(filter $(FIRMWARE),$(subst /, ,$(shell grep -lx 'FW_STORAGE := $(FW_STORAGE)' boards/*/board.mk)))
ifndef FW_WANTED
$(error no board has FW_STORAGE=$(FW_STORAGE))
endif
endif
firmware: $(FW_WANTED:%=build/%/firmware.elf) ## the firmware of every board: build/BOARD/firmware.elf; root gets tools

# A board's make knows what has changed. What is fetched is fetched before, so that no two of them fetch it at once.
FIRMWARE_ELF := $(FIRMWARE:%=build/%/firmware.elf)
$(FIRMWARE_ELF): build/%/firmware.elf: ask | tools $(FW_TREES)
	+@$(MAKE) --no-print-directory BOARD=$* FW_STORAGE= firmware
ask:
.PHONY: ask

# The host's program for images of a flash with littlefs.
FLASH_IMAGE_O := boards/bare/flash_image.o port/path.o $(PORT_littlefs:%=port/littlefs/%.o) \
    $(LITTLEFS_FILES:%=littlefs/%.o)
flash-image: build/flash-image ## the program that makes, reads and writes the image of a flash: build/flash-image -h
build/flash-image: $(FLASH_IMAGE_O:%=$(B)/%) $(B)/$(FV)
	$(call link,$(BOARD_CFLAGS) $(BOARD_LDFLAGS))
$(patsubst %,$(B)/%,$(filter-out port/path.o,$(FLASH_IMAGE_O))): $(LITTLEFS_TREE)

# ---- The libraries of firmware, for tests on this machine and for the program above; without warnings.

# lwIP as the peer of a test, behind its loop.
LWIP_DEFINES := -DLWIP_NETIF_LOOPBACK=1 -DMEMP_NUM_UDP_PCB=6 -DLWIP_TESTMODE=1 -DMEMP_NUM_SYS_TIMEOUT=10 \
    -DMEMP_NUM_TCP_PCB=12 -DMEM_ALIGNMENT=8 -DMEM_SIZE=16384 -DMEMP_NUM_TCP_SEG=32 -DMEMP_NUM_PBUF=32 \
    -DPBUF_POOL_SIZE=40
# $(call device_compile,NAME,FLAGS,FILE)
define device_compile
	@mkdir -p $(@D)
	$(call say,cc,$(1))$(CC) $(2) -c $(3) -o $@
endef
$(B)/oofatfs/%.o: $(OOFATFS_TREE) port/fat/fv_ffconf.h boards/firmwares.mk | tools
	$(call device_compile,oofatfs/$*.c,-std=c11 -O2 -g $(CFLAGS) -I. $(FLAGS_oofatfs),$(OOFATFS_DIR)/$*.c)
$(S)/oofatfs/%.o: $(OOFATFS_TREE) port/fat/fv_ffconf.h boards/firmwares.mk | tools
	$(call device_compile,oofatfs/$*.c,-std=c11 $(SANITIZE) $(CFLAGS) -I. $(FLAGS_oofatfs),$(OOFATFS_DIR)/$*.c)
$(B)/littlefs/%.o: $(LITTLEFS_TREE) boards/firmwares.mk | tools
	$(call device_compile,littlefs/$*.c,-std=c11 -O2 -g $(CFLAGS) $(FLAGS_littlefs),$(LITTLEFS_DIR)/$*.c)
$(S)/littlefs/%.o: $(LITTLEFS_TREE) boards/firmwares.mk | tools
	$(call device_compile,littlefs/$*.c,-std=c11 $(SANITIZE) $(CFLAGS) $(FLAGS_littlefs),$(LITTLEFS_DIR)/$*.c)
$(B)/lwip/%.o: $(LWIP_TREE) port/lwip/lwipopts.h boards/firmwares.mk | tools
	$(call device_compile,lwip/$*.c,-std=gnu11 -O2 -g $(CFLAGS) $(FLAGS_lwip),$(LWIP_DIR)/src/$*.c)
$(S)/lwip/%.o: $(LWIP_TREE) port/lwip/lwipopts.h boards/firmwares.mk | tools
	$(call device_compile,lwip/$*.c,-std=gnu11 $(SANITIZE) $(CFLAGS) $(FLAGS_lwip),$(LWIP_DIR)/src/$*.c)

# ---- What is asked of all boards

# $(call ask_board,BOARD,GOAL): what the board's make prints.
ask_board = $(shell MAKEFLAGS= $(MAKE) -s --no-print-directory BOARD=$(1) FW_STORAGE= $(2))
# BOARD:COMMAND|BOARD:COMMAND ...
FW_MACHINES = $(foreach b,$(FIRMWARE),$(b):$(call ask_board,$(b),say-qemu)|)
FW_EXAMPLE = $(call ask_board,lm3s6965evb,say-example)
NEED_emulation = build/fluxvision build/flash-image $(FIRMWARE_ELF)
RUN_emulation = --emulation '$(FW_MACHINES)' '$(subst ','"'"',$(FW_EXAMPLE))'

# Sizes and budgets, after the emulation: what its boots saw is a part of them. `make size BOARD=...` is one board's.
NEED_budget = $(FIRMWARE_ELF)
RUN_budget = --budget $(PYTHON) tests/firmware/size.py build/report/boards.json $(FIRMWARE:%=build/%)
budget: $(NEED_budget) ## flash, RAM and stack of the boards by part, against their budgets
	@$(RUN) $(RUN_budget)

# boards/firmware.mk has this goal for a firmware board.
run: ## the firmware of BOARD in QEMU against a portal on this machine: make run BOARD=lm3s6965evb
	@echo "BOARD is one of: $(FIRMWARE)" >&2; exit 2
