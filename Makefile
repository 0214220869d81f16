# SPDX-License-Identifier: MIT
# fluxvision. `make help` lists what can be made; GNU make. If a tool is missing, make says which package has it.

BOARD ?= host
all: ## the program and the library: build/fluxvision, build/libfluxvision.a (default)

# ---- Sources. Tests are found: any tests/{unit,fault}/test_*.c, tests/fuzz/fuzz_*.c.

include src/sources.mk port/sources.mk
include boards/storage.mk
include boards/lwip.mk

# LAYERS="base parse" builds these layers alone, and the tests that include nothing of the others.
ALL_LAYERS := base parse net store client cli
LAYERS ?= $(ALL_LAYERS)
OTHERS := $(filter-out $(LAYERS),$(ALL_LAYERS))
LISTED_lib := $(foreach d,$(filter-out cli,$(LAYERS)),$(SRC_$(d):%=src/$(d)/%.c)) $(PORT_posix:%=port/posix/%.c)
LISTED_cli := $(SRC_cli:%=src/cli/%.c) port/path.c
LISTED_sim := $(PORT_sim:%=port/sim/%.c) port/path.c $(PORT_fat:%=port/fat/%.c) $(PORT_littlefs:%=port/littlefs/%.c) $(PORT_nor:%=port/nor/%.c) \
    $(PORT_lwip:%=port/lwip/%.c) $(PORT_sd:%=port/sd/%.c)

# A listed file that is missing does not stop the others; `make check` reports it.
LIB_C := $(wildcard $(LISTED_lib))
CLI_C := $(wildcard $(LISTED_cli))
SIM_C := $(wildcard $(LISTED_sim))
TEST_C := $(LIB_C) $(SIM_C) $(if $(filter cli,$(LAYERS)),$(filter-out %/main.c,$(CLI_C))) $(wildcard tests/support/*.c)
tests_of = $(if $(OTHERS),$(shell grep -LE '"($(subst $() ,|,$(OTHERS)))/' $(wildcard $(1)) /dev/null | grep -v /dev/null),\
    $(wildcard $(1)))
HEADERS := $(wildcard $(LAYERS:%=src/%/*.h) src/*.h port/*.h port/*/*.h)

# ---- Settings. V=1 shows the commands, WERROR=1 stops at a warning, CC= and CFLAGS= as everywhere.

comma := ,
# A firmware's board has a linker script; the rest is then made for this machine.
HOST := $(if $(wildcard boards/$(BOARD)/link.ld),host,$(BOARD))
include boards/$(HOST)/board.mk
include boards/linux/mbedtls.mk

# OUT is where the results lie: build/ for this machine's own, build/<board>/ for the others'.
B := build/$(HOST)
OUT := $(if $(filter host,$(HOST)),build,$(B))
BOARD_MK = boards/$(HOST)/board.mk $(FAMILY:%=boards/%.mk) $(TOOLS:%=boards/linux/%.mk)
ifdef FAMILY
include $(FAMILY:%=boards/%.mk)
endif
S := build/asan
G := build/cov
FV := libfv$(if $(OTHERS),-$(subst $() ,-,$(strip $(LAYERS)))).a

VERSION := 0.1.0
# Seconds since 1970. No clock that is right is behind it; the same sources give the same program.
BUILD_TIME := $(shell echo $${SOURCE_DATE_EPOCH:-$$(git log -1 --format=%ct 2>/dev/null || date +%s)})
PREFIX ?= /usr/local
PYTHON := /usr/bin/python3

