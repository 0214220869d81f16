# SPDX-License-Identifier: MIT
# `make install`, its reverse, and the tarball of a version.

PREFIX ?= /usr/local
BINDIR ?= $(PREFIX)/bin
LIBDIR ?= $(PREFIX)/lib
INCLUDEDIR ?= $(PREFIX)/include
DATADIR ?= $(PREFIX)/share
MANDIR ?= $(DATADIR)/man
# A relative one would lead to a place next to DESTDIR, and to nowhere from the .pc file.
RELATIVE = $(foreach d,BINDIR LIBDIR INCLUDEDIR DATADIR MANDIR,$(if $(filter /%,$(firstword $($(d)))),,$(d)))
installing = $(if $(strip $(RELATIVE)),$(error not an absolute path: $(strip $(RELATIVE))))

# As the shell reads them: there may be spaces.
TO_BIN = "$(DESTDIR)$(BINDIR)"
TO_MAN = "$(DESTDIR)$(MANDIR)"
SHARE = "$(DESTDIR)$(DATADIR)"
install: all notices ## copy program, manual pages, completions, notices, library below $(DESTDIR)$(PREFIX)
	$(installing)install -D -m 755 $(OUT)/fluxvision $(TO_BIN)/fluxvision
	install -D -m 644 src/cli/man/fluxvision.1 $(TO_MAN)/man1/fluxvision.1
	install -D -m 644 src/cli/man/fluxvision.conf.5 $(TO_MAN)/man5/fluxvision.conf.5
	install -D -m 644 src/cli/completion/fluxvision.bash $(SHARE)/bash-completion/completions/fluxvision
	install -D -m 644 src/cli/completion/fluxvision.zsh $(SHARE)/zsh/site-functions/_fluxvision
	install -D -m 644 src/cli/completion/fluxvision.fish $(SHARE)/fish/vendor_completions.d/fluxvision.fish
	for c in $(COMMANDS); do \
	    ln -sf fluxvision $(TO_BIN)/fluxvision-$$c && \
	    ln -sf fluxvision.1 $(TO_MAN)/man1/fluxvision-$$c.1 && \
	    ln -sf fluxvision $(SHARE)/bash-completion/completions/fluxvision-$$c && \
	    ln -sf fluxvision.fish $(SHARE)/fish/vendor_completions.d/fluxvision-$$c.fish || exit 1; \
	done
	install -D -m 644 $(NOTICES) $(SHARE)/doc/fluxvision/NOTICES
	$(if $(LTO),,$(MAKE) --no-print-directory install-lib)

# The compiler's own strip knows its machine. A board's program is stripped already, and has nothing that strip
# could read.
STRIP ?= $(shell $(CC) -print-prog-name=strip)
install-strip: install ## the same; the program without its symbols
	$(if $(filter host,$(BOARD)),$(STRIP) $(TO_BIN)/fluxvision)

# What is installed is told above and in library.mk alone: it is installed once more, into build/, and each file of
# that removed, and what install-shared adds, without building it. Of directories, those that have our name.
STAGED := $(abspath $(B))/staged
uninstall: ## remove what `make install` copied, given the same variables
	$(installing)rm -rf $(STAGED)
	$(MAKE) --no-print-directory install DESTDIR=$(STAGED) >$(STAGED).log
	touch $(foreach f,$(SO_NAMES),$(STAGED)"$(LIBDIR)"/$(f))
	@[ -e $(TO_BIN)/fluxvision ] || echo "uninstall: $(DESTDIR)$(BINDIR)/fluxvision is not there;" \
	    "are DESTDIR, PREFIX and the others those of make install?" >&2
	cd $(STAGED) && find . ! -type d | (cd "$(DESTDIR)/" && while IFS= read -r f; do rm -f "$$f" || exit 1; done)
	cd $(STAGED) && find . -depth -type d -path '*/fluxvision*' | \
	    (cd "$(DESTDIR)/" && while IFS= read -r d; do rmdir "$$d" 2>/dev/null || :; done)
	rm -rf $(STAGED) $(STAGED).log

# Of the commit that is checked out, with the commit's times; gzip notes neither a name nor a time. Whoever unpacks
# it builds offline if FV_CACHE names a folder with the files of boards/sources.lock, or if the trees are given
# (MBEDTLS_DIR= and so on).
DIST := fluxvision-$(VERSION)
dist: ## the sources as a tarball: build/fluxvision-VERSION.tar.gz
	@[ -e .git ] || { echo "dist: this is no clone: what belongs to a version is what git has" >&2; exit 1; }
	@git --git-dir=.git --work-tree=. diff --quiet HEAD || \
	    echo "dist: the tarball has the last commit, without what was changed since" >&2
	@mkdir -p build
	$(call say,tar,build/$(DIST).tar.gz)git --git-dir=.git -c tar.umask=0022 \
	    archive --format=tar --prefix=$(DIST)/ HEAD >build/$(DIST).tar && gzip -9nf build/$(DIST).tar

reproducible: ## build the last commit in two different folders, and compare all that is handed on
	@tests/check/reproducible.sh
