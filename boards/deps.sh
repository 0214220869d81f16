#!/bin/sh
# SPDX-License-Identifier: MIT
# deps.sh missing LEVEL    print the Debian packages that LEVEL needs and this machine lacks; nothing when all is there
# deps.sh tell LEVEL       say which they are, and fail if there is one
# deps.sh need LEVEL       as root install them, else as tell
#
# LEVEL is a first word of the table, or linux-... for what that board's program needs. In the environment:
#   CC       replaces gcc. A compiler that Debian has no package for (a path, another vendor's prefix) is the user's: it
#            is looked for, never installed, and its headers are its own affair.
#   FETCHED  the trees that are still to be fetched or whose scripts run: what unpacks others is not asked for. Not
#            set: all.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-gcc}
cc=${cc%% *}

# LEVEL  PACKAGE  COMMAND-OR-FILE  [TREE...]: needed at that level, if one of the trees is in FETCHED. LEVEL +OTHER:
# all of that one. LEVEL @FUNCTION: what it prints.
#
# build: the program and the library; image: the program for images of a flash; unit: the tests that need no server;
# demo: a portal to run against; firmware: boards without a system; run: a firmware in QEMU; static: what each board
# linux-... needs beside a compiler; boards: all of these, and what runs them here; test: all tests; packages:
# what the long tests of packages add; bench: what ours is measured against.
table='
build     @compiler
build     binutils                      ar
build     bzip2                         bzip2                       mbedtls
build     xz-utils                      xz                          bearssl lwip micropython cmocka
build     perl-base                     perl                        openssl

image     +build

unit      +build
unit      python3                       /usr/bin/python3
unit      libcmocka-dev                 /usr/include/cmocka.h
unit      libssl-dev                    /usr/include/openssl/ssl.h
unit      dosfstools                    /usr/sbin/mkfs.vfat
unit      mtools                        mcopy

demo      +build
demo      python3                       /usr/bin/python3
demo      openssl                       openssl
demo      nginx-light                   /usr/sbin/nginx

firmware  +build
firmware  dosfstools                    /usr/sbin/mkfs.vfat
firmware  mtools                        mcopy
firmware  gcc-riscv64-unknown-elf       riscv64-unknown-elf-gcc
firmware  picolibc-riscv64-unknown-elf  /usr/lib/picolibc/riscv64-unknown-elf/include/stdint.h
firmware  gcc-arm-none-eabi             arm-none-eabi-gcc
firmware  libnewlib-arm-none-eabi       /usr/lib/arm-none-eabi/newlib/nano.specs

run       +firmware
run       +demo
run       qemu-system-arm               qemu-system-arm
run       qemu-system-misc              qemu-system-riscv32
run       exfatprogs                    /usr/sbin/mkfs.exfat
run       fdisk                         /usr/sbin/sfdisk

static    binutils                      ar
static    bzip2                         bzip2                       mbedtls
static    xz-utils                      xz                          bearssl cmocka
static    perl-base                     perl

boards    @each_board
boards    qemu-user-static              qemu-arm-static
boards    libc6-dev-arm64-cross         /usr/aarch64-linux-gnu/include/stdio.h
boards    libc6-dev-armhf-cross         /usr/arm-linux-gnueabihf/include/stdio.h
boards    file                          file
boards    iproute2                      ip
boards    python3-seccomp               /usr/lib/python3/dist-packages/seccomp*
boards    python3-fusepy                /usr/lib/python3/dist-packages/fusepy.py
boards    python3-cryptography          /usr/lib/python3/dist-packages/cryptography
boards    strace                        strace
boards    e2fsprogs                     /sbin/mkfs.ext4

