/* SPDX-License-Identifier: MIT */
/*
 * Which TLS library runs, for a build with the system's mbedTLS: the system may have replaced it
 * since the build.
 */
#ifndef FV_NET_TLS_LIBRARY_H
#define FV_NET_TLS_LIBRARY_H

#define FV_TLS_LIBRARY 18

/* Write name and version, "Mbed TLS 3.6.6", with NUL. */
void fv_tls_library(char text[FV_TLS_LIBRARY]);

#endif
