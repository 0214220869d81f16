# SPDX-License-Identifier: MIT
# What tests/packages/test_sbom.py needs: binaries that the other suites need too.

PACKAGES_NEED += $(filter board/linux-$(ARCH),$(BOARDS:%=board/%)) build/lm3s6965evb/firmware.elf \
    build/sifive-u/firmware.elf
