/* SPDX-License-Identifier: MIT */
#include "net/tls_texts.h"

#include "net/tls_tell.h"
#include "net/tls_version.h"

#include <mbedtls/base64.h>
#include <mbedtls/ecp.h>
#include <mbedtls/pem.h>
#include <mbedtls/ssl.h>
#include <string.h>

/* In the order of enum fv_tls_why, each ended by NUL. A table of pointers would double the size. */
/* clang-format off */
static const char why_texts[] =
    "\0"
    "%s was issued by %i, which is not among the trusted ones and was not sent; "
    "if that is the portal's own CA, name it with --cacert\0"
    "%s names %i as its issuer, but no certificate of that name, trusted or sent, has signed it\0"
    "the chain from %s on has more certificates than are followed\0"
    "too many signatures or names would have to be checked\0"
    "one of them cannot be read\0"
    "the certificate of its CA (%f) cannot be used: it %w\0"
    "%s has a key that is not accepted (%k)\0"
    "%s is signed in a way that is not accepted (SHA-1, for instance)\0"
    "%s has a critical extension that is unknown here\0"
    "%s has an extension that RFC 5280 does not allow as it is\0"
    "%s is no CA (basicConstraints), but has issued certificates\0"
    "%s allows fewer CAs below it (pathLenConstraint)\0"
    "%s may not sign certificates (keyUsage)\0"
    "%s is not for servers (extendedKeyUsage)\0"
    "%s asks for a policy that the path does not have (policyConstraints)\0"
    "%s has a name that a CA above it may not give (nameConstraints)\0"
    "%s is not valid before %b, and this machine's clock says %n: check the clock\0"
    "%s expired at %a, and this machine's clock says %n: "
    "if the clock is right, the portal has to renew it\0"
    "%s may not sign a key exchange (keyUsage without digitalSignature)\0"
    "%s is for %h\0"
    "this machine's clock says %n, before this program was built: set the clock\0"
    "%s is signed by itself alone, and not among the trusted ones; "
    "if it is the portal's own, name it with --cacert";

#define LACKS FV_E_TLS_LACKS
#define CHAIN FV_E_TLS_CHAIN
#define KEY(text) "%chas a key " text
#define ALERT(name) "%e" name

/* Alert or mbedTLS's code, error (FV_OK: as it is), text. */
#define ROWS(X) \
    X(40, LACKS, "it found nothing in common (alert handshake_failure); this client offers %o") \
    X(42, FV_OK, ALERT("bad_certificate")) \
    X(48, FV_OK, ALERT("unknown_ca")) \
    X(49, FV_OK, ALERT("access_denied")) \
    X(70, LACKS, "it offers no %v that this client could speak (alert protocol_version)") \
    X(71, LACKS, ALERT("insufficient_security")) \
    X(80, FV_OK, ALERT("internal_error")) \
    X(112, FV_OK, "the server does not know this host (alert unrecognized_name)") \
    X(116, LACKS, "it wants a client certificate, and this program has none") \
    X(120, LACKS, "it does not speak HTTP/1.1, perhaps HTTP/2 alone " \
                  "(alert no_application_protocol)") \
    X(FV_TLS_TEXTS_PLAIN, FV_OK, \
      "what answers there does not speak TLS; check the endpoint's port") \
    X(MBEDTLS_ERR_SSL_BAD_PROTOCOL_VERSION, LACKS, "it does not speak %v") \
    X(MBEDTLS_ERR_SSL_HANDSHAKE_FAILURE, LACKS, \
      "it chose what was not offered; this client offers %o") \
    X(MBEDTLS_ERR_SSL_PEER_CLOSE_NOTIFY, FV_OK, "the server ended the handshake (close_notify)") \
    X(MBEDTLS_ERR_SSL_INVALID_MAC, FV_OK, "a record was damaged on its way") \
    X(MBEDTLS_ERR_SSL_INVALID_RECORD, FV_OK, "a record is not as TLS has it") \
    X(MBEDTLS_ERR_SSL_UNEXPECTED_MESSAGE, FV_OK, "a message came that has no place there") \
    X(MBEDTLS_ERR_SSL_DECODE_ERROR, FV_OK, "a message of the server's is malformed") \
    X(MBEDTLS_ERR_SSL_ILLEGAL_PARAMETER, FV_OK, "the server chose what was not offered") \
    X(MBEDTLS_ERR_SSL_UNSUPPORTED_EXTENSION, FV_OK, \
      "the server sent an extension that was not offered") \
    X(MBEDTLS_ERR_PK_UNKNOWN_PK_ALG, CHAIN, KEY("of a kind that is unknown here")) \
    X(MBEDTLS_ERR_PK_INVALID_PUBKEY, CHAIN, \
      KEY("that is malformed, or an RSA key of over %r bits")) \
    X(MBEDTLS_ERR_X509_INVALID_FORMAT, CHAIN, "%cis malformed") \
    X(MBEDTLS_ERR_X509_BUFFER_TOO_SMALL, CHAIN, \
      "%chas %z bytes, and this build can hold %m at most") \
    X(MBEDTLS_ERR_X509_CERT_VERIFY_FAILED, CHAIN, "%cis not trusted for servers") \
    X(MBEDTLS_ERR_BASE64_INVALID_CHARACTER, FV_OK, "%chas damaged Base64") \
    X(MBEDTLS_ERR_PEM_NO_HEADER_FOOTER_PRESENT, FV_OK, "%chas no END") \
    X(MBEDTLS_ERR_SSL_BAD_INPUT_DATA, LACKS, \
      "it sends a message of over 16 KiB (its certificates, or a list of CAs)") \
    X(MBEDTLS_ERR_SSL_NO_CLIENT_CERTIFICATE, FV_OK, "the server sent no certificate") \
    X(MBEDTLS_ERR_ECP_VERIFY_FAILED, FV_OK, "the server does not have the key of its certificate") \
    X(0, FV_OK, "%e%d")
