# SPDX-License-Identifier: MIT
# What Buildroot does with a package of type `generic`, as its manual tells it, around a br2-external tree. For tests:
#
#   make -f buildroot.mk BR2_EXTERNAL_FLUXVISION_PATH=TREE BASE=DIR TREE_mbedtls=DIR INIT=sysv|systemd GOAL
#
# Goals: built, staged, installed, initialised (each does one step), and print-VARIABLE.

BUILD_DIR = $(BASE)/build
STAGING_DIR = $(BASE)/host/aarch64-buildroot-linux-gnu/sysroot
TARGET_DIR = $(BASE)/target
HOST_DIR = $(BASE)/host
TARGET_CROSS = $(HOST_DIR)/bin/aarch64-buildroot-linux-gnu-

BR2_INIT_SYSTEMD = $(if $(filter systemd,$(INIT)),y)
# As many jobs as Buildroot is told.
MAKE := $(MAKE) -j2
INSTALL = /usr/bin/install
MBEDTLS_DIR = $(TREE_mbedtls)

TARGET_CPPFLAGS = -D_LARGEFILE_SOURCE -D_LARGEFILE64_SOURCE -D_FILE_OFFSET_BITS=64
TARGET_CFLAGS = $(TARGET_CPPFLAGS) -Os -g0 -D_FORTIFY_SOURCE=2 -fstack-protector-strong
TARGET_LDFLAGS = -Wl,-z,relro
# The wrapper of Buildroot's compiler brings the sysroot; here its name is that of the compiler itself.
TARGET_CC = $(TARGET_CROSS)gcc --sysroot=$(STAGING_DIR)
TARGET_MAKE_ENV = PATH="$(HOST_DIR)/bin:$(PATH)" V=1
TARGET_CONFIGURE_OPTS = $(TARGET_MAKE_ENV) AR="$(TARGET_CROSS)gcc-ar" AS="$(TARGET_CROSS)as" LD="$(TARGET_CROSS)ld" \
    NM="$(TARGET_CROSS)gcc-nm" CC="$(TARGET_CC)" GCC="$(TARGET_CC)" CPP="$(TARGET_CROSS)cpp" \
    RANLIB="$(TARGET_CROSS)gcc-ranlib" READELF="$(TARGET_CROSS)readelf" STRIP="$(TARGET_CROSS)strip" \
    OBJCOPY="$(TARGET_CROSS)objcopy" OBJDUMP="$(TARGET_CROSS)objdump" AR_FOR_BUILD="/usr/bin/ar" \
    CC_FOR_BUILD="/usr/bin/gcc" CFLAGS_FOR_BUILD="-O2" CPPFLAGS="$(TARGET_CPPFLAGS)" CFLAGS="$(TARGET_CFLAGS)" \
    CXXFLAGS="$(TARGET_CFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)" STAGING_DIR="$(STAGING_DIR)"

generic-package = $(eval FLUXVISION_PKGDIR := $(patsubst %/,%,$(dir $(lastword $(MAKEFILE_LIST)))))

include $(BR2_EXTERNAL_FLUXVISION_PATH)/external.mk

# $(@D) is the folder of the package's sources.
FLUXVISION_DIR = $(BUILD_DIR)/fluxvision-$(FLUXVISION_VERSION)
built: $(FLUXVISION_DIR)/.built
staged: $(FLUXVISION_DIR)/.staged
installed: $(FLUXVISION_DIR)/.installed
initialised: $(FLUXVISION_DIR)/.initialised
$(FLUXVISION_DIR)/.built:
	$(FLUXVISION_BUILD_CMDS)
$(FLUXVISION_DIR)/.staged:
	$(FLUXVISION_INSTALL_STAGING_CMDS)
$(FLUXVISION_DIR)/.installed:
	$(FLUXVISION_INSTALL_TARGET_CMDS)
$(FLUXVISION_DIR)/.initialised:
	$(if $(filter systemd,$(INIT)),$(FLUXVISION_INSTALL_INIT_SYSTEMD),$(FLUXVISION_INSTALL_INIT_SYSV))

print-%:
	@echo '$($*)'
.PHONY: built staged installed initialised
