#!/bin/sh
# SPDX-License-Identifier: MIT
# reproducible.sh: build the last commit in two folders that differ in the length of their path, in time zone,
# locale and umask, and compare all that is handed on: what `make install` copies and with which modes, the tarball
# of the sources, a static program, a firmware, and the notices and bills of materials of each. Fails if one differs.
# About four minutes of a processor; FV_CACHE or build/cache has the sources.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
static=linux-x86_64
firmware=lm3s6965evb
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP
export FV_CACHE="${FV_CACHE:-$root/build/cache}"

# build FOLDER TZ LOCALE UMASK: its files with their hashes and modes are then in FOLDER.list.
build() (
    umask "$4"
    export TZ="$2" LC_ALL="$3"
    git clone -q --no-checkout "$root" "$1"
    cd "$1"
    git checkout -q "$commit"
    {
        make all dist sbom
        make install DESTDIR="$1/build/installed"
        make BOARD=$static program notices sbom
        make build/$firmware/firmware.elf
        make BOARD=$firmware notices sbom
    } >"$1.log" 2>&1 || { tail -n 30 "$1.log" >&2; exit 1; }
    cd build
    find installed ! -type d -printf '%p %m %l\n' | LC_ALL=C sort >"$1.list"
    {
        find installed -type f
        ls fluxvision libfluxvision.* fluxvision.pc NOTICES ./*.tar.gz \
            $static/fluxvision $static/NOTICES $firmware/firmware.elf $firmware/NOTICES \
            ./*.cdx.json ./*.spdx.json $static/*.json $firmware/*.json
    } | LC_ALL=C sort -u | xargs sha256sum >>"$1.list"
)

unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS SOURCE_DATE_EPOCH
commit=$(git -C "$root" rev-parse HEAD)
a=$tmp/a
b=$tmp/another-folder-whose-name-is-much-longer/b
mkdir "${b%/b}"
git -C "$root" diff --quiet HEAD || echo "reproducible: the last commit, without what was changed since" >&2
build "$a" Pacific/Kiritimati C 022
build "$b" America/Anchorage C.UTF-8 077
grep -c '^[0-9a-f]\{64\} ' "$a.list" | sed 's/$/ files are compared/'
if diff "$a.list" "$b.list"; then
    echo "reproducible: all are the same"
else
    echo "reproducible: the files above differ" >&2
    exit 1
fi