/* clang-format on */

#define CODE(code, err, text) {code, err},
#define TEXT(code, err, text) text "\0"

static const struct {
    int16_t code;
    int8_t err;
} codes[] = {ROWS(CODE)};

static const char *nth(const char *text, size_t n)
{
    for (; n > 0; n--) {
        text += strlen(text) + 1;
    }
    return text;
}

const char *fv_tls_texts_why(unsigned why)
{
    return nth(why_texts, why);
}

static void put_of_cert(struct fv_writer *w, char fact, const mbedtls_x509_crt *crt)
{
    if (crt == NULL) {
        fv_tls_tell_word(w, "?");
        return;
    }
    switch (fact) {
    case 's':
        fv_tls_tell_subject(w, crt);
        break;
    case 'i':
        fv_tls_tell_name(w, &crt->issuer);
        break;
    case 'k':
        fv_tls_tell_key(w, &crt->pk);
        break;
    case 'h':
        fv_tls_tell_hosts(w, crt);
        break;
    default:
        fv_tls_tell_time(w, fact == 'a' ? &crt->valid_to : &crt->valid_from);
        break;
    }
}

/* Return why a trusted certificate cannot be used: the text for a server's certificate without its
 * first fact. */
static const char *of_root(int code)
{
    enum fv_err err = FV_OK;
    const char *text = fv_tls_texts_code(code, &err);
    bool known = text[0] == '%' && text[1] == 'c';
    return (known ? text : fv_tls_texts_code(MBEDTLS_ERR_X509_INVALID_FORMAT, &err)) + 2;
}

/* Return the text of a fact that is always the same; NULL: this is not such a fact. */
static const char *word(char fact)
{
    switch (fact) {
    case 'c':
        return "the server's ";
    case 'e':
        return "the server sent the alert ";
    case 'o':
        return "TLS 1.3 and 1.2 with AES-GCM or ChaCha20-Poly1305, ECDHE on "
               "X25519 or NIST's curves, ECDSA or plain RSA keys";
    case 'v':
        return fv_tls_version_names;
    default:
        return NULL;
    }
}

static void put_fact(struct fv_writer *w, char fact, int64_t now_us,
                     const struct fv_tls_facts *facts)
{
    const char *text = word(fact);
    if (text != NULL) {
        fv_tls_tell_word(w, text);
        return;
    }
    switch (fact) {
    case 'd':
        fv_writer_u64(w, facts->number);
        break;
    case 'z':
        fv_writer_u64(w, facts->size);
        break;
    case 'm':
        fv_writer_u64(w, FV_CAP_ROOT);
        break;
    case 'r':
        fv_writer_u64(w, MBEDTLS_MPI_MAX_BITS);
        break;
    case 'f':
        fv_tls_tell_place(w, facts->file, facts->number);
        break;
    case 'n':
        fv_tls_tell_instant(w, now_us);
        break;
    default:
        put_of_cert(w, fact, facts->crt);
        break;
    }
}

void fv_tls_texts_put(struct fv_tls_reason *r, const char *text, const struct fv_tls_facts *facts)
{
    struct fv_writer w;
    fv_writer_init(&w, r->text, sizeof(r->text));
    for (; *text != '\0'; text++) {
        if (*text == '%' && text[1] == 'w') {
            text = of_root(facts->code) - 1;
        } else if (*text == '%') {
            put_fact(&w, *++text, r->now_us, facts);
        } else {
            fv_tls_tell_text(&w, (struct fv_slice){text, 1});
        }
    }
}

/* Return whether code means that a certificate cannot be parsed: codes of X.509 and of keys. */
static bool is_parsing(int code)
{
    return (code > MBEDTLS_ERR_X509_FATAL_ERROR && code <= MBEDTLS_ERR_X509_FEATURE_UNAVAILABLE) ||
           (code > -0x4000 && code <= MBEDTLS_ERR_PK_FEATURE_UNAVAILABLE);
}

static size_t row_of(int code)
{
    size_t i = 0;
    while (codes[i].code != code && codes[i].code != 0) {
        i++;
    }
    return i;
}

const char *fv_tls_texts_code(int code, enum fv_err *err)
{
    if (is_parsing(code)) {
        code = -(-code & ~0x7F); /* drop the part that the ASN.1 and OID modules add */
        code = code == MBEDTLS_ERR_PK_UNKNOWN_NAMED_CURVE ? MBEDTLS_ERR_PK_UNKNOWN_PK_ALG : code;
        code = codes[row_of(code)].code != 0 ? code : MBEDTLS_ERR_X509_INVALID_FORMAT;
    }
    size_t i = row_of(code);
    if (codes[i].err != FV_OK) {
        *err = (enum fv_err)codes[i].err;
    }
    return codes[i].code == 0 && code < 0 ? "" : nth(ROWS(TEXT), i);
}
