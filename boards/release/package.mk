# SPDX-License-Identifier: MIT
# `make release`: what is handed on of a version, with sums and the user's signature. See README.md.

RELEASE = $(CURDIR)/build/release/$(VERSION)
RELEASE_TREE := build/release/tree
RELEASE_BOARDS ?= $(BOARDS) $(FIRMWARE)
RELEASE_LINUX = $(filter $(BOARDS),$(RELEASE_BOARDS))
RELEASE_FIRMWARE = $(filter $(FIRMWARE),$(RELEASE_BOARDS))
$(call known,RELEASE_BOARDS,$(BOARDS) $(FIRMWARE))
# All variables that are given go on to each make of a release, so that only these may be. What is chosen in the
# environment may have come there for something else.
RELEASE_TAKES := MINISIGN_KEY RELEASE_BOARDS SOURCE_URL FV_CACHE BOARD V
given = $(foreach v,$(sort $(2)),$(if $(filter $(1),$(firstword $(origin $(v)))),$(v)=$(value $(v))))
RELEASE_CHOSEN = $(strip \
    $(call given,environment,$(CHOICES) $(filter FW_%,$(.VARIABLES)) LAYERS CA ARCHITECTURE) \
    $(call given,command,$(filter-out $(RELEASE_TAKES),$(.VARIABLES))))

# Of a clone, without anybody's flags, trees and choices: objects that lie in build/ may have the time of an older
# commit. So whoever builds this commit gets the same files. The key is looked at first, not after everything is built.
release: ## all of a version, with SHA256SUMS: build/release/VERSION/; MINISIGN_KEY=FILE signs, RELEASE_BOARDS= chooses
	@$(if $(RELEASE_CHOSEN),$(error release: a release has no choices: $(RELEASE_CHOSEN)))
	@boards/release/release.sh check '$(MINISIGN_KEY)'
	@rm -rf $(RELEASE) $(RELEASE_TREE) && mkdir -p $(RELEASE) && git clone -q . $(RELEASE_TREE)
	+@FV_CACHE='$(abspath $(or $(FV_CACHE),build/cache))' $(MAKE) --no-print-directory -C $(RELEASE_TREE) \
	    RELEASE=$(RELEASE) release-files
	@boards/release/release.sh finish $(RELEASE) $(VERSION) '$(MINISIGN_KEY)'
	@rm -rf $(RELEASE_TREE)

# One board after the other, so that no two fetch the same sources.
release-files: dist
	+@for board in $(RELEASE_LINUX); do $(MAKE) --no-print-directory BOARD=$$board program notices \
	    sbom ipk apk PACKAGE_DIR=$(RELEASE) || exit 1; done
	+@for board in $(RELEASE_FIRMWARE); do $(MAKE) --no-print-directory BOARD=$$board firmware notices \
	    sbom || exit 1; done
	+@$(if $(RELEASE_LINUX),$(MAKE) --no-print-directory oci-index OCI_BOARDS='$(RELEASE_LINUX)' && \
	    cp build/$(DIST).oci.tar $(RELEASE))
	@boards/release/release.sh collect $(RELEASE) $(VERSION) $(RELEASE_BOARDS)

.PHONY: release release-files
