#!/bin/sh
# SPDX-License-Identifier: MIT
# pack.sh ipk|apk ROOT CONTROL FILE: make a package without OpenWrt's SDK.
#
# ROOT has the files as they are to be installed, CONTROL a file for each field of what the recipe says
# (sdk/include/package.mk). Both get what the format adds to them. SOURCE_DATE_EPOCH is the time of all members: the
# same files give the same package.
#
# ipk: a gzipped tar of debian-binary, data.tar.gz and control.tar.gz (opkg).
# apk: version 2 of the format: two gzipped pieces of one tar, control and data, and no signature: apk-tools 2 and 3
#      install it with --allow-untrusted. .PKGINFO has the SHA-256 of the second piece, and each file its SHA-1.
set -eu
export LC_ALL=C
umask 022
here=$(cd "$(dirname "$0")" && pwd)
format=$1 root=$2 control=$3 file=$4
name=$(cat "$control/Package")

field() { sed -n 's/^[[:space:]]*//p' "$control/$1" | tr '\n' ' ' | sed 's/ *$//'; }

# script FILE FUNCTION [SETTING]: what OpenWrt has each package run: FUNCTION of its /lib/functions.sh, which enables,
# starts and stops the service.
script() {
    cat >"$control/$1" <<END
#!/bin/sh
[ "\${IPKG_NO_SCRIPT}" = 1 ] && exit 0
[ -s "\${IPKG_INSTROOT}/lib/functions.sh" ] || exit 0
. "\${IPKG_INSTROOT}/lib/functions.sh"
${3-}$2 "\$0" "\$@"
END
    chmod 755 "$control/$1"
}

# ---- ipk

# archive FOLDER NAME...: a tar, whose members are root's.
archive() {
    folder=$1
    shift
    tar -c --format=gnu --sort=name --owner=root:0 --group=root:0 --mtime="@$SOURCE_DATE_EPOCH" -C "$folder" "$@"
}

ipk() {
    script postinst default_postinst
    script prerm default_prerm
    archive "$root" . >"$work/data.tar"
    {
        printf 'Package: %s\nVersion: %s\n' "$name" "$(field Version)"
        printf 'Depends: %s\n' "$(field Depends | sed 's/ /, /g')"
        printf 'Source: %s\nSourceName: %s\n' "$name" "$name"
        printf 'License: %s\nSection: %s\n' "$(field License)" "$(field Section)"
        printf 'SourceDateEpoch: %s\n' "$SOURCE_DATE_EPOCH"
        for optional in URL Maintainer; do
            [ -z "$(field $optional)" ] || printf '%s: %s\n' "$optional" "$(field $optional)"
        done
        printf 'Architecture: %s\nInstalled-Size: %s\n' "$(field Architecture)" "$(wc -c <"$work/data.tar")"
        printf 'Description: %s\n' "$(field Description)"
    } >"$control/control"
    gzip -9n "$work/data.tar"
    archive "$control" ./conffiles ./control ./postinst ./prerm | gzip -9n >"$work/control.tar.gz"
    echo 2.0 >"$work/debian-binary"
    archive "$work" ./debian-binary ./data.tar.gz ./control.tar.gz | gzip -9n >"$file"
}

# ---- apk

# lists: what OpenWrt's default_postinst and sysupgrade read, since apk itself keeps no such lists.
lists() {
    lists=$root/lib/apk/packages
    (cd "$root" && find . ! -type d | sed 's/^\.//' | sort) >"$work/list"
    mkdir -p "$lists"
    mv "$work/list" "$lists/$name.list"
    cp "$control/conffiles" "$lists/$name.conffiles"
    while read -r one; do
        echo "$one $(sha256sum <"$root$one" | cut -d' ' -f1)"
    done <"$control/conffiles" >"$lists/$name.conffiles_static"
}

# piece LIST FOLDER: the names of LIST as a tar without its end.
piece() { perl "$here/tar.pl" "$2" "$SOURCE_DATE_EPOCH" <"$1"; }

apk() {
    sets="root=\"\${IPKG_INSTROOT}\" pkgname=$name
export root pkgname
"
    script .post-install default_postinst "$sets"
    script .post-upgrade default_postinst "${sets}export PKG_UPGRADE=1
"
    script .pre-deinstall default_prerm "$sets"
    lists
    (cd "$root" && find . -mindepth 1 \( -type d -exec echo - {} \; -o -exec sha1sum {} \; \)) | sed 's| *\./| |' |
        sort -k 2 >"$work/list"
    { piece "$work/list" "$root" && head -c 1024 /dev/zero; } | gzip -9n >"$work/data"
    {
        printf 'pkgname = %s\npkgver = %s\n' "$name" "$(field Version)"
        printf 'pkgdesc = %s\nbuilddate = %s\n' "$(field Title)" "$SOURCE_DATE_EPOCH"
        printf 'size = %s\n' "$(find "$root" -type f -exec cat {} + | wc -c)"
        printf 'arch = %s\norigin = %s\n' "$(field Architecture)" "$name"
        [ -z "$(field URL)" ] || printf 'url = %s\n' "$(field URL)"
        [ -z "$(field Maintainer)" ] || printf 'maintainer = %s\n' "$(field Maintainer)"
        printf 'license = %s\n' "$(field License | sed 's/ / AND /g')"
        for one in $(field Depends); do
            printf 'depend = %s\n' "$one"
        done
        printf 'datahash = %s\n' "$(sha256sum <"$work/data" | cut -d' ' -f1)"
    } >"$control/.PKGINFO"
    printf -- '- %s\n' .PKGINFO .post-install .post-upgrade .pre-deinstall >"$work/list"
    piece "$work/list" "$control" | gzip -9n >"$work/control"
    cat "$work/control" "$work/data" >"$file"
}

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM HUP
"$format"
