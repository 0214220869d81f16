#!/bin/sh
# SPDX-License-Identifier: MIT
# fill.sh OUT TARBALL VERSION    write boards/{buildroot,yocto,alpine} to OUT, and say there what a recipe has to know
#
# These words of their files are replaced, so that each version and hash has one place:
#   @version@  @version NAME@    of fluxvision, of a library in boards/sources.lock
#   @source@                     where the tarball is: below RELEASES, or beside the recipe, which then has a copy
#   @address NAME@               where a library's tarball is released: boards/sources.upstream
#   @md5 X@ @sha256 X@ @sha512 X@   X: source (the tarball), a library (its tarball), or a file of the repository
#   @homepage@  @maintainer@
# In the environment: RELEASES, HOMEPAGE, MAINTAINER, FV_CACHE.
set -eu
cd "$(dirname "$0")/../.."
[ $# = 3 ] || { sed -n '3s/^# //p' boards/recipes/fill.sh >&2; exit 2; }
out=$1
tarball=$2
version=$3
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM HUP

die() {
    echo "fill: $*" >&2
    exit 1
}

# locked NAME: the path of its tarball in the lock
locked() {
    sed -n "s|^[0-9a-f]*  \(.*/$1_[^/]*\)$|\1|p" boards/sources.lock | grep . || die "no '$1' in boards/sources.lock"
}

version_of() {
    path=$(locked "$1")
    path=${path##*_}
    echo "${path%.orig.tar*}"
}

address_of() {
    sed -n "s|^$1 ||p" boards/sources.upstream | sed "s/VERSION/$(version_of "$1")/g" | grep . ||
        die "no '$1' in boards/sources.upstream"
}

# What a hash is of.
file_of() {
    case $1 in
    source) echo "$tarball" ;;
    *[./]* | LICENSE) echo "$1" ;;
    *)
        path=$(locked "$1")
        echo "${FV_CACHE:-build/cache}/${path##*/}"
        ;;
    esac
}

# source_of FOLDER: words of its own language
source_of() {
    # shellcheck disable=SC2016 # variables of the build systems, not of this shell
    case $1 in
    buildroot) echo "${RELEASES:-file://\$(BR2_EXTERNAL_FLUXVISION_PATH)}" ;;
    yocto) echo "${RELEASES:-file:/}"'/fluxvision-${PV}.tar.gz' ;;
    alpine) echo "${RELEASES:+$RELEASES/}"'fluxvision-$pkgver.tar.gz' ;;
    esac
}

# value FOLDER WORD...
value() {
    case $2 in
    version) if [ $# = 2 ]; then echo "$version"; else version_of "$3"; fi ;;
    source) source_of "$1" ;;
    address) address_of "$3" ;;
    md5 | sha256 | sha512)
        file=$(file_of "$3")
        [ -r "$file" ] || die "there is no $file"
        "${2}sum" "$file" | cut -d' ' -f1
        ;;
    homepage) echo "${HOMEPAGE:?}" ;;
    maintainer) echo "${MAINTAINER:?}" ;;
    *) die "a recipe of $1 has the unknown word @$2@" ;;
    esac
}

# Where a recipe that brings the tarball has it.
beside() {
    case $1 in
    yocto) echo yocto/recipes-connectivity/fluxvision/files ;;
    *) echo "$1" ;;
    esac
}

rm -rf "$out"
mkdir -p "$out"
for folder in buildroot yocto alpine; do
    cp -R "boards/$folder" "$out/$folder"
    find "$out/$folder" -type f -exec grep -ohE '@[a-z0-9]+( [^@ ]+)?@' {} + | sort -u >"$tmp/words"
    : >"$tmp/sed"
    while IFS= read -r word; do
        bare=${word#@}
        # shellcheck disable=SC2086 # two words
        replacement=$(value "$folder" ${bare%@})
        printf 's|%s|%s|g\n' "$(printf '%s' "$word" | sed 's/[.]/[.]/g')" \
            "$(printf '%s' "$replacement" | sed 's/[|&\\]/\\&/g')" >>"$tmp/sed"
    done <"$tmp/words"
    find "$out/$folder" -type f -exec sed -i -f "$tmp/sed" {} +
    if [ -z "${RELEASES-}" ]; then
        mkdir -p "$out/$(beside "$folder")"
        cp "$tarball" "$out/$(beside "$folder")/fluxvision-$version.tar.gz"
    fi
done
# BitBake takes the version from the name.
mv "$out/yocto/recipes-connectivity/fluxvision/fluxvision.bb" \
    "$out/yocto/recipes-connectivity/fluxvision/fluxvision_$version.bb"
# abuild warns of files that are no source.
rm "$out"/alpine/*.md
