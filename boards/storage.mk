# SPDX-License-Identifier: MIT
# The file systems for firmware: which files of theirs are compiled, and how. The host builds them for tests alone.

OOFATFS_FILES := ff ffunicode
LITTLEFS_FILES := lfs2 lfs2_util

INCLUDE_oofatfs = -isystem $(OOFATFS_DIR) -DFFCONF_H='"port/fat/fv_ffconf.h"'
# No heap, nothing printed. Firmware adds -DLFS2_NO_ASSERT.
INCLUDE_littlefs = -isystem $(LITTLEFS_DIR) -DLFS2_NO_MALLOC -DLFS2_NO_DEBUG -DLFS2_NO_WARN -DLFS2_NO_ERROR

# $(call storage_rules,BUILD,FLAGS): BUILD/oofatfs/ff.o and so on, the libraries' own warnings left to them.
define storage_rules
$(1)/oofatfs/%.o: $$(OOFATFS_TREE) port/fat/fv_ffconf.h boards/storage.mk | tools
	@mkdir -p $$(@D)
	$$(call say,cc,oofatfs/$$*.c)$$(CC) -std=c11 $(2) $$(CFLAGS) -I. $$(INCLUDE_oofatfs) -c $$(OOFATFS_DIR)/$$*.c -o $$@
$(1)/littlefs/%.o: $$(LITTLEFS_TREE) boards/storage.mk | tools
	@mkdir -p $$(@D)
	$$(call say,cc,littlefs/$$*.c)$$(CC) -std=c11 $(2) $$(CFLAGS) $$(INCLUDE_littlefs) -c $$(LITTLEFS_DIR)/$$*.c -o $$@
endef
