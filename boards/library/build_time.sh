#!/bin/sh
# SPDX-License-Identifier: MIT
# build_time.sh [ROOT]    print FV_BUILD_TIME: SOURCE_DATE_EPOCH, or the commit's time
#
# In a tarball git has written that time into boards/commit_time. A copy with neither has the time at which its
# Makefile, which has the version, was changed last.
#
# ROOT may lie in the clone of another project, whose commits say nothing here, and may be a copy of the parts that are
# compiled.
cd "${1:-.}" || exit 1
echo "${SOURCE_DATE_EPOCH:-$(git --git-dir=.git log -1 --format=%ct 2>/dev/null || grep -x '[0-9]*' boards/commit_time ||
    stat -c %Y Makefile)}"
