#!/bin/sh
# SPDX-License-Identifier: MIT
# fetch-sources.sh [-c CACHE] [-d DIR] NAME...      fetch, check and unpack what boards/sources.lock pins: DIR/NAME
# fetch-sources.sh [-c CACHE] --renew NAME...       pin what the archive holds now: rewrites these lines of the lock
# fetch-sources.sh -p LOCK ...                       the same for Debian packages (of amd64) that LOCK pins
#
# The libraries come as upstream tarballs of Debian's source packages, through the archive that this machine already
# uses (deb822 and one-line sources, proxies and mirrors are apt's affair), or from upstream.
#  * A pinned file is taken from CACHE when it is there, else from the archive's pool, else from where upstream
#    releases it (boards/sources.upstream): a point release of Debian replaces files, and not every machine has apt.
#    In each case its SHA-256 must be the lock's, which is what makes it trusted. With a filled cache nothing is asked
#    of the network.
#  * A package has no upstream address. If the archive has replaced it, the one that is there now is taken, against the
#    suite's signed index: programs for tests only come this way.
#  * What downloads is apt's helper; without apt, wget or curl.
#  * --renew goes through the suite's signed index: apt checks the signature, the index and the tarball. Look at the
#    change of the lock before committing it.
#  * Nothing under /etc or /var is written, and root is not needed.
# CACHE defaults to build/cache, DIR to build/src; FV_CACHE in the environment replaces CACHE's default.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
lock=$here/sources.lock
cache=${FV_CACHE:-$here/../build/cache}
dir=$here/../build/src
renew=
packages=

die() {
    echo "fetch-sources: $*" >&2
    exit 1
}

while [ $# -gt 0 ]; do
    case $1 in
    -c) cache=${2:?}; shift 2 ;;
    -d) dir=${2:?}; shift 2 ;;
    -p) packages=1 lock=${2:?}; shift 2 ;;
    --renew) renew=1; shift ;;
    -*) sed -n '3,5s/^# //p' "$0" >&2; exit 2 ;;
    *) break ;;
    esac
done
[ $# -gt 0 ] || { sed -n '3,5s/^# //p' "$0" >&2; exit 2; }
[ -n "$renew" ] || [ -r "$lock" ] || die "there is no $lock"

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

# The release whose version is pinned. Assembly of OpenSSL's that was tried is that of bookworm's 3.0.
suite_of() {
    case $1 in
    openssl) echo bookworm ;;
    *) echo trixie ;;
    esac
}

sha() { sha256sum "$1" | cut -d' ' -f1; }

# The archive that this machine uses for its own release, as apt itself reads its configuration. No network.
archive() {
    command -v apt-get >/dev/null || return 1
    mkdir -p "$tmp/lists/partial"
    code=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
    [ -n "$code" ] || return 1
    apt-get -o Dir::State::Lists="$tmp/lists" --print-uris update 2>/dev/null |
        sed -n "s|^'\(.*\)/dists/$code/InRelease'.*|\1|p" | grep -v '^cdrom:' | head -n1 | grep .
}

# by_hand NAME: what to do when its pinned file cannot be had.
by_hand() {
    variable=$(echo "$1" | tr 'a-z-' 'A-Z_')_DIR # what the Makefile calls the tree
    case $file in
    *+d*) why="Debian has repacked it, so upstream has no such file: another mirror of Debian may still have it." ;;
    *) why="Neither the archive nor upstream's address ($(upstream "$1")) has it." ;;
    esac
    cat >&2 <<END
fetch-sources: cannot get $file. Either this machine is offline, or the archive has replaced that file.
$why One of:
  - put the file into $cache/ by hand (its SHA-256 must be
    $hash)
  - give a source tree of your own:     make $variable=/path/to/$1
  - pin what the archive holds now:     boards/fetch-sources.sh --renew $1   (needs apt; then look at the change)
END
    case $1 in
    bearssl | openssl) echo "  - build without faster ciphers:       make KERNELS=" >&2 ;;
    esac
    exit 1
}

