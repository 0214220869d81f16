#!/bin/sh
# SPDX-License-Identifier: MIT
# OpenWrt's CI runs it on the installed package: test.sh PACKAGE VERSION.

case "$1" in
fluxvision)
	fluxvision --version | grep -F "fluxvision $2" || exit 1
	fluxvision sync --help | grep -F -e --every || exit 1
	# An error of usage ends with status 2, before any request.
	fluxvision sync --config /dev/null HAUC
	[ $? -eq 2 ] || exit 1
	;;
esac
