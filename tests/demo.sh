#!/bin/sh
# SPDX-License-Identifier: MIT
# The demonstration behind `make demo`: a real portal (nginx, TLS, Basic authentication) on this machine, and what the
# program does with it. $1: the program. Everything lives under build/demo; the portal is stopped at the end.
set -eu
program=${1:-build/fluxvision}
python=/usr/bin/python3
work=build/demo
portal=tests/portal/portal.py

step() { printf '\n$ %s\n' "$*"; }
stop() { "$python" "$portal" stop "$work" >/dev/null 2>&1 || true; }
trap stop EXIT
trap 'exit 130' INT TERM HUP

rm -rf "$work/hauc"
mkdir -p "$work"
"$python" "$portal" start "$work"
. "$work/portal.env"

step "fluxvision list HAUC | tail -n 5"
"$program" list HAUC >"$work/list.txt"
tail -n 5 "$work/list.txt"

step "fluxvision doctor HAUC $work/hauc"
"$program" doctor HAUC "$work/hauc"

step "fluxvision sync HAUC $work/hauc | tail -n 3"
"$program" sync HAUC "$work/hauc" >"$work/first.txt"
tail -n 3 "$work/first.txt"

step "fluxvision sync HAUC $work/hauc     (again: nothing is fetched twice)"
"$program" sync HAUC "$work/hauc" | tee "$work/second.txt"
grep -q '^0 fetched, .* 0 failed; .* 1 request$' "$work/second.txt"

step "fluxvision verify --print $work/hauc | sha256sum -c --quiet"
"$program" verify --print "$work/hauc" >"$work/SHA256SUMS"
(cd "$work/hauc" && sha256sum -c --quiet "../SHA256SUMS") &&
    echo "sha256sum agrees on $(wc -l <"$work/SHA256SUMS") files"

step "fluxvision status $work/hauc"
"$program" status "$work/hauc"

printf '\ndemo: done; the files are in %s\n' "$work/hauc"
