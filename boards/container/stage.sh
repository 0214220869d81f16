#!/bin/sh
# SPDX-License-Identifier: MIT
# stage.sh CONTEXT PROGRAM NOTICES CA NAME=VALUE...
#
# Fill the folder CONTEXT with what the Containerfile copies, root/ and the empty data/, and with the values of its
# ARGs: the file args, a line NAME=VALUE for each. The licences are those in the headings of NOTICES.
#
# CA is a file with the CAs that the image trusts. If it is empty: those of this machine's Debian package
# ca-certificates, as the package has them. The machine's own bundle is not taken: administrators add CAs to it that a
# user of the image never agreed to.
set -eu
export LC_ALL=C
[ $# -ge 4 ] || { sed -n '3s/^# //p' "$0" >&2; exit 2; }
context=$1 program=$2 notices=$3 ca=$4
shift 4
package=/usr/share/ca-certificates/mozilla

umask 022
rm -rf "$context"
mkdir -p "$context/data"
printf '%s\n' "$@" >"$context/args"
doc=$context/root/usr/share/doc
bundle=$context/root/etc/ssl/certs/ca-certificates.crt
install -D -m 755 "$program" "$context/root/usr/bin/fluxvision"
install -D -m 644 "$notices" "$doc/fluxvision/NOTICES"
mkdir -p "${bundle%/*}"
if [ -n "$ca" ]; then
    name=${ca##*/} more=
    # Everybody can read what an image has.
    if grep -qs '^-----BEGIN .*PRIVATE KEY-----' "$ca"; then
        echo "oci: $ca has a private key, which would be in the image" >&2
        exit 1
    fi
    cat "$ca" >"$bundle"
else
    set -- "$package"/*.crt
    [ -e "$1" ] || { echo "oci: $package is empty: install ca-certificates, or name a file: CA=" >&2; exit 1; }
    name="Debian's ca-certificates $(dpkg-query -W -f '${Version}' ca-certificates) (Mozilla's CAs)"
    more=MPL-2.0
    sed -s '' "$@" >"$bundle" # with -s, a file without a newline at its end gets one
    install -D -m 644 /usr/share/doc/ca-certificates/copyright "$doc/ca-certificates/copyright"
fi
count=$(grep -c '^-----BEGIN CERTIFICATE-----' "$bundle") || {
    echo "oci: ${ca:-$package} has no certificate in PEM" >&2
    exit 1
}
[ "$(grep -c '^-----END CERTIFICATE-----' "$bundle")" = "$count" ] || {
    echo "oci: ${ca:-$package}: a certificate has no end" >&2
    exit 1
}
licences=$({ sed -n 's/^==== .* (\(.*\))$/\1/p' "$notices"; echo $more; } | grep . | sort -u)
{
    echo "LICENSES=$(echo "$licences" | sed '$!s/$/ AND/' | tr '\n' ' ' | sed 's/ $//')"
    echo "CA_BUNDLE=$name, $count certificates, sha256:$(sha256sum <"$bundle" | cut -c1-64)"
} >>"$context/args"
