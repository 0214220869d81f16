# SPDX-License-Identifier: MIT
# How musl is compiled for a board of the family linux/static.

# The parts of musl that the program and its tests use (ldso/ and what of it static programs need included); all of it
# takes twice the time.
MUSL_PARTS := conf ctype dirent env errno exit fcntl fenv internal ldso legacy linux locale malloc malloc/mallocng \
    misc mman multibyte network passwd process sched select setjmp signal stat stdio stdlib string temp termios thread \
    time unistd
MUSL_MATH := __fpclassifyl __signbitl copysignl fmodl frexp frexpl ldexpl scalbn scalbnl
# The kernel's headers (Landlock, seccomp) stand beside musl's.
KERNEL_HEADERS_x86_64-linux-gnu := /usr/include
KERNEL_HEADERS ?= $(wildcard $(or $(KERNEL_HEADERS_$(TRIPLET)),/usr/$(TRIPLET)/include))

# Said twice: else what our make was called with (CFLAGS=) would reach the make of musl.
MUSL_CFLAGS = $(firstword $(SMALL)) $(CPU) $(MUSL_LTO) -ffunction-sections -fdata-sections $(PROTECT) $(GUARD)

$(LIBC): $(MUSL_TREE) boards/linux/musl.mk $(BOARD_MK) | tools
	@rm -rf $(MUSL) && mkdir -p $(MUSL)/build
	$(call say,musl,$(MUSL))cd $(MUSL)/build && { CC='$(CC)' AR='$(AR)' RANLIB='$(RANLIB)' CFLAGS='$(MUSL_CFLAGS)' \
	    $(abspath $(MUSL_DIR))/configure --target=$(TRIPLET) --prefix=$(abspath $(MUSL)) --disable-shared \
	    --enable-wrapper=no && \
	    $(if $(MUSL_CODE),echo '$(MUSL_CODE:%=obj/src/%.lo): CFLAGS_ALL += $(CODE)' >>config.mak &&) \
	    $(MAKE) CFLAGS='$(MUSL_CFLAGS)' CFLAGS_NOSSP='-fno-stack-protector -fno-lto' \
	    SRC_DIRS='$(addprefix $$(srcdir)/,$(MUSL_PARTS:%=src/%) crt)' \
	    BASE_GLOBS='$$(addsuffix /*.c,$$(SRC_DIRS)) $(MUSL_MATH:%=$$(srcdir)/src/math/%.c)' install; } \
	    >log 2>&1 || { tail -n 20 log >&2; exit 1; }
	@for d in linux asm-generic; do ln -s $(KERNEL_HEADERS)/$$d $(MUSL)/include/; done
	@ln -s $(firstword $(wildcard $(KERNEL_HEADERS)/asm $(KERNEL_HEADERS)/$(TRIPLET)/asm)) $(MUSL)/include/asm
	@rm -rf $(MUSL)/build && touch $@
