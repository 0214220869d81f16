#!/bin/sh
# SPDX-License-Identifier: MIT
# device_maker.sh [SUITE [DIR]]: a device maker's day. In a folder with nothing but a minimal Debian (bookworm, by
# debootstrap; DIR, if it is there already), the tarball of `make dist` is unpacked; tools and sources of
# linux-aarch64 are fetched; the network is cut; the program and its notices are built in two folders. Prints their
# hashes, and fails if they differ. Needs root.
set -eu
suite=${1:-bookworm}
root=$(cd "$(dirname "$0")/../.." && pwd)
board=linux-aarch64
[ "$(id -u)" -eq 0 ] || { echo "device_maker: needs root" >&2; exit 2; }
command -v debootstrap >/dev/null || { echo "device_maker: the package debootstrap is missing" >&2; exit 2; }

if [ $# -ge 2 ]; then
    dir=$2
else
    dir=$(mktemp -d)
    trap 'rm -rf "$dir"' EXIT
    trap 'exit 130' INT TERM HUP
fi
[ -d "$dir/etc" ] || debootstrap --variant=minbase "$suite" "$dir" >/dev/null
make -s -C "$root" dist
cp "$root"/build/fluxvision-*.tar.gz "$dir/root/"
[ ! -e /etc/resolv.conf ] || cp -L /etc/resolv.conf "$dir/etc/resolv.conf"

# inside WORDS...: run in the folder, with processes and mounts of its own.
inside() {
    unshare -m -p -f --kill-child "$@"
}
online() {
    inside chroot "$dir" /bin/sh -euc "mount -t proc proc /proc; $1"
}
offline() {
    inside -n chroot "$dir" /bin/sh -euc "mount -t proc proc /proc; $1"
}

online 'apt-get -qq update && apt-get -qq install -y --no-install-recommends make >/dev/null 2>&1'
online "rm -rf /root/a /srv/longer && mkdir -p /root/a /srv/longer/than/that &&
    for d in /root/a /srv/longer/than/that; do tar -xf /root/fluxvision-*.tar.gz --strip-components=1 -C \$d; done"
online "cd /root/a && FV_CACHE=/root/cache make BOARD=$board sources"
for d in /root/a /srv/longer/than/that; do
    offline '[ "$(wc -l </proc/net/route)" -le 1 ]' # no route out
    offline "cd $d && FV_CACHE=/root/cache make BOARD=$board program notices >log 2>&1 || { tail log; exit 1; }"
    (cd "$dir$d/build/$board" && sha256sum fluxvision NOTICES) | tee "$dir/root/sums.$(basename $d)"
done
cmp "$dir/root/sums.a" "$dir/root/sums.that"
echo "device_maker: both folders have the same"
