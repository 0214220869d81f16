# SPDX-License-Identifier: MIT
# Packages for OpenWrt: the static program of a board, with the files and the words of OpenWrt's recipe (Makefile).

# What OpenWrt calls the machines that a board's program runs on; the first is the default. ARCHITECTURE= names another:
# `opkg print-architecture` or /etc/apk/arch on the router says which.
OPENWRT_linux-x86_64 := x86_64
OPENWRT_linux-aarch64 := aarch64_cortex-a53 aarch64_cortex-a72 aarch64_cortex-a76 aarch64_generic
OPENWRT_linux-armv7 := arm_cortex-a7_neon-vfpv4 arm_cortex-a5_vfpv4 arm_cortex-a7_vfpv4 arm_cortex-a8_vfpv3 \
    arm_cortex-a9_neon arm_cortex-a9_vfpv3-d16 arm_cortex-a15_neon-vfpv4
OPENWRT_linux-armv5 := arm_arm926ej-s arm_arm1176jzf-s_vfp arm_cortex-a7 arm_cortex-a9 arm_xscale
OPENWRT_linux-mips := mips_24kc
OPENWRT_linux-mipsel := mipsel_24kc mipsel_24kc_24kf mipsel_74kc
OPENWRT_linux-riscv64 := riscv64_generic riscv64_riscv64
ARCHITECTURE ?= $(firstword $(OPENWRT_$(BOARD)))
# The name's first part is the machine: mipsel_% for linux-mipsel.
OPENWRT_MACHINE = $(firstword $(subst _, ,$(firstword $(OPENWRT_$(BOARD)))))_%
# Where the packages go.
PACKAGE_DIR ?= $(B)

openwrt_version = $(VERSION)-r$(shell sed -n 's/^PKG_RELEASE:=//p' boards/openwrt/Makefile)
ipk_file = $(PACKAGE_DIR)/fluxvision_$(openwrt_version)_$(ARCHITECTURE).ipk
apk_file = $(PACKAGE_DIR)/fluxvision-$(openwrt_version).$(ARCHITECTURE).apk

# $(call openwrt_package,FORMAT,FILE): the recipe's own install, and the notices, which a static program owes.
define openwrt_package
	@$(if $(OPENWRT_$(BOARD)),,$(error $(1): a package is of a board: make $(1) BOARD=linux-mipsel))
	@$(if $(filter $(OPENWRT_MACHINE),$(ARCHITECTURE)),,\
	    $(error $(1): $(BOARD) is not for ARCHITECTURE=$(ARCHITECTURE)))
	@umask 022 && rm -rf $(B)/$(1) && mkdir -p $(B)/$(1)/root $(B)/$(1)/control $(PACKAGE_DIR) && \
	    install -D -m 755 $(OUT)/fluxvision $(B)/$(1)/built/build/fluxvision && \
	    MAKEFLAGS= $(MAKE) -s -C boards/openwrt TOPDIR=$(CURDIR)/boards/openwrt/sdk stage \
	        PKG_BUILD_DIR=$(CURDIR)/$(B)/$(1)/built ROOT=$(CURDIR)/$(B)/$(1)/root \
	        CONTROL=$(CURDIR)/$(B)/$(1)/control PKGARCH=$(ARCHITECTURE) && \
	    install -D -m 644 $(NOTICES) $(B)/$(1)/root/usr/share/licenses/fluxvision/NOTICES
	$(call say,$(1),$(2))SOURCE_DATE_EPOCH=$(BUILD_TIME) boards/openwrt/pack.sh $(1) $(B)/$(1)/root \
	    $(B)/$(1)/control $(2)
endef

ipk: program notices ## package for OpenWrt up to 24.10 (opkg): make ipk BOARD=linux-mipsel
	$(call openwrt_package,ipk,$(ipk_file))
apk: program notices ## package for OpenWrt since 25.12 (apk), without a signature
	$(call openwrt_package,apk,$(apk_file))

# The recipe with what only a release knows, and the files beside it, as a folder for OpenWrt's feed.
OPENWRT_FEED := build/openwrt/fluxvision
# $(call recipe_has,VARIABLE,TEXT): for sed, a quoted word of the shell: whatever is in the text arrives in the recipe.
recipe_has = 's|^\($(1):=\).*|\1$(subst ','\'',$(subst |,\|,$(subst &,\&,$(subst \,\\,$(2)))))|'
openwrt: dist ## OpenWrt's recipe for its feed: RELEASES= is where the tarball is, MAINTAINER= a name and address
	@$(if $(and $(RELEASES),$(MAINTAINER)),,$(error openwrt: RELEASES= and MAINTAINER= are needed))
	@rm -rf $(OPENWRT_FEED) && mkdir -p $(OPENWRT_FEED)
	@cp -R boards/openwrt/files boards/openwrt/test.sh $(OPENWRT_FEED)
	@hash=$$(sha256sum <build/$(DIST).tar.gz | cut -d' ' -f1) && \
	    sed -e '/^# `make openwrt`/d' -e $(call recipe_has,PKG_SOURCE_URL,$(RELEASES)) \
	        -e "s|^\(PKG_HASH:=\).*|\1$$hash|" -e $(call recipe_has,PKG_MAINTAINER,$(MAINTAINER)) \
	        boards/openwrt/Makefile >$(OPENWRT_FEED)/Makefile
	@echo "openwrt: $(OPENWRT_FEED)"

PACKAGES_NEED += $(filter board/linux-$(ARCH),$(BOARDS:%=board/%))
.PHONY: ipk apk openwrt
