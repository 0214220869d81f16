#!/bin/sh
# SPDX-License-Identifier: MIT
# notices.sh TITLE PART...          what must be handed on with a binary that holds these parts: their licences
# notices.sh --names PART...        one line: the libraries and their versions
#
# A PART is the first word of a line of the file "parts". Its version is that of boards/sources.lock; a tree of your own
# has its own one.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

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
    grep "^$1|" "$here/parts" || { echo "notices: '$1' has no line in $here/parts" >&2; exit 1; }
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
    IFS='|' read -r part name licence text rest <<END
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
