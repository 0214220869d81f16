# SPDX-License-Identifier: MIT
# What `make install` copies.

SHARE := $(DESTDIR)$(PREFIX)/share
install: all notices ## copy program, manual pages, completions, notices, library and headers below $(DESTDIR)$(PREFIX)
	install -D $(if $(filter host,$(BOARD)),-s) -m 755 $(OUT)/fluxvision $(DESTDIR)$(PREFIX)/bin/fluxvision
	for c in $(COMMANDS); do ln -sf fluxvision $(DESTDIR)$(PREFIX)/bin/fluxvision-$$c; done
	install -D -m 644 src/cli/man/fluxvision.1 $(SHARE)/man/man1/fluxvision.1
	install -D -m 644 src/cli/man/fluxvision.conf.5 $(SHARE)/man/man5/fluxvision.conf.5
	install -D -m 644 src/cli/completion/fluxvision.bash $(SHARE)/bash-completion/completions/fluxvision
	for c in $(COMMANDS); do ln -sf fluxvision $(SHARE)/bash-completion/completions/fluxvision-$$c; done
	install -D -m 644 src/cli/completion/fluxvision.zsh $(SHARE)/zsh/site-functions/_fluxvision
	install -D -m 644 src/cli/completion/fluxvision.fish $(SHARE)/fish/vendor_completions.d/fluxvision.fish
	for c in $(COMMANDS); do ln -sf fluxvision.fish $(SHARE)/fish/vendor_completions.d/fluxvision-$$c.fish; done
	install -D -m 644 $(NOTICES) $(SHARE)/doc/fluxvision/NOTICES
	$(if $(LTO),,$(MAKE) --no-print-directory install-lib)
