#!/bin/sh
# SPDX-License-Identifier: MIT
# merge.sh LISTS LIBRARY.a OBJECT...    make a library of one member, which shows the names of LISTS/names alone
#
# LISTS is what headers.pl has written. mbedTLS's functions become local: a program may link to another mbedTLS as well.
# Sections are kept apart, so that --gc-sections drops what a program does not use. CC (with options), OBJCOPY and AR
# are the tools. What gcc has compiled for link-time optimisation becomes code here: objcopy can't change its names.
set -eu
lists=$1 library=$2
shift 2
code=-flinker-output=nolto-rel
$CC $code -E -x c /dev/null >/dev/null 2>&1 || code=
$CC -nostdlib -r $code -Wl,--unique "@$lists/aliases" "$@" -o "${library%.a}.o"
$OBJCOPY --keep-global-symbols="$lists/names" "${library%.a}.o"
rm -f "$library"
$AR rcs "$library" "${library%.a}.o"
