# SPDX-License-Identifier: MIT
# Tests and benchmarks: what they are built of, and the suites that run them.

OBJECTS += $(S) $(G) $(K) $(M)

# ---- Tests. One alone: make build/asan/unit/test_url && build/asan/unit/test_url

UNIT := $(patsubst tests/%.c,$(S)/%,$(call tests_of,tests/unit/test_*.c))
FAULT := $(patsubst tests/%.c,$(S)/%,$(call tests_of,tests/fault/test_*.c))
FUZZ := $(patsubst tests/%.c,$(S)/%,$(call tests_of,tests/fuzz/fuzz_*.c))
# What is to be reached, a module's own tests reach: test_url for url, test_head and test_head_transient for head.
PURE_C := $(filter src/base/% src/parse/%,$(LIB_C))
COVER := $(patsubst tests/%.c,$(G)/%,$(sort $(foreach m,$(notdir $(basename $(PURE_C))),\
    $(wildcard tests/unit/test_$(m).c tests/unit/test_$(m)_*.c))))

$(UNIT) $(FAULT) $(COVER): LDLIBS_test := -lcmocka
$(S)/fault/test_tls: LDLIBS_test += -lssl -lcrypto
$(UNIT) $(FAULT): $(S)/%: $(S)/tests/%.o $(S)/$(FV) $(B)/libmbedtls.a
	$(call link,$(SANITIZE))
$(FUZZ): $(S)/%: $(S)/tests/%.o $(S)/tests/check/replay.o $(S)/$(FV) $(B)/libmbedtls.a
	$(call link,$(SANITIZE))
$(G)/libpure.a: $(PURE_C:%.c=$(G)/%.o) $(G)/tests/support/exact.o
	$(archive)
$(COVER): $(G)/%: $(G)/tests/%.o $(G)/libpure.a $(B)/libmbedtls.a
	$(call link,--coverage)

# The unit tests of a board whose objects can be linked without the time that link-time optimisation takes (FAT).
# Not those of firmware's ports, which bring libraries that no program for Linux has.
FIRMWARES_OWN := "(port/(fat|littlefs)/|port/lwip/[^d]|support/(vfat|ram_flash|ram_block)|fw/)|<lwip/
BOARD_UNIT := $(if $(FAT),$(patsubst tests/%.c,$(B)/%,$(shell grep -LE '$(FIRMWARES_OWN)' \
    $(wildcard tests/unit/test_*.c))))
unit-programs: $(BOARD_UNIT) $(KERNEL_TEST)
$(B)/tests/%.o: tests/%.c $(BOARD_MK) Makefile $(TREES) | tools
	$(call compile,cc,$(TEST_WARNINGS) $(BOARD_CFLAGS) -isystem $(CMOCKA_DIR)/include -D_UINTPTR_T_DEFINED)
$(patsubst %.c,$(B)/%.o,$(filter-out $(CLI_C),$(SIM_C))): $(TEST_TREES)
$(B)/libtest.a: $(TEST_C:%.c=$(B)/%.o)
	$(archive)
$(BOARD_UNIT): $(B)/%: $(B)/tests/%.o $(B)/libtest.a $(B)/libmbedtls.a $(B)/cmocka.o $(BOARD_O)
	$(call link,$(BOARD_CFLAGS) $(BOARD_LDFLAGS) $(NO_LTO))

# What `make check` compiles only to see that it is clean: each file with warnings as errors, each header alone.
CLEAN := $(patsubst %,$(B)/clean/%,$(LIB_C) $(CLI_C) $(SIM_C) $(HEADERS))
$(B)/clean/%: % Makefile $(TEST_TREES) | tools
	@mkdir -p $(@D)
	$(call say,check,$<)$(CC) -std=c11 $(WARNINGS) -Werror $(BOARD_CFLAGS) $(call cppflags,$<) -fsyntax-only \
	    -MMD -MP -MF $@.d -MT $@ -include $< -x c /dev/null && touch $@
# The public header as a user sees it.
$(B)/clean/public: lib
	@mkdir -p $(@D)
	@echo '#include <fluxvision.h>' | \
	    $(CC) -std=c11 $(WARNINGS) -Werror -I$(OUT)/include -fsyntax-only -x c - && touch $@

RUN := $(PYTHON) tests/check/run.py
# What only firmware links.
LISTED_fw := $(FW_NONE:%=src/%_none.c) $(TLS_PARTS:%=src/net/%.c) $(SRC_fw:%=src/fw/%.c) \
    $(foreach f,$(FEATURES),$(FEATURE_$(f):%=src/%.c) $(FEATURE_$(f):%=src/%_none.c)) \
    $(PORT_fat_none:%=port/fat/%.c) $(foreach d,bare cortexm riscv,$(PORT_$(d):%=port/$(d)/%.c))
