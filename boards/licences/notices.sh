#!/bin/sh
# SPDX-License-Identifier: MIT
# notices.sh TITLE PART...          what must be handed on with a binary that holds these parts: their licences
# notices.sh --names PART...        one line: the libraries and their versions
#
# A PART is a word of the table below. Its version is that of boards/sources.lock; a tree of your own has its own one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

# part|name|SPDX identifier|text
table='
mbedtls|Mbed TLS|Apache-2.0|apache-2.0
jsmn|jsmn|MIT|jsmn
bearssl|BearSSL|MIT|bearssl
openssl|OpenSSL (assembly of its kernels)|Apache-2.0|apache-2.0
musl|musl|MIT|musl
lwip|lwIP|BSD-3-Clause|lwip
oofatfs|ooFatFs, as MicroPython ships it|LicenseRef-FatFs|oofatfs
littlefs|littlefs, as MicroPython ships it|BSD-3-Clause|littlefs
newlib|newlib|BSD-3-Clause|newlib
picolibc|picolibc|BSD-3-Clause|picolibc
glibc|GNU C Library|LGPL-2.1-or-later|
'

names=
[ "${1-}" != --names ] || names=1
[ $# -gt 1 ] || { sed -n '3,4s/^# //p' "$0" >&2; exit 2; }

version() {
    case $1 in
    oofatfs | littlefs) set -- micropython ;;
    esac
    sed -n "s|.*/$1_\([0-9.]*[0-9]\).*|\1|p" "$here/../sources.lock"
}

line() {
    echo "$table" | grep "^$1|" || { echo "notices: '$1' has no line in the table of $0" >&2; exit 1; }
}

[ -n "$names" ] || {
    echo "$1 contains the parts below. Their licences ask that these notices go with it."
    echo
    printf '==== fluxvision (MIT)\n\n'
    cat "$here/../../LICENSE"
}
shift
done=
for part; do
    row=$(line "$part")
    IFS='|' read -r part name licence text <<END
$row
END
    version=$(version "$part")
    if [ -n "$names" ]; then
        printf '%s%s%s' "${done:+, }" "${name%%[,(]*}" "${version:+ $version}" | sed 's/  */ /g'
        done=1
        continue
    fi
    printf '\n==== %s%s (%s)\n\n' "$name" "${version:+, version $version}" "$licence"
    if [ "$part" = glibc ]; then
        cat <<END
This binary is linked to it statically. LGPL-2.1, section 6, then asks whoever hands the binary on to give its
recipients the means to link it anew with a changed library: the object files, or the complete source. The programs of
the boards linux-* (make boards) hold musl in its place and ask for no such thing: ship these.
END
    else
        case " $done " in
        *" $text "*) echo "As above: see '$licence'." ;;
        *) cat "$here/$text.txt" ;;
        esac
        done="$done $text"
    fi
done
[ -z "$names" ] || echo
