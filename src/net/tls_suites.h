/*
 * The cipher suites that are offered, the fastest on this machine first: servers that leave the choice to the client, which
 * is how most are set up, take it.
 */
#ifndef FV_NET_TLS_SUITES_H
#define FV_NET_TLS_SUITES_H

#include <stdbool.h>

/* Return mbedTLS's list, ended by 0, for a processor that has instructions for AES or one that has not. */
const int *fv_tls_suites(bool aes);

#endif