# upstream NAME: the address of its pinned file; nothing if there is none.
upstream() {
    version=${file#"$1"_}
    sed -n "s|^$1 ||p" "$here/sources.upstream" | sed "s/VERSION/${version%.orig.tar.*}/g"
}

# download URL: into $tmp/$file. Succeeds if that is what the lock pins.
download() {
    rm -f "$tmp/$file"
    if command -v apt-get >/dev/null && [ -x /usr/lib/apt/apt-helper ]; then
        /usr/lib/apt/apt-helper -qq -o Acquire::Retries=3 -o APT::Sandbox::User=root \
            download-file "$1" "$tmp/$file" "SHA256:$hash" >&2 || return
    elif command -v wget >/dev/null; then
        wget -q -t 3 -T 30 -O "$tmp/$file" "$1" >&2 || { echo "fetch-sources: $1: wget failed ($?)" >&2; return 1; }
    elif command -v curl >/dev/null; then
        curl -fsSL --retry 3 --connect-timeout 30 -o "$tmp/$file" "$1" >&2 || return
    else
        die "nothing here can download: neither apt, nor wget, nor curl"
    fi
    [ "$(sha "$tmp/$file")" = "$hash" ] || { echo "fetch-sources: $1 is not what the lock pins" >&2; return 1; }
}

# A pattern for NAME's line of the lock, "SHA-256  pool/SECTION/LETTER/SOURCE/FILE": a source is its folder, a package
# the file's name up to "_".
line_of() {
    if [ -n "$packages" ]; then echo "/$1_[^/]*\$"; else echo "/$1/[^/]*\$"; fi
}

# pinned NAME: sets hash, path and file.
pinned() {
    line=$(grep "$(line_of "$1")" "$lock") || die "$lock does not pin $1"
    hash=${line%% *}
    path=${line##* }
    file=${path##*/}
}

fetch() {
    pinned "$1"
    if [ -f "$cache/$file" ]; then
        [ "$(sha "$cache/$file")" = "$hash" ] && return
        echo "fetch-sources: $cache/$file is not what the lock pins, fetching it again" >&2
    fi
    base=${base:-$(archive)} || base=
    url=$(upstream "$1")
    echo "fetch-sources: $file" >&2
    if [ -z "$base" ] || ! download "$base/$path"; then
        if [ -n "$packages" ] && [ -n "$base" ]; then
            newest "$1"
            return
        fi
        [ -n "$url" ] || by_hand "$1"
        echo "fetch-sources: ${base:+not in the archive; }trying $url" >&2
        download "$url" || by_hand "$1"
    fi
    mv "$tmp/$file" "$cache/$file"
}

# Unpack beside the place and rename, so that an interrupted run leaves no half tree.
unpack() {
    [ "$(cat "$dir/$1/.sha256" 2>/dev/null)" = "$hash" ] && return
    case $file in
    *.deb) tool=dpkg-deb package=dpkg ;;
    *.bz2) tool=bzip2 package=bzip2 ;;
    *.xz) tool=xz package=xz-utils ;;
    *) tool=gzip package=gzip ;;
    esac
    command -v $tool >/dev/null || die "$tool is needed to unpack $file (Debian package $package)"
    rm -rf "$dir/$1" "$dir/.$1.part"
    mkdir -p "$dir/.$1.part"
    case $1 in # what is built, and the licences
    mbedtls) only='--wildcards */library */include */LICENSE' ;; # 9 MB of 51
    lwip) only='--wildcards */src */COPYING' ;;
    bearssl) only='--wildcards */src */inc */LICENSE.txt' ;;
    openssl) only='--wildcards */crypto/chacha/asm */crypto/poly1305/asm */crypto/sha/asm */crypto/perlasm */crypto/arm_arch.h
        */LICENSE.txt' ;; # 2 MB of 80
    micropython) only='--wildcards */lib/littlefs */lib/oofatfs' ;; # 0.6 MB of 50
    *) only= ;;
    esac
    case $file in
    *.deb) dpkg-deb -x "$cache/$file" "$dir/.$1.part" ;;
    *) (set -f # the patterns are tar's
        tar -x --no-same-owner -C "$dir/.$1.part" --strip-components=1 -f "$cache/$file" $only) ;;
    esac || die "cannot unpack $file"
    echo "$hash" >"$dir/.$1.part/.sha256"
    mv "$dir/.$1.part" "$dir/$1"
}

