/* SPDX-License-Identifier: MIT */
#include "base/num.h"

static bool read_digits(struct fv_slice text, unsigned base, uint64_t max, uint64_t *out)
{
    if (text.len == 0) {
        return false;
    }
    uint64_t value = 0;
    for (size_t i = 0; i < text.len; i++) {
        int digit = fv_num_hexdigit(text.ptr[i]);
        if (digit < 0 || (unsigned)digit >= base) {
            return false;
        }
        if (!fv_num_mul(value, base, &value) || !fv_num_add(value, (uint64_t)digit, &value) ||
            value > max) {
            return false;
        }
    }
    *out = value;
    return true;
}

bool fv_num_decimal(struct fv_slice text, uint64_t max, uint64_t *out)
{
    return read_digits(text, 10, max, out);
}

bool fv_num_hex(struct fv_slice text, uint64_t max, uint64_t *out)
{
    return read_digits(text, 16, max, out);
}

int fv_num_hexdigit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }
    if (c >= 'A' && c <= 'F') {
        return c - 'A' + 10;
    }
    return -1;
}

bool fv_num_add(uint64_t a, uint64_t b, uint64_t *out)
{
    if (a > UINT64_MAX - b) {
        return false;
    }
    *out = a + b;
    return true;
}

bool fv_num_mul(uint64_t a, uint64_t b, uint64_t *out)
{
    if (b != 0 && a > UINT64_MAX / b) {
        return false;
    }
    *out = a * b;
    return true;
}

bool fv_num_add_i64(int64_t a, int64_t b, int64_t *out)
{
    if (b >= 0 ? a > INT64_MAX - b : a < INT64_MIN - b) {
        return false;
    }
    *out = a + b;
    return true;
}

int64_t fv_num_add_clamped(int64_t a, int64_t b)
{
    int64_t sum = b >= 0 ? INT64_MAX : INT64_MIN;
    (void)fv_num_add_i64(a, b, &sum);
    return sum;
}

void fv_num_put32(uint8_t *p, uint32_t v)
{
    for (unsigned i = 0; i < 4; i++) {
        p[i] = (uint8_t)(v >> (8 * i));
    }
}

void fv_num_put64(uint8_t *p, uint64_t v)
{
    fv_num_put32(p, (uint32_t)v);
    fv_num_put32(p + 4, (uint32_t)(v >> 32));
}

uint32_t fv_num_get32(const uint8_t *p)
{
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

uint64_t fv_num_get64(const uint8_t *p)
{
    return (uint64_t)fv_num_get32(p) | (uint64_t)fv_num_get32(p + 4) << 32;
}
