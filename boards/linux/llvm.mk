# SPDX-License-Identifier: MIT
# LLVM's compiler and linker for a board of the family linux/static: equal stretches of code become one function (the
# outliner, three times, on where it is the compiler's default: forced on for Cortex-A, it saved 1.5 KB and a program
# crashed), equal functions are linked once (icf), and relocations of pointer tables are packed (relr), which GNU's
# linker does for x86 alone. Of gcc it needs libgcc.a.

LLVM := 19
ifeq ($(origin CC),default)
CC := clang-$(LLVM) --target=$(TRIPLET)
endif
ifeq ($(origin AR),default)
AR := llvm-ar-$(LLVM)
endif
RANLIB := llvm-ranlib-$(LLVM)

SMALL ?= -Oz -Wno-unused-command-line-argument
# Asked for once, and not before the compiler is there.
TOOL_HEADERS = $(eval TOOL_HEADERS := $(shell $(CC) -print-resource-dir)/include)$(TOOL_HEADERS)
# Nothing of the program is elsewhere, the stack protector's reference value neither: no way through the GOT.
GUARD := -fdirect-access-external-data
# libgcc's division calls raise, which link-time optimisation does not see. Inlining is held to be dearer than it
# claims to be: what is left alone is more alike. Loops stay as they were written (lsr, licm), blocks where they stood
# (block-placement), loads where they are needed (load-pre, licm-promotion): shorter, and a handshake takes 2 % more
# instructions.
BOARD_LDMORE += --ld-path=ld.lld-$(LLVM) -Wl,-O2,--pack-dyn-relocs=relr,--icf=safe,-u,raise \
    $(addprefix -Wl$(comma)-mllvm$(comma),-inline-threshold=-20 -inline-instr-cost=4 -disable-lsr \
    -disable-machine-licm -disable-block-placement -split-spill-mode=size -enable-load-pre=false \
    -disable-licm-promotion -tail-merge-size=2 -machine-outliner-reruns=2) \
    $(if $(FAT),-Wl$(comma)--fat-lto-objects)
NO_LTO := -fno-lto -Wl,--no-fat-lto-objects
LINK_TRACE = -Wl,--trace >$(basename $@).trace
# musl takes part, but for what runs before there is a reference value.
MUSL_LTO = $(LTO) $(FAT)
# -O2 would make arithmetic faster and armv7 larger than it may be.
ARITHMETIC :=
