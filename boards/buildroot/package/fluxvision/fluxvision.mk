################################################################################
#
# fluxvision
#
################################################################################

# SPDX-License-Identifier: MIT

FLUXVISION_VERSION = @version@
FLUXVISION_SITE = @source@
FLUXVISION_LICENSE = MIT, Apache-2.0 (Mbed TLS)
FLUXVISION_LICENSE_FILES = \
	LICENSE \
	boards/licences/apache-2.0.txt \
	boards/licences/jsmn.txt
FLUXVISION_INSTALL_STAGING = YES

# jsmn is a header. mbedtls is unpacked and patched, and compiled here with a
# configuration of our own.
FLUXVISION_DEPENDENCIES = jsmn
FLUXVISION_PATCH_DEPENDENCIES = mbedtls

# STATIC and KERNELS are empty: with the shared C library, and without the
# faster ciphers, which come from two more libraries.
FLUXVISION_MAKE_OPTS = \
	$(TARGET_CONFIGURE_OPTS) \
	MBEDTLS_DIR=$(MBEDTLS_DIR) \
	JSMN_DIR=$(STAGING_DIR)/usr/include \
	STATIC= \
	KERNELS= \
	PREFIX=/usr

define FLUXVISION_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(FLUXVISION_MAKE_OPTS) all notices
endef

define FLUXVISION_INSTALL_STAGING_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(FLUXVISION_MAKE_OPTS) \
		DESTDIR=$(STAGING_DIR) install-lib
endef

define FLUXVISION_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(FLUXVISION_MAKE_OPTS) \
		DESTDIR=$(TARGET_DIR) install
endef

define FLUXVISION_INSTALL_INIT_SYSV
	$(INSTALL) -D -m 0755 $(FLUXVISION_PKGDIR)/S95fluxvision \
		$(TARGET_DIR)/etc/init.d/S95fluxvision
endef

define FLUXVISION_INSTALL_INIT_SYSTEMD
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D) $(FLUXVISION_MAKE_OPTS) \
		DESTDIR=$(TARGET_DIR) SYSTEMDUNITDIR=/usr/lib/systemd/system \
		install-systemd
endef

# systemd's units have a user of their own at run time.
ifneq ($(BR2_INIT_SYSTEMD),y)
define FLUXVISION_USERS
	fluxvision -1 fluxvision -1 * /var/lib/fluxvision - - Flux Vision client
endef
endif

$(eval $(generic-package))
