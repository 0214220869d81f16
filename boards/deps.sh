#!/bin/sh
# SPDX-License-Identifier: MIT
# deps.sh missing LEVEL    print the Debian packages that LEVEL needs and this machine lacks; nothing when all is there
# deps.sh tell LEVEL       say which they are, and fail if there is one
# deps.sh need LEVEL       as root install them, else as tell
#
# LEVEL: build (the program and the library), unit (and the tests that need no server), demo (the program and a portal to
# run against), test (everything of this machine's own build), bench (and the programs that ours is measured against);
# linux-... (what that board's program needs), boards (all of them, and what runs them here), firmware (boards without a
# system), image (the program for images of a flash), run (a firmware in QEMU, and a portal).
# CC in the environment replaces gcc: a compiler given by hand is not installed.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cc=${CC:-gcc}
cc=${cc%% *}

# probe PACKAGE COMMAND-OR-FILE: print PACKAGE if neither a command nor a file of that name exists.
probe() {
    case $2 in
    /*) [ -e "$2" ] && return ;;
    *) command -v "$2" >/dev/null && return ;;
    esac
    printf '%s ' "$1"
}

build() {
    compiler
    probe binutils ar
    probe bzip2 bzip2 # mbedTLS is a .tar.bz2
    probe xz-utils xz # and BearSSL a .tar.xz
    probe perl-base perl # OpenSSL's assembly is made by its scripts
}

compiler() {
    case $cc in
    *-linux-gnu*-gcc)
        # A static board brings its own libc; of the system's it takes the kernel's headers.
        triplet=${cc%-gcc}
        if [ "$cc" = "$(gcc -dumpmachine 2>/dev/null)-gcc" ]; then
            probe gcc "$cc"
            probe linux-libc-dev /usr/include/linux/landlock.h
            return
        fi
        probe "gcc-$(echo "$triplet" | tr _ -)" "$cc"
        probe "linux-libc-dev-$(architecture "$triplet")-cross" "/usr/$triplet/include/linux/landlock.h"
        ;;
    *)
        probe "$cc" "$cc"
        probe libc6-dev /usr/include/stdio.h # gcc only recommends it
        ;;
    esac
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

# board NAME: what building that board needs.
board() {
    triplet=$(sed -n 's/^TRIPLET := //p' "$here/$1/board.mk")
    [ -n "$triplet" ] || { echo "deps.sh: no level $1" >&2; exit 2; }
    (cc=$triplet-gcc && build)
    ! grep -q '^TOOLS := llvm' "$here/$1/board.mk" || llvm
}

llvm() {
    version=$(sed -n 's/^LLVM := //p' "$here/linux/llvm.mk")
    probe "clang-$version" "clang-$version"
    probe "lld-$version" "ld.lld-$version"
    probe "llvm-$version" "llvm-ar-$version"
}

boards() {
    for name in "$here"/linux-*/; do
        board "$(basename "$name")"
    done | tr ' ' '\n' | sort -u | tr '\n' ' '
    probe qemu-user-static qemu-arm-static
    probe file file
    probe iproute2 ip
    probe python3-seccomp /usr/lib/python3/dist-packages/seccomp*
    probe python3-fusepy /usr/lib/python3/dist-packages/fusepy.py
    probe python3-cryptography /usr/lib/python3/dist-packages/cryptography
    probe strace strace
    probe e2fsprogs /sbin/mkfs.ext4
}

unit() {
    build
    python
    cmocka
    libssl
    storage
}

python() {
    probe python3 /usr/bin/python3
}

image() {
    build
}

# Of the ports for FAT and littlefs: what makes, checks and reads FAT images.
storage() {
    probe dosfstools /usr/sbin/mkfs.vfat
    probe mtools mcopy
}

demo() {
    build
    python
    probe openssl openssl
    probe nginx-light /usr/sbin/nginx
}

# The compilers for firmware, with their libc.
bare() {
    build
    storage
    probe gcc-riscv64-unknown-elf riscv64-unknown-elf-gcc
    probe picolibc-riscv64-unknown-elf /usr/lib/picolibc/riscv64-unknown-elf/include/stdint.h
    probe gcc-arm-none-eabi arm-none-eabi-gcc
    probe libnewlib-arm-none-eabi /usr/lib/arm-none-eabi/newlib/nano.specs
}

# A portal, and a board with a card.
emulator() {
    bare
    demo
    probe qemu-system-arm qemu-system-arm
    probe qemu-system-misc qemu-system-riscv32
    probe mtools mcopy
    probe dosfstools /usr/sbin/mkfs.vfat
    probe exfatprogs /usr/sbin/mkfs.exfat # cards of other kinds
    probe fdisk /usr/sbin/sfdisk
}

cmocka() {
    probe libcmocka-dev /usr/include/cmocka.h
}

# The other side of TLS, in its test.
libssl() {
    probe libssl-dev /usr/include/openssl/ssl.h
}

tests() {
    demo
    emulator
    cmocka
    libssl
    storage
    probe python3-pytest /usr/lib/python3/dist-packages/pytest
    probe curl curl
    probe wget wget
    probe faketime faketime
    probe gnutls-bin gnutls-serv     # a server that is not OpenSSL
    probe python3-cryptography /usr/lib/python3/dist-packages/cryptography
    probe mandoc mandoc
    probe zsh zsh
    probe fish fish
    probe lighttpd /usr/sbin/lighttpd
    probe lighttpd-mod-openssl /usr/lib/lighttpd/mod_openssl.so
    probe iproute2 /sbin/ip           # a cable that is pulled; a wire to a board in QEMU
    probe dnsmasq-base /usr/sbin/dnsmasq # a DHCP server on it
    probe e2fsprogs /sbin/mkfs.ext4   # a file system that turns read-only
    probe python3-fusepy /usr/lib/python3/dist-packages/fusepy.py # file systems with habits
    probe strace strace
    probe ca-certificates /etc/ssl/certs/ca-certificates.crt
    probe valgrind valgrind
    # Programs that use the library: in C++, by CMake and meson, beside Debian's own mbedTLS.
    probe g++ c++
    probe pkg-config pkg-config
    probe cmake cmake
    probe meson meson
    probe ninja-build ninja
    probe libmbedtls-dev /usr/include/mbedtls/ssl.h
    probe prometheus promtool          # checks what --metrics writes; its server is not started
}

bench() {
    demo
    unit
    probe iproute2 ip
    for peer in curl wget wget2 lftp rclone jq; do
        probe $peer $peer
    done
    probe aria2 aria2c
    probe strace strace
    probe e2fsprogs /sbin/mkfs.ext4
    probe make make
}

missing() {
    case $1 in
    build) build ;;
    unit) unit ;;
    demo) demo ;;
    firmware) bare ;;
    image) image ;;
    run) emulator ;;
    test) tests ;;
    boards) boards ;;
    linux-*) board "$1" ;;
    bench) bench ;;
    *) echo "deps.sh: no level $1" >&2; exit 2 ;;
    esac
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

# A folder made by debootstrap has none: `localhost` would be unknown to test portals, and tests could not put their names over it.
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
