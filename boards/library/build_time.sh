#!/bin/sh
# SPDX-License-Identifier: MIT
# build_time.sh [ROOT]    print FV_BUILD_TIME as the Makefile has it, for other build systems
#
# ROOT may lie in the clone of another project, whose commits say nothing here, and may be a copy of the parts that are
# compiled.
cd "${1:-.}" || exit 1
echo "${SOURCE_DATE_EPOCH:-$(git --git-dir=.git log -1 --format=%ct 2>/dev/null || grep -x '[0-9]*' boards/commit_time ||
    stat -c %Y Makefile)}"
