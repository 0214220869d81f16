# SPDX-License-Identifier: MIT
# MBEDTLS=system: program and library linked with the mbedTLS of the system, for distributions that want one library for
# all programs. A program of the host, linked dynamically.
#
# It has to be mbedTLS 3.6 (Debian 13; not Debian 12, whose 2.28 has no TLS 1.3, nor 4.0, whose interface is another),
# with what upstream's own configuration has on. pkg-config names its flags, if there is one: PKG_CONFIG, and for
# another sysroot PKG_CONFIG_SYSROOT_DIR and so on. The rules for certificates, pins, reasons, sessions and TLS versions
# are ours (src/net/tls_system.h), and so is the memory for trusted certificates: one at a time. What differs:
#  * Certificates are parsed without boards/verify_only.h. One is refused as malformed if it is signed with an algorithm
#    that mbedTLS does not know (a root that signs itself so, too), or if its names hold a NumericString, an address of
#    another length than 4 or 16 bytes, or an empty name.
#  * A server's key that may also be used for encipherOnly or decipherOnly is refused.
#  * A suite that was not offered is called that; our own mbedTLS does not know it at all.
#  * A program that links to libfluxvision: each certificate that a server sends has to be parsed by mbedTLS, also one
#    that the path does not need, and none may have a critical extension that mbedTLS does not know (nameConstraints).
#  * Memory: the library's own configuration decides, such as 16 KiB to send from. No kernels of ours for the processor.

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
