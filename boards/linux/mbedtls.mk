# SPDX-License-Identifier: MIT
# How mbedTLS is compiled for Linux boards: which files, and which of them are worth speed.

MBEDTLS_FILES := aes aesce aesni asn1parse asn1write base64 bignum bignum_core chacha20 chachapoly cipher cipher_wrap \
    constant_time ecdh ecdsa ecp ecp_curves gcm md mps_reader oid pem pk pk_ecc pk_wrap pkparse platform platform_util \
    poly1305 psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client psa_crypto_driver_wrappers_no_static \
    psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_rsa psa_crypto_slot_management psa_util rsa \
    rsa_alt_helpers sha1 sha256 sha512 ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client ssl_tls13_client \
    ssl_tls13_generic ssl_tls13_keys x509 x509_crt

# boards/verify_only.h is included before these; firmware's too.
VERIFY_ONLY := pk_wrap psa_crypto rsa ssl_tls ssl_tls12_client ssl_tls13_generic x509_crt
verify_only = $(if $(filter $(1),$(VERIFY_ONLY)),-DFV_BEFORE_$(1) -include boards/verify_only.h)

# Every byte passes through these. ChaCha20 at -Os costs twice the time; SHA-256 (gcc 12) is fastest at -Os. COPIES is what
# boards/linux/gcc.mk takes from all files, HOT what a board adds to these.
MBEDTLS_HOT_aes = $(HOT)
MBEDTLS_HOT_chacha20 = -O2 $(COPIES) $(HOT)
MBEDTLS_HOT_poly1305 = -O2 $(COPIES) $(HOT)
MBEDTLS_HOT_gcm = $(if $(filter gcm,$(KERNEL_FILES)),,-Os $(COPIES) $(HOT))
MBEDTLS_HOT_sha256 = -Os $(COPIES) $(HOT)

# A handshake is arithmetic on long numbers. -O2 saves 9 of 65 million instructions for 5 KB (x86-64), 1 KB of it lost
# without these alignments.
ARITHMETIC = -O2 $(PASSES) -falign-functions=1 -falign-jumps=1 -falign-loops=1
MBEDTLS_HOT_bignum = $(ARITHMETIC) $(HOT)
MBEDTLS_HOT_bignum_core = $(ARITHMETIC) $(COPIES) $(HOT)
MBEDTLS_HOT_ecp_curves = $(ARITHMETIC) $(HOT)

# aes, aesni and gcm see the same -maes: aes.c aligns the round keys only if it knows of it, and aesni.c alone would crash.
# The instructions are used only where the processor says that it has them. Of aesni.c, keys and single blocks alone are used.
MBEDTLS_HOT_x86_64_aes := -maes -mpclmul
MBEDTLS_HOT_x86_64_gcm := -maes -mpclmul
MBEDTLS_HOT_x86_64_aesni := -maes -mpclmul