# A tree of your own instead of the fetched one: MBEDTLS_DIR=, JSMN_DIR=, LWIP_DIR=, OOFATFS_DIR=, LITTLEFS_DIR= (the last two are
# parts of MICROPYTHON_DIR, which ships them), BEARSSL_DIR=, OPENSSL_DIR=. The fetched trees carry the lock's hash, so that a renewed lock
# means a new tree.
MBEDTLS_DIR ?= build/src/mbedtls
JSMN_DIR ?= build/src/jsmn
LWIP_DIR ?= build/src/lwip
MICROPYTHON_DIR ?= build/src/micropython
OOFATFS_DIR ?= $(MICROPYTHON_DIR)/lib/oofatfs
LITTLEFS_DIR ?= $(MICROPYTHON_DIR)/lib/littlefs
BEARSSL_DIR ?= build/src/bearssl
OPENSSL_DIR ?= build/src/openssl
# $(call tree,DIR,FILE): what says that a tree is there: FILE in it, or of a fetched one its mark.
tree = $(if $(filter build/src/%,$(1)),$(firstword $(subst /lib/, ,$(1)))/.sha256,$(1)/$(2))
MBEDTLS_TREE := $(call tree,$(MBEDTLS_DIR),include/mbedtls/build_info.h)
JSMN_TREE := $(call tree,$(JSMN_DIR),jsmn.h)
LWIP_TREE := $(call tree,$(LWIP_DIR),src/include/lwip/init.h)
OOFATFS_TREE := $(call tree,$(OOFATFS_DIR),ff.c)
LITTLEFS_TREE := $(call tree,$(LITTLEFS_DIR),lfs2.c)
BEARSSL_TREE := $(call tree,$(BEARSSL_DIR),inc/bearssl.h)
OPENSSL_TREE := $(call tree,$(OPENSSL_DIR),crypto/arm_arch.h)
TREES := $(MBEDTLS_TREE) $(JSMN_TREE) $(LIBC)
TEST_TREES := $(TREES) $(OOFATFS_TREE) $(LITTLEFS_TREE) $(LWIP_TREE)

ifdef WERROR
ERROR := -Werror
endif
TEST_WARNINGS := -Wall -Wextra -Wshadow -Wvla $(ERROR)
WARNINGS := $(TEST_WARNINGS) -Wconversion -Wcast-qual -Wmissing-prototypes
SANITIZE := -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# The libraries are seen by those alone who wrap them, system interfaces by the command line and the port.
INCLUDE_mbedtls := -I$(MBEDTLS_CONFIG) -isystem $(MBEDTLS_DIR)/include -DMBEDTLS_CONFIG_FILE='"fv_mbedtls.h"'
INCLUDE_jsmn := -isystem $(JSMN_DIR)
cppflags = -Isrc -I. -DFV_VERSION='"$(VERSION)"' $(if $(filter src/cli/help.c,$(1)),-DFV_LIBRARIES='"$(LIBRARIES)"') $(if $(filter src/net/tls_reason.c src/net/facts.c,$(1)),-DFV_BUILD_TIME=$(BUILD_TIME)) \
    $(if $(filter src/base/sha256.% src/net/tls.% src/net/tls_% tests/%,$(1)),$(INCLUDE_mbedtls)) \
    $(if $(filter src/parse/entry.c tests/%,$(1)),$(INCLUDE_jsmn)) \
    $(if $(filter port/fat/% boards/% tests/%,$(1)),$(INCLUDE_oofatfs)) \
    $(if $(filter port/littlefs/% boards/% tests/%,$(1)),$(INCLUDE_littlefs)) \
    $(if $(filter port/lwip/% tests/%,$(1)),$(INCLUDE_lwip)) \
    $(if $(filter port/posix/% src/cli/% tests/%,$(1)),-D_GNU_SOURCE=) $(if $(filter tests/%,$(1)),-Itests)

ifndef V
say = @printf '  %-5s %s\n' $(1) $(2);
endif
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

