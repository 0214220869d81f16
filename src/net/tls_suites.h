/* SPDX-License-Identifier: MIT */
/*
 * The cipher suites that are offered, the fastest on this machine first. Most servers are set up to
 * use the client's order.
 */
#ifndef FV_NET_TLS_SUITES_H
#define FV_NET_TLS_SUITES_H

#include <stdbool.h>

/* Return mbedTLS's list, ended by 0. aes: the processor has instructions for AES. */
const int *fv_tls_suites(bool aes);

#endif
