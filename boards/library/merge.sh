#!/bin/sh
# SPDX-License-Identifier: MIT
# merge.sh LISTS LIBRARY.a OBJECT...    make a library of one member, which shows the names of LISTS/names alone
#
# LISTS is what headers.pl has written. mbedTLS's functions become local: a program may link to another mbedTLS as well.
# Sections are kept apart, so that --gc-sections drops what a program does not use. CC (with options), OBJCOPY and AR
# are the tools.
set -eu
lists=$1 library=$2
shift 2
$CC -nostdlib -r -Wl,--unique "@$lists/aliases" "$@" -o "${library%.a}.o"
$OBJCOPY --keep-global-symbols="$lists/names" "${library%.a}.o"
rm -f "$library"
$AR rcs "$library" "${library%.a}.o"