RUN_check = --check $(PYTHON) tests/check/rules.py --listed $(LISTED_lib) $(LISTED_cli) $(LISTED_sim) $(LISTED_fw) \
    $(LISTED_system) --objects $(LIB_C:%.c=$(B)/%.o)
RUN_size = --size $(PYTHON) tests/check/size.py $(if $(filter host,$(BOARD)),host $(BOARDS) --own \
    $(patsubst %.c,$(B)/%.o,$(LIB_C) $(CLI_C)),$(BOARD))
RUN_unit = --unit $(UNIT) $(if $(OTHERS),,$(KERNEL_TEST))
RUN_fault = --fault $(FAULT)
RUN_fuzz = --fuzz $(FUZZ)
RUN_coverage = --coverage $(G) $(COVER)
RUN_integration = --integration build/fluxvision $(S)/fluxvision
RUN_boards-test = --boards-test $(BOARDS)
RUN_packages = --packages

NEED_check = $(CLEAN) $(B)/clean/public $(if $(OTHERS),,$(B)/clean/sources) $(B)/$(FV)
NEED_size = $(OUT)/fluxvision $(B)/fluxvision $(if $(filter host,$(BOARD)),boards-had)
NEED_unit = $(UNIT) $(if $(OTHERS),,$(KERNEL_TEST))
NEED_fault = $(FAULT)
NEED_fuzz = $(FUZZ)
NEED_coverage = $(COVER)
# A test of it installs: then nothing is left to be built, which another make may be doing. The static program of this
# machine has tests of its own there.
NEED_integration = all notices build/dynamic/fluxvision $(S)/fluxvision $(S)/fuzz/fuzz_chain build/bench/run \
    build/bench/relay $(filter board/linux-$(ARCH),$(BOARDS:%=board/%))
NEED_boards-test = boards-had build/fluxvision
# A package.mk of boards/ adds what tests of its ecosystem need.
NEED_packages = all notices $(PACKAGES_NEED)
include tests/bench/bench.mk
include tests/soak/soak.mk
include tests/mutants/mutants.mk
include tests/proof/proof.mk
ALL_SUITES := check size unit fault fuzz soak coverage $(if $(filter x86_64,$(shell uname -m)),proof) boards-test \
    packages emulation budget integration
SUITES := $(ALL_SUITES)
$(call known,SUITES,$(ALL_SUITES))

# Suites run while others are built: run.py calls `make built FOR=SUITE`. With -n it is shown, not run.
test: tools ## all of the following, with one sum at the end; root gets what it needs
	@$(if $(findstring n,$(firstword -$(MAKEFLAGS))),echo,exec env MAKE='$(MAKE)') $(RUN) --make \
	    $(foreach s,$(SUITES),$(RUN_$(s)))
built: $(foreach s,$(FOR),$(NEED_$(s)))
.PHONY: built
check: $(NEED_check) ## warnings, includes, forbidden calls, lengths, format
	@$(RUN) $(RUN_check)
size: $(NEED_size) ## what the program weighs, against its budget
	@$(RUN) $(RUN_size)
unit: $(NEED_unit) ## unit tests, sanitised; those of two layers alone: make unit LAYERS="base parse"
	@$(RUN) $(RUN_unit)
fault: $(NEED_fault) ## fault and power-cut tests, sanitised
	@$(RUN) $(RUN_fault)
fuzz: $(NEED_fuzz) ## replay of the fuzz corpora, sanitised
	@$(RUN) $(RUN_fuzz)
soak: $(K)/soak ## whole syncs out of one number: SEEDS=100000, or SEED=n for one with its trace
	@$(K)/soak $(if $(SEED),--seed $(SEED),--jobs $(JOBS) --start $(START) --seeds $(SEEDS))
coverage: $(NEED_coverage) ## what the unit tests reach in src/base and src/parse
	@$(RUN) $(RUN_coverage)
integration: $(NEED_integration) ## the program against real servers; PYTEST="-k name -x" for some of it
	@$(RUN) $(RUN_integration)
boards-test: $(NEED_boards-test) ## the static programs of all boards under emulation, and the unit tests of two of them
	@$(RUN) $(RUN_boards-test)
packages: $(NEED_packages) ## packages of distributions and systems: what of it takes little time
	@$(RUN) $(RUN_packages)
packages-test: $(NEED_packages) ## all of it: packages built, linted, installed, run; PYTEST="-k name -x" for some of it
	@$(RUN) $(RUN_packages) long

bench: $(NEED_bench) ## ours beside curl, wget, wget2, aria2, lftp, rclone: build/bench/report.md; QUICK=1 for a little
	@$(BENCH)
bench-chart: build/bench/chart.svg ## take what the last `make bench` drew into the README
	cp $< tests/bench/chart.svg

emulation: $(NEED_emulation) ## the firmware in QEMU; PYTEST="-k name -x" for some of it
	@$(RUN) $(RUN_emulation)

demo: build/fluxvision ## a portal on this machine, listed, fetched, verified; as root it installs what it needs
	@tests/demo.sh
