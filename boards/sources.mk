# SPDX-License-Identifier: MIT
# The sources of the libraries that are compiled: names without .c. Data alone, for this Makefile and others.

# Below library/ of mbedTLS.
MBEDTLS_FILES := aes aesce aesni asn1parse asn1write base64 bignum bignum_core chacha20 chachapoly cipher cipher_wrap \
    constant_time ecdh ecdsa ecp ecp_curves gcm md mps_reader oid pem pk pk_ecc pk_wrap pkparse platform platform_util \
    poly1305 psa_crypto psa_crypto_aead psa_crypto_cipher psa_crypto_client psa_crypto_driver_wrappers_no_static \
    psa_crypto_ecp psa_crypto_hash psa_crypto_mac psa_crypto_rsa psa_crypto_slot_management psa_util rsa \
    rsa_alt_helpers sha1 sha256 sha512 ssl_ciphersuites ssl_client ssl_msg ssl_tls ssl_tls12_client ssl_tls13_client \
    ssl_tls13_generic ssl_tls13_keys x509 x509_crt
# Of these, the files that boards/verify_only.h is included before.
VERIFY_ONLY := pk_wrap psa_crypto rsa ssl_tls ssl_tls12_client ssl_tls13_generic x509_crt

# Below src/ of lwIP; for firmware. The host builds them for tests.
LWIP_FILES := core/def core/inet_chksum core/init core/ip core/mem core/memp core/netif core/pbuf core/tcp \
    core/tcp_in core/tcp_out core/timeouts core/udp core/ipv4/dhcp core/ipv4/etharp core/ipv4/icmp core/ipv4/ip4 \
    core/ipv4/ip4_addr netif/ethernet

# The file systems, for firmware, for tests, and for the program that makes images of a flash.
OOFATFS_FILES := ff ffunicode
LITTLEFS_FILES := lfs2 lfs2_util
