# SPDX-License-Identifier: MIT
# How a board that is one static file for Linux is built: musl from source, static-pie, link-time optimisation. Its
# board.mk says TRIPLET (of Debian's cross compiler), ARCH (as musl and boards/linux/mbedtls.mk call it), CPU (options),
# QEMU (runs it elsewhere) and perhaps CODE (options for all but musl, of which the files of MUSL_CODE get them), FAT
# (objects that can be linked without link-time optimisation too, as the unit tests are), HOT (options of mbedTLS's
# files in which time is spent), PROTECT (which functions have a stack protector), KERNELS (faster arithmetic:
# boards/linux/kernels.mk) and TOOLS: gcc, or llvm, which is worth its 60 MB where it makes the file a tenth smaller.
#
# No specs file of musl's: the wrapper makes a dynamic PIE of -static-pie. So what it would say is said here: start
# files, header directories, libc. musl has no _FORTIFY_SOURCE; the stack protector is on in its code too, as it reads
# what name servers say. musl's time_t has 64 bits everywhere, its off_t too.

# Without it (LTO=) the library is made too: with it, other compilers could not read it.
LTO ?= -flto
TOOLS ?= gcc
include boards/linux/$(TOOLS).mk
# Kernels with larger pages can't load it then; PAGE=65536 is for them.
PAGE ?= 4096
MBEDTLS_CONFIG := boards/linux
ifeq ($(origin CODE),environment)
CODE :=
endif
# Where -strong would make the file larger than it may be (by 3 to 5 of 100), functions with character arrays alone
# have one.
PROTECT ?= -fstack-protector-strong

BOARD_LEVEL := $(BOARD)
LIBC_PART := musl
MUSL := build/$(BOARD)/musl
MUSL_DIR ?= build/src/musl
MUSL_TREE := $(MUSL_DIR)/$(if $(filter build/src/%,$(MUSL_DIR)),.sha256,configure)
LIBC := $(MUSL)/lib/libc.a

BOARD_ISYSTEM = -nostdinc -isystem $(MUSL)/include -isystem $(TOOL_HEADERS)
BOARD_CFLAGS = $(SMALL) $(CPU) $(CODE) $(LTO) $(FAT) -fPIE -ffunction-sections -fdata-sections \
    $(PROTECT) $(GUARD) -fno-asynchronous-unwind-tables -fno-unwind-tables -fno-ident $(BOARD_ISYSTEM)
# The file is what goes onto a gateway: stripped, unless STRIP= is given (nothing; the name of a program is for
# `make install-strip`).
BOARD_STRIP := $(if $(filter command,$(origin STRIP)),$(if $(STRIP),-s),-s)
# Section headers too: 1.3 KB.
BOARD_FINISH := $(if $(BOARD_STRIP),perl boards/linux/headers.pl)
BOARD_LDFLAGS = -nostdlib -static $(BOARD_STRIP) -Wl,-pie,--no-dynamic-linker,-z,text,-z,relro,-z,now,-z,noexecstack \
    -Wl,-z,max-page-size=$(PAGE),-z,common-page-size=4096,--gc-sections,--build-id=none,--hash-style=gnu \
    $(BOARD_LDMORE) $(MUSL)/lib/rcrt1.o $(MUSL)/lib/crti.o
BOARD_O := $(B)/boards/linux/assert.o
BOARD_LDLIBS = $(LIBC) -lgcc $(MUSL)/lib/crtn.o

include boards/linux/musl.mk

# For the unit tests. Thread-local storage and signals as on every Linux.
CMOCKA_DIR ?= build/src/cmocka
$(B)/cmocka.o: $(CMOCKA_DIR)/.sha256 $(LIBC)
	$(call say,cc,$@)$(CC) $(BOARD_CFLAGS) -fno-lto -w -D_UINTPTR_T_DEFINED -DHAVE_INTTYPES_H -DHAVE_SIGNAL_H \
	    -DHAVE_STRINGS_H -DHAVE_MALLOC_H -DHAVE_CLOCK_REALTIME -DHAVE_SIGLONGJMP -DHAVE_STRSIGNAL \
	    -DHAVE_STRUCT_TIMESPEC -DHAVE_GCC_THREAD_LOCAL_STORAGE \
	    -I$(CMOCKA_DIR)/include -c $(CMOCKA_DIR)/src/cmocka.c -o $@
