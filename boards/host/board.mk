# SPDX-License-Identifier: MIT
# This machine, with its own compiler and libc: the program that `make` leaves at build/fluxvision.
#
# Linked statically (static-pie, so addresses stay random): peak resident memory of a GET over TLS 1.3 with glibc 2.36
# is 1.16 MiB this way, and 2.0 to 2.1 MiB as a dynamic program whatever its flags (-no-pie, LTO, no relro, mallopt:
# within 5 %), because of what the loader and libc.so touch. A name service other than "files" and "dns" in
# nsswitch.conf still loads its module, and costs what the dynamic program does. `make STATIC=` links dynamically; so
# does a libc without what static-pie needs (rcrt1.o: glibc has none on some processors, 32-bit ARM and MIPS). No LTO:
# 28 KB smaller, 50 KB more resident, and the library could only be linked by the same compiler.
#
# The objects are the program's and both libraries'. As code for a shared library (-fPIC) that shows the functions of
# the public headers alone, they make the program 100 bytes longer than with -fPIE.
#
# The linker warns of getaddrinfo in it, and is right: on another machine it needs the same glibc. What is shipped is a
# program of boards/linux-*, whose musl needs nothing.

ifeq ($(origin CC),default)
CC := gcc
endif
AR ?= ar
# Before the compiler is installed, what it will be for.
ARCH = $(firstword $(subst -, ,$(shell $(CC) -dumpmachine 2>/dev/null || uname -m)))
KERNELS = $(ARCH)
STATIC ?= $(if $(word 2,$(filter /%, \
    $(shell for f in rcrt1.o libc.a; do $(CC) -print-file-name=$$f; done 2>/dev/null))),-static-pie)
BOARD_REMARK = $(if $(STATIC)$(filter-out file,$(origin STATIC)),,\
    @echo '  The C library of $(CC) has no rcrt1.o or no libc.a: the program is linked dynamically.')
MBEDTLS_CONFIG := boards/linux
OUT := build
# For the notices.
LIBC_PART = $(if $(STATIC),glibc)
# Whoever has a _FORTIFY_SOURCE of his own has that alone.
BOARD_CFLAGS := -Os -g -fPIC -fvisibility=hidden -fno-semantic-interposition -ffunction-sections -fdata-sections \
    -fstack-protector-strong \
    $(if $(findstring _FORTIFY_SOURCE,$(CC) $(CPPFLAGS) $(CFLAGS)),,-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=2)
BOARD_LDFLAGS = $(STATIC) -Wl,--gc-sections,-z,relro,-z,now $(if $(STATIC),,-pie)
# Every byte of a listing passes through these; a third faster than at -Os.
OWN_HOT := src/base/slice.c src/base/utf8.c src/base/writer.c src/parse/splitter.c src/parse/entry.c src/parse/url.c \
    src/parse/timestamp.c src/parse/localpath.c src/store/claims.c src/store/names.c src/client/listing.c \
    src/client/list.c src/cli/out.c src/cli/json.c
