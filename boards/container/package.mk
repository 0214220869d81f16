# SPDX-License-Identifier: MIT
# Container images of the static programs, made without an engine: the Containerfile says what is in them.

# How engines call the machine of a board.
PLATFORM_linux-x86_64 := linux/amd64
PLATFORM_linux-aarch64 := linux/arm64
PLATFORM_linux-armv7 := linux/arm/v7
PLATFORM_linux-armv5 := linux/arm/v5
PLATFORM_linux-mips := linux/mips
PLATFORM_linux-mipsel := linux/mipsle
PLATFORM_linux-riscv64 := linux/riscv64
platform = $(or $(PLATFORM_$(1)),$(error make oci BOARD=NAME: NAME is one of $(sort $(patsubst PLATFORM_%,%,\
    $(filter PLATFORM_linux-%,$(.VARIABLES)))), and not $(1)))

# CA=FILE: the CAs that the image trusts; SOURCE_URL=: where its users find the sources.
OCI_ARGS = VERSION='$(VERSION)' REVISION='$(shell git --git-dir=.git rev-parse HEAD 2>/dev/null)' \
    CREATED="$$(date -u -d @$(BUILD_TIME) +%Y-%m-%dT%H:%M:%S+00:00)" SOURCE='$(SOURCE_URL)'

OCI_PYTHON = @[ -x $(PYTHON) ] || { echo 'oci: the Debian package python3 is missing' >&2; exit 1; }

oci: oci-context ## container image of BOARD=linux-x86_64 (or another): build/BOARD/oci/, and the same in one file
	$(OCI_PYTHON)
	$(call say,oci,$(OUT)/$(DIST)-$(BOARD).oci.tar)boards/container/oci.py boards/container/Containerfile \
	    $(OUT)/oci $(OUT)/$(DIST)-$(BOARD).oci.tar $(call platform,$(BOARD))=$(OUT)/context
# What an engine needs to build the same image of the Containerfile.
oci-context: program notices
	$(if $(call platform,$(BOARD)),)$(call say,files,$(OUT)/context)boards/container/stage.sh $(OUT)/context \
	    $(OUT)/fluxvision $(NOTICES) '$(CA)' $(OCI_ARGS)

# One image for the machines of several boards. One after the other, so that no two fetch the same sources.
OCI_BOARDS ?= $(BOARDS)
oci-index: ## the same for the boards of OCI_BOARDS= (default: all) in one index: build/oci/, and the same in one file
	$(OCI_PYTHON)
	+@for board in $(OCI_BOARDS); do $(MAKE) --no-print-directory BOARD=$$board oci-context || exit 1; done
	$(call say,oci,build/$(DIST).oci.tar)boards/container/oci.py boards/container/Containerfile \
	    build/oci build/$(DIST).oci.tar $(foreach b,$(OCI_BOARDS),$(call platform,$(b))=build/$(b)/context)

.PHONY: oci oci-context oci-index

# For the tests: the program of this machine's board.
PACKAGES_NEED += $(filter board/linux-$(ARCH),$(BOARDS:%=board/%))
