# SPDX-License-Identifier: MIT
# The library, as it is built and as it is installed.

lib: $(OUT)/libfluxvision.a build/fluxvision.pc $(PUBLIC:%=build/include/%)

# One archive with mbedTLS in it: it is configured for us, another one would not do.
$(OUT)/libfluxvision.a: $(LIB_C:%.c=$(B)/%.o) $(MBEDTLS_O)
	$(archive)
build/include/%: src/%
	@mkdir -p $(@D) && cp $< $@
build/include/port/%: port/%
	@mkdir -p $(@D) && cp $< $@
# As it lies in build/ it points there, wherever that is; `make install` gives it the final places.
build/fluxvision.pc: Makefile
	@mkdir -p $(@D) && printf '%s\n' 'libdir=$${pcfiledir}' 'includedir=$${pcfiledir}/include' '' \
	    'Name: fluxvision' 'Description: client of the Flux Vision portal' 'Version: $(VERSION)' \
	    'Cflags: -I$${includedir}' 'Libs: -L$${libdir} -lfluxvision' >$@

install-lib: lib
	install -D -m 644 $(OUT)/libfluxvision.a $(DESTDIR)$(PREFIX)/lib/libfluxvision.a
	for h in $(PUBLIC); do install -D -m 644 build/include/$$h $(DESTDIR)$(PREFIX)/include/fluxvision/$$h; done
	install -d $(DESTDIR)$(PREFIX)/lib/pkgconfig
	sed -e 's|^libdir=.*|libdir=$(PREFIX)/lib|' -e 's|^includedir=.*|includedir=$(PREFIX)/include/fluxvision|' \
	    build/fluxvision.pc >$(DESTDIR)$(PREFIX)/lib/pkgconfig/fluxvision.pc
