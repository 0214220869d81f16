/* SPDX-License-Identifier: MIT */
/*
 * The path builder, on arrangements of a pool of certificates. Input: host, time, number of trusted
 * certificates, these, then those that are sent, the server's own first. Each byte counts modulo
 * the number of its kind. If the host's highest bit is set, the last four bytes damage one of those
 * that are sent: which one, where (two bytes), and the change. The builder must agree with a model
 * that knows what each certificate is for and reads none. With FUZZ_CHAIN_SAYS in the environment,
 * both results are printed for tests/integration/test_chain_oracle.py.
 */
#include "net/tls_chain.h"

#include "fuzz/check.h"

#include <mbedtls/ssl.h>

#define SENT_MAX 48
#define TRUSTED_MAX 12
#define STEPS_MAX 200000
#define COUNT(table) (sizeof(table) / sizeof((table)[0]))

struct member {
    const char *name;
    const char *stricter; /* why we refuse it where OpenSSL does not */
    uint8_t subject, issuer, key, signer;
    uint8_t is_ca, broken;
    int8_t pathlen; /* -1: none */
    uint8_t times;  /* bits: at which of POOL_TIMES it is valid */
    uint8_t names;  /* which set of names it has */
    uint8_t barred; /* bits: the sets that its constraints forbid */
    const char *base64;
};

#include "fuzz/chain_pool.h"

static const int64_t pool_times[] = {POOL_TIMES};
static const char *const pool_hosts[] = {POOL_HOSTS};
static const uint8_t pool_names[] = {POOL_NAMES}; /* of a set, which of pool_hosts it is for */

struct arrangement {
    size_t host, time;
    size_t trusted[TRUSTED_MAX], trusted_count;
    size_t sent[SENT_MAX], sent_count;
    size_t damaged; /* of those that are sent; SENT_MAX: none */
    size_t where;
    uint8_t change;
};

static bool arrange(struct arrangement *a, const uint8_t *data, size_t size)
{
    if (size < 4) {
        return false;
    }
    *a = (struct arrangement){.host = (data[0] & 0x7F) % COUNT(pool_hosts),
                              .time = data[1] % COUNT(pool_times)};
    size_t trusted = data[2] % (TRUSTED_MAX + 1);
    a->damaged = SENT_MAX;
    bool damage = (data[0] & 0x80) != 0 && size >= 8;
    size -= damage ? 4 : 0;
    for (size_t i = 3; i < size && a->sent_count < SENT_MAX; i++) {
        if (i - 3 < trusted) {
            a->trusted[a->trusted_count++] = data[i] % COUNT(pool);
        } else {
            a->sent[a->sent_count++] = data[i] % COUNT(pool);
        }
    }
    if (damage && a->sent_count > 0 && data[size + 3] != 0) {
        a->damaged = data[size] % a->sent_count;
        a->where = (size_t)(data[size + 1] << 8 | data[size + 2]);
        a->change = data[size + 3];
    }
    return a->sent_count > 0;
}

/* --- The model --- */

static bool trusts(const struct arrangement *a, size_t which)
{
    for (size_t i = 0; i < a->trusted_count; i++) {
        if (a->trusted[i] == which) {
            return true;
        }
    }
    return false;
}

static bool usable(const struct arrangement *a, size_t which)
{
    return !pool[which].broken && (pool[which].times >> a->time & 1) != 0;
}

/* Whether the certificate may stand above path[0] to path[count - 1]. */
static bool fits(const struct arrangement *a, const size_t *path, size_t count, size_t which)
{
    const struct member *top = &pool[path[count - 1]];
    const struct member *next = &pool[which];
    if (next->subject != top->issuer || next->key != top->signer || !next->is_ca ||
        !usable(a, which) || (next->barred >> pool[path[0]].names & 1) != 0) {
        return false;
    }
    int below = 0; /* RFC 5280 4.2.1.9: intermediates that are not self-issued */
    for (size_t i = 0; i < count; i++) {
        if (path[i] == which) {
            return false;
        }
        below += i > 0 && pool[path[i]].subject != pool[path[i]].issuer;
    }
    return next->pathlen < 0 || below <= next->pathlen;
}

/* The candidates of a place in the path: what was sent, then what is trusted. */
static size_t candidate(const struct arrangement *a, size_t at)
{
    return at < a->sent_count ? a->sent[at] : a->trusted[at - a->sent_count];
}

/* Look for a path by trying everything. 1, and the path; 0: there is none; -1: too much to try. */
static int model(const struct arrangement *a, size_t *path, size_t *count)
{
    size_t next[FV_CAP_PATH_CERTS] = {0};
    const struct member *own = &pool[a->sent[0]];
    *count = 1;
    path[0] = a->sent[0];
    if (a->damaged == 0 || !usable(a, path[0]) || (pool_names[own->names] >> a->host & 1) == 0) {
        return 0;
    }
    for (long steps = 0; *count > 0; steps++) {
        size_t depth = *count - 1;
        if (steps > STEPS_MAX) {
            return -1;
        }
        if (trusts(a, path[depth])) {
            return 1;
        }
        if (depth + 1 == FV_CAP_PATH_CERTS || next[depth] == a->sent_count + a->trusted_count) {
            *count -= 1;
        } else if (next[depth]++ != a->damaged &&
                   fits(a, path, *count, candidate(a, next[depth] - 1))) {
            path[*count] = candidate(a, next[depth] - 1);
            next[*count] = 0;
            *count += 1;
        }
    }
    return 0;
}

