# SPDX-License-Identifier: MIT
# make PKG_BUILD_DIR=... ROOT=... CONTROL=... PKGARCH=... stage
#   lays the recipe's files into the folder ROOT, what it says of itself into the folder CONTROL: one file for each
#   field, named as OpenWrt names it.
# make PKG_BUILD_DIR=... DL_DIR=... TARGET_CC=... TARGET_CFLAGS=... TARGET_CPPFLAGS=... TARGET_LDFLAGS=... compile
#   builds it from the tarballs in DL_DIR as OpenWrt does: the environment has the joined flags, and MAKE_FLAGS follow.

# $(call Download,NAME): compile needs the file, whose SHA-256 has to be HASH.
define Download
$(eval $(Download/$(1)))
compile: download/$(1)
download/$(1): CHECK := $(HASH)  $(FILE)
endef
download/%:
	cd $(DL_DIR) && echo '$(CHECK)' | sha256sum -c --quiet

define Build/Prepare/Default
	mkdir -p $(PKG_BUILD_DIR)
	$(TAR) -C $(PKG_BUILD_DIR) --strip-components=1 -xf $(DL_DIR)/$(PKG_SOURCE)
endef

MAKE_FLAGS = CC="$(TARGET_CC)" AR="$(TARGET_AR)" CROSS="$(TARGET_CROSS)" ARCH="$(ARCH)"
define Build/Compile/Default
	+CFLAGS="$(TARGET_CFLAGS) $(TARGET_CPPFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)" \
	    $(MAKE) -C $(PKG_BUILD_DIR) $(MAKE_FLAGS) $(1)
endef

FIELDS := Version License Section Maintainer Architecture Depends Title URL
FIELD_Version = $(PKG_VERSION)-r$(PKG_RELEASE)
FIELD_License = $(PKG_LICENSE)
FIELD_Section = $(SECTION)
FIELD_Maintainer = $(PKG_MAINTAINER)
FIELD_Architecture = $(PKGARCH)
FIELD_Depends = $(patsubst +%,%,$(DEPENDS))
FIELD_Title = $(TITLE)
FIELD_URL = $(URL)

# $(call BuildPackage,NAME)
define Package/Default
  URL:=
endef
define BuildPackage
$(eval $(Package/Default))
$(eval $(Package/$(1)))
stage:
	$$(call Package/$(1)/install,$$(ROOT))
	$$(foreach f,$$(FIELDS),$$(file >$$(CONTROL)/$$(f),$$(FIELD_$$(f))))
	$$(file >$$(CONTROL)/Package,$(1))
	$$(file >$$(CONTROL)/Description,$$(Package/$(1)/description))
	$$(file >$$(CONTROL)/conffiles,$$(Package/$(1)/conffiles))
compile:
	$$(Build/Prepare)
	$$(Build/Compile)
endef
.PHONY: stage compile
