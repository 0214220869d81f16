/* SPDX-License-Identifier: MIT */
#include "support/exact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

struct fv_slice exact_bytes(const void *text, size_t len)
{
    char *copy = malloc(len);
    if (copy == NULL && len > 0) {
        abort();
    }
    if (len > 0) {
        memcpy(copy, text, len);
    }
    return (struct fv_slice){copy, len};
}

struct fv_slice exact(const char *text)
{
    return exact_bytes(text, strlen(text));
}

void exact_free(struct fv_slice copy)
{
    free((void *)(uintptr_t)copy.ptr);
}
