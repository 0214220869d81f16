# SPDX-License-Identifier: MIT
# fluxvision. `make help` lists what can be made; GNU make. If a tool is missing, make says which package has it.

BOARD ?= host
all: ## the program and the library: build/fluxvision, build/libfluxvision.a (default)

# $(call known,NAME,WORDS,WHERE): the variable NAME has no other words than these; a typing error ends make.
known = $(foreach w,$(filter-out $(2),$($(1))),$(error $(3)$(1) has '$(w)', which is none of: $(2)))

# Each folder of boards/ with a board.mk is a board; with a link.ld too, a firmware: boards/firmware.mk builds it.
FIRMWARE := $(sort $(patsubst boards/%/link.ld,%,$(wildcard boards/*/link.ld)))
BOARDS := $(sort $(patsubst boards/%/board.mk,%,$(wildcard boards/linux-*/board.mk)))
$(call known,BOARD,host $(BOARDS) $(FIRMWARE))
$(if $(filter-out 1,$(words $(BOARD))),$(error BOARD='$(BOARD)' has to be one of: host $(BOARDS) $(FIRMWARE)))

$(if $(word 2,$(CURDIR)),$(error make cannot build in a folder whose name has a space: $(CURDIR)))

# ---- Sources. Tests are found: any tests/{unit,fault}/test_*.c, tests/fuzz/fuzz_*.c.

include src/sources.mk port/sources.mk boards/sources.mk

# LAYERS="base parse" builds these layers alone, and the tests that include nothing of the others.
ALL_LAYERS := base parse net store client cli
LAYERS ?= $(ALL_LAYERS)
$(call known,LAYERS,$(ALL_LAYERS))
OTHERS := $(filter-out $(LAYERS),$(ALL_LAYERS))
LISTED_lib := $(foreach d,$(filter-out cli,$(LAYERS)),$(SRC_$(d):%=src/$(d)/%.c)) $(PORT_posix:%=port/posix/%.c)
LISTED_cli := $(SRC_cli:%=src/cli/%.c) port/path.c
LISTED_sim := port/path.c $(foreach d,sim fat littlefs nor lwip sd,$(PORT_$(d):%=port/$(d)/%.c))

# MBEDTLS=system links the system's mbedTLS in place of our own: boards/linux/system.mk. `make install` takes what was
# built.
MBEDTLS ?= $(if $(filter install% uninstall,$(MAKECMDGOALS)),$(patsubst MBEDTLS=%,%,\
    $(filter MBEDTLS=%,$(file <build/$(BOARD)/chosen))))
$(call known,MBEDTLS,system)
$(if $(MBEDTLS),$(if $(filter-out host,$(BOARD)),$(error MBEDTLS=$(MBEDTLS) is for BOARD=host alone)))
LISTED_system := $(SYSTEM:%=src/%.c)
linked = $(if $(MBEDTLS),$(filter src/$(2)/%,$(LISTED_system)) $(filter-out $(SYSTEM_NOT:%=src/%.c),$(1)),$(1))

# A listed file that is missing does not stop the others; `make check` reports it.
LIB_C := $(wildcard $(call linked,$(LISTED_lib),net))
CLI_C := $(wildcard $(call linked,$(LISTED_cli),cli))
SIM_C := $(wildcard $(LISTED_sim))
TEST_C := $(LIB_C) $(SIM_C) $(if $(filter cli,$(LAYERS)),$(filter-out %/main.c,$(CLI_C))) $(wildcard tests/support/*.c)
# $(call tests_of,PATTERN): the tests that include nothing of the other layers.
tests_of = $(if $(OTHERS),$(filter-out /dev/null,\
    $(shell grep -LE '"($(subst $() ,|,$(OTHERS)))/' $(wildcard $(1)) /dev/null)),$(wildcard $(1)))
# Libraries of firmware, which tests on this machine have too.
DEVICE_O := $(OOFATFS_FILES:%=oofatfs/%.o) $(LITTLEFS_FILES:%=littlefs/%.o) $(LWIP_FILES:%=lwip/%.o)
HEADERS := $(wildcard $(LAYERS:%=src/%/*.h) src/*.h port/*.h port/*/*.h)

# ---- Settings. V=1 shows the commands, WERROR=1 stops at a warning, CC= and CFLAGS= as everywhere.