/* --- The builder --- */

static size_t decode(const char *text, uint8_t *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = 0;
    uint32_t bits = 0;
    for (size_t i = 0; text[i] != 0 && text[i] != '='; i++) {
        bits = bits << 6 | (uint32_t)(strchr(digits, text[i]) - digits);
        if (i % 4 != 0) {
            out[len++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
        }
    }
    return len;
}

struct memory {
    char text[TRUSTED_MAX * 2048];
    size_t len;
};

static enum fv_err memory_read(void *ctx, uint64_t offset, void *p, size_t n, size_t *got)
{
    const struct memory *m = ctx;
    size_t left = offset < m->len ? m->len - (size_t)offset : 0;
    *got = left < n ? left : n;
    if (*got > 0) {
        memcpy(p, m->text + offset, *got);
    }
    return FV_OK;
}

static void write_bundle(const struct arrangement *a, struct memory *m)
{
    m->len = 0;
    for (size_t i = 0; i < a->trusted_count; i++) {
        const char *text = pool[a->trusted[i]].base64;
        m->len += (size_t)snprintf(m->text + m->len, sizeof(m->text) - m->len,
                                   "-----BEGIN CERTIFICATE-----\n");
        for (size_t at = 0; text[at] != 0; at += strnlen(text + at, 64)) {
            m->len +=
                (size_t)snprintf(m->text + m->len, sizeof(m->text) - m->len, "%.64s\n", text + at);
        }
        m->len += (size_t)snprintf(m->text + m->len, sizeof(m->text) - m->len,
                                   "-----END CERTIFICATE-----\n");
        CHECK(m->len < sizeof(m->text));
    }
}

/* The list as a Certificate message has it, in a block of exactly its size. */
static uint8_t *write_sent(const struct arrangement *a, bool extensions, size_t *len)
{
    static uint8_t list[SENT_MAX * 2048];
    *len = 0;
    for (size_t i = 0; i < a->sent_count; i++) {
        size_t size = decode(pool[a->sent[i]].base64, list + *len + 3);
        if (i == a->damaged) {
            list[*len + 3 + a->where % size] ^= a->change;
        }
        list[*len] = 0;
        list[*len + 1] = (uint8_t)(size >> 8);
        list[*len + 2] = (uint8_t)size;
        *len += 3 + size;
        if (extensions) {
            list[(*len)++] = 0;
            list[(*len)++] = 0;
        }
    }
    return (uint8_t *)exact_copy(list, *len);
}

static bool builder(const struct arrangement *a, bool extensions, unsigned *signatures)
{
    static struct memory bundle;
    write_bundle(a, &bundle);
    const struct fv_trust source = {.ctx = &bundle,
                                    .name = FV_SLICE("bundle"),
                                    .read = memory_read};
    static const struct fv_port_clock clock; /* nobody is called while a path is looked for */
    const struct fv_port port = {.clock = &clock};
    struct fv_tls_reason reason;
    struct fv_tls_trust trust = {.source = &source, .reason = &reason};
    fv_tls_reason_begin(&reason, pool_times[a->time] * 1000000);
    static const uint8_t address[] = {192, 0, 2, 1};
    struct fv_tls_chain chain = {.port = &port,
                                 .trust = &trust,
                                 .reason = &reason,
                                 .extensions = extensions};
    chain.host = fv_slice_of(pool_hosts[a->host]);
    chain.address = chain.host.ptr[0] == '1';
    if (chain.address) {
        chain.host = (struct fv_slice){(const char *)address, sizeof(address)};
    }
    chain.sent.p = write_sent(a, extensions, &chain.sent.len);
    static uint8_t der[2048];
    size_t len = decode(pool[a->sent[0]].base64, der);
    if (a->damaged == 0) {
        der[a->where % len] ^= a->change;
    }
    mbedtls_x509_crt crt;
    mbedtls_x509_crt_init(&crt);
    bool accepted = fv_tls_chain_parse(&crt, der, len) == 0 && fv_tls_chain_check(&chain, &crt);
    CHECK(accepted || reason.why != FV_TLS_FINE || chain.err != FV_OK || a->damaged == 0 ||
          pool[a->sent[0]].broken);
    CHECK(chain.signatures <= FV_CAP_SIGNATURES);
    *signatures = chain.signatures;
    mbedtls_x509_crt_free(&crt);
    free(chain.sent.p);
    return accepted;
}

static void say(bool accepted, int wanted, const size_t *path, size_t count)
{
    printf("says %d %d", accepted, wanted);
    for (size_t i = 0; wanted == 1 && i < count; i++) {
        printf(" %zu", path[i]);
    }
    printf("\n");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arrangement a;
    size_t path[FV_CAP_PATH_CERTS];
    size_t count;
    unsigned signatures;
    unsigned again;
    if (!arrange(&a, data, size)) {
        return 0;
    }
    int wanted = model(&a, path, &count);
    bool accepted = builder(&a, false, &signatures);
    if (getenv("FUZZ_CHAIN_SAYS") != NULL) {
        say(accepted, wanted, path, count);
        return 0;
    }
    CHECK(builder(&a, true, &again) == accepted && again == signatures);
    CHECK(!accepted || wanted != 0);
    CHECK(accepted || wanted != 1 || signatures == FV_CAP_SIGNATURES);
    return 0;
}
