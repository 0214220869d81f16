# SPDX-License-Identifier: MIT
# What a binary owes to the authors of its parts: OUT/NOTICES. The parts are told by the objects that are linked
# (LIBRARY_O): a folder has its part's name; and by LIBC_PART.

library_parts = $(sort jsmn $(foreach p,mbedtls bearssl openssl lwip oofatfs littlefs, \
    $(if $(findstring /$(p)/,$(1)),$(p))))
PARTS = $(call library_parts,$(LIBRARY_O)) $(LIBC_PART)
NOTICES := $(OUT)/NOTICES

notices: $(NOTICES) ## the licences that must go with the binary: build/NOTICES; BOARD=linux-armv7 for another's
$(NOTICES): $(wildcard boards/licences/*) LICENSE boards/sources.lock Makefile boards/notices.mk $(B)/chosen
	@mkdir -p $(@D)
	$(call say,text,$@)boards/licences/notices.sh 'fluxvision $(VERSION) ($(BOARD))' $(PARTS) >$@

# What -V says of them. Run where a file that holds it is compiled, alone.
LIBRARIES = $(shell boards/licences/notices.sh --names $(PARTS))

# What is in it, by the same parts.
include boards/sbom/sbom.mk
