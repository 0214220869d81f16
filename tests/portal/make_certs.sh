#!/bin/sh
# SPDX-License-Identifier: MIT
# Make the certificates of the test portals.
#
#   make_certs.sh OUT
#
# Writes OUT/ca.pem, OUT/other-ca.pem, and for every server OUT/NAME.pem (leaf first, then what the server
# sends with it), OUT/NAME.key, and a line "NAME sha256//BASE64" in OUT/pins. Names:
#
#   ecdsa-p256 ecdsa-p384 rsa-2048 rsa-4096   good, signed by ca.pem
#   chain           good, through an intermediate that the server sends
#   chain-missing   the same, but the server does not send the intermediate
#   wildcard        good for *.portal.test only
#   expired not-yet-valid wrong-host client-only self-signed unknown-ca      to be refused
#
# Does nothing when OUT is complete and still valid. Needs openssl.
set -eu
umask 022

version=2
good='ecdsa-p256 ecdsa-p384 rsa-2048 rsa-4096 chain chain-missing wildcard'
bad='expired not-yet-valid wrong-host client-only self-signed unknown-ca'

[ $# -eq 1 ] || { echo "usage: make_certs.sh OUT" >&2; exit 2; }
out=${1%/}
[ -n "$out" ] || { echo "make_certs.sh: no output directory" >&2; exit 2; }

# is_complete DIR: all there, of this version, and good for another week
is_complete() {
    [ "$(cat "$1/version" 2>/dev/null)" = "$version" ] && [ -s "$1/pins" ] || return 1
    for c_name in $good $bad; do
        [ -s "$1/$c_name.pem" ] && [ -s "$1/$c_name.key" ] || return 1
    done
    for c_name in ca other-ca ecdsa-p256 chain; do
        openssl x509 -in "$1/$c_name.pem" -noout -checkend 604800 >/dev/null 2>&1 || return 1
    done
}

is_complete "$out" && exit 0

mkdir -p "$(dirname "$out")"
work=$(mktemp -d -p "$(dirname "$out")")
trap 'rm -rf "$work"' EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
chmod 755 "$work"

names='DNS:localhost,DNS:portal.test,IP:127.0.0.1,IP:::1,IP:10.0.2.2,IP:10.0.2.100'
from=20200101000000Z
until=20491231235959Z

# run CMD...: quiet unless it fails
run() {
    if ! "$@" >"$work/output" 2>&1; then
        cat "$work/output" >&2
        echo "make_certs.sh: failed: $*" >&2
        exit 1
    fi
}

# key NAME ALGORITHM
key() {
    case $2 in
    p256) run openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$work/$1.key" ;;
    p384) run openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-384 -out "$work/$1.key" ;;
    rsa*) run openssl genpkey -algorithm RSA -pkeyopt "rsa_keygen_bits:${2#rsa}" -out "$work/$1.key" ;;
    esac
}

# config ISSUER SAN: what openssl ca and req read
config() {
    cat >"$work/config" <<END
[ca]
default_ca = issuer
[issuer]
database = $work/index
new_certs_dir = $work/issued
private_key = $work/$1.key
certificate = $work/$1.pem
rand_serial = yes
default_md = sha256
policy = any
unique_subject = no
copy_extensions = none
[any]
commonName = supplied
organizationName = optional
[req]
distinguished_name = name
prompt = no
[name]
commonName = test
[root]
basicConstraints = critical,CA:TRUE
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
[intermediate]
basicConstraints = critical,CA:TRUE,pathlen:0
keyUsage = critical,keyCertSign,cRLSign
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
[server]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectKeyIdentifier = hash
authorityKeyIdentifier = keyid
subjectAltName = $2
[client]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature
extendedKeyUsage = clientAuth
subjectAltName = $2
[alone]
basicConstraints = CA:FALSE
keyUsage = critical,digitalSignature,keyEncipherment
extendedKeyUsage = serverAuth
subjectAltName = $2
END
}

# sign NAME ISSUER EXTENSIONS SUBJECT SAN FROM UNTIL; NAME = ISSUER signs itself
sign() {
    config "$2" "$5"
    : >"$work/index"
    rm -rf "$work/issued"
    mkdir "$work/issued"
    run openssl req -new -config "$work/config" -key "$work/$1.key" -subj "$4" -out "$work/request"
    s_self=
    [ "$1" != "$2" ] || s_self=-selfsign
    # shellcheck disable=SC2086
    run openssl ca -batch -notext $s_self -config "$work/config" -extensions "$3" \
        -startdate "$6" -enddate "$7" -in "$work/request" -out "$work/$1.pem"
}

for name in ca other-ca intermediate; do key $name p256; done
sign ca ca root "/O=fluxvision tests/CN=Test CA" "$names" $from $until
sign other-ca other-ca root "/O=fluxvision tests/CN=Another CA" "$names" $from $until
sign intermediate ca intermediate "/O=fluxvision tests/CN=Test intermediate CA" "$names" $from $until

key ecdsa-p256 p256
key ecdsa-p384 p384
key rsa-2048 rsa2048
key rsa-4096 rsa4096
for name in ecdsa-p256 ecdsa-p384 rsa-2048 rsa-4096; do
    sign $name ca server /CN=localhost "$names" $from $until
done

for name in chain wildcard $bad; do key "$name" p256; done
sign chain intermediate server /CN=localhost "$names" $from $until
sign wildcard ca server /CN=portal.test 'DNS:*.portal.test' $from $until
sign expired ca server /CN=localhost "$names" $from 20210101000000Z
sign not-yet-valid ca server /CN=localhost "$names" 20480101000000Z $until
sign wrong-host ca server /CN=elsewhere.test DNS:elsewhere.test,IP:192.0.2.1 $from $until
sign client-only ca client /CN=localhost "$names" $from $until
sign self-signed self-signed alone /CN=localhost "$names" $from $until
sign unknown-ca other-ca server /CN=localhost "$names" $from $until
cp "$work/chain.pem" "$work/chain-missing.pem"
cp "$work/chain.key" "$work/chain-missing.key"
cat "$work/intermediate.pem" >>"$work/chain.pem"

for name in ca other-ca intermediate $good $bad; do
    pin=$(openssl x509 -in "$work/$name.pem" -noout -pubkey | openssl pkey -pubin -outform DER |
        openssl dgst -sha256 -binary | openssl base64)
    echo "$name sha256//$pin"
done >"$work/pins"

rm -rf "$work/issued" "$work/index" "$work/index".* "$work/request" "$work/config" "$work/output"
echo $version >"$work/version"

# Another process may have finished first: then its certificates are as good.
is_complete "$out" && exit 0
[ -s "$out/version" ] && rm -rf "$out"
[ ! -d "$out" ] || rmdir "$out" 2>/dev/null || { echo "make_certs.sh: $out holds something else" >&2; exit 1; }
mv "$work" "$out"