comma := ,
# OUT is where the results lie: build/ for this machine's own, build/<board>/ for the others'. Objects lie in B.
B := build/$(BOARD)
OUT := $(B)
OBJECTS = $(B)
S := build/asan
G := build/cov
FV := libfv$(if $(OTHERS),-$(subst $() ,-,$(strip $(LAYERS)))).a

VERSION := 0.1.0
# Seconds since 1970: the commit's time. The same sources give the same program, and no clock has to be right.
BUILD_TIME := $(or $(SOURCE_DATE_EPOCH),$(shell sh boards/library/build_time.sh))
$(if $(shell echo '$(BUILD_TIME)' | grep -vx '[0-9]*'),\
    $(error SOURCE_DATE_EPOCH is no number of seconds: $(BUILD_TIME)))
PYTHON := /usr/bin/python3

# A tree of your own instead of the fetched one: MBEDTLS_DIR=, JSMN_DIR=, LWIP_DIR=, OOFATFS_DIR=, LITTLEFS_DIR= (the
# last two are parts of MICROPYTHON_DIR, which ships them), BEARSSL_DIR=, OPENSSL_DIR=. The fetched trees carry the
# lock's hash, so that a renewed lock means a new tree.
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
TREES = $(MBEDTLS_TREE) $(JSMN_TREE) $(LIBC) $(B)/chosen
TEST_TREES = $(TREES) $(OOFATFS_TREE) $(LITTLEFS_TREE) $(LWIP_TREE)
FW_TREES := $(MBEDTLS_TREE) $(JSMN_TREE) $(OOFATFS_TREE) $(LITTLEFS_TREE) $(LWIP_TREE)

ifdef WERROR
ERROR := -Werror
endif
TEST_WARNINGS := -Wall -Wextra -Wshadow -Wvla $(ERROR)
WARNINGS := $(TEST_WARNINGS) -Wconversion -Wcast-qual -Wmissing-prototypes
SANITIZE := -DFV_CHECKED -O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer

# Debug information and messages name files without the folder of the build; the compiler is told no other name of it.
export PWD := $(CURDIR)
MAPS := -ffile-prefix-map=$(CURDIR)=. $(foreach t,MBEDTLS JSMN LWIP OOFATFS LITTLEFS BEARSSL OPENSSL,\
    $(if $(filter /%,$($(t)_DIR)),-ffile-prefix-map=$($(t)_DIR)=$(t)))
# The user's flags come last. Headers in a directory of CPPFLAGS never replace those of a tree or of ours: there may be
# another mbedTLS.
USER_FLAGS = $(patsubst -I%,-idirafter%,$(CPPFLAGS)) $(CFLAGS)

# ---- What a file sees: src/ and this folder, and the FLAGS_x of each x of SEES whose SEES_x names it (% is any text).

SEES := mbedtls system jsmn oofatfs littlefs lwip drivers gnu tests version libraries built heap
SEES_mbedtls := src/base/sha256.% src/net/tls.% src/net/tls_% tests/%
FLAGS_mbedtls = -I$(MBEDTLS_CONFIG) -isystem $(MBEDTLS_DIR)/include -DMBEDTLS_CONFIG_FILE='"fv_mbedtls.h"'
SEES_system := src/net/tls.c src/net/tls_watch.c
SEES_jsmn := src/parse/entry.c tests/%
FLAGS_jsmn = -isystem $(JSMN_DIR)
SEES_oofatfs := port/fat/% boards/% tests/%
FLAGS_oofatfs = -isystem $(OOFATFS_DIR) -DFFCONF_H='"port/fat/fv_ffconf.h"'
SEES_littlefs := port/littlefs/% boards/% tests/%
# No heap, nothing printed.
FLAGS_littlefs = -isystem $(LITTLEFS_DIR) -DLFS2_NO_MALLOC -DLFS2_NO_DEBUG -DLFS2_NO_WARN -DLFS2_NO_ERROR \
    $(LITTLEFS_DEFINES)
