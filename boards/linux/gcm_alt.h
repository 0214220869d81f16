/*
 * mbedTLS's GCM context where another implementation is asked for (MBEDTLS_GCM_ALT): mbedtls/gcm.h includes this file.
 *
 * Two lie behind it. Whole messages, which a TLS record is, go to Debian's libipsec-mb where the processor has AES-NI and
 * PCLMULQDQ; all else goes to mbedTLS's own code, which gcm_stock.c compiles under other names.
 */
#ifndef FV_GCM_ALT_H
#define FV_GCM_ALT_H

#include <stdint.h>

/* What mbedTLS's own context needs: 472 bytes on x86-64. */
#define FV_GCM_STOCK_SIZE 512

typedef struct mbedtls_gcm_context {
    struct fv_gcm_fast *fast; /* NULL: mbedTLS's own code does everything */
    union {
        void *pointer; /* for their alignment */
        uint64_t number;
        uint8_t bytes[FV_GCM_STOCK_SIZE];
    } stock;
} mbedtls_gcm_context;

#endif
