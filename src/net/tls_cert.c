#include "net/tls_cert.h"

int fv_tls_cert_parse(mbedtls_x509_crt *crt, const uint8_t *der, size_t len)
{
    return mbedtls_x509_crt_parse_der_nocopy(crt, der, len);
}
