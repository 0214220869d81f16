# SPDX-License-Identifier: MIT
# What tests/packages/test_mbedtls_system.py compares with: the dynamic program with our own mbedTLS.
PACKAGES_NEED += build/dynamic/fluxvision
