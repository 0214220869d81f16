/* SPDX-License-Identifier: MIT */
/*
 * Kinds of octets in the lines of HTTP/1.x messages (RFC 9110 5.5 and 5.6.2).
 */
#ifndef FV_PARSE_OCTET_H
#define FV_PARSE_OCTET_H

#include <stdbool.h>
#include <stdint.h>

/* Return whether c may be in a token (tchar): letters, digits and !#$%&'*+-.^_`|~ */
static inline bool fv_octet_tchar(uint8_t c)
{
    /* One bit for each of the 128 ASCII codes, 32 in a word. */
    static const uint32_t set[4] = {0, 0x03FF6CFAU, 0xC7FFFFFEU, 0x57FFFFFFU};
    return c < 128 && (set[c / 32] >> (c % 32) & 1U) != 0;
}

/* Return whether c may be in a field value or reason phrase: SP, HTAB, VCHAR, obs-text. */
static inline bool fv_octet_text(uint8_t c)
{
    return (c >= ' ' && c != 0x7F) || c == '\t';
}

#endif
