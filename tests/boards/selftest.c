/* SPDX-License-Identifier: MIT */
/*
 * mbedTLS's self-tests of its arithmetic, run against the code that is linked: only the test of
 * each file is compiled, as if everything else were replaced (_ALT), after its header has declared
 * the real structures.
 */
#include "common.h"

#include <mbedtls/chacha20.h>
#include <mbedtls/chachapoly.h>
#include <mbedtls/gcm.h>
#include <mbedtls/poly1305.h>
#include <mbedtls/sha256.h>

#define MBEDTLS_SELF_TEST
#define MBEDTLS_GCM_ALT
#define MBEDTLS_CHACHA20_ALT
#define MBEDTLS_CHACHAPOLY_ALT
#define MBEDTLS_POLY1305_ALT
#define MBEDTLS_SHA256_ALT
#undef MBEDTLS_SHA256_USE_ARMV8_A_CRYPTO_IF_PRESENT

/* Some names are in several files. */
#include <chachapoly.c>
#include <gcm.c>
#define mbedtls_sha256 selftest_sha256 /* no _ALT takes its place */
#include <sha256.c>
#undef ASSERT
#define test_input chacha20_input
#define test_keys chacha20_keys
#define test_lengths chacha20_lengths
#define test_output chacha20_output
#include <chacha20.c>
#undef ASSERT
#undef test_keys
#define test_keys poly1305_keys
#define test_mac poly1305_mac
#include <poly1305.c>
