#!/bin/sh
# SPDX-License-Identifier: MIT
# abuild.sh APKBUILD DISTFILES    do what abuild(1) and APKBUILD(5) say: from `validate` to the split of subpackages
#
# Run by busybox's ash, as abuild is. The packages are left as folders in pkg/ beside the APKBUILD.
# shellcheck disable=SC2154 # variables of the APKBUILD
set -e
startdir=$(cd "$(dirname "$1")" && pwd)
distfiles=$2
srcdir=$startdir/src
pkgbasedir=$startdir/pkg
cd "$startdir"

die() {
    echo "abuild.sh: $*" >&2
    exit 1
}

# shellcheck source=/dev/null
. "$startdir/APKBUILD"
pkgdir=$pkgbasedir/$pkgname
builddir=$srcdir/$pkgname-$pkgver

for variable in pkgname pkgver pkgrel pkgdesc url arch license source sha512sums; do
    eval "[ -n \"\$$variable\" ]" || die "no $variable"
done
[ ${#pkgdesc} -le 128 ] || die "pkgdesc is too long"
for script in $install; do
    [ -f "$startdir/$script" ] || die "no $script"
done

# The checksums name each source once, in the same order.
# shellcheck disable=SC2086 # pairs of words
set -- $sha512sums
mkdir -p "$srcdir" "$pkgbasedir"
for one in $source; do
    name=${one%%::*}
    name=${name##*/}
    [ "$2" = "$name" ] || die "'$2' in sha512sums, '$name' in source"
    file=$startdir/$name
    [ -e "$file" ] || file=$distfiles/$name
    echo "$1  $file" | sha512sum -c >/dev/null || die "$name is another one"
    ln -sf "$file" "$srcdir/"
    case $name in
    *.tar.gz) gunzip -c "$file" | tar -C "$srcdir" -xf - ;;
    *.tar.bz2) bunzip2 -c "$file" | tar -C "$srcdir" -xf - ;;
    esac
    case $name in
    *.initd) [ "$(head -n 1 "$file")" = '#!/sbin/openrc-run' ] || die "$name is no script of OpenRC" ;;
    esac
    shift 2
done
[ $# = 0 ] || die "surplus checksums: $*"

# move PATH...: from the main package into the subpackage
move() {
    for path; do
        [ -e "$pkgdir/$path" ] || continue
        mkdir -p "$subpkgdir/$(dirname "$path")"
        mv "$pkgdir/$path" "$subpkgdir/$path"
    done
}
dev() { move usr/include usr/lib/pkgconfig usr/lib/cmake usr/lib/libfluxvision.a; }
doc() { move usr/share/doc usr/share/man usr/share/licenses; }
openrc() { move etc/init.d etc/conf.d; }
bash_completion() { move usr/share/bash-completion/completions; }
zsh_completion() { move usr/share/zsh/site-functions; }
fish_completion() { move usr/share/fish/vendor_completions.d; }

for step in build check package; do
    cd "$builddir"
    $step
done
for subpackage in $subpackages; do
    cd "$builddir"
    kind=$(echo "${subpackage#"$pkgname"-}" | tr - _)
    subpkgdir=$pkgbasedir/$subpackage
    "$kind"
done
find "$pkgdir" -depth -type d -path '*/usr/*' -exec rmdir {} + 2>/dev/null || :
