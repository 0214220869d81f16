/* SPDX-License-Identifier: MIT */
/*
 * Functions of the C library that CBMC has no model of. They check what they are given.
 */
#include "proof.h"

void *memchr(const void *p, int c, size_t n)
{
    const unsigned char *bytes = p;
    for (size_t i = 0; i < n; i++) {
        if (bytes[i] == (unsigned char)c) {
            return (void *)(bytes + i);
        }
    }
    return NULL;
}
