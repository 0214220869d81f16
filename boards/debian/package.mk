# SPDX-License-Identifier: MIT

# DEB= has options for dpkg-buildpackage: DEB=-S makes the source package alone.
deb: dist ## Debian's packages, of the last commit: build/deb/*.deb; as Debian builds them, from the source package
	@boards/debian/build.sh $(VERSION) build/deb $(DEB)

.PHONY: deb
