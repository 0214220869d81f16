#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh VERSION OUT [OPTION...]    make the source package of what `make dist` has packed, and packages of it
#
# OUT then has fluxvision_VERSION*.dsc with its tarballs, *.deb, *.buildinfo, *.changes. The OPTIONs are those of
# dpkg-buildpackage. What the packages are built with has to be installed: apt-get build-dep OUT/*.dsc
#
# Where libmbedtls-dev 3.6 is not installed, this is a backport: the source package has an additional tarball with
# mbedTLS, and a lower version, so that the package of a distribution that has 3.6 replaces it.
set -eu
version=$1 out=$2
shift 2
dist=fluxvision-$version
root=$PWD
# A make that runs this has settings which are not those of the packages.
unset MAKEFLAGS MAKELEVEL MAKEOVERRIDES MFLAGS

command -v dpkg-buildpackage >/dev/null || { echo "deb: the Debian package dpkg-dev is missing" >&2; exit 1; }
case $(dpkg-query -W -f '${Version}' libmbedtls-dev 2>/dev/null) in
3.6*) own= ;;
*) own=$(sed -n 's|.*/\(mbedtls_.*\)|\1|p' boards/sources.lock) ;;
esac

rm -rf "$out"
mkdir -p "$out"
cp "build/$dist.tar.gz" "$out/fluxvision_$version.orig.tar.gz"
cd "$out"
# With the modes of the archive (-p), whatever the umask.
tar -xp --no-same-owner -f "fluxvision_$version.orig.tar.gz"
cp -pR "$dist/boards/debian" "$dist/debian"

if [ -n "$own" ]; then
    echo "deb: libmbedtls-dev 3.6 is not installed: these packages have an mbedTLS of their own"
    (cd "$root" && boards/fetch-sources.sh mbedtls)
    tarball=fluxvision_$version.orig-mbedtls.${own##*.orig.}
    cp "${FV_CACHE:-$root/build/cache}/$own" "$tarball"
    mkdir -m 755 "$dist/mbedtls"
    tar -xp --no-same-owner -C "$dist/mbedtls" --strip-components=1 -f "$tarball"
    cd "$dist/debian"
    sed '/^ libmbedtls-dev/d' control >control.new
    cat copyright backport/copyright >copyright.new
    {
        sed -n '1s/)/~backport1)/p' changelog
        printf '\n  * Backport, with the source of mbedTLS 3.6.\n\n'
        # The commit's time.
        printf '%s  %s\n\n' "$(sed -n 's/>  .*/>/p' changelog | head -n 1)" \
            "$(date -Ru -d "@${SOURCE_DATE_EPOCH:-$(cat ../boards/commit_time)}")"
        cat changelog
    } >changelog.new
    for f in control copyright changelog; do cat $f.new >$f; rm $f.new; done
    cd ../..
fi

cd "$dist"
# These are of the clone.
(cd debian && rm -r README.md build.sh package.mk backport)
dpkg-buildpackage -us -uc -sa "$@"
cd "$root"
rm -rf "${out:?}/$dist"