SEES_lwip := port/lwip/% src/fw/% boards/% tests/%
FLAGS_lwip = -isystem $(LWIP_DIR)/src/include -Iport/lwip $(LWIP_DEFINES)
SEES_drivers := boards/%
FLAGS_drivers = $(FW_DRIVERS:%=-I%)
# System interfaces, by the command line and the port.
SEES_gnu := port/posix/% src/cli/% tests/%
FLAGS_gnu := -D_GNU_SOURCE=
SEES_tests := tests/%
FLAGS_tests := -Itests
# What this build is.
SEES_version := src/cli/help.c src/fw/main.c tests/unit/test_fw_main.c
FLAGS_version = -DFV_VERSION='"$(VERSION)"'
SEES_libraries := src/cli/help.c
FLAGS_libraries = -DFV_LIBRARIES='"$(LIBRARIES)"'
SEES_built := src/net/facts.c src/net/tls_reason.c src/net/tls_reason_words.c src/fw/time.c
FLAGS_built = -DFV_BUILD_TIME=$(BUILD_TIME)
SEES_heap := port/bare/heap.c
FLAGS_heap = -DFV_HEAP_BYTES=$(FW_HEAP)
# $(call cppflags,FILE)
cppflags = $(WIDE) -Isrc -I. $(foreach x,$(SEES),$(if $(filter $(SEES_$(x)),$(1)),$(FLAGS_$(x))))

ifndef V
say = @printf '  %-5s %s\n' $(1) $(2);
endif
ifeq ($(MAKELEVEL)$(filter -j%,$(MAKEFLAGS)),0)
MAKEFLAGS += -j$(shell nproc 2>/dev/null || echo 1)
endif

# ---- The board

ifneq ($(filter $(BOARD),$(FIRMWARE)),)
include boards/firmware.mk
else
include boards/$(BOARD)/board.mk boards/linux/mbedtls.mk $(MBEDTLS:%=boards/linux/%.mk)
# Times and sizes have 64 bits in every file, since a type of one width goes from file to file (glibc, 32 bits).
WIDE := -D_FILE_OFFSET_BITS=64 -D_TIME_BITS=64
BOARD_MK = boards/$(BOARD)/board.mk $(FAMILY:%=boards/%.mk) $(TOOLS:%=boards/linux/%.mk) $(B)/chosen
ifdef FAMILY
include $(FAMILY:%=boards/%.mk)
endif
endif
# boards/verify_only.h is included before these.
$(VERIFY_ONLY:%=$(B)/mbedtls/%.o): VERIFY = -DFV_BEFORE_$* -include boards/verify_only.h

# ---- What the user has chosen: when it changes, all is made anew. Not by `make install`, which takes what is there:
# tools of packagers tell it less than they told make.

CHOICES := CC AR OBJCOPY CPPFLAGS CFLAGS LDFLAGS STATIC STRIP KERNELS LTO CODE SMALL PAGE PROTECT SOURCE_DATE_EPOCH \
    MBEDTLS PKG_CONFIG \
    $(addsuffix _DIR,MBEDTLS JSMN LWIP MICROPYTHON OOFATFS LITTLEFS BEARSSL OPENSSL MUSL CMOCKA) \
    $(filter $(FW_CHOICES),$(.VARIABLES))
CHOSEN := $(strip $(foreach v,$(sort $(CHOICES)),\
    $(if $(filter command environment,$(firstword $(origin $(v)))),$(v)=$(value $(v)))))
$(B)/chosen: | tools
	@mkdir -p $(@D) && printf '%s\n' '$(subst ','"'"',$(CHOSEN))' >$@
ifeq ($(filter install% uninstall,$(MAKECMDGOALS)),)
ifneq ($(strip $(file <$(B)/chosen)),$(CHOSEN))
$(B)/chosen: anew
endif
endif
anew:
.PHONY: anew

# ---- Tools: looked for at each run. LEVEL tells boards/deps.sh what they are for: the first level that has one of the
# goals. A board of another machine has a level of its own (BOARD_LEVEL).