FIRMWARE := $(patsubst boards/%/link.ld,%,$(sort $(wildcard boards/*/link.ld)))

# ---- Tools: looked for at each run. `make test`, `make demo`, `make bench`, `make boards`, `make firmware` and `make run` install what is
# missing when root runs them, as `make deps` does; all others say what it is.

SERVERS := $(filter deps test integration emulation,$(MAKECMDGOALS))
FW_LEVEL := $(if $(filter run,$(MAKECMDGOALS)),run,$(if $(filter firmware build/%/firmware.elf,$(MAKECMDGOALS)),firmware,$(if $(filter flash-image \
    build/flash-image,$(MAKECMDGOALS)),image)))
CMOCKA := $(filter unit fault fuzz coverage check mutants build/asan/% build/cov/% build/mutants/%,$(MAKECMDGOALS))
LEVEL := $(if $(filter linux-%,$(BOARD)),$(BOARD),$(if $(filter bench,$(MAKECMDGOALS)),bench,$(if $(SERVERS),test,$(if $(filter \
    demo,$(MAKECMDGOALS)),demo,$(or $(FW_LEVEL),$(if $(CMOCKA),unit,build))))))
INSTALL := $(if $(or $(filter deps test demo bench boards run firmware,$(MAKECMDGOALS)),$(filter linux-%,$(BOARD))),need,tell)
ifneq ($(filter-out clean help format,$(or $(MAKECMDGOALS),all)),)
MISSING := $(shell BOARD=$(BOARD) CC='$(CC)' boards/deps.sh missing $(LEVEL))
endif

tools:
	@$(if $(MISSING),BOARD=$(BOARD) CC='$(CC)' boards/deps.sh $(INSTALL) $(LEVEL),:)

deps: tools ## install what building and testing needs (root, Debian)
	@echo "deps: all there"

# ---- Other people's sources

build/src/%/.sha256: boards/sources.lock | tools
	@boards/fetch-sources.sh $* && touch $@

# ---- Objects: $(B) as shipped, $(S) with AddressSanitizer and UBSan, $(G) with gcov

$(B)/mbedtls/%.o: $(MBEDTLS_TREE) $(LIBC) $(MBEDTLS_CONFIG)/fv_mbedtls.h $(MBEDTLS_CONFIG)/fv_psa.h boards/linux/mbedtls.mk \
    boards/verify_only.h $(BOARD_MK) | tools
	@mkdir -p $(@D)
	$(call say,cc,mbedtls/$*.c)$(CC) $(BOARD_CFLAGS) $(MBEDTLS_HOT_$*) $(MBEDTLS_HOT_$(ARCH)_$*) $(CFLAGS) \
	    -I$(MBEDTLS_DIR)/library $(INCLUDE_mbedtls) $(call verify_only,$*) \
	    $(if $(filter $*,$(KERNEL_FILES)),$(INCLUDE_kernels) -c boards/linux/kernels/$*.c,-c $(MBEDTLS_DIR)/library/$*.c) -o $@

# $(call compile,WORD,FLAGS): one file of ours.
define compile
	@mkdir -p $(@D)
	$(call say,$(1),$<)$(CC) -std=c11 $(2) $(CFLAGS) -MMD -MP $(call cppflags,$<) -c $< -o $@
endef
$(B)/%.o: %.c $(BOARD_MK) Makefile $(TREES) | tools
	$(call compile,cc,$(WARNINGS) $(BOARD_CFLAGS) $(if $(filter $(OWN_HOT),$<),-O2))
$(S)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call compile,asan,$(WARNINGS) $(SANITIZE))
$(G)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call compile,gcov,$(WARNINGS) -O0 -g $(if $(filter src/base/% src/parse/%,$<),--coverage))
$(S)/tests/%.o: tests/%.c Makefile $(TEST_TREES) | tools
	$(call compile,asan,$(TEST_WARNINGS) $(SANITIZE))
$(G)/tests/%.o: tests/%.c Makefile $(TEST_TREES) | tools
	$(call compile,gcov,$(TEST_WARNINGS) -O0 -g)

STORAGE_O := $(OOFATFS_FILES:%=oofatfs/%.o) $(LITTLEFS_FILES:%=littlefs/%.o) $(LWIP_FILES:%=lwip/%.o)
$(eval $(call storage_rules,$(S),$(SANITIZE)))
$(eval $(call storage_rules,$(G),-O0 -g))
$(eval $(call lwip_rules,$(S),$(SANITIZE)))
$(eval $(call lwip_rules,$(G),-O0 -g))

define archive
	$(call say,ar,$@)rm -f $@; $(AR) rcs $@ $^
endef
include boards/linux/kernels.mk
MBEDTLS_O := $(MBEDTLS_FILES:%=$(B)/mbedtls/%.o) $(KERNEL_O)
$(B)/libmbedtls.a: $(MBEDTLS_O)
	$(archive)
$(B)/$(FV): $(LIB_C:%.c=$(B)/%.o)
	$(archive)
$(S)/$(FV): $(TEST_C:%.c=$(S)/%.o) $(STORAGE_O:%=$(S)/%)
	$(archive)
$(G)/$(FV): $(TEST_C:%.c=$(G)/%.o) $(STORAGE_O:%=$(G)/%)
	$(archive)

# $(call link,FLAGS): all prerequisites, in any order of need. ld's remark on getaddrinfo in static programs is answered in board.mk;
# its own switch for silence hides unresolved symbols as well.
define link
	@mkdir -p $(@D)
	$(call say,ld,$@)$(CC) $(CFLAGS) $(1) $(LDFLAGS) -Wl,--start-group $(filter %.o %.a,$^) $(LDLIBS_test) $(BOARD_LDLIBS) -Wl,--end-group -o $@ \
	    2>$@.ld; status=$$?; grep -vE "getaddrinfo|resolve.*: in function" $@.ld >&2; rm -f $@.ld; exit $$status
endef

# ---- The program and the library

all: program $(if $(LTO),,lib)
program: $(OUT)/fluxvision

# The second one stays when another board is built. A board's linker script and what finishes its program are files of boards/.
$(sort $(OUT)/fluxvision $(B)/fluxvision): $(CLI_C:%.c=$(B)/%.o) $(BOARD_O) $(B)/$(FV) $(B)/libmbedtls.a \
    $(filter boards/%,$(subst $(comma), ,$(BOARD_LAYOUT)) $(BOARD_FINISH))
	$(call link,$(BOARD_CFLAGS) $(BOARD_LDFLAGS) $(BOARD_LAYOUT))
	$(if $(BOARD_FINISH),@$(BOARD_FINISH) $@)
# The host's linked dynamically, for a library that sets its clock.
build/dynamic/fluxvision: $(CLI_C:%.c=$(B)/%.o) $(BOARD_O) $(B)/$(FV) $(B)/libmbedtls.a
	$(call link,$(BOARD_CFLAGS) $(filter-out -static-pie,$(BOARD_LDFLAGS)) -pie)
$(S)/fluxvision: $(CLI_C:%.c=$(S)/%.o) $(S)/$(FV) $(B)/libmbedtls.a
	$(call link,$(SANITIZE))

include boards/library.mk
include boards/install.mk

# ---- Boards: static programs of other machines, each by a make of its own

BOARDS := $(sort $(patsubst boards/%/board.mk,%,$(wildcard boards/linux-*/board.mk)))
boards: $(BOARDS:%=board/%) ## the static programs of all boards: build/<board>/fluxvision; as root it installs the tool chains
# The same for the tests: a board whose tool chain can't be had here is left out, and they say so.
boards-had: $(BOARDS:%=board/%)
boards-tools: tools
	@boards/deps.sh need boards || $(if $(filter boards,$(MAKECMDGOALS)),exit 1,echo "SKIPPED: some boards, their tool chains can't be had")
# What is fetched for more than one of them, so that no two fetch it at once.
board/%: $(if $(filter boards,$(MAKECMDGOALS)),$(MBEDTLS_TREE) $(JSMN_TREE),$(TEST_TREES)) $(BEARSSL_TREE) $(OPENSSL_TREE) \
    build/src/musl/.sha256 build/src/cmocka/.sha256 | boards-tools
	+@[ -n "$$(boards/deps.sh missing $*)" ] || $(MAKE) --no-print-directory BOARD=$* program \
	     $(if $(filter boards,$(MAKECMDGOALS)),,unit-programs)

include tests/tests.mk

# ---- The rest

format: ## apply .clang-format
	clang-format -i $(shell find src port boards tests -name '*.[ch]')
clean: ## remove what was built, keep what was fetched
	rm -rf $(filter-out build/cache build/src,$(wildcard build/*))
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | expand -t 20

.PHONY: all notices boards boards-had boards-tools unit-programs program lib tools deps install install-lib firmware flash-image run test $(SUITES) bench \
    bench-chart demo format clean help
.DELETE_ON_ERROR:
.SECONDARY:
-include $(shell find build -name '*.d' 2>/dev/null)
