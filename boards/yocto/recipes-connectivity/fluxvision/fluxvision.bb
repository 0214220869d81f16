# SPDX-License-Identifier: MIT
SUMMARY = "Client of the Flux Vision portal"
DESCRIPTION = "Lists and fetches the files of Orange's Flux Vision portal, and keeps a local directory in step with it."
HOMEPAGE = "@homepage@"
SECTION = "console/network"
LICENSE = "MIT & Apache-2.0"
LIC_FILES_CHKSUM = "file://LICENSE;md5=@md5 LICENSE@ \
                    file://boards/licences/jsmn.txt;md5=@md5 boards/licences/jsmn.txt@ \
                    file://boards/licences/apache-2.0.txt;md5=@md5 boards/licences/apache-2.0.txt@"

# Of mbedtls the sources, which its recipe puts into the sysroot: they are compiled with a configuration of our own.
DEPENDS = "mbedtls"

SRC_URI = "@source@;name=fluxvision \
           @address jsmn@;name=jsmn;downloadfilename=jsmn-@version jsmn@.tar.gz;subdir=${BP}"
SRC_URI[fluxvision.sha256sum] = "@sha256 source@"
SRC_URI[jsmn.sha256sum] = "@sha256 jsmn@"

inherit bash-completion systemd

# Templates: fluxvision@ORG.timer is enabled by who knows the organisation.
SYSTEMD_SERVICE:${PN} = "fluxvision@.service fluxvision@.timer fluxvision-failed@.service"
SYSTEMD_AUTO_ENABLE = "disable"

# STATIC and KERNELS are empty: with the shared C library, and without the faster ciphers, which come from two more
# libraries.
EXTRA_OEMAKE = "MBEDTLS_DIR=${STAGING_DATADIR}/mbedtls-source JSMN_DIR=${S}/jsmn-@version jsmn@ STATIC= KERNELS= \
                PREFIX=${prefix} BINDIR=${bindir} LIBDIR=${libdir} INCLUDEDIR=${includedir} DATADIR=${datadir} \
                MANDIR=${mandir}"

do_compile() {
    oe_runmake all notices
}

do_install() {
    oe_runmake install DESTDIR=${D}
    oe_runmake install-systemd DESTDIR=${D} SYSTEMDUNITDIR=${systemd_system_unitdir}
}

FILES:${PN} += "${datadir}/zsh ${datadir}/fish"

RRECOMMENDS:${PN} += "ca-certificates"
