# SPDX-License-Identifier: MIT
# MBEDTLS=system: program and library linked with the mbedTLS of the system, for distributions that want one library for
# all programs. A program of the host, linked dynamically.
#
# It has to be mbedTLS 3.6 (Debian 13; not Debian 12, whose 2.28 has no TLS 1.3, nor 4.0, whose interface is another),
# with what upstream's own configuration has on. pkg-config names its flags, if there is one: PKG_CONFIG, and for
# another sysroot PKG_CONFIG_SYSROOT_DIR and so on. What is promised of certificates, pins, reasons, sessions and TLS
# versions holds: src/net/tls_system.h. What differs:
#  * Each certificate that a server sends is read by mbedTLS's own parser, also those that the path does not need. One
#    with a name of a rare kind, or a critical extension that mbedTLS does not know, ends the handshake.
#  * mbedTLS has looked at the signatures of the path before our check does: there are twice as many, and the limit for
#    their number is ours alone.
#  * Memory: the library's own allocator and configuration decide, and it is code for a shared library.
#  * No kernels of ours for the processor: what the library has.

ifneq ($(strip $(filter command environment,$(firstword $(origin STATIC)))),)
$(if $(STATIC),$(error MBEDTLS=system is linked dynamically: leave out STATIC=$(STATIC)))
endif
STATIC :=
BOARD_REMARK :=
override KERNELS :=
SYSTEM_WORDS := mbedtls mbedx509 mbedcrypto

PKG_CONFIG ?= pkg-config
asked = $(shell $(PKG_CONFIG) $(1) $(SYSTEM_WORDS) 2>/dev/null)
# Asked for once, and not before they are needed.
SYSTEM_CFLAGS = $(eval SYSTEM_CFLAGS := $(patsubst -I%,-isystem %,$(call asked,--cflags)))$(SYSTEM_CFLAGS)
SYSTEM_LIBS = $(eval SYSTEM_LIBS := $(or $(call asked,--libs),$(SYSTEM_WORDS:%=-l%)))$(SYSTEM_LIBS)
# Of a program that links to libfluxvision.a.
SYSTEM_PC = $(if $(call asked,--libs),'Requires.private: $(SYSTEM_WORDS)','Libs.private: $(SYSTEM_LIBS)')
FLAGS_mbedtls = $(SYSTEM_CFLAGS)
FLAGS_system := -include src/net/tls_system.h
# help.c knows what was compiled; help_system.c calls it, and adds what runs.
FLAGS_libraries += -Dfv_help_version=fv_help_parts
BOARD_LDLIBS = $(SYSTEM_LIBS)

# Its version, in place of a tree of ours. Looked at by each make: the system may have another one now.
MBEDTLS_TREE := $(B)/system_mbedtls
$(MBEDTLS_TREE): anew | tools
	@mkdir -p $(@D); \
	has=$$(printf '#include <mbedtls/version.h>\nhas MBEDTLS_VERSION_STRING\n' | \
	    $(CC) $(SYSTEM_CFLAGS) $(USER_FLAGS) -E -P - 2>/dev/null | sed -n 's/^has "\(.*\)"$$/\1/p'); \
	case $$has in \
	3.6.*) [ "$$has" = "$$(cat $@ 2>/dev/null)" ] || echo "$$has" >$@ ;; \
	*) echo "MBEDTLS=system needs mbedTLS 3.6 (Debian 13: libmbedtls-dev), but $(CC) finds $${has:-none}." \
	    "Without MBEDTLS=system, make builds its own." >&2; exit 1 ;; \
	esac
