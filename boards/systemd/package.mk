# SPDX-License-Identifier: MIT
# Units for systemd, copied with the place of the program in them. Nothing is enabled.

SYSTEMDUNITDIR ?= $(PREFIX)/lib/systemd/system
SYSTEMD_UNITS := $(wildcard boards/systemd/*.service boards/systemd/*.timer)
TO_UNITS = "$(DESTDIR)$(SYSTEMDUNITDIR)"
# What is left of BINDIR, which sed and systemd would give a meaning to.
UNFIT = $(shell printf '%s' '$(subst ','\'',$(BINDIR))' | LC_ALL=C tr -d 'a-zA-Z0-9/._+@~\200-\377-' | tr -c x x)
SYSTEMD_README = $(SHARE)/doc/fluxvision/README.systemd
install-systemd: ## copy systemd's units below $(DESTDIR)$(PREFIX), or to SYSTEMDUNITDIR=
	$(installing)$(if $(filter /%,$(SYSTEMDUNITDIR)),,$(error not an absolute path: SYSTEMDUNITDIR))
	$(if $(UNFIT),$(error a unit cannot name a program in BINDIR=$(BINDIR)))
	install -d $(TO_UNITS)
	for unit in $(SYSTEMD_UNITS); do \
	    to=$(TO_UNITS)/$${unit##*/} && \
	    sed 's|^ExecStart=/usr/bin/|ExecStart=$(BINDIR)/|' $$unit >"$$to" && chmod 644 "$$to" || exit 1; \
	done
	install -D -m 644 boards/systemd/README.md $(SYSTEMD_README)
uninstall-systemd: ## remove what install-systemd copied, given the same variables
	$(installing)rm -f $(SYSTEMD_README)
	for unit in $(notdir $(SYSTEMD_UNITS)); do rm -f $(TO_UNITS)/$$unit || exit 1; done
.PHONY: install-systemd uninstall-systemd

# The long tests also run a program with another C library, which uses other system calls.
PACKAGES_NEED += $(if $(filter packages-test,$(MAKECMDGOALS)),$(filter board/linux-$(ARCH),$(BOARDS:%=board/%)))
