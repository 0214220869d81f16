# SPDX-License-Identifier: MIT
# `make recipes`: what build systems of others (Buildroot, Yocto, Alpine) build this version from.

# Where the tarball of this version is released; not set: the recipes bring it. HOMEPAGE and MAINTAINER: what a recipe
# has to name. Of this goal alone: OpenWrt's recipe has no maintainer for want of another.
recipes: export RELEASES ?=
recipes: export HOMEPAGE ?= https://download.flux-vision.orange-business.com
recipes: export MAINTAINER ?= fluxvision authors <fluxvision@fluxvision.example>

# The tarballs of the libraries are in the cache of boards/fetch-sources.sh: of them the recipes tell the hashes.
recipes: dist build/src/mbedtls/.sha256 build/src/jsmn/.sha256 ## recipes for Buildroot, Yocto, Alpine: build/recipes
	$(call say,text,build/recipes)boards/recipes/fill.sh build/recipes build/$(DIST).tar.gz $(VERSION)

PACKAGES_NEED += recipes
.PHONY: recipes
