# SPDX-License-Identifier: MIT
# `make mutants`: small faults put into a copy of a source file, and whether a test sees them. tests/mutants/mutants.py
#
#   N=150 SEED=1        how many, and which
#   DIR=src/store       where; several folders or files may be named
#   SEEDS=20000         of the simulator, for each that the tests let live
#   JOBS=2              how many at a time
#   LONGEST=10           leave out tests that take more seconds than that, while working on others
#   V=1                  say of each what killed it, and how long each test takes
#   NAMED=1             those of tests/mutants/named.txt instead, with 100,000 seeds; NAMED="word" those with that word

# SEED, SEEDS and JOBS are the simulator's variables as well (tests/soak/soak.mk).
N ?= 150
DIR ?= src/store

# The tree is compiled three times: for all tests without sanitisers, which is fast; for the unit tests, and for TLS,
# with them; for the simulator.
M := build/mutants
MUTANT_UNIT := $(patsubst tests/%.c,%,$(wildcard tests/unit/test_*.c))
MUTANT_FAULT := $(patsubst tests/%.c,%,$(wildcard tests/fault/test_*.c))
MUTANT_TESTS := $(MUTANT_UNIT:%=$(M)/%) $(MUTANT_FAULT:%=$(M)/%) $(MUTANT_UNIT:%=$(M)/asan/%) $(M)/asan/fault/test_tls
# A variable that a mutant leaves without its first value has the same odd one in each run.
MUTANT_PATTERN = $(shell option=-ftrivial-auto-var-init=pattern; \
    $(CC) $$option -E -x c /dev/null >/dev/null 2>&1 && echo $$option)

# Beside each object how it was compiled, beside each program how it was linked and what is in it.
define link_mutable
	$(shell mkdir -p $(@D))$(file >$@.how,$(CC) $(CFLAGS) $(1) $(LDFLAGS) -Wl$(comma)--start-group $^ \
	    -lcmocka $(LDLIBS_mutant) $(BOARD_LDLIBS) -Wl$(comma)--end-group)
	$(call say,ld,$@)$(CC) $(CFLAGS) $(1) $(LDFLAGS) -Wl,-t,--start-group $^ \
	    -lcmocka $(LDLIBS_mutant) $(BOARD_LDLIBS) -Wl,--end-group -o $@ >$@.parts
endef
# $(call mutable,FLAGS)
define mutable
	$(shell mkdir -p $(@D))$(file >$@.how,$(CC) -std=c11 -w $(1) $(CFLAGS) $(call cppflags,$<))
	$(call say,cc,$@)$(CC) -std=c11 -w $(1) $(CFLAGS) -MMD -MP $(call cppflags,$<) -c $< -o $@
endef
$(M)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call mutable,-O2 $(MUTANT_PATTERN))
$(M)/asan/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call mutable,$(SANITIZE))
$(M)/soak/%.o: %.c Makefile $(TEST_TREES) | tools
	$(call mutable,-O2 $(SOAK_CAPS))
# A thin archive, so that the linker names its members with their folders.
define thin_archive
	$(call say,ar,$@)rm -f $@; $(AR) rcsT $@ $^
endef
$(M)/libfv.a: $(TEST_C:%.c=$(M)/%.o) $(DEVICE_O:%=$(B)/%)
	$(thin_archive)
$(M)/asan/libfv.a: $(TEST_C:%.c=$(M)/asan/%.o) $(DEVICE_O:%=$(S)/%)
	$(thin_archive)
$(filter-out $(M)/asan/%,$(MUTANT_TESTS)): $(M)/%: $(M)/tests/%.o $(M)/libfv.a $(B)/libmbedtls.a
	$(link_mutable)
$(filter $(M)/asan/%,$(MUTANT_TESTS)): $(M)/asan/%: $(M)/asan/tests/%.o $(M)/asan/libfv.a $(B)/libmbedtls.a
	$(call link_mutable,$(SANITIZE))
$(M)/fault/test_tls $(M)/asan/fault/test_tls: LDLIBS_mutant := -lssl -lcrypto
MUTANT_SOAK := $(M)/soak/soak
$(M)/soak/libfv.a: $(SOAK_CORE_C:%.c=$(M)/soak/%.o)
	$(thin_archive)
$(MUTANT_SOAK): $(SOAK_TEST_C:%.c=$(M)/soak/%.o) $(K)/sha256.o $(M)/soak/libfv.a $(B)/libmbedtls.a
	$(link_mutable)

.PHONY: mutants
mutants: $(MUTANT_TESTS) $(MUTANT_SOAK) ## small faults in a copy, and which of them no test sees: N= SEED= DIR= NAMED=1
	@$(PYTHON) tests/mutants/mutants.py --build $(M) --jobs $(JOBS) --soak $(MUTANT_SOAK) \
	    $(if $(filter file,$(origin SEEDS)),,--seeds $(SEEDS)) $(if $(V),--verbose) $(LONGEST:%=--longest %) \
	    $(if $(NAMED),--named '$(filter-out 1,$(NAMED))',--count $(N) --seed $(or $(SEED),1) --where '$(DIR)') \
	    $(MUTANT_TESTS)