test      +run
test      +unit
test      python3-pytest                /usr/lib/python3/dist-packages/pytest
test      curl                          curl
test      wget                          wget
test      faketime                      faketime
test      gnutls-bin                    gnutls-serv
test      python3-cryptography          /usr/lib/python3/dist-packages/cryptography
test      mandoc                        mandoc
test      zsh                           zsh
test      fish                          fish
test      lighttpd                      /usr/sbin/lighttpd
test      lighttpd-mod-openssl          /usr/lib/lighttpd/mod_openssl.so
test      iproute2                      /sbin/ip
test      dnsmasq-base                  /usr/sbin/dnsmasq
test      e2fsprogs                     /sbin/mkfs.ext4
test      python3-fusepy                /usr/lib/python3/dist-packages/fusepy.py
test      strace                        strace
test      ca-certificates               /etc/ssl/certs/ca-certificates.crt
test      valgrind                      valgrind
test      prometheus                    promtool
test      g++                           c++
test      pkg-config                    pkg-config
test      cmake                         cmake
test      meson                         meson
test      ninja-build                   ninja
test      libmbedtls-dev                /usr/include/mbedtls/ssl.h
test      systemd                       systemd-analyze
test      busybox                       busybox
test      minisign                      minisign

packages  +test
packages  +boards
packages  debootstrap                   /usr/sbin/debootstrap
packages  shellcheck                    shellcheck
packages  libc6-dev-mipsel-cross        /usr/mipsel-linux-gnu/include/stdio.h
packages  musl-tools                    musl-gcc
packages  python3-kconfiglib            /usr/lib/python3/dist-packages/kconfiglib.py
packages  gcc-aarch64-linux-gnu         aarch64-linux-gnu-gcc
packages  umoci                         umoci
packages  skopeo                        skopeo
packages  runc                          runc
packages  buildah                       buildah
packages  golang-github-containers-common /usr/share/containers/seccomp.json
packages  golang-github-opencontainers-image-spec-dev /usr/share/gocode/src/github.com/opencontainers/image-spec/schema
packages  python3-jsonschema            /usr/lib/python3/dist-packages/jsonschema
packages  npm                           npm
packages  debhelper                     dh
packages  libjsmn-dev                   /usr/include/jsmn.h
packages  systemd                       /usr/share/pkgconfig/systemd.pc
packages  lintian                       lintian
packages  blhc                          blhc
packages  devscripts                    hardening-check
packages  autopkgtest                   autopkgtest

bench     +demo
bench     +unit
bench     iproute2                      ip
bench     curl                          curl
bench     wget                          wget
bench     wget2                         wget2
bench     lftp                          lftp
bench     rclone                        rclone
bench     jq                            jq
bench     aria2                         aria2c
bench     strace                        strace
bench     e2fsprogs                     /sbin/mkfs.ext4
bench     make                          make
'

has() {
    case $1 in
    /*) [ -e "$1" ] ;;
    *) command -v "$1" >/dev/null ;;
    esac
}

# fetched TREE...: is one of them among those that are to be fetched?
fetched() {
    for tree; do
        case " ${FETCHED-$*} " in *" $tree "*) return ;; esac
    done
    return 1
}

# level NAME: print the packages of the table's rows that are missing, one a line.
level() {
    echo "$table" | while read -r name package probe trees; do
        [ "$name" = "$1" ] || continue
        case $package in
        +*) level "${package#+}" ;;
        @*) "${package#@}" ;;
        *) has $probe || { [ -n "$trees" ] && ! fetched $trees; } || echo "$package" ;; # a probe may be a pattern
        esac
    done
}

# debian: has Debian a compiler of this name?
debian() {
    case $cc in
    */* | *-*-linux-*) return 1 ;;
    gcc | clang | gcc-[0-9]* | clang-[0-9]* | *-linux-gnu*-gcc) return ;;
    *) return 1 ;;
    esac
}

compiler() {
    debian || { has "$cc" || echo "CC=$cc"; return; }
    case $cc in
    *-linux-gnu*-gcc) cross "${cc%-gcc}" libc6-dev ;;
    *)
        has "$cc" || echo "$cc"
        has /usr/include/stdio.h || echo libc6-dev # gcc only recommends it
        ;;
    esac
}

