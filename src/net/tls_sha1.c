/*
 * SHA-1 is not computed. Its name must be known to mbedTLS, because old roots that are still in force sign themselves with it
 * and would not be parsed otherwise; that signature proves nothing and is never checked, and anywhere else in a chain SHA-1 is
 * refused. So what mbedTLS asks for here (MBEDTLS_SHA1_PROCESS_ALT) is an error, and 4 KB stay out of the program.
 */
#include <mbedtls/error.h>
#include <mbedtls/sha1.h>

int mbedtls_internal_sha1_process(mbedtls_sha1_context *ctx, const unsigned char data[64])
{
    (void)ctx;
    (void)data;
    return MBEDTLS_ERR_PLATFORM_FEATURE_UNSUPPORTED;
}
