# SPDX-License-Identifier: MIT
# The library: how it is built, what a program includes, and how both are installed.

# The number changes with a change that programs must be compiled again for.
SONAME := libfluxvision.so.0
SO := libfluxvision.so.$(VERSION)
SO_NAMES := $(SO) $(SONAME) libfluxvision.so
# The compiler's own.
OBJCOPY ?= $(shell $(CC) -print-prog-name=objcopy)

lib: $(OUT)/libfluxvision.a $(OUT)/fluxvision.pc
shared: $(OUT)/$(SO) lib ## the shared library: build/libfluxvision.so.VERSION; `make install-shared` installs it too

# The headers, and which names the library has. See boards/library/headers.pl.
LISTS := $(OUT)/library
$(LISTS)/names: boards/library/headers.pl $(wildcard $(PUBLIC:%=src/%) $(PUBLIC)) $(BOARD_MK) Makefile $(LIBC) | tools
	$(call say,text,$(OUT)/include)perl $< . $(OUT) $(VERSION) $(PUBLIC) -- \
	    $(CC) -std=c11 $(BOARD_CFLAGS) $(call cppflags,src/base/err.c) $(USER_FLAGS)

# mbedTLS is in it: it is configured for us, another one would not do. Except with MBEDTLS=system: then a program links
# to the system's, as the .pc file says.
$(OUT)/libfluxvision.a: boards/library/merge.sh $(LISTS)/names $(LIB_C:%.c=$(B)/%.o) $(MBEDTLS_O)
	$(call say,ar,$@)CC='$(CC) $(BOARD_CFLAGS)' OBJCOPY='$(OBJCOPY)' AR='$(AR)' $< $(LISTS) $@ $(filter %.o,$^)
$(OUT)/$(SO): $(if $(LIBC),no-shared,$(OUT)/libfluxvision.a)
	$(call say,ld,$@)$(CC) $(BOARD_CFLAGS) $(CFLAGS) $(LDFLAGS) -shared -Wl,-soname,$(SONAME) \
	    -Wl,--version-script,$(LISTS)/exports,-z,defs,-z,relro,-z,now,--gc-sections $(<:.a=.o) $(SYSTEM_LIBS) -o $@

no-shared:
	@echo "BOARD=$(BOARD) has a libc that is linked statically, so there is no shared library for it" >&2; exit 1

# As it lies in build/ it points there, wherever that is; `make install` gives it the final places.
pc = printf '%s\n' $(1) '' 'Name: fluxvision' 'Description: client of the Flux Vision portal' 'Version: $(VERSION)' \
    'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lfluxvision' $(SYSTEM_PC)
escaped = $(subst $() ,\ ,$(1))
below = $(patsubst ^%,%,$(subst ^$(call escaped,$(PREFIX))/,^$${prefix}/,^$(call escaped,$(1))))
$(OUT)/fluxvision.pc: Makefile boards/library.mk $(BOARD_MK)
	@mkdir -p $(@D) && $(call pc,'libdir=$${pcfiledir}' 'includedir=$${pcfiledir}/include') >$@

TO_INCLUDE = "$(DESTDIR)$(INCLUDEDIR)"/fluxvision
TO_LIB = "$(DESTDIR)$(LIBDIR)"
TO_CMAKE = $(TO_LIB)/cmake/fluxvision
install-lib: lib
	$(installing)install -D -m 644 $(OUT)/libfluxvision.a $(TO_LIB)/libfluxvision.a
	for h in fv_config.h $(PUBLIC); do install -D -m 644 $(OUT)/include/$$h $(TO_INCLUDE)/$$h; done
	install -d $(TO_LIB)/pkgconfig $(TO_CMAKE)
	$(call pc,'prefix=$(call escaped,$(PREFIX))' 'libdir=$(call below,$(LIBDIR))' \
	    'includedir=$(call below,$(INCLUDEDIR))/fluxvision') >$(TO_LIB)/pkgconfig/fluxvision.pc
	chmod 644 $(TO_LIB)/pkgconfig/fluxvision.pc
	sed -e "s|@INCLUDE@|$$(perl -MFile::Spec -e 'print File::Spec->abs2rel(@ARGV)' \
	    "$(INCLUDEDIR)/fluxvision" "$(LIBDIR)/cmake/fluxvision")|" \
	    -e 's|@LIBRARIES@|$(subst $() ,;,$(strip $(SYSTEM_WORDS)))|' \
	    boards/cmake/fluxvision-config.cmake >$(TO_CMAKE)/fluxvision-config.cmake
	sed 's|@VERSION@|$(VERSION)|' boards/cmake/fluxvision-config-version.cmake \
	    >$(TO_CMAKE)/fluxvision-config-version.cmake
	chmod 644 $(TO_CMAKE)/*
install-shared: shared install-lib ## install-lib, and the shared library
	install -D -m 755 $(OUT)/$(SO) $(TO_LIB)/$(SO)
	ln -sf $(SO) $(TO_LIB)/$(SONAME)
	ln -sf $(SONAME) $(TO_LIB)/libfluxvision.so

# What other build systems compile. `make check` compares the file with the lists of this Makefile.
SOURCES_TXT := boards/library/sources.txt
print_sources = printf '%s\n' '\# Written by make sources-txt' $(LISTED_lib:%='library %') \
    $(MBEDTLS_FILES:%='mbedtls %') $(VERIFY_ONLY:%='verify_only %') $(PUBLIC:%='public %')
sources-txt: ## write boards/library/sources.txt, the lists for CMake and meson
	@$(print_sources) >$(SOURCES_TXT)
$(B)/clean/sources: $(SOURCES_TXT) Makefile src/sources.mk port/sources.mk boards/sources.mk boards/library.mk
	@mkdir -p $(@D)
	@$(print_sources) | diff -u $< - || { echo '$< is not as the lists of make: make sources-txt' >&2; exit 1; }
	@touch $@

.PHONY: shared no-shared install-shared sources-txt