# cross TRIPLET [libc6-dev]: its gcc, the kernel's headers for it, and perhaps the C library's.
cross() {
    if [ "$1" = "$(gcc -dumpmachine 2>/dev/null)" ]; then
        has "$1-gcc" || echo gcc
        has /usr/include/linux/landlock.h || echo linux-libc-dev
        [ -z "${2-}" ] || has /usr/include/stdio.h || echo libc6-dev
        return
    fi
    has "$1-gcc" || echo "gcc-$(echo "$1" | tr _ -)"
    has "/usr/$1/include/linux/landlock.h" || echo "linux-libc-dev-$(architecture "$1")-cross"
    [ -z "${2-}" ] || has "/usr/$1/include/stdio.h" || echo "libc6-dev-$(architecture "$1")-cross"
}

# What Debian calls the machine.
architecture() {
    case $1 in
    x86_64-*) echo amd64 ;;
    aarch64-*) echo arm64 ;;
    arm-*hf) echo armhf ;;
    arm-*) echo armel ;;
    *) echo "${1%%-*}" ;;
    esac
}

# board NAME: what that board's program needs. A static program brings its own libc.
board() {
    triplet=$(sed -n 's/^TRIPLET := //p' "$here/$1/board.mk")
    level static
    debian || { compiler; return; }
    cross "$triplet"
    ! grep -q '^TOOLS := llvm' "$here/$1/board.mk" || llvm
}

llvm() {
    version=$(sed -n 's/^LLVM := //p' "$here/linux/llvm.mk")
    has "clang-$version" || echo "clang-$version"
    has "ld.lld-$version" || echo "lld-$version"
    has "llvm-ar-$version" || echo "llvm-$version"
}

each_board() {
    for name in "$here"/linux-*/; do
        board "$(basename "$name")"
    done
}

missing() {
    [ -f "$here/$1/board.mk" ] || echo "$table" | grep -q "^$1 " || { echo "deps.sh: no level $1" >&2; exit 2; }
    case $1 in
    linux-*) board "$1" ;;
    *) level "$1" ;;
    esac | sort -u | tr '\n' ' '
}
# Packages bring services (nginx, lighttpd) that would start at once on ports 80 and 443. Not here.
install() {
    policy=/usr/sbin/policy-rc.d
    if [ ! -e $policy ]; then
        printf '#!/bin/sh\nexit 101\n' >$policy
        chmod 755 $policy
        trap 'rm -f $policy' EXIT
        trap 'exit 130' INT TERM HUP
    fi
    export DEBIAN_FRONTEND=noninteractive
    options='-q -o DPkg::Lock::Timeout=300 -o Acquire::Retries=3 -o Dpkg::Use-Pty=0'
    echo "deps: installing $*"
    # The lists may be missing (a fresh machine) or older than the archive: try with them, then renew them.
    log=$(mktemp)
    if ! apt-get $options install -y --no-install-recommends "$@" >"$log" 2>&1 &&
        ! { apt-get $options update && apt-get $options install -y --no-install-recommends "$@"; } >"$log" 2>&1; then
        cat "$log" >&2
    fi
    rm -f "$log"
}

# A folder made by debootstrap has none: `localhost` would be unknown to test portals, and tests could not put their
# names over it.
hosts() {
    [ -e /etc/hosts ] && return
    echo "deps: making /etc/hosts"
    printf '127.0.0.1 localhost\n::1 localhost\n' >/etc/hosts
}

list=$(missing "$2")
case $1 in
missing) echo "$list" ;;
need | tell)
    [ -n "$list" ] || exit 0
    case $list in *CC=*)
        echo "There is no compiler '$cc' here, and Debian has no package for one of this name." \
            "Name one that is there: make CC=..." >&2
        exit 1
        ;;
    esac
    if [ "$1" = need ] && [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null; then
        install $list
        [ "$2" != test ] || hosts
        list=$(missing "$2")
        [ -z "$list" ] && exit 0
    fi
    echo "These Debian packages are missing: $list" >&2
    echo "Install them, or let root do it: make deps" >&2
    exit 1
    ;;
*) sed -n '3,5s/^# //p' "$0" >&2; exit 2 ;;
esac