has_index() {
    [ -n "$(ls "$tmp"/lists/*_"$suite"_*_"$index"* 2>/dev/null)" ]
}

# from_index NAME: from the suite's signed index, into $cache; sets file, hash and path.
from_index() {
    suite=$(suite_of "$1")
    mkdir -p "$tmp/lists/partial" "$tmp/cache/archives/partial" "$tmp/dl"
    : >"$tmp/status"
    base=${base:-$(archive)} || die "no apt source for this machine's own release is configured"
    key=/usr/share/keyrings/debian-archive-keyring.gpg
    [ -r $key ] || die "$key is missing (Debian package debian-archive-keyring)"
    if [ -n "$packages" ]; then
        kind="deb [arch=amd64" verb=download only_download=
        more="-o APT::Architecture=amd64 -o APT::Architectures=amd64"
        index=binary-amd64_Packages
    else
        # --tar-only: the upstream tarball alone, neither .dsc nor debian.tar, so dpkg-dev is not needed.
        kind="deb-src [" verb="source --tar-only --only-source" only_download=--download-only
        more="-o Acquire::IndexTargets::deb-src::DEP-11::DefaultEnabled=false"
        index=source_Sources
    fi
    echo "$kind signed-by=$key] $base $suite main" >"$tmp/sources.list"
    options="-o Dir::Etc::sourcelist=$tmp/sources.list -o Dir::Etc::sourceparts=/nonexistent -o Dir::State=$tmp
        -o Dir::State::Lists=$tmp/lists -o Dir::State::status=$tmp/status -o Dir::Cache=$tmp/cache
        -o Acquire::Languages=none -o APT::Get::List-Cleanup=false -o Acquire::Retries=3
        -o APT::Sandbox::User=root -o Debug::NoLocking=true $more"
    has_index || apt-get $options -qq update || : # its status may be 0 although a file is missing
    has_index || die "the index of $suite cannot be had"
    apt-get $options -qq $verb --print-uris "$1" >"$tmp/uris" || die "$1 is not in $suite"
    [ "$(wc -l <"$tmp/uris")" -eq 1 ] || die "$1 is not one file in $suite"
    (cd "$tmp/dl" && apt-get $options -qq $verb $only_download "$1" >&2) || die "download of $1 failed"
    read -r uri file rest <"$tmp/uris"
    uri=${uri#\'}
    path=${uri#"$base"/}
    path=$(echo "${path%\'}" | sed 's/%2b/+/g') # the pool's name: apt's own has an epoch
    hash=$(sha "$tmp/dl/$file")
    mv "$tmp/dl/$file" "$cache/${path##*/}"
    file=${path##*/}
}

# newest NAME: a package that is no longer what the lock pins.
newest() {
    old=$file
    from_index "$1"
    echo "fetch-sources: the archive has replaced $old: $file is taken, from its signed index (pin it: --renew $1)" >&2
}

renew_one() {
    from_index "$1"
    touch "$lock"
    { grep -v "$(line_of "$1")" "$lock" || :; echo "$hash  $path"; } | sort -k2 >"$tmp/lock"
    cat "$tmp/lock" >"$lock"
    echo "fetch-sources: $1 is pinned to $file" >&2
}

mkdir -p "$cache" "$dir"
cache=$(cd "$cache" && pwd)
dir=$(cd "$dir" && pwd)
base=
for name; do
    if [ -n "$renew" ]; then
        renew_one "$name"
    else
        fetch "$name"
        unpack "$name"
    fi
done
