#!/bin/sh
# SPDX-License-Identifier: MIT
# release.sh check [KEY]                    refuse what no release can be made of; KEY: minisign's secret key
# release.sh collect DIR VERSION BOARD...   copy what was built for the boards from build/ into DIR
# release.sh finish DIR VERSION [KEY]       write DIR/SHA256SUMS, and sign it
set -eu
export LC_ALL=C

refuse() {
    echo "release: $*" >&2
    exit 1
}

check() {
    [ -e .git ] || refuse "this is no clone: a release is a commit"
    changed=$(git --git-dir=.git --work-tree=. status --porcelain)
    [ -z "$changed" ] || refuse "the tree differs from its commit; commit, stash or remove:
$changed"
    [ -n "${1-}" ] || return 0
    { [ -r "$1" ] && [ ! -d "$1" ]; } || refuse "MINISIGN_KEY=$1 cannot be read"
    # A public key and a signature have a shorter second line.
    sed -n 2p "$1" | grep -qE '^[A-Za-z0-9+/=]{200,}$' || refuse "MINISIGN_KEY=$1 is no secret key of minisign"
    command -v minisign >/dev/null || refuse "the Debian package minisign is missing; it makes the signature"
}

# Of a board: the program or the firmware, its notices and its bills of materials.
collect() {
    dir=$1 version=$2
    shift 2
    cp "build/fluxvision-$version.tar.gz" "$dir"
    # Which known faults of the libraries concern these binaries.
    install -m 644 boards/vex.json "$dir/fluxvision-$version.vex.cdx.json"
    for board; do
        name=$dir/fluxvision-$version-$board
        if [ -e "boards/$board/link.ld" ]; then
            binary=build/$board/firmware
            install -m 644 "$binary.elf" "$name.elf"
        else
            binary=build/$board/fluxvision
            install -m 755 "$binary" "$name"
        fi
        install -m 644 "build/$board/NOTICES" "$name.NOTICES"
        for kind in cdx spdx; do
            install -m 644 "$binary.$kind.json" "$name.$kind.json"
        done
    done
}

# The trusted comment is a part of what is signed. It has no time of now, so that a release made again is the same.
finish() {
    dir=$1 version=$2 key=${3-}
    case $key in
    '' | /*) ;;
    *) key=$PWD/$key ;;
    esac
    commit=$(git --git-dir=.git rev-parse HEAD)
    cd "$dir"
    # Everybody may read them, whatever the umask was.
    umask 022
    chmod u=rwX,go=rX . -- *
    rm -f SHA256SUMS SHA256SUMS.minisig
    sums=$(sha256sum -- *)
    echo "$sums" >SHA256SUMS
    count=$(echo "$sums" | wc -l)
    if [ -z "$key" ]; then
        echo "release: $dir, files: $count, NOT SIGNED: MINISIGN_KEY=FILE names the secret key to sign with"
        return
    fi
    minisign -S -s "$key" -m SHA256SUMS -c "fluxvision $version" -t "fluxvision $version, commit $commit"
    echo "release: $dir, files: $count, signed"
}

command=${1-}
[ $# -eq 0 ] || shift
case $command in
check | collect | finish) "$command" "$@" ;;
*) sed -n '3,5s/^# //p' "$0" >&2; exit 2 ;;
esac