LEVELS := bench packages test demo run firmware image unit
GOALS_bench := bench
GOALS_packages := packages-test
GOALS_test := test packages integration emulation deps
GOALS_demo := demo
GOALS_run := run
GOALS_firmware := firmware $(FIRMWARE:%=build/%/firmware.elf)
GOALS_image := flash-image build/flash-image
GOALS_unit := unit fault fuzz coverage check mutants proof build/asan/% build/cov/% build/mutants/%
has_goal = $(filter $(GOALS_$(1)),$(MAKECMDGOALS))
LEVEL := $(or $(BOARD_LEVEL),$(firstword $(foreach l,$(LEVELS),$(if $(call has_goal,$(l)),$(l)))),build)
# If root runs them, these goals and the boards of other machines install what is missing. All others say what it is.
INSTALLING := deps test packages-test demo bench boards run firmware
INSTALL := $(if $(BOARD_LEVEL)$(filter $(INSTALLING),$(MAKECMDGOALS)),need,tell)
# Trees that are still to be fetched, and OpenSSL's, whose scripts run.
FETCHED = $(patsubst build/src/%/.sha256,%,$(filter build/src/%,$(filter-out $(wildcard build/src/*/.sha256), \
    $(MBEDTLS_TREE) $(KERNEL_TREES) $(if $(filter build,$(LEVEL)),,$(TEST_TREES) build/src/cmocka/.sha256)))) \
    $(if $(KERNEL_ASM),openssl)
DEPS = CC='$(CC)' FETCHED='$(FETCHED)' boards/deps.sh

tools:
	@$(if $(shell $(DEPS) missing $(LEVEL)),$(DEPS) $(INSTALL) $(LEVEL),:)

deps: tools ## install what building and testing needs (root, Debian)
	@echo "deps: all there"

# ---- Other people's sources

build/src/%/.sha256: boards/sources.lock | tools
	@boards/fetch-sources.sh $* && touch $@

# ---- The rest of what a firmware needs is in boards/firmware.mk. From here on: this machine, and Linux boards.

ifeq ($(filter $(BOARD),$(FIRMWARE)),)

# ---- Objects: $(B) as shipped, $(S) with AddressSanitizer and UBSan, $(G) with gcov

$(B)/mbedtls/%.o: $(MBEDTLS_TREE) $(LIBC) $(MBEDTLS_CONFIG)/fv_mbedtls.h $(MBEDTLS_CONFIG)/fv_psa.h \
    boards/linux/mbedtls.mk boards/verify_only.h $(BOARD_MK) | tools
	@mkdir -p $(@D)
	$(call say,cc,mbedtls/$*.c)$(CC) $(BOARD_CFLAGS) $(WIDE) $(MAPS) \
	    $(MBEDTLS_HOT_$*) $(MBEDTLS_HOT_$(ARCH)_$*) $(USER_FLAGS) $(MBEDTLS_BASE_$(ARCH)_$*) \
	    -I$(MBEDTLS_DIR)/library $(FLAGS_mbedtls) $(VERIFY) -c $(MBEDTLS_C) -o $@
MBEDTLS_C = $(MBEDTLS_DIR)/library/$*.c

# $(call compile,WORD,FLAGS): one file of ours.
define compile
	@mkdir -p $(@D)
	$(call say,$(1),$<)$(CC) -std=c11 $(2) $(MAPS) -MMD -MP $(call cppflags,$<) $(USER_FLAGS) -c $< -o $@
endef
$(B)/%.o: %.c $(BOARD_MK) Makefile $(TREES) | tools
	$(call compile,cc,$(WARNINGS) $(BOARD_CFLAGS) $(HOT_FLAGS))
$(OWN_HOT:%.c=$(B)/%.o): HOT_FLAGS := -O2
# The compiler does not list what a library's headers include.
$(filter $(addprefix $(B)/,$(SEES_mbedtls)),$(LIB_C:%.c=$(B)/%.o)): \
    $(MBEDTLS_CONFIG)/fv_mbedtls.h $(MBEDTLS_CONFIG)/fv_psa.h
$(S)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call compile,asan,$(WARNINGS) $(SANITIZE))
$(G)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call compile,gcov,$(WARNINGS) -O0 -g --coverage)
$(S)/tests/%.o: tests/%.c Makefile $(TEST_TREES) | tools
	$(call compile,asan,$(TEST_WARNINGS) $(SANITIZE))
$(G)/tests/%.o: tests/%.c Makefile $(TEST_TREES) | tools
	$(call compile,gcov,$(TEST_WARNINGS) -O0 -g)

define archive
	$(call say,ar,$@)rm -f $@; $(AR) rcsD $@ $^
endef
include boards/linux/kernels.mk
MBEDTLS_O := $(if $(MBEDTLS),,$(MBEDTLS_FILES:%=$(B)/mbedtls/%.o) $(KERNEL_O))
LIBRARY_O := $(MBEDTLS_O)
$(B)/libmbedtls.a: $(MBEDTLS_O)
	$(archive)
$(B)/$(FV): $(LIB_C:%.c=$(B)/%.o)
	$(archive)
$(S)/$(FV): $(TEST_C:%.c=$(S)/%.o) $(DEVICE_O:%=$(S)/%)
	$(archive)

# $(call link,FLAGS): all prerequisites, in any order of need.
define link
	@mkdir -p $(@D)
	$(call say,ld,$@)$(CC) $(1) $(CFLAGS) $(LDFLAGS) -Wl,--start-group $(filter %.o %.a,$^) $(LDLIBS_test) \
	    $(BOARD_LDLIBS) -Wl,--end-group -o $@
endef

# ---- The program and the library

all: program $(if $(LTO),,lib)
program: $(OUT)/fluxvision

# The second one stays when another board is built. A board's linker script and what finishes its program are files of
# boards/. The linker's map says what is in it: boards/sbom.
$(sort $(OUT)/fluxvision $(B)/fluxvision): $(CLI_C:%.c=$(B)/%.o) $(BOARD_O) $(B)/$(FV) $(B)/libmbedtls.a \
    $(filter boards/%,$(subst $(comma), ,$(BOARD_LAYOUT)) $(BOARD_FINISH))
	$(call link,$(BOARD_CFLAGS) $(BOARD_LDFLAGS) $(BOARD_LAYOUT) $(LINK_MAP))
	$(if $(BOARD_FINISH),@$(BOARD_FINISH) $@)
	$(BOARD_REMARK)
# The host's linked dynamically, for a library that sets its clock.
build/dynamic/fluxvision: $(CLI_C:%.c=$(B)/%.o) $(BOARD_O) $(B)/$(FV) $(B)/libmbedtls.a
	$(call link,$(BOARD_CFLAGS) $(filter-out -static-pie,$(BOARD_LDFLAGS)) -pie)
$(S)/fluxvision: $(CLI_C:%.c=$(S)/%.o) $(S)/$(FV) $(B)/libmbedtls.a
	$(call link,$(SANITIZE))

include boards/library.mk
include boards/install.mk

# ---- Boards: static programs of other machines, each by a make of its own

boards: $(BOARDS:%=board/%) ## the static programs of all boards: build/<board>/fluxvision; root gets the tool chains
# The same for the tests: a board whose tool chain can't be had here is left out, and they say so.
boards-had: $(BOARDS:%=board/%)
boards-tools: tools
	@boards/deps.sh need boards || $(if $(filter boards,$(MAKECMDGOALS)),exit 1,\
	    echo "SKIPPED: some boards, their tool chains can't be had")
# What is fetched for more than one of them, so that no two fetch it at once.
board/%: $(if $(filter boards,$(MAKECMDGOALS)),$(MBEDTLS_TREE) $(JSMN_TREE),$(TEST_TREES)) $(BEARSSL_TREE) \
    $(OPENSSL_TREE) build/src/musl/.sha256 build/src/cmocka/.sha256 | boards-tools
	+@[ -n "$$(boards/deps.sh missing $*)" ] || $(MAKE) --no-print-directory BOARD=$* program \
	     $(if $(filter boards,$(MAKECMDGOALS)),,unit-programs)

include boards/firmwares.mk
# Packages of distributions and systems: each folder of boards/ with a package.mk has goals of its own, and adds to
# what the suite of packages needs: PACKAGES_NEED.
include $(sort $(wildcard boards/*/package.mk))
include tests/tests.mk
include boards/notices.mk

endif

# ---- The rest

SOURCES := $(if $(filter $(BOARD),$(FIRMWARE)),$(FW_TREES),$(MBEDTLS_TREE) $(JSMN_TREE) $(KERNEL_TREES) $(MUSL_TREE))
sources: $(SOURCES) ## fetch the libraries' sources for BOARD; its build then needs no network

format: ## apply .clang-format
	clang-format -i $(shell find src port boards tests -name '*.[ch]')
clean: ## remove what was built, keep what was fetched
	rm -rf $(filter-out build/cache build/src,$(wildcard build/*))
help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(filter-out %.d,$(MAKEFILE_LIST)) | expand -t 20

.PHONY: all sources notices boards boards-had boards-tools unit-programs program lib tools deps install \
    install-lib install-strip uninstall dist reproducible firmware flash-image run test $(ALL_SUITES) bench \
    bench-chart demo format clean help
.DELETE_ON_ERROR:
.SECONDARY:
# What was included last time. No rule makes these files, so that make looks for none.
DEPENDENCIES := $(shell find $(OBJECTS) -name '*.d' -type f 2>/dev/null)
$(DEPENDENCIES): ;
-include $(DEPENDENCIES)
