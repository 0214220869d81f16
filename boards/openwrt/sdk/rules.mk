# SPDX-License-Identifier: MIT
# In place of OpenWrt's build system: what ../Makefile uses of it, for packages without the SDK and for tests.

INCLUDE_DIR := $(TOPDIR)/include
INSTALL_DIR := install -d -m 755
INSTALL_BIN := install -m 755
INSTALL_CONF := install -m 600
TAR := tar --no-same-owner
