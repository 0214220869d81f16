#!/bin/sh
# SPDX-License-Identifier: MIT
# curl_mbedtls.sh CURL MBEDTLS OUT: build OUT/curl, the peer that has the library that we have: curl for HTTPS alone, on
# mbedTLS as its authors configure it, both at -O2, linked as Debian's curl is not: with mbedTLS inside. What is there
# stays.
set -eu
curl=$(cd "$1" && pwd)
mbedtls=$(cd "$2" && pwd)
mkdir -p "$3"
out=$(cd "$3" && pwd)
cc=${CC:-gcc}
jobs=$(nproc 2>/dev/null || echo 1)
[ -x "$out/curl" ] && exit 0

mkdir -p "$out/mbedtls/lib" "$out/build"
ln -sfn "$mbedtls/include" "$out/mbedtls/include"
cd "$out/build"
ls "$mbedtls"/library/*.c | xargs -P "$jobs" -n 8 "$cc" -O2 -I "$mbedtls/include" -I "$mbedtls/library" -c
# configure looks for the three archives that mbedTLS's own build makes.
ar rcs "$out/mbedtls/lib/libmbedcrypto.a" ./*.o
ar rcs "$out/mbedtls/lib/libmbedx509.a" platform.o
ar rcs "$out/mbedtls/lib/libmbedtls.a" platform.o
cp "$out/mbedtls/lib/libmbedcrypto.a" "$out/mbedtls/lib/libmbedtls.a"
rm -f ./*.o

"$curl/configure" CC="$cc" CFLAGS=-O2 --with-mbedtls="$out/mbedtls" --without-ca-bundle --without-ca-path \
    --disable-shared --enable-static --disable-dependency-tracking --disable-silent-rules --disable-docs \
    --disable-manual \
    --disable-ldap --disable-dict --disable-file --disable-ftp --disable-gopher --disable-imap --disable-mqtt \
    --disable-pop3 --disable-rtsp --disable-smb --disable-smtp --disable-telnet --disable-tftp --disable-websockets \
    --without-libpsl --without-zlib --without-brotli --without-zstd --without-nghttp2 --without-libidn2 \
    --without-librtmp --without-libgsasl >configure.log 2>&1 || { tail -n 20 configure.log >&2; exit 1; }
make -j "$jobs" -C lib >make.log 2>&1 && make -j "$jobs" -C src curl >>make.log 2>&1 || {
    tail -n 20 make.log >&2
    exit 1
}
cp src/curl "$out/curl"
"$out/curl" -V | grep -q mbedTLS
cd "$out"
rm -rf build mbedtls
