# SPDX-License-Identifier: MIT
# `make proof`: what CBMC proves of src/base and src/parse, and that it finds planted faults. tests/proof/prove.py
#
#   ONLY=head   those of that module, or with that name
#   TABLE=1     the rows for tests/README.md
#
# CBMC runs on this machine's Linux with a loader and libraries of its own: packages of amd64, pinned in packages.lock.

PROVER := build/proof/prover
PROVER_PACKAGES := cbmc minisat libc6 libstdc++6 libgcc-s1 zlib1g
PROVE = $(PYTHON) tests/proof/prove.py --prover $(PROVER) --include $(JSMN_DIR)
$(PROVER)/.fetched: tests/proof/packages.lock boards/fetch-sources.sh | tools
	@boards/fetch-sources.sh -d $(PROVER) -p $< $(PROVER_PACKAGES) && touch $@

# A part of it is a suite of `make test`.
RUN_proof = --proof $(PROVE) --core
NEED_proof = $(PROVER)/.fetched $(JSMN_TREE)
.PHONY: proof
proof: $(NEED_proof) ## what CBMC proves of the parsers for all inputs; ONLY=module for some of it
	@$(PROVE) $(ONLY:%=--only %) $(if $(TABLE),--table)
	@$(PROVE) $(ONLY:%=--only %) --faults
