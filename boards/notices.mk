# SPDX-License-Identifier: MIT
# What a binary owes to the authors of its parts: OUT/NOTICES. The parts are told by the objects that are linked.
#
# $(call library_parts,OBJECT...): those of the fetched trees. What cut.pl makes comes from OpenSSL.
library_parts = $(sort jsmn $(foreach p,mbedtls bearssl lwip oofatfs littlefs,$(if $(findstring /$(p)/,$(1)),$(p))) \
    $(if $(findstring /kernels/,$(1)),openssl))

PARTS = $(call library_parts,$(MBEDTLS_O)) $(if $(LIBC),musl,$(if $(STATIC),glibc))
NOTICES := $(OUT)/NOTICES
ifneq ($(filter $(BOARD),$(FIRMWARE)),)
PARTS = $(call library_parts,$(FW_LIBRARIES_$(FW_BUILD))) $(if $(findstring picolibc,$(FW_LIBC_$(FW_BUILD))),picolibc,newlib)
NOTICES := build/$(FW_BUILD)/NOTICES
endif

notices: $(NOTICES) ## the licences that must go with the binary: build/NOTICES; BOARD=linux-armv7 for another's
$(NOTICES): $(wildcard boards/licences/*) LICENSE boards/sources.lock Makefile boards/notices.mk
	@mkdir -p $(@D)
	$(call say,text,$@)boards/licences/notices.sh 'fluxvision $(VERSION) ($(or $(FW_BUILD),$(BOARD)))' $(PARTS) >$@

# What -V says of them. Run where a file that holds it is compiled, alone.
LIBRARIES = $(shell boards/licences/notices.sh --names $(PARTS))
