# `make mutants`: small faults put into a copy of a source file, and whether a test sees them. tests/mutants/mutants.py
#
#   N=150 SEED=1        how many, and which
#   DIR=src/store       where; several folders or files may be named
#   SEEDS=20000         of the simulator, for each that the tests let live
#   JOBS=2              how many at a time
#   NAMED=1             those of tests/mutants/named.txt instead, with 100,000 seeds; NAMED="word" those with that word

M := build/mutants
N ?= 150
SEED ?= 1
DIR ?= src/store
JOBS ?= $(shell nproc 2>/dev/null || echo 2)
MUTANT_FLAGS := -std=c11 -O2 -w $(CFLAGS)
# A variable that a mutant leaves without its first value has the same odd one in each run.
MUTANT_FLAGS += $(shell $(CC) -ftrivial-auto-var-init=pattern -E -x c /dev/null >/dev/null 2>&1 && echo -ftrivial-auto-var-init=pattern)

MUTANT_TESTS := $(patsubst tests/%.c,$(M)/%,$(wildcard tests/unit/test_*.c tests/fault/test_*.c))
MUTANT_SOAK := $(if $(wildcard tests/soak/*.c),$(M)/soak/soak)
LDLIBS_mutants = -lcmocka $(BOARD_LDLIBS)

# Beside each object how it was compiled, beside each program how it was linked and what is in it.
$(M)/%.o: %.c Makefile $(TEST_TREES) | tools
	$(shell mkdir -p $(@D))$(file >$@.how,$(CC) $(MUTANT_FLAGS) $(call cppflags,$<))
	$(call say,cc,$@)$(CC) $(MUTANT_FLAGS) -MMD -MP $(call cppflags,$<) -c $< -o $@
$(eval $(call storage_rules,$(M),-O2))
$(eval $(call lwip_rules,$(M),-O2))
# Thin: the linker names the members with their folders.
$(M)/libfv.a: $(TEST_C:%.c=$(M)/%.o) $(STORAGE_O:%=$(M)/%)
	$(call say,ar,$@)rm -f $@; $(AR) rcsT $@ $^
define link_mutable
	$(shell mkdir -p $(@D))$(file >$@.how,$(CC) $(CFLAGS) $(LDFLAGS) -Wl$(comma)--start-group $^ $(LDLIBS_mutants) -Wl$(comma)--end-group)
	$(call say,ld,$@)$(CC) $(CFLAGS) $(LDFLAGS) -Wl,-t,--start-group $^ $(LDLIBS_mutants) -Wl,--end-group -o $@ >$@.parts
endef
$(MUTANT_TESTS): $(M)/%: $(M)/tests/%.o $(M)/libfv.a $(B)/libmbedtls.a
	$(link_mutable)
$(M)/soak/soak: $(patsubst %.c,$(M)/%.o,$(wildcard tests/soak/*.c)) $(M)/libfv.a $(B)/libmbedtls.a
	$(link_mutable)

.PHONY: mutants
mutants: $(MUTANT_TESTS) $(MUTANT_SOAK) ## small faults in a copy, and which of them no test sees: N= SEED= DIR= NAMED=1
	@$(PYTHON) tests/mutants/mutants.py --build $(M) --jobs $(JOBS) $(MUTANT_SOAK:%=--soak %) $(SEEDS:%=--seeds %) \
	    $(if $(NAMED),--named '$(filter-out 1,$(NAMED))',--count $(N) --seed $(SEED) --where '$(DIR)') $(MUTANT_TESTS)
